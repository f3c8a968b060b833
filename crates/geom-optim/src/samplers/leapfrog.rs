//! The geodesic leapfrog integrator.

use burn::tensor::Tensor;
use geom_core::{Manifold, ParallelTransport};

use super::target::Evaluation;
use crate::geometry::Geometry;
use crate::step_map::StepMap;

/// A point with a velocity, and the density there: where Hamiltonian dynamics stands.
#[derive(Clone, Debug)]
pub struct Phase<const D: usize> {
    /// The point.
    pub x: Tensor<D>,
    /// The velocity, tangent at [`x`](Self::x).
    pub v: Tensor<D>,
    pub(crate) density: Evaluation<D>,
}

impl<const D: usize> Phase<D> {
    /// The phase at `x` with velocity `v`.
    ///
    /// # Shapes
    /// - `x`, `v`: `[..., d]`; `log_density` returns `[..., 1]`
    pub fn new<M: Manifold>(
        manifold: &M,
        x: Tensor<D>,
        v: Tensor<D>,
        log_density: impl FnMut(Tensor<D>) -> Tensor<D>,
    ) -> Self {
        let density = Evaluation::at(manifold, &x, log_density);
        Self { x, v, density }
    }

    /// The Hamiltonian $H(x, v) = \tfrac12\lVert v\rVert_x^2 - \log p(x)$, `[..., 1]`.
    pub fn energy<M: Manifold>(&self, manifold: &M) -> Tensor<D> {
        let kinetic = manifold.inner(self.x.clone(), self.v.clone(), self.v.clone());
        kinetic.mul_scalar(0.5) - self.density.log_density.clone()
    }

    /// The same point with the opposite velocity: dynamics from here runs backwards.
    pub fn flipped(self) -> Self {
        Self {
            v: self.v.neg(),
            ..self
        }
    }
}

