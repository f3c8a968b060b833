//! Hamiltonian Monte Carlo.

use burn::config::Config;
use burn::tensor::Tensor;
use geom_core::numerics::to_vec_f64;
use geom_core::{ParallelTransport, Sample, SettingError};

use super::chains::Chains;
use super::leapfrog::{Phase, geodesic_leapfrog};
use super::noise::Noise;
use super::sampler::{Iteration, Sampler, Schedule};
use crate::builder::expect_valid;

/// A move that loses this much energy is divergent: no integrator that follows the dynamics is off by
/// that, and $e^{-1000}$ is 0. Stan draws the line here too.
const DIVERGENCE: f64 = 1000.0;

/// Configuration of [`HamiltonianMonteCarlo`].
///
/// | Setting | Default | Range | Purpose |
/// |---|---|---|---|
/// | `step_size` | 0.1 | positive | $\varepsilon$ in (2), to begin with |
/// | `leapfrog_steps` | 10 | at least 1 | $L$ in (2) |
/// | `jitter` | 0.1 | [0, 1) | relative spread of the step size, drawn anew in each iteration: no orbit can come back to its start every time |
/// | `target_acceptance` | 0.65 | (0, 1), or none | the step size adapts to it during the burn-in; none keeps it |
/// | `burn_in` | 500 | | iterations before the first point is kept |
/// | `thinning` | 1 | at least 1 | iterations for each point kept |
#[derive(Config, Debug)]
pub struct HamiltonianMonteCarloConfig {
    /// The length of a leapfrog step in units of time: in the metric's units at unit speed.
    #[config(default = 0.1)]
    pub step_size: f64,
    /// Leapfrog steps of one move.
    #[config(default = 10)]
    pub leapfrog_steps: usize,
    /// Relative spread of the step size, in [0, 1).
    #[config(default = 0.1)]
    pub jitter: f64,
    /// The mean acceptance probability that the step size adapts to.
    #[config(default = "Some(0.65)")]
    pub target_acceptance: Option<f64>,
    /// Iterations before the first point is kept.
    #[config(default = 500)]
    pub burn_in: usize,
    /// Iterations for each point kept.
    #[config(default = 1)]
    pub thinning: usize,
}

impl HamiltonianMonteCarloConfig {
    fn schedule(&self) -> Schedule {
        Schedule {
            step_size: self.step_size,
            burn_in: self.burn_in,
            thinning: self.thinning,
        }
    }

    /// Checks that every setting is in its range.
    ///
    /// # Errors
    /// [`SettingError`], naming the first one that is not.
    pub fn check(&self) -> Result<(), SettingError> {
        self.schedule().check()?;
        let steps = self.leapfrog_steps;
        SettingError::check(steps > 0, "leapfrog_steps", steps, "at least 1")?;
        let holds = (0.0..1.0).contains(&self.jitter);
        SettingError::check(holds, "jitter", self.jitter, "at least 0 and below 1")?;
        if let Some(target) = self.target_acceptance {
            let holds = target > 0.0 && target < 1.0;
            let rule = "above 0 and below 1";
            SettingError::check(holds, "target_acceptance", target, rule)?;
        }
        Ok(())
    }

    /// [`try_init`](Self::try_init) for settings known to be valid.
    ///
    /// # Panics
    /// If a setting is out of range.
    pub fn init<M: ParallelTransport + Sample>(&self, manifold: M) -> HamiltonianMonteCarlo<M> {
        expect_valid(self.try_init(manifold))
    }

    /// The sampler.
    ///
    /// # Errors
    /// [`SettingError`], naming the first setting out of range.
    pub fn try_init<M: ParallelTransport + Sample>(
        &self,
        manifold: M,
    ) -> Result<HamiltonianMonteCarlo<M>, SettingError> {
        self.check()?;
        Ok(HamiltonianMonteCarlo {
            manifold: manifold.valid(),
            schedule: self.schedule(),
            leapfrog_steps: self.leapfrog_steps,
            jitter: self.jitter,
            target_acceptance: self.target_acceptance,
        })
    }
}

