//! The state of a run between two iterations, its record, and its end.

use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::problem::{Evaluations, Iterate};
use super::reason::Reason;
use super::stored;

/// The record of one iteration.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Iteration {
    /// Its number, from 1; 0 is the start.
    pub number: usize,
    /// The cost at the point it reached.
    #[serde(with = "stored::float")]
    pub cost: f64,
    /// The norm of the gradient there.
    #[serde(with = "stored::float")]
    pub gradient_norm: f64,
    /// The length of its step, as a tangent vector; `None` at the start, and where the step was
    /// rejected.
    #[serde(with = "stored::optional_float")]
    pub step: Option<f64>,
    /// Evaluations since the start of the run.
    pub evaluations: Evaluations,
    /// Seconds since the start of the run, without the time between a checkpoint and its resumption.
    #[serde(with = "stored::float")]
    pub seconds: f64,
}

/// A run between two iterations: everything that the rest of the run depends on.
///
/// A state is a serde value, exact to the bit, so it is its own checkpoint: saved, loaded and given to
/// [`Solver::run`](super::Solver::run), the run continues as if it had never stopped. Tensors are read
/// onto the default device; [`to_device`](Self::to_device) moves them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound(serialize = "T: Serialize", deserialize = "T: Deserialize<'de>"))]
pub struct State<const D: usize, T> {
    /// The name of the solver.
    pub solver: String,
    /// The name of the manifold, with the numbers its metric depends on.
    pub manifold: String,
    /// The point, its cost and its gradient.
    pub iterate: Iterate<D>,
    /// The memory of the solver itself.
    pub memory: T,
    /// Every iteration so far, the start first.
    pub history: Vec<Iteration>,
}

/// The part of a solver's state that holds tensors, which can change device.
pub trait Memory {
    /// The same memory on a device.
    fn to_device(self, device: &Device) -> Self;
}

impl<const D: usize, T: Memory> State<D, T> {
    /// Moves the state to a device.
    pub fn to_device(self, device: &Device) -> Self {
        Self {
            iterate: self.iterate.to_device(device),
            memory: self.memory.to_device(device),
            ..self
        }
    }
}

impl<const D: usize, T> State<D, T> {
    /// Iterations made.
    pub fn iterations(&self) -> usize {
        self.history.last().map_or(0, |last| last.number)
    }

    /// Evaluations made.
    pub fn evaluations(&self) -> Evaluations {
        self.history
            .last()
            .map_or_else(Evaluations::default, |last| last.evaluations)
    }

    /// Seconds spent.
    pub(crate) fn seconds(&self) -> f64 {
        self.history.last().map_or(0.0, |last| last.seconds)
    }

    /// The size of the cost at the start, see [`Oracle::rounding`](super::Oracle::rounding).
    pub(crate) fn scale(&self) -> f64 {
        self.history.first().map_or(0.0, |first| first.cost.abs())
    }
}

/// Where a run ended, and why.
#[derive(Clone, Debug)]
pub struct Solution<const D: usize, T> {
    /// The state after the last iteration; another run can go on from it.
    pub state: State<D, T>,
    /// Why the run ended.
    pub reason: Reason,
}

impl<const D: usize, T> Solution<D, T> {
    /// The best point found.
    pub fn point(&self) -> Tensor<D> {
        self.state.iterate.point.clone()
    }

    /// The cost there.
    pub fn cost(&self) -> f64 {
        self.state.iterate.cost
    }

    /// The norm of the gradient there.
    pub fn gradient_norm(&self) -> f64 {
        self.state.iterate.gradient_norm
    }

    /// Iterations made.
    pub fn iterations(&self) -> usize {
        self.state.iterations()
    }

    /// Every iteration, the start first.
    pub fn history(&self) -> &[Iteration] {
        &self.state.history
    }
}
