//! A curvature that trains with the points: nothing goes stale and nothing leaves the manifold.

use crate::common::{difference, noise, points_f64};
use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::momentum::MomentumConfig;
use burn::optim::{GradientsParams, ModuleOptimizer, Optimizer};
use burn::tensor::{DType, Device, Tensor, TensorCreationOptions};
use geom_core::numerics::to_vec_f64;
use geom_core::{
    DynamicProduct, Factor, HalfSpace, Hyperboloid, KleinBall, Manifold, ManifoldParam,
    PoincareBall, Product, Scaled, Sphere, scope,
};
use geom_optim::{
    RamsGradConfig, RiemannianAdagradConfig, RiemannianAdamConfig, RiemannianSgdConfig, StepMap,
};

/// Points of one embedding.
const ROWS: usize = 5;

/// What has to hold on every manifold of [`on_every_manifold`].
trait Law {
    /// `in_units` gives the distances of all pairs in units of curvature.
    fn check<M: Manifold>(&self, manifold: M, in_units: fn(&M, Tensor<2>) -> Tensor<2>);
}

/// Checks a law on every manifold with a learnable parameter, a line each.
fn on_every_manifold(dtype: DType, law: &impl Law) {
    let device = Device::default().autodiff();
    let o = || TensorCreationOptions::from((&device, dtype));
    law.check(PoincareBall::learnable(1.0, o()), in_units);
    law.check(Hyperboloid::learnable(1.0, o()), in_units);
    law.check(HalfSpace::learnable(1.0, o()), in_units);
    law.check(KleinBall::learnable(1.0, o()), in_units);
    law.check(Scaled::learnable(Sphere::new(), 1.0, o()), in_units);
    law.check(
        Scaled::learnable(KleinBall::learnable(0.5, o()), 1.0, o()),
        in_units,
    );
    let sphere = Scaled::learnable(Sphere::new(), 1.0, o());
    law.check(
        Product::new(PoincareBall::learnable(1.0, o()), 2, sphere, 2),
        |product, x| {
            let (a, b) = product.split(x);
            let distances = vec![in_units(product.first(), a), in_units(product.second(), b)];
            Tensor::cat(distances, 0)
        },
    );
    let factors = vec![
        Factor::new(Hyperboloid::learnable(1.0, o()), 2),
        Factor::new(KleinBall::learnable(1.0, o()), 2),
    ];
    law.check(DynamicProduct::new(factors), |product, x| {
        let parts = product.factors().iter().zip(product.split(x));
        let distances = parts.map(|(factor, x)| in_units(factor.manifold(), x));
        Tensor::cat(distances.collect(), 0)
    });
}

/// Distances of all pairs in units of $1/\sqrt{|\kappa|}$.
fn in_units<M: Manifold>(manifold: &M, x: Tensor<2>) -> Tensor<2> {
    let curvature = manifold.sectional_curvature().expect("constant");
    let distances = manifold.pairwise_distance(x.clone(), x);
    distances.mul_scalar(curvature.abs().sqrt())
}

/// Points around the origin, up to 2 or 3 from it.
fn start<M: Manifold>(manifold: M, dtype: DType) -> ManifoldParam<2, M> {
    let (device, still) = (Device::default(), manifold.valid());
    let shape = [ROWS, manifold.point_shape(2).coordinates()];
    let origin = still.project(still.origin(shape, &device).cast(dtype));
    let v = Tensor::from_data(noise::<ROWS>(shape[1], 1), (&device, dtype));
    let v = still.project_tangent(origin.clone(), v);
    let points = still.project(still.exp(origin, v));
    ManifoldParam::new(Tensor::from_inner(points), manifold)
}

/// The mean squared error of all distances, against distances that no embedding has and that grow
/// and shrink by a factor of 5 with the rounds, so that the curvature never comes to rest.
fn loss<M: Manifold>(model: &ManifoldParam<2, M>, round: usize) -> Tensor<1> {
    let distances = model.manifold().pairwise_distance(model.val(), model.val());
    let options = (&distances.device(), distances.dtype());
    let growth = (0.8 * (round as f64 / 60.0).sin()).exp();
    let wanted = Tensor::<2>::from_data(noise::<ROWS>(ROWS, 2), options).add_scalar(2.0);
    (distances - wanted.mul_scalar(growth)).square().mean()
}

fn gradients<M: Manifold>(model: &ManifoldParam<2, M>, round: usize) -> GradientsParams {
    GradientsParams::from_grads(loss(model, round).backward(), model)
}

fn momentum() -> Option<MomentumConfig> {
    Some(MomentumConfig {
        momentum: 0.9,
        dampening: 0.1,
        nesterov: false,
    })
}

