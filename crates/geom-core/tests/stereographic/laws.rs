//! The stereographic model against the laws, against the ball, and against the sphere.
#![cfg(feature = "testing")]

use std::f64::consts::PI;

use burn::tensor::{DType, Device, Tensor};
use geom_core::numerics::to_vec_f64;
use geom_core::testing::{check_manifold, check_parallel_transport, check_sample};
use geom_core::{GeometryError, Gyrovector, Limits, Manifold, PoincareBall, Stereographic};

const DTYPES: [DType; 2] = [DType::F32, DType::F64];
const CURVATURES: [f64; 7] = [-100.0, -1.0, -1e-6, 0.0, 1e-6, 1.0, 100.0];
const POSITIVE: [f64; 3] = [1e-6, 1.0, 100.0];
const DIM: usize = 4;
/// Roundings of the few dozen operations behind a value of order one.
const ROUNDINGS: f64 = 16.0;

fn tensor(values: &[f64], dtype: DType) -> Tensor<1> {
    Tensor::from_data(values, (&Device::flex(), dtype))
}

fn single(x: Tensor<1>) -> f64 {
    to_vec_f64(x)[0]
}

#[test]
fn every_curvature_keeps_the_laws() {
    let device = Device::flex();
    for dtype in DTYPES {
        for kappa in CURVATURES {
            let fixed = Stereographic::new(kappa);
            check_manifold(&fixed, DIM, &device, dtype);
            check_parallel_transport(&fixed, DIM, &device, dtype);
            check_sample(&fixed, DIM, &device, dtype);
            let learnable = Stereographic::learnable(kappa, (&device, dtype));
            check_manifold(&learnable, DIM, &device, dtype);
            check_parallel_transport(&learnable, DIM, &device, dtype);
        }
    }
}

#[test]
fn one_dimension_is_enough() {
    for kappa in CURVATURES {
        let space = Stereographic::new(kappa);
        check_manifold(&space, 1, &Device::flex(), DType::F64);
        check_parallel_transport(&space, 1, &Device::flex(), DType::F64);
    }
}

#[test]
fn negative_curvature_is_the_ball() {
    for (dtype, radii) in DTYPES.into_iter().zip([[0.5, 2.0, 5.0], [0.5, 3.0, 12.0]]) {
        for (c, radius) in [1e-6, 1.0, 100.0]
            .into_iter()
            .flat_map(|c| radii.map(|r| (c, r)))
        {
            let (space, ball) = (Stereographic::new(-c), PoincareBall::new(c));
            let unit = 1.0 / f64::sqrt(c);
            let directions = Tensor::<2>::from_data(DIRECTIONS, (&Device::flex(), dtype));
            let at = |radius: f64| ball.exp0(directions.clone().mul_scalar(radius / 2.0 * unit));
            let (x, y) = (at(radius), at(-0.7 * radius).flip([0]));
            let v = directions.clone().flip([1]).mul_scalar(0.5 * unit)
                / ball.conformal_factor(x.clone());
            // What the resolution of the points and of the tangent vectors leaves.
            let tolerance = ROUNDINGS * Limits::of(dtype).epsilon * (2.0 * radius).exp();
            let close = |what: &str, error: Tensor<2>| {
                let error = to_vec_f64(error.abs().max())[0] / unit;
                assert!(
                    error <= tolerance,
                    "{what} {dtype:?} {c} {radius}: {error:e}"
                );
            };
            close(
                "distance",
                space.distance(x.clone(), y.clone()) - ball.distance(x.clone(), y.clone()),
            );
            close(
                "pairwise",
                space.pairwise_distance(x.clone(), y.clone())
                    - ball.pairwise_distance(x.clone(), y.clone()),
            );
            let ours = space.exp(x.clone(), v.clone());
            close("exp", ball.distance(ours, ball.exp(x.clone(), v.clone())));
            let ours = space.mobius_add(x.clone(), y.clone());
            let theirs = ball.mobius_add(x.clone(), y.clone());
            close("sum", ball.distance(ours, theirs));
            let ours = space.log(x.clone(), y.clone());
            let error = ours - ball.log(x.clone(), y.clone());
            close("log", ball.norm(x.clone(), error));
            let ours = space.transport(x.clone(), y.clone(), v.clone());
            let error = ours - ball.transport(x, y.clone(), v);
            close("transport", ball.norm(y, error));
        }
    }
}

