//! Riemannian optimizers for [Burn](burn) that find the manifold of a parameter by themselves.
//!
//! | Optimizer | Use it for | On flat space |
//! |---|---|---|
//! | [`RiemannianSgd`] | embeddings; a step per point that follows the gradient's length; momentum, Nesterov | Burn's `Sgd`, bit for bit |
//! | [`RiemannianAdam`] | networks that mix manifold and ordinary parameters; gradients of very different size | Burn's `Adam`, bit for bit |
//! | [`RiemannianAdagrad`] | rare rows: every point has its own rate, which falls with the gradients it has received | Burn's `AdaGrad`, bit for bit |
//! | [RAMSGrad](RamsGradConfig) | Adam with a divisor that never falls, as published: bounded regret | AMSGrad |
//! | [`RowSparseSgd`] | large tables of which a batch touches few rows | `x - lr * g` on those rows |
//! | [`RowSparseAdam`] | the same, with lazy moments and per-row step counts | Adam with one second moment per row |
//!
//! The first four implement [`burn::optim::Optimizer`], so [`ModuleOptimizer`] maps them over any
//! module, with Burn's parameter groups, schedulers, gradient clipping, accumulation and records. A
//! [`ManifoldParam`] opens the scope of its manifold while it is visited; every other parameter is
//! stepped as Burn would. The row-sparse ones take the table, its manifold and a [`RowGradient`].
//!
//! To draw points from a density rather than find its peak, use [`samplers`].
//!
//! For full-batch problems, whose cost can be evaluated as a whole and whose minimizer is needed to
//! many digits, use [`solvers`]: gradient descent, conjugate gradient, L-BFGS, trust region.
//!
//! ```
//! use burn::module::Module;
//! use burn::nn::{Linear, LinearConfig};
//! use burn::optim::GradientsParams;
//! use burn::tensor::{Device, Tensor};
//! use geom_core::{Manifold, ManifoldParam, PoincareBall};
//! use geom_optim::RiemannianAdamConfig;
//!
//! #[derive(Module, Debug)]
//! struct Model {
//!     linear: Linear,
//!     centers: ManifoldParam<2, PoincareBall>,
//! }
//!
//! let device = Device::default().autodiff();
//! let mut model = Model {
//!     linear: LinearConfig::new(3, 2).init(&device),
//!     centers: ManifoldParam::new(Tensor::zeros([4, 2], &device), PoincareBall::new(1.0)),
//! };
//! let mut optimizer = RiemannianAdamConfig::new().init();
//!
//! let input = Tensor::<2>::ones([4, 3], &device).mul_scalar(0.1);
//! let ball = model.centers.manifold();
//! let points = ball.exp(model.centers.val().zeros_like(), model.linear.forward(input));
//! let loss = ball.distance(points, model.centers.val()).square().sum();
//! let gradients = GradientsParams::from_grads(loss.backward(), &model);
//! model = optimizer.step(1e-2, model, gradients);
//! assert!(model.centers.manifold().check_point(model.centers.val()).is_ok());
//! ```
//!
//! [`ModuleOptimizer`]: burn::optim::ModuleOptimizer
//! [`ManifoldParam`]: geom_core::ManifoldParam
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod builder;
mod geometry;
#[cfg(feature = "flex")]
mod one_pass;
pub mod ramsgrad;
pub mod riemannian_adagrad;
pub mod riemannian_adam;
pub mod riemannian_sgd;
pub mod row_gradient;
pub mod row_sparse;
pub mod samplers;
pub mod second_moment;
mod setting;
pub mod solvers;
mod state_tensors;
pub mod step_map;
pub mod tangent_moment;

pub use geom_core::SettingError;
pub use ramsgrad::RamsGradConfig;
pub use riemannian_adagrad::{RiemannianAdagrad, RiemannianAdagradConfig, RiemannianAdagradState};
pub use riemannian_adam::{RiemannianAdam, RiemannianAdamConfig, RiemannianAdamState};
pub use riemannian_sgd::{RiemannianSgd, RiemannianSgdConfig, RiemannianSgdState};
pub use row_gradient::RowGradient;
pub use row_sparse::{RowSparseAdam, RowSparseAdamConfig, RowSparseAdamState, RowSparseSgd};
pub use second_moment::SecondMoment;
pub use step_map::StepMap;
pub use tangent_moment::TangentMoment;
