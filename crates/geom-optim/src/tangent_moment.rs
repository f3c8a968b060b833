//! A moving average of tangent vectors, which follows its point.

use burn::optim::{RecordState, StateSink, StateSource};
use burn::tensor::{Device, Tensor};

use crate::geometry::Geometry;
use crate::record;

/// A tangent vector at the point where a parameter stands: the momentum of an optimizer.
///
/// # When the point moves
///
/// A step from $x$ to $y$ carries the vector along, $m \leftarrow P_{x\to y}\, m$.
///
/// # When the curvature moves
///
/// A learnable curvature changes between two steps, and
/// [`ManifoldParam`](geom_core::ManifoldParam) then re-expresses the points on the new manifold. The
/// vector was tangent at the old point and measured with the old metric, so the squared norm
/// $s = \lVert m\rVert_x^2$ is kept beside it, and at the next step, with $x'$ the new point,
///
/// $$ m' = \sqrt{\frac{s}{\lVert w\rVert_{x'}^2}}\; w, \qquad w = P_{x'\to x'}\, m. $$
///
/// The transport from $x'$ to itself is the identity on tangent vectors and the orthogonal
/// projection on other ambient ones. So the direction in ambient coordinates stays and the Riemannian
/// length stays. On the Poincaré ball this is exactly the transport to the origin on the old manifold
/// followed by the transport from the origin on the new one; on the hyperboloid it agrees with that
/// to first order in the change of curvature.
///
/// On flat space nothing ever moves: the vector is Burn's momentum buffer.
///
/// # Shapes
/// - the vector: as the parameter, `[..., d]`; its squared norm: `[..., 1]`
#[derive(Clone, Debug)]
pub struct TangentMoment<const D: usize> {
    vector: Tensor<D>,
    length: Option<Length<D>>,
}

/// The squared norm of a moment under the metric of one curvature.
#[derive(Clone, Debug)]
struct Length<const D: usize> {
    curvature: f64,
    squared: Tensor<D>,
}

impl<const D: usize> TangentMoment<D> {
    /// The moment `vector`, tangent at `x`.
    fn at(geometry: &Geometry, x: &Tensor<D>, vector: Tensor<D>) -> Self {
        let length = match geometry {
            Geometry::Plain => None,
            Geometry::Manifold(manifold) => {
                manifold.sectional_curvature().map(|curvature| Length {
                    curvature,
                    squared: geometry.squared_norm(x, vector.clone()),
                })
            }
        };
        Self { vector, length }
    }

    /// The moment `vector`, tangent at `x`, after a step from `x` to `y`.
    pub(crate) fn carried(
        geometry: &Geometry,
        x: Tensor<D>,
        y: &Tensor<D>,
        vector: Tensor<D>,
    ) -> Self {
        let vector = geometry.transport(x, y.clone(), vector);
        Self::at(geometry, y, vector)
    }

    /// The tangent vector at `x`, the point where the parameter stands now.
    pub(crate) fn into_vector(self, geometry: &Geometry, x: &Tensor<D>) -> Tensor<D> {
        let (Geometry::Manifold(manifold), Some(length)) = (geometry, self.length) else {
            return self.vector;
        };
        if manifold.sectional_curvature() == Some(length.curvature) {
            return self.vector;
        }
        let vector = manifold.project_tangent(x.clone(), self.vector);
        let squared = geometry.squared_norm(x, vector.clone());
        let vanishes = squared.clone().lower_equal_elem(0.0);
        let scale = length.squared.div(squared).sqrt().mask_fill(vanishes, 1.0);
        vector * scale
    }

    /// The vector, in ambient coordinates.
    pub fn vector(&self) -> Tensor<D> {
        self.vector.clone()
    }

    /// Moves the moment to a device.
    pub fn to_device(self, device: &Device) -> Self {
        let length = self.length.map(|length| Length {
            squared: length.squared.to_device(device),
            ..length
        });
        Self {
            vector: self.vector.to_device(device),
            length,
        }
    }
}

impl<const D: usize> RecordState for TangentMoment<D> {
    fn state_flatten(&self, prefix: &str, out: &mut StateSink) {
        record::push(out, prefix, "vector", &self.vector);
        if let Some(length) = &self.length {
            out.push_scalar(prefix, "curvature", length.curvature.into());
            record::push(out, prefix, "squared_length", &length.squared);
        }
    }

