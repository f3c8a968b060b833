//! The laws of the checks: whatever is not a point or not a tangent vector is found and named.

use burn::tensor::{Bool, Tensor, TensorData};

use super::Measurement;
use super::laws::STEP;
use super::sampling::{Case, RANK, ROWS};
use crate::manifold::Manifold;
use crate::numerics::to_vec_f64;

/// The row that is spoilt.
const SPOILT: usize = 3;
/// What a projection moves by more than this share of its length was not there before.
const MOVED: f64 = 0.1;

/// Rows that are not numbers, or not finite, are named by [`Manifold::check_point`] and
/// [`Manifold::check_tangent`]; and what projections move far is a violation.
pub fn violations<M: Manifold>(case: &Case<M>) -> Vec<Measurement> {
    let m = case.manifold;
    let x = case.points(1);
    let v = case.tangents(&x, 3, case.within(STEP));
    let mut unnamed = [0, 0];
    for value in [f64::NAN, f64::INFINITY] {
        let row = m.check_point(spoil(x.clone(), value)).map_err(|e| e.row);
        unnamed[0] += usize::from(row != Err(SPOILT));
        let row = m.check_tangent(x.clone(), spoil(v.clone(), value));
        unnamed[1] += usize::from(row.map_err(|e| e.row) != Err(SPOILT));
    }

    let ambient = case.ambient(4).mul_scalar(3.0 * case.unit());
    let outside = overlooked(
        case,
        m.point_violation(ambient.clone()),
        m.project(ambient.clone()) - ambient.clone(),
        ambient,
    );
    let u = case.ambient(5);
    let normal = overlooked(
        case,
        m.tangent_violation(x.clone(), u.clone()),
        m.project_tangent(x, u.clone()) - u.clone(),
        u,
    );
    let count = |law, count: usize| case.measurement(law, count as f64, 0.0);
    vec![
        count("a point that is not finite is named", unnamed[0]),
        count("a tangent vector that is not finite is named", unnamed[1]),
        count("what is off the manifold is not a point", outside),
        count("what is not tangent is no tangent vector", normal),
    ]
}

/// The shares of the factors, as [`Manifold::inner_by_factor`] has them, lie between nothing and the
/// whole, and together make the whole.
pub fn shares<M: Manifold>(case: &Case<M>) -> Vec<Measurement> {
    let m = case.manifold;
    let x = case.points(1);
    let v = case.tangents(&x, 3, case.unit());
    let whole = m.inner(x.clone(), v.clone(), v.clone());
    let scale = case.unit().powi(2);
    let shares = m.inner_by_factor(x, v.clone(), v);
    let negative = shares.clone().clamp_max(0.0);
    let beyond = (shares.clone() - whole.clone()).clamp_min(0.0);
    // Each factor has a coordinate at least.
    let missing = (whole - sum_of_points(shares)).clamp_min(0.0);
    let laws = [
        ("no factor has a negative share", negative),
        ("no factor has more than all", beyond),
        ("the factors make the whole", missing),
    ];
    laws.into_iter()
        .map(|(law, errors)| {
            let errors = to_vec_f64(errors.mul_scalar(scale.recip()));
            let worst = errors.into_iter().fold(0f64, |worst, x| match x.is_nan() {
                true => f64::INFINITY,
                false => worst.max(x.abs()),
            });
            case.measurement(law, worst, case.rounding())
        })
        .collect()
}

/// Sets a row to a value.
fn spoil(x: Tensor<RANK>, value: f64) -> Tensor<RANK> {
    let shape = x.dims();
    let marks: Vec<bool> = (0..ROWS).map(|row| row == SPOILT).collect();
    let marks = TensorData::new(marks, [ROWS, 1, 1, 1]);
    let marks = Tensor::<RANK, Bool>::from_data(marks, &x.device());
    x.mask_fill(marks.expand(shape), value)
}

/// How many rows are moved far although nothing is wrong with them.
fn overlooked<M: Manifold>(
    case: &Case<M>,
    violation: Tensor<RANK>,
    moved: Tensor<RANK>,
    from: Tensor<RANK>,
) -> usize {
    let membership = case.limits().membership;
    let lengths = |t: Tensor<RANK>| to_vec_f64(sum_of_points(t.square()).sqrt());
    to_vec_f64(violation)
        .into_iter()
        .zip(lengths(moved).into_iter().zip(lengths(from)))
        .filter(|(violation, (moved, from))| *violation <= membership && *moved > MOVED * from)
        .count()
}

fn sum_of_points(x: Tensor<RANK>) -> Tensor<RANK> {
    x.sum_dim(1).sum_dim(2).sum_dim(3)
}
