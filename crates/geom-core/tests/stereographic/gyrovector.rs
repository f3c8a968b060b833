//! The gyrovector calculus against its definitions, its axioms, and values computed elsewhere.

use std::f64::consts::PI;

use burn::tensor::{DType, Device, Tensor, TensorData};
use geom_core::numerics::{dot, norm, to_vec_f64};
use geom_core::{Gyrovector, Limits, Manifold, Pointed, Stereographic};
use serde_json::Value;

use crate::gyro::{CURVATURES, ROUNDING, assert_close, points, unit};

#[test]
fn differences_of_close_points_keep_their_digits() {
    /// Length of the difference, in units, and the relative error allowed: the terms of second order
    /// that the reference leaves out, and rounding.
    const CLOSE: [(DType, f64, f64); 2] = [(DType::F64, 1e-9, 1e-7), (DType::F32, 1e-5, 1e-4)];
    for_every_space!(|space, kappa| {
        for (dtype, length, tolerance) in CLOSE {
            let [x, step, _] = points(kappa).map(|x: Tensor<2>| x.cast(dtype));
            let y = x.clone() + step.mul_scalar(length);
            let [x, y] = [x, y].map(|x| x.cast(dtype));
            let narrow = |t: &Tensor<2>| t.clone();
            let difference = to_vec_f64(space.mobius_sub(narrow(&x), narrow(&y)));
            let codifference = to_vec_f64(space.mobius_cosub(narrow(&x), narrow(&y)));
            let [x, y] = [&x, &y].map(|t| to_vec_f64(t.clone()));
            for (row, start) in (0..x.len()).step_by(3).enumerate() {
                let range = start..start + 3;
                let (x, y) = (&x[range.clone()], &y[range.clone()]);
                let delta: Vec<f64> = x.iter().zip(y).map(|(x, y)| y - x).collect();
                let dot =
                    |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
                let alpha = 1.0 + kappa * dot(x, x);
                let turn = 2.0 * kappa * dot(&delta, x);
                let small = dot(&delta, &delta).sqrt();
                for (i, delta) in delta.iter().enumerate() {
                    let expected = -delta / alpha;
                    let error = (difference[start + i] - expected).abs() / small;
                    assert!(error < tolerance, "{kappa} {dtype:?} row {row}: {error:e}");
                    let expected = (turn * x[i] - alpha * delta) / (alpha * (2.0 - alpha));
                    let error = (codifference[start + i] - expected).abs() / small;
                    assert!(
                        error < tolerance,
                        "{kappa} {dtype:?} row {row}, co: {error:e}"
                    );
                }
            }
        }
    });
}

/// Möbius addition by the textbook, number by number.
fn textbook_sum(kappa: f64, x: &[f64], y: &[f64]) -> Vec<f64> {
    let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    let (xx, xy, yy) = (dot(x, x), dot(x, y), dot(y, y));
    let a = 1.0 - 2.0 * kappa * xy - kappa * yy;
    let b = 1.0 + kappa * xx;
    let c = 1.0 - 2.0 * kappa * xy + kappa * kappa * xx * yy;
    x.iter().zip(y).map(|(x, y)| (a * x + b * y) / c).collect()
}

fn textbook(kappa: f64, x: &Tensor<2>, y: &Tensor<2>) -> Tensor<2> {
    let [n, d] = x.dims();
    let [x, y] = [x, y].map(|x| to_vec_f64(x.clone()));
    let rows = x.chunks(d).zip(y.chunks(d));
    let sums: Vec<f64> = rows.flat_map(|(x, y)| textbook_sum(kappa, x, y)).collect();
    Tensor::from_data(TensorData::new(sums, [n, d]), (&Device::flex(), DType::F64))
}