/// `steps` steps of Hamiltonian dynamics on a manifold.
///
/// One step of length $\varepsilon$ kicks the velocity, flows along the geodesic, and kicks again:
///
/// $$
/// \begin{aligned}
/// v' &= v + \tfrac\varepsilon2 \operatorname{grad}\log p(x) && (1)\\\\
/// x' &= \exp_x(\varepsilon v'), \qquad v'' = P_{x\to x'}\\, v' && (2)\\\\
/// v''' &= v'' + \tfrac\varepsilon2 \operatorname{grad}\log p(x') && (3)
/// \end{aligned}
/// $$
///
/// Each part preserves volume in the tangent bundle and is undone by itself with the velocity
/// flipped, so the whole does and is. The energy is kept up to $O(\varepsilon^2)$ over any fixed
/// length of time.
///
/// # Domain
/// Complete manifolds, with exact `exp` and parallel transport: where a flow is cut off at an edge,
/// or (2) goes through a cut locus to a point that a shorter geodesic of another direction reaches,
/// the way back is another one.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Hyperboloid, Manifold};
/// use geom_optim::samplers::{Phase, geodesic_leapfrog};
///
/// let hyperboloid = Hyperboloid::new(1.0);
/// let origin = hyperboloid.origin::<2>([1, 3], &Device::default());
/// let log_density = |x| hyperboloid.distance(x, origin.clone()).square().neg();
/// let v = Tensor::from_floats([[0.0, 1.0, 0.0]], &Device::default());
/// let start = Phase::new(&hyperboloid, origin.clone(), v, log_density);
///
/// let end = geodesic_leapfrog(&hyperboloid, start.clone(), 0.1, 5, log_density);
/// let back = geodesic_leapfrog(&hyperboloid, end.flipped(), 0.1, 5, log_density);
/// let missed = hyperboloid.distance(back.x, start.x);
/// assert!(missed.into_scalar::<f32>() < 1e-5);
/// ```
///
/// # References
/// Byrne and Girolami (2013), *Geodesic Monte Carlo on embedded manifolds*, algorithm 1.
pub fn geodesic_leapfrog<M: ParallelTransport, const D: usize>(
    manifold: &M,
    mut phase: Phase<D>,
    step_size: f64,
    steps: usize,
    mut log_density: impl FnMut(Tensor<D>) -> Tensor<D>,
) -> Phase<D> {
    let geometry = Geometry::of(manifold);
    for _ in 0..steps {
        let kick = phase.density.gradient.mul_scalar(step_size / 2.0);
        let v = phase.v + kick;
        let x = geometry.flow(
            StepMap::ExponentialMap,
            phase.x.clone(),
            v.clone(),
            step_size,
        );
        let v = manifold.parallel_transport(phase.x, x.clone(), v);
        let density = Evaluation::at(manifold, &x, &mut log_density);
        let kick = density.gradient.clone().mul_scalar(step_size / 2.0);
        phase = Phase {
            x,
            v: v + kick,
            density,
        };
    }
    phase
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device};
    use geom_core::numerics::to_vec_f64;
    use geom_core::{Euclidean, Hyperboloid, PoincareBall, Sample};

    use super::*;
    use crate::samplers::noise::Noise;

    const CHAINS: usize = 8;

    /// Eight phases of a skewed density: distances to two points, weighed differently.
    fn start<M: Sample + ParallelTransport>(
        manifold: &M,
        dtype: DType,
    ) -> (Phase<2>, impl Fn(Tensor<2>) -> Tensor<2>) {
        let shape = [CHAINS, manifold.point_shape(3).coordinates()];
        let origin = manifold.origin::<2>(shape, &Device::default()).cast(dtype);
        let origin = manifold.project(origin);
        let mut noise = Noise::new(1, 0);
        let mut near = |scale: f64| {
            let normal = noise.normal_like(&origin).mul_scalar(scale);
            let v = manifold.tangent_from_normal(origin.clone(), normal);
            manifold.exp(origin.clone(), v)
        };
        let (x, center, other) = (near(0.7), near(0.3), near(0.9));
        let density = {
            let manifold = manifold.clone();
            move |x: Tensor<2>| {
                let first = manifold.distance(x.clone(), center.clone()).square();
                let second = manifold.distance(x, other.clone()).square();
                first.mul_scalar(-0.8) - second.square().mul_scalar(0.1)
            }
        };
        let v = manifold.tangent_from_normal(x.clone(), noise.normal_like(&x));
        (Phase::new(manifold, x, v, &density), density)
    }

    fn worst(tensor: Tensor<2>) -> f64 {
        to_vec_f64(tensor.abs()).into_iter().fold(0.0, f64::max)
    }

    fn assert_energy_error_falls_with_the_square<M: Sample + ParallelTransport>(manifold: &M) {
        let (start, density) = start(manifold, DType::F64);
        let error = |steps: usize| {
            let end =
                geodesic_leapfrog(manifold, start.clone(), 1.0 / steps as f64, steps, &density);
            worst(end.energy(manifold) - start.energy(manifold))
        };
        let order = (error(32) / error(64)).log2();
        // What the terms of fourth order leave at these steps.
        const SLACK: f64 = 0.05;
        assert!(
            (order - 2.0).abs() < SLACK,
            "on {} the energy error falls with power {order}",
            manifold.name()
        );
    }

    #[test]
    fn the_energy_error_falls_with_the_square_of_the_step() {
        assert_energy_error_falls_with_the_square(&Euclidean::new());
        assert_energy_error_falls_with_the_square(&PoincareBall::new(1.3));
        assert_energy_error_falls_with_the_square(&Hyperboloid::new(0.7));
    }

    fn assert_reversible<M: Sample + ParallelTransport>(manifold: &M, dtype: DType, rounding: f64) {
        let (start, density) = start(manifold, dtype);
        let end = geodesic_leapfrog(manifold, start.clone(), 0.15, 10, &density);
        let traveled = worst(manifold.distance(start.x.clone(), end.x.clone()));
        let back = geodesic_leapfrog(manifold, end.flipped(), 0.15, 10, &density).flipped();
        let missed = worst(manifold.distance(start.x.clone(), back.x));
        let turned = worst(manifold.norm(start.x, back.v - start.v));
        assert!(traveled > 0.5, "only {traveled} from the start");
        assert!(
            missed < rounding && turned < rounding,
            "{} {dtype:?}: {missed:e} off in position, {turned:e} in velocity",
            manifold.name()
        );
    }

    #[test]
    fn dynamics_with_the_velocity_flipped_returns_to_the_start() {
        // Twenty steps of some hundred roundings each, at points two from the origin.
        for (dtype, rounding) in [(DType::F64, 1e-12), (DType::F32, 1e-3)] {
            assert_reversible(&Euclidean::new(), dtype, rounding);
            assert_reversible(&PoincareBall::new(1.3), dtype, rounding);
            assert_reversible(&Hyperboloid::new(0.7), dtype, rounding);
        }
    }

    /// The determinant of a square matrix, by elimination with pivots.
    fn determinant(mut rows: Vec<Vec<f64>>) -> f64 {
        let mut product = 1.0;
        for column in 0..rows.len() {
            let pivot = (column..rows.len())
                .max_by(|&i, &j| rows[i][column].abs().total_cmp(&rows[j][column].abs()))
                .expect("the range is not empty");
            if pivot != column {
                rows.swap(pivot, column);
                product = -product;
            }
            product *= rows[column][column];
            let (above, below) = rows.split_at_mut(column + 1);
            let pivot = &above[column];
            for row in below {
                let factor = row[column] / pivot[column];
                for (x, &above) in row.iter_mut().zip(pivot).skip(column) {
                    *x -= factor * above;
                }
            }
        }
        product
    }

    #[test]
    fn dynamics_preserves_the_volume_of_phase_space() {
        const STEP: f64 = 1e-5;
        let ball = PoincareBall::new(1.0);
        let double = (&Device::default(), DType::F64);
        let center = Tensor::<2>::from_data([[0.3, -0.2]], double);
        let density = |x| ball.distance(x, center.clone()).square().neg();
        // The phase (x, v) in four coordinates, moved by a central difference along each of them.
        let phase = [0.1, 0.4, 0.3, -0.2];
        let moved: Vec<[f64; 4]> = (0..8)
            .map(|row| {
                let mut moved = phase;
                moved[row / 2] += if row % 2 == 0 { STEP } else { -STEP };
                moved
            })
            .chain([phase])
            .collect();
        let part = |from: usize| {
            let rows: Vec<f64> = moved
                .iter()
                .flat_map(|row| [row[from], row[from + 1]])
                .collect();
            Tensor::<1>::from_data(rows.as_slice(), double).reshape([9, 2])
        };
        let start = Phase::new(&ball, part(0), part(2), density);
        let end = geodesic_leapfrog(&ball, start.clone(), 0.3, 3, density);

        let (x, v) = (to_vec_f64(end.x.clone()), to_vec_f64(end.v));
        let coordinates = |row: usize| [x[2 * row], x[2 * row + 1], v[2 * row], v[2 * row + 1]];
        let jacobian = (0..4)
            .map(|column| {
                let (ahead, behind) = (coordinates(2 * column), coordinates(2 * column + 1));
                let difference = ahead.iter().zip(behind);
                difference.map(|(a, b)| (a - b) / (2.0 * STEP)).collect()
            })
            .collect();
        // In these coordinates the volume of the tangent bundle is the fourth power of the
        // conformal factor.
        let factor = |x: Tensor<2>| to_vec_f64(ball.conformal_factor(x))[8];
        let growth = (factor(end.x) / factor(start.x)).powi(4);
        let change = determinant(jacobian) * growth;
        assert!(growth > 1.5, "the test is too easy: {growth}");
        // A central difference with that step leaves 1e-9 or so.
        assert!((change - 1.0).abs() < 1e-7, "volume changes by {change}");
    }
}
