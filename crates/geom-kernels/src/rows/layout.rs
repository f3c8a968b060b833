//! Where the rows of an input lie.

/// An input of a program.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a, T> {
    /// A number for all rows.
    Uniform(T),
    /// Numbers in memory.
    Rows(&'a [T], &'a RowLayout),
}

/// The places of rows in an array: any strides, also 0 where an axis is broadcast, also negative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowLayout {
    offset: usize,
    /// Size and stride of the axes over which rows are counted, the last one fastest.
    axes: Vec<(usize, isize)>,
    /// The distance from a coordinate to the next.
    step: isize,
}

impl RowLayout {
    /// Rows counted over `axes`, each a size and a stride, from `offset` on; coordinates are `step`
    /// apart.
    pub fn new(offset: usize, axes: &[(usize, isize)], step: isize) -> Self {
        let mut merged: Vec<(usize, isize)> = Vec::with_capacity(axes.len());
        for &(size, stride) in axes {
            match merged.last_mut() {
                _ if size == 1 => {}
                // The outer axis goes on where the inner one ends: they are one.
                Some((outer, far)) if *far == stride * size as isize => {
                    *outer *= size;
                    *far = stride;
                }
                _ => merged.push((size, stride)),
            }
        }
        Self {
            offset,
            axes: merged,
            step,
        }
    }

    /// Rows of `width` numbers one after the other.
    pub fn contiguous(rows: usize, width: usize) -> Self {
        Self::new(0, &[(rows, width as isize)], 1)
    }

    pub(super) fn step(&self) -> isize {
        self.step
    }

    /// The places of the rows from `first` on.
    pub(super) fn offsets(&self, first: usize, offsets: &mut [usize]) {
        let base = self.offset as isize;
        match self.axes[..] {
            [] => offsets.fill(self.offset),
            [(_, stride)] => {
                for (row, offset) in (first..).zip(offsets) {
                    *offset = (base + row as isize * stride) as usize;
                }
            }
            _ => {
                for (row, offset) in (first..).zip(offsets) {
                    let (mut place, mut row) = (base, row);
                    for &(size, stride) in self.axes.iter().rev() {
                        place += (row % size) as isize * stride;
                        row /= size;
                    }
                    *offset = place as usize;
                }
            }
        }
    }
}
