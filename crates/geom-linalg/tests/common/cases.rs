//! Every operation with inputs, for gradients and for backends.

use burn::tensor::Tensor;
use geom_linalg::*;

use super::{Matrices, any, positive, regular, rotations, symmetric, with_eigenvalues};

/// The directions in which an input may move.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Moves {
    Anywhere,
    /// Symmetric directions.
    Symmetric,
    /// Along rotations.
    Rotating,
    /// In the lower triangle.
    Lower,
}

pub(crate) type Run = fn(Vec<Tensor<3>>) -> Vec<Tensor<3>>;

/// An operation at some inputs. Its results depend on no sign or order that is arbitrary.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) inputs: Vec<(Matrices, Moves)>,
    pub(crate) run: Run,
}

fn case(name: impl Into<String>, inputs: Vec<(Matrices, Moves)>, run: Run) -> Case {
    Case {
        name: name.into(),
        inputs,
        run,
    }
}

fn ok<T>(result: Result<T, LinalgError>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

fn one<const N: usize>(x: Vec<Tensor<3>>) -> [Tensor<3>; N] {
    x.try_into().unwrap_or_else(|_| panic!("{N} inputs"))
}

/// Squares of the entries, which know no sign.
fn squares(x: Tensor<3>) -> Tensor<3> {
    x.clone() * x
}

/// Functions of symmetric matrices.
pub(crate) const SPECTRAL: [(&str, Run); 9] = [
    ("log", |x| vec![ok(sym_log(one::<1>(x)[0].clone()))]),
    ("exp", |x| vec![ok(sym_exp(one::<1>(x)[0].clone()))]),
    ("sqrt", |x| vec![ok(sym_sqrt(one::<1>(x)[0].clone()))]),
    ("inv_sqrt", |x| {
        vec![ok(sym_inv_sqrt(one::<1>(x)[0].clone()))]
    }),
    ("inverse", |x| vec![ok(sym_inverse(one::<1>(x)[0].clone()))]),
    ("pow 0.3", |x| {
        vec![ok(sym_pow(one::<1>(x)[0].clone(), 0.3))]
    }),
    ("pow -1.7", |x| {
        vec![ok(sym_pow(one::<1>(x)[0].clone(), -1.7))]
    }),
    ("clamp_min", |x| {
        vec![ok(sym_clamp_min(one::<1>(x)[0].clone(), 1.7))]
    }),
    ("spectral", |x| {
        let slope = |x: f64| x.cosh().powi(-2);
        vec![ok(spectral(one::<1>(x)[0].clone(), f64::tanh, slope))]
    }),
];

/// Spectra that try a gradient: `n` eigenvalues, none at 1.7, where the rectification bends.
pub(crate) fn spectra() -> Vec<(&'static str, Vec<f64>)> {
    vec![
        ("equal", vec![1.3; 3]),
        ("equal, large", vec![2.0, 2.0, 5.0, 5.0, 5.0]),
        ("nearly equal", vec![1.0, 1.0 + 1e-9, 3.0, 3.0 + 1e-13]),
        ("close", vec![1.0, 1.0 + 1e-5, 2.0]),
        ("two", vec![0.6, 0.6]),
        ("one", vec![2.5]),
    ]
}

/// Functions of symmetric matrices at all spectra.
pub(crate) fn spectral_cases() -> Vec<Case> {
    let mut all = Vec::new();
    for (name, run) in SPECTRAL {
        for n in [1, 2, 3, 4, 6] {
            let inputs = vec![(positive(2, n, 3), Moves::Symmetric)];
            all.push(case(format!("{name}, n = {n}"), inputs, run));
        }
        for (spectrum, values) in spectra() {
            let inputs = vec![(with_eigenvalues(2, &values, 5), Moves::Symmetric)];
            all.push(case(format!("{name}, {spectrum}"), inputs, run));
        }
    }
    all
}

/// All other operations with one size each; `sizes` of square matrices.
pub(crate) fn other_cases(sizes: &[usize]) -> Vec<Case> {
    use Moves::{Anywhere, Lower, Rotating, Symmetric};
    let mut all = Vec::new();
    for &n in sizes {
        let mut add = |name: &str, inputs: Vec<(Matrices, Moves)>, run: Run| {
            all.push(case(format!("{name}, n = {n}"), inputs, run));
        };
        add("eigvalsh", vec![(symmetric(2, n, 1), Symmetric)], |x| {
            vec![ok(eigvalsh(one::<1>(x)[0].clone()))]
        });
        add("eigh", vec![(positive(2, n, 2), Symmetric)], |x| {
            let (values, vectors) = ok(eigh(one::<1>(x)[0].clone()));
            vec![values, squares(vectors)]
        });
        add("cholesky", vec![(positive(2, n, 3), Symmetric)], |x| {
            vec![ok(cholesky(one::<1>(x)[0].clone()))]
        });
        for (rows, name) in [(n, "qr"), (n + 2, "qr, tall")] {
            add(name, vec![(any([2, rows, n], 14), Anywhere)], |x| {
                let (q, r) = ok(qr(one::<1>(x)[0].clone()));
                vec![q, r]
            });
        }
        for (rows, name) in [(n, "polar"), (n + 2, "polar, tall")] {
            add(name, vec![(any([2, rows, n], 15), Anywhere)], |x| {
                let (u, p) = ok(polar(one::<1>(x)[0].clone()));
                vec![u, p]
            });
        }
        add("polar, equal", vec![(rotations(2, n, 6), Anywhere)], |x| {
            let (u, p) = ok(polar(one::<1>(x)[0].clone() * 1.5));
            vec![u, p]
        });
        let shapes = [
            ([2, n, n], "svd"),
            ([2, n + 2, n], "svd, tall"),
            ([2, n, n + 2], "svd, wide"),
        ];
        for (shape, name) in shapes {
            add(name, vec![(any(shape, 16), Anywhere)], |x| {
                let (u, values, v) = ok(svd(one::<1>(x)[0].clone()));
                let scaled = u.clone() * (values.clone() + 1.0).log();
                let both = scaled.matmul(v.clone().transpose());
                vec![squares(u), values, squares(v), both]
            });
            add(name, vec![(any(shape, 17), Anywhere)], |x| {
                vec![ok(singular_values(one::<1>(x)[0].clone()))]
            });
        }
        add(
            "newton_schulz",
            vec![(any([2, n + 1, n], 18), Anywhere)],
            |x| vec![ok(newton_schulz(one::<1>(x)[0].clone(), 6))],
        );
        let b = || (any([2, n, 3], 9), Anywhere);
        add("solve", vec![(regular(2, n, 8), Anywhere), b()], |x| {
            let [a, b] = one(x);
            vec![ok(solve(a, b))]
        });
        add(
            "solve, broadcast",
            vec![(regular(1, n, 8), Anywhere), b()],
            |x| {
                let [a, b] = one(x);
                vec![ok(solve(a, b))]
            },
        );
        add(
            "solve_triangular",
            vec![(regular(2, n, 8), Anywhere), b()],
            |x| {
                let [t, b] = one(x);
                let lower = ok(solve_triangular(t.clone(), b.clone(), Triangle::Lower));
                vec![lower, ok(solve_triangular(t, b, Triangle::Upper))]
            },
        );
        add(
            "cholesky_solve",
            vec![(regular(2, n, 8), Lower), b()],
            |x| {
                let [factor, b] = one(x);
                vec![ok(cholesky_solve(factor, b))]
            },
        );
        add("inverse", vec![(regular(2, n, 10), Anywhere)], |x| {
            vec![ok(inverse(one::<1>(x)[0].clone()))]
        });
        add("slogdet", vec![(regular(2, n, 10), Anywhere)], |x| {
            let (sign, log) = ok(slogdet(one::<1>(x)[0].clone()));
            vec![sign, log]
        });
        add("log_det", vec![(positive(2, n, 10), Anywhere)], |x| {
            vec![ok(log_det(one::<1>(x)[0].clone()))]
        });
        let c = || (any([2, n, n], 12), Anywhere);
        let factors = [(regular(2, n, 11), Anywhere), (regular(2, 2, 13), Anywhere)];
        let rectangular = [&factors[..], &[(any([2, n, 2], 12), Anywhere)]].concat();
        add("sylvester", rectangular, |x| {
            let [a, b, c] = one(x);
            vec![ok(sylvester(a, b, c))]
        });
        add(
            "lyapunov",
            vec![(positive(2, n, 11), Symmetric), c()],
            |x| {
                let [a, c] = one(x);
                vec![ok(lyapunov(a, c))]
            },
        );
        add("expm", vec![(any([2, n, n], 20), Anywhere)], |x| {
            vec![ok(expm(one::<1>(x)[0].clone() * 2.0))]
        });
        add(
            "expm_frechet",
            vec![(any([2, n, n], 20), Anywhere), c()],
            |x| {
                let [a, direction] = one(x);
                let (exponential, derivative) = ok(expm_frechet(a, direction));
                vec![exponential, derivative]
            },
        );
        add("rotation_log", vec![(rotations(2, n, 21), Rotating)], |x| {
            vec![ok(rotation_log(one::<1>(x)[0].clone()))]
        });
        add("sym, skew", vec![c()], |x| {
            let [a] = one(x);
            vec![ok(sym(a.clone())), squares(ok(skew(a)))]
        });
    }
    all
}
