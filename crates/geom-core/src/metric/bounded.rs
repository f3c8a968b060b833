//! A number that trains within bounds.

use std::fmt;

use burn::module::{
    Content, Devices, Module, ModuleDisplay, ModuleDisplayDefault, ModuleMapper, ModuleVisitor,
    Param,
};
use burn::tensor::{Device, Tensor};

use super::learnable;
use crate::module::param::change_points;

/// A parameter of one number that a metric depends on, which every traversal leaves within bounds: a
/// step that is far too long would otherwise take a curvature to where no format has room for the
/// squares of coordinates, and no gradient leads back.
#[derive(Clone)]
pub(crate) struct Bounded {
    raw: Param<Tensor<1>>,
    bounds: [f64; 2],
}

impl Bounded {
    pub(crate) fn new(raw: Tensor<1>, bounds: [f64; 2]) -> Self {
        let raw = Param::from_tensor(raw);
        Self { raw, bounds }
    }

    pub(crate) fn val(&self) -> Tensor<1> {
        self.raw.val()
    }
}

impl fmt::Debug for Bounded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = crate::numerics::to_vec_f64(self.val());
        write!(f, "{} ({})", value[0], self.raw.id)
    }
}

impl Module for Bounded {
    fn collect_devices(&self, devices: Devices) -> Devices {
        self.raw.collect_devices(devices)
    }

    fn fork(self, device: &Device) -> Self {
        Self {
            raw: self.raw.fork(device),
            ..self
        }
    }

    fn to_device(self, device: &Device) -> Self {
        Self {
            raw: self.raw.to_device(device),
            ..self
        }
    }

    fn train(self) -> Self {
        Self {
            raw: self.raw.train(),
            ..self
        }
    }

    fn valid(&self) -> Self {
        Self {
            raw: self.raw.valid(),
            bounds: self.bounds,
        }
    }

    fn materialize(self) -> Self {
        Self {
            raw: self.raw.materialize(),
            ..self
        }
    }

    fn visit<V: ModuleVisitor>(&self, visitor: &mut V) {
        learnable::visit(|| self.raw.visit(visitor));
    }

    fn map<Mapper: ModuleMapper>(self, mapper: &mut Mapper) -> Self {
        let [low, high] = self.bounds;
        let raw = change_points(Module::map(self.raw, mapper), |raw| raw.clamp(low, high));
        Self { raw, ..self }
    }
}

impl ModuleDisplayDefault for Bounded {
    fn content(&self, content: Content) -> Option<Content> {
        content.add_single(&format!("{self:?}")).optional()
    }
}

impl ModuleDisplay for Bounded {}
