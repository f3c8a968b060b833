//! How far from the origin maps come back, and what is left of the distance of close points.

use burn::tensor::DType;
use geom_core::numerics::to_vec_f64;
use geom_core::testing::sampling::Regime;
use geom_core::{Manifold, ManifoldConfig, ManifoldVisitor};
use serde_json::{Value, json};

use super::{CLOSE, DIM, Rows, case, object};

/// Radii at which round trips are tried: beyond the reach of every number format.
const RADII: usize = 800;
const RADIUS_STEP: f64 = 0.1;

/// The measurement on one manifold in one number format.
pub(super) struct Reach<'a>(pub(super) &'a ManifoldConfig, pub(super) DType);

impl ManifoldVisitor for Reach<'_> {
    type Output = Value;

    fn visit<M: Manifold>(self, m: M) -> Value {
        let (name, radius) = ("close pairs", 1.0);
        let case = case(&m, DIM.into(), self.1, Regime { name, radius });
        let origin = case.origin();
        let round_trip = |step: usize| {
            let radius = RADIUS_STEP * step as f64;
            let v = case.tangents(&origin, step as u64, radius);
            let y = m.exp(origin.clone(), v);
            let back = m.log(origin.clone(), y.clone());
            let distance = m.distance(origin.clone(), y.clone());
            let length = m.norm(origin.clone(), back.clone());
            let apart = m.distance(m.exp(origin.clone(), back), y);
            let errors = [distance.clone() - radius, length - radius, apart];
            json!({ "radius": radius, "distance": largest(distance), "errors": errors.map(largest) })
        };
        let x = case.points(1);
        let y = m.exp(x.clone(), case.tangents(&x, 5, CLOSE));
        json!({
            "manifold": self.0,
            "dtype": format!("{:?}", self.1),
            "round_trips": (1..=RADII).map(round_trip).collect::<Vec<_>>(),
            "close": object([("x", x.clone()), ("y", y.clone()), ("distance", m.distance(x, y))]),
        })
    }
}

/// The largest magnitude; not a number is larger than any.
fn largest(t: Rows) -> Option<f64> {
    to_vec_f64(t.abs()).into_iter().max_by(f64::total_cmp)
}
