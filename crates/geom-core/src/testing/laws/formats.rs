//! Half precision: what every verb makes of it is what it makes of the same numbers in `f32`, rounded.

use burn::tensor::{DType, Tensor};

use super::STEP;
use crate::manifold::Manifold;
use crate::numerics::to_vec_f64;
use crate::testing::Measurement;
use crate::testing::sampling::{Case, RANK};

type Verb<M> = fn(&M, [Tensor<RANK>; 4]) -> Tensor<RANK>;

/// Points in half precision are taken by every verb, and come back in their own format. Formats that the
/// device does not have are left out.
pub fn half_precision<M: Manifold>(case: &Case<M>) -> Vec<Measurement> {
    let halves = [DType::F16, DType::BF16].into_iter();
    halves
        .filter(|&dtype| case.device.supports_dtype(dtype))
        .flat_map(|dtype| of_format(case, dtype))
        .collect()
}

fn of_format<M: Manifold>(case: &Case<M>, dtype: DType) -> Vec<Measurement> {
    let verbs: [(&str, Verb<M>); 18] = [
        ("exp", |m, [x, _, v, _]| m.exp(x, v)),
        ("log", |m, [x, y, _, _]| m.log(x, y)),
        ("retract", |m, [x, _, v, _]| m.retract(x, v)),
        ("inverse_retract", |m, [x, y, _, _]| m.inverse_retract(x, y)),
        ("inner", |m, [x, _, v, u]| m.inner(x, v, u)),
        ("inner_by_factor", |m, [x, _, v, u]| {
            m.inner_by_factor(x, v, u)
        }),
        ("project", |m, [_, _, _, u]| m.project(u)),
        ("project_tangent", |m, [x, _, _, u]| m.project_tangent(x, u)),
        ("riemannian_gradient", |m, [x, _, _, u]| {
            m.riemannian_gradient(x, u)
        }),
        ("acceleration_adjoint", |m, [x, _, v, u]| {
            m.acceleration_adjoint(x, v, u)
        }),
        ("riemannian_hessian", |m, [x, _, v, u]| {
            m.riemannian_hessian(x, u.clone(), u, v)
        }),
        ("transport", |m, [x, y, v, _]| m.transport(x, y, v)),
        ("point_violation", |m, [x, _, _, _]| m.point_violation(x)),
        ("tangent_violation", |m, [x, _, v, _]| {
            m.tangent_violation(x, v)
        }),
        ("norm", |m, [x, _, v, _]| m.norm(x, v)),
        ("distance", |m, [x, y, _, _]| m.distance(x, y)),
        ("midpoint", |m, [x, y, _, _]| m.midpoint(x, y)),
        ("follow_metric", |m, [x, _, v, _]| {
            m.follow_metric_tangent(&m.metric(), m.follow_metric(&m.metric(), x), v)
        }),
    ];
    let m = case.manifold;
    let (x, y) = (case.points(1), case.points_elsewhere(2));
    let v = case.tangents(&x, 3, case.within(STEP));
    let half = [x, y, v, case.ambient(4)].map(|t| t.cast(dtype));
    let single = half.clone().map(|t| t.cast(DType::F32));
    let law = "half precision is single precision, rounded";
    let of_verb = |verb, same: bool| {
        let wrong = f64::from(u8::from(!same));
        case.measurement_of(law, verb, wrong, 0.0)
    };
    let mut measurements: Vec<_> = verbs
        .into_iter()
        .map(|(name, verb)| {
            let (ours, exact) = (verb(m, half.clone()), verb(m, single.clone()));
            let same = ours.dtype() == dtype && bits(&ours) == bits(&exact.cast(dtype));
            of_verb(name, same)
        })
        .collect();
    let (ours, exact) = (case.origin().cast(dtype), case.origin());
    let named = m.check_point(ours).is_ok() == m.check_point(exact).is_ok();
    measurements.push(of_verb("check_point", named));
    measurements
}

/// The numbers, those that are none equal to each other.
fn bits<const D: usize>(x: &Tensor<D>) -> Vec<u64> {
    let numbers = to_vec_f64(x.clone()).into_iter();
    numbers
        .map(|x| {
            if x.is_nan() {
                f64::NAN.to_bits()
            } else {
                x.to_bits()
            }
        })
        .collect()
}
