//! The edges of the sphere: coincident points, antipodes, zero, huge steps, derivatives.
#![cfg(feature = "testing")]

use std::f64::consts::PI;

use burn::tensor::{DType, Device, Tensor, TensorData};
use geom_core::numerics::to_vec_f64;
use geom_core::testing::sampling::{Case, Regime};
use geom_core::{Limits, Manifold, Sphere, SphereSubspace};

const DTYPES: [DType; 2] = [DType::F32, DType::F64];
const DIMS: [usize; 3] = [1, 2, 5];
/// Roundings of the few dozen operations behind a value of order one.
const ROUNDINGS: f64 = 16.0;

fn rounding(dtype: DType) -> f64 {
    ROUNDINGS * Limits::of(dtype).epsilon
}

fn case(dim: usize, dtype: DType) -> Case<'static, Sphere> {
    let regime = Regime {
        name: "anywhere",
        radius: 1.0,
    };
    Case {
        manifold: &Sphere,
        size: dim.into(),
        device: Device::flex(),
        dtype,
        regime,
    }
}

fn row(values: &[f64], dtype: DType) -> Tensor<2> {
    let data = TensorData::new(values.to_vec(), [1, values.len()]);
    Tensor::from_data(data, (&Device::flex(), dtype))
}

fn worst(values: Tensor<4>) -> f64 {
    let values = to_vec_f64(values);
    assert!(values.iter().all(|x| x.is_finite()), "{values:?}");
    values.into_iter().fold(0.0, |worst, x| worst.max(x.abs()))
}

/// Points in general position, and unit tangent vectors there.
fn start(dim: usize, dtype: DType) -> (Tensor<4>, Tensor<4>) {
    let case = case(dim, dtype);
    let x = Sphere::new().project(case.ambient(21));
    let direction = case.tangents(&x, 22, 1.0);
    (x, direction)
}

#[test]
fn distances_keep_their_digits_towards_zero_and_towards_the_antipode() {
    let sphere = Sphere::new();
    for dim in DIMS {
        let (x, direction) = start(dim, DType::F32);
        for exponent in 0..12 {
            let gap = 10f64.powi(-exponent);
            for angle in [gap, PI - gap] {
                let y = sphere.exp(x.clone(), direction.clone().mul_scalar(angle));
                let exact = sphere.distance(x.clone().cast(DType::F64), y.clone().cast(DType::F64));
                let d = sphere.distance(x.clone(), y).cast(DType::F64);
                let zero = exact.clone().equal_elem(0.0);
                let relative = (d - exact.clone()) / exact.mask_fill(zero, 1.0);
                let error = worst(relative);
                assert!(error < rounding(DType::F32), "{angle}: {error:e}");
            }
        }
    }
}

#[test]
fn the_maps_hold_up_to_the_antipode_and_at_it() {
    let sphere = Sphere::new();
    for dtype in DTYPES {
        let tolerance = rounding(dtype);
        for dim in DIMS {
            let (x, direction) = start(dim, dtype);
            let gaps = (0..20).map(|exponent| 10f64.powi(-exponent)).chain([0.0]);
            for gap in gaps {
                let y = match gap {
                    0.0 => x.clone().neg(),
                    _ => sphere.exp(x.clone(), direction.clone().mul_scalar(PI - gap)),
                };
                let v = sphere.log(x.clone(), y.clone());
                sphere.check_tangent(x.clone(), v.clone()).expect("tangent");
                let length = sphere.norm(x.clone(), v.clone()).sub_scalar(PI - gap);
                assert!(worst(length) < tolerance, "{gap}");
                let end = sphere.exp(x.clone(), v.clone());
                assert!(worst(end - y.clone()) < tolerance, "{gap}");

                let carried = sphere.transport(x.clone(), y.clone(), direction.clone());
                sphere
                    .check_tangent(y.clone(), carried.clone())
                    .expect("tangent");
                let kept = sphere.norm(y.clone(), carried).sub_scalar(1.0);
                assert!(worst(kept) < tolerance, "{gap}");
                // Both ends know the direction to a rounding over the gap; at antipodes they agree.
                let arrived = sphere.transport(x.clone(), y.clone(), v) + sphere.log(y, x.clone());
                let blur = if gap == 0.0 { 1.0 } else { PI / gap };
                assert!(worst(arrived) < tolerance * blur, "{gap}");
            }
        }
    }
}

