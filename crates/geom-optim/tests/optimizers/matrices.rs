//! Optimizers on points of two axes and more, alone and as parts of others: no point leaves its
//! manifold, and the minimum is found.

use burn::optim::Optimizer;
use burn::tensor::{DType, Device, Tensor, TensorData};
use geom_core::numerics::to_vec_f64;
use geom_core::testing::toys::Stiefel;
use geom_core::{
    DynamicProduct, Factor, Manifold, Oblique, PoincareBall, Power, Product, Sphere, scope,
};
use geom_optim::{
    RamsGradConfig, RiemannianAdagradConfig, RiemannianAdamConfig, RiemannianSgdConfig,
    SecondMoment,
};

/// Points stepped at once.
const ROWS: usize = 3;
const STEPS: usize = 600;
/// Adaptive steps of constant rate end within a step of the minimum, whose length falls with the rate;
/// the cost is off by its square.
const NEAR: f64 = 5e-3;

fn noise<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    let values: Vec<f64> = (0..shape.iter().product())
        .map(|k| 0.5 * (1.7 * (k * k) as f64 + 0.4).sin())
        .collect();
    let options = (&Device::default(), DType::F64);
    Tensor::from_data(TensorData::new(values, shape), options)
}

/// $7 - \sum\operatorname{tr}(X^\top AX)$ with $A = \operatorname{diag}(4, 3, 2, 1)$: 0 where the columns
/// of $X$ span the first two axes.
fn subspace_cost(x: Tensor<3>) -> Tensor<1> {
    let weights = Tensor::<3>::from_data([[[4.0], [3.0], [2.0], [1.0]]], (&x.device(), x.dtype()));
    let traces = (x.square() * weights).sum_dim(1).sum_dim(2);
    traces.neg().add_scalar(7.0).sum()
}

/// Steps from somewhere, and the cost at the end.
fn descend<M: Manifold, const D: usize>(
    manifold: &M,
    optimizer: &impl Optimizer,
    rate: f64,
    shape: [usize; D],
    cost: impl Fn(Tensor<D>) -> Tensor<1>,
) -> f64 {
    let (mut x, mut state) = (manifold.project(noise(shape)), None);
    for step in 0..STEPS {
        let leaf = x.clone().autodiff().require_grad();
        let gradients = cost(leaf.clone()).backward();
        let gradient = leaf.grad(&gradients).expect("a leaf");
        // A constant rate, then one that falls: what is left of a step falls with it.
        let rate = rate / (1.0 + step as f64 / 50.0);
        (x, state) = scope::enter(manifold, || {
            optimizer.step(rate, x.clone(), gradient, state)
        });
        manifold
            .check_point(x.clone())
            .unwrap_or_else(|error| panic!("step {step}: {error}"));
    }
    to_vec_f64(cost(x))[0]
}

fn finds_all_minima(name: &str, optimizer: &impl Optimizer, rate: f64) {
    let assert_found = |what: &str, cost: f64| {
        assert!(cost.abs() < NEAR, "{name}, {what}: {cost}");
    };
    let alone = descend(&Stiefel, optimizer, rate, [ROWS, 4, 2], subspace_cost);
    assert_found("matrices", alone);

    let pairs = Power::new(Stiefel, 2);
    let cost = descend(&pairs, optimizer, rate, [ROWS, 2, 4, 2], |x| {
        subspace_cost(x.reshape([2 * ROWS, 4, 2]))
    });
    assert_found("pairs of matrices", cost);

    let ball = PoincareBall::new(1.0);
    let product = Product::new(Stiefel, [4, 2], ball.clone(), 2);
    let target = |x: &Tensor<2>| Tensor::<2>::from_data([[0.3, -0.6]], (&x.device(), x.dtype()));
    let cost = descend(&product, optimizer, rate, [ROWS, 10], |x| {
        let (matrix, place) = product.split(x);
        let target = target(&place);
        subspace_cost(matrix.reshape([ROWS, 4, 2])) + ball.distance(place, target).square().sum()
    });
    assert_found("a matrix and a place", cost);

    let dynamic = DynamicProduct::new(vec![
        Factor::of_matrices(Oblique::new(), [4, 2]),
        Factor::new(ball.clone(), 2),
    ]);
    let cost = descend(&dynamic, optimizer, rate, [ROWS, 10], |x| {
        let parts = dynamic.split(x);
        // Both columns at the first axis.
        let columns = parts[0].clone().reshape([ROWS, 4, 2]).swap_dims(1, 2);
        let axis = Sphere::new().origin([1, 1, 4], &columns.device());
        let target = target(&parts[1]);
        Sphere::new()
            .distance(columns, axis.cast(DType::F64))
            .square()
            .sum()
            + ball.distance(parts[1].clone(), target).square().sum()
    });
    assert_found("a list known at run time", cost);
}

#[test]
fn sgd_steps_matrices() {
    finds_all_minima("sgd", &RiemannianSgdConfig::new().build(), 0.2);
}

#[test]
fn adam_steps_matrices() {
    for second_moment in [SecondMoment::PerPoint, SecondMoment::Elementwise] {
        let adam = RiemannianAdamConfig::new().with_second_moment(second_moment);
        finds_all_minima("adam", &adam.build(), 0.1);
    }
    finds_all_minima("ramsgrad", &RamsGradConfig::new().build(), 0.1);
}

#[test]
fn adagrad_steps_matrices() {
    finds_all_minima("adagrad", &RiemannianAdagradConfig::new().build(), 0.5);
}
