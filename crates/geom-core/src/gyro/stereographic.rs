//! Gyrovector formulas for either sign of curvature, written so that nothing cancels.
//!
//! With $\alpha_x = 1 + \kappa\lVert x\rVert^2$ and $\delta = y - x$,
//!
//! $$ (-x) \oplus y = \frac{\alpha_x\\,\delta + \kappa\lVert\delta\rVert^2 x}{\Delta}, \qquad
//!    \Delta = \alpha_x\alpha_y - \kappa\lVert\delta\rVert^2, \qquad
//!    S = \frac{\lVert\delta\rVert^2}{\alpha_x\alpha_y}, \qquad
//!    C = \frac{\Delta}{\alpha_x\alpha_y} = 1 - \kappa S. $$
//!
//! For $\kappa < 0$ this is [`gyro`](crate::gyro) in other units. For $\kappa > 0$,
//! $\kappa S = \sin^2\tfrac\theta2$ and $C = \cos^2\tfrac\theta2$ of the angle $\theta$ between the
//! points on the sphere, and three things need care:
//!
//! - $C$ cancels where points come close to antipodes. There it is
//!   $\lVert\hat b + \kappa\lVert b\rVert o\rVert^2/\alpha_x\alpha_y$, with $b$ the point farther out
//!   and $o$ the other one: the distance of $o$ from the antipode of $b$.
//! - The numerator cancels where $y$ is much closer to the origin than $x$. There it is
//!   $\alpha_x y - (1 + 2\kappa\langle x, y\rangle - \kappa\lVert y\rVert^2)x$, as in the textbooks.
//! - Far points have large coordinates, so everything is divided by $\alpha_x$ and $\alpha_y$ one by
//!   one, before it is multiplied.
//!
//! The two forms of a thing are equal, so choosing between them leaves values and gradients smooth.
//!
//! # References
//! Bachmann, Bécigneul, Ganea (2020), *Constant Curvature Graph Convolutional Networks*, §2, for the
//! textbook forms.

use burn::tensor::Tensor;

use crate::gyro::domain::{at_infinity, never_positive, project, quotient, reach};
use crate::gyro::separation::{Point, Ray, Separation, comparable};
use crate::gyro::trig::{asinc, atanc};
use crate::metric::Coefficient;
use crate::numerics::{dot, mask_fill_rows, mask_select, norm, sqrt_or_zero, squared_norm};

/// The numerator of $(-x) \oplus y$ over $\alpha_x\alpha_y$: of squared length $SC$.
pub(crate) fn initial_direction<const D: usize>(
    kappa: &Coefficient<Tensor<D>>,
    x: &Point<D>,
    y: &Point<D>,
    separation: &Separation<D>,
) -> Tensor<D> {
    let comparable = comparable(x, y);
    let cross = dot(x.x.clone(), y.x.clone()).mul_scalar(2.0);
    let textbook = kappa.scale(y.squared.clone() - cross).sub_scalar(1.0);
    let textbook = textbook / x.alpha.clone() / y.alpha.clone();
    let along = mask_select(comparable.clone(), separation.delta.clone(), y.x.clone());
    let back = mask_select(comparable, separation.signed.clone(), textbook);
    along / y.alpha.clone() + back * x.x.clone()
}

/// The velocity at the origin of the geodesic that $(-x)\oplus$ carries $x \to y$ to, of length
/// $d(x, y)/2$. Towards the antipode, where all directions lead, it picks one.
pub(crate) fn log_at_origin<const D: usize>(
    kappa: &Coefficient<Tensor<D>>,
    x: &Point<D>,
    y: &Point<D>,
) -> Tensor<D> {
    let separation = Separation::new(kappa, x, y);
    let direction = initial_direction(kappa, x, y, &separation);
    let length = asinc(separation.signed.clone(), separation.complement.clone());
    if never_positive(kappa) {
        return direction * (length / separation.complement.sqrt());
    }
    let far = separation.far();
    let near = far.clone().bool_not();
    let anywhere = squared_norm(direction.clone())
        .equal_elem(0.0)
        .bool_and(far.clone());
    let direction = mask_fill_rows(direction, anywhere, 1.0);
    // Close to the antipode the direction is as long as its rounding: only its own length makes it a
    // unit vector.
    let unit = norm(direction.clone()).mask_fill(near.clone(), 1.0);
    let chord = separation.squared.mask_fill(near, 1.0).sqrt();
    let secant = separation
        .complement
        .mask_fill(far.clone(), 1.0)
        .sqrt()
        .recip();
    direction * (length * mask_select(far, chord / unit, secant))
}

