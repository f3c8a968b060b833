//! Any manifold of vectors, chosen at run time.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorCreationOptions};
use geom_macros::half_precision;

use crate::catalog::list::for_each_manifold;
use crate::error::GeometryError;
use crate::manifold::Manifold;
use crate::manifold::point_size::{PointShape, PointSize};
use crate::manifold::pointed::Pointed;
use crate::manifold::sample::Sample;
use crate::manifold::transport::ParallelTransport;
use crate::manifolds::{
    DynamicProduct, Euclidean, Flattened, HalfSpace, Hyperboloid, KleinBall, Oblique, PoincareBall,
    PositiveOrthant, ProbabilitySimplex, Sphere, SphereSubspace, Stereographic, Torus,
};
use crate::metric::MetricParameter;

macro_rules! any_manifold {
    (
        vectors { $($Vector:ident $parameter:tt $name:tt $aliases:tt $transport:ident;)+ }
        matrices $matrices:tt
    ) => {
        /// A manifold of vectors that is known only at run time: a factor of a [`DynamicProduct`] or such a
        /// product itself, the space of a layer, an entry of a configuration file. Matrices are among them as
        /// vectors, [`Flattened`].
        ///
        /// Every verb is that of the manifold inside. Code that can stay generic should: a
        /// [`ManifoldVisitor`](crate::ManifoldVisitor) gets the manifold with its own type.
        ///
        /// # Examples
        /// ```
        /// use geom_core::{AnyManifold, Manifold, PoincareBall};
        ///
        /// let manifold = AnyManifold::from(PoincareBall::new(2.0));
        /// assert_eq!(manifold.name(), "poincare-ball");
        /// assert_eq!(manifold.sectional_curvature(), Some(-2.0));
        /// ```
        #[derive(Module, Debug)]
        // A manifold is a few words, and a box per factor would cost an allocation for nothing.
        #[allow(clippy::large_enum_variant)]
        pub enum AnyManifold {
            $(
                #[doc = concat!("[`", stringify!($Vector), "`].")]
                $Vector($Vector),
            )+
            /// [`SphereSubspace`].
            SphereSubspace(SphereSubspace),
            /// [`Oblique`], its matrices as vectors.
            Oblique(Flattened<Oblique>),
            /// [`DynamicProduct`].
            Product(DynamicProduct),
        }

        $(impl From<$Vector> for AnyManifold {
            fn from(manifold: $Vector) -> Self {
                Self::$Vector(manifold)
            }
        })+
    };
}
for_each_manifold!(any_manifold);

/// Evaluates `$call` with `$manifold` bound to the manifold inside.
macro_rules! inside {
    ($any:expr, $manifold:ident => $call:expr) => {
        for_each_manifold!(inside_of [$any, $manifold => $call])
    };
}

macro_rules! inside_of {
    (
        [$any:expr, $manifold:ident => $call:expr]
        vectors { $($Vector:ident $parameter:tt $name:tt $aliases:tt $transport:ident;)+ }
        matrices $matrices:tt
    ) => {
        match $any {
            $(AnyManifold::$Vector($manifold) => $call,)+
            AnyManifold::SphereSubspace($manifold) => $call,
            AnyManifold::Oblique($manifold) => $call,
            AnyManifold::Product($manifold) => $call,
        }
    };
}

impl From<SphereSubspace> for AnyManifold {
    fn from(subspace: SphereSubspace) -> Self {
        Self::SphereSubspace(subspace)
    }
}

impl From<Flattened<Oblique>> for AnyManifold {
    fn from(matrices: Flattened<Oblique>) -> Self {
        Self::Oblique(matrices)
    }
}

impl From<DynamicProduct> for AnyManifold {
    fn from(product: DynamicProduct) -> Self {
        Self::Product(product)
    }
}

#[half_precision]
impl Manifold for AnyManifold {
    const POINT_RANK: usize = 1;

