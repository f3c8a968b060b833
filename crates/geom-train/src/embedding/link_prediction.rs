//! How well distances predict relations that were held out.

use std::sync::atomic::AtomicBool;

use geom_kernels::real::Real;
use geom_nn::Positives;
use geom_nn::metrics::{FilteredRelations, roc_auc};
use geom_nn::sampling::NegativeSampler;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::evaluation::{Evaluation, Extent, evaluate_filtered, metric};
use super::held_out::{HeldOut, HeldOutPart};
use super::settings::Space;
use super::table::Table;

/// How well distances tell held-out relations from pairs that are none.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct LinkPrediction {
    /// Ranks and precision of the held-out relations among all nodes that are no relation, held out or
    /// not.
    pub ranks: Evaluation,
    /// How often a held-out relation is nearer than a pair that is none; absent where there are no such
    /// pairs.
    pub roc_auc: Option<f64>,
    /// The pairs that are none: for each held-out relation of a node, another node drawn at random.
    pub negatives: usize,
}

/// Ranks the held-out relations of a part; see [`LinkPrediction`]. None if the part is empty, or `stop` is
/// raised before the end.
///
/// `progress` is called, from any worker, with the nodes just done and the nodes there will be.
pub fn predict_links(
    points: &Table,
    (space, dim): (Space, usize),
    held_out: &HeldOut,
    part: HeldOutPart,
    extent: Extent,
    threads: usize,
    watch: (&AtomicBool, &(dyn Fn(u64, u64) + Sync)),
) -> Option<LinkPrediction> {
    let (ranked, known) = (held_out.part(part), held_out.known());
    let filtered = FilteredRelations { ranked, known };
    let ranks = evaluate_filtered(points, (space, dim), filtered, extent, threads, watch)?;
    let negatives = negatives(filtered, held_out.settings().split_seed);
    let width = space.width(dim);
    let (near, far) = match points {
        Table::F32(values) => separation(values, (space, width), ranked, &negatives),
        Table::F64(values) => separation(values, (space, width), ranked, &negatives),
    };
    Some(LinkPrediction {
        ranks,
        roc_auc: roc_auc(&near, &far).ok(),
        negatives: negatives.len(),
    })
}

/// For each ranked relation of a node another node that is no known one, distinct for each node; fewer
/// where there are hardly any.
fn negatives(
    FilteredRelations { ranked, known }: FilteredRelations<'_>,
    seed: u64,
) -> Vec<(u32, u32)> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let all: Vec<u32> = (0..known.nodes() as u32).collect();
    let Ok(sampler) = NegativeSampler::uniform(known) else {
        return Vec::new();
    };
    let (mut pairs, mut drawn) = (Vec::new(), Vec::new());
    for node in ranked.sources() {
        drawn.clear();
        sampler.draw(node, ranked.of(node).len(), &all, &mut rng, &mut drawn);
        pairs.extend(drawn.iter().map(|&other| (node, other)));
    }
    pairs
}

/// How near the ranked relations are, and the negatives: their distances with the sign changed.
fn separation<T: Real>(
    values: &[T],
    (space, width): (Space, usize),
    ranked: Positives<'_>,
    negatives: &[(u32, u32)],
) -> (Vec<f64>, Vec<f64>) {
    let point = |node: u32| &values[node as usize * width..][..width];
    let near = |&(u, v): &(u32, u32)| -metric(space).distance(point(u), point(v));
    let relations = ranked.sources().into_iter().flat_map(|node| {
        let targets = ranked.of(node).iter();
        targets.map(move |&target| (node, target))
    });
    let relations: Vec<(u32, u32)> = relations.collect();
    (
        relations.iter().map(near).collect(),
        negatives.iter().map(near).collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::holdout::{HoldoutRule, HoldoutSettings};
    use super::*;
    use geom_data::Relations;

    /// A chain of five with its closure, and a stranger; on a line.
    fn chain() -> (Relations, HeldOut, Table) {
        let chain = (1..5u32).flat_map(|u| (0..u).map(move |v| (format!("n{u}"), format!("n{v}"))));
        let others = [("z1".to_owned(), "z0".to_owned())];
        let all = Relations::from_pairs(chain.chain(others));
        let settings = HoldoutSettings {
            validation: 0.1,
            test: 0.4,
            keep: None,
            rule: HoldoutRule::Implied,
            split_seed: 5,
        };
        let (train, held_out) = settings.split(&all).unwrap();
        let places = vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.5, 50.0];
        (train, held_out, Table::F64(places))
    }

    fn predict(held_out: &HeldOut, table: &Table, part: HeldOutPart) -> LinkPrediction {
        let never = AtomicBool::new(false);
        let flat = (Space::Euclidean, 1);
        let watch: (_, &(dyn Fn(u64, u64) + Sync)) = (&never, &|_, _| {});
        predict_links(table, flat, held_out, part, Extent::All, 1, watch).unwrap()
    }

    #[test]
    fn held_out_relations_rank_among_those_that_are_none() {
        let (_, held_out, table) = chain();
        for part in [HeldOutPart::Validation, HeldOutPart::Test] {
            let found = predict(&held_out, &table, part);
            // By hand: from n_u to n_v, what is nearer and no relation.
            let places = [0.0f64, 1.0, 2.0, 3.0, 4.0, 5.5, 50.0];
            let (mut ranks, mut count) = (0.0, 0);
            let (ranked, known) = (held_out.part(part), held_out.known());
            for u in ranked.sources() {
                for &v in ranked.of(u) {
                    let far = |w: u32| (places[u as usize] - places[w as usize]).abs();
                    for w in (0..7).filter(|&w| w != u && !known.contains(u, w)) {
                        ranks += if far(w) < far(v) { 1.0 } else { 0.0 };
                        ranks += if far(w) == far(v) { 0.5 } else { 0.0 };
                    }
                    ranks += 1.0;
                    count += 1;
                }
            }
            assert_eq!(found.ranks.scores.relations, count);
            assert_eq!(
                found.ranks.scores.mean_rank,
                ranks / f64::from(count as u32)
            );
            assert!(found.negatives > 0 && found.roc_auc.is_some());
        }
    }

    #[test]
    fn negatives_are_no_relations_and_distinct() {
        let mammals = geom_data::mammals();
        let settings = HoldoutSettings {
            validation: 0.1,
            test: 0.1,
            keep: None,
            rule: HoldoutRule::Implied,
            split_seed: 5,
        };
        let (_, held_out) = settings.split(&mammals).unwrap();
        let (ranked, known) = (held_out.part(HeldOutPart::Test), held_out.known());
        let mut pairs = negatives(FilteredRelations { ranked, known }, 5);
        assert_eq!(pairs.len(), ranked.relations());
        assert!(
            pairs
                .iter()
                .all(|&(u, v)| u != v && !mammals.contains(u, v))
        );
        pairs.sort_unstable();
        pairs.dedup();
        assert_eq!(pairs.len(), ranked.relations());
    }
}