/// $d(x, y) = 2\sqrt S\operatorname{asinc}(\kappa S)$; its gradient is 0 at coincident points and at
/// antipodes.
pub(crate) fn distance<const D: usize>(separation: Separation<D>) -> Tensor<D> {
    half_distance(separation.squared, separation.signed, separation.complement).mul_scalar(2.0)
}

pub(crate) fn half_distance<const D: usize>(
    squared: Tensor<D>,
    signed: Tensor<D>,
    complement: Tensor<D>,
) -> Tensor<D> {
    sqrt_or_zero(squared) * asinc(signed, complement)
}

/// $\exp_x(v) = x \oplus \bigl(\operatorname{tanc}(\kappa\lVert v\rVert^2/\alpha_x^2)\\,v/\alpha_x\bigr)$,
/// through infinity where the geodesic goes there.
pub(crate) fn exp<const D: usize>(
    kappa: &Coefficient<Tensor<D>>,
    x: Point<D>,
    v: Tensor<D>,
) -> Tensor<D> {
    let step = Ray::along(kappa, v / x.alpha.clone());
    add_ray(kappa, x, &step)
}

/// $\exp_0(v) = \operatorname{tanc}(\kappa\lVert v\rVert^2)\\,v$.
pub(crate) fn exp0<const D: usize>(kappa: &Coefficient<Tensor<D>>, v: Tensor<D>) -> Tensor<D> {
    let Ray { cosine, sine, .. } = Ray::along(kappa, v);
    quotient(kappa, sine, cosine)
}

/// $\log_0(y) = \operatorname{atanc}(\kappa\lVert y\rVert^2)\\,y$.
pub(crate) fn log0<const D: usize>(kappa: &Coefficient<Tensor<D>>, y: Tensor<D>) -> Tensor<D> {
    let factor = atanc(kappa.scale(squared_norm(y.clone())));
    y * factor
}

/// Möbius addition.
pub(crate) fn add<const D: usize>(
    kappa: &Coefficient<Tensor<D>>,
    x: Point<D>,
    y: &Point<D>,
) -> Tensor<D> {
    add_ray(kappa, x, &y.ray())
}

/// $x \oplus s/c$: as $x$ plus a correction that vanishes with $s$ where $x$ is no farther out than
/// the equator, and as one quotient beyond it, where $x$ and the correction would cancel:
///
/// $$ x + \frac{\alpha_x(cs - \kappa\lVert s\rVert^2x)}{\Delta}
///    = \frac{(c^2 - 2\kappa c\langle x, s\rangle - \kappa\lVert s\rVert^2)x + \alpha_xcs}{\Delta},
///    \qquad \Delta = \alpha_x\alpha_{s,c} - \kappa\lVert cx + s\rVert^2. $$
fn add_ray<const D: usize>(kappa: &Coefficient<Tensor<D>>, x: Point<D>, y: &Ray<D>) -> Tensor<D> {
    let x = x.negated();
    let Separation {
        signed, complement, ..
    } = Separation::from_ray(kappa, &x, y);
    let x = x.negated();
    let along = y.sine.clone() * (y.cosine.clone() / y.alpha.clone());
    let bend = kappa.scale(squared_norm(y.sine.clone())).neg();
    let near_bend = bend.clone() / y.alpha.clone();
    if never_positive(kappa) {
        let bent = along + near_bend * x.x.clone();
        return project(kappa, x.x + bent / complement);
    }
    let beyond = kappa.scale(x.squared.clone()).greater_elem(1.0);
    let cross = dot(x.x.clone(), y.sine.clone()).mul_scalar(2.0);
    let far_bend = y.cosine.clone().square() - kappa.scale(cross * y.cosine.clone()) + bend;
    let far_bend = far_bend / x.alpha / y.alpha.clone();
    let bent = along + mask_select(beyond.clone(), far_bend, near_bend) * x.x.clone();
    let start = mask_fill_rows(x.x, beyond, 0.0);

    let furthest = reach(signed.dtype()).powi(2);
    let infinite = (complement.clone().mul_scalar(furthest) - signed).lower_equal_elem(0.0);
    let direction = start.clone() * complement.clone() + bent.clone();
    let sum = start + bent / complement.mask_fill(infinite.clone(), 1.0);
    let sum = mask_select(infinite, at_infinity(kappa, direction), sum);
    project(kappa, sum)
}

