//! [`Relations`]: directed pairs over named nodes.

use crate::closure::{ClosureError, Csr, MAX_CLOSURE};
use crate::{DataError, hash, suggest};
use sha2::{Digest, Sha256};

/// Directed relations `child -> ancestor` over named nodes.
///
/// Nodes are numbered from 0 in the bytewise order of their names; the targets of a node ascend;
/// no pair occurs twice, none relates a node to itself, and every node occurs in some pair. Equal
/// data therefore gives equal values, whatever order it came in.
///
/// # Examples
/// ```
/// use geom_data::Relations;
/// let pets = Relations::from_pairs([("dog", "mammal"), ("mammal", "animal"), ("cat", "mammal")]);
/// assert_eq!(pets.names(), ["animal", "cat", "dog", "mammal"]);
/// assert_eq!(pets.targets(2), [3]);
///
/// let closure = pets.closure()?;
/// assert_eq!(closure.num_relations(), 5);
/// assert!(closure.contains(2, 0));
/// # Ok::<(), geom_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Relations {
    pub(crate) names: Vec<String>,
    pub(crate) pairs: Csr,
    pub(crate) weights: Option<Vec<f32>>,
}

impl Relations {
    /// Relations as [`names`](Self::names), [`rows`](Self::rows) and [`all_weights`](Self::all_weights)
    /// gave them.
    ///
    /// # Errors
    /// [`InvalidRows`] for anything that they cannot have given.
    pub fn from_rows(
        names: Vec<String>,
        offsets: Vec<usize>,
        targets: Vec<u32>,
        weights: Option<Vec<f32>>,
    ) -> Result<Self, InvalidRows> {
        let check = |holds: bool, rule| {
            if holds {
                Ok(())
            } else {
                Err(InvalidRows { rule })
            }
        };
        check(names.is_sorted_by(|a, b| a < b), "names ascend")?;
        check(
            offsets.len().checked_sub(1) == Some(names.len()) && offsets.is_sorted(),
            "offsets ascend, one more than names",
        )?;
        check(
            offsets.first() == Some(&0) && offsets.last() == Some(&targets.len()),
            "offsets go from 0 to the number of targets",
        )?;
        let mut used = vec![false; names.len()];
        for node in 0..names.len() {
            let row = &targets[offsets[node]..offsets[node + 1]];
            check(
                row.is_sorted_by(|a, b| a < b),
                "the targets of a node ascend",
            )?;
            for &target in row {
                let is_other = (target as usize) < names.len() && target as usize != node;
                check(is_other, "a target is another node")?;
                used[target as usize] = true;
            }
            used[node] |= !row.is_empty();
        }
        check(
            used.iter().all(|&used| used),
            "every node occurs in some pair",
        )?;
        if let Some(weights) = &weights {
            check(
                weights.len() == targets.len(),
                "there is a weight for each target",
            )?;
            let is_weight = |weight: &f32| weight.is_finite() && *weight > 0.0;
            check(
                weights.iter().all(is_weight),
                "weights are finite and above 0",
            )?;
        }
        Ok(Self {
            names,
            pairs: Csr { offsets, targets },
            weights,
        })
    }

    /// The pairs of `pairs` over `names` (ascending), less the names that occur in no pair.
    pub(crate) fn from_csr(names: &[String], pairs: &Csr) -> Self {
        let mut used = vec![false; names.len()];
        for (u, v) in pairs.pairs() {
            used[u as usize] = true;
            used[v as usize] = true;
        }
        let mut number = 0;
        let mut renumbered = vec![0; names.len()];
        for (old, _) in used.iter().enumerate().filter(|(_, used)| **used) {
            renumbered[old] = number;
            number += 1;
        }
        let of = |u: u32| renumbered[u as usize];
        let pairs = pairs.pairs().map(|(u, v)| (of(u), of(v))).collect();
        let kept = names.iter().zip(used).filter(|(_, used)| *used);
        Self {
            pairs: Csr::from_pairs(number as usize, pairs),
            names: kept.map(|(name, _)| name.clone()).collect(),
            weights: None,
        }
    }

    /// Number of nodes.
    pub fn num_nodes(&self) -> usize {
        self.names.len()
    }

    /// Number of pairs.
    pub fn num_relations(&self) -> usize {
        self.pairs.num_pairs()
    }

