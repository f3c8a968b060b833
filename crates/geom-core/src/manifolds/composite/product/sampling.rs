//! Random points of a product: those of its factors, independent of each other.

use burn::tensor::{Tensor, TensorCreationOptions};
use geom_macros::half_precision;

use super::{Product, concat, factor_shapes};
use crate::manifold::sample::{Sample, SampleUniform};

#[half_precision]
impl<A: Sample, B: Sample> Sample for Product<A, B> {
    fn random_normal<const D: usize>(
        &self,
        shape: [usize; D],
        std: f64,
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        let options = options.into();
        let [a, b] = factor_shapes(shape, self.widths());
        concat(
            self.first.random_normal(a, std, options.clone()),
            self.second.random_normal(b, std, options.clone()),
        )
    }

    fn tangent_from_normal<const D: usize>(&self, x: Tensor<D>, noise: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (na, nb)) = (self.split(x), self.split(noise));
        concat(
            self.first.tangent_from_normal(xa, na),
            self.second.tangent_from_normal(xb, nb),
        )
    }
}

impl<A: SampleUniform, B: SampleUniform> SampleUniform for Product<A, B> {
    fn random_uniform<const D: usize>(
        &self,
        shape: [usize; D],
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        let options = options.into();
        let [a, b] = factor_shapes(shape, self.widths());
        concat(
            self.first.random_uniform(a, options.clone()),
            self.second.random_uniform(b, options.clone()),
        )
    }
}
