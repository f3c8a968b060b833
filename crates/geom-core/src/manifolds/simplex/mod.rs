//! Manifolds of nonnegative numbers: probabilities, rates, doubly stochastic matrices.

mod birkhoff_polytope;
mod positive_orthant;
mod probability_simplex;

pub use birkhoff_polytope::BirkhoffPolytope;
pub use positive_orthant::PositiveOrthant;
pub use probability_simplex::ProbabilitySimplex;
