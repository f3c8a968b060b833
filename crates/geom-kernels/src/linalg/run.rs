//! Batches of matrices, sixteen at a time or one by one, on several threads.

use num_traits::Float;
use rayon::prelude::*;

use crate::real::{LANES, Real};
use crate::transpose::{QUAD, ROWS, Transpose};

use super::failure::{Failure, Failures, Outcome, Reason};
use super::number::{Number, Work};

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
            if wrong > T::of(0.0) {
                self.fail(lane, reason(x));
            }
        }
    }

    /// `reason` for each lane where `x` is not a number.
    #[inline(always)]
    pub(super) fn fail_where_nan<N: Number>(&mut self, x: N, reason: Reason) {
        self.fail_nan_lanes(x.array().as_ref(), reason);
    }

    #[inline(never)]
    fn fail_nan_lanes<T: Real>(&mut self, x: &[T], reason: Reason) {
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

/// The vector units that numbers of a format are computed on.
pub(super) trait Formats: Real {
    /// Registers of AVX-512.
    #[cfg(target_arch = "x86_64")]
    type Wide: Number<Format = Self>;
    /// Registers of AVX2.
    #[cfg(target_arch = "x86_64")]
    type Medium: Number<Format = Self>;
    /// What every processor has.
    type Plain: Number<Format = Self>;
}

impl Formats for f32 {
    #[cfg(target_arch = "x86_64")]
    type Wide = super::x86::WideF32;
    #[cfg(target_arch = "x86_64")]
    type Medium = super::x86::MediumF32;
    // Without AVX2 the fused product is a function: lanes gain nothing.
    #[cfg(target_arch = "x86_64")]
    type Plain = f32;
    #[cfg(not(target_arch = "x86_64"))]
    type Plain = super::array::Pack<f32>;
}

impl Formats for f64 {
    #[cfg(target_arch = "x86_64")]
    type Wide = super::x86::WideF64;
    #[cfg(target_arch = "x86_64")]
    type Medium = super::x86::MediumF64;
    #[cfg(target_arch = "x86_64")]
    type Plain = f64;
    #[cfg(not(target_arch = "x86_64"))]
    type Plain = super::array::Pack<f64>;
}

/// The matrices of one task, in the widest registers of this processor.
fn blocks<T: Formats, K: Kernel>(
    kernel: &K,
    task: &mut Task<'_, '_, T>,
    sizes: &Sizes,
) -> Vec<Failure> {
    #[cfg(target_arch = "x86_64")]
    {
        let fused = std::arch::is_x86_feature_detected!("avx2")
            && std::arch::is_x86_feature_detected!("fma");
        // What the types of `x86.rs` ask for, asked here.
        if fused
            && std::arch::is_x86_feature_detected!("avx512f")
            && std::arch::is_x86_feature_detected!("avx512vl")
            && std::arch::is_x86_feature_detected!("avx512dq")
            && std::arch::is_x86_feature_detected!("avx512bw")
        {
            return in_lanes::<T::Wide>(kernel.scratch(), task, sizes, &one_block(kernel));
        }
        if fused {
            return in_lanes::<T::Medium>(kernel.scratch(), task, sizes, &one_block(kernel));
        }
    }
    in_lanes::<T::Plain>(kernel.scratch(), task, sizes, &one_block(kernel))
}

/// A kernel as a function.
type Block<'a, N> = dyn Fn(&[&[N]], &mut [&mut [N]], &mut [N], &mut Report<'_>) + 'a;

fn one_block<N: Number, K: Kernel>(
    kernel: &K,
) -> impl Fn(&[&[N]], &mut [&mut [N]], &mut [N], &mut Report<'_>) {
    |inputs, outputs, scratch, report| {
        N::run(Matrices {
            kernel,
            inputs,
            outputs,
            scratch,
            report,
        });
    }
}

/// The work of a kernel.
struct Matrices<'a, 'b, 'c, N, K> {
    kernel: &'a K,
    inputs: &'a [&'a [N]],
    outputs: &'a mut [&'b mut [N]],
    scratch: &'a mut [N],
    report: &'a mut Report<'c>,
}

impl<N: Number, K: Kernel> Work for Matrices<'_, '_, '_, N, K> {
    #[inline(always)]
    fn work(self) {
        self.kernel
            .matrix(self.inputs, self.outputs, self.scratch, self.report);
    }
}

