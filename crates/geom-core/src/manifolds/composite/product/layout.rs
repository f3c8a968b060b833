//! Points of any number of axes among the coordinates of a product.
//!
//! A point of a product is a vector. A factor of matrices has its entries there, row after row, and
//! gets its axes back while one of its verbs works on it. Leading axes keep their places, so that they
//! still broadcast.

use burn::tensor::{Device, Tensor};

use crate::manifold::Manifold;

/// Rank of a factor's tensors while they have their axes: the leading axes and those of a point.
pub(super) const RANK: usize = 6;

/// Coordinates with the axes of a point, `[1, ..., leading axes, point]`.
pub(super) fn shaped<const D: usize>(point: &[usize], x: Tensor<D>) -> Tensor<RANK> {
    let shape = shape_with(point, x.dims());
    x.reshape(shape)
}

/// `[1, ..., leading axes of dims, point]`.
fn shape_with<const D: usize>(point: &[usize], dims: [usize; D]) -> [usize; RANK] {
    let leading = D - 1;
    assert!(
        leading + point.len() <= RANK,
        "a factor with points of shape {point:?} takes up to {} leading axes, got shape {dims:?}",
        RANK - point.len()
    );
    let start = RANK - point.len();
    let mut shape = [1; RANK];
    shape[start - leading..start].copy_from_slice(&dims[..leading]);
    shape[start..].copy_from_slice(point);
    shape
}

/// The axes of a point, or what a reduction has left of them, in one: the inverse of [`shaped`].
pub(super) fn flat<const D: usize>(point: &[usize], x: Tensor<RANK>) -> Tensor<D> {
    let dims = x.dims();
    let start = RANK - point.len();
    let mut shape = [1; D];
    shape[..D - 1].copy_from_slice(&dims[start + 1 - D..start]);
    shape[D - 1] = dims[start..].iter().product();
    x.reshape(shape)
}

/// The origin of a factor; `shape` is that of its coordinates.
pub(super) fn factor_origin<M: Manifold, const D: usize>(
    factor: &M,
    point: &[usize],
    shape: [usize; D],
    device: &Device,
) -> Tensor<D> {
    from_factor(
        point,
        shape,
        |shape| factor.origin(shape, device),
        |shape| factor.origin(shape, device),
    )
}

/// Points that a factor makes, in the shape of its coordinates: as vectors or with all axes.
pub(super) fn from_factor<const D: usize>(
    point: &[usize],
    shape: [usize; D],
    vectors: impl FnOnce([usize; D]) -> Tensor<D>,
    with_axes: impl FnOnce([usize; RANK]) -> Tensor<RANK>,
) -> Tensor<D> {
    match point.len() {
        1 => vectors(shape),
        _ => flat(point, with_axes(shape_with(point, shape))),
    }
}

/// [`Manifold::inner_by_factor`] of a factor, a number for each coordinate where they differ.
pub(super) fn factor_shares<M: Manifold, const D: usize>(
    factor: &M,
    point: &[usize],
    [x, v, w]: [Tensor<D>; 3],
) -> Tensor<D> {
    if point.len() == 1 {
        return factor.inner_by_factor(x, v, w);
    }
    let [x, v, w] = [x, v, w].map(|t| shaped(point, t));
    let shares = factor.inner_by_factor(x, v, w);
    let mut shape = shares.dims();
    shape[RANK - point.len()..].copy_from_slice(point);
    flat(point, shares.expand(shape))
}

/// [`Manifold::pairwise_distance`] of a factor, for tables of its coordinates.
pub(super) fn factor_pairwise<M: Manifold, const D: usize>(
    factor: &M,
    point: &[usize],
    x: Tensor<D>,
    y: Tensor<D>,
) -> Tensor<2> {
    fn table<const D: usize, const E: usize>(point: &[usize], x: Tensor<D>) -> Tensor<E> {
        let mut shape = [x.dims()[0]; E];
        shape[1..].copy_from_slice(point);
        x.reshape(shape)
    }
    match point.len() {
        1 => factor.pairwise_distance(x, y),
        2 => factor.pairwise_distance::<3>(table(point, x), table(point, y)),
        3 => factor.pairwise_distance::<4>(table(point, x), table(point, y)),
        4 => factor.pairwise_distance::<5>(table(point, x), table(point, y)),
        _ => factor.pairwise_distance::<RANK>(table(point, x), table(point, y)),
    }
}
