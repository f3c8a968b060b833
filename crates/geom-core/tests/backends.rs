//! Every backend that is compiled in and has a device here computes the same geometry.
#![cfg(feature = "testing")]

use std::cell::RefCell;

use burn::tensor::{DType, Device, Tensor};
use geom_core::dual::Dual;
use geom_core::numerics::{
    angle, artanhc, asinh_sqrt, asinhc, cosh_sqrt, log1p, sinhc, tanhc, to_vec_f64,
};
use geom_core::testing::{
    Measurement, SampleVisitor, TransportVisitor, build_sample, build_transport, configurations,
    example_size, measure_manifold, measure_parallel_transport, measure_sample,
};
use geom_core::{
    Backend, Curvature, GeometryError, Hyperboloid, Limits, Manifold, ManifoldConfig,
    ManifoldVisitor, ParallelTransport, PoincareBall, PointSize, Sample, change_model,
};

const DIM: usize = 5;

/// Runs `check` on the device of every available backend, in every format that it has.
fn on_every_backend(check: impl Fn(&Device, DType)) {
    for backend in Backend::available() {
        let device = backend.device().unwrap_or_else(|error| panic!("{error}"));
        for dtype in [DType::F32, DType::F64] {
            if backend.supports(dtype) == Ok(true) {
                check(&device, dtype);
            }
        }
    }
}

/// Where laws are measured; as a visitor, the laws that a manifold breaks, one line each.
#[derive(Clone)]
struct Broken<'a>(&'a Device, DType, PointSize);

impl Broken<'_> {
    fn lines<M: Manifold>(self, manifold: &M, measurements: &[Measurement]) -> Vec<String> {
        let Self(device, dtype, _) = self;
        let name = manifold.name();
        let curvature = manifold.sectional_curvature();
        measurements
            .iter()
            .filter(|m| !m.passes())
            .map(|m| format!("{device:?} {dtype:?} {name} with curvature {curvature:?}: {m}"))
            .collect()
    }
}

impl ManifoldVisitor for Broken<'_> {
    type Output = Vec<String>;

    fn visit<M: Manifold>(self, manifold: M) -> Vec<String> {
        let measured = measure_manifold(&manifold, self.2.clone(), self.0, self.1);
        self.lines(&manifold, &measured)
    }
}

impl TransportVisitor for Broken<'_> {
    type Output = Vec<String>;

    fn visit<M: ParallelTransport>(self, manifold: M) -> Vec<String> {
        let measured = measure_parallel_transport(&manifold, self.2.clone(), self.0, self.1);
        self.lines(&manifold, &measured)
    }
}

impl SampleVisitor for Broken<'_> {
    type Output = Vec<String>;

    fn visit<M: Sample>(self, manifold: M) -> Vec<String> {
        let measured = measure_sample(&manifold, self.2.clone(), self.0, self.1);
        self.lines(&manifold, &measured)
    }
}

/// What all manifolds break on all backends. All of it before the verdict: a run takes minutes, and
/// what one backend alone breaks shows its cause.
fn broken(
    laws: impl Fn(&ManifoldConfig, Broken) -> Result<Vec<String>, GeometryError>,
) -> Vec<String> {
    let lines = RefCell::new(Vec::new());
    on_every_backend(|device, dtype| {
        for config in configurations(&[0.5]) {
            let broken = laws(&config, Broken(device, dtype, example_size(&config, DIM)));
            lines
                .borrow_mut()
                .extend(broken.expect("the list holds valid curvatures"));
        }
    });
    lines.into_inner()
}

