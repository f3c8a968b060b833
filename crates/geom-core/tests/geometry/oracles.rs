//! Values computed elsewhere, at 50 digits; see the header of `data/hyperbolic.json`.

use std::sync::LazyLock;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{DType, Device, Gradients, Tensor, TensorData};
use geom_core::numerics::to_vec_f64;
use geom_core::{
    Gyrovector, Hyperboloid, Limits, Manifold, PoincareBall, change_model, change_model_tangent,
};
use serde_json::Value;

static ORACLES: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../data/hyperbolic.json")).expect("the data is JSON")
});

const DTYPES: [DType; 2] = [DType::F32, DType::F64];
/// Roundings of the few dozen operations behind a value of order one.
const ROUNDINGS: f64 = 16.0;

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .expect("a list")
        .iter()
        .map(number)
        .collect()
}

fn cases(group: &str) -> &'static [Value] {
    ORACLES[group].as_array().expect("a list of cases")
}

fn row(values: &[f64], dtype: DType) -> Tensor<2> {
    let data = TensorData::new(values.to_vec(), [1, values.len()]);
    Tensor::from_data(data, (&Device::flex(), dtype))
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

fn rounding(dtype: DType) -> f64 {
    ROUNDINGS * Limits::of(dtype).epsilon
}

#[test]
fn distances_of_the_ball_and_of_the_hyperboloid() {
    for case in cases("poincare_dist") {
        let c = number(&case["c"]);
        let (ball, hyperboloid) = (PoincareBall::new(c), Hyperboloid::new(c));
        for dtype in DTYPES {
            let x = row(&numbers(&case["x"]), dtype);
            let y = row(&numbers(&case["y"]), dtype);
            let expected = [number(&case["dist"])];
            let lift = |x: &Tensor<2>| change_model(&ball, &hyperboloid, x.clone());
            let far = hyperboloid.distance(lift(&x), lift(&y));
            assert_close("ball", ball.distance(x, y), &expected, rounding(dtype));
            assert_close("hyperboloid", far, &expected, rounding(dtype));
        }
    }
}

#[test]
fn distances_next_to_the_boundary() {
    let ball = PoincareBall::new(1.0);
    for case in cases("poincare_near_boundary") {
        let r = number(&case["r"]);
        // The decimal radius is off by half a rounding, which the distance to the boundary divides.
        let tolerance = f64::EPSILON / (1.0 - r) + rounding(DType::F64);
        let at = |values: [f64; 2]| row(&values, DType::F64);
        for (key, other) in [
            ("d_origin", [0.0, 0.0]),
            ("d_antipodal", [-r, 0.0]),
            ("d_orthogonal", [0.0, r]),
        ] {
            let distance = ball.distance(at([r, 0.0]), at(other));
            assert_close(key, distance, &[number(&case[key])], tolerance);
        }
    }
}

#[test]
fn distances_of_close_points_keep_their_digits() {
    let ball = PoincareBall::new(1.0);
    for case in cases("poincare_close_points") {
        let (x, y) = (numbers(&case["x"]), numbers(&case["y"]));
        let distance = ball.distance(row(&x, DType::F64), row(&y, DType::F64));
        let expected = number(&case["exact"]);
        let relative = to_vec_f64(distance)[0] / expected - 1.0;
        // The decimal inputs are off by half a rounding, which the gap between them divides.
        let tolerance = f64::EPSILON / (y[0] - x[0]) + rounding(DType::F64);
        assert!(
            relative.abs() <= tolerance,
            "{expected:e}: relative error {relative:e}"
        );
    }
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
fn maps_and_gradients_of_the_ball() {
    for (group, c) in [("poincare_ops_c1", 1.0), ("poincare_ops_c0.5", 0.5)] {
        let case = &ORACLES[group];
        let ball = PoincareBall::new(c);
        for dtype in DTYPES {
            let get = |key: &str| row(&numbers(&case[key]), dtype);
            let check = |key: &str, actual| {
                assert_close(key, actual, &numbers(&case[key]), rounding(dtype));
            };
            let check_number = |key: &str, actual| {
                assert_close(key, actual, &[number(&case[key])], rounding(dtype));
            };
            let (x, y, v) = (get("x"), get("y"), get("v"));
            check("mobius_add", ball.mobius_add(x.clone(), y.clone()));
            check("exp_x_v", ball.exp(x.clone(), v.clone()));
            check("log_x_y", ball.log(x.clone(), y.clone()));
            check(
                "ptransp_x_to_y_v",
                ball.transport(x.clone(), y.clone(), v.clone()),
            );
            check("expmap0_v", ball.exp0(v.clone()));
            check_number("dist_xy", ball.distance(x.clone(), y.clone()));
            check_number("lambda_x", ball.conformal_factor(x.clone()));
            let raised = ball.riemannian_gradient(x.clone(), x.ones_like());
            check_number("egrad2rgrad_factor_at_x", raised.narrow(1, 0, 1));

            let tracked = x.autodiff().require_grad();
            let device = Device::flex().autodiff();
            let learnable = PoincareBall::learnable(c, (&device, dtype));
            let gradients = learnable.distance(tracked.clone(), y).sum().backward();
            check(
                "grad_dist_wrt_x",
                tracked.grad(&gradients).expect("x is a leaf"),
            );
            let mut raw = ScalarGradient {
                gradients: &gradients,
                found: None,
            };
            learnable.visit(&mut raw);
            // d softplus / d rho = 1 - exp(-c)
            let wrt_c = raw.found.expect("the curvature is a leaf") / -(-c).exp_m1();
            let expected = number(&case["grad_dist_wrt_c"]);
            assert!(
                (wrt_c - expected).abs() <= rounding(dtype),
                "{dtype:?}: {wrt_c}, {expected}"
            );
        }
    }
}

#[test]
fn the_models_agree_through_the_isometry() {
    let case = &ORACLES["models"];
    let (ball, hyperboloid) = (PoincareBall::new(1.0), Hyperboloid::new(1.0));
    for dtype in DTYPES {
        let tolerance = rounding(dtype);
        let get = |key: &str| row(&numbers(&case[key]), dtype);
        for (flat, lifted) in [("x", "lorentz_x"), ("y", "lorentz_y")] {
            let up = change_model(&ball, &hyperboloid, get(flat));
            assert_close(lifted, up, &numbers(&case[lifted]), tolerance);
            let down = change_model(&hyperboloid, &ball, get(lifted));
            assert_close(flat, down, &numbers(&case[flat]), tolerance);
        }
        let (x, y) = (get("lorentz_x"), get("lorentz_y"));
        let product = hyperboloid.minkowski_inner(x.clone(), y.clone());
        assert_close(
            "minkowski",
            product,
            &[number(&case["minkowski"])],
            tolerance,
        );
        let distance = hyperboloid.distance(x, y);
        assert_close(
            "dist_lorentz",
            distance,
            &[number(&case["dist_lorentz"])],
            tolerance,
        );
    }
}

#[test]
fn the_isometry_carries_every_map_along() {
    for c in [0.5, 1.0, 2.0] {
        let (ball, hyperboloid) = (PoincareBall::new(c), Hyperboloid::new(c));
        let tolerance = rounding(DType::F64);
        let x = row(&[0.1, 0.2, -0.3], DType::F64);
        let y = row(&[-0.3, 0.4, 0.2], DType::F64);
        let v = row(&[0.3, -0.1, 0.25], DType::F64);
        let [up_x, up_y] = [&x, &y].map(|x| change_model(&ball, &hyperboloid, x.clone()));
        let up_v = change_model_tangent(&ball, &hyperboloid, x.clone(), v.clone());
        let point = |z| change_model(&hyperboloid, &ball, z);
        let tangent = |at: &Tensor<2>, z| change_model_tangent(&hyperboloid, &ball, at.clone(), z);
        let check = |what, actual, expected| {
            assert_close(what, actual, &to_vec_f64::<2>(expected), tolerance);
        };
        check("tangent", tangent(&up_x, up_v.clone()), v.clone());
        check(
            "exp",
            point(hyperboloid.exp(up_x.clone(), up_v.clone())),
            ball.exp(x.clone(), v.clone()),
        );
        check(
            "retract",
            point(hyperboloid.retract(up_x.clone(), up_v.clone())),
            ball.retract(x.clone(), v.clone()),
        );
        check(
            "log",
            tangent(&up_x, hyperboloid.log(up_x.clone(), up_y.clone())),
            ball.log(x.clone(), y.clone()),
        );
        check(
            "transport",
            tangent(
                &up_y,
                hyperboloid.transport(up_x.clone(), up_y.clone(), up_v.clone()),
            ),
            ball.transport(x.clone(), y, v.clone()),
        );
        check("norm", hyperboloid.norm(up_x, up_v), ball.norm(x, v));
    }
}
