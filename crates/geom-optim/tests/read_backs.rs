//! A training step reads no learnable curvature back from its device: on a GPU each would wait for
//! everything queued there.

mod common;

use burn::module::{Module, ParamGroup};
use burn::nn::{Linear, LinearConfig};
use burn::optim::momentum::MomentumConfig;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor};
use common::noise;
use geom_core::testing::read_backs;
use geom_core::{
    DynamicProduct, Euclidean, Factor, HalfSpace, Hyperboloid, KleinBall, Manifold, ManifoldParam,
    PoincareBall, Product, Scaled, Sphere, Stereographic, constrain,
};
use geom_optim::{
    RamsGradConfig, RiemannianAdagradConfig, RiemannianAdamConfig, RiemannianSgdConfig, StepMap,
};

fn optimizers() -> Vec<(&'static str, ModuleOptimizer)> {
    let momentum = MomentumConfig {
        momentum: 0.9,
        dampening: 0.1,
        nesterov: true,
    };
    let sgd = RiemannianSgdConfig::new();
    let adam = RiemannianAdamConfig::new();
    vec![
        ("sgd", sgd.init()),
        ("momentum", sgd.with_momentum(Some(momentum)).init()),
        ("adam", adam.init()),
        (
            "retraction",
            adam.clone().with_step(StepMap::Retraction).init(),
        ),
        ("amsgrad", adam.with_amsgrad(true).init()),
        ("ramsgrad", RamsGradConfig::new().init()),
        ("adagrad", RiemannianAdagradConfig::new().init()),
    ]
}

/// Three steps, forward and backward passes included: the second meets moments, the third moments
/// that have followed a curvature.
fn assert_reads_nothing<M: Module>(name: &str, model: &M, loss: impl Fn(&M) -> Tensor<1>) {
    for (optimizer, mut step) in optimizers() {
        let mut model = model.clone();
        let before = read_backs();
        for _ in 0..3 {
            let gradients = GradientsParams::from_grads(loss(&model).backward(), &model);
            model = step.step(0.01, model, gradients);
        }
        assert_eq!(read_backs() - before, 0, "{optimizer} on {name}");
    }
}

fn assert_silent<M: Manifold>(manifold: M) {
    let (device, still) = (Device::default(), manifold.valid());
    let shape = [4, manifold.point_shape(2).coordinates()];
    let origin = still.origin(shape, &device);
    let v = Tensor::from_data(noise::<4>(shape[1], 1), &device).mul_scalar(0.3);
    let points = still.exp(origin.clone(), still.project_tangent(origin, v));
    let model = ManifoldParam::new(Tensor::from_inner(points), manifold);
    let name = model.manifold().name();
    assert_reads_nothing(name, &model, |model| {
        let distances = model.manifold().pairwise_distance(model.val(), model.val());
        distances.sub_scalar(1.0).square().mean()
    });
}

#[test]
fn a_step_reads_no_learnable_curvature_back() {
    let device = &Device::default().autodiff();
    assert_silent(PoincareBall::learnable(1.0, device));
    assert_silent(Hyperboloid::learnable(1.0, device));
    assert_silent(HalfSpace::learnable(1.0, device));
    assert_silent(KleinBall::learnable(1.0, device));
    assert_silent(Stereographic::learnable(-0.5, device));
    assert_silent(Stereographic::learnable(0.0, device));
    assert_silent(Scaled::learnable(Sphere::new(), 1.0, device));
    assert_silent(Scaled::learnable(Euclidean::new(), 1.0, device));
    let ball = PoincareBall::learnable(1.0, device);
    assert_silent(Product::new(ball, 2, Euclidean::new(), 1));
    assert_silent(DynamicProduct::new(vec![
        Factor::new(Hyperboloid::learnable(1.0, device), 2),
        Factor::new(Stereographic::learnable(0.3, device), 2),
        Factor::new(PoincareBall::new(1.0), 1),
    ]));
}

#[test]
fn a_step_with_a_fixed_curvature_reads_nothing_back() {
    assert_silent(PoincareBall::new(1.0));
    assert_silent(Hyperboloid::new(1.0));
    assert_silent(Stereographic::new(0.5));
}

#[test]
fn a_step_on_constrained_weights_reads_no_learnable_curvature_back() {
    let device = &Device::default().autodiff();
    let linear: Linear = LinearConfig::new(3, 3).init(device);
    let group = ParamGroup::from_path("weight");
    let ball = PoincareBall::learnable(1.0, device);
    let model = constrain(linear, group, ball).expect("the weight is there");
    assert_reads_nothing("constrained weights", &model, |model| {
        let weight = model.weight.val();
        let distances = model.manifold().pairwise_distance(weight.clone(), weight);
        distances.sub_scalar(0.5).square().mean()
    });
}

#[test]
fn what_is_read_back_is_counted() {
    let device = &Device::default();
    let before = read_backs();
    let product = Product::new(
        PoincareBall::learnable(1.0, device),
        2,
        Stereographic::learnable(0.5, device),
        2,
    );
    product.metric_parameters();
    product.first().curvature().value();
    product.second().sectional_curvature();
    assert_eq!(read_backs() - before, 4);
    Scaled::new(PoincareBall::new(2.0), 3.0).metric_parameters();
    assert_eq!(read_backs() - before, 4);
}
