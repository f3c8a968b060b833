//! Doubly stochastic matrices with the Fisher metric.

mod doubly_stochastic;
mod gauss_legendre;
mod geodesic;

use burn::module::Module;
use burn::tensor::{Device, Distribution, Tensor, TensorCreationOptions};
use geom_macros::half_precision;

use crate::error::GeometryError;
use crate::manifold::Manifold;
use crate::manifold::point_size::{PointShape, PointSize};
use crate::manifold::sample::Sample;
use crate::numerics::{Limits, sqrt_or_zero};
use doubly_stochastic::{Normal, scaled, scaled_squares, smallest, sums, total};
use geodesic::{connect, shoot};

/// The Birkhoff polytope: doubly stochastic matrices, soft permutations, with the Fisher metric.
///
/// | | |
/// |---|---|
/// | points | $X_{ij} \ge 0$, rows and columns sum to 1, in $\mathbb R^{n\times n}$ |
/// | size, dimension | $n$, $(n - 1)^2$ |
/// | tangent space | rows and columns sum to 0 |
/// | metric | $\sum_{ij} V_{ij}W_{ij}/X_{ij}$ |
/// | curvature | varies |
/// | injectivity radius | $2\arcsin(1/\sqrt n)$ at the barycenter, see [`injectivity_radius`](Manifold::injectivity_radius) |
/// | exact | projections, gradient, Hessian; [`retract`](Manifold::retract) of second order, with inverse |
/// | numeric | `exp`, `log`, `distance`: to rounding, see below |
/// | not an isometry | [`transport`](Manifold::transport), by projection |
///
/// The metric is that of the [`ProbabilitySimplex`](crate::ProbabilitySimplex), of which the polytope
/// holds one in each row and one in each column; $X \mapsto 2\sqrt X$ embeds it isometrically in
/// Euclidean space.
///
/// # Numerics
/// Geodesics have no closed form: `exp` and `log` solve their equation by collocation, which takes
/// about ten rounds and as long as some two hundred retractions. Within the injectivity radius they
/// invert each other to rounding. Beyond it accuracy falls toward faces whose matrices fall apart into
/// blocks, permutation matrices above all, where the manifold has an edge like the tip of a cone. The
/// worst errors of $\sqrt{\exp_X(\log_X(Y))}$ that were measured over 100 random pairs, for $n$ of 3, 5
/// and 10:
///
/// | smallest entry of any matrix | `f32` | `f64` |
/// |---|---|---|
/// | 1e-3 | 3e-7 | 2e-15 |
/// | 1e-5 | 7e-7 | 1e-7 |
/// | 1e-8 | 4e-3 | 4e-3 |
///
/// Next to a permutation matrix a path may not settle at all. What comes back is then no more than an
/// approximation, but values and gradients are finite and points doubly stochastic everywhere.
/// Retraction, projections and gradients do not depend on this.
///
/// Entries below $\varepsilon/n$ are read as that number, and no verb returns smaller ones: all of a
/// row are lost in the rounding of its sum. A permutation matrix is thus a point like any other.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{BirkhoffPolytope, Manifold};
///
/// let polytope = BirkhoffPolytope::new();
/// let scores = Tensor::<2>::from_floats([[2.0, 1.0], [1.0, 4.0]], &Device::flex());
/// let x = polytope.project(scores);
/// assert!(polytope.check_point(x.clone()).is_ok());
/// let gradient = Tensor::<2>::from_floats([[1.0, 0.0], [0.0, 0.0]], &Device::flex());
/// let v = polytope.riemannian_gradient(x.clone(), gradient);
/// let y = polytope.retract(x, v);
/// assert!(polytope.check_point(y).is_ok());
/// ```
///
/// # References
/// Douik, Hassibi (2019), *Manifold Optimization Over the Set of Doubly Stochastic Matrices: A
/// Second-Order Geometry*.
#[derive(Module, Debug, Default)]
pub struct BirkhoffPolytope;

impl BirkhoffPolytope {
    /// Doubly stochastic matrices of any size.
    pub fn new() -> Self {
        Self
    }
}

