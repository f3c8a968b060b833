//! `geom bench-table`: models × datasets × seeds, beside the published figures.

mod datasets;
mod published;
mod runs;
mod table;

use std::path::{Path, PathBuf};

use geom::data::graph::random;
use geom::nn::models::ModelKind;
use geom::train::storage;
use serde::Serialize;

use super::ledger::Ledger;
use super::subprocesses::{Job as _, Pretrained, run_jobs};
use super::{check_count, check_folder_of};
use crate::args::BenchTableArguments;
use crate::error::CliError;
use crate::interrupt::Interrupt;
use crate::output_file;
use crate::printer::{Printer, print};
pub(super) use datasets::Dataset;
pub(super) use runs::FIRST_SPLIT;
use runs::{Finished, Run};
use table::{Cell, Table};

/// Where finished runs are kept unless told otherwise.
const LEDGER: &str = "runs/bench-table.jsonl";

/// What `--json` prints.
#[derive(Serialize)]
struct Summary<'a> {
    task: &'static str,
    protocol: &'static str,
    cells: &'a [Cell],
    failed: usize,
    ledger: PathBuf,
}

pub(crate) fn run(arguments: &BenchTableArguments) -> Result<(), CliError> {
    let printer = Printer::new(arguments.output);
    let interrupt = Interrupt::listen(printer, "preparing");
    for (name, value) in [
        ("--seeds", arguments.seeds as usize),
        ("--jobs", arguments.runs.jobs),
        ("--epochs", arguments.epochs.unwrap_or(1)),
    ] {
        check_count(name, value)?;
    }
    if let Some(out) = &arguments.out {
        check_folder_of(out)?;
        output_file::check(out, &[])?;
    }
    let task = arguments.runs.task;
    let protocol = arguments.runs.protocol.unwrap_or_default();
    // What is named twice has one row or column, and each of its runs counts once.
    let mut datasets: Vec<Dataset> = Vec::new();
    for name in joined(&arguments.datasets) {
        let dataset = Dataset::load(&name, task)?;
        if datasets.iter().all(|other| other.name != dataset.name) {
            datasets.push(dataset);
        }
    }
    let mut models: Vec<ModelKind> = Vec::new();
    for &model in &arguments.models {
        if !models.contains(&model) {
            models.push(model);
        }
    }
    let pretrained = Pretrained::of(arguments.runs.pretrained.as_deref())?;
    let mut wanted = Vec::new();
    for dataset in &datasets {
        for &model in &models {
            for seed in 0..arguments.seeds {
                let epochs = arguments.epochs;
                let run = Run::new(dataset, model, task, protocol, seed, epochs);
                wanted.push(run.pretrained(pretrained.as_ref()));
            }
        }
    }
    let path = arguments.resume.as_deref().unwrap_or(Path::new(LEDGER));
    let mut ledger = Ledger::open(path, printer)?;
    let stop = interrupt.ask("stopping; finished runs are kept");
    let failed = run_jobs(&wanted, &mut ledger, arguments.runs.jobs, stop, printer)?;

    let finished: Vec<&Finished> = {
        let done = |run: &Run| ledger.find(|done| run.is(done));
        wanted.iter().filter_map(done).collect()
    };
    let table = Table::new(
        (task, protocol),
        &models,
        &datasets,
        &finished,
        arguments.epochs,
    );
    let text = table.markdown()?;
    if !arguments.output.json && !arguments.output.quiet {
        print(&text);
    }
    if let Some(out) = &arguments.out {
        storage::write(out, |file| file.write_all(text.as_bytes()))?;
    }
    printer.result(&Summary {
        task: task.name(),
        protocol: protocol.name(),
        cells: table.cells(),
        failed,
        ledger: path.to_path_buf(),
    });
    if failed > 0 {
        let all = wanted.len();
        return Err(CliError::RunsFailed { count: failed, all });
    }
    Ok(())
}

/// Names that were split at their commas; that of a random graph holds one.
fn joined(names: &[String]) -> Vec<String> {
    let mut whole: Vec<String> = Vec::new();
    for name in names {
        match whole.last_mut() {
            Some(last) if last.starts_with(random::PREFIX) && !last.contains(',') => {
                *last = format!("{last},{name}");
            }
            _ => whole.push(name.clone()),
        }
    }
    whole
}
