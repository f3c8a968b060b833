//! Laws of tangent vectors: inner products, parallel transport, normal noise.

use burn::tensor::{Tensor, TensorData};

use super::worst;
use crate::manifold::Manifold;
use crate::manifold::sample::Sample;
use crate::manifold::transport::ParallelTransport;
use crate::numerics::to_vec_f64;
use crate::testing::Measurement;
use crate::testing::sampling::{Case, RANK, ROWS};

/// The inner product is symmetric, bilinear and positive.
pub fn inner<M: Manifold>(case: &Case<M>) -> Vec<Measurement> {
    let m = case.manifold;
    let x = case.points(1);
    let [u, v, w] = [3, 4, 5].map(|salt| case.tangents(&x, salt, case.unit()));
    let inner = |v: &Tensor<RANK>, w: &Tensor<RANK>| m.inner(x.clone(), v.clone(), w.clone());
    let combined = inner(&(v.clone() + w.clone().mul_scalar(2.0)), &u);
    let separate = inner(&v, &u) + inner(&w, &u).mul_scalar(2.0);
    let scale = case.unit().powi(2);
    let positive = to_vec_f64(inner(&v, &v))
        .into_iter()
        .filter(|&x| x > 0.0)
        .count();
    vec![
        case.measurement(
            "inner is symmetric",
            worst(inner(&v, &w) - inner(&w, &v)) / scale,
            case.rounding(),
        ),
        case.measurement(
            "inner is bilinear",
            worst(combined - separate) / scale,
            case.rounding(),
        ),
        case.measurement("inner is positive", (ROWS - positive) as f64, 0.0),
    ]
}

/// Parallel transport is an isometry, undoes itself, carries geodesics along, and is what
/// [`Manifold::transport`] does.
pub fn transport<M: ParallelTransport>(case: &Case<M>) -> Vec<Measurement> {
    let m = case.manifold;
    let (x, y) = (case.points(1), case.points_elsewhere(2));
    let (v, w) = (
        case.tangents(&x, 3, case.unit()),
        case.tangents(&x, 4, case.unit()),
    );
    let [pv, pw] = [&v, &w].map(|v| m.parallel_transport(x.clone(), y.clone(), v.clone()));
    let before = m.inner(x.clone(), v.clone(), w);
    let after = m.inner(y.clone(), pv.clone(), pw);
    let plain = m.transport(x.clone(), y.clone(), v.clone());
    let back = m.parallel_transport(y.clone(), x.clone(), pv.clone());
    let forward = m.log(x.clone(), y.clone());
    let arrived = m.parallel_transport(x.clone(), y.clone(), forward);
    let return_trip = m.log(y.clone(), x.clone());
    vec![
        case.measurement(
            "transport is an isometry",
            worst(after - before) / case.unit().powi(2),
            case.rounding(),
        ),
        case.measurement(
            "transport is the parallel one",
            case.length(&y, plain - pv),
            case.rounding(),
        ),
        case.measurement(
            "transport undoes itself",
            case.length(&x, back - v),
            case.rounding(),
        ),
        case.measurement(
            "transport carries geodesics along",
            case.length(&y, arrived + return_trip),
            case.rounding(),
        ),
    ]
}

/// Standard normal numbers become a standard normal tangent vector: the images of the unit vectors
/// are tangent, and form a frame whose Gram operator is the identity.
pub fn tangent_noise<M: Sample>(case: &Case<M>) -> Vec<Measurement> {
    let m = case.manifold;
    let x = case.points(1);
    let w = case.tangents(&x, 3, case.unit());
    let shape = case.shape();
    let coordinates: usize = shape[1..].iter().product();
    let mut squares = Tensor::zeros_like(&m.inner(x.clone(), w.clone(), w.clone()));
    let mut normal_part = 0f64;
    for coordinate in 0..coordinates {
        let unit: Vec<f64> = (0..ROWS * coordinates)
            .map(|index| f64::from(u8::from(index % coordinates == coordinate)))
            .collect();
        let noise = Tensor::from_data(TensorData::new(unit, shape), (&case.device, case.dtype));
        let v = m.tangent_from_normal(x.clone(), noise);
        let tangent = m.project_tangent(x.clone(), v.clone());
        normal_part = normal_part.max(case.length(&x, tangent - v.clone()));
        squares = squares + m.inner(x.clone(), v, w.clone()).square();
    }
    let error = worst(squares - m.inner(x, w.clone(), w)) / case.unit().powi(2);
    vec![
        case.measurement("noise is tangent", normal_part, case.rounding()),
        case.measurement("noise is standard normal", error, case.rounding()),
    ]
}
