//! Batches of matrices on several threads.

use rayon::prelude::*;

use crate::real::{LANES, Real};

use super::failure::{Failure, Failures, Outcome, Reason};
use super::lanes::{Formats, blocks};
use super::number::Number;

/// Multiplications below which another thread costs more than it saves.
const TASK: usize = 1 << 17;

/// Reasons by lane: the first one given counts.
pub(super) struct Report<'a>(&'a mut [Option<Reason>]);

impl<'a> Report<'a> {
    /// Without reasons so far, one place a lane.
    pub(super) fn new(reasons: &'a mut [Option<Reason>]) -> Self {
        Self(reasons)
    }

    /// One matrix has no result.
    pub(super) fn fail(&mut self, lane: usize, reason: Reason) {
        self.0[lane].get_or_insert(reason);
    }

    /// `reason` of the number `x` for each lane where `wrong` is positive.
    #[inline(always)]
    pub(super) fn fail_if<N: Number>(
        &mut self,
        wrong: N,
        x: N,
        reason: impl Fn(N::Format) -> Reason,
    ) {
        if wrong.any_positive() {
            let (wrong, x) = (wrong.array(), x.array());
            self.fail_lanes(wrong.as_ref(), x.as_ref(), &reason);
        }
    }

    #[cold]
    #[inline(never)]
    fn fail_lanes<T: Real>(&mut self, wrong: &[T], x: &[T], reason: &dyn Fn(T) -> Reason) {
        for (lane, (&wrong, &x)) in wrong.iter().zip(x).enumerate() {
            if wrong > T::from_f64(0.0) {
                self.fail(lane, reason(x));
            }
        }
    }

    /// `reason` for each lane where `x` is not a number.
    #[inline(never)]
    pub(super) fn fail_nan_lanes<T: Real>(&mut self, x: &[T], reason: Reason) {
        for (lane, x) in x.iter().enumerate() {
            if x.is_nan() {
                self.fail(lane, reason);
            }
        }
    }
}

/// An algorithm for one matrix in every lane.
pub(super) trait Kernel: Sync {
    /// Numbers of scratch memory that one matrix takes. They hold anything at the start.
    fn scratch(&self) -> usize;

    /// Multiplications for one matrix, roughly.
    fn cost(&self) -> usize;

    /// Computes the outputs of the matrices whose inputs are given, in the order of
    /// [`run`]'s arguments.
    fn matrix<N: Number>(
        &self,
        inputs: &[&[N]],
        outputs: &mut [&mut [N]],
        scratch: &mut [N],
        report: &mut Report<'_>,
    );
}

/// Some matrices that follow each other: the inputs and outputs of each argument.
pub(super) struct Task<'a, 'b, T> {
    pub(super) first: usize,
    pub(super) count: usize,
    pub(super) inputs: Vec<&'a [T]>,
    pub(super) outputs: Vec<&'b mut [T]>,
}

/// An argument: the numbers of all matrices, and how many each has.
pub(super) type Input<'a, T> = (&'a [T], usize);
/// The same for results.
pub(super) type Output<'a, T> = (&'a mut [T], usize);

/// Checks that an argument has the numbers that it should have.
///
/// # Panics
/// If not.
#[track_caller]
pub(super) fn expect_len(name: &str, len: usize, expected: usize) {
    assert_eq!(len, expected, "numbers of `{name}`");
}

/// How many matrices of `size` numbers there are.
///
/// # Panics
/// If a part is left.
#[track_caller]
pub(super) fn batch_of<T>(a: &[T], size: usize) -> usize {
    let batch = a.len().checked_div(size).unwrap_or(0);
    expect_len("a", a.len(), batch * size);
    batch
}

