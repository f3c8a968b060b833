//! Distances of all pairs of two sets of points, without an n × m × d intermediate.

#[cfg(feature = "flex")]
mod ops;
#[cfg(feature = "flex")]
pub use ops::PairOps;

use burn::tensor::Tensor;

use crate::manifold::shape::assert_one_point;
use crate::numerics::squared_norm;

/// Coordinates handled at once: 4 MiB in `f32`, which the caches of a core hold.
const BLOCK: usize = 1 << 20;

/// $\lVert x_i - y_j\rVert^2$ for all pairs, from differences and so without cancellation.
///
/// On `flex` it is one kernel, with a gradient from differences too. Elsewhere the
/// gradient is that of $\lVert x_i\rVert^2 + \lVert y_j\rVert^2 - 2\langle x_i, y_j\rangle$:
/// two matrix products, and a tape of n × m numbers instead of n × m × d.
///
/// # Shapes
/// - `x`: `[n, d]`, `y`: `[m, d]`
/// - returns: `[n, m]`
///
/// # Numerics
/// Values are exact to rounding for close points too. The gradient by matrix products carries a
/// relative error of about $\varepsilon\lVert x_i\rVert / \lVert x_i - y_j\rVert$.
///
/// # Panics
/// If the coordinates of `x` and `y` differ in number.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::pairwise::squared_distance;
///
/// let x = Tensor::<2>::from_floats([[0.0, 0.0], [1.0, 0.0]], &Device::flex());
/// let y = Tensor::<2>::from_floats([[3.0, 4.0]], &Device::flex());
/// assert_eq!(squared_distance(x, y).into_data().to_vec::<f32>().unwrap(), [25.0, 20.0]);
/// ```
pub fn squared_distance(x: Tensor<2>, y: Tensor<2>) -> Tensor<2> {
    let [_, width] = x.dims();
    let [m, other] = y.dims();
    assert_eq!(
        width,
        other,
        "points of {width} and {other} coordinates: x has shape {:?}, y {:?}",
        x.dims(),
        y.dims()
    );
    #[cfg(feature = "flex")]
    if crate::rows::supports(&[x.clone(), y.clone()]) {
        use burn::backend::Dispatch;
        use ops::PairOps;
        let squares = Dispatch::squared_distances(x.into_dispatch(), y.into_dispatch());
        return Tensor::from_dispatch(squares);
    }
    let [still_x, still_y] = [&x, &y].map(|t| t.clone().detach());
    squared_distance_with_differences(x, y, |start, rows| {
        let block = still_x.clone().narrow(0, start, rows);
        block.reshape([rows, 1, width]) - still_y.clone().reshape([1, m, width])
    })
}

/// [`squared_distance`] of points whose differences are known better than their coordinates tell.
///
/// `differences(start, rows)` is of shape `[rows, m, d]` and not tracked: from `rows` rows of `x`,
/// `start` on, to all of `y`.
pub(crate) fn squared_distance_with_differences(
    x: Tensor<2>,
    y: Tensor<2>,
    differences: impl Fn(usize, usize) -> Tensor<3>,
) -> Tensor<2> {
    let ([n, width], m) = (x.dims(), y.dims()[0]);
    // A reshape would read a size of 0 as the one that was there.
    if n == 0 || m == 0 {
        return Tensor::zeros([n, m], (&x.device(), x.dtype()));
    }
    let blocks = row_blocks(n, m * width)
        .map(|(start, rows)| squared_norm(differences(start, rows)).reshape([rows, m]))
        .collect::<Vec<_>>();
    let exact = concatenate(blocks, [n, m], &x);
    if !x.device().is_autodiff() && !y.device().is_autodiff() {
        return exact;
    }
    let product = x.clone().matmul(y.clone().transpose()).mul_scalar(2.0);
    let expanded = squared_norm(x) + squared_norm(y).transpose() - product;
    exact + (expanded.clone() - expanded.detach())
}