/// How many numbers of the metric differ by more than the factor `least` between the pairs.
fn moved(pairs: impl IntoIterator<Item = (f64, f64)>, least: f64) -> usize {
    let factors = pairs.into_iter().map(|(a, b)| (a / b).max(b / a));
    factors.filter(|&factor| factor > least).count()
}

/// A thousand steps of points and curvature together, every one of which ends on the manifold.
struct StaysOnTheManifold<'a> {
    name: &'a str,
    optimizer: ModuleOptimizer,
    lr: f64,
    dtype: DType,
}

impl Law for StaysOnTheManifold<'_> {
    fn check<M: Manifold>(&self, manifold: M, _in_units: fn(&M, Tensor<2>) -> Tensor<2>) {
        const STEPS: usize = 1000;
        /// By which factor every learnable parameter has to change on the way.
        const MOTION: f64 = 1.5;
        let case = format!("{}, {}, {:?}", self.name, manifold.name(), self.dtype);
        let mut model = start(manifold, self.dtype);
        let mut optimizer = self.optimizer.clone();
        let mut least = model.manifold().metric_parameters();
        let mut most = least.clone();
        for step in 0..STEPS {
            let gradients = gradients(&model, step);
            model = optimizer.step(self.lr, model, gradients);
            let now = model.valid();
            let check = now.manifold().check_point(now.val());
            check.unwrap_or_else(|error| panic!("{case}, step {step}: {error}"));
            for (index, parameter) in now.manifold().metric_parameters().into_iter().enumerate() {
                assert!(parameter.is_finite(), "{case}, step {step}: {parameter}");
                least[index] = least[index].min(parameter);
                most[index] = most[index].max(parameter);
            }
        }
        let pairs = least.iter().copied().zip(most.iter().copied());
        assert_eq!(
            moved(pairs, MOTION),
            Module::num_params(model.manifold()),
            "{case}: parameters from {least:?} to {most:?}"
        );
    }
}

fn assert_stays(name: &str, lr: f64, optimizer: ModuleOptimizer, dtypes: &[DType]) {
    for &dtype in dtypes {
        let optimizer = optimizer.clone();
        let law = StaysOnTheManifold {
            name,
            optimizer,
            lr,
            dtype,
        };
        on_every_manifold(dtype, &law);
    }
}

#[test]
fn a_thousand_steps_of_sgd_stay_on_manifolds_that_learn() {
    let sgd = RiemannianSgdConfig::new().init();
    assert_stays("sgd", 0.1, sgd, &[DType::F32, DType::F64]);
}

#[test]
fn a_thousand_steps_of_momentum_stay_on_manifolds_that_learn() {
    let sgd = RiemannianSgdConfig::new().with_momentum(momentum()).init();
    assert_stays("momentum", 0.1, sgd, &[DType::F32, DType::F64]);
}

#[test]
fn a_thousand_steps_of_adam_stay_on_manifolds_that_learn() {
    let adam = RiemannianAdamConfig::new().init();
    assert_stays("adam", 0.02, adam, &[DType::F32, DType::F64]);
}

#[test]
fn a_thousand_retractions_stay_on_manifolds_that_learn() {
    let config = RiemannianSgdConfig::new().with_step(StepMap::Retraction);
    assert_stays("retraction", 0.1, config.init(), &[DType::F32]);
}

#[test]
fn a_thousand_steps_of_other_adaptive_optimizers_stay_on_manifolds_that_learn() {
    let amsgrad = RiemannianAdamConfig::new().with_amsgrad(true).init();
    for (name, lr, optimizer) in [
        ("amsgrad", 0.02, amsgrad),
        ("ramsgrad", 0.02, RamsGradConfig::new().init()),
        ("adagrad", 0.1, RiemannianAdagradConfig::new().init()),
    ] {
        assert_stays(name, lr, optimizer, &[DType::F32]);
    }
}

/// A step of plain gradient descent on everything but the points.
fn step_of_the_metric<M: Manifold>(
    model: ManifoldParam<2, M>,
    lr: f64,
    round: usize,
) -> ManifoldParam<2, M> {
    let mut gradients = gradients(&model, round);
    gradients.remove::<2>(model.param().id);
    let mut optimizer = RiemannianSgdConfig::new().init();
    optimizer.step(lr, model, gradients)
}

/// A step on the curvature of a trained embedding leaves its distances in units of curvature.
struct KeepsItsShape {
    dtype: DType,
    tolerance: f64,
}

