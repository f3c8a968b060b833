//! Derivatives: right where differences measure them, finite at the edges.

use burn::tensor::{DType, Tensor};

use super::{STEP, worst};
use crate::manifold::Manifold;
use crate::numerics::to_vec_f64;
use crate::testing::Measurement;
use crate::testing::sampling::{Case, RANK};

/// Step of the central difference in `f64`: near the cube root of rounding, where truncation and
/// cancellation balance.
const DIFFERENCE_STEP: f64 = 1e-5;
/// What a central difference with that step leaves, for functions of order one.
const DIFFERENCE_ERROR: f64 = 1e-8;
/// Step of the second difference in `f64`: near the fourth root of rounding.
const SECOND_DIFFERENCE_STEP: f64 = 1e-4;
/// What a second difference with that step leaves, for functions of order one.
const SECOND_DIFFERENCE_ERROR: f64 = 1e-6;
/// How far the measured order of a retraction may fall short of 3 at steps of a tenth.
const SLOPE_SLACK: f64 = 0.1;

/// Sums everything but the batch axis, which keeps its rank.
fn total(values: Tensor<RANK>) -> Tensor<RANK> {
    values.sum_dim(1).sum_dim(2).sum_dim(3)
}

/// $\langle\operatorname{grad} f, v\rangle_x$ is the derivative of $f$ along $\exp_x(tv)$.
pub fn gradient<M: Manifold>(case: &Case<M>) -> Measurement {
    let m = case.manifold;
    let x = case.points(1);
    let v = case.tangents(&x, 3, case.unit());
    // So that f changes by about 1 along v, whatever the coordinates.
    let scale = worst(v.clone()).recip();
    // Distinct weights, so that no symmetry hides a wrong component.
    let weights = case.ambient(6);
    let f = |x: Tensor<RANK>| total(x.mul_scalar(scale).sin() * weights.clone());

    let tracked = x.clone().autodiff().require_grad();
    let gradients = f(tracked.clone()).sum().backward();
    let euclidean = tracked.grad(&gradients).expect("the point is a leaf of f");
    let predicted = m.inner(
        x.clone(),
        m.riemannian_gradient(x.clone(), euclidean),
        v.clone(),
    );

    let at = |t: f64| f(m.exp(x.clone(), v.clone().mul_scalar(t)));
    let measured = (at(DIFFERENCE_STEP) - at(-DIFFERENCE_STEP)).div_scalar(2.0 * DIFFERENCE_STEP);
    let error = worst((predicted - measured.clone()) / measured.abs().add_scalar(1.0));
    let tolerance = DIFFERENCE_ERROR * case.amplification();
    case.measurement("grad f is the direction of df", error, tolerance)
}

/// The Hessian is symmetric, and the second derivative of $f$ along $\exp_x(tv)$.
pub fn hessian<M: Manifold>(case: &Case<M>) -> Vec<Measurement> {
    let m = case.manifold;
    let x = case.points(1);
    let [v, w] = [3, 4].map(|salt| case.tangents(&x, salt, case.unit()));
    // So that f changes by about 1 along v, whatever the coordinates.
    let scale = worst(v.clone()).recip();
    let weights = case.ambient(6);
    let f = |x: Tensor<RANK>| total(x.mul_scalar(scale).sin() * weights.clone());
    let angle = x.clone().mul_scalar(scale);
    let gradient = (weights.clone() * angle.clone().cos()).mul_scalar(scale);
    let second = (weights.clone() * angle.sin()).mul_scalar(-scale * scale);
    let hessian = |v: &Tensor<RANK>| {
        let product = second.clone() * v.clone();
        m.riemannian_hessian(x.clone(), gradient.clone(), product, v.clone())
    };

    let [hv, hw] = [&v, &w].map(hessian);
    let inner = |v: &Tensor<RANK>, w: &Tensor<RANK>| m.inner(x.clone(), v.clone(), w.clone());
    let asymmetry = worst(inner(&hv, &w) - inner(&hw, &v));
    let at = |t: f64| f(m.exp(x.clone(), v.clone().mul_scalar(t)));
    let t = SECOND_DIFFERENCE_STEP;
    let measured = (at(t) + at(-t) - at(0.0).mul_scalar(2.0)).div_scalar(t * t);
    let error = worst((inner(&hv, &v) - measured.clone()) / measured.abs().add_scalar(1.0));
    let tolerance = SECOND_DIFFERENCE_ERROR * case.amplification();
    vec![
        case.measurement("the Hessian is symmetric", asymmetry, tolerance),
        case.measurement(
            "Hess f is the second derivative along geodesics",
            error,
            tolerance,
        ),
    ]
}

