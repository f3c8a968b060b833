//! The edges: reach, close points, learnable curvature, parameters and scopes.

use std::panic::{AssertUnwindSafe, catch_unwind};

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{DType, Device, Gradients, Tensor};
use geom_core::numerics::to_vec_f64;
use geom_core::{
    Curvature, Euclidean, Hyperboloid, Limits, Manifold, ManifoldParam, PoincareBall, scope,
};

fn rows<const N: usize>(values: [[f64; N]; 1], dtype: DType) -> Tensor<2> {
    Tensor::from_data(values, (&Device::flex(), dtype))
}

fn single(x: Tensor<2>) -> f64 {
    to_vec_f64(x)[0]
}

/// Format, distance from the origin, and the error there: a point that far has one of the last few
/// numbers below 1 for its norm, and one of them more or less is an error of `ln 2` at worst beyond
/// the last but one.
const REACH: [(DType, f64, f64); 2] = [(DType::F32, 17.0, 1.1), (DType::F64, 36.0, 0.4)];

#[test]
fn the_ball_reaches_as_far_as_its_number_format() {
    let ball = PoincareBall::new(1.0);
    for (dtype, reach, tolerance) in REACH {
        for direction in [[1.0, 0.0], [0.6, 0.8], [0.48, -0.877_268]] {
            // The metric at the origin is 4⟨v, v⟩.
            let v = rows([direction], dtype).mul_scalar(reach / 2.0);
            let origin = v.zeros_like();
            let y = ball.exp(origin.clone(), v);
            assert!(ball.check_point(y.clone()).is_ok());
            let distance = single(ball.distance(origin.clone(), y.clone()));
            assert!(
                (distance - reach).abs() < tolerance,
                "{dtype:?} {direction:?}: {distance}"
            );
            let log = ball.log(origin.clone(), y.clone());
            let back = ball.exp(origin.clone(), log);
            let drift = single(ball.distance(origin, back)) - distance;
            assert!(
                drift.abs() < tolerance,
                "{dtype:?} {direction:?}: drift {drift}"
            );
            let through = single(ball.distance(y.clone(), y.neg()));
            assert!(
                (through - 2.0 * distance).abs() < 1e-3,
                "{dtype:?}: {through}, {distance}"
            );
        }
    }
}

#[test]
fn the_error_of_a_distance_grows_with_the_exponential_of_the_radius() {
    let ball = PoincareBall::new(1.0);
    for dtype in [DType::F32, DType::F64] {
        let limits = Limits::of(dtype);
        for radius in 1..limits.max_radius as usize {
            let radius = radius as f64;
            for direction in [[0.6, 0.8], [0.28, -0.96], [-0.352, 0.936]] {
                let v = rows([direction], dtype).mul_scalar(radius / 2.0);
                let y = ball.exp(v.zeros_like(), v.clone());
                let error = (single(ball.distance(v.zeros_like(), y)) - radius).abs();
                // The resolution of the norm, and the rounding of the distance itself.
                let tolerance = limits.epsilon * (radius.exp() + 4.0 * radius);
                assert!(
                    error <= tolerance,
                    "{dtype:?} at {radius}: {error:e} > {tolerance:e}"
                );
            }
        }
    }
}

#[test]
fn steps_beyond_the_reach_end_at_the_edge_of_the_manifold() {
    for dtype in [DType::F32, DType::F64] {
        let ball = PoincareBall::new(1.0);
        let v = rows([[300.0, -400.0]], dtype);
        let y = ball.exp(v.zeros_like(), v.clone());
        assert!(ball.check_point(y.clone()).is_ok());
        let back = ball.exp(y.clone(), ball.log(y, v.zeros_like()));
        assert!(to_vec_f64(back).iter().all(|x| x.is_finite()));

        let hyperboloid = Hyperboloid::new(1.0);
        let origin = hyperboloid.project(rows([[0.0, 0.0, 0.0]], dtype));
        let y = hyperboloid.exp(origin, rows([[0.0, 300.0, -400.0]], dtype));
        assert!(hyperboloid.check_point(y).is_ok());
    }
}

