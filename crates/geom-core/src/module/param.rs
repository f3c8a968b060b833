//! A module parameter that lives on a manifold.

use std::cell::Cell;
use std::fmt;
use std::sync::Once;

use burn::module::{
    Content, Devices, Module, ModuleDisplay, ModuleDisplayDefault, ModuleMapper, ModuleVisitor,
    Param,
};
use burn::tensor::{Device, Gradients, Tensor};

use crate::error::GeometryError;
use crate::manifold::Manifold;
use crate::metric::{self, MetricParameter};
use crate::module::scope;

thread_local! {
    /// Set by the load hook of the parameter being traversed, which Burn calls from inside `map`, on the
    /// same thread: how a loader is told from an optimizer. A flag in the parameter would be shared by
    /// its clones, which other threads may be stepping.
    static LOADED: Cell<bool> = const { Cell::new(false) };
}

/// A parameter whose rows are points of a manifold.
///
/// Use it as a field of any `#[derive(Module)]` struct. While a module traversal visits the value,
/// a [scope] with the manifold is open, so an optimizer of `geom-optim` takes a Riemannian step on
/// it and an ordinary step on every other parameter of the same model. Burn's own optimizers treat
/// it as a plain tensor and leave the manifold; debug builds notice that and log a warning, once.
///
/// # Learnable curvature
/// When the traversal moves the manifold's curvature (a learnable one is a parameter like any
/// other), the points [follow](Manifold::follow_metric) it, so nothing goes stale: where the curvature has
/// one sign all distances in units of $1/\sqrt{|\kappa|}$ stay, and on
/// [`Stereographic`](crate::Stereographic), which passes through zero, the tangent coordinates at the
/// origin. [`val`](Self::val) takes part: the
/// gradient of a loss with respect to the curvature includes the motion of the points that a step on
/// the curvature brings, so the step descends. Points loaded from a record are taken as they are:
/// they belong to the curvature loaded with them. So are those of a traversal in which no optimizer
/// asks for the manifold, such as a copy from another model or a moving average. Loaded points that
/// are not on the manifold, as those of a record without geometry, are projected.
///
/// A learnable curvature belongs to one manifold. Cloning it into a second parameter would give two
/// values under one parameter id, of which an optimizer moves the first it meets; let other layers
/// borrow [`manifold`](Self::manifold) instead.
///
/// # Examples
/// ```
/// use burn::module::Module;
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{ManifoldParam, PoincareBall};
///
/// #[derive(Module, Debug)]
/// struct Embedding {
///     points: ManifoldParam<2, PoincareBall>,
/// }
///
/// let points = Tensor::zeros([10, 3], &Device::flex());
/// let model = Embedding { points: ManifoldParam::new(points, PoincareBall::new(1.0)) };
/// assert_eq!(model.num_params(), 30);
/// ```
#[derive(Clone, Debug)]
pub struct ManifoldParam<const D: usize, M: Manifold> {
    value: Param<Tensor<D>>,
    manifold: M,
}

impl<const D: usize, M: Manifold> ManifoldParam<D, M> {
    /// A parameter that starts at `value`, which should be on the manifold:
    /// [`Manifold::check_point`] tells.
    ///
    /// The parameter is a leaf: what `value` was computed from gets no gradient through it.
    pub fn new(value: Tensor<D>, manifold: M) -> Self {
        let value = with_load_mark(Param::from_tensor(value.detach()));
        Self { value, manifold }
    }

    /// A parameter that starts at `value`, checked.
    ///
    /// # Errors
    /// - those of [`Manifold::check_shape`] if the manifold has no points of this shape
    /// - [`GeometryError::NotOnManifold`] if a row is not a point of the manifold
    pub fn try_new(value: Tensor<D>, manifold: M) -> Result<Self, GeometryError> {
        manifold.check_shape(&value.dims())?;
        manifold.check_point(value.clone())?;
        Ok(Self::new(value, manifold))
    }

    /// The points, tracked by automatic differentiation when the module is in training.
    ///
    /// Under a learnable curvature the result also depends on the curvature: it is where the points
    /// [follow](Manifold::follow_metric) to. Their gradient is [`grad`](Self::grad), since what `val`
    /// returns is then no leaf.
    pub fn val(&self) -> Tensor<D> {
        let points = self.value.val();
        if !points.device().is_autodiff() || Module::num_params(&self.manifold) == 0 {
            return points;
        }
        let previous = self.manifold.metric();
        let moved = self
            .manifold
            .follow_metric(&previous, points.clone().detach());
        // Zero, with the derivative of the motion.
        points + (moved.clone() - moved.detach())
    }

