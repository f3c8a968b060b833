//! Every operation against central differences: its tangent, and the second derivative through it.

use burn::tensor::{DType, Device, Int, Tensor};

use super::*;
use crate::numerics::to_vec_f64;

/// An operation on a matrix, named.
type Operation = (&'static str, fn(Dual<2>) -> Dual<2>);

/// Step of the central differences: near the cube root of rounding.
const STEP: f64 = 1e-5;
/// What central differences with that step leave for functions whose third derivatives reach a
/// few thousand, as those of the inverse functions do near the end of their domain.
const DIFFERENCE_ERROR: f64 = 1e-6;

fn matrix(values: [[f64; 3]; 2]) -> Tensor<2> {
    Tensor::from_data(values, (&Device::flex(), DType::F64))
}

/// A point at which every operation below is smooth, its coordinates in (0, 1).
fn point() -> Tensor<2> {
    matrix([[0.31, 0.72, 0.18], [0.55, 0.09, 0.83]])
}

fn direction() -> Tensor<2> {
    matrix([[0.4, -0.7, 1.1], [-0.2, 0.9, 0.5]])
}

fn indices<const D: usize>(values: impl Into<burn::tensor::TensorData>) -> Tensor<D, Int> {
    Tensor::from_data(values, &Device::flex())
}

/// A constant row that broadcasts.
fn row() -> Tensor<2> {
    point().narrow(0, 1, 1).add_scalar(0.3)
}

const ARITHMETIC: [Operation; 19] = [
    ("x + x", |x| x.clone() + x.sin()),
    ("x + constant", |x| x + row()),
    ("constant + x", |x| Dual::constant(row()) + x),
    ("row + column", |x| x.clone().narrow(0, 0, 1) + x.sum_dim(1)),
    ("one part + all", |x| {
        x.clone().narrow(0, 0, 1) + point() + x
    }),
    ("a row becomes a matrix", |x| x.narrow(0, 0, 1) + point()),
    ("x - x", |x| x.clone().exp() - x),
    ("constant - x", |x| Dual::constant(row()) - x),
    ("x * x", |x| x.clone() * x.sin()),
    ("x * constant", |x| x * row()),
    ("constant * x", |x| Dual::constant(row()) * x),
    ("x / x", |x| x.clone().sin() / x.exp()),
    ("x / constant", |x| x / row()),
    ("constant / x", |x| Dual::constant(row()) / x),
    ("-x", |x| -x),
    ("scalars", |x| {
        x.add_scalar(2.0)
            .mul_scalar(3.0)
            .sub_scalar(1.0)
            .div_scalar(7.0)
    }),
    ("x matmul x", |x| x.clone().matmul(x.sin().transpose())),
    ("x matmul constant", |x| x.matmul(point().transpose())),
    ("constant matmul x", |x| {
        Dual::constant(point().transpose()).matmul(x)
    }),
];

const FUNCTIONS: [Operation; 37] = [
    ("square", Dual::square),
    ("recip", Dual::recip),
    ("sqrt", Dual::sqrt),
    ("sqrt_or_zero", Dual::sqrt_or_zero),
    ("sqrt_or_zero below zero", |x| {
        x.sub_scalar(0.5).sqrt_or_zero()
    }),
    ("powi 0", |x| x.powi_scalar(0)),
    ("powi 1", |x| x.powi_scalar(1)),
    ("powi 2", |x| x.powi_scalar(2)),
    ("powi 5 of a negative number", |x| {
        x.sub_scalar(0.5).powi_scalar(5)
    }),
    ("powi -2", |x| x.powi_scalar(-2)),
    ("powf 0", |x| x.powf_scalar(0.0)),
    ("powf 1", |x| x.powf_scalar(1.0)),
    ("powf 2.5", |x| x.powf_scalar(2.5)),
    ("exp", Dual::exp),
    ("log", Dual::log),
    ("log1p", Dual::log1p),
    ("sin", Dual::sin),
    ("cos", Dual::cos),
    ("tan", Dual::tan),
    ("asin", Dual::asin),
    ("acos", Dual::acos),
    ("atan", Dual::atan),
    ("sinh", Dual::sinh),
    ("cosh", Dual::cosh),
    ("tanh", Dual::tanh),
    ("asinh", Dual::asinh),
    ("acosh", |x| x.add_scalar(1.1).acosh()),
    ("atanh", Dual::atanh),
    ("sigmoid", |x| x.mul_scalar(4.0).sub_scalar(2.0).sigmoid()),
    ("softplus", |x| x.sub_scalar(0.5).softplus(3.0)),
    ("relu", |x| x.sub_scalar(0.5).relu()),
    ("abs", |x| x.sub_scalar(0.5).abs()),
    ("clamp_min", |x| x.clamp_min(0.5)),
    ("clamp_max", |x| x.clamp_max(0.5)),
    ("mask_fill", |x| {
        let mask = x.value().greater_elem(0.5);
        x.mask_fill(mask, 2.0)
    }),
    ("mask_where, both moving", |x| {
        let mask = x.value().greater_elem(0.5);
        x.clone().sin().mask_where(mask, x.exp())
    }),
    ("mask_where, one constant", |x| {
        let mask = x.value().greater_elem(0.5);
        let one = x.clone().mask_where(mask.clone(), point());
        one + Dual::constant(point()).mask_where(mask, x)
    }),
];

/// From next to 0, where the series rules, to the closed form.
const SQUARES: [Operation; 10] = [
    ("tanhc", Dual::tanhc),
    ("tanhc near 0", |x| x.mul_scalar(0.05).tanhc()),
    ("artanhc", Dual::artanhc),
    ("artanhc near 0", |x| x.mul_scalar(0.05).artanhc()),
    ("asinhc", Dual::asinhc),
    ("asinhc near 0", |x| x.mul_scalar(0.05).asinhc()),
    ("sinhc", Dual::sinhc),
    ("sinhc near 0", |x| x.mul_scalar(0.05).sinhc()),
    ("cosh_sqrt", Dual::cosh_sqrt),
    ("cosh_sqrt near 0", |x| x.mul_scalar(1e-3).cosh_sqrt()),
];

const SHAPES: [Operation; 22] = [
    ("transpose", Dual::transpose),
    ("swap_dims", |x| x.swap_dims(0, 1)),
    ("reshape", |x| x.reshape([3, 2])),
    ("expand", |x| x.narrow(0, 0, 1).expand([4, 3])),
    ("expand to a higher rank", |x| {
        x.expand([2, 2, 3]).reshape([4, 3])
    }),
    ("squeeze and unsqueeze", |x| {
        x.narrow(0, 0, 1).squeeze_dim::<1>(0).unsqueeze_dim(1)
    }),
    ("unsqueeze", |x| x.unsqueeze::<3>().squeeze_dim(0)),
    ("narrow", |x| x.narrow(1, 1, 2)),
    ("select", |x| x.select(1, indices([2, 0, 2]))),
    ("gather", |x| x.gather(1, indices([[2, 2], [0, 1]]))),
    ("cat", |x| Dual::cat(vec![x.clone().sin(), x.exp()], 0)),
    ("cat with a constant", |x| {
        Dual::cat(vec![point().into(), x], 1)
    }),
    ("sum", |x| x.sum().unsqueeze()),
    ("mean", |x| x.mean().unsqueeze()),
    ("sum_dim", |x| x.sum_dim(0)),
    ("mean_dim", |x| x.mean_dim(1)),
    ("dot", |x| x.clone().dot(x.exp())),
    ("dot with a constant", |x| x.dot(row())),
    ("squared_norm", Dual::squared_norm),
    ("norm", Dual::norm),
    ("softmax", |x| x.mul_scalar(3.0).softmax(1)),
    ("log_softmax", |x| x.mul_scalar(3.0).log_softmax(0)),
];

fn operations() -> Vec<Operation> {
    [&ARITHMETIC[..], &FUNCTIONS, &SQUARES, &SHAPES].concat()
}

fn largest_difference<const D: usize>(left: Tensor<D>, right: Tensor<D>) -> f64 {
    assert_eq!(left.dims(), right.dims());
    let pairs = to_vec_f64(left).into_iter().zip(to_vec_f64(right));
    pairs
        .map(|(a, b)| match (a - b).is_nan() {
            true => f64::INFINITY,
            false => (a - b).abs() / b.abs().max(1.0),
        })
        .fold(0.0, f64::max)
}

/// $(g(x + hv) - g(x - hv))/2h$.
fn central_difference<const E: usize>(g: impl Fn(Tensor<2>) -> Tensor<E>) -> Tensor<E> {
    let at = |h: f64| g(point() + direction().mul_scalar(h));
    (at(STEP) - at(-STEP)).div_scalar(2.0 * STEP)
}

/// One number that depends on every element of the result, and on its square, so that linear
/// operations have second derivatives too.
fn scalar(y: Dual<2>) -> Dual<1> {
    let [rows, columns] = y.dims();
    let weights = Tensor::<1, Int>::arange(1..(rows * columns) as i64 + 1, &Device::flex());
    let weights = weights
        .float()
        .cast(DType::F64)
        .sin()
        .reshape([rows, columns]);
    (y.square() * weights).sum()
}

#[test]
fn every_tangent_is_the_directional_derivative() {
    for (name, operation) in operations() {
        let (value, tangent) = jvp(operation, point(), direction());
        assert_eq!(value.dims(), tangent.dims(), "{name}");
        let measured = central_difference(|x| operation(Dual::constant(x)).value());
        let error = largest_difference(tangent, measured);
        assert!(error < DIFFERENCE_ERROR, "{name}: {error:e}");
    }
}

#[test]
fn every_hessian_product_is_the_derivative_of_the_gradient() {
    for (name, operation) in operations() {
        let f = |x| scalar(operation(x));
        let exact = hessian_vector(f, point(), direction());
        let measured = central_difference(|x| gradient(f, x));
        let error = largest_difference(exact, measured);
        assert!(error < DIFFERENCE_ERROR, "{name}: {error:e}");
    }
}

#[test]
fn every_value_is_the_plain_one_whether_it_moves_or_not() {
    for (name, operation) in operations() {
        let still = operation(Dual::constant(point()));
        assert!(still.tangent().is_none(), "{name} of a constant moves");
        let moving = operation(Dual::new(point(), direction()));
        assert_eq!(
            to_vec_f64(still.value()),
            to_vec_f64(moving.value()),
            "{name}"
        );
    }
}

#[test]
fn the_hessian_is_symmetric() {
    let (v, w) = (direction(), point().cos());
    for (name, operation) in operations() {
        let along = |v: Tensor<2>| hessian_vector(|x| scalar(operation(x)), point(), v);
        let product = |left: Tensor<2>, right: Tensor<2>| to_vec_f64((left * right).sum())[0];
        let (vw, wv) = (
            product(v.clone(), along(w.clone())),
            product(w.clone(), along(v.clone())),
        );
        // Rounding of a few dozen operations, each within a factor ten of the result.
        let error = (vw - wv).abs() / vw.abs().max(1.0);
        assert!(error < 1e-12, "{name}: {vw} and {wv}");
    }
}

/// A function of a square, named, with its first two derivatives at 0.
type AtZero = (&'static str, fn(Dual<2>) -> Dual<2>, f64, f64);

const AT_ZERO: [AtZero; 5] = [
    ("tanhc", Dual::tanhc, -1.0 / 3.0, 4.0 / 15.0),
    ("artanhc", Dual::artanhc, 1.0 / 3.0, 2.0 / 5.0),
    ("asinhc", Dual::asinhc, -1.0 / 6.0, 3.0 / 20.0),
    ("sinhc", Dual::sinhc, 1.0 / 6.0, 1.0 / 60.0),
    ("cosh_sqrt", Dual::cosh_sqrt, 1.0 / 2.0, 1.0 / 12.0),
];

#[test]
fn functions_of_a_square_have_both_derivatives_at_zero() {
    let zero = matrix([[0.0; 3]; 2]);
    let one = zero.ones_like();
    for (name, function, first, second) in AT_ZERO {
        let (_, slope) = jvp(function, zero.clone(), one.clone());
        let bend = hessian_vector(|q| function(q).sum(), zero.clone(), one.clone());
        for (derivative, exact) in [(slope, first), (bend, second)] {
            let error = (to_vec_f64(derivative)[0] - exact).abs();
            assert!(error < 1e-15, "{name}: off by {error:e}");
        }
    }
}

#[test]
fn series_and_closed_form_of_a_derivative_meet() {
    // Either side of the change, closer than the derivatives can differ in this many digits.
    let q = |shift: f64| matrix([[1.0 / 16.0 + shift; 3]; 2]);
    let one = q(0.0).ones_like();
    for (name, function, ..) in AT_ZERO {
        let slope = |q: Tensor<2>| to_vec_f64(jvp(function, q, one.clone()).1)[0];
        let bend =
            |q: Tensor<2>| to_vec_f64(hessian_vector(|q| function(q).sum(), q, one.clone()))[0];
        let first = slope(q(1e-15)) - slope(q(-1e-15));
        let second = bend(q(1e-15)) - bend(q(-1e-15));
        assert!(
            first.abs() < 1e-14,
            "{name}: first derivative jumps by {first:e}"
        );
        // The closed form loses the factor 1/q² to cancellation.
        assert!(
            second.abs() < 1e-12,
            "{name}: second derivative jumps by {second:e}"
        );
    }
}

#[test]
fn derivatives_are_finite_where_roots_and_norms_vanish() {
    let zero = matrix([[0.0; 3]; 2]);
    let functions: [Operation; 3] = [
        ("norm", Dual::norm),
        ("sqrt_or_zero", Dual::sqrt_or_zero),
        ("artanhc at the boundary", |x| x.add_scalar(1.0).artanhc()),
    ];
    for (name, function) in functions {
        let (_, slope) = jvp(function, zero.clone(), direction());
        let bend = hessian_vector(|x| function(x).sum(), zero.clone(), direction());
        assert!(to_vec_f64(slope).iter().all(|&d| d == 0.0), "{name}");
        assert!(to_vec_f64(bend).iter().all(|&d| d == 0.0), "{name}");
    }
}

#[test]
fn derivatives_of_constants_are_zero() {
    let constant = |_: Dual<2>| Dual::constant(point()).sum();
    let zeros = vec![0.0; 6];
    assert_eq!(to_vec_f64(gradient(constant, point())), zeros);
    assert_eq!(
        to_vec_f64(hessian_vector(constant, point(), direction())),
        zeros
    );
    let linear = |x: Dual<2>| x.sum();
    assert_eq!(
        to_vec_f64(hessian_vector(linear, point(), direction())),
        zeros
    );
    assert_eq!(to_vec_f64(jvp(constant, point(), direction()).1), [0.0]);
}

#[test]
fn derivatives_work_in_single_precision_and_on_a_tape() {
    let x = Tensor::<1>::from_floats([0.5, 2.0], &Device::flex().autodiff()).require_grad();
    let v = Tensor::<1>::from_floats([1.0, -1.0], &Device::flex());
    let product = hessian_vector(|x| x.powi_scalar(3).sum(), x, v);
    assert!(!product.is_autodiff());
    assert_eq!(to_vec_f64(product), [3.0, -12.0]);
}

#[test]
#[should_panic(expected = "expected [2, 3], got [1, 3]")]
fn a_tangent_of_another_shape_is_refused() {
    let _ = Dual::new(point(), row());
}
