//! The flat torus, and the circle as its one-dimensional case.

use std::f64::consts::PI;

use burn::module::Module;
use burn::tensor::{Bool, Device, Distribution, Tensor, TensorCreationOptions};
use geom_macros::half_precision;

use crate::manifold::Manifold;
use crate::manifold::pointed::{Pointed, coordinates_as_they_are};
use crate::manifold::sample::{Sample, SampleUniform};
use crate::manifold::shape::assert_one_width;
use crate::manifold::transport::ParallelTransport;
use crate::numerics::{dot, norm, squared_norm};

/// $2\pi$ to eight bits: its multiples by whole numbers below $2^{16}$ are exact in `f32`, and so is
/// the difference of an angle and the nearest of them.
const TURN_HIGH: f64 = 6.281_25;
/// The remainder of $2\pi$.
const TURN_LOW: f64 = 0.001_935_307_179_586_476_9;

/// The flat torus $\mathbb T^d = (\mathbb R/2\pi\mathbb Z)^d$: a product of circles, points given by
/// their angles.
///
/// | | |
/// |---|---|
/// | points | angles in $(-\pi, \pi]^d$ |
/// | tangent space | $\mathbb R^d$ |
/// | metric | $\langle v, w\rangle$, each circle of length $2\pi$ |
/// | curvature | 0 |
/// | injectivity radius | $\pi$; the cut locus of $x$ is where an angle is half a turn away |
/// | origin | 0 |
/// | exact | everything |
///
/// Circles of other lengths, or tori of different radii, come from [`Scaled`](crate::Scaled).
/// [`inner_by_factor`](Manifold::inner_by_factor) keeps the circles apart.
///
/// # Half a turn
/// Between angles half a turn apart, [`log`](Manifold::log) goes anticlockwise from either end:
/// $+\pi$, to rounding.
///
/// # Numerics
/// Angles in $(-\pi, \pi]$ are left bit for bit. Whole turns are removed with $2\pi$ in two parts,
/// which adds an error of $k\cdot 10^{-10}$ in `f32` to an angle of $k < 2^{16}$ turns, instead of
/// the $k\cdot 2\cdot 10^{-7}$ by which $2\pi$ is off there. An angle beyond $1/\varepsilon$ holds
/// no fraction of a turn and comes out anywhere on the circle.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Manifold, Torus};
///
/// let torus = Torus::new();
/// let x = Tensor::<1>::from_floats([3.0, 0.5], &Device::flex());
/// let y = Tensor::<1>::from_floats([-3.0, 0.5], &Device::flex());
/// // The short way leads over the seam.
/// let across = torus.distance(x, y).into_scalar::<f32>();
/// assert!((across - (std::f32::consts::TAU - 6.0)).abs() < 1e-6);
/// ```
#[derive(Module, Debug, Default)]
pub struct Torus;

/// The circle $\mathbb R/2\pi\mathbb Z$, the [`Torus`] of dimension 1: angles `[..., 1]`.
///
/// As a manifold it is [`Sphere`](crate::Sphere)'s $S^1$; an angle is one number instead of two.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Circle, Manifold};
///
/// let circle = Circle::new();
/// let hour = std::f32::consts::TAU / 24.0;
/// let evening = Tensor::<2>::from_floats([[11.0 * hour]], &Device::flex());
/// let night = circle.exp(evening.clone(), evening.full_like(3.0 * hour));
/// assert!((night.into_scalar::<f32>() + 10.0 * hour).abs() < 1e-6);
/// ```
pub type Circle = Torus;

impl Torus {
    /// The flat torus of any dimension.
    pub fn new() -> Self {
        Self
    }
}

#[half_precision]
impl Manifold for Torus {
    const POINT_RANK: usize = 1;

