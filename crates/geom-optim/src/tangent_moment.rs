//! A moving average of tangent vectors, which follows its point.

use burn::optim::{RecordState, StateSink, StateSource, join_path};
use burn::tensor::{Device, Tensor};
use geom_core::metric::{self, MetricParameter, ParameterMap};

use crate::geometry::Geometry;
use crate::state_tensors;

/// A tangent vector at the point where a parameter stands: the momentum of an optimizer.
///
/// # When the point moves
///
/// A step from $x$ to $y$ carries the vector along, $m \leftarrow P_{x\to y}\\, m$.
///
/// # When the metric moves
///
/// A learnable curvature or scale changes between two steps, and
/// [`ManifoldParam`](geom_core::ManifoldParam) then lets the points follow. The parameters of the
/// metric at which the vector was taken are kept beside it, and at the next step the vector follows
/// too, by the differential of the motion of the points
/// ([`Manifold::follow_metric_tangent`](geom_core::Manifold::follow_metric_tangent)).
///
/// On flat space nothing ever moves: the vector is Burn's momentum buffer.
///
/// # Shapes
/// - the vector: as the parameter, `[..., d]`
#[derive(Clone, Debug)]
pub struct TangentMoment<const D: usize> {
    vector: Tensor<D>,
    metric: Vec<MetricParameter>,
}

impl<const D: usize> TangentMoment<D> {
    /// The moment `vector`, tangent at a point of the current geometry.
    pub(crate) fn at(geometry: &Geometry, vector: Tensor<D>) -> Self {
        let metric = match geometry {
            Geometry::Plain => Vec::new(),
            Geometry::Manifold(manifold) => manifold.metric(),
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
        let now = manifold.metric();
        metric::follow_change(&self.metric, &now, self.vector, |v| {
            manifold.follow_metric_tangent(&self.metric, x.clone(), v)
        })
    }

    /// The vector, in ambient coordinates.
    pub fn vector(&self) -> Tensor<D> {
        self.vector.clone()
    }

    /// Moves the moment to a device.
    pub fn to_device(self, device: &Device) -> Self {
        let metric = self.metric.into_iter();
        Self {
            vector: self.vector.to_device(device),
            metric: metric.map(|number| number.to_device(device)).collect(),
        }
    }
}

impl<const D: usize> RecordState for TangentMoment<D> {
    fn state_flatten(&self, prefix: &str, out: &mut StateSink) {
        state_tensors::push(out, prefix, "vector", &self.vector);
        out.push_scalar(prefix, "metric", self.metric.len().into());
        for (index, parameter) in self.metric.iter().enumerate() {
            let prefix = join_path(prefix, &format!("metric_{index}"));
            match parameter {
                MetricParameter::Fixed(value) => out.push_scalar(&prefix, "value", (*value).into()),
                // As it is, so that a resumed run knows the metric again to the bit.
                MetricParameter::Learnable { raw, map } => {
                    state_tensors::push(out, &prefix, "raw", raw);
                    out.push_scalar(&prefix, "map", number_of(*map).into());
                }
            }
        }
    }

    fn state_unflatten(prefix: &str, source: &mut StateSource, device: &Device) -> Option<Self> {
        let vector = state_tensors::take(source, prefix, "vector", device)?;
        let count: usize = source.take_scalar(prefix, "metric")?.try_into().ok()?;
        let mut metric = Vec::new();
        for index in 0..count {
            let prefix = join_path(prefix, &format!("metric_{index}"));
            metric.push(match state_tensors::take(source, &prefix, "raw", device) {
                Some(raw) => {
                    let map = source.take_scalar(&prefix, "map")?.try_into().ok()?;
                    MetricParameter::learnable(raw, map_of(map)?)
                }
                None => {
                    let value = source.take_scalar(&prefix, "value")?;
                    MetricParameter::Fixed(value.try_into().ok()?)
                }
            });
        }
        Some(Self { vector, metric })
    }
}

/// How a record writes a [`ParameterMap`].
fn number_of(map: ParameterMap) -> u64 {
    match map {
        ParameterMap::Identity => 0,
        ParameterMap::Softplus => 1,
        ParameterMap::NegativeSoftplus => 2,
    }
}

/// The [`ParameterMap`] that a record means.
fn map_of(number: u64) -> Option<ParameterMap> {
    match number {
        0 => Some(ParameterMap::Identity),
        1 => Some(ParameterMap::Softplus),
        2 => Some(ParameterMap::NegativeSoftplus),
        _ => None,
    }
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
        let x = new.follow_metric(&old.metric(), x);
        let v = moment.into_vector(&Geometry::of(new), &x);
        (x, v)
    }

    /// The moment goes where a short curve with its velocity goes.
    fn assert_follows<M: Manifold>(old: &M, new: &M, x: Tensor<2>, v: Tensor<2>) {
        const STEP: f64 = 1e-5;
        let previous = old.metric();
        let at = |t: f64| new.follow_metric(&previous, old.exp(x.clone(), v.clone().mul_scalar(t)));
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
