//! Singular values with singular vectors.

use burn::tensor::Tensor;
use geom_kernels::linalg::svd as kernel;

use crate::error::LinalgError;
use crate::seam::{
    Batch, Kept, Matrices, Number, Operation, Report, Size, evaluate, largest, size, threads,
};

/// The thin singular value decomposition $A = U\operatorname{diag}(\sigma)V^\top$: descending $\sigma\ge 0$,
/// $k = \min(m, n)$ orthonormal columns in $U$ and in $V$.
///
/// # Shapes
/// - `a`: `[..., m, n]`
/// - returns $U$: `[..., m, k]`, $\sigma$: `[..., 1, k]` and $V$: `[..., n, k]`, not transposed
///
/// # Gradient
/// With $J$ and $K$ the skew-symmetric parts of $U^\top\bar U$ and $V^\top\bar V$:
///
/// $$ \bar A = U P V^\top + (1 - UU^\top)\bar U\Sigma^{-1}V^\top + U\Sigma^{-1}\bar V^\top(1 - VV^\top),\qquad
///    P_{ij} = \frac{(J + K)_{ij}}{\sigma_j - \sigma_i} + \frac{(J - K)_{ij}}{\sigma_j + \sigma_i},\quad
///    P_{ii} = \bar\sigma_i $$
///
/// Singular vectors of equal singular values, and the signs of all, are a gauge, as those of
/// [`eigh`](crate::eigh), and the rule is the same: singular values count as equal where they differ by at most
/// $k\varepsilon\sigma_1$, and as 0 below that. There a numerator which is 0 up to rounding gives the entry 0;
/// **where it is not, or where the loss depends on those singular values too, the gradient of that matrix is
/// NaN**. [`polar`](crate::polar) and functions of $A^\top A$ have gradients there, and for losses of singular
/// values alone [`singular_values`](super::singular_values).
///
/// # Errors
/// [`LinalgError::NotMatrices`], [`LinalgError::NotFinite`], [`LinalgError::NoConvergence`].
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_linalg::svd;
///
/// let a = Tensor::<2>::from_floats([[3.0, 0.0], [4.0, 5.0], [0.0, 1.0]], &Device::flex());
/// let (u, values, v) = svd(a.clone())?;
/// let again = (u * values).matmul(v.transpose());
/// assert!((again - a).abs().max().into_scalar::<f32>() < 1e-5);
/// # Ok::<(), geom_linalg::LinalgError>(())
/// ```
///
/// # References
/// Giles (2008), section 3.3; Ionescu, Vantzos, Sminchisescu (2015); Townsend (2016).
pub fn svd<const D: usize>(a: Tensor<D>) -> Result<(Tensor<D>, Tensor<D>, Tensor<D>), LinalgError> {
    size(&a)?;
    let [u, values, v] = evaluate(Svd, [a])?;
    Ok((u, values, v))
}

/// `U`, the singular values and `V` as [`svd`] returns them.
pub(super) fn decompose<T: Number>(a: Matrices<'_, T>, report: &Report) -> [Vec<T>; 3] {
    let ([m, n], batch) = (a.size, a.count());
    let k = m.min(n);
    let zeros = |len: usize| vec![T::from_f64(0.0); batch * len];
    let (mut u, mut values, mut v) = (zeros(m * k), zeros(k), zeros(n * k));
    let outcome = kernel(
        a.numbers,
        batch,
        m,
        n,
        &mut u,
        &mut values,
        &mut v,
        threads(),
    );
    report.note_failures(outcome);
    [u, values, v]
}

#[derive(Debug)]
struct Svd;

impl Operation for Svd {
    fn results(&self, inputs: &[Size]) -> Vec<Size> {
        let [m, n] = inputs[0];
        let k = m.min(n);
        vec![[m, k], [1, k], [n, k]]
    }

    fn kept(&self) -> Kept {
        Kept {
            inputs: &[],
            results: &[0, 1, 2],
        }
    }

