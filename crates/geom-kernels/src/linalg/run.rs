//! Batches of matrices, sixteen at a time or one by one, on several threads.

use num_traits::Float;
use rayon::prelude::*;

use crate::real::{LANES, Real};

use super::failure::{Failure, Failures, Outcome, Reason};
use super::number::{Number, Pack};

/// Multiplications below which another thread costs more than it saves.
const TASK: usize = 1 << 17;

/// From here on the lanes of an incomplete block are worth it; fewer matrices are computed one by one.
const LANES_FROM: usize = 3;

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

    /// `reason` for each lane where `wrong` holds of the number.
    #[inline(always)]
    pub(super) fn fail_where<N: Number>(
        &mut self,
        x: N,
        wrong: impl Fn(N::Format) -> bool,
        reason: impl Fn(N::Format) -> Reason,
    ) {
        for lane in 0..N::WIDTH {
            let x = x.lane(lane);
            if wrong(x) {
                self.fail(lane, reason(x));
            }
        }
    }
}

/// An algorithm for one matrix in every lane.
pub(super) trait Kernel: Sync {
    /// The number format.
    type Format: Real;

    /// Numbers of scratch memory that one matrix takes. They hold anything at the start.
    fn scratch(&self) -> usize;

    /// Multiplications for one matrix, roughly.
    fn cost(&self) -> usize;

    /// Computes the outputs of the matrices whose inputs are given, in the order of
    /// [`run`]'s arguments.
    fn matrix<N: Number<Format = Self::Format>>(
        &self,
        inputs: &[&[N]],
        outputs: &mut [&mut [N]],
        scratch: &mut [N],
        report: &mut Report<'_>,
    );
}

