//! Citation graphs in the original Planetoid files: Cora, CiteSeer, PubMed.
//!
//! The files `ind.<name>.{x,tx,allx,y,ty,ally,graph}` are Python pickles and are read by
//! [`crate::pickle`], which runs nothing; `ind.<name>.test.index` is text.
//!
//! The steps are the usual ones: `allx` above `tx`, the rows of `tx` put where `test.index` says; a
//! test position that `test.index` leaves out (15 in CiteSeer) is a node without features, without
//! label, and in no part of the split. The split trains on the rows of `x`, chooses by the next 500,
//! and tests on `test.index`.
//!
//! # References
//! Yang, Cohen, Salakhutdinov (2016), *Revisiting Semi-Supervised Learning with Graph Embeddings*;
//! Kipf, Welling (2017), *Semi-Supervised Classification with Graph Convolutional Networks*.

use super::scipy::{read_pickle, rows};
use super::table::Table;
use super::{GraphData, GraphProblem, Labels, Location, MAX_NODES, NodeSplit, SparseRows, folder};
use crate::DataError;
use crate::numpy::npz::CsrMatrix;
use crate::pickle::PickleProblem;
use std::path::{Path, PathBuf};

/// Nodes after the training nodes by which a model is chosen.
const VALIDATION: usize = 500;

/// The parts whose files [`read_raw`] needs; `x` and `y` are the beginning of `allx` and `ally`.
pub const PARTS: [&str; 8] = ["x", "y", "tx", "ty", "allx", "ally", "graph", "test.index"];

/// Reads `ind.<name>.*` in `directory`.
///
/// # Errors
/// [`DataError::Pickle`] for a damaged or hostile pickle, [`DataError::Graph`] for parts that do not
/// fit together, and those of reading files.
pub fn read_raw(directory: impl AsRef<Path>, name: &str) -> Result<GraphData, DataError> {
    let directory = directory.as_ref();
    let part = |part: &str| directory.join(format!("ind.{name}.{part}"));
    let index_path = part("test.index");
    let test = folder::parse_nodes(&Table::read(&index_path)?, MAX_NODES)?;
    let num_train = read_matrix(&part("x"))?.shape[0];
    let known = read_rows(&part("allx"))?;
    let tested = read_rows(&part("tx"))?;
    let known_classes = read_one_hot(&part("ally"))?;
    let tested_classes = read_one_hot(&part("ty"))?;
    let (num_nodes, edges) = read_adjacency(&part("graph"))?;
    let count = |what, expected, found, part: PathBuf| {
        let problem = GraphProblem::NodeCount {
            what,
            expected,
            found,
        };
        if expected == found {
            Ok(())
        } else {
            Err(problem.at(Location::file(&part)))
        }
    };
    count(
        "labels",
        known.num_rows(),
        known_classes.len(),
        part("ally"),
    )?;
    count("test features", test.len(), tested.num_rows(), part("tx"))?;
    count("test labels", test.len(), tested_classes.len(), part("ty"))?;

    // Which row of `tx` a node beyond `allx` has, if any.
    let base = known.num_rows();
    if base > num_nodes {
        count("features", num_nodes, base, part("allx"))?;
    }
    let mut row_of = vec![None; num_nodes - base];
    for (row, &node) in test.iter().enumerate() {
        let place = Location::file(&index_path);
        let slot = (node as usize)
            .checked_sub(base)
            .and_then(|at| row_of.get_mut(at));
        let Some(slot) = slot else {
            let node = node.into();
            return Err(GraphProblem::NodeOutOfRange { node, num_nodes }.at(place));
        };
        if slot.replace(row).is_some() {
            return Err(GraphProblem::RepeatedNode { node }.at(place));
        }
    }
    if tested.width() != known.width() {
        let problem = GraphProblem::FeatureWidth {
            expected: known.width(),
            found: tested.width(),
        };
        return Err(problem.at(Location::file(&part("tx"))));
    }
    let mut features = known;
    let mut classes = known_classes;
    for row in &row_of {
        let (columns, values) = row.map_or((&[][..], &[][..]), |row| tested.row(row));
        let entries: Vec<_> = columns
            .iter()
            .copied()
            .zip(values.iter().copied())
            .collect();
        features.push_row(&entries)?;
        classes.push(row.and_then(|row| tested_classes[row]));
    }
    let last = num_train.saturating_add(VALIDATION);
    if last > num_nodes {
        count("training and validation data", num_nodes, last, part("x"))?;
    }
    let mut test = test;
    test.sort_unstable();
    let split = NodeSplit {
        train: (0..num_train as u32).collect(),
        val: (num_train as u32..last as u32).collect(),
        test,
    };
    let missing = row_of.iter().filter(|row| row.is_none()).count();
    let labels =
        Labels::counted(classes).map_err(|problem| problem.at(Location::file(directory)))?;
    let mut graph = GraphData::builder(name, num_nodes)
        .edges(edges)
        .features(features)
        .labels(labels)
        .split(split)
        .note(format!(
            "original Planetoid files in {}",
            directory.display()
        ));
    if missing > 0 {
        graph = graph.note(format!("{missing} nodes have no features and no label"));
    }
    graph
        .build()
        .map_err(|problem| problem.at(Location::file(directory)))
}

