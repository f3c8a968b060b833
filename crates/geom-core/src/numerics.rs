//! Every numeric constant of the crate, and the functions that must be written with care.
//!
//! No other file holds an epsilon. The functions are generic over [`Rows`]: tensors, whose composed
//! forms are in `composed.rs`, and rows of a kernel. Functions of a *squared* argument, such as
//! $\operatorname{tanhc}(q) = \tanh(\sqrt q)/\sqrt q$, are smooth at $q = 0$ although the square
//! root is not, so value and gradient of maps built from them are finite at the origin.

pub(crate) mod composed;
pub(crate) mod elementwise;
mod inverse;

use burn::tensor::{DType, Tensor};

use crate::rows::{Function, Rows};
pub(crate) use composed::{shorten_shrunk, shrunk_length};
pub use inverse::{angle, log1p};

/// The constants of a number format, each with its reason.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Distance from 1 to the next larger number.
    pub epsilon: f64,
    /// Distance from the largest number below 1 to 1, $\varepsilon/2$: no ball point can be closer
    /// to the boundary, so nothing is clipped before it.
    pub boundary_gap: f64,
    /// The distance from the origin of a ball point (curvature −1) at the gap,
    /// $2\operatorname{artanh}(1 - \varepsilon/2)$: 17.3 in `f32`, 37.4 in `f64`. The hyperboloid
    /// keeps to the same radius, where its angles are resolved no better than the ball's.
    pub max_radius: f64,
    /// The longest step of the hyperboloid's exponential map, `1.5 * max_radius`:
    /// $\cosh(t)\sinh(\text{radius})$ must stay representable after squaring (1e36 in `f32`).
    pub max_step: f64,
    /// Largest relative violation of a defining equation that counts as rounding:
    /// `1000 * epsilon`, the error of summing a thousand coordinates one by one.
    pub membership: f64,
    /// Below this squared argument a series of four terms replaces the closed form:
    /// $\varepsilon^{1/4}$, where the first term left out falls below rounding.
    pub series: f64,
    /// Smallest coordinate of the probability simplex, $\varepsilon^2$: its root, the coordinate on the
    /// sphere, is one rounding away from the facet. 1.4e-14 in `f32`, 4.9e-32 in `f64`.
    pub min_probability: f64,
    /// Largest $|\ln x|$ of a coordinate of the positive orthant, a third of that of the smallest
    /// normal number: $x^{-3}$, the derivative of the metric, stays representable. 29 in `f32`, 236
    /// in `f64`.
    pub max_log: f64,
    /// A length that can be squared, and its double too: $2^{60}$ in `f32`, $2^{500}$ in `f64`.
    pub squarable: f64,
    /// A factor that makes the squares of any row of numbers representable: $2^{-78}$ in `f32`,
    /// $2^{-544}$ in `f64`.
    pub(crate) shrink: f64,
}

impl Limits {
    /// The constants of a float dtype.
    ///
    /// # Panics
    /// For formats below 32 bits: `f16` has neither range nor digits for hyperbolic functions.
    /// Cast to `f32` first.
    pub fn of(dtype: DType) -> Self {
        let (epsilon, smallest, squarable, shrink) = match dtype {
            DType::F64 => (f64::EPSILON, f64::MIN_POSITIVE, 500, -544),
            DType::F32 | DType::Flex32 => (f32::EPSILON.into(), f32::MIN_POSITIVE.into(), 60, -78),
            other => panic!("geometry needs f32 or f64 tensors, got {other:?}; cast them first"),
        };
        let boundary_gap = epsilon / 2.0;
        let max_radius = ((2.0 - boundary_gap) / boundary_gap).ln();
        Self {
            epsilon,
            boundary_gap,
            max_radius,
            max_step: 1.5 * max_radius,
            membership: 1000.0 * epsilon,
            series: epsilon.powf(0.25),
            min_probability: epsilon.powi(2),
            max_log: -smallest.ln() / 3.0,
            squarable: 2f64.powi(squarable),
            shrink: 2f64.powi(shrink),
        }
    }
}

/// All elements as `f64`, copied out before anything else can touch the tensor's memory.
///
/// On some backends the buffer behind `into_data()` is shared with the tensor, so an in-place
/// operation that follows would change data already read.
pub fn to_vec_f64<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().iter::<f64>().collect()
}

/// The inner product $\langle x, y\rangle$ of the last axis, which is kept at size 1.
///
/// # Panics
/// If that axis has two sizes.
pub fn dot<T: Rows>(x: T, y: T) -> T {
    x.assert_one_width(&y);
    (x * y).row_sum()
}

/// $\lVert x\rVert^2$ over the last axis, which is kept at size 1.
pub fn squared_norm<T: Rows>(x: T) -> T {
    x.square().row_sum()
}

/// $\lVert x\rVert$ over the last axis, which is kept at size 1; the gradient at 0 is 0.
pub fn norm<T: Rows>(x: T) -> T {
    sqrt_or_zero(squared_norm(x))
}

