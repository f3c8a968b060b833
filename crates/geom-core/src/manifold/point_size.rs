//! How large the points of a manifold are.

use crate::error::GeometryError;

/// How large points are asked to be: by their dimension, which decides the shape of vectors, or by their
/// shape, which matrices need.
///
/// [`Manifold::point_shape`](crate::Manifold::point_shape) takes either, and answers with both.
///
/// # Examples
/// ```
/// use geom_core::{Hyperboloid, Manifold, Oblique, PointSize};
///
/// let hyperboloid = Hyperboloid::new(1.0);
/// assert_eq!(hyperboloid.point_shape(3).axes(), [4]);
/// assert_eq!(hyperboloid.point_shape([4]).dim(), 3);
/// let oblique = Oblique::new();
/// assert_eq!(oblique.point_shape([5, 2]).dim(), 8);
/// // Matrices of many shapes have eight dimensions.
/// assert!(oblique.try_point_shape(PointSize::Dim(8)).is_err());
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

impl From<&[usize]> for PointSize {
    fn from(shape: &[usize]) -> Self {
        Self::Shape(shape.to_vec())
    }
}

impl PointSize {
    /// The axes of a point that has `N` of them, for manifolds whose dimension does not determine them.
    ///
    /// # Errors
    /// - [`GeometryError::UndeterminedShape`] if a dimension is asked for; `manifold` names the manifold
    ///   in it
    /// - [`GeometryError::PointAxes`] if the shape has another number of axes
    pub fn axes<const N: usize>(
        &self,
        manifold: &'static str,
    ) -> Result<[usize; N], GeometryError> {
        match self {
            Self::Dim(dim) => Err(GeometryError::UndeterminedShape {
                manifold,
                dim: *dim,
            }),
            Self::Shape(shape) => {
                <[usize; N]>::try_from(shape.as_slice()).map_err(|_| GeometryError::PointAxes {
                    manifold,
                    shape: shape.clone(),
                    rank: N,
                })
            }
        }
    }
}

/// How large points are: their axes, and how many dimensions the manifold has around them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointShape {
    axes: Vec<usize>,
    dim: usize,
}

impl PointShape {
    /// Points with these axes, of a manifold of `dim` dimensions.
    ///
    /// # Errors
    /// [`GeometryError::TooFewDimensions`] for none; `manifold` names the manifold in it.
    pub fn new(
        manifold: &'static str,
        axes: Vec<usize>,
        dim: usize,
    ) -> Result<Self, GeometryError> {
        match dim {
            0 => Err(GeometryError::TooFewDimensions {
                manifold,
                shape: axes,
                dim,
                minimum: 1,
            }),
            dim => Ok(Self { axes, dim }),
        }
    }

    /// Vectors with `excess` coordinates more than dimensions: 0 on the ball, 1 on the hyperboloid.
    ///
    /// # Errors
    /// - [`GeometryError::PointAxes`] if a shape has another number of axes than one
    /// - [`GeometryError::TooFewDimensions`] if there is no dimension left
    pub fn of_vectors(
        manifold: &'static str,
        size: &PointSize,
        excess: usize,
    ) -> Result<Self, GeometryError> {
        let (width, dim) = match size {
            PointSize::Dim(dim) => (dim + excess, *dim),
            PointSize::Shape(_) => {
                let [width] = size.axes(manifold)?;
                (width, width.saturating_sub(excess))
            }
        };
        Self::new(manifold, vec![width], dim)
    }

    /// Vectors of one size, which the manifold has by itself: it is the answer to every dimension, and
    /// the only shape.
    ///
    /// # Errors
    /// [`GeometryError::PointAxes`] or [`GeometryError::PointShape`] for another shape.
    pub fn of_one_size(
        manifold: &'static str,
        size: &PointSize,
        width: usize,
        dim: usize,
    ) -> Result<Self, GeometryError> {
        if let PointSize::Shape(shape) = size {
            let [asked] = size.axes(manifold)?;
            if asked != width {
                return Err(GeometryError::PointShape {
                    manifold,
                    shape: shape.clone(),
                    expected: format!("[{width}]"),
                });
            }
        }
        Self::new(manifold, vec![width], dim)
    }

    /// The axes of one point.
    pub fn axes(&self) -> &[usize] {
        &self.axes
    }

    /// The intrinsic dimension of the manifold.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The coordinates of one point, on all its axes.
    pub fn coordinates(&self) -> usize {
        self.axes.iter().product()
    }
}
