//! Operations on sets of points of the hyperboloid: centroid, distance to a hyperplane.

use burn::tensor::Tensor;

use super::Hyperboloid;
use super::frame::{Frame, lift};
use crate::gyro::Point;
use crate::manifolds::hyperbolic::klein_ball::einstein;
use crate::numerics::{Limits, asinhc, cosh_sqrt, dot, norm, sinhc};

impl Hyperboloid {
    /// The centroid of weighted points, taken over `axis`:
    ///
    /// $$ \mu = \frac{\sum_i w_i x_i}{\sqrt c\\,\bigl\lvert\lVert\sum_i w_i x_i\rVert_{\mathbb L}
    ///    \bigr\rvert}, $$
    ///
    /// the point with the least weighted sum of squared Lorentzian distances
    /// $-2/c - 2\langle x, \mu\rangle_{\mathbb L}$. Isometries carry it along.
    ///
    /// # Shapes
    /// - `x`: `[..., d + 1]`
    /// - `weights`: broadcasts against `[..., 1]`
    /// - returns: `[..., d + 1]`, with `axis` at size 1
    ///
    /// # Domain
    /// Weights are not negative, and along `axis` their sum is positive; only their ratios matter.
    ///
    /// # Numerics
    /// The Minkowski norm is not taken as a difference of squares, which loses all digits for points
    /// that lie close together far out, but from the spread of the points in the Klein model. The
    /// error is that of the coordinates, about $\varepsilon e^r$ at distance $r$ from the origin.
    ///
    /// # Panics
    /// If `axis` is the last one, which holds the coordinates, or beyond it.
    ///
    /// # Examples
    /// ```
    /// use burn::tensor::{Device, Tensor};
    /// use geom_core::{Hyperboloid, Manifold};
    ///
    /// let hyperboloid = Hyperboloid::new(1.0);
    /// let points = [[0.0, 1.0, 0.5], [0.0, -2.0, 0.5]];
    /// let x = hyperboloid.project(Tensor::<2>::from_floats(points, &Device::flex()));
    /// let weights = Tensor::<2>::ones([2, 1], &Device::flex());
    /// let middle = hyperboloid.centroid(x.clone(), weights, 0);
    /// // Of two points of equal weight it is the midpoint.
    /// let expected = hyperboloid.midpoint(x.clone().narrow(0, 0, 1), x.narrow(0, 1, 1));
    /// assert!(hyperboloid.distance(middle, expected).into_scalar::<f32>() < 1e-5);
    /// ```
    ///
    /// # References
    /// Law, Liao, Snell, Zemel (2019), *Lorentzian Distance Learning for Hyperbolic
    /// Representations*, theorem 3.3.
    pub fn centroid<const D: usize>(
        &self,
        x: Tensor<D>,
        weights: Tensor<D>,
        axis: usize,
    ) -> Tensor<D> {
        let root = self.curvature().coefficient(&x).sqrt();
        let Frame { space, time } = Frame::new(root.scale(x));
        let slowness = time.recip();
        let klein = Point {
            x: space * slowness.clone(),
            alpha: slowness.square(),
        };
        let middle = einstein::midpoint(klein, weights, axis);
        root.divide(lift(middle.x / middle.alpha.sqrt()))
    }

