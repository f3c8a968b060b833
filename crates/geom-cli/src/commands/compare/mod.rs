//! `geom compare`: the settings in which runs differ, their results, and their curves.

mod log;
mod picture;

use std::collections::BTreeSet;
use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::args::CompareArguments;
use crate::disk::canvas;
use crate::error::CliError;
use crate::numbers::counted;
use crate::output_file;
use crate::printer::{Printer, print};
use crate::run_facts::{RunFacts, RunKind, SCORES, unquoted};

use log::Log;
use picture::Curves;

/// The numbers of a result, beside its scores.
const NUMBERS: [&str; 6] = [
    "best_epoch",
    "epochs",
    "seconds",
    "params",
    "peak_rss_mb",
    "points_at_edge",
];

/// A run in the output of `--json`.
#[derive(Debug, Serialize)]
struct Compared {
    run: String,
    kind: RunKind,
    finished: bool,
    /// Those in which the runs differ.
    settings: Map<String, Value>,
    /// Scores and costs.
    results: Map<String, Value>,
}

/// The output of `--json`.
#[derive(Debug, Serialize)]
struct Comparison {
    runs: Vec<Compared>,
    /// How many settings all of them share.
    same_settings: usize,
    picture: Option<String>,
}

pub(crate) fn run(arguments: &CompareArguments) -> Result<(), CliError> {
    let printer = Printer::new(arguments.output);
    if arguments.runs.len() < 2 {
        return Err(CliError::usage(
            "one run is nothing to compare",
            "name two or more; geom info tells all of one",
        ));
    }
    let facts: Result<Vec<RunFacts>, CliError> = arguments
        .runs
        .iter()
        .map(|path| RunFacts::read(path))
        .collect();
    let facts = facts?;
    let curves = match &arguments.plot {
        Some(path) => Some(curves(path, &facts)?),
        None => None,
    };
    let settings: Vec<Map<String, Value>> = facts.iter().map(settings).collect();
    let results: Vec<Map<String, Value>> = facts.iter().map(results).collect();
    let all: BTreeSet<&String> = settings.iter().flat_map(Map::keys).collect();
    let differs = |name: &&&String| {
        let mut values = settings.iter().map(|settings| settings.get(**name));
        let first = values.next().flatten();
        values.any(|value| value != first)
    };
    let differing: Vec<&String> = all.iter().filter(differs).copied().collect();
    let numbers = SCORES.iter().map(|(name, _)| *name).chain(NUMBERS);
    let numbers = numbers.filter(|&name| results.iter().any(|result| result.contains_key(name)));

    let mut rows = vec![Row::new("", facts.iter().map(|facts| facts.run.clone()))];
    let kinds: BTreeSet<&str> = facts.iter().map(|facts| facts.kind.name()).collect();
    if kinds.len() > 1 {
        let kinds = facts.iter().map(|facts| facts.kind.name().to_owned());
        rows.push(Row::new("command", kinds));
    }
    for name in &differing {
        let values = settings.iter().map(|settings| cell(settings.get(*name)));
        rows.push(Row::new(&name.replace('_', "-"), values));
    }
    for name in numbers {
        let values = results.iter().map(|result| cell(result.get(name)));
        rows.push(Row::new(&in_words(name), values));
    }
    if !printer.is_json() {
        print(&table(&rows));
    }
    let same_settings = all.len() - differing.len();
    let shared = counted(same_settings as u64, "setting");
    printer.note(format_args!("{shared} are the same in all of them"));
    for facts in facts.iter().filter(|facts| !facts.finished) {
        printer.note(format_args!("{} is not finished", facts.run));
    }
    if let (Some(path), Some(curves)) = (&arguments.plot, &curves) {
        draw(path, curves, printer)?;
    }
    let kept = |settings: &Map<String, Value>| {
        let named = differing.iter().map(|&name| {
            let value = settings.get(name).cloned().unwrap_or(Value::Null);
            (name.clone(), value)
        });
        named.collect()
    };
    let compared = facts.iter().zip(settings.iter().zip(&results));
    let compared = compared.map(|(facts, (settings, results))| Compared {
        run: facts.run.clone(),
        kind: facts.kind,
        finished: facts.finished,
        settings: kept(settings),
        results: results.clone(),
    });
    printer.result(&Comparison {
        runs: compared.collect(),
        same_settings,
        picture: arguments
            .plot
            .as_ref()
            .map(|path| path.display().to_string()),
    });
    Ok(())
}