    fn state_unflatten(prefix: &str, source: &mut StateSource, device: &Device) -> Option<Self> {
        let vector = record::take(source, prefix, "vector", device)?;
        let length = match source.take_scalar(prefix, "curvature") {
            None => None,
            Some(curvature) => Some(Length {
                curvature: f64::try_from(curvature).ok()?,
                squared: record::take(source, prefix, "squared_length", device)?,
            }),
        };
        Some(Self { vector, length })
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Tolerance};
    use geom_core::{Hyperboloid, Manifold, PoincareBall, scope};

    use super::*;

    fn tensor<const N: usize>(rows: [[f64; N]; 2]) -> Tensor<2> {
        Tensor::from_data(rows, (&Device::default(), DType::F64))
    }

    /// A moment taken on `old` at `x` and read on `new` at the point that `new.follow` gives.
    fn read_after_change<M: Manifold>(
        old: &M,
        new: &M,
        x: Tensor<2>,
        v: Tensor<2>,
    ) -> (Tensor<2>, Tensor<2>) {
        let moment = scope::enter(old, || TangentMoment::at(&Geometry::current(), &x, v));
        let x = new.follow(old, x);
        let v = scope::enter(new, || moment.into_vector(&Geometry::current(), &x));
        (x, v)
    }

    fn assert_norm_survives<M: Manifold>(old: &M, new: &M, x: Tensor<2>, v: Tensor<2>) {
        let expected = old.norm(x.clone(), v.clone());
        let (x, v) = read_after_change(old, new, x, v);
        new.check_tangent(x.clone(), v.clone()).unwrap();
        let tolerance = Tolerance::<f64>::relative(1e-12);
        new.norm(x, v)
            .into_data()
            .assert_approx_eq(&expected.into_data(), tolerance);
    }

    #[test]
    fn a_change_of_curvature_leaves_the_norm_on_the_ball() {
        let x = tensor([[0.3, -0.4], [0.7, 0.1]]);
        let v = tensor([[1.0, 2.0], [-0.5, 0.2]]);
        assert_norm_survives(
            &PoincareBall::new(1.0),
            &PoincareBall::new(1.6),
            x.clone(),
            v.clone(),
        );
        assert_norm_survives(&PoincareBall::new(1.0), &PoincareBall::new(0.01), x, v);
    }

    #[test]
    fn a_change_of_curvature_leaves_the_norm_on_the_hyperboloid() {
        let old = Hyperboloid::new(1.0);
        let x = old.project(tensor([[0.0, 0.5, -0.9], [0.0, 2.0, 1.0]]));
        let v = old.project_tangent(x.clone(), tensor([[0.3, 1.0, 2.0], [0.0, -0.5, 0.2]]));
        assert_norm_survives(&old, &Hyperboloid::new(1.3), x, v);
    }

    #[test]
    fn on_the_ball_the_moment_goes_through_the_origin() {
        let (old, new) = (PoincareBall::new(1.0), PoincareBall::new(1.6));
        let x = tensor([[0.3, -0.4], [0.6, 0.1]]);
        let v = tensor([[1.0, 2.0], [-0.5, 0.2]]);
        let (y, moved) = read_after_change(&old, &new, x.clone(), v.clone());

        let origin = Tensor::zeros_like(&x);
        let at_origin = old.transport(x, origin.clone(), v);
        let expected = new.transport(origin, y, at_origin);
        moved
            .into_data()
            .assert_approx_eq(&expected.into_data(), Tolerance::<f64>::absolute(1e-12));
    }

    #[test]
    fn a_zero_moment_stays_zero_when_the_curvature_changes() {
        let x = tensor([[0.3, -0.4], [0.7, 0.1]]);
        let zero = Tensor::zeros_like(&x);
        let (_, v) = read_after_change(
            &PoincareBall::new(1.0),
            &PoincareBall::new(2.0),
            x,
            zero.clone(),
        );
        v.into_data().assert_eq(&zero.into_data(), true);
    }

    #[test]
    fn an_unchanged_curvature_leaves_every_bit() {
        let ball = PoincareBall::new(1.0);
        let x = tensor([[0.3, -0.4], [0.7, 0.1]]);
        let v = tensor([[1.0, 2.0], [-0.5, 0.2]]);
        let moment = scope::enter(&ball, || {
            TangentMoment::at(&Geometry::current(), &x, v.clone())
        });
        let read = scope::enter(&ball, || moment.into_vector(&Geometry::current(), &x));
        read.into_data().assert_eq(&v.into_data(), true);
    }
}
