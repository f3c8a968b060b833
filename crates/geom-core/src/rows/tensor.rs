//! Rows that are tensors: the composed form of every formula.

use burn::tensor::{Bool, Tensor, TensorData};

use super::{Function, Rows};
use crate::manifold::shape::assert_one_width;
use crate::numerics::{Limits, composed};

/// The last axis holds the coordinates of a row, or one number of it.
impl<const D: usize> Rows for Tensor<D> {
    type Mask = Tensor<D, Bool>;

    fn assert_one_width(&self, other: &Self) {
        assert_one_width([self, other]);
    }

    fn limits(&self) -> Limits {
        Limits::of(self.dtype())
    }

    fn add_scalar(self, value: f64) -> Self {
        Tensor::add_scalar(self, value)
    }

    fn sub_scalar(self, value: f64) -> Self {
        Tensor::sub_scalar(self, value)
    }

    fn mul_scalar(self, value: f64) -> Self {
        Tensor::mul_scalar(self, value)
    }

    fn square(self) -> Self {
        // The method of the type itself, which comes before that of the trait.
        self.square()
    }

    fn sqrt(self) -> Self {
        Tensor::sqrt(self)
    }

    fn recip(self) -> Self {
        Tensor::recip(self)
    }

    fn abs(self) -> Self {
        Tensor::abs(self)
    }

    fn clamp_min(self, low: f64) -> Self {
        Tensor::clamp_min(self, low)
    }

    fn clamp_max(self, high: f64) -> Self {
        Tensor::clamp_max(self, high)
    }

    fn detach(self) -> Self {
        Tensor::detach(self)
    }

    fn row_sum(self) -> Self {
        self.sum_dim(D - 1)
    }

    fn row_largest(&self) -> Self {
        self.clone().detach().max_abs_dim(D - 1)
    }

    fn function(self, function: Function) -> Self {
        composed::function(self, function)
    }

    fn clip_factor_detached(&self, longest: f64) -> Self {
        composed::clip_factor_detached(self, longest)
    }

    fn clip_factor_of_square(self, longest: f64) -> Self {
        composed::clip_factor_of_square(self, longest)
    }

    fn lower_elem(self, value: f64) -> Self::Mask {
        Tensor::lower_elem(self, value)
    }

    fn lower_equal_elem(self, value: f64) -> Self::Mask {
        Tensor::lower_equal_elem(self, value)
    }

    fn equal_elem(self, value: f64) -> Self::Mask {
        Tensor::equal_elem(self, value)
    }

    fn lower_equal(self, other: Self) -> Self::Mask {
        Tensor::lower_equal(self, other)
    }

    fn both(a: Self::Mask, b: Self::Mask) -> Self::Mask {
        a.bool_and(b)
    }

    fn opposite(mask: Self::Mask) -> Self::Mask {
        mask.bool_not()
    }

    fn mask_fill(self, mask: Self::Mask, value: f64) -> Self {
        Tensor::mask_fill(self, mask, value)
    }

    fn mask_select(mask: Self::Mask, yes: Self, no: Self) -> Self {
        // Not every backend broadcasts the mask, and none expands to nothing.
        let (mut shape, yes_shape, no_shape) = (mask.dims(), yes.dims(), no.dims());
        for (axis, size) in shape.iter_mut().enumerate() {
            *size = broadcast(*size, broadcast(yes_shape[axis], no_shape[axis]));
        }
        match shape.contains(&0) {
            true => Tensor::zeros(shape, (&no.device(), no.dtype())),
            false => no.mask_where(mask.expand(shape), yes),
        }
    }

    fn axes(&self) -> [Self; 2] {
        let width = self.dims()[D - 1];
        let mut shape = [1; D];
        shape[D - 1] = width;
        [0, 1].map(|axis| {
            let mut values = vec![0.0; width];
            values[axis] = 1.0;
            let options = (&self.device(), self.dtype());
            Tensor::from_data(TensorData::new(values, shape), options)
        })
    }

    fn first(&self) -> Self {
        self.clone().narrow(D - 1, 0, 1)
    }

    fn rest(&self) -> Self {
        let size = self.dims()[D - 1];
        assert!(
            size >= 2,
            "points with a first coordinate apart have 2 or more, got shape {:?}",
            self.dims()
        );
        self.clone().narrow(D - 1, 1, size - 1)
    }

    fn prepend(first: Self, rest: Self) -> Self {
        Tensor::cat(vec![first, rest], D - 1)
    }
}

/// The size of an axis of which one operand has `a` and another `b`.
fn broadcast(a: usize, b: usize) -> usize {
    if a == 1 { b } else { a }
}
