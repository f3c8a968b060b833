//! The weighted gyro-midpoint, for either sign of curvature.
//!
//! With $A = \sum w_i\lambda_i x_i$ and $B = \sum |w_i|(\lambda_i - 1)$,
//!
//! $$ m = \tfrac12 \otimes \frac AB = \frac{A}{B + \sqrt G}, \qquad G = B^2 + \kappa\lVert A\rVert^2. $$
//!
//! $(B, A)$ is the weighted sum of the points on the sphere or the hyperboloid, and $m$ the
//! projection of its direction. So for $\kappa > 0$ and $B < 0$ it is the point in the direction of
//! the sum, where halving $A/B$ would find its antipode.
//!
//! # Numerics
//! For $\kappa < 0$, $G = (B - \ell)(B + \ell)$ with $\ell = \sqrt{-\kappa}\lVert A\rVert$ cancels
//! where the points lie far out in one direction $u = A/\lVert A\rVert$. There, with
//! $s_i = \sqrt{-\kappa}\lVert x_i\rVert$, the first factor is the sum of positive terms
//!
//! $$ B - \ell = \sum |w_i|\Bigl(\frac{1 - s_i}{1 + s_i}
//!      {}+ \lambda_i\frac{\lVert\sqrt{-\kappa}\\,x_i - s_iu\rVert^2}{2s_i}\Bigr). $$

use burn::tensor::Tensor;

use crate::gyro::domain::quotient;
use crate::gyro::separation::Point;
use crate::metric::Coefficient;
use crate::numerics::{mask_select, norm, sqrt_or_zero, squared_norm};

/// The point that a negative weight of $x$ counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NegativeWeight {
    /// $-x$: $w_i$ has the share $|w_i|$ in $B$.
    Reflection,
    /// The antipode $-x/(\kappa\lVert x\rVert^2)$ for $\kappa > 0$, where $w_i$ has the share $w_i$ in
    /// $B$; $-x$ where there is none.
    Antipode,
}

/// The midpoint over `axis`, which is kept at size 1; the origin where the weights are all zero.
pub(crate) fn midpoint<const D: usize>(
    kappa: &Coefficient<Tensor<D>>,
    x: Tensor<D>,
    weights: Tensor<D>,
    negative: NegativeWeight,
    axis: usize,
) -> Tensor<D> {
    let point = Point::new(kappa, x);
    let lambda = point.alpha.clone().recip().mul_scalar(2.0);
    let shares = match negative {
        NegativeWeight::Reflection => weights.clone().abs(),
        NegativeWeight::Antipode => shares_of_antipodes(kappa, weights.clone()),
    };
    let a = (point.x.clone() * (weights.clone() * lambda.clone())).sum_dim(axis);
    let b = (lambda.sub_scalar(1.0) * shares).sum_dim(axis);
    let bent = kappa.scale(squared_norm(a.clone()));

    let squares = b.clone().square() + bent.clone();
    let squares = match kappa {
        Coefficient::Number(kappa) if *kappa >= 0.0 => squares,
        _ => {
            let cancels = (squares.clone() - b.clone().square().div_scalar(2.0)).lower_elem(0.0);
            let factors = factored(kappa, point, weights, a.clone(), b.clone(), axis);
            squares.mask_where(cancels, factors)
        }
    };
    let root = sqrt_or_zero(squares);

    // B + √G, where B is negative as κ‖A‖² / (√G − B).
    let behind = b.clone().lower_elem(0.0);
    let ahead = behind.clone().bool_not();
    let sum = (root.clone() + b.clone()).mask_fill(behind.clone(), 1.0);
    let difference = (root.clone() - b).mask_fill(ahead, 1.0);
    let denominator = sum.mask_where(behind, bent / difference);
    let no_weight = root.equal_elem(0.0);
    quotient(kappa, a, denominator.mask_fill(no_weight, 1.0))
}

/// $G$ as the product of its factors, see the module.
fn factored<const D: usize>(
    kappa: &Coefficient<Tensor<D>>,
    point: Point<D>,
    weights: Tensor<D>,
    a: Tensor<D>,
    b: Tensor<D>,
    axis: usize,
) -> Tensor<D> {
    let root = match kappa {
        Coefficient::Number(kappa) => Coefficient::Number((-kappa).max(0.0).sqrt()),
        Coefficient::Tensor(kappa) => Coefficient::Tensor(sqrt_or_zero(kappa.clone().neg())),
    };
    let length = norm(a.clone());
    let nowhere = length.clone().equal_elem(0.0);
    let u = a / length.clone().mask_fill(nowhere, 1.0);

    let s = sqrt_or_zero(kappa.scale(point.squared).neg());
    let at_origin = s.clone().equal_elem(0.0);
    let x = root.scale(point.x * weights.clone().sign());
    let spread = squared_norm(x - s.clone() * u) / s.clone().mask_fill(at_origin, 1.0);
    let radial = point.alpha.clone() / s.add_scalar(1.0).square();
    // λ/2 = 1/α
    let gap = ((radial + spread / point.alpha) * weights.abs()).sum_dim(axis);
    gap * (b + root.scale(length))
}

/// The weights of $\lambda_i - 1$: signed for $\kappa > 0$, where an antipode has the coordinate
/// $1 - \lambda_i$, and absolute otherwise.
fn shares_of_antipodes<const D: usize>(
    kappa: &Coefficient<Tensor<D>>,
    weights: Tensor<D>,
) -> Tensor<D> {
    match kappa {
        Coefficient::Number(kappa) if *kappa > 0.0 => weights,
        Coefficient::Number(_) => weights.abs(),
        Coefficient::Tensor(kappa) => mask_select(
            kappa.clone().greater_elem(0.0),
            weights.clone(),
            weights.abs(),
        ),
    }
}