/// Hamiltonian Monte Carlo with the geodesic leapfrog.
///
/// With $p$ the density with respect to the Riemannian volume, each iteration draws a velocity, lets
/// the point move as a particle in the potential $-\log p$, and accepts where it ends by the error
/// of the energy $H(x, v) = \tfrac12\lVert v\rVert_x^2 - \log p(x)$:
///
/// $$
/// \begin{aligned}
/// v &\sim \mathcal N(0, I) \text{ in } T_xM && (1)\\\\
/// (x', v') &= L \text{ leapfrog steps of length } \varepsilon \text{ from } (x, v) && (2)\\\\
/// x &\leftarrow x' \text{ with probability } \min\bigl(1, e^{H(x, v) - H(x', v')}\bigr) && (3)
/// \end{aligned}
/// $$
///
/// The steps of (2) are those of [`geodesic_leapfrog`], which keeps phase-space volume and is
/// reversible, so $p$ is the law of the chain exactly, whatever the step size. During the burn-in
/// the step size follows the acceptance probability by dual averaging; afterwards it stays at the
/// average. Metropolis-adjusted [Langevin dynamics](super::RiemannianLangevinConfig::adjusted) is the
/// case $L = 1$.
///
/// # Domain
/// Complete manifolds whose `exp` and parallel transport are exact, and a density that does not
/// change between calls. Points that reach the outermost ones of the number format are cut off there,
/// where no density that can be normalized is left to speak of.
///
/// # Numerics
/// Energies are compared in the number format of the points: in `f32` a log-density of size 1e4
/// carries an error of 1e-3, which is an error of that size in the acceptance probability.
///
/// # Cost
/// $L$ gradients of the log-density in each iteration.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::Euclidean;
/// use geom_optim::samplers::{HamiltonianMonteCarloConfig, Sampler};
///
/// let normal = |x: Tensor<2>| x.square().sum_dim(1).mul_scalar(-0.5);
/// let config = HamiltonianMonteCarloConfig::new().with_leapfrog_steps(3).with_burn_in(100);
/// let sampler = config.try_init(Euclidean::new())?;
/// let start = Tensor::zeros([100, 8], &Device::default());
/// let mut chains = sampler.start(start, 3, normal)?;
///
/// let samples = sampler.run(&mut chains, 50, normal);
/// let square = samples.estimate(|x| x.square().sum_dim(1));
/// assert!((square.mean - 8.0).abs() < 5.0 * square.standard_error);
/// assert!(samples.acceptance_rate() > 0.5);
/// assert_eq!(samples.divergences(), 0);
/// # Ok::<(), geom_optim::samplers::SamplerError>(())
/// ```
///
/// # References
/// Byrne and Girolami (2013), *Geodesic Monte Carlo on embedded manifolds*; Girolami and Calderhead
/// (2011), *Riemann manifold Langevin and Hamiltonian Monte Carlo methods*; Hoffman and Gelman (2014),
/// *The No-U-Turn sampler*, algorithm 5.
#[derive(Clone, Debug)]
pub struct HamiltonianMonteCarlo<M> {
    manifold: M,
    schedule: Schedule,
    leapfrog_steps: usize,
    jitter: f64,
    target_acceptance: Option<f64>,
}

impl<M: ParallelTransport + Sample> Sampler for HamiltonianMonteCarlo<M> {
    type Manifold = M;

    fn manifold(&self) -> &M {
        &self.manifold
    }

    fn schedule(&self) -> Schedule {
        self.schedule
    }

