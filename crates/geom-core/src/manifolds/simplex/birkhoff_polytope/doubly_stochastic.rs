//! Row and column sums of positive matrices: the normal space of the Birkhoff polytope, and
//! Sinkhorn's scaling.
//!
//! Both solve the same linear system. In the Fisher metric the matrices normal to the doubly
//! stochastic ones at $X$ are $(\alpha_i + \beta_j)X_{ij}$, and one with row sums $r$ and column sums
//! $q$ has
//!
//! $$ R\alpha + X\beta = r, \qquad X^\top\alpha + C\beta = q $$
//!
//! with the sums $R$ and $C$ of $X$ on diagonals. Eliminating $\alpha$ leaves a graph Laplacian, whose
//! kernel, the constants, is that of $\alpha_i + \beta_j$: one node is held at $\beta = 0$.
//!
//! # References
//! Douik, Hassibi (2019), *Manifold Optimization Over the Set of Doubly Stochastic Matrices: A
//! Second-Order Geometry*, §III.

use burn::tensor::Tensor;

use crate::numerics::{Limits, log1p, to_vec_f64};

/// More scaling steps than any matrix of the tests needs (25); each but the last few halves the error
/// at least.
const MAX_STEPS: usize = 64;

/// Smallest entry of a doubly stochastic matrix, $\varepsilon/n$: even $n$ of them are lost in the
/// rounding of a row sum.
pub(crate) fn smallest<const D: usize>(x: &Tensor<D>) -> f64 {
    Limits::of(x.dtype()).epsilon / x.dims()[D - 1] as f64
}

/// Row sums `[..., n, 1]` and column sums `[..., 1, n]`.
pub(crate) fn sums<const D: usize>(u: Tensor<D>) -> [Tensor<D>; 2] {
    [u.clone().sum_dim(D - 1), u.sum_dim(D - 2)]
}

/// The sum over both point axes, `[..., 1, 1]`.
pub(crate) fn total<const D: usize>(u: Tensor<D>) -> Tensor<D> {
    u.sum_dim(D - 1).sum_dim(D - 2)
}

/// The largest magnitude over both point axes, `[..., 1, 1]`.
fn largest<const D: usize>(u: Tensor<D>) -> Tensor<D> {
    u.abs().max_dim(D - 1).max_dim(D - 2)
}

fn transposed<const D: usize>(u: Tensor<D>) -> Tensor<D> {
    u.swap_dims(D - 1, D - 2)
}

/// The normal space at a positive matrix, with its linear system solved once.
///
/// It holds no gradient graph. Its solutions are linear in their right side, so a caller that applies
/// it twice, the second time to what the first left, has the derivative with respect to the matrix
/// too: see [`refined`](Self::refined).
pub(crate) struct Normal<const D: usize> {
    row_sums: Tensor<D>,
    /// $R^{-1}X$.
    rows: Tensor<D>,
    /// The inverse of the Laplacian $C - X^\top R^{-1}X$ without its last row and column, which are
    /// zero here.
    green: Tensor<D>,
}

impl<const D: usize> Normal<D> {
    /// At `x`, whose entries need not be positive: they are raised to [`smallest`].
    pub(crate) fn at(x: Tensor<D>) -> Self {
        let x = x.without_autodiff();
        let least = smallest(&x);
        let x = x.clamp_min(least);
        let row_sums = x.clone().sum_dim(D - 1);
        let rows = x.clone() / row_sums.clone();
        let green = green(transposed(x).matmul(rows.clone()));
        Self {
            row_sums,
            rows,
            green,
        }
    }

    /// $\alpha_i + \beta_j$ for the normal matrix with these row and column sums.
    pub(crate) fn potentials(&self, [rows, columns]: [Tensor<D>; 2]) -> Tensor<D> {
        let moved = transposed(self.rows.clone()).matmul(rows.clone());
        let beta = self.green.clone().matmul(transposed(columns) - moved);
        let alpha = rows / self.row_sums.clone() - self.rows.clone().matmul(beta.clone());
        alpha + transposed(beta)
    }

    /// The potentials of the normal part of `u` at `x`, which is the matrix of [`at`](Self::at) up to
    /// a small error and may be tracked: the error is squared, and values and derivatives with respect
    /// to `x` and `u` are exact where it is zero.
    pub(crate) fn refined(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        let first = self.potentials(sums(u.clone()));
        let left = u - x * first.clone();
        first + self.potentials(sums(left))
    }
}

