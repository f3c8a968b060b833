//! One problem, all solvers.

use std::fmt::Write;

use burn::tensor::Tensor;
use geom_core::Manifold;
use geom_optim::solvers::{
    ConjugateGradient, ConjugateRule, GradientDescent, GradientNorm, LimitedBfgs, MaxIterations,
    Problem, SecondOrder, Solver, StoppingRule, TrustRegion,
};

/// Iterations that each solver may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    pub(crate) gradient_descent: usize,
    pub(crate) fletcher_reeves: usize,
    pub(crate) polak_ribiere_plus: usize,
    pub(crate) hestenes_stiefel: usize,
    pub(crate) hager_zhang: usize,
    pub(crate) limited_bfgs: usize,
    pub(crate) trust_region: usize,
}

/// A problem with its start and the accuracy to reach.
pub(crate) struct Case<const D: usize, M, C> {
    pub(crate) problem: Problem<M, C>,
    pub(crate) start: Tensor<D>,
    /// Norm of the gradient.
    pub(crate) accuracy: f64,
    pub(crate) budget: Budget,
}

impl<const D: usize, M: Manifold, C: SecondOrder<D>> Case<D, M, C> {
    /// Runs every solver, and `check` on what each found.
    ///
    /// # Panics
    /// If a solver does not reach the accuracy within its budget; with all that do not.
    pub(crate) fn solve(&self, check: impl Fn(Tensor<D>)) {
        let budget = self.budget;
        let mut failures = String::new();
        let mut attempt = |result: Result<Tensor<D>, String>| match result {
            Ok(point) => check(point),
            Err(failure) => writeln!(failures, "{failure}").expect("a string takes all text"),
        };
        attempt(self.reach("steepest", GradientDescent::new(), budget.gradient_descent));
        let rules = [
            (ConjugateRule::FletcherReeves, budget.fletcher_reeves),
            (ConjugateRule::PolakRibierePlus, budget.polak_ribiere_plus),
            (ConjugateRule::HestenesStiefel, budget.hestenes_stiefel),
            (ConjugateRule::HagerZhang, budget.hager_zhang),
        ];
        for (rule, iterations) in rules {
            let solver = ConjugateGradient::new().with_rule(rule);
            attempt(self.reach(&format!("{rule:?}"), solver, iterations));
        }
        attempt(self.reach("L-BFGS", LimitedBfgs::new(), budget.limited_bfgs));
        attempt(self.reach("trust region", TrustRegion::new(), budget.trust_region));
        assert!(failures.is_empty(), "out of budget:\n{failures}");
    }

    fn reach<S: Solver<D, M, C>>(
        &self,
        name: &str,
        solver: S,
        iterations: usize,
    ) -> Result<Tensor<D>, String> {
        let rule = GradientNorm(self.accuracy).or(MaxIterations(iterations));
        let solution = solver
            .minimize(&self.problem, self.start.clone(), rule)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        match solution.gradient_norm() <= self.accuracy {
            true => Ok(solution.point()),
            false => Err(format!(
                "{name}: {} after {} iterations, at a gradient of {:e}",
                solution.reason,
                solution.iterations(),
                solution.gradient_norm(),
            )),
        }
    }
}
