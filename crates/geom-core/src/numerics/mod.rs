//! Every numeric constant of the crate, and the functions that must be written with care.
//!
//! No other file holds an epsilon. The functions are generic over [`Rows`](crate::rows::Rows): tensors,
//! whose composed forms are in `composed.rs`, and rows of a kernel.

pub(crate) mod composed;
pub(crate) mod elementwise;
mod functions;
mod half;
mod inverse;
mod limits;
mod masks;
mod series;
mod vectors;

use burn::tensor::Tensor;

pub use composed::clip_factor_of_length;
pub(crate) use composed::{clip_factor_of_shrunk, shrunk_length};
pub use functions::{
    arcsinc, artanhc, asinh_sqrt, asinhc, cos_sqrt, cosh_sqrt, sinc, sinhc, sqrt_or_zero, tanhc,
};
pub use half::{in_single, is_half, single};
pub use inverse::{angle, log1p};
pub use limits::Limits;
pub(crate) use masks::{mask_fill_rows, mask_select};
pub use vectors::{
    clip_factor, clip_factor_detached, clip_norm, clip_norm_detached, dot, norm, squared_norm,
};
pub(crate) use vectors::{clip_squarable, divide_by_largest, largest_coordinate};

/// All elements as `f64`, copied out before anything else can touch the tensor's memory.
///
/// On some backends the buffer behind `into_data()` is shared with the tensor, so an in-place
/// operation that follows would change data already read.
pub fn to_vec_f64<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().iter::<f64>().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{DType, Device};

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
            // Half of it: rows clipped to it first are still too long, however rounding falls.
            let longest = Limits::of(dtype).max_squarable / 2.0;
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
