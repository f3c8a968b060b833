//! Half-space and Klein ball: the laws, values computed elsewhere, learnable curvature.
#![cfg(feature = "testing")]

use std::sync::LazyLock;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{DType, Device, Gradients, Tensor, TensorData};
use geom_core::numerics::to_vec_f64;
use geom_core::testing::{check_manifold, check_parallel_transport};
use geom_core::{
    HalfSpace, Hyperboloid, KleinBall, Limits, Manifold, ManifoldParam, ParallelTransport,
    PoincareBall, change_model, scope,
};
use serde_json::Value;

static ORACLES: LazyLock<[Value; 2]> = LazyLock::new(|| {
    [
        include_str!("../data/hyperbolic.json"),
        include_str!("../data/models.json"),
    ]
    .map(|text| serde_json::from_str(text).expect("the data is JSON"))
});

const DTYPES: [DType; 2] = [DType::F32, DType::F64];
/// From almost flat to a ball of radius one tenth.
const CURVATURES: [f64; 4] = [1e-6, 0.5, 1.0, 100.0];
const DIMENSIONS: [usize; 3] = [1, 2, 5];
/// Roundings of the few dozen operations behind a value of order one.
const ROUNDINGS: f64 = 16.0;

fn numbers(value: &Value) -> Vec<f64> {
    let number = |x: &Value| x.as_f64().expect("a number");
    match value.as_array() {
        Some(list) => list.iter().map(number).collect(),
        None => vec![number(value)],
    }
}

fn row(values: &[f64], dtype: DType) -> Tensor<2> {
    let data = TensorData::new(values.to_vec(), [1, values.len()]);
    Tensor::from_data(data, (&Device::flex(), dtype))
}

fn rounding(dtype: DType) -> f64 {
    ROUNDINGS * Limits::of(dtype).epsilon
}

fn assert_close(what: &str, actual: Tensor<2>, expected: &[f64], tolerance: f64) {
    let dtype = actual.dtype();
    let actual = to_vec_f64(actual);
    assert_eq!(actual.len(), expected.len(), "{what}");
    for (a, e) in actual.iter().zip(expected) {
        let error = (a - e).abs() / (1.0 + e.abs());
        assert!(
            error <= tolerance,
            "{what} {dtype:?}: {actual:?}, expected {expected:?}: {error:e}"
        );
    }
}

fn keeps_the_laws<M: ParallelTransport>(manifold: &M, dim: usize, dtype: DType) {
    check_manifold(manifold, dim, &Device::flex(), dtype);
    check_parallel_transport(manifold, dim, &Device::flex(), dtype);
}

#[test]
fn the_half_space_keeps_the_laws() {
    for dtype in DTYPES {
        for dim in DIMENSIONS {
            for c in CURVATURES {
                keeps_the_laws(&HalfSpace::new(c), dim, dtype);
            }
        }
        let learnable = HalfSpace::learnable(0.7, (&Device::flex(), dtype));
        keeps_the_laws(&learnable, 3, dtype);
    }
}

#[test]
fn the_klein_ball_keeps_the_laws() {
    for dtype in DTYPES {
        for dim in DIMENSIONS {
            for c in CURVATURES {
                keeps_the_laws(&KleinBall::new(c), dim, dtype);
            }
        }
        let learnable = KleinBall::learnable(0.7, (&Device::flex(), dtype));
        keeps_the_laws(&learnable, 3, dtype);
    }
}

#[test]
fn coordinates_and_maps_have_the_values_computed_elsewhere() {
    let [hyperbolic, own] = &*ORACLES;
    let case = &hyperbolic["models"];
    let (ball, klein, plane) = (
        PoincareBall::new(1.0),
        KleinBall::new(1.0),
        HalfSpace::new(1.0),
    );
    for dtype in DTYPES {
        let tolerance = rounding(dtype);
        for (point, in_klein, in_plane) in [
            ("x", "klein_x", "halfplane_x"),
            ("y", "klein_y", "halfplane_y"),
        ] {
            let z = numbers(&case[point]);
            let chord = change_model(&ball, &klein, row(&z, dtype));
            assert_close(in_klein, chord, &numbers(&case[in_klein]), tolerance);
            // The plane there is i (1 + z) / (1 - z), ours after the turn from z to iz.
            let turned = row(&[-z[1], z[0]], dtype);
            let above = change_model(&ball, &plane, turned);
            assert_close(in_plane, above, &numbers(&case[in_plane]), tolerance);
        }
        let get = |key: &str| row(&numbers(&case[key]), dtype);
        let expected = numbers(&case["dist_halfplane"]);
        let distance = plane.distance(get("halfplane_x"), get("halfplane_y"));
        assert_close("half-plane", distance, &expected, tolerance);
        let distance = klein.distance(get("klein_x"), get("klein_y"));
        assert_close("klein", distance, &expected, tolerance);

        let case = &own["half_plane_exp"];
        let get = |key: &str| row(&numbers(&case[key]), dtype);
        let end = plane.exp(get("p"), get("v"));
        assert_close("exp", end.clone(), &numbers(&case["exp"]), tolerance);
        let norm = plane.norm(get("p"), get("v"));
        assert_close("norm", norm, &numbers(&case["norm_v"]), tolerance);
        let back = plane.log(get("p"), end);
        assert_close("log", back, &numbers(&case["v"]), tolerance);
    }
}

