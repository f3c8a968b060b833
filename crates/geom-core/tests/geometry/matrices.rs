//! Points of two axes and more in everything that is made of manifolds: products, powers, scaled
//! manifolds, products known at run time, statistics.
#![cfg(feature = "testing")]

use burn::tensor::{DType, Device, Tensor, TensorData};
use geom_core::numerics::to_vec_f64;
use geom_core::statistics::{TangentPca, frechet_mean};
use geom_core::testing::check_manifold;
use geom_core::testing::toys::{Stiefel, Symmetric};
use geom_core::{
    DynamicProduct, ErasedManifold, Factor, Flattened, GeometryError, Manifold, ManifoldParam,
    Oblique, PoincareBall, PointSize, Pointed, Power, Product, Sample, Scaled,
};

const DTYPES: [DType; 2] = [DType::F32, DType::F64];
/// A few roundings of numbers of order one, in `f64`.
const ROUNDINGS: f64 = 1e-13;
/// Of a few dozen operations on numbers of order one: two maps and a transport.
const CHAIN: f64 = 1e-12;

/// What documents call `Product<Spd, PoincareBall>`: nine entries and two coordinates.
fn product() -> Product<Symmetric, PoincareBall> {
    Product::new(Symmetric, [3, 3], PoincareBall::new(0.5), 2)
}

fn noise<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    let values: Vec<f64> = (0..shape.iter().product())
        .map(|k| 0.6 * (1.7 * (k * k) as f64 + 0.4).sin())
        .collect();
    Tensor::from_data(
        TensorData::new(values, shape),
        (&Device::flex(), DType::F64),
    )
}

#[test]
fn a_shape_has_a_dimension() {
    let stiefel = Stiefel.point_shape([5, 2]);
    assert_eq!((stiefel.axes(), stiefel.dim()), (&[5, 2][..], 5 * 2 - 3));
    assert_eq!(Symmetric.point_shape([3, 3]).dim(), 6);
    let product = product().point_shape([11]);
    assert_eq!((product.coordinates(), product.dim()), (11, 6 + 2));
    let pairs = Power::new(Stiefel, 2).point_shape([2, 5, 2]);
    assert_eq!((pairs.coordinates(), pairs.dim()), (20, 14));
    let nested = Product::new(Power::new(Stiefel, 2), [2, 5, 2], product_of_vectors(), 5);
    assert_eq!(nested.point_shape([25]).dim(), 14 + 5);
    let scaled = Scaled::new(Symmetric, 2.0).point_shape([3, 3]);
    assert_eq!((scaled.axes(), scaled.dim()), (&[3, 3][..], 6));
}

fn product_of_vectors() -> Product<PoincareBall, PoincareBall> {
    Product::new(PoincareBall::new(1.0), 2, PoincareBall::new(2.0), 3)
}

#[test]
fn shapes_without_points_are_named() {
    let refused = |size: PointSize| Stiefel.try_point_shape(size).expect_err("no such points");
    assert!(matches!(
        refused(PointSize::Dim(7)),
        GeometryError::UndeterminedShape { dim: 7, .. }
    ));
    assert!(matches!(
        refused([7].into()),
        GeometryError::PointAxes { rank: 2, .. }
    ));
    assert!(matches!(
        refused([2, 5].into()),
        GeometryError::PointShape { .. }
    ));
    let wrong = Power::new(Symmetric, 2).try_point_shape([3, 3, 3].into());
    assert!(matches!(wrong, Err(GeometryError::PointShape { .. })));
    let param = ManifoldParam::try_new(noise([4, 10]), product());
    assert!(matches!(param, Err(GeometryError::PointShape { .. })));
}

#[test]
fn what_is_made_of_matrices_keeps_the_laws() {
    let device = Device::flex();
    for dtype in DTYPES {
        check_manifold(&Symmetric, [4, 4], &device, dtype);
        check_manifold(&product(), [11], &device, dtype);
        check_manifold(&Power::new(Symmetric, 2), [2, 3, 3], &device, dtype);
        check_manifold(&Scaled::new(Symmetric, 0.7), [3, 3], &device, dtype);
        check_manifold(&Flattened::new(Symmetric, [3, 3]), [9], &device, dtype);
    }
}