/// Format, distance from the origin, and the error there, as for the ball.
const REACH: [(DType, f64, f64); 2] = [(DType::F32, 17.0, 1.1), (DType::F64, 36.0, 0.4)];

#[test]
fn negative_curvature_reaches_as_far_as_its_number_format() {
    let space = Stereographic::new(-1.0);
    for (dtype, reach, tolerance) in REACH {
        for direction in [[1.0, 0.0], [0.6, 0.8], [0.48, -0.877_268]] {
            let v = tensor(&direction, dtype).mul_scalar(reach / 2.0);
            let origin = v.zeros_like();
            let y = space.exp(origin.clone(), v);
            assert!(space.check_point(y.clone()).is_ok());
            let distance = single(space.distance(origin.clone(), y.clone()));
            assert!(
                (distance - reach).abs() < tolerance,
                "{dtype:?}: {distance}"
            );
            let back = space.exp(origin.clone(), space.log(origin.clone(), y));
            let drift = single(space.distance(origin, back)) - distance;
            assert!(drift.abs() < tolerance, "{dtype:?}: drift {drift}");
        }
    }
}

/// The unit sphere in $\mathbb R^{d+1}$, in `f64` and by its own formulas.
mod sphere {
    pub(super) fn dot(x: &[f64], y: &[f64]) -> f64 {
        x.iter().zip(y).map(|(a, b)| a * b).sum()
    }

    pub(super) fn combine(a: f64, x: &[f64], b: f64, y: &[f64]) -> Vec<f64> {
        x.iter().zip(y).map(|(x, y)| a * x + b * y).collect()
    }

    pub(super) fn length(x: &[f64]) -> f64 {
        dot(x, x).sqrt()
    }

    /// The inverse stereographic projection.
    pub(super) fn lift(kappa: f64, x: &[f64]) -> Vec<f64> {
        let q = kappa * dot(x, x);
        let mut lifted = vec![(1.0 - q) / (1.0 + q)];
        lifted.extend(x.iter().map(|x| 2.0 * kappa.sqrt() * x / (1.0 + q)));
        lifted
    }

    /// Its differential.
    pub(super) fn lift_tangent(kappa: f64, x: &[f64], v: &[f64]) -> Vec<f64> {
        let a = 1.0 + kappa * dot(x, x);
        let along = 2.0 * kappa * dot(x, v) / a / a;
        let mut lifted = vec![-2.0 * along];
        let tangent = combine(1.0 / a, v, -along, x);
        lifted.extend(tangent.iter().map(|v| 2.0 * kappa.sqrt() * v));
        lifted
    }

    pub(super) fn angle(x: &[f64], y: &[f64]) -> f64 {
        let apart = length(&combine(1.0, x, -1.0, y));
        2.0 * apart.atan2(length(&combine(1.0, x, 1.0, y)))
    }

    pub(super) fn exp(x: &[f64], v: &[f64]) -> Vec<f64> {
        let t = length(v);
        combine(t.cos(), x, t.sin() / t, v)
    }

    pub(super) fn log(x: &[f64], y: &[f64]) -> Vec<f64> {
        let towards = combine(1.0, y, -dot(x, y), x);
        let factor = angle(x, y) / length(&towards);
        towards.iter().map(|t| t * factor).collect()
    }

    /// The reflection that takes `x` to `-y`.
    pub(super) fn transport(x: &[f64], y: &[f64], v: &[f64]) -> Vec<f64> {
        let sum = combine(1.0, x, 1.0, y);
        combine(1.0, v, -2.0 * dot(&sum, v) / dot(&sum, &sum), &sum)
    }
}