fn tasks<'a, 'b, T>(
    batch: usize,
    cost: usize,
    threads: usize,
    inputs: &[Input<'a, T>],
    outputs: Vec<Output<'b, T>>,
) -> Vec<Task<'a, 'b, T>> {
    for (index, (data, size)) in inputs.iter().enumerate() {
        assert_eq!(data.len(), batch * size, "numbers of input {index}");
    }
    for (index, (data, size)) in outputs.iter().enumerate() {
        assert_eq!(data.len(), batch * size, "numbers of output {index}");
    }
    let worth = (batch.saturating_mul(cost) / TASK).clamp(1, threads.max(1));
    let per_task = batch.div_ceil(worth).next_multiple_of(LANES).max(1);
    let mut outputs = outputs;
    (0..batch)
        .step_by(per_task)
        .map(|first| {
            let count = per_task.min(batch - first);
            Task {
                first,
                count,
                inputs: inputs
                    .iter()
                    .map(|&(data, size)| &data[first * size..][..count * size])
                    .collect(),
                outputs: outputs
                    .iter_mut()
                    .map(|(data, size)| {
                        let (these, rest) = std::mem::take(data).split_at_mut(count * *size);
                        *data = rest;
                        these
                    })
                    .collect(),
            }
        })
        .collect()
}

/// All tasks, on several threads if there are several. The same for all kernels.
fn all_tasks<T: Real>(
    tasks: Vec<Task<'_, '_, T>>,
    work: &(dyn Fn(&mut Task<'_, '_, T>) -> Vec<Failure> + Sync),
) -> Outcome {
    let done = |mut task: Task<'_, '_, T>| {
        let mut failures = work(&mut task);
        for failure in &mut failures {
            failure.index += task.first;
        }
        failures
    };
    let failures: Vec<Vec<Failure>> = if tasks.len() <= 1 {
        tasks.into_iter().map(done).collect()
    } else {
        tasks.into_par_iter().map(done).collect()
    };
    Failures::of(failures.into_iter().flatten().collect())
}

/// Runs a kernel on a batch.
///
/// # Panics
/// If an argument does not have `batch` times the numbers of its matrices.
pub(super) fn run<T: Formats, K: Kernel>(
    kernel: &K,
    batch: usize,
    threads: usize,
    inputs: &[Input<'_, T>],
    outputs: Vec<Output<'_, T>>,
) -> Outcome {
    let sizes = Sizes {
        inputs: inputs.iter().map(|input| input.1).collect(),
        outputs: outputs.iter().map(|output| output.1).collect(),
    };
    let tasks = tasks(batch, kernel.cost(), threads, inputs, outputs);
    all_tasks(tasks, &|task| blocks(kernel, task, &sizes))
}

/// Runs an algorithm for single matrices on a batch.
///
/// # Panics
/// As [`run`].
pub(super) fn run_each<T: Real>(
    batch: usize,
    cost: usize,
    threads: usize,
    inputs: &[Input<'_, T>],
    outputs: Vec<Output<'_, T>>,
    matrix: impl Fn(&[&[T]], &mut [&mut [T]]) -> Result<(), Reason> + Sync,
) -> Outcome {
    let sizes = Sizes {
        inputs: inputs.iter().map(|input| input.1).collect(),
        outputs: outputs.iter().map(|output| output.1).collect(),
    };
    all_tasks(tasks(batch, cost, threads, inputs, outputs), &|task| {
        let mut failures = Vec::new();
        for index in 0..task.count {
            let inputs: Vec<&[T]> = sizes.input(&task.inputs, index);
            let mut outputs: Vec<&mut [T]> = sizes.output(&mut task.outputs, index);
            let finite = inputs
                .iter()
                .all(|input| input.iter().all(|x| x.is_finite()));
            let result = match finite {
                true => matrix(&inputs, &mut outputs),
                false => Err(Reason::NotFinite),
            };
            if let Err(reason) = result {
                failures.push(Failure { index, reason });
                outputs.iter_mut().for_each(|output| output.fill(T::nan()));
            }
        }
        failures
    })
}

/// Numbers of one matrix, argument by argument.
pub(super) struct Sizes {
    pub(super) inputs: Vec<usize>,
    pub(super) outputs: Vec<usize>,
}

impl Sizes {
    fn input<'a, T>(&self, inputs: &[&'a [T]], index: usize) -> Vec<&'a [T]> {
        (inputs.iter().zip(&self.inputs))
            .map(|(data, &size)| &data[index * size..][..size])
            .collect()
    }

    pub(super) fn output<'a, T>(
        &self,
        outputs: &'a mut [&mut [T]],
        index: usize,
    ) -> Vec<&'a mut [T]> {
        (outputs.iter_mut().zip(&self.outputs))
            .map(|(data, &size)| &mut data[index * size..][..size])
            .collect()
    }
}