#[test]
fn addition_coaddition_and_gyration_are_what_their_definitions_say() {
    for_every_space!(|space, kappa| {
        let [x, y, v] = points(kappa);
        let add = |x: &Tensor<2>, y: &Tensor<2>| textbook(kappa, x, y);
        let close = |what, left, right| assert_close(what, kappa, left, right, ROUNDING);
        close("sum", space.mobius_add(x.clone(), y.clone()), add(&x, &y));
        close(
            "difference",
            space.mobius_sub(x.clone(), y.clone()),
            add(&x, &y.clone().neg()),
        );
        let gyration = add(&add(&x, &y).neg(), &add(&x, &add(&y, &v)));
        close(
            "gyration",
            space.gyration(x.clone(), y.clone(), v.clone()),
            gyration,
        );
        let turned = space.gyration(x.clone(), y.clone().neg(), y.clone());
        close(
            "cosum",
            space.mobius_coadd(x.clone(), y.clone()),
            add(&x, &turned),
        );
        let turned = space.gyration(x.clone(), y.clone(), y.clone());
        close(
            "codifference",
            space.mobius_cosub(x.clone(), y.clone()),
            add(&x, &turned.neg()),
        );
    });
}

#[test]
fn sums_beyond_the_equator_are_right_as_points_of_the_sphere() {
    /// A dozen operations, as angles on the sphere; and infinity is kept 32 roundings away.
    const ROUNDINGS: f64 = 16.0 + 32.0;
    // The error of the textbook in `f64` is far below that of `f32`.
    let exact = Stereographic::new(1.0);
    let directions = [[0.6, 0.8], [0.28, -0.96], [-0.6, -0.8]];
    let radii = [0.3, 1.0, 4.0, 300.0, 1e5];
    let points = radii.map(|r| directions.map(|d| d.map(|x: f64| r * x)));
    let points: Vec<Tensor<2>> = points
        .into_iter()
        .flatten()
        .map(|x| Tensor::from_data([x], (&Device::flex(), DType::F32)))
        .collect();
    for (x, y) in points
        .iter()
        .flat_map(|x| points.iter().map(move |y| (x, y)))
    {
        let sum = exact.mobius_add(x.clone(), y.clone()).cast(DType::F64);
        let [x, y] = [x, y].map(|x| x.clone().cast(DType::F64));
        let expected = exact.project(textbook(1.0, &x, &y));
        if to_vec_f64(expected.clone()).iter().any(|x| x.is_nan()) {
            // Exactly antipodal to the inverse: the textbook has no answer, infinity is.
            assert!(to_vec_f64(norm(sum))[0] > 1e5);
            continue;
        }
        let error = to_vec_f64(exact.distance(sum, expected))[0];
        let tolerance = ROUNDINGS * Limits::of(DType::F32).epsilon;
        assert!(error <= tolerance, "{x} {y}: {error:e}");
    }
}

#[test]
fn points_form_a_gyrocommutative_gyrogroup() {
    for_every_space!(|space, kappa| {
        let [x, y, z] = points(kappa);
        let add = |x: &Tensor<2>, y: &Tensor<2>| space.mobius_add(x.clone(), y.clone());
        let gyr = |x: &Tensor<2>, y: &Tensor<2>, v: &Tensor<2>| {
            space.gyration(x.clone(), y.clone(), v.clone())
        };
        let close = |what, left, right| assert_close(what, kappa, left, right, 10.0 * ROUNDING);
        let zero = x.zeros_like();
        close("neutral", add(&zero, &x), x.clone());
        close("neutral", add(&x, &zero), x.clone());
        close("inverse", add(&x.clone().neg(), &x), zero);
        close(
            "left cancellation",
            add(&x.clone().neg(), &add(&x, &y)),
            y.clone(),
        );
        let sum = add(&x, &y);
        close(
            "right cancellation",
            space.mobius_cosub(sum.clone(), y.clone()),
            x.clone(),
        );
        close(
            "gyroassociativity",
            add(&x, &add(&y, &z)),
            add(&sum, &gyr(&x, &y, &z)),
        );
        close("gyrocommutativity", sum.clone(), gyr(&x, &y, &add(&y, &x)));
        close("loop property", gyr(&sum, &y, &z), gyr(&x, &y, &z));
        let [co, oc] = [(&x, &y), (&y, &x)].map(|(x, y)| space.mobius_coadd(x.clone(), y.clone()));
        close("coaddition commutes", co, oc);
    });
}

