//! A document as relations.

use std::path::Path;

use crate::builder::Builder;
use crate::edge_list::Options;
use crate::{DataError, Relations, Repairs, WeightRule};

use super::GraphMlProblem;
use super::document::{Document, Edge};

pub(super) fn of(
    path: &Path,
    document: Document,
    options: &Options,
) -> Result<(Relations, Repairs), DataError> {
    let (names, called) = document.names();
    let mut remarks = document.remarks;
    if let Some(key) = called {
        let key = &document.keys[key].name;
        remarks.push(format!("nodes are called by their attribute {key:?}"));
    }
    let weighted = document.edges.iter().any(|edge| edge.weight.is_some());
    let undirected = document.edges.iter().filter(|edge| !edge.is_directed);
    let undirected = undirected.count();
    let all_undirected = options.undirected || undirected == document.edges.len();
    if undirected > 0 && !options.undirected {
        let edges = document.edges.len();
        remarks.push(format!(
            "{undirected} of {edges} edges have no direction: they relate both ends to each other"
        ));
    }
    let mut builder = Builder::default();
    for edge in &document.edges {
        let weight = match weighted {
            true => weight_of(path, edge)?,
            false => 1.0,
        };
        let [child, parent] = edge.ends.map(|end| names[end as usize].as_str());
        let mut fits = builder.add(child, parent, weight);
        // Where all are so, the builder turns them itself, and counts none of them twice.
        if !edge.is_directed && !all_undirected && child != parent {
            fits &= builder.add(parent, child, weight);
        }
        if !fits {
            let path = path.to_owned();
            return Err(DataError::TooManyNodes { path });
        }
        if let Some(limit) = builder.over_limit() {
            return Err(DataError::OverLimit {
                path: path.to_owned(),
                line: Some(edge.line),
                limit,
            });
        }
    }
    if all_undirected {
        builder.both_ways();
    }
    let (relations, mut repairs) = builder.finish(weighted);
    if relations.num_relations() == 0 {
        let self_loops = repairs.self_loops;
        return Err(DataError::NoRelations {
            path: path.to_owned(),
            self_loops,
        });
    }
    let alone = names.len() - relations.num_nodes();
    if alone > 0 {
        let nodes = if alone == 1 { "node is" } else { "nodes are" };
        remarks.push(format!("{alone} {nodes} left out, without any edge"));
    }
    repairs.remarks = remarks;
    let relations = match options.closure {
        true => relations.closure()?,
        false => relations,
    };
    Ok((relations, repairs))
}

/// The weight of an edge in a file of weights.
fn weight_of(path: &Path, edge: &Edge) -> Result<f32, DataError> {
    let Some(given) = edge.weight else {
        return Err(DataError::GraphMl {
            path: path.to_owned(),
            line: edge.line,
            problem: GraphMlProblem::NoWeight,
        });
    };
    let weight = given as f32;
    let expected = match given {
        given if !given.is_finite() || given <= 0.0 => WeightRule::Positive,
        _ if !weight.is_normal() => WeightRule::InRange,
        _ => return Ok(weight),
    };
    Err(DataError::BadWeight {
        path: path.to_owned(),
        line: edge.line,
        expected,
        found: given.to_string(),
    })
}
