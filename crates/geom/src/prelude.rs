//! What most programs need.
//!
//! Its traits do not compete for a name: every verb resolves with method syntax.
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
//! let (ball, stereographic) = (PoincareBall::new(1.0), Stereographic::new(0.5));
//! let x = ball.exp0(v.clone());
//! let there = ball.mobius_add(x.clone(), ball.exp(x.clone(), ball.log0(x.clone())));
//! assert!(ball.distance(x.clone(), ball.translate(x, v.clone())).into_scalar::<f32>() > 0.9);
//! assert!(ball.check_point(there).is_ok());
//! assert_eq!(ball.ambient_dim(2), 2);
//! let x = stereographic.exp0(v.clone());
//! let sum = stereographic.mobius_add(x.clone(), stereographic.exp0(v.clone()));
//! assert!((stereographic.log0(sum) - v.clone().mul_scalar(2.0)).abs().max().into_scalar::<f32>() < 1e-5);
//! for distance in [
//!     to_and_fro(&ball, v.clone()),
//!     to_and_fro(&stereographic, v.clone()),
//!     to_and_fro(&Hyperboloid::new(1.0), v.clone()),
//!     to_and_fro(&AnyManifold::from(Sphere::new()), v),
//! ] {
//!     assert!(distance.into_scalar::<f32>() < 1e-3);
//! }
//! ```

pub use geom_core::{
    AnyManifold, Backend, Curvature, DynamicProduct, Euclidean, Factor, Gyrovector, HalfSpace,
    Hyperboloid, KleinBall, Manifold, ManifoldKind, ManifoldParam, ManifoldTensor, Oblique,
    ParallelTransport, PoincareBall, Pointed, Power, ProbabilitySimplex, Product, Sample,
    SampleUniform, Scaled, SpaceConfig, Sphere, Stereographic, Torus, constrain,
};
#[cfg(feature = "optim")]
pub use geom_optim::{
    RamsGradConfig, RiemannianAdagradConfig, RiemannianAdamConfig, RiemannianSgdConfig,
};