#[test]
fn every_vector_but_zero_projects_along_itself() {
    let sphere = Sphere::new();
    for (dtype, extreme) in [(DType::F32, 1e-37), (DType::F64, 1e-300)] {
        for length in [extreme, 1.0, 1.0 / extreme] {
            let point = sphere.project(row(&[3.0 * length, -4.0 * length], dtype));
            let error = (point - row(&[0.6, -0.8], dtype)).abs().max();
            assert!(to_vec_f64(error)[0] < rounding(dtype), "{length}");
        }
        let pole = sphere.project(row(&[0.0, 0.0, 0.0], dtype));
        assert_eq!(to_vec_f64(pole), [1.0, 0.0, 0.0]);
        assert!(sphere.check_point(row(&[f64::NAN, 0.0], dtype)).is_err());
        assert!(
            sphere
                .check_point(row(&[0.0, f64::INFINITY], dtype))
                .is_err()
        );
    }
}

#[test]
fn the_inverse_retraction_is_finite_beyond_its_hemisphere() {
    let sphere = Sphere::new();
    for dtype in DTYPES {
        let x = row(&[1.0, 0.0, 0.0], dtype);
        for y in [[0.0, 1.0, 0.0], [-0.6, 0.8, 0.0], [-1.0, 0.0, 0.0]] {
            let y = row(&y, dtype);
            let v = sphere.inverse_retract(x.clone(), y.clone());
            assert!(sphere.check_tangent(x.clone(), v.clone()).is_ok());
            let towards = sphere.inner(x.clone(), v.clone(), sphere.log(x.clone(), y));
            assert!(to_vec_f64(towards)[0] >= 0.0);
            assert!(sphere.check_point(sphere.retract(x.clone(), v)).is_ok());
        }
    }
}

#[test]
fn the_gradient_of_the_distance_is_the_unit_vector_away() {
    let sphere = Sphere::new();
    for dtype in DTYPES {
        for dim in DIMS {
            let (x, direction) = start(dim, dtype);
            for angle in [1e-3, 0.5, PI / 2.0, 2.5, PI - 1e-3] {
                let y = sphere.exp(x.clone(), direction.clone().mul_scalar(angle));
                let tracked = x.clone().autodiff().require_grad();
                let d = sphere.distance(tracked.clone(), y.clone().autodiff());
                let gradient = tracked.grad(&d.sum().backward()).expect("a leaf");
                let gradient = sphere.riemannian_gradient(x.clone(), gradient);
                // Coordinates know the direction to a rounding over the gap.
                let blur = angle.min(PI - angle).recip().max(1.0);
                let error = worst(gradient + direction.clone());
                assert!(
                    error < rounding(dtype) * blur,
                    "{angle} {dtype:?}: {error:e}"
                );
            }
        }
    }
}