/// Some matrices that follow each other: the inputs and outputs of each argument.
struct Task<'a, 'b, T> {
    first: usize,
    count: usize,
    inputs: Vec<&'a [T]>,
    outputs: Vec<&'b mut [T]>,
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

fn all_tasks<T: Real>(
    tasks: Vec<Task<'_, '_, T>>,
    work: impl Fn(&mut Task<'_, '_, T>) -> Vec<Failure> + Sync,
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
pub(super) fn run<K: Kernel>(
    kernel: &K,
    batch: usize,
    threads: usize,
    inputs: &[Input<'_, K::Format>],
    outputs: Vec<Output<'_, K::Format>>,
) -> Outcome {
    let sizes = Sizes {
        inputs: inputs.iter().map(|input| input.1).collect(),
        outputs: outputs.iter().map(|output| output.1).collect(),
    };
    let tasks = tasks(batch, kernel.cost(), threads, inputs, outputs);
    all_tasks(tasks, |task| {
        let mut failures = Vec::new();
        let Task {
            count,
            inputs,
            outputs,
            ..
        } = task;
        blocks::<K>(kernel, *count, &sizes, inputs, outputs, &mut failures);
        failures
    })
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
    all_tasks(tasks(batch, cost, threads, inputs, outputs), |task| {
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
struct Sizes {
    inputs: Vec<usize>,
    outputs: Vec<usize>,
}

impl Sizes {
    fn input<'a, T>(&self, inputs: &[&'a [T]], index: usize) -> Vec<&'a [T]> {
        (inputs.iter().zip(&self.inputs))
            .map(|(data, &size)| &data[index * size..][..size])
            .collect()
    }

    fn output<'a, T>(&self, outputs: &'a mut [&mut [T]], index: usize) -> Vec<&'a mut [T]> {
        (outputs.iter_mut().zip(&self.outputs))
            .map(|(data, &size)| &mut data[index * size..][..size])
            .collect()
    }
}

#[inline(always)]
fn blocks_body<K: Kernel>(
    kernel: &K,
    count: usize,
    sizes: &Sizes,
    inputs: &[&[K::Format]],
    outputs: &mut [&mut [K::Format]],
    failures: &mut Vec<Failure>,
) {
    let whole = count / LANES * LANES;
    let in_lanes = if count - whole < LANES_FROM {
        whole
    } else {
        count
    };
    let buffer = |size: usize| vec![Pack::<K::Format>::zero(); size];
    if in_lanes > 0 {
        let mut lanes_in: Vec<_> = sizes.inputs.iter().map(|&size| buffer(size)).collect();
        let mut lanes_out: Vec<_> = sizes.outputs.iter().map(|&size| buffer(size)).collect();
        let mut scratch = buffer(kernel.scratch());
        for first in (0..in_lanes).step_by(LANES) {
            let here = LANES.min(in_lanes - first);
            let mut reasons = [None; LANES];
            let mut defect = Pack::zero();
            for ((data, &size), lanes) in inputs.iter().zip(&sizes.inputs).zip(&mut lanes_in) {
                gather(&data[first * size..][..here * size], size, lanes);
                for &x in lanes.iter() {
                    defect += x - x;
                }
            }
            let mut report = Report(&mut reasons);
            report.fail_where(defect, |x| x.is_nan(), |_| Reason::NotFinite);
            let inputs: Vec<&[_]> = lanes_in.iter().map(Vec::as_slice).collect();
            let mut lanes: Vec<&mut [_]> = lanes_out.iter_mut().map(Vec::as_mut_slice).collect();
            kernel.matrix(&inputs, &mut lanes, &mut scratch, &mut report);
            for ((data, &size), lanes) in outputs.iter_mut().zip(&sizes.outputs).zip(&lanes_out) {
                scatter(lanes, size, &mut data[first * size..][..here * size]);
            }
            for (lane, reason) in reasons[..here].iter().enumerate() {
                let index = first + lane;
                if let &Some(reason) = reason {
                    failures.push(Failure { index, reason });
                    for output in sizes.output(outputs, index) {
                        output.fill(K::Format::nan());
                    }
                }
            }
        }
    }
    if in_lanes < count {
        let mut scratch = vec![<K::Format as Number>::zero(); kernel.scratch()];
        for index in in_lanes..count {
            let inputs = sizes.input(inputs, index);
            let mut outputs = sizes.output(outputs, index);
            let mut reasons = [None];
            let finite = inputs
                .iter()
                .all(|input| input.iter().all(|x| x.is_finite()));
            if !finite {
                reasons[0] = Some(Reason::NotFinite);
            } else {
                kernel.matrix(
                    &inputs,
                    &mut outputs,
                    &mut scratch,
                    &mut Report(&mut reasons),
                );
            }
            if let [Some(reason)] = reasons {
                failures.push(Failure { index, reason });
                outputs
                    .iter_mut()
                    .for_each(|output| output.fill(K::Format::nan()));
            }
        }
    }
}

crate::vectorized! {
    /// The matrices of one task.
    fn blocks<K: Kernel>(
        kernel: &K,
        count: usize,
        sizes: &Sizes,
        inputs: &[&[K::Format]],
        outputs: &mut [&mut [K::Format]],
        failures: &mut Vec<Failure>,
    ) = blocks_body::<K>;
}

/// Matrices side by side; the lanes beyond hold the last one again.
#[inline(always)]
fn gather<T: Real>(source: &[T], size: usize, lanes: &mut [Pack<T>]) {
    let count = source.len().checked_div(size).unwrap_or(0);
    for lane in 0..LANES {
        let matrix = &source[lane.min(count.saturating_sub(1)) * size..][..size];
        for (pack, &x) in lanes.iter_mut().zip(matrix) {
            pack.0[lane] = x;
        }
    }
}

#[inline(always)]
fn scatter<T: Real>(lanes: &[Pack<T>], size: usize, out: &mut [T]) {
    for (lane, matrix) in out.chunks_exact_mut(size.max(1)).enumerate() {
        for (x, pack) in matrix.iter_mut().zip(lanes) {
            *x = pack.0[lane];
        }
    }
}
