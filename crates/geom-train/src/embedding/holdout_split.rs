//! Relations are drawn that are kept from the training, to see how well it predicts them.

use geom_core::SettingError;
use geom_data::Relations;
use geom_nn::Positives;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::direct::DirectRelations;
use super::error::EmbeddingTrainError;
use super::held_out::HeldOut;
use super::holdout::{HoldoutRule, HoldoutSettings};
use super::rows::Rows;

impl HoldoutSettings {
    /// Parts `relations` into those for training and those held out.
    ///
    /// # Errors
    /// [`EmbeddingTrainError::Setting`], also if more is to be kept than is left beside both parts, and
    /// [`EmbeddingTrainError::Holdout`] if fewer relations may be held out than the shares ask for.
    pub fn split(
        &self,
        relations: &Relations,
    ) -> Result<(Relations, HeldOut), EmbeddingTrainError> {
        self.check()?;
        let mut candidates = self.candidates(relations);
        let possible = candidates.len();
        let all = relations.num_relations() as f64;
        // One at least of what is asked for, which the counts that are told show.
        let count = |share: f64| match share {
            0.0 => 0,
            share => (share * all).round().max(1.0) as usize,
        };
        let (validation, test) = (count(self.validation), count(self.test));
        let wanted = validation + test;
        candidates.shuffle(&mut ChaCha8Rng::seed_from_u64(self.split_seed));
        let mut own = relations.out_degrees();
        let mut other = relations.in_degrees();
        let mut take = |&(node, target): &(u32, u32)| {
            let (u, t) = (node as usize, target as usize);
            let may = own[u] > 1 && own[t] + other[t] > 1;
            if may {
                own[u] -= 1;
                other[t] -= 1;
            }
            may
        };
        let mut candidates = candidates.into_iter();
        let mut taken: Vec<(u32, u32)> = Vec::new();
        while taken.len() < wanted
            && let Some(candidate) = candidates.next()
        {
            if take(&candidate) {
                taken.push(candidate);
            }
        }
        if taken.len() < wanted {
            return Err(EmbeddingTrainError::Holdout {
                wanted,
                possible: taken.len(),
                relations: relations.num_relations(),
                rule: self.rule.name(),
            });
        }
        let surplus = match self.keep {
            None => 0,
            Some(keep) => surplus(keep, possible, wanted)?,
        };
        // From the end, so that what a smaller share keeps is a part of what a larger one does.
        let unused = candidates.rev().filter(take).take(surplus).collect();
        let nodes = relations.num_nodes();
        let test = taken.split_off(validation);
        let parts = [taken, test, unused].map(|pairs| Rows::of(nodes, pairs));
        let is_out = |u, v| parts.iter().any(|rows| rows.positives().contains(u, v));
        let Some(train) = relations.without(is_out) else {
            unreachable!("every node keeps a pair")
        };
        let whole = relations.fingerprint();
        let held_out = HeldOut::assemble(*self, &train, parts, possible, whole);
        Ok((train, held_out))
    }

    /// The relations that may be held out, in the order of their nodes.
    fn candidates(&self, relations: &Relations) -> Vec<(u32, u32)> {
        let (offsets, targets) = relations.rows();
        let positives = Positives::new(offsets, targets);
        let children = relations.in_degrees();
        let (mut search, mut direct) = (DirectRelations::new(positives), Vec::new());
        let mut candidates = Vec::new();
        for node in 0..positives.nodes() as u32 {
            if self.rule == HoldoutRule::Inner && children[node as usize] == 0 {
                continue;
            }
            search.of(node, &mut direct);
            let may = |&target: &u32| {
                let is_root = positives.of(target).is_empty();
                direct.binary_search(&target).is_err()
                    && !positives.contains(target, node)
                    && !(is_root && self.rule == HoldoutRule::Inner)
            };
            let targets = positives.of(node).iter().copied().filter(may);
            candidates.extend(targets.map(|target| (node, target)));
        }
        candidates
    }
}

