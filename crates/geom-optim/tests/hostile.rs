//! A hundred thousand steps at hostile learning rates against heavy-tailed gradients: no point
//! leaves its manifold, and nothing turns into NaN.

use burn::optim::Optimizer;
use burn::optim::momentum::MomentumConfig;
use burn::tensor::{DType, Device, Tensor, TensorData};
use geom_core::numerics::to_vec_f64;
use geom_core::testing::{configurations, example_size};
use geom_core::{Hyperboloid, Limits, Manifold, ManifoldVisitor, PoincareBall, PointSize, scope};
use geom_optim::{
    RamsGradConfig, RiemannianAdagradConfig, RiemannianAdamConfig, RiemannianSgdConfig,
    SecondMoment, StepMap,
};

/// Steps of one optimizer on one manifold from each of the [`PLACES`]: all learning rates, number
/// formats and settings together.
const STEPS: usize = 100_000;
/// Steps from one start at one learning rate.
const ROUND: usize = 50;
/// Points stepped together from one place, each with gradients of its own: a step of some rows costs
/// little more than a step of one.
const COMPANY: usize = 25;
const LEARNING_RATES: [f64; 10] = [1e-3, 1e-2, 1e-1, 1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6];
/// Places to start from: the origin, the middle, and two as far out as the format goes.
const PLACES: usize = 4;
const DIM: usize = 2;
/// Different gradients; every step draws one of them.
const GRADIENTS: usize = 512;

/// How the steps on one manifold are made up.
struct Load {
    /// The axes of a point.
    point: Vec<usize>,
    /// Points stepped together, as many from each of the [`PLACES`].
    rows: usize,
    /// Steps from one start at one learning rate.
    round: usize,
    rounds: usize,
}

impl Load {
    fn of<M: Manifold>(manifold: &M, size: PointSize) -> Self {
        let point = manifold.point_shape(size).axes().to_vec();
        if manifold.name() == "birkhoff-polytope" {
            // The exponential map solves a differential equation: a hundred thousand steps of points
            // in few large batches.
            return Self {
                point,
                rows: 13 * PLACES,
                round: 25,
                rounds: 80,
            };
        }
        Self {
            point,
            rows: COMPANY * PLACES,
            round: ROUND,
            rounds: STEPS / (COMPANY * ROUND),
        }
    }

    /// The shape of the points that are stepped together: a batch axis and up to three point axes.
    fn shape(&self) -> [usize; 4] {
        let mut shape = [1; 4];
        shape[0] = self.rows;
        shape[4 - self.point.len()..].copy_from_slice(&self.point);
        shape
    }
}

/// The next number of the SplitMix64 sequence.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A number in (-1, 1).
fn uniform(state: &mut u64) -> f64 {
    (random(state) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

/// A coordinate of a hostile gradient: usually Cauchy distributed, sometimes 1e30, zero, or the
/// smallest number there is.
fn coordinate(state: &mut u64, dtype: DType) -> f64 {
    let denormal = match dtype {
        DType::F64 => f64::from_bits(1),
        _ => f64::from(f32::from_bits(1)),
    };
    let sign = uniform(state).signum();
    match random(state) % 100 {
        0 => 1e30 * sign,
        1 => denormal * sign,
        2 => 0.0,
        3 => 1e10 * sign,
        _ => (std::f64::consts::FRAC_PI_2 * uniform(state)).tan(),
    }
}

/// Points at the origin, not far from it, and as far out as the manifold and the number format go.
fn start<M: Manifold>(manifold: &M, load: &Load, dtype: DType) -> Tensor<4> {
    let (device, shape) = (Device::default(), load.shape());
    let origin = manifold.origin(shape, &device).cast(dtype);
    let origin = manifold.project(origin);
    let mut state = 1;
    let count = shape.iter().product::<usize>();
    let directions: Vec<f64> = (0..count).map(|_| uniform(&mut state)).collect();
    let directions = Tensor::from_data(TensorData::new(directions, shape), (&device, dtype));
    // Beyond half of the injectivity radius nothing is farther from the origin.
    let far = Limits::of(dtype)
        .max_radius
        .min(manifold.injectivity_radius(&load.point) / 2.0);
    let lengths: Vec<f64> = (0..count)
        .map(|index| [0.0, far / 20.0, far, far][index / (count / load.rows) % PLACES])
        .collect();
    let lengths = Tensor::from_data(TensorData::new(lengths, shape), (&device, dtype));
    let v = manifold.project_tangent(origin.clone(), directions * lengths);
    manifold.project(manifold.exp(origin, v))
}

/// A training run from one start.
struct Round {
    lr: f64,
    dtype: DType,
    /// Decides which gradients come.
    seed: u64,
}

/// Several settings of one optimizer, on whatever manifold they are brought to.
struct Trial<'a, O> {
    name: &'a str,
    settings: &'a [O],
    size: PointSize,
}

impl<O: Optimizer> ManifoldVisitor for Trial<'_, O> {
    type Output = ();

    /// All steps, a round at a time; every rate meets every number format and setting.
    fn visit<M: Manifold>(self, manifold: M) {
        let formats = [DType::F32, DType::F64];
        let load = Load::of(&manifold, self.size);
        let gradients = formats.map(|dtype| gradients(&load, dtype));
        let rates = LEARNING_RATES.len();
        for round in 0..load.rounds {
            let format = round / rates % formats.len();
            let setting = round / (rates * formats.len()) % self.settings.len();
            let round = Round {
                lr: LEARNING_RATES[round % rates],
                dtype: formats[format],
                seed: round as u64,
            };
            let off = steps_off(
                &manifold,
                &load,
                &self.settings[setting],
                &round,
                &gradients[format],
            );
            assert!(
                off.iter().all(|&steps| steps == 0.0),
                "{}, setting {setting}, learning rate {:e}, {}, {:?}: steps off the manifold, per \
                 point: {off:?}",
                self.name,
                round.lr,
                manifold.name(),
                round.dtype,
            );
        }
    }
}