/// Reads the plain form in `directory`: a [`folder`] of this `name`.
///
/// # Errors
/// As [`folder::read`].
pub fn read_plain(directory: impl AsRef<Path>, name: &str) -> Result<GraphData, DataError> {
    folder::read(directory).map(|graph| graph.named(name))
}

fn read_rows(path: &Path) -> Result<SparseRows, DataError> {
    rows(read_matrix(path)?).map_err(|problem| problem.at(Location::file(path)))
}

fn read_matrix(path: &Path) -> Result<CsrMatrix, DataError> {
    read_pickle(path, |pickle| pickle.csr_matrix(pickle.root()))
}

/// The classes of an array with one row a node: a 1 in the column of its class, or nothing.
fn read_one_hot(path: &Path) -> Result<Vec<Option<u32>>, DataError> {
    let array = read_pickle(path, |pickle| pickle.array(pickle.root()))?;
    let wrong = |problem| DataError::Array {
        path: path.to_owned(),
        problem,
    };
    let values = array.floats().map_err(wrong)?;
    let &[rows, width] = &array.shape[..] else {
        let problem = crate::numpy::ArrayProblem::Kind("an array of nodes and classes");
        return Err(wrong(problem));
    };
    if width == 0 || width > u32::MAX as usize {
        let problem = crate::numpy::ArrayProblem::Kind("at least one class");
        return Err(wrong(problem));
    }
    let mut classes = Vec::with_capacity(rows.min(values.len()));
    for row in values.chunks_exact(width) {
        let mut set = (0..).zip(row).filter(|(_, value)| **value != 0.0);
        classes.push(set.next().map(|(class, _)| class));
        if set.next().is_some() {
            let problem = crate::numpy::ArrayProblem::Kind("at most one class a node");
            return Err(wrong(problem));
        }
    }
    Ok(classes)
}

/// Number of nodes and the edges of a dictionary from nodes to lists of neighbors.
fn read_adjacency(path: &Path) -> Result<(usize, Vec<[u32; 2]>), DataError> {
    read_pickle(path, |pickle| {
        let wrong = PickleProblem::Kind("a dictionary of node numbers and lists of them");
        let node = |id| u32::try_from(pickle.int(id)?).ok();
        let entries = pickle.entries(pickle.root()).ok_or(wrong.clone())?;
        let budget = pickle.len();
        let mut edges = Vec::new();
        let mut largest = 0;
        for &(key, list) in entries.iter() {
            let u = node(key).ok_or(wrong.clone())?;
            largest = largest.max(u);
            for &neighbor in pickle.items(list).ok_or(wrong.clone())? {
                let v = node(neighbor).ok_or(wrong.clone())?;
                largest = largest.max(v);
                edges.push([u, v]);
                if edges.len() > budget {
                    return Err(PickleProblem::Kind("lists that are not the same one"));
                }
            }
        }
        if largest as usize >= entries.len() {
            return Err(PickleProblem::Kind(
                "an entry for each of the nodes, from 0",
            ));
        }
        Ok((entries.len(), edges))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adjacency(pickle: &[u8]) -> Result<(usize, Vec<[u32; 2]>), PickleProblem> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), pickle).unwrap();
        read_adjacency(file.path()).map_err(|error| match error {
            DataError::Pickle { problem, .. } => problem,
            other => panic!("{other}"),
        })
    }

    #[test]
    fn neighbors_are_read_from_a_dictionary_of_lists() {
        let (nodes, edges) = adjacency(b"}(K\0](K\x01eK\x01](K\0K\x01eu.").unwrap();
        assert_eq!((nodes, edges), (2, vec![[0, 1], [1, 0], [1, 1]]));
        // A gap, a negative number, a list of texts.
        for bad in [
            &b"}(K\0](K\x05eu."[..],
            b"}(J\xff\xff\xff\xff]u.",
            b"}(K\0](U\x01aeu.",
        ] {
            assert!(matches!(adjacency(bad), Err(PickleProblem::Kind(_))));
        }
    }

    #[test]
    fn one_list_for_every_node_does_not_multiply() {
        // 50,000 nodes that share a list of 50,000 would be 2,500,000,000 edges.
        let mut bomb = b"]q\0(".to_vec();
        bomb.extend(b"K\0".repeat(50_000));
        bomb.extend(b"e0}(");
        for node in 0..50_000u16 {
            bomb.push(b'M');
            bomb.extend(node.to_le_bytes());
            bomb.extend(b"h\0");
        }
        bomb.extend(b"u.");
        let refused = adjacency(&bomb).unwrap_err();
        assert!(
            refused.to_string().contains("not the same one"),
            "{refused}"
        );
    }

    #[test]
    fn a_row_of_labels_has_one_class_or_none() {
        let one_hot = |rows: &[u8]| {
            let file = tempfile::NamedTempFile::new().unwrap();
            // numpy.array of bytes with shape (2, 2).
            let mut pickle =
                b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85\
                U\x01b\x87R(K\x01K\x02K\x02\x86cnumpy\ndtype\nU\x02u1K\0K\x01\x87R\x89U\x04"
                    .to_vec();
            pickle.extend(rows);
            pickle.extend(b"tb.");
            std::fs::write(file.path(), pickle).unwrap();
            read_one_hot(file.path())
        };
        assert_eq!(one_hot(&[0, 1, 0, 0]).unwrap(), [Some(1), None]);
        assert!(matches!(
            one_hot(&[1, 1, 0, 0]),
            Err(DataError::Array { .. })
        ));
    }
}