/// All settings, with the dataset and the backend.
fn settings(facts: &RunFacts) -> Map<String, Value> {
    let mut settings = facts.settings.clone();
    settings.insert("dataset".to_owned(), facts.dataset.clone().into());
    settings.insert("backend".to_owned(), facts.backend.into());
    settings
}

/// Scores and costs; those of a run without a result are of its checkpoint.
fn results(facts: &RunFacts) -> Map<String, Value> {
    let names = SCORES.iter().map(|(name, _)| *name).chain(NUMBERS);
    let number = |name: &str| Some((name.to_owned(), facts.number(name)?.into()));
    let mut results: Map<String, Value> = names.filter_map(number).collect();
    results.insert("epochs".to_owned(), facts.epochs.into());
    results.insert("seconds".to_owned(), facts.seconds.into());
    results
}

fn cell(value: Option<&Value>) -> String {
    match value {
        Some(Value::Number(number)) if number.is_f64() => {
            let number = number.as_f64().unwrap_or(f64::NAN);
            // As many digits as scores have, and all that small rates need.
            let rounded = format!("{number:.4}");
            match rounded.parse() {
                Ok(0.0) if number != 0.0 => number.to_string(),
                _ => rounded
                    .trim_end_matches('0')
                    .trim_end_matches('.')
                    .to_owned(),
            }
        }
        Some(value) => unquoted(value),
        None => "-".to_owned(),
    }
}

/// What is in a row of the table.
struct Row {
    label: String,
    cells: Vec<String>,
}

impl Row {
    fn new(label: &str, cells: impl Iterator<Item = String>) -> Self {
        Self {
            label: label.to_owned(),
            cells: cells.map(|cell| cell.replace('\n', "\\n")).collect(),
        }
    }
}

/// Rows with columns of one width each.
fn table(rows: &[Row]) -> String {
    let width = |text: &String| text.chars().count();
    let label = rows.iter().map(|row| width(&row.label)).max().unwrap_or(0);
    let columns = rows.first().map_or(0, |row| row.cells.len());
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter()
                .map(|row| width(&row.cells[column]))
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in rows {
        let mut line = format!("{:<label$}", row.label);
        for (cell, width) in row.cells.iter().zip(&widths) {
            line += &format!("  {cell:<width$}");
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// A number of a result, as people call it.
fn in_words(name: &str) -> String {
    let score = SCORES.iter().find(|(score, _)| *score == name);
    match (score, name) {
        (Some((_, words)), _) => (*words).to_owned(),
        // Beside those that were asked for.
        (None, "epochs") => "epochs done".to_owned(),
        (None, name) => name.replace('_', " "),
    }
}

/// The curves of all runs, before anything is printed.
fn curves(path: &Path, facts: &[RunFacts]) -> Result<Curves, CliError> {
    canvas::check_format(path)?;
    let data: Vec<&Path> = facts
        .iter()
        .map(|facts| Path::new(&facts.dataset))
        .collect();
    output_file::check(path, &data)?;
    let logs: Result<Vec<Log>, CliError> = facts.iter().map(Log::read).collect();
    Ok(Curves::new(facts, logs?))
}

/// The curves in one picture.
fn draw(path: &Path, curves: &Curves, printer: Printer) -> Result<(), CliError> {
    let drawing = printer.progress_of("drawing", 0, "drawing   {spinner} {elapsed}");
    canvas::write(path, curves)?;
    drop(drawing);
    if let Some(every) = curves.thinned() {
        printer.note(format_args!("of long runs every {every}th epoch is drawn"));
    }
    printer.line("drawn", path.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_the_digits_that_count() {
        let said = |number: f64| cell(Some(&number.into()));
        assert_eq!(
            [said(0.05), said(1.0), said(1e-5)],
            ["0.05", "1", "0.00001"]
        );
        assert_eq!([said(0.976_312), said(0.0)], ["0.9763", "0"]);
        assert_eq!(cell(Some(&600.into())), "600");
        assert_eq!(cell(None), "-");
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let row =
            |label: &str, cells: [&str; 2]| Row::new(label, cells.map(str::to_owned).into_iter());
        let rows = [row("", ["a", "long"]), row("dim", ["100", "2"])];
        assert_eq!(table(&rows), "     a    long\ndim  100  2\n");
    }
}
