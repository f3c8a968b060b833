//! Laws of values: agreement, membership, finiteness.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{DType, Gradients, Tensor};
use geom_core::Manifold;
use geom_core::numerics::to_vec_f64;

use super::{in_f64, varied, wave};

/// The curvature magnitude at which a layer should be its Euclidean counterpart.
pub(crate) const NEARLY_FLAT: f64 = 1e-6;
/// How far it may be off there, relative to the largest coordinate: terms of first order in
/// [`NEARLY_FLAT`] times squares of coordinates of order one.
const FLATNESS: f64 = 1e-4;
/// Rounding of a few hundred operations on numbers of order one.
pub(crate) const ROUNDING: f64 = 1e-11;

/// The largest absolute value.
pub(crate) fn largest<const D: usize>(x: Tensor<D>) -> f64 {
    to_vec_f64(x.without_autodiff().abs().max())[0]
}

/// Panics unless the tensors agree to `tolerance`, relative to the largest number or to 1.
pub(crate) fn assert_close<const D: usize>(actual: Tensor<D>, expected: Tensor<D>, tolerance: f64) {
    let (actual, expected) = (actual.without_autodiff(), expected.without_autodiff());
    assert_eq!(actual.dims(), expected.dims());
    let scale = largest(expected.clone()).max(1.0);
    let error = largest(actual - expected);
    assert!(error <= tolerance * scale, "off by {error:e} at {scale:e}");
}

/// Two `f64` results that differ by rounding alone.
pub(crate) fn assert_equal<const D: usize>(actual: Tensor<D>, expected: Tensor<D>) {
    assert_close(actual, expected, ROUNDING);
}

/// A layer at [`NEARLY_FLAT`] against its Euclidean counterpart.
pub(crate) fn assert_nearly_flat<const D: usize>(actual: Tensor<D>, euclidean: Tensor<D>) {
    let (actual, euclidean) = (actual.without_autodiff(), euclidean.without_autodiff());
    assert_eq!(actual.dims(), euclidean.dims());
    let scale = largest(euclidean.clone());
    let error = largest(actual - euclidean) / scale;
    assert!(error < FLATNESS, "off by {error:e}");
}

/// Every row is a finite point.
pub(crate) fn assert_on<M: Manifold, const D: usize>(manifold: &M, x: Tensor<D>) {
    if let Err(error) = manifold.check_point(x.without_autodiff()) {
        panic!("{error}");
    }
}

/// Panics unless `layer` has finite values and gradients for points from the origin, all in one place,
/// to the outermost there are; in `f32` with the weights as they are drawn, in `f64` with others.
pub(crate) fn check_edges<M: Module, const A: usize, const B: usize>(
    module: &M,
    shape: [usize; A],
    layer: impl Fn(&M, Tensor<A>) -> Tensor<B>,
) {
    struct Finite<'a>(&'a Gradients);
    impl ModuleVisitor for Finite<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let gradient = param.val().grad(self.0);
            assert!(is_finite(gradient.expect("a parameter")), "{param}");
        }
    }
    fn is_finite<const D: usize>(x: Tensor<D>) -> bool {
        to_vec_f64(x).iter().all(|x| x.is_finite())
    }
    let drawn = (module.clone(), DType::F32);
    for (module, dtype) in [drawn, (varied(module.clone()), DType::F64)] {
        let module = module.train();
        for length in [0.0, 1e-30, 1.0, 1e3] {
            let v = wave(shape, 0.1).mul_scalar(length).cast(dtype);
            let v = v.autodiff().require_grad();
            let output = layer(&module, v.clone());
            let gradients = output.clone().sum().backward();
            assert!(is_finite(output.inner()), "values, {dtype:?} {length:e}");
            let gradient = v.grad(&gradients).expect("the input is a leaf");
            assert!(is_finite(gradient), "gradients, {dtype:?} {length:e}");
            module.visit(&mut Finite(&gradients));
        }
    }
}

/// Panics unless a module that is drawn computes the same as another after it has loaded the other's
/// record, and something else before.
pub(crate) fn check_record<M: Module, const D: usize>(
    init: impl Fn() -> M,
    compute: impl Fn(&M) -> Tensor<D>,
) {
    let saved = varied(init());
    let expected = to_vec_f64(compute(&saved));
    let other = in_f64(init());
    assert_ne!(to_vec_f64(compute(&other)), expected);
    let loaded = other.load_record(saved.into_record());
    assert_eq!(to_vec_f64(compute(&loaded)), expected);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::normal;
    use geom_core::PoincareBall;

    fn points() -> Tensor<2> {
        PoincareBall::new(0.7).exp0(normal([2, 3], 0.5, 1, DType::F64))
    }

    #[test]
    #[should_panic(expected = "off by")]
    fn a_layer_that_is_not_flat_is_noticed() {
        let x = points();
        assert_nearly_flat(x.clone().mul_scalar(1.001), x);
    }

    #[test]
    #[should_panic(expected = "off by")]
    fn what_is_more_than_rounding_is_noticed() {
        let x = points();
        assert_equal(x.clone().add_scalar(1e-10), x);
    }
}