#[test]
fn einstein_midpoint_and_lorentz_centroid_have_the_value_computed_elsewhere() {
    let case = &ORACLES[1]["hyperbolic_means"];
    let points: Vec<f64> = case["points"]
        .as_array()
        .expect("a list of points")
        .iter()
        .flat_map(numbers)
        .collect();
    let expected = numbers(&case["lorentz_centroid_in_ball"]);
    for c in [0.5, 1.0] {
        let (ball, klein, hyperboloid) =
            (PoincareBall::new(c), KleinBall::new(c), Hyperboloid::new(c));
        for dtype in DTYPES {
            let x = row(&points, dtype).reshape([3, 2]).div_scalar(c.sqrt());
            // Only ratios of weights matter.
            let weights = row(&[7.0; 3], dtype).transpose();
            let chord = change_model(&ball, &klein, x.clone());
            let midpoint = klein.einstein_midpoint(chord, weights.clone(), 0);
            let midpoint = change_model(&klein, &ball, midpoint).mul_scalar(c.sqrt());
            assert_close("midpoint", midpoint, &expected, rounding(dtype));
            let lifted = change_model(&ball, &hyperboloid, x);
            let centroid = hyperboloid.centroid(lifted, weights, 0);
            let centroid = change_model(&hyperboloid, &ball, centroid).mul_scalar(c.sqrt());
            assert_close("centroid", centroid, &expected, rounding(dtype));
        }
    }
}

/// Shifts every scalar parameter, as a gradient step on a curvature would.
struct ShiftScalars(f64);

impl ModuleMapper for ShiftScalars {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        // As every optimizer of manifolds does.
        match scope::current() {
            None if D == 1 => param.map(|raw| raw.add_scalar(self.0)),
            _ => param,
        }
    }
}

#[test]
fn distances_in_units_of_curvature_survive_a_curvature_step() {
    fn follows<M: Manifold>(points: Tensor<2>, manifold: M) -> (Vec<f64>, Vec<f64>) {
        let in_units = |p: &ManifoldParam<2, M>| {
            let curvature = p.manifold().sectional_curvature().expect("constant");
            let distances = p.manifold().pairwise_distance(p.val(), p.val());
            to_vec_f64(distances.mul_scalar(curvature.abs().sqrt()))
        };
        let before = ManifoldParam::new(points, manifold);
        let after = Module::map(before.clone(), &mut ShiftScalars(0.8));
        let curvatures =
            [&before, &after].map(|p| p.manifold().sectional_curvature().expect("constant"));
        assert!(curvatures[1] < curvatures[0] - 0.1, "{curvatures:?}");
        for (old, new) in in_units(&before).iter().zip(in_units(&after)) {
            assert!((old - new).abs() < 1e-12, "{old} became {new}");
        }
        (to_vec_f64(before.val()), to_vec_f64(after.val()))
    }
    let options = (&Device::flex(), DType::F64);
    let points = Tensor::from_data([[0.3, 0.4], [-0.2, 0.1], [0.9, 0.2]], options);
    let (before, after) = follows(points.clone(), KleinBall::learnable(1.0, options));
    assert_ne!(before, after);
    let (before, after) = follows(points, HalfSpace::learnable(1.0, options));
    assert_eq!(before, after);
}

/// Reads the gradient of the only scalar parameter of a module.
struct ScalarGradient<'a> {
    gradients: &'a Gradients,
    found: Option<f64>,
}

impl ModuleVisitor for ScalarGradient<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.found = param.val().grad(self.gradients).map(|g| to_vec_f64(g)[0]);
    }
}

#[test]
fn the_gradient_of_a_learnable_curvature_is_the_derivative() {
    const STEP: f64 = 1e-6;
    fn every_map<M: Manifold>(m: &M) -> Tensor<1> {
        let [x, y, v] = [[0.1, 0.2, 0.4], [-0.3, 0.2, 0.1], [0.3, -0.1, 0.25]]
            .map(|values| row(&values, DType::F64));
        m.distance(x.clone(), y.clone()).sum()
            + m.pairwise_distance(x.clone(), y.clone()).sum()
            + m.norm(x.clone(), v.clone()).sum()
            + m.exp(x.clone(), v.clone()).sum()
            + m.log(x.clone(), y.clone()).sum()
            + m.retract(x.clone(), v.clone()).sum()
            + m.riemannian_gradient(x.clone(), v.clone()).sum()
            + m.transport(x, y, v).sum()
    }
    fn agrees<M: Manifold>(learnable: M, fixed: impl Fn(f64) -> M, c: f64) {
        let gradients = every_map(&learnable).backward();
        let mut raw = ScalarGradient {
            gradients: &gradients,
            found: None,
        };
        learnable.visit(&mut raw);
        // d softplus / d rho = 1 - exp(-c)
        let automatic = raw.found.expect("the curvature is a leaf") / -(-c).exp_m1();
        let at = |c: f64| to_vec_f64(every_map(&fixed(c)))[0];
        let measured = (at(c + STEP) - at(c - STEP)) / (2.0 * STEP);
        let error = (automatic - measured).abs() / (1.0 + measured.abs());
        // What a central difference with this step leaves.
        assert!(error < 1e-8, "c = {c}: {automatic} and {measured}");
    }
    let device = Device::flex().autodiff();
    for c in [0.1, 1.0, 2.0] {
        let options = (&device, DType::F64);
        agrees(HalfSpace::learnable(c, options), HalfSpace::new, c);
        agrees(KleinBall::learnable(c, options), KleinBall::new, c);
    }
}

#[test]
#[should_panic(expected = "one of the 1 batch axes of points of shape [3, 2], got axis 1")]
fn a_midpoint_over_the_coordinates_is_refused() {
    let x = Tensor::<2>::zeros([3, 2], &Device::flex());
    KleinBall::new(1.0).einstein_midpoint(x.clone(), x.narrow(1, 0, 1), 1);
}
