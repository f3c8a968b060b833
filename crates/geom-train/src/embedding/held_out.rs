//! What is held out of a run.

use geom_data::Relations;
use geom_nn::Positives;

use super::holdout::HoldoutSettings;
use super::rows::Rows;

/// A part of what is held out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldOutPart {
    /// For choices between settings and epochs.
    Validation,
    /// For the figures that are told.
    Test,
}

/// What is held out of a run, in the rows of its table.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldOut {
    pub(super) settings: HoldoutSettings,
    pub(super) validation: Rows,
    pub(super) test: Rows,
    /// What is neither trained nor in a part.
    pub(super) unused: Rows,
    /// All relations, those of the training among them.
    pub(super) known: Rows,
    /// How many could have been held out.
    pub(super) possible: usize,
    /// The digest of all relations.
    pub(super) whole: String,
}

impl HeldOut {
    pub(super) fn assemble(
        settings: HoldoutSettings,
        train: &Relations,
        [validation, test, unused]: [Rows; 3],
        possible: usize,
        whole: String,
    ) -> Self {
        let held_out = validation.pairs().chain(test.pairs()).chain(unused.pairs());
        let known = Rows::of(train.num_nodes(), train.pairs().chain(held_out).collect());
        Self {
            settings,
            validation,
            test,
            unused,
            known,
            possible,
            whole,
        }
    }

    /// How many relations are neither trained nor in a part.
    pub fn unused(&self) -> usize {
        self.unused.targets.len()
    }

    /// All pairs that are not for the training, in its rows.
    pub fn pairs(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        let parts = self.validation.pairs().chain(self.test.pairs());
        parts.chain(self.unused.pairs())
    }

    /// The same pairs kept from `whole`, which has more nodes: its other relations, and what is held out of
    /// it. None if a pair is no relation of it, or a node would be left in none.
    pub fn of_more(&self, train: &Relations, whole: &Relations) -> Option<(Relations, Self)> {
        let node = |node: u32| whole.id(train.name(node));
        let moved = |rows: &Rows| {
            let pairs = rows.pairs().map(|(u, v)| {
                let (u, v) = (node(u)?, node(v)?);
                whole.contains(u, v).then_some((u, v))
            });
            Some(Rows::of(whole.num_nodes(), pairs.collect::<Option<_>>()?))
        };
        let parts = [
            moved(&self.validation)?,
            moved(&self.test)?,
            moved(&self.unused)?,
        ];
        let is_out = |u, v| parts.iter().any(|rows| rows.positives().contains(u, v));
        let train = whole.without(is_out)?;
        let print = whole.fingerprint();
        let held_out = Self::assemble(self.settings, &train, parts, self.possible, print);
        Some((train, held_out))
    }

    /// How the relations were parted.
    pub fn settings(&self) -> &HoldoutSettings {
        &self.settings
    }

    /// The relations of a part.
    pub fn part(&self, part: HeldOutPart) -> Positives<'_> {
        match part {
            HeldOutPart::Validation => self.validation.positives(),
            HeldOutPart::Test => self.test.positives(),
        }
    }

    /// All relations: those of the training and of both parts.
    pub fn known(&self) -> Positives<'_> {
        self.known.positives()
    }

    /// How many relations could have been held out.
    pub fn possible(&self) -> usize {
        self.possible
    }

    /// The digest of all relations, before they were parted.
    pub fn whole(&self) -> &str {
        &self.whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedding::HoldoutRule;

    #[test]
    fn what_is_held_out_stays_so_among_more_nodes() {
        let mammals = geom_data::mammals();
        let shares = HoldoutSettings {
            validation: 0.1,
            test: 0.1,
            keep: None,
            rule: HoldoutRule::Implied,
            split_seed: 1,
        };
        let (train, held_out) = shares.split(&mammals).unwrap();
        let more = Relations::from_pairs([("a pug", "dog.n.01"), ("zebra crossing", "dog.n.01")]);
        let whole = mammals.with(&more).closure().unwrap();
        let (more_train, moved) = held_out.of_more(&train, &whole).unwrap();
        assert_eq!(moved.pairs().count(), held_out.pairs().count());
        for ((u, v), (old_u, old_v)) in moved.pairs().zip(held_out.pairs()) {
            assert_eq!(
                (whole.name(u), whole.name(v)),
                (train.name(old_u), train.name(old_v))
            );
            assert!(!more_train.contains(u, v));
        }
        let count = moved.known().relations();
        assert_eq!(count, whole.num_relations());
        assert_eq!(held_out.of_more(&train, &train), None);
    }
}
