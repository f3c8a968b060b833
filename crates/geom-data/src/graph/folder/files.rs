//! Which files of a folder are which table.

use crate::DataError;
use crate::graph::{GraphProblem, Location};
use std::path::{Path, PathBuf};

/// The endings of tables of text.
const TEXT: [&str; 6] = ["tsv", "csv", "txt", "tsv.gz", "csv.gz", "txt.gz"];
/// The further endings of features.
const ARRAYS: [&str; 2] = ["npy", "npz"];
/// The further endings of edges.
const MATRICES: [&str; 2] = ["mtx", "mtx.gz"];

/// What is read in a folder, without endings.
pub(super) const TABLES: [&str; 7] = [
    "edges",
    "self_loops",
    "nodes",
    "features",
    "labels",
    "splits",
    "meta",
];

/// What is read in the folder of splits, without endings.
pub(super) const PARTS: [&str; 3] = ["train", "val", "test"];

/// The endings under which a table is read.
fn endings(stem: &str) -> impl Iterator<Item = &'static str> {
    let more: &[&str] = match stem {
        "features" => &ARRAYS,
        "edges" => &MATRICES,
        _ => &[],
    };
    TEXT.into_iter().chain(more.iter().copied())
}

/// The table called `stem`, whatever its ending; of two, none is the right one.
pub(super) fn find(directory: &Path, stem: &str) -> Result<Option<PathBuf>, DataError> {
    let paths = endings(stem).map(|ending| directory.join(format!("{stem}.{ending}")));
    let mut found = paths.filter(|path| path.is_file());
    let (first, second) = (found.next(), found.next());
    match second.and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned())) {
        Some(file) => {
            let place = Location::file(first.as_deref().unwrap_or(directory));
            Err(GraphProblem::SecondTable { file }.at(place))
        }
        None => Ok(first),
    }
}

/// The names of what is in a folder and none of its tables.
///
/// Something called like a table that is not read, such as `labels.parquet`, is an error: the graph would
/// be another one without it.
pub(super) fn survey(directory: &Path, stems: &[&str]) -> Result<Vec<String>, DataError> {
    let failed = |error| DataError::io(directory, "read", error);
    let mut not_read = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let (stem, ending) = name.split_once('.').unwrap_or((&name, ""));
        if stem.is_empty() {
            // Hidden by the user's wish.
            continue;
        }
        let lower = stem.to_lowercase();
        let Some(known) = stems.iter().find(|known| **known == lower) else {
            not_read.push(name);
            continue;
        };
        let is_read = match *known {
            "splits" => entry.path().is_dir() && ending.is_empty(),
            "meta" => ending == "tsv" && entry.path().is_file(),
            known => endings(known).any(|it| it == ending) && entry.path().is_file(),
        };
        if !(is_read && stem == lower) {
            let file = name.clone();
            return Err(GraphProblem::UnreadTable { file }.at(Location::file(directory)));
        }
    }
    not_read.sort_unstable();
    Ok(not_read)
}
