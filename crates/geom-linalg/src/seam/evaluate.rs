//! Tensors in, tensors out.

use burn::backend::Dispatch;
use burn::tensor::{DType, FloatDType, Tensor};

use crate::error::LinalgError;

use super::batch::Size;
use super::call::Call;
use super::operation::Operation;
use super::ops::{RESULTS, run};

/// Runs an operation on tensors whose sizes fit.
///
/// Leading axes are broadcast against each other. Half-precision tensors are computed with in `f32`, and
/// the results have their own format.
///
/// # Errors
/// Unsupported formats, leading axes that do not broadcast, and what the operation reports.
///
/// # Panics
/// If the operation does not have `R` results.
pub(crate) fn evaluate<const R: usize, const N: usize, const D: usize>(
    operation: impl Operation,
    inputs: [Tensor<D>; N],
) -> Result<[Tensor<D>; R], LinalgError> {
    const { assert!(R <= RESULTS && N > 0 && N <= 3) };
    let dtype = common_format(&inputs)?;
    let inputs = if dtype == single(dtype) {
        inputs
    } else {
        inputs.map(|x| x.cast(FloatDType::F32))
    };
    let lead = common_lead(&inputs)?;
    let inputs = inputs.map(|x| spread(x, &lead));
    let sizes = inputs.iter().map(size_of).collect();
    let call = Call::new(operation, lead, sizes);
    let tensors = inputs.into_iter().map(Tensor::into_dispatch).collect();
    let results = run::<Dispatch>(tensors, call.clone());
    call.outcome()?;
    let results: Vec<Tensor<D>> = results
        .into_iter()
        .map(|result| {
            let result: Tensor<D> = Tensor::from_dispatch(result);
            if dtype == single(dtype) {
                result
            } else {
                result.cast(dtype)
            }
        })
        .collect();
    Ok(results
        .try_into()
        .unwrap_or_else(|_| panic!("an operation has {R} results")))
}

/// `map` of a tensor, in `f32` if it is in half precision; the result has its own format again.
pub(crate) fn in_single<const D: usize>(
    a: Tensor<D>,
    map: impl FnOnce(Tensor<D>) -> Tensor<D>,
) -> Tensor<D> {
    let dtype = a.dtype();
    if dtype == single(dtype) {
        map(a)
    } else {
        map(a.cast(FloatDType::F32)).cast(dtype)
    }
}

/// The format that tensors of a format are computed in.
fn single(dtype: DType) -> DType {
    match dtype {
        DType::F16 | DType::BF16 => DType::F32,
        dtype => dtype,
    }
}

fn common_format<const D: usize>(inputs: &[Tensor<D>]) -> Result<DType, LinalgError> {
    let dtype = inputs[0].dtype();
    if !matches!(single(dtype), DType::F32 | DType::F64) {
        return Err(LinalgError::Format { dtype });
    }
    match inputs
        .iter()
        .map(Tensor::dtype)
        .find(|&other| other != dtype)
    {
        Some(other) => Err(LinalgError::FormatMismatch {
            left: dtype,
            right: other,
        }),
        None => Ok(dtype),
    }
}

/// The leading axes that those of the tensors broadcast to.
fn common_lead<const D: usize>(inputs: &[Tensor<D>]) -> Result<Vec<usize>, LinalgError> {
    let mut lead = inputs[0].dims()[..D - 2].to_vec();
    for x in &inputs[1..] {
        for (common, &own) in lead.iter_mut().zip(&x.dims()[..D - 2]) {
            if *common == 1 {
                *common = own;
            } else if own != 1 && own != *common {
                return Err(LinalgError::ShapeMismatch {
                    left: shape_of(&inputs[0]),
                    right: shape_of(x),
                });
            }
        }
    }
    Ok(lead)
}

/// A tensor with these leading axes.
fn spread<const D: usize>(x: Tensor<D>, lead: &[usize]) -> Tensor<D> {
    let mut shape = x.dims();
    if shape[..D - 2] == *lead {
        return x;
    }
    shape[..D - 2].copy_from_slice(lead);
    x.expand(shape)
}

/// Rows and columns, of a tensor of matrices.
fn size_of<const D: usize>(x: &Tensor<D>) -> Size {
    let dims = x.dims();
    [dims[D - 2], dims[D - 1]]
}

/// The shape, for an error.
pub(crate) fn shape_of<const D: usize>(x: &Tensor<D>) -> Vec<usize> {
    x.dims().to_vec()
}

/// Rows and columns of a tensor of matrices.
///
/// # Errors
/// [`LinalgError::NotMatrices`].
pub(crate) fn size<const D: usize>(a: &Tensor<D>) -> Result<Size, LinalgError> {
    if D < 2 {
        return Err(LinalgError::NotMatrices { shape: shape_of(a) });
    }
    Ok(size_of(a))
}

/// Rows, and columns, of square matrices.
///
/// # Errors
/// [`LinalgError::NotMatrices`], [`LinalgError::NotSquare`].
pub(crate) fn square<const D: usize>(a: &Tensor<D>) -> Result<usize, LinalgError> {
    let [m, n] = size(a)?;
    if m != n {
        return Err(LinalgError::NotSquare { shape: shape_of(a) });
    }
    Ok(n)
}
