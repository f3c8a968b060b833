//! An operation with the sizes at hand, on its way to a backend.

use std::sync::{Arc, Mutex, PoisonError};

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata};
use burn::tensor::{Shape, Slice};
use geom_kernels::linalg::Outcome;

use crate::error::LinalgError;

use super::batch::{Matrices, Size};
use super::operation::{ErasedOperation, Number, Operation};

/// An operation, and what it is run on.
#[derive(Clone, Debug)]
pub struct Call {
    operation: Arc<dyn ErasedOperation>,
    /// The leading axes, which are those of the batch.
    lead: Vec<usize>,
    /// The sizes of the inputs.
    inputs: Vec<Size>,
    stage: Stage,
    report: Report,
}

/// What of an operation is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The results.
    Results,
    /// The results, and what the gradient needs besides.
    ResultsAndExtras,
    /// The gradients of the inputs.
    Gradient,
}

impl Call {
    pub(super) fn new(operation: impl Operation, lead: Vec<usize>, inputs: Vec<Size>) -> Self {
        Self {
            operation: Arc::new(operation),
            lead,
            inputs,
            stage: Stage::Results,
            report: Report::default(),
        }
    }

    /// The same call, which returns what the gradient needs too.
    pub(super) fn with_extras(&self) -> Self {
        Self {
            stage: Stage::ResultsAndExtras,
            ..self.clone()
        }
    }

    /// The gradient of this call, of what is [`kept`](Self::keep) and of the gradients of the results.
    pub(super) fn gradient(&self) -> Self {
        Self {
            stage: Stage::Gradient,
            ..self.clone()
        }
    }

    pub(super) fn is_gradient(&self) -> bool {
        self.stage == Stage::Gradient
    }

    /// The number of inputs of the operation.
    pub(super) fn inputs(&self) -> usize {
        self.inputs.len()
    }

    /// The first matrix without a result, if there was one.
    pub(super) fn outcome(&self) -> Result<(), LinalgError> {
        self.report.outcome()
    }

    fn results(&self) -> Vec<Size> {
        self.operation.results(&self.inputs)
    }

    fn kept(&self) -> Vec<Size> {
        let mut values = self.results();
        values.extend(self.operation.extras(&self.inputs));
        let kept = self.operation.kept();
        let inputs = kept.inputs.iter().map(|&index| self.inputs[index]);
        inputs
            .chain(kept.results.iter().map(|&index| values[index]))
            .collect()
    }

    /// The sizes of the tensors that this call takes.
    pub(super) fn arguments(&self) -> Vec<Size> {
        match self.stage {
            Stage::Results | Stage::ResultsAndExtras => self.inputs.clone(),
            Stage::Gradient => [self.kept(), self.results()].concat(),
        }
    }

    /// The sizes of the tensors that this call returns.
    pub(super) fn values(&self) -> Vec<Size> {
        match self.stage {
            Stage::Results => self.results(),
            Stage::ResultsAndExtras => {
                [self.results(), self.operation.extras(&self.inputs)].concat()
            }
            Stage::Gradient => self.inputs.clone(),
        }
    }

    /// The shape of a tensor of matrices.
    pub(super) fn shape(&self, size: Size) -> Shape {
        Shape::from([&self.lead[..], &size[..]].concat())
    }

    fn batch(&self) -> usize {
        self.lead.iter().product()
    }

    /// Runs the operation: one vector of numbers for each of [`values`](Self::values).
    pub(super) fn run<T: Number>(&self, arguments: &[&[T]]) -> Vec<Vec<T>> {
        let values = self.values();
        let nothing = arguments.iter().any(|argument| argument.is_empty());
        if nothing {
            let of = |index| match self.stage {
                Stage::Gradient => T::from_f64(0.0),
                _ => T::from_f64(self.operation.of_nothing(index)),
            };
            let sizes = values.into_iter().enumerate();
            return sizes
                .map(|(index, [m, n])| vec![of(index); self.batch() * m * n])
                .collect();
        }
        let arguments: Vec<Matrices<'_, T>> = (arguments.iter().zip(self.arguments()))
            .map(|(numbers, size)| Matrices { numbers, size })
            .collect();
        match self.stage {
            Stage::Gradient => {
                let (kept, cotangents) = arguments.split_at(self.kept().len());
                T::backward(&*self.operation, kept, cotangents)
            }
            stage => {
                let keep = stage == Stage::ResultsAndExtras;
                let mut numbers = T::forward(&*self.operation, &arguments, keep, &self.report);
                numbers.truncate(values.len());
                numbers
            }
        }
    }

    /// The tensors that the gradient takes, of the inputs and of the results with the extras behind.
    pub(super) fn keep<T: Clone>(&self, inputs: &[T], values: &[T]) -> Vec<T> {
        let kept = self.operation.kept();
        let inputs = kept.inputs.iter().map(|&index| inputs[index].clone());
        inputs
            .chain(kept.results.iter().map(|&index| values[index].clone()))
            .collect()
    }

    /// All results in one tensor, because an operation on the tape has one; a single one as it is.
    pub(super) fn pack<B: Backend>(&self, mut results: Vec<FloatTensor<B>>) -> FloatTensor<B> {
        if results.len() == 1 {
            return results.remove(0);
        }
        let flat = |(x, [m, n]): (FloatTensor<B>, Size)| {
            B::float_reshape(x, Shape::new([self.batch(), m * n]))
        };
        let results = results.into_iter().zip(self.results()).map(flat).collect();
        B::float_cat(results, 1)
    }

    /// The results, or their gradients, apart again.
    pub(super) fn unpack<B: Backend>(&self, packed: FloatTensor<B>) -> Vec<FloatTensor<B>> {
        let results = self.results();
        if results.len() == 1 {
            return vec![packed];
        }
        let empty = packed.shape().num_elements() == 0;
        let mut start = 0;
        results
            .into_iter()
            .map(|size| {
                if empty {
                    // A part of nothing would begin behind its end.
                    return B::float_reshape(packed.clone(), self.shape(size));
                }
                let end = start + size[0] * size[1];
                let slices = [Slice::from(0..self.batch()), Slice::from(start..end)];
                start = end;
                B::float_reshape(B::float_slice(packed.clone(), &slices), self.shape(size))
            })
            .collect()
    }
}

/// Where an operation says which matrices have no result. The first of the batch counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report(Arc<Mutex<Option<LinalgError>>>);

impl Report {
    /// A matrix has no result, unless one before it has none.
    pub(crate) fn note(&self, error: LinalgError) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_before = |earlier: &LinalgError| error.index() < earlier.index();
        if noted.as_ref().is_none_or(is_before) {
            *noted = Some(error);
        }
    }

    /// What a kernel reports.
    pub(crate) fn note_failures(&self, outcome: Outcome) {
        if let Err(failures) = outcome {
            self.note(failures.first().into());
        }
    }

    fn outcome(&self) -> Result<(), LinalgError> {
        let noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.clone().map_or(Ok(()), Err)
    }
}
