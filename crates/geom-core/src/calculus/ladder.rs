//! Parallel transport by ladders of geodesics, for manifolds without a closed form.

use burn::tensor::Tensor;

use crate::manifold::Manifold;

/// Schild's ladder: `v` carried along the geodesic from `x` to `y` in `rungs` geodesic
/// parallelograms.
///
/// With $p$ the foot and $q$ the next one, and $a = \exp_p(v)$: $m$ the midpoint of $a q$,
/// $b = \exp_p(2\log_p m)$, and the vector becomes $\log_q b$.
///
/// # Shapes
/// - `x`, `y`, `v`, and the result: `[..., point]`
///
/// # Numerics
/// The error falls as the first power of `rungs` and with $\lVert v\rVert$, which is scaled down by
/// the number of rungs within; the [`pole_ladder`] is more exact.
///
/// # Panics
/// If `rungs` is 0.
///
/// # Examples
/// ```
/// use burn::tensor::{DType, Device, Tensor};
/// use geom_core::{Manifold, PoincareBall, ladder::schild_ladder};
///
/// let ball = PoincareBall::new(1.0);
/// let at = |x| Tensor::<1>::from_data(x, (&Device::flex(), DType::F64));
/// let (x, y, v) = (at([0.1, 0.2]), at([-0.3, 0.4]), at([0.2, 0.1]));
/// let ladder = schild_ladder(&ball, x.clone(), y.clone(), v.clone(), 200);
/// let error = ball.norm(y.clone(), ladder - ball.transport(x, y, v));
/// assert!(error.into_scalar::<f64>() < 1e-3);
/// ```
///
/// # References
/// Ehlers, Pirani, Schild (1972), *The geometry of free fall and light propagation*; Guigui, Pennec
/// (2022), *Numerical Accuracy of Ladder Schemes for Parallel Transport on Manifolds*, thm. 3.
pub fn schild_ladder<M: Manifold, const D: usize>(
    manifold: &M,
    x: Tensor<D>,
    y: Tensor<D>,
    v: Tensor<D>,
    rungs: usize,
) -> Tensor<D> {
    climb(manifold, x, y, v, rungs, |p, q, v| {
        let a = manifold.exp(p.clone(), v);
        let middle = manifold.midpoint(a, q.clone());
        let twice = manifold.log(p.clone(), middle).mul_scalar(2.0);
        manifold.log(q, manifold.exp(p, twice))
    })
}

/// The pole ladder: `v` carried along the geodesic from `x` to `y` by point reflections.
///
/// With $p$ the foot, $q$ the next one, $m$ their midpoint and $a = \exp_p(v)$: the reflection
/// $b = \exp_m(-\log_m a)$, and the vector becomes $-\log_q b$.
///
/// # Shapes
/// - `x`, `y`, `v`, and the result: `[..., point]`
///
/// # Numerics
/// Exact in one rung on symmetric spaces (all manifolds of constant curvature and their products);
/// elsewhere the error falls as the second power of `rungs`.
///
/// # Panics
/// If `rungs` is 0.
///
/// # Examples
/// ```
/// use burn::tensor::{DType, Device, Tensor};
/// use geom_core::{Manifold, PoincareBall, ladder::pole_ladder};
///
/// let ball = PoincareBall::new(1.0);
/// let at = |x| Tensor::<1>::from_data(x, (&Device::flex(), DType::F64));
/// let (x, y, v) = (at([0.1, 0.2]), at([-0.3, 0.4]), at([0.2, 0.1]));
/// let ladder = pole_ladder(&ball, x.clone(), y.clone(), v.clone(), 1);
/// let error = ball.norm(y.clone(), ladder - ball.transport(x, y, v));
/// assert!(error.into_scalar::<f64>() < 1e-13);
/// ```
///
/// # References
/// Lorenzi, Pennec (2014), *Efficient Parallel Transport of Deformations in Time Series of Images*;
/// Guigui, Pennec (2022), thm. 4.
pub fn pole_ladder<M: Manifold, const D: usize>(
    manifold: &M,
    x: Tensor<D>,
    y: Tensor<D>,
    v: Tensor<D>,
    rungs: usize,
) -> Tensor<D> {
    climb(manifold, x, y, v, rungs, |p, q, v| {
        let middle = manifold.midpoint(p.clone(), q.clone());
        let a = manifold.exp(p, v);
        let reflected = manifold.log(middle.clone(), a).neg();
        manifold.log(q, manifold.exp(middle, reflected)).neg()
    })
}

/// Applies `rung(p, q, v)` along the geodesic; the vector is short while it climbs.
fn climb<M: Manifold, const D: usize>(
    manifold: &M,
    x: Tensor<D>,
    y: Tensor<D>,
    v: Tensor<D>,
    rungs: usize,
    rung: impl Fn(Tensor<D>, Tensor<D>, Tensor<D>) -> Tensor<D>,
) -> Tensor<D> {
    assert!(rungs > 0, "a ladder needs a rung");
    let velocity = manifold.log(x.clone(), y.clone());
    let share = 1.0 / rungs as f64;
    let mut foot = x.clone();
    let mut short = v.mul_scalar(share);
    for i in 1..=rungs {
        let next = match i == rungs {
            true => y.clone(),
            false => manifold.exp(x.clone(), velocity.clone().mul_scalar(i as f64 * share)),
        };
        short = rung(foot, next.clone(), short);
        foot = next;
    }
    short.mul_scalar(rungs as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::to_vec_f64;
    use crate::{Hyperboloid, PoincareBall, Product, Sample};
    use burn::tensor::{DType, Device};

    /// The largest error of a ladder over some random pairs.
    fn error<M: Manifold + Sample>(
        manifold: &M,
        width: usize,
        ladder: impl Fn(Tensor<2>, Tensor<2>, Tensor<2>) -> Tensor<2>,
    ) -> f64 {
        let device = Device::flex();
        device.seed(5);
        let x = manifold.random_normal([8, width], 0.7, (&device, DType::F64));
        let y = manifold.random_normal([8, width], 0.7, (&device, DType::F64));
        let v = manifold.random_tangent(x.clone(), 0.5);
        let exact = manifold.transport(x.clone(), y.clone(), v.clone());
        let difference = ladder(x, y.clone(), v) - exact;
        to_vec_f64(manifold.norm(y, difference).max())[0]
    }

    #[test]
    fn the_pole_ladder_is_exact_on_symmetric_spaces() {
        let ball = PoincareBall::new(1.3);
        let hyperboloid = Hyperboloid::new(0.6);
        for rungs in [1, 3] {
            assert!(error(&ball, 3, |x, y, v| pole_ladder(&ball, x, y, v, rungs)) < 1e-11);
            let on = &hyperboloid;
            assert!(error(on, 3, |x, y, v| pole_ladder(on, x, y, v, rungs)) < 1e-11);
            let product = Product::new(ball.clone(), 2, hyperboloid.clone(), 2);
            let on = &product;
            assert!(error(on, 5, |x, y, v| pole_ladder(on, x, y, v, rungs)) < 1e-11);
        }
    }

    #[test]
    fn the_error_of_schilds_ladder_falls_with_the_rungs() {
        let ball = PoincareBall::new(1.0);
        let at = |rungs| error(&ball, 3, |x, y, v| schild_ladder(&ball, x, y, v, rungs));
        let (coarse, fine) = (at(10), at(40));
        let order = (coarse / fine).log2() / 2.0;
        assert!(order > 0.9, "{coarse:e} {fine:e}: order {order}");
    }
}
