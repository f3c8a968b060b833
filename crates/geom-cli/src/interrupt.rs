//! Ctrl-C, and the signals that ask a program to end. Where nothing would be lost, the program ends at once.
//! Where work is to be saved first, either it is saved at once, in the state after its last whole step, or the
//! program is asked to stop. Asked again, it ends at once.

use std::fmt;
use std::mem;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use geom::train::storage::remove_unfinished;

use crate::commands::{clear_subprocesses, end_subprocesses};
use crate::error::CliError;
use crate::printer::Printer;

/// Saves the work, and says that it was interrupted.
type Save = Box<dyn FnMut() -> CliError + Send>;

/// What Ctrl-C does now.
enum Phase {
    /// The program ends at once; `run` is finished and saved, if there is one yet.
    Leave {
        what: &'static str,
        run: Option<PathBuf>,
    },
    /// The program is asked to stop, and says so.
    Ask(&'static str),
    /// The program says so, saves, and ends, whatever it is at.
    Save(&'static str, Save),
}

/// Ctrl-C, as it is to be taken from now on.
#[derive(Clone)]
pub(crate) struct Interrupt {
    printer: Printer,
    phase: Arc<Mutex<Phase>>,
    asked: Arc<AtomicBool>,
}

impl fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asked = &self.asked;
        f.debug_struct("Interrupt")
            .field("asked", asked)
            .finish_non_exhaustive()
    }
}

impl Interrupt {
    /// Listens from now on. At first the program ends at once, while it is at `what`.
    pub(crate) fn listen(printer: Printer, what: &'static str) -> Self {
        let this = Self {
            printer,
            phase: Arc::new(Mutex::new(Phase::Leave { what, run: None })),
            asked: Arc::default(),
        };
        let heard = this.clone();
        // Without a handler Ctrl-C ends the program at once, which loses nothing already saved.
        let _ = ctrlc::set_handler(move || heard.hear());
        this
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self) {
        if self.asked.swap(true, Ordering::Relaxed) {
            clear_subprocesses();
            remove_unfinished();
            std::process::exit(130);
        }
        // On a thread of its own, so that the next signal is heard even if a disk is slow.
        let this = self.clone();
        let heard = thread::Builder::new().spawn(move || this.answer());
        if heard.is_err() {
            self.answer();
        }
    }

    fn answer(&self) {
        // Held while the program ends, so that nothing else begins.
        let mut phase = self.phase();
        match &mut *phase {
            Phase::Leave { what, run } => self.end(&CliError::Left {
                what,
                run: run.clone(),
            }),
            Phase::Ask(promise) => {
                self.promise(promise);
                end_subprocesses();
            }
            Phase::Save(promise, save) => {
                self.promise(promise);
                let saved = save();
                self.end(&saved);
            }
        }
    }

    fn promise(&self, promise: &str) {
        self.printer.progress(format_args!(
            "\n{promise}; press Ctrl-C again to stop at once"
        ));
    }

    fn end(&self, error: &CliError) -> ! {
        // What is half written is nobody's.
        remove_unfinished();
        self.printer.failure(error);
        std::process::exit(error.exit_code().into());
    }

    /// From now on the program ends at once, while it is at `what`; the finished run is in `run`. It ends now
    /// if it was asked to stop when there was nothing left to stop.
    pub(crate) fn leave(&self, what: &'static str, run: Option<PathBuf>) {
        // Waits while what was done before is being saved, to the end of the program.
        let mut phase = self.phase();
        if self.asked.load(Ordering::Relaxed) {
            self.end(&CliError::Left { what, run });
        }
        *phase = Phase::Leave { what, run };
    }

    /// From now on the flag is raised instead, and `promise` says what becomes of the work.
    pub(crate) fn ask(&self, promise: &'static str) -> &AtomicBool {
        *self.phase() = Phase::Ask(promise);
        &self.asked
    }

    /// Makes what would be of no use in part, such as the folder of a run: Ctrl-C waits until it is whole. From
    /// then on the program ends as soon as the closure that `make` returns has saved what there is, on another
    /// thread than the one that goes on meanwhile; `promise` says what becomes of the work, and the error that
    /// the closure returns that it was interrupted.
    pub(crate) fn make<T, S>(
        &self,
        promise: &'static str,
        make: impl FnOnce() -> Result<(T, S), CliError>,
    ) -> Result<T, CliError>
    where
        S: FnMut() -> CliError + Send + 'static,
    {
        let mut phase = self.phase();
        let (made, save) = make()?;
        *phase = Phase::Save(promise, Box::new(save));
        Ok(made)
    }

    /// From now on the program ends by itself, and has the last word: Ctrl-C is no longer answered, unless it
    /// comes twice. What is being saved now is waited for, to the end of the program.
    pub(crate) fn close(&self) {
        mem::forget(self.phase());
    }
}