    fn name(&self) -> &'static str {
        "torus"
    }

    /// $x + v$, whole turns removed.
    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        assert_one_width([&x, &v]);
        // Off v first: added to a step of many turns, x would lose its digits.
        wrap(x + wrap(v))
    }

    /// $y - x$, whole turns removed: the shorter way round each circle.
    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        assert_one_width([&x, &y]);
        wrap(y - x)
    }

    fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        assert_one_width([&x, &v]);
        dot(v, w)
    }

    /// $v_i w_i$: every circle is a factor.
    fn inner_by_factor<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        w: Tensor<D>,
    ) -> Tensor<D> {
        assert_one_width([&x, &v, &w]);
        v * w
    }

    /// The same angles in $(-\pi, \pi]$.
    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        wrap(x)
    }

    /// `u`: every vector is tangent.
    fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        assert_one_width([&x, &u]);
        u
    }

    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        assert_one_width([&x, &gradient]);
        gradient
    }

    /// Zero: geodesics are straight in the angles.
    fn acceleration_adjoint<const D: usize>(
        &self,
        _x: Tensor<D>,
        _v: Tensor<D>,
        gradient: Tensor<D>,
    ) -> Tensor<D> {
        gradient.zeros_like()
    }

    fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.parallel_transport(x, y, v)
    }

    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        Tensor::zeros(shape, device)
    }

    /// The length of the excess of the angles' magnitudes over $\pi$.
    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let excess = x.abs().sub_scalar(PI);
        let inside = excess.clone().lower_equal_elem(0.0);
        norm(excess.mask_fill(inside, 0.0))
    }

    fn tangent_violation<const D: usize>(&self, _x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        // Zero, or NaN where a coordinate is not finite.
        squared_norm(v.clone() - v)
    }

    fn sectional_curvature(&self) -> Option<f64> {
        Some(0.0)
    }

    fn injectivity_radius(&self, _point: &[usize]) -> f64 {
        PI
    }

    /// The length of [`log`](Manifold::log); at most $\pi\sqrt d$.
    fn distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        assert_one_width([&x, &y]);
        norm(wrap(y - x))
    }
}

#[half_precision]
impl ParallelTransport for Torus {
    /// `v`: the angles are flat coordinates.
    fn parallel_transport<const D: usize>(
        &self,
        x: Tensor<D>,
        y: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        assert_one_width([&x, &y, &v]);
        v
    }
}

#[half_precision]
impl Pointed for Torus {
    coordinates_as_they_are!();
}

#[half_precision]
impl Sample for Torus {
    fn random_normal<const D: usize>(
        &self,
        shape: [usize; D],
        std: f64,
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        wrap(Tensor::random(
            shape,
            Distribution::Normal(0.0, std),
            options,
        ))
    }

    fn tangent_from_normal<const D: usize>(&self, x: Tensor<D>, noise: Tensor<D>) -> Tensor<D> {
        noise + x.zeros_like()
    }
}

impl SampleUniform for Torus {
    fn random_uniform<const D: usize>(
        &self,
        shape: [usize; D],
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        wrap(Tensor::random(
            shape,
            Distribution::Uniform(-PI, PI),
            options,
        ))
    }
}

/// The same angles in $(-\pi, \pi]$; the derivative is 1 everywhere.
fn wrap<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let inside = outside(&x).bool_not();
    let turns = x
        .clone()
        .detach()
        .div_scalar(2.0 * PI)
        .sub_scalar(0.5)
        .ceil()
        .mask_fill(inside, 0.0);
    let rest = x - turns.clone().mul_scalar(TURN_HIGH) - turns.mul_scalar(TURN_LOW);
    // Rounding may leave a rest just outside; far outside where x holds no fraction of a turn.
    let lost = outside(&rest);
    // π with derivative 1, unless x is not a number.
    let end = (rest.clone() - rest.clone().detach()).add_scalar(PI);
    rest.mask_where(lost, end)
}

