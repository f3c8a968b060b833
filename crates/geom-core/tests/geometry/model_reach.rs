//! Half-space and Klein ball far out, high up, and at close range.

use burn::tensor::{DType, Device, Tensor, TensorData};
use geom_core::numerics::{norm, to_vec_f64};
use geom_core::{HalfSpace, Hyperboloid, KleinBall, Limits, Manifold};

const DTYPES: [DType; 2] = [DType::F32, DType::F64];
/// Roundings of the few dozen operations behind a value of order one.
const ROUNDINGS: f64 = 16.0;

fn row(values: &[f64], dtype: DType) -> Tensor<2> {
    let data = TensorData::new(values.to_vec(), [1, values.len()]);
    Tensor::from_data(data, (&Device::flex(), dtype))
}

fn rounding(dtype: DType) -> f64 {
    ROUNDINGS * Limits::of(dtype).epsilon
}

/// Every map of points `x`, `y` and a tangent vector `v`, as what grows with a dilation and what
/// does not, and the derivatives of the distance.
fn every_map(space: &HalfSpace, x: &Tensor<2>, y: &Tensor<2>, v: &Tensor<2>) -> [Vec<f64>; 3] {
    let (x, y, v) = (x.clone(), y.clone(), v.clone());
    let scaling = [
        space.exp(x.clone(), v.clone()),
        space.log(x.clone(), y.clone()),
        space.retract(x.clone(), v.clone()),
        space.inverse_retract(x.clone(), y.clone()),
        space.transport(x.clone(), y.clone(), v.clone()),
    ];
    let fixed = [
        space.distance(x.clone(), y.clone()),
        space.pairwise_distance(x.clone(), y.clone()),
        space.norm(x.clone(), v),
    ];
    let x = x.autodiff().require_grad();
    let gradients = space.distance(x.clone(), y.autodiff()).sum().backward();
    let falling = x.grad(&gradients).expect("x is a leaf");
    [
        scaling.into_iter().flat_map(to_vec_f64).collect(),
        fixed.into_iter().flat_map(to_vec_f64).collect(),
        to_vec_f64(falling),
    ]
}

#[test]
fn a_dilation_by_a_power_of_four_changes_nothing_but_the_exponents() {
    let space = HalfSpace::new(0.5);
    // Up to heights of 2e13 in `f32`, and of 1e30 in `f64`.
    for (dtype, exponents) in [
        (DType::F32, [-44, -20, 20, 44]),
        (DType::F64, [-100, -40, 40, 100]),
    ] {
        let x = row(&[0.3, -0.2, 1.3], dtype);
        let y = row(&[-0.4, 1.7, 0.4], dtype);
        let v = row(&[0.5, 0.1, -0.7], dtype);
        let [scaling, fixed, falling] = every_map(&space, &x, &y, &v);
        for exponent in exponents {
            let scale = 2f64.powi(exponent);
            let [x, y, v] = [&x, &y, &v].map(|t| t.clone().mul_scalar(scale));
            let [there_scaling, there_fixed, there_falling] = every_map(&space, &x, &y, &v);
            let scaled =
                |values: &[f64], by: f64| values.iter().map(|x| x * by).collect::<Vec<_>>();
            assert_eq!(
                there_scaling,
                scaled(&scaling, scale),
                "{dtype:?}, 2^{exponent}"
            );
            assert_eq!(there_fixed, fixed, "{dtype:?}, 2^{exponent}");
            assert_eq!(
                there_falling,
                scaled(&falling, scale.recip()),
                "{dtype:?}, 2^{exponent}"
            );
        }
    }
}

