use geom_kernels::linalg::*;
use geom_kernels::real::Real;
use std::time::Instant;
fn numbers(len: usize) -> Vec<f64> {
    let mut s = 88172645463325252u64;
    (0..len)
        .map(|_| {
            s ^= s << 13;
            s ^= s >> 7;
            s ^= s << 17;
            (s >> 11) as f64 / (1u64 << 53) as f64 * 2.0 - 1.0
        })
        .collect()
}
fn spd<T: Real>(batch: usize, n: usize) -> Vec<T> {
    let all = numbers(batch * n * n);
    let mut out = vec![];
    for b in all.chunks(n * n) {
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
    let g: Vec<T> = numbers(batch * n * n).into_iter().map(T::of).collect();
    let z = |k: usize| vec![T::of(0.0); batch * k];
    let (mut l, mut v, mut o, mut q, mut x, mut r) =
        (z(n), z(n * n), z(n * n), z(n * n), z(n), z(n * n));
    let e = best(|| eigh(&a, n, &mut l, &mut v, 1).unwrap());
    let ev = best(|| eigvalsh(&a, n, &mut l, 1).unwrap());
    let lg = best(|| {
        spectral(SpectralFunction::Log, &a, n, &mut o, &mut l, &mut v, 1).unwrap();
        spectral_backward(SpectralFunction::Log, &l, &v, &g, n, &mut q, 1).unwrap()
    });
    let lb = best(|| spectral_backward(SpectralFunction::Log, &l, &v, &g, n, &mut q, 1).unwrap());
    let ch = best(|| cholesky(&a, n, &mut o, 1).unwrap());
    let so = best(|| solve(&a, &g[..batch * n], n, 1, false, &mut x, 1).unwrap());
    let son = best(|| solve(&a, &g, n, n, false, &mut q, 1).unwrap());
    let ex = best(|| expm(&a, n, &mut o, 1).unwrap());
    let exb = best(|| expm_backward(&a, &g, n, &mut o, 1).unwrap());
    let qrt = best(|| qr(&g, batch, n, n, &mut q, &mut r, 1).unwrap());
    let sv = best(|| svd(&g, batch, n, n, &mut q, &mut l, &mut r, 1).unwrap());
    let mm = best(|| matmul(&a, &g, batch, [n; 3], Transposed::default(), &mut q, 1).unwrap());
    println!(
        "{name} {batch:5}x{n:3} eigh {e:7.3} vals {ev:7.3} log+bw {lg:7.3} bw {lb:7.3} chol {ch:6.3} solve1 {so:6.3} solven {son:6.3} expm {ex:7.3} expmbw {exb:7.3} qr {qrt:6.3} svd {sv:7.3} mm {mm:6.3}"
    );
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
