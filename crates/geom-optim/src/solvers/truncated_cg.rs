//! The subproblem of a trust region, by truncated conjugate gradient.

use burn::tensor::Tensor;
use geom_core::Manifold;

use super::cost::SecondOrder;
use super::problem::{Iterate, Oracle};

/// When the inner iteration ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Truncation {
    /// Linear factor $\kappa$.
    pub(crate) kappa: f64,
    /// Superlinear exponent $\theta$.
    pub(crate) theta: f64,
    /// Inner iterations at most.
    pub(crate) iterations: usize,
}

/// An approximate minimizer of the model in the trust region.
#[derive(Clone, Debug)]
pub(crate) struct ModelStep<const D: usize> {
    /// The step $\eta$, a tangent vector.
    pub(crate) eta: Tensor<D>,
    /// $m(\eta) - m(0)$, not positive.
    pub(crate) change: f64,
    /// Whether the step ends on the boundary of the region.
    pub(crate) on_boundary: bool,
}

/// Minimizes the model
///
/// $$ m(\eta) = \langle g, \eta\rangle + \tfrac12\langle\eta, H\eta\rangle, \qquad
///    \lVert\eta\rVert \le \Delta $$
///
/// by conjugate gradient from 0, until
///
/// $$ \lVert r_j\rVert \le \lVert r_0\rVert\min(\lVert r_0\rVert^\theta, \kappa), $$
///
/// or a direction leaves the region or has no positive curvature: then it is followed to the
/// boundary. `None` if a product with the Hessian is not finite.
///
/// # References
/// Steihaug (1983), *The conjugate gradient method and trust regions in large scale optimization*;
/// Absil, Baker, Gallivan (2007), *Trust-region methods on Riemannian manifolds*, alg. 2.
pub(crate) fn truncated_cg<const D: usize, M: Manifold, C: SecondOrder<D>>(
    oracle: &mut Oracle<M, C>,
    at: &Iterate<D>,
    radius: f64,
    truncation: Truncation,
) -> Option<ModelStep<D>> {
    let x = &at.point;
    let start = at.gradient_norm;
    let target = start * start.powf(truncation.theta).min(truncation.kappa);
    let mut eta = at.gradient.zeros_like();
    let mut hessian_eta = eta.clone();
    let mut change = 0.0;
    let mut residual = at.gradient.clone();
    let mut residual_squared = start * start;
    let mut direction = residual.clone().neg();

    for _ in 0..truncation.iterations {
        let product = oracle.hessian(at, &direction);
        let curvature = oracle.inner(x, &direction, &product);
        if !curvature.is_finite() {
            return None;
        }
        let alpha = residual_squared / curvature;
        let next = eta.clone() + direction.clone().mul_scalar(alpha);
        let leaves = curvature <= 0.0 || oracle.norm(x, &next) >= radius;
        let step = match leaves {
            true => to_boundary(oracle, x, &eta, &direction, radius),
            false => alpha,
        };
        let next = eta.clone() + direction.clone().mul_scalar(step);
        let hessian_next = hessian_eta.clone() + product.clone().mul_scalar(step);
        let next_change =
            oracle.inner(x, &at.gradient, &next) + 0.5 * oracle.inner(x, &next, &hessian_next);
        // Below rounding, conjugate gradient no longer improves the model.
        if next_change >= change {
            break;
        }
        (eta, hessian_eta, change) = (next, hessian_next, next_change);
        if leaves {
            return Some(ModelStep {
                eta,
                change,
                on_boundary: true,
            });
        }
        // Rounding would slowly turn the residual out of the tangent space.
        residual = oracle.project_tangent(x, residual + product.mul_scalar(step));
        let squared = oracle.inner(x, &residual, &residual).max(0.0);
        if squared.sqrt() <= target {
            break;
        }
        direction = direction.mul_scalar(squared / residual_squared) - residual.clone();
        residual_squared = squared;
    }
    Some(ModelStep {
        eta,
        change,
        on_boundary: false,
    })
}

