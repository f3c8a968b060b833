//! The points of the samplers have the law they were asked for.

use burn::tensor::{DType, Device, Tensor};
use geom_core::numerics::{sinhc, squared_norm};
use geom_core::{Euclidean, Hyperboloid, Manifold, ParallelTransport, PoincareBall, Sample};
use geom_optim::samplers::{
    Estimate, HamiltonianMonteCarloConfig, RiemannianLangevinConfig, Sampler, Samples,
};

const CHAINS: usize = 64;
const SEED: u64 = 20;
/// An estimate further from the truth than so many standard errors comes once in 16 000 times.
const STANDARD_ERRORS: f64 = 4.0;

/// Fails unless the estimate agrees with the exact value and is precise to `precision` of it.
fn assert_estimates(estimate: Estimate, exact: f64, precision: f64, what: &str) {
    let error = estimate.mean - exact;
    assert!(
        error.abs() < STANDARD_ERRORS * estimate.standard_error,
        "{what} should be {exact}: {estimate:?}"
    );
    assert!(
        estimate.standard_error < precision,
        "{what} is too uncertain to say anything: {estimate:?}"
    );
}

/// $\int r^k e^{-r^2/2\sigma^2} \sinh^{d-1}(\sqrt c\,r)\,dr$, by Simpson's rule.
fn radial_integral(power: i32, dim: i32, c: f64, sigma: f64) -> f64 {
    const INTERVALS: usize = 20_000;
    // The integrand peaks near (d - 1) sqrt(c) sigma^2; ten deviations further it is below 1e-20.
    let end = f64::from(dim - 1) * c.sqrt() * sigma * sigma + 10.0 * sigma;
    let width = end / INTERVALS as f64;
    let sum: f64 = (0..=INTERVALS)
        .map(|index| {
            let r = width * index as f64;
            let weight = match index {
                0 | INTERVALS => 1.0,
                _ if index % 2 == 1 => 4.0,
                _ => 2.0,
            };
            let density = (-r * r / (2.0 * sigma * sigma)).exp();
            weight * r.powi(power) * density * (c.sqrt() * r).sinh().powi(dim - 1)
        })
        .sum();
    sum * width / 3.0
}

/// The mean squared distance from the center of the Riemannian normal distribution
/// $p \propto e^{-d^2/2\sigma^2}$ on hyperbolic space.
fn riemannian_normal_spread(dim: i32, c: f64, sigma: f64) -> f64 {
    radial_integral(2, dim, c, sigma) / radial_integral(0, dim, c, sigma)
}

#[test]
fn the_quadrature_is_exact_where_the_integral_is_known() {
    // In three dimensions sinh² = (cosh 2r - 1)/2, so everything is Gaussian integrals; for σ = 1
    // the mean square is 1 + 4e²/(e² - 1) at c = 1.
    let exact = 1.0 + 4.0 / (1.0 - (-2f64).exp());
    assert!((riemannian_normal_spread(3, 1.0, 1.0) / exact - 1.0).abs() < 1e-12);
}

/// A point some way from the origin.
fn center<M: Manifold>(manifold: &M, dim: usize, dtype: DType) -> Tensor<2> {
    let width = manifold.point_shape(dim).coordinates();
    let origin = manifold.origin::<2>([1, width], &Device::default());
    let origin = manifold.project(origin.cast(dtype));
    let v = manifold.project_tangent(origin.clone(), origin.ones_like().mul_scalar(0.3));
    manifold.exp(origin, v)
}

/// All chains start at the origin.
fn origin<M: Manifold>(manifold: &M, dim: usize, dtype: DType) -> Tensor<2> {
    let shape = [CHAINS, manifold.point_shape(dim).coordinates()];
    let origin = manifold.origin::<2>(shape, &Device::default());
    manifold.project(origin.cast(dtype))
}

fn sample<S: Sampler>(
    sampler: &S,
    start: Tensor<2>,
    draws: usize,
    log_density: impl Fn(Tensor<2>) -> Tensor<2>,
) -> Samples<2> {
    let mut chains = sampler
        .start(start, SEED, &log_density)
        .expect("the density is finite at the origin");
    let samples = sampler.run(&mut chains, draws, &log_density);
    let last = samples.draws.last().expect("a draw was kept");
    sampler
        .manifold()
        .check_point(last.clone())
        .expect("the chains stay on the manifold");
    samples
}

/// With 100 draws to settle in, the spread on the ball came out 1 % short in the mean of 16 seeds:
/// the chains had not yet forgotten the origin. With 500, nothing is left of it.
const BURN_IN: usize = 500;

fn hamiltonian() -> HamiltonianMonteCarloConfig {
    HamiltonianMonteCarloConfig::new()
        .with_leapfrog_steps(4)
        .with_burn_in(BURN_IN)
}

