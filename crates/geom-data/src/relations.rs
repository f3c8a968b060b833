//! [`Relations`]: directed pairs over named nodes.

mod derived;
pub(crate) use derived::closure_error;

use crate::closure::Csr;
use crate::{hash, suggest};
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

#[cfg(test)]
mod tests;
