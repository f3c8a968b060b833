//! `geom eval`: how well an embedding's distances reconstruct its relations; the scores of a graph
//! network.

use std::fmt;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use geom::nn::metrics::Filtered;
use geom::train::embedding::{
    self, Chance, EmbeddingCheckpoint, EmbeddingModel, EmbeddingTrainError, Extent,
};
use geom::train::graph::Scores as GraphScores;
use serde::Serialize;

use super::baseline::{
    flat_embedding, flat_embedding_settings, flat_network, flat_network_settings,
};
use super::held_out::{ClassificationScores, HeldOutScores};
use super::node_list::NodeList;
use super::{OpenRun, all_processors, refuse_dataset};
use crate::args::EvalArguments;
use crate::dataset::Loaded;
use crate::error::CliError;
use crate::graph_run::{GraphRun, curvatures, describe};
use crate::printer::{Printer, counted, duration, grouped};

/// What `--json` prints for a run of `geom train`.
#[derive(Debug, Serialize)]
struct GraphSummary {
    run: String,
    epochs: usize,
    best_epoch: usize,
    /// The sectional curvatures of the spaces of the layers.
    curvatures: Vec<f64>,
    val: GraphScores,
    test: GraphScores,
    /// What guessing scores on the test part.
    chance: GraphScores,
    /// The test scores of the same network in flat space, if they were asked for.
    baseline: Option<GraphScores>,
}

