//! Lorentz transformations: the linear maps that carry the hyperboloid to itself.
//!
//! A matrix $\Lambda$ keeps the Minkowski product, $\langle\Lambda x, \Lambda y\rangle_{\mathbb L} =
//! \langle x, y\rangle_{\mathbb L}$, and the upper sheet, exactly if it is a boost after a rotation,
//! $\Lambda = BR$. These maps are the isometries of the [`Hyperboloid`](crate::Hyperboloid), for
//! every curvature; they carry tangent vectors as they carry points.
//!
//! # Numerics
//! Matrices are the form that can be trained. The product with a point at distance $r$ from the
//! origin rounds with $\varepsilon\gamma e^r$; over long chains,
//! [`Manifold::project`](crate::Manifold::project) recomputes the time component.
//! [`Hyperboloid::boost`](crate::Hyperboloid::boost) applies the boost that belongs to a point
//! without its matrix.
//!
//! # Examples
//! ```
//! use burn::tensor::{Device, Tensor};
//! use geom_core::{Hyperboloid, Manifold};
//! use geom_core::lorentz::{lorentz_boost, lorentz_rotation, lorentz_transform};
//!
//! let hyperboloid = Hyperboloid::new(1.0);
//! let device = Device::flex();
//! let boost = lorentz_boost(Tensor::from_floats([0.3, 0.4], &device));
//! let turn = lorentz_rotation(Tensor::from_floats([[0.0, -1.0], [1.0, 0.0]], &device));
//! let moved = |x: Tensor<2>| lorentz_transform(x, boost.clone(), turn.clone());
//!
//! let x = hyperboloid.exp0(Tensor::<2>::from_floats([[0.5, 0.1]], &device));
//! let y = hyperboloid.exp0(Tensor::<2>::from_floats([[-0.2, 0.3]], &device));
//! let before = hyperboloid.distance(x.clone(), y.clone());
//! let after = hyperboloid.distance(moved(x), moved(y));
//! assert!((after - before).abs().into_scalar::<f32>() < 1e-6);
//! ```
//!
//! # References
//! Chen et al. (2022), *Fully Hyperbolic Neural Networks*, definitions 1 and 2; Moretti (2002), *The
//! interplay of the polar decomposition theorem and the Lorentz group*.

use burn::tensor::Tensor;

use crate::gyro::{self, Point};

/// The boost by a velocity $v$, $\lVert v\rVert < 1$:
///
/// $$ B = \begin{pmatrix} \gamma & \gamma v^\top \\\\ \gamma v & I + \tfrac{\gamma^2}{1 + \gamma}
///    vv^\top \end{pmatrix}, \qquad \gamma = \frac1{\sqrt{1 - \lVert v\rVert^2}}. $$
///
/// It carries the origin of the hyperboloid to the point whose coordinates in the Klein model are
/// $v$ (with curvature −1), and $-v$ undoes it. Chen et al. write it with the velocity of the
/// observer, which is $-v$.
///
/// # Shapes
/// - `velocity`: `[d]`
/// - returns: `[d + 1, d + 1]`
///
/// # Domain
/// Velocities of length 1 and more are shortened to the largest number below 1, where $\gamma$ is
/// 2.9e3 in `f32` and 6.7e7 in `f64`.
pub fn lorentz_boost(velocity: Tensor<1>) -> Tensor<2> {
    let [size] = velocity.dims();
    let Point { x, alpha } = Point::new(gyro::clip_to_ball(velocity.reshape([1, size])));
    let gamma = alpha.sqrt().recip();
    let drift = x * gamma.clone();
    let stretch = drift.clone() / gamma.clone().add_scalar(1.0);
    let identity = Tensor::<2>::eye(size, &drift.device()).cast(drift.dtype());
    let block = identity + stretch.transpose().matmul(drift.clone());
    assemble(gamma, drift.clone(), drift.transpose(), block)
}

