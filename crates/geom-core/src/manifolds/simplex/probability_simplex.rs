//! Categorical distributions with the Fisher–Rao metric.

use burn::module::Module;
use burn::tensor::{Device, Distribution, Tensor, TensorCreationOptions};
use geom_macros::half_precision;

use crate::calculus::pairwise::{squared_distance, table};
use crate::error::GeometryError;
use crate::manifold::Manifold;
use crate::manifold::point_size::{PointShape, PointSize};
use crate::manifold::pointed::{Pointed, without_first};
use crate::manifold::sample::{Sample, SampleUniform};
use crate::manifold::transport::ParallelTransport;
use crate::numerics::{Limits, arcsinc, cos_sqrt, dot, norm, sinc, sqrt_or_zero, squared_norm};

/// The probability simplex $\Delta^{n-1}$: distributions on $n$ outcomes, with the Fisher–Rao metric.
///
/// | | |
/// |---|---|
/// | points | $p_i \ge 0$, $\sum_i p_i = 1$ in $\mathbb R^n$ |
/// | tangent space | $\sum_i v_i = 0$ |
/// | metric | $\sum_i v_i w_i / p_i$ |
/// | curvature | $\tfrac14$ |
/// | injectivity radius | $2\arcsin(1/\sqrt n)$ at the barycenter: the distance to the nearest facet |
/// | exact | everything; [`retract`](Manifold::retract) is of second order |
///
/// The map $p \mapsto 2\sqrt p$ is an isometry onto the positive part of the sphere of radius 2, and
/// every verb goes through it: with $s = \sqrt p$, a tangent vector $v$ is the vector $w = v/2s$
/// tangent to the unit sphere. Two distributions are at most $\pi$ apart, and between any two there is
/// one shortest geodesic.
///
/// # Domain
/// A geodesic that reaches a facet is reflected: $p = s^2$ is the same for $s$ and $-s$, so
/// [`exp`](Manifold::exp) is defined and smooth for every vector, though one to one only up to the
/// facet.
///
/// # Numerics
/// Coordinates below [`Limits::min_probability`] are read as that number, and no verb returns smaller
/// ones. So a one-hot distribution is a point like any other: it moves by one rounding on the sphere,
/// and values and gradients are finite. Distances of close points keep their relative precision.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Manifold, ProbabilitySimplex};
///
/// let simplex = ProbabilitySimplex::new();
/// let p = Tensor::<1>::from_floats([0.5, 0.3, 0.2], &Device::flex());
/// let q = Tensor::<1>::from_floats([0.1, 0.6, 0.3], &Device::flex());
/// let distance = simplex.distance(p.clone(), q.clone()).into_scalar::<f32>();
/// assert!((distance - 0.93445787).abs() < 1e-6);
/// assert!(simplex.check_point(simplex.midpoint(p, q)).is_ok());
/// ```
///
/// # References
/// Amari, Nagaoka (2000), *Methods of Information Geometry*, §2.2; Åström, Petra, Schmitzer, Schnörr
/// (2017), *Image Labeling by Assignment*, §2.
#[derive(Module, Debug, Default)]
pub struct ProbabilitySimplex;

impl ProbabilitySimplex {
    /// Distributions on any number of outcomes.
    pub fn new() -> Self {
        Self
    }

    /// Points of the flat Dirichlet distribution, $\operatorname{Dir}(1, \dots, 1)$: uniform with
    /// respect to the Euclidean volume of the simplex, where
    /// [`random_uniform`](SampleUniform::random_uniform) is so with respect to the Riemannian one.
    ///
    /// # Shapes
    /// - returns: `shape`
    pub fn random_flat<const D: usize>(
        &self,
        shape: [usize; D],
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        // The squared modulus of a complex normal number is exponential, and exponential numbers
        // divided by their sum are flat.
        let real: Tensor<D> = Tensor::random(shape, Distribution::Normal(0.0, 1.0), options);
        let imaginary = real.random_like(Distribution::Normal(0.0, 1.0));
        distribution(real.square() + imaginary.square())
    }
}

#[half_precision]
impl Manifold for ProbabilitySimplex {
    const POINT_RANK: usize = 1;

