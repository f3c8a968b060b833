//! Riemannian manifolds on Burn tensors.
//!
//! A manifold is a value with verbs ([`Manifold`]); points and tangent vectors are plain tensors.
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use geom_core::{Manifold, PoincareBall};
//!
//! let ball = PoincareBall::new(1.0);
//! let device = Device::flex();
//! let x = Tensor::<2>::from_floats([[0.1, 0.2]], &device);
//! let y = Tensor::<2>::from_floats([[-0.3, 0.4]], &device);
//! let v = ball.log(x.clone(), y.clone());
//! let back = ball.exp(x.clone(), v);
//! assert!((ball.distance(x, y.clone()).into_scalar::<f32>() - 1.0154343).abs() < 1e-6);
//! assert!((back - y).abs().max().into_scalar::<f32>() < 1e-6);
//! ```
//!
//! # Conventions
//! - Leading axes are batch axes and broadcast; the last [`Manifold::POINT_RANK`] axes hold one
//!   point. Reductions keep the reduced axes at size 1.
//! - The base point comes before the vector: `exp(x, v)`, `transport(x, y, v)`.
//! - Tangent vectors use ambient coordinates.
//! - Constructors take the literature's parameter, a magnitude $c > 0$ for hyperbolic manifolds;
//!   [`Manifold::sectional_curvature`] is always signed, $-c$.
//! - Distances are measured in the manifold's own metric: on the ball with curvature $-c$ small
//!   distances at the origin are $2\lVert x - y\rVert$.
//! - Points are `f32` or `f64`, or in half precision, which is [computed with in `f32`](half_precision). Every constant that depends on that is in [`numerics::Limits`].
//! - Values and gradients are finite at the origin, at coincident points and at the boundary.
//!
//! # Manifolds
//!
//! | Type | Points | Curvature | Exact | Good for |
//! |---|---|---|---|---|
//! | [`Euclidean`] | $\mathbb R^d$ | 0 | all | baselines, tangent coordinates |
//! | [`PoincareBall`] | $\sqrt c\lVert x\rVert < 1$ in $\mathbb R^d$ | $-c$ | all; `retract` second order | embeddings, plots, gyrovector layers |
//! | [`Stereographic`] | the ball for $\kappa < 0$, otherwise $\mathbb R^d$ | $\kappa$ of any sign | all | curvature that trains across zero, mixed spaces |
//! | [`Hyperboloid`] | $-x_0^2 + \lVert x_s\rVert^2 = -1/c$ in $\mathbb R^{d+1}$ | $-c$ | all; `retract` second order | centroids, distances far out |
//! | [`Sphere`] | $\lVert x\rVert = 1$ in $\mathbb R^{d+1}$ | $+1$ | all; `retract` second order | directions, cosine similarity |
//! | [`SphereSubspace`] | unit vectors of a subspace of $\mathbb R^n$ | $+1$ | all; `retract` second order | directions under linear constraints |
//! | [`Oblique`] | $n \times k$, columns of norm 1 | 0 to 1 | all; `retract` second order | dictionaries, normalized weights |
//! | [`Torus`], [`Circle`] | angles in $(-\pi, \pi]^d$ | 0 | all | phases, periodic coordinates |
//! | [`HalfSpace`] | $x_d > 0$ in $\mathbb R^d$ | $-c$ | all; `retract` second order | scales: precise at any height |
//! | [`KleinBall`] | $\sqrt c\lVert x\rVert < 1$ in $\mathbb R^d$ | $-c$ | all; `retract` second order | straight geodesics, Einstein midpoints |
//! | [`ProbabilitySimplex`] | $p_i \ge 0$, $\sum_i p_i = 1$ in $\mathbb R^n$ | $\tfrac14$ | all; `retract` second order | distributions on classes, mixtures, attention |
//! | [`PositiveOrthant`] | $x_i > 0$ in $\mathbb R^n$ | 0 | all; `retract` second order | rates, scales, variances |
//! | [`BirkhoffPolytope`] | doubly stochastic $n \times n$ | varies | `retract` second order; `exp`, `log` numeric | matching, ranking, soft permutations |
//!
//! Made of others: [`Product`] of two manifolds, [`DynamicProduct`] of a list known at run time,
//! [`Power`], several points as one, [`Flattened`], matrices as vectors, and [`Scaled`], distances times
//! a factor. [`AnyManifold`] is a manifold of vectors known at run time. [`ManifoldKind`] is the table of their names, [`ManifoldConfig`]
//! any of them with its parameters, as a file has it, [`SpaceConfig`] a space for layers.
//!
//! # Where to look
//! - A model holds points in a [`ManifoldParam`]; [`constrain`](fn@constrain) puts weights of an
//!   existing module on a manifold; [`record`] saves modules with their geometry.
//! - [`Curvature`] is fixed or trains with the model, and points follow it;
//!   [`check_unique_parameters`] finds one that a model holds twice.
//! - [`ManifoldTensor`] and [`TangentTensor`] keep points of two spaces apart.
//! - [`statistics`] has means, principal components and clusters; [`ladder`] parallel transport from
//!   `exp` and `log` alone; [`pairwise`] distances of all pairs; [`dual`] second derivatives.
//! - [`Pointed`] has coordinates at the origin, in which layers of neural networks compute.
//! - [`Gyrovector`] is the calculus of the ball and of the stereographic model.
//! - [`isometry`] moves between the hyperbolic models, and between sphere and stereographic
//!   coordinates; [`lorentz`] has the isometries of the hyperboloid as matrices.
//! - With feature `learner`, [`Constrained`] modules take the training steps of Burn's `Learner`.
//! - With feature `testing`, the module `testing` is the conformance suite for manifolds of your own.
//! - What computes the tensors is a [`Backend`].
//! - A setting out of its range is a [`SettingError`], whichever crate it is of.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

