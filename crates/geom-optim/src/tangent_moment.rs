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
/// # When the metric moves
///
/// A learnable curvature or scale changes between two steps, and
/// [`ManifoldParam`](geom_core::ManifoldParam) then lets the points follow. The parameters of the
/// metric at which the vector was taken are kept beside it, and at the next step the vector follows
/// too, by the differential of the motion of the points
/// ([`Manifold::follow_tangent`](geom_core::Manifold::follow_tangent)).
///
/// On flat space nothing ever moves: the vector is Burn's momentum buffer.
///
/// # Shapes
/// - the vector: as the parameter, `[..., d]`
#[derive(Clone, Debug)]
pub struct TangentMoment<const D: usize> {
    vector: Tensor<D>,
    metric: Vec<f64>,
}

impl<const D: usize> TangentMoment<D> {
    /// The moment `vector`, tangent at a point of the current geometry.
    fn at(geometry: &Geometry, vector: Tensor<D>) -> Self {
        let metric = match geometry {
            Geometry::Plain => Vec::new(),
            Geometry::Manifold(manifold) => manifold.metric_parameters(),
        };
        Self { vector, metric }
    }

    /// The moment `vector`, tangent at `x`, after a step from `x` to `y`.
    pub(crate) fn carried(
        geometry: &Geometry,
        x: Tensor<D>,
        y: &Tensor<D>,
        vector: Tensor<D>,
    ) -> Self {
        let vector = geometry.transport(x, y.clone(), vector);
        Self::at(geometry, vector)
    }

    /// The tangent vector at `x`, the point where the parameter stands now.
    pub(crate) fn into_vector(self, geometry: &Geometry, x: &Tensor<D>) -> Tensor<D> {
        let Geometry::Manifold(manifold) = geometry else {
            return self.vector;
        };
        if manifold.metric_parameters() == self.metric {
            return self.vector;
        }
        manifold.follow_tangent(&self.metric, x.clone(), self.vector)
    }

    /// The vector, in ambient coordinates.
    pub fn vector(&self) -> Tensor<D> {
        self.vector.clone()
    }

    /// Moves the moment to a device.
    pub fn to_device(self, device: &Device) -> Self {
        Self {
            vector: self.vector.to_device(device),
            ..self
        }
    }
}

impl<const D: usize> RecordState for TangentMoment<D> {
    fn state_flatten(&self, prefix: &str, out: &mut StateSink) {
        record::push(out, prefix, "vector", &self.vector);
        out.push_scalar(prefix, "metric_parameters", self.metric.len().into());
        for (index, &parameter) in self.metric.iter().enumerate() {
            out.push_scalar(prefix, &parameter_name(index), parameter.into());
        }
    }

    fn state_unflatten(prefix: &str, source: &mut StateSource, device: &Device) -> Option<Self> {
        let vector = record::take(source, prefix, "vector", device)?;
        let count: usize = source
            .take_scalar(prefix, "metric_parameters")?
            .try_into()
            .ok()?;
        let mut metric = Vec::new();
        for index in 0..count {
            let parameter = source.take_scalar(prefix, &parameter_name(index))?;
            metric.push(f64::try_from(parameter).ok()?);
        }
        Some(Self { vector, metric })
    }
}

fn parameter_name(index: usize) -> String {
    format!("metric_parameter_{index}")
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Tolerance};
    use geom_core::{Hyperboloid, Manifold, PoincareBall};

    use super::*;

    fn tensor<const N: usize>(rows: [[f64; N]; 2]) -> Tensor<2> {
        Tensor::from_data(rows, (&Device::default(), DType::F64))
    }

    /// A moment taken on `old` at `x` and read on `new` at the point that `x` follows to.
    fn read_after_change<M: Manifold>(
        old: &M,
        new: &M,
        x: Tensor<2>,
        v: Tensor<2>,
    ) -> (Tensor<2>, Tensor<2>) {
        let moment = TangentMoment::at(&Geometry::of(old), v);
        let x = new.follow(&old.metric_parameters(), x);
        let v = moment.into_vector(&Geometry::of(new), &x);
        (x, v)
    }

    /// The moment goes where a short curve with its velocity goes.
    fn assert_follows<M: Manifold>(old: &M, new: &M, x: Tensor<2>, v: Tensor<2>) {
        const STEP: f64 = 1e-5;
        let previous = old.metric_parameters();
        let at = |t: f64| new.follow(&previous, old.exp(x.clone(), v.clone().mul_scalar(t)));
        let expected = (at(STEP) - at(-STEP)).div_scalar(2.0 * STEP);
        let (x, moved) = read_after_change(old, new, x, v);
        new.check_tangent(x, moved.clone()).unwrap();
        moved
            .into_data()
            .assert_approx_eq(&expected.into_data(), Tolerance::<f64>::rel_abs(1e-8, 1e-8));
    }

    #[test]
    fn a_moment_follows_its_point_on_the_ball() {
        let x = tensor([[0.3, -0.4], [0.7, 0.1]]);
        let v = tensor([[1.0, 2.0], [-0.5, 0.2]]);
        for c in [1.6, 0.01] {
            let new = PoincareBall::new(c);
            assert_follows(&PoincareBall::new(1.0), &new, x.clone(), v.clone());
        }
    }

    #[test]
    fn a_moment_follows_its_point_on_the_hyperboloid() {
        let old = Hyperboloid::new(1.0);
        let x = old.project(tensor([[0.0, 0.5, -0.9], [0.0, 2.0, 1.0]]));
        let v = old.project_tangent(x.clone(), tensor([[0.3, 1.0, 2.0], [0.0, -0.5, 0.2]]));
        assert_follows(&old, &Hyperboloid::new(1.3), x, v);
    }

    #[test]
    fn a_change_of_curvature_leaves_the_norm_in_units_of_curvature() {
        let (old, new) = (PoincareBall::new(1.0), PoincareBall::new(2.25));
        let x = tensor([[0.3, -0.4], [0.6, 0.1]]);
        let v = tensor([[1.0, 2.0], [-0.5, 0.2]]);
        let (y, moved) = read_after_change(&old, &new, x.clone(), v.clone());
        let expected = old.norm(x, v).div_scalar(1.5);
        new.norm(y, moved)
            .into_data()
            .assert_approx_eq(&expected.into_data(), Tolerance::<f64>::relative(1e-12));
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
        let moment = TangentMoment::at(&Geometry::of(&ball), v.clone());
        let read = moment.into_vector(&Geometry::of(&ball), &x);
        read.into_data().assert_eq(&v.into_data(), true);
    }
}
