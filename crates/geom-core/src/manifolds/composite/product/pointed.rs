//! Coordinates at the origin of a product: those of its factors, one after the other.

use burn::tensor::Tensor;
use geom_macros::half_precision;

use super::{Product, concat};
use crate::manifold::Manifold;
use crate::manifold::pointed::Pointed;

impl<A: Manifold, B: Manifold> Product<A, B> {
    /// Coordinates at the origin cut into those of the factors.
    ///
    /// # Panics
    /// If the last axis has another size than the dimensions of both factors together.
    fn split0<const D: usize>(&self, v: Tensor<D>) -> (Tensor<D>, Tensor<D>) {
        let (a, b) = (self.first.dim(), self.second.dim());
        let dims = v.dims();
        assert_eq!(
            dims[D - 1],
            a + b,
            "this product has {a} + {b} dimensions, got coordinates of shape {dims:?}"
        );
        (v.clone().narrow(D - 1, 0, a), v.narrow(D - 1, a, b))
    }
}

#[half_precision]
impl<A: Pointed, B: Pointed> Pointed for Product<A, B> {
    fn tangent0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        let (va, vb) = self.split0(v);
        concat(self.first.tangent0(va), self.second.tangent0(vb))
    }

    fn coordinates0<const D: usize>(&self, u: Tensor<D>) -> Tensor<D> {
        let (ua, ub) = self.split(u);
        concat(self.first.coordinates0(ua), self.second.coordinates0(ub))
    }

    fn exp0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        let (va, vb) = self.split0(v);
        concat(self.first.exp0(va), self.second.exp0(vb))
    }

    fn log0<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let (xa, xb) = self.split(x);
        concat(self.first.log0(xa), self.second.log0(xb))
    }

    fn translate<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let ((xa, xb), (va, vb)) = (self.split(x), self.split0(v));
        concat(self.first.translate(xa, va), self.second.translate(xb, vb))
    }
}
