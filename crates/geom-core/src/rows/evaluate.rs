//! The value of a formula, in the best way there is for its tensors.

use burn::tensor::{DType, FloatDType, Tensor};
use geom_kernels::rows::Kind;

use super::Formula;
use crate::manifold::shape::assert_one_width;
use crate::metric::Coefficient;

/// The value of a formula.
///
/// # Shapes
/// - `inputs`: `[..., d]`, or `[..., 1]` for numbers, broadcast against each other
/// - `coefficient`: makes the coefficient for tensors like the one that it is handed
///
/// # Numerics
/// Half-precision inputs are computed with in `f32`; the result has their own format.
///
/// # Panics
/// If points have two widths.
pub(crate) fn evaluate<F: Formula<N>, const N: usize, const D: usize>(
    coefficient: impl Fn(&Tensor<D>) -> Coefficient<Tensor<D>>,
    inputs: [Tensor<D>; N],
) -> Tensor<D> {
    let dtype = inputs[0].dtype();
    if matches!(dtype, DType::F16 | DType::BF16) {
        let inputs = inputs.map(|x| x.cast(FloatDType::F32));
        return evaluate::<F, N, D>(coefficient, inputs).cast(dtype);
    }
    let points = || inputs.iter().zip(F::INPUTS);
    let points = || points().filter(|(_, kind)| *kind == Kind::VECTOR);
    for (x, _) in points() {
        let (first, _) = points().next().expect("one of them is at hand");
        assert_one_width([first, x]);
    }
    let c = coefficient(&inputs[0]);
    #[cfg(feature = "flex")]
    if super::ops::supports(&inputs) {
        return super::ops::evaluate::<F, N, D>(c, inputs);
    }
    F::rows(&c, inputs)
}
