//! The random numbers of a sampler.

use burn::tensor::{Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

/// The random numbers of one iteration.
///
/// Every iteration has its own stream, so the iteration number is the only state: chains which were
/// saved and loaded draw what they would have drawn.
pub(crate) struct Noise(ChaCha8Rng);

impl Noise {
    pub(crate) fn new(seed: u64, iteration: u64) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(iteration);
        Self(generator)
    }

    /// Independent standard normal numbers in the shape, number format and place of `x`.
    pub(crate) fn normal_like<const D: usize>(&mut self, x: &Tensor<D>) -> Tensor<D> {
        let shape = x.dims();
        let values: Vec<f64> = (0..shape.iter().product())
            .map(|_| self.0.sample(StandardNormal))
            .collect();
        Tensor::from_data(TensorData::new(values, shape), (&x.device(), x.dtype()))
    }

    /// A number uniform in [0, 1).
    pub(crate) fn uniform(&mut self) -> f64 {
        self.0.random()
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device};
    use geom_core::numerics::to_vec_f64;

    use super::*;

    fn numbers(seed: u64, iteration: u64) -> Vec<f64> {
        let x = Tensor::<2>::zeros([2000, 3], (&Device::default(), DType::F64));
        to_vec_f64(Noise::new(seed, iteration).normal_like(&x))
    }

    #[test]
    fn the_same_iteration_draws_the_same_numbers() {
        assert_eq!(numbers(5, 17), numbers(5, 17));
        assert_ne!(numbers(5, 17), numbers(5, 18));
        assert_ne!(numbers(5, 17), numbers(6, 17));
    }

    #[test]
    fn numbers_are_standard_normal_and_iterations_uncorrelated() {
        let (a, b) = (numbers(1, 0), numbers(1, 1));
        let count = a.len() as f64;
        let mean = |values: Vec<f64>| values.iter().sum::<f64>() / count;
        // Five standard errors of a mean of products of unit variance, two for the fourth moment.
        let tolerance = 5.0 / count.sqrt();
        assert!(mean(a.clone()).abs() < tolerance);
        let square = mean(a.iter().map(|x| x * x).collect());
        assert!((square - 1.0).abs() < tolerance * 2f64.sqrt());
        assert!(mean(a.iter().zip(&b).map(|(x, y)| x * y).collect()).abs() < tolerance);
    }
}
