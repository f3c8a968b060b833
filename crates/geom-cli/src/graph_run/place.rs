//! Where the graph of a run is.

use std::path::{Component, Path, PathBuf};

use geom::data::graph::{self, GraphData};
use geom::data::sources::Sources;
use geom::train::storage::failpoint;
use serde::{Deserialize, Serialize};

use crate::error::CliError;

/// Where a run's graph was, told so that it is found again from another folder, in another shell, and, if
/// it moved together with the run, in another place. Whether what is found is the same graph is decided by
/// what is in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// The path of a folder from that of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from_run: Option<PathBuf>,
    /// What GEOM_DATA_DIR was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    data_dir: Option<PathBuf>,
}

impl Place {
    /// That of the graph `dataset`, an absolute path or a name, for a run in the folder `run`.
    pub(crate) fn new(dataset: &str, run: &Path) -> Self {
        let absolute = |path: &Path| std::path::absolute(path).ok();
        let is_named = graph::is_named(dataset);
        Self {
            from_run: absolute(run)
                .filter(|_| !is_named)
                .map(|run| from(Path::new(dataset), &run)),
            data_dir: Sources::from_env()
                .data_dir
                .filter(|_| is_named)
                .and_then(|path| absolute(&path)),
        }
    }

    /// Loads the graph `dataset` of the run in the folder `run`.
    pub(crate) fn load(&self, dataset: &str, run: &Path) -> Result<GraphData, CliError> {
        let mut sources = Sources::from_env();
        if sources.data_dir.is_none() {
            sources.data_dir = self.data_dir.clone().filter(|path| path.is_dir());
        }
        let beside = self.from_run.as_ref().map(|path| run.join(path));
        match beside.filter(|path| path.exists() && !Path::new(dataset).exists()) {
            Some(moved) => load_with(&moved.display().to_string(), &sources),
            None => load_with(dataset, &sources),
        }
    }
}

/// The graph of a name, looked for in `sources`, or of a folder.
pub(super) fn load_with(dataset: &str, sources: &Sources) -> Result<GraphData, CliError> {
    let graph = graph::load_with(dataset, true, sources, |_| {})?;
    failpoint::reach("data/read");
    Ok(graph)
}

/// The way from one absolute path to another.
fn from(to: &Path, from: &Path) -> PathBuf {
    let (to, from): (Vec<_>, Vec<_>) = (to.components().collect(), from.components().collect());
    let common = to.iter().zip(&from).take_while(|(a, b)| a == b).count();
    let up = from[common..].iter().map(|_| Component::ParentDir);
    up.chain(to[common..].iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_between_folders_goes_up_and_down() {
        let way = |to: &str, start: &str| from(Path::new(to), Path::new(start));
        assert_eq!(way("/a/data/x", "/a/runs/one"), Path::new("../../data/x"));
        assert_eq!(way("/a/b", "/a"), Path::new("b"));
    }
}
