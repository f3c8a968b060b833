//! Kernels on blocks of matrices, one in each lane of the widest registers of the processor.

use num_traits::Float;

use crate::real::{LANES, Real};
use crate::transpose::{QUAD, ROWS, Transpose};

use super::failure::{Failure, Reason};
use super::number::{Number, Work};
use super::run::{Kernel, Report, Sizes, Task};

/// Numbers of a matrix beyond which fewer are computed with at once, as measured: sixteen matrices of
/// doubles leave the first cache.
#[cfg(target_arch = "x86_64")]
const NARROW_FROM: usize = 20 * 20;

/// The vector units that numbers of a format are computed on.
pub(super) trait Formats: Real {
    /// Registers of AVX-512.
    #[cfg(target_arch = "x86_64")]
    type Wide: Number<Format = Self>;
    /// Registers of AVX-512 for large matrices.
    #[cfg(target_arch = "x86_64")]
    type Narrow: Number<Format = Self>;
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
    type Narrow = super::x86::WideF32;
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
    type Narrow = super::x86::NarrowF64;
    #[cfg(target_arch = "x86_64")]
    type Medium = super::x86::MediumF64;
    #[cfg(target_arch = "x86_64")]
    type Plain = f64;
    #[cfg(not(target_arch = "x86_64"))]
    type Plain = super::array::Pack<f64>;
}

/// The matrices of one task, in the widest registers of this processor.
pub(super) fn blocks<T: Formats, K: Kernel>(
    kernel: &K,
    task: &mut Task<'_, '_, T>,
    sizes: &Sizes,
) -> Vec<Failure> {
    let scratch = kernel.scratch();
    match Unit::best() {
        #[cfg(target_arch = "x86_64")]
        Unit::Wide => {
            let mut all = sizes.inputs.iter().chain(&sizes.outputs);
            if all.any(|&size| size > NARROW_FROM) {
                return in_lanes::<T::Narrow>(scratch, task, sizes, &one_block(kernel));
            }
            in_lanes::<T::Wide>(scratch, task, sizes, &one_block(kernel))
        }
        #[cfg(target_arch = "x86_64")]
        Unit::Medium => in_lanes::<T::Medium>(scratch, task, sizes, &one_block(kernel)),
        Unit::Plain => in_lanes::<T::Plain>(scratch, task, sizes, &one_block(kernel)),
        #[cfg(test)]
        Unit::Array => in_lanes::<super::array::Pack<T>>(scratch, task, sizes, &one_block(kernel)),
    }
}

/// Vector units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// AVX-512.
    #[cfg(target_arch = "x86_64")]
    Wide,
    /// AVX2 with fused products.
    #[cfg(target_arch = "x86_64")]
    Medium,
    /// What every processor has.
    Plain,
    /// Arrays, as on other processors.
    #[cfg(test)]
    Array,
}

impl Unit {
    /// The best one of this processor: it has every feature that the types in `x86.rs` for this unit need.
    fn best() -> Self {
        #[cfg(test)]
        if let Some(unit) = tests::CHOSEN.get() {
            return unit;
        }
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            let fused = has!("avx2") && has!("fma");
            let wide = has!("avx512f") && has!("avx512vl") && has!("avx512dq") && has!("avx512bw");
            match (fused, wide) {
                (true, true) => return Self::Wide,
                (true, false) => return Self::Medium,
                (false, _) => {}
            }
        }
        Self::Plain
    }
}

/// A kernel as a function.
type Block<'a, N> = dyn Fn(&[&[N]], &mut [&mut [N]], &mut [N], &mut Report<'_>) + 'a;

