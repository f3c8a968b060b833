#![doc = include_str!("../../../README.md")]

pub use geom_core as core;
pub use geom_data as data;
pub use geom_kernels::allocator::keep_freed_memory;
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
mod guides {
    #[doc = include_str!("../../../docs/guides/backends.md")]
    mod backends {}
    #[doc = include_str!("../../../docs/guides/burn-models.md")]
    mod burn_models {}
    #[doc = include_str!("../../../docs/guides/choosing-a-manifold.md")]
    mod choosing_a_manifold {}
    #[doc = include_str!("../../../docs/guides/choosing-an-optimizer.md")]
    mod choosing_an_optimizer {}
    #[doc = include_str!("../../../docs/guides/embeddings.md")]
    mod embeddings {}
    #[doc = include_str!("../../../docs/guides/geometry.md")]
    mod geometry {}
    #[doc = include_str!("../../../docs/guides/graph-networks.md")]
    mod graph_networks {}
    #[doc = include_str!("../../../docs/guides/layers.md")]
    mod layers {}
    #[doc = include_str!("../../../docs/guides/learnable-curvature.md")]
    mod learnable_curvature {}
}
