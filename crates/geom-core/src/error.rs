//! Typed errors: each names the value, the rule it breaks and the remedy.

use burn::tensor::{DType, Tensor};
use thiserror::Error;

use crate::numerics::to_vec_f64;

/// A row of a tensor is not a point of the manifold.
#[derive(Debug, Clone, PartialEq, Error)]
#[error(
    "row {row} is not on {manifold}: it violates the defining equation by {violation:e}, \
     the tolerance is {tolerance:e}; `project` moves points onto the manifold"
)]
pub struct NotOnManifold {
    /// [`Manifold::name`](crate::Manifold::name).
    pub manifold: &'static str,
    /// Index of the worst row, with the leading axes flattened.
    pub row: usize,
    /// Its violation; NaN when the row is not finite.
    pub violation: f64,
    /// The largest violation that passes.
    pub tolerance: f64,
}

/// A row of a tensor is not a tangent vector at its base point.
#[derive(Debug, Clone, PartialEq, Error)]
#[error(
    "row {row} is not tangent to {manifold}: its normal part is {violation:e} of its length, \
     the tolerance is {tolerance:e}; `project_tangent` removes the normal part"
)]
pub struct NotTangent {
    /// [`Manifold::name`](crate::Manifold::name).
    pub manifold: &'static str,
    /// Index of the worst row, with the leading axes flattened.
    pub row: usize,
    /// Its violation; NaN when the row is not finite.
    pub violation: f64,
    /// The largest violation that passes.
    pub tolerance: f64,
}

/// A geometric object was requested with invalid parameters.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum GeometryError {
    /// The curvature magnitude is not a positive finite number.
    #[error(
        "curvature magnitude {value} is not positive and finite; hyperbolic manifolds take c > 0 \
         for the sectional curvature -c, and `Euclidean` is the manifold of curvature zero"
    )]
    InvalidCurvature {
        /// The value given.
        value: f64,
    },
    /// A row of a tensor is not a point of the manifold.
    #[error(transparent)]
    NotOnManifold(#[from] NotOnManifold),
    /// A row of a tensor is not a tangent vector at its base point.
    #[error(transparent)]
    NotTangent(#[from] NotTangent),
    /// A product, a power or a scaled manifold was requested of something which cannot be part of it.
    #[error(
        "{manifold} cannot be a part of another manifold in a configuration; \
         parts are manifolds of vectors, and no products, powers or scaled manifolds themselves"
    )]
    NotAPart {
        /// The configuration of the part.
        manifold: String,
    },
    /// A product was requested with an empty list of factors.
    #[error("a product needs at least one factor")]
    NoFactors,
    /// Two operands live on manifolds of one type and different parameters.
    #[error(
        "points of {left} and of {right} cannot be combined; map one side first (`geom_core::isometry`)"
    )]
    DifferentManifolds {
        /// Name and metric parameters of the left operand's manifold.
        left: String,
        /// Name and metric parameters of the right operand's manifold.
        right: String,
    },
    /// Two tangent vectors have different base points.
    #[error(
        "tangent vectors at different base points cannot be combined; move one of them with `transport`"
    )]
    DifferentBasePoints,
    /// Two operands have different dtypes.
    #[error("operands of {left:?} and {right:?} cannot be combined; cast one of them")]
    DifferentDtypes {
        /// The left operand's.
        left: DType,
        /// The right operand's.
        right: DType,
    },
    /// Two operands lie on different devices.
    #[error("operands on {left} and {right} cannot be combined; move one of them")]
    DifferentDevices {
        /// The left operand's.
        left: String,
        /// The right operand's.
        right: String,
    },
    /// Points have fewer dimensions than the manifold needs, or one of their axes is empty.
    #[error(
        "{manifold} needs at least {minimum} dimension(s), points of shape {shape:?} have {dim}"
    )]
    TooFewDimensions {
        /// [`Manifold::name`](crate::Manifold::name).
        manifold: &'static str,
        /// Shape of the tensor.
        shape: Vec<usize>,
        /// The intrinsic dimension of such points.
        dim: usize,
        /// The least the manifold has.
        minimum: usize,
    },
    /// Points of the manifold have another number of axes.
    #[error("points of {manifold} have {rank} axes, got shape {shape:?}")]
    PointAxes {
        /// [`Manifold::name`](crate::Manifold::name).
        manifold: &'static str,
        /// The shape given.
        shape: Vec<usize>,
        /// How many axes a point has.
        rank: usize,
    },
    /// The manifold has no points of this shape.
    #[error("{manifold} has no points of shape {shape:?}; its points have shape {expected}")]
    PointShape {
        /// [`Manifold::name`](crate::Manifold::name).
        manifold: &'static str,
        /// The shape given.
        shape: Vec<usize>,
        /// The shapes that there are.
        expected: String,
    },
    /// Vectors do not fit the points that they are said to be at.
    #[error(
        "vectors of shape {vectors:?} do not fit points of shape {points:?}: the axes of a point must \
         agree, and the others be equal or 1"
    )]
    VectorShape {
        /// The shape of the vectors.
        vectors: Vec<usize>,
        /// The shape of the points.
        points: Vec<usize>,
    },
    /// Points were asked for by their dimension, which does not determine a shape.
    #[error(
        "{dim} dimensions do not determine the shape of points of {manifold}; give their shape"
    )]
    UndeterminedShape {
        /// [`Manifold::name`](crate::Manifold::name).
        manifold: &'static str,
        /// The dimension given.
        dim: usize,
    },
    /// A group names no parameter of a module.
    #[error("the group matches no float parameter of the module; its parameters are: {available}")]
    EmptyGroup {
        /// The existing paths.
        available: String,
    },
    /// The curvature of either sign is not a finite number.
    #[error("curvature {value} is not finite; it may be negative, zero or positive")]
    InvalidSignedCurvature {
        /// The value given.
        value: f64,
    },
    /// The uniform distribution was requested on a manifold which has none.
    #[error(
        "a space of curvature {curvature} has infinite volume and no uniform distribution; only \
         positive curvature closes it, `random_normal` is there for the others"
    )]
    InfiniteVolume {
        /// The curvature of the space.
        curvature: f64,
    },
    /// The scale of a metric is not a positive finite number.
    #[error("scale {value} is not positive and finite; distances are multiplied by it")]
    InvalidScale {
        /// The value given.
        value: f64,
    },
    /// Vectors that should span a subspace are linearly dependent, or not finite.
    #[error(
        "vector {index} lies in the span of the vectors before it: {remainder:e} of its length is \
         outside, {tolerance:e} is rounding; leave it out"
    )]
    DependentVectors {
        /// Index of the first one that adds no direction.
        index: usize,
        /// The part of its length orthogonal to those before it; NaN when it is zero or not finite.
        remainder: f64,
        /// The largest remainder that counts as rounding.
        tolerance: f64,
    },
    /// A subspace meets the sphere in less than a circle.
    #[error(
        "a subspace of dimension {dimension} in {ambient} has no sphere with geodesics; \
         2 dimensions are the fewest"
    )]
    SubspaceTooSmall {
        /// Dimension of the subspace.
        dimension: usize,
        /// Dimension of the space around it.
        ambient: usize,
    },
}