/// Which angles are not in $(-\pi, \pi]$.
fn outside<const D: usize>(x: &Tensor<D>) -> Tensor<D, Bool> {
    let below = x.clone().lower_equal_elem(-PI);
    below.bool_or(x.clone().greater_elem(PI))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::{Limits, to_vec_f64};
    use burn::tensor::DType;

    const DTYPES: [DType; 2] = [DType::F32, DType::F64];
    /// Roundings of numbers up to π, in units of ε: a difference and an addition.
    const ROUNDINGS: f64 = 8.0;

    fn angles<const N: usize>(values: [f64; N], dtype: DType) -> Tensor<1> {
        Tensor::from_data(values, (&Device::flex(), dtype))
    }

    #[test]
    fn angles_on_the_circle_keep_every_bit() {
        for dtype in DTYPES {
            let x = angles([PI, 0.1 - PI, 3.1, 0.0, 1e-30, -1e-30, 1.0], dtype);
            assert_eq!(to_vec_f64(wrap(x.clone())), to_vec_f64(x));
        }
    }

    #[test]
    fn the_circle_has_one_end_only() {
        for dtype in DTYPES {
            let pi = to_vec_f64(angles([PI], dtype))[0];
            let wrapped = to_vec_f64(wrap(angles([-PI, 3.0 * PI, -3.0 * PI], dtype)));
            for angle in &wrapped[..1] {
                assert!((angle - pi).abs() <= pi * Limits::of(dtype).epsilon);
            }
            assert!(wrapped.iter().all(|a| -pi < *a && *a <= pi), "{wrapped:?}");
        }
    }

    #[test]
    fn many_turns_are_taken_off_to_the_digits_of_the_low_part() {
        // The sine of the angle as rounded, which the standard library has to the last digit.
        for dtype in DTYPES {
            for turns in [1.0, 7.0, 1000.0, 30_000.0, 65_000.0] {
                for sign in [-1.0, 1.0] {
                    let x = angles([sign * (2.0 * PI * turns + 0.7)], dtype);
                    let exact = to_vec_f64(x.clone())[0];
                    let wrapped = to_vec_f64(wrap(x))[0];
                    let error = (wrapped.sin() - exact.sin()).abs();
                    let tolerance = (ROUNDINGS + turns * TURN_LOW) * Limits::of(dtype).epsilon;
                    assert!(error <= tolerance, "{dtype:?}, {turns} turns: {error:e}");
                }
            }
        }
    }

    #[test]
    fn angles_without_digits_are_points_still() {
        for dtype in DTYPES {
            let x = angles([1e9, 1e15, -1e15, -1e20, 3e38, -3e38], dtype);
            assert!(Torus::new().check_point(wrap(x)).is_ok());
            let lost = angles([f64::NAN, f64::INFINITY], dtype);
            assert!(Torus::new().check_point(wrap(lost)).is_err());
        }
    }

    #[test]
    fn half_a_turn_goes_anticlockwise_from_either_end() {
        for dtype in DTYPES {
            let (x, y) = (angles([-PI / 2.0], dtype), angles([PI / 2.0], dtype));
            for (x, y) in [(x.clone(), y.clone()), (y, x)] {
                let v = to_vec_f64(Torus::new().log(x, y))[0];
                assert!((v - PI).abs() <= PI * Limits::of(dtype).epsilon, "{v}");
            }
        }
    }

    #[test]
    fn a_step_of_many_turns_keeps_the_digits_of_the_start() {
        const TURNS: f64 = 10_000.0;
        // Spaced by 0.004, the numbers next to the step hold nothing of the start.
        let start = angles([1e-3], DType::F32);
        let step = angles([2.0 * PI * TURNS], DType::F32);
        let expected =
            to_vec_f64(start.clone())[0] + to_vec_f64(step.clone())[0] - 2.0 * PI * TURNS;
        let end = to_vec_f64(Torus::new().exp(start, step))[0];
        let tolerance = TURNS * TURN_LOW * f64::from(f32::EPSILON);
        assert!((end - expected).abs() < tolerance, "{end}, {expected}");
    }

    #[test]
    fn the_derivative_is_one_on_both_sides_of_the_seam() {
        let device = Device::flex().autodiff();
        for dtype in DTYPES {
            let values = [0.0, PI, -PI, 3.0 * PI, 1e5];
            let x = Tensor::<1>::from_data(values, (&device, dtype)).require_grad();
            let gradients = wrap(x.clone()).sum().backward();
            assert_eq!(to_vec_f64(x.grad(&gradients).expect("a leaf")), [1.0; 5]);
        }
    }

    #[test]
    fn every_circle_is_a_factor() {
        let torus = Torus::new();
        let (v, w) = (
            angles([1.0, -2.0], DType::F64),
            angles([3.0, 0.5], DType::F64),
        );
        let parts = torus.inner_by_factor(v.clone(), v.clone(), w.clone());
        assert_eq!(to_vec_f64(parts), [3.0, -1.0]);
        assert_eq!(to_vec_f64(torus.inner(v.clone(), v, w)), [2.0]);
    }
}