    fn name(&self) -> &'static str {
        "probability-simplex"
    }

    /// $\exp_p(v) = \bigl(\cos(t)\\,s + \tfrac{\sin t}{t}\\,w\bigr)^2$ with $t = \lVert w\rVert =
    /// \lVert v\rVert_p/2$.
    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let s = amplitude(x);
        let w = on_sphere(&s, v);
        let t_squared = squared_norm(w.clone());
        distribution((s * cos_sqrt(t_squared.clone()) + w * sinc(t_squared)).square())
    }

    /// $\log_p(q) = 2s\\,\tfrac{\theta}{\sin\theta}(\sqrt q - \cos(\theta)\\,s)$ with
    /// $\theta = d(p, q)/2$, written with the chord $\sqrt q - \sqrt p$.
    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let chord = Chord::new(x, y);
        let stretch = arcsinc(chord.quarter_square.clone())
            / chord.quarter_square.clone().neg().add_scalar(1.0).sqrt();
        let toward = chord.toward() * stretch;
        off_sphere(chord.from, toward)
    }

    /// $R_p(v) = \tfrac{(p + v/2)^2}{p}\big/\sum_i\tfrac{(p_i + v_i/2)^2}{p_i}$: the geodesic of
    /// [`exp`](Manifold::exp), traveled for $2\arctan t$ instead of $2t$. Second order, without
    /// transcendental functions.
    fn retract<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let s = amplitude(x);
        let w = on_sphere(&s, v);
        distribution((s + w).square())
    }

    /// $2\bigl(\tfrac{\sqrt{pq}}{\sum_i\sqrt{p_i q_i}} - p\bigr)$: the inverse of
    /// [`retract`](Manifold::retract).
    fn inverse_retract<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let chord = Chord::new(x, y);
        let cosine = dot(chord.from.clone(), chord.to.clone());
        let toward = chord.toward() / cosine;
        off_sphere(chord.from, toward)
    }

    /// $\sum_i v_i w_i/p_i$.
    fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        dot(v / positive(x), w)
    }

    /// Drops negative parts and divides by the sum: of all distributions $p$ the one nearest to $x$ in
    /// the Hellinger distance $\sum_i(\sqrt{x_i} - \sqrt{p_i})^2$. The barycenter if nothing is
    /// positive.
    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        // The scale keeps the sum in range. The result does not depend on it, and so neither does the
        // gradient.
        let scale = x.clone().without_autodiff().max_dim(D - 1);
        let empty = scale.clone().lower_equal_elem(0.0);
        distribution(x / scale.mask_fill(empty, 1.0))
    }

    /// $u - p\sum_i u_i$.
    fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        let x = positive(x);
        let excess = u.clone().sum_dim(D - 1);
        let v = u - x.clone() * excess;
        // Where the tangential part is small against u, rounding left it a normal one.
        let excess = v.clone().sum_dim(D - 1);
        v - x * excess
    }

    /// $p \circ (g - \langle p, g\rangle)$, the replicator field.
    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        let x = positive(x);
        let mean = dot(x.clone(), gradient.clone());
        x * (gradient - mean)
    }

    fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.parallel_transport(x, y, v)
    }

    /// The barycenter $(1/n, \dots, 1/n)$.
    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        Tensor::full(shape, (shape[D - 1] as f64).recip(), device)
    }

    /// $|\sum_i p_i - 1|$ plus the negative parts.
    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let negative = x.clone().neg().clamp_min(0.0).sum_dim(D - 1);
        x.sum_dim(D - 1).sub_scalar(1.0).abs() + negative
    }

    /// $|\sum_i v_i|$ relative to $\sum_i|v_i|$.
    fn tangent_violation<const D: usize>(&self, _x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let scale = v.clone().abs().sum_dim(D - 1);
        let zero = scale.clone().equal_elem(0.0);
        v.sum_dim(D - 1).abs() / scale.mask_fill(zero, 1.0)
    }

    fn sectional_curvature(&self) -> Option<f64> {
        Some(0.25)
    }

    fn try_point_shape(&self, size: PointSize) -> Result<PointShape, GeometryError> {
        PointShape::of_vectors(self.name(), &size, 1)
    }

    /// $2\arcsin(1/\sqrt n)$, the distance from the barycenter to the middle of a facet.
    fn injectivity_radius(&self, point: &[usize]) -> f64 {
        let classes = point.last().copied().unwrap_or(1);
        2.0 * (classes as f64).sqrt().recip().asin()
    }

    /// $B_p(v, w) = \tfrac12\bigl(\tfrac{vw}p - p\\,\langle v, w\rangle_p\bigr)$.
    fn acceleration_adjoint<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        gradient: Tensor<D>,
    ) -> Tensor<D> {
        let x = positive(x);
        let mean = dot(x.clone(), gradient.clone());
        let score = v / x;
        (gradient - mean) * score.mul_scalar(0.5)
    }

    /// $d(p, q) = 4\arcsin\tfrac{\lVert\sqrt q - \sqrt p\rVert}2 = 2\arccos\sum_i\sqrt{p_i q_i}$.
    ///
    /// # Shapes
    /// - `x`, `y`: `[..., n]`, broadcast against each other
    /// - returns: `[..., 1]`
    ///
    /// # Numerics
    /// The first form, with $\sqrt q - \sqrt p = (q - p)/(\sqrt p + \sqrt q)$, keeps the relative
    /// precision of close points, which the second one loses; the gradient at `x = y` is 0.
    fn distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let chord = Chord::new(x, y);
        norm(chord.difference) * arcsinc(chord.quarter_square).mul_scalar(2.0)
    }

    /// [`distance`](Manifold::distance) from
    /// [`pairwise::squared_distance`](crate::pairwise::squared_distance) of $\sqrt p$.
    ///
    /// # Numerics
    /// Roots are rounded before they are subtracted, so the error is absolute, about $\varepsilon$.
    fn pairwise_distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<2> {
        let square = squared_distance(table(amplitude(x)), table(amplitude(y)));
        let angle = arcsinc(square.clone().div_scalar(4.0)).mul_scalar(2.0);
        sqrt_or_zero(square) * angle
    }
}

