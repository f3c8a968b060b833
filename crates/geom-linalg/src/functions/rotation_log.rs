//! The logarithm of rotations.

use burn::tensor::Tensor;
use geom_kernels::linalg::{eigh, rotation_log as kernel};

use crate::error::LinalgError;
use crate::seam::{
    Batch, Kept, Matrices, Number, Operation, Report, Size, evaluate, square, threads,
};

/// The logarithm of rotations: the skew-symmetric $\Omega$ with $R = e^\Omega$ and angles in $[0, \pi]$.
///
/// # Shapes
/// - `r`, the result: `[..., n, n]`; the result is exactly skew-symmetric
///
/// # Numerics
/// See [`rotation_log` of the kernels](geom_kernels::linalg::rotation_log). Where an angle is $\pi$, there are two
/// logarithms, and one of them is returned.
///
/// # Gradient
/// With the commutator $\operatorname{ad}_\Omega Z = \Omega Z - Z\Omega$:
///
/// $$ \bar R = R \frac{\operatorname{ad}_\Omega}{e^{\operatorname{ad}_\Omega} - 1}\operatorname{skew}(\bar\Omega) $$
///
/// the gradient along rotations; it is not defined for directions that leave them. For `n` ≤ 3 it is finite
/// at all angles. Beyond, where two angles add up to $2\pi - \delta$, the logarithm changes by $2\pi/\delta$ of what
/// the rotation does, and rounding is enlarged as much.
///
/// # Errors
/// [`LinalgError::NotSquare`], [`LinalgError::NotRotation`] if $|R^\top R - 1|$ has an entry above
/// $\sqrt\varepsilon$ or the determinant is negative, [`LinalgError::NotFinite`],
/// [`LinalgError::NoConvergence`].
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_linalg::rotation_log;
///
/// let (sine, cosine) = 0.5f32.sin_cos();
/// let r = Tensor::<2>::from_floats([[cosine, -sine], [sine, cosine]], &Device::flex());
/// let log = rotation_log(r)?.into_data().to_vec::<f32>().unwrap();
/// assert!((log[2] - 0.5).abs() < 1e-6);
/// # Ok::<(), geom_linalg::LinalgError>(())
/// ```
///
/// # References
/// Hall (2015), theorem 5.4 (derivative of the exponential); Higham (2008), chapter 11.
pub fn rotation_log<const D: usize>(r: Tensor<D>) -> Result<Tensor<D>, LinalgError> {
    square(&r)?;
    let [log] = evaluate(RotationLog, [r])?;
    Ok(log)
}

#[derive(Debug)]
struct RotationLog;

impl Operation for RotationLog {
    fn results(&self, inputs: &[Size]) -> Vec<Size> {
        vec![inputs[0]]
    }

    fn kept(&self) -> Kept {
        Kept {
            inputs: &[0],
            results: &[0],
        }
    }

