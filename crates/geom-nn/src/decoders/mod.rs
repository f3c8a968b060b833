//! From points to predictions about them: links or classes.
//!
//! | question | decoder |
//! |---|---|
//! | is there a link? | [`FermiDirac`] |
//! | which class? | [`LinearDecoder`] |

mod fermi_dirac;
mod linear_decoder;

pub use fermi_dirac::{FermiDirac, FermiDiracConfig};
pub use linear_decoder::{LinearDecoder, LinearDecoderConfig};
