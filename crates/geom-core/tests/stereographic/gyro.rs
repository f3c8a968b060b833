//! What the tests of the gyrovector calculus share.

use burn::tensor::{DType, Device, Tensor, TensorData};
use geom_core::numerics::to_vec_f64;

pub(crate) const CURVATURES: [f64; 7] = [-100.0, -1.0, -1e-6, 0.0, 1e-6, 1.0, 100.0];
/// Roundings of a dozen operations in a row on points of order one.
pub(crate) const ROUNDING: f64 = 1e-13;

/// `$body` with `$space` of every curvature, and with the ball too where it is negative.
macro_rules! for_every_space {
    (|$space:ident, $kappa:ident| $body:block) => {
        for $kappa in $crate::gyro::CURVATURES {
            let $space = geom_core::Stereographic::new($kappa);
            $body
            if $kappa < 0.0 {
                let $space = geom_core::PoincareBall::new(-$kappa);
                $body
            }
        }
    };
}

/// The unit of length under a curvature.
pub(crate) fn unit(kappa: f64) -> f64 {
    match kappa {
        0.0 => 1.0,
        _ => kappa.abs().sqrt().recip(),
    }
}

/// Sets of eight points with coordinates up to 0.45 units, the same in every run.
pub(crate) fn points<const N: usize>(kappa: f64) -> [Tensor<2>; N] {
    // Multiples of the golden ratio are spread evenly between 0 and 1.
    const GOLDEN: f64 = 0.618_033_988_749_895;
    const SHAPE: [usize; 2] = [8, 3];
    let size = SHAPE[0] * SHAPE[1];
    std::array::from_fn(|set| {
        let values: Vec<f64> = (0..size)
            .map(|k| 0.9 * unit(kappa) * ((GOLDEN * (1 + set * size + k) as f64).fract() - 0.5))
            .collect();
        Tensor::from_data(
            TensorData::new(values, SHAPE),
            (&Device::flex(), DType::F64),
        )
    })
}

/// Compares entry by entry, in units of length.
pub(crate) fn assert_close(
    what: &str,
    kappa: f64,
    left: Tensor<2>,
    right: Tensor<2>,
    tolerance: f64,
) {
    assert_eq!(left.dims(), right.dims(), "{what}");
    for (a, b) in to_vec_f64(left).into_iter().zip(to_vec_f64(right)) {
        let error = (a - b).abs() / unit(kappa);
        assert!(
            error <= tolerance,
            "{what} at {kappa}: {a} and {b}, {error:e}"
        );
    }
}