#[test]
fn points_a_millionth_apart_keep_three_digits_in_f32() {
    let ball = PoincareBall::new(1.0);
    for start in [[0.01, 0.02], [0.3, -0.2], [0.9, 0.3]] {
        let x = rows([start], DType::F32);
        let y = rows([[start[0] + 1e-6, start[1]]], DType::F32);
        let exact = ball.distance(x.clone().cast(DType::F64), y.clone().cast(DType::F64));
        let relative = single(ball.distance(x, y)) / single(exact) - 1.0;
        assert!(relative.abs() < 1e-3, "{start:?}: {relative:e}");
    }
}

#[test]
fn points_a_millionth_apart_on_the_hyperboloid_keep_three_digits_in_f32() {
    let hyperboloid = Hyperboloid::new(1.0);
    let x = [[1.543_080_6, -0.717_911_2, 0.713_842_33, -0.596_766_1]];
    let y = [[1.543_081_6, -0.717_912_55, 0.713_843_2, -0.596_766_9]];
    let (x, y) = (rows(x, DType::F32), rows(y, DType::F32));
    let [wide_x, wide_y] = [&x, &y].map(|t| t.clone().cast(DType::F64));
    let exact = single(hyperboloid.distance(wide_x, wide_y));
    let distance = single(hyperboloid.distance(x.clone(), y.clone()));
    assert!((distance / exact - 1.0).abs() < 1e-3, "{distance:e}");
    let log = hyperboloid.log(x.clone(), y);
    let length = single(hyperboloid.norm(x, log));
    assert!((length / exact - 1.0).abs() < 1e-3, "{length:e}");
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

/// Derivative of a scalar with respect to the curvature, by autodiff and by central difference.
fn curvature_derivatives<M: Manifold>(
    learnable: M,
    fixed: impl Fn(f64) -> M,
    c: f64,
    f: impl Fn(&M) -> Tensor<1>,
) -> (f64, f64) {
    const STEP: f64 = 1e-6;
    let gradients = f(&learnable).backward();
    let mut raw = ScalarGradient {
        gradients: &gradients,
        found: None,
    };
    learnable.visit(&mut raw);
    let automatic = raw.found.expect("the curvature is a leaf") / -(-c).exp_m1();
    let at = |c: f64| to_vec_f64(f(&fixed(c)))[0];
    (automatic, (at(c + STEP) - at(c - STEP)) / (2.0 * STEP))
}

#[test]
fn the_gradient_of_a_learnable_curvature_is_the_derivative() {
    fn every_map<M: Manifold>(m: &M, x: &Tensor<2>, y: &Tensor<2>, v: &Tensor<2>) -> Tensor<1> {
        let (x, y, v) = (m.project(x.clone()), m.project(y.clone()), v.clone());
        let v = m.project_tangent(x.clone(), v);
        m.distance(x.clone(), y.clone()).sum()
            + m.exp(x.clone(), v.clone()).sum()
            + m.log(x.clone(), y.clone()).sum()
            + m.retract(x.clone(), v.clone()).sum()
            + m.transport(x, y, v).sum()
    }
    let options = || (Device::flex().autodiff(), DType::F64);
    let (x, y, v) = (
        rows([[0.1, 0.2, -0.1]], DType::F64),
        rows([[-0.3, 0.4, 0.2]], DType::F64),
        rows([[0.3, -0.1, 0.25]], DType::F64),
    );
    for c in [0.1, 1.0, 2.0] {
        let (device, dtype) = options();
        let ball = PoincareBall::learnable(c, (&device, dtype));
        let hyperboloid = Hyperboloid::learnable(c, (&device, dtype));
        let pairs = [
            curvature_derivatives(ball, PoincareBall::new, c, |m| every_map(m, &x, &y, &v)),
            curvature_derivatives(hyperboloid, Hyperboloid::new, c, |m| {
                every_map(m, &x, &y, &v)
            }),
        ];
        for (automatic, measured) in pairs {
            let error = (automatic - measured).abs() / (1.0 + measured.abs());
            // What a central difference with a step of 1e-6 leaves.
            assert!(error < 1e-8, "c = {c}: {automatic} and {measured}");
        }
    }
}

#[test]
fn a_learnable_curvature_of_another_dtype_is_cast_to_that_of_the_points() {
    let ball = PoincareBall::learnable(0.5, &Device::flex());
    let x = rows([[0.1, 0.2]], DType::F64);
    let distance = ball.distance(x.clone(), x.neg());
    assert_eq!(distance.dtype(), DType::F64);
}

#[test]
fn a_parameter_survives_the_round_trip_through_a_record() {
    let device = Device::flex();
    let points = Tensor::<2>::from_floats([[0.3, 0.4], [-0.2, 0.1]], &device);
    let saved = ManifoldParam::new(points.clone(), PoincareBall::learnable(2.0, &device));
    // The target starts at another curvature: loaded points must not be moved by the change.
    let target = ManifoldParam::new(points.zeros_like(), PoincareBall::learnable(0.5, &device));
    let mut loaded = target.load_record(saved.clone().into_record());
    for _ in 0..2 {
        assert_eq!(to_vec_f64(loaded.val()), to_vec_f64(points.clone()));
        assert_eq!(
            loaded.manifold().sectional_curvature(),
            saved.manifold().sectional_curvature()
        );
        // Again into itself, where even the ids are the same.
        loaded = loaded.load_record(saved.clone().into_record());
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
fn pairwise_distances_in_units_of_curvature_survive_a_curvature_step() {
    fn follows<M: Manifold>(points: Tensor<2>, manifold: M) {
        let in_units = |p: &ManifoldParam<2, M>| {
            let curvature = p.manifold().sectional_curvature().expect("constant");
            let distances = p.manifold().pairwise_distance(p.val(), p.val());
            to_vec_f64(distances.mul_scalar(curvature.abs().sqrt()))
        };
        let points = manifold.project(points);
        let before = ManifoldParam::new(points, manifold);
        let after = Module::map(before.clone(), &mut ShiftScalars(0.8));
        let curvatures =
            [&before, &after].map(|p| p.manifold().sectional_curvature().expect("constant"));
        assert!(curvatures[1] < curvatures[0] - 0.1, "{curvatures:?}");
        assert!(after.manifold().check_point(after.val()).is_ok());
        assert_ne!(to_vec_f64(before.val()), to_vec_f64(after.val()));
        for (old, new) in in_units(&before).iter().zip(in_units(&after)) {
            assert!((old - new).abs() < 1e-12, "{old} became {new}");
        }
    }
    let options = (&Device::flex(), DType::F64);
    let points = Tensor::from_data(
        [[0.3, 0.4, 0.1], [-0.2, 0.1, 0.3], [0.9, 0.1, 0.2]],
        options,
    );
    follows(points.clone(), PoincareBall::learnable(1.0, options));
    follows(points, Hyperboloid::learnable(1.0, options));
}

#[test]
fn the_gradient_of_a_parameters_curvature_counts_the_motion_of_its_points() {
    const STEP: f64 = 1e-6;
    fn agrees<M: Manifold>(manifold: impl Fn(f64) -> M, learnable: M, c: f64) {
        let points = manifold(c).project(rows([[0.3, 0.4, 0.1]], DType::F64));
        // Held still, so that only the parameter moves with the curvature.
        let fixed = manifold(c).project(points.clone().mul_scalar(-0.5));
        let f =
            |m: &M, x: Tensor<2>, fixed: Tensor<2>| m.distance(x.clone(), fixed).sum() + x.sum();
        let param = ManifoldParam::new(points.clone().autodiff(), learnable);
        let gradients = f(param.manifold(), param.val(), fixed.clone().autodiff()).backward();
        let mut raw = ScalarGradient {
            gradients: &gradients,
            found: None,
        };
        param.manifold().visit(&mut raw);
        let automatic = raw.found.expect("the curvature is a leaf") / -(-c).exp_m1();
        let at = |c_new: f64| {
            let m = manifold(c_new);
            let moved = m.follow_metric(&manifold(c).metric(), points.clone());
            to_vec_f64(f(&m, moved, fixed.clone()))[0]
        };
        let measured = (at(c + STEP) - at(c - STEP)) / (2.0 * STEP);
        let error = (automatic - measured).abs() / (1.0 + measured.abs());
        assert!(error < 1e-8, "c = {c}: {automatic} and {measured}");
    }
    let device = Device::flex().autodiff();
    for c in [0.1, 1.0, 2.0] {
        let options = (&device, DType::F64);
        agrees(PoincareBall::new, PoincareBall::learnable(c, options), c);
        agrees(Hyperboloid::new, Hyperboloid::learnable(c, options), c);
    }
}

#[test]
fn a_parameter_that_follows_its_curvature_stays_trainable() {
    // With and without gradient checkpointing, which autodiff refuses to mix.
    let plain = Device::flex().autodiff();
    for device in [plain.clone(), plain.gradient_checkpointing()] {
        let points = Tensor::<2>::from_floats([[0.3, 0.4]], &device);
        let param = ManifoldParam::new(points, PoincareBall::learnable(1.0, &device));
        let moved = Module::map(param, &mut ShiftScalars(0.5));
        let x = moved.val();
        let origin = Tensor::<2>::zeros([1, 2], &device);
        let gradients = moved
            .manifold()
            .distance(x.clone(), origin)
            .sum()
            .backward();
        assert!(moved.param().val().grad(&gradients).is_some());
    }
}

/// Notes the manifold in whose scope each parameter is visited.
#[derive(Default)]
struct Scopes(Vec<Option<&'static str>>);

impl ModuleMapper for Scopes {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        self.0.push(scope::current().map(|m| m.name()));
        param
    }
}

#[derive(Module, Debug)]
struct Mixed {
    plain: Param<Tensor<1>>,
    points: ManifoldParam<2, PoincareBall>,
    flat: ManifoldParam<2, Euclidean>,
}

#[test]
fn each_parameter_is_mapped_in_the_scope_of_its_own_manifold() {
    let device = Device::flex();
    let model = Mixed {
        plain: Param::from_tensor(Tensor::zeros([2], &device)),
        points: ManifoldParam::new(
            Tensor::zeros([2, 2], &device),
            PoincareBall::with_curvature(Curvature::learnable(1.0, &device)),
        ),
        flat: ManifoldParam::new(Tensor::zeros([2, 2], &device), Euclidean::new()),
    };
    let mut scopes = Scopes::default();
    let _ = model.map(&mut scopes);
    // The curvature itself is an ordinary parameter.
    assert_eq!(
        scopes.0,
        [None, Some("poincare-ball"), None, Some("euclidean")]
    );
}

#[test]
fn scopes_nest_and_close_also_on_panic() {
    let name = || scope::current().map(|m| m.name());
    assert_eq!(name(), None);
    scope::enter(&PoincareBall::new(1.0), || {
        scope::enter(&Euclidean::new(), || assert_eq!(name(), Some("euclidean")));
        assert_eq!(name(), Some("poincare-ball"));
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            scope::enter(&Hyperboloid::new(1.0), || panic!("inside the scope"));
        }));
        assert!(panicked.is_err());
        assert_eq!(name(), Some("poincare-ball"));
    });
    assert_eq!(name(), None);
}

#[test]
fn the_scope_answers_as_the_manifold_does_for_any_rank() {
    let ball = PoincareBall::new(0.5);
    let x = Tensor::<3>::from_floats([[[0.1, 0.2], [0.3, -0.1]]], &Device::flex());
    let v = x.clone().mul_scalar(-0.5);
    scope::enter(&ball, || {
        let current = scope::current().expect("a scope is open");
        let equal = |a: Tensor<3>, b: Tensor<3>| {
            assert_eq!(a.dims(), b.dims());
            assert_eq!(to_vec_f64(a), to_vec_f64(b));
        };
        equal(
            current.exp(x.clone(), v.clone()),
            ball.exp(x.clone(), v.clone()),
        );
        equal(
            current.inner(x.clone(), v.clone(), v.clone()),
            ball.inner(x.clone(), v.clone(), v.clone()),
        );
        equal(
            current.riemannian_gradient(x.clone(), v.clone()),
            ball.riemannian_gradient(x.clone(), v.clone()),
        );
        let row = Tensor::<1>::from_floats([0.1, 0.2], &Device::flex());
        assert_eq!(current.project(row).dims(), [2]);
    });
}