/// Vectors with one batch axis, `[n, d]`, of which the compiler does not know it.
///
/// # Panics
/// If the rank is not 2.
pub fn table<const D: usize>(x: Tensor<D>) -> Tensor<2> {
    let dims = x.dims();
    assert!(
        D == 2,
        "pairwise distances take points [n, d], got shape {dims:?}"
    );
    x.reshape([dims[0], dims[D - 1]])
}

/// The distances of all pairs of points with `rank` axes, a block of rows of `x` at a time.
pub(crate) fn by_blocks<const D: usize>(
    rank: usize,
    x: Tensor<D>,
    y: Tensor<D>,
    distance: impl Fn(Tensor<5>, Tensor<5>) -> Tensor<5>,
) -> Tensor<2> {
    let (n, m) = (x.dims()[0], y.dims()[0]);
    assert_one_point(rank, [&x, &y]);
    if n == 0 || m == 0 {
        return Tensor::zeros([n, m], (&x.device(), x.dtype()));
    }
    let columns = with_batch_axes(rank, y.clone(), [1, m]);
    let coordinates: usize = y.dims()[1..].iter().product();
    let blocks = row_blocks(n, m * coordinates)
        .map(|(start, rows)| {
            let block = with_batch_axes(rank, x.clone().narrow(0, start, rows), [rows, 1]);
            distance(block, columns.clone()).reshape([rows, m])
        })
        .collect();
    concatenate(blocks, [n, m], &x)
}

/// Points with two batch axes and three point axes, the unused ones of size 1.
fn with_batch_axes<const D: usize>(rank: usize, x: Tensor<D>, batch: [usize; 2]) -> Tensor<5> {
    let dims = x.dims();
    assert!(
        D == rank + 1 && D <= 4,
        "pairwise distances take points with one batch axis, rank {}, got shape {dims:?}",
        rank + 1,
    );
    let mut shape = [1; 5];
    shape[..2].copy_from_slice(&batch);
    shape[5 - rank..].copy_from_slice(&dims[1..]);
    x.reshape(shape)
}

/// `(start, length)` of blocks of rows with about [`BLOCK`] coordinates each.
fn row_blocks(rows: usize, per_row: usize) -> impl Iterator<Item = (usize, usize)> {
    let length = (BLOCK / per_row.max(1)).max(1);
    (0..rows)
        .step_by(length)
        .map(move |start| (start, length.min(rows - start)))
}

