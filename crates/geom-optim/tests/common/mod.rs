//! What several test files share.
#![allow(dead_code, reason = "each test file uses a part")]

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{DType, Device, Tensor, TensorData};
use geom_core::{Hyperboloid, Manifold, ManifoldParam, PoincareBall};

/// A model that mixes ordinary parameters with points on two manifolds.
#[derive(Module, Debug)]
pub(crate) struct Mixed {
    pub(crate) linear: Linear,
    pub(crate) ball: ManifoldParam<2, PoincareBall>,
    pub(crate) hyperboloid: ManifoldParam<2, Hyperboloid>,
}

impl Mixed {
    pub(crate) fn new(ball: PoincareBall, hyperboloid: Hyperboloid, device: &Device) -> Self {
        let ball_points = points([[0.3, -0.4], [0.1, 0.6], [-0.5, 0.2]]);
        let hyperboloid_points = hyperboloid.clone().valid().project(points([
            [0.0, 0.3, -0.4],
            [0.0, 0.1, 0.6],
            [0.0, -0.5, 0.2],
        ]));
        Self {
            linear: LinearConfig::new(4, 3).init(device),
            ball: ManifoldParam::new(Tensor::from_inner(ball_points), ball),
            hyperboloid: ManifoldParam::new(Tensor::from_inner(hyperboloid_points), hyperboloid),
        }
    }

    /// A loss that reaches every parameter; `round` makes each step's gradient different.
    pub(crate) fn loss(&self, round: usize) -> Tensor<1> {
        let device = self.ball.val().device();
        let noise = |columns: usize, seed: usize| {
            Tensor::<2>::from_data(noise::<3>(columns, round + 1000 * seed), &device)
        };
        let output = self.linear.forward(noise(4, 0)).tanh() - noise(3, 1);
        let (ball, hyperboloid) = (self.ball.manifold(), self.hyperboloid.manifold());
        let ball_target = ball.project(noise(2, 2).mul_scalar(0.5));
        let hyperboloid_target = hyperboloid.project(noise(3, 3));
        output.square().sum()
            + ball.distance(self.ball.val(), ball_target).square().sum()
            + hyperboloid
                .distance(self.hyperboloid.val(), hyperboloid_target)
                .square()
                .sum()
    }
}

/// Rows of single-precision numbers, off the tape.
pub(crate) fn points<const N: usize, const R: usize>(rows: [[f32; N]; R]) -> Tensor<2> {
    Tensor::from_data(rows, &Device::default())
}

/// Rows of double-precision numbers, off the tape.
pub(crate) fn points_f64<const N: usize, const R: usize>(rows: [[f64; N]; R]) -> Tensor<2> {
    Tensor::from_data(rows, (&Device::default(), DType::F64))
}

/// `R` rows of numbers in (-1, 1), the same on every run and machine.
pub(crate) fn noise<const R: usize>(columns: usize, seed: usize) -> TensorData {
    let values: Vec<f32> = (0..R * columns)
        .map(|position| {
            // A multiplicative hash (Knuth); the top 24 bits are exact in single precision.
            let hash = ((seed * 7919 + position + 1) as u32).wrapping_mul(2_654_435_761);
            let hash = (hash ^ (hash >> 15)).wrapping_mul(2_246_822_519);
            (hash >> 8) as f32 / 8_388_608.0 - 1.0
        })
        .collect();
    TensorData::new(values, [R, columns])
}

/// The bits of a single-precision tensor.
pub(crate) fn bits<const D: usize>(tensor: Tensor<D>) -> Vec<u32> {
    tensor.into_data().iter::<f32>().map(f32::to_bits).collect()
}

/// The largest difference of two tensors, in any coordinate.
pub(crate) fn difference<const D: usize>(left: Tensor<D>, right: Tensor<D>) -> f64 {
    (left - right)
        .abs()
        .max()
        .into_data()
        .iter::<f64>()
        .next()
        .expect("a tensor has a largest coordinate")
}
