//! The laws, each with the tolerance it is held to.
//!
//! Errors are lengths in units of the curvature radius, or relative.

use burn::tensor::{DType, Tensor, TensorData};

use super::Measurement;
use super::sampling::{Case, RANK, ROWS};
use crate::manifold::Manifold;
use crate::numerics::to_vec_f64;
use crate::sample::Sample;
use crate::transport::ParallelTransport;

/// Roundings in a chain of two or three maps: some thirty operations whose errors partly cancel.
const ROUNDINGS: f64 = 16.0;
/// Length of the tangent vectors, in units.
pub(super) const STEP: f64 = 0.7;
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

fn worst(values: Tensor<RANK>) -> f64 {
    let largest = |worst: f64, x: f64| {
        if x.is_nan() {
            f64::INFINITY
        } else {
            worst.max(x.abs())
        }
    };
    to_vec_f64(values).into_iter().fold(0.0, largest)
}

/// Sums everything but the batch axis, which keeps its rank.
fn total(values: Tensor<RANK>) -> Tensor<RANK> {
    values.sum_dim(1).sum_dim(2).sum_dim(3)
}

impl<M: Manifold> Case<'_, M> {
    pub(super) fn measurement(&self, law: &'static str, error: f64, tolerance: f64) -> Measurement {
        Measurement {
            law,
            regime: self.regime.name,
            error,
            tolerance,
        }
    }

    pub(super) fn rounding(&self) -> f64 {
        ROUNDINGS * self.limits().epsilon * self.amplification()
    }

    fn length(&self, x: &Tensor<RANK>, v: Tensor<RANK>) -> f64 {
        worst(self.manifold.norm(x.clone(), v)) / self.unit()
    }

    fn apart(&self, x: Tensor<RANK>, y: Tensor<RANK>) -> f64 {
        worst(self.manifold.distance(x, y)) / self.unit()
    }
}

/// Results lie where they should, and projections are idempotent.
pub fn closure<M: Manifold>(case: &Case<M>) -> Vec<Measurement> {
    let m = case.manifold;
    let (x, y) = (case.points(1), case.points(2));
    let v = case.tangents(&x, 3, case.within(STEP));
    let u = case.ambient(4);
    let projected = m.project(u.clone().mul_scalar(3.0 * case.unit()));
    let tangent = m.project_tangent(x.clone(), u.clone());
    let membership = case.limits().membership;

    let points = [
        ("origin is a point", case.origin()),
        ("exp returns points", m.exp(x.clone(), v.clone())),
        ("retract returns points", m.retract(x.clone(), v.clone())),
        (
            "geodesic returns points",
            m.geodesic(x.clone(), y.clone(), 0.3),
        ),
        ("project returns points", projected.clone()),
    ];
    let tangents = [
        (
            "log returns tangent vectors",
            &x,
            m.log(x.clone(), y.clone()),
        ),
        (
            "project_tangent returns tangent vectors",
            &x,
            tangent.clone(),
        ),
        (
            "riemannian_gradient returns tangent vectors",
            &x,
            m.riemannian_gradient(x.clone(), u),
        ),
        (
            "transport returns tangent vectors",
            &y,
            m.transport(x.clone(), y.clone(), v),
        ),
    ];
    let idempotent = worst(m.project(projected.clone()) - projected.clone()) / worst(projected);
    let again = m.project_tangent(x.clone(), tangent.clone());
    let tangent_length = case.length(&x, tangent.clone());

    let mut measurements = vec![
        case.measurement("project is idempotent", idempotent, case.rounding()),
        case.measurement(
            "project_tangent is idempotent",
            case.length(&x, again - tangent) / tangent_length,
            case.rounding(),
        ),
    ];
    for (law, point) in points {
        let error = worst(m.point_violation(point));
        measurements.push(case.measurement(law, error, membership));
    }
    for (law, base, vector) in tangents {
        let error = worst(m.tangent_violation(base.clone(), vector));
        measurements.push(case.measurement(law, error, membership));
    }
    measurements
}

