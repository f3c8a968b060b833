//! Means against averages, their gradients against central differences, and samples without a mean.

use burn::tensor::{DType, Device, Distribution};

use super::*;
use crate::numerics::to_vec_f64;
use crate::{Euclidean, Hyperboloid, PoincareBall, Power, Product, Sample};

/// Rounding of some hundred operations on numbers of order one, in `f64`.
const ROUNDING: f64 = 1e-12;

fn options() -> (Device, DType) {
    (Device::flex(), DType::F64)
}

fn random_weights(n: usize) -> Tensor<2> {
    let (device, dtype) = options();
    Tensor::random([n, 1], Distribution::Uniform(0.2, 1.0), (&device, dtype))
}

#[test]
fn siblings_far_out_have_a_mean_as_near_as_the_format_has_points() {
    // Three points within 0.4 of each other, at a distance of 10 from the origin.
    let directions = [[1.0, 0.0], [1.0, 2e-5], [1.0, -1e-5]];
    let find = |dtype| {
        let ball = PoincareBall::new(1.0);
        let v = Tensor::<2>::from_data(directions, (&Device::flex(), dtype));
        // A vector at the origin of the ball is half as long as the distance that it leads to.
        let points = ball.exp0(v.mul_scalar(5.0));
        FrechetMean::default().compute(&ball, points, None).unwrap()
    };
    let (single, double) = (find(DType::F32), find(DType::F64));
    assert!(double.residual < 1e-9, "{}", double.residual);
    // Next to 1 - 9e-5 the numbers of f32 are 6e-8 apart, times the conformal factor 1.1e4.
    assert!(single.residual < 16.0 * 7e-4, "{}", single.residual);
    let ball = PoincareBall::new(1.0);
    let apart = ball.distance(single.point.cast(DType::F64), double.point);
    // No farther than the gradient is long, which is rounded like the points themselves.
    let apart = to_vec_f64(apart)[0];
    assert!(apart < 2.0 * 16.0 * 7e-4, "{apart}");
}

#[test]
fn the_flat_mean_is_the_weighted_average_at_once() {
    let (device, dtype) = options();
    let points = Euclidean::new().random_normal([9, 3], 1.0, (&device, dtype));
    let weights = random_weights(9);
    let mean = FrechetMean::default()
        .compute(&Euclidean::new(), points.clone(), Some(weights.clone()))
        .expect("a sample");
    let average = (points * weights.clone()).sum_dim(0) / weights.sum_dim(0);
    assert!(to_vec_f64((mean.point - average).abs().max())[0] < ROUNDING);
    assert!(mean.iterations <= 3, "{}", mean.iterations);
}

fn is_stationary<M: Manifold + Sample>(manifold: &M, width: usize, std: f64) {
    let (device, dtype) = options();
    // Two samples at once.
    let points = manifold.random_normal([2, 8, width], std, (&device, dtype));
    let weights = random_weights(16).reshape([2, 8, 1]);
    let mean = FrechetMean::default()
        .compute(manifold, points.clone(), Some(weights.clone()))
        .expect("a sample");
    assert_eq!(mean.point.dims(), [2, 1, width]);
    assert!(manifold.check_point(mean.point.clone()).is_ok());
    let weights = normalized::<M, 3>(&points, Some(weights));
    let pull = pull(manifold, &mean.point, &points, &weights);
    let length = manifold.norm(mean.point, pull);
    assert!(to_vec_f64(length.max())[0] < 1e-9 * std.max(1.0));
}

#[test]
fn the_pull_of_the_points_vanishes_at_the_mean() {
    for c in [1e-6, 1.0, 100.0] {
        for spread in [0.1, 1.0, 3.0] {
            let std = spread / f64::sqrt(c);
            is_stationary(&PoincareBall::new(c), 3, std);
            is_stationary(&Hyperboloid::new(c), 4, std);
        }
    }
    is_stationary(
        &Product::new(PoincareBall::new(1.0), 2, Euclidean::new(), 1),
        3,
        1.0,
    );
}

