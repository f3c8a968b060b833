//! All kernels for both formats, compiled here: what uses this crate need not compile them again.

use crate::real::Real;

use super::cholesky::{Cholesky, CholeskySolve, TriangularSolve};
use super::eigh::Eigh;
use super::exponential::Exponential;
use super::failure::Outcome;
use super::lanes::Formats;
use super::lu::{Determinant, Inverse, Solve};
use super::product::Matmul;
use super::qr::Qr;
use super::rotation::SmallRotation;
use super::run::{self, Input, Output};
use super::spectral::{Backward, Differences, Recompose, Spectral};
use super::svd::Svd;
use super::sylvester::Lyapunov;

macro_rules! jobs {
    ($($kernel:ident,)*) => {
        /// A kernel with its sizes.
        pub(crate) enum Job {
            $($kernel($kernel),)*
        }

        $(impl From<$kernel> for Job {
            fn from(kernel: $kernel) -> Self {
                Self::$kernel(kernel)
            }
        })*

        /// Runs a kernel in a format that is known here.
        pub(super) fn compiled<T: Formats>(
            job: Job,
            batch: usize,
            threads: usize,
            inputs: &[Input<'_, T>],
            outputs: Vec<Output<'_, T>>,
        ) -> Outcome {
            match job {
                $(Job::$kernel(kernel) => run::run(&kernel, batch, threads, inputs, outputs),)*
            }
        }
    };
}

jobs! {
    Backward,
    Cholesky,
    CholeskySolve,
    Determinant,
    Differences,
    Eigh,
    Exponential,
    Inverse,
    Lyapunov,
    Matmul,
    Qr,
    Recompose,
    SmallRotation,
    Solve,
    Spectral,
    Svd,
    TriangularSolve,
}

/// Runs a kernel on a batch: inputs and outputs with the numbers that each matrix has of them.
///
/// # Panics
/// If an argument does not have `batch` times the numbers of its matrices.
pub(super) fn run<T: Real>(
    kernel: impl Into<Job>,
    batch: usize,
    threads: usize,
    inputs: &[Input<'_, T>],
    outputs: Vec<Output<'_, T>>,
) -> Outcome {
    T::run(kernel.into(), batch, threads, inputs, outputs)
}
