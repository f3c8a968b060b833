//! Weights of an existing Burn module, put on a manifold.

#[cfg(feature = "learner")]
mod steps;
mod traversal;

use std::ops::Deref;

use burn::module::{
    Content, Devices, Module, ModuleDisplay, ModuleDisplayDefault, ModuleMapper, ModuleVisitor,
    ParamGroup,
};
use burn::tensor::Device;

use crate::error::GeometryError;
use crate::manifold::Manifold;
use crate::metric;
use crate::module::param::Origin;
use crate::module::scope;
use traversal::{FollowGroup, InScope, LocalPath, Matching, ProjectGroup};

/// A module some of whose parameters are points of a manifold; made by [`constrain`].
///
/// It dereferences to the module inside, so `forward` is called as before, and its parameters keep
/// their paths, so records of the bare module load. During a traversal the [scope] of the manifold is
/// open around each parameter of the group: an optimizer of `geom-optim` takes a Riemannian step on
/// those and an ordinary one on the others.
#[derive(Clone, Debug)]
pub struct Constrained<Inner: Module, M: Manifold> {
    module: Inner,
    manifold: M,
    group: ParamGroup,
    /// Where the manifold's own parameters appear in a record, different for nested constraints.
    label: String,
}

/// Puts the parameters of `module` that `group` names on `manifold`.
///
/// The last [`POINT_RANK`](Manifold::POINT_RANK) axes of each hold a point, so on the sphere every
/// row of a `Linear`'s weight `[d_input, d_output]` gets length 1. The weights are projected at once.
/// Paths in the group count from `module`: `ParamGroup::from_path("weight")`.
///
/// A curvature that trains carries the weights along as in [`ManifoldParam`](crate::ManifoldParam),
/// and loaded weights that are not on the manifold, as those of the bare module, are projected;
/// its gradient, however, comes from the losses that use the manifold directly, since the module
/// inside knows nothing of it.
///
/// # Errors
/// - [`GeometryError::EmptyGroup`] if no float parameter matches, with the paths there are
/// - those of [`Manifold::check_shape`] if the manifold has no points of a parameter's shape
///
/// # Examples
/// ```
/// use burn::module::{Module, Param, ParamGroup};
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Manifold, PoincareBall, constrain};
///
/// #[derive(Module, Debug)]
/// struct Table {
///     rows: Param<Tensor<2>>,
///     bias: Param<Tensor<1>>,
/// }
///
/// let device = Device::flex();
/// let table = Table {
///     rows: Param::from_tensor(Tensor::ones([5, 3], &device)),
///     bias: Param::from_tensor(Tensor::ones([3], &device)),
/// };
/// let table = constrain(table, ParamGroup::from_path("rows"), PoincareBall::new(1.0))?;
/// assert!(table.manifold().check_point(table.rows.val()).is_ok());
/// # Ok::<(), geom_core::GeometryError>(())
/// ```
pub fn constrain<Inner: Module, M: Manifold>(
    module: Inner,
    group: ParamGroup,
    manifold: M,
) -> Result<Constrained<Inner, M>, GeometryError> {
    let mut matching = Matching {
        path: LocalPath::default(),
        group: &group,
        manifold: &manifold,
        matched: Vec::new(),
        others: Vec::new(),
        error: None,
    };
    module.visit(&mut matching);
    let Matching {
        matched,
        others,
        error,
        ..
    } = matching;
    if let Some(error) = error {
        return Err(error);
    }
    let Some(first) = matched.first() else {
        return Err(GeometryError::EmptyGroup {
            available: others.join(", "),
        });
    };
    let label = format!("{first}_manifold");
    // By path, which a record cannot change as it may change ids.
    let group = ParamGroup::from_paths(matched);
    let module = module.map(&mut ProjectGroup {
        path: LocalPath::default(),
        group: &group,
        manifold: &manifold.valid(),
    });
    Ok(Constrained {
        module,
        manifold,
        group,
        label,
    })
}

impl<Inner: Module, M: Manifold> Constrained<Inner, M> {
    /// The manifold of the parameters in the group.
    pub fn manifold(&self) -> &M {
        &self.manifold
    }

    /// The module, which from then on is an ordinary one again.
    pub fn into_inner(self) -> Inner {
        self.module
    }
}

impl<Inner: Module, M: Manifold> Deref for Constrained<Inner, M> {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.module
    }
}

impl<Inner: Module, M: Manifold> Module for Constrained<Inner, M> {
    fn collect_devices(&self, devices: Devices) -> Devices {
        self.manifold
            .collect_devices(self.module.collect_devices(devices))
    }

    fn fork(self, device: &Device) -> Self {
        Self {
            module: self.module.fork(device),
            manifold: self.manifold.fork(device),
            ..self
        }
    }

    fn to_device(self, device: &Device) -> Self {
        Self {
            module: self.module.to_device(device),
            manifold: self.manifold.to_device(device),
            ..self
        }
    }

    fn train(self) -> Self {
        Self {
            module: self.module.train(),
            manifold: self.manifold.train(),
            ..self
        }
    }

    fn valid(&self) -> Self {
        Self {
            module: self.module.valid(),
            manifold: self.manifold.valid(),
            group: self.group.clone(),
            label: self.label.clone(),
        }
    }

    fn materialize(self) -> Self {
        Self {
            module: self.module.materialize(),
            manifold: self.manifold.materialize(),
            ..self
        }
    }

    fn visit<V: ModuleVisitor>(&self, visitor: &mut V) {
        self.module.visit(&mut InScope {
            path: LocalPath::default(),
            group: &self.group,
            manifold: &self.manifold,
            traversal: visitor,
            loaded: false,
        });
        visitor.enter_module(&self.label, "Struct:Constrained");
        self.manifold.visit(visitor);
        visitor.exit_module(&self.label, "Struct:Constrained");
    }

    fn map<Mapper: ModuleMapper>(self, mapper: &mut Mapper) -> Self {
        let previous = self.manifold.metric();
        let ((module, loaded, manifold), stepped) = scope::noticing_questions(|| {
            let mut scoped = InScope {
                path: LocalPath::default(),
                group: &self.group,
                manifold: &self.manifold,
                traversal: mapper,
                loaded: false,
            };
            let module = self.module.map(&mut scoped);
            let loaded = scoped.loaded;
            mapper.enter_module(&self.label, "Struct:Constrained");
            let manifold = self.manifold.map(mapper);
            mapper.exit_module(&self.label, "Struct:Constrained");
            (module, loaded, manifold)
        });
        let current = manifold.valid();
        let origin = Origin::of(loaded, stepped);
        let still = metric::known_equal(&previous, &current.metric());
        let module = match origin {
            Origin::Step if still => module,
            origin => module.map(&mut FollowGroup {
                path: LocalPath::default(),
                group: &self.group,
                manifold: &current,
                previous: &previous,
                origin,
            }),
        };
        Self {
            module,
            manifold,
            group: self.group,
            label: self.label,
        }
    }
}

impl<Inner: Module, M: Manifold> ModuleDisplayDefault for Constrained<Inner, M> {
    fn content(&self, content: Content) -> Option<Content> {
        let parameters = Module::num_params(&self.module);
        let description = format!("{parameters} parameters, some on {}", self.manifold.name());
        content.add_single(&description).optional()
    }
}

impl<Inner: Module, M: Manifold> ModuleDisplay for Constrained<Inner, M> {}
