//! The closures published for WordNet's nouns.

use super::WordNet;
use crate::closure::{Csr, Reached};
use crate::relations::closure_error;
use crate::{DataError, Relations};
use serde::{Deserialize, Serialize};

/// How the pointers `@` (kind of) and `@i` (instance of) combine into ancestors.
///
/// Write $H(u)$ for the closure of `@` and $I(u)$ for the closure of `@i`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum InstanceRule {
    /// $H(u) \cup I(u) \cup \bigcup_{x \in I(u)} H(x)$: the script published with Nickel and Kiela's
    /// code, 743,086 relations. The default.
    #[default]
    #[serde(rename = "2018", alias = "script2018")]
    Script2018,
    /// The closure of `@` and `@i` mixed freely: Nickel and Kiela (2017), 743,241 relations. It adds
    /// ancestors of synsets whose `@`-ancestor is itself an instance.
    #[serde(rename = "2017", alias = "mixed2017")]
    Mixed2017,
}

impl InstanceRule {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Script2018, Self::Mixed2017];

    /// The name, in files and on command lines: the year of publication.
    pub fn name(self) -> &'static str {
        match self {
            Self::Script2018 => "2018",
            Self::Mixed2017 => "2017",
        }
    }

    /// The number of relations it gives for WordNet 3.0.
    pub fn num_relations(self) -> usize {
        match self {
            InstanceRule::Script2018 => 743_086,
            InstanceRule::Mixed2017 => 743_241,
        }
    }
}

impl WordNet {
    /// Every noun synset with all its ancestors.
    ///
    /// # Errors
    /// [`DataError::CountMismatch`] if version 3.0 does not give the published counts;
    /// [`DataError::Cycle`] if the pointers run in a circle.
    pub fn noun_closure(&self, rule: InstanceRule) -> Result<Relations, DataError> {
        let pairs = match rule {
            InstanceRule::Script2018 => self.script_closure(),
            InstanceRule::Mixed2017 => {
                let both = self
                    .hypernyms
                    .pairs()
                    .chain(self.instance_hypernyms.pairs())
                    .collect();
                self.close(&Csr::from_pairs(self.num_synsets(), both))
            }
        }?;
        let relations = Relations::from_csr(&self.names, &pairs);
        self.check("nodes in the noun closure", 82_115, relations.num_nodes())?;
        self.check(
            "relations in the noun closure",
            rule.num_relations(),
            relations.num_relations(),
        )?;
        Ok(relations)
    }

    fn script_closure(&self) -> Result<Csr, DataError> {
        let kinds = self.close(&self.hypernyms)?;
        let instances = self.close(&self.instance_hypernyms)?;
        let mut reached = Reached::new(self.num_synsets());
        let mut rows = Vec::with_capacity(self.num_synsets());
        for u in 0..self.num_synsets() as u32 {
            reached.start();
            let mut row = Vec::new();
            let of_instances = instances.row(u).iter().flat_map(|&x| kinds.row(x));
            for &v in kinds
                .row(u)
                .iter()
                .chain(instances.row(u))
                .chain(of_instances)
            {
                reached.collect(v, &mut row);
            }
            // Only pointers that mix `@` and `@i` in a circle lead back here; databases have none.
            row.retain(|&v| v != u);
            row.sort_unstable();
            rows.push(row);
        }
        Ok(Csr::from_rows(&rows))
    }

    fn close(&self, pairs: &Csr) -> Result<Csr, DataError> {
        pairs
            .closure()
            .map_err(|error| closure_error(error, &self.names))
    }
}
