#![doc = include_str!("../README.md")]
//!
//! # Conventions
//! - The last two axes hold one matrix. Leading axes are batch axes; of several arguments they broadcast.
//! - What reduces a matrix keeps both axes: eigenvalues and singular values are `[..., 1, n]`, so that
//!   `vectors * values` scales the columns; a determinant is `[..., 1, 1]`.
//! - `f32` and `f64`; half precision is computed with in `f32`, and the result has its own format.
//! - Matrices without a result are [`LinalgError`]s with their place in the batch.
//! - Gradients are exact formulas, not derivatives of the steps of an algorithm. Of symmetric matrices they
//!   are symmetric. They are calls of kernels and not differentiated again: Burn's derivatives are of
//!   first order. [`newton_schulz`], [`sym`] and [`skew`] are made of Burn's own operations.
//! - The tensors of `flex` are computed with where they are. Those of every other backend, GPUs included,
//!   are read back to the host, computed with there, and written again, in the gradient too. Checks cost no
//!   read-back of their own; [`newton_schulz`], [`sym`] and [`skew`] alone stay on the device.
//!
//! # Functions
//!
//! | | Functions |
//! |---|---|
//! | symmetric matrices | [`eigh`], [`eigvalsh`], [`sym_log`], [`sym_exp`], [`sym_sqrt`], [`sym_inv_sqrt`], [`sym_pow`], [`sym_inverse`], [`sym_clamp_min`], [`spectral`] |
//! | factors | [`cholesky`], [`qr`], [`polar`], [`newton_schulz`], [`svd`], [`singular_values`] |
//! | equations | [`solve`], [`solve_triangular`], [`cholesky_solve`], [`inverse`], [`sylvester`], [`lyapunov`] |
//! | determinants | [`log_det`], [`slogdet`] |
//! | exponentials | [`expm`], [`expm_frechet`], [`rotation_log`] |
//! | parts | [`sym`], [`skew`] |
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod equations;
mod error;
mod factor;
mod functions;
mod parts;
mod seam;
mod symmetric;

pub use equations::{
    Triangle, cholesky_solve, inverse, log_det, lyapunov, slogdet, solve, solve_triangular,
    sylvester,
};
pub use error::LinalgError;
pub use factor::{cholesky, newton_schulz, polar, qr, singular_values, svd};
pub use functions::{expm, expm_frechet, rotation_log};
pub use geom_kernels::linalg::Reason;
pub use parts::{skew, sym};
pub use seam::{Call, LinalgOps};
pub use symmetric::{
    eigh, eigvalsh, spectral, sym_clamp_min, sym_exp, sym_inv_sqrt, sym_inverse, sym_log, sym_pow,
    sym_sqrt, symmetry_tolerance,
};