    /// Name of node `u`.
    ///
    /// # Panics
    /// If there is no node `u`.
    pub fn name(&self, u: u32) -> &str {
        &self.names[u as usize]
    }

    /// All names; node `u` has the `u`-th.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The node with this name.
    pub fn id(&self, name: &str) -> Option<u32> {
        let found = self
            .names
            .binary_search_by(|candidate| candidate.as_str().cmp(name));
        found.ok().map(|u| u as u32)
    }

    /// The name most like `name`, for "did you mean"; none if nothing is alike.
    pub fn suggest(&self, name: &str) -> Option<&str> {
        suggest::nearest(name, self.names.iter().map(String::as_str))
    }

    /// The nodes that `u` is related to, ascending.
    ///
    /// # Panics
    /// If there is no node `u`.
    pub fn targets(&self, u: u32) -> &[u32] {
        self.pairs.row(u)
    }

    /// The weights of [`targets`](Self::targets), in the same order; none if the relations have none.
    ///
    /// # Panics
    /// If there is no node `u`.
    pub fn weights(&self, u: u32) -> Option<&[f32]> {
        let weights = self.weights.as_ref()?;
        Some(&weights[self.pairs.range(u)])
    }

    /// All targets in compressed sparse row form: those of node `u` are
    /// `targets[offsets[u]..offsets[u + 1]]`.
    pub fn rows(&self) -> (&[usize], &[u32]) {
        (&self.pairs.offsets, &self.pairs.targets)
    }

    /// The weights of all relations, in the order of [`rows`](Self::rows); none if unweighted.
    pub fn all_weights(&self) -> Option<&[f32]> {
        self.weights.as_deref()
    }

    /// Whether the relations carry weights.
    pub fn is_weighted(&self) -> bool {
        self.weights.is_some()
    }

    /// Whether `u` is related to `v`, in O(log of the targets of `u`).
    ///
    /// # Panics
    /// If there is no node `u`.
    pub fn contains(&self, u: u32, v: u32) -> bool {
        self.targets(u).binary_search(&v).is_ok()
    }

    /// All pairs `(child, ancestor)`, sorted.
    pub fn pairs(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.pairs.pairs()
    }

    /// For each node, the number of its targets.
    pub fn out_degrees(&self) -> Vec<u32> {
        (0..self.num_nodes() as u32)
            .map(|u| self.targets(u).len() as u32)
            .collect()
    }

    /// For each node, the number of nodes related to it.
    pub fn in_degrees(&self) -> Vec<u32> {
        let mut degrees = vec![0; self.num_nodes()];
        for &v in self.pairs.all_targets() {
            degrees[v as usize] += 1;
        }
        degrees
    }

    /// The transitive closure: `u` is related to `v` if a path leads from `u` to `v`.
    ///
    /// Weighted relations keep their weights. A pair that the closure adds has the weight of the strongest
    /// path between its ends, which is as strong as its weakest pair; so what a pair weighs does not depend
    /// on what weights are measured in.
    ///
    /// # Errors
    /// [`DataError::Cycle`] with the names on one cycle; [`DataError::ClosureTooLarge`] beyond
    /// 2^29 pairs.
    pub fn closure(&self) -> Result<Relations, DataError> {
        let closed = match &self.weights {
            Some(weights) => self
                .pairs
                .weighted_closure(weights)
                .map(|(pairs, weights)| (pairs, Some(weights))),
            None => self.pairs.closure().map(|pairs| (pairs, None)),
        };
        let (pairs, weights) = closed.map_err(|error| closure_error(error, &self.names))?;
        Ok(Self {
            names: self.names.clone(),
            pairs,
            weights,
        })
    }

    /// These relations less some pairs, over the same nodes; none if a node would be left in no pair.
    ///
    /// `removed` is asked of every pair `(child, ancestor)`. Weights stay with their pairs.
    pub fn without(&self, mut removed: impl FnMut(u32, u32) -> bool) -> Option<Self> {
        let mut offsets = Vec::with_capacity(self.names.len() + 1);
        offsets.push(0);
        let (mut targets, mut weights) = (Vec::new(), Vec::new());
        let mut used = vec![false; self.names.len()];
        for u in 0..self.names.len() as u32 {
            for at in self.pairs.range(u) {
                let v = self.pairs.targets[at];
                if removed(u, v) {
                    continue;
                }
                targets.push(v);
                weights.extend(self.weights.as_ref().map(|weights| weights[at]));
                used[u as usize] = true;
                used[v as usize] = true;
            }
            offsets.push(targets.len());
        }
        used.iter().all(|&used| used).then(|| Self {
            names: self.names.clone(),
            pairs: Csr { offsets, targets },
            weights: self.weights.as_ref().map(|_| weights),
        })
    }