#[test]
fn a_gyration_is_an_orthogonal_map_and_an_automorphism() {
    for_every_space!(|space, kappa| {
        let [x, y, v, w] = points(kappa);
        let gyr = |v: &Tensor<2>| space.gyration(x.clone(), y.clone(), v.clone());
        let close = |what, left, right| assert_close(what, kappa, left, right, 10.0 * ROUNDING);
        // In units, as the square of a length.
        let scale = unit(kappa).recip();
        let products = [
            dot(gyr(&v), gyr(&w)).mul_scalar(scale),
            dot(v.clone(), w.clone()).mul_scalar(scale),
        ];
        let [turned, straight] = products;
        close("orthogonal", turned, straight);
        let sum = space.mobius_add(v.clone(), w.clone());
        close(
            "automorphism",
            gyr(&sum),
            space.mobius_add(gyr(&v), gyr(&w)),
        );
        let back = space.gyration(y.clone(), x.clone(), gyr(&v));
        close("inverse", back, v.clone());
    });
}

#[test]
fn scalar_products_have_the_laws_of_scalars() {
    for_every_space!(|space, kappa| {
        let [x] = points(kappa);
        let mul = |r: f64, x: &Tensor<2>| space.mobius_scalar_mul(r, x.clone());
        let close = |what, left, right| assert_close(what, kappa, left, right, 10.0 * ROUNDING);
        close("one", mul(1.0, &x), x.clone());
        let sum = space.mobius_add(x.clone(), space.mobius_add(x.clone(), x.clone()));
        close("three", mul(3.0, &x), sum);
        close("associative", mul(0.6, &x), mul(2.0, &mul(0.3, &x)));
        close(
            "distributive",
            mul(0.7, &x),
            space.mobius_add(mul(0.9, &x), mul(-0.2, &x)),
        );
        let origin = x.zeros_like();
        let halves = space.mobius_scalar_mul(0.5, x.clone());
        let ratio = space.distance(origin.clone(), halves) * 2.0;
        close(
            "half the distance",
            ratio,
            space.distance(origin, x.clone()),
        );
        let per_row = Tensor::full([8, 1], 0.4, (&Device::flex(), DType::F64));
        close(
            "a tensor",
            space.mobius_scalar_mul(per_row, x.clone()),
            mul(0.4, &x),
        );
        let matrix = Tensor::<2>::eye(3, &Device::flex())
            .cast(DType::F64)
            .mul_scalar(0.4);
        close(
            "a matrix",
            space.mobius_matvec(matrix, x.clone()),
            mul(0.4, &x),
        );
        let diagonal = Tensor::full([1, 3], 0.4, (&Device::flex(), DType::F64));
        close(
            "a diagonal",
            space.mobius_pointwise_mul(diagonal, x.clone()),
            mul(0.4, &x),
        );
    });
}

