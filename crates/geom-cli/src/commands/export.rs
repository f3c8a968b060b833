//! `geom export`: a run's points for other programs.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;

use geom::train::embedding::Table;
use geom::train::storage::{StorageError, io_error};
use safetensors::tensor::{Dtype, TensorView};
use serde::Serialize;

use crate::args::{ExportArguments, ExportFormat};
use crate::error::CliError;
use crate::output_file::OutputFile;
use crate::printer::{Printer, counted};
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
    let points = Points::of(&run);
    match arguments.format {
        ExportFormat::Word2vec => {
            let words = words(points.names)?;
            let replaced = words
                .iter()
                .zip(points.names)
                .filter(|(word, name)| word != name);
            let replaced = replaced.count();
            if replaced > 0 {
                printer.note(format_args!(
                    "spaces became underscores in {}",
                    counted(replaced as u64, "name")
                ));
            }
            file.write(|out| points.word2vec(&words, out))?;
        }
        ExportFormat::Csv => file.write(|out| points.csv(out))?,
        ExportFormat::Npy => {
            if file.is_standard_output() {
                return Err(CliError::usage(
                    "--format npy writes two files, of which standard output can be one only",
                    "name a file, or use another format",
                ));
            }
            let names = OutputFile::new(&path.with_extension("names.txt"), &data)?;
            file.write(|out| points.npy(out))?;
            names.write(|out| {
                let mut names = points.names.iter();
                names.try_for_each(|name| writeln!(out, "{name}"))
            })?;
        }
        ExportFormat::Safetensors => {
            let bytes = points.safetensors(&path)?;
            file.write(|out| out.write_all(&bytes))?;
        }
    }
    if file.is_standard_output() {
        return Ok(());
    }
    printer.line("exported", path.display());
    printer.result(&Summary {
        file: path.display().to_string(),
        nodes: points.names.len(),
        columns: points.columns,
    });
    Ok(())
}

/// The names without spaces, which would end a word; still as many different ones.
fn words(names: &[String]) -> Result<Vec<String>, CliError> {
    let words: Vec<String> = names
        .iter()
        .map(|name| name.replace(char::is_whitespace, "_"))
        .collect();
    let mut before: HashMap<&str, &str> = HashMap::with_capacity(words.len());
    let clashes: Vec<String> = words
        .iter()
        .zip(names)
        .filter_map(|(word, name)| {
            let other = before.insert(word, name)?;
            Some(format!("{other:?} and {name:?}"))
        })
        .collect();
    if clashes.is_empty() {
        return Ok(words);
    }
    const SHOWN: usize = 5;
    let more = match clashes.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    Err(CliError::usage(
        format!(
            "in this format, names that differ only in spaces and underscores would be one: {}{more}",
            clashes[..clashes.len().min(SHOWN)].join(", ")
        ),
        "rename one of them, or export as csv, npy or safetensors, which keep names as they are",
    ))
}

struct Points<'a> {
    names: &'a [String],
    table: &'a Table,
    columns: usize,
}

impl<'a> Points<'a> {
    fn of(run: &'a RunPoints) -> Self {
        Self {
            names: run.names(),
            table: run.table(),
            columns: run.columns(),
        }
    }

    /// Calls `row` with each name and its coordinates, written as the shortest decimals that read
    /// back as the same numbers.
    fn rows(&self, mut row: impl FnMut(&str, &[String]) -> io::Result<()>) -> io::Result<()> {
        let mut each = |values: Vec<String>| {
            self.names
                .iter()
                .zip(values.chunks_exact(self.columns))
                .try_for_each(|(name, values)| row(name, values))
        };
        match self.table {
            Table::F32(values) => each(values.iter().map(ToString::to_string).collect()),
            Table::F64(values) => each(values.iter().map(ToString::to_string).collect()),
        }
    }

    fn word2vec(&self, words: &[String], out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{} {}", self.names.len(), self.columns)?;
        let mut words = words.iter();
        self.rows(|name, values| {
            let word = words.next().map_or(name, String::as_str);
            writeln!(out, "{word} {}", values.join(" "))
        })
    }

    fn csv(&self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "node")?;
        for column in 0..self.columns {
            write!(out, ",x{column}")?;
        }
        writeln!(out)?;
        self.rows(|name, values| {
            // Readers trim fields without quotes.
            let name = if name.contains([',', '"', '\n', '\r']) || name.trim() != name {
                format!("\"{}\"", name.replace('"', "\"\""))
            } else {
                name.to_owned()
            };
            writeln!(out, "{name},{}", values.join(","))
        })
    }

    /// Version 1.0 of NumPy's array format: magic, header length, a Python dictionary padded to 64
    /// bytes, then the numbers, little endian, row by row.
    fn npy(&self, out: &mut dyn Write) -> io::Result<()> {
        let (kind, bytes) = self.bytes();
        let kind = if kind == Dtype::F32 { "<f4" } else { "<f8" };
        let mut header = format!(
            "{{'descr': '{kind}', 'fortran_order': False, 'shape': ({}, {}), }}",
            self.names.len(),
            self.columns
        );
        let unpadded = 10 + header.len() + 1;
        header.push_str(&" ".repeat(unpadded.next_multiple_of(64) - unpadded));
        header.push('\n');
        out.write_all(b"\x93NUMPY\x01\x00")?;
        out.write_all(&(header.len() as u16).to_le_bytes())?;
        out.write_all(header.as_bytes())?;
        out.write_all(&bytes)
    }

    fn bytes(&self) -> (Dtype, Vec<u8>) {
        match self.table {
            Table::F32(values) => (
                Dtype::F32,
                values
                    .iter()
                    .flat_map(|value| value.to_le_bytes())
                    .collect(),
            ),
            Table::F64(values) => (
                Dtype::F64,
                values
                    .iter()
                    .flat_map(|value| value.to_le_bytes())
                    .collect(),
            ),
        }
    }

    fn safetensors(&self, path: &Path) -> Result<Vec<u8>, StorageError> {
        let (kind, points) = self.bytes();
        let names = self.names.join("\n").into_bytes();
        let failed =
            |error: safetensors::SafeTensorError| io_error(path, "write")(io::Error::other(error));
        let tensors = [
            (
                "points",
                TensorView::new(kind, vec![self.names.len(), self.columns], &points)
                    .map_err(failed)?,
            ),
            (
                "vocabulary",
                TensorView::new(Dtype::U8, vec![names.len()], &names).map_err(failed)?,
            ),
        ];
        safetensors::serialize(tensors, None).map_err(failed)
    }
}
