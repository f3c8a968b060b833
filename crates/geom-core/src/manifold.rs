//! The trait every manifold implements, and the verbs derived from it.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use crate::error::{NotOnManifold, NotTangent};
use crate::numerics::Limits;

/// A Riemannian manifold, as a value: points and tangent vectors are plain tensors, the manifold
/// supplies the verbs.
///
/// Leading axes are batch axes and broadcast against each other; the last [`POINT_RANK`] axes hold
/// one point. Tangent vectors use ambient coordinates. Reductions keep the reduced axes at size 1,
/// as Burn's `sum_dim` does, so [`distance`](Self::distance) of `[n, d]` points has shape `[n, 1]`.
///
/// A manifold is a Burn [`Module`], so a learnable curvature trains, saves and moves to a device
/// with the model that holds it. What a manifold cannot do it does not implement: parallel
/// transport lives in [`ParallelTransport`](crate::ParallelTransport).
///
/// [`POINT_RANK`]: Self::POINT_RANK
pub trait Manifold: Module + Sync + 'static {
    /// Trailing axes that hold one point: 1 for vectors, 2 for matrices.
    const POINT_RANK: usize;

    /// The name used in records, error messages and configuration files.
    fn name(&self) -> &'static str;

    /// The exponential map $\exp_x(v)$: the end of the geodesic that leaves `x` with velocity `v`
    /// after unit time.
    ///
    /// # Shapes
    /// - `x`, `v`, and the result: `[..., d]`
    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D>;

    /// The logarithmic map $\log_x(y)$: the initial velocity of the shortest geodesic from `x` that
    /// reaches `y` after unit time.
    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D>;

    /// A retraction $R_x(v)$: agrees with [`exp`](Self::exp) to second order unless a manifold says
    /// otherwise, and is cheaper. The default is the exponential map itself.
    fn retract<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.exp(x, v)
    }

    /// The Riemannian inner product $\langle v, w\rangle_x$, with the point axes reduced to 1.
    fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D>;

    /// The nearest point of the manifold (or a documented substitute) to an ambient point.
    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D>;

    /// The orthogonal projection of an ambient vector onto the tangent space at `x`.
    fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D>;

    /// The Riemannian gradient from the ambient one that automatic differentiation returns:
    /// the tangent vector with $\langle \operatorname{grad} f, v\rangle_x = Df(x)\,v$.
    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D>;

    /// Moves a tangent vector from `x` to `y`: parallel transport where it is known in closed form.
    /// Optimizers carry their momentum with it.
    fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D>;

    /// The distinguished point, repeated to `shape`.
    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D>;

    /// How far `x` is from satisfying the defining equation of the manifold, for its worst row.
    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D>;

    /// How far `v` is from the tangent space at `x`, row by row, relative to `v`'s length.
    fn tangent_violation<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D>;

    /// Sectional curvature where it is constant, always signed; `None` where it varies.
    fn sectional_curvature(&self) -> Option<f64>;

    /// The coordinates in one point of `dim` intrinsic dimensions: `dim` on the ball, `dim + 1` on
    /// the hyperboloid.
    fn ambient_dim(&self, dim: usize) -> usize {
        dim
    }

    /// Re-expresses points of `previous` (the same manifold before its curvature moved) on `self`,
    /// so that their tangent coordinates at the origin stay the same.
    ///
    /// The default is for manifolds without a learnable parameter: nothing to do.
    fn follow<const D: usize>(&self, _previous: &Self, x: Tensor<D>) -> Tensor<D> {
        x
    }

    /// The norm $\lVert v\rVert_x$.
    fn norm<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        crate::numerics::sqrt_or_zero(self.inner(x, v.clone(), v))
    }

    /// The geodesic distance $d(x, y) = \lVert\log_x(y)\rVert_x$.
    fn distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let v = self.log(x.clone(), y);
        self.norm(x, v)
    }

    /// The point at parameter `t` of the geodesic from `x` (at 0) to `y` (at 1).
    fn geodesic<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, t: f64) -> Tensor<D> {
        let v = self.log(x.clone(), y);
        self.exp(x, v.mul_scalar(t))
    }

    /// The midpoint of the geodesic between `x` and `y`.
    fn midpoint<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        self.geodesic(x, y, 0.5)
    }

    /// Checks that every row of `x` is a finite point of the manifold.
    ///
    /// # Errors
    /// [`NotOnManifold`], naming the worst row and its violation. The tolerance is
    /// [`Limits::membership`] of the tensor's dtype.
    fn check_point<const D: usize>(&self, x: Tensor<D>) -> Result<(), NotOnManifold> {
        let limits = Limits::of(x.dtype());
        crate::error::worst_row(self.point_violation(x), limits.membership).map_or(
            Ok(()),
            |(row, violation)| {
                Err(NotOnManifold {
                    manifold: self.name(),
                    row,
                    violation,
                    tolerance: limits.membership,
                })
            },
        )
    }

    /// Checks that every row of `v` is a finite tangent vector at the same row of `x`.
    ///
    /// # Errors
    /// [`NotTangent`], naming the worst row and its violation.
    fn check_tangent<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Result<(), NotTangent> {
        let limits = Limits::of(x.dtype());
        crate::error::worst_row(self.tangent_violation(x, v), limits.membership).map_or(
            Ok(()),
            |(row, violation)| {
                Err(NotTangent {
                    manifold: self.name(),
                    row,
                    violation,
                    tolerance: limits.membership,
                })
            },
        )
    }
}
