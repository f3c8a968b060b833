//! The logarithm of $1 + e^x$.

use burn::tensor::Tensor;
use geom_core::numerics::log1p;

/// $\ln(1 + e^x)$.
///
/// # Numerics
/// Written as $\max(x, 0) + \ln(1 + e^{-\lvert x\rvert})$: nothing overflows, and for negative $x$
/// value and derivative keep their relative precision. The derivative at 0 is exactly one half,
/// which needs both terms to take the same side there.
pub(super) fn softplus<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let negative = x.clone().lower_elem(0.0);
    let magnitude = x.clone().mask_where(negative.clone(), x.clone().neg());
    x.mask_fill(negative, 0.0) + log1p(magnitude.neg().exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{DType, Device};
    use geom_core::numerics::{Limits, to_vec_f64};

    #[test]
    fn value_and_slope_keep_their_digits_from_end_to_end() {
        let device = Device::flex().autodiff();
        for (dtype, low) in [(DType::F32, -80.0), (DType::F64, -700.0)] {
            // Exponentials carry the rounding of their argument.
            let tolerance = 4.0 * Limits::of(dtype).epsilon;
            let at: [f64; 7] = [low, -20.0, -1.0, 0.0, 0.5, 30.0, 1e30];
            let x = Tensor::<1>::from_data(at, (&device, dtype)).require_grad();
            let value = softplus(x.clone());
            let slope = x.grad(&value.clone().sum().backward()).unwrap();
            for ((x, value), slope) in at.iter().zip(to_vec_f64(value)).zip(to_vec_f64(slope)) {
                let expected = x.max(0.0) + (-x.abs()).exp().ln_1p();
                assert!(
                    (value / expected - 1.0).abs() < tolerance,
                    "{x}: {value:e} is not {expected:e}"
                );
                let expected = if *x < 0.0 {
                    x.exp() / (1.0 + x.exp())
                } else {
                    1.0 / (1.0 + (-x).exp())
                };
                assert!(
                    (slope / expected - 1.0).abs() < tolerance,
                    "{x}: slope {slope:e} is not {expected:e}"
                );
            }
        }
    }
}
