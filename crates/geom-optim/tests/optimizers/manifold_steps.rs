//! Steps on curved manifolds: they stay there, rest where they should, and arrive.

use crate::common::{difference, noise, points, points_f64};
use burn::module::Module;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{GradientsParams, ModuleOptimizer, Optimizer};
use burn::tensor::{DType, Device, Tensor};
use geom_core::{
    Euclidean, Hyperboloid, Manifold, ManifoldParam, PoincareBall, change_model, scope,
};
use geom_optim::{
    RamsGradConfig, RiemannianAdagradConfig, RiemannianAdamConfig, RiemannianSgdConfig,
    SecondMoment, StepMap,
};

fn momentum() -> Option<MomentumConfig> {
    Some(MomentumConfig {
        momentum: 0.9,
        dampening: 0.1,
        nesterov: true,
    })
}

/// Every kind of step, by name.
fn optimizers() -> Vec<(String, ModuleOptimizer)> {
    let mut optimizers = Vec::new();
    for step in [StepMap::ExponentialMap, StepMap::Retraction] {
        let sgd = RiemannianSgdConfig::new().with_step(step);
        let adam = RiemannianAdamConfig::new().with_step(step);
        optimizers.push((format!("sgd, {step:?}"), sgd.init()));
        optimizers.push((
            format!("sgd with momentum, {step:?}"),
            sgd.with_momentum(momentum()).init(),
        ));
        for second_moment in [
            SecondMoment::ByCurvature,
            SecondMoment::PerPoint,
            SecondMoment::Elementwise,
        ] {
            let adam = RiemannianAdamConfig::new()
                .with_step(step)
                .with_second_moment(second_moment);
            optimizers.push((format!("adam, {step:?}, {second_moment:?}"), adam.init()));
            let adagrad = RiemannianAdagradConfig::new()
                .with_step(step)
                .with_second_moment(second_moment);
            let name = format!("adagrad, {step:?}, {second_moment:?}");
            optimizers.push((name, adagrad.init()));
        }
        let ramsgrad = RamsGradConfig::new().with_step(step);
        optimizers.push((format!("ramsgrad, {step:?}"), ramsgrad.init()));
        optimizers.push((
            format!("adam with amsgrad, {step:?}"),
            adam.with_amsgrad(true).init(),
        ));
    }
    optimizers
}

/// Makes the same fresh optimizer every time.
type Create = fn() -> ModuleOptimizer;

/// One step of `optimizer` down `loss`.
fn step<M: Manifold>(
    optimizer: &mut ModuleOptimizer,
    lr: f64,
    parameter: ManifoldParam<2, M>,
    loss: impl Fn(&M, Tensor<2>) -> Tensor<1>,
) -> ManifoldParam<2, M> {
    let loss = loss(parameter.manifold(), parameter.val());
    let gradients = GradientsParams::from_grads(loss.backward(), &parameter);
    optimizer.step(lr, parameter, gradients)
}

/// The sum of squared distances to every row of `targets`.
fn squared_distances<M: Manifold>(manifold: &M, x: Tensor<2>, targets: &Tensor<2>) -> Tensor<1> {
    manifold
        .distance(x, Tensor::from_inner(targets.clone()))
        .square()
        .sum()
}

