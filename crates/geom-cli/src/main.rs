//! The program `geom`.
#![forbid(unsafe_code)]

mod args;
mod claim;
mod commands;
mod dataset;
mod disk;
mod error;
mod flags;
mod graph_plot;
mod graph_run;
mod interrupt;
mod numbers;
mod origin;
mod output_file;
mod printer;
mod progress;
mod run_facts;
mod run_folder;
mod run_points;
mod terminal;

use std::process::ExitCode;

use clap::Parser;
use geom::data::sources::Sources;

use args::{Arguments, Command};
use error::{CliError, Failure};
use interrupt::Interrupt;
use printer::{Printer, print_error};

fn main() -> ExitCode {
    let command = match Arguments::try_parse() {
        Ok(arguments) => arguments.command,
        Err(error) => refused(&error),
    };
    let printer = Printer::new(command.output());
    if let Some(what) = command.doing() {
        Interrupt::listen(printer, what);
    }
    let checked = Sources::from_env().check().map_err(CliError::from);
    let result = checked.and_then(|()| match command {
        Command::Embed(arguments) => commands::embed::run(*arguments),
        Command::Extend(arguments) => commands::extend::run(&arguments),
        Command::Train(arguments) => commands::train::run(&arguments),
        Command::Predict(arguments) => commands::predict::run(&arguments),
        Command::Eval(arguments) => commands::eval::run(&arguments),
        Command::Export(arguments) => commands::export::run(&arguments),
        Command::Distance(arguments) => commands::distance::run(&arguments),
        Command::Nearest(arguments) => commands::nearest::run(&arguments),
        Command::Plot(arguments) => commands::plot::run(&arguments),
        Command::Info(arguments) => commands::info::run(&arguments),
        Command::List(arguments) => commands::list::run(&arguments),
        Command::Compare(arguments) => commands::compare::run(&arguments),
        Command::Delta(arguments) => commands::delta::run(&arguments),
        Command::Completions(arguments) => commands::completions::completions(&arguments),
        Command::Man(arguments) => commands::completions::man(&arguments),
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
            printer.failure(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

/// What the parser says, in its colors unless they could be the user's own; and as JSON if that was asked for.
fn refused(error: &clap::Error) -> ! {
    let text = error.render().to_string();
    if error.exit_code() != 0 && std::env::args_os().any(|argument| argument == "--json") {
        print_error(text.trim_end());
        printer::print_failure(&Failure::of_parser(&text, error.exit_code()));
        std::process::exit(error.exit_code());
    }
    let shown = terminal::escaped(&text);
    if shown != text {
        print_error(shown);
        std::process::exit(error.exit_code());
    }
    error.exit()
}
