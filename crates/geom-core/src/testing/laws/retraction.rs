//! What a retraction promises, wherever geodesics are not known.

use super::{STEP, worst};
use crate::manifold::Manifold;
use crate::testing::Measurement;
use crate::testing::sampling::Case;

/// How much more than the cube of a step a retraction of curvature 1 can be off.
const SPREAD: f64 = 8.0;
/// The step of the difference which checks that a retraction begins with its vector; its error is of the order of the
/// square of the step.
const BEGINNING: f64 = 1e-3;

/// `retract` starts at its point, in the direction and at the speed of its vector; and it undoes its inverse.
///
/// The beginning is seen through `project_tangent`, and so in whatever coordinates points have: of
/// $\tfrac1{2h}\bigl(R_x(hv) - R_x(-hv)\bigr)$ the tangent part is $v + O(h^2)$.
pub fn retraction<M: Manifold>(case: &Case<M>) -> Vec<Measurement> {
    let m = case.manifold;
    let x = case.points(1);
    let length = case.within(STEP);
    let v = case.tangents(&x, 3, length);
    // A point that is retracted to: the inverse need have no other in its domain.
    let y = m.retract(x.clone(), case.tangents(&x, 2, length));
    let stay = m.retract(x.clone(), v.zeros_like());
    let inverse = m.inverse_retract(x.clone(), y.clone());
    let back = m.retract(x.clone(), inverse.clone());
    let at = |t: f64| m.retract(x.clone(), v.clone().mul_scalar(t));
    let ambient = (at(BEGINNING) - at(-BEGINNING)).div_scalar(2.0 * BEGINNING);
    let velocity = m.project_tangent(x.clone(), ambient);
    let unit = case.unit();
    // Radii of curvature are of the order of the unit; the rest is rounding, divided by the step.
    let tolerance = (BEGINNING * length / unit).powi(2) * (length / unit) * SPREAD
        + case.rounding() / BEGINNING;
    vec![
        case.measurement(
            "inverse_retract returns tangent vectors",
            worst(m.tangent_violation(x.clone(), inverse)),
            case.limits().membership,
        ),
        case.measurement(
            "retract(x, 0) = x",
            worst(stay - x.clone()) / worst(x.clone()).max(1.0),
            case.rounding(),
        ),
        case.measurement(
            "retract undoes inverse_retract",
            worst(back - y.clone()) / worst(y).max(1.0),
            case.rounding(),
        ),
        case.measurement(
            "retract begins with its vector",
            case.length(&x, velocity - v),
            tolerance,
        ),
    ]
}
