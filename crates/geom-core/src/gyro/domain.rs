//! The edges of the stereographic model: the ball's for $\kappa < 0$, and the point at infinity, the
//! antipode of the origin, for $\kappa > 0$.

use burn::tensor::{DType, Tensor};

use crate::metric::Coefficient;
use crate::numerics::{Limits, mask_fill_rows, mask_select, squared_norm};

/// How far out a point may lie for $\kappa > 0$, in units of $1/\sqrt\kappa$: $1/(16\varepsilon)$,
/// which is $32\varepsilon$ short of the antipode of the origin, a few roundings of $\pi$. Farther out
/// nothing could be told apart, and $\alpha^3$, which Riemannian gradients reach, would overflow in
/// `f32`.
pub(crate) fn reach(dtype: DType) -> f64 {
    1.0 / (16.0 * Limits::of(dtype).epsilon)
}

/// Whether the curvature is known not to be positive, so that nothing is ever far.
pub(crate) fn never_positive<const D: usize>(kappa: &Coefficient<Tensor<D>>) -> bool {
    matches!(kappa, Coefficient::Number(kappa) if *kappa <= 0.0)
}

/// $s/c$, inside the reach also where $c$ vanishes, and even where $s$ does too.
pub(crate) fn quotient<const D: usize>(
    kappa: &Coefficient<Tensor<D>>,
    s: Tensor<D>,
    c: Tensor<D>,
) -> Tensor<D> {
    if never_positive(kappa) {
        return project(kappa, s / c);
    }
    let furthest = reach(s.dtype()).powi(2);
    let excess = kappa.scale(squared_norm(s.clone())) - c.clone().square().mul_scalar(furthest);
    let infinite = excess.greater_equal_elem(0.0);
    let backward = c.clone().lower_elem(0.0);
    let direction = mask_select(backward, s.clone().neg(), s.clone());
    let ratio = s / c.mask_fill(infinite.clone(), 1.0);
    project(
        kappa,
        mask_select(infinite, at_infinity(kappa, direction), ratio),
    )
}

/// The outermost point in a direction; in some direction where none is given.
pub(crate) fn at_infinity<const D: usize>(
    kappa: &Coefficient<Tensor<D>>,
    direction: Tensor<D>,
) -> Tensor<D> {
    // Its length does not matter, but the square of a tiny one would vanish.
    let size = direction.clone().abs().max_dim(D - 1).detach();
    let nowhere = size.clone().equal_elem(0.0);
    let direction = mask_fill_rows(
        direction / size.mask_fill(nowhere.clone(), 1.0),
        nowhere,
        1.0,
    );
    let q = kappa.scale(squared_norm(direction.clone()));
    let no_infinity = q.clone().lower_equal_elem(0.0);
    let furthest = reach(q.dtype());
    direction
        * q.mask_fill(no_infinity, 1.0)
            .sqrt()
            .recip()
            .mul_scalar(furthest)
}

/// Confines points to the ball, [`Limits::boundary_gap`] inside, for $\kappa < 0$, and to the
/// [`reach`] for $\kappa > 0$; leaves the others bit for bit.
pub(crate) fn project<const D: usize>(kappa: &Coefficient<Tensor<D>>, x: Tensor<D>) -> Tensor<D> {
    let q = kappa.scale(squared_norm(x.clone()));
    let edge = 1.0 - Limits::of(x.dtype()).boundary_gap;
    let inside = clip_factor_of_square(q.clone().neg(), edge);
    if never_positive(kappa) {
        return x * inside;
    }
    let furthest = reach(x.dtype());
    x * inside * clip_factor_of_square(q, furthest)
}

/// The factor that takes a length of square `q` down to `longest`: exactly 1 for shorter ones.
pub(crate) fn clip_factor_of_square<const D: usize>(q: Tensor<D>, longest: f64) -> Tensor<D> {
    let longer = q.clone().greater_elem(longest.powi(2));
    let short = longer.bool_not();
    q.mask_fill(short.clone(), 1.0)
        .sqrt()
        .recip()
        .mul_scalar(longest)
        .mask_fill(short, 1.0)
}
