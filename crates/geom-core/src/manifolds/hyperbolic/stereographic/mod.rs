//! The stereographic model of every constant curvature, through zero.

mod following;
mod pairwise;
mod uniform;

use std::f64::consts::PI;

use burn::module::Module;
use burn::tensor::{Device, Distribution, Tensor, TensorCreationOptions};
use geom_macros::half_precision;

use crate::calculus::pairwise::table;
use crate::gyro::domain;
use crate::gyro::gyrovector::Gyrovector;
use crate::gyro::separation::{Point, Separation};
use crate::gyro::stereographic;
use crate::manifold::Manifold;
use crate::manifold::pointed::{Pointed, coordinates_as_they_are};
use crate::manifold::sample::Sample;
use crate::manifold::transport::ParallelTransport;
use crate::manifolds::hyperbolic::constructors::curved_model;
use crate::metric::Coefficient;
use crate::metric::MetricParameter;
use crate::metric::SignedCurvature;
use crate::numerics::{Limits, clip_norm, dot, sqrt_or_zero, squared_norm};

/// The $\kappa$-stereographic model $\mathfrak{st}^d_\kappa$: the Poincaré ball for $\kappa < 0$, flat
/// space for $\kappa = 0$, the sphere in stereographic projection for $\kappa > 0$.
///
/// | | |
/// |---|---|
/// | points | $\lVert x\rVert < 1/\sqrt{-\kappa}$ in $\mathbb R^d$ for $\kappa < 0$; all of $\mathbb R^d$ otherwise |
/// | tangent space | $\mathbb R^d$ |
/// | metric | $\lambda_x^2\langle v, w\rangle$, $\lambda_x = 2/(1 + \kappa\lVert x\rVert^2)$; $4\langle v, w\rangle$ for $\kappa = 0$ |
/// | curvature | $\kappa$ |
/// | injectivity radius | $\pi/\sqrt\kappa$ for $\kappa > 0$, where the cut locus is the antipode; $\infty$ otherwise |
/// | exact | everything; [`retract`](Manifold::retract) is the exponential map |
/// | gyrovector operations | all of [`Gyrovector`] |
///
/// Every map is one analytic function of $\kappa$, and a learnable $\kappa$ is not constrained: it
/// trains from one sign to the other. Where the sign is known to be negative,
/// [`PoincareBall`](crate::PoincareBall) does the same with fewer operations.
///
/// # Numerics
/// Values and gradients, in points, vectors and $\kappa$, hold to rounding at $\kappa = 0$ and for
/// $|\kappa|$ from $10^{-6}$ to $10^2$.
///
/// - $\kappa < 0$: a point reaches as far as on the ball.
/// - $\kappa > 0$: the antipode of the origin is at infinity. Points are kept at
///   $\sqrt\kappa\lVert x\rVert \le 1/(16\varepsilon)$, an angle of $32\varepsilon$ short of it, and
///   geodesics go through. Maps are off by a few $\varepsilon$ as angles on the sphere, however far
///   out the points lie; distances keep their relative precision between close points, and are good
///   up to the antipode. Automatic differentiation at a far point costs another factor
///   $\sqrt\kappa\lVert x\rVert$. The logarithm at the antipode of its base point picks a direction.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Manifold, Stereographic};
///
/// let x = Tensor::<1>::from_floats([0.1, 0.2], &Device::flex());
/// let y = Tensor::<1>::from_floats([-0.3, 0.4], &Device::flex());
/// let length = |kappa: f64| {
///     let space = Stereographic::new(kappa);
///     space.distance(x.clone(), y.clone()).into_scalar::<f32>()
/// };
/// assert!((length(-1.0) - 1.0154343).abs() < 1e-6);
/// assert!((length(0.0) - 0.8944272).abs() < 1e-6);
/// assert!((length(1.0) - 0.8020452).abs() < 1e-6);
/// ```
///
/// # References
/// Bachmann, Bécigneul, Ganea (2020), *Constant Curvature Graph Convolutional Networks*, §2; Skopek,
/// Ganea, Bécigneul (2020), *Mixed-curvature Variational Autoencoders*, §2.
#[derive(Module, Debug)]
pub struct Stereographic {
    curvature: SignedCurvature,
}

curved_model!(Stereographic, "model", signed);

impl Stereographic {
    /// The curvature in effect for `x`, and points under it.
    fn points<const D: usize, const N: usize>(
        &self,
        x: [Tensor<D>; N],
    ) -> (Coefficient<Tensor<D>>, [Point<D>; N]) {
        let kappa = self.curvature.coefficient(&x[0]);
        let points = x.map(|x| Point::new(&kappa, x));
        (kappa, points)
    }
}

