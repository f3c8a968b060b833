//! Helpers shared by the tests of losses.

use burn::tensor::{DType, Device, Tensor};
use geom_core::numerics::to_vec_f64;

/// Step of central differences in `f64`, the cube root of the rounding unit.
const STEP: f64 = 6e-6;
/// Truncation `STEP²` and rounding `ε/STEP` of central differences, for losses of order one.
const TOLERANCE: f64 = 1e-8;

/// Compares the gradient of a scalar function with central differences, coordinate by coordinate.
pub(super) fn assert_gradient<const D: usize>(
    name: &str,
    shape: [usize; D],
    at: &[f64],
    loss: impl Fn(Tensor<D>) -> Tensor<1>,
) {
    let device = Device::flex();
    let tensor = |values: &[f64], device: &Device| {
        Tensor::<1>::from_data(values, (device, DType::F64)).reshape(shape)
    };
    let value = |values: &[f64]| to_vec_f64(loss(tensor(values, &device)))[0];
    let x = tensor(at, &device.clone().autodiff()).require_grad();
    let gradient = to_vec_f64(x.grad(&loss(x.clone()).backward()).expect("x is a leaf"));
    let scale = gradient.iter().fold(1.0, |a: f64, g| a.max(g.abs()));
    for (index, &slope) in gradient.iter().enumerate() {
        let moved = |step: f64| {
            let mut values = at.to_vec();
            values[index] += step;
            value(&values)
        };
        let difference = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
        assert!(
            (slope - difference).abs() < TOLERANCE * scale,
            "{name}, coordinate {index}: gradient {slope:e}, differences {difference:e}"
        );
    }
}

/// The gradient of a scalar function, which must be finite along with its value.
pub(super) fn finite_gradient<const D: usize>(
    name: &str,
    x: Tensor<D>,
    loss: impl Fn(Tensor<D>) -> Tensor<1>,
) -> Vec<f64> {
    let x = x.detach().require_grad();
    let value = loss(x.clone());
    let gradient = to_vec_f64(x.grad(&value.backward()).expect("x is a leaf"));
    let value = to_vec_f64(value)[0];
    assert!(value.is_finite(), "{name}: {value}");
    assert!(
        gradient.iter().all(|slope| slope.is_finite()),
        "{name}: {gradient:?}"
    );
    gradient
}