#[test]
fn every_manifold_keeps_the_laws_on_every_backend() {
    let broken = broken(|config, laws| config.build(laws));
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn every_transport_keeps_the_laws_on_every_backend() {
    let broken = broken(|config, laws| Ok(build_transport(config, laws)?.unwrap_or_default()));
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn every_tangent_noise_keeps_the_laws_on_every_backend() {
    let broken = broken(|config, laws| build_sample(config, laws));
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

/// Functions of the numerics module with their references.
type Function = (&'static str, fn(Tensor<1>) -> Tensor<1>, fn(f64) -> f64);

/// Those that are defined up to [`LAST`] and beyond.
const FUNCTIONS: [Function; 7] = [
    ("tanhc", tanhc, |q| q.sqrt().tanh() / q.sqrt()),
    ("sinhc", sinhc, |q| q.sqrt().sinh() / q.sqrt()),
    ("cosh_sqrt", cosh_sqrt, |q| q.sqrt().cosh()),
    ("asinhc", asinhc, |q| q.sqrt().asinh() / q.sqrt()),
    ("asinh_sqrt", asinh_sqrt, |q| q.sqrt().asinh()),
    ("log1p", log1p, f64::ln_1p),
    ("angle", |q| angle(q.clone(), q.ones_like()), f64::atan),
];
/// Those of dual numbers, each with the last argument tried.
const OF_DUALS: [(Function, f64); 5] = [
    (
        ("asinh of a dual", |x| value(Dual::asinh, x), f64::asinh),
        LAST,
    ),
    (
        ("atanh of a dual", |x| value(Dual::atanh, x), f64::atanh),
        0.99,
    ),
    (
        ("asin of a dual", |x| value(Dual::asin, x), f64::asin),
        0.99,
    ),
    (
        ("acos of a dual", |x| value(Dual::acos, x), f64::acos),
        0.99,
    ),
    (
        ("atan of a dual", |x| value(Dual::atan, x), f64::atan),
        LAST,
    ),
];

fn value(function: fn(Dual<1>) -> Dual<1>, x: Tensor<1>) -> Tensor<1> {
    function(Dual::constant(x)).into_parts().0
}

/// The last argument tried: the square of the distance up to which the suite tries laws.
const LAST: f64 = 9.0;
/// Vulkan allows $\exp(x)$ an error of $3 + 2|x|$ roundings, which is 9 at the root of [`LAST`];
/// the rest is for the operations around it.
const ROUNDINGS: f64 = 16.0;

/// From 1e-12 to `last` in equal ratios.
fn ladder(last: f64) -> Vec<f64> {
    const STEPS: usize = 1000;
    const FIRST: f64 = 1e-12;
    let ratio = |step| (last / FIRST).powf(step as f64 / STEPS as f64);
    (0..=STEPS).map(|step| FIRST * ratio(step)).collect()
}

/// The worst relative error of a function, and where.
fn worst_error(function: Function, last: f64, device: &Device, dtype: DType) -> (f64, f64) {
    let (_, function, reference) = function;
    let arguments = Tensor::from_data(ladder(last).as_slice(), (device, dtype));
    let exact = to_vec_f64(arguments.clone());
    let mut worst = (0.0, 0.0);
    for (x, y) in exact.into_iter().zip(to_vec_f64(function(arguments))) {
        let error = (y / reference(x) - 1.0).abs();
        if error.is_nan() || error > worst.0 {
            worst = (error, x);
        }
    }
    worst
}

#[test]
fn special_functions_are_accurate_on_every_backend() {
    let artanhc: Function = ("artanhc", artanhc, |q| q.sqrt().atanh() / q.sqrt());
    on_every_backend(|device, dtype| {
        let functions = FUNCTIONS.map(|function| (function, LAST));
        let of_duals = OF_DUALS.into_iter().chain([(artanhc, 0.99)]);
        for (function, last) in functions.into_iter().chain(of_duals) {
            let (error, x) = worst_error(function, last, device, dtype);
            let tolerance = ROUNDINGS * Limits::of(dtype).epsilon;
            let name = function.0;
            assert!(
                error <= tolerance,
                "{name}({x:e}) {device:?} {dtype:?}: {error:e}"
            );
        }
    });
}

#[test]
fn close_points_keep_three_digits_on_every_backend() {
    const DIGITS: f64 = 1e-3;
    on_every_backend(|device, dtype| {
        let point = |x: f64| Tensor::<2>::from_data([[x, 0.0]], (device, dtype));
        // The second coordinates as they are stored, so that rounding them does not count.
        let (x, y) = (point(0.0), point(1e-6));
        let apart = to_vec_f64(y.clone())[0];
        let ball = PoincareBall::new(1.0);
        let hyperboloid = Hyperboloid::new(1.0);
        let [lifted_x, lifted_y] = [&x, &y].map(|x| change_model(&ball, &hyperboloid, x.clone()));
        for distance in [
            ball.distance(x, y),
            hyperboloid.distance(lifted_x, lifted_y),
        ] {
            let distance = to_vec_f64(distance)[0];
            let error = (distance / (2.0 * apart) - 1.0).abs();
            assert!(error < DIGITS, "{device:?} {dtype:?}: {distance:e}");
        }
    });
}

#[test]
fn a_learnable_curvature_has_its_value_on_every_backend() {
    on_every_backend(|device, dtype| {
        for c in [1e-6, 0.5, 1.0, 100.0f64] {
            let curvature = Curvature::learnable(c, (device, dtype));
            let one = Tensor::<1>::ones([1], (device, dtype));
            let found = to_vec_f64(curvature.coefficient(&one).scale(one))[0];
            // The raw parameter is of size log c, and so is the argument of an exponential.
            let roundings = ROUNDINGS + 3.0 * c.ln().abs();
            let error = (found / c - 1.0).abs();
            let tolerance = roundings * Limits::of(dtype).epsilon;
            assert!(error <= tolerance, "{device:?} {dtype:?} {c}: {error:e}");
        }
    });
}

#[test]
fn a_row_that_is_not_a_number_is_found_on_every_backend() {
    on_every_backend(|device, dtype| {
        let rows = [[0.1, 0.2], [f64::NAN, 0.1], [0.3, 0.1]];
        let x = Tensor::<2>::from_data(rows, (device, dtype));
        let error = PoincareBall::new(1.0)
            .check_point(x)
            .expect_err("NaN is no coordinate");
        assert!(
            error.row == 1 && error.violation.is_nan(),
            "{device:?}: {error}"
        );
    });
}

#[test]
fn formats_without_all_functions_are_not_supported() {
    for backend in Backend::available() {
        for dtype in [DType::F16, DType::BF16] {
            assert_eq!(backend.supports(dtype), Ok(false), "{backend} {dtype:?}");
        }
        let double = backend.supports(DType::F64);
        assert_eq!(double, Ok(backend != Backend::Wgpu), "{backend}");
    }
}

/// `cargo test --workspace --test backends -- --ignored --nocapture --test-threads 1`
#[test]
#[ignore = "prints how accurate each backend's own functions are"]
fn print_the_accuracy_of_primitives() {
    let functions: [(Function, f64); 12] = [
        (("sqrt", Tensor::sqrt, f64::sqrt), LAST),
        (("recip", Tensor::recip, f64::recip), LAST),
        (("exp", Tensor::exp, f64::exp), LAST),
        (("log1p", Tensor::log1p, f64::ln_1p), LAST),
        (("tanh", Tensor::tanh, f64::tanh), LAST),
        (("sinh", Tensor::sinh, f64::sinh), LAST),
        (("asinh", Tensor::asinh, f64::asinh), LAST),
        (("atanh", Tensor::atanh, f64::atanh), 0.99),
        (("sin", Tensor::sin, f64::sin), 3.0),
        (("cos", Tensor::cos, f64::cos), 1.5),
        (("asin", Tensor::asin, f64::asin), 0.99),
        (("atan", Tensor::atan, f64::atan), LAST),
    ];
    on_every_backend(|device, dtype| {
        let own = functions.into_iter();
        let ours = FUNCTIONS.map(|function| (function, LAST));
        println!("{device:?} {dtype:?}: worst relative error in units of rounding");
        for (function, last) in own.chain(ours) {
            let (error, x) = worst_error(function, last, device, dtype);
            let roundings = error / Limits::of(dtype).epsilon;
            println!("  {:12}{roundings:10.1} at {x:.1e}", function.0);
        }
    });
}

struct Report<'a>(&'a Device, DType, PointSize);

impl ManifoldVisitor for Report<'_> {
    type Output = ();

    fn visit<M: Manifold>(self, manifold: M) {
        let share = |m: &Measurement| m.error / m.tolerance;
        let tightest = measure_manifold(&manifold, self.2, self.0, self.1)
            .into_iter()
            // Laws that hold exactly have no share.
            .filter(|m| m.tolerance > 0.0)
            .max_by(|a, b| share(a).total_cmp(&share(b)))
            .expect("some law has a tolerance");
        println!("  {:14}{tightest}", manifold.name());
    }
}

/// `cargo test --workspace --test backends -- --ignored --nocapture --test-threads 1`
#[test]
#[ignore = "prints how close each manifold comes to its tolerances on each backend"]
fn print_the_tightest_law_on_every_backend() {
    on_every_backend(|device, dtype| {
        println!("{device:?} {dtype:?}");
        for config in configurations(&[0.5]) {
            config
                .build(Report(device, dtype, example_size(&config, DIM)))
                .expect("the list holds valid curvatures");
        }
    });
}
