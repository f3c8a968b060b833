//! `geom embed --route autodiff` on every backend that is compiled in, and what the program says
//! where a backend is missing.

mod common;

use std::path::Path;

use burn::tensor::DType;
use common::{Sandbox, tensor, tree};
use geom::core::Backend;

const USAGE: i32 = 2;
/// How far apart two routes, and two backends, may be after 120 steps, relative to the largest
/// coordinate: some thousand roundings.
const APART: [(&str, DType, f64); 2] = [("f32", DType::F32, 1e-4), ("f64", DType::F64, 1e-10)];

fn embed<'a>(out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let arguments = [
        "embed",
        "--dataset",
        "tree.csv",
        "--dim",
        "3",
        "--epochs",
        "4",
        "--negatives",
        "10",
        "--hard-start",
        "1",
        "--seed",
        "7",
        "--quiet",
        "--out",
        out,
    ];
    [&arguments, more].concat()
}

fn autodiff(backend: Backend) -> [&'static str; 4] {
    ["--route", "autodiff", "--backend", backend.name()]
}

/// The table of a run in its own format, widened.
fn points(run: &Path, dtype: DType) -> Vec<f64> {
    let bytes = tensor(run, "points");
    match dtype {
        DType::F32 => {
            let (numbers, rest) = bytes.as_chunks::<4>();
            assert!(rest.is_empty());
            numbers
                .iter()
                .map(|&b| f32::from_le_bytes(b).into())
                .collect()
        }
        _ => common::points(run),
    }
}

#[test]
fn every_backend_takes_the_steps_of_the_fast_path() {
    let sandbox = Sandbox::new();
    sandbox.file("tree.csv", tree(31));
    for (format, dtype, tolerance) in APART {
        let fast = format!("fast-{format}");
        sandbox.succeed(&embed(&fast, &["--threads", "1", "--dtype", format]));
        let expected = points(&sandbox.path(&fast), dtype);
        let largest = expected
            .iter()
            .fold(0f64, |largest, x| largest.max(x.abs()));
        for backend in Backend::available() {
            if !backend.supports(dtype).unwrap() {
                continue;
            }
            let run = format!("{backend}-{format}");
            let flags = [&autodiff(backend)[..], &["--dtype", format]].concat();
            sandbox.succeed(&embed(&run, &flags));
            let found = points(&sandbox.path(&run), dtype);
            assert_eq!(found.len(), expected.len());
            for (a, b) in found.iter().zip(&expected) {
                let apart = (a - b).abs() / largest;
                assert!(apart <= tolerance, "{backend} {format}: {apart:e} apart");
            }
        }
    }
}

#[test]
fn a_backend_that_is_not_compiled_in_says_how_to_get_it() {
    let sandbox = Sandbox::new();
    sandbox.file("tree.csv", tree(15));
    for backend in Backend::ALL {
        if !backend.is_compiled_in() {
            let needles = [
                format!("the {backend} backend is not compiled in"),
                format!("cargo build --release -p geom-cli --features {backend}"),
            ];
            let arguments = embed("run", &autodiff(backend));
            sandbox.fail(&arguments, USAGE, &needles.each_ref().map(String::as_str));
            assert!(!sandbox.path("run").exists());
        }
    }
}

#[test]
fn a_backend_is_refused_on_the_fast_path() {
    let sandbox = Sandbox::new();
    sandbox.file("tree.csv", tree(15));
    for backend in [Backend::NdArray, Backend::Wgpu, Backend::Cuda] {
        let message = format!("--backend {backend} needs --route autodiff");
        let arguments = embed("run", &["--backend", backend.name()]);
        sandbox.fail(&arguments, USAGE, &[&message]);
    }
    sandbox.fail(
        &embed("run", &["--backend", "tpu"]),
        USAGE,
        &["'tpu'", "ndarray"],
    );
}

/// A backend, the variables that keep its loaders from finding a driver, and the remedy named then.
type Hidden = (
    Backend,
    &'static [(&'static str, &'static str)],
    &'static str,
);

#[test]
fn a_machine_without_a_device_is_told_what_to_install() {
    const FAILURE: i32 = 1;
    let hidden: [Hidden; 2] = [
        (
            Backend::Wgpu,
            &[
                ("VK_DRIVER_FILES", "/nonexistent"),
                ("VK_ICD_FILENAMES", "/nonexistent"),
                ("__EGL_VENDOR_LIBRARY_FILENAMES", "/nonexistent"),
            ],
            "mesa-vulkan-drivers",
        ),
        (
            Backend::Cuda,
            &[("CUDA_VISIBLE_DEVICES", "")],
            "NVIDIA's driver",
        ),
    ];
    let sandbox = Sandbox::new();
    sandbox.file("tree.csv", tree(15));
    for (backend, variables, remedy) in hidden {
        if !backend.is_compiled_in() {
            continue;
        }
        let mut command = sandbox.command(&embed("run", &autodiff(backend)));
        command.envs(variables.iter().copied());
        command.env("RUST_BACKTRACE", "1");
        let outcome = common::Outcome::from(command.output().unwrap());
        assert_eq!(outcome.code, Some(FAILURE), "{outcome:?}");
        let error = format!("error: the {backend} backend has no device: ");
        let line = outcome.stderr.lines().find(|line| line.starts_with(&error));
        assert!(
            line.is_some_and(|line| line.contains(remedy)),
            "{outcome:?}"
        );
        for trace in ["panicked", "backtrace"] {
            assert!(!outcome.stderr.contains(trace), "{outcome:?}");
        }
        assert_eq!(outcome.stdout, "");
        assert!(!sandbox.path("run").exists());
    }
}

#[test]
fn a_backend_without_double_precision_computes_in_single() {
    if !Backend::available().any(|backend| backend == Backend::Wgpu) {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.file("tree.csv", tree(15));
    let wgpu = autodiff(Backend::Wgpu);
    let double = embed("double", &[&wgpu[..], &["--dtype", "f64"]].concat());
    let message = "--backend wgpu computes in f32 only";
    sandbox.fail(&double, USAGE, &[message, "leave --dtype out"]);
    assert!(!sandbox.path("double").exists());

    sandbox.succeed(&embed("single", &wgpu));
    let points = tensor(&sandbox.path("single"), "points");
    assert_eq!(points.len(), 15 * 3 * size_of::<f32>());
}
