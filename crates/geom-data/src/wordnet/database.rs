//! [`WordNet`]: the synsets and their hypernyms, named, numbered and counted.

use super::editions::{KNOWN_DATA, KNOWN_INDEX};
use super::syntax::{parse_data, parse_index};
use crate::closure::Csr;
use crate::{DataError, hash, input};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The version whose counts are published.
pub(crate) const VERSION: &str = "3.0";
pub(crate) const DATA: &str = "data.noun";
pub(crate) const INDEX: &str = "index.noun";

/// The synsets of WordNet's nouns and their hypernyms.
///
/// # Examples
/// ```no_run
/// use geom_data::wordnet::{InstanceRule, WordNet};
/// let nouns = WordNet::read("/usr/share/wordnet")?.noun_closure(InstanceRule::Script2018)?;
/// assert_eq!(nouns.num_relations(), 743_086);
/// # Ok::<(), geom_data::DataError>(())
/// ```
#[derive(Clone, Debug)]
pub struct WordNet {
    pub(super) directory: PathBuf,
    pub(super) names: Vec<String>,
    pub(super) hypernyms: Csr,
    pub(super) instance_hypernyms: Csr,
    version: Option<String>,
    /// Each file that was read, with its digest.
    digests: [(PathBuf, String); 2],
}

impl WordNet {
    /// Reads the database in `directory`: `data.noun` and `index.noun`, each plain or with `.gz`.
    ///
    /// # Errors
    /// [`DataError::NotFound`] if a file is missing, [`DataError::WordNetSyntax`] with line and byte
    /// offset if one is malformed, [`DataError::CountMismatch`] if version 3.0 lacks something.
    pub fn read(directory: impl AsRef<Path>) -> Result<Self, DataError> {
        let directory = directory.as_ref();
        let open = |name: &str| -> Result<(PathBuf, Vec<u8>), DataError> {
            let path = find_file(directory, name).ok_or_else(|| DataError::NotFound {
                path: directory.join(name),
            })?;
            let bytes = input::read(&path)?;
            Ok((path, bytes))
        };
        let (data_path, data) = open(DATA)?;
        let (index_path, index) = open(INDEX)?;
        Self::parse(directory, (&data_path, &data), (&index_path, &index))
    }

    /// Parses the two files from memory; the paths are for messages.
    pub(crate) fn parse(
        directory: &Path,
        (data_path, data): (&Path, &[u8]),
        (index_path, index): (&Path, &[u8]),
    ) -> Result<Self, DataError> {
        let senses = parse_index(index_path, index)?;
        let synsets = parse_data(data_path, data)?;
        let mut named = Vec::with_capacity(synsets.len());
        for (old, synset) in synsets.iter().enumerate() {
            let word = synset.word.to_lowercase();
            let position = senses
                .get(word.as_str())
                .and_then(|offsets| offsets.iter().position(|&offset| offset == synset.offset))
                .ok_or_else(|| {
                    synset
                        .at
                        .error("a first word that index.noun lists with this offset")
                })?;
            named.push((format!("{word}.n.{:02}", position + 1), old));
        }
        named.sort_unstable();

        let mut number = HashMap::with_capacity(synsets.len());
        for (new, (_, old)) in named.iter().enumerate() {
            let synset = &synsets[*old];
            if number.insert(synset.offset, new as u32).is_some() {
                return Err(synset.at.error("an offset that no earlier synset has"));
            }
        }
        let mut pairs = [Vec::new(), Vec::new()];
        for synset in &synsets {
            for &(instance, target) in &synset.hypernyms {
                let target = number
                    .get(&target)
                    .ok_or_else(|| synset.at.error("hypernyms that are synsets of this file"))?;
                pairs[usize::from(instance)].push((number[&synset.offset], *target));
            }
        }
        let version = header_version(data);
        if version.as_deref() == Some(VERSION) {
            check_count(data_path, "noun synsets", 82_115, synsets.len())?;
            check_count(data_path, "hypernym pointers", 75_850, pairs[0].len())?;
            check_count(
                data_path,
                "instance hypernym pointers",
                8_577,
                pairs[1].len(),
            )?;
        }
        let [hypernyms, instance_hypernyms] =
            pairs.map(|pairs| Csr::from_pairs(named.len(), pairs));
        Ok(Self {
            directory: directory.to_owned(),
            names: named.into_iter().map(|(name, _)| name).collect(),
            hypernyms,
            instance_hypernyms,
            version,
            digests: [(data_path, data), (index_path, index)]
                .map(|(path, bytes)| (path.to_owned(), hash::sha256(bytes))),
        })
    }

    /// The version named in the license header of `data.noun`, such as `3.0`.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// Number of noun synsets.
    pub fn num_synsets(&self) -> usize {
        self.names.len()
    }

    /// Nothing, if this is the version whose counts are published.
    ///
    /// # Errors
    /// [`DataError::WordNetVersion`] unless it is 3.0.
    pub fn require_version(&self) -> Result<(), DataError> {
        if self.version() == Some(VERSION) {
            return Ok(());
        }
        let (path, actual) = (self.directory.clone(), self.version.clone());
        Err(DataError::WordNetVersion {
            path,
            expected: VERSION,
            actual,
        })
    }

    /// Nothing, if both files are published editions of version 3.0, to the last bit.
    ///
    /// # Errors
    /// [`DataError::Altered`] with the first file that is not.
    pub fn require_published(&self) -> Result<(), DataError> {
        let known: [&[&'static str]; 2] = [&KNOWN_DATA, &[KNOWN_INDEX]];
        for ((path, actual), known) in self.digests.iter().zip(known) {
            if !known.contains(&actual.as_str()) {
                return Err(DataError::Altered {
                    path: path.clone(),
                    expected: known.to_vec(),
                    actual: actual.clone(),
                    dataset: "wordnet-nouns",
                });
            }
        }
        Ok(())
    }

    /// [`DataError::CountMismatch`] if this is version 3.0 and the counts differ.
    pub(super) fn check(
        &self,
        what: &'static str,
        expected: usize,
        actual: usize,
    ) -> Result<(), DataError> {
        match self.version() {
            Some(VERSION) => check_count(&self.directory, what, expected, actual),
            _ => Ok(()),
        }
    }
}

fn check_count(
    path: &Path,
    what: &'static str,
    expected: usize,
    actual: usize,
) -> Result<(), DataError> {
    if actual == expected {
        return Ok(());
    }
    Err(DataError::CountMismatch {
        path: path.to_owned(),
        what,
        expected,
        actual,
    })
}

/// The file `name` in `directory`, plain or gzipped.
pub(crate) fn find_file(directory: &Path, name: &str) -> Option<PathBuf> {
    [directory.join(name), directory.join(format!("{name}.gz"))]
        .into_iter()
        .find(|path| path.is_file())
}

/// The `3.0` of `WordNet 3.0 Copyright` in the license at the start of a database file.
pub(crate) fn header_version(bytes: &[u8]) -> Option<String> {
    let header: Vec<u8> = bytes
        .split_inclusive(|&b| b == b'\n')
        .take_while(|line| line[0] == b' ')
        .flatten()
        .copied()
        .collect();
    let words: Vec<&str> = std::str::from_utf8(&header)
        .ok()?
        .split_whitespace()
        .collect();
    words
        .windows(3)
        .find(|w| w[0] == "WordNet" && w[2] == "Copyright")
        .map(|w| w[1].to_owned())
}