#[half_precision]
impl Manifold for Stereographic {
    const POINT_RANK: usize = 1;

    fn name(&self) -> &'static str {
        "stereographic"
    }

    /// $\exp_x(v) = x \oplus \Bigl(\tan_\kappa\bigl(\tfrac{\lambda_x\lVert v\rVert}2\bigr)
    /// \tfrac{v}{\lVert v\rVert}\Bigr)$, with $\tan_\kappa$ of [`Pointed::exp0`].
    ///
    /// # References
    /// Bachmann, Bécigneul, Ganea (2020), §2.
    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let (kappa, [x]) = self.points([x]);
        stereographic::exp(&kappa, x, v)
    }

    /// $\log_x(y) = \tfrac{2}{\lambda_x}\tan_\kappa^{-1}(\lVert u\rVert)\tfrac{u}{\lVert u\rVert}$ with
    /// $u = (-x) \oplus y$.
    ///
    /// # References
    /// Bachmann, Bécigneul, Ganea (2020), §2.
    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let (kappa, [x, y]) = self.points([x, y]);
        stereographic::log_at_origin(&kappa, &x, &y) * x.alpha
    }

    /// $\lambda_x^2\langle v, w\rangle$.
    fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        // Each with its own factor: far out, the product of short and long would leave the range.
        let factor = self.conformal_factor(x);
        dot(v * factor.clone(), w * factor)
    }

    /// Clips the norm: to the ball, [`Limits::boundary_gap`] inside it, for $\kappa < 0$; to
    /// $1/(16\varepsilon\sqrt\kappa)$ for $\kappa > 0$.
    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        domain::project(&self.curvature.coefficient(&x), x)
    }

    /// `u`: every vector is tangent.
    fn project_tangent<const D: usize>(&self, _x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        u
    }

    /// $g/\lambda_x^2$.
    ///
    /// # Numerics
    /// Its length $\lVert g\rVert/\lambda_x$ is cut at [`Limits::max_squarable`]: next to the point at
    /// infinity $1/\lambda_x$ is $10^{11}$ in `f32`, and a longer gradient could not be squared.
    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        let (_, [x]) = self.points([x]);
        let half = x.alpha.div_scalar(2.0);
        let longest = Limits::of(gradient.dtype()).max_squarable;
        clip_norm(gradient * half.clone(), longest) * half
    }

    /// $B_x(v, w) = \kappa\lambda_x\bigl(\langle x, v\rangle w + \langle x, w\rangle v - \langle v, w\rangle x\bigr)$,
    /// from the Christoffel symbols of a conformal metric.
    fn acceleration_adjoint<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        gradient: Tensor<D>,
    ) -> Tensor<D> {
        let kappa = self.curvature.coefficient(&x);
        let along = dot(x.clone(), v.clone()) * gradient.clone()
            + dot(gradient.clone(), v.clone()) * x.clone()
            - dot(gradient, x.clone()) * v;
        kappa.scale(along * self.conformal_factor(x))
    }

    fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.parallel_transport(x, y, v)
    }

    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        Tensor::zeros(shape, device)
    }

    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        // Zero, or NaN where a coordinate is not finite.
        let finite = squared_norm(x.clone() - x.clone());
        let q = self.curvature.coefficient(&x).scale(squared_norm(x));
        let excess = sqrt_or_zero(q.neg()).sub_scalar(1.0);
        let inside = excess.clone().lower_equal_elem(0.0);
        excess.mask_fill(inside, 0.0) + finite
    }

    fn tangent_violation<const D: usize>(&self, _x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        squared_norm(v.clone() - v)
    }

    fn sectional_curvature(&self) -> Option<f64> {
        Some(self.curvature.value())
    }

    fn metric(&self) -> Vec<MetricParameter> {
        vec![self.curvature.parameter()]
    }

    fn injectivity_radius(&self, _point: &[usize]) -> f64 {
        let kappa = self.curvature.value();
        if kappa > 0.0 {
            PI / kappa.sqrt()
        } else {
            f64::INFINITY
        }
    }

    /// $x \mapsto \exp_0^{\text{new}}(\log_0^{\text{old}}(x))$: the points keep their tangent
    /// coordinates at the origin, and so their distance and direction from it.
    ///
    /// Rescaling, which keeps all distances in units of $1/\sqrt{|\kappa|}$, does not exist across
    /// zero; this is smooth there. Points farther from the origin than $\pi/\sqrt\kappa$ stop at its
    /// antipode.
    ///
    /// # Panics
    /// If `previous` does not hold one number.
    fn follow_metric<const D: usize>(
        &self,
        previous: &[MetricParameter],
        x: Tensor<D>,
    ) -> Tensor<D> {
        let now = self.curvature.coefficient(&x);
        let before = MetricParameter::only(previous).coefficient(&x);
        following::points(&before, &now, x)
    }

    /// Radial lengths change by $\lambda^{\text{old}}/\lambda^{\text{new}}$, the others as $x$ does.
    fn follow_metric_tangent<const D: usize>(
        &self,
        previous: &[MetricParameter],
        x: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        let now = self.curvature.coefficient(&x);
        let before = MetricParameter::only(previous).coefficient(&x);
        following::tangents(before, now, x, v)
    }

    /// $d(x, y) = 2\sin_\kappa^{-1}\sqrt S$ with
    /// $S = \lVert x - y\rVert^2/\bigl((1 + \kappa\lVert x\rVert^2)(1 + \kappa\lVert y\rVert^2)\bigr)$ and
    /// $\sin_\kappa^{-1}(t) = \arcsin(\sqrt\kappa\\,t)/\sqrt\kappa$, which is
    /// $\operatorname{asinh}(\sqrt{-\kappa}\\,t)/\sqrt{-\kappa}$ for $\kappa < 0$ and $t$ for $\kappa = 0$.
    ///
    /// # Shapes
    /// - `x`, `y`: `[..., d]`, broadcast against each other
    /// - returns: `[..., 1]`
    ///
    /// # Numerics
    /// Exact to rounding for close points, for points close to the boundary, and close to antipodes;
    /// the gradient at `x = y` and at antipodes is 0.
    fn distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let (kappa, [x, y]) = self.points([x, y]);
        stereographic::distance(Separation::new(&kappa, &x, &y))
    }

    /// [`distance`](Manifold::distance) from
    /// [`pairwise::squared_distance`](crate::pairwise::squared_distance): of the points, and unless
    /// $\kappa \le 0$ is fixed also of each side's antipodes from the other side.
    fn pairwise_distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<2> {
        let (kappa, [x, y]) = self.points([table(x), table(y)]);
        pairwise::distance(&kappa, x, y)
    }
}

