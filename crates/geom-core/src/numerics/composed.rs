//! The functions of `functions.rs` and `vectors.rs` on tensors, composed of Burn's operations: on every backend, and the
//! reference for the kernels.

use burn::tensor::Tensor;

use super::Limits;
use super::inverse::{self, angle, log1p};
use super::series::smooth;
use crate::rows::Function;

/// A function of numbers by its name.
pub(crate) fn function<const D: usize>(q: Tensor<D>, function: Function) -> Tensor<D> {
    match function {
        Function::Tanhc => tanhc(q),
        Function::Artanhc => artanhc(q),
        Function::Asinhc => asinhc(q),
        Function::AsinhSqrt => inverse::asinh_sqrt(q),
        Function::Sinhc => sinhc(q),
        Function::CoshSqrt => cosh_sqrt(q),
        Function::Sinc => sinc(q),
        Function::CosSqrt => cos_sqrt(q),
        Function::Arcsinc => arcsinc(q),
        Function::SqrtOrZero => sqrt_or_zero(q),
        Function::BoundaryGap => boundary_gap(q),
        Function::ClipFactor(length) => clip_factor_of_square(q, length.value()),
    }
}

/// $\max(1 - r, \text{gap})(1 + r)$ with $r = \sqrt q$.
fn boundary_gap<const D: usize>(q: Tensor<D>) -> Tensor<D> {
    let gap = Limits::of(q.dtype()).boundary_gap;
    let length = sqrt_or_zero(q);
    length.clone().neg().add_scalar(1.0).clamp_min(gap) * length.add_scalar(1.0)
}

/// The factor that shortens to length `longest` the vectors whose squared lengths these are.
pub(crate) fn clip_factor_of_square<const D: usize>(squared: Tensor<D>, longest: f64) -> Tensor<D> {
    clip_factor_of_length(sqrt_or_zero(squared), longest)
}

/// $\sqrt x$, with value and gradient 0 where $x \le 0$.
fn sqrt_or_zero<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    // The root of a harmless stand-in: masking after the root alone would leave 0 · ∞ in its
    // backward pass.
    let outside = x.clone().lower_equal_elem(0.0);
    x.mask_fill(outside.clone(), 1.0)
        .sqrt()
        .mask_fill(outside, 0.0)
}

/// The factor that shortens lengths to `longest`: exactly 1 for shorter ones.
pub fn clip_factor_of_length<const D: usize>(length: Tensor<D>, longest: f64) -> Tensor<D> {
    let short = length.clone().lower_equal_elem(longest);
    let length = length.mask_fill(short.clone(), longest);
    // As one quotient, whose derivative is at most 1/longest. By way of the reciprocal, the backward
    // pass would meet longest times the incoming gradient, which may overflow.
    let factor = length.full_like(longest) / length;
    factor.mask_fill(short, 1.0)
}

/// The factor `[..., 1]` of [`clip_norm_detached`].
pub(crate) fn clip_factor_detached<const D: usize>(x: &Tensor<D>, longest: f64) -> Tensor<D> {
    clip_factor_of_shrunk(shrunk_length(x), longest)
}

/// The length of rows times a factor that no square of a number overflows with, as a constant. The
/// lengths of short rows lose digits, and vanish.
pub(crate) fn shrunk_length<const D: usize>(x: &Tensor<D>) -> Tensor<D> {
    let shrink = Limits::of(x.dtype()).shrink;
    let row = x.clone().detach().mul_scalar(shrink);
    row.square().sum_dim(D - 1).sqrt()
}

/// The factors that bring lengths, as [`shrunk_length`] gives them, down to `longest`.
pub(crate) fn clip_factor_of_shrunk<const D: usize>(
    shrunk_length: Tensor<D>,
    longest: f64,
) -> Tensor<D> {
    let longest = longest * Limits::of(shrunk_length.dtype()).shrink;
    let short = shrunk_length.clone().lower_equal_elem(longest);
    let factor = shrunk_length.recip().mul_scalar(longest);
    factor.mask_fill(short, 1.0)
}

/// $\tanh(\sqrt q)/\sqrt q$ for $q \ge 0$.
fn tanhc<const D: usize>(q: Tensor<D>) -> Tensor<D> {
    smooth(q, [1.0, -1.0 / 3.0, 2.0 / 15.0, -17.0 / 315.0], |q| {
        let root = q.sqrt();
        root.clone().tanh() / root
    })
}

/// $\operatorname{artanh}(\sqrt q)/\sqrt q$ for $0 \le q < 1$; the root saturates at
/// [`Limits::boundary_gap`] below 1.
fn artanhc<const D: usize>(q: Tensor<D>) -> Tensor<D> {
    let top = 1.0 - Limits::of(q.dtype()).boundary_gap;
    smooth(q, [1.0, 1.0 / 3.0, 1.0 / 5.0, 1.0 / 7.0], |q| {
        let root = q.sqrt().clamp_max(top);
        // artanh r = log1p(2r / (1 - r)) / 2 keeps all digits on both ends.
        let ratio = root.clone().mul_scalar(2.0) / root.clone().neg().add_scalar(1.0);
        log1p(ratio).mul_scalar(0.5) / root
    })
}

/// $\sin(\sqrt q)/\sqrt q$ for $q \ge 0$.
fn sinc<const D: usize>(q: Tensor<D>) -> Tensor<D> {
    smooth(q, [1.0, -1.0 / 6.0, 1.0 / 120.0, -1.0 / 5040.0], |q| {
        let root = q.sqrt();
        root.clone().sin() / root
    })
}

/// $\cos(\sqrt q)$ for $q \ge 0$.
fn cos_sqrt<const D: usize>(q: Tensor<D>) -> Tensor<D> {
    smooth(q, [1.0, -1.0 / 2.0, 1.0 / 24.0, -1.0 / 720.0], |q| {
        q.sqrt().cos()
    })
}

/// $\arcsin(\sqrt q)/\sqrt q$ for $0 \le q < 1$.
fn arcsinc<const D: usize>(q: Tensor<D>) -> Tensor<D> {
    smooth(q, [1.0, 1.0 / 6.0, 3.0 / 40.0, 5.0 / 112.0], |q| {
        let cosine = q.clone().neg().add_scalar(1.0).sqrt();
        let root = q.sqrt();
        angle(root.clone(), cosine) / root
    })
}

/// $\operatorname{asinh}(\sqrt q)/\sqrt q$ for $q \ge 0$.
fn asinhc<const D: usize>(q: Tensor<D>) -> Tensor<D> {
    smooth(q, [1.0, -1.0 / 6.0, 3.0 / 40.0, -5.0 / 112.0], |q| {
        inverse::asinh_sqrt(q.clone()) / q.sqrt()
    })
}

/// $\sinh(\sqrt q)/\sqrt q$ for $q \ge 0$.
fn sinhc<const D: usize>(q: Tensor<D>) -> Tensor<D> {
    smooth(q, [1.0, 1.0 / 6.0, 1.0 / 120.0, 1.0 / 5040.0], |q| {
        let root = q.sqrt();
        root.clone().sinh() / root
    })
}

/// $\cosh(\sqrt q)$ for $q \ge 0$.
fn cosh_sqrt<const D: usize>(q: Tensor<D>) -> Tensor<D> {
    smooth(q, [1.0, 1.0 / 2.0, 1.0 / 24.0, 1.0 / 720.0], |q| {
        q.sqrt().cosh()
    })
}
