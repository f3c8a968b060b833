//! Products, powers and scaled manifolds: the laws, and the factors they are made of.
#![cfg(feature = "testing")]

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{DType, Device, Tensor};
use geom_core::numerics::to_vec_f64;
use geom_core::testing::{check_manifold, check_parallel_transport, check_sample};
use geom_core::{
    BirkhoffPolytope, DynamicProduct, Euclidean, Factor, GeometryError, Hyperboloid, Manifold,
    ManifoldParam, Oblique, PoincareBall, Power, Product, Sample, Scaled, Sphere, scope,
};

const DTYPES: [DType; 2] = [DType::F32, DType::F64];
const DIM: usize = 3;
/// A few roundings of numbers of order one, in `f64`.
const ROUNDINGS: f64 = 1e-14;

type Mixed = Product<PoincareBall, Product<Euclidean, Hyperboloid>>;

fn mixed() -> Mixed {
    let tail = Product::new(Euclidean::new(), 2, Hyperboloid::new(2.0), 3);
    Product::new(PoincareBall::new(0.5), 2, tail, 5)
}

fn same_at_run_time() -> DynamicProduct {
    DynamicProduct::new(vec![
        Factor::new(PoincareBall::new(0.5), 2),
        Factor::new(Euclidean::new(), 2),
        Factor::new(Hyperboloid::new(2.0), 3),
    ])
}

#[test]
fn products_keep_the_laws() {
    for dtype in DTYPES {
        check_manifold(&mixed(), DIM, &Device::flex(), dtype);
        check_parallel_transport(&mixed(), DIM, &Device::flex(), dtype);
        check_manifold(&same_at_run_time(), DIM, &Device::flex(), dtype);
    }
}

#[test]
fn products_with_matrices_keep_the_laws() {
    let device = Device::flex();
    for dtype in DTYPES {
        let frames = Product::new(Oblique::new(), [3, 2], PoincareBall::new(0.5), 2);
        check_manifold(&frames, DIM, &device, dtype);
        check_parallel_transport(&frames, DIM, &device, dtype);
        check_sample(&frames, DIM, &device, dtype);
        let nested = Product::new(Sphere::new(), 2, frames, 6);
        check_manifold(&nested, DIM, &device, dtype);
    }
    let matching = Product::new(BirkhoffPolytope::new(), [3, 3], Euclidean::new(), 2);
    check_manifold(&matching, DIM, &device, DType::F64);
    let three_axes = Power::new(Oblique::new(), 2);
    let deep = Product::new(Euclidean::new(), 1, three_axes, [2, 3, 2]);
    check_manifold(&deep, DIM, &device, DType::F64);
}

#[test]
fn a_product_knows_the_size_of_its_points() {
    let product = Product::new(Oblique::new(), [4, 3], Hyperboloid::new(1.0), 5);
    let points = product.point_shape([18]);
    assert_eq!((points.axes(), points.dim()), (&[18][..], 3 * 3 + 5));
    let other = product.try_point_shape([17].into());
    assert!(matches!(other, Err(GeometryError::PointShape { .. })));
    let polytope = Product::new(BirkhoffPolytope::new(), [5, 5], Euclidean::new(), 1);
    let expected = BirkhoffPolytope::new().injectivity_radius(&[5, 5]);
    assert_eq!(polytope.injectivity_radius(&[26]), expected);
}

#[test]
#[should_panic(
    expected = "3 dimensions do not determine the shape of points of oblique; give their shape"
)]
fn a_factor_of_matrices_needs_its_shape() {
    Product::new(Oblique::new(), 3, Euclidean::new(), 1);
}

