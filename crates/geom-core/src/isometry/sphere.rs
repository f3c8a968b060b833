//! Stereographic projection of the sphere.
//!
//! Points of the sphere are unit vectors $X = (X_0, X_s)$, whatever the curvature, with the pole
//! first: those of `Sphere`, and of `Scaled::new(Sphere::new(), 1/√κ)`, the sphere of curvature
//! $\kappa$. Their coordinates are
//!
//! $$ x = \frac1{\sqrt\kappa}\\,\frac{X_s}{1 + X_0}, \qquad
//!    X_s = \frac{2p}{1 + \lVert p\rVert^2}, \quad
//!    X_0 = \frac{1 - \lVert p\rVert^2}{1 + \lVert p\rVert^2}, \quad p = \sqrt\kappa\\,x, $$
//!
//! in the metric $\tfrac{4\langle v, w\rangle}{(1 + \kappa\lVert x\rVert^2)^2}$.

use burn::tensor::Tensor;

use crate::metric::Curvature;
use crate::numerics::{Limits, dot, mask_select, norm, squared_norm};

/// Points of the unit sphere in the stereographic coordinates of curvature $\kappa$:
/// $x = X_s/\bigl(\sqrt\kappa\\,(1 + X_0)\bigr)$.
///
/// # Shapes
/// - `x`: `[..., d + 1]`
/// - returns: `[..., d]`
///
/// # Domain
/// The antipode of the origin, $(-1, 0, \dots, 0)$, has no image, and next to it directions are not
/// resolved: points within $\varepsilon$ of it go to the diagonal, $2/(\sqrt{\kappa d}\\,\varepsilon)$
/// out, which is carried back to within $\varepsilon\sqrt d$.
///
/// # Numerics
/// $1 + X_0$ is $\lVert X_s\rVert^2/(1 - X_0)$ on the far half of the sphere.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Curvature, sphere_to_stereographic, stereographic_to_sphere};
///
/// let kappa = Curvature::fixed(4.0);
/// let x = Tensor::<2>::from_floats([[0.6, 0.0, 0.8], [0.0, 1.0, 0.0]], &Device::flex());
/// let flat = sphere_to_stereographic(&kappa, x.clone());
/// assert_eq!(flat.to_data().to_vec::<f32>().unwrap(), [0.0, 0.25, 0.5, 0.0]);
/// let back = stereographic_to_sphere(&kappa, flat);
/// assert!((back - x).abs().max().into_scalar::<f32>() < 1e-6);
/// ```
///
/// # References
/// Bachmann, Bécigneul, Ganea (2020), *Constant Curvature Graph Convolutional Networks*, §2.
pub fn sphere_to_stereographic<const D: usize>(curvature: &Curvature, x: Tensor<D>) -> Tensor<D> {
    let root = curvature.coefficient(&x).sqrt();
    let Projected { space, span, .. } = Projected::new(x);
    root.divide(space / span)
}

/// Points in the stereographic coordinates of curvature $\kappa$ on the unit sphere, the inverse of
/// [`sphere_to_stereographic`].
///
/// # Shapes
/// - `x`: `[..., d]`
/// - returns: `[..., d + 1]`
///
/// # Numerics
/// Coordinates beyond $2/(\sqrt\kappa\\,\varepsilon)$, where the antipode of the origin is
/// $\varepsilon$ away, count as that.
pub fn stereographic_to_sphere<const D: usize>(curvature: &Curvature, x: Tensor<D>) -> Tensor<D> {
    let Lifted { point, .. } = Lifted::new(curvature, x);
    point
}

/// Tangent vectors of the unit sphere at `x`, as tangent vectors in stereographic coordinates: the
/// differential of [`sphere_to_stereographic`].
///
/// # Shapes
/// - `x`, `v`: `[..., d + 1]`
/// - returns: `[..., d]`
pub fn sphere_to_stereographic_tangent<const D: usize>(
    curvature: &Curvature,
    x: Tensor<D>,
    v: Tensor<D>,
) -> Tensor<D> {
    let root = curvature.coefficient(&x).sqrt();
    let Projected { space, span } = Projected::new(x);
    let [rise, along] = split(v);
    let turned = along - space * (rise / span.clone());
    root.divide(turned / span)
}

/// Tangent vectors in stereographic coordinates at `x`, as tangent vectors of the unit sphere: the
/// differential of [`stereographic_to_sphere`].
///
/// # Shapes
/// - `x`, `v`: `[..., d]`
/// - returns: `[..., d + 1]`
pub fn stereographic_to_sphere_tangent<const D: usize>(
    curvature: &Curvature,
    x: Tensor<D>,
    v: Tensor<D>,
) -> Tensor<D> {
    let root = curvature.coefficient(&x).sqrt();
    let Lifted { flat, span, point } = Lifted::new(curvature, x);
    let [_, space] = split(point);
    let turned = root.scale(v) * span;
    let fall = dot(space, turned.clone());
    Tensor::cat(vec![fall.clone().neg(), turned - flat * fall], D - 1)
}

/// A point of the sphere, with $1 + X_0$.
struct Projected<const D: usize> {
    space: Tensor<D>,
    span: Tensor<D>,
}

impl<const D: usize> Projected<D> {
    fn new(x: Tensor<D>) -> Self {
        let [pole, space] = split(x);
        let least = Limits::of(space.dtype()).epsilon;
        let far = pole.clone().lower_elem(0.0);
        let near = far.clone().bool_not();
        let lost = norm(space.clone()).lower_elem(least);
        let lost = lost.bool_and(far.clone());
        let space = mask_select(lost, space.full_like(least), space);
        let above = pole.clone().mask_fill(far, 0.0).add_scalar(1.0);
        // Each form sees only the half that it is fit for.
        let below = pole.mask_fill(near.clone(), -1.0).neg().add_scalar(1.0);
        let below = squared_norm(space.clone()) / below;
        Self {
            space,
            span: below.mask_where(near, above),
        }
    }
}

/// Stereographic coordinates scaled to curvature 1, with $1 + X_0$ and the point.
struct Lifted<const D: usize> {
    flat: Tensor<D>,
    span: Tensor<D>,
    point: Tensor<D>,
}

impl<const D: usize> Lifted<D> {
    fn new(curvature: &Curvature, x: Tensor<D>) -> Self {
        let farthest = 2.0 / Limits::of(x.dtype()).epsilon;
        let flat = curvature.coefficient(&x).sqrt().scale(x);
        let flat = flat.clamp(-farthest, farthest);
        let square = squared_norm(flat.clone());
        let span = square.clone().add_scalar(1.0).recip().mul_scalar(2.0);
        let pole = square.neg().add_scalar(1.0) * span.clone().div_scalar(2.0);
        let point = Tensor::cat(vec![pole, flat.clone() * span.clone()], D - 1);
        Self { flat, span, point }
    }
}

/// The first coordinate, `[..., 1]`, and the others, `[..., d]`.
fn split<const D: usize>(x: Tensor<D>) -> [Tensor<D>; 2] {
    let width = x.dims()[D - 1];
    assert!(
        width >= 2,
        "points of a sphere have 2 or more coordinates, got shape {:?}",
        x.dims()
    );
    [x.clone().narrow(D - 1, 0, 1), x.narrow(D - 1, 1, width - 1)]
}
