//! Graphs by name.

use super::hgcn::HgcnSet;
use super::pinned::{self, Pinned};
use super::{
    GraphData, GraphFacts, GraphProblem, Location, NodeProportions, Task, disease, folder, hgcn,
    planetoid, random,
};
use crate::download::{self, Progress};
use crate::sources::{FoundAt, Sources};
use crate::{DataError, graphml, hash, input, suggest};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// A named graph and its facts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct GraphDataset {
    /// The name by which it is loaded.
    pub name: &'static str,
    /// What it is, in one line.
    pub description: &'static str,
    /// Number of nodes; of the published graph where it may be generated.
    pub nodes: usize,
    /// Number of edges between different nodes.
    pub edges: usize,
    /// Number of features.
    pub features: usize,
    /// Number of classes.
    pub classes: usize,
    /// The license.
    pub license: &'static str,
    /// Size of its download in bytes; 0 for what is generated.
    pub download_bytes: u64,
    #[serde(skip)]
    facts: GraphFacts,
}

const LINQS: &str = "none stated (Planetoid's files: MIT)";
const HGCN: &str = "none stated";
/// The published shares of the disease trees.
const DISEASE: NodeProportions = NodeProportions {
    val: 0.10,
    test: 0.60,
};

static DATASETS: [GraphDataset; 6] = [
    GraphDataset {
        name: "airport",
        description: "flight routes between airports, classed by the population of the country",
        nodes: 3_188,
        edges: 18_630,
        features: 5,
        classes: 4,
        license: HGCN,
        download_bytes: 554_100,
        facts: GraphFacts {
            degree_features: true,
            ..GraphFacts::of("airport", "airport")
        },
    },
    GraphDataset {
        name: "citeseer",
        description: "citations between papers on computer science, classed by field",
        nodes: 3_327,
        edges: 4_552,
        features: 3_703,
        classes: 6,
        license: LINQS,
        download_bytes: 1_036_188,
        facts: GraphFacts::of("citeseer", "citeseer"),
    },
    GraphDataset {
        name: "cora",
        description: "citations between papers on machine learning, classed by topic",
        nodes: 2_708,
        edges: 5_278,
        features: 1_433,
        classes: 7,
        license: LINQS,
        download_bytes: 572_444,
        facts: GraphFacts::of("cora", "cora"),
    },
    GraphDataset {
        name: "disease-lp",
        description: "an infection that spreads down a tree, published or generated",
        nodes: 2_665,
        edges: 2_664,
        features: 11,
        classes: 2,
        license: HGCN,
        download_bytes: 0,
        facts: GraphFacts {
            usual_task: Task::LinkPrediction,
            proportions: DISEASE,
            ..GraphFacts::of("disease-lp", "disease")
        },
    },
    GraphDataset {
        name: "disease-nc",
        description: "an infection that spreads down a deeper tree, published or generated",
        nodes: 1_044,
        edges: 1_043,
        features: 1_000,
        classes: 2,
        license: HGCN,
        download_bytes: 0,
        facts: GraphFacts {
            proportions: DISEASE,
            ..GraphFacts::of("disease-nc", "disease")
        },
    },
    GraphDataset {
        name: "pubmed",
        description: "citations between papers on diabetes, classed by type",
        nodes: 19_717,
        edges: 44_324,
        features: 500,
        classes: 3,
        license: LINQS,
        download_bytes: 8_722_598,
        facts: GraphFacts::of("pubmed", "pubmed"),
    },
];

/// All graphs known by name.
pub fn graph_datasets() -> &'static [GraphDataset] {
    &DATASETS
}

/// The graph called `name`.
///
/// # Errors
/// [`DataError::UnknownDataset`] with the nearest name.
///
/// # Examples
/// ```
/// assert_eq!(geom_data::graph::graph_dataset("cora")?.nodes, 2_708);
/// let error = geom_data::graph::graph_dataset("citeser").unwrap_err();
/// assert!(error.hint().unwrap().starts_with(r#"did you mean "citeseer"?"#));
/// # Ok::<(), geom_data::DataError>(())
/// ```
pub fn graph_dataset(name: &str) -> Result<&'static GraphDataset, DataError> {
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

/// What the files of a dataset are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FileFormat {
    Raw,
    Plain,
}

impl GraphDataset {
    /// What is known of it beyond its data.
    pub fn facts(&self) -> &GraphFacts {
        &self.facts
    }

