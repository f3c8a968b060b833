//! A run of a graph network in progress.

use std::sync::atomic::{AtomicBool, Ordering};

use geom::train::graph::{GraphEpoch, GraphTrainer, Scores};
use serde::Serialize;

use super::plan::{Folder, Plan};
use crate::commands::peak_rss_mb;
use crate::error::CliError;
use crate::graph_run::{GraphDescription, GraphRun, describe, names, pair};
use crate::printer::{Printer, counted, duration, grouped};

/// What `--json` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    model: String,
    dataset: String,
    task: &'static str,
    protocol: &'static str,
    manifold: String,
    seed: u64,
    split_seed: u32,
    params: usize,
    epochs: usize,
    seconds_per_epoch: f64,
    seconds: f64,
    peak_rss_mb: Option<f64>,
    best_epoch: usize,
    #[serde(flatten)]
    scores: NamedScores,
    notes: Vec<String>,
    run: String,
}

/// The scores of the best epoch, named by part.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum NamedScores {
    Nodes {
        val_accuracy: f64,
        val_f1: f64,
        test_accuracy: f64,
        test_f1: f64,
    },
    Links {
        val_roc_auc: f64,
        val_ap: f64,
        test_roc_auc: f64,
        test_ap: f64,
    },
}

/// A run in progress.
pub(super) struct Session {
    folder: GraphRun,
    description: GraphDescription,
    trainer: GraphTrainer,
    /// Lines of earlier parts of the run.
    log: Vec<String>,
    epochs: Vec<GraphEpoch>,
    /// Whether an earlier part of the run was there before.
    resumed: bool,
    printer: Printer,
}

impl Session {
    pub(super) fn start(plan: Plan, printer: Printer) -> Result<Self, CliError> {
        let Plan {
            folder,
            description,
            data,
            settings,
            checkpoint,
            device,
            unused,
        } = plan;
        if !unused.is_empty() {
            let flags = unused.join(", ");
            let model = settings.model;
            printer.note(format_args!("no effect on this run of {model}: {flags}"));
        }
        let (trainer, done) = match (checkpoint, &folder) {
            (Some(checkpoint), Folder::Existing(run)) => {
                let path = run.checkpoint_path();
                let done = checkpoint.epochs();
                let trainer = GraphTrainer::resume(data, settings, checkpoint, &path, &device)?;
                (trainer, done)
            }
            _ => (GraphTrainer::new(data, settings, &device)?, 0),
        };
        let resumed = matches!(folder, Folder::Existing(_));
        let folder = match folder {
            Folder::Existing(run) => run,
            Folder::New { path, stem } => GraphRun::create(path, &stem, &description)?,
        };
        if done == 0 {
            // From here on the run can be resumed, whenever it is stopped.
            trainer.checkpoint()?.save(&folder.checkpoint_path())?;
        }
        let log = folder.earlier_log(done);
        if log.len() < done {
            printer.note(format_args!(
                "log.csv has {} of {done} epochs: the curves cannot be drawn",
                log.len()
            ));
        }
        let session = Self {
            log,
            folder,
            description,
            trainer,
            epochs: Vec::new(),
            resumed,
            printer,
        };
        session.introduce(done);
        Ok(session)
    }

    /// Says what is about to be trained.
    fn introduce(&self, done: usize) {
        let (data, settings) = (self.trainer.data(), self.trainer.settings());
        let classes = match data.classes() {
            Some(classes) => format!(", {classes} classes"),
            None => String::new(),
        };
        self.printer.line(
            "data",
            format_args!(
                "{}: {} nodes, {} edges, {} features{classes}; {}, protocol {}, split {}",
                data.name(),
                grouped(data.nodes() as u64),
                grouped(data.edges().len() as u64),
                grouped(data.width() as u64),
                settings.task.name(),
                settings.protocol.name(),
                settings.split_seed,
            ),
        );
        for note in data.notes() {
            self.printer.note(note);
        }
        self.printer.line(
            "model",
            format_args!(
                "{}: {}, {} parameters",
                settings.model,
                describe(settings),
                grouped(self.trainer.parameters() as u64)
            ),
        );
        if done > 0 {
            self.printer
                .line("resumed", format_args!("after epoch {done}"));
        }
    }