// By which the attribute `half_precision` finds this crate in itself.
extern crate self as geom_core;

pub mod backend;
mod calculus;
mod catalog;
pub mod error;
pub mod gyro;
pub mod isometry;
pub mod manifold;
pub mod manifold_tensor;
pub mod manifolds;
pub mod metric;
mod module;
pub mod numerics;
pub mod rows;
mod setting;
pub mod statistics;
#[cfg(feature = "testing")]
pub mod testing;

pub use backend::{Backend, BackendError};
pub use calculus::{dual, ladder, pairwise};
pub use catalog::{config, kind, space};
pub use config::{ManifoldConfig, ManifoldVisitor};
pub use constrain::{Constrained, constrain};
pub use dual::Dual;
pub use error::{GeometryError, NotOnManifold, NotTangent};
pub use geom_macros::half_precision;
pub use gyro::gyrovector;
pub use gyro::gyrovector::Gyrovector;
pub use isometry::lorentz;
pub use isometry::{
    HyperbolicModel, change_model, change_model_tangent, sphere_to_stereographic,
    sphere_to_stereographic_tangent, stereographic_to_sphere, stereographic_to_sphere_tangent,
};
pub use kind::{ManifoldKind, UnknownManifold};
pub use lorentz::{lorentz_boost, lorentz_rotation, lorentz_transform};
pub use manifold::erased::ErasedManifold;
pub use manifold::point_size::{PointShape, PointSize};
pub use manifold::{Manifold, pointed, sample, transport};
pub use manifold_tensor::{ManifoldTensor, TangentTensor};
pub use manifolds::{
    AnyManifold, BirkhoffPolytope, Circle, DynamicProduct, Euclidean, Factor, Flattened, HalfSpace,
    Hyperboloid, KleinBall, Oblique, PoincareBall, PositiveOrthant, Power, ProbabilitySimplex,
    Product, Scaled, Sphere, SphereSubspace, Stereographic, Torus,
};
pub use metric::{Coefficient, Curvature, MetricParameter, ParameterMap, SignedCurvature};
pub use metric::{curvature, signed_curvature};
pub use module::{constrain, param, record, scope, unique};
pub use numerics::Limits;
pub use param::ManifoldParam;
pub use pointed::Pointed;
pub use sample::{Sample, SampleUniform};
pub use setting::SettingError;
pub use space::{SpaceConfig, SpaceError, SpaceName};
pub use transport::ParallelTransport;
pub use unique::{DuplicateParameter, check_unique_parameters};
