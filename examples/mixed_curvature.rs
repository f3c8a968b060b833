//! A graph embedded in a product of spaces whose curvatures are learned.
//!
//! A ring of trees bends both ways: its trees want a hyperbolic space, its ring a spherical one. All
//! distances of the graph are fitted at once, in four spaces of eight dimensions:
//!
//! ```text
//! cargo run --release --example mixed_curvature
//! ```
//!
//! Expected: the product has the least distortion, in about a minute on two cores.
//!
//! Reference: Gu, Sala, Gunel, Ré (2019), *Learning Mixed-Curvature Representations in Product
//! Spaces*, eq. 2 for the loss.

use std::collections::VecDeque;

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use geom::prelude::*;

const RING: usize = 16;
/// Binary trees of this depth hang from every node of the ring.
const DEPTH: u32 = 3;
const STEPS: usize = 1500;

/// Neighbours of every node.
fn ring_of_trees() -> Vec<Vec<usize>> {
    let tree = 2usize.pow(DEPTH + 1) - 1;
    let mut neighbours = vec![Vec::new(); RING * tree];
    let mut join = |a: usize, b: usize| {
        neighbours[a].push(b);
        neighbours[b].push(a);
    };
    for root in 0..RING {
        join(root * tree, (root + 1) % RING * tree);
        for node in 1..tree {
            join(root * tree + node, root * tree + (node - 1) / 2);
        }
    }
    neighbours
}

/// Lengths of the shortest paths between all pairs, by breadth-first search from every node.
fn shortest_paths(neighbours: &[Vec<usize>]) -> Vec<f32> {
    let nodes = neighbours.len();
    let mut lengths = vec![f32::INFINITY; nodes * nodes];
    for start in 0..nodes {
        let row = &mut lengths[start * nodes..][..nodes];
        row[start] = 0.0;
        let mut queue = VecDeque::from([start]);
        while let Some(node) = queue.pop_front() {
            for &next in &neighbours[node] {
                if row[next].is_infinite() {
                    row[next] = row[node] + 1.0;
                    queue.push_back(next);
                }
            }
        }
    }
    lengths
}

/// Mean of |d_embedding / d_graph − 1| over all pairs, after fitting.
fn distortion<M: Manifold + Sample>(manifold: M, graph: &Tensor<2>, device: &Device) -> (f32, M) {
    let nodes = graph.dims()[0];
    let width = manifold.ambient_dim(8);
    let start = manifold.clone().valid().random_normal([nodes, width], 0.5, &device.clone().inner());
    let mut model = ManifoldParam::new(Tensor::from_inner(start), manifold);
    // Every node is at distance 0 from itself, where nothing is to be fitted.
    let itself = Tensor::<2>::eye(nodes, device);
    let pairs = (nodes * (nodes - 1)) as f32;
    let errors = |model: &ManifoldParam<2, M>, power: f32| {
        let distances = model.manifold().pairwise_distance(model.val(), model.val());
        let ratio = distances / (graph.clone() + itself.clone());
        (ratio.powf_scalar(power).sub_scalar(1.0) * (itself.clone().neg().add_scalar(1.0))).abs()
    };

    let mut optimizer = RiemannianAdamConfig::new().init();
    for step in 0..STEPS {
        let loss = errors(&model, 2.0).sum().div_scalar(pairs);
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        let rate = 0.05 * (1.0 - step as f64 / STEPS as f64);
        model = optimizer.step(rate, model, gradients);
    }
    let distortion = errors(&model, 1.0).sum().div_scalar(pairs).into_scalar();
    (distortion, model.valid().manifold().clone())
}

fn main() {
    let device = Device::default().autodiff();
    device.seed(1);
    let neighbours = ring_of_trees();
    let nodes = neighbours.len();
    let lengths = TensorData::new(shortest_paths(&neighbours), [nodes, nodes]);
    let graph = Tensor::<2>::from_data(lengths, &device);
    println!("{nodes} nodes: a ring of {RING} with binary trees of depth {DEPTH}");

    // A scaled sphere is a sphere of any curvature.
    let sphere = |scale| Scaled::learnable(Sphere::new(), scale, &device);
    let (flat, _) = distortion(Euclidean::new(), &graph, &device);
    println!("euclidean, 8 dimensions              distortion {flat:.4}");
    let (hyperbolic, ball) = distortion(PoincareBall::learnable(0.5, &device), &graph, &device);
    println!(
        "hyperbolic, 8 dimensions             distortion {hyperbolic:.4}  curvature {:.3?}",
        ball.metric_parameters()
    );
    let (spherical, fitted) = distortion(sphere(4.0), &graph, &device);
    println!(
        "spherical, 8 dimensions              distortion {spherical:.4}  curvature {:.3?}",
        fitted.sectional_curvature()
    );
    let product = Product::new(PoincareBall::learnable(0.5, &device), 6, sphere(4.0), 2);
    let (mixed, fitted) = distortion(product, &graph, &device);
    println!(
        "hyperbolic 6 × spherical 2           distortion {mixed:.4}  curvatures {:.3?} and {:.3?}",
        fitted.first().sectional_curvature(),
        fitted.second().sectional_curvature(),
    );
    assert!(mixed < flat.min(hyperbolic).min(spherical));
}
