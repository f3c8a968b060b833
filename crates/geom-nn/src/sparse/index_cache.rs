//! Index arrays on devices, each sent once.

use std::any::Any;
use std::sync::{Mutex, PoisonError};

use burn::backend::Backend;
use burn::backend::tensor::{Device, IntTensor};
use burn::tensor::TensorData;

/// A number for every entry of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Index {
    /// Its row.
    Row,
    /// Its column.
    Column,
    /// Its own number.
    Entry,
    /// The first entry of its row.
    First,
    /// How many entries its row has after it.
    After,
}

/// What was sent, for as long as the pattern lives that the numbers belong to.
#[derive(Default)]
pub(super) struct DeviceIndexCache(Mutex<Vec<Box<dyn Any + Send + Sync>>>);

/// Of one backend.
struct Array<B: Backend> {
    index: Index,
    device: Device<B>,
    tensor: IntTensor<B>,
}

impl DeviceIndexCache {
    /// The array on a device, made of `numbers` when it is first asked for there.
    pub(super) fn on_device<B: Backend>(
        &self,
        index: Index,
        device: &Device<B>,
        numbers: impl FnOnce() -> Vec<i32>,
    ) -> IntTensor<B> {
        // What is behind the lock is only ever added to, so that a panic elsewhere leaves it whole.
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = sent
            .iter()
            .filter_map(|array| array.downcast_ref::<Array<B>>())
            .find(|array| array.index == index && array.device == *device);
        if let Some(array) = known {
            return array.tensor.clone();
        }
        let numbers = numbers();
        let count = numbers.len();
        let tensor = B::int_from_data(TensorData::new(numbers, [count]), device);
        sent.push(Box::new(Array::<B> {
            index,
            device: device.clone(),
            tensor: tensor.clone(),
        }));
        tensor
    }

    /// How many arrays there are on all devices.
    #[cfg(all(test, feature = "flex"))]
    pub(super) fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}
