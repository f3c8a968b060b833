//! From pairs of names to [`Relations`], and the record of the repairs made on the way.

use crate::Relations;
use crate::closure::Csr;
use serde::Serialize;
use std::collections::HashMap;
use std::fmt;

/// The repairs made while a table was read. Nothing else is ever changed silently.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Repairs {
    /// Lines dropped because they relate a node to itself.
    pub self_loops: usize,
    /// Lines merged into an equal pair.
    pub duplicates: usize,
    /// Merged lines whose weights differed; the largest weight is kept.
    pub conflicting_weights: usize,
    /// Blank lines skipped.
    pub blank_lines: usize,
    /// Fields whose surrounding white space was cut off.
    pub trimmed_fields: usize,
    /// Whether a byte order mark at the start was dropped.
    pub byte_order_mark: bool,
}

impl Repairs {
    /// Whether nothing had to be repaired.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A comma-separated list of the repairs, or `nothing`.
impl fmt::Display for Repairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.self_loops, "self loop", " dropped"),
            (self.duplicates, "duplicate", " merged"),
            (
                self.conflicting_weights,
                "conflicting weight",
                " (largest kept)",
            ),
            (self.blank_lines, "blank line", " skipped"),
            (self.trimmed_fields, "field", " trimmed"),
            (
                usize::from(self.byte_order_mark),
                "byte order mark",
                " dropped",
            ),
        ];
        let mut separator = "";
        for (count, what, fate) in counts.into_iter().filter(|(count, ..)| *count > 0) {
            let plural = if count == 1 { "" } else { "s" };
            write!(f, "{separator}{count} {what}{plural}{fate}")?;
            separator = ", ";
        }
        if separator.is_empty() {
            f.write_str("nothing")
        } else {
            Ok(())
        }
    }
}

/// Collects pairs by name.
#[derive(Default)]
pub(crate) struct Builder {
    numbers: HashMap<String, u32>,
    pairs: Vec<(u32, u32, f32)>,
    pub(crate) repairs: Repairs,
}

impl Builder {
    /// Adds a pair; false if the ids for its names are exhausted.
    pub(crate) fn add(&mut self, child: &str, ancestor: &str, weight: f32) -> bool {
        if child == ancestor {
            self.repairs.self_loops += 1;
            return true;
        }
        let (Some(u), Some(v)) = (self.number(child), self.number(ancestor)) else {
            return false;
        };
        self.pairs.push((u, v, weight));
        true
    }

    fn number(&mut self, name: &str) -> Option<u32> {
        if let Some(&number) = self.numbers.get(name) {
            return Some(number);
        }
        // One number stays free, so that a count of nodes is a number too.
        let number = u32::try_from(self.numbers.len())
            .ok()
            .filter(|&n| n < u32::MAX)?;
        self.numbers.insert(name.to_owned(), number);
        Some(number)
    }

    /// The relations, with or without weights, and the repairs.
    pub(crate) fn finish(mut self, weighted: bool) -> (Relations, Repairs) {
        let mut named: Vec<(String, u32)> = self.numbers.into_iter().collect();
        named.sort_unstable();
        let mut rank = vec![0; named.len()];
        for (new, (_, old)) in named.iter().enumerate() {
            rank[*old as usize] = new as u32;
        }
        for (u, v, _) in &mut self.pairs {
            (*u, *v) = (rank[*u as usize], rank[*v as usize]);
        }
        // The heaviest of equal pairs comes first, and is the one that stays.
        self.pairs
            .sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(b.2.total_cmp(&a.2)));
        let repairs = &mut self.repairs;
        self.pairs.dedup_by(|next, kept| {
            let equal = (next.0, next.1) == (kept.0, kept.1);
            repairs.duplicates += usize::from(equal);
            repairs.conflicting_weights += usize::from(equal && next.2 != kept.2);
            equal
        });
        let weights = weighted.then(|| self.pairs.iter().map(|pair| pair.2).collect());
        let pairs = self.pairs.into_iter().map(|(u, v, _)| (u, v)).collect();
        let relations = Relations {
            pairs: Csr::from_pairs(named.len(), pairs),
            names: named.into_iter().map(|(name, _)| name).collect(),
            weights,
        };
        (relations, self.repairs)
    }
}