/// $\sqrt x$, with value and gradient 0 where $x \le 0$.
pub fn sqrt_or_zero<T: Rows>(x: T) -> T {
    x.function(Function::SqrtOrZero)
}

/// Shortens rows of `x` longer than `longest` to that length; leaves the others bit for bit.
pub fn clip_norm<T: Rows>(x: T, longest: f64) -> T {
    // Curbed before it is clipped: the derivative in the second factor is x times the incoming
    // gradient, which may overflow for an x that only just has no square.
    let squarable = x.limits().squarable;
    clip_squarable(curb(x, squarable), longest)
}

/// [`clip_norm`] for rows that are known to be [squarable](Limits::squarable), at half the price.
pub(crate) fn clip_squarable<T: Rows>(x: T, longest: f64) -> T {
    let factor = squared_norm(x.clone()).shortening(longest);
    x * factor
}

/// The factor `[..., 1]` that shortens rows of `x` to length `longest`: exactly 1 for shorter ones.
pub fn clip_factor<T: Rows>(x: T, longest: f64) -> T {
    let curb = curb_factor(&x, x.limits().squarable);
    squared_norm(x * curb.clone()).shortening(longest) * curb
}

/// The factor that shortens lengths to `longest`: exactly 1 for shorter ones.
pub fn clip_length<const D: usize>(length: Tensor<D>, longest: f64) -> Tensor<D> {
    composed::clip_length(length, longest)
}

/// Shortens rows of `x` whose squares might overflow, to length `longest`; leaves others bit for bit.
/// For vectors so long that only their direction counts, which infinite squares would lose.
///
/// To automatic differentiation the factor is a constant: a map that does not change along the
/// direction keeps its derivative across it.
///
/// # Domain
/// `longest` is between 2^15 (`f32`) or 2^33 (`f64`) and [`Limits::squarable`].
pub fn curb<T: Rows>(x: T, longest: f64) -> T {
    let factor = curb_factor(&x, longest);
    x * factor
}

/// The factor `[..., 1]` of [`curb`].
pub fn curb_factor<T: Rows>(x: &T, longest: f64) -> T {
    x.curb_factor(longest)
}

/// $\tanh(\sqrt q)/\sqrt q$ for $q \ge 0$.
pub fn tanhc<T: Rows>(q: T) -> T {
    q.function(Function::Tanhc)
}

/// $\operatorname{artanh}(\sqrt q)/\sqrt q$ for $0 \le q < 1$; the root saturates at
/// [`Limits::boundary_gap`] below 1.
pub fn artanhc<T: Rows>(q: T) -> T {
    q.function(Function::Artanhc)
}

/// $\sin(\sqrt q)/\sqrt q$ for $q \ge 0$.
pub fn sinc<T: Rows>(q: T) -> T {
    q.function(Function::Sinc)
}

/// $\cos(\sqrt q)$ for $q \ge 0$.
pub fn cos_sqrt<T: Rows>(q: T) -> T {
    q.function(Function::CosSqrt)
}

/// $\operatorname{asinh}(\sqrt q)/\sqrt q$ for $q \ge 0$.
pub fn asinhc<T: Rows>(q: T) -> T {
    q.function(Function::Asinhc)
}

/// $\operatorname{asinh}(\sqrt q)$, with value and gradient 0 where $q \le 0$.
pub fn asinh_sqrt<T: Rows>(q: T) -> T {
    q.function(Function::AsinhSqrt)
}

/// $\sinh(\sqrt q)/\sqrt q$ for $q \ge 0$.
pub fn sinhc<T: Rows>(q: T) -> T {
    q.function(Function::Sinhc)
}

/// $\cosh(\sqrt q)$ for $q \ge 0$.
pub fn cosh_sqrt<T: Rows>(q: T) -> T {
    q.function(Function::CoshSqrt)
}

