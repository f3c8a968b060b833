//! Linear algebra of many small matrices, on one thread, in time of the processor.
#![allow(unsafe_code, reason = "a C call")]

use std::time::Duration;

use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use geom_kernels::linalg::{
    SpectralFunction, cholesky, eigh, eigvalsh, expm, expm_backward, matmul, qr, solve, spectral,
    spectral_backward, svd,
};
use geom_kernels::real::Real;

/// Time of the processor in this thread, which other programs do not lengthen much; where it cannot be
/// asked for, the time of the clock.
struct ProcessorTime;

fn now() -> Duration {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        let mut time = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // SAFETY: the pointer is to a time that may be written.
        unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
        Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
    }
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    {
        static START: std::sync::LazyLock<std::time::Instant> =
            std::sync::LazyLock::new(std::time::Instant::now);
        START.elapsed()
    }
}

impl Measurement for ProcessorTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        now()
    }

    fn end(&self, start: Duration) -> Duration {
        now().saturating_sub(start)
    }

    fn add(&self, a: &Duration, b: &Duration) -> Duration {
        *a + *b
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

/// Matrices of a batch, and rows of each.
const SIZES: [(usize, usize); 6] = [
    (10_000, 3),
    (10_000, 4),
    (1_000, 16),
    (200, 32),
    (50, 64),
    (20, 128),
];

/// Numbers between −1 and 1 that look random.
fn numbers<T: Real>(len: usize) -> Vec<T> {
    let mut state = 88_172_645_463_325_252_u64;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        T::from_f64((state >> 11) as f64 / (1u64 << 52) as f64 - 1.0)
    };
    (0..len).map(next).collect()
}

/// Covariances of `n` samples, with a tenth of the identity.
fn positive<T: Real>(batch: usize, n: usize) -> Vec<T> {
    let samples = numbers::<T>(batch * n * n);
    let mut out = Vec::with_capacity(samples.len());
    for matrix in samples.chunks_exact(n * n) {
        for i in 0..n {
            for j in 0..n {
                let pairs = matrix[i * n..][..n].iter().zip(&matrix[j * n..][..n]);
                let sum = pairs.fold(0.0, |sum, (&x, &y)| sum + (x * y).into_f64());
                let ridge = if i == j { 0.1 } else { 0.0 };
                out.push(T::from_f64(sum / n as f64 + ridge));
            }
        }
    }
    out
}

fn time<T: Real>(criterion: &mut Criterion<ProcessorTime>, format: &str) {
    for (batch, n) in SIZES {
        let (a, g) = (positive::<T>(batch, n), numbers::<T>(batch * n * n));
        let zeros = |size: usize| vec![T::from_f64(0.0); batch * size];
        let (mut values, mut vectors) = (zeros(n), zeros(n * n));
        let (mut out, mut other) = (zeros(n * n), zeros(n * n));
        let mut group = criterion.benchmark_group(format!("{format}/{batch}x{n}"));
        group.sample_size(10);
        let mut bench = |name: &str, run: &mut dyn FnMut()| {
            group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
                bencher.iter(&mut *run)
            });
        };
        bench("eigh", &mut || {
            eigh(&a, n, &mut values, &mut vectors, 1).expect("finite")
        });
        bench("eigvalsh", &mut || {
            eigvalsh(&a, n, &mut values, 1).expect("finite")
        });
        bench("log_with_backward", &mut || {
            let log = SpectralFunction::Log;
            spectral(log, &a, n, &mut out, &mut values, &mut vectors, 1).expect("positive");
            spectral_backward(log, &values, &vectors, &g, n, &mut other, 1).expect("finite");
        });
        bench("cholesky", &mut || {
            cholesky(&a, n, &mut out, 1).expect("positive")
        });
        bench("solve_one", &mut || {
            solve(&a, &g[..batch * n], n, 1, false, &mut values, 1).expect("regular");
        });
        bench("solve_all", &mut || {
            solve(&a, &g, n, n, false, &mut out, 1).expect("regular")
        });
        bench("expm", &mut || expm(&a, n, &mut out, 1).expect("moderate"));
        bench("expm_backward", &mut || {
            expm_backward(&a, &g, n, &mut out, 1).expect("moderate")
        });
        bench("qr", &mut || {
            qr(&g, batch, n, n, &mut out, &mut other, 1).expect("full rank")
        });
        bench("svd", &mut || {
            svd(&g, batch, n, n, &mut out, &mut values, &mut vectors, 1).expect("finite");
        });
        bench("matmul", &mut || {
            matmul(&a, &g, batch, [n; 3], Default::default(), &mut out, 1).expect("finite");
        });
        group.finish();
    }
}

fn all(criterion: &mut Criterion<ProcessorTime>) {
    time::<f32>(criterion, "f32");
    time::<f64>(criterion, "f64");
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(ProcessorTime);
    targets = all
}
criterion_main!(benches);