/// How many steps of a round end off the manifold, for each point.
fn steps_off<M: Manifold>(
    manifold: &M,
    load: &Load,
    optimizer: &impl Optimizer,
    round: &Round,
    gradients: &[Tensor<4>],
) -> Vec<f64> {
    let tolerance = Limits::of(round.dtype).membership;
    let mut random_state = round.seed;
    let (mut x, mut memory) = (start(manifold, load, round.dtype), None);
    let mut off = Tensor::zeros_like(&manifold.point_violation(x.clone()));
    for _ in 0..load.round {
        let gradient = gradients[random(&mut random_state) as usize % GRADIENTS].clone();
        (x, memory) = scope::enter(manifold, || optimizer.step(round.lr, x, gradient, memory));
        // Counted on the device; NaN is not within the tolerance either.
        let within = manifold
            .point_violation(x.clone())
            .lower_equal_elem(tolerance);
        off = off + within.bool_not().float().cast(round.dtype);
    }
    to_vec_f64(off)
}

fn gradients(load: &Load, dtype: DType) -> Vec<Tensor<4>> {
    let shape = load.shape();
    let mut state = 2;
    (0..GRADIENTS)
        .map(|_| {
            let values: Vec<f64> = (0..shape.iter().product())
                .map(|_| coordinate(&mut state, dtype))
                .collect();
            Tensor::from_data(TensorData::new(values, shape), (&Device::default(), dtype))
        })
        .collect()
}

/// Takes all settings of an optimizer through every manifold.
fn assert_survives<O: Optimizer>(name: &str, settings: &[O]) {
    for manifold in configurations(&[0.7]) {
        let size = example_size(&manifold, DIM);
        let trial = Trial {
            name,
            settings,
            size,
        };
        manifold
            .build(trial)
            .expect("the list holds valid manifolds");
    }
}

const STEP_MAPS: [StepMap; 2] = [StepMap::ExponentialMap, StepMap::Retraction];
const SECOND_MOMENTS: [SecondMoment; 2] = [SecondMoment::ByCurvature, SecondMoment::Elementwise];

/// `setting` of every map and second moment.
fn adaptive<O>(setting: impl Fn(StepMap, SecondMoment) -> O) -> Vec<O> {
    STEP_MAPS
        .iter()
        .flat_map(|&map| SECOND_MOMENTS.map(|moment| setting(map, moment)))
        .collect()
}

#[test]
fn sgd_survives_a_hundred_thousand_hostile_steps() {
    let momentum = MomentumConfig {
        momentum: 0.9,
        dampening: 0.1,
        nesterov: true,
    };
    let settings: Vec<_> = STEP_MAPS
        .iter()
        .flat_map(|&map| {
            [None, Some(momentum.clone())].map(|momentum| {
                RiemannianSgdConfig::new()
                    .with_step(map)
                    .with_momentum(momentum)
                    .build()
            })
        })
        .collect();
    assert_survives("sgd", &settings);
}

#[test]
fn adam_survives_a_hundred_thousand_hostile_steps() {
    let settings = adaptive(|map, moment| {
        RiemannianAdamConfig::new()
            .with_step(map)
            .with_second_moment(moment)
            .build()
    });
    assert_survives("adam", &settings);
}

#[test]
fn ramsgrad_survives_a_hundred_thousand_hostile_steps() {
    let settings = adaptive(|map, moment| {
        RamsGradConfig::new()
            .with_step(map)
            .with_second_moment(moment)
            .build()
    });
    assert_survives("ramsgrad", &settings);
}

#[test]
fn adagrad_survives_a_hundred_thousand_hostile_steps() {
    let settings = adaptive(|map, moment| {
        RiemannianAdagradConfig::new()
            .with_step(map)
            .with_second_moment(moment)
            .build()
    });
    assert_survives("adagrad", &settings);
}

/// A gradient whose square is beyond the number format leads to the same point as one that is large.
fn assert_direction_survives<M: Manifold>(manifold: &M) {
    /// Of a coordinate, in `f32`: the number that shortens a gradient, its product with it, and a map.
    const SINGLE_ROUNDINGS: f64 = 1e-5;
    let sgd = RiemannianSgdConfig::new().build();
    let load = Load::of(manifold, DIM.into());
    let x = start(manifold, &load, DType::F32).narrow(0, 0, 1);
    let end = |length: f64| {
        let gradient = x.ones_like().mul_scalar(length);
        scope::enter(manifold, || sgd.step(1e6, x.clone(), gradient, None).0)
    };
    let (large, huge) = (end(1e6), end(1e30));
    let traveled = to_vec_f64(manifold.distance(x, large.clone()))[0];
    assert!(traveled > 10.0, "only {traveled} from the start");
    let coordinates = to_vec_f64(large).into_iter().zip(to_vec_f64(huge));
    for (large, huge) in coordinates {
        let error = (huge / large - 1.0).abs();
        assert!(error < SINGLE_ROUNDINGS, "{}: {error:e}", manifold.name());
    }
}

#[test]
fn a_huge_gradient_keeps_its_direction() {
    assert_direction_survives(&PoincareBall::new(1.0));
    assert_direction_survives(&Hyperboloid::new(1.0));
}