    /// The Euclidean gradient of the points, if a backward pass has reached them.
    ///
    /// # Examples
    /// ```
    /// use burn::tensor::{Device, Tensor};
    /// use geom_core::{Manifold, ManifoldParam, PoincareBall};
    ///
    /// let device = Device::flex().autodiff();
    /// let points = Tensor::<2>::ones([4, 2], &device).mul_scalar(0.1);
    /// let points = ManifoldParam::new(points, PoincareBall::learnable(1.0, &device));
    /// let (x, y) = (points.val().narrow(0, 0, 2), points.val().narrow(0, 2, 2) * 2.0);
    /// let gradients = points.manifold().distance(x, y).sum().backward();
    /// assert_eq!(points.grad(&gradients).unwrap().dims(), [4, 2]);
    /// ```
    pub fn grad(&self, gradients: &Gradients) -> Option<Tensor<D>> {
        self.value.val().grad(gradients)
    }

    /// The manifold of every row.
    pub fn manifold(&self) -> &M {
        &self.manifold
    }

    /// The underlying parameter, for its id and gradient.
    pub fn param(&self) -> &Param<Tensor<D>> {
        &self.value
    }
}

impl<const D: usize, M: Manifold> Module for ManifoldParam<D, M> {
    fn collect_devices(&self, devices: Devices) -> Devices {
        self.manifold
            .collect_devices(self.value.collect_devices(devices))
    }

    fn fork(self, device: &Device) -> Self {
        Self {
            value: self.value.fork(device),
            manifold: self.manifold.fork(device),
        }
    }

    fn to_device(self, device: &Device) -> Self {
        Self {
            value: self.value.to_device(device),
            manifold: self.manifold.to_device(device),
        }
    }

    fn train(self) -> Self {
        Self {
            value: self.value.train(),
            manifold: self.manifold.train(),
        }
    }

    fn valid(&self) -> Self {
        Self {
            value: self.value.valid(),
            manifold: self.manifold.valid(),
        }
    }

    fn materialize(self) -> Self {
        Self {
            value: self.value.materialize(),
            manifold: self.manifold.materialize(),
        }
    }

    fn visit<V: ModuleVisitor>(&self, visitor: &mut V) {
        visitor.enter_module("value", "Struct:ManifoldParam");
        scope::enter(&self.manifold, || self.value.visit(visitor));
        visitor.exit_module("value", "Struct:ManifoldParam");
        visitor.enter_module("manifold", "Struct:ManifoldParam");
        self.manifold.visit(visitor);
        visitor.exit_module("manifold", "Struct:ManifoldParam");
    }

    fn map<Mapper: ModuleMapper>(self, mapper: &mut Mapper) -> Self {
        let previous = self.manifold.metric();
        let ((value, loaded, manifold), stepped) = scope::noticing_questions(|| {
            mapper.enter_module("value", "Struct:ManifoldParam");
            let (value, loaded) = map_in_scope(&self.manifold, || Module::map(self.value, mapper));
            mapper.exit_module("value", "Struct:ManifoldParam");
            mapper.enter_module("manifold", "Struct:ManifoldParam");
            let manifold = self.manifold.map(mapper);
            mapper.exit_module("manifold", "Struct:ManifoldParam");
            (value, loaded, manifold)
        });
        let current = manifold.valid();
        let value = match Origin::of(loaded, stepped) {
            Origin::Record => change_points(value, |points| project_unless_on(&current, points)),
            Origin::Step if metric::known_equal(&previous, &current.metric()) => value,
            Origin::Step => {
                change_points(value, |points| carry_points(&current, &previous, points))
            }
            Origin::Other => {
                warn_if_off(&current, &value);
                value
            }
        };
        Self { value, manifold }
    }
}

/// Where the values come from that a traversal leaves in a parameter.
pub(crate) enum Origin {
    /// Loaded from a record.
    Record,
    /// A step of an optimizer that knows manifolds.
    Step,
    /// A copy, an average, a step of an optimizer that knows none.
    Other,
}