#[half_precision]
impl ParallelTransport for ProbabilitySimplex {
    /// $w \mapsto w - \tfrac{\langle\sqrt q, w\rangle}{1 + \langle\sqrt p, \sqrt q\rangle}
    /// (\sqrt p + \sqrt q)$ on the sphere.
    fn parallel_transport<const D: usize>(
        &self,
        x: Tensor<D>,
        y: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        let (s, t) = (amplitude(x), amplitude(y));
        let w = on_sphere(&s, v);
        let along = dot(t.clone(), w.clone()) / dot(s.clone(), t.clone()).add_scalar(1.0);
        off_sphere(t.clone(), w - (s + t) * along)
    }
}

/// Coordinates raised to [`Limits::min_probability`].
fn positive<const D: usize>(p: Tensor<D>) -> Tensor<D> {
    let smallest = Limits::of(p.dtype()).min_probability;
    p.clamp_min(smallest)
}

/// The point of the unit sphere, $s = \sqrt p$.
fn amplitude<const D: usize>(p: Tensor<D>) -> Tensor<D> {
    positive(p).sqrt()
}

/// Numbers divided by their sum.
fn distribution<const D: usize>(parts: Tensor<D>) -> Tensor<D> {
    let parts = positive(parts);
    let sum = parts.clone().sum_dim(D - 1);
    positive(parts / sum)
}

/// The tangent vector of the unit sphere, $w = v/2s$.
fn on_sphere<const D: usize>(s: &Tensor<D>, v: Tensor<D>) -> Tensor<D> {
    // Beyond this angle one rounding is a full turn; the bound keeps squares representable.
    let longest = Limits::of(v.dtype()).epsilon.recip();
    (v / s.clone().mul_scalar(2.0)).clamp(-longest, longest)
}

/// The tangent vector of the simplex, $v = 2sw$, for the part of $w$ that is tangent to the sphere.
fn off_sphere<const D: usize>(s: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
    let along = dot(s.clone(), w.clone());
    s.clone() * (w - s * along).mul_scalar(2.0)
}

/// Two points of the unit sphere and the chord between them.
struct Chord<const D: usize> {
    from: Tensor<D>,
    to: Tensor<D>,
    /// $\sqrt q - \sqrt p$.
    difference: Tensor<D>,
    /// A quarter of the squared length of the chord, $\sin^2(\theta/2) \le \tfrac12$.
    quarter_square: Tensor<D>,
}