/// Samples the Riemannian normal distribution and compares the spread with quadrature.
fn assert_riemannian_normal<S: Sampler>(
    sampler: &S,
    dim: usize,
    c: f64,
    dtype: DType,
    draws: usize,
) {
    const SIGMA: f64 = 0.8;
    let manifold = sampler.manifold();
    let center = center(manifold, dim, dtype);
    let squared = |x| manifold.distance(x, center.clone()).square();
    let samples = sample(sampler, origin(manifold, dim, dtype), draws, |x| {
        squared(x).mul_scalar(-0.5 / (SIGMA * SIGMA))
    });
    let exact = riemannian_normal_spread(dim as i32, c, SIGMA);
    // Flat space would have this spread instead.
    let flat = dim as f64 * SIGMA * SIGMA;
    let precision = (exact - flat) / (2.0 * STANDARD_ERRORS);
    let what = format!("the spread on {} in {dtype:?}", manifold.name());
    assert_estimates(samples.estimate(squared), exact, precision, &what);
}

#[test]
fn hamiltonian_monte_carlo_samples_the_riemannian_normal_distribution() {
    for dtype in [DType::F32, DType::F64] {
        let ball = hamiltonian().init(PoincareBall::new(1.0));
        assert_riemannian_normal(&ball, 2, 1.0, dtype, 600);
        let hyperboloid = hamiltonian().init(Hyperboloid::new(1.5));
        assert_riemannian_normal(&hyperboloid, 3, 1.5, dtype, 600);
    }
}

#[test]
fn adjusted_langevin_dynamics_samples_the_riemannian_normal_distribution() {
    let config = RiemannianLangevinConfig::new(0.5).with_burn_in(100);
    let adjusted = config.with_thinning(3).adjusted();
    let ball = adjusted.init(PoincareBall::new(1.0));
    assert_riemannian_normal(&ball, 2, 1.0, DType::F64, 600);
    let hyperboloid = adjusted.init(Hyperboloid::new(1.5));
    assert_riemannian_normal(&hyperboloid, 3, 1.5, DType::F64, 600);
}

/// Samples the wrapped normal distribution around a point: in normal coordinates there, the ordinary
/// normal distribution with deviation σ.
fn assert_wrapped_normal<M: ParallelTransport + Sample>(manifold: M, dim: usize, c: f64) {
    const SIGMA: f64 = 0.9;
    let sampler = hamiltonian().init(manifold.clone());
    let center = center(&manifold, dim, DType::F64);
    let squared = |x| manifold.distance(x, center.clone()).square();
    let samples = sample(&sampler, origin(&manifold, dim, DType::F64), 400, |x| {
        // The volume of a ball grows as (sinh(√c r)/√c r)^(d-1) times that of flat space.
        let squared = squared(x);
        let growth = sinhc(squared.clone().mul_scalar(c)).log();
        squared.mul_scalar(-0.5 / (SIGMA * SIGMA)) - growth.mul_scalar(dim as f64 - 1.0)
    });
    let exact = dim as f64 * SIGMA * SIGMA;
    let name = manifold.name();
    assert_estimates(samples.estimate(squared), exact, 0.03 * exact, name);
    // The distribution looks the same in all directions from the center.
    for axis in 0..manifold.point_shape(dim).coordinates() {
        let base = center
            .clone()
            .expand([CHAINS, manifold.point_shape(dim).coordinates()]);
        let coordinate = samples.estimate(|x| manifold.log(base.clone(), x).narrow(1, axis, 1));
        let what = format!("coordinate {axis} on {name}");
        assert_estimates(coordinate, 0.0, 0.05, &what);
    }
}

#[test]
fn hamiltonian_monte_carlo_samples_the_wrapped_normal_distribution() {
    assert_wrapped_normal(PoincareBall::new(1.0), 2, 1.0);
    assert_wrapped_normal(Hyperboloid::new(0.5), 3, 0.5);
}

/// The precision matrix of a correlated normal distribution, and its covariance.
const PRECISION: [[f64; 2]; 2] = [[2.0, -0.6], [-0.6, 0.5]];
const COVARIANCE: [[f64; 2]; 2] = [[0.78125, 0.9375], [0.9375, 3.125]];
const MEAN: [f64; 2] = [0.5, -1.0];

fn assert_correlated_normal<S: Sampler<Manifold = Euclidean>>(sampler: &S) {
    let double = (&Device::default(), DType::F64);
    let mean = Tensor::<2>::from_data([MEAN], double);
    let precision = Tensor::<2>::from_data(PRECISION, double);
    let log_density = |x: Tensor<2>| {
        let x = x - mean.clone();
        let force = x.clone().matmul(precision.clone());
        (x * force).sum_dim(1).mul_scalar(-0.5)
    };
    let samples = sample(
        sampler,
        origin(&Euclidean::new(), 2, DType::F64),
        300,
        log_density,
    );
    let coordinate = |x: Tensor<2>, axis: usize| (x - mean.clone()).narrow(1, axis, 1);
    for (i, row) in COVARIANCE.into_iter().enumerate() {
        let estimate = samples.estimate(|x| coordinate(x, i));
        assert_estimates(estimate, 0.0, 0.06, &format!("the mean of coordinate {i}"));
        for (j, covariance) in row.into_iter().enumerate() {
            let estimate = samples.estimate(|x| coordinate(x.clone(), i) * coordinate(x, j));
            let what = format!("covariance {i} {j}");
            assert_estimates(estimate, covariance, 0.05 * COVARIANCE[1][1], &what);
        }
    }
}

