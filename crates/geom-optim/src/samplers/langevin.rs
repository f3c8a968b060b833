//! Langevin dynamics.

use burn::config::Config;
use burn::tensor::Tensor;
use geom_core::numerics::to_vec_f64;
use geom_core::{Sample, SettingError};

use super::chains::Chains;
use super::hamiltonian::HamiltonianMonteCarloConfig;
use super::noise::Noise;
use super::sampler::{Iteration, Sampler, Schedule, finite_points};
use super::target::Evaluation;
use crate::builder::expect_valid;
use crate::geometry::Geometry;
use crate::step_map::StepMap;

/// Configuration of [`RiemannianLangevin`].
///
/// | Setting | Default | Range | Purpose |
/// |---|---|---|---|
/// | `step_size` | | positive | $\varepsilon$ in (1) |
/// | `burn_in` | 0 | | iterations before the first point is kept |
/// | `thinning` | 1 | at least 1 | iterations for each point kept |
#[derive(Config, Debug)]
pub struct RiemannianLangevinConfig {
    /// The length of a step, in units of the manifold's metric.
    pub step_size: f64,
    /// Iterations before the first point is kept.
    #[config(default = 0)]
    pub burn_in: usize,
    /// Iterations for each point kept.
    #[config(default = 1)]
    pub thinning: usize,
}

impl RiemannianLangevinConfig {
    /// The step size that Roberts and Rosenthal (1998) find the most efficient for adjusted Langevin
    /// dynamics accepts this share of moves.
    pub const OPTIMAL_ACCEPTANCE: f64 = 0.574;

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
        self.schedule().check()
    }

    /// [`try_init`](Self::try_init) for settings known to be valid.
    ///
    /// # Panics
    /// If a setting is out of range.
    pub fn init<M: Sample>(&self, manifold: M) -> RiemannianLangevin<M> {
        expect_valid(self.try_init(manifold))
    }

    /// The unadjusted sampler: every move is made.
    ///
    /// # Errors
    /// [`SettingError`], naming the first setting out of range.
    pub fn try_init<M: Sample>(&self, manifold: M) -> Result<RiemannianLangevin<M>, SettingError> {
        self.check()?;
        Ok(RiemannianLangevin {
            manifold: manifold.valid(),
            schedule: self.schedule(),
        })
    }

    /// The Metropolis-adjusted form: Hamiltonian Monte Carlo with one leapfrog step makes the same
    /// proposal, and knows when to refuse it. The step size adapts during the burn-in to
    /// [`OPTIMAL_ACCEPTANCE`](Self::OPTIMAL_ACCEPTANCE).
    ///
    /// # Examples
    /// ```
    /// use geom_core::PoincareBall;
    /// use geom_optim::samplers::RiemannianLangevinConfig;
    ///
    /// let config = RiemannianLangevinConfig::new(0.3).with_burn_in(200).adjusted();
    /// assert_eq!(config.leapfrog_steps, 1);
    /// assert!(config.try_init(PoincareBall::new(1.0)).is_ok());
    /// ```
    pub fn adjusted(&self) -> HamiltonianMonteCarloConfig {
        HamiltonianMonteCarloConfig::new()
            .with_step_size(self.step_size)
            .with_leapfrog_steps(1)
            .with_jitter(0.0)
            .with_target_acceptance(Some(Self::OPTIMAL_ACCEPTANCE))
            .with_burn_in(self.burn_in)
            .with_thinning(self.thinning)
    }
}

