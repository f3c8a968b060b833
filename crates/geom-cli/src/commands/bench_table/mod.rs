//! `geom bench-table`: models × datasets × seeds, beside the published figures.

mod datasets;
mod published;
mod runs;
mod table;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use geom::train::atomic;
use geom::train::graph::{GraphTask, Protocol};
use serde::Serialize;

use super::children::{Work as _, of_run, work_off};
use super::ledger::Ledger;
use super::stop_on_interrupt;
use crate::args::BenchTableArguments;
use crate::error::CliError;
use crate::printer::Printer;
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
    for (name, value) in [
        ("--seeds", arguments.seeds as usize),
        ("--jobs", arguments.runs.jobs),
        ("--epochs", arguments.epochs.unwrap_or(1)),
    ] {
        if value == 0 {
            return Err(CliError::usage(
                format!("{name} = 0 is out of range: at least 1"),
                "leave it out",
            ));
        }
    }
    let task = GraphTask::from(arguments.runs.task);
    let protocol = arguments.runs.protocol.map_or(Protocol::Clean, Into::into);
    let datasets: Result<Vec<Dataset>, CliError> = arguments
        .datasets
        .iter()
        .map(|name| Dataset::load(name, task))
        .collect();
    let datasets = datasets?;
    let pretrained = of_run(arguments.runs.pretrained.as_deref())?;
    let mut wanted = Vec::new();
    for dataset in &datasets {
        for &model in &arguments.models {
            for seed in 0..arguments.seeds {
                let epochs = arguments.epochs;
                let run = Run::new(dataset, model, task, protocol, seed, epochs)?;
                wanted.push(run.pretrained(pretrained.as_deref()));
            }
        }
    }
    let path = arguments.resume.as_deref().unwrap_or(Path::new(LEDGER));
    let mut ledger = Ledger::open(path, printer)?;
    let stop = stop_on_interrupt("stopping; finished runs are kept");
    let failed = work_off(&wanted, &mut ledger, arguments.runs.jobs, &stop, printer)?;

    let finished: Vec<&Finished> = {
        let done = |run: &Run| ledger.find(|done| run.is(done));
        wanted.iter().filter_map(done).collect()
    };
    let table = Table::new(
        (task, protocol),
        &arguments.models,
        &datasets,
        &finished,
        arguments.epochs,
    );
    let text = table.markdown()?;
    if !arguments.output.json && !arguments.output.quiet {
        // A closed pipe is no reason to fail: all runs are kept.
        let _ = std::io::stdout().write_all(text.as_bytes());
    }
    if let Some(out) = &arguments.out {
        atomic::write(out, |file| file.write_all(text.as_bytes()))?;
    }
    printer.result(&Summary {
        task: task.name(),
        protocol: protocol.name(),
        cells: table.cells(),
        failed,
        ledger: path.to_path_buf(),
    });
    if failed > 0 {
        return Err(CliError::RunsFailed { count: failed });
    }
    Ok(())
}