/// The matrices of one task, as many at a time as there are lanes. The same for all kernels.
fn in_lanes<N: Number>(
    scratch: usize,
    task: &mut Task<'_, '_, N::Format>,
    sizes: &Sizes,
    block: &Block<'_, N>,
) -> Vec<Failure> {
    let Task {
        count,
        inputs,
        outputs,
        ..
    } = task;
    let buffer = |size: usize| vec![N::zero(); size];
    let mut lanes_in: Vec<_> = sizes.inputs.iter().map(|&size| buffer(size)).collect();
    let mut lanes_out: Vec<_> = sizes.outputs.iter().map(|&size| buffer(size)).collect();
    let mut scratch = buffer(scratch);
    let transpose = Transpose::new();
    let mut failures = Vec::new();
    for first in (0..*count).step_by(N::WIDTH) {
        let here = N::WIDTH.min(*count - first);
        let mut reasons = [None; LANES];
        let mut report = Report(&mut reasons);
        for ((data, &size), lanes) in inputs.iter().zip(&sizes.inputs).zip(&mut lanes_in) {
            let lanes = N::lanes_mut(lanes);
            gather(
                &data[first * size..][..here * size],
                size,
                lanes,
                N::WIDTH,
                transpose,
            );
            report_not_finite(lanes, N::WIDTH, &mut report);
        }
        let sources: Vec<&[N]> = lanes_in.iter().map(Vec::as_slice).collect();
        let mut results: Vec<&mut [N]> = lanes_out.iter_mut().map(Vec::as_mut_slice).collect();
        block(&sources, &mut results, &mut scratch, &mut report);
        for ((data, &size), lanes) in outputs.iter_mut().zip(&sizes.outputs).zip(&lanes_out) {
            let out = &mut data[first * size..][..here * size];
            scatter(N::lanes(lanes), size, out, N::WIDTH, transpose);
        }
        for (lane, reason) in reasons[..here].iter().enumerate() {
            let index = first + lane;
            if let &Some(reason) = reason {
                failures.push(Failure { index, reason });
                for output in sizes.output(outputs, index) {
                    output.fill(N::Format::nan());
                }
            }
        }
    }
    failures
}

/// Reports lanes that hold an infinite number or none.
fn report_not_finite<T: Real>(lanes: &[T], width: usize, report: &mut Report<'_>) {
    let mut defect = [T::of(0.0); LANES];
    let defect = &mut defect[..width];
    for numbers in lanes.chunks_exact(width) {
        for (defect, &x) in defect.iter_mut().zip(numbers) {
            *defect += x - x;
        }
    }
    report.fail_nan_lanes(defect, Reason::NotFinite);
}

/// Matrices side by side; the lanes beyond hold the last one again.
#[inline(never)]
fn gather<T: Real>(source: &[T], size: usize, lanes: &mut [T], width: usize, transpose: Transpose) {
    let count = source.len().checked_div(size).unwrap_or(0);
    if count == 0 {
        return;
    }
    if width == 1 {
        return lanes.copy_from_slice(source);
    }
    for group in (0..width).step_by(ROWS) {
        let matrices: [&[T]; ROWS] = std::array::from_fn(|lane| {
            let index = (group + lane).min(count - 1);
            &source[index * size..][..size]
        });
        let mut done = 0;
        while let [
            Some(a),
            Some(b),
            Some(c),
            Some(d),
            Some(e),
            Some(f),
            Some(g),
            Some(h),
        ] = matrices.map(|matrix| matrix[done..].first_chunk::<QUAD>())
        {
            let columns = transpose.columns([a, b, c, d, e, f, g, h]);
            for (k, column) in columns.iter().enumerate() {
                lanes[(done + k) * width + group..][..ROWS].copy_from_slice(column);
            }
            done += QUAD;
        }
        for place in done..size {
            for (lane, matrix) in matrices.iter().enumerate() {
                lanes[place * width + group + lane] = matrix[place];
            }
        }
    }
}

/// Matrices one after the other again, as many as there is room for.
#[inline(never)]
fn scatter<T: Real>(lanes: &[T], size: usize, out: &mut [T], width: usize, transpose: Transpose) {
    if width == 1 {
        return out.copy_from_slice(lanes);
    }
    for (group, out) in out.chunks_mut((ROWS * size).max(1)).enumerate() {
        let first = group * ROWS;
        let mut done = 0;
        while out.len() == ROWS * size && done + QUAD <= size {
            let column = |k: usize| -> &[T; ROWS] {
                let column = lanes[(done + k) * width + first..].first_chunk();
                column.expect("whole groups of lanes")
            };
            let rows = transpose.rows([column(0), column(1), column(2), column(3)]);
            for (lane, row) in rows.iter().enumerate() {
                out[lane * size + done..][..QUAD].copy_from_slice(row);
            }
            done += QUAD;
        }
        for (lane, matrix) in out.chunks_exact_mut(size.max(1)).enumerate() {
            for (place, x) in matrix.iter_mut().enumerate().skip(done) {
                *x = lanes[place * width + first + lane];
            }
        }
    }
}