    fn name(&self) -> &'static str {
        inside!(self, m => Manifold::name(m))
    }

    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        inside!(self, m => m.exp(x, v))
    }

    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        inside!(self, m => m.log(x, y))
    }

    fn retract<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        inside!(self, m => m.retract(x, v))
    }

    fn inverse_retract<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        inside!(self, m => m.inverse_retract(x, y))
    }

    fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        inside!(self, m => m.inner(x, v, w))
    }

    fn inner_by_factor<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        w: Tensor<D>,
    ) -> Tensor<D> {
        inside!(self, m => m.inner_by_factor(x, v, w))
    }

    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        inside!(self, m => m.project(x))
    }

    fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        inside!(self, m => m.project_tangent(x, u))
    }

    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        inside!(self, m => m.riemannian_gradient(x, gradient))
    }

    fn acceleration_adjoint<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        gradient: Tensor<D>,
    ) -> Tensor<D> {
        inside!(self, m => m.acceleration_adjoint(x, v, gradient))
    }

    fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        inside!(self, m => m.transport(x, y, v))
    }

    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        inside!(self, m => m.origin(shape, device))
    }

    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        inside!(self, m => m.point_violation(x))
    }

    fn tangent_violation<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        inside!(self, m => m.tangent_violation(x, v))
    }

    fn sectional_curvature(&self) -> Option<f64> {
        inside!(self, m => m.sectional_curvature())
    }

    fn is_flat(&self) -> bool {
        inside!(self, m => m.is_flat())
    }

    fn is_ambient_flat(&self) -> bool {
        inside!(self, m => m.is_ambient_flat())
    }

    fn injectivity_radius(&self, point: &[usize]) -> f64 {
        inside!(self, m => m.injectivity_radius(point))
    }

    fn try_point_shape(&self, size: PointSize) -> Result<PointShape, GeometryError> {
        inside!(self, m => m.try_point_shape(size))
    }

    fn metric(&self) -> Vec<MetricParameter> {
        inside!(self, m => m.metric())
    }

    fn follow_metric<const D: usize>(
        &self,
        previous: &[MetricParameter],
        x: Tensor<D>,
    ) -> Tensor<D> {
        inside!(self, m => m.follow_metric(previous, x))
    }

    fn follow_metric_tangent<const D: usize>(
        &self,
        previous: &[MetricParameter],
        x: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        inside!(self, m => m.follow_metric_tangent(previous, x, v))
    }

    fn norm<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        inside!(self, m => m.norm(x, v))
    }

    fn distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        inside!(self, m => m.distance(x, y))
    }

    fn pairwise_distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<2> {
        inside!(self, m => m.pairwise_distance(x, y))
    }
}

#[half_precision]
impl ParallelTransport for AnyManifold {
    fn parallel_transport<const D: usize>(
        &self,
        x: Tensor<D>,
        y: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        inside!(self, m => m.parallel_transport(x, y, v))
    }
}

#[half_precision]
impl Pointed for AnyManifold {
    fn tangent0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        inside!(self, m => m.tangent0(v))
    }

    fn coordinates0<const D: usize>(&self, u: Tensor<D>) -> Tensor<D> {
        inside!(self, m => m.coordinates0(u))
    }

    fn exp0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        inside!(self, m => m.exp0(v))
    }

    fn log0<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        inside!(self, m => m.log0(x))
    }

    fn translate<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        inside!(self, m => m.translate(x, v))
    }
}

#[half_precision]
impl Sample for AnyManifold {
    fn random_normal<const D: usize>(
        &self,
        shape: [usize; D],
        std: f64,
        options: impl Into<TensorCreationOptions>,
    ) -> Tensor<D> {
        inside!(self, m => m.random_normal(shape, std, options))
    }

    fn tangent_from_normal<const D: usize>(&self, x: Tensor<D>, noise: Tensor<D>) -> Tensor<D> {
        inside!(self, m => m.tangent_from_normal(x, noise))
    }
}
