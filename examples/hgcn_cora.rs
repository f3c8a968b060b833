//! A hyperbolic graph network that classes the papers of Cora, by the library alone: the graph from
//! `geom_data`, the model from `geom_nn`, the optimizer from `geom_optim`, the tensors and the training
//! loop Burn's.
//!
//! ```text
//! GEOM_DATA_DIR=DIR cargo run --release --example hgcn_cora
//! ```
//!
//! Expected, in a few seconds: about 79 % of the 1,000 test papers are in the right class. `geom train
//! --dataset cora` gets the data; without it the example says where it looked.

use std::error::Error;

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::optim::GradientsParams;
use burn::optim::decay::WeightDecayConfig;
use burn::tensor::{Device, Int, Tensor, TensorData};
use geom::core::numerics::to_vec_f64;
use geom::data::graph::{GraphData, SparseRows, load_with};
use geom::data::sources::Sources;
use geom::nn::losses::cross_entropy_loss;
use geom::nn::metrics::{MetricError, accuracy};
use geom::nn::models::{Hgcn, HgcnConfig};
use geom::nn::sparse::{Features, Graph, Pattern, SparseMatrix};
use geom::prelude::*;

const DIM: usize = 16;
const EPOCHS: usize = 500;
/// Epochs without a better validation accuracy after which training ends.
const PATIENCE: usize = 100;

/// Two hyperbolic convolutions on balls of learnable curvature, then a linear map from the
/// coordinates at the origin to classes.
#[derive(Module, Debug)]
struct Classifier {
    encoder: Hgcn<PoincareBall>,
    classes: Linear,
}

impl Classifier {
    fn new(features: usize, classes: usize, device: &Device) -> Self {
        let ball = || PoincareBall::learnable(1.0, device);
        let config = HgcnConfig::new(vec![features, DIM, DIM]).with_dropout(0.5);
        Self {
            encoder: config.init(vec![ball(), ball()], device),
            classes: LinearConfig::new(DIM, classes).init(device),
        }
    }

    /// The logits of every paper's classes.
    fn forward(&self, x: &Features, graph: &Graph) -> Tensor<2> {
        self.classes.forward(self.encoder.forward_tangent(x, graph))
    }
}

/// The words of the papers, most of them absent, on a device.
fn features(rows: &SparseRows, device: &Device) -> Result<Features, Box<dyn Error>> {
    let (offsets, indices) = (rows.indptr().to_vec(), rows.indices().to_vec());
    let pattern = Pattern::new(offsets, indices, rows.width())?;
    let matrix = SparseMatrix::new(pattern, rows.values(), device);
    Ok(Features::Sparse(matrix))
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
    let rows = cora.features().ok_or("no features")?.row_normalised();
    let split = cora.split().ok_or("no split")?;
    let known = cora.labels().ok_or("no labels")?;
    let labels: Vec<u32> = known.classes().iter().map(|c| c.unwrap_or(0)).collect();

    let device = Device::default();
    let tracked = device.clone().autodiff();
    device.seed(0);
    let x = features(&rows, &device)?;
    let graph = Graph::new(cora.num_nodes(), cora.edges(), &device)?;
    let (x_tracked, graph_tracked) = (x.clone().autodiff(), graph.clone().autodiff());
    let train = indices(&split.train, &tracked);
    let of_train: Vec<u32> = split.train.iter().map(|&v| labels[v as usize]).collect();
    let truth = indices(&of_train, &tracked);

    let mut model = Classifier::new(rows.width(), known.num_classes(), &tracked);
    let mut optimizer = RiemannianAdamConfig::new()
        .with_weight_decay(Some(WeightDecayConfig { penalty: 5e-4 }))
        .init();
    let (mut best, mut best_epoch, mut test) = (0.0, 0, 0.0);
    for epoch in 1..=epochs {
        let logits = model.forward(&x_tracked, &graph_tracked);
        let loss = cross_entropy_loss(logits, Some(train.clone()), truth.clone(), None);
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        model = optimizer.step(0.01, model, gradients);

        let logits = model.valid().forward(&x, &graph);
        let val = score(&logits, &labels, &split.val)?;
        if val > best {
            (best, best_epoch) = (val, epoch);
            test = score(&logits, &labels, &split.test)?;
        }
        if epoch % 20 == 0 {
            let loss = to_vec_f64(loss.inner())[0];
            println!("epoch {epoch:3}  loss {loss:.4}  validation {val:.3}");
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
    let cora = match load_with("cora", false, &Sources::from_env(), |_| {}) {
        Ok(cora) => cora,
        Err(error) => {
            eprintln!("{error}\n`geom train --dataset cora` downloads it");
            std::process::exit(1);
        }
    };
    let (nodes, edges) = (cora.num_nodes(), cora.edges().len());
    println!("{nodes} papers, {edges} citations");
    let test = train(&cora, EPOCHS)?;
    println!("test accuracy {:.1} %", 100.0 * test);
    Ok(())
}
