//! The optimizer of a run, and its number format.

use burn::grad_clipping::GradientClippingConfig;
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamGroup, ParamId};
use burn::optim::ModuleOptimizer;
use burn::optim::decay::WeightDecayConfig;
use burn::tensor::{DType, Tensor};
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
    let curvatures = curvatures(model);
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

/// The parameters that belong to a [`Curvature`](geom_core::Curvature) or a
/// [`SignedCurvature`](geom_core::SignedCurvature), whatever their fields are called.
fn curvatures<M: Module>(module: &M) -> Vec<ParamId> {
    /// As the derived implementation of `Module` announces these types.
    const TYPES: [&str; 2] = ["Struct:Curvature", "Struct:SignedCurvature"];
    #[derive(Default)]
    struct Curvatures {
        /// How many values of these types are being visited, one inside the other.
        inside: usize,
        ids: Vec<ParamId>,
    }
    impl ModuleVisitor for Curvatures {
        fn enter_module(&mut self, _name: &str, container_type: &str) {
            self.inside += usize::from(TYPES.contains(&container_type));
        }

        fn exit_module(&mut self, _name: &str, container_type: &str) {
            self.inside -= usize::from(TYPES.contains(&container_type));
        }

        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if self.inside > 0 {
                self.ids.push(param.id);
            }
        }
    }
    let mut visitor = Curvatures::default();
    module.visit(&mut visitor);
    visitor.ids
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

#[cfg(test)]
mod tests {
    use burn::nn::{Linear, LinearConfig};
    use burn::tensor::Device;
    use geom_core::{Curvature, SignedCurvature};

    use super::*;

    #[derive(Module, Debug)]
    struct Named {
        /// Called like a curvature, and none.
        curvature: Linear,
        bend: Curvature,
        sign: SignedCurvature,
        fixed: Curvature,
    }

    #[test]
    fn curvatures_are_told_by_their_type_and_not_by_their_name() {
        let device = Device::flex();
        let module = Named {
            curvature: LinearConfig::new(2, 3).init(&device),
            bend: Curvature::learnable(1.0, &device),
            sign: SignedCurvature::learnable(-1.0, &device),
            fixed: Curvature::fixed(1.0),
        };
        let found = curvatures(&module);
        assert_eq!(found.len(), 2);
        assert!(!found.contains(&module.curvature.weight.id));
        assert!(curvatures(&module.fixed).is_empty());
    }
}
