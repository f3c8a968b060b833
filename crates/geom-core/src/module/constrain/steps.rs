//! Constrained modules in Burn's `Learner`.

use burn::module::Module;
use burn::train::{InferenceStep, TrainOutput, TrainStep};

use super::Constrained;
use crate::manifold::Manifold;

/// The step of the module inside. An optimizer of `geom-optim` then keeps the constrained parameters on
/// the manifold, since it traverses the whole: `optimize` is Burn's, also where the module inside has one of
/// its own.
impl<Inner: Module + TrainStep, M: Manifold> TrainStep for Constrained<Inner, M> {
    type Input = Inner::Input;
    type Output = Inner::Output;

    fn step(&self, item: Self::Input) -> TrainOutput<Self::Output> {
        self.module.step(item)
    }
}

/// The step of the module inside.
impl<Inner: Module + InferenceStep, M: Manifold> InferenceStep for Constrained<Inner, M> {
    type Input = Inner::Input;
    type Output = Inner::Output;

    fn step(&self, item: Self::Input) -> Self::Output {
        self.module.step(item)
    }
}
