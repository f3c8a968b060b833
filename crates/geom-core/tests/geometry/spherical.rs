//! Spheres and what is made of them: conformance, values computed elsewhere, and the edges.
#![cfg(feature = "testing")]

use std::f64::consts::PI;
use std::sync::LazyLock;

use burn::tensor::{DType, Device, Tensor, TensorData};
use geom_core::numerics::to_vec_f64;
use geom_core::testing::sampling::{Case, ROWS, Regime};
use geom_core::testing::{check_manifold, check_parallel_transport, laws};
use geom_core::{
    Limits, Manifold, Oblique, ParallelTransport, PointSize, Sample, SampleUniform, Scaled, Sphere,
    SphereSubspace, Torus,
};
use serde_json::Value;

static ORACLES: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../data/spherical.json")).expect("the data is JSON")
});

const DTYPES: [DType; 2] = [DType::F32, DType::F64];
const DIMS: [usize; 3] = [1, 2, 5];
/// Of oblique matrices: more than one, so that the point is a proper product.
const COLUMNS: usize = 3;
/// Roundings of the few dozen operations behind a value of order one.
const ROUNDINGS: f64 = 16.0;
/// Streams of random points for the properties.
const SEEDS: u64 = 40;

fn rounding(dtype: DType) -> f64 {
    ROUNDINGS * Limits::of(dtype).epsilon
}

fn case<M>(manifold: &M, size: impl Into<PointSize>, dtype: DType, radius: f64) -> Case<'_, M> {
    let regime = Regime {
        name: "this one",
        radius,
    };
    Case {
        manifold,
        size: size.into(),
        device: Device::flex(),
        dtype,
        regime,
    }
}

/// A random subspace of dimension `dim + 1`, three dimensions below the space around it.
fn subspace(dim: usize, spanned: bool, seed: u64, dtype: DType) -> SphereSubspace {
    let vectors = if spanned { dim + 1 } else { 3 };
    // The ambient numbers of a sphere of that many coordinates, one row for each vector; from a
    // stream of their own, for the suite must not draw vectors that the subspace is normal to.
    let sphere = Sphere::new();
    let vectors = case(&sphere, dim + 3, dtype, 1.0)
        .ambient(1000 + seed)
        .reshape([ROWS, dim + 4])
        .narrow(0, 0, vectors);
    let subspace = match spanned {
        true => SphereSubspace::intersection(vectors),
        false => SphereSubspace::complement(vectors),
    };
    subspace.expect("random vectors are independent")
}

fn keeps_the_laws<M: ParallelTransport>(manifold: &M, size: impl Into<PointSize>, dtype: DType) {
    let (device, size) = (Device::flex(), size.into());
    check_manifold(manifold, size.clone(), &device, dtype);
    check_parallel_transport(manifold, size, &device, dtype);
}

#[test]
fn the_sphere_keeps_the_laws() {
    for dtype in DTYPES {
        for dim in DIMS {
            keeps_the_laws(&Sphere::new(), dim, dtype);
            keeps_the_laws(&Scaled::new(Sphere::new(), 3.0), dim, dtype);
        }
    }
}

#[test]
fn subspaces_of_every_kind_keep_the_laws() {
    for dtype in DTYPES {
        for dim in DIMS {
            for seed in 0..4 {
                for spanned in [true, false] {
                    keeps_the_laws(&subspace(dim, spanned, seed, dtype), dim, dtype);
                }
            }
        }
    }
}

#[test]
fn oblique_matrices_keep_the_laws() {
    for dtype in DTYPES {
        for dim in DIMS {
            keeps_the_laws(&Oblique::new(), [dim + 1, COLUMNS], dtype);
        }
    }
}

#[test]
fn tori_keep_the_laws() {
    for dtype in DTYPES {
        for dim in DIMS {
            keeps_the_laws(&Torus::new(), dim, dtype);
        }
    }
}

#[test]
fn the_laws_hold_at_every_radius() {
    fn sweep<M: ParallelTransport>(manifold: &M, size: impl Into<PointSize>, dtype: DType) {
        let size = size.into();
        // From below the rounding of a coordinate to as far as the suite goes.
        for exponent in -40..=1 {
            let case = case(manifold, size.clone(), dtype, 2f64.powi(exponent));
            let failures: Vec<_> = [
                laws::closure(&case),
                laws::maps(&case),
                laws::distance(&case),
                laws::retractions(&case),
                laws::transport(&case),
                vec![laws::pairwise(&case)],
            ]
            .concat()
            .into_iter()
            .filter(|m| !m.passes())
            .map(|m| m.to_string())
            .collect();
            assert!(failures.is_empty(), "2^{exponent} {dtype:?}: {failures:?}");
        }
    }
    for dtype in DTYPES {
        for dim in DIMS {
            sweep(&Sphere::new(), dim, dtype);
            sweep(&subspace(dim, false, 9, dtype), dim, dtype);
            sweep(&Oblique::new(), [dim + 1, COLUMNS], dtype);
            sweep(&Torus::new(), dim, dtype);
        }
    }
}

