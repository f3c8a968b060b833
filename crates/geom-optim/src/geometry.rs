//! The geometry of a step: a plain tensor, or points of a manifold.

use burn::tensor::{DType, Tensor};
use geom_core::numerics::{is_half, single};
use geom_core::{ErasedManifold, Limits, Manifold, scope};

use crate::step_map::StepMap;

/// What a step asks of geometry: of optimizers, of solvers and of samplers.
///
/// The plain branch is Burn's own arithmetic, operation by operation, so that an ordinary parameter
/// is stepped exactly as Burn's optimizers would. On a manifold whose verbs are that arithmetic too
/// ([`Manifold::is_ambient_flat`]) nothing is added to them; on any other, vectors are kept in the
/// reach of the number format.
#[derive(Debug)]
pub(crate) enum Geometry<'a> {
    /// An ordinary parameter: flat space, one number per coordinate.
    Plain,
    /// A parameter whose rows are points of a manifold.
    Manifold(ErasedManifold<'a>),
}

impl<'a> Geometry<'a> {
    /// The geometry of a manifold at hand.
    pub(crate) fn of<M: Manifold>(manifold: &'a M) -> Self {
        Self::Manifold(ErasedManifold::of(manifold))
    }
}

impl Geometry<'static> {
    /// The geometry of the parameter that the module traversal is visiting: for Burn's optimizers,
    /// which get a tensor and no manifold.
    pub(crate) fn current() -> Self {
        scope::current().map_or(Self::Plain, Self::Manifold)
    }
}

impl Geometry<'_> {
    /// Whether the sectional curvature is zero everywhere and stays so.
    pub(crate) fn is_flat(&self) -> bool {
        match self {
            Self::Plain => true,
            Self::Manifold(manifold) => manifold.is_flat(),
        }
    }

    /// The Riemannian gradient from the one that automatic differentiation returns.
    ///
    /// A gradient longer than [`max_step_length`] is shortened to that first: no conversion then overflows.
    pub(crate) fn riemannian_gradient<const D: usize>(
        &self,
        x: &Tensor<D>,
        gradient: Tensor<D>,
    ) -> Tensor<D> {
        match self {
            Self::Plain => gradient,
            Self::Manifold(manifold) => {
                manifold.riemannian_gradient(x.clone(), within_reach(manifold, gradient, 1.0))
            }
        }
    }

    /// The Riemannian gradient that an optimizer steps by: zero for a point whose gradient is not
    /// finite, so that neither the point nor its moments are lost. Solvers and samplers, which have to
    /// know of it, take [`riemannian_gradient`](Self::riemannian_gradient).
    pub(crate) fn step_gradient<const D: usize>(
        &self,
        x: &Tensor<D>,
        gradient: Tensor<D>,
    ) -> Tensor<D> {
        let gradient = self.riemannian_gradient(x, gradient);
        match self {
            Self::Plain => gradient,
            Self::Manifold(manifold) => {
                let none = gradient.zeros_like();
                finite_or(manifold, gradient, none)
            }
        }
    }

    /// The projection of an ambient vector onto the tangent space at `x`.
    pub(crate) fn project_tangent<const D: usize>(&self, x: &Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Plain => u,
            Self::Manifold(manifold) => manifold.project_tangent(x.clone(), u),
        }
    }

    /// The squared norm of a tangent vector, the point axes reduced to 1. A row of a plain tensor
    /// counts as one point.
    pub(crate) fn squared_norm<const D: usize>(&self, x: &Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Plain => v.square().sum_dim(D - 1),
            // A tangent vector of a pseudo-Euclidean ambient space can come out below zero by
            // rounding.
            Self::Manifold(manifold) => manifold.inner(x.clone(), v.clone(), v).clamp_min(0.0),
        }
    }

    /// The squared norm of the part of a tangent vector in each factor of a product, broadcasting
    /// against `v`. A row of a plain tensor counts as one point.
    pub(crate) fn squared_norm_by_factor<const D: usize>(
        &self,
        x: &Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        match self {
            Self::Plain => v.square().sum_dim(D - 1),
            // As above.
            Self::Manifold(manifold) => manifold
                .inner_by_factor(x.clone(), v.clone(), v)
                .clamp_min(0.0),
        }
    }

    /// The point that the step `scale * v` leads to.
    ///
    /// Where a step leaves the number format, as next to the point at infinity of a stereographic
    /// chart, the point stays where it is.
    pub(crate) fn advance<const D: usize>(
        &self,
        map: StepMap,
        x: Tensor<D>,
        v: Tensor<D>,
        scale: f64,
    ) -> Tensor<D> {
        let next = self.flow(map, x.clone(), v, scale);
        match self {
            Self::Plain => next,
            Self::Manifold(manifold) => finite_or(manifold, next, x),
        }
    }

    /// As [`advance`](Self::advance), but a step that leaves the number format leads to a point that
    /// is not finite: a sampler has to know.
    ///
    /// A step longer than [`max_step_length`] is shortened to that: it leads as far as the number format
    /// goes either way.
    pub(crate) fn flow<const D: usize>(
        &self,
        map: StepMap,
        x: Tensor<D>,
        v: Tensor<D>,
        scale: f64,
    ) -> Tensor<D> {
        match self {
            Self::Plain => x + v.mul_scalar(scale),
            Self::Manifold(manifold) => {
                let v = within_reach(manifold, v, scale);
                let next = match map {
                    StepMap::ExponentialMap => manifold.exp(x, v),
                    StepMap::Retraction => manifold.retract(x, v),
                };
                manifold.project(next)
            }
        }
    }

    /// Carries a tangent vector from `x` to `y`.
    ///
    /// At the edge of the number format transport is an isometry up to a factor only, and a momentum
    /// that goes through it at every step could grow without end: what comes out longer than
    /// [`max_step_length`] is shortened to that.
    pub(crate) fn transport<const D: usize>(
        &self,
        x: Tensor<D>,
        y: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        match self {
            Self::Plain => v,
            Self::Manifold(manifold) => {
                let v = within_reach(manifold, manifold.transport(x, y, v), 1.0);
                // A momentum that left the number format starts anew.
                let none = v.zeros_like();
                finite_or(manifold, v, none)
            }
        }
    }
}

