//! The program `geom`.

mod args;
mod commands;
mod dataset;
mod disk;
mod error;
mod flags;
mod graph_plot;
mod graph_run;
mod printer;
mod run_folder;

use std::process::ExitCode;

use clap::Parser;
use geom::data::sources::Sources;

use args::{Arguments, Command};
use error::{CliError, Failure};
use printer::{print, print_error};

fn main() -> ExitCode {
    let command = Arguments::parse().command;
    let json = command.prints_json();
    let checked = Sources::from_env().check().map_err(CliError::from);
    let result = checked.and_then(|()| match command {
        Command::Embed(arguments) => commands::embed::run(&arguments),
        Command::Train(arguments) => commands::train::run(&arguments),
        Command::Predict(arguments) => commands::predict::run(&arguments),
        Command::Eval(arguments) => commands::eval::run(&arguments),
        Command::Export(arguments) => commands::export::run(&arguments),
        Command::Nearest(arguments) => commands::nearest::run(&arguments),
        Command::Plot(arguments) => commands::plot::run(&arguments),
        Command::Tune(arguments) => commands::tune::run(&arguments),
        Command::BenchTable(arguments) => commands::bench_table::run(&arguments),
        Command::Datasets(arguments) => commands::datasets::run(&arguments),
    });
    let result = result.and_then(|()| match printer::output_error() {
        Some(error) => Err(CliError::OutputLost {
            reason: error.to_string(),
        }),
        None => Ok(()),
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print_error(format_args!("error: {error}"));
            if let Some(hint) = error.hint() {
                print_error(format_args!("hint: {hint}"));
            }
            if json && let Ok(text) = serde_json::to_string(&Failure::of(&error)) {
                print(&(text + "\n"));
            }
            ExitCode::from(error.exit_code())
        }
    }
}
