//! What decompositions and solutions are defined by.

use burn::tensor::Tensor;
use geom_linalg::*;

use crate::common::{
    Matrices, any, distance, one, positive, regular, rotations, size, symmetric, with_eigenvalues,
};

/// Sizes in lanes and beyond.
const SIZES: [usize; 8] = [1, 2, 3, 4, 5, 9, 24, 48];

/// Some hundred roundings.
const TOLERANCE: f64 = 1e-13;

fn ok<T>(result: Result<T, LinalgError>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

fn orthonormal(q: Tensor<3>) -> f64 {
    let [batch, _, n] = q.dims();
    distance(
        q.clone().transpose().matmul(q),
        one(n).expand([batch, n, n]),
    )
}

fn ascending(values: Tensor<3>) -> bool {
    let n = values.dims()[2];
    let values = geom_core::numerics::to_vec_f64(values);
    values.chunks(n).all(|values| values.is_sorted())
}

#[test]
fn eigenvalues_and_eigenvectors_compose_the_matrix() {
    for n in SIZES {
        let a = symmetric(5, n, 1).tensor();
        let (values, vectors) = ok(eigh(a.clone()));
        let again = (vectors.clone() * values.clone()).matmul(vectors.clone().transpose());
        assert!(distance(again, a.clone()) < TOLERANCE, "n = {n}");
        assert!(orthonormal(vectors) < TOLERANCE, "n = {n}");
        assert!(ascending(values.clone()));
        assert!(distance(ok(eigvalsh(a)), values) < TOLERANCE);
    }
}

#[test]
fn factors_compose_the_matrix() {
    for n in SIZES {
        let a = positive(3, n.min(24), 2).tensor();
        let scale = size(a.clone());
        let factor = ok(cholesky(a.clone()));
        let again = factor.clone().matmul(factor.clone().transpose());
        assert!(distance(again, a.clone()) / scale < TOLERANCE);
        assert_eq!(distance(factor.clone().tril(0), factor), 0.0);

        for rows in [n, n + 3] {
            let a = any([3, rows, n], 3).tensor();
            let (q, r) = ok(qr(a.clone()));
            assert!(distance(q.clone().matmul(r.clone()), a.clone()) < TOLERANCE);
            assert!(orthonormal(q) < TOLERANCE);
            assert_eq!(distance(r.clone().triu(0), r.clone()), 0.0);
            let diagonal = geom_core::numerics::to_vec_f64((r * one(n)).sum_dim(2));
            assert!(diagonal.iter().all(|&x| x > 0.0));

            let (u, p) = ok(polar(a.clone()));
            assert!(distance(u.clone().matmul(p.clone()), a) < TOLERANCE);
            assert!(orthonormal(u) < TOLERANCE);
            assert_eq!(distance(p.clone().transpose(), p.clone()), 0.0);
            ok(cholesky(p));
        }
        for shape in [[3, n, n], [3, n + 2, n], [3, n, n + 2]] {
            let a = any(shape, 4).tensor();
            let (u, values, v) = ok(svd(a.clone()));
            let again = (u.clone() * values.clone()).matmul(v.clone().transpose());
            assert!(distance(again, a.clone()) < TOLERANCE);
            assert!(orthonormal(u) < TOLERANCE && orthonormal(v) < TOLERANCE);
            assert!(ascending(values.clone() * -1.0));
            assert!(distance(ok(singular_values(a)), values) < TOLERANCE);
        }
    }
}

#[test]
fn solutions_solve_their_equations() {
    for n in SIZES {
        let (a, b) = (regular(3, n, 5).tensor(), any([3, n, 4], 6).tensor());
        // How much a condition of this size may cost.
        let tolerance = TOLERANCE * 1e2;
        let x = ok(solve(a.clone(), b.clone()));
        assert!(
            distance(a.clone().matmul(x), b.clone()) < tolerance,
            "n = {n}"
        );
        let inverses = ok(inverse(a.clone()));
        let near = inverses.matmul(a.clone());
        assert!(
            distance(near, one(n).expand([3, n, n])) < tolerance,
            "n = {n}"
        );

        let (sign, log) = ok(slogdet(a.clone()));
        let (_, r) = ok(qr(a.clone()));
        let from_qr = ((r * one(n)).sum_dim(2).log()).sum_dim(1);
        assert!(distance(log, from_qr) < tolerance, "n = {n}");
        assert!(distance(sign.clone() * sign.clone(), sign.ones_like()) == 0.0);

        let c = any([3, n, 2], 7).tensor();
        let small = regular(3, 2, 8).tensor();
        if n <= 9 {
            let x = ok(sylvester(a.clone(), small.clone(), c.clone()));
            let again = a.clone().matmul(x.clone()) + x.matmul(small);
            assert!(distance(again, c) < tolerance, "n = {n}");
        }

        let a = positive(3, n.min(9), 9).tensor();
        let n = a.dims()[2];
        let c = any([3, n, n], 10).tensor();
        let x = ok(lyapunov(a.clone(), c.clone()));
        let again = a.clone().matmul(x.clone()) + x.matmul(a.clone());
        assert!(distance(again, c) / size(a.clone()) < tolerance, "n = {n}");
        let b = any([3, n, 2], 11).tensor();
        let x = ok(cholesky_solve(ok(cholesky(a.clone())), b.clone()));
        assert!(
            distance(a.clone().matmul(x), b) / size(a) < tolerance,
            "n = {n}"
        );
    }
}

#[test]
fn triangular_equations_look_at_one_triangle() {
    let t = regular(2, 5, 12).tensor();
    let b = any([2, 5, 3], 13).tensor();
    let x = ok(solve_triangular(t.clone(), b.clone(), Triangle::Lower));
    assert!(distance(t.clone().tril(0).matmul(x), b.clone()) < TOLERANCE * 1e2);
    let x = ok(solve_triangular(t.clone(), b.clone(), Triangle::Upper));
    assert!(distance(t.triu(0).matmul(x), b) < TOLERANCE * 1e2);
}

#[test]
fn functions_of_symmetric_matrices_undo_each_other() {
    let spectra = [
        vec![3.0],
        vec![1.0, 1.0, 1.0],
        vec![0.5, 0.5 + 1e-9, 4.0],
        (0..44).map(|i| 1.0 + 0.1 * f64::from(i)).collect(),
        // Condition 1e12.
        vec![1e-6, 1e-3, 1e-3, 1.0, 1e4, 1e6],
    ];
    for values in spectra {
        let a = with_eigenvalues(3, &values, 14).tensor();
        let n = values.len();
        let scale = size(a.clone());
        // Rotated, small eigenvalues are known to the rounding of the largest.
        let tolerance = TOLERANCE * scale;
        assert!(distance(ok(sym_exp(ok(sym_log(a.clone())))), a.clone()) < 10.0 * tolerance);
        let root = ok(sym_sqrt(a.clone()));
        assert!(distance(root.clone().matmul(root.clone()), a.clone()) < tolerance);
        assert!(distance(ok(sym_pow(a.clone(), 0.5)), root.clone()) < tolerance);
        let half = ok(sym_inv_sqrt(a.clone()));
        let condition = values.iter().fold(0.0, |top: f64, &x| x.max(top)) / values[0];
        let eye = one(n).expand([3, n, n]);
        let within = TOLERANCE * condition.max(1.0);
        assert!(distance(half.matmul(root), eye.clone()) < within);
        assert!(distance(ok(sym_inverse(a.clone())).matmul(a.clone()), eye) < within);
        let same = ok(spectral(a.clone(), |x| 2.0 * x, |_| 2.0));
        assert!(distance(same, a * 2.0) < tolerance);
    }
}

#[test]
fn the_exponential_of_the_logarithm_is_right_at_condition_1e12_in_every_digit() {
    // Graded: rows and columns of very different size, eigenvalues known to all digits.
    let scales = [1e-6, 1e-4, 1e-1, 1.0];
    let inner = positive(1, 4, 15);
    let graded = Matrices {
        numbers: (0..16)
            .map(|i| inner.numbers[i] * scales[i / 4] * scales[i % 4])
            .collect(),
        shape: [1, 4, 4],
    };
    let log = ok(sym_log(graded.tensor()));
    // tr log A = log det A: the small eigenvalues count as much as the large ones.
    let trace = (log * one(4)).sum().into_scalar::<f64>();
    let log_det = ok(log_det(graded.tensor())).into_scalar::<f64>();
    let expected = {
        let inner = ok(log_det_of(&inner));
        inner + 2.0 * scales.iter().map(|x: &f64| x.ln()).sum::<f64>()
    };
    assert!((trace - expected).abs() < 1e-12, "{trace} and {expected}");
    assert!(
        (log_det - expected).abs() < 1e-12,
        "{log_det} and {expected}"
    );
}

fn log_det_of(a: &Matrices) -> Result<f64, LinalgError> {
    Ok(log_det(a.tensor())?.into_scalar::<f64>())
}

#[test]
fn rectified_eigenvalues_are_the_larger_ones() {
    let a = with_eigenvalues(2, &[-3.0, 0.5, 0.5, 2.0], 16).tensor();
    let values = ok(eigvalsh(ok(sym_clamp_min(a, 1.0))));
    let expected =
        crate::common::tensor(&[1.0, 1.0, 1.0, 2.0], [1, 1, 4], burn::tensor::DType::F64);
    assert!(distance(values, expected.expand([2, 1, 4])) < TOLERANCE);
}

#[test]
fn the_logarithm_of_a_rotation_is_the_smallest_with_that_exponential() {
    for n in [1, 2, 3, 4, 5, 8] {
        let r = rotations(4, n, 17).tensor();
        let log = ok(rotation_log(r.clone()));
        assert_eq!(distance(log.clone().transpose() * -1.0, log.clone()), 0.0);
        assert!(distance(ok(expm(log.clone())), r) < TOLERANCE, "n = {n}");
        let angles = ok(singular_values(log));
        assert!(size(angles) <= std::f64::consts::PI + 1e-12);
    }
}

#[test]
fn newton_and_schulz_reach_the_polar_factor_in_the_steps_that_the_docs_say() {
    // Condition 10, k = 4: 1.5^k = 20 after 8 steps, and 6 more.
    let turn = rotations(2, 4, 18).tensor();
    let a = turn.matmul(with_eigenvalues(2, &[0.1, 0.2, 0.5, 1.0], 19).tensor());
    let (u, _) = ok(polar(a.clone()));
    assert!(distance(ok(newton_schulz(a.clone(), 14)), u.clone()) < TOLERANCE);
    let wide = ok(newton_schulz(a.clone().transpose() * 1e30, 14));
    assert!(distance(wide, u.transpose()) < TOLERANCE);
}

#[test]
fn parts_sum_to_the_matrix() {
    let a = any([2, 3, 3], 20).tensor();
    let (even, odd) = (ok(sym(a.clone())), ok(skew(a.clone())));
    assert_eq!(distance(even.clone().transpose(), even.clone()), 0.0);
    assert_eq!(distance(odd.clone().transpose() * -1.0, odd.clone()), 0.0);
    assert!(distance(even + odd, a) < 1e-15);
}