/// Angles from the origin to try points at, up to a thousandth from its antipode.
const ANGLES: [f64; 7] = [0.0, 1e-3, 0.7, 1.5, 2.3, 3.0, PI - 1e-3];
const DIRECTIONS: [[f64; 3]; 4] = [
    [0.6, 0.8, 0.0],
    [0.0, -0.6, 0.8],
    [-0.6, -0.8, 0.0],
    [0.36, 0.48, 0.8],
];

/// Points of every angle in every direction, as the number format has them.
fn sphere_points(kappa: f64, dtype: DType) -> Vec<Tensor<1>> {
    let at = |angle: f64, direction: [f64; 3]| {
        let radius = (angle / 2.0).tan() / kappa.sqrt();
        tensor(&direction.map(|x| x * radius), dtype)
    };
    ANGLES
        .into_iter()
        .flat_map(|angle| DIRECTIONS.map(|direction| at(angle, direction)))
        .collect()
}

#[test]
fn positive_curvature_is_the_sphere_as_far_as_its_far_side() {
    for (dtype, kappa) in DTYPES.into_iter().flat_map(|d| POSITIVE.map(|k| (d, k))) {
        let space = Stereographic::new(kappa);
        let rounding = ROUNDINGS * Limits::of(dtype).epsilon;
        let points = sphere_points(kappa, dtype);
        for (x, y) in points
            .iter()
            .flat_map(|x| points.iter().map(move |y| (x, y)))
        {
            let place = |what| format!("{what} {dtype:?} {kappa}: {x} {y}");
            let [x0, y0] = [x, y].map(|x| to_vec_f64(x.clone()));
            let [lifted_x, lifted_y] = [&x0, &y0].map(|x| sphere::lift(kappa, x));
            let angle = sphere::angle(&lifted_x, &lifted_y);
            let distance = single(space.distance(x.clone(), y.clone())) * kappa.sqrt();
            assert!(
                (distance - angle).abs() <= rounding,
                "{}",
                place("distance")
            );

            if !(1e-6..=PI - 1e-6).contains(&angle) {
                continue;
            }
            // Directions towards the antipode turn by an error of the points over its distance.
            let sharpness = rounding / (angle / 2.0).cos();
            let log = to_vec_f64(space.log(x.clone(), y.clone()));
            let log = sphere::lift_tangent(kappa, &x0, &log);
            let error = sphere::combine(1.0, &log, -1.0, &sphere::log(&lifted_x, &lifted_y));
            assert!(sphere::length(&error) <= PI * sharpness, "{}", place("log"));

            let v =
                tensor(&[0.3, -0.2, 0.5], dtype) / space.conformal_factor(x.clone()) / kappa.sqrt();
            let lifted_v = sphere::lift_tangent(kappa, &x0, &to_vec_f64(v.clone()));
            let carried = to_vec_f64(space.transport(x.clone(), y.clone(), v));
            let carried = sphere::lift_tangent(kappa, &y0, &carried);
            let expected = sphere::transport(&lifted_x, &lifted_y, &lifted_v);
            let error = sphere::combine(1.0, &carried, -1.0, &expected);
            assert!(
                sphere::length(&error) <= sharpness,
                "{}",
                place("transport")
            );
        }
    }
}