impl Law for KeepsItsShape {
    fn check<M: Manifold>(&self, manifold: M, in_units: fn(&M, Tensor<2>) -> Tensor<2>) {
        /// The embedding is trained for the first round; in this one it is much too small.
        const ROUND: usize = 94;
        let case = format!("{}, {:?}", manifold.name(), self.dtype);
        let mut model = start(manifold, self.dtype);
        let mut optimizer = RiemannianAdamConfig::new().init();
        for _ in 0..100 {
            let gradients = gradients(&model, 0);
            model = optimizer.step(0.02, model, gradients);
        }
        let before = model.valid();
        let after = step_of_the_metric(model, 0.3, ROUND).valid();
        let [old, new] = [&before, &after].map(|model| model.manifold().metric_parameters());
        let pairs = old.iter().copied().zip(new.iter().copied());
        let learnable = Module::num_params(after.manifold());
        assert_eq!(
            moved(pairs, 1.02),
            learnable,
            "{case}: {old:?} became {new:?}"
        );
        let [old, new] = [&before, &after].map(|model| in_units(model.manifold(), model.val()));
        let error = difference(old, new);
        assert!(error < self.tolerance, "{case}: {error:e}");
    }
}

#[test]
fn a_trained_embedding_keeps_its_distances_in_units_of_curvature_through_a_curvature_step() {
    for (dtype, tolerance) in [(DType::F32, 1e-5), (DType::F64, 1e-12)] {
        on_every_manifold(dtype, &KeepsItsShape { dtype, tolerance });
    }
}

/// The squared length of the gradient with respect to the parameters of a module.
struct SquaredLength<'a> {
    gradients: &'a GradientsParams,
    sum: f64,
}

impl ModuleVisitor for SquaredLength<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let gradient = self.gradients.get::<D>(param.id);
        let gradient = gradient.expect("the loss depends on every parameter");
        self.sum += to_vec_f64(gradient.square().sum())[0];
    }
}

/// A small step on the curvature alone changes the loss by what the gradient says: downwards. The
/// points move in that step, and the gradient has to know.
struct Descends;

impl Law for Descends {
    fn check<M: Manifold>(&self, manifold: M, _in_units: fn(&M, Tensor<2>) -> Tensor<2>) {
        const LR: f64 = 1e-4;
        /// What a central difference with that step leaves, for functions of order one.
        const DIFFERENCE_ERROR: f64 = 1e-7;
        let name = manifold.name();
        let model = start(manifold, DType::F64);
        let gradients = gradients(&model, 0);
        let mut square = SquaredLength {
            gradients: &gradients,
            sum: 0.0,
        };
        model.manifold().visit(&mut square);
        let after = |lr| to_vec_f64(loss(&step_of_the_metric(model.clone(), lr, 0), 0))[0];
        assert!(after(LR) < after(0.0), "{name}: the step climbs");
        let slope = (after(LR) - after(-LR)) / (2.0 * LR);
        let error = (slope + square.sum).abs();
        assert!(
            error < DIFFERENCE_ERROR,
            "{name}: the loss falls by {} a unit of learning rate, the gradient says {}",
            -slope,
            square.sum
        );
    }
}

#[test]
fn a_small_step_on_the_curvature_lowers_the_loss_as_its_gradient_says() {
    on_every_manifold(DType::F64, &Descends);
}

#[test]
fn a_step_after_a_change_of_curvature_has_the_length_of_the_stored_momentum() {
    // With momentum 1 and a zero gradient the second step is the stored velocity, so its length shows
    // whether the velocity followed the change.
    let config = MomentumConfig {
        momentum: 1.0,
        dampening: 0.0,
        nesterov: false,
    };
    let sgd = RiemannianSgdConfig::new()
        .with_momentum(Some(config))
        .build();
    let (old, new) = (PoincareBall::new(1.0), PoincareBall::new(2.5));
    let x = points_f64([[0.3, -0.4], [0.1, 0.5]]);
    let gradient = points_f64([[1.0, 2.0], [-0.5, 0.1]]);

    let lr = 0.1;
    let (y, state) = scope::enter(&old, || sgd.step(lr, x.clone(), gradient, None));
    // In units of curvature, so divided by the ratio of the roots.
    let expected = old.distance(x, y.clone()).div_scalar(2.5f64.sqrt());
    let y = new.follow_metric(&old.metric(), y);
    let (z, _) = scope::enter(&new, || sgd.step(lr, y.clone(), y.zeros_like(), state));
    /// Two maps and two distances in `f64`.
    const ROUNDINGS: f64 = 1e-12;
    assert!(difference(new.distance(y, z), expected) < ROUNDINGS);
}
