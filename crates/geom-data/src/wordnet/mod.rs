//! WordNet's noun hierarchy, read from the database files `data.noun` and `index.noun`.
//!
//! A synset is named as in the literature: its first word in lower case, `.n.`, and the position
//! (from 1, two digits) of its offset in that word's line of `index.noun`: `dog.n.01`. Hypernyms are
//! the pointers `@` (`dog.n.01` is a kind of `canine.n.02`) and `@i` (`einstein.n.01` is an instance
//! of `physicist.n.01`) to nouns.
//!
//! | [`InstanceRule`] | nodes | relations | published with |
//! |---|---|---|---|
//! | [`Script2018`](InstanceRule::Script2018) | 82,115 | 743,086 | the closure script of Nickel and Kiela's code |
//! | [`Mixed2017`](InstanceRule::Mixed2017) | 82,115 | 743,241 | Nickel and Kiela (2017) |
//!
//! Mammals: 1,180 nodes, 6,540 relations under either rule.
//!
//! These counts hold for WordNet 3.0. A database that says it is 3.0 is checked against them; a
//! different count is a [`DataError::CountMismatch`](crate::DataError::CountMismatch).
//!
//! # References
//! Miller (1995); Fellbaum (1998); Nickel and Kiela (2017), Poincaré embeddings; the script is
//! `transitive_closure.py` of facebookresearch/poincare-embeddings.

mod closure;
mod database;
mod editions;
mod mammals;
mod syntax;

pub use closure::InstanceRule;
pub use database::WordNet;
pub(crate) use database::{DATA, INDEX, VERSION, find_file, header_version};

#[cfg(test)]
mod tests;
