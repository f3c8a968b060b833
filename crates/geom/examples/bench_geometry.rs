//! Times the geometry of the library, one operation a line.
//!
//! ```sh
//! cargo run --release --example bench_geometry -- --n 100000 --dim 10 --threads 1 --json
//! ```
//!
//! `forward` is the operation alone, `both` the operation on tracked inputs, the sum of its result,
//! and the backward pass. Times are medians over repetitions, in milliseconds: the processor's
//! (all threads together) and the clock's. `tools/bench_peers` runs geoopt on the same shapes.

mod timing;

use std::any::Any;
use std::io::{self, Write};

use burn::nn::LinearConfig;
use burn::optim::GradientsParams;
use burn::tensor::{DType, Device, Distribution, Tensor};
use geom::core::Gyrovector;
use geom::core::statistics::{KMeans, KMeansConfig};
use geom::nn::layers::PoincareLinearConfig;
use geom::optim::{RiemannianAdamConfig, RiemannianSgdConfig};
use geom::prelude::*;
use timing::{Named, time};

/// What to time.
struct Options {
    n: usize,
    dim: usize,
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
        if options
            .only
            .as_ref()
            .is_some_and(|only| !op.starts_with(only.as_str()))
        {
            continue;
        }
        let (cpu, wall) = time(&mut run);
        report(&options, op, pass, cpu, wall)?;
    }
    Ok(())
}

fn report(options: &Options, op: &str, pass: &str, cpu: f64, wall: f64) -> io::Result<()> {
    let mut out = io::stdout();
    let Options {
        n, dim, threads, ..
    } = *options;
    let dtype = match options.dtype {
        DType::F64 => "f64",
        _ => "f32",
    };
    if options.json {
        let allocator = options.allocator;
        writeln!(
            out,
            r#"{{"op":"{op}","pass":"{pass}","n":{n},"d":{dim},"dtype":"{dtype}","threads":{threads},"allocator":"{allocator}","cpu_ms":{cpu:.4},"wall_ms":{wall:.4}}}"#
        )
    } else {
        writeln!(
            out,
            "{op:28} {pass:8} {cpu:10.3} ms processor {wall:10.3} ms clock"
        )
    }
}

/// Adds an operation, forward and with its gradient.
fn add<const N: usize>(
    all: &mut Vec<Named>,
    name: &'static str,
    inputs: [&Tensor<2>; N],
    operation: impl Fn([Tensor<2>; N]) -> Tensor<2> + Clone + 'static,
) {
    let (plain, forward) = (inputs.map(Tensor::clone), operation.clone());
    all.push((
        name,
        "forward",
        Box::new(move || Box::new(forward(plain.clone()))),
    ));
    let tracked = inputs.map(|x| Tensor::from_inner(x.clone()).require_grad());
    all.push((
        name,
        "both",
        Box::new(move || Box::new(operation(tracked.clone()).sum().backward())),
    ));
}

