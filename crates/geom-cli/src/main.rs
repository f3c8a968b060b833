//! The program `geom`.

mod args;
mod commands;
mod dataset;
mod disk;
mod error;
mod graph_plot;
mod graph_run;
mod printer;
mod run_folder;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};
use error::CliError;
use printer::complain;

/// Refuses to look for data where the user cannot have meant: other data would be taken instead.
fn check_data_directory() -> Result<(), CliError> {
    let named = std::env::var_os("GEOM_DATA_DIR").map(PathBuf::from);
    match named.filter(|path| !path.as_os_str().is_empty() && !path.is_dir()) {
        Some(path) => Err(CliError::NoDataDirectory { path }),
        None => Ok(()),
    }
}

fn main() -> ExitCode {
    let command = Arguments::parse().command;
    let result = check_data_directory().and_then(|()| match command {
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
    let result = result.and_then(|()| match printer::lost() {
        Some(error) => Err(CliError::OutputLost {
            reason: error.to_string(),
        }),
        None => Ok(()),
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(format_args!("error: {error}"));
            if let Some(hint) = error.hint() {
                complain(format_args!("hint: {hint}"));
            }
            ExitCode::from(error.exit_code())
        }
    }
}
