//! Properties of every manifold at points drawn by chance.
//!
//! The conformance suite holds laws on a fixed list of regimes and curvatures. Here both are drawn,
//! up to the last points of the number format, and what is held is what may be relied on there.
//!
//! `PROPTEST_CASES=10000 cargo test -p geom-core --test geometry properties` looks longer.
#![cfg(feature = "testing")]

use burn::tensor::{DType, Device, Tensor};
use geom_core::numerics::to_vec_f64;
use geom_core::testing::sampling::{Case, RANK, Regime};
use geom_core::testing::{TransportVisitor, build_transport, configurations, example_size};
use geom_core::{
    GeometryError, Limits, Manifold, ManifoldConfig, ManifoldVisitor, ParallelTransport,
};
use proptest::prelude::*;
use proptest::sample::Index;

/// The magnitudes of curvature, as powers of ten.
const EXPONENTS: std::ops::Range<f64> = -6.0..2.0;
/// The intrinsic dimension, or the number of columns.
const DIM: usize = 5;
/// Twice that of the conformance suite, whose worst is over far fewer points.
const ROUNDINGS: f64 = 32.0;
/// Points are far out until the laws of [`Place::FarOut`] have this much left to say.
const VAGUE: f64 = 1e-2;
/// Length of tangent vectors, in units of the curvature radius.
const STEP: f64 = 0.7;
/// The share of the way to a facet or a cut locus that keeps two points, and the geodesic between
/// them, away from it.
const INSIDE: f64 = 0.45;

/// Where points lie.
#[derive(Debug, Clone, Copy)]
enum Place {
    Origin,
    Generic,
    FarOut,
    /// In the last tenth of the way to the edge: a facet, a cut locus, or the last number below 1.
    NextToTheBoundary,
}

/// A manifold, and where points on it lie.
#[derive(Debug, Clone)]
struct Scene {
    config: ManifoldConfig,
    dtype: DType,
    place: Place,
    /// How far into the place, between 0 and 1.
    depth: f64,
    salt: u64,
}

fn scenes() -> impl Strategy<Value = Scene> {
    let config = (EXPONENTS, any::<Index>()).prop_map(|(exponent, index)| {
        let list = configurations(&[10f64.powf(exponent)]);
        index.get(&list).clone()
    });
    let dtype = prop_oneof![Just(DType::F32), Just(DType::F64)];
    let place = prop_oneof![
        Just(Place::Origin),
        Just(Place::Generic),
        Just(Place::FarOut),
        Just(Place::NextToTheBoundary),
    ];
    (config, dtype, place, 0.0..1.0, any::<u64>()).prop_map(
        |(config, dtype, place, depth, salt)| Scene {
            config,
            dtype,
            place,
            depth,
            salt,
        },
    )
}

impl Scene {
    /// Distance of the points from the origin, given that of the edge, in units.
    fn radius(&self, edge: f64) -> f64 {
        let epsilon = Limits::of(self.dtype).epsilon;
        let furthest = (VAGUE / (ROUNDINGS * epsilon)).ln() / 2.0;
        let between = |from: f64, to: f64| from + self.depth * (to - from);
        match self.place {
            Place::NextToTheBoundary => between(0.9, 1.0) * edge,
            Place::Origin => 10f64.powf(-8.0 * self.depth).min(INSIDE * edge),
            Place::Generic => between(0.01, 2.0).min(INSIDE * edge),
            Place::FarOut => between(2.0, furthest).min(INSIDE * edge),
        }
    }
}

/// Three points and a tangent vector at the first, a dozen times.
struct Drawn<'a, M> {
    case: Case<'a, M>,
    /// Distance of the points from the origin, in units of the curvature radius.
    radius: f64,
    /// By how much the rounding of a tangent vector's coordinates counts in its length.
    spread: f64,
    points: [Tensor<RANK>; 3],
    v: Tensor<RANK>,
    findings: Vec<String>,
}

