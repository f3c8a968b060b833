//! On flat space and on ordinary parameters every bit is that of Burn's own optimizer.

use crate::common::{Mixed, bits, noise};
use burn::grad_clipping::GradientClippingConfig;
use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{AdaGradConfig, AdamConfig, GradientsParams, ModuleOptimizer, SgdConfig};
use burn::tensor::{Device, Tensor};
use geom_core::{
    AnyManifold, DynamicProduct, Euclidean, Factor, Hyperboloid, Manifold, ManifoldParam,
    PoincareBall, Power, Product, Scaled,
};
use geom_optim::{
    RiemannianAdagradConfig, RiemannianAdamConfig, RiemannianSgdConfig, SecondMoment, StepMap,
};

const STEPS: usize = 50;
const LEARNING_RATE: f64 = 0.03;

/// Every combination of Burn's SGD settings, in both optimizers.
fn sgd_pairs() -> Vec<(String, ModuleOptimizer, ModuleOptimizer)> {
    let mut momenta = vec![None];
    for (momentum, dampening, nesterov) in [
        (0.9, 0.1, false),
        (0.9, 0.0, false),
        (0.9, 0.1, true),
        (0.5, 0.0, true),
    ] {
        momenta.push(Some(MomentumConfig {
            momentum,
            dampening,
            nesterov,
        }));
    }
    let mut pairs = Vec::new();
    for momentum in momenta {
        for weight_decay in [None, Some(WeightDecayConfig { penalty: 0.05 })] {
            for clipping in [None, Some(GradientClippingConfig::Norm(0.7))] {
                let ours = RiemannianSgdConfig::new()
                    .with_momentum(momentum.clone())
                    .with_weight_decay(weight_decay.clone())
                    .with_grad_clipping(clipping.clone());
                let theirs = SgdConfig::new()
                    .with_momentum(momentum.clone())
                    .with_weight_decay(weight_decay.clone())
                    .with_gradient_clipping(clipping);
                pairs.push((format!("{ours:?}"), ours.init(), theirs.init()));
            }
        }
    }
    pairs
}

/// Every combination of Burn's Adam settings, in both optimizers.
fn adam_pairs() -> Vec<(String, ModuleOptimizer, ModuleOptimizer)> {
    let mut pairs = Vec::new();
    for (beta_1, beta_2, epsilon) in [(0.9, 0.999, 1e-5), (0.8, 0.95, 1e-8), (0.0, 0.9, 1e-3)] {
        for amsgrad in [false, true] {
            for weight_decay in [None, Some(WeightDecayConfig { penalty: 0.05 })] {
                for second_moment in [SecondMoment::ByCurvature, SecondMoment::Elementwise] {
                    let ours = RiemannianAdamConfig::new()
                        .with_beta_1(beta_1)
                        .with_beta_2(beta_2)
                        .with_epsilon(epsilon)
                        .with_amsgrad(amsgrad)
                        .with_weight_decay(weight_decay.clone())
                        .with_second_moment(second_moment)
                        .with_grad_clipping(Some(GradientClippingConfig::Value(0.6)));
                    let theirs = AdamConfig::new()
                        .with_beta_1(beta_1)
                        .with_beta_2(beta_2)
                        .with_epsilon(epsilon)
                        .with_amsgrad(amsgrad)
                        .with_weight_decay(weight_decay.clone())
                        .with_grad_clipping(Some(GradientClippingConfig::Value(0.6)));
                    pairs.push((format!("{ours:?}"), ours.init(), theirs.init()));
                }
            }
        }
    }
    pairs
}