    fn step<const D: usize>(
        &self,
        chains: &mut Chains<D>,
        log_density: impl FnMut(Tensor<D>) -> Tensor<D>,
    ) -> Iteration {
        let (manifold, number) = (&self.manifold, chains.iteration);
        let mut noise = Noise::new(chains.seed, number);
        let step_size = chains.step_size * (1.0 + self.jitter * (2.0 * noise.uniform() - 1.0));
        let x = chains.points();
        let normal = noise.normal_like(&x);
        let start = Phase {
            v: manifold.tangent_from_normal(x.clone(), normal),
            x,
            density: chains.density.clone(),
        };
        let energy = start.energy(manifold);
        let end = geodesic_leapfrog(manifold, start, step_size, self.leapfrog_steps, log_density);
        let log_ratios = to_vec_f64(energy - end.energy(manifold));

        let moves: Vec<Move> = log_ratios
            .into_iter()
            .map(|log_ratio| Move::of(log_ratio, noise.uniform()))
            .collect();
        let accepted: Vec<bool> = moves.iter().map(|one| one.accepted).collect();
        chains.accept(&accepted, end.x, end.density);
        chains.iteration += 1;

        let count = moves.len();
        let acceptance = moves.iter().map(|one| one.probability).sum::<f64>() / count as f64;
        let burn_in = number < self.schedule.burn_in as u64;
        if let (true, Some(target)) = (burn_in, self.target_acceptance) {
            self.adapt(chains, acceptance, target);
        }
        Iteration {
            number,
            burn_in,
            step_size,
            chains: count,
            accepted: moves.iter().filter(|one| one.accepted).count(),
            acceptance,
            divergent: moves.iter().filter(|one| one.divergent).count(),
            log_density: chains.mean_log_density(),
        }
    }
}

impl<M> HamiltonianMonteCarlo<M> {
    /// Sets the step size of the next iteration: the next one to try, or at the end of the burn-in
    /// the one to keep.
    fn adapt<const D: usize>(&self, chains: &mut Chains<D>, acceptance: f64, target: f64) {
        let next = chains.adaptation.update(acceptance, target);
        let finished = chains.iteration == self.schedule.burn_in as u64;
        chains.step_size = match finished {
            true => chains.adaptation.average(),
            false => next,
        };
    }
}

/// What became of one chain's proposal.
struct Move {
    probability: f64,
    accepted: bool,
    divergent: bool,
}

impl Move {
    /// Decides by $H - H'$ and a number uniform in [0, 1).
    fn of(log_ratio: f64, uniform: f64) -> Self {
        // An infinite density at the end is as wrong as none, and so is what is not a number.
        let divergent = !(log_ratio >= -DIVERGENCE && log_ratio.is_finite());
        let probability = match divergent {
            true => 0.0,
            false => log_ratio.min(0.0).exp(),
        };
        Self {
            probability,
            accepted: uniform < probability,
            divergent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_move_is_accepted_with_the_ratio_of_the_densities() {
        let half = 0.5f64.ln();
        assert!(Move::of(half, 0.499).accepted && !Move::of(half, 0.501).accepted);
        assert!(Move::of(0.3, 0.999).accepted && Move::of(0.0, 0.999).accepted);
        assert!((Move::of(half, 0.0).probability - 0.5).abs() < 1e-15);
    }

    #[test]
    fn a_move_without_a_finite_energy_is_divergent_and_refused() {
        for log_ratio in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1001.0] {
            let refused = Move::of(log_ratio, 0.0);
            assert!(refused.divergent && !refused.accepted, "{log_ratio}");
            assert_eq!(refused.probability, 0.0);
        }
        assert!(!Move::of(-999.0, 0.5).divergent);
    }

    #[test]
    fn a_setting_out_of_range_is_named() {
        let setting = |config: HamiltonianMonteCarloConfig| config.check().map_err(|e| e.field);
        let config = HamiltonianMonteCarloConfig::new;
        assert_eq!(setting(config()), Ok(()));
        assert_eq!(setting(config().with_step_size(0.0)), Err("step_size"));
        assert_eq!(
            setting(config().with_leapfrog_steps(0)),
            Err("leapfrog_steps")
        );
        assert_eq!(setting(config().with_jitter(1.0)), Err("jitter"));
        assert_eq!(setting(config().with_thinning(0)), Err("thinning"));
        for target in [0.0, 1.0, f64::NAN] {
            let config = config().with_target_acceptance(Some(target));
            assert_eq!(setting(config), Err("target_acceptance"));
        }
    }
}
