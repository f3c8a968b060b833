//! Partial orders as nested cones of hyperbolic space.

use std::f64::consts::PI;

use burn::tensor::Tensor;
use burn::tensor::activation::relu;
use geom_core::gyro::Point;
use geom_core::numerics::{angle, dot, norm, sqrt_or_zero, squared_norm};
use geom_core::{HyperbolicModel, SettingError};

use super::mean::mean;

/// Geodesically convex cones that open away from the origin; $y$ is a descendant of $x$ when it lies
/// in the cone at $x$.
///
/// With points in the unit ball and the constant $K > 0$, the half aperture of the cone at $x$, and
/// the angle at $x$ between the ray from the origin and the geodesic to $y$, are
///
/// $$ \psi(x) = \arcsin\frac{K(1 - \lVert x\rVert^2)}{\lVert x\rVert}, \qquad
///    \Xi(x, y) = \arccos\frac{\langle x, y\rangle(1 + \lVert x\rVert^2)
///      {}- \lVert x\rVert^2(1 + \lVert y\rVert^2)}
///      {\lVert x\rVert\\,\lVert x - y\rVert\sqrt{1 + \lVert x\rVert^2\lVert y\rVert^2
///      {}- 2\langle x, y\rangle}} $$
///
/// and the energy of the pair is $E(x, y) = \max(0, \Xi(x, y) - \psi(x))$. Cones nest: the relation
/// $E(x, y) = 0$ is transitive.
///
/// # Domain
/// Cones have an apex outside the radius $\varepsilon = 2K/(1 + \sqrt{1 + 4K^2})$
/// ([`min_radius`](Self::min_radius)), where the aperture reaches a half-space; models keep points
/// outside it. Nearer points are given that half-space, and the origin the whole space. A
/// point is in its own cone.
///
/// # Numerics
/// Angles are formed as $\operatorname{atan2}$ of components along and across the ray, with
/// $\delta = y - x$ and $\hat x = x/\lVert x\rVert$,
///
/// $$ \tan\Xi = \frac{(1 - \lVert x\rVert^2)\\,\lVert\delta - \langle\hat x, \delta\rangle\hat x\rVert}
///    {(1 - \lVert x\rVert^2)\langle\hat x, \delta\rangle - \lVert x\rVert\lVert\delta\rVert^2}, $$
///
/// so they keep their digits at either end, where $\arccos$ loses half, and their gradients are
/// finite. On the axis of the cone, in front or behind, and at $y = x$ and $x = 0$ the gradient of
/// $\Xi$ across is taken as 0.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::PoincareBall;
/// use geom_nn::losses::EntailmentCones;
///
/// let device = Device::flex();
/// let (ball, cones) = (PoincareBall::new(1.0), EntailmentCones::new(0.1));
/// let x = Tensor::<2>::from_data([[0.3, 0.0]], &device);
/// let child = Tensor::<2>::from_data([[0.6, 0.02]], &device);
/// let other = Tensor::<2>::from_data([[-0.6, 0.0]], &device);
/// assert_eq!(cones.energy(&ball, x.clone(), child).into_scalar::<f32>(), 0.0);
/// assert!(cones.energy(&ball, x, other).into_scalar::<f32>() > 2.0);
/// ```
///
/// # References
/// Ganea, Bécigneul, Hofmann (2018), *Hyperbolic Entailment Cones for Learning Hierarchical
/// Embeddings*, eqs. 26, 28, 33; theorem 1 for the nesting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EntailmentCones {
    pub(super) k: f64,
}

