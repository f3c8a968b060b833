//! Tensors which belong to a manifold without being parameters.

use burn::module::{
    Content, Devices, Module, ModuleDisplay, ModuleDisplayDefault, ModuleMapper, ModuleVisitor,
};
use burn::tensor::{DType, Device, Tensor};

/// A constant that moves with the module and is neither trained nor saved.
///
/// It never tracks gradients, on a device with automatic differentiation either: operations lift it
/// to the other operand. For the same reason it names no device of the module, whose first one
/// decides where data go.
#[derive(Clone, Debug)]
pub(crate) struct Constant<const D: usize>(Tensor<D>);

impl<const D: usize> Constant<D> {
    pub(crate) fn new(value: Tensor<D>) -> Self {
        Self(value.without_autodiff())
    }

    /// The value in this number format.
    pub(crate) fn cast(&self, dtype: DType) -> Tensor<D> {
        match self.0.dtype() == dtype {
            true => self.0.clone(),
            false => self.0.clone().cast(dtype),
        }
    }

    fn moved(self, device: &Device) -> Self {
        // A tensor without automatic differentiation cannot move to a device with it.
        Self(self.0.to_device(&device.clone().without_autodiff()))
    }
}

impl<const D: usize> Module for Constant<D> {
    fn collect_devices(&self, devices: Devices) -> Devices {
        devices
    }

    fn fork(self, device: &Device) -> Self {
        self.moved(device)
    }

    fn to_device(self, device: &Device) -> Self {
        self.moved(device)
    }

    fn train(self) -> Self {
        self
    }

    fn valid(&self) -> Self {
        self.clone()
    }

    fn materialize(self) -> Self {
        self
    }

    fn visit<V: ModuleVisitor>(&self, _visitor: &mut V) {}

    fn map<M: ModuleMapper>(self, _mapper: &mut M) -> Self {
        self
    }
}

impl<const D: usize> ModuleDisplayDefault for Constant<D> {
    fn content(&self, content: Content) -> Option<Content> {
        content
            .add_single(&format!("constant {:?}", self.0.dims()))
            .optional()
    }
}

impl<const D: usize> ModuleDisplay for Constant<D> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::to_vec_f64;

    #[test]
    fn a_constant_goes_to_training_and_back_unchanged() {
        let device = Device::flex();
        let constant = Constant::new(Tensor::<1>::from_floats([1.0, 2.0], &device));
        let moved = constant.fork(&device.clone().autodiff()).train().valid();
        let moved = moved.to_device(&device);
        assert_eq!(Module::num_params(&moved), 0);
        assert_eq!(to_vec_f64(moved.cast(DType::F64)), [1.0, 2.0]);
    }

    #[test]
    fn a_constant_multiplies_tracked_tensors() {
        let device = Device::flex().autodiff();
        let constant = Constant::new(Tensor::<1>::from_floats([3.0, 2.0], &device));
        let x = Tensor::<1>::from_floats([1.0, 1.0], &device).require_grad();
        let gradients = (constant.cast(x.dtype()) * x.clone()).sum().backward();
        assert_eq!(to_vec_f64(x.grad(&gradients).expect("a leaf")), [3.0, 2.0]);
    }
}
