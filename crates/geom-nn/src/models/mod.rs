//! Models that are put together from layers.
//!
//! | model | space | what it sees |
//! |---|---|---|
//! | [`Embedding`] | any | the node alone: a table of points |
//! | [`NodeTable`] | any | the node alone: a table of coordinates at the origin |
//! | [`Hnn`] | any; a multilayer perceptron in flat space | features |
//! | [`Gcn`], [`Gat`], [`Sgc`] | flat | features and neighbors |
//! | [`Hgcn`] | any, one curvature a layer | features and neighbors |
//! | [`KappaGcn`] | stereographic, curvature of either sign | features and neighbors |
//! | [`HyboNet`] | hyperboloid | features and neighbors |
//!
//! [`NodeEncoder`] is any of them, chosen at run time.
//!
//! All are made alike: the `Config` describes the model whole, its spaces included, and reads back what
//! it writes; `init(&device)` is the model, and `try_init` the same for settings from outside, with a
//! [`ModelError`]. Only [`Embedding`], which is generic over manifolds, takes its manifold in `init`, as
//! layers do; its `try_init` can only fail with a [`SettingError`](geom_core::SettingError).

/// Gives the configuration of a model, which has `try_init`, its `init`.
macro_rules! model_init {
    ($Config:ident, $Model:ident) => {
        impl $Config {
            /// A model with weights drawn by the device.
            ///
            /// `options` is a `&Device`, or `(&device, dtype)` for other than the default dtype.
            ///
            /// # Panics
            /// If a setting is out of range; [`try_init`](Self::try_init) is for those from outside.
            pub fn init(&self, options: impl Into<burn::tensor::TensorCreationOptions>) -> $Model {
                self.try_init(options)
                    .unwrap_or_else(|error| panic!("{error}"))
            }
        }
    };
}

mod embedding;
mod encoder;
mod error;
mod gat;
mod gcn;
mod hgcn;
mod hnn;
mod hybonet;
mod kappa_gcn;
mod kind;
mod node_table;
mod sgc;

use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::{AnyManifold, SpaceConfig};

pub use embedding::{Embedding, EmbeddingConfig};
pub use encoder::{NodeEncoder, NodeEncoderConfig};
pub use error::ModelError;
pub use gat::{Gat, GatConfig};
pub use gcn::{Gcn, GcnConfig};
pub use hgcn::{Hgcn, HgcnConfig};
pub use hnn::{Hnn, HnnConfig};
pub use hybonet::{HyboNet, HyboNetConfig};
pub use kappa_gcn::{KappaGcn, KappaGcnConfig};
pub use kind::{ModelKind, UnknownModel};
pub use node_table::{NodeTable, NodeTableConfig};
pub use sgc::{Sgc, SgcConfig};

use crate::layers::Activation;
use crate::sparse::Features;

/// One space for each layer of these widths, with a curvature of its own.
fn spaces(
    space: &SpaceConfig,
    dims: &[usize],
    options: &TensorCreationOptions,
) -> Result<Vec<AnyManifold>, ModelError> {
    error::check_dims(dims)?;
    dims[1..]
        .iter()
        .map(|&dim| -> Result<AnyManifold, ModelError> {
            space.name.check_dim(dim)?;
            Ok(space.try_init(options.clone())?)
        })
        .collect()
}

/// The features after every layer in turn, with `activation` between each two.
///
/// # Panics
/// If there are no layers.
fn in_layers<L>(
    layers: &[L],
    x: &Features,
    activation: Activation,
    forward: impl Fn(usize, &L, &Features) -> Tensor<2>,
) -> Tensor<2> {
    let Some((first, rest)) = layers.split_first() else {
        panic!("a model has at least one layer");
    };
    let rest = (1..).zip(rest);
    rest.fold(forward(0, first, x), |x, (index, layer)| {
        forward(index, layer, &Features::Dense(activation.forward(x)))
    })
}