/// The rotation that leaves the time component and turns the others:
/// $\begin{pmatrix} 1 & 0 \\\\ 0 & R \end{pmatrix}$.
///
/// # Shapes
/// - `rotation`: `[d, d]`, orthogonal
/// - returns: `[d + 1, d + 1]`
///
/// # Panics
/// If `rotation` is not square.
pub fn lorentz_rotation(rotation: Tensor<2>) -> Tensor<2> {
    let [rows, columns] = rotation.dims();
    assert!(
        rows == columns,
        "a rotation is a square matrix, got shape {:?}",
        rotation.dims()
    );
    let options = (&rotation.device(), rotation.dtype());
    let row = Tensor::zeros([1, columns], options);
    assemble(
        Tensor::ones([1, 1], options),
        row.clone(),
        row.transpose(),
        rotation,
    )
}

/// $x \mapsto BRx$: first the rotation, then the boost.
///
/// # Shapes
/// - `x`, and the result: `[..., d + 1]`, rank 2 or more: points, or tangent vectors
/// - `boost`, `rotation`: `[d + 1, d + 1]`, as [`lorentz_boost`] and [`lorentz_rotation`] make them
///
/// # Panics
/// If the shapes do not fit.
pub fn lorentz_transform<const D: usize>(
    x: Tensor<D>,
    boost: Tensor<2>,
    rotation: Tensor<2>,
) -> Tensor<D> {
    let size = x.dims()[D - 1];
    for matrix in [&boost, &rotation] {
        assert!(
            D >= 2 && matrix.dims() == [size, size],
            "points of shape {:?} are moved by matrices of shape [{size}, {size}], got {:?}",
            x.dims(),
            matrix.dims()
        );
    }
    x.matmul(boost.matmul(rotation).transpose().unsqueeze::<D>())
}

