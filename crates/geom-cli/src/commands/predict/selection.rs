//! The nodes or pairs that a prediction is for.

use std::path::{Path, PathBuf};

use geom::data::graph::{LinkSplit, NodeIndex, read_nodes, read_pairs};
use geom::train::graph::{ClassTargets, TaskData};

use crate::args::{PartArgument, PredictArguments};
use crate::error::CliError;

/// The nodes whose classes are asked for.
pub(super) fn nodes(
    arguments: &PredictArguments,
    data: &TaskData,
    targets: &ClassTargets,
) -> Result<Vec<u32>, CliError> {
    if arguments.top.is_some() {
        return Err(CliError::usage(
            "--top is for runs that predict links",
            "the run predicts classes: name nodes by --nodes, --file, --part or --all",
        ));
    }
    if let Some(part) = arguments.part {
        let split = &targets.split;
        return Ok(match part {
            PartArgument::Train => split.train.clone(),
            PartArgument::Val => split.val.clone(),
            PartArgument::Test => split.test.clone(),
        });
    }
    if arguments.all {
        return Ok((0..data.nodes() as u32).collect());
    }
    let index = data.names().index(data.nodes());
    if let Some(path) = &arguments.file {
        return Ok(read_nodes(&path_or_stdin(path), &index)?);
    }
    let names = arguments.nodes.iter();
    names.map(|name| node(name, data, &index)).collect()
}

/// The pairs whose links are asked for.
pub(super) fn pairs(
    arguments: &PredictArguments,
    data: &TaskData,
    split: &LinkSplit,
) -> Result<Vec<[u32; 2]>, CliError> {
    if arguments.all {
        return Err(CliError::usage(
            "--all is for runs that predict classes: of pairs there are too many",
            "ask for the most probable links that the graph lacks, as by --top 20, or name pairs",
        ));
    }
    if let Some(part) = arguments.part {
        let (links, others) = match part {
            PartArgument::Train => (split.train_pos(), &[][..]),
            PartArgument::Val => (split.val_pos(), split.val_neg()),
            PartArgument::Test => (split.test_pos(), split.test_neg()),
        };
        return Ok([links, others].concat());
    }
    let index = data.names().index(data.nodes());
    if let Some(path) = &arguments.file {
        return Ok(read_pairs(&path_or_stdin(path), &index)?);
    }
    let pairs = arguments.nodes.iter();
    pairs.map(|text| pair(text, data, &index)).collect()
}

/// `-` is standard input.
fn path_or_stdin(path: &Path) -> PathBuf {
    match path.to_str() {
        Some("-") => "/dev/stdin".into(),
        _ => path.to_path_buf(),
    }
}

/// The node of that name or number.
fn node(text: &str, data: &TaskData, index: &NodeIndex<'_>) -> Result<u32, CliError> {
    let name = text.trim();
    index.find(name).ok_or_else(|| {
        let last = data.nodes().saturating_sub(1);
        let hint = match (data.names().nodes(), index.suggest(name)) {
            (None, _) => format!("nodes are numbers from 0 to {last}"),
            (Some(_), Some(like)) => format!("did you mean {like:?}?"),
            (Some(_), None) => "nodes go by the names that they have in the data".to_owned(),
        };
        CliError::usage(format!("{text:?} is not a node of {}", data.name()), hint)
    })
}

/// The two nodes of a pair, whose names may hold hyphens themselves.
fn pair(text: &str, data: &TaskData, index: &NodeIndex<'_>) -> Result<[u32; 2], CliError> {
    let places = text.match_indices('-');
    let ends = |at: usize| [text[..at].trim(), text[at + 1..].trim()];
    let splits = places.map(|(at, _)| ends(at));
    let known = splits
        .clone()
        .filter_map(|[u, v]| Some([index.find(u)?, index.find(v)?]));
    let known: Vec<[u32; 2]> = known.collect();
    match (&known[..], splits.clone().next()) {
        ([pair], _) => Ok(*pair),
        ([], Some([u, v])) => Ok([node(u, data, index)?, node(v, data, index)?]),
        ([], None) => Err(CliError::usage(
            format!("{text:?} is not a pair of nodes"),
            "the run predicts links: name pairs, as in --nodes 3-17,5-40",
        )),
        _ => Err(CliError::usage(
            format!("{text:?} may be one of {} pairs of nodes", known.len()),
            "give pairs by --file, two names a line, split by a tab",
        )),
    }
}