/// `exp` and `log` invert each other.
pub fn maps<M: Manifold>(case: &Case<M>) -> Vec<Measurement> {
    let m = case.manifold;
    let (x, y) = (case.points(1), case.points(2));
    let v = case.tangents(&x, 3, case.within(STEP));
    let stay = m.exp(x.clone(), v.zeros_like());
    let there = m.log(x.clone(), m.exp(x.clone(), v.clone()));
    let back = m.exp(x.clone(), m.log(x.clone(), y.clone()));
    let middle = m.midpoint(x.clone(), y.clone());
    // Over the distance 2r between the points, exp spreads an error of the velocity by sinh(2r)/2r.
    let spread = (case.radius() / case.unit()).exp();
    let halves = m.distance(x.clone(), middle.clone()) - m.distance(middle, y.clone());
    vec![
        case.measurement(
            "exp(x, 0) = x",
            case.apart(stay, x.clone()),
            case.rounding(),
        ),
        case.measurement(
            "log inverts exp",
            case.length(&x, there - v),
            case.rounding(),
        ),
        case.measurement(
            "exp inverts log",
            case.apart(back, y),
            case.rounding() * spread,
        ),
        case.measurement(
            "the midpoint is in the middle",
            worst(halves) / case.unit(),
            case.rounding(),
        ),
    ]
}

/// The distance is a metric, and the length of `log`.
pub fn distance<M: Manifold>(case: &Case<M>) -> Vec<Measurement> {
    let m = case.manifold;
    let (x, y, z) = (case.points(1), case.points(2), case.points_elsewhere(5));
    let d = m.distance(x.clone(), y.clone());
    let log = m.norm(x.clone(), m.log(x.clone(), y.clone()));
    let swapped = m.distance(y.clone(), x.clone());
    let detour = d.clone() + m.distance(y, z.clone());
    let excess = (m.distance(x.clone(), z) - detour).clamp_min(0.0);
    let unit = case.unit();
    vec![
        case.measurement(
            "distance = |log|",
            worst(log - d.clone()) / unit,
            case.rounding(),
        ),
        case.measurement(
            "distance is symmetric",
            worst(swapped - d) / unit,
            case.rounding(),
        ),
        case.measurement("distance to itself is 0", case.apart(x.clone(), x), 0.0),
        case.measurement("triangle inequality", worst(excess) / unit, case.rounding()),
    ]
}

/// The inner product is symmetric, bilinear and positive.
pub fn inner<M: Manifold>(case: &Case<M>) -> Vec<Measurement> {
    let m = case.manifold;
    let x = case.points(1);
    let [u, v, w] = [3, 4, 5].map(|salt| case.tangents(&x, salt, case.unit()));
    let inner = |v: &Tensor<RANK>, w: &Tensor<RANK>| m.inner(x.clone(), v.clone(), w.clone());
    let combined = inner(&(v.clone() + w.clone().mul_scalar(2.0)), &u);
    let separate = inner(&v, &u) + inner(&w, &u).mul_scalar(2.0);
    let scale = case.unit().powi(2);
    let positive = to_vec_f64(inner(&v, &v))
        .into_iter()
        .filter(|&x| x > 0.0)
        .count();
    vec![
        case.measurement(
            "inner is symmetric",
            worst(inner(&v, &w) - inner(&w, &v)) / scale,
            case.rounding(),
        ),
        case.measurement(
            "inner is bilinear",
            worst(combined - separate) / scale,
            case.rounding(),
        ),
        case.measurement("inner is positive", (ROWS - positive) as f64, 0.0),
    ]
}