impl<'a, M: Manifold> Drawn<'a, M> {
    fn new(scene: &Scene, manifold: &'a M) -> Self {
        let case = Case {
            manifold,
            size: example_size(&scene.config, DIM),
            device: Device::flex(),
            dtype: scene.dtype,
            regime: Regime {
                name: "drawn",
                radius: 0.0,
            },
        };
        let unit = case.unit();
        let edge = case.edge() / unit;
        let radius = scene.radius(edge);
        let salt = scene.salt.wrapping_mul(8);
        let points = [1, 2, 3].map(|number| case.points_at(radius * unit, salt ^ number));
        // Not over a facet.
        let length = STEP.min(INSIDE * edge).min(0.5 * (edge - radius));
        let v = case.tangents(&points[0], salt ^ 4, length * unit);
        let spread = match &scene.config {
            // Ambient coordinates are up to e^r times as long as their vector.
            ManifoldConfig::Hyperboloid { .. } | ManifoldConfig::Scaled { .. } => radius.exp(),
            // Coordinates count e^r times as much along the radius as across it.
            ManifoldConfig::KleinBall { .. } => radius.exp(),
            _ => 1.0,
        };
        Self {
            case,
            radius,
            spread,
            points,
            v,
            findings: Vec::new(),
        }
    }

    fn epsilon(&self) -> f64 {
        ROUNDINGS * self.case.limits().epsilon
    }

    /// What rounding leaves of a position after a chain of maps: $e^{2r}$, once for the resolution of
    /// the points and once for that of the velocity.
    fn resolution(&self) -> f64 {
        self.epsilon() * (2.0 * self.radius).exp()
    }

    /// Notes a law whose worst error exceeds the tolerance.
    fn hold(&mut self, law: &str, errors: Tensor<RANK>, tolerance: f64) {
        let error = worst(errors);
        if error.is_nan() || error > tolerance {
            self.findings
                .push(format!("{law}: {error:.2e}, tolerance {tolerance:.2e}"));
        }
    }

    /// The same for lengths, in units of the curvature radius.
    fn hold_length(&mut self, law: &str, lengths: Tensor<RANK>, tolerance: f64) {
        let unit = self.case.unit();
        self.hold(law, lengths.mul_scalar(unit.recip()), tolerance);
    }
}

/// NaN if any number is.
fn worst(values: Tensor<RANK>) -> f64 {
    to_vec_f64(values)
        .into_iter()
        .fold(0.0, |worst, x| match x.is_nan() {
            true => f64::NAN,
            false => worst.max(x.abs()),
        })
}

/// What is looked at in a scene.
#[derive(Clone, Copy)]
enum Property {
    Maps,
    Distance,
    Projection,
    Gradient,
}

struct Check<'a>(&'a Scene, Property);

impl ManifoldVisitor for Check<'_> {
    type Output = Vec<String>;

    fn visit<M: Manifold>(self, manifold: M) -> Vec<String> {
        let Self(scene, property) = self;
        let mut drawn = Drawn::new(scene, &manifold);
        match property {
            Property::Maps => maps(&manifold, &mut drawn),
            Property::Distance => distance(&manifold, &mut drawn),
            Property::Projection => projection(&manifold, &mut drawn),
            Property::Gradient => gradient(&manifold, &mut drawn),
        }
        drawn.findings
    }
}

/// `exp` and `log` undo each other, and stay on the manifold.
fn maps<M: Manifold>(m: &M, drawn: &mut Drawn<M>) {
    let ([x, y, _], v) = (drawn.points.clone(), drawn.v.clone());
    let there = m.exp(x.clone(), v.clone());
    let back = m.log(x.clone(), there.clone());
    let log = m.log(x.clone(), y.clone());
    let again = m.exp(x.clone(), log.clone());

    let membership = drawn.case.limits().membership;
    for point in [&there, &again] {
        let violation = m.point_violation(point.clone());
        drawn.hold("exp returns points", violation, membership);
    }
    for (base, vector) in [(&x, &back), (&x, &log)] {
        let violation = m.tangent_violation(base.clone(), vector.clone());
        drawn.hold("log returns tangent vectors", violation, membership);
    }
    let resolution = drawn.resolution();
    drawn.hold_length("log inverts exp", m.norm(x, back - v), resolution);
    let resolution = resolution * drawn.spread;
    drawn.hold_length("exp inverts log", m.distance(again, y), resolution);
}