/// $x \ominus y = -\bigl((-x) \oplus y\bigr)$, from the difference of the points unless they are far
/// apart.
pub(crate) fn subtract<const D: usize>(
    kappa: &Coefficient<Tensor<D>>,
    x: Point<D>,
    y: Point<D>,
) -> Tensor<D> {
    let separation = Separation::new(kappa, &x, &y);
    let direction = initial_direction(kappa, &x, &y, &separation).neg();
    if never_positive(kappa) {
        return project(kappa, direction / separation.complement);
    }
    // Towards antipodes the direction is as long as its rounding, and the sum of the points is not.
    let far = separation.far();
    let near = direction / separation.complement.mask_fill(far.clone(), 1.0);
    mask_select(far, add(kappa, x, &y.negated()), near)
}

/// $x \boxminus y = \frac{\lambda_xx - \lambda_yy}{\lambda_x + \lambda_y - 2}$, where
///
/// $$ \lambda_xx - \lambda_yy
///    = 2\\,\frac{\kappa\langle\delta, x + y\rangle x - \alpha_x\delta}{\alpha_x\alpha_y} $$
///
/// does not cancel where $\delta = y - x$ is short.
pub(crate) fn cosubtract<const D: usize>(
    kappa: &Coefficient<Tensor<D>>,
    x: &Point<D>,
    y: &Point<D>,
) -> Tensor<D> {
    let [lambda_x, lambda_y] = [x, y].map(|x| x.alpha.clone().recip().mul_scalar(2.0));
    let delta = y.x.clone() - x.x.clone();
    let short = (squared_norm(delta.clone()).mul_scalar(4.0) - x.squared.clone()).lower_elem(0.0);
    let along = dot(delta.clone(), x.x.clone() + y.x.clone()) * lambda_x.clone();
    let bend = kappa.scale(along.div_scalar(2.0));
    let close = (x.x.clone() * bend - delta) * lambda_y.clone();
    let apart = x.x.clone() * lambda_x.clone() - y.x.clone() * lambda_y.clone();
    let difference = mask_select(short, close, apart);
    let weight = lambda_x.sub_scalar(1.0) + lambda_y.sub_scalar(1.0);
    // x ⊟ x = 0, on the equator too, where the weight is 0.
    let canceled = squared_norm(difference.clone()).equal_elem(0.0);
    quotient(kappa, difference, weight.mask_fill(canceled, 1.0))
}

/// The gyration $\operatorname{gyr}[y, -x]\\,v$, the rotation of the plane of $x$ and $y$ by the spinor
/// $1 + \kappa\langle x, y\rangle + \kappa\\,y\wedge x$:
///
/// $$ \operatorname{gyr}[y, -x]\\,v = v + \frac{2\kappa}{\Delta}
///      \bigl((1 + \kappa\langle x, y\rangle)Kv + \kappa K^2v\bigr), \qquad
///    Kv = \langle x, v\rangle y - \langle y, v\rangle x. $$
pub(crate) fn gyration<const D: usize>(
    kappa: &Coefficient<Tensor<D>>,
    x: &Point<D>,
    y: &Point<D>,
    v: Tensor<D>,
) -> Tensor<D> {
    let separation = Separation::new(kappa, x, y);
    let (root_x, root_y) = (x.alpha.clone().sqrt(), y.alpha.clone().sqrt());
    // y may be replaced by y - x, which is exact where the points are close.
    let second = mask_select(comparable(x, y), separation.delta, y.x.clone()) / root_y.clone();
    let first = x.x.clone() / root_x.clone();
    let generator = |v: Tensor<D>| {
        dot(first.clone(), v.clone()) * second.clone() - dot(second.clone(), v) * first.clone()
    };
    let roots = root_x * root_y.clone();
    // For κ < 0 a sum of positive terms.
    let sum = ((x.alpha.clone() + y.alpha.clone()) / roots.clone()
        - separation.signed.clone() * roots.clone())
    .div_scalar(2.0);
    let product = kappa.scale(dot(first.clone(), y.x.clone() / root_y)) + roots.recip();
    let scalar = mask_select(separation.signed.lower_elem(0.0), sum, product);

    let once = generator(v.clone());
    let twice = generator(once.clone());
    // Between exact antipodes no plane is singled out, and both terms are zero.
    let antipodal = separation.complement.clone().equal_elem(0.0);
    let factor = separation
        .complement
        .mask_fill(antipodal, 1.0)
        .recip()
        .mul_scalar(2.0);
    v + kappa.scale((once * scalar + kappa.scale(twice)) * factor)
}
