//! `geom datasets`: what there is, and where.

use geom::data::graph::{self, GraphDataset, graph_datasets};
use geom::data::sources::{FoundAt, Sources};
use geom::data::{DataError, datasets};
use serde::Serialize;

use crate::args::DatasetsCommand;
use crate::error::CliError;
use crate::graph_run::load;
use crate::numbers::grouped;
use crate::printer::{Printer, print};

#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    dataset: &'static geom::data::Dataset,
    found: Option<String>,
}

#[derive(Serialize)]
struct GraphRow {
    #[serde(flatten)]
    graph: &'static GraphDataset,
    found: Option<String>,
}

impl GraphRow {
    fn new(graph: &'static GraphDataset) -> Self {
        let found = graph.find_in(&Sources::from_env());
        let found = found.map(|found| found.to_string());
        let generated = || graph.is_generated().then(|| "generated".to_owned());
        Self {
            graph,
            found: found.or_else(generated),
        }
    }
}

/// What `list --json` prints.
#[derive(Serialize)]
struct List {
    datasets: Vec<Row>,
    graphs: Vec<GraphRow>,
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
                        "{:<16} {:>7} nodes {:>8} relations  {}\n{:16} {}, license {}",
                        dataset.name,
                        grouped(dataset.nodes as u64),
                        grouped(dataset.relations as u64),
                        found
                            .as_deref()
                            .unwrap_or("not here; geom datasets fetch brings it"),
                        "",
                        dataset.description,
                        dataset.license,
                    ),
                );
            }
            let graphs: Vec<_> = graph_datasets().iter().map(GraphRow::new).collect();
            for GraphRow { graph, found } in &graphs {
                println_unless_json(
                    output.json,
                    output.quiet,
                    &format!(
                        "{:<16} {:>7} nodes {:>8} edges      {}\n{:16} {}, license {}",
                        graph.name,
                        grouped(graph.nodes as u64),
                        grouped(graph.edges as u64),
                        found
                            .as_deref()
                            .unwrap_or("not here; geom datasets fetch brings it"),
                        "",
                        graph.description,
                        graph.license,
                    ),
                );
            }
            printer.result(&List {
                datasets: rows,
                graphs,
            });
            Ok(())
        }
        DatasetsCommand::Fetch { name, output } => {
            let printer = Printer::new(*output);
            if let Some(graph) = graph_datasets().iter().find(|graph| graph.name == name) {
                let template = "download  {wide_bar} {bytes}/{total_bytes}  {eta} left";
                let bar = printer.progress_of("download", 0, template);
                graph.fetch_into(&Sources::from_env(), &mut |progress| {
                    bar.set_length(progress.total);
                    bar.set_position(progress.received);
                })?;
                drop(bar);
                let data = load(name)?;
                for note in data.notes() {
                    printer.line("found", note);
                }
                printer.result(&GraphRow::new(graph));
                return Ok(());
            }
            known(name)?;
            let bar = printer.progress_of(
                "download",
                0,
                "download  {wide_bar} {bytes}/{total_bytes}  {eta} left",
            );
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
            if let Some(graph) = graph_datasets().iter().find(|graph| graph.name == name) {
                let found = graph.find_in(&Sources::from_env());
                let Some(path) = found.as_ref().and_then(FoundAt::path) else {
                    return Err(no_folder(graph));
                };
                print(&format!("{}\n", path.display()));
                return Ok(());
            }
            let dataset = known(name)?;
            match dataset.find() {
                Some(found) => match found.path() {
                    Some(path) => print(&format!("{}\n", path.display())),
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
                        looked_in: Sources::from_env().searched(),
                    }
                    .into());
                }
            }
            Ok(())
        }
    }
}

/// The relations of that name; where there are none, graphs are named as well.
fn known(name: &str) -> Result<&'static geom::data::Dataset, CliError> {
    geom::data::dataset(name).map_err(|error| match error {
        DataError::UnknownDataset {
            name,
            suggestion,
            mut available,
        } => {
            let graph = graph::graph_dataset(&name).err();
            available.extend(graph_datasets().iter().map(|graph| graph.name));
            let of_graphs = match graph {
                Some(DataError::UnknownDataset { suggestion, .. }) => suggestion,
                _ => None,
            };
            let suggestion = suggestion.or(of_graphs);
            DataError::UnknownDataset {
                name,
                suggestion,
                available,
            }
            .into()
        }
        other => other.into(),
    })
}

/// Why a graph has no folder.
fn no_folder(graph: &'static GraphDataset) -> CliError {
    if graph.is_generated() {
        return CliError::usage(
            format!(
                "{} is generated where its files are not found: there is no folder",
                graph.name
            ),
            format!("use it by name: geom train --dataset {}", graph.name),
        );
    }
    DataError::DatasetMissing {
        name: graph.name,
        looked_in: graph.looked_in(&Sources::from_env()),
    }
    .into()
}

fn println_unless_json(json: bool, quiet: bool, text: &str) {
    if !json && !quiet {
        print(&format!("{text}\n"));
    }
}
