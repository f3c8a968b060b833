//! Arrays whose numbers are written once, without being set to zero before.

use std::mem::MaybeUninit;

/// An array of `len` numbers that somebody writes.
pub(super) struct Unwritten<T> {
    values: Vec<T>,
    len: usize,
}

impl<T: Copy> Unwritten<T> {
    pub(super) fn new(len: usize) -> Self {
        Self {
            values: Vec::with_capacity(len),
            len,
        }
    }

    /// The places to write to.
    pub(super) fn places(&mut self) -> &mut [MaybeUninit<T>] {
        &mut self.values.spare_capacity_mut()[..self.len]
    }

    /// The array.
    ///
    /// # Safety
    /// Every place of [`places`](Self::places) must have been written.
    pub(super) unsafe fn written(mut self) -> Vec<T> {
        // SAFETY: the capacity is `len` or more, and the caller has written the first `len` numbers.
        unsafe { self.values.set_len(self.len) };
        self.values
    }
}
