//! Positive numbers, each on a logarithmic scale.

use burn::module::Module;
use burn::tensor::{Device, Distribution, Tensor, TensorCreationOptions};
use geom_macros::half_precision;

use crate::calculus::pairwise::{squared_distance, table};
use crate::manifold::Manifold;
use crate::manifold::pointed::{Pointed, coordinates_as_they_are};
use crate::manifold::sample::Sample;
use crate::manifold::transport::ParallelTransport;
use crate::numerics::{Limits, dot, log1p, norm, sqrt_or_zero, squared_norm};

/// The positive orthant $\mathbb R_{>0}^n$ with the metric of the logarithm: $n$ positive numbers
/// whose ratios count.
///
/// | | |
/// |---|---|
/// | points | $x_i > 0$ in $\mathbb R^n$ |
/// | tangent space | $\mathbb R^n$ |
/// | metric | $\sum_i v_i w_i / x_i^2$ |
/// | curvature | 0 |
/// | injectivity radius | $\infty$ |
/// | exact | everything; [`retract`](Manifold::retract) is of second order |
///
/// $x \mapsto \ln x$ is an isometry onto Euclidean space. The orthant is the product of $n$
/// half-lines, and [`inner_by_factor`](Manifold::inner_by_factor) separates them: an adaptive
/// optimizer keeps one second moment a coordinate, as it would in logarithmic coordinates.
///
/// # Numerics
/// Points keep to $|\ln x_i| \le$ [`Limits::max_log`], 29 in `f32` and 236 in `f64`: steps that lead
/// farther end there, so nothing overflows or reaches zero. Distances of close points keep their
/// relative precision.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Manifold, PositiveOrthant};
///
/// let orthant = PositiveOrthant::new();
/// let x = Tensor::<1>::from_floats([1.0, 4.0], &Device::flex());
/// let y = Tensor::<1>::from_floats([4.0, 1.0], &Device::flex());
/// // The geometric mean of each coordinate.
/// let middle = orthant.midpoint(x, y);
/// assert!((middle - 2.0).abs().max().into_scalar::<f32>() < 1e-6);
/// ```
///
/// # References
/// Bhatia (2007), *Positive Definite Matrices*, §6.1: the metric there, for diagonal matrices.
#[derive(Module, Debug, Default)]
pub struct PositiveOrthant;

impl PositiveOrthant {
    /// Any number of positive numbers.
    pub fn new() -> Self {
        Self
    }
}

#[half_precision]
impl Manifold for PositiveOrthant {
    const POINT_RANK: usize = 1;