/// Implicit gradients against central differences of the mean itself.
fn gradient_is_that_of_the_mean<M: Manifold + Sample>(manifold: &M, width: usize) {
    const STEP: f64 = 1e-5;
    let (device, dtype) = options();
    let points = manifold.random_normal([5, width], 0.8, (&device, dtype));
    let weights = random_weights(5);
    let probe: Tensor<2> = Tensor::random(
        [1, width],
        Distribution::Uniform(-1.0, 1.0),
        (&device, dtype),
    );
    let f = |points: Tensor<2>, weights: Tensor<2>| {
        let mean = frechet_mean(manifold, points, Some(weights)).expect("a sample");
        let like = match mean.device().is_autodiff() {
            true => probe.clone().autodiff(),
            false => probe.clone(),
        };
        (mean * like).sum()
    };
    let [p, w] = [&points, &weights].map(|t| t.clone().autodiff().require_grad());
    let gradients = f(p.clone(), w.clone()).backward();
    let [gp, gw] = [&p, &w].map(|t| t.grad(&gradients).expect("a leaf"));

    let v = manifold.random_tangent(points.clone(), 0.3);
    let at = |t: f64| {
        let moved = manifold.exp(points.clone(), v.clone().mul_scalar(t));
        to_vec_f64(f(moved, weights.clone()))[0]
    };
    let measured = (at(STEP) - at(-STEP)) / (2.0 * STEP);
    let automatic = to_vec_f64((gp * v.clone()).sum())[0];
    assert!(
        (automatic - measured).abs() < 1e-7 * (1.0 + measured.abs()),
        "{}: points: {automatic} and {measured}",
        manifold.name()
    );

    let direction = random_weights(5);
    let at = |t: f64| {
        let moved = weights.clone() + direction.clone().mul_scalar(t);
        to_vec_f64(f(points.clone(), moved))[0]
    };
    let measured = (at(STEP) - at(-STEP)) / (2.0 * STEP);
    let automatic = to_vec_f64((gw * direction.clone()).sum())[0];
    assert!(
        (automatic - measured).abs() < 1e-7 * (1.0 + measured.abs()),
        "{}: weights: {automatic} and {measured}",
        manifold.name()
    );
}

#[test]
fn the_implicit_gradient_is_that_of_the_mean() {
    gradient_is_that_of_the_mean(&Euclidean::new(), 3);
    gradient_is_that_of_the_mean(&PoincareBall::new(0.7), 3);
    gradient_is_that_of_the_mean(&Hyperboloid::new(1.3), 3);
    // No constant curvature, so the Hessian is a difference.
    let product = Product::new(PoincareBall::new(1.0), 2, Euclidean::new(), 1);
    gradient_is_that_of_the_mean(&product, 3);
}

#[test]
fn the_curvature_has_the_gradient_of_the_mean() {
    const STEP: f64 = 1e-5;
    let (device, dtype) = options();
    let tracked = device.clone().autodiff();
    let c = 0.8;
    let points = PoincareBall::new(c).random_normal([4, 2], 1.0, (&device, dtype));
    let ball = PoincareBall::learnable(c, (&tracked, dtype));
    let mean = frechet_mean(&ball, points.clone().autodiff(), None).expect("a sample");
    let gradients = mean.sum().backward();
    struct Raw<'a>(&'a burn::tensor::Gradients, f64);
    impl burn::module::ModuleVisitor for Raw<'_> {
        fn visit_float<const D: usize>(&mut self, param: &burn::module::Param<Tensor<D>>) {
            self.1 = to_vec_f64(param.val().grad(self.0).expect("the curvature"))[0];
        }
    }
    let mut raw = Raw(&gradients, f64::NAN);
    burn::module::Module::visit(&ball, &mut raw);
    let automatic = raw.1 / -(-c).exp_m1();
    let at = |c: f64| {
        let mean = frechet_mean(&PoincareBall::new(c), points.clone(), None);
        to_vec_f64(mean.expect("a sample").sum())[0]
    };
    let measured = (at(c + STEP) - at(c - STEP)) / (2.0 * STEP);
    assert!(
        (automatic - measured).abs() < 1e-7,
        "{automatic} and {measured}"
    );
}

