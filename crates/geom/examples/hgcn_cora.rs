//! A hyperbolic graph network that classifies the papers of Cora, with the library alone.
//!
//! ```text
//! GEOM_DATA_DIR=DIR cargo run --release --example hgcn_cora
//! ```
//!
//! Expected, in a few seconds: about 80 % of the 1,000 test papers are in the right class. `geom train
//! --dataset cora` gets the data; without it the example says where it looked.

use std::error::Error;

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::optim::GradientsParams;
use burn::optim::decay::WeightDecayConfig;
use burn::tensor::{Device, Distribution, Int, Tensor, TensorData};
use geom::core::numerics::to_vec_f64;
use geom::data::graph::{GraphData, load_with};
use geom::data::sources::Sources;
use geom::nn::decoders::{FermiDirac, FermiDiracConfig};
use geom::nn::layers::graph::NeighborWeightingConfig;
use geom::nn::losses::{cross_entropy_loss, link_prediction_loss};
use geom::nn::metrics::{MetricError, accuracy};
use geom::nn::models::{Hgcn, HgcnConfig};
use geom::nn::sparse::{Features, Graph, Pattern, SparseMatrix};
use geom::prelude::*;

const DIM: usize = 16;
const EPOCHS: usize = 500;
/// Epochs without a better validation accuracy after which training ends.
const PATIENCE: usize = 100;

/// How much it counts that papers lie close to those they cite.
const LINKS: f64 = 3.0;

/// A hyperbolic convolution with attention and learnable curvature, then a linear map from the
/// coordinates at the origin to classes.
#[derive(Module, Debug)]
struct Classifier {
    encoder: Hgcn,
    classes: Linear,
    links: FermiDirac,
}

impl Classifier {
    fn new(features: usize, classes: usize, device: &Device) -> Result<Self, Box<dyn Error>> {
        let space = SpaceConfig::new(ManifoldKind::Hyperboloid.into());
        let space = space.with_curvature(2.0).with_learnable(true);
        let config = HgcnConfig::new(vec![features, DIM], space)
            .with_neighbors(NeighborWeightingConfig::Attention);
        Ok(Self {
            encoder: config.init(device),
            classes: LinearConfig::new(DIM, classes).init(device),
            links: FermiDiracConfig::new().init(),
        })
    }

    /// The logits of links between points with the coordinates `v` at the origin.
    fn link_logits(&self, v: &Tensor<2>, ends: [Tensor<1, Int>; 2]) -> Tensor<2> {
        let space = &self.encoder.layers[0].space;
        let [x, y] = ends.map(|nodes| space.exp0(v.clone().select(0, nodes)));
        self.links.logits(space.distance(x, y).square())
    }
}

fn indices(nodes: &[u32], device: &Device) -> Tensor<1, Int> {
    let nodes: Vec<i32> = nodes.iter().map(|&node| node as i32).collect();
    let count = nodes.len();
    Tensor::from_data(TensorData::new(nodes, [count]), device)
}

/// The accuracy of the largest logits on some papers.
fn score(logits: &Tensor<2>, labels: &[u32], papers: &[u32]) -> Result<f64, MetricError> {
    let numbers = to_vec_f64(logits.clone().argmax(1).float());
    let of = |paper: &u32| *paper as usize;
    let predicted: Vec<u32> = papers.iter().map(|p| numbers[of(p)] as u32).collect();
    let truth: Vec<u32> = papers.iter().map(|p| labels[of(p)]).collect();
    accuracy(&predicted, &truth)
}

/// Trains, and tells the test accuracy of the epoch that was best on the validation papers.
fn train(cora: &GraphData, epochs: usize) -> Result<f64, Box<dyn Error>> {
    let rows = cora.features().ok_or("no features")?.row_normalized();
    let split = cora.split().ok_or("no split")?;
    let known = cora.labels().ok_or("no labels")?;
    let labels: Vec<u32> = known.classes().iter().map(|c| c.unwrap_or(0)).collect();

    let device = Device::default();
    let tracked = device.clone().autodiff();
    device.seed(0);
    // The words of the papers, most of them absent.
    let (offsets, words) = (rows.offsets().to_vec(), rows.indices().to_vec());
    let words = Pattern::new(offsets, words, rows.width())?;
    let x = Features::Sparse(SparseMatrix::new(words, rows.values(), &device));
    let graph = Graph::new(cora.num_nodes(), cora.edges(), &device)?;
    let (x_tracked, graph_tracked) = (x.clone().autodiff(), graph.clone().autodiff());
    let train = indices(&split.train, &tracked);
    let of_train: Vec<u32> = split.train.iter().map(|&v| labels[v as usize]).collect();
    let truth = indices(&of_train, &tracked);

    let cited = [0, 1].map(|end| {
        let ends: Vec<u32> = cora.edges().iter().map(|edge| edge[end]).collect();
        indices(&ends, &tracked)
    });
    // Pairs at random hardly ever cite each other.
    let any = Distribution::Uniform(0.0, cora.num_nodes() as f64);
    let drawn = || Tensor::random([cora.edges().len()], any, &tracked);

    let mut model = Classifier::new(rows.width(), known.num_classes(), &tracked)?;
    let mut optimizer = RiemannianAdamConfig::new()
        .with_weight_decay(Some(WeightDecayConfig { penalty: 1e-2 }))
        .init();
    let (mut best, mut best_epoch, mut test) = (0.0, 0, 0.0);
    for epoch in 1..=epochs {
        let v = model.encoder.forward_tangent(&x_tracked, &graph_tracked);
        let logits = model.classes.forward(v.clone());
        let loss = cross_entropy_loss(logits, Some(train.clone()), truth.clone(), None);
        let links = model.link_logits(&v, cited.clone());
        let others = model.link_logits(&v, [drawn(), drawn()]);
        let loss = loss + link_prediction_loss(links, others) * LINKS;
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        model = optimizer.step(0.01, model, gradients);

        let plain = model.valid();
        let v = plain.encoder.forward_tangent(&x, &graph);
        let logits = plain.classes.forward(v);
        let val = score(&logits, &labels, &split.val)?;
        if val > best {
            (best, best_epoch) = (val, epoch);
            test = score(&logits, &labels, &split.test)?;
        }
        if epoch - best_epoch >= PATIENCE {
            break;
        }
    }
    println!("best epoch {best_epoch}: validation accuracy {best:.3}");
    Ok(test)
}

fn main() -> Result<(), Box<dyn Error>> {
    // Nothing is downloaded here.
    let cora = load_with("cora", false, &Sources::from_env(), |_| {})
        .map_err(|error| format!("{error}; `geom train --dataset cora` downloads it"))?;
    let (nodes, edges) = (cora.num_nodes(), cora.edges().len());
    println!("{nodes} papers, {edges} citations");
    let test = train(&cora, EPOCHS)?;
    println!("test accuracy {:.1} %", 100.0 * test);
    Ok(())
}
