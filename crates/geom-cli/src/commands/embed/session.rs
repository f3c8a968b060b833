//! A run in progress: epochs, checkpoints, and what comes at the end.

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use geom::train::Format;
use geom::train::embedding::{
    Chance, ClassificationTask, EarlyStopping, EmbeddingCheckpoint, EmbeddingModel,
    EmbeddingSettings, EmbeddingTrainer, EpochReport, Extent, HeldOut, HeldOutPart,
    MissingNegatives, chance, predict_links,
};
use geom::train::storage::failpoint;
use serde::Serialize;

use crate::args::EmbedArguments;
use crate::commands::eval::{Scores, said_of};
use crate::commands::held_out::{ClassificationScores, HeldOutScores, described};
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
            self.printer.line("chance", said_of(chance));
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
