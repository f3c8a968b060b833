//! The costs, over duals, with what is known of their minimizers.

use burn::tensor::{DType, Device, Tensor};
use geom_core::Dual;
use geom_core::numerics::to_vec_f64;

pub(crate) fn matrix<const R: usize, const N: usize>(values: [[f64; N]; R]) -> Tensor<2> {
    Tensor::from_data(values, (&Device::default(), DType::F64))
}

pub(crate) fn row<const N: usize>(values: [f64; N]) -> Tensor<2> {
    matrix([values])
}

/// $I - 2uu^\top$ for a unit vector $u$: its columns are known eigenvectors below.
fn reflection() -> [[f64; 5]; 5] {
    const U: [f64; 5] = [0.1, 0.5, -0.5, 0.7, 0.0];
    let mut reflection = [[0.0; 5]; 5];
    for (i, line) in reflection.iter_mut().enumerate() {
        for (j, entry) in line.iter_mut().enumerate() {
            *entry = f64::from(u8::from(i == j)) - 2.0 * U[i] * U[j];
        }
    }
    reflection
}

/// A symmetric matrix with eigenvalues 1 to 5, and the eigenvector of 1.
pub(crate) fn symmetric_matrix() -> (Tensor<2>, Tensor<2>) {
    let vectors = matrix(reflection());
    let values = row([1.0, 2.0, 3.0, 4.0, 5.0]);
    let symmetric = (vectors.clone() * values).matmul(vectors.transpose());
    (symmetric, row(reflection()[0]))
}

/// The eigenvector of the second least eigenvalue, a saddle of the Rayleigh quotient.
pub(crate) fn second_eigenvector() -> Tensor<2> {
    row(reflection()[1])
}

/// $x^\top Ax$, on the sphere.
pub(crate) fn rayleigh(x: Dual<2>, symmetric: &Tensor<2>) -> Dual<1> {
    x.clone().matmul(symmetric.clone()).dot(x).sum()
}

/// A model of the hyperbolic space of curvature −1.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Hyperbolic {
    Ball,
    Hyperboloid,
}

impl Hyperbolic {
    /// $S = \sinh^2(d/2)$, row by row.
    fn separation(self, x: Dual<2>, y: Dual<2>) -> Dual<2> {
        match self {
            Self::Ball => {
                let alpha = |x: Dual<2>| -x.squared_norm().sub_scalar(1.0);
                (x.clone() - y.clone()).squared_norm() / (alpha(x) * alpha(y))
            }
            // The Minkowski square of the difference is 4S.
            Self::Hyperboloid => {
                let difference = x - y;
                let time = difference.clone().narrow(1, 0, 1).square();
                let space = difference.dims()[1] - 1;
                let square = difference.narrow(1, 1, space).squared_norm() - time;
                square.mul_scalar(0.25)
            }
        }
    }
}

/// $d^2 = 4\operatorname{asinh}^2\sqrt S = 4S\operatorname{asinhc}(S)^2$: smooth at coincidence.
fn squared_distance(separation: Dual<2>) -> Dual<2> {
    let ratio = separation.clone().asinhc();
    (ratio.square() * separation).mul_scalar(4.0)
}

/// Half the weighted sum of squared distances to `points`.
pub(crate) fn mean(
    x: Dual<2>,
    points: &Tensor<2>,
    weights: &Tensor<2>,
    model: Hyperbolic,
) -> Dual<1> {
    let squares = squared_distance(model.separation(x, points.clone().into()));
    (squares * weights.clone()).sum().mul_scalar(0.5)
}

/// Half the sum of squared distances on the sphere, $d = \arccos\langle x, y\rangle$; no point may
/// coincide with `x`.
pub(crate) fn spherical_mean(x: Dual<2>, points: &Tensor<2>) -> Dual<1> {
    let cosines = x.matmul(points.clone().transpose());
    cosines.acos().square().sum().mul_scalar(0.5)
}

/// Half the squared distances of each point of the ball of curvature $-c$ to its target and to the
/// next point, in units of the curvature radius.
pub(crate) fn chain(x: Dual<2>, targets: &Tensor<2>, c: f64) -> Dual<1> {
    let links = targets.dims()[0] - 1;
    let unit = |x: Dual<2>| x.mul_scalar(c.sqrt());
    let distance =
        |x: Dual<2>, y: Dual<2>| squared_distance(Hyperbolic::Ball.separation(unit(x), unit(y)));
    let (first, last) = (x.clone().narrow(0, 0, links), x.clone().narrow(0, 1, links));
    let total = distance(x, targets.clone().into()).sum() + distance(first, last).sum();
    total.mul_scalar(0.5)
}

/// Rosenbrock's valley.
pub(crate) fn rosenbrock(x: Dual<2>) -> Dual<1> {
    let (a, b) = (x.clone().narrow(1, 0, 1), x.narrow(1, 1, 1));
    let bend = (b - a.clone().square()).square().mul_scalar(100.0);
    (bend + a.sub_scalar(1.0).square()).sum()
}

