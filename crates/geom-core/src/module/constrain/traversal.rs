//! The traversals of a module of which some parameters are on a manifold.

use burn::module::{Flag, ModuleMapper, ModuleVisitor, Param, ParamGroup};
use burn::tensor::{Bool, Int, Tensor};

use crate::error::GeometryError;
use crate::manifold::Manifold;
use crate::metric::MetricParameter;
use crate::module::param::{
    Origin, carry_points, change_points, map_in_scope, project_unless_on, warn_if_off,
    with_load_mark,
};
use crate::module::scope;

/// The path of the parameter at hand, counted from the module inside.
#[derive(Default)]
pub(super) struct LocalPath(Vec<String>);

impl LocalPath {
    fn enter(&mut self, name: &str) {
        self.0.push(name.to_owned());
    }

    fn exit(&mut self) {
        self.0.pop();
    }

    fn joined(&self) -> String {
        self.0.join(".")
    }

    fn is_in<const D: usize>(&self, group: &ParamGroup, param: &Param<Tensor<D>>) -> bool {
        group.matches(&param.id, Some(&self.joined()))
    }
}

/// Collects the parameters of a group, and what is wrong with them.
pub(super) struct Matching<'a, M> {
    pub(super) path: LocalPath,
    pub(super) group: &'a ParamGroup,
    pub(super) manifold: &'a M,
    pub(super) matched: Vec<String>,
    pub(super) others: Vec<String>,
    pub(super) error: Option<GeometryError>,
}

impl<M: Manifold> ModuleVisitor for Matching<'_, M> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.exit();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if !self.path.is_in(self.group, param) {
            self.others.push(self.path.joined());
            return;
        }
        self.matched.push(self.path.joined());
        if let Err(error) = self.manifold.check_shape(&param.val().dims()) {
            self.error.get_or_insert(error);
        }
    }
}

/// Projects the parameters of a group.
pub(super) struct ProjectGroup<'a, M> {
    pub(super) path: LocalPath,
    pub(super) group: &'a ParamGroup,
    pub(super) manifold: &'a M,
}

impl<M: Manifold> ModuleMapper for ProjectGroup<'_, M> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.exit();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        match self.path.is_in(self.group, &param) {
            true => with_load_mark(change_points(param, |x| self.manifold.project(x))),
            false => param,
        }
    }
}

/// Brings the parameters of a group to where they belong after a traversal.
pub(super) struct FollowGroup<'a, M> {
    pub(super) path: LocalPath,
    pub(super) group: &'a ParamGroup,
    pub(super) manifold: &'a M,
    pub(super) previous: &'a [MetricParameter],
    pub(super) origin: Origin,
}

impl<M: Manifold> ModuleMapper for FollowGroup<'_, M> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.exit();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if !self.path.is_in(self.group, &param) {
            return param;
        }
        match self.origin {
            Origin::Record => change_points(param, |x| project_unless_on(self.manifold, x)),
            Origin::Step => change_points(param, |x| carry_points(self.manifold, self.previous, x)),
            Origin::Other => {
                warn_if_off(self.manifold, &param);
                param
            }
        }
    }
}

/// Another traversal, with the scope of the manifold open around the parameters of a group.
pub(super) struct InScope<'a, M, Traversal> {
    pub(super) path: LocalPath,
    pub(super) group: &'a ParamGroup,
    pub(super) manifold: &'a M,
    pub(super) traversal: &'a mut Traversal,
    pub(super) loaded: bool,
}

impl<M: Manifold, V: ModuleVisitor> ModuleVisitor for InScope<'_, M, V> {
    fn enter_module(&mut self, name: &str, container_type: &str) {
        self.path.enter(name);
        self.traversal.enter_module(name, container_type);
    }

    fn exit_module(&mut self, name: &str, container_type: &str) {
        self.path.exit();
        self.traversal.exit_module(name, container_type);
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        match self.path.is_in(self.group, param) {
            true => scope::enter(self.manifold, || self.traversal.visit_float(param)),
            false => self.traversal.visit_float(param),
        }
    }

    fn visit_int<const D: usize>(&mut self, param: &Param<Tensor<D, Int>>) {
        self.traversal.visit_int(param);
    }

    fn visit_bool<const D: usize>(&mut self, param: &Param<Tensor<D, Bool>>) {
        self.traversal.visit_bool(param);
    }

    fn visit_flag(&mut self, flag: &Param<Flag>) {
        self.traversal.visit_flag(flag);
    }
}

impl<M: Manifold, Mapper: ModuleMapper> ModuleMapper for InScope<'_, M, Mapper> {
    fn enter_module(&mut self, name: &str, container_type: &str) {
        self.path.enter(name);
        self.traversal.enter_module(name, container_type);
    }

    fn exit_module(&mut self, name: &str, container_type: &str) {
        self.path.exit();
        self.traversal.exit_module(name, container_type);
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if !self.path.is_in(self.group, &param) {
            return self.traversal.map_float(param);
        }
        let (param, loaded) = map_in_scope(self.manifold, || self.traversal.map_float(param));
        self.loaded |= loaded;
        param
    }

    fn map_int<const D: usize>(&mut self, param: Param<Tensor<D, Int>>) -> Param<Tensor<D, Int>> {
        self.traversal.map_int(param)
    }

    fn map_bool<const D: usize>(
        &mut self,
        param: Param<Tensor<D, Bool>>,
    ) -> Param<Tensor<D, Bool>> {
        self.traversal.map_bool(param)
    }

    fn map_flag(&mut self, flag: Param<Flag>) -> Param<Flag> {
        self.traversal.map_flag(flag)
    }
}
