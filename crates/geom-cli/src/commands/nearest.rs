//! `geom nearest`: neighbors of a node, and guesses at its parent and children.

use geom::nn::nearest::KSmallest;
use geom::nn::real::Real;
use geom::train::embedding::{EmbeddingCheckpoint, Table, distance_table};
use serde::Serialize;

use crate::args::NearestArguments;
use crate::error::CliError;
use crate::printer::Printer;
use crate::run_folder::RunFolder;

/// How many neighbors are looked at for a parent or a child.
const GUESS_AMONG: usize = 50;

/// How many children are guessed.
const CHILDREN: usize = 5;

#[derive(Clone, Debug, Serialize)]
struct Neighbor {
    node: String,
    distance: f64,
    /// Distance from the origin: small for general nodes, large for special ones.
    radius: f64,
}

#[derive(Debug, Serialize)]
struct Answer {
    node: String,
    radius: f64,
    nearest: Vec<Neighbor>,
    parent_guess: Option<Neighbor>,
    child_guesses: Vec<Neighbor>,
}

pub(crate) fn run(arguments: &NearestArguments) -> Result<(), CliError> {
    let printer = Printer::new(arguments.output);
    if arguments.k == 0 {
        return Err(CliError::usage(
            "-k = 0 is out of range: at least 1",
            "it says how many neighbors to show",
        ));
    }
    let (folder, _) = RunFolder::open(&arguments.run)?;
    let checkpoint = folder.checkpoint()?;
    let names = &checkpoint.vocabulary;
    let index = names
        .iter()
        .position(|name| *name == arguments.node)
        .ok_or_else(|| CliError::UnknownNode {
            name: arguments.node.clone(),
            run: folder.path().to_path_buf(),
            suggestion: geom::data::nearest_name(&arguments.node, names.iter().map(String::as_str))
                .map(str::to_owned),
        })?;
    let answer = match &checkpoint.points {
        Table::F32(values) => answer(values, &checkpoint, index, arguments.k),
        Table::F64(values) => answer(values, &checkpoint, index, arguments.k),
    };
    printer.line(
        "node",
        format_args!("{}  radius {:.3}", answer.node, answer.radius),
    );
    for neighbor in &answer.nearest {
        printer.line(
            "",
            format_args!(
                "{:8.4}  radius {:7.3}  {}",
                neighbor.distance, neighbor.radius, neighbor.node
            ),
        );
    }
    if let Some(parent) = &answer.parent_guess {
        printer.line(
            "parent",
            format_args!("{} (the nearest node nearer to the origin)", parent.node),
        );
    }
    if !answer.child_guesses.is_empty() {
        let children: Vec<&str> = answer
            .child_guesses
            .iter()
            .map(|child| child.node.as_str())
            .collect();
        printer.line(
            "children",
            format_args!("{} (the nearest nodes farther out)", children.join(", ")),
        );
    }
    printer.result(&answer);
    Ok(())
}

/// Norms carry the hierarchy: the parent guess is the nearest node closer to the origin, the
/// child guesses are the nearest nodes farther from it.
fn answer<T: Real>(
    values: &[T],
    checkpoint: &EmbeddingCheckpoint,
    index: usize,
    k: usize,
) -> Answer {
    let table = distance_table(
        values,
        checkpoint.settings.manifold,
        checkpoint.settings.dim,
    );
    let mut keys = table.buffer();
    table.scan(index, &mut keys);
    keys[index] = T::infinity();
    let mut smallest = KSmallest::new(k.max(GUESS_AMONG).min(table.rows()));
    smallest.offer_all(&keys);
    let mut found = Vec::new();
    smallest.take(&mut found);
    let neighbors: Vec<Neighbor> = found
        .iter()
        .map(|&(key, other)| Neighbor {
            node: checkpoint.vocabulary[other as usize].clone(),
            distance: table.distance(index, key),
            radius: table.radius(other as usize),
        })
        .collect();
    let radius = table.radius(index);
    let parent = neighbors
        .iter()
        .take(GUESS_AMONG)
        .find(|neighbor| neighbor.radius < radius)
        .cloned();
    let children = neighbors
        .iter()
        .take(GUESS_AMONG)
        .filter(|neighbor| neighbor.radius > radius)
        .take(CHILDREN)
        .cloned()
        .collect();
    Answer {
        node: checkpoint.vocabulary[index].clone(),
        radius,
        nearest: neighbors.into_iter().take(k).collect(),
        parent_guess: parent,
        child_guesses: children,
    }
}