    /// The graph of a family that is usually used for `task`: of `disease` the tree of that task.
    pub fn of_family(family: &str, task: Task) -> Option<&'static Self> {
        let of_family = |dataset: &&Self| dataset.facts.family == Some(family);
        let mut members = DATASETS.iter().filter(of_family);
        let first = members.clone().next();
        members
            .find(|dataset| dataset.facts.usual_task == task)
            .or(first)
    }

    fn hgcn(&self) -> Option<HgcnSet> {
        let sets = [HgcnSet::Airport, HgcnSet::DiseaseLp, HgcnSet::DiseaseNc];
        sets.into_iter().find(|set| set.name() == self.name)
    }

    /// The files to download; none for what can be generated.
    fn pinned(&self) -> &'static [Pinned] {
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

    fn find(&self, sources: &Sources) -> Option<(FoundAt, FileFormat)> {
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

    fn read(&self, directory: &Path, form: FileFormat) -> Result<GraphData, DataError> {
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
    fn download(
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
    fn generate(&self) -> Result<GraphData, DataError> {
        let graph = match self.hgcn() {
            Some(HgcnSet::DiseaseNc) => {
                disease::generate(&disease::Config::node_classification(), NC_SEED)?
            }
            _ => disease::generate(&disease::Config::link_prediction(), LP_SEED)?,
        };
        Ok(graph)
    }
}

/// The seed of a tree with 2,668 nodes, 1,051 infected; the published one has 2,665 and 1,060.
const LP_SEED: u64 = 3_434;
/// The seed of a tree with 1,036 nodes, 205 infected; the published one has 1,044 and 211.
const NC_SEED: u64 = 562;

/// Whether [`load`] takes this for the name of a graph, not for the path of a folder or a file.
pub fn is_named(name: &str) -> bool {
    name.starts_with(random::PREFIX) || DATASETS.iter().any(|dataset| dataset.name == name)
}

/// Loads a graph by its name, makes the random graph `random:NODES,DEGREE`, or reads the folder or the
/// [GraphML](crate::graphml) file of that path.
///
/// A name is looked up in `GEOM_DATA_DIR` and the cache, and downloaded if it is in neither; the disease
/// trees are never downloaded, but generated. [`GraphData::notes`] tell which it was.
///
/// # Errors
/// [`DataError::UnknownDataset`] if there is neither a dataset nor a folder of that name,
/// [`DataError::NotFound`] if it is clearly a path, [`DataError::RandomGraphName`] for numbers of a
/// random graph that cannot be read; those of [`random::hyperbolic`],
/// [`folder::read`], [`graphml::read_graph`](crate::graphml::read_graph), [`planetoid::read_raw`], [`hgcn::read_raw`] and of downloads.
///
/// # Examples
/// ```
/// let tree = geom_data::graph::load("disease-lp")?;
/// assert_eq!(tree.features().unwrap().width(), 11);
/// # Ok::<(), geom_data::DataError>(())
/// ```
pub fn load(name_or_directory: &str) -> Result<GraphData, DataError> {
    load_with(name_or_directory, true, &Sources::from_env(), |_| {})
}

/// [`load`] from `sources`, with `progress` called while a download runs; without `download` nothing is
/// fetched.
///
/// # Errors
/// As [`load`], and [`DataError::DatasetMissing`] for what would have to be downloaded.
pub fn load_with(
    name_or_directory: &str,
    download: bool,
    sources: &Sources,
    mut progress: impl FnMut(Progress),
) -> Result<GraphData, DataError> {
    if name_or_directory.starts_with(random::PREFIX) {
        return random::named(name_or_directory);
    }
    let dataset = match graph_dataset(name_or_directory) {
        Ok(dataset) => dataset,
        Err(_) if Path::new(name_or_directory).is_dir() => return folder::read(name_or_directory),
        Err(_) if graphml::is_graphml(name_or_directory.as_ref()) => {
            return graphml::read_graph(name_or_directory);
        }
        Err(_) if Path::new(name_or_directory).is_file() => {
            return Err(GraphProblem::NotAFolder.at(Location::file(name_or_directory.as_ref())));
        }
        // No name holds a separator, so that a path is meant.
        Err(_) if name_or_directory.contains(std::path::is_separator) => {
            let path = name_or_directory.into();
            return Err(DataError::NotFound { path });
        }
        Err(unknown) => return Err(unknown),
    };
    let known = |graph: GraphData| graph.with_facts(dataset.facts);
    if let Some((found, form)) = dataset.find(sources) {
        // What is found in a directory has a path.
        let directory = found.path().unwrap_or(Path::new(""));
        return dataset.read(directory, form).map(known);
    }
    if dataset.is_generated() {
        return dataset.generate().map(known);
    }
    if !download {
        return Err(DataError::DatasetMissing {
            name: dataset.name,
            looked_in: dataset.looked_in(sources),
        });
    }
    let directory = dataset.download(sources, &mut progress)?;
    dataset.read(&directory, FileFormat::Raw).map(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_ascend_and_downloads_have_their_size() {
        assert!(DATASETS.is_sorted_by(|a, b| a.name < b.name));
        for dataset in &DATASETS {
            let bytes: u64 = dataset.pinned().iter().map(|file| file.archive.bytes).sum();
            assert_eq!(dataset.download_bytes, bytes, "{}", dataset.name);
        }
    }

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
        assert!(
            error
                .hint()
                .unwrap()
                .contains("geom datasets fetch disease-nc")
        );
    }

    #[test]
    fn every_graph_has_a_card() {
        for dataset in &DATASETS {
            let name = dataset.name.split('-').next().unwrap();
            let card = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets");
            let card = card.join(name).join("README.md");
            assert!(card.is_file(), "{}", card.display());
        }
    }

    #[test]
    fn trees_are_generated_where_nothing_is_found_and_say_so() {
        let sources = Sources::default();
        for (name, nodes, infected) in [("disease-lp", 2_668, 1_051), ("disease-nc", 1_036, 205)] {
            let tree = load_with(name, false, &sources, |_| {}).unwrap();
            assert!(
                tree.notes()[0].starts_with("generated"),
                "{:?}",
                tree.notes()
            );
            let counts = tree.labels().unwrap().counts();
            assert_eq!((tree.num_nodes(), counts[1]), (nodes, infected), "{name}");
            let width = tree.features().unwrap().width();
            assert_eq!(width, graph_dataset(name).unwrap().features, "{name}");
        }
    }

    #[test]
    fn facts_are_those_of_the_name_in_the_catalog() {
        for dataset in &DATASETS {
            assert_eq!(dataset.facts.dataset, Some(dataset.name));
        }
        let tree = load_with("disease-lp", false, &Sources::default(), |_| {}).unwrap();
        assert_eq!(tree.facts().usual_task, Task::LinkPrediction);
        assert_eq!(tree.facts().proportions.test, 0.60);
        let of = |task| GraphDataset::of_family("disease", task).map(|dataset| dataset.name);
        assert_eq!(of(Task::LinkPrediction), Some("disease-lp"));
        assert_eq!(of(Task::NodeClassification), Some("disease-nc"));
        let cora = GraphDataset::of_family("cora", Task::LinkPrediction);
        assert_eq!(cora.map(|dataset| dataset.name), Some("cora"));
        assert_eq!(
            GraphDataset::of_family("elsewhere", Task::LinkPrediction),
            None
        );
    }

    #[test]
    fn a_folder_called_like_a_dataset_has_none_of_its_facts() {
        let root = tempfile::tempdir().unwrap();
        for name in ["airport", "disease-nc", "disease-lp", "disease", "cora"] {
            let folder = root.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            std::fs::write(folder.join("edges.csv"), "0,1\n1,2\n").unwrap();
            let graph = load(&folder.display().to_string()).unwrap();
            assert_eq!(
                (graph.name(), *graph.facts()),
                (name, GraphFacts::default())
            );
        }
        let made = disease::generate(&disease::Config::node_classification(), 0).unwrap();
        assert_eq!(*made.facts(), GraphFacts::default());
    }

    #[test]
    fn a_random_graph_is_made_by_its_name() {
        let graph = load("random:200,6").unwrap();
        assert_eq!((graph.name(), graph.num_nodes()), ("random:200,6", 200));
        assert_eq!(load("random: 200, 6").unwrap().edges(), graph.edges());
        assert!(is_named("random:200,6") && is_named("cora") && !is_named("./cora"));
        for wrong in ["random:", "random:200", "random:x,6", "random:200,6,7"] {
            let error = load(wrong).unwrap_err();
            assert!(
                matches!(error, DataError::RandomGraphName { .. }),
                "{error}"
            );
        }
        let error = load("random:10,20").unwrap_err();
        assert!(error.to_string().contains("mean_degree"), "{error}");
    }

    #[test]
    fn a_missing_graph_tells_where_it_was_sought_and_a_wrong_name_what_there_is() {
        let sources = Sources {
            data_dir: Some("nowhere".into()),
            ..Sources::default()
        };
        let missing = load_with("cora", false, &sources, |_| {}).unwrap_err();
        assert!(
            missing.to_string().contains("nowhere/planetoid/raw"),
            "{missing}"
        );
        let unknown = load_with("cra", false, &sources, |_| {}).unwrap_err();
        assert!(matches!(
            unknown,
            DataError::UnknownDataset {
                suggestion: Some("cora"),
                ..
            }
        ));
        let path = load_with("./nowhere", false, &sources, |_| {}).unwrap_err();
        assert!(matches!(path, DataError::NotFound { .. }));
        let no_cache = load_with("cora", true, &sources, |_| {}).unwrap_err();
        assert!(matches!(no_cache, DataError::NoCacheDirectory));
    }
}