/// The distance is a metric and the length of `log`, to relative precision wherever the points lie.
fn distance<M: Manifold>(m: &M, drawn: &mut Drawn<M>) {
    let [x, y, z] = drawn.points.clone();
    let d = m.distance(x.clone(), y.clone());
    let swapped = m.distance(y.clone(), x.clone());
    let detour = m.distance(x.clone(), z.clone()) + m.distance(z, y.clone());
    let length = m.norm(x.clone(), m.log(x.clone(), y));
    let tolerance = drawn.epsilon() * (1.0 + worst(d.clone()) / drawn.case.unit());

    drawn.hold_length("distance is symmetric", swapped - d.clone(), tolerance);
    let excess = (d.clone() - detour).clamp_min(0.0);
    drawn.hold_length("triangle inequality", excess, tolerance);
    drawn.hold("distance to itself is 0", m.distance(x.clone(), x), 0.0);
    drawn.hold_length("distance = |log|", length - d, tolerance * drawn.spread);
}

/// Projections leave what they made, and points and tangent vectors, where they are.
fn projection<M: Manifold>(m: &M, drawn: &mut Drawn<M>) {
    let [x, y, _] = drawn.points.clone();
    let ambient = y.clone().mul_scalar(3.0) + drawn.v.clone();
    let projected = m.project(ambient);
    let tolerance = drawn.epsilon();
    for (law, point) in [("project is idempotent", projected), ("points stay", x)] {
        let size = worst(point.clone());
        // The origin of a chart is exactly 0, and stays so.
        let scale = if size == 0.0 { 1.0 } else { size };
        let moved = m.project(point.clone()) - point;
        drawn.hold(law, moved.mul_scalar(scale.recip()), tolerance);
    }
}

/// The gradient of the squared distance is finite, and $-2\log_x(y)$.
fn gradient<M: Manifold>(m: &M, drawn: &mut Drawn<M>) {
    let [x, y, _] = drawn.points.clone();
    let [tracked_x, tracked_y] = [&x, &y].map(|t| t.clone().autodiff().require_grad());
    let squared = m.distance(tracked_x.clone(), tracked_y.clone()).square();
    let gradients = squared.sum().backward();
    let [of_x, of_y] = [tracked_x, tracked_y].map(|t| t.grad(&gradients).expect("a leaf"));
    for gradient in [&of_x, &of_y] {
        drawn.hold("the gradient is finite", gradient.clone(), f64::MAX);
    }
    let uphill = m.riemannian_gradient(x.clone(), of_x);
    let log = m.log(x.clone(), y);
    let difference = m.norm(x, uphill + log.mul_scalar(2.0));
    let resolution = drawn.resolution();
    drawn.hold_length("the gradient points away", difference, resolution);
}

struct Transport<'a>(&'a Scene);

impl TransportVisitor for Transport<'_> {
    type Output = Vec<String>;

    fn visit<M: ParallelTransport>(self, m: M) -> Vec<String> {
        let mut drawn = Drawn::new(self.0, &m);
        let ([x, y, _], v) = (drawn.points.clone(), drawn.v.clone());
        let moved = m.parallel_transport(x.clone(), y.clone(), v.clone());
        let stretched = m.norm(y.clone(), moved.clone()) - m.norm(x.clone(), v.clone());
        let back = m.parallel_transport(y, x.clone(), moved);

        let tolerance = drawn.epsilon() * drawn.spread;
        drawn.hold_length("transport is an isometry", stretched, tolerance);
        let resolution = drawn.resolution();
        drawn.hold_length("transport undoes itself", m.norm(x, back - v), resolution);
        drawn.findings
    }
}

fn holds(found: Result<Vec<String>, GeometryError>) -> Result<(), TestCaseError> {
    let found = found.expect("the list holds valid curvatures");
    prop_assert!(found.is_empty(), "{}", found.join("\n"));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        // A failure prints its scene, which is all there is to keep.
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn exp_and_log_undo_each_other(scene in scenes()) {
        holds(scene.config.build(Check(&scene, Property::Maps)))?;
    }

    #[test]
    fn the_distance_is_a_metric_and_the_length_of_log(scene in scenes()) {
        holds(scene.config.build(Check(&scene, Property::Distance)))?;
    }

    #[test]
    fn projections_leave_points_where_they_are(scene in scenes()) {
        holds(scene.config.build(Check(&scene, Property::Projection)))?;
    }

    #[test]
    fn the_gradient_of_the_squared_distance_is_finite_and_points_away(scene in scenes()) {
        holds(scene.config.build(Check(&scene, Property::Gradient)))?;
    }

    #[test]
    fn parallel_transport_is_an_isometry(scene in scenes()) {
        let found = build_transport(&scene.config, Transport(&scene));
        holds(found.map(Option::unwrap_or_default))?;
    }
}