/// How many of `possible` relations are in no part, if `keep` of them are trained and `taken` are in one.
fn surplus(keep: f64, possible: usize, taken: usize) -> Result<usize, SettingError> {
    let kept = (keep * possible as f64).round() as usize;
    let left = possible - taken;
    let error = || {
        let most = left as f64 / possible as f64;
        let rule = format!(
            "at most {most:.4}: of {possible} relations that may be held out, {left} are in neither part"
        );
        SettingError::new("holdout_keep", keep, rule)
    };
    left.checked_sub(kept).ok_or_else(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedding::HeldOutPart;

    fn shares(validation: f64, test: f64) -> HoldoutSettings {
        HoldoutSettings {
            validation,
            test,
            keep: None,
            rule: HoldoutRule::Implied,
            split_seed: 1,
        }
    }

    fn direct_pairs(relations: &Relations) -> Vec<(u32, u32)> {
        let (offsets, targets) = relations.rows();
        let positives = Positives::new(offsets, targets);
        let mut search = DirectRelations::new(positives);
        let mut pairs = Vec::new();
        for node in 0..positives.nodes() as u32 {
            let mut direct = Vec::new();
            search.of(node, &mut direct);
            pairs.extend(direct.into_iter().map(|target| (node, target)));
        }
        pairs
    }

    #[test]
    fn parts_are_disjoint_and_whole_and_leave_every_direct_relation() {
        let mammals = geom_data::mammals();
        let (train, held_out) = shares(0.05, 0.1).split(&mammals).unwrap();
        let (validation, test) = (
            held_out.part(HeldOutPart::Validation),
            held_out.part(HeldOutPart::Test),
        );
        assert_eq!((validation.relations(), test.relations()), (327, 654));
        assert_eq!(train.num_relations(), 6540 - 327 - 654);
        assert_eq!(train.names(), mammals.names());
        let known = held_out.known();
        for (u, v) in mammals.pairs() {
            let parts = [
                train.contains(u, v),
                validation.contains(u, v),
                test.contains(u, v),
            ];
            assert_eq!(parts.iter().filter(|&&part| part).count(), 1);
            assert!(known.contains(u, v));
        }
        assert_eq!(known.relations(), mammals.num_relations());
        let direct = direct_pairs(&mammals);
        assert!(direct.iter().all(|&(u, v)| train.contains(u, v)));
        assert_eq!(held_out.possible(), 6540 - direct.len());
        assert_eq!(held_out.whole(), mammals.fingerprint());
    }

    #[test]
    fn what_is_kept_is_a_share_of_the_implied_and_the_parts_stay_the_same() {
        let mammals = geom_data::mammals();
        let direct = direct_pairs(&mammals).len();
        let possible = mammals.num_relations() - direct;
        let (_, all) = shares(0.05, 0.05).split(&mammals).unwrap();
        let mut smaller: Option<Relations> = None;
        for (keep, implied) in [(0.0, 0), (0.25, 1340), (0.5, 2680)] {
            let settings = HoldoutSettings {
                keep: Some(keep),
                ..shares(0.05, 0.05)
            };
            let (train, held_out) = settings.split(&mammals).unwrap();
            assert_eq!(train.num_relations(), direct + implied);
            let parts = (&held_out.validation, &held_out.test);
            assert_eq!(parts, (&all.validation, &all.test));
            assert_eq!(held_out.unused(), possible - implied - 327 - 327);
            assert_eq!(held_out.pairs().count(), possible - implied);
            assert_eq!(held_out.known().relations(), mammals.num_relations());
            if let Some(smaller) = smaller {
                assert!(smaller.pairs().all(|(u, v)| train.contains(u, v)));
            }
            smaller = Some(train);
        }
        for keep in [0.9, 1.1, -0.1, f64::NAN] {
            let settings = HoldoutSettings {
                keep: Some(keep),
                ..shares(0.05, 0.05)
            };
            let error = settings.split(&mammals).unwrap_err().to_string();
            assert!(error.contains("holdout_keep"), "{error}");
        }
    }

    #[test]
    fn the_seed_alone_decides() {
        let mammals = geom_data::mammals();
        let (train, held_out) = shares(0.1, 0.1).split(&mammals).unwrap();
        assert_eq!(
            shares(0.1, 0.1).split(&mammals).unwrap(),
            (train, held_out.clone())
        );
        let other = HoldoutSettings {
            split_seed: 2,
            ..shares(0.1, 0.1)
        };
        assert_ne!(other.split(&mammals).unwrap().1.test, held_out.test);
    }

    #[test]
    fn inner_pairs_neither_start_at_a_leaf_nor_end_at_a_root() {
        let mammals = geom_data::mammals();
        let inner = HoldoutSettings {
            rule: HoldoutRule::Inner,
            ..shares(0.02, 0.02)
        };
        let (_, held_out) = inner.split(&mammals).unwrap();
        let children = mammals.in_degrees();
        for (u, v) in held_out.validation.pairs().chain(held_out.test.pairs()) {
            assert!(children[u as usize] > 0 && !mammals.targets(v).is_empty());
        }
        let implied = shares(0.02, 0.02).split(&mammals).unwrap().1;
        assert!(held_out.possible() < implied.possible());
    }

    #[test]
    fn a_pair_whose_reverse_is_known_is_not_held_out() {
        // c -> b -> a and c <-> a: c -> a is implied, and told by a -> c.
        let pairs = [("b", "a"), ("c", "b"), ("c", "a"), ("a", "c"), ("d", "a")];
        let error = shares(0.2, 0.0).split(&Relations::from_pairs(pairs));
        let error = error.unwrap_err().to_string();
        assert!(error.contains("0 of the 5 relations"), "{error}");
    }

    #[test]
    fn more_than_may_be_held_out_is_refused_with_how_many_may() {
        let chain = Relations::from_pairs([("c", "b"), ("b", "a")]);
        let closure = chain.closure().unwrap();
        let error = shares(0.3, 0.3).split(&closure).unwrap_err().to_string();
        assert!(
            error.contains("2") && error.contains("1 of the 3 relations"),
            "{error}"
        );
        for (validation, test) in [(0.0, 0.0), (0.6, 0.5), (-0.1, 0.2), (f64::NAN, 0.1)] {
            assert!(shares(validation, test).check().is_err());
        }
    }
}