impl Origin {
    pub(crate) fn of(loaded: bool, stepped: bool) -> Self {
        match (loaded, stepped) {
            (true, _) => Self::Record,
            (false, true) => Self::Step,
            (false, false) => Self::Other,
        }
    }
}

/// Loaded points: as they are if they are on the manifold, so that a resumed run goes on to the bit,
/// else projected.
pub(crate) fn project_unless_on<const D: usize, M: Manifold>(
    manifold: &M,
    points: Tensor<D>,
) -> Tensor<D> {
    match manifold.check_point(points.clone()) {
        Ok(()) => points,
        Err(_) => manifold.project(points),
    }
}

/// In debug builds, a warning for points that a traversal without an optimizer of manifolds has left
/// off their manifold by more than a change of number format explains.
pub(crate) fn warn_if_off<const D: usize, M: Manifold>(manifold: &M, param: &Param<Tensor<D>>) {
    /// The root of a rounding of `f32`.
    const FORMATS: f64 = 3.5e-4;
    static SAID: Once = Once::new();
    if !cfg!(debug_assertions) || SAID.is_completed() {
        return;
    }
    let points = param.val().without_autodiff();
    if points.shape().num_elements() == 0 {
        return;
    }
    let off = crate::numerics::to_vec_f64(manifold.point_violation(points).max())[0];
    if off > FORMATS {
        SAID.call_once(|| {
            log::warn!(
                "points of {} are off their manifold by {off:.1e} after a traversal in which no \
                 optimizer asked for the manifold: Burn's own optimizers do not know it, those of \
                 geom-optim do; after an average, project the points",
                manifold.name()
            );
        });
    }
}

/// A parameter whose traversal by a loader is noticed by [`map_in_scope`].
pub(crate) fn with_load_mark<const D: usize>(param: Param<Tensor<D>>) -> Param<Tensor<D>> {
    param.load_mapper(|points| {
        LOADED.set(true);
        points
    })
}

/// Maps a parameter by `map` with the scope of its manifold open; tells whether it was loaded from a
/// record.
pub(crate) fn map_in_scope<const D: usize, M: Manifold>(
    manifold: &M,
    map: impl FnOnce() -> Param<Tensor<D>>,
) -> (Param<Tensor<D>>, bool) {
    LOADED.set(false);
    let param = scope::enter(manifold, map);
    (param, LOADED.replace(false))
}

/// Points that follow the metric of their manifold from `previous` to where it is now.
pub(crate) fn carry_points<const D: usize, M: Manifold>(
    manifold: &M,
    previous: &[MetricParameter],
    points: Tensor<D>,
) -> Tensor<D> {
    metric::follow_change(previous, &manifold.metric(), points, |points| {
        manifold.follow_metric(previous, points)
    })
}

/// Applies `change` to the bare points of a parameter, which stays as trainable as it was.
pub(crate) fn change_points<const D: usize>(
    param: Param<Tensor<D>>,
    change: impl FnOnce(Tensor<D>) -> Tensor<D>,
) -> Param<Tensor<D>> {
    param.map(|points| {
        let tracked = points.is_require_grad();
        let tracks = points.device().is_autodiff();
        let checkpointing = points.gradient_checkpointing_strategy();
        let changed = change(points.without_autodiff());
        if !tracks {
            return changed;
        }
        // Lifting back forgets the checkpointing strategy, and autodiff refuses to mix two.
        let lifted = Tensor::from_inner(changed);
        let lifted = match checkpointing {
            Some(strategy) => lifted.with_gradient_checkpointing_strategy(strategy),
            None => lifted,
        };
        lifted.set_require_grad(tracked)
    })
}

impl<const D: usize, M: Manifold> ModuleDisplayDefault for ManifoldParam<D, M> {
    fn content(&self, content: Content) -> Option<Content> {
        let curvature = match self.manifold.sectional_curvature() {
            Some(curvature) => format!(", curvature {curvature:.3}"),
            None => String::new(),
        };
        let learnable = match Module::num_params(&self.manifold) {
            0 => "",
            _ => ", learnable",
        };
        let description = format!(
            "{}{curvature}{learnable} {:?}",
            self.manifold.name(),
            self.value.shape().as_slice()
        );
        content.add_single(&description).optional()
    }
}

impl<const D: usize, M: Manifold> ModuleDisplay for ManifoldParam<D, M> {}

impl<const D: usize, M: Manifold> fmt::Display for ManifoldParam<D, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.format(Default::default()))
    }
}
