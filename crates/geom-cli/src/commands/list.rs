//! `geom list`: all runs below a folder.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::args::ListArguments;
use crate::claim::DESCRIPTIONS;
use crate::error::CliError;
use crate::numbers::counted;
use crate::printer::Printer;
use crate::run_facts::{RunFacts, RunKind};

/// Folders within folders, so that what is mounted into itself ends.
const DEPTH: usize = 32;

/// A run in the output of `--json`.
#[derive(Debug, Serialize)]
struct Entry {
    run: String,
    kind: RunKind,
    dataset: String,
    model: Option<Value>,
    task: Option<Value>,
    manifold: Option<Value>,
    dim: Option<Value>,
    seed: Option<Value>,
    finished: bool,
    epochs: usize,
    seconds: f64,
    scores: Map<String, Value>,
}

/// A folder that is a run, and cannot be read.
#[derive(Debug, Serialize)]
struct Broken {
    run: String,
    message: String,
    hint: Option<String>,
}

/// The output of `--json`.
#[derive(Debug, Serialize)]
struct List {
    folder: String,
    runs: Vec<Entry>,
    broken: Vec<Broken>,
    /// Folders that could not be looked into.
    unread: Vec<String>,
}

pub(crate) fn run(arguments: &ListArguments) -> Result<(), CliError> {
    let printer = Printer::new(arguments.output);
    let folder = &arguments.folder;
    if !folder.is_dir() {
        return Err(CliError::usage(
            format!("there is no folder {}", folder.display()),
            "name the folder that runs are in; new ones are made in runs",
        ));
    }
    let looking = printer.progress_of("looking", 0, "looking   {spinner} {msg} {elapsed}");
    let mut found = Found::default();
    found.below(folder, 0);
    found.runs.sort();
    looking.set_message(counted(found.runs.len() as u64, "run"));
    let (mut runs, mut broken) = (Vec::new(), Vec::new());
    for path in &found.runs {
        match RunFacts::read(path) {
            Ok(facts) => runs.push(facts),
            Err(error) => broken.push(Broken {
                run: path.display().to_string(),
                message: error.to_string(),
                hint: error.hint(),
            }),
        }
    }
    drop(looking);
    print_table(&runs, printer);
    for Broken { run, message, .. } in &broken {
        printer.note(format_args!("{run} cannot be read: {message}"));
    }
    for path in &found.unread {
        printer.note(format_args!("{path} cannot be looked into"));
    }
    if found.runs.is_empty() {
        printer.note(format_args!("there are no runs below {}", folder.display()));
    }
    printer.result(&List {
        folder: folder.display().to_string(),
        runs: runs.into_iter().map(Entry::of).collect(),
        broken,
        unread: found.unread,
    });
    Ok(())
}

/// A line for every run.
fn print_table(runs: &[RunFacts], printer: Printer) {
    let widest = |of: &dyn Fn(&RunFacts) -> String| {
        let widths = runs.iter().map(|facts| of(facts).chars().count());
        widths.max().unwrap_or(0)
    };
    let dataset = |facts: &RunFacts| {
        let file = Path::new(&facts.dataset).file_name();
        file.map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    };
    let run = widest(&|facts| facts.run.clone());
    let (data, model) = (widest(&dataset), widest(&RunFacts::model));
    for facts in runs {
        let text = format!(
            "{:<run$}  {:<data$}  {:<model$}  {}",
            facts.run,
            dataset(facts),
            facts.model(),
            facts.headline()
        );
        printer.answer(facts.kind.name(), text);
    }
}

impl Entry {
    fn of(facts: RunFacts) -> Self {
        let setting = |name: &str| facts.settings.get(name).cloned();
        let scores = facts
            .scores()
            .map(|(name, _, score)| (name.to_owned(), score.into()));
        Self {
            scores: scores.collect(),
            model: setting("model"),
            task: setting("task"),
            manifold: setting("manifold"),
            dim: setting("dim"),
            seed: setting("seed"),
            run: facts.run,
            kind: facts.kind,
            dataset: facts.dataset,
            finished: facts.finished,
            epochs: facts.epochs,
            seconds: facts.seconds,
        }
    }
}

/// What was found below a folder.
#[derive(Debug, Default)]
struct Found {
    runs: Vec<PathBuf>,
    unread: Vec<String>,
}

impl Found {
    /// Looks into a folder, unless it is a run, and into those in it; links are not followed.
    fn below(&mut self, folder: &Path, depth: usize) {
        if DESCRIPTIONS.iter().any(|name| folder.join(name).exists()) {
            self.runs.push(folder.to_path_buf());
            return;
        }
        let Ok(entries) = std::fs::read_dir(folder) else {
            self.unread.push(folder.display().to_string());
            return;
        };
        if depth == DEPTH {
            self.unread.push(folder.display().to_string());
            return;
        }
        for entry in entries.flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                self.below(&entry.path(), depth + 1);
            }
        }
    }
}