    fn name(&self) -> &'static str {
        "positive-orthant"
    }

    /// $x \circ e^{v/x}$.
    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let reach = Limits::of(x.dtype()).max_log;
        // Longer than the way from one end of the range to the other.
        let rate = (v / x.clone()).clamp(-2.0 * reach, 2.0 * reach);
        in_range(x * rate.exp())
    }

    /// $x \circ \ln(y/x)$.
    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        x.clone() * log_ratio(x, y)
    }

    /// $x \circ \bigl(a + \sqrt{1 + a^2}\bigr)^2$ with $a = v/2x$: the coordinate's geodesic, traveled
    /// for $2\operatorname{asinh} a$ instead of $2a$. Second order, without transcendental functions,
    /// and long steps grow as a square instead of an exponential.
    fn retract<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        // Half of √(y/x) - √(x/y) is less for all points in range.
        let longest = Limits::of(x.dtype()).max_log.exp();
        let a = (v / x.clone().mul_scalar(2.0)).clamp(-longest, longest);
        // For negative a the factor is the reciprocal of what it is for -a, where nothing cancels.
        let backward = a.clone().lower_elem(0.0);
        let a = a.abs();
        let root = a.clone().square().add_scalar(1.0).sqrt();
        let growth = (a.clone() * (a + root)).mul_scalar(2.0).add_scalar(1.0);
        let shrunk = x.clone() / growth.clone();
        in_range((x * growth).mask_where(backward, shrunk))
    }

    /// $(y - x) \circ \sqrt{x/y}$: the inverse of [`retract`](Manifold::retract).
    fn inverse_retract<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        (y.clone() - x.clone()) * (x / y).sqrt()
    }

    /// $\sum_i v_i w_i/x_i^2$.
    fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        dot(v / x.clone(), w / x)
    }

    /// $v_i w_i/x_i^2$, coordinate by coordinate.
    fn inner_by_factor<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        w: Tensor<D>,
    ) -> Tensor<D> {
        (v / x.clone()) * (w / x)
    }

    /// The nearest number in range, $|\ln x_i| \le$ [`Limits::max_log`], for each coordinate.
    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        in_range(x)
    }

    /// `u`: every vector is tangent.
    fn project_tangent<const D: usize>(&self, _x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        u
    }

    /// $x^2 \circ g$.
    ///
    /// # Numerics
    /// The rate $x \circ g$ saturates at $e^{\text{max\\_log}}$, see [`Limits::max_log`]: no rate
    /// beyond it leads anywhere else, and squares of the result stay finite.
    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        let longest = Limits::of(x.dtype()).max_log.exp();
        let rate = (x.clone() * gradient).clamp(-longest, longest);
        x * rate
    }

    fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.parallel_transport(x, y, v)
    }

    /// $(1, \dots, 1)$.
    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        Tensor::ones(shape, device)
    }

    /// The sum of $1 + |x_i|$ over the coordinates that are not positive: no rounding leads there.
    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let positive = x.clone().greater_elem(0.0);
        let excess = x.clone().abs().add_scalar(1.0).mask_fill(positive, 0.0);
        // The second term is zero, or NaN where a coordinate is infinite.
        excess.sum_dim(D - 1) + squared_norm(x.clone() - x)
    }

    fn tangent_violation<const D: usize>(&self, _x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        // Zero, or NaN where a coordinate is not finite.
        squared_norm(v.clone() - v)
    }

    fn sectional_curvature(&self) -> Option<f64> {
        Some(0.0)
    }

    fn injectivity_radius(&self, _point: &[usize]) -> f64 {
        f64::INFINITY
    }

    /// $B_x(v, w) = vw/x$.
    fn acceleration_adjoint<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        gradient: Tensor<D>,
    ) -> Tensor<D> {
        gradient * v / x
    }

    /// $\lVert\ln y - \ln x\rVert$.
    ///
    /// # Shapes
    /// - `x`, `y`: `[..., n]`, broadcast against each other
    /// - returns: `[..., 1]`
    ///
    /// # Numerics
    /// Exact to rounding for close points and for points far out alike; the gradient at `x = y` is 0.
    fn distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        norm(log_ratio(x, y))
    }

    /// [`distance`](Manifold::distance) from
    /// [`pairwise::squared_distance`](crate::pairwise::squared_distance) of $\ln x$.
    ///
    /// # Numerics
    /// Logarithms are rounded before they are subtracted, so the error is absolute, about
    /// $\varepsilon\lVert\ln x\rVert$.
    fn pairwise_distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<2> {
        sqrt_or_zero(squared_distance(table(x).log(), table(y).log()))
    }
}

/// Clamps the logarithm to [`Limits::max_log`] in magnitude.
fn in_range<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let reach = Limits::of(x.dtype()).max_log;
    x.clamp((-reach).exp(), reach.exp())
}

/// $\ln(y/x)$, without cancellation at $y \approx x$ and without loss at $y \ll x$.
fn log_ratio<const D: usize>(x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
    let down = y.clone().lower(x.clone());
    let low = x.clone().mask_where(down.clone(), y.clone());
    let high = y.mask_where(down.clone(), x);
    let rise = log1p((high - low.clone()) / low);
    rise.clone().mask_where(down, rise.neg())
}

#[half_precision]
impl ParallelTransport for PositiveOrthant {
    /// $v \circ y/x$.
    fn parallel_transport<const D: usize>(
        &self,
        x: Tensor<D>,
        y: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        (v / x) * y
    }
}

#[half_precision]
impl Pointed for PositiveOrthant {
    coordinates_as_they_are!();
}

#[half_precision]
impl Sample for PositiveOrthant {
    /// Log-normal numbers.
    fn random_normal<const D: usize>(
        &self,
        shape: [usize; D],
        std: f64,
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        in_range(Tensor::random(shape, Distribution::Normal(0.0, std), options).exp())
    }

