//! Tests of behavior shared by all solvers.

mod checkpoints;
mod errors;
mod runs;

use burn::tensor::{DType, Device, Tensor};
use geom_core::{Dual, Manifold};

use super::{Problem, Smooth};

type Function = fn(Dual<2>) -> Dual<1>;

fn rows<const N: usize, const R: usize>(values: [[f64; N]; R]) -> Tensor<2> {
    Tensor::from_data(values, (&Device::default(), DType::F64))
}

/// A smooth cost without symmetries, with some coupling between the rows.
fn rugged(x: Dual<2>) -> Dual<1> {
    let mean = x.clone().mean_dim(0);
    let apart = (x.clone() - mean).squared_norm().sum();
    x.clone().sub_scalar(0.3).squared_norm().sum() + x.sin().sum() + apart.mul_scalar(0.5)
}

fn start() -> Tensor<2> {
    rows([[0.1, 0.5, -0.3], [-0.4, 0.2, 0.6]])
}

fn problem<M: Manifold>(manifold: M) -> Problem<M, Smooth<Function>> {
    Problem::new(manifold, Smooth(rugged as Function))
}
