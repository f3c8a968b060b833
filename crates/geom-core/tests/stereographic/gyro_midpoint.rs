//! The weighted gyro-midpoint: against its formula, against geodesics, and where it degenerates.

use std::f64::consts::PI;

use burn::tensor::{DType, Device, Tensor, TensorData};
use geom_core::numerics::to_vec_f64;
use geom_core::{Gyrovector, Limits, Manifold, PoincareBall, Stereographic};
use serde_json::Value;

use crate::gyro::{CURVATURES, ROUNDING, assert_close, points, unit};

/// Equal weights.
fn ones(n: usize) -> Tensor<2> {
    Tensor::ones([n, 1], (&Device::flex(), DType::F64))
}

#[test]
fn the_midpoint_of_two_is_the_midpoint_of_their_geodesic() {
    for_every_space!(|space, kappa| {
        let [x, y] = points(kappa);
        let both: Tensor<3> = Tensor::stack(vec![x.clone(), y.clone()], 0);
        let weights = Tensor::full([2, 8, 1], 0.3, (&Device::flex(), DType::F64));
        let middle = space.weighted_midpoint(both, weights, 0).reshape([8, 3]);
        assert_close(
            "pair",
            kappa,
            middle,
            space.midpoint(x.clone(), y),
            ROUNDING,
        );
        let same = space.weighted_midpoint(x.clone().narrow(0, 2, 1), ones(1), 0);
        assert_close("one", kappa, same, x.narrow(0, 2, 1), ROUNDING);
    });
}

#[test]
fn the_midpoint_of_a_symmetric_set_is_its_frechet_mean() {
    for_every_space!(|space, kappa| {
        // Three corners of an equilateral triangle around a point.
        let center = Tensor::<2>::from_data([[0.3, -0.2]], (&Device::flex(), DType::F64))
            .mul_scalar(unit(kappa));
        let corners: Vec<f64> = (0..3)
            .flat_map(|k| {
                let angle = f64::from(k) * 2.0 * PI / 3.0 + 0.4;
                [0.4 * angle.cos(), 0.4 * angle.sin()]
            })
            .collect();
        let corners = TensorData::new(corners, [3, 2]);
        let v =
            Tensor::<2>::from_data(corners, (&Device::flex(), DType::F64)).mul_scalar(unit(kappa));
        let x = space.exp(center.clone(), v);
        let mean = space.weighted_midpoint(x.clone(), ones(3), 0);
        assert_close("triangle", kappa, mean.clone(), center, ROUNDING);
        let gradient = space.log(mean, x).sum_dim(0);
        let zero = gradient.zeros_like();
        assert_close(
            "gradient of the variance",
            kappa,
            gradient,
            zero,
            10.0 * ROUNDING,
        );
    });
}

#[test]
fn the_midpoint_is_the_formula_and_moves_with_translations() {
    for_every_space!(|space, kappa| {
        let [x, shift] = points(kappa);
        let shift = shift.narrow(0, 0, 1);
        let options = (&Device::flex(), DType::F64);
        let weights = Tensor::<2>::from_data(
            [[0.3], [1.0], [0.7], [0.2], [0.0], [0.4], [1.3], [0.6]],
            options,
        );
        let lambda = space.conformal_factor(x.clone());
        let sum = (x.clone() * lambda.clone() * weights.clone()).sum_dim(0);
        let total = (lambda.sub_scalar(1.0) * weights.clone()).sum_dim(0);
        let formula = space.mobius_scalar_mul(0.5, sum / total);
        let mean = space.weighted_midpoint(x.clone(), weights.clone(), 0);
        assert_close("formula", kappa, mean.clone(), formula, ROUNDING);
        let moved = space.weighted_midpoint(space.mobius_add(shift.clone(), x), weights, 0);
        let expected = space.mobius_add(shift, mean);
        assert_close("translation", kappa, moved, expected, 10.0 * ROUNDING);
    });
}

#[test]
fn negative_weights_count_the_inverse_or_the_antipode() {
    for_every_space!(|space, kappa| {
        let [x] = points(kappa);
        let x = x.narrow(0, 0, 3);
        let options = (&Device::flex(), DType::F64);
        let weights = Tensor::<2>::from_data([[0.9], [-0.3], [0.5]], options);
        let replaced = |y: Tensor<2>| {
            let parts = vec![
                x.clone().narrow(0, 0, 1),
                y.narrow(0, 1, 1),
                x.clone().narrow(0, 2, 1),
            ];
            space.weighted_midpoint(Tensor::cat(parts, 0), weights.clone().abs(), 0)
        };
        let reflected = space.weighted_midpoint(x.clone(), weights.clone(), 0);
        assert_close(
            "inverse",
            kappa,
            reflected,
            replaced(x.clone().neg()),
            ROUNDING,
        );
        let opposed = space.weighted_midpoint_with_antipodes(x.clone(), weights.clone(), 0);
        let expected = replaced(space.antipode(x.clone()));
        assert_close("antipode", kappa, opposed, expected, 10.0 * ROUNDING);
    });
}

