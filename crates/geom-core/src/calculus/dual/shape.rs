//! Operations that move elements: linear, so the tangent moves as the value does.

use burn::tensor::{Int, Tensor};

use super::Dual;

impl<const D: usize> Dual<D> {
    /// Exchanges the last two axes.
    pub fn transpose(self) -> Self {
        self.linear(Tensor::transpose)
    }

    /// Exchanges two axes.
    pub fn swap_dims(self, first: usize, second: usize) -> Self {
        self.linear(|x| x.swap_dims(first, second))
    }

    /// The same elements in another shape.
    pub fn reshape<const E: usize>(self, shape: [usize; E]) -> Dual<E> {
        self.linear(|x| x.reshape(shape))
    }

    /// Repeats axes of size 1 to `shape`; new leading axes are allowed.
    pub fn expand<const E: usize>(self, shape: [usize; E]) -> Dual<E> {
        self.linear(|x| x.expand(shape))
    }

    /// Removes an axis of size 1.
    pub fn squeeze_dim<const E: usize>(self, axis: usize) -> Dual<E> {
        self.linear(|x| x.squeeze_dim(axis))
    }

    /// Adds leading axes of size 1 up to rank `E`.
    pub fn unsqueeze<const E: usize>(self) -> Dual<E> {
        self.linear(Tensor::unsqueeze)
    }

    /// Adds an axis of size 1.
    pub fn unsqueeze_dim<const E: usize>(self, axis: usize) -> Dual<E> {
        self.linear(|x| x.unsqueeze_dim(axis))
    }

    /// The part of `length` elements from `start` on, along one axis.
    pub fn narrow(self, axis: usize, start: usize, length: usize) -> Self {
        self.linear(|x| x.narrow(axis, start, length))
    }

    /// Whole slices along one axis, by index; an index may occur more than once.
    pub fn select(self, axis: usize, indices: Tensor<1, Int>) -> Self {
        self.linear(|x| x.select(axis, indices.clone()))
    }

    /// Single elements along one axis, by index.
    pub fn gather(self, axis: usize, indices: Tensor<D, Int>) -> Self {
        self.linear(|x| x.gather(axis, indices.clone()))
    }

    /// Joins along one axis. Constants among `parts` cost zeros in the tangent, but only if another
    /// part moves.
    pub fn cat(parts: Vec<Self>, axis: usize) -> Self {
        let moves = parts.iter().any(|part| part.tangent.is_some());
        let tangent = moves.then(|| {
            let tangents = parts.iter().map(|part| match &part.tangent {
                Some(tangent) => tangent.clone(),
                None => part.value.zeros_like(),
            });
            Tensor::cat(tangents.collect(), axis)
        });
        let values = parts.into_iter().map(|part| part.value);
        Self {
            value: Tensor::cat(values.collect(), axis),
            tangent,
        }
    }
}
