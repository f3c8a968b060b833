//! The scale of coordinates of random points of the ball, by dimension.

use std::f64::consts::PI;

use burn::tensor::Tensor;

/// $\beta_n = B(\tfrac n2, \tfrac12)$, the beta function: inversely proportional to the expected
/// length of a normal vector of $n$ dimensions, and proportional to the mean absolute coordinate of a
/// uniform direction.
///
/// # Panics
/// If `n` is 0.
pub fn beta(n: usize) -> f64 {
    assert!(n > 0, "a point has at least one coordinate");
    // B(a + 1, b) = B(a, b) a / (a + b), from B(1/2, 1/2) = π and B(1, 1/2) = 2.
    let (first, start) = if n % 2 == 1 { (1, PI) } else { (2, 2.0) };
    (first..n)
        .step_by(2)
        .fold(start, |beta, k| beta * k as f64 / (k + 1) as f64)
}

/// Tangent vectors of dimension `from` as parts of vectors of dimension `to`, or the other way round:
/// $\beta_{\text{to}}\beta_{\text{from}}^{-1}v$.
///
/// With it, the length of a vector put together from parts is about that of the parts, whatever their
/// number: the step of the β-concatenation and β-split.
///
/// # References
/// Shimizu, Mukuta, Harada (2021), *Hyperbolic Neural Networks++*, §3.3.
pub(crate) fn rescale<const D: usize>(v: Tensor<D>, from: usize, to: usize) -> Tensor<D> {
    if from == to {
        return v;
    }
    v.mul_scalar(beta(to) / beta(from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_the_beta_function() {
        // B(n/2, 1/2) by hand: B(3/2, 1/2) = π/2, B(2, 1/2) = 4/3, B(5/2, 1/2) = 3π/8.
        for (n, expected) in [
            (1, PI),
            (2, 2.0),
            (3, PI / 2.0),
            (4, 4.0 / 3.0),
            (5, 0.375 * PI),
        ] {
            assert!((beta(n) - expected).abs() < 1e-15, "{n}");
        }
    }

    #[test]
    fn the_beta_function_has_its_known_values() {
        let known = [PI, 2.0, PI / 2.0, 4.0 / 3.0, 3.0 * PI / 8.0];
        for (n, value) in (1..).zip(known) {
            assert!((beta(n) / value - 1.0).abs() < 1e-15, "{n}: {}", beta(n));
        }
        // Stirling: B(n/2, 1/2) is about sqrt(2π/n) (1 + 1/(4n)), to second order in 1/n.
        let large = (2.0 * PI / 1000.0).sqrt() * (1.0 + 1.0 / 4000.0);
        assert!((beta(1000) / large - 1.0).abs() < 1e-6);
    }
}