fn worst(values: Tensor<4>) -> f64 {
    let values = to_vec_f64(values);
    assert!(values.iter().all(|x| x.is_finite()), "{values:?}");
    values.into_iter().fold(0.0, |worst, x| worst.max(x.abs()))
}

/// The laws between points anywhere, beyond the share of the injectivity radius that the suite
/// keeps to.
fn holds_anywhere<M: ParallelTransport>(m: &M, size: impl Into<PointSize>, dtype: DType) {
    let case = case(m, size, dtype, 1.0);
    let tolerance = rounding(dtype);
    let check = |law: &str, seed: u64, error: f64| {
        let name = m.name();
        assert!(
            error <= tolerance,
            "{name} {:?} {dtype:?} {seed}: {law}: {error:e}",
            case.size
        );
    };
    for seed in 0..SEEDS {
        // Four times a number below 1 covers all angles; directions do not mind.
        let [x, y, z] =
            [0, 1, 2].map(|i| m.project(case.ambient(100 + 4 * seed + i).mul_scalar(4.0)));
        let u = case.ambient(103 + 4 * seed);
        let v = m.project_tangent(x.clone(), u.clone());
        let log = m.log(x.clone(), y.clone());
        m.check_point(x.clone()).expect("projections are points");
        m.check_tangent(x.clone(), log.clone())
            .expect("logarithms are tangent");
        m.check_tangent(x.clone(), v.clone())
            .expect("projections are tangent");

        let d = m.distance(x.clone(), y.clone());
        let end = m.exp(x.clone(), log.clone());
        check("exp inverts log", seed, worst(m.distance(end, y.clone())));
        let length = m.norm(x.clone(), log);
        check(
            "distance is the length of log",
            seed,
            worst(length - d.clone()),
        );
        let back = m.distance(y.clone(), x.clone());
        check("distance is symmetric", seed, worst(back - d.clone()));
        let detour = d + m.distance(y.clone(), z.clone());
        let excess = m.distance(x.clone(), z) - detour;
        check("triangle inequality", seed, worst(excess.clamp_min(0.0)));

        let carried = m.parallel_transport(x.clone(), y.clone(), v.clone());
        m.check_tangent(y.clone(), carried.clone())
            .expect("transport ends tangent");
        let before = m.norm(x.clone(), v.clone());
        let after = m.norm(y.clone(), carried.clone());
        check("transport keeps lengths", seed, worst(after - before));
        let returned = m.parallel_transport(y, x.clone(), carried);
        check("transport undoes itself", seed, worst(returned - v.clone()));

        for length in [1.0, 50.0, 1e5, 1e15, 1e30] {
            let step = v.clone().mul_scalar(length);
            m.check_point(m.exp(x.clone(), step.clone()))
                .expect("steps end on the manifold");
            m.check_point(m.retract(x.clone(), step))
                .expect("steps end on the manifold");
        }
    }
}