#[test]
fn points_far_above_and_far_below_each_other_keep_their_relative_precision() {
    let space = HalfSpace::new(1.0);
    for (dtype, extremes) in [(DType::F32, [1e-14, 1e14]), (DType::F64, [1e-30, 1e30])] {
        let tolerance = rounding(dtype);
        let [low, high] = extremes.map(|height| row(&[0.0, height], dtype));
        // The heights as they are in this format.
        let [bottom, top] = [&low, &high].map(|x| to_vec_f64(x.clone())[1]);
        let exact = (top / bottom).ln();
        for (from, to, sign) in [(&low, &high, 1.0), (&high, &low, -1.0)] {
            let distance = to_vec_f64(space.distance(from.clone(), to.clone()))[0];
            assert!(
                (distance / exact - 1.0).abs() < tolerance,
                "{dtype:?}: {distance}"
            );
            let all = to_vec_f64(space.pairwise_distance(from.clone(), to.clone()))[0];
            assert!((all / exact - 1.0).abs() < tolerance, "{dtype:?}: {all}");
            let height = to_vec_f64(from.clone())[1];
            let v = to_vec_f64(space.log(from.clone(), to.clone()));
            assert_eq!(v[0], 0.0);
            let climbed = v[1] / height / (sign * exact);
            assert!((climbed - 1.0).abs() < tolerance, "{dtype:?}: {climbed}");
        }
        // Half of the way is within the longest step.
        let middle = to_vec_f64(space.midpoint(low.clone(), high.clone()));
        // The relative error of a height is the absolute error of the distance.
        let off = (middle[1] / (top * bottom).sqrt() - 1.0).abs();
        assert!(
            middle[0] == 0.0 && off < tolerance * exact,
            "{dtype:?}: {middle:?}"
        );
    }
}

#[test]
fn close_points_keep_three_digits_at_any_height_in_f32() {
    for height in [1e-12, 1e-3, 1.0, 1e12] {
        let plane = HalfSpace::new(1.0);
        let x = row(&[0.3 * height, height], DType::F32);
        let y = row(&[0.3 * height, height * (1.0 + 1e-6)], DType::F32);
        let [from, to] = [&x, &y].map(|x| to_vec_f64(x.clone())[1]);
        let relative = to_vec_f64(plane.distance(x, y))[0] / (to / from).ln() - 1.0;
        assert!(relative.abs() < 1e-3, "{height:e}: {relative:e}");
    }
    let klein = KleinBall::new(1.0);
    for start in [[0.01, 0.02], [0.3, -0.2], [0.9, 0.3]] {
        let x = row(&start, DType::F32);
        let y = row(&[start[0] + 1e-6, start[1]], DType::F32);
        let exact = klein.distance(x.clone().cast(DType::F64), y.clone().cast(DType::F64));
        let relative = to_vec_f64(klein.distance(x, y))[0] / to_vec_f64(exact)[0] - 1.0;
        assert!(relative.abs() < 1e-3, "{start:?}: {relative:e}");
    }
}

#[test]
fn the_klein_ball_reaches_half_as_far_as_the_poincare_ball() {
    let klein = KleinBall::new(1.0);
    let distance =
        |x: &Tensor<2>, y: &Tensor<2>| to_vec_f64(klein.distance(x.clone(), y.clone()))[0];
    for dtype in DTYPES {
        let Limits {
            epsilon,
            max_radius,
            ..
        } = Limits::of(dtype);
        for radius in 1..(max_radius / 2.0) as usize {
            let radius = radius as f64;
            // Two roundings of the coordinates, as far as those resolve the radius, and those of the
            // distance itself.
            let tolerance = epsilon * (2.0 * radius.cosh().powi(2) + 4.0 * radius);
            for direction in [[1.0, 0.0], [0.6, 0.8], [0.48, -0.877_268]] {
                let what = format!("{dtype:?} at {radius} to {direction:?}");
                let v = row(&direction, dtype).mul_scalar(radius);
                let (origin, radius) = (v.zeros_like(), to_vec_f64(norm(v.clone()))[0]);
                let y = klein.exp(origin.clone(), v);
                let out = distance(&origin, &y);
                assert!((out - radius).abs() <= tolerance, "{what}: {out}");
                let back = klein.exp(origin.clone(), klein.log(origin.clone(), y.clone()));
                let drift = distance(&origin, &back) - out;
                assert!(drift.abs() <= tolerance, "{what}: drift {drift:e}");
                // Through the whole ball, where the chord rounds twice as coarsely.
                let opposite = y.clone().neg();
                let through = distance(&y, &opposite);
                assert!(
                    (through - 2.0 * out).abs() <= tolerance,
                    "{what}: {through}"
                );
                let end = klein.exp(y.clone(), klein.log(y.clone(), opposite));
                let drift = distance(&y, &end) - through;
                assert!(drift.abs() <= 2.0 * tolerance, "{what}: drift {drift:e}");
            }
        }
        // Further out there is nothing.
        let v = row(&[300.0, -400.0], dtype);
        let edge = klein.exp(v.zeros_like(), v.clone());
        assert!(klein.check_point(edge.clone()).is_ok());
        let end = distance(&v.zeros_like(), &edge);
        // The last two numbers below 1 are this far apart.
        let tolerance = 2f64.ln() / 2.0;
        assert!(
            (end - max_radius / 2.0).abs() < tolerance,
            "{dtype:?}: {end}"
        );
    }
}

