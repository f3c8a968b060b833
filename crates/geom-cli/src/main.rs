//! The program `geom`.

mod allocator;
mod args;
mod commands;
mod dataset;
mod disk;
mod error;
mod graph_plot;
mod graph_run;
mod printer;
mod run_folder;

use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
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
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            if let Some(hint) = error.hint() {
                eprintln!("hint: {hint}");
            }
            ExitCode::from(error.exit_code())
        }
    }
}
