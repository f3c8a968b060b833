//! Rows that record a program.

use burn::tensor::DType;
use geom_kernels::rows::{Function, Length, Mask, Node};

use super::Rows;
use crate::numerics::Limits;

impl Rows for Node {
    type Mask = Mask;

    /// A program has one width: its inputs are held to that, and a sum of two widths is not recorded.
    fn assert_one_width(&self, _other: &Self) {}

    fn limits(&self) -> Limits {
        Limits::of(if self.is_double() {
            DType::F64
        } else {
            DType::F32
        })
    }

    fn add_scalar(self, value: f64) -> Self {
        self.add_constant(value)
    }

    fn mul_scalar(self, value: f64) -> Self {
        self.times_constant(value)
    }

    fn square(self) -> Self {
        Node::square(&self)
    }

    fn sqrt(self) -> Self {
        Node::sqrt(&self)
    }

    fn recip(self) -> Self {
        Node::recip(&self)
    }

    fn abs(self) -> Self {
        Node::abs(&self)
    }

    fn clamp_min(self, low: f64) -> Self {
        self.at_least(low)
    }

    fn clamp_max(self, high: f64) -> Self {
        self.at_most(high)
    }

    fn detach(self) -> Self {
        Node::detach(&self)
    }

    fn row_sum(self) -> Self {
        self.sum()
    }

    fn row_largest(&self) -> Self {
        self.largest()
    }

    fn function(self, function: Function) -> Self {
        Node::function(&self, function)
    }

    fn clip_factor_detached(&self, longest: f64) -> Self {
        Node::clip_factor_detached(self, longest, self.limits().shrink)
    }

    fn clip_factor_of_square(self, longest: f64) -> Self {
        Node::function(&self, Function::ClipFactor(Length::new(longest)))
    }

    fn lower_elem(self, value: f64) -> Mask {
        self.less(&self.constant(value))
    }

    fn lower_equal_elem(self, value: f64) -> Mask {
        self.less_or_equal(&self.constant(value))
    }

    fn equal_elem(self, value: f64) -> Mask {
        self.equal(&self.constant(value))
    }

    fn lower_equal(self, other: Self) -> Mask {
        self.less_or_equal(&other)
    }

    fn both(a: Mask, b: Mask) -> Mask {
        a.and(&b)
    }

    fn opposite(mask: Mask) -> Mask {
        mask.not()
    }

    fn mask_fill(self, mask: Mask, value: f64) -> Self {
        mask.select(&self.constant(value), &self)
    }

    fn mask_select(mask: Mask, yes: Self, no: Self) -> Self {
        mask.select(&yes, &no)
    }

    fn axes(&self) -> [Self; 2] {
        [self.axis(0), self.axis(1)]
    }

    fn first(&self) -> Self {
        Node::first(self)
    }

    fn rest(&self) -> Self {
        Node::rest(self)
    }

    fn prepend(first: Self, rest: Self) -> Self {
        first.followed_by(&rest)
    }
}
