//! Solvers for full-batch problems on any manifold: $\min_{x\in M} f(x)$.
//!
//! The [optimizers](crate) of this crate step a model's parameters with noisy gradients. The solvers
//! here take a [`Problem`], a manifold and a cost that can be evaluated as a whole, and carry one
//! point, or one batch of points, to a minimizer, to as many digits as the number format has.
//!
//! | Solver | An iteration costs | Converges | Use it for |
//! |---|---|---|---|
//! | [`GradientDescent`] | one or two gradients | linearly | a first try, rough costs |
//! | [`ConjugateGradient`] | a few gradients | linearly, by the root of the condition number | many points, little memory |
//! | [`LimitedBfgs`] | one or two gradients | linearly, mostly fast | the default without second derivatives |
//! | [`TrustRegion`] | one gradient, some products with the Hessian | quadratically | high accuracy, bad conditioning, saddle points |
//!
//! ```
//! use burn::tensor::{DType, Device, Tensor};
//! use geom_core::dual::Dual;
//! use geom_core::{Manifold, PoincareBall};
//! use geom_optim::solvers::{GradientNorm, MaxIterations, Problem, Smooth, Solver, StoppingRule, TrustRegion};
//!
//! // The Fréchet mean of three points of the ball, half the sum of d² with
//! // d = 2 asinh √S and S = |x − y|² / ((1 − |x|²)(1 − |y|²)).
//! let options = (&Device::default(), DType::F64);
//! let y = Tensor::<2>::from_data([[0.1, 0.2], [-0.3, 0.4], [0.5, -0.2]], options);
//! let cost = Smooth(|x: Dual<2>| {
//!     let alpha = |x: Dual<2>| -x.squared_norm().sub_scalar(1.0);
//!     let y = Dual::constant(y.clone());
//!     let s = (x.clone() - y.clone()).squared_norm() / (alpha(x) * alpha(y));
//!     (s.clone().asinhc().square() * s).sum().mul_scalar(2.0)
//! });
//!
//! let ball = PoincareBall::new(1.0);
//! let problem = Problem::new(ball.clone(), cost);
//! let start = Tensor::zeros([1, 2], options);
//! let rule = GradientNorm(1e-12).or(MaxIterations(20));
//! let solution = TrustRegion::new().minimize(&problem, start, rule)?;
//! println!("{} after {} iterations", solution.reason, solution.iterations());
//!
//! // At the mean, the logarithms of the points add up to zero.
//! let sum = ball.log(solution.point(), y.clone()).sum_dim(0);
//! assert!(sum.abs().max().into_scalar::<f64>() < 1e-12);
//! # Ok::<(), geom_optim::solvers::SolverError>(())
//! ```
//!
//! # Stopping, watching, resuming
//! - Rules combine: `GradientNorm(1e-8).or(MaxIterations(500))`; see [`StoppingRule`]. The
//!   [`Solution`] says which one ended the run, and holds a record of every [`Iteration`].
//! - [`Solver::run`] takes an observer, which sees the [`State`] after each iteration and can end the
//!   run.
//! - A [`State`] is its own checkpoint: a serde value from which the run continues bit for bit.
//!
//! # References
//! Absil, Mahony, Sepulchre (2008), *Optimization Algorithms on Matrix Manifolds*; Boumal (2023), *An
//! Introduction to Optimization on Smooth Manifolds*; Nocedal, Wright (2006), *Numerical
//! Optimization*; Hager, Zhang (2006), *A survey of nonlinear conjugate gradient methods*.

mod conjugate_gradient;
mod cost;
mod curve;
mod descent;
mod error;
mod gradient_descent;
mod limited_bfgs;
mod line_search;
mod problem;
mod reason;
mod solver;
mod state;
mod stopping;
mod stored;
#[cfg(test)]
mod tests;
mod truncated_cg;
mod trust_region;

pub use conjugate_gradient::{ConjugateGradient, ConjugateGradientMemory, ConjugateRule};
pub use cost::{Cost, FiniteDifferences, SecondOrder, Smooth};
pub use error::{Quantity, SolverError};
pub use gradient_descent::{GradientDescent, GradientDescentMemory};
pub use limited_bfgs::{CurvaturePair, LimitedBfgs, LimitedBfgsMemory};
pub use line_search::{Armijo, LineSearch, PreviousStep, StrongWolfe};
pub use problem::{Evaluations, Iterate, Oracle, Problem};
pub use reason::Reason;
pub use solver::{Outcome, Solver};
pub use state::{Iteration, Memory, Solution, State};
pub use stopping::{
    And, CostBelow, GradientNorm, MaxIterations, Or, StepSize, StoppingRule, TimeLimit,
};
pub use trust_region::{TrustRegion, TrustRegionMemory};
