//! What is computed from the points and vectors.

use burn::tensor::{Tensor, TensorData};
use geom_core::statistics::frechet_mean;
use geom_core::testing::sampling::{RANK, ROWS};
use geom_core::{Gyrovector, Manifold};

use super::{DIM, Named, Rows};

/// What points and vectors are multiplied by.
pub(super) const FACTOR: f64 = 1.7;
pub(super) const MATRIX: [[f64; DIM]; DIM] = [[0.3, -0.2, 0.5], [0.7, 0.1, -0.4], [-0.6, 0.9, 0.2]];

/// The verbs of every manifold.
pub(super) fn values<M: Manifold>(m: &M, inputs: &[Named; 5]) -> Vec<Named> {
    let [x, y, v, w, u] = inputs.clone().map(|(_, t)| t);
    vec![
        ("distance", m.distance(x.clone(), y.clone())),
        ("exp", m.exp(x.clone(), v.clone())),
        ("log", m.log(x.clone(), y.clone())),
        ("midpoint", m.midpoint(x.clone(), y.clone())),
        ("transport", m.transport(x.clone(), y, v.clone())),
        ("inner", m.inner(x.clone(), v, w)),
        ("project_tangent", m.project_tangent(x.clone(), u.clone())),
        ("riemannian_gradient", m.riemannian_gradient(x, u)),
    ]
}

/// Gradients by automatic differentiation, in ambient coordinates: of the distance, and of `exp` and
/// `log` contracted with `u`.
pub(super) fn gradients<M: Manifold>(m: &M, inputs: &[Named; 5]) -> Vec<Named> {
    let [x, y, v, _, u] = inputs.clone().map(|(_, t)| t);
    let contract = |t: Rows| t * u.clone();
    let leave = |x: Rows, v: Rows| {
        // Of vectors that follow the tangent space of a moving base point.
        let v = m.project_tangent(x.clone(), v);
        contract(m.exp(x, v))
    };
    vec![
        ("distance by x", gradient(&x, |x| m.distance(x, y.clone()))),
        ("distance by y", gradient(&y, |y| m.distance(x.clone(), y))),
        ("exp by x", gradient(&x, |x| leave(x, v.clone()))),
        ("exp by v", gradient(&v, |v| contract(m.exp(x.clone(), v)))),
        ("log by x", gradient(&x, |x| contract(m.log(x, y.clone())))),
        ("log by y", gradient(&y, |y| contract(m.log(x.clone(), y)))),
    ]
}

fn gradient(at: &Rows, f: impl Fn(Rows) -> Rows) -> Rows {
    let tracked = at.clone().autodiff().require_grad();
    let gradients = f(tracked.clone()).sum().backward();
    tracked.grad(&gradients).expect("a leaf of f")
}

/// The gyrovector calculus of stereographic models.
pub(super) fn gyrovector<M: Gyrovector>(m: &M, inputs: &[Named; 5]) -> Vec<Named> {
    let [x, y, v, _, u] = inputs.clone().map(|(_, t)| t);
    let matrix = Tensor::from_data(MATRIX, (&x.device(), x.dtype()));
    let scaled = m.mobius_pointwise_mul(u.clone(), x.clone());
    let midpoint = m.weighted_midpoint(x.clone(), along(0, &x), 0);
    let signed = m.signed_distance_to_hyperplane(x.clone(), y.clone(), u);
    vec![
        ("mobius_add", m.mobius_add(x.clone(), y.clone())),
        ("mobius_sub", m.mobius_sub(x.clone(), y.clone())),
        ("mobius_coadd", m.mobius_coadd(x.clone(), y.clone())),
        ("mobius_cosub", m.mobius_cosub(x.clone(), y.clone())),
        ("mobius_scalar_mul", m.mobius_scalar_mul(FACTOR, x.clone())),
        ("mobius_matvec", m.mobius_matvec(matrix, x.clone())),
        ("mobius_pointwise_mul", scaled),
        ("gyration", m.gyration(x.clone(), y, v)),
        ("antipode", m.antipode(x)),
        ("weighted_midpoint", midpoint),
        ("signed_distance_to_hyperplane", signed),
    ]
}

/// What other manifolds have in place of it.
pub(super) fn nothing<M>(_: &M, _: &[Named; 5]) -> Vec<Named> {
    Vec::new()
}

/// The mean of all rows.
pub(super) fn mean<M: Manifold>(m: &M, x: Rows) -> Rows {
    let axis = RANK - 1 - M::POINT_RANK;
    let weights = along(axis, &x);
    let mean = frechet_mean(m, x.swap_dims(0, axis), Some(weights));
    mean.expect("points of a manifold have a mean")
}

/// The weights of the rows in means.
pub(super) fn weights() -> Vec<f64> {
    (1..=ROWS).map(|i| i as f64).collect()
}

fn along(axis: usize, like: &Rows) -> Rows {
    let mut shape = [1; RANK];
    shape[axis] = ROWS;
    let data = TensorData::new(weights(), shape);
    Tensor::from_data(data, (&like.device(), like.dtype()))
}
