//! GraphML files.
#![no_main]

// A target uses one of the functions.
#[allow(dead_code)]
#[path = "../../crates/geom-data/tests/fuzzing/mod.rs"]
mod fuzzing;

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzzing::graphml(data));
