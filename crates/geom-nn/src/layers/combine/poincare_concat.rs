//! Joining points of balls to one of more dimensions, and splitting it again.

use burn::module::Module;
use burn::tensor::Tensor;
use geom_core::PoincareBall;

use super::beta::rescale;

/// The β-concatenation of points of the ball: with $n = \sum_i n_i$,
///
/// $$ y = \exp_0\Bigl(\frac{\beta_n}{\beta_{n_1}}\log_0(x_1), \dots,
///    \frac{\beta_n}{\beta_{n_M}}\log_0(x_M)\Bigr), \qquad \beta_n = B(\tfrac n2, \tfrac12). $$
///
/// The factors keep the expected distance from the origin, which plain concatenation would multiply
/// by about $\sqrt M$: parts of equal expected length give a whole of that length. So without
/// curvature it is the concatenation of scaled vectors.
///
/// # Shapes
/// - parts: `[..., n_i]`
/// - returns: `[..., n]`
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::PoincareBall;
/// use geom_nn::layers::{PoincareConcat, PoincareSplit};
///
/// let ball = PoincareBall::new(1.0);
/// let device = Device::flex();
/// let x = Tensor::<2>::from_floats([[0.1, 0.2]], &device);
/// let y = Tensor::<2>::from_floats([[0.3, -0.4, 0.5]], &device);
/// let joined = PoincareConcat::new(ball.clone()).forward(vec![x.clone(), y]);
/// assert_eq!(joined.dims(), [1, 5]);
/// let parts = PoincareSplit::new(ball, vec![2, 3]).forward(joined);
/// assert!((parts[0].clone() - x).abs().max().into_scalar::<f32>() < 1e-6);
/// ```
///
/// # References
/// Shimizu, Mukuta, Harada (2021), *Hyperbolic Neural Networks++*, §3.3.
#[derive(Module, Debug)]
pub struct PoincareConcat {
    /// The space of the parts and of the whole.
    pub space: PoincareBall,
}

impl PoincareConcat {
    /// Joins points of balls of this curvature.
    pub fn new(space: PoincareBall) -> Self {
        Self { space }
    }

    /// The joined points.
    ///
    /// # Panics
    /// If there are no parts, or their leading axes differ.
    pub fn forward<const D: usize>(&self, parts: Vec<Tensor<D>>) -> Tensor<D> {
        let whole: usize = parts.iter().map(|part| part.dims()[D - 1]).sum();
        let vectors = parts.into_iter().map(|part| {
            let dim = part.dims()[D - 1];
            rescale(self.space.log0(part), dim, whole)
        });
        self.space.exp0(Tensor::cat(vectors.collect(), D - 1))
    }
}

/// The β-split, which undoes [`PoincareConcat`]: with $\log_0(x) = (v_1, \dots, v_M)$,
///
/// $$ y_i = \exp_0\Bigl(\frac{\beta_{n_i}}{\beta_n}v_i\Bigr). $$
///
/// # Shapes
/// - `x`: `[..., n]`
/// - returns: parts `[..., n_i]`
///
/// # References
/// Shimizu, Mukuta, Harada (2021), *Hyperbolic Neural Networks++*, §3.3.
#[derive(Module, Debug)]
pub struct PoincareSplit {
    /// The space of the whole and of the parts.
    pub space: PoincareBall,
    /// $n_i$.
    pub sizes: Vec<usize>,
}

impl PoincareSplit {
    /// Splits into points of these dimensions.
    pub fn new(space: PoincareBall, sizes: Vec<usize>) -> Self {
        Self { space, sizes }
    }

    /// The parts.
    ///
    /// # Panics
    /// If the last axis is not the sum of the sizes.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Vec<Tensor<D>> {
        let vectors = split_vectors(self.space.log0(x), &self.sizes);
        vectors.into_iter().map(|v| self.space.exp0(v)).collect()
    }
}

