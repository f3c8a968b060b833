//! The adaptation of the step size.

use burn::optim::{RecordState, StateSink, StateSource};
use burn::tensor::Device;

/// Pulls the step size towards the target: the smaller, the further early steps stray (γ).
const PULL: f64 = 0.05;
/// Early iterations count less: as if so many had gone before ($t_0$).
const DELAY: f64 = 10.0;
/// How fast the average forgets the early step sizes (κ).
const FORGETTING: f64 = 0.75;
/// The first guess, in units of the initial step size ($\mu = \log 10\\,\varepsilon_0$): it is cheap to
/// find out that a step was too long.
const OPTIMISM: f64 = 10.0;
/// The step size stays within this factor of the first guess. Under a uniform density every move is
/// accepted, and it would grow without end.
const RANGE: f64 = 1e4;

/// Dual averaging of the logarithm of the step size.
///
/// With $\alpha_m$ the mean acceptance probability of iteration $m$ and $\delta$ the target:
///
/// $$
/// \begin{aligned}
/// \bar H_m &= \Bigl(1 - \tfrac1{m + t_0}\Bigr)\bar H_{m-1} + \tfrac1{m + t_0}(\delta - \alpha_m) && (1)\\\\
/// \log\varepsilon_{m+1} &= \mu - \tfrac{\sqrt m}{\gamma}\\,\bar H_m && (2)\\\\
/// \log\bar\varepsilon_m &= m^{-\kappa}\log\varepsilon_{m+1} + (1 - m^{-\kappa})\log\bar\varepsilon_{m-1} && (3)
/// \end{aligned}
/// $$
///
/// # References
/// Hoffman and Gelman (2014), *The No-U-Turn sampler*, §3.2 with its constants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct DualAveraging {
    /// $\mu$.
    guess: f64,
    /// $\bar H$.
    shortfall: f64,
    /// $\log\bar\varepsilon$.
    log_average: f64,
    updates: u64,
}

impl DualAveraging {
    pub(crate) fn new(step_size: f64) -> Self {
        Self {
            guess: (OPTIMISM * step_size).ln(),
            shortfall: 0.0,
            log_average: step_size.ln(),
            updates: 0,
        }
    }

    /// The step size to try next.
    pub(crate) fn update(&mut self, acceptance: f64, target: f64) -> f64 {
        self.updates += 1;
        let m = self.updates as f64;
        let weight = (m + DELAY).recip();
        self.shortfall = (1.0 - weight) * self.shortfall + weight * (target - acceptance);
        let away = (m.sqrt() / PULL * self.shortfall).clamp(-RANGE.ln(), RANGE.ln());
        let log_step = self.guess - away;
        let share = m.powf(-FORGETTING);
        self.log_average = share * log_step + (1.0 - share) * self.log_average;
        log_step.exp()
    }

    /// The step size to keep.
    pub(crate) fn average(&self) -> f64 {
        self.log_average.exp()
    }
}

impl RecordState for DualAveraging {
    fn state_flatten(&self, prefix: &str, out: &mut StateSink) {
        out.push_scalar(prefix, "guess", self.guess.into());
        out.push_scalar(prefix, "shortfall", self.shortfall.into());
        out.push_scalar(prefix, "log_average", self.log_average.into());
        out.push_scalar(prefix, "updates", self.updates.into());
    }

    fn state_unflatten(prefix: &str, source: &mut StateSource, _device: &Device) -> Option<Self> {
        Some(Self {
            guess: source.take_scalar(prefix, "guess")?.try_into().ok()?,
            shortfall: source.take_scalar(prefix, "shortfall")?.try_into().ok()?,
            log_average: source.take_scalar(prefix, "log_average")?.try_into().ok()?,
            updates: source.take_scalar(prefix, "updates")?.try_into().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The acceptance probability of a step.
    fn acceptance(step_size: f64) -> f64 {
        (-step_size).exp()
    }

    /// The acceptance probability that a thousand iterations settle at.
    fn settle(first: f64, target: f64) -> f64 {
        let mut adaptation = DualAveraging::new(first);
        let mut step_size = first;
        for _ in 0..1000 {
            step_size = adaptation.update(acceptance(step_size), target);
        }
        acceptance(adaptation.average())
    }

    /// Equation (2) keeps the step at its place only while (1) falls as $1/\sqrt m$, so after $m$
    /// iterations the acceptance is off by $\gamma|\mu - \log\varepsilon|/2\sqrt m$: 0.007 for a guess
    /// off by a factor of 5000. The average remembers a little more.
    const MEMORY: f64 = 0.02;

    #[test]
    fn it_finds_the_step_size_of_the_target_from_above_and_from_below() {
        for target in [0.5_f64, 0.65, 0.9] {
            for first in [1e-3, 0.3, 50.0] {
                let error = settle(first, target) - target;
                assert!(error.abs() < MEMORY, "{first} to {target}: {error}");
            }
        }
    }

    #[test]
    fn the_step_size_stays_finite_where_everything_is_accepted_or_nothing() {
        for acceptance in [0.0, 1.0] {
            let mut adaptation = DualAveraging::new(0.1);
            for _ in 0..10_000 {
                let step_size = adaptation.update(acceptance, 0.65);
                assert!((0.9 / RANGE..1.1 * RANGE).contains(&step_size));
            }
        }
    }
}