/// A batch gives what its rows give one by one, and single points broadcast.
pub fn batches<M: Manifold>(case: &Case<M>) -> Vec<Measurement> {
    let m = case.manifold;
    let (x, y) = (case.points(1), case.points_elsewhere(2));
    let v = case.tangents(&x, 3, case.within(STEP));
    let row = |t: &Tensor<RANK>, i: usize| t.clone().narrow(0, i, 1);
    let (end, log) = (m.exp(x.clone(), v.clone()), m.log(x.clone(), y.clone()));
    let one = row(&x, 0);
    let spread = m.distance(one.clone(), y.clone());
    let log_spread = m.log(one.clone(), y.clone());
    let (mut alone, mut broadcast) = (0f64, 0f64);
    for i in 0..ROWS {
        let (xi, yi) = (row(&x, i), row(&y, i));
        alone = alone.max(case.apart(m.exp(xi.clone(), row(&v, i)), row(&end, i)));
        alone = alone.max(case.length(&xi, m.log(xi.clone(), yi.clone()) - row(&log, i)));
        let d = m.distance(one.clone(), yi.clone()) - row(&spread, i);
        broadcast = broadcast.max(worst(d) / case.unit());
        let difference = m.log(one.clone(), yi) - row(&log_spread, i);
        broadcast = broadcast.max(case.length(&one, difference));
    }
    vec![
        case.measurement("a batch equals its rows", alone, case.rounding()),
        case.measurement("single points broadcast", broadcast, case.rounding()),
    ]
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

/// Distances of all pairs are those of the single pairs.
pub fn pairwise<M: Manifold>(case: &Case<M>) -> Measurement {
    match M::POINT_RANK {
        1 => pairwise_of_rank::<M, 2>(case),
        2 => pairwise_of_rank::<M, 3>(case),
        _ => pairwise_of_rank::<M, 4>(case),
    }
}

fn pairwise_of_rank<M: Manifold, const D: usize>(case: &Case<M>) -> Measurement {
    let m = case.manifold;
    let (x, y) = (case.points(1), case.points_elsewhere(2));
    let mut shape = [ROWS; D];
    shape[1..].copy_from_slice(&m.point_shape(case.dim));
    let all = m.pairwise_distance::<D>(x.clone().reshape(shape), y.clone().reshape(shape));
    let all = to_vec_f64(all);
    let mut error = 0f64;
    for i in 0..ROWS {
        let row = to_vec_f64(m.distance(x.clone().narrow(0, i, 1), y.clone()));
        for (j, single) in row.into_iter().enumerate() {
            let difference = (single - all[i * ROWS + j]).abs();
            error = if difference.is_nan() {
                f64::INFINITY
            } else {
                error.max(difference)
            };
        }
    }
    case.measurement(
        "pairwise distances are those of the pairs",
        error / case.unit(),
        case.rounding(),
    )
}

/// `inverse_retract` undoes `retract`, `transport` to where it starts changes nothing, and `follow`
/// leaves points where the metric has not moved.
pub fn retractions<M: Manifold>(case: &Case<M>) -> Vec<Measurement> {
    let m = case.manifold;
    let x = case.points(1);
    let v = case.tangents(&x, 3, case.within(STEP));
    let there = m.inverse_retract(x.clone(), m.retract(x.clone(), v.clone()));
    let stayed = m.transport(x.clone(), x.clone(), v.clone());
    let same = m.follow(&m.metric_parameters(), x.clone());
    let same_v = m.follow_tangent(&m.metric_parameters(), x.clone(), v.clone());
    vec![
        case.measurement(
            "inverse_retract undoes retract",
            case.length(&x, there - v.clone()),
            case.rounding(),
        ),
        case.measurement(
            "transport to the same point changes nothing",
            case.length(&x, stayed - v.clone()),
            case.rounding(),
        ),
        case.measurement(
            "points stay where the metric stays",
            case.apart(same, x.clone()),
            case.rounding(),
        ),
        case.measurement(
            "tangent vectors stay where the metric stays",
            case.length(&x, same_v - v),
            case.rounding(),
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
        .map(|(regime, from, to, salt)| {
            let x = case.points_at(from, 1);
            let y = case.points_at(to, salt);
            let error = not_finite(case, x, y) as f64;
            Measurement {
                law: "values and gradients are finite",
                regime,
                error,
                tolerance: 0.0,
            }
        })
        .collect()
}

/// A map of two points and a tangent vector, under its name.
type Map<'a> = Box<dyn Fn(Tensor<RANK>, Tensor<RANK>, Tensor<RANK>) -> Tensor<RANK> + 'a>;

fn not_finite<M: Manifold>(case: &Case<M>, x: Tensor<RANK>, y: Tensor<RANK>) -> usize {
    let m = case.manifold;
    let maps: [Map; 11] = [
        Box::new(|x, y, _| m.distance(x, y)),
        Box::new(|x, y, _| m.log(x, y)),
        Box::new(|x, _, v| m.exp(x, v)),
        Box::new(|x, _, v| m.exp(x, v.mul_scalar(0.0))),
        Box::new(|x, _, v| m.retract(x, v)),
        Box::new(|x, y, v| m.transport(x, y, v)),
        Box::new(|x, y, _| m.inverse_retract(x, y)),
        Box::new(|x, _, v| m.riemannian_gradient(x, v)),
        Box::new(|x, _, v| m.follow(&m.metric_parameters(), x) + v),
        Box::new(|x, _, v| m.norm(x, v)),
        Box::new(|x, _, _| m.project(x.mul_scalar(2.0))),
    ];
    let v = case.tangents(&x, 3, case.within(STEP));
    let bad = |t: Tensor<RANK>| to_vec_f64(t).into_iter().filter(|x| !x.is_finite()).count();
    maps.iter()
        .map(|map| {
            let [x, y, v] = [&x, &y, &v].map(|t| t.clone().autodiff().require_grad());
            let value = map(x.clone(), y.clone(), v.clone());
            let gradients = value.clone().sum().backward();
            let of = |t: &Tensor<RANK>| t.grad(&gradients).map_or(0, bad);
            bad(value) + of(&x) + of(&y) + of(&v)
        })
        .sum()
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

/// Parallel transport is an isometry, undoes itself, carries geodesics along, and is what
/// [`Manifold::transport`] does.
pub fn transport<M: ParallelTransport>(case: &Case<M>) -> Vec<Measurement> {
    let m = case.manifold;
    let (x, y) = (case.points(1), case.points_elsewhere(2));
    let (v, w) = (
        case.tangents(&x, 3, case.unit()),
        case.tangents(&x, 4, case.unit()),
    );
    let [pv, pw] = [&v, &w].map(|v| m.parallel_transport(x.clone(), y.clone(), v.clone()));
    let before = m.inner(x.clone(), v.clone(), w);
    let after = m.inner(y.clone(), pv.clone(), pw);
    let plain = m.transport(x.clone(), y.clone(), v.clone());
    let back = m.parallel_transport(y.clone(), x.clone(), pv.clone());
    let forward = m.log(x.clone(), y.clone());
    let arrived = m.parallel_transport(x.clone(), y.clone(), forward);
    let return_trip = m.log(y.clone(), x.clone());
    vec![
        case.measurement(
            "transport is an isometry",
            worst(after - before) / case.unit().powi(2),
            case.rounding(),
        ),
        case.measurement(
            "transport is the parallel one",
            case.length(&y, plain - pv),
            case.rounding(),
        ),
        case.measurement(
            "transport undoes itself",
            case.length(&x, back - v),
            case.rounding(),
        ),
        case.measurement(
            "transport carries geodesics along",
            case.length(&y, arrived + return_trip),
            case.rounding(),
        ),
    ]
}

/// Standard normal numbers become a standard normal tangent vector: the images of the unit vectors
/// are tangent, and form a frame whose Gram operator is the identity.
pub fn tangent_noise<M: Sample>(case: &Case<M>) -> Vec<Measurement> {
    let m = case.manifold;
    let x = case.points(1);
    let w = case.tangents(&x, 3, case.unit());
    let shape = case.shape();
    let coordinates: usize = shape[1..].iter().product();
    let mut squares = Tensor::zeros_like(&m.inner(x.clone(), w.clone(), w.clone()));
    let mut normal_part = 0f64;
    for coordinate in 0..coordinates {
        let unit: Vec<f64> = (0..ROWS * coordinates)
            .map(|index| f64::from(u8::from(index % coordinates == coordinate)))
            .collect();
        let noise = Tensor::from_data(TensorData::new(unit, shape), (&case.device, case.dtype));
        let v = m.tangent_from_normal(x.clone(), noise);
        let tangent = m.project_tangent(x.clone(), v.clone());
        normal_part = normal_part.max(case.length(&x, tangent - v.clone()));
        squares = squares + m.inner(x.clone(), v, w.clone()).square();
    }
    let error = worst(squares - m.inner(x, w.clone(), w)) / case.unit().powi(2);
    vec![
        case.measurement("noise is tangent", normal_part, case.rounding()),
        case.measurement("noise is standard normal", error, case.rounding()),
    ]
}