/// Value and gradient of every map are finite at the origin, at coincident points, and at the
/// outermost points the number format has.
pub fn finite_gradients<M: Manifold>(case: &Case<M>) -> Vec<Measurement> {
    let (edge, generic) = (case.edge(), case.radius());
    let regimes = [
        ("origin, origin", 0.0, 0.0, 1),
        ("origin, generic", 0.0, generic, 1),
        ("coincident", generic, generic, 1),
        ("almost coincident", 1e-20, 0.0, 1),
        ("boundary, origin", edge, 0.0, 1),
        ("boundary, coincident", edge, edge, 1),
        ("boundary, far apart", edge, edge, 2),
    ];
    regimes
        .into_iter()
        .flat_map(|(regime, from, to, salt)| {
            let x = case.points_at(from, 1);
            let y = case.points_at(to, salt);
            let of_verb = move |(verb, count)| Measurement {
                law: "values and gradients are finite",
                verb: Some(verb),
                regime,
                error: count as f64,
                tolerance: 0.0,
            };
            not_finite(case, x, y).into_iter().map(of_verb)
        })
        .collect()
}

/// A map of two points and a tangent vector.
type Map<M> = fn(&M, Tensor<RANK>, Tensor<RANK>, Tensor<RANK>) -> Tensor<RANK>;

/// How many numbers are not finite in the value and the gradients of each map, with its name.
fn not_finite<M: Manifold>(
    case: &Case<M>,
    x: Tensor<RANK>,
    y: Tensor<RANK>,
) -> Vec<(&'static str, usize)> {
    let m = case.manifold;
    let maps: [(&str, Map<M>); 11] = [
        ("distance", |m, x, y, _| m.distance(x, y)),
        ("log", |m, x, y, _| m.log(x, y)),
        ("exp", |m, x, _, v| m.exp(x, v)),
        ("exp of nothing", |m, x, _, v| m.exp(x, v.mul_scalar(0.0))),
        ("retract", |m, x, _, v| m.retract(x, v)),
        ("transport", |m, x, y, v| m.transport(x, y, v)),
        ("inverse_retract", |m, x, y, _| m.inverse_retract(x, y)),
        ("riemannian_gradient", |m, x, _, v| {
            m.riemannian_gradient(x, v)
        }),
        ("follow_metric", |m, x, _, v| {
            m.follow_metric(&m.metric(), x) + v
        }),
        ("norm", |m, x, _, v| m.norm(x, v)),
        ("project", |m, x, _, _| m.project(x.mul_scalar(2.0))),
    ];
    let v = case.tangents(&x, 3, case.within(STEP));
    let bad = |t: Tensor<RANK>| to_vec_f64(t).into_iter().filter(|x| !x.is_finite()).count();
    maps.into_iter()
        .map(|(verb, map)| {
            let [x, y, v] = [&x, &y, &v].map(|t| t.clone().autodiff().require_grad());
            let value = map(m, x.clone(), y.clone(), v.clone());
            let gradients = value.clone().sum().backward();
            let of = |t: &Tensor<RANK>| t.grad(&gradients).map_or(0, bad);
            (verb, bad(value) + of(&x) + of(&y) + of(&v))
        })
        .collect()
}

/// The retraction agrees with `exp` to second order: their distance falls as the cube of the step.
pub fn retraction_slope<M: Manifold>(case: &Case<M>) -> Measurement {
    assert_eq!(case.dtype, DType::F64, "the slope needs the digits of f64");
    let m = case.manifold;
    let x = case.points(1);
    let gap = |length: f64| {
        let v = case.tangents(&x, 3, length);
        case.apart(m.exp(x.clone(), v.clone()), m.retract(x.clone(), v))
    };
    // Halved as a length: an edge may be nearer than a tenth.
    let step = case.within(0.1);
    let (coarse, fine) = (gap(step), gap(step / 2.0));
    // A retraction that is `exp` has no slope to measure.
    let shortfall = if coarse <= case.rounding() {
        0.0
    } else {
        3.0 - (coarse / fine).log2()
    };
    case.measurement(
        "retract agrees with exp to second order",
        shortfall,
        SLOPE_SLACK,
    )
}