/// The row with the largest violation, if that exceeds `tolerance`. NaN counts as worst.
///
/// # Shapes
/// - `violation`: `[..., 1]`; rows are counted over the leading axes in row-major order.
pub fn worst_row<const D: usize>(violation: Tensor<D>, tolerance: f64) -> Option<(usize, f64)> {
    let mut worst: Option<(usize, f64)> = None;
    for (row, value) in to_vec_f64(violation).into_iter().enumerate() {
        if value.is_nan() {
            return Some((row, value));
        }
        if value > worst.map_or(tolerance, |(_, largest)| largest) {
            worst = Some((row, value));
        }
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn the_worst_row_is_the_largest_one_above_the_tolerance() {
        let violation = Tensor::<2>::from_floats([[0.1], [0.7], [0.3]], &Device::flex());
        assert_eq!(worst_row(violation.clone(), 0.2).map(|w| w.0), Some(1));
        assert_eq!(worst_row(violation, 0.8), None);
    }

    #[test]
    fn a_row_that_is_not_a_number_is_worse_than_any_other() {
        let violation = Tensor::<2>::from_floats([[9.0], [f32::NAN]], &Device::flex());
        let (row, value) = worst_row(violation, 1.0).expect("NaN is a violation");
        assert!(row == 1 && value.is_nan());
    }

    #[test]
    fn the_message_names_value_rule_and_remedy() {
        let message = GeometryError::InvalidCurvature { value: -1.0 }.to_string();
        assert!(
            message.contains("-1") && message.contains("c > 0") && message.contains("Euclidean")
        );
    }
}
