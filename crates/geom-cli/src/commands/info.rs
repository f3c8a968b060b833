//! `geom info`: what a run was trained on, with which settings, and what came of it.

use serde_json::Value;

use crate::args::InfoArguments;
use crate::error::CliError;
use crate::numbers::{counted, duration};
use crate::printer::Printer;
use crate::run_facts::{RunFacts, unquoted};

/// How wide lines of settings are at most.
const WIDTH: usize = 100;

pub(crate) fn run(arguments: &InfoArguments) -> Result<(), CliError> {
    let printer = Printer::new(arguments.output);
    let facts = RunFacts::read(&arguments.run)?;
    let kind = facts.kind.name();
    match &facts.origin {
        Some(origin) => {
            let text = format_args!("{}, of geom {kind} {}", facts.run, origin.version);
            printer.answer("run", text);
            printer.answer("command", origin.shell());
        }
        None => {
            let text = format_args!("{}, of geom {kind}, an earlier version", facts.run);
            printer.answer("run", text);
        }
    }
    printer.answer("data", data(&facts));
    let mut label = "settings";
    for line in settings(&facts) {
        printer.answer(label, line);
        label = "";
    }
    let text = format_args!(
        "{} of {} in {}",
        facts.epochs,
        counted(
            facts
                .settings
                .get("epochs")
                .and_then(Value::as_u64)
                .unwrap_or(0),
            "epoch"
        ),
        duration(facts.seconds)
    );
    printer.answer("trained", text);
    printer.answer("result", facts.headline());
    let notes = facts.result.as_ref().and_then(|result| result.get("notes"));
    for note in notes.and_then(Value::as_array).into_iter().flatten() {
        printer.answer("note", unquoted(note));
    }
    let mut label = "files";
    for file in &facts.files {
        printer.answer(
            label,
            format_args!("{:>10}  {}", size(file.bytes), file.name),
        );
        label = "";
    }
    printer.result(&facts);
    Ok(())
}

/// The data, with their size where the result tells it.
fn data(facts: &RunFacts) -> String {
    let mut text = facts.dataset.clone();
    for (name, thing) in [("nodes", "node"), ("relations", "relation")] {
        if let Some(number) = facts.number(name) {
            text += &format!(", {}", counted(number as u64, thing));
        }
    }
    text
}

/// All settings in lines of a readable width.
fn settings(facts: &RunFacts) -> Vec<String> {
    let mut all: Vec<String> = facts
        .settings
        .iter()
        .map(|(name, value)| format!("{} {}", name.replace('_', "-"), unquoted(value)))
        .collect();
    all.push(format!("backend {}", facts.backend));
    all.push(format!("checkpoint-every {}", facts.checkpoint_every));
    let mut lines: Vec<String> = Vec::new();
    for setting in all {
        match lines.last_mut() {
            Some(line) if line.len() + setting.len() + 2 <= WIDTH => {
                *line += ", ";
                *line += &setting;
            }
            _ => lines.push(setting),
        }
    }
    lines
}

/// A size as a person says it.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_pick_their_unit() {
        assert_eq!(size(999), "999 B");
        assert_eq!(size(1_500), "1.5 kB");
        assert_eq!(size(2_000_000), "2.0 MB");
        assert_eq!(size(7_340_000_000), "7.3 GB");
    }
}
