//! What points scattered at random score.

use geom_nn::Positives;
use serde::Serialize;

use crate::chance::{average_precision, harmonic};

/// The scores of an embedding in which every order of the other nodes is as likely, on average over all of
/// them; see [`Reconstruction`](geom_nn::metrics::Reconstruction) for the scores.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Chance {
    /// Of a relation of a node with $k$ relations among $n$ nodes $1 + (n - 1 - k)/2$: half of the nodes that
    /// are none are nearer.
    pub mean_rank: f64,
    /// The mean over nodes of the average precision of a random order.
    pub map: f64,
}

/// What guessing scores on these relations, in closed form; none if there are no relations.
///
/// # Examples
/// ```
/// use geom_nn::Positives;
/// use geom_train::embedding::chance;
///
/// // One relation among three nodes: the other node is nearer half the time.
/// let guessed = chance(Positives::new(&[0, 1, 1, 1], &[1])).unwrap();
/// assert_eq!((guessed.mean_rank, guessed.map), (1.5, 0.75));
/// ```
pub fn chance(positives: Positives<'_>) -> Option<Chance> {
    let others = positives.nodes().saturating_sub(1);
    let of_all = harmonic(others);
    let (mut ranks, mut precision, mut nodes) = (0.0, 0.0, 0usize);
    for node in 0..positives.nodes() as u32 {
        let count = positives.of(node).len();
        if count > 0 {
            ranks += count as f64 * (1.0 + (others - count) as f64 / 2.0);
            precision += average_precision(count, others, of_all);
            nodes += 1;
        }
    }
    (nodes > 0).then(|| Chance {
        mean_rank: ranks / positives.relations() as f64,
        map: precision / nodes as f64,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::embedding::{Extent, Space, Table, evaluate};

    #[test]
    fn points_scattered_at_random_score_it_on_average() {
        const NODES: usize = 60;
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let (mut offsets, mut targets) = (vec![0], Vec::new());
        for node in 0..NODES as u32 {
            targets.extend((0..node / 3).filter(|other| (node + other).is_multiple_of(2)));
            offsets.push(targets.len());
        }
        let positives = Positives::new(&offsets, &targets);
        let guessed = chance(positives).unwrap();
        let (mut mean_rank, mut map) = (0.0, 0.0);
        const TRIALS: usize = 300;
        for _ in 0..TRIALS {
            // On a circle, where no point is nearer to the others than any.
            let angles = (0..NODES).map(|_| rng.random_range(0.0..std::f64::consts::TAU));
            let points = angles.flat_map(|angle: f64| [angle.cos(), angle.sin()]);
            let watch: (_, &(dyn Fn(u64, u64) + Sync)) = (&AtomicBool::new(false), &|_, _| {});
            let table = Table::F64(points.collect());
            let space = (Space::Euclidean, 2);
            let scores = evaluate(&table, space, positives, Extent::All, 1, watch).unwrap();
            mean_rank += scores.scores.mean_rank / TRIALS as f64;
            map += scores.scores.map / TRIALS as f64;
        }
        // The means of 300 trials scatter by 0.1 and 0.001.
        assert!(
            (mean_rank - guessed.mean_rank).abs() < 0.5,
            "{mean_rank} {guessed:?}"
        );
        assert!((map - guessed.map).abs() < 0.005, "{map} {guessed:?}");
    }

    #[test]
    fn without_relations_there_is_nothing_to_guess() {
        assert_eq!(chance(Positives::new(&[0, 0, 0], &[])), None);
    }
}
