//! The rounds of a search, whatever is searched: all trials, then the finalists over more seeds.

use std::sync::atomic::AtomicBool;

use crate::args::TuneArguments;
use crate::commands::ledger::Ledger;
use crate::commands::subprocesses::{Job, run_jobs};
use crate::error::CliError;
use crate::printer::Printer;

/// A finished trial.
pub(super) trait Scored: Clone + PartialEq {
    /// By which trials are compared: the larger, the better.
    fn score(&self) -> f64;
}

/// A trial of a search.
pub(super) trait Candidate: Job<Done: Scored> {
    /// The same trial with more seeds, those of `begun` among them.
    fn with_seeds(&self, seeds: u32, begun: &Self::Done) -> Self;
}

/// What a search found.
pub(super) struct Found<D> {
    pub(super) best: D,
    /// How many different trials there were, besides the failed ones and the final.
    pub(super) finished: usize,
    /// How many trials failed, of so many.
    pub(super) failed: usize,
    pub(super) all: usize,
    /// The flags of the final, for the command that finds the same again.
    pub(super) of_finals: String,
}

/// Does all that is not in the ledger, and takes the best by validation.
pub(super) fn search<T: Candidate>(
    mut trials: Vec<T>,
    arguments: &TuneArguments,
    ledger: &mut Ledger<T::Done>,
    stop: &AtomicBool,
    printer: Printer,
) -> Result<Found<T::Done>, CliError> {
    let jobs = arguments.jobs;
    let mut all = trials.len();
    let mut failed = run_jobs(&trials, ledger, jobs, stop, printer)?;
    let mut ranked = rank(&trials, ledger);
    let finished = ranked.len();
    let of_finals = match arguments.finalists {
        Some(finalists) if !ranked.is_empty() => {
            let seeds = arguments.final_seeds;
            let best = ranked.iter().take(finalists);
            trials = best
                .map(|(place, done)| trials[*place].with_seeds(seeds, done))
                .collect();
            printer.note(format_args!(
                "the best {} again, over {seeds} seeds",
                trials.len()
            ));
            all += trials.len();
            failed += run_jobs(&trials, ledger, jobs, stop, printer)?;
            ranked = rank(&trials, ledger);
            format!(" --finalists {finalists} --final-seeds {seeds}")
        }
        _ => String::new(),
    };
    match ranked.into_iter().next() {
        Some((_, best)) => Ok(Found {
            best,
            finished,
            failed,
            all,
            of_finals,
        }),
        None => Err(CliError::RunsFailed {
            count: failed,
            all: failed,
        }),
    }
}

/// The finished trials without repetitions, by their places among `trials`, the best first; of equals, the one drawn
/// first.
fn rank<T: Candidate>(trials: &[T], ledger: &Ledger<T::Done>) -> Vec<(usize, T::Done)> {
    let mut ranked: Vec<(usize, T::Done)> = Vec::new();
    for (place, trial) in trials.iter().enumerate() {
        let done = ledger.find(|done| trial.is(done));
        if let Some(done) = done.filter(|&done| ranked.iter().all(|other| other.1 != *done)) {
            ranked.push((place, done.clone()));
        }
    }
    ranked.sort_by(|a, b| b.1.score().total_cmp(&a.1.score()));
    ranked
}