    fn tangent_from_normal<const D: usize>(&self, x: Tensor<D>, noise: Tensor<D>) -> Tensor<D> {
        x * noise
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::to_vec_f64;
    use burn::tensor::DType;

    const DTYPES: [DType; 2] = [DType::F32, DType::F64];

    fn row<const N: usize>(values: [f64; N], dtype: DType) -> Tensor<2> {
        Tensor::from_data([values], (&Device::flex(), dtype))
    }

    #[test]
    fn the_logarithm_is_an_isometry_onto_flat_space() {
        let orthant = PositiveOrthant::new();
        for dtype in DTYPES {
            let x = row([1e-4, 2.0, 1e6], dtype);
            let y = row([3.0, 1.5, 1e-6], dtype);
            let v = row([1e-4, -3.0, 2e6], dtype);
            // A few roundings of logarithms of up to 30.
            let tolerance = 64.0 * Limits::of(dtype).epsilon;
            let close = |a: Tensor<2>, b: Tensor<2>| {
                let error = to_vec_f64((a - b).abs().max())[0];
                assert!(error <= tolerance, "{dtype:?}: {error:e}");
            };
            let flat = |x: &Tensor<2>| x.clone().log();
            let velocity = v.clone() / x.clone();
            close(
                orthant.exp(x.clone(), v.clone()).log(),
                flat(&x) + velocity.clone(),
            );
            close(
                orthant.log(x.clone(), y.clone()) / x.clone(),
                flat(&y) - flat(&x),
            );
            close(
                orthant.distance(x.clone(), y.clone()),
                norm(flat(&y) - flat(&x)),
            );
            close(orthant.transport(x, y.clone(), v) / y, velocity);
        }
    }

    #[test]
    fn steps_beyond_the_range_end_at_its_edge() {
        let orthant = PositiveOrthant::new();
        for dtype in DTYPES {
            let reach = Limits::of(dtype).max_log;
            let (low, high) = (row([(-reach).exp()], dtype), row([reach.exp()], dtype));
            let edges = Tensor::cat(vec![high.clone(), low.clone()], 1);
            for start in [&low, &row([1.0], dtype), &high] {
                let v = row([reach.exp(), -reach.exp()], dtype) * start.clone();
                let ends = [
                    orthant.exp(start.clone(), v.clone()),
                    orthant.retract(start.clone(), v),
                ];
                for end in ends {
                    let ratio = to_vec_f64(end / edges.clone());
                    let error = (ratio[0] - 1.0).abs().max((ratio[1] - 1.0).abs());
                    // The exponential of a number of the size of the range.
                    let tolerance = reach * Limits::of(dtype).epsilon;
                    assert!(error <= tolerance, "{dtype:?}: {ratio:?}");
                }
            }
            // From edge to edge and back.
            let v = orthant.log(low.clone(), high.clone());
            let error = orthant.distance(orthant.exp(low.clone(), v), high.clone());
            assert!(to_vec_f64(error)[0] <= 2.0 * reach * Limits::of(dtype).epsilon);
            let v = orthant.inverse_retract(high.clone(), low.clone());
            let error = orthant.distance(orthant.retract(high.clone(), v), low.clone());
            assert!(to_vec_f64(error)[0] <= 16.0 * Limits::of(dtype).epsilon);
        }
    }

    #[test]
    fn the_inner_product_is_the_sum_of_its_components() {
        let orthant = PositiveOrthant::new();
        let (x, v) = (
            row([0.5, 2.0, 8.0], DType::F64),
            row([1.0, -2.0, 4.0], DType::F64),
        );
        let components = orthant.inner_by_factor(x.clone(), v.clone(), v.clone());
        assert_eq!(to_vec_f64(components.clone()), [4.0, 1.0, 0.25]);
        let whole = orthant.inner(x, v.clone(), v);
        assert_eq!(to_vec_f64(whole), to_vec_f64(components.sum_dim(1)));
    }

    #[test]
    fn the_gradient_of_the_logarithm_at_coincident_points_is_that_of_a_difference() {
        let device = Device::flex().autodiff();
        let y = Tensor::<2>::from_data([[2.0]], (&device, DType::F64)).require_grad();
        let x = Tensor::<2>::from_data([[2.0]], (&device, DType::F64));
        let gradients = PositiveOrthant::new().log(x, y.clone()).sum().backward();
        assert_eq!(to_vec_f64(y.grad(&gradients).expect("a leaf")), [1.0]);
    }

    #[test]
    fn rows_that_are_not_positive_are_named() {
        let orthant = PositiveOrthant::new();
        for bad in [0.0, -1e-9, f64::NAN, f64::INFINITY] {
            let x = Tensor::cat(vec![row([1e-20], DType::F32), row([bad], DType::F32)], 0);
            assert_eq!(orthant.check_point(x).map_err(|e| e.row), Err(1), "{bad}");
        }
    }

    #[test]
    fn random_points_have_the_spread_asked_for() {
        let orthant = PositiveOrthant::new();
        let options = (&Device::flex(), DType::F64);
        let x = orthant.random_normal([4000, 1], 0.7, options);
        let squares = orthant.distance(x.clone(), x.ones_like()).square().mean();
        // Four standard errors of a variance from 4000 samples.
        assert!((to_vec_f64(squares)[0].sqrt() / 0.7 - 1.0).abs() < 0.05);
        let v = orthant.random_tangent(x.clone(), 0.7);
        let squares = orthant.inner(x, v.clone(), v).mean();
        assert!((to_vec_f64(squares)[0].sqrt() / 0.7 - 1.0).abs() < 0.05);
    }
}