#[half_precision]
impl Manifold for BirkhoffPolytope {
    const POINT_RANK: usize = 2;

    fn name(&self) -> &'static str {
        "birkhoff-polytope"
    }

    /// The end of the geodesic, by collocation; see the type.
    ///
    /// # Domain
    /// A geodesic that reaches a facet is reflected, as on the simplex. Vectors longer than
    /// $2\pi\sqrt n$ are shortened to that.
    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let shape = Shape::of(&x, &v);
        let s = amplitude(x);
        let w = embedded(&s, v);
        let end = shoot(shape.flatten(s), shape.flatten(w));
        scaled_squares(end).reshape(shape.dims)
    }

    /// The velocity at the start of the geodesic, by collocation; see the type.
    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let shape = Shape::of(&x, &y);
        let (s, chord) = chord(x.clone(), y);
        let [w, _] = connect(shape.flatten(s.clone()), shape.flatten(chord));
        self.project_tangent(x, s.mul_scalar(2.0) * w.reshape(shape.dims))
    }

    /// The doubly stochastic scaling of $(X + V/2)^2/X$, squares and quotient taken entry by entry:
    /// of second order, where the scaling of $X \circ e^{V/X}$ would be of first.
    ///
    /// # Domain
    /// Reflected at facets, as [`exp`](Manifold::exp).
    ///
    /// # References
    /// Douik, Hassibi (2019), §III, with a square in place of the exponential function.
    fn retract<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let s = amplitude(x);
        let w = embedded(&s, v);
        scaled_squares(s + w)
    }

    /// $2(M - X)$ with the doubly stochastic scaling $M$ of $\sqrt{X \circ Y}$: the inverse of
    /// [`retract`](Manifold::retract), which takes $X$ over $M$ to $Y$.
    fn inverse_retract<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let between = scaled(amplitude(x.clone()) * amplitude(y));
        let v = (between - x.clone()).mul_scalar(2.0);
        self.project_tangent(x, v)
    }

    /// $\sum_{ij} V_{ij}W_{ij}/X_{ij}$.
    fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        total(v / positive(x) * w)
    }

    /// The doubly stochastic matrix $\alpha_i X_{ij}\beta_j$, which is the nearest one in relative
    /// entropy, by Sinkhorn's scaling to convergence.
    ///
    /// # Numerics
    /// Entries below $\varepsilon/n$ times the largest one of their row are raised to that, negative
    /// ones included; a row with nothing positive counts as uniform. All sums are then 1 up to
    /// $2n\varepsilon$, which Newton steps between the rounds of scaling reach in at most 25 rounds
    /// where measured (64 are allowed), also where scaling alone would need thousands. The gradient is
    /// that of the limit.
    ///
    /// # References
    /// Sinkhorn (1964), *A Relationship Between Arbitrary Positive Matrices and Doubly Stochastic
    /// Matrices*.
    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        Shape::of(&x, &x);
        scaled(x)
    }

    /// $U - (\alpha_i + \beta_j)X_{ij}$ with the potentials that leave no row or column sum.
    ///
    /// # References
    /// Douik, Hassibi (2019), §III.
    fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        let x = positive(x);
        let normal = Normal::at(x.clone());
        let potentials = normal.refined(x.clone(), u.clone());
        u - x * potentials
    }

    /// The projection of $X \circ G$.
    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        let x = positive(x);
        self.project_tangent(x.clone(), x * gradient)
    }

    /// $B_X(V, W)$ is the projection of $\tfrac12 VW/X$, which is self-adjoint in the metric.
    fn acceleration_adjoint<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        gradient: Tensor<D>,
    ) -> Tensor<D> {
        let gradient = self.riemannian_gradient(x.clone(), gradient);
        let x = positive(x);
        (v / x.clone()) * (gradient / x).mul_scalar(0.5)
    }

    /// The vector of the embedding, $V/2\sqrt X$, moved to $Y$ unchanged and projected there: never
    /// longer than $V$, and exact to first order in the distance, but no isometry.
    fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let moved = v * (amplitude(y.clone()) / amplitude(x));
        self.project_tangent(y, moved)
    }

    /// The barycenter, all entries $1/n$.
    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        Tensor::full(shape, (shape[D - 1] as f64).recip(), device)
    }

    /// The sum of the errors of all row and column sums and of the negative parts.
    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let negative = total(x.clone().neg().clamp_min(0.0));
        let [rows, columns] = sums(x).map(|sum| total(sum.sub_scalar(1.0).abs()));
        rows + columns + negative
    }

    /// The magnitudes of all row and column sums, relative to the sum of the magnitudes of the entries.
    fn tangent_violation<const D: usize>(&self, _x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let scale = total(v.clone().abs());
        let zero = scale.clone().equal_elem(0.0);
        let [rows, columns] = sums(v).map(|sum| total(sum.abs()));
        (rows + columns) / scale.mask_fill(zero, 1.0)
    }

    fn sectional_curvature(&self) -> Option<f64> {
        None
    }

    /// $[n, n]$, with $(n - 1)^2$ dimensions.
    fn try_point_shape(&self, size: PointSize) -> Result<PointShape, GeometryError> {
        let manifold = self.name();
        match size.axes(manifold)? {
            [n, columns] if n == columns => {
                PointShape::new(manifold, vec![n, n], n.saturating_sub(1).pow(2))
            }
            [rows, columns] => Err(GeometryError::PointShape {
                manifold,
                shape: vec![rows, columns],
                expected: "[n, n]".to_owned(),
            }),
        }
    }

    /// $2\arcsin(1/\sqrt n)$ for matrices of size $n$: a path to a facet takes one row from
    /// the barycenter of its simplex to a facet, which is no shorter. Up to there the singular values
    /// of the derivative of `exp` lie above 0.97, as measured for $n$ up to 10.
    fn injectivity_radius(&self, point: &[usize]) -> f64 {
        let size = point.last().copied().unwrap_or(1);
        2.0 * (size as f64).sqrt().recip().asin()
    }

    /// The length of the geodesic that [`log`](Manifold::log) finds.
    ///
    /// # Shapes
    /// - `x`, `y`: `[..., n, n]`, broadcast against each other
    /// - returns: `[..., 1, 1]`
    ///
    /// # Numerics
    /// The gradient comes from the velocities at both ends (the first variation of the length), so
    /// nothing of the iteration is kept; at `x = y` it is 0.
    fn distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let shape = Shape::of(&x, &y);
        let still = [&x, &y].map(|x| x.clone().without_autodiff());
        let (s, chord) = chord(still[0].clone(), still[1].clone());
        let ends = connect(shape.flatten(s), shape.flatten(chord));
        let [leaving, arriving] = ends.map(|w| w.reshape(shape.dims));
        let length = sqrt_or_zero(total(leaving.clone().square()));
        let distance = length.clone().mul_scalar(2.0);
        if !x.is_autodiff() && !y.is_autodiff() {
            return distance;
        }
        let coincident = length.clone().equal_elem(0.0);
        let length = length.mask_fill(coincident, 1.0);
        let [from, to] = still;
        let at_start = leaving / (amplitude(from.clone()) * length.clone());
        let at_end = arriving / (amplitude(to.clone()) * length);
        distance + total((y - to) * at_end) - total((x - from) * at_start)
    }
}

