//! Orthonormal frames of a tangent space.

use burn::tensor::{Tensor, TensorData};

use crate::manifold::Manifold;
use crate::numerics::{Limits, single, to_vec_f64};

/// An orthonormal basis of the tangent space at one point, from the projections of the ambient
/// coordinate directions by Gram–Schmidt with pivoting (the longest remainder next), twice.
///
/// # Shapes
/// - `x`: `[1, point]`
/// - returns: `[dim, point]`, the intrinsic dimension first
///
/// # Panics
/// If `x` is not one point.
///
/// # Examples
/// ```
/// use burn::tensor::{DType, Device, Tensor};
/// use geom_core::{Manifold, PoincareBall, statistics::orthonormal_frame};
///
/// let ball = PoincareBall::new(1.0);
/// let x = Tensor::<2>::from_data([[0.3, 0.4]], (&Device::flex(), DType::F64));
/// let frame = orthonormal_frame(&ball, &x);
/// let norms = ball.norm(x, frame).into_data().to_vec::<f64>().unwrap();
/// assert!(norms.iter().all(|norm| (norm - 1.0).abs() < 1e-14));
/// ```
pub fn orthonormal_frame<M: Manifold, const D: usize>(manifold: &M, x: &Tensor<D>) -> Tensor<D> {
    let x = &single(x.clone());
    let dims = x.dims();
    assert!(
        D == M::POINT_RANK + 1 && dims[0] == 1,
        "a frame belongs to one point [1, point], got shape {dims:?}"
    );
    let coordinates: usize = dims[1..].iter().product();
    let dim = manifold.point_shape(&dims[1..]).dim();
    let mut shape = dims;
    shape[0] = coordinates;
    let basis = TensorData::new(
        (0..coordinates * coordinates)
            .map(|index| f64::from(u8::from(index / coordinates == index % coordinates)))
            .collect(),
        shape,
    );
    let basis = Tensor::<D>::from_data(basis, (&x.device(), x.dtype()));
    let mut rest = manifold.project_tangent(x.clone(), basis);
    let mut frame: Vec<Tensor<D>> = Vec::with_capacity(dim);
    for _ in 0..dim {
        let lengths = to_vec_f64(manifold.norm(x.clone(), rest.clone()));
        let longest = (0..coordinates)
            .max_by(|&a, &b| lengths[a].total_cmp(&lengths[b]))
            .unwrap_or(0);
        let mut v = rest.clone().narrow(0, longest, 1);
        // The second pass removes what rounding left of the first.
        for unit in &frame {
            let along = manifold.inner(x.clone(), v.clone(), unit.clone());
            v = v - unit.clone() * along;
        }
        let length = manifold.norm(x.clone(), v.clone());
        let v = v / length.clamp_min(Limits::of(x.dtype()).epsilon * lengths[longest]);
        let along = manifold.inner(x.clone(), rest.clone(), v.clone());
        rest = rest - v.clone() * along;
        frame.push(v);
    }
    Tensor::cat(frame, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Hyperboloid, PoincareBall, Power, Product, Sample};
    use burn::tensor::{DType, Device};

    fn is_orthonormal<M: Manifold, const D: usize>(manifold: &M, x: Tensor<D>, dim: usize) {
        let frame = orthonormal_frame(manifold, &x);
        assert_eq!(frame.dims()[0], dim);
        for i in 0..dim {
            let v = frame.clone().narrow(0, i, 1);
            assert!(manifold.check_tangent(x.clone(), v.clone()).is_ok());
            for j in 0..dim {
                let w = frame.clone().narrow(0, j, 1);
                let inner = to_vec_f64(manifold.inner(x.clone(), v.clone(), w))[0];
                let expected = f64::from(u8::from(i == j));
                assert!((inner - expected).abs() < 1e-11, "{i}, {j}: {inner}");
            }
        }
    }

    #[test]
    fn frames_are_orthonormal_and_complete() {
        let options = (&Device::flex(), DType::F64);
        let ball = PoincareBall::new(2.0);
        is_orthonormal(&ball, ball.random_normal([1, 4], 1.0, options), 4);
        let hyperboloid = Hyperboloid::new(0.5);
        let x = hyperboloid.random_normal([1, 4], 2.0, options);
        is_orthonormal(&hyperboloid, x, 3);
        let product = Product::new(ball.clone(), 2, hyperboloid, 2);
        is_orthonormal(&product, product.random_normal([1, 5], 1.0, options), 4);
        let power = Power::new(ball, 3);
        is_orthonormal(&power, power.random_normal([1, 3, 2], 1.0, options), 6);
    }
}