/// The positive $\tau$ with $\lVert\eta + \tau\delta\rVert = \Delta$.
fn to_boundary<const D: usize, M: Manifold, C>(
    oracle: &Oracle<M, C>,
    x: &Tensor<D>,
    eta: &Tensor<D>,
    delta: &Tensor<D>,
    radius: f64,
) -> f64 {
    let squared = oracle.inner(x, delta, delta);
    let along = oracle.inner(x, eta, delta);
    let room = (radius * radius - oracle.inner(x, eta, eta)).max(0.0);
    (-along + (along * along + squared * room).sqrt()) / squared
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device};
    use geom_core::numerics::to_vec_f64;
    use geom_core::{Dual, Euclidean};

    use super::*;
    use crate::solvers::cost::Smooth;
    use crate::solvers::problem::{Evaluations, Problem};
    use crate::step_map::StepMap;

    /// A few dozen roundings of numbers of order one.
    const ROUNDINGS: f64 = 1e-14;
    /// Three steps solve three equations; the residual is rounding then, and below this.
    const EXACT: Truncation = Truncation {
        kappa: 1e-12,
        theta: 1.0,
        iterations: 10,
    };

    fn vector(values: [f64; 3]) -> Tensor<1> {
        Tensor::from_data(values, (&Device::default(), DType::F64))
    }

    /// The step for the model with gradient (1, 1, 1) and this diagonal Hessian, and its length.
    fn step(diagonal: [f64; 3], radius: f64, truncation: Truncation) -> (ModelStep<1>, f64) {
        let cost = Smooth(move |x: Dual<1>| {
            (x.clone().square() * vector(diagonal))
                .sum()
                .mul_scalar(0.5)
                + x.sum()
        });
        let problem = Problem::new(Euclidean::new(), cost);
        let evaluations = Evaluations::default();
        let mut oracle = Oracle::new(&problem, StepMap::ExponentialMap, evaluations, 0.0);
        let at = oracle.evaluate(vector([0.0; 3]));
        let step = truncated_cg(&mut oracle, &at, radius, truncation).expect("finite");
        let length = oracle.norm(&at.point, &step.eta);
        (step, length)
    }

    #[test]
    fn with_room_it_is_newtons_step() {
        let (step, _) = step([1.0, 2.0, 4.0], 10.0, EXACT);
        assert!(!step.on_boundary);
        for (eta, newton) in to_vec_f64(step.eta).into_iter().zip([-1.0, -0.5, -0.25]) {
            assert!(
                (eta - newton).abs() < ROUNDINGS,
                "{eta} instead of {newton}"
            );
        }
        // -gᵀH⁻¹g/2
        assert!((step.change + 0.875).abs() < ROUNDINGS);
    }

    #[test]
    fn without_room_it_ends_on_the_boundary() {
        const RADIUS: f64 = 0.3;
        let (step, length) = step([1.0, 2.0, 4.0], RADIUS, EXACT);
        assert!(step.on_boundary && (length - RADIUS).abs() < ROUNDINGS);
        assert!(step.change < 0.0);
    }

    #[test]
    fn negative_curvature_is_followed_to_the_boundary() {
        const RADIUS: f64 = 100.0;
        let (step, length) = step([1.0, 2.0, -0.5], RADIUS, EXACT);
        // The way to the boundary solves a quadratic equation with numbers of the size of its square.
        assert!(step.on_boundary && (length - RADIUS).abs() < ROUNDINGS * RADIUS * RADIUS);
        // Better than the minimum without the third coordinate.
        assert!(step.change < -0.75, "{}", step.change);
    }

    #[test]
    fn a_loose_residual_ends_it_early() {
        let loose = Truncation {
            kappa: 0.9,
            ..EXACT
        };
        let (first, _) = step([1.0, 2.0, 4.0], 10.0, loose);
        let (last, _) = step([1.0, 2.0, 4.0], 10.0, EXACT);
        assert!(first.change < 0.0 && last.change < first.change);
    }
}