    fn forward<T: Number>(
        &self,
        inputs: &[Matrices<'_, T>],
        _keep: bool,
        report: &Report,
    ) -> Vec<Vec<T>> {
        decompose(inputs[0], report).into()
    }

    fn backward<T: Number>(
        &self,
        kept: &[Matrices<'_, T>],
        cotangents: &[Matrices<'_, T>],
    ) -> Vec<Vec<T>> {
        let ([u, values, v], [by_u, by_values, by_v]) = (kept, cotangents) else {
            unreachable!("three results")
        };
        let inner_u = u.transposed_times(*by_u);
        let inner_v = v.transposed_times(*by_v);
        let mut inner = Batch::zeros(values.count(), inner_u.size);
        let each = values.each().zip(by_values.each());
        let of_vectors = inner_u.view().each().zip(inner_v.view().each());
        for ((p, of_values), of_vectors) in inner.each_mut().zip(each).zip(of_vectors) {
            in_singular_vectors(of_values, of_vectors, p);
        }
        let product = u.times(inner.view());
        let mut gradient = product.view().times_transposed(*v);
        if u.rows() > u.columns() {
            let outside = outside(*u, *by_u, inner_u.view(), (*values, *by_values));
            gradient = gradient.plus(&outside.view().times_transposed(*v).numbers);
        }
        if v.rows() > v.columns() {
            let outside = outside(*v, *by_v, inner_v.view(), (*values, *by_values));
            gradient = gradient.plus(&u.times_transposed(outside.view()).numbers);
        }
        vec![gradient.numbers]
    }
}

/// $U^\top\bar A V$ of one matrix, from $(\sigma, \bar\sigma)$ and $(U^\top\bar U, V^\top\bar V)$.
fn in_singular_vectors<T: Number>(
    (values, by_values): (&[T], &[T]),
    (left, right): (&[T], &[T]),
    p: &mut [T],
) {
    let k = values.len();
    let (zero, half) = (T::from_f64(0.0), T::from_f64(0.5));
    let rounding = T::from_f64(k as f64) * T::epsilon();
    let equal = rounding * largest(values);
    let size = largest(left) + largest(right);
    // The rounding of the vectors and of the products, which a gradient without gauge leaves.
    let nothing = T::from_f64(8.0) * rounding * size;
    for i in 0..k {
        p[i * k + i] = by_values[i];
        for j in i + 1..k {
            let (ij, ji) = (i * k + j, j * k + i);
            let turn_left = half * left[ij] - half * left[ji];
            let turn_right = half * right[ij] - half * right[ji];
            let of_values = by_values[i] != zero || by_values[j] != zero;
            let quotient = |turn: T, gap: T| {
                if gap.abs() > equal || gap.is_nan() {
                    turn / gap
                } else if of_values || !turn.is_finite() || turn.abs() > nothing {
                    T::nan()
                } else {
                    zero
                }
            };
            let apart = quotient(turn_left + turn_right, values[j] - values[i]);
            let together = quotient(turn_left - turn_right, values[j] + values[i]);
            p[ij] = apart + together;
            p[ji] = apart - together;
        }
    }
}

/// $(1 - UU^\top)\bar U\Sigma^{-1}$: what a direction outside of the columns contributes.
fn outside<T: Number>(
    u: Matrices<'_, T>,
    by_u: Matrices<'_, T>,
    inner: Matrices<'_, T>,
    (values, by_values): (Matrices<'_, T>, Matrices<'_, T>),
) -> Batch<T> {
    let k = u.columns();
    let within = u.times(inner);
    let mut outside = within.map(|x| -x).plus(by_u.numbers);
    let sources = by_u.each().zip(values.each().zip(by_values.each()));
    for (outside, (by_u, (values, by_values))) in outside.each_mut().zip(sources) {
        let rounding = T::from_f64(k as f64) * T::epsilon();
        let null = rounding * largest(values);
        let nothing = T::from_f64(8.0) * rounding * largest(by_u);
        for row in outside.chunks_exact_mut(k) {
            for (x, (&value, &by_value)) in row.iter_mut().zip(values.iter().zip(by_values)) {
                *x = if value > null || value.is_nan() {
                    *x / value
                } else if by_value != T::from_f64(0.0) || !x.is_finite() || x.abs() > nothing {
                    T::nan()
                } else {
                    T::from_f64(0.0)
                };
            }
        }
    }
    outside
}
