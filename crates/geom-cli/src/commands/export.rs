//! `geom export`: a run's points for other programs.

use std::io::{self, Write};

use geom::data::points::{Coordinates, NamedPoints, PointsError};
use geom::train::embedding::Table;
use geom::train::storage::io_error;
use serde::Serialize;

use crate::args::{ExportArguments, ExportFormat};
use crate::error::CliError;
use crate::numbers::counted;
use crate::output_file::OutputFile;
use crate::printer::Printer;
use crate::run_points::RunPoints;

#[derive(Serialize)]
struct Summary {
    file: String,
    nodes: usize,
    columns: usize,
}

pub(crate) fn run(arguments: &ExportArguments) -> Result<(), CliError> {
    let printer = Printer::new(arguments.output);
    let run = RunPoints::open(&arguments.run, arguments.dataset.as_deref(), printer)?;
    let extension = match arguments.format {
        ExportFormat::Word2vec => "txt",
        ExportFormat::Csv => "csv",
        ExportFormat::Npy => "npy",
        ExportFormat::Safetensors => "safetensors",
    };
    let path = arguments
        .out
        .clone()
        .unwrap_or_else(|| run.path().join(format!("points.{extension}")));
    let data = [run.data.as_path()];
    let file = OutputFile::new(&path, &data)?;
    let coordinates = match run.table() {
        Table::F32(values) => Coordinates::F32(values),
        Table::F64(values) => Coordinates::F64(values),
    };
    let points = NamedPoints::new(run.names(), run.columns(), coordinates).map_err(|error| {
        io_error(run.path(), "read")(io::Error::new(io::ErrorKind::InvalidData, error))
    })?;
    match arguments.format {
        ExportFormat::Word2vec => {
            points.words().map_err(|error| {
                CliError::usage(
                    format!("in this format, {error}"),
                    "rename one of them, or export as csv, npy or safetensors, which keep names \
                     as they are",
                )
            })?;
            let replaced = points.names_with_spaces();
            if replaced > 0 {
                printer.note(format_args!(
                    "spaces became underscores in {}",
                    counted(replaced as u64, "name")
                ));
            }
            write(&file, |out| points.word2vec(out))?;
        }
        ExportFormat::Csv => write(&file, |out| points.csv(out))?,
        ExportFormat::Npy => {
            if file.is_standard_output() {
                return Err(CliError::usage(
                    "--format npy writes two files, of which standard output can be one only",
                    "name a file, or use another format",
                ));
            }
            let names = OutputFile::new(&path.with_extension("names.txt"), &data)?;
            write(&file, |out| points.npy(out))?;
            names.write(|out| {
                let mut names = run.names().iter();
                names.try_for_each(|name| writeln!(out, "{name}"))
            })?;
        }
        ExportFormat::Safetensors => write(&file, |out| points.safetensors(out))?,
    }
    if file.is_standard_output() {
        return Ok(());
    }
    printer.line("exported", path.display());
    printer.result(&Summary {
        file: path.display().to_string(),
        nodes: run.names().len(),
        columns: run.columns(),
    });
    Ok(())
}

/// Writes a file; a failure leaves an earlier one as it is.
fn write(
    file: &OutputFile,
    points: impl FnOnce(&mut dyn Write) -> Result<(), PointsError>,
) -> Result<(), CliError> {
    file.write(|out| {
        points(out).map_err(|error| match error {
            PointsError::Io(error) => error,
            other => io::Error::other(other),
        })
    })
}
