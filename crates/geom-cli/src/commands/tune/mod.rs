//! `geom tune`: random search of settings, by their scores on the validation part alone.

mod trial;

use std::path::Path;

use geom::train::graph::{SearchSpace, to_toml};
use geom::train::storage;
use serde::Serialize;

use super::bench_table::Dataset;
use super::ledger::Ledger;
use super::subprocesses::{Job as _, Pretrained, run_jobs};
use super::{check_count, check_folder_of};
use crate::args::TuneArguments;
use crate::error::CliError;
use crate::interrupt::Interrupt;
use crate::output_file;
use crate::printer::{Printer, print};
use trial::{Finished, Trial};

/// Where finished trials are kept unless told otherwise.
const LEDGER: &str = "runs/tune.jsonl";

/// What `--json` prints.
#[derive(Serialize)]
struct Summary<'a> {
    model: &'static str,
    dataset: &'a str,
    task: &'static str,
    protocol: &'static str,
    trials: usize,
    failed: usize,
    best: &'a Finished,
}

pub(crate) fn run(arguments: &TuneArguments) -> Result<(), CliError> {
    let printer = Printer::new(arguments.output);
    let interrupt = Interrupt::listen(printer, "preparing");
    check(arguments)?;
    let (model, task) = (arguments.model, arguments.runs.task);
    let protocol = arguments.runs.protocol.unwrap_or_default();
    let dataset = Dataset::load(&arguments.dataset, task)?;
    let name = dataset.graph.facts().dataset;
    let space = match &arguments.space {
        Some(path) => {
            let text = storage::read_text(path)?;
            SearchSpace::parse((model, task, name), &path.display().to_string(), &text)?
        }
        None => SearchSpace::new(model, task, name),
    };
    let pretrained = Pretrained::of(arguments.runs.pretrained.as_deref())?;
    let mut trials: Vec<Trial> = Vec::new();
    for number in 0..arguments.trials {
        let mut settings = space.draw(arguments.seed, number as u64)?;
        settings.protocol = protocol;
        let trial = Trial::new(&dataset, &space, settings, arguments.seeds);
        // A small space is drawn from twice.
        if trials.iter().all(|other| !trial.is_same(other)) {
            trials.push(trial.pretrained(pretrained.as_ref()));
        }
    }
    let path = arguments.resume.as_deref().unwrap_or(Path::new(LEDGER));
    let mut ledger = Ledger::open(path, printer)?;
    let stop = interrupt.ask("stopping; finished runs are kept");
    let jobs = arguments.runs.jobs;
    let mut all = trials.len();
    let mut failed = run_jobs(&trials, &mut ledger, jobs, stop, printer)?;
    let mut ranked = rank(&trials, &ledger);
    let of_finals = match arguments.finalists {
        Some(finalists) if !ranked.is_empty() => {
            let seeds = arguments.final_seeds;
            let more = |&(trial, done): &(&Trial, &Finished)| trial.with_seeds(seeds, done);
            trials = ranked.iter().take(finalists).map(more).collect();
            printer.note(format_args!(
                "the best {} again, over {seeds} seeds",
                trials.len()
            ));
            all += trials.len();
            failed += run_jobs(&trials, &mut ledger, jobs, stop, printer)?;
            ranked = rank(&trials, &ledger);
            format!(" --finalists {finalists} --final-seeds {seeds}")
        }
        _ => String::new(),
    };
    let Some((_, best)) = ranked.first() else {
        let all = failed;
        return Err(CliError::RunsFailed { count: failed, all });
    };
    let of_space = match &arguments.space {
        Some(path) => format!(" --space {}", quoted(path)),
        None => String::new(),
    };
    let of_pretrained = match &arguments.runs.pretrained {
        Some(path) => format!(" --pretrained {}", quoted(path)),
        None => String::new(),
    };
    let text = format!(
        "# The best of {} trials by validation: {:.4}. geom tune --model {model} --dataset {} \
         --task {} --protocol {} --trials {0} --seeds {} --seed {}{of_finals}{of_space}\
         {of_pretrained}\n{}",
        arguments.trials,
        best.score(),
        quoted(arguments.dataset.as_ref()),
        task.name(),
        protocol.name(),
        arguments.seeds,
        arguments.seed,
        to_toml(best.settings())?
    );
    if !arguments.output.json && !arguments.output.quiet {
        print(&text);
    }
    if let Some(out) = &arguments.out {
        storage::write(out, |file| file.write_all(text.as_bytes()))?;
    }
    printer.result(&Summary {
        model: model.name(),
        dataset: &arguments.dataset,
        task: task.name(),
        protocol: protocol.name(),
        trials: arguments.trials,
        failed,
        best,
    });
    if failed > 0 {
        return Err(CliError::RunsFailed { count: failed, all });
    }
    Ok(())
}

/// A path on one line of a comment.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        format!("{text:?}")
    } else {
        text
    }
}

/// Refuses numbers that make no search.
fn check(arguments: &TuneArguments) -> Result<(), CliError> {
    for (name, value) in [
        ("--trials", arguments.trials),
        ("--seeds", arguments.seeds as usize),
        ("--finalists", arguments.finalists.unwrap_or(1)),
        ("--final-seeds", arguments.final_seeds as usize),
        ("--jobs", arguments.runs.jobs),
    ] {
        check_count(name, value)?;
    }
    if let Some(out) = &arguments.out {
        check_folder_of(out)?;
        output_file::check(out, &[])?;
    }
    let (seeds, final_seeds) = (arguments.seeds, arguments.final_seeds);
    if arguments.finalists.is_some() && final_seeds <= seeds {
        return Err(CliError::usage(
            format!("--final-seeds = {final_seeds} is no more than --seeds = {seeds}"),
            format!("give at least {}", seeds.saturating_add(1)),
        ));
    }
    Ok(())
}

/// The finished trials without repetitions, the best first; of equals, the one drawn first.
fn rank<'a>(trials: &'a [Trial], ledger: &'a Ledger<Finished>) -> Vec<(&'a Trial, &'a Finished)> {
    let mut ranked: Vec<(&Trial, &Finished)> = Vec::new();
    for trial in trials {
        let done = ledger.find(|done| trial.is(done));
        if let Some(done) = done.filter(|&done| ranked.iter().all(|other| other.1 != done)) {
            ranked.push((trial, done));
        }
    }
    ranked.sort_by(|a, b| b.1.score().total_cmp(&a.1.score()));
    ranked
}