impl EntailmentCones {
    /// Cones with the constant $K$; the paper's is 0.1.
    ///
    /// # Panics
    /// If `k` is not positive and finite; [`try_new`](Self::try_new) is for values from outside.
    pub fn new(k: f64) -> Self {
        Self::try_new(k).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Cones with the constant $K$, checked.
    ///
    /// # Errors
    /// [`SettingError`] if `k` is not positive and finite.
    pub fn try_new(k: f64) -> Result<Self, SettingError> {
        let rule = "a positive, finite number; the paper's is 0.1";
        SettingError::check(k.is_finite() && k > 0.0, "k", k, rule)?;
        Ok(Self { k })
    }

    /// The radius $\varepsilon$ in the unit ball outside of which points have a cone.
    pub fn min_radius(&self) -> f64 {
        2.0 * self.k / (1.0 + (1.0 + 4.0 * self.k * self.k).sqrt())
    }

    /// The half aperture $\psi(x)$, in $(0, \pi/2]$.
    ///
    /// # Shapes
    /// - `x`: points of `model`, `[..., ambient]`
    /// - returns: `[..., 1]`
    pub fn half_aperture<M: HyperbolicModel, const D: usize>(
        &self,
        model: &M,
        x: Tensor<D>,
    ) -> Tensor<D> {
        self.half_aperture_at(&model.to_unit_ball(x))
    }

    fn half_aperture_at<const D: usize>(&self, x: &Point<Tensor<D>>) -> Tensor<D> {
        let length = norm(x.x.clone());
        let opposite = x.alpha.clone().mul_scalar(self.k);
        let square = (length.clone() - opposite.clone()) * (length + opposite.clone());
        angle(opposite, sqrt_or_zero(square))
    }

    /// The angle $\Xi(x, y)$, in $[0, \pi]$.
    ///
    /// # Shapes
    /// - `x`, `y`: points of `model`, `[..., ambient]`, broadcast against each other
    /// - returns: `[..., 1]`
    pub fn angle<M: HyperbolicModel, const D: usize>(
        &self,
        model: &M,
        x: Tensor<D>,
        y: Tensor<D>,
    ) -> Tensor<D> {
        angle_between(&model.to_unit_ball(x), model.to_unit_ball(y).x)
    }

    /// The energy $E(x, y) = \max(0, \Xi(x, y) - \psi(x))$: 0 where $y$ is in the cone at $x$.
    ///
    /// # Shapes
    /// - `x`, `y`: points of `model`, `[..., ambient]`, broadcast against each other
    /// - returns: `[..., 1]`
    pub fn energy<M: HyperbolicModel, const D: usize>(
        &self,
        model: &M,
        x: Tensor<D>,
        y: Tensor<D>,
    ) -> Tensor<D> {
        let x = model.to_unit_ball(x);
        let half_aperture = self.half_aperture_at(&x);
        relu(angle_between(&x, model.to_unit_ball(y).x) - half_aperture)
    }
}

/// The max-margin loss of energies.
///
/// $$ \ell = \frac1P\sum_{i \le P} E_i + \frac1N\sum_{j \le N} \max(0, \gamma - E'_j) $$
///
/// # Shapes
/// - `positive`: any, the energies $E$ of true relations, as [`EntailmentCones::energy`] gives them
/// - `negative`: any, the energies $E'$ of pairs that are none
/// - returns: `[1]`
///
/// # Panics
/// If either list is empty.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_nn::losses::entailment_loss;
///
/// let device = Device::flex();
/// let positive = Tensor::<1>::from_data([0.0, 1.0], &device);
/// let negative = Tensor::<1>::from_data([2.0, 0.25], &device);
/// let loss = entailment_loss(positive, negative, 0.5).into_scalar::<f32>();
/// assert!((loss - (0.5 + 0.125)).abs() < 1e-6);
/// ```
///
/// # References
/// Ganea, Bécigneul, Hofmann (2018), *Hyperbolic Entailment Cones*, eq. 32, which sums where this
/// averages; its margin $\gamma$ is 0.01.
pub fn entailment_loss<const D: usize>(
    positive: Tensor<D>,
    negative: Tensor<D>,
    margin: f64,
) -> Tensor<1> {
    mean(positive, "positive pairs")
        + mean(relu(negative.neg().add_scalar(margin)), "negative pairs")
}

/// The angle at `x` between the ray from the origin and the geodesic to `y`.
fn angle_between<const D: usize>(x: &Point<Tensor<D>>, y: Tensor<D>) -> Tensor<D> {
    let delta = y - x.x.clone();
    let length = norm(x.x.clone());
    let at_origin = length.clone().equal_elem(0.0);
    let ray = x.x.clone() / length.clone().mask_fill(at_origin, 1.0);
    let along = dot(ray.clone(), delta.clone());
    let across = norm(delta.clone() - ray * along.clone());
    let square = squared_norm(delta);
    let coincident = square.clone().equal_elem(0.0);
    let opposite = across * x.alpha.clone();
    let adjacent = (along * x.alpha.clone() - length * square).mask_fill(coincident.clone(), 1.0);
    let opposite = opposite.mask_fill(coincident, 0.0);

    let behind = adjacent.clone().lower_elem(0.0);
    let adjacent = adjacent.clone().mask_where(behind.clone(), adjacent.neg());
    // The angle does not change with the size of the triangle, and the squares of the components of
    // one at the boundary could vanish.
    let size = (opposite.clone() + adjacent.clone()).detach().recip();
    let acute = angle(opposite * size.clone(), adjacent * size);
    let obtuse = acute.clone().neg().add_scalar(PI);
    acute.mask_where(behind, obtuse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::testing::{assert_gradient, finite_gradient};
    use burn::tensor::{DType, Device};
    use geom_core::numerics::to_vec_f64;
    use geom_core::{Hyperboloid, PoincareBall, change_model};

    fn cones() -> EntailmentCones {
        EntailmentCones::new(0.1)
    }

    fn points<const N: usize>(rows: [[f64; 2]; N]) -> Tensor<2> {
        Tensor::from_data(rows, (&Device::flex(), DType::F64))
    }

    /// Points all over a sector of the unit ball, so that many lie in the cones of others.
    fn sector() -> Tensor<2> {
        let radii = (0..14).map(|i| 0.1 + 0.06 * f64::from(i));
        let points = radii.flat_map(|radius| {
            (0..9).flat_map(move |i| {
                let turn = 0.11 * f64::from(i) + radius;
                [radius * turn.cos(), radius * turn.sin()]
            })
        });
        let points: Vec<f64> = points.collect();
        Tensor::<1>::from_data(points.as_slice(), (&Device::flex(), DType::F64)).reshape([-1, 2])
    }

    #[test]
    fn aperture_and_angle_are_those_of_the_paper() {
        let ball = PoincareBall::new(1.0);
        let mut rows = Vec::new();
        for seed in 0..40 {
            let turn = 2.399963 * f64::from(seed);
            let radius = 0.12 + 0.02 * f64::from(seed);
            rows.push([radius * turn.cos(), radius * turn.sin()]);
        }
        let count = rows.len();
        let tensor = |shift: usize| {
            let values: Vec<f64> = (0..count).flat_map(|i| rows[(i + shift) % count]).collect();
            Tensor::<1>::from_data(values.as_slice(), (&Device::flex(), DType::F64))
                .reshape([count, 2])
        };
        let apertures = to_vec_f64(cones().half_aperture(&ball, tensor(0)));
        for shift in [1, 7] {
            let angles = to_vec_f64(cones().angle(&ball, tensor(0), tensor(shift)));
            for (i, [a, b]) in rows.iter().enumerate() {
                let [p, q] = rows[(i + shift) % count];
                let (xx, yy, xy) = (a * a + b * b, p * p + q * q, a * p + b * q);
                let apart = ((a - p).powi(2) + (b - q).powi(2)).sqrt();
                let aperture = (0.1 * (1.0 - xx) / xx.sqrt()).asin();
                let below = xx.sqrt() * apart * (1.0 + xx * yy - 2.0 * xy).sqrt();
                let angle = ((xy * (1.0 + xx) - xx * (1.0 + yy)) / below).acos();
                // The arc cosine of the reference loses half the digits at either end.
                assert!((apertures[i] - aperture).abs() < 1e-12);
                assert!(
                    (angles[i] - angle).abs() < 1e-7,
                    "{} is not {angle}",
                    angles[i]
                );
            }
        }
    }

    #[test]
    fn every_model_and_curvature_has_the_same_cones() {
        let unit = PoincareBall::new(1.0);
        let x = sector();
        let y = x.clone().flip([0]);
        let expected = to_vec_f64(cones().energy(&unit, x.clone(), y.clone()));
        let (ball, hyperboloid) = (PoincareBall::new(0.3), Hyperboloid::new(2.0));
        let in_ball = cones().energy(
            &ball,
            change_model(&unit, &ball, x.clone()),
            change_model(&unit, &ball, y.clone()),
        );
        let on_hyperboloid = cones().energy(
            &hyperboloid,
            change_model(&unit, &hyperboloid, x),
            change_model(&unit, &hyperboloid, y),
        );
        for (other, name) in [(in_ball, "ball"), (on_hyperboloid, "hyperboloid")] {
            for (a, b) in to_vec_f64(other).iter().zip(&expected) {
                assert!((a - b).abs() < 1e-10, "{name}: {a} is not {b}");
            }
        }
    }

    #[test]
    fn cones_nest() {
        let ball = PoincareBall::new(1.0);
        let x = sector();
        let [n, _] = x.dims();
        let rows = x.clone().reshape([n, 1, 2]).repeat_dim(1, n);
        let columns = x.clone().reshape([1, n, 2]).repeat_dim(0, n);
        let energy = to_vec_f64(cones().energy(&ball, rows, columns));
        let radii = to_vec_f64(norm(x));
        let below = |i: usize, j: usize| {
            i != j && radii[i] > cones().min_radius() && energy[n * i + j] == 0.0
        };
        let mut chains = 0;
        for i in 0..n {
            for j in (0..n).filter(|&j| below(i, j)) {
                for k in (0..n).filter(|&k| below(j, k)) {
                    chains += 1;
                    assert!(energy[n * i + k] < 1e-12, "{}", energy[n * i + k]);
                }
            }
        }
        assert!(chains > 1000, "only {chains} chains to test");
    }

    #[test]
    fn the_gradient_agrees_with_differences() {
        let ball = PoincareBall::new(0.7);
        let at = [0.3, 0.1, -0.2, 0.5, 0.7, 0.4, 0.1, -0.6];
        assert_gradient("cones", [2, 4], &at, |pair| {
            let (x, y) = (pair.clone().narrow(1, 0, 2), pair.narrow(1, 2, 2));
            let forth = cones().energy(&ball, x.clone(), y.clone());
            entailment_loss(forth, cones().energy(&ball, y, x), 3.0)
        });
    }

    #[test]
    fn energies_and_gradients_are_finite_wherever_points_lie() {
        let ball = PoincareBall::new(1.0);
        let apex = cones().min_radius();
        let edge = 1.0 - 1e-7;
        let places = [
            [0.0, 0.0],
            [1e-9, 0.0],
            [apex, 0.0],
            [apex * 0.5, 0.0],
            [0.5, 0.0],
            [0.5, 1e-7],
            [-0.5, 0.0],
            [edge, 0.0],
            [-edge, 0.0],
            [0.0, edge],
        ];
        let device = Device::flex().autodiff();
        for dtype in [DType::F32, DType::F64] {
            let n = places.len();
            let x = Tensor::<2>::from_data(places, (&device, dtype));
            let gradient = finite_gradient("cones", x.clone(), |x| {
                let rows = x.clone().reshape([n, 1, 2]).repeat_dim(1, n);
                let columns = x.reshape([1, n, 2]).repeat_dim(0, n);
                let energy = cones().energy(&ball, rows, columns);
                entailment_loss(energy.clone(), energy, 4.0)
            });
            assert_eq!(gradient.len(), 2 * n);
            let own = to_vec_f64(cones().energy(&ball, x.clone(), x));
            assert!(own.iter().all(|&energy| energy == 0.0), "{own:?}");

            // As far out as the number format goes, and at points that coincide there.
            let hyperboloid = Hyperboloid::new(1.0);
            let far = geom_core::Limits::of(dtype).max_radius;
            let v = [[far, 0.0], [far, 0.0], [0.0, -far], [1e-9, 0.0], [0.0, 0.0]];
            let v = Tensor::<2>::from_data(v, (&device, dtype));
            finite_gradient("cones far out", v, |v| {
                let x = hyperboloid.exp0(v);
                let rows = x.clone().reshape([5, 1, 3]).repeat_dim(1, 5);
                let columns = x.reshape([1, 5, 3]).repeat_dim(0, 5);
                let energy = cones().energy(&hyperboloid, rows, columns);
                entailment_loss(energy.clone(), energy, 4.0)
            });
        }
    }

    #[test]
    fn points_behind_have_the_largest_angle_and_those_on_the_axis_none() {
        let ball = PoincareBall::new(1.0);
        let x = points([[0.5, 0.0], [0.5, 0.0], [0.5, 0.0]]);
        let y = points([[0.9, 0.0], [0.2, 0.0], [-0.9, 0.0]]);
        assert_eq!(to_vec_f64(cones().angle(&ball, x, y)), [0.0, PI, PI]);
    }

    #[test]
    fn the_aperture_is_a_half_space_at_the_least_radius_and_closes_at_the_boundary() {
        let ball = PoincareBall::new(1.0);
        let apex = cones().min_radius();
        let x = points([
            [0.0, 0.0],
            [apex * 0.999, 0.0],
            [apex * 1.001, 0.0],
            [0.999999, 0.0],
        ]);
        let apertures = to_vec_f64(cones().half_aperture(&ball, x));
        assert_eq!(apertures[..2], [PI / 2.0; 2]);
        assert!(apertures[2] < PI / 2.0 && apertures[2] > 1.5);
        assert!((apertures[3] / 2e-7 - 1.0).abs() < 1e-5);
        for k in [0.0, -1.0, f64::NAN] {
            assert!(EntailmentCones::try_new(k).is_err());
        }
    }
}