/// The scores of the best model of a graph network, computed again.
fn evaluate_graph(arguments: &EvalArguments, printer: Printer) -> Result<(), CliError> {
    for (flag, given) in [
        ("--sample", arguments.sample.is_some()),
        ("--nodes", arguments.nodes.is_some()),
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
    let description = description.with_dataset(arguments.dataset.as_deref());
    let trainer = run.trainer(&description)?;
    let Some(best) = trainer.best() else {
        return Err(CliError::NoEpoch {
            run: arguments.run.clone(),
        });
    };
    let flat = match arguments.baseline {
        true => Some(flat_network_settings(run.path(), trainer.settings())?),
        false => None,
    };
    let (val, test) = trainer.scores(&best.model)?;
    let epochs = counted(trainer.epochs() as u64, "epoch");
    printer.answer("epoch", format_args!("{}, best of {epochs}", best.epoch));
    let settings = trainer.settings();
    let learned = curvatures(settings, &best.model);
    printer.line("model", format_args!("{}{learned}", describe(settings)));
    for (part, scores) in [("val", &val), ("test", &test)] {
        let ([first, second], [one, two]) = (scores.names(), scores.pair());
        printer.answer(part, format_args!("{first} {one:.4}, {second} {two:.4}"));
    }
    let (_, chance) = trainer.data().chance();
    printer.line("chance", test_line(&chance));
    let baseline = match flat {
        Some(settings) => {
            let of = (run.path(), &description);
            let best = flat_network(settings, &trainer, of, printer)?;
            printer.answer("flat", test_line(&best.test));
            Some(best.test)
        }
        None => None,
    };
    printer.result(&GraphSummary {
        run: run.path().display().to_string(),
        epochs: trainer.epochs(),
        best_epoch: best.epoch,
        curvatures: best.model.encoder.curvatures(),
        val,
        test,
        chance,
        baseline,
    });
    Ok(())
}

/// Scores on the test part in a line.
fn test_line(scores: &GraphScores) -> String {
    let ([first, second], [one, two]) = (scores.names(), scores.pair());
    format!("{first} {one:.4}, {second} {two:.4} on the test part")
}

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
    refuse_dataset(arguments.dataset.as_deref())?;
    let open = OpenRun::open(&arguments.run, printer)?;
    if open.checkpoint.settings.model == EmbeddingModel::Cones {
        return evaluate_cones(arguments, &open, printer);
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
        printer.line("chance", said_of(chance));
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

/// What `--json` prints for cones.
#[derive(Debug, Serialize)]
struct ConeSummary {
    run: String,
    epochs: usize,
    classification: Option<ClassificationScores>,
    seconds: f64,
}

/// How well cones tell relations from pairs that are none.
fn evaluate_cones(
    arguments: &EvalArguments,
    open: &OpenRun,
    printer: Printer,
) -> Result<(), CliError> {
    for (flag, given) in [
        ("--sample", arguments.sample.is_some()),
        ("--nodes", arguments.nodes.is_some()),
        ("--seed", arguments.seed.is_some()),
        ("--threads", arguments.threads.is_some()),
        ("--baseline", arguments.baseline),
    ] {
        if given {
            return Err(CliError::usage(
                format!(
                    "{flag} is for distances; {} is a run of cones",
                    open.folder.path().display()
                ),
                "leave it out",
            ));
        }
    }
    let start = Instant::now();
    let found = ClassificationScores::of_cones(&open.checkpoint, &open.data);
    let seconds = start.elapsed().as_secs_f64();
    let run = open.folder.path().display();
    let epochs = counted(open.checkpoint.epochs as u64, "epoch");
    printer.line("run", format_args!("{run}, {epochs}"));
    if let Some(found) = &found {
        for line in found.remarks() {
            printer.note(line);
        }
        printer.answer("result", found);
    }
    printer.result(&ConeSummary {
        run: run.to_string(),
        epochs: open.checkpoint.epochs,
        classification: found,
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
    let filtered = Filtered {
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

/// What guessing scores, in a line.
pub(crate) fn said_of(chance: Chance) -> String {
    let Chance { mean_rank, map } = chance;
    format!("mean rank {mean_rank:.3}, MAP {map:.4}, by points scattered at random")
}

/// The scores of an embedding, as they are printed.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Scores {
    pub(crate) mean_rank: f64,
    pub(crate) map: f64,
    /// Whether all nodes were evaluated.
    pub(crate) exact: bool,
    /// The standard errors; 0 if it is exact.
    mean_rank_error: f64,
    map_error: f64,
    pub(crate) evaluated_nodes: usize,
    pub(crate) evaluated_relations: usize,
    /// Nodes that have relations.
    source_nodes: usize,
    /// Relations at the distance of a node that is none.
    tied_relations: usize,
}

impl Scores {
    /// Evaluates nodes of a checkpoint against all nodes.
    pub(crate) fn of(
        checkpoint: &EmbeddingCheckpoint,
        data: &Loaded,
        extent: Extent,
        threads: usize,
        printer: Printer,
    ) -> Result<Self, CliError> {
        let filtered = Filtered {
            ranked: data.positives(),
            known: data.known(),
        };
        Self::of_part(checkpoint, filtered, extent, threads, printer)
    }

    /// Evaluates a part of the relations of a checkpoint against all nodes.
    pub(crate) fn of_part(
        checkpoint: &EmbeddingCheckpoint,
        filtered: Filtered<'_>,
        extent: Extent,
        threads: usize,
        printer: Printer,
    ) -> Result<Self, CliError> {
        let template = "{prefix:<9} {wide_bar} {pos}/{len} nodes  {eta} left";
        let bar = printer.progress_of("evaluating", 0, template);
        bar.set_prefix("evaluate");
        let progress = |done, all| {
            bar.set_length(all);
            bar.inc(done);
        };
        let measured = embedding::evaluate_filtered(
            &checkpoint.points,
            (checkpoint.settings.manifold, checkpoint.settings.dim),
            filtered,
            extent,
            threads,
            // Ctrl-C ends the program.
            (&AtomicBool::new(false), &progress),
        );
        drop(bar);
        let measured = measured.ok_or(EmbeddingTrainError::NoRelations)?;
        let (mean_rank_error, map_error) = measured.standard_errors();
        Ok(Self {
            mean_rank: measured.scores.mean_rank,
            map: measured.scores.map,
            exact: measured.is_exact(),
            mean_rank_error,
            map_error,
            evaluated_nodes: measured.scores.nodes,
            evaluated_relations: measured.scores.relations,
            source_nodes: measured.population,
            tied_relations: measured.scores.tied_relations,
        })
    }

    /// What is to be known of the scores.
    pub(crate) fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if !self.exact {
            remarks.push(format!(
                "evaluated on a sample of {} of {} nodes, with standard errors; geom eval evaluates all",
                grouped(self.evaluated_nodes as u64),
                grouped(self.source_nodes as u64)
            ));
        }
        if self.tied_relations > 0 {
            let share = 100.0 * self.tied_relations as f64 / self.evaluated_relations as f64;
            remarks.push(format!(
                "{} of {} relations ({share:.1} %) are exactly as far as nodes that are none, each of \
                 which counts half",
                grouped(self.tied_relations as u64),
                grouped(self.evaluated_relations as u64)
            ));
        }
        remarks
    }
}

impl fmt::Display for Scores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            mean_rank,
            map,
            mean_rank_error,
            map_error,
            ..
        } = self;
        if self.exact {
            write!(f, "mean rank {mean_rank:.3}, MAP {map:.4}")
        } else {
            write!(
                f,
                "mean rank {mean_rank:.3} ± {mean_rank_error:.3}, MAP {map:.4} ± {map_error:.4}"
            )
        }
    }
}
