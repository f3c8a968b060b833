//! `examples/custom_manifold.rs` and `examples/mixed_curvature.rs`: what they say is so.

#[allow(dead_code, reason = "its `main` is for people")]
#[path = "../examples/custom_manifold.rs"]
mod custom_manifold;
#[allow(dead_code, reason = "its `main` is for people")]
#[path = "../examples/mixed_curvature.rs"]
mod mixed_curvature;

use std::f64::consts::{E, SQRT_2};

use burn::tensor::{DType, Device, Tensor};
use custom_manifold::{fit, normals};
use geom::core::numerics::to_vec_f64;
use geom::core::testing::check_manifold;
use geom::prelude::*;
use mixed_curvature::{embed, ring_of_trees, shortest_paths};

fn row<const N: usize>(values: [f64; N]) -> Tensor<2> {
    Tensor::from_data([values], (&Device::default(), DType::F64))
}

/// Observations of one variable.
fn column(values: &[f64]) -> Tensor<2> {
    let data = Tensor::<1>::from_data(values, (&Device::default(), DType::F64));
    data.unsqueeze_dim(1)
}

#[test]
fn the_normal_distributions_pass_the_conformance_suite() {
    for dtype in [DType::F32, DType::F64] {
        check_manifold(&normals(), 2, &Device::default(), dtype);
    }
}

#[test]
fn the_distance_of_normal_distributions_is_that_of_fisher_and_rao() {
    /// A few roundings of numbers of order one.
    const ROUNDING: f64 = 1e-14;
    let distance = |x, y| to_vec_f64(normals().distance(row(x), row(y)))[0];
    // Costa, Santos, Strapasson (2015), §2: the distances to the point and to its mirror image.
    let (shift, deviation) = (0.7, 2.5f64);
    let apart = (shift / SQRT_2).hypot(deviation - 1.0);
    let mirrored = (shift / SQRT_2).hypot(deviation + 1.0);
    let expected = SQRT_2 * ((mirrored + apart) / (mirrored - apart)).ln();
    let found = distance([0.3, 1.0], [0.3 + shift, deviation]);
    assert!((found - expected).abs() < ROUNDING, "{found} {expected}");
    // Equal means: the ratio of the deviations counts.
    assert!((distance([5.0, 1.0], [5.0, E]) - SQRT_2).abs() < ROUNDING);
}

#[test]
fn natural_gradient_descent_ends_at_the_maximum_of_the_likelihood_doubling_its_digits() {
    /// Relative; the mean of 5 numbers and a few roundings.
    const ROUNDING: f64 = 1e-13;
    /// Errors from which on each is the square of the one before, up to a factor of 2.
    const NEAR: f64 = 0.1;
    let path = fit(&column(&[1.0, 3.0, -2.0, 7.0, 1.0]), [0.0, 30.0], 12);
    let mean = 2.0;
    let deviation = (44.0f64 / 5.0).sqrt();
    let error = |point: &Vec<f64>| {
        let of_mean = (point[0] / mean - 1.0).abs();
        of_mean.max((point[1] / deviation - 1.0).abs())
    };
    let errors: Vec<f64> = path.iter().map(error).collect();
    assert!(errors[12] < ROUNDING, "{errors:?}");
    for pair in errors.windows(2).filter(|pair| pair[0] < NEAR) {
        let bound = 2.0 * pair[0].powi(2) + ROUNDING;
        assert!(pair[1] < bound, "{errors:?}");
    }
}

#[test]
fn natural_gradient_descent_does_not_depend_on_the_unit_of_the_data() {
    /// Relative; rounding of a dozen steps.
    const ROUNDING: f64 = 1e-12;
    let metres = [1.62, 1.75, 1.81, 1.70];
    let path = fit(&column(&metres), [1.0, 2.0], 8);
    let in_millimetres = fit(&column(&metres.map(|x| 1000.0 * x)), [1000.0, 2000.0], 8);
    for (point, other) in path.iter().flatten().zip(in_millimetres.iter().flatten()) {
        assert!(
            (other / (1000.0 * point) - 1.0).abs() < ROUNDING,
            "{other} mm, {point} m"
        );
    }
}

#[test]
fn the_first_step_goes_against_the_gradient_divided_by_the_fisher_matrix() {
    // Data of mean 0 and deviation 1, from N(0, e²): the gradient in σ is 1/σ - 1/σ³, its natural
    // form (σ - 1/σ)/2, and the geodesic in that direction an exponential.
    let step = fit(&column(&[-1.0, 1.0]), [0.0, E], 1).remove(1);
    let expected = E * (-(1.0 - (-2.0f64).exp()) / 2.0).exp();
    assert!(
        step[0].abs() < 1e-15 && (step[1] - expected).abs() < 1e-14,
        "{step:?}"
    );
}

#[test]
fn the_graph_is_a_ring_of_trees() {
    let neighbors = ring_of_trees(4, 1);
    let lengths = to_vec_f64(shortest_paths(&neighbors, &Device::default()));
    // Three nodes a tree, its root first.
    let length = |a: usize, b: usize| lengths[12 * a + b];
    assert_eq!([length(0, 3), length(0, 6), length(0, 9)], [1.0, 2.0, 1.0]);
    assert_eq!([length(0, 1), length(1, 2), length(1, 3)], [1.0, 2.0, 2.0]);
    // From leaf to leaf across the ring.
    assert_eq!(length(2, 7), 4.0);
    for a in 0..12 {
        assert_eq!(length(a, a), 0.0);
        assert!((0..12).all(|b| length(a, b) == length(b, a)));
    }
}

#[test]
fn the_product_fits_a_ring_of_trees_better_than_the_other_spaces() {
    const STEPS: usize = 200;
    /// Measured: 0.71 of the next best.
    const MARGIN: f32 = 0.85;
    let device = Device::default().autodiff();
    let graph = shortest_paths(&ring_of_trees(24, 1), &device);
    let hyperbolic = || PoincareBall::learnable(0.5, &device);
    let spherical = || Scaled::learnable(Sphere::new(), 4.0, &device);
    let euclidean = embed(Euclidean::new(), &graph, STEPS);
    let ball = embed(hyperbolic(), &graph, STEPS);
    let sphere = embed(spherical(), &graph, STEPS);
    let cylinder = Product::new(hyperbolic(), 6, Euclidean::new(), 2);
    let cylinder = embed(cylinder, &graph, STEPS);
    let product = Product::new(hyperbolic(), 6, spherical(), 2);
    let product = embed(product, &graph, STEPS);

    let averages = [
        euclidean.average,
        ball.average,
        sphere.average,
        cylinder.average,
    ];
    for average in averages {
        assert!(
            product.average < MARGIN * average,
            "{} {averages:?}",
            product.average
        );
    }
    let worst = [euclidean.worst, ball.worst, sphere.worst, cylinder.worst];
    assert!(
        worst.iter().all(|&worst| product.worst < worst),
        "{} {worst:?}",
        product.worst
    );
    // Relieved of the ring, the hyperbolic factor is free to bend.
    let curvature = |ball: &PoincareBall| -ball.curvature().value();
    let [alone, relieved] = [&ball.manifold, product.manifold.first()].map(curvature);
    assert!(relieved < 5.0 * alone, "{relieved} {alone}");
}

/// They are for reading.
#[test]
fn the_examples_are_short() {
    let lines = |source: &str| source.lines().count();
    assert!(lines(include_str!("../examples/custom_manifold.rs")) < 150);
    assert!(lines(include_str!("../examples/mixed_curvature.rs")) < 170);
    assert!(lines(include_str!("../examples/hgcn_cora.rs")) < 150);
}