#[test]
fn one_point_and_equal_points_are_their_own_mean() {
    let ball = PoincareBall::new(1.0);
    let (device, dtype) = options();
    let one = ball.random_normal([1, 3], 1.0, (&device, dtype));
    let mean = frechet_mean(&ball, one.clone(), None).expect("a sample");
    assert_eq!(to_vec_f64(mean), to_vec_f64(one.clone()));
    let same = one.clone().repeat_dim(0, 6).autodiff().require_grad();
    let mean = frechet_mean(&ball, same.clone(), None).expect("a sample");
    assert!(to_vec_f64(ball.distance(mean.clone().inner(), one))[0] < ROUNDING);
    let gradient = same.grad(&mean.sum().backward()).expect("a leaf");
    // Each of the six points has a sixth of the say.
    for value in to_vec_f64(gradient) {
        assert!((value - 1.0 / 6.0).abs() < 1e-9, "{value}");
    }
}

#[test]
fn a_configuration_of_points_has_a_mean_too() {
    let ball = PoincareBall::new(1.0);
    let (device, dtype) = options();
    let points = ball.random_normal([5, 4, 3], 1.0, (&device, dtype));
    let power = Power::new(ball.clone(), 4);
    let mean = frechet_mean(&power, points.clone(), None).expect("a sample");
    let single = frechet_mean(&ball, points.swap_dims(0, 1), None).expect("a sample");
    let apart = ball.distance(mean.swap_dims(0, 1), single);
    assert!(to_vec_f64(apart.max())[0] < 1e-9);
}

#[test]
fn batch_axes_of_points_and_weights_broadcast() {
    let ball = PoincareBall::new(1.0);
    let points = ball.random_normal::<3>([1, 6, 3], 0.5, (&Device::flex(), DType::F64));
    let weights = Tensor::<3>::random([4, 6, 1], Distribution::Uniform(0.1, 1.0), &points.device())
        .cast(DType::F64);
    let mean = frechet_mean(&ball, points.clone(), Some(weights.clone())).expect("a sample");
    assert_eq!(mean.dims(), [4, 1, 3]);
    for batch in 0..4 {
        let own = weights.clone().narrow(0, batch, 1);
        let alone = frechet_mean(&ball, points.clone(), Some(own)).expect("a sample");
        let apart = ball.distance(mean.clone().narrow(0, batch, 1), alone);
        assert!(to_vec_f64(apart)[0] < 1e-10);
    }
}

#[test]
fn points_of_another_manifold_are_refused() {
    let ball = PoincareBall::new(1.0);
    let points = ball.random_normal::<2>([5, 3], 0.5, (&Device::flex(), DType::F64));
    let error = frechet_mean(&Hyperboloid::new(1.0), points, None);
    assert!(
        matches!(error, Err(StatisticsError::OffManifold(_))),
        "{error:?}"
    );
}

#[test]
fn samples_without_a_mean_are_refused() {
    let ball = PoincareBall::new(1.0);
    let device = Device::flex();
    let mean = |points: Tensor<2>, weights: Option<Tensor<2>>| {
        frechet_mean(&ball, points, weights).map(|_| ())
    };
    let points = Tensor::<2>::zeros([2, 3], &device);
    let none = Tensor::<2>::zeros([0, 3], &device);
    assert!(matches!(
        mean(none, None),
        Err(StatisticsError::Empty { .. })
    ));
    let nan = Tensor::<2>::from_floats([[0.0, 0.0], [0.1, f32::NAN]], &device);
    assert_eq!(mean(nan, None), Err(StatisticsError::NotFinite { row: 1 }));
    for bad in [[1.0, -1.0], [0.0, 0.0], [f32::INFINITY, 1.0]] {
        let weights = Tensor::<1>::from_floats(bad, &device).reshape([2, 1]);
        let result = mean(points.clone(), Some(weights));
        assert!(matches!(result, Err(StatisticsError::InvalidWeight { .. })));
    }
}