/// The inverse of a Laplacian with these non-negative weights, the last node held at zero.
///
/// `visits[i][j] * degree[j]` counts the visits to $j$ of a random walk from $i$ until it reaches the
/// last node. Nodes are taken out of the walk one by one, which adds, multiplies and divides positive
/// numbers only: every entry is exact to rounding, however close the graph is to falling apart.
///
/// # Shapes
/// - `weights`, and the result: `[..., n, n]`; the diagonal is not read
///
/// # References
/// Grassmann, Taksar, Heyman (1985), *Regenerative Analysis and Steady State Distributions for Markov
/// Chains*; O'Cinneide (1993), *Entrywise Perturbation Theory and Error Analysis for Markov Chains*.
fn green<const D: usize>(weights: Tensor<D>) -> Tensor<D> {
    let dims = weights.dims();
    let (n, free) = (dims[D - 1], dims[D - 1] - 1);
    if free == 0 {
        return weights.zeros_like();
    }
    let mut shape = [1; D];
    shape[D - 2..].copy_from_slice(&[n, n]);
    let identity = Tensor::<2>::eye(n, &weights.device())
        .cast(weights.dtype())
        .reshape(shape);
    let elsewhere = identity.clone().neg().add_scalar(1.0);
    let elsewhere = elsewhere.narrow(D - 2, 0, free);

    let out = weights.clone().narrow(D - 2, 0, free) * elsewhere.clone();
    let degree = out.clone().sum_dim(D - 1);
    let mut walk = out / degree.clone();
    let mut visits = identity.clone().narrow(D - 2, 0, free) / degree;
    for node in 0..free {
        let into = walk.clone().narrow(D - 1, node, 1);
        let onward = walk.clone().narrow(D - 2, node, 1);
        let onward = onward - identity.clone().narrow(D - 2, node, 1);
        let there = visits.clone().narrow(D - 2, node, 1);
        // The way through `node` replaces the way to it; who comes back sets out anew.
        walk = (walk + into.clone() * onward) * elsewhere.clone();
        visits = visits + into * there;
        let leaves = walk.clone().sum_dim(D - 1);
        walk = walk / leaves.clone();
        visits = visits / leaves;
    }
    let last = weights.narrow(D - 2, free, 1).zeros_like();
    Tensor::cat(vec![visits, last], D - 2)
}

/// The doubly stochastic matrix $\alpha_i K_{ij}\beta_j$ for a matrix of parts, entries below
/// [`smallest`] times the largest one of their row raised to that, a row without positive parts taken
/// as uniform.
///
/// Sinkhorn's scaling of rows and columns in turn, each round followed by a damped Newton step on the
/// same convex problem: scaling alone needs thousands of rounds where the result has small entries.
/// It ends when all sums are 1 up to $2n\varepsilon$: their own rounding, and the entries raised to
/// [`smallest`]. The gradient is that of the limit, by the implicit function theorem.
///
/// # References
/// Sinkhorn (1964), *A Relationship Between Arbitrary Positive Matrices and Doubly Stochastic
/// Matrices*; Sun, Tran-Dinh (2019), *Generalized Self-Concordant Functions*, §4, for the damping.
pub(crate) fn scaled<const D: usize>(parts: Tensor<D>) -> Tensor<D> {
    let least = smallest(&parts);
    let peak = parts.clone().without_autodiff().max_dim(D - 1);
    let empty = peak.clone().lower_equal_elem(0.0);
    let peak = peak.mask_fill(empty, 1.0);
    // Scaling a row does not change the result, and keeps sums in range.
    let parts = parts / unless_moderate(peak.clone());
    let parts = parts.max_pair(peak.clamp_max(1.0).mul_scalar(least));

    let fixed = parts.clone().without_autodiff();
    let limit = balance(fixed.clone());
    if !parts.is_autodiff() {
        return limit;
    }
    let change = (parts - fixed.clone()) * (limit.clone() / fixed);
    let normal = Normal::at(limit.clone()).potentials(sums(change.clone()));
    limit.clone() + change - normal * limit
}

/// [`scaled`] for the squares of `amplitudes`, which may be too large to square.
pub(crate) fn scaled_squares<const D: usize>(amplitudes: Tensor<D>) -> Tensor<D> {
    let peak = amplitudes.clone().without_autodiff().abs().max_dim(D - 1);
    scaled((amplitudes / unless_moderate(peak)).square())
}

/// `peak`, or 1 where it is at most 2: the matrices in use are divided by exactly 1 and so come back
/// bit for bit.
fn unless_moderate<const D: usize>(peak: Tensor<D>) -> Tensor<D> {
    let moderate = peak.clone().lower_equal_elem(2.0);
    peak.mask_fill(moderate, 1.0)
}

fn balance<const D: usize>(mut y: Tensor<D>) -> Tensor<D> {
    let (n, least) = (y.dims()[D - 1] as f64, smallest(&y));
    let tolerance = 2.0 * n * Limits::of(y.dtype()).epsilon;
    for _ in 0..MAX_STEPS {
        let [rows, columns] = sums(y.clone()).map(|sum| largest(sum.sub_scalar(1.0)));
        let error = rows.max_pair(columns);
        let balanced = error.clone().lower_equal_elem(tolerance);
        if to_vec_f64(error)
            .into_iter()
            .all(|error| error <= tolerance)
        {
            break;
        }
        // A matrix that is done stays as it is, whatever the others of its batch need.
        let balanced = balanced.expand(y.dims());
        y = step(y.clone()).clamp_min(least).mask_where(balanced, y);
    }
    y.clamp_min(least)
}

