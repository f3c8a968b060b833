//! The optimizer of a run, and its number format.

use burn::grad_clipping::GradientClippingConfig;
use burn::module::{Module, ModuleMapper, Param, ParamGroup};
use burn::optim::ModuleOptimizer;
use burn::optim::decay::WeightDecayConfig;
use burn::tensor::{DType, Tensor};
use geom_core::metric::learnable_parameters;
use geom_optim::RiemannianAdamConfig;

use super::model::NodeModel;
use super::settings::GraphSettings;
use crate::Format;

/// Adam's stabilizer, that of the usual implementations; Burn's is 1e-5.
const EPSILON: f32 = 1e-8;

/// Adam for `model`, with weight decay on all but the curvatures.
pub(super) fn optimizer(settings: &GraphSettings, model: &NodeModel) -> ModuleOptimizer {
    let clipping = || {
        let norm = settings.gradient_clipping?;
        Some(GradientClippingConfig::Norm(norm as f32))
    };
    let plain = RiemannianAdamConfig::new().with_epsilon(EPSILON);
    let decay = (settings.weight_decay > 0.0).then_some(WeightDecayConfig {
        penalty: settings.weight_decay as f32,
    });
    let whole = plain
        .clone()
        .with_weight_decay(decay)
        .with_grad_clipping(clipping())
        .init();
    let curvatures = learnable_parameters(model);
    if curvatures.is_empty() {
        return whole;
    }
    // A penalty would pull the curvature to a value of its own.
    whole.with_group(
        ParamGroup::from_ids(curvatures),
        plain.build(),
        clipping().as_ref().map(GradientClippingConfig::init),
    )
}

/// The model in the number format of the settings.
pub(super) fn cast(model: NodeModel, format: Format) -> NodeModel {
    struct Cast(DType);
    impl ModuleMapper for Cast {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let dtype = self.0;
            param.map(|tensor| {
                let tracked = tensor.is_require_grad();
                tensor.cast(dtype).detach().set_require_grad(tracked)
            })
        }
    }
    model.map(&mut Cast(format.dtype()))
}
