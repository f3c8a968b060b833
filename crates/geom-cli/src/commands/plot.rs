//! `geom plot`: a run in the disk.

use std::path::PathBuf;

use serde::Serialize;

use super::OpenRun;
use crate::args::PlotArguments;
use crate::disk;
use crate::error::CliError;
use crate::printer::Printer;

/// What `--json` prints.
#[derive(Serialize)]
struct Summary {
    files: Vec<PathBuf>,
}

pub(crate) fn run(arguments: &PlotArguments) -> Result<(), CliError> {
    let printer = Printer::new(arguments.output);
    let open = OpenRun::open(&arguments.run, printer)?;
    let paths = match &arguments.out {
        Some(path) => vec![path.clone()],
        None => ["disk.svg", "disk.png"]
            .iter()
            .map(|name| open.folder.path().join(name))
            .collect(),
    };
    for path in &paths {
        disk::draw(&open.checkpoint, &open.data, path, arguments.labels)?;
        printer.line("drawn", path.display());
    }
    if open.checkpoint.settings.dim > 2 {
        printer.note(disk::PROJECTION);
    }
    printer.result(&Summary { files: paths });
    Ok(())
}
