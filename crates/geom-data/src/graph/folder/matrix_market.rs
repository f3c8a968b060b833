//! Edges as a Matrix Market file: the nonzeros of a square matrix, whose rows are the nodes.
//!
//! # Format
//! `%%MatrixMarket matrix coordinate FIELD SYMMETRY`, comments after `%`, then rows, columns and number of
//! entries, then one entry a line: row and column, from 1, and the value unless the field is `pattern`.
//! Any symmetry is taken, since edges have no direction.
//!
//! # References
//! Boisvert, Pozo and Remington (1996), *The Matrix Market Exchange Formats: Initial Design*.

use crate::graph::problem::shortened;
use crate::graph::{GraphProblem, Location, MAX_NODES};
use crate::{DataError, input};
use std::path::Path;

/// Edges, and what is known of their nodes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Matrix {
    pub(super) num_nodes: usize,
    pub(super) edges: Vec<[u32; 2]>,
    /// Entries that are 0 and therefore no edges.
    pub(super) zeros: usize,
    /// Whether there are values other than 0 and 1.
    pub(super) is_weighted: bool,
}

const BANNER: &str =
    "%%MatrixMarket matrix coordinate, then pattern, real or integer, then a symmetry";
const SIZE: &str = "rows, columns and number of entries";
const ENTRY: &str = "row and column, from 1, and a value unless the field is pattern";

pub(super) fn read(path: &Path) -> Result<Matrix, DataError> {
    parse(path, &input::read(path)?)
}

/// Takes the bytes of a file; `path` is for messages.
fn parse(path: &Path, bytes: &[u8]) -> Result<Matrix, DataError> {
    let text = std::str::from_utf8(bytes).map_err(|error| DataError::NotUtf8 {
        path: path.to_owned(),
        line: bytes[..error.valid_up_to()]
            .iter()
            .filter(|&&b| b == b'\n')
            .count() as u64
            + 1,
        byte: error.valid_up_to() as u64,
    })?;
    let problem = |line: u64, problem: GraphProblem| problem.at(Location::line(path, line));
    let wrong = |line: u64, expected: &'static str, found: &str| {
        let found = shortened(found);
        problem(line, GraphProblem::Syntax { expected, found })
    };
    let mut lines = (1..).zip(text.lines());
    let (_, banner) = lines.next().unwrap_or((1, ""));
    let has_values = values(banner).ok_or_else(|| wrong(1, BANNER, banner))?;
    let mut data = lines.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('%'));
    let (at, size) = data.next().unwrap_or((1, ""));
    let numbers: Option<Vec<u64>> = size.split_whitespace().map(|it| it.parse().ok()).collect();
    let Some([rows, columns, entries]) = numbers.as_deref() else {
        return Err(wrong(at, SIZE, size));
    };
    if rows != columns {
        return Err(wrong(at, "as many rows as columns: nodes are both", size));
    }
    if *rows > MAX_NODES as u64 {
        let (nodes, limit) = (*rows, MAX_NODES);
        return Err(problem(at, GraphProblem::TooManyNodes { nodes, limit }));
    }
    let num_nodes = *rows as usize;
    let mut matrix = Matrix {
        num_nodes,
        edges: Vec::new(),
        zeros: 0,
        is_weighted: false,
    };
    let mut found = 0u64;
    for (at, line) in data {
        let mut fields = line.split_whitespace();
        let mut end = || -> Result<u32, DataError> {
            let number = fields.next().and_then(|field| field.parse::<u64>().ok());
            match number {
                Some(0) | None => Err(wrong(at, ENTRY, line)),
                Some(number) if number > *rows => {
                    let node = number;
                    Err(problem(
                        at,
                        GraphProblem::NodeOutOfRange { node, num_nodes },
                    ))
                }
                Some(number) => Ok((number - 1) as u32),
            }
        };
        let edge = [end()?, end()?];
        found += 1;
        let value = match (has_values, fields.next()) {
            (false, None) => 1.0,
            (true, Some(value)) => value.parse().map_err(|_| wrong(at, ENTRY, line))?,
            _ => return Err(wrong(at, ENTRY, line)),
        };
        if fields.next().is_some() {
            return Err(wrong(at, ENTRY, line));
        }
        matrix.is_weighted |= value != 0.0 && value != 1.0;
        if value == 0.0 {
            matrix.zeros += 1;
        } else {
            matrix.edges.push(edge);
        }
    }
    if found != *entries {
        let expected = "as many entries as the file declares";
        let found = format!("{found} of {entries}");
        return Err(problem(at, GraphProblem::Syntax { expected, found }));
    }
    Ok(matrix)
}

/// Whether entries have values; none if the first line is not that of a matrix that is read.
fn values(banner: &str) -> Option<bool> {
    let lower = banner.trim_start_matches('\u{feff}').to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let ["%%matrixmarket", "matrix", "coordinate", field, symmetry] = words[..] else {
        return None;
    };
    ["general", "symmetric", "skew-symmetric"]
        .contains(&symmetry)
        .then_some(())?;
    match field {
        "pattern" => Some(false),
        "real" | "integer" | "double" => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Matrix, String> {
        parse(Path::new("edges.mtx"), text.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn entries_are_edges_between_nodes_from_1() {
        let text =
            "%%MatrixMarket matrix coordinate pattern symmetric\n% by hand\n\n4 4 2\n2 1\n4 2\n";
        let matrix = read(text).unwrap();
        assert_eq!((matrix.num_nodes, matrix.edges), (4, vec![[1, 0], [3, 1]]));
        let text =
            "%%MatrixMarket matrix coordinate real general\n3 3 3\n1 2 0.5\n2 3 0\n3 1 1e0\n";
        let matrix = read(text).unwrap();
        assert_eq!(matrix.edges, [[0, 1], [2, 0]]);
        assert_eq!((matrix.zeros, matrix.is_weighted), (1, true));
    }

    #[test]
    fn what_is_declared_is_checked() {
        let whole = "%%MatrixMarket matrix coordinate pattern general\n3 3 1\n1 2\n";
        assert!(read(whole).is_ok());
        for (from, to, told) in [
            ("3 3 1", "3 4 1", "as many rows as columns"),
            ("3 3 1", "3 3 2", "1 of 2"),
            ("3 3 1", "3 3", "number of entries"),
            ("3 3 1", "99999999999 99999999999 1", "more than"),
            ("1 2", "1 4", "node 4 is out of range"),
            ("1 2", "0 2", "from 1"),
            ("1 2", "1 2 3", "from 1"),
            ("coordinate", "array", "coordinate"),
            ("pattern", "complex", "pattern, real or integer"),
        ] {
            let error = read(&whole.replace(from, to)).unwrap_err();
            assert!(error.contains(told), "{to}: {error}");
        }
        assert!(read("").is_err());
    }
}
