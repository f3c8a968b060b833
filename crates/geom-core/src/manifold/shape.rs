//! Shapes that must agree. Broadcasting stretches an axis of size 1 over the coordinates of another
//! tensor, and an operand that a map does not read is not compared at all; both hide mistakes.

use burn::tensor::Tensor;

/// Panics unless the last axis of all tensors has one size.
pub(crate) fn assert_one_width<const N: usize, const D: usize>(tensors: [&Tensor<D>; N]) {
    assert_one_point(1, tensors);
}

/// Panics unless the last `rank` axes, those of a point, have one shape in all tensors.
pub(crate) fn assert_one_point<const N: usize, const D: usize>(
    rank: usize,
    tensors: [&Tensor<D>; N],
) {
    let shapes = tensors.map(Tensor::dims);
    let point = |shape: &[usize; D]| shape[D.saturating_sub(rank)..].to_vec();
    assert!(
        shapes
            .windows(2)
            .all(|pair| point(&pair[0]) == point(&pair[1])),
        "points and tangent vectors of one manifold agree in the axes of a point, the last {rank}: \
         got shapes {shapes:?}"
    );
}

/// Panics unless the tensors are made of points of one shape, of as many each or of one.
pub(crate) fn assert_one_batch<const D: usize>(rank: usize, left: &Tensor<D>, right: &Tensor<D>) {
    assert_one_point(rank, [left, right]);
    let (left, right) = (left.dims(), right.dims());
    let batch = left.iter().zip(&right).take(D.saturating_sub(rank));
    assert!(
        batch.into_iter().all(|(&a, &b)| a == b || a == 1 || b == 1),
        "as many tangent vectors as points, or one of either, are needed: got shapes {left:?} and \
         {right:?}"
    );
}

/// The shape with one coordinate less, that of tangent vectors at the origin of a manifold whose
/// points have one more coordinate than dimensions.
pub(crate) fn intrinsic<const D: usize>(manifold: &str, mut shape: [usize; D]) -> [usize; D] {
    assert!(
        shape[D - 1] >= 2,
        "{manifold} points have 2 or more coordinates, got shape {shape:?}"
    );
    shape[D - 1] -= 1;
    shape
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use std::panic::catch_unwind;

    fn zeros(shape: [usize; 3]) -> Tensor<3> {
        Tensor::zeros(shape, &Device::flex())
    }

    #[test]
    fn only_the_axes_of_a_point_have_to_be_equal() {
        assert_one_width([&zeros([4, 2, 3]), &zeros([1, 5, 3])]);
        assert_one_point(2, [&zeros([4, 2, 3]), &zeros([1, 2, 3]), &zeros([7, 2, 3])]);
        assert_one_batch(1, &zeros([4, 1, 3]), &zeros([1, 5, 3]));
    }

    #[test]
    fn shapes_that_differ_are_told() {
        let message = |check: fn()| {
            let panic = catch_unwind(check).expect_err("shapes differ");
            panic.downcast_ref::<String>().expect("formatted").clone()
        };
        for check in [
            || assert_one_width([&zeros([4, 2, 3]), &zeros([4, 2, 1])]),
            || assert_one_point(2, [&zeros([4, 2, 3]), &zeros([4, 1, 3])]),
            || assert_one_batch(1, &zeros([4, 2, 3]), &zeros([4, 5, 3])),
        ] as [fn(); 3]
        {
            let message = message(check);
            assert!(message.contains("[4, 2, 3]"), "{message}");
        }
    }
}