/// A step in `f32` for points of a manifold in half precision, of which only the end is rounded; its
/// moments have single precision too. `None` for other points, and for plain tensors, whose steps are
/// Burn's in whatever format they have.
pub(crate) fn in_single<S, const D: usize>(
    geometry: &Geometry,
    x: &Tensor<D>,
    gradient: &Tensor<D>,
    step: impl FnOnce(Tensor<D>, Tensor<D>) -> (Tensor<D>, S),
) -> Option<(Tensor<D>, S)> {
    match geometry {
        Geometry::Manifold(manifold) if is_half(x.dtype()) && !manifold.is_ambient_flat() => {
            let (next, state) = step(single(x.clone()), single(gradient.clone()));
            Some((next.cast(x.dtype()), state))
        }
        _ => None,
    }
}

/// `scale * v`, for each point shortened to [`max_step_length`] where it is longer; others bit for bit.
fn within_reach<const D: usize>(manifold: &ErasedManifold, v: Tensor<D>, scale: f64) -> Tensor<D> {
    match manifold.is_ambient_flat() {
        true if scale == 1.0 => v,
        true => v.mul_scalar(scale),
        false => clip_factor(manifold, &v, scale.abs()).mul_scalar(scale) * v,
    }
}

/// The longest ambient vector that a curved manifold is handed, in the sum of the magnitudes of its
/// coordinates: $\sqrt{\text{max}}\\,e^{-r}$ with the largest number and the
/// [radius](Limits::max_radius) of the format, 5e11 in `f32` and 7e137 in `f64`.
///
/// Maps multiply by a coordinate of a hyperbolic point, up to $e^r$, and then square: the result is
/// still finite. No useful step is that long.
pub(crate) fn max_step_length(dtype: DType) -> f64 {
    let largest = match dtype {
        DType::F64 => f64::MAX,
        _ => f64::from(f32::MAX),
    };
    largest.sqrt() * (-Limits::of(dtype).max_radius).exp()
}

