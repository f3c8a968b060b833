//! A gradient that is not finite costs a point one step, and nothing else: no other point, no moment,
//! not the next step.

use burn::optim::Optimizer;
use burn::optim::momentum::MomentumConfig;
use burn::tensor::{DType, Device, Tensor, TensorData};
use geom_core::numerics::to_vec_f64;
use geom_core::testing::{configurations, example_size};
use geom_core::{Euclidean, Manifold, ManifoldVisitor, PointSize, scope};
use geom_optim::{
    RamsGradConfig, RiemannianAdagradConfig, RiemannianAdamConfig, RiemannianSgdConfig,
    SecondMoment,
};

const DIM: usize = 2;
const ROWS: usize = 3;
/// The row whose gradient breaks.
const BROKEN: usize = 1;
const LEARNING_RATE: f64 = 0.05;

/// One optimizer, on whatever manifold it is brought to.
struct Law<'a, O> {
    name: &'a str,
    optimizer: &'a O,
    dtype: DType,
    size: PointSize,
}

impl<O: Optimizer> ManifoldVisitor for Law<'_, O> {
    type Output = ();

    fn visit<M: Manifold>(self, manifold: M) {
        for broken in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let case = format!("{} on {}, {broken}", self.name, manifold.name());
            let clean = self.steps(&manifold, None);
            let hit = self.steps(&manifold, Some(broken));
            for (step, (clean, hit)) in clean.iter().zip(&hit).enumerate() {
                let check = manifold.check_point(hit.clone());
                check.unwrap_or_else(|error| panic!("{case}, step {step}: {error}"));
                for row in (0..ROWS).filter(|&row| row != BROKEN) {
                    let row = |x: &Tensor<4>| to_vec_f64(x.clone().narrow(0, row, 1));
                    assert_eq!(row(clean), row(hit), "{case}, step {step}");
                }
            }
            // The gradient breaks in the second step of four; the points go on in the third.
            let [before, after] = [&hit[1], &hit[2]];
            let moved = to_vec_f64((after.clone() - before.clone()).narrow(0, BROKEN, 1));
            assert!(
                moved.iter().any(|&moved| moved != 0.0),
                "{case}: it stopped"
            );
        }
    }
}

impl<O: Optimizer> Law<'_, O> {
    /// The points after each of four steps, in the second of which a coordinate of the gradient of one
    /// row is `broken`.
    fn steps<M: Manifold>(&self, manifold: &M, broken: Option<f64>) -> Vec<Tensor<4>> {
        let point = manifold.point_shape(self.size.clone()).axes().to_vec();
        let mut shape = [1; 4];
        shape[0] = ROWS;
        shape[4 - point.len()..].copy_from_slice(&point);
        let width: usize = point.iter().product();
        let tensor = |values: Vec<f64>| {
            let data = TensorData::new(values, shape);
            Tensor::<4>::from_data(data, (&Device::default(), self.dtype))
        };
        // Different in every coordinate, and of no symmetry.
        let numbers = |seed: usize| -> Vec<f64> {
            let number = |i: usize| ((i * 7 + seed * 5 + 1) as f64).sin();
            (0..ROWS * width).map(number).collect()
        };
        let origin = manifold.origin(shape, &Device::default()).cast(self.dtype);
        let origin = manifold.project(origin);
        let v = manifold.project_tangent(origin.clone(), tensor(numbers(0)).mul_scalar(0.2));
        let mut x = manifold.project(manifold.exp(origin, v));
        let mut state = None;
        (1..=4)
            .map(|step| {
                let mut gradient = numbers(step);
                if let (2, Some(broken)) = (step, broken) {
                    gradient[BROKEN * width] = broken;
                }
                let gradient = tensor(gradient);
                let (next, memory) = scope::enter(manifold, || {
                    let optimizer = self.optimizer;
                    optimizer.step(LEARNING_RATE, x.clone(), gradient, state.take())
                });
                (x, state) = (next, memory);
                x.clone()
            })
            .collect()
    }
}

fn assert_recovers<O: Optimizer>(name: &str, optimizer: &O) {
    // On flat space a step is Burn's, which a broken gradient breaks.
    let curved = configurations(&[0.7]).into_iter().filter(|config| {
        !config
            .clone()
            .build(IsAmbientFlat)
            .expect("a valid manifold")
    });
    for manifold in curved {
        for dtype in [DType::F32, DType::F64] {
            let law = Law {
                name,
                optimizer,
                dtype,
                size: example_size(&manifold, DIM),
            };
            manifold.build(law).expect("a valid manifold");
        }
    }
}

struct IsAmbientFlat;

impl ManifoldVisitor for IsAmbientFlat {
    type Output = bool;

    fn visit<M: Manifold>(self, manifold: M) -> bool {
        manifold.is_ambient_flat()
    }
}

#[test]
fn sgd_recovers_from_a_broken_gradient() {
    assert_recovers("sgd", &RiemannianSgdConfig::new().build());
    let momentum = MomentumConfig {
        momentum: 0.9,
        dampening: 0.1,
        nesterov: true,
    };
    let momentum = RiemannianSgdConfig::new().with_momentum(Some(momentum));
    assert_recovers("momentum", &momentum.build());
}

#[test]
fn adam_recovers_from_a_broken_gradient() {
    for second_moment in [SecondMoment::PerPoint, SecondMoment::Elementwise] {
        let adam = RiemannianAdamConfig::new().with_second_moment(second_moment);
        assert_recovers("adam", &adam.build());
        assert_recovers("amsgrad", &adam.with_amsgrad(true).build());
    }
    assert_recovers("ramsgrad", &RamsGradConfig::new().build());
}

#[test]
fn adagrad_recovers_from_a_broken_gradient() {
    for second_moment in [SecondMoment::PerPoint, SecondMoment::Elementwise] {
        let adagrad = RiemannianAdagradConfig::new().with_second_moment(second_moment);
        assert_recovers("adagrad", &adagrad.build());
    }
}

#[test]
fn flat_space_stays_burns_in_this_too() {
    let x = Tensor::<2>::from_data([[0.5f32, 1.0]], &Device::default());
    let gradient = Tensor::from_data([[f32::NAN, 1.0]], &Device::default());
    let sgd = RiemannianSgdConfig::new().build();
    let (next, _) = scope::enter(&Euclidean::new(), || sgd.step(0.5, x, gradient, None));
    let next: Vec<f32> = next.into_data().iter().collect();
    assert!(next[0].is_nan() && next[1] == 0.5, "{next:?}");
}
