//! Linear algebra on `flex`: values, gradients, shapes, bad input.
#![cfg(feature = "flex")]

#[path = "../common/mod.rs"]
mod common;

mod closed_forms;
mod errors;
mod gauge;
mod gradients;
mod identities;
mod shapes;
mod table;