#[half_precision]
impl Sample for BirkhoffPolytope {
    fn random_normal<const D: usize>(
        &self,
        shape: [usize; D],
        std: f64,
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        let noise = Tensor::random(shape, Distribution::Normal(0.0, std), options);
        let origin = noise.full_like((shape[D - 1] as f64).recip());
        let v = self.project_tangent(origin.clone(), amplitude(origin.clone()) * noise);
        self.exp(origin, v)
    }

    /// $\sqrt X \circ Z$ without its normal part.
    fn tangent_from_normal<const D: usize>(&self, x: Tensor<D>, noise: Tensor<D>) -> Tensor<D> {
        let u = amplitude(x.clone()) * noise;
        self.project_tangent(x, u)
    }
}

/// Entries raised to [`smallest`].
fn positive<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let least = smallest(&x);
    x.clamp_min(least)
}

/// The point of the embedding, $s = \sqrt X$.
fn amplitude<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    positive(x).sqrt()
}

/// The tangent vector of the embedding, $w = V/2s$.
fn embedded<const D: usize>(s: &Tensor<D>, v: Tensor<D>) -> Tensor<D> {
    // Beyond this one rounding is a full turn; the bound keeps squares representable.
    let longest = Limits::of(v.dtype()).epsilon.recip();
    (v / s.clone().mul_scalar(2.0)).clamp(-longest, longest)
}