/// The parts $\tfrac{\beta_{n_i}}{\beta_n}v_i$ of a vector at the origin.
pub(crate) fn split_vectors<const D: usize>(v: Tensor<D>, sizes: &[usize]) -> Vec<Tensor<D>> {
    let whole = v.dims()[D - 1];
    assert!(
        whole == sizes.iter().sum::<usize>(),
        "parts of sizes {sizes:?} do not make up points of shape {:?}",
        v.dims()
    );
    v.split_with_sizes(sizes.to_vec(), D - 1)
        .into_iter()
        .zip(sizes)
        .map(|(part, &size)| rescale(part, whole, size))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::beta;
    use crate::layers::testing::{
        DTYPES, NEARLY_FLAT, assert_equal, assert_nearly_flat, assert_on, check_gradients, normal,
    };
    use burn::tensor::{DType, Device};
    use geom_core::numerics::{norm, to_vec_f64};
    use std::f64::consts::PI;

    #[test]
    fn the_expected_length_stays() {
        let ball = PoincareBall::new(1e-3);
        // Parts of expected length 1.
        let parts = [2, 6, 16].map(|n| {
            let std = beta(n) / (2.0 * PI).sqrt();
            ball.exp0(normal::<2>([20_000, n], std, n as u64, DType::F64))
        });
        let whole = PoincareConcat::new(ball.clone()).forward(parts.to_vec());
        let lengths = to_vec_f64(norm(ball.log0(whole)));
        let mean = lengths.iter().sum::<f64>() / lengths.len() as f64;
        // The mean of 20,000 lengths has a standard deviation of 0.001.
        assert!((mean - 1.0).abs() < 0.005, "{mean}");
    }

    #[test]
    fn splitting_undoes_joining() {
        let ball = PoincareBall::new(0.7);
        let sizes = vec![1, 4, 2];
        for dtype in DTYPES {
            let parts: Vec<Tensor<3>> = sizes
                .iter()
                .map(|&n| ball.exp0(normal([2, 5, n], 0.6, n as u64, dtype)))
                .collect();
            let whole = PoincareConcat::new(ball.clone()).forward(parts.clone());
            assert_on(&ball, whole.clone());
            let split = PoincareSplit::new(ball.clone(), sizes.clone()).forward(whole);
            for (after, before) in split.into_iter().zip(parts) {
                match dtype {
                    DType::F64 => assert_equal(after, before),
                    _ => assert_nearly_flat(after, before),
                }
            }
        }
    }

    #[test]
    fn without_curvature_it_is_the_scaled_concatenation() {
        let [x, y] = [2, 3].map(|n| normal::<2>([6, n], 1.0, n as u64, DType::F64));
        let parts = vec![x.clone(), y.clone()];
        let joined = PoincareConcat::new(PoincareBall::new(NEARLY_FLAT)).forward(parts);
        let scaled = vec![
            x.mul_scalar(beta(5) / beta(2)),
            y.mul_scalar(beta(5) / beta(3)),
        ];
        assert_nearly_flat(joined, Tensor::cat(scaled, 1));
    }

    #[test]
    fn gradients_are_those_of_difference_quotients() {
        let device = Device::flex().autodiff();
        let ball = PoincareBall::learnable(0.7, (&device, DType::F64));
        let x = ball.valid().exp0(normal::<2>([4, 3], 0.5, 1, DType::F64));
        check_gradients(PoincareConcat::new(ball), x, |layer, x| {
            layer.forward(vec![x.clone().narrow(1, 0, 2), x])
        });
    }

    #[test]
    #[should_panic(expected = "sizes [2, 2] do not make up points of shape [4, 3]")]
    fn sizes_that_do_not_add_up_are_refused() {
        let split = PoincareSplit::new(PoincareBall::new(1.0), vec![2, 2]);
        split.forward(Tensor::<2>::zeros([4, 3], &Device::flex()));
    }
}