#[test]
fn a_product_known_at_run_time_holds_the_same_matrices() {
    let typed = Product::new(Oblique::new(), [3, 2], PoincareBall::new(0.5), 2);
    let dynamic = DynamicProduct::new(vec![
        Factor::of_matrices(Oblique::new(), [3, 2]),
        Factor::new(PoincareBall::new(0.5), 2),
    ]);
    assert_eq!(dynamic.point_shape([8]), typed.point_shape([8]).clone());
    let options = (&Device::flex(), DType::F64);
    let x = typed.random_normal([6, 8], 0.4, options);
    let v = typed.random_tangent(x.clone(), 0.3);
    let ends = [
        typed.exp(x.clone(), v.clone()),
        dynamic.exp(x.clone(), v.clone()),
    ];
    let shares = [
        typed.inner_by_factor(x.clone(), v.clone(), v.clone()),
        dynamic.inner_by_factor(x, v.clone(), v),
    ];
    for [left, right] in [ends, shares] {
        assert_eq!(to_vec_f64(left), to_vec_f64(right));
    }
}

#[test]
fn without_its_type_a_product_of_matrices_is_the_same() {
    let product = Product::new(Stiefel, [4, 2], product(), 8);
    let erased = ErasedManifold::of(&product);
    let x = product.project(noise([5, 19]));
    let v = product.project_tangent(x.clone(), noise([5, 19]).flip([0]));
    for (ours, exact) in [
        (
            erased.exp(x.clone(), v.clone()),
            product.exp(x.clone(), v.clone()),
        ),
        (
            erased.inner_by_factor(x.clone(), v.clone(), v.clone()),
            product.inner_by_factor(x.clone(), v.clone(), v.clone()),
        ),
        (
            // One point against many.
            product.exp(x.clone().narrow(0, 0, 1), v.clone()),
            product.exp(x.clone().narrow(0, 0, 1).expand([5, 19]), v.clone()),
        ),
    ] {
        assert_eq!(to_vec_f64(ours), to_vec_f64(exact));
    }
}

/// Coordinates at the origin, there and back, and as long as the vectors.
fn assert_pointed<M: Pointed, const D: usize>(manifold: &M, v: Tensor<D>, unit: f64) {
    let name = manifold.name();
    let u = manifold.tangent0(v.clone());
    let back = manifold.coordinates0(u.clone());
    assert_eq!(back.dims(), v.dims(), "{name}");
    let origin = manifold.origin(u.dims(), &u.device()).cast(DType::F64);
    let origin = manifold.project(origin);
    manifold
        .check_tangent(origin.clone(), u.clone())
        .unwrap_or_else(|error| panic!("{error}"));
    let length = to_vec_f64(manifold.inner(origin.clone(), u.clone(), u.clone()).sum())[0];
    let expected = unit * unit * to_vec_f64(v.clone().square().sum())[0];
    assert!((length / expected - 1.0).abs() < CHAIN, "{name}: {length}");
    for (what, left, right) in [
        ("coordinates", back, v.clone()),
        (
            "exp",
            manifold.exp0(v.clone()),
            manifold.exp(origin.clone(), u.clone()),
        ),
        ("log", manifold.log0(manifold.exp0(v.clone())), v.clone()),
    ] {
        let error = to_vec_f64((left - right).abs().max())[0];
        assert!(error < CHAIN, "{name}, {what}: {error:e}");
    }
    let y = manifold.exp0(v.mul_scalar(-0.5));
    let w = manifold.transport(origin, y.clone(), u.clone());
    let moved = manifold.translate(y.clone(), manifold.coordinates0(u));
    let error = to_vec_f64((moved - manifold.exp(y, w)).abs().max())[0];
    assert!(error < CHAIN, "{name}, translation: {error:e}");
}

#[test]
fn what_is_made_of_pointed_manifolds_has_coordinates_at_its_origin() {
    let ball = || PoincareBall::new(0.7);
    assert_pointed(&Oblique::new(), noise([4, 3, 2]), 1.0);
    assert_pointed(&Flattened::new(Oblique::new(), [4, 2]), noise([4, 6]), 1.0);
    assert_pointed(&Power::new(ball(), 3), noise([4, 3, 2]), 2.0);
    assert_pointed(
        &Flattened::new(Power::new(ball(), 3), [3, 2]),
        noise([4, 6]),
        2.0,
    );
    assert_pointed(&Scaled::new(ball(), 3.0), noise([4, 2]), 2.0);
    let sphere = geom_core::Sphere::new();
    assert_pointed(
        &Product::new(Oblique::new(), [4, 2], sphere, 3),
        noise([4, 9]),
        1.0,
    );
}

#[test]
fn means_and_principal_components_of_matrices_are_found() {
    let x = Symmetric.project(noise([7, 3, 3]));
    let mean = frechet_mean(&Symmetric, x.clone(), None).expect("a sample");
    let difference = mean - x.clone().mean_dim(0);
    assert!(to_vec_f64(difference.abs().max())[0] < ROUNDINGS);
    // All six directions that there are, and not one more.
    assert!(TangentPca::fit(&Symmetric, x.clone(), 6).is_ok());
    assert!(TangentPca::fit(&Symmetric, x, 7).is_err());
}
