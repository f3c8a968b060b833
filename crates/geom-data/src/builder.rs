//! From pairs of names to [`Relations`], and the record of the repairs made on the way.

use crate::closure::Csr;
use crate::{Limit, Relations};
use serde::Serialize;
use std::collections::HashMap;
use std::fmt;

/// The repairs made while a table was read. Nothing else is ever changed silently.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
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
    /// Lines before the data that begin with `#`, skipped.
    pub comments: usize,
    /// Lines that repeat the header, skipped.
    pub repeated_headers: usize,
    /// Fields whose surrounding white space was cut off.
    pub trimmed_fields: usize,
    /// Fields of a table split by tabs whose double quotes were taken off.
    pub unquoted_fields: usize,
    /// Whether a byte order mark at the start was dropped.
    pub byte_order_mark: bool,
    /// Whether the columns were swapped, because the header names the parent first.
    pub swapped_columns: bool,
    /// Columns that were not asked for, and not read.
    pub unread_columns: usize,
    /// What was left as it is, but may not be as it was meant.
    pub doubts: Vec<Doubt>,
    /// What else is to be known of how the file was read, a sentence each.
    pub remarks: Vec<String>,
}

/// Something in a table that may not be as it was meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Doubt {
    /// The names of the first line do not occur again.
    #[error(
        "line {line} was read as a relation of {first:?} to {second:?}, neither of which occurs again; \
         if it is a header, remove it"
    )]
    Header {
        /// Line, from 1.
        line: u64,
        /// The name in the first column.
        first: String,
        /// The name in the second column.
        second: String,
    },
    /// A header that networks have, over pairs none of which is given both ways.
    #[error(
        "the header is that of a network, and no link is given in both directions: each was taken as the \
         relation of a child to its parent; if links have no direction, read it as undirected"
    )]
    OneWay,
}

impl Repairs {
    /// Whether nothing had to be repaired.
    pub fn is_empty(&self) -> bool {
        let undoubted = Self {
            doubts: Vec::new(),
            remarks: Vec::new(),
            ..self.clone()
        };
        undoubted == Self::default()
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
            (self.comments, "comment", " skipped"),
            (self.repeated_headers, "repeated header", " skipped"),
            (self.trimmed_fields, "field", " trimmed"),
            (self.unquoted_fields, "field", " freed of quotes"),
            (
                usize::from(self.byte_order_mark),
                "byte order mark",
                " dropped",
            ),
            (self.unread_columns, "column", " not read"),
        ];
        let mut separator = "";
        for (count, what, fate) in counts.into_iter().filter(|(count, ..)| *count > 0) {
            let plural = if count == 1 { "" } else { "s" };
            write!(f, "{separator}{count} {what}{plural}{fate}")?;
            separator = ", ";
        }
        if self.swapped_columns {
            write!(
                f,
                "{separator}columns swapped, as the header names the parent first"
            )?;
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
    /// How many of the pairs are known to be distinct.
    distinct: usize,
    name_bytes: u64,
    /// Whether every line is kept as it comes: self loops and equal pairs too.
    keeps_all: bool,
    pub(crate) repairs: Repairs,
}

/// Fewer pairs than this are not looked through for equal ones while they come.
const FEW_PAIRS: usize = 1 << 20;

impl Builder {
    /// One that drops no self loop and merges no pairs.
    pub(crate) fn keeping_all() -> Self {
        Self {
            keeps_all: true,
            ..Self::default()
        }
    }

    /// Adds a pair; false if the ids for its names are exhausted.
    pub(crate) fn add(&mut self, child: &str, ancestor: &str, weight: f32) -> bool {
        if child == ancestor && !self.keeps_all {
            self.repairs.self_loops += 1;
            return true;
        }
        let (Some(u), Some(v)) = (self.number(child), self.number(ancestor)) else {
            return false;
        };
        self.pairs.push((u, v, weight));
        if self.keeps_all {
            self.distinct = self.pairs.len();
            return true;
        }
        // Each time there are twice as many, so that equal pairs cost no memory, and little time.
        if self.pairs.len() >= 2 * self.distinct.max(FEW_PAIRS) {
            self.merge();
        }
        true
    }

