//! Times the linear algebra of the library, one operation a line.
//!
//! ```sh
//! cargo run --release --example bench_linalg -- --batch 1000 --n 16 --threads 1 --json
//! ```
//!
//! `forward` is the operation alone, `both` the operation on a tracked input, the sum of its results, and
//! the backward pass. Matrices are positive definite. Times are medians over repetitions, in milliseconds:
//! the processor's (all threads together) and the clock's. `tools/bench_linalg.py` runs PyTorch on the same
//! shapes.

mod timing;

use std::io::{self, Write};

use burn::tensor::{DType, Device, Distribution, Tensor};
use geom::linalg::{self, LinalgError};
use timing::{Named, time};

/// What to time.
struct Options {
    batch: usize,
    n: usize,
    dtype: DType,
    threads: usize,
    json: bool,
    allocator: &'static str,
    only: Option<String>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = options()?;
    rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .build_global()?;
    if options.allocator == "keep" {
        geom::keep_freed_memory();
    }
    for (op, pass, mut run) in operations(&options) {
        let wanted = |only: &String| op.starts_with(only.as_str());
        if options.only.as_ref().is_none_or(wanted) {
            let (cpu, wall) = time(&mut run);
            report(&options, op, pass, cpu, wall)?;
        }
    }
    Ok(())
}

fn report(options: &Options, op: &str, pass: &str, cpu: f64, wall: f64) -> io::Result<()> {
    let mut out = io::stdout();
    let Options {
        batch, n, threads, ..
    } = *options;
    let dtype = match options.dtype {
        DType::F64 => "f64",
        _ => "f32",
    };
    if options.json {
        let allocator = options.allocator;
        writeln!(
            out,
            r#"{{"op":"{op}","pass":"{pass}","batch":{batch},"n":{n},"dtype":"{dtype}","threads":{threads},"allocator":"{allocator}","cpu_ms":{cpu:.4},"wall_ms":{wall:.4}}}"#
        )
    } else {
        writeln!(
            out,
            "{op:28} {pass:8} {cpu:10.3} ms processor {wall:10.3} ms clock"
        )
    }
}

/// What an operation returns, summed.
type Run = fn(&[Tensor<3>]) -> Result<Vec<Tensor<3>>, LinalgError>;

fn operations(options: &Options) -> Vec<Named> {
    let Options {
        batch, n, dtype, ..
    } = *options;
    let device = Device::flex();
    device.seed(0);
    let normal = |columns: usize| {
        let spread = Distribution::Normal(0.0, 1.0);
        Tensor::<3>::random([batch, n, columns], spread, (&device, dtype))
    };
    let noise = normal(n);
    let one = Tensor::<2>::eye(n, &device).cast(dtype).unsqueeze();
    let positive = noise.clone().matmul(noise.clone().transpose()) / n as f64 + one;
    let right = normal(1);
    let turn = linalg::expm(linalg::skew(noise.clone() / (n as f64).sqrt()).expect("square"))
        .expect("finite");

    let symmetric = [positive.clone()];
    let list: [(&'static str, Vec<Tensor<3>>, Run); 15] = [
        ("eigh", symmetric.to_vec(), |x| {
            let (values, vectors) = linalg::eigh(x[0].clone())?;
            Ok(vec![values, vectors])
        }),
        ("eigvalsh", symmetric.to_vec(), |x| {
            Ok(vec![linalg::eigvalsh(x[0].clone())?])
        }),
        ("log", symmetric.to_vec(), |x| {
            Ok(vec![linalg::sym_log(x[0].clone())?])
        }),
        ("exp", symmetric.to_vec(), |x| {
            Ok(vec![linalg::sym_exp(x[0].clone())?])
        }),
        ("sqrt", symmetric.to_vec(), |x| {
            Ok(vec![linalg::sym_sqrt(x[0].clone())?])
        }),
        ("cholesky", symmetric.to_vec(), |x| {
            Ok(vec![linalg::cholesky(x[0].clone())?])
        }),
        ("solve", vec![positive.clone(), right], |x| {
            Ok(vec![linalg::solve(x[0].clone(), x[1].clone())?])
        }),
        ("inverse", symmetric.to_vec(), |x| {
            Ok(vec![linalg::inverse(x[0].clone())?])
        }),
        ("slogdet", symmetric.to_vec(), |x| {
            Ok(vec![linalg::slogdet(x[0].clone())?.1])
        }),
        ("qr", vec![noise.clone()], |x| {
            let (q, r) = linalg::qr(x[0].clone())?;
            Ok(vec![q, r])
        }),
        ("svd", vec![noise.clone()], |x| {
            let (u, values, v) = linalg::svd(x[0].clone())?;
            Ok(vec![u, values, v])
        }),
        ("singular_values", vec![noise.clone()], |x| {
            Ok(vec![linalg::singular_values(x[0].clone())?])
        }),
        ("polar", vec![noise.clone()], |x| {
            let (u, p) = linalg::polar(x[0].clone())?;
            Ok(vec![u, p])
        }),
        ("expm", vec![noise / (n as f64).sqrt()], |x| {
            Ok(vec![linalg::expm(x[0].clone())?])
        }),
        ("rotation_log", vec![turn], |x| {
            Ok(vec![linalg::rotation_log(x[0].clone())?])
        }),
    ];
    let mut all: Vec<Named> = Vec::new();
    for (name, inputs, run) in list {
        let tracked: Vec<Tensor<3>> = (inputs.iter())
            .map(|x| Tensor::from_inner(x.clone()).require_grad())
            .collect();
        let forward = move || run(&inputs).expect("positive definite matrices");
        all.push((name, "forward", Box::new(move || Box::new(forward()))));
        let both = move || {
            let results = run(&tracked).expect("positive definite matrices");
            let sums = results.into_iter().map(Tensor::sum);
            let loss = sums.reduce(|a, b| a + b).expect("a result");
            loss.backward()
        };
        all.push((name, "both", Box::new(move || Box::new(both()))));
    }
    all
}

fn options() -> Result<Options, String> {
    let mut options = Options {
        batch: 1000,
        n: 16,
        dtype: DType::F32,
        threads: 1,
        json: false,
        allocator: "system",
        only: None,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(flag) = arguments.next() {
        if flag == "--json" {
            options.json = true;
            continue;
        }
        let value = arguments.next().ok_or(format!("{flag} needs a value"))?;
        let number = || match value.parse::<usize>() {
            Ok(number) if number > 0 => Ok(number),
            _ => Err(format!("{flag} takes a positive number, not {value:?}")),
        };
        match flag.as_str() {
            "--batch" => options.batch = number()?,
            "--n" => options.n = number()?,
            "--threads" => options.threads = number()?,
            "--dtype" if value == "f32" => options.dtype = DType::F32,
            "--dtype" if value == "f64" => options.dtype = DType::F64,
            "--allocator" if value == "keep" => options.allocator = "keep",
            "--allocator" if value == "system" => options.allocator = "system",
            "--op" => options.only = Some(value),
            _ => return Err(format!("unknown or invalid: {flag} {value}")),
        }
    }
    Ok(options)
}