#[allow(clippy::type_complexity, reason = "the arguments of `Kernel::matrix`")]
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
        let mut report = Report::new(&mut reasons);
        for ((data, &size), lanes) in inputs.iter().zip(&sizes.inputs).zip(&mut lanes_in) {
            let lanes = N::lanes_mut(lanes);
            gather(
                &data[first * size..][..here * size],
                size,
                lanes,
                N::WIDTH,
                transpose,
            );
            report_not_finite(lanes, N::WIDTH, Reason::NotFinite, &mut report);
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
pub(super) fn report_not_finite<T: Real>(
    lanes: &[T],
    width: usize,
    reason: Reason,
    report: &mut Report<'_>,
) {
    let zero = T::from_f64(0.0);
    let mut defect = [zero; LANES];
    let defect = &mut defect[..width];
    for numbers in lanes.chunks_exact(width) {
        for (defect, &x) in defect.iter_mut().zip(numbers) {
            // 0, or not a number.
            *defect += x * zero;
        }
    }
    report.fail_nan_lanes(defect, reason);
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::linalg::*;

    thread_local! {
        /// The unit that tests compute with, if not the best.
        pub(super) static CHOSEN: Cell<Option<Unit>> = const { Cell::new(None) };
    }

    fn units() -> Vec<Unit> {
        let mut units = vec![Unit::Plain, Unit::Array];
        #[cfg(target_arch = "x86_64")]
        match Unit::best() {
            Unit::Wide => units.extend([Unit::Medium, Unit::Wide]),
            Unit::Medium => units.push(Unit::Medium),
            _ => {}
        }
        units
    }

    /// Many results side by side.
    fn results<T: Real>(batch: usize, n: usize) -> Vec<T> {
        let number = |k: usize| T::from_f64((0.731 * (k * k) as f64 + 0.3).sin());
        let b: Vec<T> = (0..batch * n * n).map(number).collect();
        let zeros = |size: usize| vec![T::from_f64(0.0); batch * size];
        let (mut a, mut x, mut y, mut z) = (zeros(n * n), zeros(n * n), zeros(n * n), zeros(n));
        let right = Transposed {
            left: false,
            right: true,
        };
        matmul(&b, &b, batch, [n; 3], right, &mut a, 1).unwrap();
        for (k, x) in a.iter_mut().enumerate() {
            let diagonal = k % (n * n) / n == k % n;
            *x += T::from_f64(if diagonal { 0.5 } else { 0.0 });
        }
        let mut all = a.clone();
        eigh(&a, n, &mut z, &mut x, 1).unwrap();
        all.extend(z.iter().chain(&x));
        for function in [SpectralFunction::Log, SpectralFunction::Power(-0.3)] {
            spectral(function, &a, n, &mut x, &mut z, &mut y, 1).unwrap();
            all.extend(&x);
            spectral_backward(function, &z, &y, &b, n, &mut x, 1).unwrap();
            all.extend(&x);
        }
        cholesky(&a, n, &mut x, 1).unwrap();
        all.extend(&x);
        cholesky_solve(&x, &b, n, n, &mut y, 1).unwrap();
        all.extend(&y);
        let mut sign = zeros(1);
        let mut log = zeros(1);
        log_determinant(&b, n, &mut sign, &mut log, 1).unwrap();
        all.extend(sign.iter().chain(&log));
        solve(&b, &a, n, n, true, &mut y, 1).unwrap();
        all.extend(&y);
        qr(&b, batch, n, n, &mut x, &mut y, 1).unwrap();
        all.extend(x.iter().chain(&y));
        svd(&b, batch, n, n, &mut x, &mut z, &mut y, 1).unwrap();
        all.extend(x.iter().chain(&y).chain(&z));
        expm_frechet(&b, &a, n, &mut x, &mut y, 1).unwrap();
        all.extend(x.iter().chain(&y));
        lyapunov(&a, &b, n, &mut x, 1).unwrap();
        all.extend(&x);
        all
    }

    fn agree<T: Real>() {
        for (batch, n) in [(18, 2), (5, 3), (17, 7), (3, 19), (2, 22)] {
            let exact = results::<T>(batch, n);
            for unit in units() {
                CHOSEN.set(Some(unit));
                let ours = results::<T>(batch, n);
                CHOSEN.set(None);
                assert!(ours == exact, "{unit:?}, {batch} matrices of {n} rows");
            }
        }
    }

    #[test]
    fn all_vector_units_have_the_same_results() {
        agree::<f32>();
        agree::<f64>();
    }
}
