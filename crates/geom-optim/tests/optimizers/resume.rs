//! A saved and loaded optimizer takes the very next step of the one that went on.

use crate::common::{Mixed, bits};
use burn::grad_clipping::GradientClippingConfig;
use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::Device;
use geom_core::{Curvature, Hyperboloid, PoincareBall};
use geom_optim::{
    RamsGradConfig, RiemannianAdagradConfig, RiemannianAdamConfig, RiemannianSgdConfig,
    SecondMoment, StepMap,
};

const LEARNING_RATE: f64 = 0.02;

/// Makes the same fresh optimizer every time.
type Create = Box<dyn Fn() -> ModuleOptimizer>;

/// Every kind of state there is.
fn optimizers() -> Vec<(&'static str, Create)> {
    let sgd = RiemannianSgdConfig::new;
    let adam = RiemannianAdamConfig::new;
    let momentum = || MomentumConfig {
        momentum: 0.9,
        dampening: 0.1,
        nesterov: true,
    };
    vec![
        ("sgd", Box::new(move || sgd().init())),
        (
            "sgd with momentum",
            Box::new(move || sgd().with_momentum(Some(momentum())).init()),
        ),
        (
            "sgd with everything",
            Box::new(move || {
                sgd()
                    .with_momentum(Some(momentum()))
                    .with_weight_decay(Some(WeightDecayConfig { penalty: 0.01 }))
                    .with_grad_clipping(Some(GradientClippingConfig::Norm(2.0)))
                    .with_step(StepMap::Retraction)
                    .init()
            }),
        ),
        ("adam", Box::new(move || adam().init())),
        (
            "adam with amsgrad",
            Box::new(move || adam().with_amsgrad(true).init()),
        ),
        (
            "adam per point",
            Box::new(move || adam().with_second_moment(SecondMoment::PerPoint).init()),
        ),
        (
            "adam elementwise",
            Box::new(move || adam().with_second_moment(SecondMoment::Elementwise).init()),
        ),
        ("ramsgrad", Box::new(move || RamsGradConfig::new().init())),
        (
            "adagrad",
            Box::new(move || RiemannianAdagradConfig::new().with_lr_decay(0.1).init()),
        ),
        (
            "adagrad elementwise",
            Box::new(move || {
                RiemannianAdagradConfig::new()
                    .with_second_moment(SecondMoment::Elementwise)
                    .init()
            }),
        ),
    ]
}

fn models() -> Vec<(&'static str, Mixed)> {
    let device = Device::default().autodiff();
    let learnable = || Curvature::learnable(1.0, &device);
    vec![
        (
            "fixed curvature",
            Mixed::new(PoincareBall::new(1.0), Hyperboloid::new(1.0), &device),
        ),
        (
            "learnable curvature",
            Mixed::new(
                PoincareBall::with_curvature(learnable()),
                Hyperboloid::with_curvature(learnable()),
                &device,
            ),
        ),
    ]
}

fn step(optimizer: &mut ModuleOptimizer, model: Mixed, round: usize) -> Mixed {
    let gradients = GradientsParams::from_grads(model.loss(round).backward(), &model);
    optimizer.step(LEARNING_RATE, model, gradients)
}

fn all_bits(model: &Mixed) -> Vec<u32> {
    [
        bits(model.linear.weight.val()),
        bits(model.ball.val()),
        bits(model.hyperboloid.val()),
    ]
    .concat()
}

/// Trains, saves and loads with `reload`, and compares three further steps.
fn assert_resumes(reload: impl Fn(&ModuleOptimizer, ModuleOptimizer) -> ModuleOptimizer) {
    for (model_name, start) in models() {
        for (name, create) in optimizers() {
            let mut original = create();
            let mut model = start.clone();
            for round in 0..5 {
                model = step(&mut original, model, round);
            }
            let mut restored = reload(&original, create());
            let mut other = model.clone();
            for round in 5..8 {
                model = step(&mut original, model, round);
                other = step(&mut restored, other, round);
                assert_eq!(
                    all_bits(&model),
                    all_bits(&other),
                    "{name}, {model_name}, step {round}"
                );
            }
        }
    }
}

#[test]
fn every_optimizer_resumes_from_bytes() {
    assert_resumes(|original, fresh| fresh.from_bytes(original.into_bytes().unwrap()).unwrap());
}

#[test]
fn every_optimizer_resumes_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("optimizer.bpk");
    assert_resumes(|original, fresh| {
        original.save(&path).unwrap();
        fresh.load(&path).unwrap()
    });
}

#[test]
fn a_record_does_not_change_when_training_goes_on() {
    let mut original = RiemannianAdamConfig::new().init();
    let (_, start) = models().swap_remove(0);
    let mut model = step(&mut original, start, 0);
    let record = original.to_record();
    let before = original.into_bytes().unwrap();
    for round in 1..4 {
        model = step(&mut original, model, round);
    }
    assert_eq!(
        record.into_bytes().unwrap().as_ref() as &[u8],
        before.as_ref() as &[u8]
    );
}
