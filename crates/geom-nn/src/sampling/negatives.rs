//! Negatives drawn from all nodes, uniformly or by frequency.

use rand::Rng;
use rand::distr::Distribution;
use rand_distr::weighted::WeightedAliasIndex;

use crate::positives::Positives;

/// How many draws are made for each negative wanted before fewer are returned.
const TRIES: usize = 10;

/// A node is related to every other one, so it has no negatives.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "node {node} is related to every other node, so there is nothing to rank its relations against"
)]
pub struct NoNegatives {
    /// The node.
    pub node: u32,
}

/// Draws nodes which are not related to a given node.
///
/// Uniform, or proportional to $\deg(w)^{\gamma}$ with the *dampening* $\gamma$, the law of the
/// burn-in phase.
///
/// # References
/// Nickel & Kiela (2017), section 3.2; the dampened law is the reference code's.
#[derive(Clone, Debug)]
pub struct NegativeSampler<'a> {
    positives: Positives<'a>,
    by_degree: Option<WeightedAliasIndex<f64>>,
}

impl<'a> NegativeSampler<'a> {
    /// Uniform negatives.
    ///
    /// # Errors
    /// [`NoNegatives`] if some node with relations has no negatives.
    pub fn uniform(positives: Positives<'a>) -> Result<Self, NoNegatives> {
        let nodes = positives.nodes();
        match (0..nodes as u32)
            .find(|&node| !positives.of(node).is_empty() && positives.of(node).len() + 1 >= nodes)
        {
            Some(node) => Err(NoNegatives { node }),
            None => Ok(Self {
                positives,
                by_degree: None,
            }),
        }
    }

    /// Negatives drawn in proportion to their degree raised to `dampening`; 0 is uniform.
    ///
    /// # Errors
    /// As [`uniform`](Self::uniform).
    pub fn by_degree(positives: Positives<'a>, dampening: f64) -> Result<Self, NoNegatives> {
        let uniform = Self::uniform(positives)?;
        let weights = positives
            .degrees()
            .iter()
            .map(|&degree| f64::from(degree).powf(dampening))
            .collect();
        // Fails only on weights that are all zero or not finite; then no node has a relation and
        // the law does not matter.
        Ok(Self {
            by_degree: WeightedAliasIndex::new(weights).ok(),
            ..uniform
        })
    }

    /// Appends up to `count` distinct negatives of `node` to `out`, none of which is in `out`
    /// already. Fewer when the node is related to nearly all others.
    ///
    /// Uniform draws are from `among`; draws by degree are from all nodes.
    ///
    /// # Panics
    /// If `among` is empty.
    pub fn draw(
        &self,
        node: u32,
        count: usize,
        among: &[u32],
        rng: &mut impl Rng,
        out: &mut Vec<u32>,
    ) {
        let wanted = out.len() + count;
        let mut tries = TRIES * count;
        while out.len() < wanted && tries > 0 {
            tries -= 1;
            let candidate = match &self.by_degree {
                Some(law) => law.sample(rng) as u32,
                None => among[rng.random_range(0..among.len())],
            };
            if candidate != node
                && !self.positives.contains(node, candidate)
                && !out.contains(&candidate)
            {
                out.push(candidate);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    const ALL: [u32; 6] = [0, 1, 2, 3, 4, 5];
    const OFFSETS: [usize; 7] = [0, 2, 3, 3, 3, 3, 3];
    const TARGETS: [u32; 3] = [1, 2, 2];

    #[test]
    fn a_negative_is_never_a_relation_nor_the_node_nor_drawn_twice() {
        let positives = Positives::new(&OFFSETS, &TARGETS);
        for sampler in [
            NegativeSampler::uniform(positives).unwrap(),
            NegativeSampler::by_degree(positives, 0.75).unwrap(),
        ] {
            let mut rng = ChaCha8Rng::seed_from_u64(1);
            for _ in 0..200 {
                let mut drawn = Vec::new();
                sampler.draw(0, 2, &ALL, &mut rng, &mut drawn);
                let mut distinct = drawn.clone();
                distinct.sort_unstable();
                distinct.dedup();
                assert_eq!(distinct.len(), drawn.len());
                assert!(
                    drawn.iter().all(|node| ![0, 1, 2].contains(node)),
                    "{drawn:?}"
                );
            }
        }
    }

    #[test]
    fn by_degree_draws_in_proportion_to_the_dampened_degree() {
        // Node 3 has relations to 0, 1 and 2; 0 is also related to 1: degrees 2, 2, 1, 3, 0.
        let positives = Positives::new(&[0, 1, 1, 1, 4, 4], &[1, 0, 1, 2]);
        let sampler = NegativeSampler::by_degree(positives, 1.0).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let mut counts = [0usize; 5];
        for _ in 0..20_000 {
            let mut drawn = Vec::new();
            sampler.draw(0, 1, &ALL, &mut rng, &mut drawn);
            for node in drawn {
                counts[node as usize] += 1;
            }
        }
        assert_eq!((counts[0], counts[1], counts[4]), (0, 0, 0));
        let ratio = counts[3] as f64 / counts[2] as f64;
        assert!((ratio - 3.0).abs() < 0.3, "{counts:?}");
    }

    #[test]
    fn a_node_related_to_all_others_is_an_error() {
        let positives = Positives::new(&[0, 2, 2, 2], &[1, 2]);
        assert_eq!(
            NegativeSampler::uniform(positives).unwrap_err(),
            NoNegatives { node: 0 }
        );
    }
}