/// A round of Sinkhorn's, then Newton's direction with a length that always descends.
fn step<const D: usize>(y: Tensor<D>) -> Tensor<D> {
    let rows = y.clone().sum_dim(D - 1);
    let y = y / rows;
    let columns = y.clone().sum_dim(D - 2);
    let y = y / columns;
    let missing = sums(y.clone()).map(|sum| sum.neg().add_scalar(1.0));
    let direction = Normal::at(y.clone()).potentials(missing);
    // ln(1 + t)/t for the largest change t of a logarithm, and its limit at 0.
    let size = largest(direction.clone());
    let still = size.clone().equal_elem(0.0);
    let damping = log1p(size.clone()) / size.mask_fill(still.clone(), 1.0);
    y * (direction * damping.mask_fill(still, 1.0)).exp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{DType, Device, TensorData};

    const DTYPES: [DType; 2] = [DType::F32, DType::F64];

    /// Numbers between 0 and 1 without a pattern, the same in every run.
    fn numbers(shape: [usize; 3], salt: f64, dtype: DType) -> Tensor<3> {
        let values: Vec<f64> = (0..shape.iter().product::<usize>())
            .map(|i| (1e4 * (i as f64 + 1.0 + salt).sin()).rem_euclid(1.0))
            .collect();
        Tensor::from_data(TensorData::new(values, shape), (&Device::flex(), dtype))
    }

    fn worst<const N: usize>(values: [Tensor<3>; N]) -> f64 {
        let values = values.map(|x| to_vec_f64(x.abs()));
        values.into_iter().flatten().fold(0.0, f64::max)
    }

    #[test]
    fn the_inverse_of_a_path_is_exact_however_weak_an_edge() {
        // Nodes 0 - 1 - 2 - 3 with these weights: the entry (i, j) is the resistance that the ways
        // from i and from j to node 3 share.
        let (a, b, c) = (1.0, 1e9, 1e-9);
        let unread = 7.0;
        let weights = Tensor::<2>::from_data(
            [
                [unread, a, 0.0, 0.0],
                [a, unread, b, 0.0],
                [0.0, b, unread, c],
                [0.0, 0.0, c, unread],
            ],
            (&Device::flex(), DType::F64),
        );
        let resistance: [f64; 4] = [1e9 + 1e-9 + 1.0, 1e9 + 1e-9, 1e9, 0.0];
        let values = to_vec_f64(green(weights));
        for i in 0..4 {
            for j in 0..4 {
                let shared = resistance[i.max(j)];
                let error = (values[4 * i + j] - shared).abs();
                assert!(error <= 4.0 * f64::EPSILON * shared, "{i}, {j}: {error:e}");
            }
        }
    }

    #[test]
    fn without_its_normal_part_a_matrix_has_no_sums() {
        for dtype in DTYPES {
            for n in [1, 2, 5, 10] {
                let x = scaled(numbers([7, n, n], 0.1, dtype));
                let u = numbers([7, n, n], 0.2, dtype);
                let left = u.clone() - x.clone() * Normal::at(x.clone()).refined(x, u);
                let error = worst(sums(left));
                let tolerance = 16.0 * Limits::of(dtype).epsilon;
                assert!(error <= tolerance, "{n} {dtype:?}: {error:e}");
            }
        }
    }

    #[test]
    fn scaling_reaches_unit_sums_also_where_sinkhorns_rounds_alone_would_not() {
        for dtype in DTYPES {
            for n in [1, 2, 3, 10] {
                for spread in [1.0, 5.0, 40.0, 300.0] {
                    let parts = numbers([50, n, n], spread, dtype);
                    let y = scaled(parts.mul_scalar(-spread).exp());
                    let error = worst(sums(y.clone()).map(|sum| sum.sub_scalar(1.0)));
                    let tolerance = 2.0 * n as f64 * Limits::of(dtype).epsilon;
                    assert!(error <= tolerance, "{n} {spread} {dtype:?}: {error:e}");
                    // Again, and in a batch with another that is not done.
                    let again = Tensor::cat(vec![y.clone(), numbers([1, n, n], 0.3, dtype)], 0);
                    let again = scaled(again).narrow(0, 0, 50);
                    assert_eq!(to_vec_f64(again), to_vec_f64(y));
                }
            }
        }
    }

    #[test]
    fn the_gradient_of_scaling_is_its_derivative() {
        const STEP: f64 = 1e-6;
        let [parts, weights, direction] =
            [0.1, 0.2, 0.3].map(|salt| numbers([4, 3, 3], salt, DType::F64));
        let parts = parts.add_scalar(0.1);
        let f = |parts: Tensor<3>| (scaled(parts).square() * weights.clone()).sum();
        let tracked = parts.clone().autodiff().require_grad();
        let gradients = f(tracked.clone()).backward();
        let gradient = tracked.grad(&gradients).expect("a leaf");
        let automatic = to_vec_f64((gradient * direction.clone()).sum())[0];
        let at = |t: f64| to_vec_f64(f(parts.clone() + direction.clone().mul_scalar(t)))[0];
        let measured = (at(STEP) - at(-STEP)) / (2.0 * STEP);
        // What a central difference with that step leaves.
        assert!(
            (automatic - measured).abs() < 1e-8,
            "{automatic} {measured}"
        );
    }
}
