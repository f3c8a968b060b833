//! Graphs by name.

mod dataset;
mod files;
mod list;

pub use self::dataset::GraphDataset;

use self::files::FileFormat;
use self::list::DATASETS;
use super::{GraphData, GraphProblem, GraphTask, Location, folder, random};
use crate::archive::Progress;
use crate::sources::Sources;
use crate::{DataError, graphml, suggest};
use std::path::Path;

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

impl GraphDataset {
    /// The graph of a family that is usually used for `task`: of `disease` the tree of that task.
    pub fn of_family(family: &str, task: GraphTask) -> Option<&'static Self> {
        let of_family = |dataset: &&Self| dataset.facts.family == Some(family);
        let mut members = DATASETS.iter().filter(of_family);
        let first = members.clone().next();
        members
            .find(|dataset| dataset.facts.usual_task == task)
            .or(first)
    }
}

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
/// [`folder::read`], [`graphml::read_graph`], [`planetoid::read_raw`](super::planetoid::read_raw),
/// [`hgcn::read_raw`](super::hgcn::read_raw) and of downloads.
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
    use crate::graph::{GraphFacts, disease};

    #[test]
    fn names_ascend_and_downloads_have_their_size() {
        assert!(DATASETS.is_sorted_by(|a, b| a.name < b.name));
        for dataset in &DATASETS {
            let bytes: u64 = dataset.pinned().iter().map(|file| file.archive.bytes).sum();
            assert_eq!(dataset.download_bytes, bytes, "{}", dataset.name);
        }
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
        assert_eq!(tree.facts().usual_task, GraphTask::LinkPrediction);
        assert_eq!(tree.facts().proportions.test, 0.60);
        let of = |task| GraphDataset::of_family("disease", task).map(|dataset| dataset.name);
        assert_eq!(of(GraphTask::LinkPrediction), Some("disease-lp"));
        assert_eq!(of(GraphTask::NodeClassification), Some("disease-nc"));
        let cora = GraphDataset::of_family("cora", GraphTask::LinkPrediction);
        assert_eq!(cora.map(|dataset| dataset.name), Some("cora"));
        assert_eq!(
            GraphDataset::of_family("elsewhere", GraphTask::LinkPrediction),
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
