//! What comes after the training: evaluation, the result, pictures.

use std::time::Instant;

use geom::train::Format;
use geom::train::embedding::{
    Chance, EarlyStopping, EmbeddingCheckpoint, EmbeddingModel, EmbeddingTrainer, Extent,
    MissingNegatives, chance,
};
use serde::Serialize;

use super::Session;
use crate::args::EmbedArguments;
use crate::commands::eval::{Scores, chance_line};
use crate::commands::held_out::{ClassificationScores, HeldOutScores};
use crate::commands::peak_rss_mb;
use crate::dataset::Loaded;
use crate::disk;
use crate::error::CliError;
use crate::interrupt::Interrupt;
use crate::numbers::{counted, duration, grouped};
use crate::printer::Versioned;

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Summary<'a> {
    dataset: &'a str,
    model: &'a str,
    manifold: &'a str,
    dim: usize,
    seed: u64,
    epochs: usize,
    nodes: usize,
    relations: usize,
    seconds: f64,
    relations_per_second: f64,
    evaluation_seconds: f64,
    peak_rss_mb: Option<f64>,
    /// None without an evaluation.
    #[serde(flatten)]
    scores: Option<Scores>,
    /// What points scattered at random score; none without an evaluation.
    chance: Option<Chance>,
    /// The epoch whose points these are, if validation chose it.
    #[serde(skip_serializing_if = "Option::is_none")]
    best_epoch: Option<usize>,
    /// None if nothing was held out, or without an evaluation.
    #[serde(skip_serializing_if = "Option::is_none")]
    held_out: Option<HeldOutScores>,
    /// None without an evaluation, and unless these are cones or relations are held out for both parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    classification: Option<ClassificationScores>,
    /// Of cones, the negatives of the last epoch; none unless one was trained now.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing_negatives: Option<MissingNegatives>,
    /// Points where the number format ends.
    points_at_edge: usize,
    /// What was said on standard error about the data and the run.
    notes: &'a [String],
    run: String,
}

/// What is done after the training.
#[derive(Clone, Copy, Debug)]
pub(in crate::commands::embed) struct Finish {
    /// Nodes to evaluate, if it is not for the run to decide.
    sample: Option<usize>,
    evaluates: bool,
    draws: bool,
}

impl Finish {
    pub(in crate::commands::embed) fn of(arguments: &EmbedArguments) -> Self {
        Self {
            sample: arguments.eval_sample,
            evaluates: !arguments.no_eval,
            draws: !arguments.no_plot,
        }
    }
}

impl Session {
    /// Evaluates, saves the result, draws.
    pub(in crate::commands::embed) fn finish(
        &mut self,
        trainer: &EmbeddingTrainer<'_>,
        data: &Loaded,
        finish: Finish,
        interrupt: &Interrupt,
    ) -> Result<(), CliError> {
        let run = self.folder.path().to_path_buf();
        // Nothing is left to stop, whether or not there is something to evaluate or draw.
        interrupt.leave("writing the result", Some(run.clone()));
        let settings = trainer.settings();
        let relations = data.relations.num_relations();
        let trained = trainer.trained_relations() as f64;
        let best = self.stopping.as_ref().and_then(EarlyStopping::best);
        let best_epoch = best.map(|best| best.scores.epoch);
        self.printer.line(
            "trained",
            format_args!(
                "{} in {}, {} relations/s{}",
                counted(trainer.epochs_done() as u64, "epoch"),
                duration(trainer.seconds()),
                grouped((trained / trainer.seconds()) as u64),
                best_epoch.map_or(String::new(), |epoch| format!("; best epoch {epoch}"))
            ),
        );
        let checkpoint = self.checkpoint(trainer);
        let points_at_edge = self.check_points(&checkpoint);
        let start = Instant::now();
        let (mut held_out, mut classification) = (None, None);
        let scores = if finish.evaluates && settings.model == EmbeddingModel::Cones {
            interrupt.leave("evaluating", Some(run.clone()));
            classification = ClassificationScores::of_cones(&checkpoint, data);
            if let Some(found) = &classification {
                for line in found.remarks() {
                    self.note(line);
                }
                self.printer.line("result", found);
            }
            None
        } else if finish.evaluates {
            interrupt.leave("evaluating", Some(run.clone()));
            let seed = settings.seed;
            let extent = match finish.sample {
                Some(count) => Extent::Sample { count, seed },
                None => trainer.extent(),
            };
            let scores = Scores::of(&checkpoint, data, extent, settings.threads, self.printer)?;
            for line in scores.remarks() {
                self.note(line);
            }
            self.printer.line("result", &scores);
            if let Some(data_held_out) = &data.held_out {
                let how = (extent, settings.threads);
                let found = HeldOutScores::of(&checkpoint, data, data_held_out, how, self.printer);
                for line in found.remarks() {
                    self.note(line);
                }
                for (part, scores) in found.parts() {
                    self.printer.line(part, scores);
                }
                classification = ClassificationScores::of(&checkpoint, data_held_out);
                if let Some(found) = &classification {
                    for line in found.remarks() {
                        self.note(line);
                    }
                    self.printer.line("pairs", found);
                }
                held_out = Some(found);
            }
            Some(scores)
        } else {
            None
        };
        let evaluation_seconds = start.elapsed().as_secs_f64();
        let chance = scores.as_ref().and_then(|_| chance(data.positives()));
        if let Some(chance) = chance {
            self.printer.line("chance", chance_line(chance));
        }

        let notes = [&data.notes[..], &self.notes].concat();
        let summary = Summary {
            dataset: &self.description.dataset.name,
            model: settings.model.name(),
            manifold: settings.manifold.name(),
            dim: settings.dim,
            seed: settings.seed,
            epochs: trainer.epochs_done(),
            nodes: data.relations.num_nodes(),
            relations,
            seconds: trainer.seconds(),
            relations_per_second: trained / trainer.seconds(),
            evaluation_seconds,
            peak_rss_mb: peak_rss_mb(),
            scores,
            chance,
            best_epoch,
            held_out,
            classification,
            missing_negatives: trainer.missing_negatives(),
            points_at_edge,
            notes: &notes,
            run: run.display().to_string(),
        };
        self.folder
            .write_json("result.json", &Versioned::new(&summary))?;
        if finish.draws {
            interrupt.leave("drawing", Some(run.clone()));
            let drawing = self
                .printer
                .progress_of("drawing", 0, "drawing   {spinner} {elapsed}");
            let paths = ["disk.svg", "disk.png"].map(|name| run.join(name));
            disk::draw(&checkpoint, data, &paths, disk::DEFAULT_LABELS)?;
            drop(drawing);
        }
        self.printer.line("saved", run.display());
        self.printer.result(&summary);
        Ok(())
    }

    /// Counts the points where the number format ends, and says what to do if there are any.
    fn check_points(&mut self, checkpoint: &EmbeddingCheckpoint) -> usize {
        let settings = &checkpoint.settings;
        let count = checkpoint.points.at_edge(settings.manifold, settings.dim);
        if count > 0 {
            let all = checkpoint.vocabulary.len();
            let share = 100.0 * count as f64 / all as f64;
            let longer = match settings.dtype {
                Format::F32 => ", --dtype f64",
                Format::F64 => "",
            };
            self.note(format!(
                "{} of {} points ({share:.1} %) are where the number format ends, and distances between \
                 them say little: train with a smaller --lr, more dimensions{longer}",
                grouped(count as u64),
                grouped(all as u64)
            ));
        }
        count
    }
}
