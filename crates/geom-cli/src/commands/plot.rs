//! `geom plot`: pictures of a run.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{OpenRun, refuse_dataset};
use crate::args::PlotArguments;
use crate::disk::{self, canvas};
use crate::error::CliError;
use crate::graph_plot;
use crate::graph_run::GraphRun;
use crate::output_file;
use crate::printer::Printer;

/// The output of `--json`.
#[derive(Serialize)]
struct Summary {
    files: Vec<PathBuf>,
}

pub(crate) fn run(arguments: &PlotArguments) -> Result<(), CliError> {
    let printer = Printer::new(arguments.output);
    if GraphRun::is_at(&arguments.run) {
        return plot_graph(arguments, printer);
    }
    refuse_dataset(arguments.dataset.as_deref())?;
    let open = OpenRun::open(&arguments.run, printer)?;
    let labels = arguments.labels.unwrap_or(disk::DEFAULT_LABELS);
    let paths = match &arguments.out {
        Some(path) => {
            canvas::check_format(path)?;
            output_file::check(path, &[Path::new(&open.description.dataset.name)])?;
            vec![path.clone()]
        }
        None => ["disk.svg", "disk.png"]
            .iter()
            .map(|name| open.folder.path().join(name))
            .collect(),
    };
    let drawing = printer.progress_of("drawing", 0, "drawing   {spinner} {elapsed}");
    disk::draw(&open.checkpoint, &open.data, &paths, labels)?;
    drop(drawing);
    for path in &paths {
        printer.line("drawn", path.display());
    }
    if open.checkpoint.settings.dim > 2 {
        printer.note(disk::PROJECTION);
    }
    printer.result(&Summary { files: paths });
    Ok(())
}

/// The points and the curves of a graph network.
fn plot_graph(arguments: &PlotArguments, printer: Printer) -> Result<(), CliError> {
    if arguments.labels.is_some() {
        return Err(CliError::usage(
            "--labels is for runs of geom embed",
            "the nodes of a graph network have classes, which the legend names",
        ));
    }
    let (run, description) = GraphRun::open(&arguments.run)?;
    let description = description.with_dataset(arguments.dataset.as_deref());
    if let Some(path) = &arguments.out {
        canvas::check_format(path)?;
        output_file::check(path, &[Path::new(&description.dataset)])?;
    }
    let (files, frame) = graph_plot::draw(&run, &description, arguments.out.as_deref())?;
    for file in &files {
        printer.line("drawn", file.display());
    }
    let dim = run.checkpoint()?.settings().dim;
    printer.note(format_args!("nodes: {}", frame.caption(dim)));
    printer.result(&Summary { files });
    Ok(())
}