fn operations(options: &Options) -> Vec<Named> {
    let Options { n, dim, dtype, .. } = *options;
    let device = Device::flex();
    let ball = PoincareBall::new(1.0);
    let hyperboloid = Hyperboloid::new(1.0);
    let sphere = Sphere::new();
    let normal = |scale: f64| {
        let spread = Distribution::Normal(0.0, scale / (dim as f64).sqrt());
        Tensor::<2>::random([n, dim], spread, (&device, dtype))
    };
    let (x, y, v) = (
        ball.project(normal(0.5)),
        ball.project(normal(0.6)),
        normal(0.3),
    );
    let mut all: Vec<Named> = Vec::new();

    let copied = x.clone();
    all.push((
        "copy",
        "forward",
        Box::new(move || Box::new(copied.clone().add_scalar(0.0))),
    ));
    let b = || ball.clone();
    let (m, points) = (b(), [&x, &y]);
    add(&mut all, "ball.distance", points, move |[x, y]| {
        m.distance(x, y)
    });
    let m = b();
    add(&mut all, "ball.mobius_add", points, move |[x, y]| {
        m.mobius_add(x, y)
    });
    let m = b();
    add(&mut all, "ball.exp", [&x, &v], move |[x, v]| m.exp(x, v));
    let m = b();
    add(&mut all, "ball.log", points, move |[x, y]| m.log(x, y));
    let m = b();
    add(&mut all, "ball.exp0", [&v], move |[v]| {
        PoincareBall::exp0(&m, v)
    });
    let m = b();
    add(&mut all, "ball.log0", [&y], move |[y]| {
        PoincareBall::log0(&m, y)
    });
    let m = b();
    add(
        &mut all,
        "ball.riemannian_gradient",
        [&x, &v],
        move |[x, g]| m.riemannian_gradient(x, g),
    );
    let m = b();
    add(&mut all, "ball.project", [&x], move |[x]| m.project(x));
    let m = b();
    add(
        &mut all,
        "ball.transport",
        [&x, &y, &v],
        move |[x, y, v]| m.parallel_transport(x, y, v),
    );

    let lift = |t: Tensor<2>| hyperboloid.exp0(t.narrow(1, 0, dim - 1));
    let (p, q) = (lift(normal(1.0)), lift(normal(1.2)));
    let w = hyperboloid.project_tangent(p.clone(), v.clone());
    let h = || hyperboloid.clone();
    let m = h();
    add(&mut all, "hyperboloid.distance", [&p, &q], move |[x, y]| {
        m.distance(x, y)
    });
    let m = h();
    add(&mut all, "hyperboloid.exp", [&p, &w], move |[x, v]| {
        m.exp(x, v)
    });
    let m = h();
    add(&mut all, "hyperboloid.log", [&p, &q], move |[x, y]| {
        m.log(x, y)
    });

    let s = sphere.project(normal(1.0));
    let u = sphere.project_tangent(s.clone(), v.clone());
    add(&mut all, "sphere.exp", [&s, &u], move |[x, v]| {
        sphere.exp(x, v)
    });

    for (name, mut optimizer) in [
        ("step.riemannian_adam", RiemannianAdamConfig::new().init()),
        ("step.riemannian_sgd", RiemannianSgdConfig::new().init()),
    ] {
        let points = ManifoldParam::new(Tensor::from_inner(x.clone()), b());
        let (mut points, gradient) = (Some(points), v.clone());
        let step = move || -> Box<dyn Any> {
            let parameter = points.take().expect("put back by the last repetition");
            let mut gradients = GradientsParams::new();
            gradients.register(parameter.param().id, gradient.clone());
            points = Some(optimizer.step(1e-3, parameter, gradients));
            Box::new(())
        };
        all.push((name, "forward", Box::new(step)));
    }

    // The first layer of a model on Cora.
    const NODES: usize = 2708;
    const FEATURES: usize = 1433;
    const HIDDEN: usize = 16;
    let tracked = device.clone().autodiff();
    let spread = Distribution::Normal(0.0, 0.3 / (FEATURES as f64).sqrt());
    let features = Tensor::<2>::random([NODES, FEATURES], spread, &tracked).require_grad();
    let linear = LinearConfig::new(FEATURES, HIDDEN).init(&tracked);
    let mobius = PoincareLinearConfig::new(FEATURES, HIDDEN).init(b(), &tracked);
    let input = features.clone();
    let run = move || -> Box<dyn Any> { Box::new(linear.forward(input.clone()).sum().backward()) };
    all.push(("linear.plain", "both", Box::new(run)));
    let run =
        move || -> Box<dyn Any> { Box::new(mobius.forward(features.clone()).sum().backward()) };
    all.push(("linear.mobius", "both", Box::new(run)));

    let some = n.min(2000);
    let (x, y) = (x.narrow(0, 0, some), y.narrow(0, 0, some));
    let m = b();
    add(&mut all, "ball.pairwise", [&x, &y], move |[x, y]| {
        m.pairwise_distance(x, y)
    });
    let m = b();
    let run = move || -> Box<dyn Any> {
        let found = KMeans::fit(&m, x.clone(), &KMeansConfig::new(8));
        Box::new(found.expect("finite points have clusters"))
    };
    all.push(("kmeans", "forward", Box::new(run)));
    all
}

fn options() -> Result<Options, String> {
    let mut options = Options {
        n: 100_000,
        dim: 10,
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
            "--n" => options.n = number()?,
            "--dim" if number()? >= 2 => options.dim = number()?,
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
