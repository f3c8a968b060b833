//! Relations made of others: closures, unions, parts.

use super::Relations;
use crate::DataError;
use crate::builder::Builder;
use crate::closure::{ClosureError, Csr, MAX_CLOSURE};

impl Relations {
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

    /// The relations of both, over the nodes of both; of a pair in both, the larger weight.
    ///
    /// A pair without a weight weighs 1 where the others have weights.
    ///
    /// # Panics
    /// With more than `u32::MAX` distinct names.
    pub fn with(&self, more: &Self) -> Self {
        let mut builder = Builder::default();
        for relations in [self, more] {
            for u in 0..relations.num_nodes() as u32 {
                for at in relations.pairs.range(u) {
                    let (child, ancestor) = (u, relations.pairs.targets[at]);
                    let weight = relations
                        .weights
                        .as_ref()
                        .map_or(1.0, |weights| weights[at]);
                    let names = (relations.name(child), relations.name(ancestor));
                    let added = builder.add(names.0, names.1, weight);
                    assert!(added, "more than {} distinct names", u32::MAX);
                }
            }
        }
        let weighted = self.is_weighted() || more.is_weighted();
        builder.finish(weighted).0
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
