//! `geom eval`: how well an embedding's distances reconstruct its relations; the scores of a graph
//! network.

mod cones;
mod network;
mod scores;

use std::path::Path;
use std::time::Instant;

use geom::nn::metrics::FilteredRelations;
use geom::train::embedding::{self, Chance, EmbeddingModel, Extent};
use serde::Serialize;

pub(crate) use scores::{Scores, chance_line};

use super::baseline::{flat_embedding, flat_embedding_settings};
use super::held_out::{ClassificationScores, HeldOutScores};
use super::node_list::NodeList;
use super::{OpenRun, all_processors, refuse_dataset};
use crate::args::EvalArguments;
use crate::error::CliError;
use crate::graph_run::GraphRun;
use crate::numbers::{counted, duration, grouped};
use crate::printer::Printer;

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Summary {
    run: String,
    epochs: usize,
    #[serde(flatten)]
    scores: Scores,
    /// What points scattered at random score; none without relations.
    chance: Option<Chance>,
    /// The scores of the same training in flat space, if they were asked for.
    baseline: Option<Scores>,
    /// None if nothing was held out.
    #[serde(skip_serializing_if = "Option::is_none")]
    held_out: Option<HeldOutScores>,
    /// None unless relations are held out for both parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    classification: Option<ClassificationScores>,
    seconds: f64,
}

pub(crate) fn run(arguments: &EvalArguments) -> Result<(), CliError> {
    let printer = Printer::new(arguments.output);
    if GraphRun::is_at(&arguments.run) {
        return network::evaluate(arguments, printer);
    }
    if arguments.sample == Some(0) {
        return Err(CliError::usage(
            "--sample = 0 is out of range: at least 1",
            "leave it out to evaluate all nodes",
        ));
    }
    let threads = arguments.threads.unwrap_or_else(all_processors);
    if threads == 0 || threads > 1024 {
        return Err(CliError::usage(
            format!("--threads = {threads} is out of range: 1 to 1024"),
            "leave it out",
        ));
    }
    refuse_dataset(arguments.dataset.as_deref())?;
    let open = OpenRun::open(&arguments.run, printer)?;
    if open.checkpoint.settings.model == EmbeddingModel::Cones {
        return cones::evaluate(arguments, &open, printer);
    }
    let flat = match arguments.baseline {
        true => {
            let settings = &open.checkpoint.settings;
            Some(flat_embedding_settings(open.folder.path(), settings)?)
        }
        false => None,
    };
    let start = Instant::now();
    let extent = match arguments.sample {
        Some(count) => Extent::Sample {
            count,
            seed: arguments.seed.unwrap_or(0),
        },
        None => Extent::All,
    };
    if let Some(path) = &arguments.nodes {
        return evaluate_nodes(path, &open, threads, printer);
    }
    let scores = Scores::of(&open.checkpoint, &open.data, extent, threads, printer)?;
    let held_out = open.data.held_out.as_ref().map(|held_out| {
        let how = (extent, threads);
        HeldOutScores::of(&open.checkpoint, &open.data, held_out, how, printer)
    });
    let classification = open
        .data
        .held_out
        .as_ref()
        .and_then(|held_out| ClassificationScores::of(&open.checkpoint, held_out));
    let seconds = start.elapsed().as_secs_f64();
    printer.line(
        "run",
        format_args!(
            "{}, {}",
            open.folder.path().display(),
            counted(open.checkpoint.epochs as u64, "epoch")
        ),
    );
    printer.line(
        "evaluated",
        format_args!(
            "{} relations of {} nodes{} in {}",
            grouped(scores.evaluated_relations as u64),
            grouped(scores.evaluated_nodes as u64),
            if scores.exact { "" } else { " (a sample)" },
            duration(seconds)
        ),
    );
    for line in scores.remarks() {
        printer.note(line);
    }
    printer.answer("result", &scores);
    let chance = embedding::chance(open.data.positives());
    if let Some(chance) = chance {
        printer.line("chance", chance_line(chance));
    }
    let baseline = match flat {
        Some(settings) => {
            let flat = flat_embedding(settings, &open.checkpoint, &open.data, printer)?;
            let scores = Scores::of(&flat, &open.data, extent, threads, printer)?;
            printer.answer("flat", &scores);
            Some(scores)
        }
        None => None,
    };
    if let Some(held_out) = &held_out {
        for line in held_out.remarks() {
            printer.note(line);
        }
        for (part, scores) in held_out.parts() {
            printer.answer(part, scores);
        }
    }
    if let Some(found) = &classification {
        for line in found.remarks() {
            printer.note(line);
        }
        printer.answer("pairs", found);
    }
    printer.result(&Summary {
        run: open.folder.path().display().to_string(),
        epochs: open.checkpoint.epochs,
        scores,
        chance,
        baseline,
        held_out,
        classification,
        seconds,
    });
    Ok(())
}

/// Evaluates the relations of the nodes in a file.
fn evaluate_nodes(
    path: &Path,
    open: &OpenRun,
    threads: usize,
    printer: Printer,
) -> Result<(), CliError> {
    let start = Instant::now();
    let nodes = NodeList::read(path, open, printer)?;
    let filtered = FilteredRelations {
        ranked: nodes.relations(),
        known: open.data.known(),
    };
    let scores = Scores::of_part(&open.checkpoint, filtered, Extent::All, threads, printer)?;
    let seconds = start.elapsed().as_secs_f64();
    printer.line(
        "evaluated",
        format_args!(
            "{} relations of {} nodes, of {} in {}, in {}",
            grouped(scores.evaluated_relations as u64),
            grouped(scores.evaluated_nodes as u64),
            grouped(nodes.count() as u64),
            path.display(),
            duration(seconds)
        ),
    );
    for line in scores.remarks() {
        printer.note(line);
    }
    printer.answer("result", &scores);
    printer.result(&Summary {
        run: open.folder.path().display().to_string(),
        epochs: open.checkpoint.epochs,
        scores,
        held_out: None,
        classification: None,
        chance: None,
        baseline: None,
        seconds,
    });
    Ok(())
}