/// `values`, or `otherwise` for the points with a coordinate that is not finite; others bit for bit.
/// All of `values` where the verbs are Burn's own arithmetic, and nothing is added to them.
fn finite_or<const D: usize>(
    manifold: &ErasedManifold,
    values: Tensor<D>,
    otherwise: Tensor<D>,
) -> Tensor<D> {
    if manifold.is_ambient_flat() {
        return values;
    }
    // Zero, or NaN.
    let mut gap = values.clone().detach() - values.clone().detach();
    for axis in D - manifold.point_rank()..D {
        gap = gap.sum_dim(axis);
    }
    let dims = values.dims();
    values.mask_where(gap.is_nan().expand(dims), otherwise)
}

/// The factor, with the point axes reduced to 1, that shortens `scale` times the vector `v` of every
/// point to [`max_step_length`]: exactly 1 for shorter ones. It is a constant for automatic differentiation,
/// which would multiply 0 by the infinite derivative of the reciprocal at a vector of length 0.
fn clip_factor<const D: usize>(manifold: &ErasedManifold, v: &Tensor<D>, scale: f64) -> Tensor<D> {
    let mut length = v.clone().detach().abs();
    for axis in D - manifold.point_rank()..D {
        length = length.sum_dim(axis);
    }
    length
        .recip()
        .mul_scalar(max_step_length(v.dtype()) / scale)
        .clamp_max(1.0)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use geom_core::numerics::to_vec_f64;
    use geom_core::{BirkhoffPolytope, PoincareBall};

    use super::*;
    use crate::solvers::{Evaluations, Oracle, Problem};

    fn rows(rows: [[f64; 2]; 3]) -> Tensor<2> {
        Tensor::from_data(rows, (&Device::default(), DType::F64))
    }

    #[test]
    fn a_step_of_length_zero_has_a_finite_derivative() {
        let ball = PoincareBall::new(1.0);
        let v = Tensor::from_inner(rows([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]])).require_grad();
        let x = Tensor::from_inner(rows([[0.0, 0.1], [0.2, 0.0], [0.3, 0.4]]));
        let end = Geometry::of(&ball).advance(StepMap::ExponentialMap, x, v.clone(), 0.5);
        let gradient = v.grad(&end.sum().backward()).expect("a leaf");
        assert!(to_vec_f64(gradient).iter().all(|slope| slope.is_finite()));
    }

    #[test]
    fn solvers_and_optimizers_take_the_same_guarded_steps() {
        let ball = PoincareBall::new(1.0);
        let problem = Problem::new(ball.clone(), |x: Tensor<2>| x.sum());
        let oracle = Oracle::new(
            &problem,
            StepMap::ExponentialMap,
            Evaluations::default(),
            0.0,
        );
        let x = rows([[0.1, 0.2], [-0.3, 0.0], [0.5, 0.5]]);
        // Longer than the format can square, not a number, and ordinary.
        let v = rows([[1e200, -1e200], [f64::NAN, 0.0], [0.1, 0.2]]);
        let geometry = Geometry::of(&ball);
        let equal = |left: Tensor<2>, right: Tensor<2>| {
            left.into_data().assert_eq(&right.into_data(), true);
        };

        let next = oracle.advance(&x, v.clone());
        let step = geometry.advance(StepMap::ExponentialMap, x.clone(), v.clone(), 1.0);
        equal(next.clone(), step);
        ball.check_point(next.clone())
            .expect("steps end on the ball");
        equal(next.clone().narrow(0, 1, 1), x.clone().narrow(0, 1, 1));

        let carried = oracle.transport(&x, &next, &v);
        equal(carried.clone(), geometry.transport(x, next, v));
        assert!(to_vec_f64(carried).iter().all(|number| number.is_finite()));
    }

    #[test]
    fn a_solver_keeps_within_the_injectivity_radius_of_its_points() {
        let problem = Problem::new(BirkhoffPolytope::new(), |x: Tensor<3>| x.sum());
        let map = StepMap::ExponentialMap;
        let oracle = Oracle::new(&problem, map, Evaluations::default(), 0.0);
        for n in [2, 3, 10] {
            let x = problem.manifold().origin([1, n, n], &Device::default());
            let expected = 2.0 * (n as f64).sqrt().recip().asin();
            assert_eq!(oracle.injectivity_radius(&x), expected, "{n} rows");
        }
    }
}
