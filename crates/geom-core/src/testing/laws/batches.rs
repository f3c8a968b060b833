//! Many points at once are as many points one by one.

use burn::tensor::Tensor;

use super::{STEP, worst};
use crate::manifold::Manifold;
use crate::numerics::to_vec_f64;
use crate::testing::Measurement;
use crate::testing::sampling::{Case, RANK, ROWS};

/// A batch gives what its rows give one by one, and single points broadcast.
pub fn batches<M: Manifold>(case: &Case<M>) -> Vec<Measurement> {
    let m = case.manifold;
    let (x, y) = (case.points(1), case.points_elsewhere(2));
    let v = case.tangents(&x, 3, case.within(STEP));
    let row = |t: &Tensor<RANK>, i: usize| t.clone().narrow(0, i, 1);
    let (end, log) = (m.exp(x.clone(), v.clone()), m.log(x.clone(), y.clone()));
    let one = row(&x, 0);
    let spread = m.distance(one.clone(), y.clone());
    let log_spread = m.log(one.clone(), y.clone());
    let (mut alone, mut broadcast) = (0f64, 0f64);
    for i in 0..ROWS {
        let (xi, yi) = (row(&x, i), row(&y, i));
        alone = alone.max(case.apart(m.exp(xi.clone(), row(&v, i)), row(&end, i)));
        alone = alone.max(case.length(&xi, m.log(xi.clone(), yi.clone()) - row(&log, i)));
        let d = m.distance(one.clone(), yi.clone()) - row(&spread, i);
        broadcast = broadcast.max(worst(d) / case.unit());
        let difference = m.log(one.clone(), yi) - row(&log_spread, i);
        broadcast = broadcast.max(case.length(&one, difference));
    }
    vec![
        case.measurement("a batch equals its rows", alone, case.rounding()),
        case.measurement("single points broadcast", broadcast, case.rounding()),
    ]
}

/// A row that is not a number is its own affair: the others come out of every map as without it.
pub fn isolation<M: Manifold>(case: &Case<M>) -> Vec<Measurement> {
    let m = case.manifold;
    let (x, y) = (case.points(1), case.points_elsewhere(2));
    let v = case.tangents(&x, 3, case.within(STEP));
    let u = case.ambient(4);
    let spoil = |t: &Tensor<RANK>| {
        let nan = t.clone().narrow(0, 0, 1).mul_scalar(f64::NAN);
        Tensor::cat(vec![nan, t.clone().narrow(0, 1, ROWS - 1)], 0)
    };
    type Map<M> = fn(&M, [Tensor<RANK>; 4]) -> Tensor<RANK>;
    let maps: [(&str, Map<M>); 9] = [
        ("exp", |m, [x, _, v, _]| m.exp(x, v)),
        ("retract", |m, [x, _, v, _]| m.retract(x, v)),
        ("log", |m, [x, y, _, _]| m.log(x, y)),
        ("distance", |m, [x, y, _, _]| m.distance(x, y)),
        ("inner", |m, [x, _, v, u]| m.inner(x, v, u)),
        ("project", |m, [_, _, _, u]| m.project(u)),
        ("project_tangent", |m, [x, _, _, u]| m.project_tangent(x, u)),
        ("riemannian_gradient", |m, [x, _, _, u]| {
            m.riemannian_gradient(x, u)
        }),
        ("transport", |m, [x, y, v, _]| m.transport(x, y, v)),
    ];
    let arguments = [x, y, v, u];
    let law = "a row that is not a number is alone in it";
    maps.into_iter()
        .map(|(verb, map)| {
            let others = |t: Tensor<RANK>| t.narrow(0, 1, ROWS - 1);
            let clean = others(map(m, arguments.clone()));
            let beside = others(map(m, arguments.each_ref().map(spoil)));
            let scale = worst(clean.clone()).max(f64::MIN_POSITIVE);
            let error = worst(beside - clean) / scale;
            case.measurement_of(law, verb, error, case.rounding())
        })
        .collect()
}

/// Distances of all pairs are those of the single pairs.
pub fn pairwise<M: Manifold>(case: &Case<M>) -> Measurement {
    match M::POINT_RANK {
        1 => pairwise_of_rank::<M, 2>(case),
        2 => pairwise_of_rank::<M, 3>(case),
        _ => pairwise_of_rank::<M, 4>(case),
    }
}

fn pairwise_of_rank<M: Manifold, const D: usize>(case: &Case<M>) -> Measurement {
    let m = case.manifold;
    let (x, y) = (case.points(1), case.points_elsewhere(2));
    let mut shape = [ROWS; D];
    shape[1..].copy_from_slice(&case.point());
    let all = m.pairwise_distance::<D>(x.clone().reshape(shape), y.clone().reshape(shape));
    let all = to_vec_f64(all);
    let mut error = 0f64;
    for i in 0..ROWS {
        let row = to_vec_f64(m.distance(x.clone().narrow(0, i, 1), y.clone()));
        for (j, single) in row.into_iter().enumerate() {
            let difference = (single - all[i * ROWS + j]).abs();
            error = if difference.is_nan() {
                f64::INFINITY
            } else {
                error.max(difference)
            };
        }
    }
    case.measurement(
        "pairwise distances are those of the pairs",
        error / case.unit(),
        case.rounding(),
    )
}
