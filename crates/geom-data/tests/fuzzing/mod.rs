//! The loaders, as the fuzzer calls them: any bytes go in, and a value or a typed error comes out.

use geom_data::edge_list::Options;
use geom_data::graph::folder;
use geom_data::graphml;
use geom_data::numpy::{npy, npz};
use std::fs;

/// Reads a pickle, and takes everything out of it that the loaders would.
pub(crate) fn pickle(data: &[u8]) {
    let Ok(pickle) = geom_data::pickle::parse(data) else {
        return;
    };
    let root = pickle.root();
    let _ = pickle.array(root);
    let _ = pickle.csr_matrix(root);
    let entries = pickle.entries(root).unwrap_or_default();
    for &(key, value) in entries.iter() {
        let _ = (pickle.int(key), pickle.float(key), pickle.bytes(key));
        let _ = pickle.items(value).map(<[_]>::len);
    }
}

/// Reads a `.npy` file.
pub(crate) fn npy(data: &[u8]) {
    if let Ok(array) = npy::parse(data) {
        let _ = (array.integers(), array.floats());
    }
}

/// Reads a sparse matrix in a `.npz` file.
pub(crate) fn npz(data: &[u8]) {
    let _ = npz::parse_csr(data);
}

/// Reads a folder that has nothing but this list of edges.
pub(crate) fn edges(data: &[u8]) {
    read_folder(&[("edges.txt", data)]);
}

/// Reads a folder with one edge and this table of features.
pub(crate) fn features(data: &[u8]) {
    read_folder(&[("edges.txt", b"0 1\n"), ("features.txt", data)]);
}

/// Reads a folder whose files follow one another, a line `--- name` before each.
pub(crate) fn folder(data: &[u8]) {
    let mut files: Vec<(&str, Vec<u8>)> = Vec::new();
    for line in data.split_inclusive(|&byte| byte == b'\n') {
        if let Some(name) = line.strip_prefix(b"--- ") {
            files.extend(
                FILES
                    .iter()
                    .find(|it| name.trim_ascii() == it.as_bytes())
                    .map(|&it| (it, vec![])),
            );
        } else if let Some((_, text)) = files.last_mut() {
            text.extend_from_slice(line);
        }
    }
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, text)| (*name, &text[..]))
        .collect();
    read_folder(&files);
}

/// Reads a GraphML file, as a graph and as relations.
pub(crate) fn graphml(data: &[u8]) {
    let directory = scratch();
    let path = directory.path().join("a.graphml");
    fs::write(&path, data).expect("a temporary file");
    let _ = graphml::read_graph(&path);
    let _ = graphml::read_relations(&path, &Options::default());
}

/// The names that a file may have; any other is left out, so that nothing is written elsewhere.
const FILES: [&str; 8] = [
    "edges.tsv",
    "self_loops.tsv",
    "features.tsv",
    "labels.tsv",
    "meta.tsv",
    "splits/train.txt",
    "splits/val.txt",
    "splits/test.txt",
];

/// A temporary directory, in memory where the system has one there: thousands of files are written.
pub(crate) fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .expect("a temporary directory")
}

fn read_folder(files: &[(&str, &[u8])]) {
    let directory = scratch();
    for (name, text) in files {
        let path = directory.path().join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).expect("a temporary directory");
        }
        fs::write(path, text).expect("a temporary file");
    }
    let _ = folder::read(directory.path());
}
