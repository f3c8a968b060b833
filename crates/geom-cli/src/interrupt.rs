//! Ctrl-C. Where nothing would be lost, the program ends at once; where work is to be saved first, it is
//! asked to stop, and ends at once when asked again.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use geom::train::storage::remove_partial;

use crate::commands::clear_subprocesses;
use crate::error::CliError;
use crate::printer::Printer;

/// What Ctrl-C does now.
#[derive(Clone, Debug)]
enum Phase {
    /// The program ends at once; `run` is finished and saved, if there is one yet.
    Leave {
        what: &'static str,
        run: Option<PathBuf>,
    },
    /// The program is asked to stop, and says so.
    Ask(&'static str),
}

/// Ctrl-C, as it is to be taken from now on.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt {
    printer: Printer,
    phase: Arc<Mutex<Phase>>,
    asked: Arc<AtomicBool>,
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
        // Held while the program ends, so that nothing else begins.
        let phase = self.phase();
        match &*phase {
            Phase::Leave { what, run } => self.end(what, run.as_ref()),
            Phase::Ask(promise) => {
                if self.asked.swap(true, Ordering::Relaxed) {
                    clear_subprocesses();
                    std::process::exit(130);
                }
                self.printer.progress(format_args!(
                    "\n{promise}; press Ctrl-C again to stop at once"
                ));
            }
        }
    }

    fn end(&self, what: &'static str, run: Option<&PathBuf>) -> ! {
        if let Some(run) = run {
            // What is half written is nobody's.
            remove_partial(run);
        }
        let error = CliError::Left {
            what,
            run: run.cloned(),
        };
        self.printer.failure(&error);
        std::process::exit(error.exit_code().into());
    }

    /// From now on the program ends at once, while it is at `what`; the finished run is in `run`. It ends now
    /// if it was asked to stop when there was nothing left to stop.
    pub(crate) fn leave(&self, what: &'static str, run: Option<PathBuf>) {
        if self.asked.load(Ordering::Relaxed) {
            self.end(what, run.as_ref());
        }
        *self.phase() = Phase::Leave { what, run };
    }

    /// From now on the flag is raised instead, and `promise` says what becomes of the work.
    pub(crate) fn ask(&self, promise: &'static str) -> &AtomicBool {
        *self.phase() = Phase::Ask(promise);
        &self.asked
    }
}
