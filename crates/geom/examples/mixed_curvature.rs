//! A graph embedded in a product of spaces whose curvatures are learned.
//!
//! A ring of trees bends both ways: trees grow as hyperbolic space does, a ring closes as a sphere
//! does. All distances of the graph are fitted at once in spaces of eight dimensions, points and
//! curvatures together, by equally many steps at the same rate.
//! (`cargo run --release --example mixed_curvature`)
//!
//! Expected, in half a minute on two cores: the average distortion is 0.046 in the product of a
//! hyperbolic space and a sphere, 0.063 where a plane takes the place of the sphere, and 0.071 or more
//! in any single space. Alone, the hyperbolic space unlearns its curvature for the sake of the ring
//! (-0.01); beside the sphere it bends (-2.0). Rates of 0.1 and 1 put the same space first.
//!
//! Reference: Gu, Sala, Gunel, Ré (2019), *Learning Mixed-Curvature Representations in Product
//! Spaces*, §3 and eq. 2.

use std::collections::VecDeque;

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use geom::prelude::*;

const RING: usize = 40;
/// Of the binary tree that hangs from every node of the ring.
const DEPTH: u32 = 2;
const DIMENSIONS: usize = 8;
const STEPS: usize = 1000;
/// Of points and curvatures alike, at the first step; it falls linearly to 0.
const RATE: f64 = 0.3;

/// The neighbours of every node.
pub(crate) fn ring_of_trees(ring: usize, depth: u32) -> Vec<Vec<usize>> {
    let tree = 2usize.pow(depth + 1) - 1;
    let mut neighbors = vec![Vec::new(); ring * tree];
    let mut join = |a: usize, b: usize| {
        neighbors[a].push(b);
        neighbors[b].push(a);
    };
    for root in 0..ring {
        join(root * tree, (root + 1) % ring * tree);
        for node in 1..tree {
            join(root * tree + node, root * tree + (node - 1) / 2);
        }
    }
    neighbors
}

/// The lengths of the shortest paths between all pairs, by breadth-first search from every node.
pub(crate) fn shortest_paths(neighbors: &[Vec<usize>], device: &Device) -> Tensor<2> {
    let nodes = neighbors.len();
    let mut lengths = vec![f32::INFINITY; nodes * nodes];
    for start in 0..nodes {
        let row = &mut lengths[start * nodes..][..nodes];
        row[start] = 0.0;
        let mut queue = VecDeque::from([start]);
        while let Some(node) = queue.pop_front() {
            for &next in &neighbors[node] {
                if row[next].is_infinite() {
                    row[next] = row[node] + 1.0;
                    queue.push_back(next);
                }
            }
        }
    }
    Tensor::from_data(TensorData::new(lengths, [nodes, nodes]), device)
}

/// A manifold with the curvatures that were learned, and how well the graph fits into it.
pub(crate) struct Fit<M> {
    /// As it is after training.
    pub(crate) manifold: M,
    /// The mean of |d / d_graph − 1| over all pairs.
    pub(crate) average: f32,
    /// The largest d / d_graph over the smallest.
    pub(crate) worst: f32,
}

/// Distances in the embedding over those of the graph; 1, and not 0/0, from a node to itself.
fn ratios<M: Manifold>(model: &ManifoldParam<2, M>, graph: Tensor<2>) -> Tensor<2> {
    let distances = model.manifold().pairwise_distance(model.val(), model.val());
    let itself = Tensor::eye(graph.dims()[0], &graph.device());
    (distances + itself.clone()) / (graph + itself)
}

/// Fits all distances of the graph, from a cloud of points around the origin.
pub(crate) fn embed<M: Manifold + Sample>(manifold: M, graph: &Tensor<2>, steps: usize) -> Fit<M> {
    let device = graph.device();
    // Every space starts from the same random numbers.
    device.seed(1);
    let nodes = graph.dims()[0];
    let pairs = (nodes * (nodes - 1)) as f32;

    let shape = [nodes, manifold.point_shape(DIMENSIONS).coordinates()];
    let still = device.clone().inner();
    let start = manifold.valid().random_normal(shape, 0.5, &still);
    let mut model = ManifoldParam::new(Tensor::from_inner(start), manifold);
    let mut optimizer = RiemannianAdamConfig::new().init();
    for step in 0..steps {
        // Squares, where the paper has absolute values: those draw siblings into one point, where the
        // gradient of their distance is 0 and nothing parts them again.
        let errors = ratios(&model, graph.clone()).sub_scalar(1.0).square();
        let loss = errors.sum().div_scalar(pairs);
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        let rate = RATE * (1.0 - step as f64 / steps as f64);
        model = optimizer.step(rate, model, gradients);
    }
    let model = model.valid();
    let ratios = ratios(&model, graph.clone().inner());
    let errors = ratios.clone().sub_scalar(1.0).abs();
    Fit {
        manifold: model.manifold().clone(),
        average: errors.sum().div_scalar(pairs).into_scalar(),
        worst: (ratios.clone().max() / ratios.min()).into_scalar(),
    }
}

fn report<M: Manifold + Sample>(
    space: &str,
    manifold: M,
    graph: &Tensor<2>,
    curvature: fn(&M) -> String,
) {
    let fit = embed(manifold, graph, STEPS);
    let curvature = curvature(&fit.manifold);
    let (average, worst) = (fit.average, fit.worst);
    println!("{space:27}{average:9.4}{worst:7.2} {curvature}");
}

fn constant<M: Manifold>(manifold: &M) -> String {
    let curvature = manifold.sectional_curvature();
    curvature.map_or("varies".into(), |curvature| format!("{curvature:8.3}"))
}

fn of_factors<A: Manifold, B: Manifold>(product: &Product<A, B>) -> String {
    constant(product.first()) + &constant(product.second())
}

fn main() {
    let device = Device::default().autodiff();
    let graph = shortest_paths(&ring_of_trees(RING, DEPTH), &device);
    let nodes = graph.dims()[0];
    println!("{nodes} nodes: a ring of {RING}, a binary tree of depth {DEPTH} on each\n");
    println!("space                       average  worst  curvature");

    let hyperbolic = || PoincareBall::learnable(0.5, &device);
    // A unit sphere and its learnable radius.
    let spherical = || Scaled::learnable(Sphere::new(), 4.0, &device);
    report("euclidean 8", Euclidean::new(), &graph, constant);
    report("hyperbolic 8", hyperbolic(), &graph, constant);
    report("spherical 8", spherical(), &graph, constant);
    let product = Product::new(hyperbolic(), 6, Euclidean::new(), 2);
    report("hyperbolic 6 × euclidean 2", product, &graph, of_factors);
    let product = Product::new(hyperbolic(), 6, spherical(), 2);
    report("hyperbolic 6 × spherical 2", product, &graph, of_factors);
}
