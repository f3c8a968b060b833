//! Distances to hyperplanes: against samples of the hyperplane, and where they are steep.

use std::f64::consts::PI;

use burn::tensor::{DType, Device, Tensor};
use geom_core::numerics::{dot, norm, to_vec_f64};
use geom_core::{Gyrovector, Limits, Manifold, PoincareBall, Stereographic};

use crate::gyro::{CURVATURES, ROUNDING, assert_close, points, unit};

/// A plane through `p` with normal `a`, as the ends of many geodesics from `p` orthogonal to `a`.
fn hyperplane<M: Manifold>(space: &M, p: Tensor<2>, a: Tensor<2>, longest: f64) -> Tensor<2> {
    const STEPS: i32 = 4000;
    let side = to_vec_f64(a);
    let across = Tensor::<2>::from_data([[-side[1], side[0]]], (&Device::flex(), DType::F64));
    let across = across.clone() / space.norm(p.clone(), across);
    let ends = (-STEPS..=STEPS)
        .map(|k| {
            across
                .clone()
                .mul_scalar(longest * f64::from(k) / f64::from(STEPS))
        })
        .collect();
    let steps: Tensor<2> = Tensor::cat(ends, 0);
    space.exp(p, steps)
}

#[test]
fn the_distance_to_a_hyperplane_is_the_least_distance_to_its_points() {
    for_every_space!(|space, kappa| {
        let options = (&Device::flex(), DType::F64);
        let unit = unit(kappa);
        let p = Tensor::<2>::from_data([[0.2, 0.3]], options).mul_scalar(unit);
        let a = Tensor::<2>::from_data([[-0.7, 0.4]], options);
        let plane = hyperplane(&space, p.clone(), a.clone(), 3.2 * unit);
        let on = space.distance_to_hyperplane(plane.clone(), p.clone(), a.clone());
        assert!(to_vec_f64(on.max())[0] < 1e-12 * unit);
        for x in [[0.5, 0.1], [-0.4, 0.3], [0.0, 0.0], [0.6, -0.5]] {
            let x = Tensor::<2>::from_data([x], options).mul_scalar(unit);
            let least = to_vec_f64(space.distance(x.clone(), plane.clone()).min())[0];
            let found = to_vec_f64(space.distance_to_hyperplane(x, p.clone(), a.clone()))[0];
            // The nearest sample is within a step of 8e-4, which the distance feels squared.
            let over = (least - found) / unit;
            assert!((-1e-12..1e-6).contains(&over), "{kappa}: {found} {least}");
        }
    });
}

#[test]
fn the_sign_of_a_hyperplane_distance_is_the_side_and_its_scale_the_normal() {
    for_every_space!(|space, kappa| {
        let [p] = points(kappa);
        let a = Tensor::<2>::from_data([[0.3, -0.5, 0.2]], (&Device::flex(), DType::F64));
        // Along the normal the distance is the length.
        let lengths = space.norm(p.clone(), a.clone());
        for t in [-0.8, -1e-9, 1e-9, 0.8] {
            let step = a.clone() / lengths.clone() * (t * unit(kappa));
            let x = space.exp(p.clone(), step);
            let signed = space.signed_distance_to_hyperplane(x.clone(), p.clone(), a.clone());
            let expected = signed.ones_like().mul_scalar(t * unit(kappa));
            assert_close("signed", kappa, signed.clone(), expected, ROUNDING);
            let unsigned = space.distance_to_hyperplane(x.clone(), p.clone(), a.clone());
            assert_close("unsigned", kappa, unsigned, signed.clone().abs(), 0.0);
            let scaled = space.scaled_distance_to_hyperplane(x, p.clone(), a.clone());
            assert_close("scaled", kappa, scaled, signed * lengths.clone(), ROUNDING);
        }
    });
}

#[test]
fn hyperplane_distances_tend_to_the_flat_ones_in_the_flat_metric() {
    let [x, p] = points(0.0);
    let a = Tensor::<2>::from_data([[0.3, -0.5, 0.2]], (&Device::flex(), DType::F64));
    let height = dot(x.clone() - p.clone(), a.clone());
    let flat = height.clone() / norm(a.clone());
    for kappa in [-1e-12, 0.0, 1e-12] {
        let space = Stereographic::new(kappa);
        let distance = space.signed_distance_to_hyperplane(x.clone(), p.clone(), a.clone());
        assert_close(
            "distance",
            0.0,
            distance,
            flat.clone().mul_scalar(2.0),
            1e-11,
        );
        let logit = space.scaled_distance_to_hyperplane(x.clone(), p.clone(), a.clone());
        assert_close("logit", 0.0, logit, height.clone().mul_scalar(4.0), 1e-11);
    }
}

#[test]
fn hyperplane_distances_are_good_at_the_poles_and_at_the_boundary() {
    for dtype in [DType::F32, DType::F64] {
        let options = (&Device::flex(), dtype);
        let rounding = 16.0 * Limits::of(dtype).epsilon;
        let sphere = Stereographic::new(1.0);
        let a = Tensor::<1>::from_data([1.0, 0.0], options);
        for short in [1e-1, 1e-2, 1e-3, 0.0] {
            let t: f64 = PI / 2.0 - short;
            let x = Tensor::<1>::from_data([(t / 2.0).tan(), 0.0], options);
            let found = sphere.distance_to_hyperplane(x.clone(), x.zeros_like(), a.clone());
            let error = to_vec_f64(found)[0] - t;
            assert!(error.abs() <= rounding, "{dtype:?} {short}: {error:e}");
        }
        let ball = PoincareBall::new(1.0);
        let edge = ball.project(Tensor::<1>::from_data([0.6, 0.9], options));
        let p = Tensor::<1>::from_data([0.1, -0.2], options);
        let tracked = [edge, p, a].map(|t| t.autodiff().require_grad());
        let [x, p, a] = tracked.clone();
        let distance = ball.signed_distance_to_hyperplane(x, p, a);
        let gradients = distance.clone().backward();
        assert!(to_vec_f64(distance)[0] > 10.0);
        for t in tracked {
            let gradient = to_vec_f64(t.grad(&gradients).expect("a leaf"));
            assert!(gradient.iter().all(|g| g.is_finite()), "{gradient:?}");
        }
    }
}

#[test]
fn without_a_normal_there_is_no_distance_but_a_gradient() {
    for kappa in CURVATURES {
        let space = Stereographic::new(kappa);
        let device = Device::flex().autodiff();
        let at = |x: [f64; 2]| Tensor::<1>::from_data(x, &device).require_grad();
        let (x, p, a) = (at([0.02, 0.03]), at([0.01, -0.04]), at([0.0, 0.0]));
        let logit = space.scaled_distance_to_hyperplane(x.clone(), p.clone(), a.clone());
        let gradients = logit.clone().backward();
        assert_eq!(to_vec_f64(logit), [0.0]);
        for t in [x, p, a] {
            let gradient = to_vec_f64(t.grad(&gradients).expect("a leaf"));
            assert!(gradient.iter().all(|g| g.is_finite()), "{gradient:?}");
        }
    }
}
