//! Which parameters of a module its metrics depend on.

use std::cell::Cell;

use burn::module::{Module, ModuleVisitor, Param, ParamId};
use burn::tensor::Tensor;

thread_local! {
    /// How many learnable numbers of a metric are being visited on this thread, one inside the other.
    static VISITED: Cell<usize> = const { Cell::new(0) };
}

/// Ends a visit when dropped, also when the visitor panics.
struct Visit;

impl Drop for Visit {
    fn drop(&mut self) {
        VISITED.set(VISITED.get() - 1);
    }
}

/// Runs the visit of a learnable number of a metric, so that visitors know it for one.
pub(super) fn visit(body: impl FnOnce()) {
    VISITED.set(VISITED.get() + 1);
    let _visit = Visit;
    body();
}

/// The parameters that are learnable curvatures and scales of manifolds, wherever in the module they are
/// and whatever their fields are called; in the order of a traversal.
///
/// They are not weights: a penalty on them, for one, would pull the curvature to a value of its own. An
/// optimizer takes them as a group by themselves.
///
/// # Examples
/// ```
/// use burn::module::ParamGroup;
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{ManifoldParam, PoincareBall, metric};
///
/// let device = Device::flex();
/// let ball = PoincareBall::learnable(1.0, &device);
/// let points = ManifoldParam::new(Tensor::<2>::zeros([3, 2], &device), ball);
/// let curvatures = metric::learnable_parameters(&points);
/// assert_eq!(curvatures.len(), 1);
/// assert!(metric::learnable_parameters(&PoincareBall::new(1.0)).is_empty());
/// let _group = ParamGroup::from_ids(curvatures);
/// ```
pub fn learnable_parameters<M: Module>(module: &M) -> Vec<ParamId> {
    let mut collect = Collect::default();
    module.visit(&mut collect);
    collect.found
}

#[derive(Default)]
struct Collect {
    found: Vec<ParamId>,
}

impl ModuleVisitor for Collect {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if VISITED.get() > 0 {
            self.found.push(param.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::nn::{Linear, LinearConfig};
    use burn::tensor::Device;

    use super::*;
    use crate::{Curvature, Euclidean, Scaled, SignedCurvature};

    /// The name of the library's type, and none of its.
    mod elsewhere {
        use super::*;

        #[derive(Module, Debug)]
        pub(super) struct Curvature {
            pub(super) raw: Param<Tensor<1>>,
        }
    }

    #[derive(Module, Debug)]
    struct Model {
        /// Called like a curvature, and none.
        curvature: Linear,
        /// Of a type called like it, and none.
        other: elsewhere::Curvature,
        bend: Curvature,
        sign: SignedCurvature,
        scaled: Scaled<Euclidean>,
        fixed: Curvature,
    }

    #[test]
    fn they_are_told_by_what_they_are_and_not_by_a_name() {
        let device = Device::flex();
        let model = Model {
            curvature: LinearConfig::new(2, 3).init(&device),
            other: elsewhere::Curvature {
                raw: Param::from_tensor(Tensor::zeros([1], &device)),
            },
            bend: Curvature::learnable(1.0, &device),
            sign: SignedCurvature::learnable(-1.0, &device),
            scaled: Scaled::learnable(Euclidean::new(), 2.0, &device),
            fixed: Curvature::fixed(1.0),
        };
        let found = learnable_parameters(&model);
        assert_eq!(found.len(), 3);
        assert!(!found.contains(&model.curvature.weight.id));
        assert!(!found.contains(&model.other.raw.id));
        assert_eq!(learnable_parameters(&model.bend), found[..1]);
        assert_eq!(learnable_parameters(&model.sign), found[1..2]);
        assert_eq!(learnable_parameters(&model.scaled), found[2..]);
    }
}