    /// The signed distance to the hyperplane that the geodesic from the origin in the direction
    /// `direction` meets at a right angle at the signed distance `offset`:
    ///
    /// $$ \frac1{\sqrt c}\operatorname{asinh}\frac{\sqrt c\\,\langle w, x\rangle_{\mathbb L}}
    ///    {\lVert w\rVert_{\mathbb L}}, \qquad
    ///    w = \bigl(\sinh(\sqrt c\\,a)\lVert z\rVert,\ \cosh(\sqrt c\\,a)\\,z\bigr), $$
    ///
    /// positive on the side to which the direction $z$ points. Every hyperplane has such a $z$ and
    /// offset $a$; $\lVert w\rVert_{\mathbb L} = \lVert z\rVert$.
    ///
    /// # Shapes
    /// - `x`: `[..., d + 1]`
    /// - `direction`: `[..., d]`, of any length but 0
    /// - `offset`: `[..., 1]`, broadcast against each other
    /// - returns: `[..., 1]`
    ///
    /// # Numerics
    /// Offsets beyond [`Limits::max_radius`] count as that. A direction of length 0 names no
    /// hyperplane; the result and its gradient are 0 there.
    ///
    /// # Examples
    /// ```
    /// use burn::tensor::{Device, Tensor};
    /// use geom_core::{Hyperboloid, Manifold};
    ///
    /// let hyperboloid = Hyperboloid::new(0.5);
    /// let direction = Tensor::<2>::from_floats([[3.0, 4.0]], &Device::flex());
    /// let unit = direction.clone().div_scalar(5.0);
    /// let x = hyperboloid.exp0(unit.mul_scalar(2.0));
    /// let offset = Tensor::<2>::from_floats([[0.5]], &Device::flex());
    /// let distance = hyperboloid.hyperplane_distance(x, direction, offset);
    /// assert!((distance.into_scalar::<f32>() - 1.5).abs() < 1e-6);
    /// ```
    ///
    /// # References
    /// Mishne, Wan, Wang, Yang (2023), *The Numerical Stability of Hyperbolic Representation
    /// Learning*; Bdeir, Schwethelm, Landwehr (2024), *Fully Hyperbolic Convolutional Neural Networks
    /// for Computer Vision*, on multinomial logistic regression.
    pub fn hyperplane_distance<const D: usize>(
        &self,
        x: Tensor<D>,
        direction: Tensor<D>,
        offset: Tensor<D>,
    ) -> Tensor<D> {
        let root = self.curvature().coefficient(&x).sqrt();
        let longest = Limits::of(x.dtype()).max_radius;
        let Frame { space, time } = Frame::new(root.scale(x));
        let offset = root.scale(offset).clamp(-longest, longest);
        let length = norm(direction.clone());
        let none = length.clone().equal_elem(0.0);
        let named = length.ones_like().mask_fill(none.clone(), 0.0);
        let along = dot(direction, space) / length.mask_fill(none, 1.0);
        let square = offset.clone().square();
        let across = cosh_sqrt(square.clone()) * along - sinhc(square) * offset * time;
        let sinh = across * named;
        root.divide(sinh.clone() * asinhc(sinh.square()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isometry::lorentz::{lorentz_boost, lorentz_rotation, lorentz_transform};
    use crate::manifold::Manifold;
    use crate::manifold::sample::Sample;
    use crate::numerics::to_vec_f64;
    use burn::tensor::{DType, Device, Distribution};

    /// Rounding of a few dozen operations on numbers of order ten.
    const ROUNDING: f64 = 1e-12;

    fn options() -> (Device, DType) {
        (Device::flex(), DType::F64)
    }

    fn tensor<const N: usize, const W: usize>(values: [[f64; W]; N], dtype: DType) -> Tensor<2> {
        Tensor::from_data(values, (&Device::flex(), dtype))
    }

    fn weights(shape: [usize; 3]) -> Tensor<3> {
        let (device, dtype) = options();
        Tensor::random(shape, Distribution::Uniform(0.1, 1.0), (&device, dtype))
    }

    fn worst<const D: usize>(x: Tensor<D>) -> f64 {
        to_vec_f64(x.abs().max())[0]
    }

    #[test]
    fn the_centroid_is_the_normalized_weighted_sum_of_the_textbook() {
        let c = 0.5;
        let hyperboloid = Hyperboloid::new(c);
        let (device, dtype) = options();
        let x = hyperboloid.random_normal([4, 6, 3], 0.5, (&device, dtype));
        for (axis, shape) in [(0, [4, 1, 1]), (1, [4, 6, 1])] {
            let weights = weights(shape);
            let sum = (x.clone() * weights.clone()).sum_dim(axis);
            let square = hyperboloid.minkowski_inner(sum.clone(), sum.clone()).neg();
            let textbook = sum / square.mul_scalar(c).sqrt();
            let centroid = hyperboloid.centroid(x.clone(), weights, axis);
            assert_eq!(centroid.dims(), textbook.dims());
            assert!(worst(centroid - textbook) < ROUNDING);
        }
    }

    #[test]
    fn the_centroid_moves_with_an_isometry() {
        let hyperboloid = Hyperboloid::new(1.0);
        let (device, dtype) = options();
        let x = hyperboloid.random_normal([5, 3], 0.5, (&device, dtype));
        let weights = weights([1, 5, 1]).reshape([5, 1]);
        let boost = lorentz_boost(Tensor::from_data([0.3, -0.6], (&device, dtype)));
        let turn = lorentz_rotation(tensor([[0.6, -0.8], [0.8, 0.6]], dtype));
        let moved = |x: Tensor<2>| lorentz_transform(x, boost.clone(), turn.clone());
        let after = hyperboloid.centroid(moved(x.clone()), weights.clone(), 0);
        let before = moved(hyperboloid.centroid(x, weights, 0));
        assert!(worst(hyperboloid.distance(after, before)) < ROUNDING);
    }

    #[test]
    fn the_centroid_of_neighbors_far_out_lies_between_them() {
        let hyperboloid = Hyperboloid::new(1.0);
        for (dtype, radius) in [(DType::F32, 12.0f64), (DType::F64, 30.0)] {
            // Turned by e^{-radius}, which leaves them about a unit apart.
            let angle = (-radius).exp();
            let v = tensor([[radius, radius * angle], [radius, -radius * angle]], dtype);
            let x = hyperboloid.exp0(v);
            let middle = hyperboloid.centroid(x.clone(), tensor([[1.0], [1.0]], dtype), 0);
            assert!(hyperboloid.check_point(middle.clone()).is_ok());
            let apart = hyperboloid.distance(x.clone().narrow(0, 0, 1), x.clone().narrow(0, 1, 1));
            let away = hyperboloid.distance(x, middle);
            let apart = to_vec_f64(apart)[0];
            assert!(apart > 0.5, "{dtype:?}: {apart}");
            for away in to_vec_f64(away) {
                let off = (away - apart / 2.0).abs();
                // What the coordinates resolve; a difference of squares would be off by the square.
                let tolerance = Limits::of(dtype).epsilon * radius.exp();
                assert!(off < tolerance, "{dtype:?}: {away} of {apart}: off {off:e}");
            }
        }
    }

    #[test]
    fn values_and_gradients_of_the_centroid_are_finite_from_the_origin_to_the_edge() {
        let hyperboloid = Hyperboloid::new(1.0);
        for dtype in [DType::F32, DType::F64] {
            for radius in [0.0, 1e-20, 1.0, Limits::of(dtype).max_radius] {
                let v = tensor([[radius, 0.0], [radius, 0.0], [0.0, -radius]], dtype);
                let x = hyperboloid.exp0(v).autodiff().require_grad();
                let weights = tensor([[1.0], [0.0], [2.0]], dtype)
                    .autodiff()
                    .require_grad();
                let middle = hyperboloid.centroid(x.clone(), weights.clone(), 0);
                let gradients = middle.clone().sum().backward();
                let all = [middle.inner(), x.grad(&gradients).expect("a leaf")];
                let finite = |t: Tensor<2>| to_vec_f64(t).iter().all(|x| x.is_finite());
                assert!(all.into_iter().all(finite), "{dtype:?} at {radius}");
                let wrt_weights = weights.grad(&gradients).expect("a leaf");
                assert!(finite(wrt_weights), "{dtype:?} at {radius}");
            }
        }
    }

    #[test]
    fn the_distance_to_a_hyperplane_is_the_least_distance_to_its_points() {
        let c = 2.0;
        let hyperboloid = Hyperboloid::new(c);
        let (device, dtype) = options();
        let x = hyperboloid.random_normal([6, 4], 0.5, (&device, dtype));
        let direction = tensor([[0.5, -1.0, 2.0]], dtype);
        let offset = tensor([[-0.3]], dtype);
        let signed = hyperboloid.hyperplane_distance(x.clone(), direction.clone(), offset.clone());
        // The reflection in the hyperplane, x - 2⟨w, x⟩ w / ⟨w, w⟩, goes twice as far across.
        let length = worst(norm(direction.clone()));
        let angle = -0.3 * c.sqrt();
        let w = Tensor::cat(
            vec![
                tensor([[angle.sinh() * length]], dtype),
                direction.clone().mul_scalar(angle.cosh()),
            ],
            1,
        );
        let across = hyperboloid.minkowski_inner(w.clone(), x.clone());
        let mirrored = x.clone() - w.clone() * across.clone().mul_scalar(2.0 / length.powi(2));
        assert!(hyperboloid.check_point(mirrored.clone()).is_ok());
        let half = hyperboloid.distance(x, mirrored.clone()).div_scalar(2.0);
        assert!(worst(signed.clone().abs() - half) < ROUNDING);
        assert!(worst(signed.clone().sign() - across.sign()) == 0.0);
        let behind = hyperboloid.hyperplane_distance(mirrored, direction, offset);
        assert!(worst(behind + signed) < ROUNDING);
    }

    #[test]
    fn a_direction_of_length_zero_gives_zero_and_finite_gradients() {
        let hyperboloid = Hyperboloid::new(1.0);
        let dtype = DType::F64;
        let x = hyperboloid.exp0(tensor([[0.3, 0.4], [0.0, 0.0]], dtype));
        let x = x.autodiff().require_grad();
        let direction = tensor([[0.0, 0.0]], dtype).autodiff().require_grad();
        let offset = tensor([[0.5]], dtype).autodiff().require_grad();
        let distance = hyperboloid.hyperplane_distance(x.clone(), direction.clone(), offset);
        let gradients = distance.clone().sum().backward();
        assert_eq!(to_vec_f64(distance), [0.0, 0.0]);
        for leaf in [x, direction] {
            let gradient = to_vec_f64(leaf.grad(&gradients).expect("a leaf"));
            assert!(gradient.iter().all(|&g| g == 0.0), "{gradient:?}");
        }
    }
}
