//! What an operation is: values and gradient on slices.

use std::fmt::Debug;

use burn::tensor::Element;
use geom_kernels::real::Real;

use super::batch::{Matrices, Size};
use super::call::Report;

/// An operation on batches of matrices: what it computes, and its gradient.
///
/// Every argument and result is a batch of matrices of one size; numbers and vectors are matrices with
/// one row. There are at most [`SLOTS`](super::ops::SLOTS) arguments and
/// [`RESULTS`](super::ops::RESULTS) results, of the gradient too.
pub(crate) trait Operation: Debug + Send + Sync + 'static {
    /// The sizes of the results, from those of the inputs.
    fn results(&self, inputs: &[Size]) -> Vec<Size>;

    /// The sizes of what [`forward`](Self::forward) returns besides for the gradient.
    fn extras(&self, _inputs: &[Size]) -> Vec<Size> {
        Vec::new()
    }

    /// What the gradient takes: some of the inputs, and some of the results with the extras behind.
    fn kept(&self) -> Kept;

    /// The results, and the extras if `keep` says so; there are numbers in the inputs. A matrix without a
    /// result is reported, and its results are not numbers.
    fn forward<T: Number>(
        &self,
        inputs: &[Matrices<'_, T>],
        keep: bool,
        report: &Report,
    ) -> Vec<Vec<T>>;

    /// The gradients of all inputs, from what was [`kept`](Self::kept) and the gradients of the results.
    fn backward<T: Number>(
        &self,
        kept: &[Matrices<'_, T>],
        cotangents: &[Matrices<'_, T>],
    ) -> Vec<Vec<T>>;

    /// The numbers of a result where the inputs hold none.
    fn of_nothing(&self, _result: usize) -> f64 {
        0.0
    }
}

/// What a gradient takes, by index.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept {
    /// Of the inputs.
    pub(crate) inputs: &'static [usize],
    /// Of the results and, behind them, the extras.
    pub(crate) results: &'static [usize],
}

/// An operation without its type.
pub(crate) trait ErasedOperation: Debug + Send + Sync {
    fn results(&self, inputs: &[Size]) -> Vec<Size>;
    fn extras(&self, inputs: &[Size]) -> Vec<Size>;
    fn kept(&self) -> Kept;
    fn of_nothing(&self, result: usize) -> f64;
    fn forward_single(&self, x: &[Matrices<'_, f32>], keep: bool, report: &Report)
    -> Vec<Vec<f32>>;
    fn forward_double(&self, x: &[Matrices<'_, f64>], keep: bool, report: &Report)
    -> Vec<Vec<f64>>;
    fn backward_single(&self, kept: &[Matrices<'_, f32>], g: &[Matrices<'_, f32>])
    -> Vec<Vec<f32>>;
    fn backward_double(&self, kept: &[Matrices<'_, f64>], g: &[Matrices<'_, f64>])
    -> Vec<Vec<f64>>;
}

impl<O: Operation> ErasedOperation for O {
    fn results(&self, inputs: &[Size]) -> Vec<Size> {
        Operation::results(self, inputs)
    }

    fn extras(&self, inputs: &[Size]) -> Vec<Size> {
        Operation::extras(self, inputs)
    }

    fn kept(&self) -> Kept {
        Operation::kept(self)
    }

    fn of_nothing(&self, result: usize) -> f64 {
        Operation::of_nothing(self, result)
    }

    fn forward_single(
        &self,
        x: &[Matrices<'_, f32>],
        keep: bool,
        report: &Report,
    ) -> Vec<Vec<f32>> {
        self.forward(x, keep, report)
    }

    fn forward_double(
        &self,
        x: &[Matrices<'_, f64>],
        keep: bool,
        report: &Report,
    ) -> Vec<Vec<f64>> {
        self.forward(x, keep, report)
    }

    fn backward_single(
        &self,
        kept: &[Matrices<'_, f32>],
        g: &[Matrices<'_, f32>],
    ) -> Vec<Vec<f32>> {
        self.backward(kept, g)
    }

    fn backward_double(
        &self,
        kept: &[Matrices<'_, f64>],
        g: &[Matrices<'_, f64>],
    ) -> Vec<Vec<f64>> {
        self.backward(kept, g)
    }
}

/// A number format that operations compute in.
pub(crate) trait Number: Real + Element + bytemuck::Pod {
    /// The values of an operation in this format.
    #[doc(hidden)]
    fn forward(
        operation: &dyn ErasedOperation,
        inputs: &[Matrices<'_, Self>],
        keep: bool,
        report: &Report,
    ) -> Vec<Vec<Self>>;

    /// The gradient of an operation in this format.
    #[doc(hidden)]
    fn backward(
        operation: &dyn ErasedOperation,
        kept: &[Matrices<'_, Self>],
        cotangents: &[Matrices<'_, Self>],
    ) -> Vec<Vec<Self>>;
}

macro_rules! number {
    ($float:ty, $forward:ident, $backward:ident) => {
        impl Number for $float {
            fn forward(
                operation: &dyn ErasedOperation,
                inputs: &[Matrices<'_, Self>],
                keep: bool,
                report: &Report,
            ) -> Vec<Vec<Self>> {
                operation.$forward(inputs, keep, report)
            }

            fn backward(
                operation: &dyn ErasedOperation,
                kept: &[Matrices<'_, Self>],
                cotangents: &[Matrices<'_, Self>],
            ) -> Vec<Vec<Self>> {
                operation.$backward(kept, cotangents)
            }
        }
    };
}

number!(f32, forward_single, backward_single);
number!(f64, forward_double, backward_double);