    fn forward<T: Number>(
        &self,
        inputs: &[Matrices<'_, T>],
        _keep: bool,
        report: &Report,
    ) -> Vec<Vec<T>> {
        let r = inputs[0];
        let mut log = vec![T::from_f64(0.0); r.numbers.len()];
        report.note_failures(kernel(r.numbers, r.rows(), &mut log, threads()));
        vec![log]
    }

    fn backward<T: Number>(
        &self,
        kept: &[Matrices<'_, T>],
        cotangents: &[Matrices<'_, T>],
    ) -> Vec<Vec<T>> {
        let ([r, log], gradient) = (kept, cotangents[0]) else {
            unreachable!("a rotation and its logarithm")
        };
        let gradient = skew(gradient);
        let even = match r.rows() {
            // Rotations of the plane commute.
            1 | 2 => gradient.clone(),
            3 => even_part_of_three(*log, gradient.view()),
            _ => even_part(*log, gradient.view()),
        };
        // z/(eᶻ - 1) is (z/2) coth(z/2) - z/2.
        let product = log.times(gradient.view());
        let turned = product.view().transposed();
        // ΩG - GΩ = ΩG - (ΩG)ᵀ for skew-symmetric Ω and G.
        let commutator = product.plus(&turned.map(|x| -x).numbers);
        let along = commutator
            .map(|x| T::from_f64(-0.5) * x)
            .plus(&even.numbers);
        vec![r.times(along.view()).numbers]
    }
}

fn skew<T: Number>(g: Matrices<'_, T>) -> Batch<T> {
    let turned = g.transposed().map(|x| T::from_f64(-0.5) * x);
    let half: Vec<T> = g.numbers.iter().map(|&x| T::from_f64(0.5) * x).collect();
    turned.plus(&half)
}

/// $\frac y2\cot\frac y2$, which is $\frac z2\coth\frac z2$ at $z = iy$.
fn half_cotangent<T: Number>(y: T) -> T {
    let half = T::from_f64(0.5) * y;
    if half == T::from_f64(0.0) {
        return T::from_f64(1.0);
    }
    half * half.cos() / half.sin()
}

/// $\frac z2\coth\frac z2$ of the commutator with rotation vectors of angle $\theta$: 1 along the axis, and
/// $\frac\theta2\cot\frac\theta2$ across.
fn even_part_of_three<T: Number>(log: Matrices<'_, T>, gradient: Matrices<'_, T>) -> Batch<T> {
    let vector = |m: &[T]| [m[7], m[2], m[3]];
    let dot = |a: [T; 3], b: [T; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    let mut out = Batch::zeros(log.count(), [3, 3]);
    for (out, (log, gradient)) in out.each_mut().zip(log.each().zip(gradient.each())) {
        let (axis, g) = (vector(log), vector(gradient));
        let angle = dot(axis, axis).sqrt();
        let axis = if angle == T::from_f64(0.0) {
            axis
        } else {
            axis.map(|x| x / angle)
        };
        let across = half_cotangent(angle);
        let along = (T::from_f64(1.0) - across) * dot(axis, g);
        let [x, y, z]: [T; 3] = std::array::from_fn(|i| across * g[i] + along * axis[i]);
        let zero = T::from_f64(0.0);
        out.copy_from_slice(&[zero, -z, y, z, zero, -x, -y, x, zero]);
    }
    out
}

/// The same for any dimension. With angles $\omega$ and the turn $J$ by a right angle in each plane, the part
/// $\frac12(G - JGJ)$ turns with $\omega_a - \omega_b$ and the part $\frac12(G + JGJ)$ with
/// $\omega_a + \omega_b$.
fn even_part<T: Number>(log: Matrices<'_, T>, gradient: Matrices<'_, T>) -> Batch<T> {
    let (n, count) = (log.rows(), log.count());
    let squares = log.transposed_times(log);
    let mut values = Batch::zeros(count, [1, n]);
    let mut vectors = Batch::zeros(count, [n, n]);
    // What is not finite makes a gradient that is not a number.
    let _ = eigh(
        &squares.numbers,
        n,
        &mut values.numbers,
        &mut vectors.numbers,
        threads(),
    );
    let basis = vectors.view();
    let inside = |m: Matrices<'_, T>| {
        let product = m.times(basis);
        basis.transposed_times(product.view())
    };
    let mut g = inside(gradient);
    let turned = {
        let turn = inside(log);
        let product = turn.view().times(g.view());
        product.view().times(turn.view())
    };
    let angles = values.map(|x| x.max(T::from_f64(0.0)).sqrt());
    let sources = turned.view().each().zip(angles.view().each());
    for (g, (turned, angles)) in g.each_mut().zip(sources) {
        for a in 0..n {
            for b in 0..n {
                let (difference, sum) = (angles[a] - angles[b], angles[a] + angles[b]);
                let (near, far) = (half_cotangent(difference), half_cotangent(sum));
                let area = angles[a] * angles[b];
                // Ω is J times the angles, on either side of G.
                let jgj = if area > T::from_f64(0.0) {
                    turned[a * n + b] / area
                } else {
                    T::from_f64(0.0)
                };
                let own = g[a * n + b];
                let half = T::from_f64(0.5);
                g[a * n + b] = near * (half * own - half * jgj) + far * (half * own + half * jgj);
            }
        }
    }
    let product = basis.times(g.view());
    product.view().times_transposed(basis)
}
