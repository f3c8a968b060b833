//! Coordinates at the origin of a product: those of its factors, one after the other.

use burn::tensor::Tensor;
use geom_macros::half_precision;

use super::{AnyManifold, DynamicProduct};
use crate::manifold::pointed::Pointed;

impl DynamicProduct {
    /// Coordinates at the origin cut into those of the factors.
    ///
    /// # Panics
    /// If the last axis has another size than the dimensions of all factors together.
    fn split0<const D: usize>(&self, v: Tensor<D>) -> Vec<Tensor<D>> {
        let shape = v.dims();
        let dim: usize = self.factors().iter().map(|factor| factor.dim()).sum();
        assert_eq!(
            shape[D - 1],
            dim,
            "this product has {dim} dimensions, got coordinates of shape {shape:?}"
        );
        let mut start = 0;
        let parts = self.factors().iter().map(|factor| {
            let part = v.clone().narrow(D - 1, start, factor.dim());
            start += factor.dim();
            part
        });
        parts.collect()
    }

    fn each_factor<const D: usize>(
        &self,
        parts: Vec<Tensor<D>>,
        map: impl Fn(&AnyManifold, Tensor<D>) -> Tensor<D>,
    ) -> Tensor<D> {
        let factors = self.factors().iter().zip(parts);
        let mapped = factors.map(|(factor, part)| map(factor.manifold(), part));
        Tensor::cat(mapped.collect(), D - 1)
    }
}

/// The coordinates of the factors, one after the other.
#[half_precision]
impl Pointed for DynamicProduct {
    fn tangent0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        self.each_factor(self.split0(v), AnyManifold::tangent0)
    }

    fn coordinates0<const D: usize>(&self, u: Tensor<D>) -> Tensor<D> {
        self.each_factor(self.split(u), AnyManifold::coordinates0)
    }

    fn exp0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        self.each_factor(self.split0(v), AnyManifold::exp0)
    }

    fn log0<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.each_factor(self.split(x), AnyManifold::log0)
    }

    fn translate<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let pairs = self.split(x).into_iter().zip(self.split0(v));
        let moved = self
            .factors()
            .iter()
            .zip(pairs)
            .map(|(factor, (x, v))| factor.manifold().translate(x, v));
        Tensor::cat(moved.collect(), D - 1)
    }
}