/// Vectors, and the same ones rotated with some noise.
pub(crate) fn rotated_vectors() -> (Tensor<2>, Tensor<2>) {
    let before = matrix([
        [1.0, 0.2, -0.3],
        [0.1, 1.5, 0.4],
        [-0.6, 0.3, 0.8],
        [0.5, -0.9, 1.1],
    ]);
    // Half a turn less a little about an axis off the coordinate axes.
    let q = [0.2, 0.5, -0.4, 0.7].map(|x| x / 0.94f64.sqrt());
    let rotation = rotation(Dual::constant(row(q))).value();
    let noise = matrix([
        [0.02, -0.05, 0.01],
        [0.03, 0.04, -0.02],
        [-0.01, 0.02, 0.05],
        [0.04, -0.03, 0.02],
    ]);
    (before.clone(), before.matmul(rotation) + noise)
}

/// The matrix that rotates row vectors as the quaternion $q = (w, x, y, z)$ does:
///
/// $$ v \mapsto (w^2 - \lVert u\rVert^2)v + 2\langle u, v\rangle u + 2w\,u\times v $$
fn rotation(q: Dual<2>) -> Dual<2> {
    let part = |i: usize| q.clone().narrow(1, i, 1);
    let (w, u) = (part(0), q.clone().narrow(1, 1, 3));
    let zero = Dual::constant(w.value().zeros_like());
    let (x, y, z) = (part(1), part(2), part(3));
    // Row i is the cross product u × eᵢ.
    let cross = Dual::cat(
        vec![
            Dual::cat(vec![zero.clone(), z.clone(), -y.clone()], 1),
            Dual::cat(vec![-z, zero.clone(), x.clone()], 1),
            Dual::cat(vec![y, -x, zero], 1),
        ],
        0,
    );
    let identity = matrix([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
    let scale = w.clone().square() - u.clone().squared_norm();
    Dual::constant(identity) * scale
        + u.clone().transpose().matmul(u).mul_scalar(2.0)
        + cross * w.mul_scalar(2.0)
}

/// $\lVert AR(q) - B\rVert^2$ for unit quaternions.
pub(crate) fn procrustes(q: Dual<2>, before: &Tensor<2>, after: &Tensor<2>) -> Dual<1> {
    let moved = Dual::constant(before.clone()).matmul(rotation(q));
    (moved - after.clone()).square().sum()
}

/// Davenport's matrix $K$: $\langle AR(q), B\rangle = q^\top Kq$, so the best rotation is the eigenvector
/// of its largest eigenvalue (Davenport 1968; Wahba's problem).
pub(crate) fn davenport(before: &Tensor<2>, after: &Tensor<2>) -> [[f64; 4]; 4] {
    let b = to_vec_f64(before.clone().transpose().matmul(after.clone()));
    let b = |i: usize, j: usize| b[3 * i + j];
    let trace = b(0, 0) + b(1, 1) + b(2, 2);
    let z = [b(1, 2) - b(2, 1), b(2, 0) - b(0, 2), b(0, 1) - b(1, 0)];
    let mut k = [[trace, z[0], z[1], z[2]], [0.0; 4], [0.0; 4], [0.0; 4]];
    for i in 0..3 {
        k[i + 1][0] = z[i];
        for j in 0..3 {
            let diagonal = if i == j { trace } else { 0.0 };
            k[i + 1][j + 1] = b(i, j) + b(j, i) - diagonal;
        }
    }
    k
}

/// Checks that `q` is a unit eigenvector of `k`, and that no eigenvalue is larger.
pub(crate) fn assert_dominant_eigenvector(k: &[[f64; 4]; 4], q: &[f64], tolerance: f64) {
    let product: Vec<f64> = k.iter().map(|line| inner(line, q)).collect();
    let eigenvalue = inner(&product, q);
    for (p, q) in product.iter().zip(q) {
        let residual = (p - eigenvalue * q).abs();
        assert!(residual < tolerance, "{residual:e} from an eigenvector");
    }
    // The shifted matrix has no negative pivot, or an eigenvalue would be larger (Sylvester).
    let mut rest = k.map(|line| line.map(|entry| -entry));
    for (i, line) in rest.iter_mut().enumerate() {
        line[i] += eigenvalue + tolerance;
    }
    for n in 0..4 {
        let pivot = rest[n];
        assert!(pivot[n] > 0.0, "an eigenvalue is larger than {eigenvalue}");
        for line in &mut rest[n + 1..] {
            let factor = line[n] / pivot[n];
            for (entry, above) in line.iter_mut().zip(pivot) {
                *entry -= factor * above;
            }
        }
    }
}

fn inner(v: &[f64], w: &[f64]) -> f64 {
    v.iter().zip(w).map(|(v, w)| v * w).sum()
}
