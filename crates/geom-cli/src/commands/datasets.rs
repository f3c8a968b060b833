//! `geom datasets`: what there is, and where.

use std::io::{self, Write};

use geom::data::{DataError, datasets};
use serde::Serialize;

use crate::args::DatasetsCommand;
use crate::error::CliError;
use crate::printer::{Printer, grouped};

#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    dataset: &'static geom::data::Dataset,
    found: Option<String>,
}

/// What `list --json` prints.
#[derive(Serialize)]
struct List {
    datasets: Vec<Row>,
}

pub(crate) fn run(command: &DatasetsCommand) -> Result<(), CliError> {
    match command {
        DatasetsCommand::List { output } => {
            let printer = Printer::new(*output);
            let rows: Vec<Row> = datasets()
                .iter()
                .map(|dataset| Row {
                    dataset,
                    found: dataset.find().map(|found| found.to_string()),
                })
                .collect();
            for Row { dataset, found } in &rows {
                println_unless_json(
                    output.json,
                    output.quiet,
                    &format!(
                        "{:<16} {:>7} nodes {:>8} relations  {}\n{:16} {}, licence {}",
                        dataset.name,
                        grouped(dataset.nodes as u64),
                        grouped(dataset.relations as u64),
                        found
                            .as_deref()
                            .unwrap_or("not here; geom datasets fetch brings it"),
                        "",
                        dataset.description,
                        dataset.licence,
                    ),
                );
            }
            printer.result(&List { datasets: rows });
            Ok(())
        }
        DatasetsCommand::Fetch { name, output } => {
            let printer = Printer::new(*output);
            let bar = printer.bar(0, "download  {wide_bar} {bytes}/{total_bytes}  {eta} left");
            let found = geom::data::fetch(name, |progress| {
                bar.set_length(progress.total);
                bar.set_position(progress.received);
            });
            bar.finish_and_clear();
            let found = found?.to_string();
            printer.line("found", &found);
            printer.result(&Row {
                dataset: geom::data::dataset(name)?,
                found: Some(found),
            });
            Ok(())
        }
        DatasetsCommand::Path { name } => {
            let dataset = geom::data::dataset(name)?;
            match dataset.find() {
                Some(found) => match found.path() {
                    Some(path) => println!("{}", path.display()),
                    None => {
                        return Err(CliError::usage(
                            format!("{name} is part of the program and has no path"),
                            format!("use it by name: geom embed --dataset {name}"),
                        ));
                    }
                },
                None => {
                    return Err(DataError::DatasetMissing {
                        name: dataset.name,
                        looked_in: geom::data::sources::Sources::from_env().searched(),
                    }
                    .into());
                }
            }
            Ok(())
        }
    }
}

fn println_unless_json(json: bool, quiet: bool, text: &str) {
    if !json && !quiet {
        // A closed pipe, as of `head`, is no reason to fail.
        let _ = writeln!(io::stdout(), "{text}");
    }
}