#[test]
fn matrix_and_pointwise_products_are_what_ganea_defines() {
    for_every_space!(|space, kappa| {
        let [x] = points(kappa);
        let options = (&Device::flex(), DType::F64);
        let w = Tensor::<2>::from_data([[0.5, -0.3, 0.8]], options);
        let m = Tensor::<2>::from_data([[0.2, 0.5], [-0.4, 0.1], [0.3, 0.6]], options);
        let [tan, arctan]: [fn(f64) -> f64; 2] = match kappa {
            0.0 => [|t| t, |t| t],
            k if k < 0.0 => [f64::tanh, f64::atanh],
            _ => [f64::tan, f64::atan],
        };
        // tan(‖Mx‖/‖x‖ arctan‖x‖) Mx/‖Mx‖, in units.
        let defined = |image: Tensor<2>| {
            let lengths = norm(x.clone()).div_scalar(unit(kappa));
            let images = norm(image.clone()).div_scalar(unit(kappa));
            let factors: Vec<f64> = to_vec_f64(lengths)
                .into_iter()
                .zip(to_vec_f64(images))
                .map(|(x, mx)| tan(mx / x * arctan(x)) / mx)
                .collect();
            image * Tensor::from_data(TensorData::new(factors, [8, 1]), options)
        };
        let close = |what, left, right| assert_close(what, kappa, left, right, ROUNDING);
        close(
            "matvec",
            space.mobius_matvec(m.clone(), x.clone()),
            defined(x.clone().matmul(m)),
        );
        close(
            "pointwise",
            space.mobius_pointwise_mul(w.clone(), x.clone()),
            defined(x.clone() * w),
        );
    });
}

#[test]
fn antipodes_undo_themselves_and_are_reflections_where_there_are_none() {
    for kappa in CURVATURES {
        let learnable = Stereographic::learnable(kappa, (&Device::flex(), DType::F64));
        for space in [Stereographic::new(kappa), learnable] {
            let [x] = points(kappa);
            let there = space.antipode(x.clone());
            assert_close(
                "twice",
                kappa,
                space.antipode(there.clone()),
                x.clone(),
                ROUNDING,
            );
            if kappa <= 0.0 {
                assert_eq!(to_vec_f64(there), to_vec_f64(x.neg()));
            } else {
                let origin = x.zeros_like();
                let infinity = space.antipode(origin.clone());
                let distance = space
                    .distance(origin, infinity)
                    .mul_scalar(kappa.sqrt() / PI);
                assert!(to_vec_f64(distance).iter().all(|d| (d - 1.0).abs() < 1e-14));
            }
        }
    }
}

#[test]
fn the_oracles_agree_with_the_stereographic_model_and_its_calculus() {
    let oracles: Value =
        serde_json::from_str(include_str!("../data/hyperbolic.json")).expect("the data is JSON");
    let numbers = |value: &Value| -> Vec<f64> {
        let list = value.as_array().expect("a list");
        list.iter().map(|x| x.as_f64().expect("a number")).collect()
    };
    for (group, c) in [("poincare_ops_c1", 1.0), ("poincare_ops_c0.5", 0.5)] {
        let case = &oracles[group];
        for dtype in [DType::F32, DType::F64] {
            let space = Stereographic::new(-c);
            let tolerance = 16.0 * Limits::of(dtype).epsilon;
            let get = |key: &str| {
                Tensor::<1>::from_data(&numbers(&case[key])[..], (&Device::flex(), dtype))
            };
            let check = |key: &str, actual: Tensor<1>| {
                let expected = match &case[key] {
                    Value::Number(number) => vec![number.as_f64().expect("a number")],
                    list => numbers(list),
                };
                for (a, e) in to_vec_f64(actual).into_iter().zip(expected) {
                    assert!(
                        (a - e).abs() <= tolerance * (1.0 + e.abs()),
                        "{group} {key}: {a} {e}"
                    );
                }
            };
            let (x, y, v) = (get("x"), get("y"), get("v"));
            check("mobius_add", space.mobius_add(x.clone(), y.clone()));
            check("exp_x_v", space.exp(x.clone(), v.clone()));
            check("log_x_y", space.log(x.clone(), y.clone()));
            check(
                "ptransp_x_to_y_v",
                space.transport(x.clone(), y.clone(), v.clone()),
            );
            check("expmap0_v", space.exp0(v));
            check("dist_xy", space.distance(x.clone(), y.clone()));
            check("lambda_x", space.conformal_factor(x.clone()));
            let tracked = x.autodiff().require_grad();
            let gradients = space.distance(tracked.clone(), y.autodiff()).backward();
            check("grad_dist_wrt_x", tracked.grad(&gradients).expect("a leaf"));
        }
    }
}