fn concatenate<const D: usize>(
    mut blocks: Vec<Tensor<2>>,
    shape: [usize; 2],
    like: &Tensor<D>,
) -> Tensor<2> {
    match blocks.len() {
        0 => Tensor::zeros(shape, (&like.device(), like.dtype())),
        1 => blocks.remove(0),
        _ => Tensor::cat(blocks, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifold::Manifold;
    use crate::numerics::to_vec_f64;
    use crate::{Euclidean, Hyperboloid, KleinBall, PoincareBall, Sample};
    use burn::tensor::{DType, Device};

    /// Rounding of a dozen operations on numbers of order one, in `f64`.
    const ROUNDING: f64 = 1e-12;

    fn assert_close(left: Tensor<2>, right: Tensor<2>) {
        assert_eq!(left.dims(), right.dims());
        for (a, b) in to_vec_f64(left).iter().zip(to_vec_f64(right)) {
            assert!((a - b).abs() < ROUNDING, "{a} and {b}");
        }
    }

    /// Values and gradients of `pairwise_distance` against `distance`, broadcast.
    fn agrees<M: Manifold + Sample>(manifold: &M, width: usize) {
        let device = Device::flex();
        let options = (&device, DType::F64);
        let points = |n| {
            manifold
                .random_normal([n, width], 1.0, options)
                .autodiff()
                .require_grad()
        };
        let (x, y) = (points(7), points(5));
        let weights = Tensor::<2>::random(
            [7, 5],
            burn::tensor::Distribution::Uniform(0.5, 1.5),
            options,
        )
        .autodiff();
        let pairs = manifold.pairwise_distance(x.clone(), y.clone());
        let broadcast = manifold
            .distance(
                x.clone().reshape([7, 1, width]),
                y.clone().reshape([1, 5, width]),
            )
            .reshape([7, 5]);
        assert_close(pairs.clone().inner(), broadcast.clone().inner());
        let blocks = by_blocks(1, x.clone(), y.clone(), |x, y| manifold.distance(x, y));
        assert_close(pairs.clone().inner(), blocks.inner());

        let gradients = [pairs, broadcast].map(|d| {
            let gradients = (d * weights.clone()).sum().backward();
            [&x, &y].map(|t| t.grad(&gradients).expect("a leaf"))
        });
        let [ours, theirs] = gradients;
        for (a, b) in ours.into_iter().zip(theirs) {
            assert_close(a, b);
        }
    }

    #[test]
    fn pairwise_distances_and_their_gradients_are_those_of_single_pairs() {
        agrees(&Euclidean::new(), 3);
        agrees(&PoincareBall::new(0.7), 3);
        agrees(&KleinBall::new(0.7), 3);
        agrees(&Hyperboloid::new(0.7), 4);
    }

    #[test]
    fn distances_of_close_pairs_keep_their_relative_precision() {
        /// What is left of 24 bits between points a millionth apart.
        const DIGITS: f64 = 1e-5;
        let device = Device::flex();
        fn check<M: Manifold>(manifold: &M, x: Tensor<2>, y: Tensor<2>) {
            let [wide_x, wide_y] = [&x, &y].map(|t| t.clone().cast(DType::F64));
            let exact = manifold.distance(wide_x.unsqueeze_dim::<3>(1), wide_y.unsqueeze::<3>());
            let pairs = to_vec_f64(manifold.pairwise_distance(x, y));
            for (distance, exact) in pairs.into_iter().zip(to_vec_f64(exact)) {
                let error = (distance / exact - 1.0).abs();
                let name = manifold.name();
                assert!(error < DIGITS, "{name}: {distance:e} not {exact:e}");
            }
        }
        // Close pairs on the diagonal, and pairs that are not beside it.
        let x = Tensor::<2>::from_floats([[0.3, -0.2, 0.4], [-0.5, 0.1, 0.3]], &device);
        let step = Tensor::<2>::from_floats([[1e-6, 2e-6, -1e-6], [3e-7, 0.0, 2e-6]], &device);
        let y = x.clone() + step;
        check(&PoincareBall::new(1.0), x.clone(), y.clone());
        check(&KleinBall::new(1.0), x.clone(), y.clone());
        // The time component is not read, and so not rounded into the comparison.
        let lift = |x: Tensor<2>| Tensor::cat(vec![Tensor::ones([2, 1], &x.device()), x], 1);
        check(&Hyperboloid::new(1.0), lift(x), lift(y));
    }

    #[test]
    fn blocks_cover_every_row_once() {
        let device = Device::flex();
        let wide = 3000;
        let x = Tensor::<2>::random([700, 1], burn::tensor::Distribution::Default, &device);
        let y = Tensor::<2>::random([wide, 1], burn::tensor::Distribution::Default, &device);
        let all = squared_distance(x.clone(), y.clone());
        assert_eq!(all.dims(), [700, wide]);
        let expected = (x - y.transpose()).square();
        assert!((all - expected).abs().max().into_scalar::<f32>() < 1e-6);
    }

    #[test]
    fn no_points_have_no_distances() {
        let x = Tensor::<2>::zeros([0, 3], &Device::flex());
        let y = Tensor::<2>::zeros([4, 3], &Device::flex());
        assert_eq!(
            PoincareBall::new(1.0).pairwise_distance(x, y).dims(),
            [0, 4]
        );
    }
}
