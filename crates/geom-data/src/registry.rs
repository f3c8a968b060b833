//! Datasets by name.

use crate::archive::Progress;
use crate::download;
use crate::edge_list::{self, Delimiter, Options};
use crate::sources::{FoundAt, Sources};
use crate::wordnet::{InstanceRule, WordNet};
use crate::{DataError, Relations, suggest};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// A named dataset and its facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Dataset {
    /// The name by which it is loaded.
    pub name: &'static str,
    /// What it is, in one line.
    pub description: &'static str,
    /// Number of nodes.
    pub nodes: usize,
    /// Number of relations, with default [`LoadOptions`].
    pub relations: usize,
    /// The license.
    pub license: &'static str,
    /// Size of its download in bytes; 0 for what is shipped.
    pub download_bytes: u64,
}

const MAMMALS: Dataset = Dataset {
    name: "wordnet-mammals",
    description: "mammal subtree of WordNet 3.0 nouns, transitive closure",
    nodes: 1_180,
    relations: 6_540,
    license: "WordNet 3.0",
    download_bytes: 0,
};

const NOUNS: Dataset = Dataset {
    name: "wordnet-nouns",
    description: "all WordNet 3.0 nouns, transitive closure",
    nodes: 82_115,
    relations: 743_086,
    license: "WordNet 3.0",
    download_bytes: download::WORDNET.bytes,
};

static DATASETS: [Dataset; 2] = [MAMMALS, NOUNS];

/// All datasets known by name.
pub fn datasets() -> &'static [Dataset] {
    &DATASETS
}

/// The dataset called `name`.
///
/// # Errors
/// [`DataError::UnknownDataset`] with the nearest name.
///
/// # Examples
/// ```
/// let error = geom_data::dataset("wordnet-mamals").unwrap_err();
/// assert_eq!(error.to_string(), r#"unknown dataset "wordnet-mamals""#);
/// assert!(error.hint().unwrap().starts_with(r#"did you mean "wordnet-mammals"?"#));
/// ```
pub fn dataset(name: &str) -> Result<&'static Dataset, DataError> {
    let names = || DATASETS.iter().map(|dataset| dataset.name);
    DATASETS
        .iter()
        .find(|dataset| dataset.name == name)
        .ok_or_else(|| DataError::UnknownDataset {
            name: name.to_owned(),
            suggestion: suggest::nearest(name, names()),
            available: names().collect(),
        })
}

impl Dataset {
    /// Where it is on this machine; none if it has to be downloaded.
    pub fn find(&self) -> Option<FoundAt> {
        self.find_in(&Sources::from_env())
    }

    /// Where it is among `sources`.
    pub fn find_in(&self, sources: &Sources) -> Option<FoundAt> {
        if self.is_shipped() {
            Some(FoundAt::Shipped)
        } else {
            sources.find_wordnet()
        }
    }

    /// Whether it is part of this library.
    pub fn is_shipped(&self) -> bool {
        self.download_bytes == 0
    }

    /// Where it is among `sources`, after a download into the cache if it is nowhere.
    ///
    /// # Errors
    /// Those of a download: [`DataError::Download`], [`DataError::HashMismatch`],
    /// [`DataError::Archive`], [`DataError::Io`], [`DataError::NoCacheDirectory`].
    pub fn fetch_into(
        &self,
        sources: &Sources,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<FoundAt, DataError> {
        match self.find_in(sources) {
            // What the cache has is mended where it is not the published files.
            Some(FoundAt::Cache(directory)) if published(&directory).is_err() => {}
            Some(found) => {
                found
                    .path()
                    .map_or(Ok(()), |directory| published(directory).map(|_| ()))?;
                return Ok(found);
            }
            None => {}
        }
        let directory = sources.wordnet_cache().ok_or(DataError::NoCacheDirectory)?;
        download::wordnet(&directory, progress)?;
        Ok(FoundAt::Cache(directory))
    }
}

/// The directory that holds the files of a dataset; none if it is shipped, unknown, or not here.
pub fn locate(name: &str) -> Option<PathBuf> {
    dataset(name).ok()?.find()?.path().map(Path::to_owned)
}

/// Makes a dataset available: finds it, or downloads it into the user's cache and verifies it.
///
/// `progress` is called while bytes arrive, and not at all if nothing has to be downloaded.
///
/// # Errors
/// [`DataError::UnknownDataset`], and as [`Dataset::fetch_into`].
pub fn fetch(name: &str, mut progress: impl FnMut(Progress)) -> Result<FoundAt, DataError> {
    dataset(name)?.fetch_into(&Sources::from_env(), &mut progress)
}

/// How to load a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadOptions {
    /// Which closure of the nouns. Default: [`InstanceRule::Script2018`]. The mammals are the same
    /// under both.
    pub instance_rule: InstanceRule,
    /// Whether to download what is not on this machine. Default: yes.
    pub download: bool,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            instance_rule: InstanceRule::default(),
            download: true,
        }
    }
}

