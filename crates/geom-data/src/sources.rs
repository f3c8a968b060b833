//! Where datasets are looked for.
//!
//! 1. `GEOM_DATA_DIR`, if set: `wordnet/data.noun`, or `data.noun` in the directory itself.
//! 2. A WordNet installed on the system: `$WNSEARCHDIR`, `$WNHOME/dict`, `/usr/share/wordnet`,
//!    `/usr/local/WordNet-3.0/dict`. Only version 3.0 is taken.
//! 3. The user's cache, `geom/wordnet` in [`dirs::cache_dir`], where downloads go.
//!
//! Graphs are looked for in `planetoid/` and `hgcn/` under 1 and 3: the published files in `raw/` of
//! these, or a folder of tables in `plain/<set>/`.
//!
//! Of each database both `data.noun` and `index.noun` must be there, each plain or as `.gz`.
//! `GEOM_DATA_DIR` is the user's word and is taken whatever the version; loading tells if it is not 3.0.

use crate::wordnet::{DATA, INDEX, VERSION, find_file, header_version};
use crate::{DataError, input};
use serde::Serialize;
use std::env;
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The directories to look in. [`Sources::from_env`] gives the usual ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// The directory that `GEOM_DATA_DIR` names.
    pub data_dir: Option<PathBuf>,
    /// Directories where a WordNet may be installed.
    pub installed: Vec<PathBuf>,
    /// This library's directory in the user's cache; downloads go into it.
    pub cache: Option<PathBuf>,
}

impl Sources {
    /// The directories named by the environment, as the [module](self) lists them.
    pub fn from_env() -> Self {
        let path = |variable| {
            env::var_os(variable)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let mut installed: Vec<PathBuf> = path("WNSEARCHDIR").into_iter().collect();
        installed.extend(path("WNHOME").map(|home| home.join("dict")));
        if cfg!(unix) {
            installed
                .extend(["/usr/share/wordnet", "/usr/local/WordNet-3.0/dict"].map(PathBuf::from));
        }
        Self {
            data_dir: path("GEOM_DATA_DIR"),
            installed,
            cache: dirs::cache_dir().map(|cache| cache.join("geom")),
        }
    }

    /// Checks that `GEOM_DATA_DIR`, if it was set, names a directory.
    ///
    /// # Errors
    /// [`DataError::NoDataDirectory`]: data that the user cannot have meant would be taken instead.
    pub fn check(&self) -> Result<(), DataError> {
        match self.data_dir.as_ref().filter(|path| !path.is_dir()) {
            Some(path) => Err(DataError::NoDataDirectory { path: path.clone() }),
            None => Ok(()),
        }
    }

    /// The first place that has WordNet's noun files.
    pub fn find_wordnet(&self) -> Option<FoundAt> {
        let in_data_dir = self
            .data_dir
            .iter()
            .flat_map(|dir| [dir.join("wordnet"), dir.clone()]);
        let in_data_dir = in_data_dir
            .filter(|dir| has_files(dir))
            .map(FoundAt::DataDir);
        let installed = self
            .installed
            .iter()
            .filter(|dir| has_version(dir))
            .cloned()
            .map(FoundAt::Installed);
        let cached = self
            .wordnet_cache()
            .filter(|dir| has_version(dir))
            .map(FoundAt::Cache);
        in_data_dir.chain(installed).chain(cached).next()
    }

    /// Where a downloaded WordNet goes.
    pub(crate) fn wordnet_cache(&self) -> Option<PathBuf> {
        self.cache.as_ref().map(|cache| cache.join("wordnet"))
    }

    /// Every directory that [`find_wordnet`](Self::find_wordnet) looks in, for messages.
    pub fn searched(&self) -> Vec<PathBuf> {
        let data_dir = self.data_dir.iter().cloned();
        data_dir
            .chain(self.installed.iter().cloned())
            .chain(self.wordnet_cache())
            .collect()
    }
}

fn has_files(directory: &Path) -> bool {
    [DATA, INDEX]
        .iter()
        .all(|name| find_file(directory, name).is_some())
}

fn has_version(directory: &Path) -> bool {
    let version = || -> Result<Option<String>, DataError> {
        let Some(path) = find_file(directory, DATA) else {
            return Ok(None);
        };
        // The license header is under 2 kB.
        let mut header = Vec::new();
        let read = input::open(&path)?.take(4_096).read_to_end(&mut header);
        read.map_err(|error| input::read_error(&path, error))?;
        Ok(header_version(&header))
    };
    has_files(directory) && version().is_ok_and(|version| version.as_deref() == Some(VERSION))
}

/// Where a dataset is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FoundAt {
    /// In this library itself.
    Shipped,
    /// In or under the directory that `GEOM_DATA_DIR` names.
    DataDir(PathBuf),
    /// In the directory of a WordNet installed on the system.
    Installed(PathBuf),
    /// In the user's cache.
    Cache(PathBuf),
}

impl FoundAt {
    /// The directory with the files; none for what is shipped.
    pub fn path(&self) -> Option<&Path> {
        match self {
            FoundAt::Shipped => None,
            FoundAt::DataDir(path) | FoundAt::Installed(path) | FoundAt::Cache(path) => Some(path),
        }
    }
}

impl fmt::Display for FoundAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FoundAt::Shipped => f.write_str("shipped"),
            FoundAt::DataDir(path) => write!(f, "{} (GEOM_DATA_DIR)", path.display()),
            FoundAt::Installed(path) => write!(f, "{} (installed)", path.display()),
            FoundAt::Cache(path) => write!(f, "{} (cache)", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn database(directory: &Path, version: &str) {
        fs::create_dir_all(directory).unwrap();
        fs::write(
            directory.join(DATA),
            format!("  1 WordNet {version} Copyright 2006\n"),
        )
        .unwrap();
        fs::write(directory.join(INDEX), "").unwrap();
    }

    #[test]
    fn places_are_tried_in_the_documented_order() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        let sources = Sources {
            data_dir: Some(at("data")),
            installed: vec![at("old"), at("usr")],
            cache: Some(at("cache")),
        };
        assert_eq!(sources.find_wordnet(), None);
        database(&at("cache/wordnet"), "3.0");
        assert_eq!(
            sources.find_wordnet(),
            Some(FoundAt::Cache(at("cache/wordnet")))
        );
        database(&at("old"), "3.1");
        database(&at("usr"), "3.0");
        assert_eq!(
            sources.find_wordnet(),
            Some(FoundAt::Installed(at("usr"))),
            "3.1 is passed over"
        );
        database(&at("data"), "3.1");
        assert_eq!(
            sources.find_wordnet(),
            Some(FoundAt::DataDir(at("data"))),
            "the user's word is taken"
        );
        database(&at("data/wordnet"), "3.0");
        assert_eq!(
            sources.find_wordnet(),
            Some(FoundAt::DataDir(at("data/wordnet")))
        );
    }

    #[test]
    fn half_a_database_is_not_found() {
        let root = tempfile::tempdir().unwrap();
        database(root.path(), "3.0");
        fs::remove_file(root.path().join(INDEX)).unwrap();
        let sources = Sources {
            data_dir: Some(root.path().to_owned()),
            ..Sources::default()
        };
        assert_eq!(sources.find_wordnet(), None);
    }
}