impl<const D: usize> Chord<D> {
    fn new(p: Tensor<D>, q: Tensor<D>) -> Self {
        let [p, q] = [p, q].map(positive);
        let [from, to] = [&p, &q].map(|p| p.clone().sqrt());
        // The difference of the roots would lose the digits of close points.
        let difference = (q - p) / (from.clone() + to.clone());
        let quarter_square = squared_norm(difference.clone()).div_scalar(4.0);
        Self {
            from,
            to,
            difference,
            quarter_square,
        }
    }

    /// $\sqrt q - \cos(\theta)\sqrt p$, tangent to the sphere at $\sqrt p$ and of length
    /// $\sin\theta$.
    fn toward(&self) -> Tensor<D> {
        let cosine_complement = self.quarter_square.clone().mul_scalar(2.0);
        self.difference.clone() + self.from.clone() * cosine_complement
    }
}

#[half_precision]
impl Pointed for ProbabilitySimplex {
    /// $H(0, v)/\sqrt n$ with the reflection $H$ that takes the first axis to $(1, \dots, 1)/\sqrt n$,
    /// the normal of the simplex: the metric at the origin is $n\langle v, w\rangle$.
    fn tangent0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        let root = (v.dims()[D - 1] as f64 + 1.0).sqrt();
        let sum = v.clone().sum_dim(D - 1);
        let rest = v - sum.clone().mul_scalar((root * (root - 1.0)).recip());
        let first = sum.mul_scalar(root.recip());
        Tensor::cat(vec![first, rest], D - 1).mul_scalar(root.recip())
    }

    fn coordinates0<const D: usize>(&self, u: Tensor<D>) -> Tensor<D> {
        let root = (u.dims()[D - 1] as f64).sqrt();
        let first = u.clone().narrow(D - 1, 0, 1);
        let rest = without_first(u) + first.mul_scalar((root - 1.0).recip());
        rest.mul_scalar(root)
    }
}

#[half_precision]
impl Sample for ProbabilitySimplex {
    fn random_normal<const D: usize>(
        &self,
        shape: [usize; D],
        std: f64,
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        let noise = Tensor::random(shape, Distribution::Normal(0.0, std), options);
        let origin = noise.full_like((shape[D - 1] as f64).recip());
        self.exp(origin.clone(), frame(origin, noise))
    }

    fn tangent_from_normal<const D: usize>(&self, x: Tensor<D>, noise: Tensor<D>) -> Tensor<D> {
        frame(x, noise)
    }
}

/// $s \circ z$ without its normal part: a tangent vector with independent normal coordinates in an
/// orthonormal frame, if those of $z$ are so.
fn frame<const D: usize>(x: Tensor<D>, noise: Tensor<D>) -> Tensor<D> {
    off_sphere(amplitude(x), noise.div_scalar(2.0))
}

