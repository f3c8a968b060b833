//! Markov chains on manifolds: points drawn from a density that is known up to a factor.
//!
//! | Sampler | Use it for | Law of its points |
//! |---|---|---|
//! | [`HamiltonianMonteCarlo`] | any smooth density; long moves, few rejections | the density, exactly |
//! | [Langevin, adjusted](RiemannianLangevinConfig::adjusted) | cheap gradients, short moves | the density, exactly |
//! | [`RiemannianLangevin`] | gradients from minibatches; the posterior of a large data set | the density, up to a bias that falls with the step |
//!
//! # The density
//!
//! A closure from points to **log-densities with respect to the Riemannian volume**, up to a
//! constant. A density $q$ with respect to the Lebesgue measure of coordinates becomes
//! $\log q(x) - \tfrac12\log\det G(x)$; on the Poincaré ball that is
//! $\log q(x) - d\log\lambda_x$. The closure is differentiated by automatic differentiation. It may
//! change between calls, as minibatches do, for the unadjusted sampler only.
//!
//! # Shapes
//! All chains advance together: `points` is `[..., d]`, every point a chain, and the closure returns
//! `[..., 1]`, as [`Manifold::distance`](geom_core::Manifold::distance) does. Nothing passes from
//! chain to chain but the step size, which is adapted to all of them.
//!
//! # Randomness
//! The noise of iteration $t$ is the stream $t$ of a ChaCha generator with the seed of the chains.
//! Burn's own generator is neither read nor moved, and chains that were
//! [saved](Chains::save) and loaded go on bit for bit.
//!
//! # Examples
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use geom_core::{Manifold, PoincareBall};
//! use geom_optim::samplers::{HamiltonianMonteCarloConfig, Sampler};
//!
//! // The Riemannian normal distribution with standard deviation one half.
//! let ball = PoincareBall::new(1.0);
//! let center = Tensor::<2>::from_floats([[0.3, -0.2]], &Device::default());
//! let log_density = {
//!     let (ball, center) = (ball.clone(), center.clone());
//!     move |x| ball.distance(x, center.clone()).square().mul_scalar(-2.0)
//! };
//!
//! let sampler = HamiltonianMonteCarloConfig::new()
//!     .with_leapfrog_steps(4)
//!     .with_burn_in(50)
//!     .try_init(ball.clone())?;
//! let start = Tensor::zeros([32, 2], &Device::default());
//! let mut chains = sampler.start(start, 7, &log_density)?;
//! let samples = sampler.run(&mut chains, 50, &log_density);
//!
//! let distance = samples.estimate(|x| ball.distance(x, center.clone()));
//! // The mean distance is 0.653, by quadrature.
//! assert!((distance.mean - 0.653).abs() < 5.0 * distance.standard_error);
//! assert!(samples.acceptance_rate() > 0.3);
//! # Ok::<(), geom_optim::samplers::SamplerError>(())
//! ```
//!
//! # References
//! Girolami and Calderhead (2011), *Riemann manifold Langevin and Hamiltonian Monte Carlo methods*;
//! Byrne and Girolami (2013), *Geodesic Monte Carlo on embedded manifolds*; Welling and Teh (2011),
//! *Bayesian learning via stochastic gradient Langevin dynamics*; Hoffman and Gelman (2014), *The
//! No-U-Turn sampler*, for the adaptation of the step size.

mod chains;
mod diagnostics;
mod dual_averaging;
mod error;
mod hamiltonian;
mod langevin;
mod leapfrog;
mod noise;
mod sampler;
mod target;

pub use chains::Chains;
pub use diagnostics::{Estimate, effective_sample_size};
pub use error::SamplerError;
pub use hamiltonian::{HamiltonianMonteCarlo, HamiltonianMonteCarloConfig};
pub use langevin::{RiemannianLangevin, RiemannianLangevinConfig};
pub use leapfrog::{Phase, geodesic_leapfrog};
pub use sampler::{Iteration, Sampler, Samples, Schedule};
