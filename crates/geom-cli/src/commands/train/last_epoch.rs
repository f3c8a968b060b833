//! What is saved of a run that is stopped in the middle of an epoch: everything up to the last whole one.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use geom::train::graph::{GraphEpoch, GraphSnapshot, GraphTrainer};

use crate::error::CliError;
use crate::graph_run::GraphRun;

/// The state of a run after its last whole epoch, with its files. Copies share it: one is of the thread that
/// trains, another of the one that hears Ctrl-C.
#[derive(Clone)]
pub(super) struct LastEpoch(Arc<Mutex<State>>);

struct State {
    folder: GraphRun,
    /// Lines of earlier parts of the run.
    log: Vec<String>,
    epochs: Vec<GraphEpoch>,
    snapshot: GraphSnapshot,
}

impl LastEpoch {
    /// Of a run whose earlier parts have left the lines `log`.
    pub(super) fn new(folder: GraphRun, log: Vec<String>, trainer: &GraphTrainer) -> Self {
        Self(Arc::new(Mutex::new(State {
            folder,
            log,
            epochs: Vec::new(),
            snapshot: trainer.snapshot(),
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// That another epoch is done.
    pub(super) fn advance(&self, epoch: GraphEpoch, trainer: &GraphTrainer) {
        let mut state = self.state();
        state.epochs.push(epoch);
        state.snapshot = trainer.snapshot();
    }

    /// The best score by validation so far.
    pub(super) fn score(&self) -> Option<f64> {
        let state = self.state();
        let best = state.snapshot.best()?;
        Some(best.val.selection())
    }

    /// Saves everything that is needed to look at the run and to go on with it.
    pub(super) fn save(&self) -> Result<(), CliError> {
        self.state().save()
    }

    /// The same, with the split of its graph, which may differ from that of other runs in the same folder.
    pub(super) fn save_with_data(&self) -> Result<(), CliError> {
        {
            let state = self.state();
            state.folder.keep(state.snapshot.data())?;
        }
        self.save()
    }

    /// That the user stopped it, after it was saved.
    pub(super) fn interrupted(&self) -> CliError {
        self.state().interrupted()
    }

    /// Saves it, and says that the user stopped it. The program has to end then: the training waits for that
    /// as soon as it would note or save another epoch.
    pub(super) fn stop(&self) -> CliError {
        let state = self.state();
        let stopped = match state.save() {
            Ok(()) => state.interrupted(),
            Err(error) => error,
        };
        // Locked for good, so that nothing is half written when the program ends.
        mem::forget(state);
        stopped
    }
}

impl State {
    fn save(&self) -> Result<(), CliError> {
        // In this order, so that the log never lacks an epoch of the checkpoint.
        self.folder.write_log(&self.log, &self.epochs)?;
        let checkpoint = self.snapshot.checkpoint()?;
        Ok(checkpoint.save(&self.folder.checkpoint_path())?)
    }

    fn interrupted(&self) -> CliError {
        CliError::Interrupted {
            epoch: self.snapshot.epochs(),
            epochs: self.snapshot.settings().epochs,
            command: "train",
            run: self.folder.path().to_path_buf(),
        }
    }
}