#[test]
fn both_adjusted_samplers_have_mean_and_covariance_of_a_normal_distribution() {
    assert_correlated_normal(&hamiltonian().init(Euclidean::new()));
    let langevin = RiemannianLangevinConfig::new(0.5)
        .with_burn_in(200)
        .with_thinning(8)
        .adjusted();
    assert_correlated_normal(&langevin.init(Euclidean::new()));
}

#[test]
fn a_large_step_is_refused_often_but_does_not_change_the_law() {
    let sampler = hamiltonian()
        .with_step_size(1.6)
        .with_leapfrog_steps(2)
        .with_target_acceptance(None)
        .with_burn_in(50)
        .init(PoincareBall::new(1.0));
    assert_riemannian_normal(&sampler, 2, 1.0, DType::F64, 4000);
}

#[test]
fn unadjusted_langevin_dynamics_has_the_variance_that_its_step_gives() {
    let normal = |x: Tensor<2>| squared_norm(x).mul_scalar(-0.5);
    for step_size in [0.3, 1.0] {
        let sampler = RiemannianLangevinConfig::new(step_size)
            .with_burn_in(60)
            .with_thinning(5)
            .init(Euclidean::new());
        let start = origin(&Euclidean::new(), 1, DType::F64);
        let square = sample(&sampler, start, 400, normal).estimate(|x| x.square());
        // The fixed point of the variance under x' = (1 - ε²/2) x + ε ξ.
        let exact = (1.0 - step_size * step_size / 4.0).recip();
        let what = format!("the variance at step {step_size}");
        assert_estimates(square, exact, 0.03, &what);
    }
}

#[test]
fn unadjusted_langevin_dynamics_approaches_the_law_as_its_step_falls() {
    const SIGMA: f64 = 0.8;
    let ball = PoincareBall::new(1.0);
    let center = center(&ball, 2, DType::F64);
    let squared = |x| ball.distance(x, center.clone()).square();
    let exact = riemannian_normal_spread(2, 1.0, SIGMA);
    let bias = |step_size: f64, thinning: usize| {
        let sampler = RiemannianLangevinConfig::new(step_size)
            .with_burn_in(20 * thinning)
            .with_thinning(thinning)
            .init(ball.clone());
        let estimate = sample(&sampler, origin(&ball, 2, DType::F64), 150, |x| {
            squared(x).mul_scalar(-0.5 / (SIGMA * SIGMA))
        })
        .estimate(squared);
        (estimate.mean / exact - 1.0, estimate.standard_error / exact)
    };
    let ((coarse, coarse_error), (fine, fine_error)) = (bias(0.6, 2), bias(0.2, 8));
    assert!(
        coarse > STANDARD_ERRORS * coarse_error,
        "{coarse} is no bias"
    );
    // A ninth of it is left, and what chance adds.
    assert!(
        fine.abs() < coarse / 9.0 + STANDARD_ERRORS * fine_error,
        "{fine} is left of {coarse}"
    );
}

#[test]
fn minibatches_leave_the_posterior_mean_of_langevin_dynamics() {
    // Observations of unit variance and a flat prior: the posterior is normal around their mean.
    const OBSERVATIONS: [f64; 6] = [0.3, -1.2, 2.0, 0.9, -0.4, 1.1];
    let mean = OBSERVATIONS.iter().sum::<f64>() / OBSERVATIONS.len() as f64;
    let mut calls = 0;
    let minibatch = |x: Tensor<2>| {
        // Two observations at a time, in an order that goes through all pairs of neighbors.
        let first = calls * 5 % OBSERVATIONS.len();
        calls += 1;
        let pair = [first, (first + 1) % OBSERVATIONS.len()].map(|index| {
            let observation = OBSERVATIONS[index];
            x.clone().sub_scalar(observation).square()
        });
        let [a, b] = pair;
        (a + b).mul_scalar(-0.5 * OBSERVATIONS.len() as f64 / 2.0)
    };
    let sampler = RiemannianLangevinConfig::new(0.1)
        .with_burn_in(200)
        .with_thinning(6)
        .init(Euclidean::new());
    let start = origin(&Euclidean::new(), 1, DType::F64);
    let mut minibatch = minibatch;
    let mut chains = sampler.start(start, SEED, &mut minibatch).unwrap();
    let samples = sampler.run(&mut chains, 300, &mut minibatch);
    assert_estimates(samples.estimate(|x| x), mean, 0.02, "the posterior mean");
}
