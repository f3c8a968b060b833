//! Choices row by row.

use burn::tensor::{Bool, Tensor};

use crate::rows::Rows;

/// `yes` in the rows where `mask`, `[..., 1]`, holds and `no` in the others, all broadcast against each
/// other.
pub(crate) fn mask_select<T: Rows>(mask: T::Mask, yes: T, no: T) -> T {
    T::mask_select(mask, yes, no)
}

/// `x` with the rows of the mask set to a value.
pub(crate) fn mask_fill_rows<const D: usize>(
    x: Tensor<D>,
    rows: Tensor<D, Bool>,
    value: f64,
) -> Tensor<D> {
    let shape = x.dims();
    x.mask_fill(rows.expand(shape), value)
}
