//! The Gauss–Legendre rule, for integrals from 0 to each of its nodes as well as to 1.

/// Nodes and weights on $[0, 1]$, exact for polynomials of a degree below `N`, and to 1 below `2N`.
///
/// # References
/// Hairer, Lubich, Wanner (2006), *Geometric Numerical Integration*, §II.1.3.
pub(crate) struct Rule<const N: usize> {
    pub(crate) nodes: [f64; N],
    /// Row $k$ integrates from 0 to node $k$.
    pub(crate) to_nodes: [[f64; N]; N],
    /// Integrates from 0 to 1.
    pub(crate) to_end: [f64; N],
}

impl<const N: usize> Rule<N> {
    pub(crate) fn new() -> Self {
        let roots: [(f64, f64); N] = std::array::from_fn(|k| root(k, N));
        let values = roots.map(|(x, _)| legendre(x, N));
        let mut rule = Self {
            nodes: roots.map(|(x, _)| (x + 1.0) / 2.0),
            to_nodes: [[0.0; N]; N],
            to_end: roots.map(|(x, slope)| ((1.0 - x * x) * slope * slope).recip()),
        };
        for k in 0..N {
            for l in 0..N {
                // The interpolating polynomial in Legendre polynomials, whose integrals are
                // differences of two of them.
                let mut sum = rule.nodes[k];
                for j in 1..N {
                    sum += values[l][j] * (values[k][j + 1] - values[k][j - 1]) / 2.0;
                }
                rule.to_nodes[k][l] = rule.to_end[l] * sum;
            }
        }
        rule
    }
}

/// The `k`-th root in $[-1, 1]$ of the Legendre polynomial of this degree, and the derivative there.
fn root(k: usize, degree: usize) -> (f64, f64) {
    /// Newton's method doubles the two digits of the first guess until they are sixteen.
    const STEPS: usize = 6;
    let n = degree as f64;
    let slope = |x: f64, p: &[f64]| n * (x * p[degree] - p[degree - 1]) / (x * x - 1.0);
    let mut x = -(std::f64::consts::PI * (k as f64 + 0.75) / (n + 0.5)).cos();
    for _ in 0..STEPS {
        let p = legendre(x, degree);
        x -= p[degree] / slope(x, &p);
    }
    (x, slope(x, &legendre(x, degree)))
}

/// The Legendre polynomials up to this degree at `x`.
fn legendre(x: f64, degree: usize) -> Vec<f64> {
    let mut p = vec![1.0, x];
    for j in 1..degree {
        let n = j as f64;
        p.push(((2.0 * n + 1.0) * x * p[j] - n * p[j - 1]) / (n + 1.0));
    }
    p
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomials_are_integrated_exactly() {
        const N: usize = 16;
        let rule = Rule::<N>::new();
        for degree in 0..2 * N as i32 {
            let sum = |weights: &[f64; N]| -> f64 {
                let terms = weights.iter().zip(rule.nodes);
                terms.map(|(w, t)| w * t.powi(degree)).sum()
            };
            let error = |weights: &[f64; N], end: f64| {
                (sum(weights) - end.powi(degree + 1) / f64::from(degree + 1)).abs()
            };
            assert!(error(&rule.to_end, 1.0) < 1e-15, "degree {degree}");
            if degree < N as i32 {
                for (weights, end) in rule.to_nodes.iter().zip(rule.nodes) {
                    assert!(error(weights, end) < 1e-15, "degree {degree} to {end}");
                }
            }
        }
    }
}
