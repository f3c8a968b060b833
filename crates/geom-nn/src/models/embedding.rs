//! A table of points on a manifold.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::{Device, Distribution, Int, Tensor};
use geom_core::{Manifold, ManifoldParam, SettingError};

use super::error::{check_count, check_scale};
use crate::random;

/// Settings of an [`Embedding`].
#[derive(Config, Copy, Debug, PartialEq)]
pub struct EmbeddingConfig {
    /// The number of rows.
    pub nodes: usize,
    /// The intrinsic dimension of a point.
    pub dim: usize,
    /// Rows start at the exponential map, at the origin, of vectors uniform in
    /// `[-scale, scale]` per coordinate. Small, so that training begins where all distances are
    /// alike; the reference code uses 1e-4.
    #[config(default = 1e-3)]
    pub scale: f64,
}

impl EmbeddingConfig {
    /// Draws the table on `device`, from the generator of the [scope](random::Generator::scope) or of the
    /// device.
    ///
    /// # Panics
    /// If a setting is out of range; [`try_init`](Self::try_init) is for those from outside.
    pub fn init<M: Manifold>(&self, manifold: M, device: &Device) -> Embedding<M> {
        self.try_init(manifold, device)
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// Draws the table on `device`, its settings checked.
    ///
    /// # Errors
    /// [`SettingError`] without nodes or dimensions, or if `scale` is not positive and finite.
    pub fn try_init<M: Manifold>(
        &self,
        manifold: M,
        device: &Device,
    ) -> Result<Embedding<M>, SettingError> {
        check_count("nodes", self.nodes)?;
        check_count("dim", self.dim)?;
        check_scale(self.scale)?;
        let shape = [self.nodes, manifold.point_shape(self.dim).coordinates()];
        let origin: Tensor<2> = manifold.origin(shape, device);
        let noise = random::tensor(
            shape,
            Distribution::Uniform(-self.scale, self.scale),
            device,
        );
        let tangent = manifold.project_tangent(origin.clone(), noise);
        Ok(Embedding {
            points: ManifoldParam::new(manifold.exp(origin, tangent), manifold),
        })
    }
}

/// One point of a manifold for every node: the model of Poincaré embeddings.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::PoincareBall;
/// use geom_nn::models::EmbeddingConfig;
///
/// let device = Device::flex();
/// let model = EmbeddingConfig::new(10, 5).init(PoincareBall::new(1.0), &device);
/// let u = Tensor::from_data([0, 1], &device);
/// let v = Tensor::from_data([2, 3], &device);
/// assert_eq!(model.distance(u, v).dims(), [2, 1]);
/// ```
///
/// # References
/// Nickel & Kiela (2017).
#[derive(Module, Debug)]
pub struct Embedding<M: Manifold> {
    /// The table, `[nodes, d]`.
    pub points: ManifoldParam<2, M>,
}

impl<M: Manifold> Embedding<M> {
    /// A model over an existing table.
    pub fn from_points(points: Tensor<2>, manifold: M) -> Self {
        Self {
            points: ManifoldParam::new(points, manifold),
        }
    }

    /// The points of `nodes`, `[b, d]` for `[b]` indices.
    pub fn forward(&self, nodes: Tensor<1, Int>) -> Tensor<2> {
        self.points.val().select(0, nodes)
    }

    /// The distances between the nodes of two lists, `[b, 1]`.
    pub fn distance(&self, u: Tensor<1, Int>, v: Tensor<1, Int>) -> Tensor<2> {
        self.points
            .manifold()
            .distance(self.forward(u), self.forward(v))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geom_core::Euclidean;

    #[test]
    fn settings_out_of_range_are_named() {
        let field = |config: EmbeddingConfig| {
            let made = config.try_init(Euclidean::new(), &Device::flex());
            made.map(|_| ()).map_err(|error| error.field)
        };
        assert_eq!(field(EmbeddingConfig::new(3, 2)), Ok(()));
        assert_eq!(field(EmbeddingConfig::new(0, 2)), Err("nodes"));
        assert_eq!(field(EmbeddingConfig::new(3, 0)), Err("dim"));
        for scale in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let config = EmbeddingConfig::new(3, 2).with_scale(scale);
            assert_eq!(field(config), Err("scale"));
        }
    }
}