    /// Merges equal pairs; the heaviest stays.
    fn merge(&mut self) {
        self.pairs
            .sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(b.2.total_cmp(&a.2)));
        let repairs = &mut self.repairs;
        self.pairs.dedup_by(|next, kept| {
            let equal = (next.0, next.1) == (kept.0, kept.1);
            repairs.duplicates += usize::from(equal);
            repairs.conflicting_weights += usize::from(equal && next.2 != kept.2);
            equal
        });
        self.distinct = self.pairs.len();
    }

    /// The limit that what was added goes beyond, if it does.
    pub(crate) fn over_limit(&self) -> Option<Limit> {
        if !Limit::NAMES.allows(self.name_bytes) {
            Some(Limit::NAMES)
        } else {
            (!Limit::RELATIONS.allows(self.distinct)).then_some(Limit::RELATIONS)
        }
    }

    /// All names by their numbers, and the pairs in the order in which they were added.
    pub(crate) fn into_pairs(mut self) -> (Vec<String>, Vec<[u32; 2]>, Repairs) {
        let mut names = vec![String::new(); self.numbers.len()];
        for (name, number) in std::mem::take(&mut self.numbers) {
            names[number as usize] = name;
        }
        let pairs = self.pairs.iter().map(|&(u, v, _)| [u, v]).collect();
        (names, pairs, self.repairs)
    }

    pub(crate) fn num_pairs(&self) -> usize {
        self.pairs.len()
    }

    /// How many different names there are.
    pub(crate) fn num_nodes(&self) -> usize {
        self.numbers.len()
    }

    /// In how many of the pairs a name is.
    pub(crate) fn degree(&self, name: &str) -> usize {
        let of = |&number: &u32| {
            let pairs = self.pairs.iter();
            pairs
                .filter(|(u, v, _)| *u == number || *v == number)
                .count()
        };
        self.numbers.get(name).map_or(0, of)
    }

    /// Whether a name occurs in what was added.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.numbers.contains_key(name)
    }

    /// Adds every pair the other way round too.
    pub(crate) fn both_ways(&mut self) {
        // Of what is given both ways already, neither is a duplicate.
        self.merge();
        let back: Vec<_> = self
            .pairs
            .iter()
            .map(|&(u, v, weight)| (v, u, weight))
            .collect();
        let repairs = self.repairs.clone();
        self.pairs.extend(back);
        self.merge();
        self.repairs = repairs;
    }

    fn number(&mut self, name: &str) -> Option<u32> {
        if let Some(&number) = self.numbers.get(name) {
            return Some(number);
        }
        // One number stays free, so that a count of nodes is a number too.
        let number = u32::try_from(self.numbers.len())
            .ok()
            .filter(|&n| n < u32::MAX)?;
        self.name_bytes += name.len() as u64;
        self.numbers.insert(name.to_owned(), number);
        Some(number)
    }

    /// The relations, with or without weights, and the repairs.
    pub(crate) fn finish(mut self, weighted: bool) -> (Relations, Repairs) {
        let mut named: Vec<(String, u32)> = std::mem::take(&mut self.numbers).into_iter().collect();
        named.sort_unstable();
        let mut rank = vec![0; named.len()];
        for (new, (_, old)) in named.iter().enumerate() {
            rank[*old as usize] = new as u32;
        }
        for (u, v, _) in &mut self.pairs {
            (*u, *v) = (rank[*u as usize], rank[*v as usize]);
        }
        self.merge();
        let weights = weighted.then(|| self.pairs.iter().map(|pair| pair.2).collect());
        let pairs = std::mem::take(&mut self.pairs)
            .into_iter()
            .map(|(u, v, _)| (u, v))
            .collect();
        let relations = Relations {
            pairs: Csr::from_pairs(named.len(), pairs),
            names: named.into_iter().map(|(name, _)| name).collect(),
            weights,
        };
        (relations, self.repairs)
    }
}

impl Relations {
    /// Relations from pairs `(child, ancestor)` in any order.
    ///
    /// Self loops are dropped, duplicates merged.
    ///
    /// # Panics
    /// With more than `u32::MAX` distinct names.
    pub fn from_pairs<C, A>(pairs: impl IntoIterator<Item = (C, A)>) -> Self
    where
        C: AsRef<str>,
        A: AsRef<str>,
    {
        let mut builder = Builder::default();
        for (child, ancestor) in pairs {
            let added = builder.add(child.as_ref(), ancestor.as_ref(), 1.0);
            assert!(added, "more than {} distinct names", u32::MAX);
        }
        builder.finish(false).0
    }
}