    /// Trains to the end, saving on the way; stops after an epoch once `stop` is raised.
    pub(super) fn epochs(&mut self, stop: &AtomicBool) -> Result<(), CliError> {
        let all = self.trainer.settings().epochs;
        let template = "{prefix:<9} {wide_bar} {msg}  {elapsed_precise}";
        let bar = self.printer.bar(all as u64, template);
        bar.set_prefix("epoch");
        while !self.trainer.is_finished() {
            let epoch = match self.trainer.epoch() {
                Ok(epoch) => epoch,
                Err(error) => {
                    bar.abandon();
                    if self.trainer.best().is_none() && !self.resumed {
                        // Nobody can go on with it, and the next run may have the same name.
                        self.folder.abandon();
                    }
                    return Err(error.into());
                }
            };
            self.epochs.push(epoch);
            bar.set_position(epoch.epoch as u64);
            if let Some(best) = self.trainer.best() {
                bar.set_message(format!(
                    "{}/{all}  loss {:.4}  val {:.4}  best {:.4} @ {}",
                    epoch.epoch,
                    epoch.loss,
                    epoch.val.selection(),
                    best.val.selection(),
                    best.epoch
                ));
            }
            let finished = self.trainer.is_finished();
            let interrupted = stop.load(Ordering::Relaxed) && !finished;
            let due = epoch
                .epoch
                .is_multiple_of(self.description.checkpoint_every);
            if finished || interrupted || due {
                // In this order, so that the log never lacks an epoch of the checkpoint.
                self.folder.write_log(&self.log, &self.epochs)?;
                let checkpoint = self.trainer.checkpoint()?;
                checkpoint.save(&self.folder.checkpoint_path())?;
            }
            if interrupted {
                bar.abandon();
                return Err(CliError::Interrupted {
                    epoch: epoch.epoch,
                    epochs: all,
                    command: "train",
                    run: self.folder.path().to_path_buf(),
                });
            }
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// Tells and saves the result.
    pub(super) fn finish(&self) -> Result<(), CliError> {
        let (trainer, settings) = (&self.trainer, self.trainer.settings());
        let Some(best) = trainer.best() else {
            return Err(CliError::usage(
                "no epoch was trained",
                "give --epochs a number above 0",
            ));
        };
        self.printer.line(
            "trained",
            format_args!(
                "{} in {}, {:.1} ms each; best epoch {}",
                counted(trainer.epochs() as u64, "epoch"),
                duration(trainer.seconds()),
                1e3 * trainer.seconds() / trainer.epochs() as f64,
                best.epoch
            ),
        );
        let ([first, second], [test_1, test_2]) = (names(&best.test), pair(&best.test));
        self.printer.line(
            "test",
            format_args!("{first} {test_1:.4}, {second} {test_2:.4}"),
        );
        let summary = Summary {
            model: settings.model.to_string(),
            dataset: trainer.data().name().to_owned(),
            task: settings.task.name(),
            protocol: settings.protocol.name(),
            manifold: settings.manifold.to_string(),
            seed: settings.seed,
            split_seed: settings.split_seed,
            params: trainer.parameters(),
            epochs: trainer.epochs(),
            seconds_per_epoch: trainer.seconds() / trainer.epochs() as f64,
            seconds: trainer.seconds(),
            peak_rss_mb: peak_rss_mb(),
            best_epoch: best.epoch,
            scores: named(&best.val, &best.test),
            notes: trainer.data().notes().to_vec(),
            run: self.folder.path().display().to_string(),
        };
        self.folder.write_json("result.json", &summary)?;
        self.printer.line("saved", self.folder.path().display());
        self.printer.result(&summary);
        Ok(())
    }
}

fn named(val: &Scores, test: &Scores) -> NamedScores {
    let ([val_1, val_2], [test_1, test_2]) = (pair(val), pair(test));
    match test {
        Scores::Nodes(_) => NamedScores::Nodes {
            val_accuracy: val_1,
            val_f1: val_2,
            test_accuracy: test_1,
            test_f1: test_2,
        },
        Scores::Links(_) => NamedScores::Links {
            val_roc_auc: val_1,
            val_ap: val_2,
            test_roc_auc: test_1,
            test_ap: test_2,
        },
    }
}
