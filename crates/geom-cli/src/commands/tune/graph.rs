//! The settings of graph networks, by their scores on the validation part alone.

use std::path::Path;

use geom::nn::models::ModelKind;
use geom::train::graph::{SearchSpace, to_toml};
use geom::train::storage;
use serde::Serialize;

use super::rounds::{Found, search};
use super::trial::{Finished, Trial};
use super::{head, quoted, tell};
use crate::args::TuneArguments;
use crate::commands::bench_table::Dataset;
use crate::commands::ledger::Ledger;
use crate::commands::subprocesses::Pretrained;
use crate::error::CliError;
use crate::interrupt::Interrupt;
use crate::printer::Printer;

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

pub(super) fn run(
    arguments: &TuneArguments,
    model: ModelKind,
    interrupt: &Interrupt,
    printer: Printer,
) -> Result<(), CliError> {
    let task = arguments.task.ok_or_else(|| {
        CliError::usage(
            format!("--task is missing, for {model}"),
            "give --task nc for classes of nodes, or --task lp for links",
        )
    })?;
    let protocol = arguments.protocol.unwrap_or_default();
    let dataset = Dataset::load(&arguments.dataset, task)?;
    let name = dataset.graph.facts().dataset;
    let space = match &arguments.space {
        Some(path) => {
            let text = storage::read_text(path)?;
            SearchSpace::parse((model, task, name), &path.display().to_string(), &text)?
        }
        None => SearchSpace::new(model, task, name),
    };
    let pretrained = Pretrained::of(arguments.pretrained.as_deref())?;
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
    let found = search(trials, arguments, &mut ledger, stop, printer)?;
    let Found { best, failed, .. } = &found;
    let of_pretrained = match &arguments.pretrained {
        Some(path) => format!(" --pretrained {}", quoted(path)),
        None => String::new(),
    };
    let what = format!(
        "--model {model} --dataset {} --task {} --protocol {}",
        quoted(arguments.dataset.as_ref()),
        task.name(),
        protocol.name()
    );
    let head = head(arguments, &what, "by validation", &found);
    tell(
        arguments,
        &format!("{head}{of_pretrained}\n{}", to_toml(best.settings())?),
    )?;
    printer.result(&Summary {
        model: model.name(),
        dataset: &arguments.dataset,
        task: task.name(),
        protocol: protocol.name(),
        trials: arguments.trials,
        failed: *failed,
        best,
    });
    found.verdict()
}