#[test]
fn a_matrix_in_a_product_is_that_matrix() {
    let options = (&Device::flex(), DType::F64);
    let (oblique, ball) = (Oblique::new(), PoincareBall::new(1.0));
    let product = Product::new(oblique.clone(), [3, 2], ball.clone(), 2);
    let x = product.random_normal([4, 8], 0.4, options);
    let v = product.random_tangent(x.clone(), 0.3);
    let y = product.random_normal([1, 8], 0.4, options);
    let matrix = |t: Tensor<2>| {
        let rows = t.dims()[0];
        t.narrow(1, 0, 6).reshape([rows, 3, 2])
    };
    let place = |t: Tensor<2>| t.narrow(1, 6, 2);
    let end = product.exp(x.clone(), v.clone());
    let expected = oblique.exp(matrix(x.clone()), matrix(v.clone()));
    assert_equal(matrix(end), expected);
    // One point broadcasts against four.
    let log = product.log(x.clone(), y.clone());
    assert_equal(
        matrix(log),
        oblique.log(matrix(x.clone()), matrix(y.clone())),
    );
    let squares = [
        oblique
            .distance(matrix(x.clone()), matrix(y.clone()))
            .reshape([4, 1]),
        ball.distance(place(x.clone()), place(y.clone())),
    ];
    let distance = squares.map(|d| d.square()).into_iter().reduce(|a, b| a + b);
    let distance = distance.expect("two factors").sqrt();
    let gap = (product.distance(x, y) - distance).abs().max();
    assert!(to_vec_f64(gap)[0] < ROUNDINGS);
}

#[test]
fn powers_keep_the_laws() {
    for dtype in DTYPES {
        let device = Device::flex();
        let power = Power::new(PoincareBall::new(1.0), 4);
        check_manifold(&power, [4, DIM], &device, dtype);
        check_parallel_transport(&power, [4, DIM], &device, dtype);
        let nested = Power::new(Power::new(mixed(), 2), 2);
        check_manifold(&nested, [2, 2, 8], &device, dtype);
    }
}

#[test]
fn scaled_manifolds_keep_the_laws() {
    let device = Device::flex();
    for dtype in DTYPES {
        for scale in [1e-3, 0.7, 30.0] {
            check_manifold(
                &Scaled::new(Hyperboloid::new(0.5), scale),
                DIM,
                &device,
                dtype,
            );
            let learnable = Scaled::learnable(PoincareBall::new(1.0), scale, (&device, dtype));
            check_manifold(&learnable, DIM, &device, dtype);
            check_parallel_transport(&learnable, DIM, &device, dtype);
        }
        // The suite draws a mixed space in units of 1, which have to be about its curvature radii.
        check_manifold(&Scaled::new(mixed(), 2.0), DIM, &device, dtype);
    }
}

fn assert_equal<const D: usize>(left: Tensor<D>, right: Tensor<D>) {
    assert_eq!(left.dims(), right.dims());
    assert_eq!(to_vec_f64(left), to_vec_f64(right));
}

#[test]
fn the_typed_and_the_dynamic_product_agree_bit_for_bit() {
    let (typed, dynamic) = (mixed(), same_at_run_time());
    let options = (&Device::flex(), DType::F64);
    let x = typed.random_normal([6, 8], 0.6, options);
    let y = typed.random_normal([6, 8], 0.6, options);
    let v = typed.random_tangent(x.clone(), 0.3);
    assert_equal(
        typed.exp(x.clone(), v.clone()),
        dynamic.exp(x.clone(), v.clone()),
    );
    assert_equal(
        typed.log(x.clone(), y.clone()),
        dynamic.log(x.clone(), y.clone()),
    );
    assert_equal(
        typed.transport(x.clone(), y.clone(), v.clone()),
        dynamic.transport(x.clone(), y.clone(), v.clone()),
    );
    assert_equal(
        typed.inner_by_factor(x.clone(), v.clone(), v.clone()),
        dynamic.inner_by_factor(x.clone(), v.clone(), v),
    );
    assert_eq!(typed.metric_parameters(), dynamic.metric_parameters());
    assert_eq!(typed.point_shape([8]).dim(), 7);
    assert_eq!(dynamic.point_shape([8]).dim(), 7);
}

