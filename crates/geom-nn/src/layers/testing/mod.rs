//! The laws that every layer is held to.

pub(crate) mod attention;
mod convolution;
mod gradients;
mod numbers;
mod rest;
mod values;

pub(crate) use convolution::convolution;
pub(crate) use gradients::check_gradients;
pub(crate) use numbers::{DTYPES, in_f64, normal, param, varied, wave};
pub(crate) use rest::check_rests;
pub(crate) use values::{
    NEARLY_FLAT, ROUNDING, assert_close, assert_equal, assert_nearly_flat, assert_on, check_edges,
    check_record, largest,
};
