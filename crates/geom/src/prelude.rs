//! What most programs need, in one import beside Burn's own prelude.
//!
//! ```
//! use burn::prelude::*;
//! use burn::tensor::DType;
//! use geom::prelude::*;
//!
//! let device = Device::default();
//! let f64s = (&device, DType::F64);
//! let near_zero = |x: Tensor<2>| x.abs().max().into_scalar::<f64>() < 1e-9;
//!
//! // The verbs of every manifold.
//! let ball = PoincareBall::new(1.0);
//! let x = ball.random_normal([4, 2], 0.5, f64s);
//! let y = ball.random_normal([4, 2], 0.5, f64s);
//! let v = ball.log(x.clone(), y.clone());
//! let distance = ball.distance(x.clone(), y.clone());
//! assert!(near_zero(ball.exp(x.clone(), v.clone()) - y.clone()));
//! assert!(near_zero(ball.norm(x.clone(), v.clone()) - distance.clone()));
//! assert!(near_zero(ball.inner(x.clone(), v.clone(), v.clone()) - distance.square()));
//! assert!(near_zero(ball.geodesic(x.clone(), y.clone(), 0.5) - ball.midpoint(x.clone(), y.clone())));
//! let u = ball.inverse_retract(x.clone(), y.clone());
//! assert!(near_zero(ball.retract(x.clone(), u) - y.clone()));
//! let carried = ball.transport(x.clone(), y.clone(), v.clone());
//! assert!(near_zero(ball.parallel_transport(x.clone(), y.clone(), v.clone()) - carried));
//! assert!(near_zero(ball.project(x.clone()) - x.clone()));
//! assert!(near_zero(ball.project_tangent(x.clone(), v.clone()) - v.clone()));
//! assert_eq!(ball.riemannian_gradient(x.clone(), v.clone()).dims(), [4, 2]);
//! assert_eq!(ball.pairwise_distance(x.clone(), y.clone()).dims(), [4, 4]);
//! assert!(ball.check_point(x.clone()).is_ok());
//! assert!(ball.check_tangent(x.clone(), v).is_ok());
//!
//! // Coordinates at the origin, and the algebra of gyrovectors, for either sign of the curvature.
//! assert!(near_zero(ball.exp0(ball.log0(x.clone())) - x.clone()));
//! let space = Stereographic::new(-1.0);
//! assert!(near_zero(space.log0(x.clone()) - ball.log0(x.clone())));
//! assert!(near_zero(space.mobius_add(x.clone(), y.clone()) - ball.mobius_add(x.clone(), y.clone())));
//! assert!(near_zero(space.distance(x.clone(), y.clone()) - ball.distance(x.clone(), y.clone())));
//!
//! // Every model of hyperbolic space, means, and distributions.
//! let distance = ball.distance(x.clone(), y.clone());
//! let [there, also] = [&x, &y].map(|x| change_model(&ball, &HalfSpace::new(1.0), x.clone()));
//! assert!(near_zero(HalfSpace::new(1.0).distance(there, also) - distance.clone()));
//! let [there, also] = [&x, &y].map(|x| change_model(&ball, &KleinBall::new(1.0), x.clone()));
//! assert!(near_zero(KleinBall::new(1.0).distance(there, also) - distance.clone()));
//! let [there, also] = [&x, &y].map(|x| change_model(&ball, &Hyperboloid::new(1.0), x.clone()));
//! assert!(near_zero(Hyperboloid::new(1.0).distance(there, also) - distance));
//! assert!(ball.check_point(frechet_mean(&ball, x, None).unwrap()).is_ok());
//! let simplex = ProbabilitySimplex::new();
//! assert!(simplex.check_point(simplex.random_uniform([3, 5], f64s)).is_ok());
//! ```
//!
//! Its traits do not compete for a name: every verb resolves with method syntax, in generic code too.
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use geom::prelude::*;
//!
//! fn to_and_fro<M: Pointed>(space: &M, v: Tensor<2>) -> Tensor<2> {
//!     let x = space.exp0(v);
//!     let y = space.exp(x.clone(), space.log(x.clone(), x.clone()));
//!     space.distance(y, x)
//! }
//!
//! let device = Device::default();
//! let v = Tensor::<2>::from_floats([[0.3, -0.4]], &device);
//! for distance in [
//!     to_and_fro(&PoincareBall::new(1.0), v.clone()),
//!     to_and_fro(&Stereographic::new(0.5), v.clone()),
//!     to_and_fro(&Hyperboloid::new(1.0), v.clone()),
//!     to_and_fro(&AnyManifold::from(Sphere::new()), v),
//! ] {
//!     assert!(distance.into_scalar::<f32>() < 1e-3);
//! }
//! ```

pub use geom_core::statistics::frechet_mean;
pub use geom_core::{
    AnyManifold, Backend, BirkhoffPolytope, Circle, Curvature, DynamicProduct, Euclidean, Factor,
    Flattened, Gyrovector, HalfSpace, HyperbolicModel, Hyperboloid, KleinBall, Manifold,
    ManifoldConfig, ManifoldKind, ManifoldParam, ManifoldTensor, Oblique, ParallelTransport,
    PoincareBall, Pointed, PositiveOrthant, Power, ProbabilitySimplex, Product, Sample,
    SampleUniform, Scaled, SignedCurvature, SpaceConfig, Sphere, SphereSubspace, Stereographic,
    TangentTensor, Torus, change_model, constrain,
};
#[cfg(feature = "optim")]
pub use geom_optim::{
    RamsGradConfig, RiemannianAdagradConfig, RiemannianAdamConfig, RiemannianSgdConfig,
    RowGradient, RowSparseAdamConfig, RowSparseSgd,
};
