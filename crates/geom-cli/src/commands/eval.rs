//! `geom eval`: how well an embedding's distances reconstruct its relations; the scores of a graph
//! network.

use std::time::Instant;

use geom::nn::metrics::Reconstruction;
use geom::train::embedding::{self, EmbeddingCheckpoint, EmbeddingTrainError};
use geom::train::graph::Scores;
use rand::SeedableRng;
use rand::seq::index;
use serde::Serialize;

use super::{OpenRun, all_processors};
use crate::args::EvalArguments;
use crate::dataset::Loaded;
use crate::error::CliError;
use crate::graph_run::GraphRun;
use crate::printer::{Printer, counted, duration, grouped};

/// What `--json` prints for a run of `geom train`.
#[derive(Debug, Serialize)]
struct GraphSummary {
    run: String,
    epochs: usize,
    best_epoch: usize,
    val: Scores,
    test: Scores,
}

/// The scores of the best model of a graph network, computed again.
fn evaluate_graph(arguments: &EvalArguments, printer: Printer) -> Result<(), CliError> {
    for (flag, given) in [
        ("--sample", arguments.sample.is_some()),
        ("--seed", arguments.seed.is_some()),
        ("--threads", arguments.threads.is_some()),
    ] {
        if given {
            return Err(CliError::usage(
                format!("{flag} is for runs of geom embed"),
                "leave it out: the scores of a graph network are always exact",
            ));
        }
    }
    let (run, description) = GraphRun::open(&arguments.run)?;
    let trainer = run.trainer(&description)?;
    let Some(best) = trainer.best() else {
        return Err(CliError::NoEpoch {
            run: arguments.run.clone(),
        });
    };
    let (val, test) = trainer.scores(&best.model)?;
    let epochs = counted(trainer.epochs() as u64, "epoch");
    printer.line("epoch", format_args!("{}, best of {epochs}", best.epoch));
    for (part, scores) in [("val", &val), ("test", &test)] {
        let ([first, second], [one, two]) = (scores.names(), scores.pair());
        printer.line(part, format_args!("{first} {one:.4}, {second} {two:.4}"));
    }
    printer.result(&GraphSummary {
        run: run.path().display().to_string(),
        epochs: trainer.epochs(),
        best_epoch: best.epoch,
        val,
        test,
    });
    Ok(())
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Summary {
    run: String,
    epochs: usize,
    nodes: usize,
    relations: usize,
    exact: bool,
    mean_rank: f64,
    map: f64,
    seconds: f64,
}

pub(crate) fn run(arguments: &EvalArguments) -> Result<(), CliError> {
    let printer = Printer::new(arguments.output);
    if GraphRun::is_at(&arguments.run) {
        return evaluate_graph(arguments, printer);
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
    let open = OpenRun::open(&arguments.run, printer)?;
    let start = Instant::now();
    let sample = arguments
        .sample
        .map(|count| (count, arguments.seed.unwrap_or(0)));
    let measured = evaluate(&open.checkpoint, &open.data, sample, threads, printer)?;
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
            grouped(measured.relations as u64),
            grouped(measured.nodes as u64),
            if arguments.sample.is_some() {
                " (a sample)"
            } else {
                ""
            },
            duration(seconds)
        ),
    );
    printer.line(
        "result",
        format_args!(
            "mean rank {:.3}, MAP {:.4}",
            measured.mean_rank, measured.map
        ),
    );
    printer.result(&Summary {
        run: open.folder.path().display().to_string(),
        epochs: open.checkpoint.epochs,
        nodes: measured.nodes,
        relations: measured.relations,
        exact: arguments.sample.is_none(),
        mean_rank: measured.mean_rank,
        map: measured.map,
        seconds,
    });
    Ok(())
}

/// Evaluates all nodes, or `sample` = (count, seed) of them, against all nodes.
pub(crate) fn evaluate(
    checkpoint: &EmbeddingCheckpoint,
    data: &Loaded,
    sample: Option<(usize, u64)>,
    threads: usize,
    printer: Printer,
) -> Result<Reconstruction, CliError> {
    let mut nodes = data.positives().sources();
    if let Some((count, seed)) = sample {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        let chosen = index::sample(&mut rng, nodes.len(), count.min(nodes.len()));
        nodes = chosen.iter().map(|position| nodes[position]).collect();
        nodes.sort_unstable();
    }
    let bar = printer.bar(0, "{spinner} evaluating {elapsed}");
    bar.enable_steady_tick(std::time::Duration::from_millis(120));
    let space = (checkpoint.settings.manifold, checkpoint.settings.dim);
    let positives = data.positives();
    let measured = embedding::evaluate(&checkpoint.points, space, positives, &nodes, threads);
    bar.finish_and_clear();
    measured.ok_or_else(|| EmbeddingTrainError::NoRelations.into())
}
