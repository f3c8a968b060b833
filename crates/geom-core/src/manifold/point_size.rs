//! How large the points of a manifold are.

use crate::manifold::Manifold;

/// How large the points of a manifold are: by their dimension, which decides the shape of vectors, or by
/// their shape, which matrices need.
///
/// # Examples
/// ```
/// use geom_core::{Hyperboloid, Oblique, PointSize};
///
/// assert_eq!(PointSize::from(3).shape_on(&Hyperboloid::new(1.0)), [4]);
/// assert_eq!(PointSize::from([5, 2]).shape_on(&Oblique::new()), [5, 2]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PointSize {
    /// The intrinsic dimension.
    Dim(usize),
    /// The axes of one point.
    Shape(Vec<usize>),
}

impl From<usize> for PointSize {
    fn from(dim: usize) -> Self {
        Self::Dim(dim)
    }
}

impl<const N: usize> From<[usize; N]> for PointSize {
    fn from(shape: [usize; N]) -> Self {
        Self::Shape(shape.to_vec())
    }
}

impl PointSize {
    /// The axes of one point of a manifold.
    ///
    /// # Panics
    /// If the shape has another number of axes than points of the manifold, or a dimension is given
    /// for matrices, which it does not determine.
    pub fn shape_on<M: Manifold>(&self, manifold: &M) -> Vec<usize> {
        match self {
            Self::Dim(dim) => {
                let shape = manifold.point_shape(*dim);
                assert!(
                    shape.len() == 1,
                    "a dimension does not determine the points of {}: give their shape",
                    manifold.name()
                );
                shape
            }
            Self::Shape(shape) => {
                assert_eq!(
                    shape.len(),
                    M::POINT_RANK,
                    "points of {} have {} axes, got shape {shape:?}",
                    manifold.name(),
                    M::POINT_RANK
                );
                shape.clone()
            }
        }
    }
}