/// A thousand large steps against noise, with a pull to infinity.
fn assert_stays<M: Manifold>(manifold: M, start: Tensor<2>) {
    let columns = start.dims()[1];
    for (name, mut optimizer) in optimizers() {
        let mut parameter = ManifoldParam::new(Tensor::from_inner(start.clone()), manifold.clone());
        for round in 0..1000 {
            parameter = step(&mut optimizer, 0.2, parameter, |manifold, x| {
                let noise = Tensor::<2>::from_data(noise::<3>(columns, round), &x.device());
                let origin = manifold.origin(x.dims(), &x.device());
                (x.clone() * noise).sum() - manifold.distance(x, origin).sum().mul_scalar(0.1)
            });
        }
        let x = parameter.valid().val();
        manifold
            .check_point(x)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn a_thousand_steps_stay_on_the_ball() {
    assert_stays(
        PoincareBall::new(1.0),
        points([[0.3, -0.4], [0.0, 0.0], [-0.5, 0.2]]),
    );
    assert_stays(
        PoincareBall::new(0.3),
        points([[0.3, -0.4], [0.0, 0.0], [-0.5, 0.2]]),
    );
}

#[test]
fn a_thousand_steps_stay_on_the_hyperboloid() {
    let hyperboloid = Hyperboloid::new(1.0);
    let start = hyperboloid.project(points([
        [0.0, 0.3, -0.4],
        [0.0, 0.0, 0.0],
        [0.0, -0.5, 0.2],
    ]));
    assert_stays(hyperboloid, start);
}

#[test]
fn a_zero_gradient_leaves_the_point() {
    // Rounding of the map itself at a step of length zero.
    const TOLERANCE: f64 = 1e-6;
    fn assert_rests<M: Manifold>(manifold: M, start: Tensor<2>) {
        for (name, mut optimizer) in optimizers() {
            let mut parameter =
                ManifoldParam::new(Tensor::from_inner(start.clone()), manifold.clone());
            for _ in 0..10 {
                parameter = step(&mut optimizer, 0.5, parameter, |_, x| {
                    x.mul_scalar(0.0).sum()
                });
            }
            let moved = difference(parameter.valid().val(), start.clone());
            assert!(moved < TOLERANCE, "{name} moved by {moved:e}");
        }
    }
    assert_rests(
        Euclidean::new(),
        points([[0.3, -0.4], [0.0, 0.0], [-5.0, 0.2]]),
    );
    assert_rests(
        PoincareBall::new(1.0),
        points([[0.3, -0.4], [0.0, 0.0], [-0.9, 0.2]]),
    );
    let hyperboloid = Hyperboloid::new(2.0);
    let start = hyperboloid.project(points([
        [0.0, 0.3, -0.4],
        [0.0, 0.0, 0.0],
        [0.0, -0.9, 0.2],
    ]));
    assert_rests(hyperboloid, start);
}

#[test]
fn every_optimizer_finds_the_frechet_mean() {
    // Computed to 16 digits by an independent fixed-point iteration.
    let mean = points_f64([[0.0876012075431797, 0.11007312923561906]]);
    let targets = points_f64([[0.1, 0.2], [-0.3, 0.4], [0.5, -0.2]]);
    let adam = |second_moment| {
        RiemannianAdamConfig::new()
            .with_beta_2(0.9)
            .with_second_moment(second_moment)
    };
    let cases = [
        ("sgd", RiemannianSgdConfig::new().init(), 0.05, 200, 1e-9),
        (
            "retraction",
            RiemannianSgdConfig::new()
                .with_step(StepMap::Retraction)
                .init(),
            0.05,
            200,
            1e-9,
        ),
        (
            "momentum",
            RiemannianSgdConfig::new().with_momentum(momentum()).init(),
            0.02,
            800,
            1e-9,
        ),
        (
            "adam",
            adam(SecondMoment::ByCurvature).init(),
            0.05,
            3000,
            1e-6,
        ),
        (
            "adam, elementwise",
            adam(SecondMoment::Elementwise).init(),
            0.05,
            3000,
            1e-6,
        ),
        ("ramsgrad", RamsGradConfig::new().init(), 0.05, 3000, 1e-6),
        // The sum of squares freezes once the gradients fade, so the rate never has to fall.
        (
            "adagrad",
            RiemannianAdagradConfig::new().init(),
            0.5,
            400,
            1e-9,
        ),
        (
            "adagrad, elementwise",
            RiemannianAdagradConfig::new()
                .with_second_moment(SecondMoment::Elementwise)
                .init(),
            0.5,
            400,
            1e-9,
        ),
    ];
    for (name, mut optimizer, lr, steps, tolerance) in cases {
        let start = points_f64([[-0.6, -0.5]]);
        let mut parameter = ManifoldParam::new(Tensor::from_inner(start), PoincareBall::new(1.0));
        // Adam and RAMSGrad end in a cycle of the size of their learning rate, so the rate falls.
        let decay = match name {
            "adam" | "adam, elementwise" | "ramsgrad" => 0.99_f64,
            _ => 1.0,
        };
        for round in 0..steps {
            let lr = lr * decay.powi(round / 2);
            parameter = step(&mut optimizer, lr, parameter, |ball, x| {
                squared_distances(ball, x, &targets)
            });
        }
        let error = difference(parameter.valid().val(), mean.clone());
        assert!(error < tolerance, "{name} ends {error:e} away");
    }
}

#[test]
fn ball_and_hyperboloid_walk_the_same_path() {
    /// Forty steps of some fifty operations in `f64`, at points less than one from the origin.
    const ROUNDINGS: f64 = 1e-12;
    let models = (PoincareBall::new(1.3), Hyperboloid::new(1.3));
    let start = points_f64([[0.3, -0.4], [0.1, 0.2]]);
    let targets = points_f64([[0.5, 0.1], [-0.3, 0.4]]);
    let cases: [(&str, Create); 6] = [
        ("sgd", || RiemannianSgdConfig::new().init()),
        ("retraction", || {
            RiemannianSgdConfig::new()
                .with_step(StepMap::Retraction)
                .init()
        }),
        ("momentum", || {
            RiemannianSgdConfig::new().with_momentum(momentum()).init()
        }),
        ("adam", || {
            RiemannianAdamConfig::new().with_amsgrad(true).init()
        }),
        ("ramsgrad", || RamsGradConfig::new().init()),
        ("adagrad", || RiemannianAdagradConfig::new().init()),
    ];
    for (name, create) in cases {
        let (mut on_ball, mut on_hyperboloid) = (create(), create());
        let lift = |x: Tensor<2>| change_model(&models.0, &models.1, x);
        let mut ball = ManifoldParam::new(Tensor::from_inner(start.clone()), models.0.clone());
        let mut hyperboloid =
            ManifoldParam::new(Tensor::from_inner(lift(start.clone())), models.1.clone());
        for round in 0..40 {
            ball = step(&mut on_ball, 0.02, ball, |m, x| {
                squared_distances(m, x, &targets)
            });
            let lifted = lift(targets.clone());
            hyperboloid = step(&mut on_hyperboloid, 0.02, hyperboloid, |m, x| {
                squared_distances(m, x, &lifted)
            });
            let seen = change_model(&models.1, &models.0, hyperboloid.valid().val());
            let apart = difference(ball.valid().val(), seen);
            assert!(
                apart < ROUNDINGS,
                "{name}: {apart:e} apart after step {round}"
            );
        }
    }
}

#[test]
fn exponential_map_and_retraction_agree_to_second_order() {
    fn gap<M: Manifold>(manifold: &M, start: &Tensor<2>, lr: f64) -> f64 {
        let gradient = start.ones_like();
        let end = |step| {
            let sgd = RiemannianSgdConfig::new().with_step(step).build();
            scope::enter(manifold, || {
                sgd.step(lr, start.clone(), gradient.clone(), None).0
            })
        };
        difference(end(StepMap::ExponentialMap), end(StepMap::Retraction))
    }
    fn assert_third_order_gap<M: Manifold>(manifold: M, start: Tensor<2>) {
        /// What terms of fourth order take from the slope at steps of a hundredth.
        const HIGHER_TERMS: f64 = 0.1;
        let order = (gap(&manifold, &start, 2e-2) / gap(&manifold, &start, 1e-2)).log2();
        assert!(
            order > 3.0 - HIGHER_TERMS,
            "on {} the gap falls with power {order}",
            manifold.name()
        );
    }
    assert_third_order_gap(PoincareBall::new(1.0), points_f64([[0.3, -0.4]]));
    let hyperboloid = Hyperboloid::new(1.0);
    let start = hyperboloid.project(points_f64([[0.0, 0.3, -0.4]]));
    assert_third_order_gap(hyperboloid, start);
}

#[test]
fn weight_decay_is_added_to_the_ambient_gradient() {
    let ball = PoincareBall::new(1.0);
    let x = points_f64([[0.3, -0.4], [0.8, 0.1]]);
    let gradient = points_f64([[1.0, 2.0], [0.5, 0.0]]);
    // A power of two, so that the single-precision setting is exact.
    let decay = burn::optim::decay::WeightDecayConfig { penalty: 0.25 };
    let sgd = RiemannianSgdConfig::new()
        .with_weight_decay(Some(decay))
        .build();
    let (next, _) = scope::enter(&ball, || sgd.step(0.1, x.clone(), gradient.clone(), None));
    let total = gradient + x.clone().mul_scalar(0.25);
    let v = ball.riemannian_gradient(x.clone(), total).mul_scalar(-0.1);
    /// A rounding or two of the gradient, which is added up in another order.
    const ROUNDINGS: f64 = 1e-15;
    assert!(difference(next, ball.exp(x, v)) < ROUNDINGS);
}

#[test]
fn three_dimensional_parameters_hold_points_on_their_last_axis() {
    let ball = PoincareBall::new(1.0);
    let rows = points_f64([[0.3, -0.4], [0.8, 0.1], [0.0, 0.5], [-0.2, -0.1]]);
    let gradient = points_f64([[1.0, 2.0], [0.5, 0.0], [-1.0, 0.3], [0.2, 0.2]]);
    let adam = RiemannianAdamConfig::new().build();
    let (flat, _) = scope::enter(&ball, || {
        adam.step(0.1, rows.clone(), gradient.clone(), None)
    });
    let (deep, state) = scope::enter(&ball, || {
        adam.step::<3>(
            0.1,
            rows.reshape([2, 2, 2]),
            gradient.reshape([2, 2, 2]),
            None,
        )
    });
    assert_eq!(state.expect("Adam has a state").moment_2.dims(), [2, 2, 1]);
    assert_eq!(difference(deep.reshape([4, 2]), flat), 0.0);
}

#[test]
fn double_precision_parameters_stay_double() {
    let ball = PoincareBall::new(1.0);
    let x = points_f64([[0.3, -0.4]]);
    for (_, optimizer) in optimizers() {
        let mut optimizer = optimizer;
        let device = Device::default().autodiff();
        let start = Tensor::from_data(x.to_data(), (&device, DType::F64));
        let parameter = ManifoldParam::new(start, ball.clone());
        let parameter = step(&mut optimizer, 0.1, parameter, |_, x| x.sum());
        assert_eq!(parameter.val().dtype(), DType::F64);
    }
}
