//! Models, losses, sampling and measures on curved spaces, for Burn.
//!
//! | what | where |
//! |---|---|
//! | layers between curved spaces, and on graphs | [`layers`] |
//! | tables of points, and networks put together from layers | [`models`] |
//! | sparse matrices and graphs | [`sparse`] |
//! | from points to links and classes | [`decoders`] |
//! | training objectives | [`losses`] |
//! | negatives: uniform, by degree, mined; neighbors for mini-batches | [`sampling`] |
//! | measures of models and graphs | [`metrics`] |
//! | the neighbors of nodes, as CSR rows | [`Adjacency`] |
//! | exact nearest neighbors on the CPU | [`nearest`] |
//! | random weights and masks from a generator of your own | [`random`] |
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use geom_core::{Hyperboloid, Manifold, PoincareBall};
//! use geom_nn::layers::{Activation, LorentzMlrConfig, PoincareLinearConfig};
//!
//! // A fully connected layer on a ball of learnable curvature, classes on a hyperboloid.
//! let device = Device::flex();
//! let (ball, hyperboloid) = (PoincareBall::learnable(1.0, &device), Hyperboloid::new(0.5));
//! let linear = PoincareLinearConfig::new(3, 8).init(ball, &device);
//! let classifier = LorentzMlrConfig::new(8, 4).init(hyperboloid.clone(), &device);
//!
//! let ball = &linear.space;
//! let x = linear.forward(ball.exp0(Tensor::<2>::ones([5, 3], &device)));
//! let x = Activation::Relu.between(ball, &hyperboloid, x);
//! assert!(hyperboloid.check_point(x.clone()).is_ok());
//! assert_eq!(classifier.forward(x).dims(), [5, 4]);
//! ```
//!
//! No optimizer lives here, and no training loop: see `geom-optim` and `geom-train`.

mod adjacency;
pub mod decoders;
pub mod layers;
pub mod losses;
pub mod metrics;
pub mod models;
pub mod nearest;
mod positives;
pub mod random;
pub mod sampling;
pub mod sparse;

pub use adjacency::Adjacency;
pub use positives::Positives;
