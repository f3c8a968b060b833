//! Points of any number of axes, taken as vectors.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorCreationOptions};
use geom_macros::half_precision;

use crate::error::GeometryError;
use crate::manifold::Manifold;
use crate::manifold::point_size::{PointShape, PointSize};
use crate::manifold::pointed::Pointed;
use crate::manifold::sample::{Sample, SampleUniform};
use crate::manifold::transport::ParallelTransport;
use crate::metric::MetricParameter;
use crate::rows::RowVerbs;

/// Rank of the base's tensors while they have their axes: the leading axes and those of a point.
const RANK: usize = 6;

/// A manifold whose points, all of one shape, are taken as vectors: the entries of a matrix lie in a
/// row, one row of the matrix after the other.
///
/// | | |
/// |---|---|
/// | points | those of the base, `[product of their axes]` |
/// | everything else | that of the base |
///
/// So matrices become factors of a product beside vectors, and a table of them is one tensor. A verb
/// of the base gets the axes of its points back while it works; the leading axes keep their places, so
/// that they broadcast as everywhere. Vectors pass through as they are.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Flattened, Manifold, Oblique};
///
/// let flattened = Flattened::new(Oblique::new(), [5, 2]);
/// assert_eq!(flattened.point_shape([10]).dim(), 8);
/// let x = flattened.project(Tensor::<2>::ones([7, 10], &Device::flex()));
/// assert!(flattened.check_point(x).is_ok());
/// ```
#[derive(Module, Debug)]
pub struct Flattened<M: Manifold> {
    base: M,
    axes: Vec<usize>,
}

impl<M: Manifold> Flattened<M> {
    /// `base` with points of this size: the shape of a matrix, the dimension of vectors.
    ///
    /// # Panics
    /// If there are no such points; [`try_new`](Self::try_new) is for sizes from outside.
    pub fn new(base: M, size: impl Into<PointSize>) -> Self {
        Self::try_new(base, size).unwrap_or_else(|error| panic!("{error}"))
    }

    /// `base` with points of this size, checked.
    ///
    /// # Errors
    /// Those of [`Manifold::try_point_shape`].
    pub fn try_new(base: M, size: impl Into<PointSize>) -> Result<Self, GeometryError> {
        let shape = base.try_point_shape(size.into())?;
        let axes = shape.axes().to_vec();
        Ok(Self { base, axes })
    }

    /// The manifold whose points are taken as vectors.
    pub fn base(&self) -> &M {
        &self.base
    }

    /// The axes of one of its points.
    pub fn axes(&self) -> &[usize] {
        &self.axes
    }

    /// The coordinates of a point.
    pub fn width(&self) -> usize {
        self.axes.iter().product()
    }

    /// The intrinsic dimension.
    pub fn dim(&self) -> usize {
        self.base.point_shape(self.axes.as_slice()).dim()
    }
}

/// The leading axes of some tensors that have to be kept while their last one becomes the axes of a
/// point. Where there are too many, those of size 1 in all tensors are left out.
struct Leading(Vec<usize>);

impl Leading {
    /// # Panics
    /// If more axes than there is room for have another size than 1.
    fn of<const N: usize, const D: usize>(axes: &[usize], dims: [[usize; D]; N]) -> Self {
        let (all, room) = (0..D - 1, RANK - axes.len());
        if D - 1 <= room {
            return Self(all.collect());
        }
        let kept: Vec<usize> = all
            .filter(|&axis| dims.iter().any(|dims| dims[axis] != 1))
            .collect();
        assert!(
            kept.len() <= room,
            "points of shape {axes:?} as vectors take up to {room} leading axes, got shapes {dims:?}"
        );
        Self(kept)
    }

    /// `[1, ..., leading axes of dims, axes]`.
    fn shape<const D: usize>(&self, dims: [usize; D], axes: &[usize]) -> [usize; RANK] {
        let width: usize = axes.iter().product();
        assert_eq!(
            dims[D - 1],
            width,
            "{axes:?} makes vectors of {width} numbers, got shape {dims:?}"
        );
        let start = RANK - axes.len();
        let mut shape = [1; RANK];
        for (slot, &axis) in (start - self.0.len()..start).zip(&self.0) {
            shape[slot] = dims[axis];
        }
        shape[start..].copy_from_slice(axes);
        shape
    }