/// Every combination of Burn's AdaGrad settings, in both optimizers.
fn adagrad_pairs() -> Vec<(String, ModuleOptimizer, ModuleOptimizer)> {
    let mut pairs = Vec::new();
    for (lr_decay, epsilon) in [(0.0, 1e-5), (0.1, 1e-8), (0.013, 1e-3)] {
        for weight_decay in [None, Some(WeightDecayConfig { penalty: 0.05 })] {
            for clipping in [None, Some(GradientClippingConfig::Norm(0.7))] {
                for second_moment in [SecondMoment::ByCurvature, SecondMoment::Elementwise] {
                    let ours = RiemannianAdagradConfig::new()
                        .with_lr_decay(lr_decay)
                        .with_epsilon(epsilon)
                        .with_weight_decay(weight_decay.clone())
                        .with_second_moment(second_moment)
                        .with_grad_clipping(clipping.clone());
                    let theirs = AdaGradConfig::new()
                        .with_lr_decay(lr_decay)
                        .with_epsilon(epsilon)
                        .with_weight_decay(weight_decay.clone())
                        .with_grad_clipping(clipping.clone());
                    pairs.push((format!("{ours:?}"), ours.init(), theirs.init()));
                }
            }
        }
    }
    pairs
}

/// Trains `model` with both optimizers and compares what `read` sees after every step.
fn assert_same_bits<M: Module>(
    pairs: Vec<(String, ModuleOptimizer, ModuleOptimizer)>,
    model: &M,
    loss: impl Fn(&M, usize) -> Tensor<1>,
    read: impl Fn(&M) -> Vec<u32>,
) {
    for (settings, mut ours, mut theirs) in pairs {
        let (mut left, mut right) = (model.clone(), model.clone());
        let start = read(&left);
        for round in 0..STEPS {
            let gradients = GradientsParams::from_grads(loss(&left, round).backward(), &left);
            left = ours.step(LEARNING_RATE, left, gradients);
            let gradients = GradientsParams::from_grads(loss(&right, round).backward(), &right);
            right = theirs.step(LEARNING_RATE, right, gradients);
            assert_eq!(read(&left), read(&right), "step {round} of {settings}");
        }
        assert_ne!(read(&left), start, "{settings} did not move");
    }
}

fn linear_bits(linear: &Linear) -> Vec<u32> {
    let mut bits = bits(linear.weight.val());
    bits.extend(
        linear
            .bias
            .iter()
            .flat_map(|bias| crate::common::bits(bias.val())),
    );
    bits
}

fn linear_loss(linear: &Linear, round: usize) -> Tensor<1> {
    let device = linear.weight.val().device();
    let input = Tensor::<2>::from_data(noise::<5>(4, round), &device);
    let target = Tensor::<2>::from_data(noise::<5>(3, round + 500), &device);
    (linear.forward(input).tanh() - target).square().sum()
}

fn euclidean_points() -> ManifoldParam<2, Euclidean> {
    points_on(Euclidean::new())
}

/// The same numbers as points of another manifold with as many coordinates.
fn points_on<M: Manifold>(manifold: M) -> ManifoldParam<2, M> {
    let start = Tensor::from_data(noise::<6>(3, 1), &Device::default().autodiff());
    ManifoldParam::new(start, manifold)
}

fn euclidean_loss<M: Manifold>(points: &ManifoldParam<2, M>, round: usize) -> Tensor<1> {
    let target = Tensor::<2>::from_data(noise::<6>(3, round + 7), &points.val().device());
    (points.val().tanh() - target).square().sum()
}

#[test]
fn sgd_on_ordinary_parameters_is_burns_sgd() {
    let model = LinearConfig::new(4, 3).init(&Device::default().autodiff());
    assert_same_bits(sgd_pairs(), &model, linear_loss, linear_bits);
}

#[test]
fn adam_on_ordinary_parameters_is_burns_adam() {
    let model = LinearConfig::new(4, 3).init(&Device::default().autodiff());
    assert_same_bits(adam_pairs(), &model, linear_loss, linear_bits);
}

#[test]
fn adagrad_on_ordinary_parameters_is_burns_adagrad() {
    let model = LinearConfig::new(4, 3).init(&Device::default().autodiff());
    assert_same_bits(adagrad_pairs(), &model, linear_loss, linear_bits);
}

#[test]
fn adagrad_on_the_euclidean_manifold_is_burns_adagrad() {
    assert_same_bits(
        adagrad_pairs(),
        &euclidean_points(),
        euclidean_loss,
        |points| bits(points.val()),
    );
}

