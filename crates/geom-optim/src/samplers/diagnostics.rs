//! How much a run says about an expectation.

/// An expectation estimated from correlated draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The mean of all draws.
    pub mean: f64,
    /// The standard deviation of a single draw.
    pub standard_deviation: f64,
    /// How many independent draws would say as much: [`effective_sample_size`].
    pub effective_sample_size: f64,
    /// The standard deviation of the mean.
    pub standard_error: f64,
}

impl Estimate {
    /// The estimate from the draws of several chains.
    ///
    /// # Panics
    /// As [`effective_sample_size`].
    pub fn of(chains: &[Vec<f64>]) -> Self {
        let moments = Moments::of(chains);
        let effective_sample_size = effective_sample_size(chains);
        let standard_deviation = moments.variance.sqrt();
        Self {
            mean: moments.mean,
            standard_deviation,
            effective_sample_size,
            standard_error: standard_deviation / effective_sample_size.sqrt(),
        }
    }
}

/// Means and variances within and between chains.
struct Moments {
    /// Mean of each chain.
    means: Vec<f64>,
    mean: f64,
    /// The mean of the variances of the chains.
    within: f64,
    /// The variance of a draw, from the spread within and between the chains.
    variance: f64,
}

impl Moments {
    fn of(chains: &[Vec<f64>]) -> Self {
        let (m, n) = shape(chains);
        let means: Vec<f64> = chains.iter().map(|chain| mean(chain)).collect();
        let within = (0..m)
            .map(|chain| autocovariance(&chains[chain], means[chain], 0) * n / (n - 1.0))
            .sum::<f64>()
            / m as f64;
        let mean = mean(&means);
        let between = match m {
            1 => 0.0,
            _ => means.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (m as f64 - 1.0),
        };
        Self {
            means,
            mean,
            within,
            variance: within * (n - 1.0) / n + between,
        }
    }
}

/// The number of chains and of draws in each.
fn shape(chains: &[Vec<f64>]) -> (usize, f64) {
    // A variance, and one pair of autocorrelations.
    const FEWEST: usize = 4;
    let draws = chains.first().map_or(0, Vec::len);
    assert!(
        draws >= FEWEST && chains.iter().all(|chain| chain.len() == draws),
        "chains have at least {FEWEST} draws and all the same number, got {:?}",
        chains.iter().map(Vec::len).collect::<Vec<_>>()
    );
    (chains.len(), draws as f64)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn autocovariance(chain: &[f64], mean: f64, lag: usize) -> f64 {
    let products = chain[lag..].iter().zip(chain);
    products.map(|(x, y)| (x - mean) * (y - mean)).sum::<f64>() / chain.len() as f64
}

/// The number of independent draws whose mean would be as precise as that of these correlated ones:
/// draws over autocorrelation time
///
/// $$ \tau = 1 + 2\sum_{t \ge 1} \rho_t $$
///
/// with $\rho_t$ the autocorrelation at lag $t$, all chains together, so that chains which have not
/// found each other count for little.
///
/// # Numerics
/// The sum ends at the first pair $\rho_{2k} + \rho_{2k+1}$ below zero, and pairs do not grow, which
/// holds for the true ones of a reversible chain. At most draws times the logarithm (to base 10) of
/// their number are reported for chains that alternate. Draws that are all equal count as
/// independent.
///
/// # Panics
/// If there is no chain, chains differ in length, or have fewer than four draws.
///
/// # Examples
/// ```
/// use geom_optim::samplers::effective_sample_size;
///
/// // A thousand random numbers, each four times.
/// let mut state = 1u32;
/// let mut random = || {
///     state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
///     f64::from(state >> 8)
/// };
/// let chain: Vec<f64> = (0..1000).flat_map(|_| [random(); 4]).collect();
/// let size = effective_sample_size(&[chain]);
/// assert!(size > 800.0 && size < 1200.0);
/// ```
///
/// # References
/// Geyer (1992), *Practical Markov chain Monte Carlo*, §3.3; Gelman and others (2013), *Bayesian Data
/// Analysis*, §11.5.
pub fn effective_sample_size(chains: &[Vec<f64>]) -> f64 {
    let (m, n) = shape(chains);
    let draws = m as f64 * n;
    let moments = Moments::of(chains);
    if moments.variance == 0.0 {
        return draws;
    }
    let correlation = |lag: usize| {
        let covariances = chains.iter().zip(&moments.means);
        let covariance = covariances
            .map(|(chain, &mean)| autocovariance(chain, mean, lag))
            .sum::<f64>()
            / m as f64;
        1.0 - (moments.within - covariance * n / (n - 1.0)) / moments.variance
    };
    let (mut sum, mut smallest) = (0.0, f64::INFINITY);
    for lag in (0..n as usize - 1).step_by(2) {
        // At lag 0 the correlation is 1 by definition.
        let first = if lag == 0 { 1.0 } else { correlation(lag) };
        let pair = first + correlation(lag + 1);
        if pair <= 0.0 || pair.is_nan() {
            break;
        }
        smallest = pair.min(smallest);
        sum += smallest;
    }
    let time = (2.0 * sum - 1.0).max(draws.log10().recip());
    draws / time
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use rand_distr::StandardNormal;

    use super::*;

    /// Chains whose neighbors have this correlation.
    fn autoregressive(correlation: f64, chains: usize, draws: usize) -> Vec<Vec<f64>> {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let mut normal = move || -> f64 { random.sample(StandardNormal) };
        (0..chains)
            .map(|_| {
                let mut x = normal();
                (0..draws)
                    .map(|_| {
                        let fresh = normal();
                        x = correlation * x + (1.0 - correlation * correlation).sqrt() * fresh;
                        x
                    })
                    .collect()
            })
            .collect()
    }

    #[test]
    fn the_size_is_that_of_an_autoregressive_chain() {
        for correlation in [-0.5, 0.0, 0.5, 0.9] {
            let chains = autoregressive(correlation, 8, 4000);
            let expected = 8.0 * 4000.0 * (1.0 - correlation) / (1.0 + correlation);
            let ratio = effective_sample_size(&chains) / expected;
            // The estimate of an autocorrelation time from some thousands of draws.
            assert!((ratio - 1.0).abs() < 0.15, "{correlation}: {ratio}");
        }
    }

    #[test]
    fn the_standard_error_covers_the_truth() {
        // The mean is 0; 200 estimates, each from 4 chains of 200 draws.
        let chains = autoregressive(0.7, 800, 200);
        let within = chains
            .chunks(4)
            .filter(|chains| {
                let estimate = Estimate::of(chains);
                estimate.mean.abs() < 2.0 * estimate.standard_error
            })
            .count();
        // 95 percent of 200, within four standard deviations of a binomial.
        assert!((178..=200).contains(&within), "{within} of 200");
    }

    #[test]
    fn chains_apart_from_each_other_count_for_little() {
        let mut chains = autoregressive(0.0, 2, 1000);
        for x in &mut chains[1] {
            *x += 10.0;
        }
        assert!(effective_sample_size(&chains) < 20.0);
    }

    #[test]
    fn equal_draws_count_as_independent() {
        let estimate = Estimate::of(&[vec![2.0; 10], vec![2.0; 10]]);
        assert_eq!((estimate.mean, estimate.standard_error), (2.0, 0.0));
        assert_eq!(estimate.effective_sample_size, 20.0);
    }

    #[test]
    #[should_panic(expected = "at least 4 draws and all the same number, got [5, 4]")]
    fn chains_of_different_length_are_refused() {
        effective_sample_size(&[vec![0.0; 5], vec![0.0; 4]]);
    }
}