    /// The last axis of `x` as these axes.
    fn unfold<const D: usize>(&self, x: Tensor<D>, axes: &[usize]) -> Tensor<RANK> {
        let shape = self.shape(x.dims(), axes);
        x.reshape(shape)
    }

    /// The last `count` axes, those of a point or what a reduction has left of them, in one: the inverse
    /// of [`unfold`](Self::unfold).
    fn fold<const D: usize>(&self, x: Tensor<RANK>, count: usize) -> Tensor<D> {
        let (dims, start) = (x.dims(), RANK - count);
        let mut shape = [1; D];
        for (slot, &axis) in (start - self.0.len()..start).zip(&self.0) {
            shape[axis] = dims[slot];
        }
        shape[D - 1] = dims[start..].iter().product();
        x.reshape(shape)
    }
}

/// Calls a verb of the base, whose points get their axes for the call; what is in brackets is no point.
macro_rules! with_axes {
    ($self:ident, $verb:ident($([$previous:ident])? $($tensor:ident),+)) => {
        match M::POINT_RANK {
            1 => $self.base.$verb($($previous,)? $($tensor),+),
            _ => {
                let leading = Leading::of(&$self.axes, [$($tensor.dims()),+]);
                let result =
                    $self.base.$verb($($previous,)? $(leading.unfold($tensor, &$self.axes)),+);
                leading.fold(result, $self.axes.len())
            }
        }
    };
}

/// Calls a verb of the base that makes points in a shape.
macro_rules! in_shape {
    ($self:ident, $verb:ident($shape:ident $(, $argument:expr)*)) => {
        match M::POINT_RANK {
            1 => $self.base.$verb($shape $(, $argument)*),
            _ => {
                let leading = Leading::of(&$self.axes, [$shape]);
                let shape = leading.shape($shape, &$self.axes);
                leading.fold($self.base.$verb(shape $(, $argument)*), $self.axes.len())
            }
        }
    };
}

#[half_precision]
impl<M: Manifold> Manifold for Flattened<M> {
    const POINT_RANK: usize = 1;

    fn name(&self) -> &'static str {
        "flattened"
    }

    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        with_axes!(self, exp(x, v))
    }

    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        with_axes!(self, log(x, y))
    }

    fn retract<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        with_axes!(self, retract(x, v))
    }

    fn inverse_retract<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        with_axes!(self, inverse_retract(x, y))
    }

    fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        with_axes!(self, inner(x, v, w))
    }

    /// One number for each coordinate, where the base has more than one.
    fn inner_by_factor<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        w: Tensor<D>,
    ) -> Tensor<D> {
        if M::POINT_RANK == 1 {
            return self.base.inner_by_factor(x, v, w);
        }
        let leading = Leading::of(&self.axes, [x.dims(), v.dims(), w.dims()]);
        let [x, v, w] = [x, v, w].map(|t| leading.unfold(t, &self.axes));
        let shares = self.base.inner_by_factor(x, v, w);
        let mut shape = shares.dims();
        shape[RANK - self.axes.len()..].copy_from_slice(&self.axes);
        leading.fold(shares.expand(shape), self.axes.len())
    }

    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        with_axes!(self, project(x))
    }

    fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        with_axes!(self, project_tangent(x, u))
    }

    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        with_axes!(self, riemannian_gradient(x, gradient))
    }

    fn row_verbs(&self) -> Option<&'static RowVerbs> {
        self.base.row_verbs()
    }

    fn acceleration_adjoint<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        gradient: Tensor<D>,
    ) -> Tensor<D> {
        with_axes!(self, acceleration_adjoint(x, v, gradient))
    }

    fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        with_axes!(self, transport(x, y, v))
    }

    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        in_shape!(self, origin(shape, device))
    }

    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        with_axes!(self, point_violation(x))
    }

    fn tangent_violation<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        with_axes!(self, tangent_violation(x, v))
    }

    fn sectional_curvature(&self) -> Option<f64> {
        self.base.sectional_curvature()
    }

    fn is_flat(&self) -> bool {
        self.base.is_flat()
    }

    fn is_ambient_flat(&self) -> bool {
        self.base.is_ambient_flat()
    }

    fn injectivity_radius(&self, _point: &[usize]) -> f64 {
        self.base.injectivity_radius(&self.axes)
    }

    /// That of its own points, whatever the dimension asked for.
    fn try_point_shape(&self, size: PointSize) -> Result<PointShape, GeometryError> {
        PointShape::of_one_size(self.name(), &size, self.width(), self.dim())
    }

    fn metric(&self) -> Vec<MetricParameter> {
        self.base.metric()
    }

    fn follow_metric<const D: usize>(
        &self,
        previous: &[MetricParameter],
        x: Tensor<D>,
    ) -> Tensor<D> {
        with_axes!(self, follow_metric([previous] x))
    }

    fn follow_metric_tangent<const D: usize>(
        &self,
        previous: &[MetricParameter],
        x: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        with_axes!(self, follow_metric_tangent([previous] x, v))
    }

    fn norm<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        with_axes!(self, norm(x, v))
    }

    fn distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        with_axes!(self, distance(x, y))
    }

    fn pairwise_distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<2> {
        match M::POINT_RANK {
            1 => self.base.pairwise_distance(x, y),
            2 => self.pairs_of_rank::<3, D>(x, y),
            3 => self.pairs_of_rank::<4, D>(x, y),
            4 => self.pairs_of_rank::<5, D>(x, y),
            _ => self.pairs_of_rank::<RANK, D>(x, y),
        }
    }
}

