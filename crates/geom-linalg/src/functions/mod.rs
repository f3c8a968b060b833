//! Functions of matrices that are not symmetric.

mod expm;
mod expm_frechet;
mod rotation_log;

pub use expm::expm;
pub use expm_frechet::expm_frechet;
pub use rotation_log::rotation_log;