fn assemble(time: Tensor<2>, row: Tensor<2>, column: Tensor<2>, block: Tensor<2>) -> Tensor<2> {
    let top = Tensor::cat(vec![time, row], 1);
    let bottom = Tensor::cat(vec![column, block], 1);
    Tensor::cat(vec![top, bottom], 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::{Limits, to_vec_f64};
    use crate::{Hyperboloid, KleinBall, Manifold, Sample, change_model};
    use burn::tensor::{DType, Device, Distribution};

    const DTYPES: [DType; 2] = [DType::F32, DType::F64];
    /// Roundings of a product of three matrices with entries below ten.
    const ROUNDINGS: f64 = 100.0;

    fn velocity(values: [f64; 3], dtype: DType) -> Tensor<1> {
        Tensor::from_data(values, (&Device::flex(), dtype))
    }

    /// The rotation about a diagonal that permutes the axes, after one by an angle about the first.
    fn rotation(dtype: DType) -> Tensor<2> {
        let rows = [[0.0, 0.6, -0.8], [0.0, 0.8, 0.6], [1.0, 0.0, 0.0]];
        Tensor::from_data(rows, (&Device::flex(), dtype))
    }

    fn worst<const D: usize>(x: Tensor<D>) -> f64 {
        to_vec_f64(x.abs().max())[0]
    }

    #[test]
    fn boosts_and_rotations_preserve_the_minkowski_product() {
        let hyperboloid = Hyperboloid::new(1.0);
        for dtype in DTYPES {
            let tolerance = ROUNDINGS * Limits::of(dtype).epsilon;
            let ambient = || {
                let normal = Distribution::Normal(0.0, 1.0);
                Tensor::<3>::random([2, 5, 4], normal, (&Device::flex(), dtype))
            };
            let (x, y) = (ambient(), ambient());
            let boost = lorentz_boost(velocity([0.3, -0.5, 0.6], dtype));
            let turn = lorentz_rotation(rotation(dtype));
            let identity = lorentz_boost(velocity([0.0; 3], dtype));
            for (boost, turn) in [
                (&boost, &identity),
                (&identity, &turn),
                (&boost, &turn),
                (&turn, &boost),
            ] {
                let moved =
                    |x: &Tensor<3>| lorentz_transform(x.clone(), boost.clone(), turn.clone());
                let before = hyperboloid.minkowski_inner(x.clone(), y.clone());
                let after = hyperboloid.minkowski_inner(moved(&x), moved(&y));
                assert!(worst(after - before) < tolerance, "{dtype:?}");
            }
        }
    }

    #[test]
    fn the_opposite_velocity_undoes_a_boost() {
        for dtype in DTYPES {
            let v = velocity([0.3, -0.5, 0.6], dtype);
            let there_and_back = lorentz_boost(v.clone()).matmul(lorentz_boost(v.neg()));
            let identity = Tensor::<2>::eye(4, &Device::flex()).cast(dtype);
            let tolerance = ROUNDINGS * Limits::of(dtype).epsilon;
            assert!(worst(there_and_back - identity) < tolerance, "{dtype:?}");
        }
    }

    #[test]
    fn a_boost_is_the_one_that_carries_the_origin_to_the_point_of_its_velocity() {
        let hyperboloid = Hyperboloid::new(1.0);
        let dtype = DType::F64;
        let v = velocity([0.3, -0.5, 0.6], dtype);
        let point = change_model(
            &KleinBall::new(1.0),
            &hyperboloid,
            v.clone().reshape([1, 3]),
        );
        let x = hyperboloid.random_normal([5, 4], 0.5, (&Device::flex(), dtype));
        let none = lorentz_boost(velocity([0.0; 3], dtype));
        let by_matrix = lorentz_transform(x.clone(), lorentz_boost(v), none);
        let expected = hyperboloid.boost(point, x);
        assert!(worst(by_matrix - expected) < ROUNDINGS * f64::EPSILON);
    }

    #[test]
    fn velocities_as_fast_as_light_give_finite_boosts_with_finite_gradients() {
        for dtype in DTYPES {
            for speed in [0.0, 1.0 - Limits::of(dtype).boundary_gap, 1.0, 3.0] {
                let v = velocity([0.6 * speed, 0.8 * speed, 0.0], dtype);
                let v = v.autodiff().require_grad();
                let boost = lorentz_boost(v.clone());
                let gradients = boost.clone().sum().backward();
                let gradient = v.grad(&gradients).expect("a leaf");
                let mut all = to_vec_f64(boost.inner());
                all.extend(to_vec_f64(gradient));
                assert!(
                    all.iter().all(|x| x.is_finite()),
                    "{dtype:?} {speed}: {all:?}"
                );
            }
        }
    }

    #[test]
    fn points_that_are_moved_stay_on_the_hyperboloid_and_keep_their_tangent_vectors() {
        let hyperboloid = Hyperboloid::new(2.0);
        let dtype = DType::F64;
        let x = hyperboloid.random_normal([5, 4], 0.5, (&Device::flex(), dtype));
        let v = hyperboloid.random_tangent(x.clone(), 1.0);
        let boost = lorentz_boost(velocity([0.3, -0.5, 0.6], dtype));
        let turn = lorentz_rotation(rotation(dtype));
        let moved = |x: Tensor<2>| lorentz_transform(x, boost.clone(), turn.clone());
        let (y, w) = (moved(x.clone()), moved(v.clone()));
        assert!(hyperboloid.check_point(y.clone()).is_ok());
        assert!(hyperboloid.check_tangent(y.clone(), w.clone()).is_ok());
        let stretched = hyperboloid.norm(y, w) - hyperboloid.norm(x, v);
        assert!(worst(stretched) < ROUNDINGS * f64::EPSILON);
    }

    #[test]
    #[should_panic(expected = "square matrix, got shape [2, 3]")]
    fn a_rotation_that_is_not_square_is_named() {
        lorentz_rotation(Tensor::zeros([2, 3], &Device::flex()));
    }

    #[test]
    #[should_panic(expected = "points of shape [5, 3] are moved by matrices of shape [3, 3]")]
    fn matrices_of_another_size_are_named() {
        let boost = lorentz_boost(velocity([0.0; 3], DType::F32));
        lorentz_transform(
            Tensor::<2>::zeros([5, 3], &Device::flex()),
            boost.clone(),
            boost,
        );
    }
}
