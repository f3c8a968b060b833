//! A run in progress: epochs, checkpoints, and what comes at the end.

mod finish;

use std::sync::atomic::AtomicBool;

use geom::train::embedding::{
    ClassificationTask, EarlyStopping, EmbeddingCheckpoint, EmbeddingModel, EmbeddingSettings,
    EmbeddingTrainer, EpochReport, Extent, HeldOut, HeldOutPart, MissingNegatives, predict_links,
};
use geom::train::storage::failpoint;

pub(super) use finish::Finish;

use crate::commands::held_out::described;
use crate::dataset::Loaded;
use crate::error::CliError;
use crate::numbers::{counted, grouped};
use crate::printer::Printer;
use crate::run_folder::{RunDescription, RunFolder};

/// A run in progress.
pub(super) struct Session {
    folder: RunFolder,
    description: RunDescription,
    /// Lines of earlier parts of the run.
    log: Vec<String>,
    reports: Vec<EpochReport>,
    notes: Vec<String>,
    /// If relations are held out for validation.
    stopping: Option<EarlyStopping>,
    printer: Printer,
}

/// Nodes whose held-out relations a validation ranks at most: enough to tell epochs apart, in little time.
const VALIDATED_NODES: usize = 4096;

impl Session {
    /// Goes on after `done` epochs in `folder`.
    pub(super) fn new(
        folder: RunFolder,
        description: RunDescription,
        (done, stopping): (usize, Option<EarlyStopping>),
        printer: Printer,
    ) -> Self {
        Self {
            stopping,
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
        held_out: Option<&HeldOut>,
        stop: &AtomicBool,
    ) -> Result<(), CliError> {
        if let Some(true) = self.stopping.as_ref().map(EarlyStopping::is_settled) {
            return Ok(());
        }
        let epochs = trainer.settings().epochs;
        let is_cones = trainer.settings().model == EmbeddingModel::Cones;
        let pairs = held_out
            .filter(|_| is_cones)
            .and_then(ClassificationTask::of);
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
        loop {
            if let Some(held_out) = held_out
                && !self.validate(trainer, held_out, pairs.as_ref(), stop)
            {
                bar.abandon();
                return Err(self.interrupted(trainer)?);
            }
            let is_over = |stopping: &EarlyStopping| stopping.is_over(trainer.epochs_done());
            if trainer.is_finished() || self.stopping.as_ref().is_some_and(is_over) {
                break;
            }
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
            let best = self.stopping.as_ref().and_then(EarlyStopping::best);
            let best = best.map_or(String::new(), |best| {
                format!("  val {:.4} @ {}", best.scores.score, best.scores.epoch)
            });
            bar.set_message(format!(
                "{}/{epochs}  loss {:.4}{best}  {} relations/s",
                report.epoch,
                report.loss,
                grouped((report.relations as f64 / report.seconds) as u64)
            ));
            self.reports.push(report);
            if let (1, Some(found)) = (self.reports.len(), trainer.missing_negatives()) {
                self.note_missing(found);
            }
            if trainer.is_finished()
                || report
                    .epoch
                    .is_multiple_of(self.description.checkpoint_every)
            {
                self.save(trainer)?;
            }
        }
        bar.finish_and_clear();
        self.settle(trainer)
    }

    /// Ranks the relations held out for validation, or tells them from `pairs` that are none, if that is due;
    /// false if `stop` was raised before the end.
    fn validate(
        &mut self,
        trainer: &EmbeddingTrainer<'_>,
        held_out: &HeldOut,
        pairs: Option<&ClassificationTask>,
        stop: &AtomicBool,
    ) -> bool {
        let (epoch, settings) = (trainer.epochs_done(), trainer.settings());
        let Some(stopping) = self.stopping.as_mut().filter(|it| it.is_due(epoch)) else {
            return true;
        };
        let points = trainer.table();
        if let Some(pairs) = pairs {
            let f1 = pairs.validation_f1(&points, settings);
            stopping.observe(epoch, f1, || points);
            return true;
        }
        let extent = Extent::Sample {
            count: VALIDATED_NODES,
            seed: held_out.settings().split_seed,
        };
        let found = predict_links(
            &points,
            (settings.manifold, settings.dim),
            held_out,
            HeldOutPart::Validation,
            extent,
            settings.threads,
            (stop, &|_, _| {}),
        );
        match found {
            Some(found) => {
                stopping.observe(epoch, found.ranks.scores.map, || points);
                true
            }
            None => false,
        }
    }

    /// Makes the points of the best epoch those of the run, and saves it, if epochs were validated.
    fn settle(&mut self, trainer: &mut EmbeddingTrainer<'_>) -> Result<(), CliError> {
        let Some(points) = self.stopping.as_mut().and_then(EarlyStopping::settle) else {
            return Ok(());
        };
        trainer.put_back(&points);
        self.save(trainer)
    }

    /// The state of the run.
    fn checkpoint(&self, trainer: &EmbeddingTrainer<'_>) -> EmbeddingCheckpoint {
        let best = self.stopping.as_ref().and_then(EarlyStopping::best);
        EmbeddingCheckpoint {
            best: best.cloned(),
            ..trainer.checkpoint()
        }
    }

    fn save(&self, trainer: &EmbeddingTrainer<'_>) -> Result<(), CliError> {
        // In this order, so that the log never lacks an epoch of the checkpoint.
        self.folder.write_log(&self.log, &self.reports)?;
        Ok(self
            .checkpoint(trainer)
            .save(&self.folder.checkpoint_path())?)
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

    /// Says that there are fewer negatives than were asked for, if so.
    fn note_missing(&mut self, found: MissingNegatives) {
        if found.missing > 0 {
            self.note(format!(
                "{} of {} negatives of an epoch were not found: {} hardly any node left that would make one, as a \
                 node above nearly all others",
                grouped(found.missing),
                grouped(found.wanted),
                match found.nodes {
                    1 => "1 node has".to_owned(),
                    nodes => format!("{} nodes have", grouped(nodes as u64)),
                }
            ));
        }
    }
}

/// Says what is about to be trained.
pub(super) fn introduce(
    printer: Printer,
    description: &RunDescription,
    data: &Loaded,
    settings: &EmbeddingSettings,
    done: usize,
) {
    let relations = &data.relations;
    printer.line(
        "data",
        format_args!(
            "{}: {} nodes, {} relations",
            description.dataset.short_name(),
            grouped(relations.num_nodes() as u64),
            grouped(relations.num_relations() as u64)
        ),
    );
    if let Some(held_out) = &data.held_out {
        printer.line("held out", described(held_out));
    }
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
            "{}{}, dimension {}, {}, rate {}, {negatives}, seed {}",
            match settings.model {
                EmbeddingModel::Distance => "",
                EmbeddingModel::Cones => "cones, ",
            },
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
