//! Where the files of a named graph are: found, verified, downloaded, or not needed.

use super::dataset::GraphDataset;
use crate::archive::Progress;
use crate::download;
use crate::graph::hgcn::HgcnSet;
use crate::graph::pinned::{self, Pinned};
use crate::graph::{GraphData, disease, hgcn, planetoid};
use crate::sources::{FoundAt, Sources};
use crate::{DataError, hash, input};
use std::path::{Path, PathBuf};

/// The seed of a tree with 2,668 nodes, 1,051 infected; the published one has 2,665 and 1,060.
const LP_SEED: u64 = 3_434;
/// The seed of a tree with 1,036 nodes, 205 infected; the published one has 1,044 and 211.
const NC_SEED: u64 = 562;

/// What the files of a dataset are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileFormat {
    Raw,
    Plain,
}

impl GraphDataset {
    fn hgcn(&self) -> Option<HgcnSet> {
        let sets = [HgcnSet::Airport, HgcnSet::DiseaseLp, HgcnSet::DiseaseNc];
        sets.into_iter().find(|set| set.name() == self.name)
    }

    /// The files to download; none for what can be generated.
    pub(super) fn pinned(&self) -> &'static [Pinned] {
        match self.name {
            "airport" => &pinned::AIRPORT,
            "citeseer" => &pinned::CITESEER,
            "cora" => &pinned::CORA,
            "pubmed" => &pinned::PUBMED,
            _ => &[],
        }
    }

    /// Whether it is generated where its files are not at hand.
    pub fn is_generated(&self) -> bool {
        self.pinned().is_empty()
    }

    /// Where it is among `sources`: in `planetoid/` or `hgcn/` of a directory, the published files in
    /// `raw`, or the plain form in `plain/<set>`.
    pub fn find_in(&self, sources: &Sources) -> Option<FoundAt> {
        self.find(sources).map(|(found, _)| found)
    }

    /// The directories in which it is looked for.
    pub fn looked_in(&self, sources: &Sources) -> Vec<PathBuf> {
        let roots = sources.data_dir.iter().chain(&sources.cache);
        roots.map(|root| self.raw_directory(root)).collect()
    }

    pub(super) fn find(&self, sources: &Sources) -> Option<(FoundAt, FileFormat)> {
        let in_data_dir = sources
            .data_dir
            .as_deref()
            .and_then(|dir| self.find_under(dir));
        let in_data_dir = in_data_dir.map(|(path, form)| (FoundAt::DataDir(path), form));
        in_data_dir.or_else(|| {
            let (path, form) = self.find_under(sources.cache.as_deref()?)?;
            Some((FoundAt::Cache(path), form))
        })
    }

    fn find_under(&self, root: &Path) -> Option<(PathBuf, FileFormat)> {
        let raw = self.raw_directory(root);
        let has = |name: &str| raw.join(name).is_file();
        let complete = match self.hgcn() {
            Some(set) => set.files().iter().all(|name| has(name)),
            None => planetoid::PARTS
                .iter()
                .all(|part| has(&format!("ind.{}.{part}", self.name))),
        };
        if complete {
            return Some((raw, FileFormat::Raw));
        }
        let plain = match self.hgcn() {
            Some(set) => root.join("hgcn/plain").join(set.stem()),
            None => root.join("planetoid/plain").join(self.name),
        };
        let has_edges = plain.join("edges.tsv").is_file();
        has_edges.then_some((plain, FileFormat::Plain))
    }

    fn raw_directory(&self, root: &Path) -> PathBuf {
        root.join(match self.hgcn() {
            Some(_) => "hgcn/raw",
            None => "planetoid/raw",
        })
    }

    /// The published files and their digests.
    fn digests(&self) -> Vec<(&'static str, &'static str)> {
        match self.name {
            "disease-lp" => pinned::DISEASE_LP.to_vec(),
            "disease-nc" => pinned::DISEASE_NC.to_vec(),
            _ => {
                let files = self.pinned().iter();
                files.map(|file| (file.name, file.archive.sha256)).collect()
            }
        }
    }

    /// Refuses files that are not the published ones, to the last bit.
    fn check(&self, directory: &Path) -> Result<(), DataError> {
        for (name, expected) in self.digests() {
            let path = directory.join(name);
            let actual = hash::sha256(&input::read(&path)?);
            if actual != expected {
                return Err(DataError::Altered {
                    path,
                    expected: vec![expected],
                    actual,
                    dataset: self.name,
                });
            }
        }
        Ok(())
    }

    /// Makes its files available, downloading what is not there, and what is altered in the cache. None if
    /// it is generated.
    ///
    /// # Errors
    /// [`DataError::Altered`] for files elsewhere; those of downloads.
    pub fn fetch_into(
        &self,
        sources: &Sources,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Option<FoundAt>, DataError> {
        match self.find(sources) {
            Some((FoundAt::Cache(directory), FileFormat::Raw))
                if !self.is_generated() && self.check(&directory).is_err() => {}
            Some((found, FileFormat::Raw)) => {
                found
                    .path()
                    .map_or(Ok(()), |directory| self.check(directory))?;
                return Ok(Some(found));
            }
            Some((found, FileFormat::Plain)) => return Ok(Some(found)),
            None if self.is_generated() => return Ok(None),
            None => {}
        }
        let directory = self.download(sources, progress)?;
        Ok(Some(FoundAt::Cache(directory)))
    }

    pub(super) fn read(&self, directory: &Path, form: FileFormat) -> Result<GraphData, DataError> {
        if form == FileFormat::Raw {
            self.check(directory)?;
        }
        match (self.hgcn(), form) {
            (Some(set), FileFormat::Raw) => hgcn::read_raw(directory, set),
            (Some(set), FileFormat::Plain) => hgcn::read_plain(directory, set),
            (None, FileFormat::Raw) => planetoid::read_raw(directory, self.name),
            (None, FileFormat::Plain) => planetoid::read_plain(directory, self.name),
        }
    }

    /// Downloads the files into the cache; each is kept only if it is the pinned one.
    pub(super) fn download(
        &self,
        sources: &Sources,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<PathBuf, DataError> {
        let cache = sources
            .cache
            .as_deref()
            .ok_or(DataError::NoCacheDirectory)?;
        let directory = self.raw_directory(cache);
        let total = self.pinned().iter().map(|file| file.archive.bytes).sum();
        let mut before = 0;
        for Pinned { name, archive } in self.pinned() {
            let bytes = download::download(archive, &mut |part| {
                let received = before + part.received;
                progress(Progress { received, total });
            })?;
            download::install(&directory, name, &bytes)?;
            before += archive.bytes;
        }
        Ok(directory)
    }

    /// A tree by the law of the published one. The seeds give trees of about its size.
    pub(super) fn generate(&self) -> Result<GraphData, DataError> {
        let graph = match self.hgcn() {
            Some(HgcnSet::DiseaseNc) => {
                disease::generate(&disease::Config::node_classification(), NC_SEED)?
            }
            _ => disease::generate(&disease::Config::link_prediction(), LP_SEED)?,
        };
        Ok(graph)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::load_with;

    #[test]
    fn an_altered_file_is_refused_by_name_and_not_read() {
        let root = tempfile::tempdir().unwrap();
        let raw = root.path().join("hgcn/raw");
        std::fs::create_dir_all(&raw).unwrap();
        for (name, _) in &pinned::DISEASE_NC {
            std::fs::write(raw.join(name), "0,1\n").unwrap();
        }
        let sources = Sources {
            data_dir: Some(root.path().to_owned()),
            ..Sources::default()
        };
        let error = load_with("disease-nc", false, &sources, |_| {}).unwrap_err();
        assert!(
            matches!(&error, DataError::Altered { path, .. } if path.ends_with("disease_nc.edges.csv"))
        );
        assert!(error.hint().unwrap().contains("fetching disease-nc again"));
    }
}