#[test]
fn the_gradient_of_the_distance_points_away_from_the_other_point() {
    for (dtype, kappa) in DTYPES.into_iter().flat_map(|d| POSITIVE.map(|k| (d, k))) {
        let space = Stereographic::new(kappa);
        let points = sphere_points(kappa, dtype);
        for (x, y) in points
            .iter()
            .flat_map(|x| points.iter().map(move |y| (x, y)))
        {
            let distance = single(space.distance(x.clone(), y.clone()));
            let angle = distance * kappa.sqrt();
            if !(1e-6..=PI - 1e-6).contains(&angle) {
                continue;
            }
            let tracked = x.clone().autodiff().require_grad();
            let gradients = space
                .distance(tracked.clone(), y.clone().autodiff())
                .backward();
            let gradient = tracked.grad(&gradients).expect("a leaf");
            let gradient = space.riemannian_gradient(x.clone(), gradient);
            let away = space.log(x.clone(), y.clone()).div_scalar(-distance);
            let error = single(space.norm(x.clone(), gradient - away));
            let far = single(x.clone().square().sum()) * kappa;
            // Directions turn by an error of the points over the distance to the antipode; and
            // automatic differentiation multiplies it by √κ‖x‖.
            let tolerance =
                ROUNDINGS * Limits::of(dtype).epsilon * (1.0 + far.sqrt()) / (angle / 2.0).cos();
            assert!(
                error <= tolerance,
                "{dtype:?} {kappa} {x} {y}: {error:e} > {tolerance:e}"
            );
        }
    }
}

#[test]
fn geodesics_go_through_infinity_and_around_the_sphere() {
    for (dtype, kappa) in DTYPES.into_iter().flat_map(|d| POSITIVE.map(|k| (d, k))) {
        let space = Stereographic::new(kappa);
        for x in sphere_points(kappa, dtype) {
            for (length, direction) in [1e-3, 0.7, 2.0, 3.1, PI, 4.0, 6.0, 11.0]
                .into_iter()
                .flat_map(|t| DIRECTIONS.map(|d| (t, d)))
            {
                let v = tensor(&direction, dtype).mul_scalar(length / kappa.sqrt())
                    / space.conformal_factor(x.clone());
                let end = space.exp(x.clone(), v.clone());
                assert!(space.check_point(end.clone()).is_ok());
                let [x0, v, end] = [x.clone(), v, end].map(to_vec_f64);
                let expected = sphere::exp(
                    &sphere::lift(kappa, &x0),
                    &sphere::lift_tangent(kappa, &x0, &v),
                );
                let error = sphere::angle(&sphere::lift(kappa, &end), &expected);
                // Infinity is kept 32 roundings away, and the length itself is rounded.
                let tolerance = (32.0 + ROUNDINGS * (1.0 + length)) * Limits::of(dtype).epsilon;
                assert!(
                    error <= tolerance,
                    "{dtype:?} {kappa} {x} {length} {direction:?}: {error:e} > {tolerance:e}"
                );
            }
        }
    }
}

#[test]
fn distances_of_close_points_keep_their_digits_wherever_they_are() {
    for (dtype, kappa) in DTYPES.into_iter().flat_map(|d| CURVATURES.map(|k| (d, k))) {
        let space = Stereographic::new(kappa);
        let unit = if kappa == 0.0 {
            1.0
        } else {
            kappa.abs().sqrt().recip()
        };
        let furthest = if kappa < 0.0 { 0.9 } else { 1e4 };
        for radius in [1e-3, 0.5, furthest] {
            let x = tensor(&[0.6, 0.8], dtype).mul_scalar(radius * unit);
            let y = x.clone() * tensor(&[1.0 + 1e-5, 1.0], dtype);
            let [x64, y64] = [&x, &y].map(|x| x.clone().cast(DType::F64));
            let relative = single(space.distance(x, y)) / single(space.distance(x64, y64)) - 1.0;
            let tolerance = ROUNDINGS * Limits::of(dtype).epsilon;
            assert!(
                relative.abs() <= tolerance,
                "{dtype:?} {kappa} {radius}: {relative:e}"
            );
        }
    }
}