impl<M: Manifold> Flattened<M> {
    /// The distances of all pairs, with points of the base in `E - 1` axes.
    fn pairs_of_rank<const E: usize, const D: usize>(
        &self,
        x: Tensor<D>,
        y: Tensor<D>,
    ) -> Tensor<2> {
        let [x, y] = [x, y].map(|t| {
            let mut shape = [t.dims()[0]; E];
            shape[1..].copy_from_slice(&self.axes);
            t.reshape(shape)
        });
        self.base.pairwise_distance(x, y)
    }
}

#[half_precision]
impl<M: ParallelTransport> ParallelTransport for Flattened<M> {
    fn parallel_transport<const D: usize>(
        &self,
        x: Tensor<D>,
        y: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        with_axes!(self, parallel_transport(x, y, v))
    }
}

/// Calls a verb of the base that takes coordinates at the origin, which get their axes for the call.
macro_rules! with_coordinates {
    ($self:ident, $verb:ident($([$point:ident])? $coordinates:ident)) => {
        match M::POINT_RANK {
            1 => $self.base.$verb($($point,)? $coordinates),
            _ => {
                let axes = $self.base.coordinate_axes(&$self.axes);
                let leading = Leading::of(&axes, [$($point.dims(),)? $coordinates.dims()]);
                let coordinates = leading.unfold($coordinates, &axes);
                let result = $self.base.$verb(
                    $(leading.unfold($point, &$self.axes),)?
                    coordinates
                );
                leading.fold(result, axes.len())
            }
        }
    };
}

/// The coordinates of the base in a row.
#[half_precision]
impl<M: Pointed> Pointed for Flattened<M> {
    fn tangent0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        with_coordinates!(self, tangent0(v))
    }

    fn coordinates0<const D: usize>(&self, u: Tensor<D>) -> Tensor<D> {
        with_axes!(self, coordinates0(u))
    }

    fn exp0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        with_coordinates!(self, exp0(v))
    }

    fn log0<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        with_axes!(self, log0(x))
    }

    fn translate<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        with_coordinates!(self, translate([x] v))
    }
}

#[half_precision]
impl<M: Sample> Sample for Flattened<M> {
    fn random_normal<const D: usize>(
        &self,
        shape: [usize; D],
        std: f64,
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        in_shape!(self, random_normal(shape, std, options))
    }

    fn tangent_from_normal<const D: usize>(&self, x: Tensor<D>, noise: Tensor<D>) -> Tensor<D> {
        with_axes!(self, tangent_from_normal(x, noise))
    }
}

impl<M: SampleUniform> SampleUniform for Flattened<M> {
    fn random_uniform<const D: usize>(
        &self,
        shape: [usize; D],
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        in_shape!(self, random_uniform(shape, options))
    }
}
