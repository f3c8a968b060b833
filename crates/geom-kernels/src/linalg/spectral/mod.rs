//! Functions of symmetric matrices through their eigenvalues.

mod backward;
mod forward;
mod function;

pub(crate) use backward::{Backward, Differences};
pub use backward::{daleckii_krein, divided_differences, spectral_backward};
pub(crate) use forward::{Recompose, Spectral};
pub use forward::{recompose, spectral};
pub use function::SpectralFunction;
