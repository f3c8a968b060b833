//! A run in progress: epochs, checkpoints, and what comes at the end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use geom::data::Relations;
use geom::train::embedding::{EmbeddingSettings, EmbeddingTrainer, EpochReport};
use geom::train::storage::failpoint;
use serde::Serialize;

use crate::commands::eval::evaluate;
use crate::commands::peak_rss_mb;
use crate::dataset::Loaded;
use crate::disk;
use crate::error::CliError;
use crate::printer::{Printer, counted, duration, grouped};
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
    mean_rank: f64,
    map: f64,
    run: String,
}

/// A run in progress.
pub(super) struct Session {
    folder: RunFolder,
    description: RunDescription,
    /// Lines of earlier parts of the run.
    log: Vec<String>,
    reports: Vec<EpochReport>,
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
            printer,
        }
    }

    /// Trains to the end, saving on the way; stops after an epoch once `stop` is raised.
    pub(super) fn epochs(
        &mut self,
        trainer: &mut EmbeddingTrainer<'_>,
        stop: &AtomicBool,
    ) -> Result<(), CliError> {
        let epochs = trainer.settings().epochs;
        let bar = self.printer.bar(
            trainer.planned_relations(),
            "{prefix:<9} {wide_bar} {msg}  {elapsed_precise}  {eta} left",
        );
        bar.set_position(trainer.trained_relations());
        bar.reset_eta();
        bar.set_prefix("epoch");
        let checkpoint = self.folder.checkpoint_path();
        while !trainer.is_finished() {
            let report = match trainer.epoch_with_progress(&|done| bar.inc(done)) {
                Ok(report) => report,
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
            let interrupted = stop.load(Ordering::Relaxed) && !trainer.is_finished();
            if trainer.is_finished()
                || interrupted
                || report
                    .epoch
                    .is_multiple_of(self.description.checkpoint_every)
            {
                // In this order, so that the log never lacks an epoch of the checkpoint.
                self.folder.write_log(&self.log, &self.reports)?;
                trainer.checkpoint().save(&checkpoint)?;
            }
            if interrupted {
                bar.abandon();
                return Err(CliError::Interrupted {
                    epoch: report.epoch,
                    epochs,
                    command: "embed",
                    run: self.folder.path().to_path_buf(),
                });
            }
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// Evaluates, saves the result, draws.
    pub(super) fn finish(
        &self,
        trainer: &EmbeddingTrainer<'_>,
        data: &Loaded,
    ) -> Result<(), CliError> {
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
        let start = Instant::now();
        let checkpoint = trainer.checkpoint();
        let measured = evaluate(&checkpoint, data, None, settings.threads, self.printer)?;
        let evaluation_seconds = start.elapsed().as_secs_f64();
        self.printer.line(
            "result",
            format_args!(
                "mean rank {:.3}, MAP {:.4}",
                measured.mean_rank, measured.map
            ),
        );

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
            mean_rank: measured.mean_rank,
            map: measured.map,
            run: self.folder.path().display().to_string(),
        };
        self.folder.write_json("result.json", &summary)?;
        for name in ["disk.svg", "disk.png"] {
            disk::draw(
                &checkpoint,
                data,
                &self.folder.path().join(name),
                disk::DEFAULT_LABELS,
            )?;
        }
        self.printer.line("saved", self.folder.path().display());
        self.printer.result(&summary);
        Ok(())
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
