//! Every manifold of the crate through the conformance suite.
#![cfg(feature = "testing")]

use std::collections::BTreeSet;

use burn::tensor::{DType, Device, Tensor};
use geom_core::testing::{
    Measurement, SampleVisitor, TransportVisitor, any_manifolds, build_sample, build_transport,
    check_manifold, check_parallel_transport, check_sample, configurations, example_size,
    measure_manifold,
};
use geom_core::{
    Flattened, Hyperboloid, Manifold, ManifoldVisitor, Oblique, ParallelTransport, PoincareBall,
    PointSize, Product, Sample, Sphere, SphereSubspace,
};

/// From almost flat to a ball of radius one tenth.
const CURVATURES: [f64; 5] = [1e-6, 0.5, 1.0, 2.0, 100.0];
const DIM: usize = 5;

struct Check(PointSize, DType);

impl ManifoldVisitor for Check {
    type Output = ();

    fn visit<M: Manifold>(self, manifold: M) {
        check_manifold(&manifold, self.0, &Device::flex(), self.1);
    }
}

fn check_all(dtype: DType) {
    for config in configurations(&CURVATURES) {
        config
            .build(Check(example_size(&config, DIM), dtype))
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

struct CheckTransport(PointSize, DType);

impl TransportVisitor for CheckTransport {
    type Output = ();

    fn visit<M: ParallelTransport>(self, manifold: M) {
        check_parallel_transport(&manifold, self.0, &Device::flex(), self.1);
    }
}

#[test]
fn every_transport_keeps_the_laws() {
    for dtype in [DType::F32, DType::F64] {
        for config in configurations(&CURVATURES) {
            let check = CheckTransport(example_size(&config, DIM), dtype);
            build_transport(&config, check).expect("the list holds valid curvatures");
        }
        // Those that no configuration names.
        check_parallel_transport(&subspace(dtype), DIM, &Device::flex(), dtype);
        check_parallel_transport(&typed_product(), DIM, &Device::flex(), dtype);
    }
}

struct CheckSample(PointSize, DType);

impl SampleVisitor for CheckSample {
    type Output = ();

    fn visit<M: Sample>(self, manifold: M) {
        check_sample(&manifold, self.0, &Device::flex(), self.1);
    }
}

#[test]
fn every_tangent_noise_keeps_the_laws() {
    for dtype in [DType::F32, DType::F64] {
        for config in configurations(&CURVATURES) {
            let check = CheckSample(example_size(&config, DIM), dtype);
            build_sample(&config, check).expect("the list holds valid curvatures");
        }
        check_sample(&subspace(dtype), DIM, &Device::flex(), dtype);
        check_sample(&typed_product(), DIM, &Device::flex(), dtype);
    }
}

#[test]
fn manifolds_known_at_run_time_keep_the_laws() {
    for dtype in [DType::F32, DType::F64] {
        let mut manifolds = any_manifolds(&[0.5, 2.0]);
        manifolds.push(subspace(dtype).into());
        manifolds.push(Flattened::new(Oblique::new(), [4, 2]).into());
        let names: BTreeSet<_> = manifolds.iter().map(|m| m.name()).collect();
        assert_eq!(names.len(), 12, "a variant is missing: {names:?}");
        for manifold in manifolds {
            check_manifold(&manifold, DIM, &Device::flex(), dtype);
            check_parallel_transport(&manifold, DIM, &Device::flex(), dtype);
            check_sample(&manifold, DIM, &Device::flex(), dtype);
        }
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

/// Manifolds that get one thing wrong each, to see that the suite can fail, and names the law.
mod wrong {
    use super::*;
    use burn::module::Module;

    pub(super) const FORGETS_THE_METRIC: usize = 0;
    pub(super) const FORGETS_THE_BEND: usize = 1;
    pub(super) const CLAIMS_TO_BE_FLAT: usize = 2;
    pub(super) const TRANSPORTS_TOO_FAR: usize = 3;
    pub(super) const MEASURES_ONE_WAY: usize = 4;

    /// The ball with a mistake.
    #[derive(Module, Debug)]
    pub(super) struct Wrong {
        pub(super) ball: PoincareBall,
        pub(super) mistake: usize,
    }

    impl Manifold for Wrong {
        const POINT_RANK: usize = 1;
        fn name(&self) -> &'static str {
            "wrong"
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
        fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
            self.ball.project_tangent(x, u)
        }
        fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, g: Tensor<D>) -> Tensor<D> {
            match self.mistake {
                FORGETS_THE_METRIC => g,
                _ => self.ball.riemannian_gradient(x, g),
            }
        }
        fn acceleration_adjoint<const D: usize>(
            &self,
            x: Tensor<D>,
            v: Tensor<D>,
            gradient: Tensor<D>,
        ) -> Tensor<D> {
            match self.mistake {
                FORGETS_THE_BEND => gradient.zeros_like(),
                _ => self.ball.acceleration_adjoint(x, v, gradient),
            }
        }
        // Right whatever the gradient is, so that a mistake there shows in its own law alone.
        fn riemannian_hessian<const D: usize>(
            &self,
            x: Tensor<D>,
            gradient: Tensor<D>,
            hessian_vector: Tensor<D>,
            v: Tensor<D>,
        ) -> Tensor<D> {
            let bend = self.acceleration_adjoint(x.clone(), v, gradient);
            self.ball.riemannian_gradient(x, hessian_vector + bend)
        }
        fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
            match self.mistake {
                TRANSPORTS_TOO_FAR => self.ball.transport(x, y, v).mul_scalar(1.01),
                _ => self.ball.transport(x, y, v),
            }
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
        fn injectivity_radius(&self, point: &[usize]) -> f64 {
            self.ball.injectivity_radius(point)
        }
        fn is_ambient_flat(&self) -> bool {
            self.mistake == CLAIMS_TO_BE_FLAT
        }
        fn pairwise_distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<2> {
            let distances = self.ball.pairwise_distance(x, y);
            match self.mistake {
                MEASURES_ONE_WAY => distances.mul_scalar(1.01),
                _ => distances,
            }
        }
    }
}

#[test]
fn the_suite_names_the_law_that_a_wrong_manifold_breaks() {
    let cases = [
        (wrong::FORGETS_THE_METRIC, "grad f is the direction of df"),
        (
            wrong::FORGETS_THE_BEND,
            "Hess f is the second derivative along geodesics",
        ),
        (
            wrong::CLAIMS_TO_BE_FLAT,
            "ambient flatness is plain arithmetic",
        ),
        (
            wrong::TRANSPORTS_TOO_FAR,
            "transport to the same point changes nothing",
        ),
        (
            wrong::MEASURES_ONE_WAY,
            "pairwise distances are those of the pairs",
        ),
    ];
    for (mistake, law) in cases {
        let ball = PoincareBall::new(1.0);
        let manifold = wrong::Wrong { ball, mistake };
        let measurements = measure_manifold(&manifold, DIM, &Device::flex(), DType::F64);
        let broken: BTreeSet<_> = measurements
            .iter()
            .filter(|m| !m.passes())
            .map(|m| m.law)
            .collect();
        assert_eq!(broken, BTreeSet::from([law]));
    }
}

struct Report(PointSize, DType);

impl ManifoldVisitor for Report {
    type Output = ();

    fn visit<M: Manifold>(self, manifold: M) {
        let measurements = measure_manifold(&manifold, self.0, &Device::flex(), self.1);
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
        println!("{name} {curvature} {:?}: {tightest}", self.1);
    }
}

/// `cargo test -p geom-core --features testing --test geometry -- --ignored --nocapture`
#[test]
#[ignore = "prints how close each manifold comes to its tolerances"]
fn print_the_tightest_law_of_every_manifold() {
    for dtype in [DType::F32, DType::F64] {
        for config in configurations(&CURVATURES) {
            config
                .build(Report(example_size(&config, DIM), dtype))
                .expect("the list holds valid curvatures");
        }
    }
}
