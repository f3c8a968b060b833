//! Series in the place of closed forms, where those cancel.

use burn::tensor::Tensor;

use super::limits::Limits;

/// A polynomial of degree $N - 1 \ge 1$, coefficients from the constant one on.
pub(crate) fn polynomial<const D: usize, const N: usize>(
    x: Tensor<D>,
    coefficients: [f64; N],
) -> Tensor<D> {
    let highest = x
        .clone()
        .mul_scalar(coefficients[N - 1])
        .add_scalar(coefficients[N - 2]);
    coefficients[..N - 2]
        .iter()
        .rev()
        .fold(highest, |sum, &c| (sum * x.clone()).add_scalar(c))
}

/// `closed_form(q)`, or its power series where `q` is below [`Limits::series`].
///
/// Each branch only ever sees arguments it is fit for, so that the unused one contributes an exact
/// zero to the gradient and not `0 · ∞`.
pub(crate) fn smooth<const D: usize>(
    q: Tensor<D>,
    series: [f64; 4],
    closed_form: impl FnOnce(Tensor<D>) -> Tensor<D>,
) -> Tensor<D> {
    let small = q.clone().lower_elem(Limits::of(q.dtype()).series);
    let near = q.clone().mask_fill(small.clone().bool_not(), 0.0);
    let near = polynomial(near, series);
    // One half lies in the domain of every closed form above.
    let far = closed_form(q.mask_fill(small.clone(), 0.5));
    far.mask_where(small, near)
}