#[test]
fn on_the_sphere_the_midpoint_is_the_near_one_of_two_also_beyond_the_equator() {
    for kappa in [1e-6, 1.0, 100.0] {
        let space = Stereographic::new(kappa);
        let [x] = points(kappa);
        for x in [x.clone(), space.antipode(x)] {
            let mean = space.weighted_midpoint(x.clone(), ones(8), 0);
            let away = space.antipode(mean.clone());
            let [near, far] =
                [mean, away].map(|m| to_vec_f64(space.distance(x.clone(), m).sum())[0]);
            assert!(near < far, "{kappa}: {near} {far}");
        }
    }
}

#[test]
fn midpoints_of_far_points_keep_their_place() {
    // Points around one that is far out, where the sum on the hyperboloid is almost lightlike.
    for (dtype, radius) in [(DType::F32, 12.0), (DType::F64, 28.0)] {
        let options = (&Device::flex(), dtype);
        let ball = PoincareBall::new(1.0);
        let direction = Tensor::<2>::from_data([[0.6, 0.8]], options);
        let center = ball.exp0(direction.mul_scalar(radius / 2.0));
        let step =
            Tensor::from_data([[-0.4, 0.5]], options) / ball.conformal_factor(center.clone());
        let there = ball.exp(center.clone(), step.clone());
        let back = ball.exp(center.clone(), step.neg());
        let both = Tensor::cat(vec![there, back], 0);
        let weights = Tensor::ones([2, 1], options);
        let middle = ball.weighted_midpoint(both, weights, 0);
        // The resolution of the points, four of which take part.
        let tolerance = 4.0 * Limits::of(dtype).epsilon * f64::exp(radius);
        let drift = to_vec_f64(ball.distance(middle, center))[0];
        assert!(drift <= tolerance, "{dtype:?}: {drift:e} > {tolerance:e}");
    }
}

#[test]
fn midpoints_are_finite_where_they_are_not_defined() {
    for kappa in CURVATURES {
        for negative in [false, true] {
            let device = Device::flex().autodiff();
            let space = Stereographic::learnable(kappa, &device);
            let half = 1.0 / f64::max(kappa, 1.0).sqrt();
            let cases = [
                // No weight; points that balance; antipodes of each other; all at the origin.
                ([[0.1, 0.2], [0.2, 0.1]], [[0.0], [0.0]]),
                ([[0.03, 0.0], [-0.03, 0.0]], [[1.0], [1.0]]),
                ([[half, 0.0], [-half, 0.0]], [[1.0], [1.0]]),
                ([[0.0, 0.0], [0.0, 0.0]], [[1.0], [-1.0]]),
                ([[0.0, 0.0], [0.0, 0.0]], [[-1.0], [-1.0]]),
            ];
            for (x, weights) in cases {
                let x = space
                    .project(Tensor::<2>::from_data(x, &device))
                    .detach()
                    .require_grad();
                let w = Tensor::<2>::from_data(weights, &device).require_grad();
                let mean = match negative {
                    false => space.weighted_midpoint(x.clone(), w.clone(), 0),
                    true => space.weighted_midpoint_with_antipodes(x.clone(), w.clone(), 0),
                };
                let gradients = mean.clone().sum().backward();
                let finite = |t: Tensor<2>| to_vec_f64(t).iter().all(|v| v.is_finite());
                let place = format!("{kappa} {x} {weights:?}");
                assert!(finite(mean), "{place}");
                assert!(finite(x.grad(&gradients).expect("a leaf")), "{place}");
                assert!(finite(w.grad(&gradients).expect("a leaf")), "{place}");
            }
        }
    }
}

#[test]
#[should_panic(expected = "one of the first 1 of shape [8, 3], not axis 1")]
fn the_axis_of_coordinates_is_no_axis_to_average_over() {
    let [x] = points(-1.0);
    let _ = PoincareBall::new(1.0).weighted_midpoint(x, ones(8), 1);
}

#[test]
fn the_lorentz_centroid_in_the_ball_is_the_gyro_midpoint() {
    let oracles: Value =
        serde_json::from_str(include_str!("../data/hyperbolic.json")).expect("the data is JSON");
    let numbers = |value: &Value| -> Vec<f64> {
        let list = value.as_array().expect("a list");
        list.iter().map(|x| x.as_f64().expect("a number")).collect()
    };
    let case = &oracles["hyperbolic_means"];
    let points = case["points"].as_array().expect("a list");
    let points: Vec<f64> = points.iter().flat_map(numbers).collect();
    let points = TensorData::new(points, [3, 2]);
    let points = Tensor::<2>::from_data(points, (&Device::flex(), DType::F64));
    let expected = numbers(&case["lorentz_centroid_in_ball"]);
    let means = [
        PoincareBall::new(1.0).weighted_midpoint(points.clone(), ones(3), 0),
        Stereographic::new(-1.0).weighted_midpoint(points, ones(3), 0),
    ];
    for mean in means {
        for (a, e) in to_vec_f64(mean).into_iter().zip(&expected) {
            assert!((a - e).abs() < 1e-15, "{a} {e}");
        }
    }
}