#[test]
fn the_laws_hold_between_points_anywhere() {
    for dtype in DTYPES {
        for dim in DIMS {
            holds_anywhere(&Sphere::new(), dim, dtype);
            holds_anywhere(&subspace(dim, true, 7, dtype), dim, dtype);
            holds_anywhere(&subspace(dim, false, 8, dtype), dim, dtype);
            holds_anywhere(&Oblique::new(), [dim + 1, COLUMNS], dtype);
            holds_anywhere(&Torus::new(), dim, dtype);
        }
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().expect("a list");
    list.iter().map(|x| x.as_f64().expect("a number")).collect()
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

fn row(values: &[f64], dtype: DType) -> Tensor<2> {
    let data = TensorData::new(values.to_vec(), [1, values.len()]);
    Tensor::from_data(data, (&Device::flex(), dtype))
}

fn assert_close(what: &str, actual: Tensor<2>, expected: &[f64], tolerance: f64) {
    let actual = to_vec_f64(actual);
    assert_eq!(actual.len(), expected.len(), "{what}");
    for (a, e) in actual.iter().zip(expected) {
        let error = (a - e).abs();
        assert!(
            error <= tolerance,
            "{what}: {actual:?}, expected {expected:?}: {error:e}"
        );
    }
}

#[test]
fn maps_of_the_sphere_agree_with_values_computed_elsewhere() {
    let sphere = Sphere::new();
    for dtype in DTYPES {
        let get = |map: &str, key: &str| row(&numbers(&ORACLES["sphere"][map][key]), dtype);
        let check = |map: &str, key: &str, actual| {
            let expected = numbers(&ORACLES["sphere"][map][key]);
            assert_close(key, actual, &expected, rounding(dtype));
        };
        check("exp", "exp", sphere.exp(get("exp", "p"), get("exp", "v")));
        let (x, y) = (get("log", "p"), get("log", "q"));
        check("log", "log", sphere.log(x.clone(), y.clone()));
        let expected = number(&ORACLES["sphere"]["log"]["dist"]);
        let distance = sphere.distance(x.clone(), y.clone());
        assert_close("distance", distance, &[expected], rounding(dtype));
        let w = get("ptransp", "w");
        check("ptransp", "result", sphere.transport(x, y, w));
    }
}

/// Point, and unit vectors of increasing θ and φ, in spherical coordinates.
fn spherical(theta: f64, phi: f64) -> [Vec<f64>; 3] {
    let ((st, ct), (sp, cp)) = (theta.sin_cos(), phi.sin_cos());
    [
        vec![st * cp, st * sp, ct],
        vec![ct * cp, ct * sp, -st],
        vec![-sp, cp, 0.0],
    ]
}

#[test]
fn geodesics_and_transport_solve_the_equations_in_spherical_coordinates() {
    /// What the integrator of the reference values was asked for.
    const INTEGRATION: f64 = 1e-9;
    let chart = &ORACLES["chart"];
    let (start, end) = (numbers(&chart["start"]), numbers(&chart["end"]));
    let vector = |place: &[f64], components: &[f64]| {
        let [_, along_theta, along_phi] = spherical(place[0], place[1]);
        let sine = place[0].sin();
        let sum = along_theta.iter().zip(along_phi);
        let sum: Vec<f64> = sum
            .map(|(t, p)| components[0] * t + components[1] * sine * p)
            .collect();
        row(&sum, DType::F64)
    };
    let sphere = Sphere::new();
    let x = row(&spherical(start[0], start[1])[0], DType::F64);
    let velocity = vector(&start, &start[2..]).mul_scalar(number(&chart["t"]));
    let y = sphere.exp(x.clone(), velocity);
    assert_close("end", y.clone(), &spherical(end[0], end[1])[0], INTEGRATION);
    let carried = sphere.transport(x, y, vector(&start, &numbers(&chart["vector"])));
    let expected = vector(&end, &numbers(&chart["transported"]));
    assert_close("transported", carried, &to_vec_f64(expected), INTEGRATION);
}

/// Carries `v` around the closed polygon with these vertices.
fn around(vertices: &[Tensor<2>], mut v: Tensor<2>) -> Tensor<2> {
    let next = vertices.iter().cycle().skip(1);
    for (x, y) in vertices.iter().zip(next) {
        v = Sphere::new().transport(x.clone(), y.clone(), v);
    }
    v
}

#[test]
fn transport_around_a_circle_of_latitude_turns_by_the_solid_angle() {
    const CORNERS: usize = 2000;
    // The polygon cuts off an area of the square of its side.
    const AREA: f64 = (2.0 * PI / CORNERS as f64) * (2.0 * PI / CORNERS as f64);
    for latitude in ORACLES["holonomy"]["latitude"].as_array().expect("a list") {
        let theta = number(&latitude["theta"]);
        let corners: Vec<Tensor<2>> = (0..CORNERS)
            .map(|i| 2.0 * PI * i as f64 / CORNERS as f64)
            .map(|phi| row(&spherical(theta, phi)[0], DType::F64))
            .collect();
        let [_, along_theta, along_phi] = spherical(theta, 0.0).map(|v| row(&v, DType::F64));
        let carried = around(&corners, along_theta.clone());
        let components = Tensor::cat(
            vec![
                (carried.clone() * along_theta).sum_dim(1),
                (carried * along_phi).sum_dim(1),
            ],
            1,
        );
        let expected = numbers(&latitude["transported"]);
        assert_close("latitude", components, &expected, 2.0 * AREA);
    }
}

#[test]
fn triangles_have_the_angles_area_and_holonomy_of_spherical_trigonometry() {
    let sphere = Sphere::new();
    for dtype in DTYPES {
        let tolerance = rounding(dtype);
        let cosine = |x: &Tensor<2>, v: Tensor<2>, w: Tensor<2>| {
            let lengths = sphere.norm(x.clone(), v.clone()) * sphere.norm(x.clone(), w.clone());
            sphere.inner(x.clone(), v, w) / lengths
        };
        let octant = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        let octant = octant.map(|x| row(&x, dtype));
        let start = octant[1].clone();
        let turned = cosine(&octant[0], start.clone(), around(&octant, start));
        let turn = number(&ORACLES["holonomy"]["octant_triangle_rotation"]);
        assert_close("octant", turned, &[turn.cos()], tolerance);

        let triangle = &ORACLES["triangle"];
        let (side, angle) = (number(&triangle["side"]), number(&triangle["angle"]));
        let x = row(&[1.0, 0.0, 0.0], dtype);
        let y = sphere.exp(x.clone(), row(&[0.0, side, 0.0], dtype));
        let direction = [0.0, side * angle.cos(), side * angle.sin()];
        let z = sphere.exp(x.clone(), row(&direction, dtype));
        let opposite = sphere.distance(y.clone(), z.clone());
        assert_close("side", opposite, &[side], tolerance);
        let at_y = cosine(
            &y,
            sphere.log(y.clone(), x.clone()),
            sphere.log(y.clone(), z.clone()),
        );
        assert_close("angle", at_y, &[angle.cos()], tolerance);
        let start = row(&[0.0, 1.0, 0.0], dtype);
        let carried = around(&[x.clone(), y, z], start.clone());
        let area = number(&triangle["area"]);
        assert_close("area", cosine(&x, start, carried), &[area.cos()], tolerance);
    }
}

#[test]
fn random_points_and_vectors_have_the_spread_asked_for() {
    const SAMPLES: usize = 4000;
    /// Six standard errors of a mean of squares of normal numbers, relative.
    const SPREAD: f64 = 6.0 * 0.0224;
    const STD: f64 = 0.2;
    fn spread<M: Sample + SampleUniform>(m: &M, size: impl Into<PointSize>) {
        let options = (&Device::flex(), DType::F64);
        let case = case(m, size, DType::F64, 1.0);
        let mut shape = case.shape();
        shape[0] = SAMPLES;
        let origin = m.project(m.origin(shape, options.0).cast(DType::F64));
        let dim = m.point_shape(case.size.clone()).dim() as f64;
        let mean = |t: Tensor<4>| to_vec_f64(t.mean())[0];
        let expect = |what: &str, actual: f64, expected: f64| {
            let relative = actual / expected - 1.0;
            assert!(relative.abs() < SPREAD, "{} {what}: {relative}", m.name());
        };

        let x = m.random_normal(shape, STD, options);
        m.check_point(x.clone()).expect("samples are points");
        let squares = m.distance(origin, x.clone()).square();
        expect("points", mean(squares), dim * STD * STD);
        let x = m.random_uniform(shape, options);
        m.check_point(x.clone()).expect("samples are points");
        let v = m.random_tangent(x.clone(), STD);
        m.check_tangent(x.clone(), v.clone())
            .expect("samples are tangent");
        expect("vectors", mean(m.inner(x, v.clone(), v)), dim * STD * STD);
    }
    spread(&Sphere::new(), 2);
    spread(&subspace(2, true, 1, DType::F64), 2);
    spread(&subspace(2, false, 1, DType::F64), 2);
    spread(&Oblique::new(), [3, COLUMNS]);
    spread(&Torus::new(), 2);
}

#[test]
fn uniform_points_have_no_preferred_direction() {
    const SAMPLES: usize = 4000;
    /// Six standard errors of the mean of a coordinate of unit vectors in three dimensions, and of
    /// its square.
    const MEAN: f64 = 6.0 * 0.0092;
    const SQUARE: f64 = 6.0 * 0.0048;
    let options = (&Device::flex(), DType::F64);
    let mean = |t: Tensor<2>| to_vec_f64(t.mean())[0];
    let x = Sphere::new().random_uniform([SAMPLES, 3], options);
    for axis in 0..3 {
        let coordinate = x.clone().narrow(1, axis, 1);
        assert!(mean(coordinate.clone()).abs() < MEAN);
        assert!((mean(coordinate.square()) - 1.0 / 3.0).abs() < SQUARE);
    }
    let angle = Torus::new().random_uniform([SAMPLES, 1], options);
    assert!(mean(angle.clone().cos()).abs() < 6.0 * 0.0112);
    assert!(mean(angle.sin()).abs() < 6.0 * 0.0112);
}
