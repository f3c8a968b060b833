//! An encoder with what follows it.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Int, Tensor};
use geom_core::{AnyManifold, Manifold};
use geom_nn::decoders::{FermiDirac, FermiDiracConfig};
use geom_nn::models::{NodeEncoder, NodeEncoderConfig};
use geom_nn::random;
use geom_nn::sparse::{Features, LayerGraphs};

use super::error::GraphTrainError;
use super::settings::GraphSettings;

/// A model of nodes with the decoder of its task.
#[derive(Module, Debug)]
pub struct NodeModel {
    /// Gives every node a point.
    pub encoder: NodeEncoder,
    /// From coordinates at the origin to classes, if the encoder does not end in them.
    pub classifier: Option<Linear>,
    /// From squared distances to links.
    pub links: FermiDirac,
    /// Whether points are brought into the unit ball, as flat networks need for the decoder of
    /// links to have a scale.
    in_unit_ball: bool,
}

impl NodeModel {
    pub(super) fn new(
        settings: &GraphSettings,
        encoder: &NodeEncoderConfig,
        classes: Option<usize>,
        device: &Device,
    ) -> Result<Self, GraphTrainError> {
        let decoder = FermiDiracConfig::new()
            .with_r(settings.decoder_radius)
            .with_t(settings.decoder_temperature);
        let encoder = encoder.try_init(device)?;
        let classifier = classes
            .filter(|_| !settings.model.ends_in_classes())
            .map(|classes| random::linear(settings.dim, classes, true, device));
        Ok(Self {
            encoder,
            classifier,
            links: decoder.try_init()?,
            in_unit_ball: settings.manifold.is_euclidean(),
        })
    }

    /// The logits of every node's classes.
    ///
    /// # Shapes
    /// - `x`: `[nodes, features]`
    /// - returns: `[nodes, classes]`
    pub fn classes(&self, x: &Features, graph: &(impl LayerGraphs + ?Sized)) -> Tensor<2> {
        self.classes_at(self.encoder.forward_tangent(x, graph))
    }

    /// The logits of the classes at coordinates at the origin.
    pub(super) fn classes_at(&self, v: Tensor<2>) -> Tensor<2> {
        match &self.classifier {
            Some(classifier) => classifier.forward(v),
            None => v,
        }
    }

    /// The points whose distances decide about links.
    ///
    /// # Shapes
    /// - `x`: `[nodes, features]`
    /// - returns: `[nodes, ambient]`
    pub fn points(&self, x: &Features, graph: &(impl LayerGraphs + ?Sized)) -> Tensor<2> {
        self.points_at(self.encoder.forward_tangent(x, graph))
    }

    /// The points at coordinates at the origin.
    pub(super) fn points_at(&self, v: Tensor<2>) -> Tensor<2> {
        let points = self.encoder.points(v);
        if !self.in_unit_ball {
            return points;
        }
        let norm = geom_core::numerics::norm(points.clone());
        points / norm.clamp_min(1.0)
    }

    /// The magnitude of the curvature of the space of the points, unless it is flat or spherical. The
    /// factors of a product have curvatures of their own; it counts as 1.
    pub fn negative_curvature(&self) -> Option<f64> {
        match &self.encoder {
            NodeEncoder::Hgcn(model) => of_space(&model.layers.last()?.space),
            NodeEncoder::Hnn(model) => of_space(&model.layers.last()?.space),
            NodeEncoder::Gcn(_) | NodeEncoder::Gat(_) | NodeEncoder::Sgc(_) => None,
            NodeEncoder::Shallow(model) => of_space(&model.space),
            NodeEncoder::HyboNet(model) => Some(model.space.curvature().value()),
            NodeEncoder::KappaGcn(model) => {
                of_signed(model.layers.last()?.space.curvature().value())
            }
        }
    }

    /// The logits of links between points.
    ///
    /// # Shapes
    /// - `points`: `[nodes, ambient]`
    /// - `from`, `to`: `[pairs]`
    /// - returns: `[pairs, 1]`
    pub fn link_logits(
        &self,
        points: &Tensor<2>,
        from: Tensor<1, Int>,
        to: Tensor<1, Int>,
    ) -> Tensor<2> {
        let [x, y] = [from, to].map(|nodes| points.clone().select(0, nodes));
        self.links.logits(self.encoder.distance(x, y).square())
    }
}

fn of_space(space: &AnyManifold) -> Option<f64> {
    match (space, space.sectional_curvature()) {
        (_, Some(kappa)) => of_signed(kappa),
        (AnyManifold::Product(_), None) => Some(1.0),
        (_, None) => None,
    }
}

fn of_signed(kappa: f64) -> Option<f64> {
    (kappa < 0.0).then_some(-kappa)
}
