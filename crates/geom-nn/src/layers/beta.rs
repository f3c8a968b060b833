//! The scale of coordinates of random points of the ball, by dimension.

use std::f64::consts::PI;

use burn::tensor::Tensor;

/// $\beta_n = \mathrm B(\tfrac n2, \tfrac12)$, to which the mean absolute coordinate of a uniform
/// direction of $\mathbb R^n$ is proportional: $\beta_1 = \pi$, $\beta_2 = 2$,
/// $\beta_{n+2} = \tfrac n{n+1}\beta_n$.
fn beta(n: usize) -> f64 {
    let (first, value) = if n.is_multiple_of(2) {
        (2, 2.0)
    } else {
        (1, PI)
    };
    (first..n)
        .step_by(2)
        .fold(value, |beta, n| beta * n as f64 / (n + 1) as f64)
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
}
