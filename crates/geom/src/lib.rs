#![doc = include_str!("../../../README.md")]

pub use geom_core as core;
pub use geom_data as data;
pub use geom_nn as nn;
pub use geom_optim as optim;
pub use geom_train as train;

/// What most programs need.
pub mod prelude {
    pub use geom_core::{
        Backend, Curvature, DynamicProduct, Euclidean, Factor, Hyperboloid, Manifold,
        ManifoldParam, ManifoldTensor, Oblique, ParallelTransport, PoincareBall, Power, Product,
        Sample, SampleUniform, Scaled, Sphere, Torus, constrain,
    };
    pub use geom_optim::{
        RamsGradConfig, RiemannianAdagradConfig, RiemannianAdamConfig, RiemannianSgdConfig,
    };
}

/// The code of the guides, as tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guides/burn-models.md")]
mod burn_models {}
