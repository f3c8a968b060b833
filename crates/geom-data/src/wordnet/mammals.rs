//! The mammal subtree of the noun closure.

use super::{InstanceRule, WordNet};
use crate::{DataError, Relations};

const ROOT: &str = "mammal.n.01";

/// The pairs of the subtree that the published filter file drops.
const DROPPED: [(&str, &str); 2] = [("female_mammal.n.01", ROOT), ("tusker.n.01", ROOT)];

impl WordNet {
    /// The relations among `mammal.n.01` and its descendants, less the two that the published
    /// filter drops: 1,180 nodes and 6,540 relations.
    ///
    /// # Errors
    /// [`DataError::MissingSynset`] without `mammal.n.01`, and as
    /// [`noun_closure`](Self::noun_closure).
    pub fn mammal_closure(&self) -> Result<Relations, DataError> {
        let nouns = self.noun_closure(InstanceRule::Script2018)?;
        let missing = || DataError::MissingSynset {
            path: self.directory.clone(),
            name: ROOT,
        };
        let root = nouns.id(ROOT).ok_or_else(missing)?;
        let inside = |u: u32| u == root || nouns.contains(u, root);
        let pairs = nouns
            .pairs()
            .filter(|&(u, v)| inside(v) && inside(u))
            .map(|(u, v)| (nouns.name(u), nouns.name(v)))
            .filter(|pair| !DROPPED.contains(pair));
        let mammals = Relations::from_pairs(pairs);
        self.check("nodes in the mammal closure", 1_180, mammals.num_nodes())?;
        self.check(
            "relations in the mammal closure",
            6_540,
            mammals.num_relations(),
        )?;
        Ok(mammals)
    }
}
