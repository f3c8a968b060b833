//! Products of matrices.

use crate::real::Real;

use super::failure::Outcome;
use super::job::run;
use super::number::{Number, Work};
use super::run::{Kernel, Report, expect_len, run_each};

/// A matrix as it is multiplied: its numbers, and how far apart rows and columns are.
#[derive(Clone, Copy)]
pub(super) struct View<'a, N> {
    data: &'a [N],
    row: usize,
    column: usize,
}

impl<'a, N> View<'a, N> {
    /// A matrix whose rows have `width` numbers.
    #[inline(always)]
    pub(super) fn new(data: &'a [N], width: usize) -> Self {
        Self {
            data,
            row: width,
            column: 1,
        }
    }

    /// The numbers of a matrix without gaps, and whether they stand column by column.
    pub(super) fn rows(self) -> (&'a [N], bool) {
        (self.data, self.row == 1 && self.column != 1)
    }

    /// The transpose.
    #[inline(always)]
    pub(super) fn transposed(self) -> Self {
        Self {
            data: self.data,
            row: self.column,
            column: self.row,
        }
    }
}

/// `out` $= A B$ with $A$: $m\times k$, $B$: $k\times n$. Each entry is summed in the order of `k`.
#[inline(always)]
pub(super) fn multiply<N: Number>(
    out: &mut [N],
    a: View<'_, N>,
    b: View<'_, N>,
    sizes: [usize; 3],
) {
    if !N::whole_product(&mut *out, a, b, sizes) {
        N::run(Multiply { out, a, b, sizes });
    }
}

struct Multiply<'a, N> {
    out: &'a mut [N],
    a: View<'a, N>,
    b: View<'a, N>,
    sizes: [usize; 3],
}

impl<N: Number> Work for Multiply<'_, N> {
    #[inline(always)]
    fn work(self) {
        tiles(self.out, self.a, self.b, self.sizes);
    }
}

#[inline(always)]
fn tiles<N: Number>(out: &mut [N], a: View<'_, N>, b: View<'_, N>, [m, k, n]: [usize; 3]) {
    for i in (0..m).step_by(ROWS) {
        for j in (0..n).step_by(COLUMNS) {
            if i + ROWS <= m && j + COLUMNS <= n {
                tile::<N, ROWS, COLUMNS>(out, a, b, i, j, k, n);
                continue;
            }
            for i in i..m.min(i + ROWS) {
                for j in j..n.min(j + COLUMNS) {
                    tile::<N, 1, 1>(out, a, b, i, j, k, n);
                }
            }
        }
    }
}

/// Multiplications up to which matrices are multiplied in lanes: larger ones leave the cache.
pub(super) const LANES_UP_TO: usize = 64 * 64 * 64;

/// Rows and columns of the entries that are summed together, in registers.
const ROWS: usize = 4;
const COLUMNS: usize = 2;

#[inline(always)]
fn tile<N: Number, const M: usize, const C: usize>(
    out: &mut [N],
    a: View<'_, N>,
    b: View<'_, N>,
    i: usize,
    j: usize,
    k: usize,
    width: usize,
) {
    let mut sums = [[N::zero(); C]; M];
    for p in 0..k {
        let mut right = [N::zero(); C];
        for (c, right) in right.iter_mut().enumerate() {
            *right = b.data[p * b.row + (j + c) * b.column];
        }
        for (r, sums) in sums.iter_mut().enumerate() {
            let left = a.data[(i + r) * a.row + p * a.column];
            for (sum, &right) in sums.iter_mut().zip(&right) {
                *sum = left.times_plus(right, *sum);
            }
        }
    }
    for (r, sums) in sums.iter().enumerate() {
        out[(i + r) * width + j..][..C].copy_from_slice(sums);
    }
}

/// Which of two factors are transposed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Transposed {
    /// The left one.
    pub left: bool,
    /// The right one.
    pub right: bool,
}

/// $A B$, with the transposes of the factors where `transposed` says so.
///
/// # Shapes
/// With `[m, k, n]` = `sizes`, those of the product:
/// - `a`: `[batch, m, k]`, or `[batch, k, m]` if it is transposed
/// - `b`: `[batch, k, n]`, or `[batch, n, k]` if it is transposed
/// - `out`: `[batch, m, n]`
///
/// # Errors
/// [`Reason::NotFinite`](super::Reason::NotFinite).
///
/// # Panics
/// If a length is not that of the shape.
pub fn matmul<T: Real>(
    a: &[T],
    b: &[T],
    batch: usize,
    sizes: [usize; 3],
    transposed: Transposed,
    out: &mut [T],
    threads: usize,
) -> Outcome {
    let [m, k, n] = sizes;
    expect_len("a", a.len(), batch * m * k);
    expect_len("b", b.len(), batch * k * n);
    expect_len("out", out.len(), batch * m * n);
    let kernel = Matmul { sizes, transposed };
    if m * k * n > LANES_UP_TO {
        let (inputs, outputs) = ([(a, m * k), (b, k * n)], vec![(out, m * n)]);
        return run_each(
            batch,
            m * k * n,
            threads,
            &inputs,
            outputs,
            |inputs, outputs| {
                let (a, b) = kernel.views(inputs[0], inputs[1]);
                T::product(outputs[0], a, b, sizes);
                Ok(())
            },
        );
    }
    run(
        kernel,
        batch,
        threads,
        &[(a, m * k), (b, k * n)],
        vec![(out, m * n)],
    )
}

pub(crate) struct Matmul {
    sizes: [usize; 3],
    transposed: Transposed,
}

impl Matmul {
    /// The factors as they are multiplied.
    #[inline(always)]
    fn views<'a, N>(&self, a: &'a [N], b: &'a [N]) -> (View<'a, N>, View<'a, N>) {
        let [m, k, n] = self.sizes;
        let view = |data, rows, columns, transposed| match transposed {
            true => View::new(data, rows).transposed(),
            false => View::new(data, columns),
        };
        let Transposed { left, right } = self.transposed;
        (view(a, m, k, left), view(b, k, n, right))
    }
}

impl Kernel for Matmul {
    fn scratch(&self) -> usize {
        0
    }

    fn cost(&self) -> usize {
        self.sizes.iter().product()
    }

    #[inline(always)]
    fn matrix<N: Number>(
        &self,
        inputs: &[&[N]],
        outputs: &mut [&mut [N]],
        _: &mut [N],
        _: &mut Report<'_>,
    ) {
        let (a, b) = self.views(inputs[0], inputs[1]);
        multiply(outputs[0], a, b, self.sizes);
    }
}
