//! A run in progress: epochs, checkpoints, and what comes at the end.

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use geom::data::Relations;
use geom::train::Format;
use geom::train::embedding::{
    Chance, EmbeddingCheckpoint, EmbeddingSettings, EmbeddingTrainer, EpochReport, Extent, chance,
};
use geom::train::storage::failpoint;
use serde::Serialize;

use crate::args::EmbedArguments;
use crate::commands::eval::{Scores, said_of};
use crate::commands::peak_rss_mb;
use crate::dataset::Loaded;
use crate::disk;
use crate::error::CliError;
use crate::interrupt::Interrupt;
use crate::printer::{Printer, Versioned, counted, duration, grouped};
use crate::run_folder::{RunDescription, RunFolder};

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Summary<'a> {
    dataset: &'a str,
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
    /// Points where the number format ends.
    points_at_edge: usize,
    /// What was said on standard error about the data and the run.
    notes: &'a [String],
    run: String,
}

/// What is done after the training.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finish {
    /// Nodes to evaluate, if it is not for the run to decide.
    sample: Option<usize>,
    evaluates: bool,
    draws: bool,
}

impl Finish {
    pub(super) fn of(arguments: &EmbedArguments) -> Self {
        Self {
            sample: arguments.eval_sample,
            evaluates: !arguments.no_eval,
            draws: !arguments.no_plot,
        }
    }
}

/// A run in progress.
pub(super) struct Session {
    folder: RunFolder,
    description: RunDescription,
    /// Lines of earlier parts of the run.
    log: Vec<String>,
    reports: Vec<EpochReport>,
    notes: Vec<String>,
    printer: Printer,
}

impl Session {
    /// Goes on after `done` epochs in `folder`.
    pub(super) fn new(
        folder: RunFolder,
        description: RunDescription,
        done: usize,
        printer: Printer,
    ) -> Self {
        Self {
            log: folder.earlier_log(done),
            folder,
            description,
            reports: Vec::new(),
            notes: Vec::new(),
            printer,
        }
    }

    /// Says something on standard error, and again in the result.
    fn note(&mut self, text: String) {
        self.printer.note(&text);
        self.notes.push(text);
    }

    /// Trains to the end, saving on the way; once `stop` is raised, saves the last whole epoch.
    pub(super) fn epochs(
        &mut self,
        trainer: &mut EmbeddingTrainer<'_>,
        stop: &AtomicBool,
    ) -> Result<(), CliError> {
        let epochs = trainer.settings().epochs;
        if let Some((most, nodes)) = trainer.visit_limit() {
            self.note(format!(
                "{} would be visited more than {most} times in an epoch by --parent-visits {}; they are \
                 visited {most} times, so that an epoch trains at most twice the relations",
                counted(nodes as u64, "node"),
                trainer.settings().parent_visits
            ));
        }
        let bar = self.printer.progress_of(
            "training",
            trainer.planned_relations(),
            "{prefix:<9} {wide_bar} {msg}  {elapsed_precise}  {eta} left",
        );
        bar.set_position(trainer.trained_relations());
        bar.reset_eta();
        bar.set_prefix("epoch");
        let checkpoint = self.folder.checkpoint_path();
        while !trainer.is_finished() {
            let report = match trainer.epoch_until(stop, &|done| bar.inc(done)) {
                Ok(Some(report)) => report,
                Ok(None) => {
                    bar.abandon();
                    return Err(self.interrupted(trainer)?);
                }
                Err(error) => {
                    bar.abandon();
                    return Err(CliError::Diverged { error, checkpoint });
                }
            };
            failpoint::reach("epoch");
            bar.set_message(format!(
                "{}/{epochs}  loss {:.4}  {} relations/s",
                report.epoch,
                report.loss,
                grouped((report.relations as f64 / report.seconds) as u64)
            ));
            self.reports.push(report);
            if trainer.is_finished()
                || report
                    .epoch
                    .is_multiple_of(self.description.checkpoint_every)
            {
                self.save(trainer)?;
            }
        }
        bar.finish_and_clear();
        Ok(())
    }

    fn save(&self, trainer: &EmbeddingTrainer<'_>) -> Result<(), CliError> {
        // In this order, so that the log never lacks an epoch of the checkpoint.
        self.folder.write_log(&self.log, &self.reports)?;
        Ok(trainer.checkpoint().save(&self.folder.checkpoint_path())?)
    }

    /// Saves the last whole epoch, and tells how to go on from it.
    fn interrupted(&self, trainer: &EmbeddingTrainer<'_>) -> Result<CliError, CliError> {
        self.save(trainer)?;
        Ok(CliError::Interrupted {
            epoch: trainer.epochs_done(),
            epochs: trainer.settings().epochs,
            command: "embed",
            run: self.folder.path().to_path_buf(),
        })
    }

    /// Evaluates, saves the result, draws.
    pub(super) fn finish(
        &mut self,
        trainer: &EmbeddingTrainer<'_>,
        data: &Loaded,
        finish: Finish,
        interrupt: &Interrupt,
    ) -> Result<(), CliError> {
        let run = self.folder.path().to_path_buf();
        let settings = trainer.settings();
        let relations = data.relations.num_relations();
        let trained = trainer.trained_relations() as f64;
        self.printer.line(
            "trained",
            format_args!(
                "{} in {}, {} relations/s",
                counted(settings.epochs as u64, "epoch"),
                duration(trainer.seconds()),
                grouped((trained / trainer.seconds()) as u64)
            ),
        );
        let checkpoint = trainer.checkpoint();
        let points_at_edge = self.check_points(&checkpoint);
        let start = Instant::now();
        let scores = if finish.evaluates {
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
            Some(scores)
        } else {
            None
        };
        let evaluation_seconds = start.elapsed().as_secs_f64();
        let chance = scores.as_ref().and_then(|_| chance(data.positives()));
        if let Some(chance) = chance {
            self.printer.line("chance", said_of(chance));
        }

        let notes = [&data.notes[..], &self.notes].concat();
        let summary = Summary {
            dataset: &self.description.dataset.name,
            manifold: settings.manifold.name(),
            dim: settings.dim,
            seed: settings.seed,
            epochs: settings.epochs,
            nodes: data.relations.num_nodes(),
            relations,
            seconds: trainer.seconds(),
            relations_per_second: trained / trainer.seconds(),
            evaluation_seconds,
            peak_rss_mb: peak_rss_mb(),
            scores,
            chance,
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

/// Says what is about to be trained.
pub(super) fn introduce(
    printer: Printer,
    description: &RunDescription,
    relations: &Relations,
    settings: &EmbeddingSettings,
    done: usize,
) {
    printer.line(
        "data",
        format_args!(
            "{}: {} nodes, {} relations",
            description.dataset.short_name(),
            grouped(relations.num_nodes() as u64),
            grouped(relations.num_relations() as u64)
        ),
    );
    let negatives = match settings.hard_negatives {
        0 => counted(settings.negatives as u64, "negative"),
        hard => format!(
            "{}, {hard} of them mined",
            counted(settings.negatives as u64, "negative")
        ),
    };
    printer.line(
        "model",
        format_args!(
            "{}, dimension {}, {}, rate {}, {negatives}, seed {}",
            settings.manifold.name(),
            settings.dim,
            counted(settings.epochs as u64, "epoch"),
            settings.lr,
            settings.seed
        ),
    );
    if done > 0 {
        printer.line("resumed", format_args!("after epoch {done}"));
    }
}