#[test]
fn antipodes_are_as_far_as_it_goes_and_their_logarithm_leads_there() {
    for (dtype, kappa) in DTYPES.into_iter().flat_map(|d| POSITIVE.map(|k| (d, k))) {
        let space = Stereographic::new(kappa);
        // Infinity is kept 32 roundings away.
        let tolerance = (32.0 + ROUNDINGS) * Limits::of(dtype).epsilon;
        for x in sphere_points(kappa, dtype) {
            let y = space.antipode(x.clone());
            let short = PI - single(space.distance(x.clone(), y.clone())) * kappa.sqrt();
            assert!(short.abs() <= tolerance, "{dtype:?} {kappa} {x}: {short:e}");
            let back = space.exp(x.clone(), space.log(x.clone(), y.clone()));
            let drift = single(space.distance(back, y)) * kappa.sqrt();
            assert!(drift <= 2.0 * tolerance, "{dtype:?} {kappa} {x}: {drift:e}");
        }
        let exact = tensor(&[1.0 / kappa.sqrt()], dtype);
        let log = space.log(exact.clone(), exact.clone().neg());
        let length = single(space.norm(exact.clone(), log)) * kappa.sqrt();
        assert!(
            (length - PI).abs() <= tolerance,
            "{dtype:?} {kappa}: {length}"
        );
    }
}

#[test]
fn pairwise_distances_are_good_up_to_the_antipodes() {
    let dtype = DType::F32;
    let space = Stereographic::new(1.0);
    let points = sphere_points(1.0, dtype);
    let x = Tensor::stack::<2>(points.clone(), 0);
    let all = to_vec_f64(space.pairwise_distance(x.clone(), x));
    for (i, x) in points.iter().enumerate() {
        for (j, y) in points.iter().enumerate() {
            let [x, y] = [x, y].map(|x| sphere::lift(1.0, &to_vec_f64(x.clone())));
            let error = all[i * points.len() + j] - sphere::angle(&x, &y);
            assert!(
                error.abs() <= ROUNDINGS * Limits::of(dtype).epsilon,
                "{error:e}"
            );
        }
    }
}

#[test]
fn the_uniform_distribution_fills_the_sphere_evenly() {
    let device = Device::flex();
    device.seed(5);
    let options = (&device, DType::F64);
    let kappa = 2.0;
    let x = Stereographic::new(kappa)
        .random_uniform([4000, 2], options)
        .expect("a sphere has finite volume");
    let mut mean = [0.0; 3];
    let mut squares = [0.0; 3];
    for row in to_vec_f64(x).chunks(2) {
        let lifted = sphere::lift(kappa, row);
        assert!((sphere::length(&lifted) - 1.0).abs() < 1e-12);
        for ((mean, square), x) in mean.iter_mut().zip(&mut squares).zip(lifted) {
            *mean += x / 4000.0;
            *square += x * x / 4000.0;
        }
    }
    // Four standard errors, of a variance of 1/3 and of 4/45.
    assert!(mean.iter().all(|m| m.abs() < 0.037), "{mean:?}");
    assert!(
        squares.iter().all(|s| (s - 1.0 / 3.0).abs() < 0.019),
        "{squares:?}"
    );
}

#[test]
fn what_a_curvature_does_not_have_is_refused() {
    for kappa in [-1.0, 0.0] {
        let result = Stereographic::new(kappa).random_uniform([3, 2], &Device::flex());
        assert_eq!(
            result.map(|x| x.dims()),
            Err(GeometryError::InfiniteVolume { curvature: kappa })
        );
    }
    assert!(matches!(
        Stereographic::try_new(f64::INFINITY),
        Err(GeometryError::InvalidSignedCurvature { .. })
    ));
    let ball = Stereographic::new(-1.0);
    let x = Tensor::<2>::from_floats([[0.1, 0.2], [0.9, 0.9]], &Device::flex());
    assert_eq!(ball.check_point(x.clone()).map_err(|e| e.row), Err(1));
    assert!(Stereographic::new(1.0).check_point(x).is_ok());
    let x = Tensor::<2>::from_floats([[0.1, f32::INFINITY]], &Device::flex());
    for kappa in CURVATURES {
        assert!(Stereographic::new(kappa).check_point(x.clone()).is_err());
    }
}
