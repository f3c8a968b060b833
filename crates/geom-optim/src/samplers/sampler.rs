//! Parts shared by all samplers: starting, running, recording.

use burn::tensor::Tensor;
use geom_core::numerics::to_vec_f64;
use geom_core::{Manifold, SettingError};
use serde::{Deserialize, Serialize};

use super::chains::Chains;
use super::diagnostics::Estimate;
use super::error::SamplerError;
use super::target::Evaluation;

/// How long a sampler runs for each point it keeps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// The step size to begin with.
    pub step_size: f64,
    /// Iterations before the first point is kept.
    pub burn_in: usize,
    /// Iterations for each point kept.
    pub thinning: usize,
}

impl Schedule {
    pub(crate) fn check(&self) -> Result<(), SettingError> {
        let holds = self.step_size > 0.0 && self.step_size.is_finite();
        SettingError::check(holds, "step_size", self.step_size, "positive and finite")?;
        let thinning = self.thinning;
        SettingError::check(thinning > 0, "thinning", thinning, "at least 1")
    }
}

/// The record of one iteration.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Iteration {
    /// Its number, from 0, burn-in included.
    pub number: u64,
    /// Whether it belongs to the burn-in.
    pub burn_in: bool,
    /// The step size.
    pub step_size: f64,
    /// The number of chains.
    pub chains: usize,
    /// How many of them moved.
    pub accepted: usize,
    /// The mean of their acceptance probabilities.
    pub acceptance: f64,
    /// How many lost the density on the way: a move whose energy error or log-density is beyond
    /// reason, or not a number. They stayed where they were.
    pub divergent: usize,
    /// The mean of the log-densities at the end.
    pub log_density: f64,
}

/// A Markov chain Monte Carlo method.
pub trait Sampler {
    /// Where its points live.
    type Manifold: Manifold;

    /// Where its points live.
    fn manifold(&self) -> &Self::Manifold;

    /// How long it runs for each point it keeps.
    fn schedule(&self) -> Schedule;

    /// One iteration of all chains.
    ///
    /// # Shapes
    /// - `log_density`: `[..., d]` to `[..., 1]`
    ///
    /// # Panics
    /// If the log-density does not have one number per point.
    fn step<const D: usize>(
        &self,
        chains: &mut Chains<D>,
        log_density: impl FnMut(Tensor<D>) -> Tensor<D>,
    ) -> Iteration;

    /// Chains that start at `points`, with their random numbers decided by `seed`.
    ///
    /// # Shapes
    /// - `points`: `[..., d]`, every point a chain
    /// - `log_density`: `[..., d]` to `[..., 1]`
    ///
    /// # Errors
    /// [`SamplerError`] if a point is not on the manifold, or the log-density or its gradient is not
    /// finite there.
    ///
    /// # Panics
    /// If the log-density does not have one number per point.
    fn start<const D: usize>(
        &self,
        points: Tensor<D>,
        seed: u64,
        log_density: impl FnMut(Tensor<D>) -> Tensor<D>,
    ) -> Result<Chains<D>, SamplerError> {
        let points = points.without_autodiff();
        let manifold = self.manifold();
        manifold.check_point(points.clone())?;
        let density = Evaluation::at(manifold, &points, log_density);
        let values = to_vec_f64(density.log_density.clone());
        if let Some((chain, &value)) = values.iter().enumerate().find(|(_, v)| !v.is_finite()) {
            return Err(SamplerError::NoDensity { chain, value });
        }
        let finite = finite_points::<Self::Manifold, D>(density.gradient.clone());
        if let Some(chain) = finite.iter().position(|finite| !finite) {
            return Err(SamplerError::NoGradient { chain });
        }
        let step_size = self.schedule().step_size;
        Ok(Chains::new(points, density, seed, step_size))
    }

    /// Runs the chains to the end of their burn-in, if they are not there yet, and then until
    /// `draws` points of each are kept.
    ///
    /// A run of `m + n` draws is a run of `m` followed by one of `n`.
    ///
    /// # Panics
    /// If the log-density does not have one number per point.
    fn run<const D: usize>(
        &self,
        chains: &mut Chains<D>,
        draws: usize,
        mut log_density: impl FnMut(Tensor<D>) -> Tensor<D>,
    ) -> Samples<D> {
        let schedule = self.schedule();
        let mut samples = Samples {
            draws: Vec::with_capacity(draws),
            iterations: Vec::new(),
        };
        while chains.iteration < schedule.burn_in as u64 {
            samples.iterations.push(self.step(chains, &mut log_density));
        }
        for _ in 0..draws {
            for _ in 0..schedule.thinning {
                samples.iterations.push(self.step(chains, &mut log_density));
            }
            samples.draws.push(chains.points());
        }
        samples
    }
}

/// The points that a run kept, and the record of all its iterations.
#[derive(Clone, Debug)]
pub struct Samples<const D: usize> {
    /// The points kept, one tensor of all chains at a time.
    pub draws: Vec<Tensor<D>>,
    /// The record of each iteration, including burn-in.
    pub iterations: Vec<Iteration>,
}

impl<const D: usize> Samples<D> {
    fn after_burn_in(&self) -> impl Iterator<Item = &Iteration> {
        self.iterations.iter().filter(|record| !record.burn_in)
    }

    /// The share of moves that were accepted after the burn-in; NaN without any.
    pub fn acceptance_rate(&self) -> f64 {
        let (accepted, proposed) = self
            .after_burn_in()
            .fold((0, 0), |(accepted, proposed), record| {
                (accepted + record.accepted, proposed + record.chains)
            });
        accepted as f64 / proposed as f64
    }

    /// The number of divergent moves after the burn-in. More than a few say that the step size is
    /// too large for some region, which the chains then avoid.
    pub fn divergences(&self) -> usize {
        self.after_burn_in().map(|record| record.divergent).sum()
    }

    /// The expectation of a function of the point, with its standard error.
    ///
    /// # Shapes
    /// - `statistic`: `[..., d]` to `[..., 1]`
    ///
    /// # Panics
    /// If nothing was kept, or fewer than four points of each chain.
    pub fn estimate(&self, statistic: impl Fn(Tensor<D>) -> Tensor<D>) -> Estimate {
        let mut chains: Vec<Vec<f64>> = Vec::new();
        for draw in &self.draws {
            let values = to_vec_f64(statistic(draw.clone()));
            chains.resize(values.len(), Vec::new());
            for (chain, value) in chains.iter_mut().zip(values) {
                chain.push(value);
            }
        }
        Estimate::of(&chains)
    }
}

/// Which points have finite coordinates only.
pub(crate) fn finite_points<M: Manifold, const D: usize>(x: Tensor<D>) -> Vec<bool> {
    let coordinates: usize = x.dims()[D - M::POINT_RANK..].iter().product();
    to_vec_f64(x)
        .chunks(coordinates)
        .map(|point| point.iter().all(|coordinate| coordinate.is_finite()))
        .collect()
}
