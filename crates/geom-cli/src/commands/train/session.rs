//! A run of a graph network in progress.

use geom::train::graph::{GraphTrainer, Scores};
use geom::train::storage::failpoint;
use serde::Serialize;

use super::last_epoch::LastEpoch;
use super::plan::{Folder, Plan};
use super::summary::{Summary, Tried};
use crate::error::CliError;
use crate::graph_run::{GraphDescription, GraphRun, describe};
use crate::interrupt::Interrupt;
use crate::numbers::{counted, duration, grouped};
use crate::printer::{Printer, Versioned};

/// What `--json` prints, and `result.json` holds.
#[derive(Serialize)]
struct WithChance<'a> {
    #[serde(flatten)]
    summary: &'a Summary,
    /// What guessing scores on the test part.
    chance: Scores,
}

/// A run in progress.
pub(super) struct Session {
    folder: GraphRun,
    description: GraphDescription,
    trainer: GraphTrainer,
    last: LastEpoch,
    /// Whether an earlier part of the run was there before.
    resumed: bool,
    printer: Printer,
    /// The models that were tried, if it was to be the best of a few.
    tried: Vec<Tried>,
}

impl Session {
    /// A run that is trained to its end.
    pub(super) fn chosen(
        folder: GraphRun,
        description: GraphDescription,
        (trainer, last): (GraphTrainer, LastEpoch),
        printer: Printer,
    ) -> Self {
        Self {
            folder,
            description,
            trainer,
            last,
            resumed: false,
            printer,
            tried: Vec::new(),
        }
    }

    /// The same, with what was tried beside it.
    pub(super) fn with_tried(self, tried: Vec<Tried>) -> Self {
        Self { tried, ..self }
    }

    /// Makes the folder of a run, or goes on in it. Whenever it is stopped from then on, the last whole epoch is
    /// saved.
    pub(super) fn start(
        plan: Plan,
        printer: Printer,
        interrupt: &Interrupt,
    ) -> Result<Self, CliError> {
        let Plan {
            folder,
            description,
            data,
            settings,
            checkpoint,
            device,
            ignored_flags,
        } = plan;
        if !ignored_flags.is_empty() {
            let flags = ignored_flags.join(", ");
            let model = settings.model;
            printer.note(format_args!("no effect on this run of {model}: {flags}"));
        }
        let (trainer, done) = match (checkpoint, &folder) {
            (Some(checkpoint), Folder::Existing(run)) => {
                let done = checkpoint.epochs();
                let trainer = GraphTrainer::resume(data, settings, checkpoint, &device);
                let trainer = trainer.map_err(|error| run.resume_error(&description, error))?;
                (trainer, done)
            }
            _ => (GraphTrainer::new(data, settings, &device)?, 0),
        };
        let resumed = matches!(folder, Folder::Existing(_));
        let made = interrupt.make("stopping before the end of this epoch", || {
            let folder = match folder {
                Folder::Existing(run) => run,
                Folder::New { path, stem } => GraphRun::create(path, &stem, &description)?,
            };
            if done == 0 {
                folder.keep(trainer.data())?;
                // From here on the run can be resumed, whenever it is stopped.
                trainer.checkpoint()?.save(&folder.checkpoint_path())?;
            }
            let log = folder.earlier_log(done);
            let logged = log.len();
            let last = LastEpoch::new(folder.clone(), log, &trainer);
            let heard = last.clone();
            Ok(((folder, last, logged), move || heard.stop()))
        });
        let (folder, last, logged) = made?;
        if logged < done {
            printer.note(format_args!(
                "log.csv has {logged} of {done} epochs: the curves cannot be drawn"
            ));
        }
        let session = Self {
            last,
            folder,
            description,
            trainer,
            resumed,
            printer,
            tried: Vec::new(),
        };
        session.introduce(done);
        Ok(session)
    }

    /// Says what is about to be trained.
    pub(super) fn introduce(&self, done: usize) {
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

    /// Trains to the end, saving on the way.
    pub(super) fn epochs(&mut self, interrupt: &Interrupt) -> Result<(), CliError> {
        let all = self.trainer.settings().epochs;
        let template = "{prefix:<9} {wide_bar} {msg}  {elapsed_precise}";
        let bar = self.printer.progress_of("training", all as u64, template);
        bar.set_prefix("epoch");
        while !self.trainer.is_finished() {
            let epoch = match self.trainer.epoch() {
                Ok(epoch) => epoch,
                Err(error) => {
                    bar.abandon();
                    interrupt.leave("training", None);
                    if self.trainer.best().is_none() && !self.resumed {
                        // Nobody can go on with it, and the next run may have the same name.
                        self.folder.abandon();
                    }
                    return Err(error.into());
                }
            };
            self.last.advance(epoch, &self.trainer);
            failpoint::reach("epoch");
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
            let due = epoch
                .epoch
                .is_multiple_of(self.description.checkpoint_every);
            if self.trainer.is_finished() || due {
                self.last.save()?;
            }
        }
        bar.finish_and_clear();
        let run = self.folder.path().to_path_buf();
        interrupt.leave("writing the result", Some(run));
        Ok(())
    }

    /// Tells and saves the result.
    pub(super) fn finish(&self) -> Result<(), CliError> {
        let trainer = &self.trainer;
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
        let curvatures = best.model.encoder.curvatures();
        if trainer.settings().learn_curvature && !curvatures.is_empty() {
            let each: Vec<String> = curvatures
                .iter()
                .map(|kappa| format!("{kappa:.4}"))
                .collect();
            self.printer.line(
                "curvature",
                format_args!("learned, by layer: {}", each.join(", ")),
            );
        }
        let ([first, second], [test_1, test_2]) = (best.test.names(), best.test.pair());
        self.printer.line(
            "test",
            format_args!("{first} {test_1:.4}, {second} {test_2:.4}"),
        );
        let (_, chance) = trainer.data().chance();
        let [guess_1, guess_2] = chance.pair();
        let text = format_args!("{first} {guess_1:.4}, {second} {guess_2:.4}");
        self.printer.line("chance", text);
        let run = self.folder.path().display().to_string();
        for remark in trainer.remarks() {
            self.printer.note(remark);
        }
        let summary = &Summary {
            tried: self.tried.clone(),
            ..Summary::new(trainer, best, run)
        };
        let summary = WithChance { summary, chance };
        self.folder
            .write_json("result.json", &Versioned::new(&summary))?;
        self.printer.line("saved", self.folder.path().display());
        self.printer.result(&summary);
        Ok(())
    }
}
