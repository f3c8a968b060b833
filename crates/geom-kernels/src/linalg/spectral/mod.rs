//! Functions of symmetric matrices through their eigenvalues.

mod backward;
mod forward;
mod function;

pub use backward::{daleckii_krein, divided_differences, spectral_backward};
pub use forward::{recompose, spectral};
pub use function::SpectralFunction;
