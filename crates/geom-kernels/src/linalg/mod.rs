//! Linear algebra of many small matrices.
//!
//! A batch is a slice of matrices one after the other, each row-major and without gaps; results go to
//! slices of the caller. Several matrices are computed with at once, one in each lane of a vector register:
//! what stands beside a matrix in a batch, and how many threads there are, does not change its result by a
//! bit. `threads` is how many threads may share the work; small batches take one.
//!
//! Large matrices are computed one after the other: eigenvectors above 160 rows, exponentials above 64,
//! products above 64³ multiplications. The Schur forms of [`sylvester`] and [`rotation_log`] above
//! three rows are for single matrices too.
//!
//! A matrix without a result (not positive definite, singular, not finite) does not disturb the others:
//! its outputs are NaN, and an [`Outcome`] names it by its place in the batch, with the [`Reason`].
//!
//! | | |
//! |---|---|
//! | [`eigh`], [`eigvalsh`] | eigenvalues and eigenvectors of symmetric matrices |
//! | [`spectral`], [`spectral_backward`] | functions of symmetric matrices, and their gradient |
//! | [`recompose`], [`divided_differences`], [`daleckii_krein`] | the same for functions of one's own |
//! | [`cholesky`], [`cholesky_solve`], [`cholesky_log_determinant`], [`triangular_solve`] | triangular factors |
//! | [`solve`], [`inverse`], [`log_determinant`] | elimination |
//! | [`qr`], [`polar`], [`svd`], [`singular_values`] | orthogonal factors |
//! | [`expm`], [`expm_frechet`], [`expm_backward`] | the exponential |
//! | [`rotation_log`] | logarithms of rotations |
//! | [`lyapunov`], [`sylvester`] | linear equations with an unknown matrix between others |
//! | [`matmul`] | products |

#[cfg(any(test, not(target_arch = "x86_64")))]
mod array;
mod cholesky;
mod eigh;
mod exponential;
mod failure;
mod jacobi;
mod job;
mod lanes;
mod lu;
mod number;
mod polar;
mod product;
mod qr;
mod rotation;
mod run;
mod sort;
mod spectral;
mod svd;
mod sylvester;
mod tridiagonal;
pub(crate) mod whole;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use cholesky::{
    Triangle, cholesky, cholesky_log_determinant, cholesky_solve, triangular_solve,
};
pub use eigh::{eigh, eigvalsh};
pub use exponential::{expm, expm_backward, expm_frechet};
pub use failure::{Failure, Failures, Outcome, Reason};
pub use lu::{inverse, log_determinant, solve};
pub use polar::polar;
pub use product::{Transposed, matmul};
pub use qr::qr;
pub use rotation::rotation_log;
pub use spectral::{
    SpectralFunction, daleckii_krein, divided_differences, recompose, spectral, spectral_backward,
};
pub use svd::{singular_values, svd};
pub use sylvester::{lyapunov, sylvester};
