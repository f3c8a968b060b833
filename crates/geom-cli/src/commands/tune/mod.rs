//! `geom tune`: random search of settings, by validation alone.

mod embedding;
mod graph;
mod rounds;
mod trial;

use std::path::Path;

use geom::train::storage;

use super::{check_count, check_folder_of};
use crate::args::{TuneArguments, TunedModel};
use crate::error::CliError;
use crate::interrupt::Interrupt;
use crate::output_file;
use crate::printer::{Printer, print};
use rounds::{Found, Scored};

pub(crate) fn run(arguments: &TuneArguments) -> Result<(), CliError> {
    let printer = Printer::new(arguments.output);
    let interrupt = Interrupt::listen(printer, "preparing");
    check(arguments)?;
    match arguments.model {
        TunedModel::Graph(model) => {
            refuse(&arguments.of_embeddings(), "--model distance")?;
            graph::run(arguments, model, &interrupt, printer)
        }
        TunedModel::Distance => {
            refuse(&arguments.of_graphs(), "graph networks")?;
            embedding::run(arguments, &interrupt, printer)
        }
    }
}

/// Refuses flags that have no meaning for what is searched.
fn refuse(flags: &[(&'static str, bool)], whose: &str) -> Result<(), CliError> {
    match flags.iter().find(|(_, given)| *given) {
        Some((flag, _)) => Err(CliError::usage(
            format!("{flag} is for {whose}"),
            "leave it out",
        )),
        None => Ok(()),
    }
}

/// The line above the settings that were found: which they are, and the command that finds them again, but for what
/// follows.
fn head<D: Scored>(arguments: &TuneArguments, what: &str, by: &str, found: &Found<D>) -> String {
    let of_space = match &arguments.space {
        Some(path) => format!(" --space {}", quoted(path)),
        None => String::new(),
    };
    format!(
        "# The best of {} trials {by}: {:.4}. geom tune {what} --trials {} --seeds {} --seed {}{}{of_space}",
        found.finished,
        found.best.score(),
        arguments.trials,
        arguments.seeds,
        arguments.seed,
        found.of_finals
    )
}

/// Prints the settings that were found, and writes them to a file if that is asked for.
fn tell(arguments: &TuneArguments, text: &str) -> Result<(), CliError> {
    if !arguments.output.json && !arguments.output.quiet {
        print(text);
    }
    if let Some(out) = &arguments.out {
        storage::write(out, |file| file.write_all(text.as_bytes()))?;
    }
    Ok(())
}

impl<D> Found<D> {
    /// An error if a trial failed, after everything else is said.
    fn verdict(&self) -> Result<(), CliError> {
        match self.failed {
            0 => Ok(()),
            count => Err(CliError::RunsFailed {
                count,
                all: self.all,
            }),
        }
    }
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
        ("--jobs", arguments.jobs),
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