#[test]
fn steps_beyond_the_reach_of_the_half_space_end_at_its_edge() {
    for dtype in DTYPES {
        let space = HalfSpace::new(1.0);
        for direction in [
            [300.0, -400.0],
            [300.0, 400.0],
            [0.0, 500.0],
            [0.0, -500.0],
            [1e30, 1e30],
        ] {
            let mut x = row(&[0.0, 1.0], dtype);
            for _ in 0..5 {
                let v = row(&direction, dtype);
                x = space.exp(x.clone(), v.clone());
                assert!(
                    space.check_point(x.clone()).is_ok(),
                    "{dtype:?} {direction:?}"
                );
                x = space.retract(x, v);
                assert!(
                    space.check_point(x.clone()).is_ok(),
                    "{dtype:?} {direction:?}"
                );
            }
            let origin = row(&[0.0, 1.0], dtype);
            let back = space.exp(x.clone(), space.log(x.clone(), origin.clone()));
            let there = space.inverse_retract(origin.clone(), x.clone());
            let gradient = space.riemannian_gradient(x.clone(), row(&direction, dtype));
            let moved = space.transport(x, origin, row(&[3.0, -4.0], dtype));
            for result in [back, there, gradient, moved] {
                let result = to_vec_f64(result);
                assert!(
                    result.iter().all(|x| x.is_finite()),
                    "{direction:?}: {result:?}"
                );
            }
        }
    }
}

/// `count` numbers spread over (-1, 1), the same every time.
fn spread(count: usize) -> Vec<f64> {
    (0..count)
        .map(|k| 2.0 * (0.618_033_988_749_895 * (k + 1) as f64).fract() - 1.0)
        .collect()
}

#[test]
fn a_point_at_the_end_of_the_hyperboloid_keeps_its_distance_to_one_near_the_origin() {
    const DIM: usize = 3;
    const POINTS: usize = 60;
    let hyperboloid = Hyperboloid::new(1.0);
    for dtype in DTYPES {
        let end = Limits::of(dtype).max_radius;
        for radius in [0.3, 1.0, 0.5 * end, 0.9 * end, 0.99 * end] {
            let far: Vec<f64> = (spread(DIM * POINTS).chunks(DIM))
                .flat_map(|u| {
                    let length = u.iter().map(|x| x * x).sum::<f64>().sqrt();
                    let scale = radius.sinh() / length;
                    let space = u.iter().map(move |x| x * scale);
                    std::iter::once(radius.cosh()).chain(space)
                })
                .collect();
            let near = row(&[1.0, 0.3, -0.2, 0.1], dtype);
            let near = hyperboloid.project(near);
            let data = TensorData::new(far, [POINTS, DIM + 1]);
            let far = Tensor::<2>::from_data(data, (&Device::flex(), dtype));
            let far = hyperboloid.project(far);
            // The points as they are, rounded; at this distance the Minkowski product is exact to a
            // few roundings.
            let time = |space: &[f64]| space.iter().map(|x| x * x).sum::<f64>().sqrt().hypot(1.0);
            let n = to_vec_f64(near.clone());
            let exact: Vec<f64> = (to_vec_f64(far.clone()).chunks(DIM + 1))
                .map(|f| {
                    let product: f64 = f[1..].iter().zip(&n[1..]).map(|(a, b)| a * b).sum();
                    (time(&f[1..]) * time(&n[1..]) - product).acosh()
                })
                .collect();
            let velocity = hyperboloid.log(near.clone(), far.clone());
            let found = [
                hyperboloid.distance(far.clone(), near.clone()),
                hyperboloid.distance(near.clone(), far.clone()),
                hyperboloid.pairwise_distance(far.clone(), near.clone()),
                hyperboloid.norm(near, velocity),
            ];
            for (way, found) in found.into_iter().enumerate() {
                for (found, exact) in to_vec_f64(found).into_iter().zip(&exact) {
                    let error = (found - exact).abs() / exact;
                    assert!(
                        error < rounding(dtype),
                        "{dtype:?} at {radius}, way {way}: {found} {exact}"
                    );
                }
            }
        }
    }
}