/// $\arcsin(\sqrt q)/\sqrt q$ for $0 \le q < 1$.
pub fn arcsinc<T: Rows>(q: T) -> T {
    q.function(Function::Arcsinc)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    type Function = fn(Tensor<1>) -> Tensor<1>;
    type Reference = fn(f64) -> f64;

    /// Function, reference, and its derivative at 0.
    const FUNCTIONS: [(&str, Function, Reference, f64); 8] = [
        ("tanhc", tanhc::<Tensor<1>>, |r| r.tanh() / r, -1.0 / 3.0),
        (
            "artanhc",
            artanhc::<Tensor<1>>,
            |r| r.atanh() / r,
            1.0 / 3.0,
        ),
        ("asinhc", asinhc::<Tensor<1>>, |r| r.asinh() / r, -1.0 / 6.0),
        ("sinhc", sinhc::<Tensor<1>>, |r| r.sinh() / r, 1.0 / 6.0),
        ("cosh_sqrt", cosh_sqrt::<Tensor<1>>, f64::cosh, 0.5),
        ("sinc", sinc::<Tensor<1>>, |r| r.sin() / r, -1.0 / 6.0),
        ("cos_sqrt", cos_sqrt::<Tensor<1>>, f64::cos, -0.5),
        ("arcsinc", arcsinc::<Tensor<1>>, |r| r.asin() / r, 1.0 / 6.0),
    ];
    /// A few roundings: root, function, quotient.
    const ROUNDINGS: f64 = 4.0;

    #[test]
    fn functions_of_a_square_agree_with_the_standard_library() {
        let device = Device::flex();
        for dtype in [DType::F32, DType::F64] {
            let limits = Limits::of(dtype);
            for (name, function, reference, _) in FUNCTIONS {
                for exponent in -30..0 {
                    let q = Tensor::from_data([1.7 * 2f64.powi(exponent)], (&device, dtype));
                    let exact = to_vec_f64(q.clone())[0];
                    let error = to_vec_f64(function(q))[0] / reference(exact.sqrt()) - 1.0;
                    let tolerance = ROUNDINGS * limits.epsilon;
                    assert!(
                        error.abs() <= tolerance,
                        "{name}({exact:e}) {dtype:?}: {error:e}"
                    );
                }
            }
        }
    }

    #[test]
    fn functions_of_a_square_have_their_gradient_at_zero() {
        let device = Device::flex().autodiff();
        for (name, function, _, slope) in FUNCTIONS {
            let q = Tensor::<1>::from_data([0.0, 1e-5], (&device, DType::F64)).require_grad();
            let gradients = function(q.clone()).sum().backward();
            let gradient = to_vec_f64(q.grad(&gradients).expect("q is a leaf"));
            assert!((gradient[0] - slope).abs() < 1e-15, "{name}: {gradient:?}");
            assert!((gradient[1] - slope).abs() < 1e-4, "{name}: {gradient:?}");
        }
    }

    #[test]
    fn the_norm_has_value_and_gradient_zero_at_zero() {
        let device = Device::flex().autodiff();
        let x = Tensor::<2>::from_floats([[0.0, 0.0], [3.0, 4.0]], &device).require_grad();
        let length = norm(x.clone());
        let gradients = length.clone().sum().backward();
        assert_eq!(to_vec_f64(length), [0.0, 5.0]);
        let gradient = to_vec_f64(x.grad(&gradients).expect("x is a leaf"));
        assert_eq!(gradient[..2], [0.0, 0.0]);
        assert!((gradient[2] - 0.6).abs() < 1e-6 && (gradient[3] - 0.8).abs() < 1e-6);
    }

    #[test]
    fn not_a_number_is_passed_on() {
        let x = Tensor::<1>::from_floats([f32::NAN], &Device::flex());
        assert!(to_vec_f64(sqrt_or_zero(x.clone()))[0].is_nan());
        assert!(
            FUNCTIONS
                .iter()
                .all(|(_, f, _, _)| to_vec_f64(f(x.clone()))[0].is_nan())
        );
        assert!(to_vec_f64(clip_norm(x, 1.0))[0].is_nan());
    }

    #[test]
    fn data_read_earlier_survives_later_operations() {
        let x = Tensor::<1>::from_floats([1.0, 2.0], &Device::flex());
        let before = to_vec_f64(x.clone());
        let after = to_vec_f64(x * 10.0);
        assert_eq!((before, after), (vec![1.0, 2.0], vec![10.0, 20.0]));
    }

    #[test]
    fn clipping_to_a_length_that_is_barely_squarable_has_a_gradient() {
        for dtype in [DType::F32, DType::F64] {
            // Half of it: rows that are curbed first are still too long, however rounding falls.
            let longest = Limits::of(dtype).squarable / 2.0;
            for beyond in [1.5, longest.powf(0.9)] {
                let row = [[0.6 * beyond * longest, 0.8 * beyond * longest]];
                let x = Tensor::<2>::from_data(row, (&Device::flex().autodiff(), dtype));
                let x = x.require_grad();
                // An incoming gradient as large as the reciprocal metric next to infinity.
                let weight = Limits::of(dtype).epsilon.powi(-2) / 512.0;
                let gradients = clip_norm(x.clone(), longest).mul_scalar(weight).backward();
                let gradient = to_vec_f64(x.grad(&gradients).expect("x is a leaf"));
                assert!(
                    gradient.iter().all(|g| g.abs() <= weight),
                    "{dtype:?} {beyond:e}: {gradient:?}"
                );
            }
        }
    }

    #[test]
    fn clipping_leaves_short_rows_bit_for_bit() {
        let x = Tensor::<2>::from_floats([[0.1, 0.7], [3.0, 4.0], [0.0, 0.0]], &Device::flex());
        let short = to_vec_f64(x.clone());
        let clipped = to_vec_f64(clip_norm(x, 1.0));
        assert_eq!(clipped[..2], short[..2]);
        assert!((clipped[2] - 0.6).abs() < 1e-6 && (clipped[3] - 0.8).abs() < 1e-6);
        assert_eq!(clipped[4..], [0.0, 0.0]);
    }
}
