//! Lists of nodes, and of pairs of nodes, which a question is about.

use super::names::NodeIndex;
use super::table::{Line, Table};
use super::{GraphProblem, names};
use crate::DataError;
use crate::header::{self, Header};
use std::path::Path;

const NODE: &str = "one node a line";
const PAIR: &str = "two nodes a line, split by a tab, a comma or a space";

/// The nodes in the file at `path`, one a line, by what they are called in a graph.
///
/// A file that ends in `.csv` may quote them; other lines are names with the spaces in them. Blank lines,
/// lines that begin with `#` and a header such as `node` are skipped.
///
/// # Errors
/// [`GraphProblem::UnknownNode`] with file and line; [`DataError::EmptyFile`]; those of reading files.
pub fn read_nodes(path: &Path, index: &NodeIndex<'_>) -> Result<Vec<u32>, DataError> {
    let table = Table::read(path)?;
    let mut nodes = Vec::new();
    for (number, line) in table.items().enumerate() {
        let [name] = line.exactly(NODE)?;
        if number == 0 && header::is_node(&name) && index.find(&name).is_none() {
            continue;
        }
        nodes.push(find(&line, &name, index)?);
    }
    not_empty(nodes, path)
}

/// The pairs of nodes in the file at `path`, one a line, read like the edges of a
/// [folder](super::folder).
///
/// # Errors
/// As [`read_nodes`].
pub fn read_pairs(path: &Path, index: &NodeIndex<'_>) -> Result<Vec<[u32; 2]>, DataError> {
    let table = Table::read(path)?;
    let mut pairs = Vec::new();
    for (number, line) in table.lines().enumerate() {
        let [u, v] = line.exactly(PAIR)?;
        let is_known = || index.find(&u).is_some() && index.find(&v).is_some();
        if number == 0 && Header::of(&u, &v).is_some() && !is_known() {
            continue;
        }
        pairs.push([find(&line, &u, index)?, find(&line, &v, index)?]);
    }
    not_empty(pairs, path)
}

fn find(line: &Line<'_>, name: &str, index: &NodeIndex<'_>) -> Result<u32, DataError> {
    names::check(name).map_err(|rule| line.wrong(rule))?;
    index.find(name).ok_or_else(|| {
        line.problem(GraphProblem::UnknownNode {
            name: name.to_owned(),
            suggestion: index.suggest(name).map(str::to_owned),
        })
    })
}

fn not_empty<T>(found: Vec<T>, path: &Path) -> Result<Vec<T>, DataError> {
    if found.is_empty() {
        return Err(DataError::EmptyFile {
            path: path.to_owned(),
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Names;

    #[test]
    fn nodes_and_pairs_are_found_by_name_or_by_number() {
        let folder = tempfile::tempdir().unwrap();
        let file = |text: &str| {
            let path = folder.path().join("asked.txt");
            std::fs::write(&path, text).unwrap();
            path
        };
        let called = ["New York", "ann", "bob"].map(str::to_owned).to_vec();
        let names = Names::new(Some(called), None);
        let named = names.index(3);
        let nodes = |text: &str| read_nodes(&file(text), &named).map_err(|error| error.to_string());
        assert_eq!(nodes("node\nbob\nNew York\n\nbob\n"), Ok(vec![2, 0, 2]));
        let error = nodes("ann\nbib\n").unwrap_err();
        assert!(
            error.contains("asked.txt:2: no node is called \"bib\"; did you mean \"bob\"?"),
            "{error}"
        );
        assert!(nodes("\n").is_err());
        let pairs = read_pairs(&file("source\ttarget\nNew York\tann\n"), &named);
        assert_eq!(pairs.unwrap(), [[0, 1]]);
        let numbered = Names::default();
        let pairs = read_pairs(&file("0 2\n1 0\n"), &numbered.index(3));
        assert_eq!(pairs.unwrap(), [[0, 2], [1, 0]]);
        assert!(read_pairs(&file("0 3\n"), &numbered.index(3)).is_err());
    }
}