impl SampleUniform for ProbabilitySimplex {
    /// $\operatorname{Dir}(\tfrac12, \dots, \tfrac12)$, Jeffreys' prior: uniform with respect to the
    /// Riemannian volume. [`random_flat`](ProbabilitySimplex::random_flat) is the other usual choice.
    fn random_uniform<const D: usize>(
        &self,
        shape: [usize; D],
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        // The direction of a normal vector is uniform on the sphere.
        let direction: Tensor<D> = Tensor::random(shape, Distribution::Normal(0.0, 1.0), options);
        distribution(direction.square())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::to_vec_f64;
    use burn::tensor::DType;

    const DTYPES: [DType; 2] = [DType::F32, DType::F64];

    fn row<const N: usize>(values: [f64; N], dtype: DType) -> Tensor<2> {
        Tensor::from_data([values], (&Device::flex(), dtype))
    }

    #[test]
    fn a_geodesic_is_reflected_at_a_facet() {
        // In one dimension p = (sin² t, cos² t), and at speed 2 a geodesic runs through t.
        let simplex = ProbabilitySimplex::new();
        let at = |t: f64| row([t.sin().powi(2), t.cos().powi(2)], DType::F64);
        let (start, stop) = (0.3f64, -0.2f64);
        let length = 2.0 * (start - stop);
        let v = row([-1.0, 1.0], DType::F64);
        let v = v.clone() * (simplex.norm(at(start), v).recip().mul_scalar(length));
        let end = simplex.exp(at(start), v);
        let error = (end - at(stop)).abs().max();
        assert!(to_vec_f64(error)[0] < 1e-15);
    }

    #[test]
    fn projection_drops_negative_parts_and_keeps_ratios() {
        let simplex = ProbabilitySimplex::new();
        for dtype in DTYPES {
            let smallest = Limits::of(dtype).min_probability;
            let p = to_vec_f64(simplex.project(row([3.0, -5.0, 1.0], dtype)));
            assert_eq!(p, [0.75, smallest, 0.25]);
            let huge = row([1e38, 1e38, -1e38], dtype);
            assert_eq!(to_vec_f64(simplex.project(huge))[..2], [0.5, 0.5]);
            let nothing = to_vec_f64(simplex.project(row([-1.0, 0.0], dtype)));
            assert_eq!(nothing, [0.5, 0.5]);
        }
    }

    #[test]
    fn rows_that_are_no_distributions_are_named() {
        let simplex = ProbabilitySimplex::new();
        let good = [0.2, 0.8];
        for bad in [[0.3, 0.8], [-0.2, 1.2], [f64::NAN, 1.0]] {
            let x = Tensor::cat(vec![row(good, DType::F32), row(bad, DType::F32)], 0);
            assert_eq!(simplex.check_point(x).map_err(|e| e.row), Err(1));
        }
        let x = Tensor::cat(vec![row(good, DType::F32), row(good, DType::F32)], 0);
        let v = Tensor::cat(
            vec![row([0.1, -0.1], DType::F32), row([0.1, 0.1], DType::F32)],
            0,
        );
        assert_eq!(simplex.check_tangent(x, v).map_err(|e| e.row), Err(1));
    }

    /// Moments of a coordinate of $\operatorname{Dir}(a, \dots, a)$ on `n` outcomes.
    fn moments(n: f64, a: f64) -> [f64; 2] {
        [1.0 / n, (a + 1.0) / (n * (n * a + 1.0))]
    }

    #[test]
    fn uniform_points_have_the_moments_of_their_dirichlet_distribution() {
        const N: usize = 4;
        let simplex = ProbabilitySimplex::new();
        let options = (&Device::flex(), DType::F64);
        let volume = simplex.random_uniform([20_000, N], options);
        let flat = simplex.random_flat([20_000, N], options);
        for (points, a) in [(volume, 0.5), (flat, 1.0)] {
            assert!(simplex.check_point(points.clone()).is_ok());
            let [mean, square] = moments(N as f64, a);
            let first = to_vec_f64(points.clone().mean_dim(0));
            let second = to_vec_f64(points.square().mean_dim(0));
            for i in 0..N {
                // Four standard errors: the variance of p and of p² is below 0.1.
                assert!((first[i] - mean).abs() < 0.01, "{first:?}");
                assert!((second[i] - square).abs() < 0.01, "{second:?}");
            }
        }
    }

    #[test]
    fn random_points_have_the_spread_asked_for() {
        let simplex = ProbabilitySimplex::new();
        let options = (&Device::flex(), DType::F64);
        let (std, n) = (0.1, 5);
        let x = simplex.random_normal([4000, n], std, options);
        let origin = simplex.origin([4000, n], &Device::flex()).cast(DType::F64);
        let squares = simplex
            .distance(simplex.project(origin), x.clone())
            .square();
        let degrees = (n - 1) as f64;
        // Four standard errors of a variance from 16000 normal numbers.
        let spread = (to_vec_f64(squares.mean())[0] / degrees).sqrt();
        assert!((spread / std - 1.0).abs() < 0.03, "{spread}");
        let v = simplex.random_tangent(x.clone(), std);
        assert!(simplex.check_tangent(x.clone(), v.clone()).is_ok());
        let spread = (to_vec_f64(simplex.inner(x, v.clone(), v).mean())[0] / degrees).sqrt();
        assert!((spread / std - 1.0).abs() < 0.03, "{spread}");
    }
}