/// Langevin dynamics with the exponential map, unadjusted: stochastic-gradient Langevin dynamics on
/// a manifold.
///
/// With $p$ the density and $\varepsilon$ the step size:
///
/// $$ x_{t+1} = \exp_{x_t}\Bigl(\tfrac{\varepsilon^2}2 \operatorname{grad}\log p(x_t)
///      {}+ \varepsilon\\,\xi_t\Bigr), \qquad \xi_t \sim \mathcal N(0, I) \text{ in } T_{x_t}M
///      \qquad (1) $$
///
/// Every move is made, so the law of the points is off by $O(\varepsilon^2)$: the normal distribution
/// comes out with variance $1/(1 - \varepsilon^2/4)$. In exchange the density may be estimated
/// afresh in each iteration, from a minibatch scaled up to the whole data set; its gradient must be
/// unbiased, and its noise small beside $1/\varepsilon$. For steps that decrease, as convergence to
/// the exact law asks, see [`Chains::set_step_size`]. For the exact law at any step size there is
/// [`adjusted`](RiemannianLangevinConfig::adjusted).
///
/// A move that ends at a point, density or gradient that is not finite counts as divergent and is
/// not made.
///
/// # Cost
/// One gradient of the log-density in each iteration.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::Euclidean;
/// use geom_optim::samplers::{RiemannianLangevinConfig, Sampler};
///
/// let normal = |x: Tensor<2>| x.square().sum_dim(1).mul_scalar(-0.5);
/// let config = RiemannianLangevinConfig::new(0.8).with_burn_in(20);
/// let sampler = config.try_init(Euclidean::new())?;
/// let start = Tensor::zeros([200, 1], &Device::default());
/// let mut chains = sampler.start(start, 3, normal)?;
///
/// let square = sampler.run(&mut chains, 50, normal).estimate(|x| x.square());
/// let expected = 1.0 / (1.0 - 0.8f64.powi(2) / 4.0);
/// assert!((square.mean - expected).abs() < 5.0 * square.standard_error);
/// # Ok::<(), geom_optim::samplers::SamplerError>(())
/// ```
///
/// # References
/// Welling and Teh (2011), *Bayesian learning via stochastic gradient Langevin dynamics*, equation 4
/// with $\varepsilon^2$ for their step size; Girolami and Calderhead (2011), *Riemann manifold
/// Langevin and Hamiltonian Monte Carlo methods*.
#[derive(Clone, Debug)]
pub struct RiemannianLangevin<M> {
    manifold: M,
    schedule: Schedule,
}

impl<M: Sample> Sampler for RiemannianLangevin<M> {
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
        let (manifold, number, step_size) = (&self.manifold, chains.iteration, chains.step_size);
        let x = chains.points();
        let noise = Noise::new(chains.seed, number).normal_like(&x);
        let noise = manifold.tangent_from_normal(x.clone(), noise);
        let drift = chains.density.gradient.clone();
        let v = drift.mul_scalar(step_size * step_size / 2.0) + noise.mul_scalar(step_size);
        let end = Geometry::of(manifold).flow(StepMap::ExponentialMap, x, v, 1.0);
        let density = Evaluation::at(manifold, &end, log_density);

        let finite = finite_points::<M, D>(end.clone());
        let gradients = finite_points::<M, D>(density.gradient.clone());
        let densities = to_vec_f64(density.log_density.clone());
        let made: Vec<bool> = finite
            .into_iter()
            .zip(gradients)
            .zip(densities)
            .map(|((point, gradient), density)| point && gradient && density.is_finite())
            .collect();
        chains.accept(&made, end, density);
        chains.iteration += 1;

        let accepted = made.iter().filter(|&&made| made).count();
        Iteration {
            number,
            burn_in: number < self.schedule.burn_in as u64,
            step_size,
            chains: made.len(),
            accepted,
            acceptance: accepted as f64 / made.len() as f64,
            divergent: made.len() - accepted,
            log_density: chains.mean_log_density(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_out_of_range_is_named() {
        let setting = |config: RiemannianLangevinConfig| config.check().map_err(|e| e.field);
        assert_eq!(setting(RiemannianLangevinConfig::new(0.1)), Ok(()));
        for step_size in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let config = RiemannianLangevinConfig::new(step_size);
            assert_eq!(setting(config), Err("step_size"));
        }
        let config = RiemannianLangevinConfig::new(0.1).with_thinning(0);
        assert_eq!(setting(config), Err("thinning"));
    }
}