#[half_precision]
impl Gyrovector for Stereographic {
    fn curvature_coefficient<const D: usize>(&self, x: &Tensor<D>) -> Coefficient<Tensor<D>> {
        self.curvature.coefficient(x)
    }
}

#[half_precision]
impl ParallelTransport for Stereographic {
    /// $P_{x\to y}v = \tfrac{\lambda_x}{\lambda_y}\operatorname{gyr}[y, -x]\\,v$. Between exact
    /// antipodes, which no single geodesic joins, the gyration is left out.
    ///
    /// # References
    /// Ungar (2008), §6; Bachmann, Bécigneul, Ganea (2020), §2.
    fn parallel_transport<const D: usize>(
        &self,
        x: Tensor<D>,
        y: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        let (kappa, [x, y]) = self.points([x, y]);
        stereographic::gyration(&kappa, &x, &y, v) * (y.alpha / x.alpha)
    }
}

#[half_precision]
impl Pointed for Stereographic {
    coordinates_as_they_are!();

    /// $\exp_0(v) = \tan_\kappa(\lVert v\rVert)\\,v/\lVert v\rVert$ with
    /// $\tan_\kappa(t) = \tan(\sqrt\kappa\\,t)/\sqrt\kappa$, which is $\tanh(\sqrt{-\kappa}\\,t)/\sqrt{-\kappa}$
    /// for $\kappa < 0$.
    fn exp0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        stereographic::exp0(&self.curvature_coefficient(&v), v)
    }

    /// $\log_0(x) = \tan_\kappa^{-1}(\lVert x\rVert)\\,x/\lVert x\rVert$.
    fn log0<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        stereographic::log0(&self.curvature_coefficient(&x), x)
    }

    fn translate<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.mobius_add(x, self.exp0(v))
    }
}

#[half_precision]
impl Sample for Stereographic {
    /// The wrapped normal distribution; for $\kappa > 0$ it wraps around the sphere.
    fn random_normal<const D: usize>(
        &self,
        shape: [usize; D],
        std: f64,
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        // The metric at the origin is 4⟨v, w⟩.
        self.exp0(Tensor::random(
            shape,
            Distribution::Normal(0.0, std / 2.0),
            options,
        ))
    }

    /// $z/\lambda_x$.
    fn tangent_from_normal<const D: usize>(&self, x: Tensor<D>, noise: Tensor<D>) -> Tensor<D> {
        noise / self.conformal_factor(x)
    }
}
