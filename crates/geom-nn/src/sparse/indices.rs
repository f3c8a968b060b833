//! The index arrays of a pattern.

use burn::backend::Backend;
use burn::backend::tensor::{Device, IntTensor};

pub(super) use super::index_cache::Index;
use super::pattern::Pattern;

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

/// The index array of a pattern on a device.
pub(super) fn on_device<B: Backend>(
    pattern: &Pattern,
    index: Index,
    device: &Device<B>,
) -> IntTensor<B> {
    let cache = pattern.index_cache();
    cache.on_device::<B>(index, device, || index.of(pattern))
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
        assert_eq!(pattern.index_cache().len(), 2);
    }
}