/// $\sqrt X$ and $\sqrt Y - \sqrt X$, without the cancellation of close points.
fn chord<const D: usize>(x: Tensor<D>, y: Tensor<D>) -> (Tensor<D>, Tensor<D>) {
    let [x, y] = [x, y].map(positive);
    let s = x.clone().sqrt();
    let chord = (y.clone() - x) / (s.clone() + y.sqrt());
    (s, chord)
}

/// The shape of two batches of matrices, broadcast.
struct Shape<const D: usize> {
    dims: [usize; D],
}

impl<const D: usize> Shape<D> {
    /// # Panics
    /// If the matrices are not square and of one size.
    fn of(x: &Tensor<D>, y: &Tensor<D>) -> Self {
        let (a, b) = (x.dims(), y.dims());
        assert!(
            D >= 2 && a[D - 2..] == b[D - 2..] && a[D - 2] == a[D - 1],
            "doubly stochastic matrices have shape [..., n, n], got {a:?} and {b:?}"
        );
        Self {
            dims: std::array::from_fn(|axis| if a[axis] == 1 { b[axis] } else { a[axis] }),
        }
    }

    /// `[batch, n, n]`.
    fn flatten(&self, x: Tensor<D>) -> Tensor<3> {
        let n = self.dims[D - 1];
        let batch = self.dims[..D - 2].iter().product();
        // Burn expands to no size of zero.
        let x = if batch == 0 { x } else { x.expand(self.dims) };
        x.reshape([batch, n, n])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::to_vec_f64;
    use burn::tensor::DType;

    const DTYPES: [DType; 2] = [DType::F32, DType::F64];

    fn matrix<const N: usize>(values: [[f64; N]; N], dtype: DType) -> Tensor<3> {
        Tensor::<2>::from_data(values, (&Device::flex(), dtype)).unsqueeze_dim(0)
    }

    fn soft(a: f64, dtype: DType) -> Tensor<3> {
        matrix([[a, 1.0 - a], [1.0 - a, a]], dtype)
    }

    #[test]
    fn two_by_two_matrices_are_an_interval_of_length_sqrt_2_pi() {
        // With a = sin² t the metric is 8 dt².
        let polytope = BirkhoffPolytope::new();
        for dtype in DTYPES {
            for (a, b) in [(0.3, 0.8), (0.01, 0.6), (0.5, 0.999), (0.2, 0.2)] {
                let distance = polytope.distance(soft(a, dtype), soft(b, dtype));
                let exact = 8f64.sqrt() * (a.sqrt().asin() - b.sqrt().asin()).abs();
                let error = (to_vec_f64(distance)[0] - exact).abs();
                // A decimal next to 1 is off by half a rounding, which the root next to it divides.
                let tolerance = 128.0 * Limits::of(dtype).epsilon;
                assert!(error <= tolerance, "{a}, {b} {dtype:?}: {error:e}");
            }
        }
    }

    #[test]
    fn transport_shortens_and_is_the_projection_where_nothing_moves() {
        let polytope = BirkhoffPolytope::new();
        let x = matrix(
            [[0.5, 0.2, 0.3], [0.1, 0.6, 0.3], [0.4, 0.2, 0.4]],
            DType::F64,
        );
        let y = matrix(
            [[0.1, 0.2, 0.7], [0.3, 0.6, 0.1], [0.6, 0.2, 0.2]],
            DType::F64,
        );
        let u = matrix(
            [[0.1, -0.3, 0.4], [0.0, 0.2, 0.3], [-0.6, 0.2, 0.1]],
            DType::F64,
        );
        let v = polytope.project_tangent(x.clone(), u.clone());
        let still = polytope.transport(x.clone(), x.clone(), u) - v.clone();
        assert!(to_vec_f64(still.abs().max())[0] < 1e-15);
        let moved = polytope.transport(x.clone(), y.clone(), v.clone());
        let lengths = [polytope.norm(x, v), polytope.norm(y, moved)].map(|n| to_vec_f64(n)[0]);
        assert!(lengths[1] < lengths[0], "{lengths:?}");
    }

    #[test]
    fn the_projection_keeps_cross_ratios() {
        let polytope = BirkhoffPolytope::new();
        let parts = matrix([[2.0, 1.0], [1.0, 8.0]], DType::F64);
        let x = to_vec_f64(polytope.project(parts));
        // a/(1 - a) = √16.
        assert!(
            (x[0] - 0.8).abs() < 1e-15 && (x[1] - 0.2).abs() < 1e-15,
            "{x:?}"
        );
    }

    #[test]
    fn matrices_without_positive_parts_or_with_huge_ones_are_projected_too() {
        let polytope = BirkhoffPolytope::new();
        for dtype in DTYPES {
            let nothing = matrix([[-1.0, 0.0], [0.0, -2.0]], dtype);
            assert_eq!(to_vec_f64(polytope.project(nothing)), [0.5; 4]);
            let huge = matrix([[3e38, 1e38], [1e-30, -1e38]], dtype);
            assert!(polytope.check_point(polytope.project(huge)).is_ok());
        }
    }

    #[test]
    fn rows_that_are_not_doubly_stochastic_are_named() {
        let polytope = BirkhoffPolytope::new();
        let good = soft(0.3, DType::F32);
        for bad in [
            [[0.5, 0.5], [0.4, 0.6]],
            [[1.5, -0.5], [-0.5, 1.5]],
            [[f64::NAN, 1.0], [1.0, 0.0]],
        ] {
            let x = Tensor::cat(vec![good.clone(), matrix(bad, DType::F32)], 0);
            assert_eq!(polytope.check_point(x).map_err(|e| e.row), Err(1));
        }
        let v = [[[0.1, -0.1], [-0.1, 0.1]], [[0.1, -0.1], [0.1, -0.1]]];
        let v = Tensor::cat(v.map(|v| matrix(v, DType::F32)).to_vec(), 0);
        let x = Tensor::cat(vec![good.clone(), good], 0);
        assert_eq!(polytope.check_tangent(x, v).map_err(|e| e.row), Err(1));
    }

    #[test]
    #[should_panic(expected = "shape [..., n, n], got [1, 2, 3]")]
    fn matrices_that_are_not_square_are_refused() {
        BirkhoffPolytope::new().project(Tensor::<3>::ones([1, 2, 3], &Device::flex()));
    }

    #[test]
    fn random_points_have_the_spread_asked_for() {
        let polytope = BirkhoffPolytope::new();
        let (std, n) = (0.05, 3);
        let x = polytope.random_normal([2000, n, n], std, (&Device::flex(), DType::F64));
        assert!(polytope.check_point(x.clone()).is_ok());
        let origin = x.full_like(1.0 / n as f64);
        let degrees = polytope.point_shape([n, n]).dim() as f64;
        let spread = |squares: Tensor<3>| (to_vec_f64(squares.mean())[0] / degrees).sqrt();
        // Four standard errors of a variance from 8000 normal numbers.
        let points = spread(polytope.distance(origin, x.clone()).square());
        assert!((points / std - 1.0).abs() < 0.04, "{points}");
        let v = polytope.random_tangent(x.clone(), std);
        let vectors = spread(polytope.inner(x, v.clone(), v));
        assert!((vectors / std - 1.0).abs() < 0.04, "{vectors}");
    }
}