#[test]
fn sgd_on_the_euclidean_manifold_is_burns_sgd() {
    assert_same_bits(sgd_pairs(), &euclidean_points(), euclidean_loss, |points| {
        bits(points.val())
    });
}

#[test]
fn adam_on_the_euclidean_manifold_is_burns_adam() {
    assert_same_bits(
        adam_pairs(),
        &euclidean_points(),
        euclidean_loss,
        |points| bits(points.val()),
    );
}

/// Every optimizer on a manifold made of flat ones.
fn assert_burns_on<M: Manifold>(manifold: M) {
    assert!(manifold.is_ambient_flat(), "{}", manifold.name());
    for pairs in [sgd_pairs(), adam_pairs(), adagrad_pairs()] {
        let points = points_on(manifold.clone());
        assert_same_bits(pairs, &points, euclidean_loss, |points| bits(points.val()));
    }
}

#[test]
fn optimizers_on_a_power_of_flat_space_are_burns() {
    assert_burns_on(Power::new(Euclidean::new(), 6));
}

#[test]
fn optimizers_on_a_product_of_flat_spaces_are_burns() {
    assert_burns_on(Product::new(Euclidean::new(), 1, Euclidean::new(), 2));
}

#[test]
fn optimizers_on_flat_spaces_chosen_at_run_time_are_burns() {
    assert_burns_on(AnyManifold::from(Euclidean::new()));
    let factors = vec![
        Factor::new(Euclidean::new(), 2),
        Factor::new(Euclidean::new(), 1),
    ];
    assert_burns_on(DynamicProduct::new(factors));
}

#[test]
fn optimizers_on_flat_space_scaled_by_one_are_burns() {
    assert_burns_on(Scaled::new(Euclidean::new(), 1.0));
}

#[test]
fn the_step_map_makes_no_difference_on_flat_space() {
    let ours = RiemannianSgdConfig::new()
        .with_step(StepMap::Retraction)
        .init();
    let pairs = vec![("retraction".to_string(), ours, SgdConfig::new().init())];
    assert_same_bits(pairs, &euclidean_points(), euclidean_loss, |points| {
        bits(points.val())
    });
}

/// The manifold parameters of the mixed model take part in the Riemannian run and are left out of
/// Burn's, which cannot step them.
fn assert_linear_part_is_burns(pairs: Vec<(String, ModuleOptimizer, ModuleOptimizer)>) {
    let device = Device::default().autodiff();
    let model = Mixed::new(PoincareBall::new(1.0), Hyperboloid::new(1.0), &device);
    for (settings, mut ours, mut theirs) in pairs {
        let (mut mixed, mut linear) = (model.clone(), model.linear.clone());
        for round in 0..STEPS {
            let gradients = GradientsParams::from_grads(mixed.loss(round).backward(), &mixed);
            // The same gradients, of the ordinary parameters alone.
            let alone = GradientsParams::from_params(
                &mut mixed.loss(round).backward(),
                &mixed,
                &[
                    Some(linear.weight.id),
                    linear.bias.as_ref().map(|bias| bias.id),
                ]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>(),
            );
            mixed = ours.step(LEARNING_RATE, mixed, gradients);
            linear = theirs.step(LEARNING_RATE, linear, alone);
            assert_eq!(
                linear_bits(&mixed.linear),
                linear_bits(&linear),
                "step {round} of {settings}"
            );
        }
        assert_ne!(
            bits(mixed.ball.val()),
            bits(model.ball.val()),
            "{settings} did not move the ball's points"
        );
    }
}

#[test]
fn sgd_steps_the_ordinary_part_of_a_mixed_model_as_burn_does() {
    assert_linear_part_is_burns(sgd_pairs());
}

#[test]
fn adam_steps_the_ordinary_part_of_a_mixed_model_as_burn_does() {
    assert_linear_part_is_burns(adam_pairs());
}

#[test]
fn adagrad_steps_the_ordinary_part_of_a_mixed_model_as_burn_does() {
    assert_linear_part_is_burns(adagrad_pairs());
}