/// Loads a dataset by name, downloading it first if need be.
///
/// # Errors
/// [`DataError::UnknownDataset`]; [`DataError::DatasetMissing`] if it is not here and
/// [`LoadOptions::download`] is off; else as [`Dataset::fetch_into`] and [`WordNet::read`].
///
/// # Examples
/// ```
/// use geom_data::{LoadOptions, load};
/// let mammals = load("wordnet-mammals", &LoadOptions::default())?;
/// assert_eq!(mammals.num_nodes(), 1_180);
/// # Ok::<(), geom_data::DataError>(())
/// ```
pub fn load(name: &str, options: &LoadOptions) -> Result<Relations, DataError> {
    load_with(name, options, &Sources::from_env(), |_| {})
}

/// [`load`] from `sources`, with `progress` called while a download runs.
///
/// # Errors
/// As [`load`].
pub fn load_with(
    name: &str,
    options: &LoadOptions,
    sources: &Sources,
    mut progress: impl FnMut(Progress),
) -> Result<Relations, DataError> {
    let dataset = dataset(name)?;
    let found = match dataset.find_in(sources) {
        Some(found) => found,
        None if options.download => dataset.fetch_into(sources, &mut progress)?,
        None => {
            let looked_in = sources.searched();
            return Err(DataError::DatasetMissing {
                name: dataset.name,
                looked_in,
            });
        }
    };
    match found.path() {
        None => Ok(mammals()),
        Some(directory) => published(directory)?.noun_closure(options.instance_rule),
    }
}

/// WordNet's mammals, shipped with the library: 1,180 nodes, 6,540 relations, a transitive closure.
///
/// The file is `datasets/wordnet-mammals/mammal_closure.csv`, under WordNet's license beside it.
pub fn mammals() -> Relations {
    let bytes: &[u8] = include_bytes!("../datasets/wordnet-mammals/mammal_closure.csv");
    let name = Path::new("mammal_closure.csv");
    let parsed = edge_list::parse(bytes, name, Delimiter::Comma, &Options::default());
    parsed
        .expect("the shipped file is well formed, as the tests check")
        .0
}

/// The database in `directory`, if it is a published one.
fn published(directory: &Path) -> Result<WordNet, DataError> {
    let wordnet = WordNet::read(directory)?;
    wordnet.require_version()?;
    wordnet.require_published()?;
    Ok(wordnet)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash;

    #[test]
    fn names_are_distinct_and_every_dataset_has_a_card() {
        for dataset in datasets() {
            assert_eq!(super::dataset(dataset.name).unwrap(), dataset);
            let card = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("datasets")
                .join(dataset.name)
                .join("README.md");
            assert!(card.is_file(), "{}", card.display());
        }
        assert!(
            datasets()
                .iter()
                .map(|dataset| dataset.name)
                .is_sorted_by(|a, b| a < b)
        );
    }

    #[test]
    fn mammals_are_the_published_ones_and_closed() {
        let mammals = mammals();
        assert_eq!(
            (mammals.num_nodes(), mammals.num_relations()),
            (MAMMALS.nodes, MAMMALS.relations)
        );
        let lines: String = mammals
            .pairs()
            .map(|(u, v)| format!("{},{}\n", mammals.name(u), mammals.name(v)))
            .collect();
        assert_eq!(
            hash::sha256(format!("id1,id2\n{lines}").as_bytes()),
            "b67cd89ae59715b7010af50236129b58df81111cb9e6a0cf8222f642310b4b32"
        );
        assert_eq!(mammals.closure().unwrap(), mammals);
        assert_eq!(MAMMALS.find(), Some(FoundAt::Shipped));
    }

    #[test]
    fn an_unknown_name_is_an_error_with_the_nearest_name() {
        let error = load("wordnet-noun", &LoadOptions::default()).unwrap_err();
        assert!(matches!(
            error,
            DataError::UnknownDataset {
                suggestion: Some("wordnet-nouns"),
                ..
            }
        ));
        assert_eq!(locate("wordnet-noun"), None);
    }

    #[test]
    fn without_download_a_missing_dataset_tells_where_it_was_sought() {
        let options = LoadOptions {
            download: false,
            ..LoadOptions::default()
        };
        let sources = Sources {
            data_dir: Some("nowhere".into()),
            ..Sources::default()
        };
        let error = load_with("wordnet-nouns", &options, &sources, |_| {}).unwrap_err();
        assert!(error.to_string().contains("looked in nowhere"), "{error}");
        let error = NOUNS.fetch_into(&sources, &mut |_| {}).unwrap_err();
        assert!(matches!(error, DataError::NoCacheDirectory));
    }
}
