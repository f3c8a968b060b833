use geom_kernels::linalg::*;
use geom_kernels::real::Real;
use std::time::Instant;
fn spd<T: Real>(batch: usize, n: usize) -> Vec<T> {
    let mut s = 88172645463325252u64;
    let mut r = || {
        s ^= s << 13;
        s ^= s >> 7;
        s ^= s << 17;
        (s >> 11) as f64 / (1u64 << 53) as f64 * 2.0 - 1.0
    };
    let mut out = vec![];
    for _ in 0..batch {
        let b: Vec<f64> = (0..n * n).map(|_| r()).collect();
        for i in 0..n {
            for j in 0..n {
                let x: f64 = (0..n).map(|k| b[i * n + k] * b[j * n + k]).sum();
                out.push(T::of(x / n as f64 + if i == j { 0.1 } else { 0.0 }));
            }
        }
    }
    out
}
fn best(mut f: impl FnMut()) -> f64 {
    (0..15)
        .map(|_| {
            let t = Instant::now();
            f();
            t.elapsed().as_secs_f64() * 1e3
        })
        .fold(f64::MAX, f64::min)
}
fn one<T: Real>(name: &str, batch: usize, n: usize) {
    let a = spd::<T>(batch, n);
    let (mut l, mut v) = (vec![T::zero(); batch * n], vec![T::zero(); batch * n * n]);
    let e = best(|| eigh(&a, n, &mut l, &mut v, 1).unwrap());
    println!("{name} {batch}x{n} eigh {e:.3}");
}
fn main() {
    for (b, n) in [
        (10000, 2),
        (10000, 3),
        (10000, 4),
        (1000, 16),
        (200, 32),
        (50, 64),
        (20, 128),
    ] {
        one::<f32>("f32", b, n);
    }
    for (b, n) in [
        (10000, 3),
        (10000, 4),
        (1000, 16),
        (200, 32),
        (50, 64),
        (20, 128),
    ] {
        one::<f64>("f64", b, n);
    }
}