#[test]
fn components_of_the_inner_product_add_up_to_it() {
    let product = mixed();
    let x = product.random_normal([6, 8], 0.6, (&Device::flex(), DType::F64));
    let v = product.random_tangent(x.clone(), 0.3);
    let parts = product.inner_by_factor(x.clone(), v.clone(), v.clone());
    // One column of each factor.
    let sum = parts.clone().narrow(1, 0, 1) + parts.clone().narrow(1, 2, 1) + parts.narrow(1, 4, 1);
    let difference = (sum - product.inner(x, v.clone(), v)).abs().max();
    assert!(to_vec_f64(difference)[0] < 1e-14);
}

#[test]
fn a_violation_in_any_factor_is_found() {
    let options = (&Device::flex(), DType::F64);
    for (column, value) in [(0, 9.0), (3, f64::NAN), (4, -1.0)] {
        let good = mixed().random_normal([3, 8], 0.5, options);
        let mut values = to_vec_f64(good.clone());
        values[8 + column] = value;
        let data = burn::tensor::TensorData::new(values, [3, 8]);
        let bad = Tensor::<2>::from_data(data, options);
        assert!(mixed().check_point(good.clone()).is_ok());
        assert!(same_at_run_time().check_point(good).is_ok());
        assert_eq!(mixed().check_point(bad.clone()).map_err(|e| e.row), Err(1));
        assert_eq!(
            same_at_run_time().check_point(bad).map_err(|e| e.row),
            Err(1)
        );
    }
}

#[test]
fn a_product_without_factors_is_refused() {
    let result = DynamicProduct::try_new(Vec::new());
    assert!(matches!(result, Err(GeometryError::NoFactors)));
}

#[test]
#[should_panic(expected = "8 coordinates, got shape [2, 7]")]
fn a_wrong_number_of_coordinates_is_named() {
    same_at_run_time().project(Tensor::<2>::zeros([2, 7], &Device::flex()));
}

/// Moves every learnable scalar, as a gradient step would.
struct Nudge(f64);

impl ModuleMapper for Nudge {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        // As every optimizer of manifolds does.
        match scope::current() {
            None if D == 1 => param.map(|raw| raw.add_scalar(self.0)),
            _ => param,
        }
    }
}

#[test]
fn each_factor_follows_its_own_curvature() {
    let device = Device::flex();
    let options = (&device, DType::F64);
    let product = DynamicProduct::new(vec![
        Factor::new(PoincareBall::learnable(1.0, options), 2),
        Factor::new(Hyperboloid::new(2.0), 2),
        Factor::new(Hyperboloid::learnable(0.5, options), 2),
    ]);
    let points = product.random_normal([5, 8], 0.7, options);
    let before = ManifoldParam::new(points, product);
    let after = Module::map(before.clone(), &mut Nudge(0.6));
    let now = after.manifold();
    assert!(now.check_point(after.val()).is_ok());

    let (old, new) = (
        before.manifold().split(before.val()),
        now.split(after.val()),
    );
    for (index, factor) in now.factors().iter().enumerate() {
        let previous = &before.manifold().factors()[index];
        let in_units = |factor: &Factor, x: &Tensor<2>| {
            let curvature = factor.manifold().sectional_curvature().expect("constant");
            let distance = factor.manifold().pairwise_distance(x.clone(), x.clone());
            to_vec_f64(distance.mul_scalar(curvature.abs().sqrt()))
        };
        for (a, b) in in_units(previous, &old[index])
            .iter()
            .zip(in_units(factor, &new[index]))
        {
            assert!((a - b).abs() < 1e-12, "factor {index}: {a} became {b}");
        }
    }
    // Where the curvature is fixed, only the time component is computed anew.
    let stayed = (old[1].clone() - new[1].clone()).abs().max();
    assert!(to_vec_f64(stayed)[0] < 1e-14);
}