    /// SHA-256 over names, pairs and weights: equal if and only if the relations are.
    ///
    /// A checkpoint stores it to recognize its data.
    pub fn fingerprint(&self) -> String {
        let mut hasher = Sha256::new_with_prefix(b"geom relations 1\n");
        let count = |hasher: &mut Sha256, n: usize| hasher.update((n as u64).to_le_bytes());
        count(&mut hasher, self.names.len());
        for name in &self.names {
            count(&mut hasher, name.len());
            hasher.update(name);
        }
        for u in 0..self.num_nodes() as u32 {
            count(&mut hasher, self.targets(u).len());
            for v in self.targets(u) {
                hasher.update(v.to_le_bytes());
            }
        }
        for weight in self.weights.iter().flatten() {
            hasher.update(weight.to_le_bytes());
        }
        hash::hex(hasher)
    }
}

/// Rows that are no [`Relations`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these rows are not valid relations: {rule} does not hold")]
pub struct InvalidRows {
    /// The rule that they break.
    pub rule: &'static str,
}

/// A [`ClosureError`] with names for numbers.
pub(crate) fn closure_error(error: ClosureError, names: &[String]) -> DataError {
    match error {
        ClosureError::Cycle(nodes) => DataError::Cycle {
            nodes: nodes
                .into_iter()
                .map(|u| names[u as usize].clone())
                .collect(),
        },
        ClosureError::TooLarge => DataError::ClosureTooLarge { limit: MAX_CLOSURE },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builder::Builder;
    use proptest::prelude::*;

    fn family() -> Relations {
        Relations::from_pairs([("dog", "canine"), ("canine", "animal"), ("wolf", "canine")])
    }

    #[test]
    fn nodes_are_numbered_by_name_and_found_again() {
        let relations = family();
        assert_eq!(relations.names(), ["animal", "canine", "dog", "wolf"]);
        for u in 0..4 {
            assert_eq!(relations.id(relations.name(u)), Some(u));
        }
        assert_eq!(relations.id("cat"), None);
        assert_eq!(relations.suggest("wolfe"), Some("wolf"));
    }

    #[test]
    fn degrees_count_both_ends() {
        let closure = family().closure().unwrap();
        assert_eq!(closure.out_degrees(), [0, 1, 2, 2]);
        assert_eq!(closure.in_degrees(), [3, 2, 0, 0]);
    }

    #[test]
    fn a_name_known_only_from_self_loops_is_no_node() {
        let relations = Relations::from_pairs([("a", "a"), ("b", "c"), ("b", "c")]);
        assert_eq!(relations.names(), ["b", "c"]);
        assert_eq!(relations.num_relations(), 1);
    }

    #[test]
    fn what_the_closure_adds_weighs_as_the_strongest_path() {
        let weighted = |scale: f32| {
            let mut builder = Builder::default();
            let pairs = [
                ("a", "b", 3.0),
                ("b", "d", 1.0),
                ("a", "c", 2.0),
                ("c", "d", 5.0),
            ];
            for (child, parent, weight) in
                pairs.into_iter().chain([("d", "e", 9.0), ("a", "e", 0.5)])
            {
                assert!(builder.add(child, parent, weight * scale));
            }
            builder.finish(true).0.closure().unwrap()
        };
        let closure = weighted(1.0);
        let weight = |child: &str, parent: &str| {
            let [u, v] = [child, parent].map(|name| closure.id(name).unwrap());
            let at = closure.targets(u).binary_search(&v).unwrap();
            closure.weights(u).unwrap()[at]
        };
        assert_eq!(
            (weight("a", "d"), weight("b", "e"), weight("c", "e")),
            (2.0, 1.0, 5.0)
        );
        assert_eq!(
            weight("a", "e"),
            0.5,
            "a pair that is given keeps its weight"
        );
        let small = weighted(1.0 / 1024.0);
        let scaled: Vec<f32> = small
            .all_weights()
            .unwrap()
            .iter()
            .map(|w| w * 1024.0)
            .collect();
        assert_eq!(closure.all_weights(), Some(&scaled[..]));
    }

    #[test]
    fn rows_give_the_relations_they_came_from() {
        let closure = family().closure().unwrap();
        let (offsets, targets) = closure.rows();
        let parts = |offsets: Vec<usize>, targets: Vec<u32>| {
            Relations::from_rows(closure.names().to_vec(), offsets, targets, None)
        };
        assert_eq!(
            parts(offsets.to_vec(), targets.to_vec()),
            Ok(closure.clone())
        );
        let mut too_far = targets.to_vec();
        *too_far.last_mut().unwrap() = 99;
        assert!(parts(offsets.to_vec(), too_far).is_err());
        let mut beyond = offsets.to_vec();
        beyond[1] = usize::MAX;
        assert!(parts(beyond, targets.to_vec()).is_err());
        assert!(parts(vec![], targets.to_vec()).is_err());
    }

    #[test]
    fn pairs_leave_with_their_weights_and_nodes_stay() {
        let mut builder = Builder::default();
        for (child, parent, weight) in [("a", "b", 1.0), ("a", "c", 2.0), ("b", "c", 3.0)] {
            assert!(builder.add(child, parent, weight));
        }
        let all = builder.finish(true).0;
        let rest = all.without(|u, v| (u, v) == (0, 2)).unwrap();
        assert_eq!(rest.pairs().collect::<Vec<_>>(), [(0, 1), (1, 2)]);
        assert_eq!(rest.all_weights(), Some(&[1.0, 3.0][..]));
        assert_eq!(rest.names(), all.names());
        assert_eq!(all.without(|_, v| v == 2), None, "c would be in no pair");
        assert_eq!(all.without(|_, _| false), Some(all));
    }

    #[test]
    fn relations_join_by_name() {
        let more = Relations::from_pairs([("pug", "dog"), ("dog", "canine")]);
        let both = family().with(&more);
        assert_eq!(both.names(), ["animal", "canine", "dog", "pug", "wolf"]);
        assert_eq!(both.num_relations(), 4);
        assert!(!both.is_weighted());
        let mut heavy = Builder::default();
        assert!(heavy.add("dog", "canine", 3.0));
        let heavy = heavy.finish(true).0;
        let both = family().with(&heavy);
        let dog = both.id("dog").unwrap();
        assert_eq!(both.weights(dog), Some(&[3.0][..]));
        assert_eq!(both.weights(both.id("wolf").unwrap()), Some(&[1.0][..]));
    }

    #[test]
    fn a_cycle_is_reported_by_name() {
        let error = Relations::from_pairs([("a", "b"), ("b", "c"), ("c", "b")])
            .closure()
            .unwrap_err();
        assert_eq!(error.to_string(), "the relations form a cycle: b -> c -> b");
        assert!(error.hint().is_some());
    }

    #[test]
    fn the_fingerprint_sees_names_pairs_and_weights() {
        let mut weighted = Builder::default();
        assert!(weighted.add("a", "b", 2.0));
        let prints = [
            Relations::from_pairs([("a", "b")]).fingerprint(),
            Relations::from_pairs([("b", "a")]).fingerprint(),
            Relations::from_pairs([("a", "c")]).fingerprint(),
            Relations::from_pairs([("ab", "")]).fingerprint(),
            weighted.finish(true).0.fingerprint(),
        ];
        let distinct: std::collections::HashSet<_> = prints.iter().collect();
        assert_eq!(distinct.len(), prints.len());
    }

    proptest! {
        #[test]
        fn the_order_of_the_pairs_does_not_matter(
            pairs in prop::collection::vec(("[a-e]{1,2}", "[a-e]{1,2}"), 0..30).prop_shuffle(),
        ) {
            let forward = Relations::from_pairs(pairs.iter().map(|(a, b)| (a, b)));
            let backward = Relations::from_pairs(pairs.iter().rev().map(|(a, b)| (a, b)));
            prop_assert_eq!(forward.fingerprint(), backward.fingerprint());
            prop_assert_eq!(&forward, &backward);
            prop_assert!(forward.names().is_sorted());
            prop_assert!(forward.pairs().is_sorted_by(|a, b| a < b));
            for (u, v) in forward.pairs() {
                prop_assert!(u != v && forward.contains(u, v));
                prop_assert!(pairs.contains(&(forward.name(u).into(), forward.name(v).into())));
            }
        }
    }
}
