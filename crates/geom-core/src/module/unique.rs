//! Parameters that a module holds more than once.

use std::collections::HashMap;

use burn::module::{Module, ModuleVisitor, Param, ParamId};
use burn::tensor::{Bool, Int, Tensor};
use thiserror::Error;

/// One parameter in two places of a module.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "{first} and {second} are one parameter with two values, which would part in training; let one of \
     them own it and lend it to the other, or give the other a parameter of its own"
)]
pub struct DuplicateParameter {
    /// The path of the first place.
    pub first: String,
    /// The path of the second.
    pub second: String,
}

/// Checks that no parameter is in a module twice.
///
/// A clone of a parameter keeps its id and has a value of its own: an optimizer steps each by itself,
/// gradients are found for one of them, and a record keeps whichever comes last. With a learnable
/// curvature that happens unseen, when the layers of a model are made with clones of one manifold. The
/// remedy is that one owner lends it: see [`ManifoldParam::manifold`](crate::ManifoldParam::manifold),
/// and in `geom-nn` the layers' `forward_in`.
///
/// # Errors
/// [`DuplicateParameter`], with the paths of the first one that is met again.
///
/// # Examples
/// ```
/// use burn::tensor::Device;
/// use geom_core::{PoincareBall, check_unique_parameters};
///
/// let device = Device::flex();
/// let ball = PoincareBall::learnable(1.0, &device);
/// assert!(check_unique_parameters(&(ball.clone(), PoincareBall::learnable(1.0, &device))).is_ok());
/// let error = check_unique_parameters(&(ball.clone(), ball)).unwrap_err();
/// assert!(error.first.starts_with("0.") && error.second.starts_with("1."));
/// ```
pub fn check_unique_parameters<M: Module>(module: &M) -> Result<(), DuplicateParameter> {
    let mut places = Places::default();
    module.visit(&mut places);
    places.met_again.map_or(Ok(()), Err)
}

/// Where each parameter was met.
#[derive(Default)]
struct Places {
    path: Vec<String>,
    known: HashMap<ParamId, String>,
    met_again: Option<DuplicateParameter>,
}

impl Places {
    fn meet(&mut self, id: ParamId) {
        let path = self.path.join(".");
        if let Some(first) = self.known.get(&id) {
            let first = first.clone();
            let second = path;
            self.met_again
                .get_or_insert(DuplicateParameter { first, second });
        } else {
            self.known.insert(id, path);
        }
    }
}

impl ModuleVisitor for Places {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.meet(param.id);
    }

    fn visit_int<const D: usize>(&mut self, param: &Param<Tensor<D, Int>>) {
        self.meet(param.id);
    }

    fn visit_bool<const D: usize>(&mut self, param: &Param<Tensor<D, Bool>>) {
        self.meet(param.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ManifoldParam, PoincareBall};
    use burn::tensor::Device;

    #[derive(Module, Debug)]
    struct Model {
        table: ManifoldParam<2, PoincareBall>,
        layers: Vec<PoincareBall>,
    }

    fn model(ball: &PoincareBall, layers: Vec<PoincareBall>) -> Model {
        let points = Tensor::zeros([3, 2], &Device::flex());
        Model {
            table: ManifoldParam::new(points, ball.clone()),
            layers,
        }
    }

    #[test]
    fn a_clone_of_a_learnable_curvature_is_named_in_both_places() {
        let ball = PoincareBall::learnable(1.0, &Device::flex());
        let other = PoincareBall::learnable(1.0, &Device::flex());
        let error = check_unique_parameters(&model(&ball, vec![other, ball.clone()]));
        let error = error.expect_err("the ball is in the table and in a layer");
        assert!(error.first.starts_with("table.manifold."), "{error}");
        assert!(error.second.starts_with("layers.1."), "{error}");
        let message = error.to_string();
        assert!(message.contains(&error.first) && message.contains(&error.second));
    }

    #[test]
    fn fixed_curvatures_may_be_as_many_as_there_are_layers() {
        let ball = PoincareBall::new(1.0);
        let layers = vec![ball.clone(), ball.clone()];
        assert_eq!(check_unique_parameters(&model(&ball, layers)), Ok(()));
    }

    #[test]
    fn curvatures_of_their_own_are_no_duplicates() {
        let [ball, other] = [(); 2].map(|()| PoincareBall::learnable(1.0, &Device::flex()));
        assert_eq!(check_unique_parameters(&model(&ball, vec![other])), Ok(()));
    }
}
