//! What `exp`, `log`, distances and retractions promise.

use super::{STEP, worst};
use crate::manifold::Manifold;
use crate::testing::Measurement;
use crate::testing::sampling::Case;

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

/// How much of a step is looked at, from its beginning and to its end.
const PART: f64 = 0.1;

/// `exp` moves at constant speed, as geodesics do: the first and the last tenth of a step are equally long. A
/// retraction in the place of `exp` slows down or speeds up.
pub fn speed<M: Manifold>(case: &Case<M>) -> Measurement {
    let m = case.manifold;
    let x = case.points(1);
    let v = case.tangents(&x, 3, case.within(STEP));
    let at = |t: f64| m.exp(x.clone(), v.clone().mul_scalar(t));
    let first = m.distance(x.clone(), at(PART));
    let last = m.distance(at(1.0 - PART), at(1.0));
    // The end of the step is farther out than the regime.
    let spread = (2.0 * case.within(STEP) / case.unit()).exp();
    case.measurement(
        "exp moves at constant speed",
        worst(last - first) / case.unit(),
        case.rounding() * spread,
    )
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

/// `inverse_retract` undoes `retract`, `transport` to where it starts changes nothing, and `follow_metric`
/// leaves points where the metric has not moved.
pub fn retractions<M: Manifold>(case: &Case<M>) -> Vec<Measurement> {
    let m = case.manifold;
    let x = case.points(1);
    let v = case.tangents(&x, 3, case.within(STEP));
    let there = m.inverse_retract(x.clone(), m.retract(x.clone(), v.clone()));
    let stayed = m.transport(x.clone(), x.clone(), v.clone());
    let same = m.follow_metric(&m.metric(), x.clone());
    let same_v = m.follow_metric_tangent(&m.metric(), x.clone(), v.clone());
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

/// A manifold that claims to be plain arithmetic of its coordinates is that, bit for bit.
pub fn ambient_flatness<M: Manifold>(case: &Case<M>) -> Vec<Measurement> {
    let m = case.manifold;
    if !m.is_ambient_flat() {
        return Vec::new();
    }
    let (x, y) = (case.points(1), case.points(2));
    let v = case.tangents(&x, 3, case.within(STEP));
    let u = case.ambient(4);
    let gaps = [
        m.exp(x.clone(), v.clone()) - (x.clone() + v.clone()),
        m.retract(x.clone(), v.clone()) - (x.clone() + v.clone()),
        m.project(u.clone()) - u.clone(),
        m.project_tangent(x.clone(), u.clone()) - u.clone(),
        m.riemannian_gradient(x.clone(), u.clone()) - u,
        m.transport(x, y, v.clone()) - v,
    ];
    let error = gaps.into_iter().map(worst).fold(0.0, f64::max);
    vec![case.measurement("ambient flatness is plain arithmetic", error, 0.0)]
}
