//! The index arrays of a pattern on devices, each sent once.

use std::any::Any;
use std::sync::{Mutex, PoisonError};

use burn::backend::Backend;
use burn::backend::tensor::{Device, IntTensor};
use burn::tensor::TensorData;

use super::pattern::Pattern;

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

impl Index {
    fn of(self, pattern: &Pattern) -> Vec<i32> {
        let entries = pattern.entries();
        let by_row = |of_row: &dyn Fn(usize, usize, usize) -> usize| {
            let mut numbers = Vec::with_capacity(entries);
            for bounds in pattern.offsets().windows(2) {
                let (first, end) = (bounds[0], bounds[1]);
                numbers.extend((first..end).map(|entry| of_row(entry, first, end) as i32));
            }
            numbers
        };
        match self {
            Self::Row => pattern.row_indices().iter().map(|&v| v as i32).collect(),
            Self::Column => pattern.indices().iter().map(|&v| v as i32).collect(),
            Self::Entry => (0..entries as i32).collect(),
            Self::First => by_row(&|_, first, _| first),
            Self::After => by_row(&|entry, _, end| end - 1 - entry),
        }
    }
}

/// What was sent, for as long as the pattern lives.
#[derive(Default)]
pub(super) struct DeviceIndexCache(Mutex<Vec<Box<dyn Any + Send + Sync>>>);

/// Of one backend.
struct Array<B: Backend> {
    index: Index,
    device: Device<B>,
    tensor: IntTensor<B>,
}

/// The index array of a pattern on a device.
pub(super) fn on_device<B: Backend>(
    pattern: &Pattern,
    index: Index,
    device: &Device<B>,
) -> IntTensor<B> {
    // What is behind the lock is only ever added to, so that a panic elsewhere leaves it whole.
    let mut sent = pattern
        .index_cache()
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let known = sent
        .iter()
        .filter_map(|array| array.downcast_ref::<Array<B>>())
        .find(|array| array.index == index && array.device == *device);
    if let Some(array) = known {
        return array.tensor.clone();
    }
    let numbers = index.of(pattern);
    let count = numbers.len();
    let tensor = B::int_from_data(TensorData::new(numbers, [count]), device);
    sent.push(Box::new(Array::<B> {
        index,
        device: device.clone(),
        tensor: tensor.clone(),
    }));
    tensor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_belong_to_the_entries() {
        let pattern = Pattern::new(vec![0, 2, 2, 5], vec![3, 0, 0, 1, 3], 4).unwrap();
        assert_eq!(Index::Row.of(&pattern), [0, 0, 2, 2, 2]);
        assert_eq!(Index::Column.of(&pattern), [3, 0, 0, 1, 3]);
        assert_eq!(Index::Entry.of(&pattern), [0, 1, 2, 3, 4]);
        assert_eq!(Index::First.of(&pattern), [0, 0, 2, 2, 2]);
        assert_eq!(Index::After.of(&pattern), [1, 0, 2, 1, 0]);
    }

    #[cfg(feature = "flex")]
    #[test]
    fn an_array_is_sent_once() {
        use burn::backend::Flex;
        let pattern = Pattern::new(vec![0, 1, 2], vec![1, 0], 2).unwrap();
        let device = Default::default();
        for _ in 0..3 {
            for index in [Index::Row, Index::Column] {
                on_device::<Flex>(&pattern.clone(), index, &device);
            }
        }
        assert_eq!(pattern.index_cache().0.lock().unwrap().len(), 2);
    }
}