#[test]
fn the_derivatives_of_the_maps_are_those_of_differences() {
    /// Near the cube root of rounding, where truncation and cancellation balance.
    const STEP: f64 = 1e-5;
    /// What a central difference with that step leaves where the third derivative is of order 100,
    /// as that of the logarithm is at the largest angle.
    const ERROR: f64 = 1e-7;
    type Map = fn([Tensor<4>; 3]) -> Tensor<4>;
    let maps: [(&str, Map); 5] = [
        ("exp", |[x, _, v]| Sphere::new().exp(x, v)),
        ("log", |[x, y, _]| Sphere::new().log(x, y)),
        ("retract", |[x, _, v]| Sphere::new().retract(x, v)),
        ("inverse", |[x, y, _]| Sphere::new().inverse_retract(x, y)),
        ("transport", |[x, y, v]| Sphere::new().transport(x, y, v)),
    ];
    let sphere = Sphere::new();
    let case = case(3, DType::F64);
    let (x, direction) = start(3, DType::F64);
    let weights = case.ambient(31);
    let [dx, dy, dv] = [32, 33, 34].map(|salt| case.ambient(salt));
    for angle in [1e-2, 0.5, 1.2, 2.0, 2.8] {
        let v = direction.clone().mul_scalar(angle);
        let y = sphere.exp(x.clone(), v.clone());
        let point = [x.clone(), y, v];
        for (name, map) in &maps {
            let f = |at: [Tensor<4>; 3]| (map(at) * weights.clone()).sum_dim(3);
            let leaves = point.clone().map(|t| t.autodiff().require_grad());
            let value = (map(leaves.clone()) * weights.clone().autodiff()).sum();
            let gradients = value.backward();
            let [gx, gy, gv] = leaves.map(|leaf| {
                let zero = leaf.clone().inner().zeros_like();
                leaf.grad(&gradients).unwrap_or(zero)
            });
            let predicted = gx * dx.clone() + gy * dy.clone() + gv * dv.clone();
            let predicted = predicted.sum_dim(3);
            let at = |t: f64| {
                let [x, y, v] = point.clone();
                f([
                    x + dx.clone().mul_scalar(t),
                    y + dy.clone().mul_scalar(t),
                    v + dv.clone().mul_scalar(t),
                ])
            };
            let measured = (at(STEP) - at(-STEP)).div_scalar(2.0 * STEP);
            let error = worst((predicted - measured.clone()) / measured.abs().add_scalar(1.0));
            assert!(error < ERROR, "{name} at {angle}: {error:e}");
        }
    }
}

#[test]
fn all_pairs_have_finite_gradients_at_coincident_points_and_antipodes() {
    let sphere = Sphere::new();
    for dtype in DTYPES {
        let x = Tensor::<2>::from_data(
            [[0.6, 0.8], [-0.6, -0.8], [0.0, 1.0]],
            (&Device::flex(), dtype),
        );
        let tracked = x.clone().autodiff().require_grad();
        let distances = sphere.pairwise_distance(tracked.clone(), x.autodiff());
        let gradients = distances.clone().sum().backward();
        let gradient = tracked.grad(&gradients).expect("a leaf");
        assert!(to_vec_f64(gradient).iter().all(|x| x.is_finite()));
        let distances = to_vec_f64(distances);
        let pi = to_vec_f64(row(&[PI], dtype))[0];
        assert_eq!([distances[0], distances[1], distances[4]], [0.0, pi, 0.0]);
    }
}

#[test]
fn a_long_walk_stays_on_the_sphere() {
    let sphere = Sphere::new();
    for dtype in DTYPES {
        let (mut x, mut v) = start(2, dtype);
        for _ in 0..1000 {
            let y = sphere.exp(x.clone(), v.clone().mul_scalar(0.37));
            v = sphere.transport(x, y.clone(), v);
            x = y;
        }
        sphere.check_point(x.clone()).expect("on the sphere");
        sphere.check_tangent(x.clone(), v.clone()).expect("tangent");
        // A thousand transports, each off by a rounding, in one direction at worst.
        let length = sphere.norm(x, v).sub_scalar(1.0);
        assert!(worst(length) < 1000.0 * Limits::of(dtype).epsilon);
    }
}

#[test]
fn constants_of_the_maps_take_part_in_any_automatic_differentiation() {
    fn differentiates<M: Manifold>(manifold: &M, device: &Device) {
        let values = Tensor::<2>::from_floats([[0.3, -0.4, 0.5]], device).require_grad();
        let x = manifold.project(values.clone());
        let far = x.clone().neg();
        let v = manifold.log(x.clone(), far.clone());
        let end = manifold.exp(x.clone(), v.clone()) + manifold.transport(x, far, v);
        let gradients = end.sum().backward();
        let gradient = values.grad(&gradients).expect("a leaf");
        assert!(to_vec_f64(gradient).iter().all(|x| x.is_finite()));
    }
    let vectors = Tensor::<2>::from_floats([[1.0, 1.0, 1.0]], &Device::flex());
    let subspace = SphereSubspace::complement(vectors).expect("one vector is independent");
    // With and without gradient checkpointing, which autodiff refuses to mix.
    let plain = Device::flex().autodiff();
    for device in [plain.clone(), plain.gradient_checkpointing()] {
        differentiates(&Sphere::new(), &device);
        differentiates(&subspace, &device);
    }
}
