//! Guides. Their code runs as tests of this crate.
//!
//! | Question | Guide |
//! |---|---|
//! | What can a manifold do? | [a tour of the geometry](geometry) |
//! | Which manifold fits my data? | [choosing a manifold](choosing_a_manifold) |
//! | Which optimizer, solver or sampler? | [choosing an optimizer](choosing_an_optimizer) |
//! | How do points live in my Burn model? | [manifold parameters in your Burn model](burn_models) |
//! | How does curvature train? | [learnable curvature](learnable_curvature) |
//! | How do I embed my own hierarchy? | [embedding your own data](embeddings) |
//! | Which layer works on which space? | [layers](mod@layers) |
//! | How do I classify nodes or predict links? | [graph networks](graph_networks) |
//! | What can I do with matrices? | [linear algebra](linear_algebra) |
//! | On which hardware does it run? | [backends] |

/// The targets of the links between guides. Each file ends with definitions for readers of the
/// repository; in this documentation these come first and win.
macro_rules! links {
    () => {
        "
[burn-models]: crate::guides::burn_models
[burn-models#learning-rates-by-group]: crate::guides::burn_models#learning-rates-by-group
[choosing-a-manifold#when-hyperbolic-space-does-not-help]: crate::guides::choosing_a_manifold#when-hyperbolic-space-does-not-help
[choosing-a-manifold#which-model-of-hyperbolic-space]: crate::guides::choosing_a_manifold#which-model-of-hyperbolic-space
[choosing-an-optimizer]: crate::guides::choosing_an_optimizer
[choosing-an-optimizer#solvers]: crate::guides::choosing_an_optimizer#solvers
[embeddings#stopping-and-resuming]: crate::guides::embeddings#stopping-and-resuming
[graph-networks]: crate::guides::graph_networks
[layers]: crate::guides::layers
[learnable-curvature]: crate::guides::learnable_curvature
[linear-algebra]: crate::guides::linear_algebra

"
    };
}

macro_rules! guides {
    ($($name:ident: $file:literal,)*) => {$(
        #[doc = links!()]
        #[doc = include_str!(concat!("../guides/", $file))]
        pub mod $name {}
    )*};
}

guides! {
    backends: "backends.md",
    burn_models: "burn-models.md",
    choosing_a_manifold: "choosing-a-manifold.md",
    choosing_an_optimizer: "choosing-an-optimizer.md",
    embeddings: "embeddings.md",
    geometry: "geometry.md",
    graph_networks: "graph-networks.md",
    layers: "layers.md",
    learnable_curvature: "learnable-curvature.md",
    linear_algebra: "linear-algebra.md",
}
