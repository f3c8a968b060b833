//! Every manifold of the crate through the conformance suite.
#![cfg(feature = "testing")]

use burn::tensor::{DType, Device, Tensor};
use geom_core::testing::{
    Measurement, SampleVisitor, TransportVisitor, build_sample, build_transport, check_manifold,
    check_parallel_transport, check_sample, configurations, measure_manifold,
};
use geom_core::{
    Hyperboloid, Manifold, ManifoldVisitor, ParallelTransport, PoincareBall, Product, Sample,
    Sphere, SphereSubspace,
};

/// From almost flat to a ball of radius one tenth.
const CURVATURES: [f64; 5] = [1e-6, 0.5, 1.0, 2.0, 100.0];
const DIM: usize = 5;

struct Check(DType);

impl ManifoldVisitor for Check {
    type Output = ();

    fn visit<M: Manifold>(self, manifold: M) {
        check_manifold(&manifold, DIM, &Device::flex(), self.0);
    }
}

fn check_all(dtype: DType) {
    for config in configurations(&CURVATURES) {
        config
            .build(Check(dtype))
            .expect("the list holds valid curvatures");
    }
}

#[test]
fn every_manifold_keeps_the_laws_in_f32() {
    check_all(DType::F32);
}

#[test]
fn every_manifold_keeps_the_laws_in_f64() {
    check_all(DType::F64);
}

struct CheckTransport(DType);

impl TransportVisitor for CheckTransport {
    type Output = ();

    fn visit<M: ParallelTransport>(self, manifold: M) {
        check_parallel_transport(&manifold, DIM, &Device::flex(), self.0);
    }
}

#[test]
fn every_transport_keeps_the_laws() {
    for dtype in [DType::F32, DType::F64] {
        for config in configurations(&CURVATURES) {
            build_transport(&config, CheckTransport(dtype))
                .expect("the list holds valid curvatures");
        }
        // Those that no configuration names.
        check_parallel_transport(&subspace(dtype), DIM, &Device::flex(), dtype);
        check_parallel_transport(&typed_product(), DIM, &Device::flex(), dtype);
    }
}

struct CheckSample(DType);

impl SampleVisitor for CheckSample {
    type Output = ();

    fn visit<M: Sample>(self, manifold: M) {
        check_sample(&manifold, DIM, &Device::flex(), self.0);
    }
}

#[test]
fn every_tangent_noise_keeps_the_laws() {
    for dtype in [DType::F32, DType::F64] {
        for config in configurations(&CURVATURES) {
            build_sample(&config, CheckSample(dtype)).expect("the list holds valid curvatures");
        }
        check_sample(&subspace(dtype), DIM, &Device::flex(), dtype);
        check_sample(&typed_product(), DIM, &Device::flex(), dtype);
    }
}

/// A great subsphere of dimension [`DIM`].
fn subspace(dtype: DType) -> SphereSubspace {
    let normal = [[1.0, -2.0, 0.5, 0.0, 3.0, 1.0, 0.7]];
    let normal = Tensor::<2>::from_data(normal, (&Device::flex(), dtype));
    SphereSubspace::complement(normal).expect("one vector is independent")
}

fn typed_product() -> Product<PoincareBall, Sphere> {
    Product::new(PoincareBall::new(0.5), 2, Sphere::new(), 3)
}

#[test]
fn learnable_curvature_keeps_the_laws() {
    let device = Device::flex();
    for dtype in [DType::F32, DType::F64] {
        check_manifold(
            &PoincareBall::learnable(0.7, (&device, dtype)),
            DIM,
            &device,
            dtype,
        );
        check_manifold(
            &Hyperboloid::learnable(0.7, (&device, dtype)),
            DIM,
            &device,
            dtype,
        );
    }
}

#[test]
fn one_dimension_is_enough() {
    let device = Device::flex();
    check_manifold(&PoincareBall::new(1.0), 1, &device, DType::F64);
    check_manifold(&Hyperboloid::new(1.0), 1, &device, DType::F64);
}

/// A manifold that gets one verb wrong, to see that the suite can fail.
mod wrong {
    use super::*;
    use burn::module::Module;

    #[derive(Module, Debug)]
    pub(super) struct ForgetsTheMetric {
        pub(super) ball: PoincareBall,
    }

    impl Manifold for ForgetsTheMetric {
        const POINT_RANK: usize = 1;
        fn name(&self) -> &'static str {
            "forgets-the-metric"
        }
        fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
            self.ball.exp(x, v)
        }
        fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
            self.ball.log(x, y)
        }
        fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
            self.ball.inner(x, v, w)
        }
        fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
            self.ball.project(x)
        }
        fn project_tangent<const D: usize>(&self, _x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
            u
        }
        fn riemannian_gradient<const D: usize>(&self, _x: Tensor<D>, g: Tensor<D>) -> Tensor<D> {
            g
        }
        fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
            self.ball.transport(x, y, v)
        }
        fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
            self.ball.origin(shape, device)
        }
        fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
            self.ball.point_violation(x)
        }
        fn tangent_violation<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
            self.ball.tangent_violation(x, v)
        }
        fn sectional_curvature(&self) -> Option<f64> {
            self.ball.sectional_curvature()
        }
        fn injectivity_radius(&self, dim: usize) -> f64 {
            self.ball.injectivity_radius(dim)
        }
    }
}

#[test]
fn the_suite_names_the_law_that_a_wrong_manifold_breaks() {
    let manifold = wrong::ForgetsTheMetric {
        ball: PoincareBall::new(1.0),
    };
    let measurements = measure_manifold(&manifold, DIM, &Device::flex(), DType::F64);
    let broken: Vec<_> = measurements
        .iter()
        .filter(|m| !m.passes())
        .map(|m| m.law)
        .collect();
    assert!(!broken.is_empty());
    assert!(
        broken.iter().all(|law| matches!(
            *law,
            "grad f is the direction of df" | "Hess f is the second derivative along geodesics"
        )),
        "{broken:?}"
    );
}

struct Report(DType);

impl ManifoldVisitor for Report {
    type Output = ();

    fn visit<M: Manifold>(self, manifold: M) {
        let measurements = measure_manifold(&manifold, DIM, &Device::flex(), self.0);
        let name = manifold.name();
        let curvature = manifold.sectional_curvature().unwrap_or(f64::NAN);
        let tightness = |m: &Measurement| {
            if m.tolerance > 0.0 {
                m.error / m.tolerance
            } else {
                0.0
            }
        };
        let tightest = measurements
            .iter()
            .max_by(|a, b| tightness(a).total_cmp(&tightness(b)))
            .expect("the suite measures something");
        println!("{name} {curvature} {:?}: {tightest}", self.0);
    }
}

/// `cargo test -p geom-core --features testing --test conformance -- --ignored --nocapture`
#[test]
#[ignore = "prints how close each manifold comes to its tolerances"]
fn print_the_tightest_law_of_every_manifold() {
    for dtype in [DType::F32, DType::F64] {
        for config in configurations(&CURVATURES) {
            config
                .build(Report(dtype))
                .expect("the list holds valid curvatures");
        }
    }
}
