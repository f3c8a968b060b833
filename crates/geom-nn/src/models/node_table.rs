//! A table of points by their coordinates.

use burn::config::Config;
use burn::module::{Module, Param};
use burn::tensor::{Distribution, Tensor, TensorCreationOptions};
use geom_core::{AnyManifold, SpaceConfig};

use super::ModelError;
use super::error::{check_count, check_scale};
use crate::random;

/// Settings of a [`NodeTable`].
#[derive(Config, Debug, PartialEq)]
pub struct NodeTableConfig {
    /// Nodes.
    pub nodes: usize,
    /// The dimension of their points.
    pub dim: usize,
    /// The space of the points.
    pub space: SpaceConfig,
    /// Coordinates start uniform within this bound: close to the origin, where all distances are alike,
    /// and far enough apart to have directions.
    #[config(default = 0.05)]
    pub scale: f64,
}

impl NodeTableConfig {
    /// A model with weights drawn by the device, its settings checked.
    ///
    /// `options` is a `&Device`, or `(&device, dtype)` for other than the default dtype.
    ///
    /// # Errors
    /// [`ModelError`], if a setting is out of range, or the space does not exist with this curvature or dimension.
    pub fn try_init(
        &self,
        options: impl Into<TensorCreationOptions>,
    ) -> Result<NodeTable, ModelError> {
        let options = options.into();
        check_count("nodes", self.nodes)?;
        check_count("dim", self.dim)?;
        check_scale(self.scale)?;
        self.space.name.check_dim(self.dim)?;
        let start = Distribution::Uniform(-self.scale, self.scale);
        let coordinates = random::tensor([self.nodes, self.dim], start, options.clone());
        Ok(NodeTable {
            coordinates: Param::from_tensor(coordinates),
            space: self.space.try_init(options)?,
        })
    }
}

model_init!(NodeTableConfig, NodeTable);

/// A point for every node, $x_i = \exp_0(v_i)$, by its coordinates $v_i$ at the origin, so that any
/// optimizer trains it in any space: a shallow embedding. It sees neither features nor neighbors.
///
/// # Examples
/// ```
/// use burn::tensor::Device;
/// use geom_core::{ManifoldKind, Pointed, SpaceConfig};
/// use geom_nn::models::NodeTableConfig;
///
/// let space = SpaceConfig::new(ManifoldKind::Hyperboloid.into());
/// let table = NodeTableConfig::new(10, 2, space).init(&Device::flex());
/// assert_eq!(table.space.exp0(table.coordinates.val()).dims(), [10, 3]);
/// ```
#[derive(Module, Debug)]
pub struct NodeTable {
    /// `[nodes, d]`.
    pub coordinates: Param<Tensor<2>>,
    /// The space of the points.
    pub space: AnyManifold,
}
