//! The settings of distance embeddings, by held-out relations, or by how well the relations of the training are
//! reconstructed.

use std::num::NonZeroUsize;
use std::path::Path;
use std::process::Command;

use geom::train::embedding::{
    EmbeddingSettings, EmbeddingTrainError, HoldoutSettings, Recipe, Route, SearchSpace, Space,
};
use geom::train::storage;
use serde::{Deserialize, Serialize};
use toml::Table;

use super::rounds::{Candidate, Scored, search};
use super::{head, quoted, tell};
use crate::args::TuneArguments;
use crate::commands::embed::check_validates;
use crate::commands::ledger::Ledger;
use crate::commands::subprocesses::{Job, Outcome, SubprocessError, result_of};
use crate::dataset::{DatasetSpec, Reading};
use crate::error::CliError;
use crate::interrupt::Interrupt;
use crate::printer::Printer;

/// Where finished trials are kept unless told otherwise.
const LEDGER: &str = "runs/tune-embedding.jsonl";

/// What a trial is scored by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ScoredBy {
    /// MAP of the relations held out for validation.
    Validation,
    /// MAP of all relations, which were trained.
    Reconstruction,
}

impl ScoredBy {
    fn in_words(self) -> &'static str {
        match self {
            Self::Validation => "by MAP of held-out relations",
            Self::Reconstruction => "by MAP of the trained relations",
        }
    }
}

/// The data, and what is kept from the training: the same for all trials.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Subject {
    dataset: DatasetSpec,
    /// The fingerprint of the data: a file may hold others later.
    data: String,
    /// Of the first seed.
    holdout: Option<HoldoutSettings>,
}

/// A finished trial. It holds nothing of the test part, so that nothing can be chosen by it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Finished {
    subject: Subject,
    /// Those of the first seed.
    settings: EmbeddingSettings,
    scored_by: ScoredBy,
    /// Of each seed.
    scores: Vec<f64>,
    /// Of all seeds.
    epochs: usize,
    seconds: f64,
}

impl Scored for Finished {
    fn score(&self) -> f64 {
        self.scores.iter().sum::<f64>() / self.scores.len() as f64
    }
}

/// A trial.
#[derive(Clone)]
struct Trial {
    subject: Subject,
    settings: EmbeddingSettings,
    seeds: u32,
    /// The same with fewer seeds, to go on from.
    begun: Option<Finished>,
    /// What tells it from others, for a line of progress.
    values: String,
}

impl Candidate for Trial {
    fn with_seeds(&self, seeds: u32, begun: &Finished) -> Self {
        Self {
            seeds,
            begun: Some(begun.clone()),
            ..self.clone()
        }
    }
}

impl Job for Trial {
    type Done = Finished;

    fn describe(&self) -> String {
        self.values.clone()
    }

    fn is(&self, done: &Finished) -> bool {
        self.settings == done.settings
            && self.subject == done.subject
            && self.seeds as usize == done.scores.len()
    }

    fn run(&self, threads: usize) -> Result<Outcome<Finished>, SubprocessError> {
        let begin = || Finished {
            subject: self.subject.clone(),
            settings: self.settings.clone(),
            scored_by: scored_by(self.subject.holdout.as_ref()),
            scores: Vec::new(),
            epochs: 0,
            seconds: 0.0,
        };
        let mut done = self.begun.clone().unwrap_or_else(begin);
        for seed in done.scores.len() as u32..self.seeds {
            let result = self.train(seed, threads)?;
            let score = result.score(done.scored_by).ok_or_else(|| {
                SubprocessError::Failed("it has no score to choose settings by".to_owned())
            })?;
            done.scores.push(score);
            done.epochs += result.epochs;
            done.seconds += result.seconds;
        }
        let progress = format!(
            "{:.4} ({} epochs, {:.1} s)",
            done.score(),
            done.epochs,
            done.seconds
        );
        Ok(Outcome { done, progress })
    }
}

/// What `geom embed --json` prints, as far as it counts.
#[derive(Deserialize)]
struct Embedded {
    epochs: usize,
    seconds: f64,
    map: Option<f64>,
    held_out: Option<Parts>,
}

#[derive(Deserialize)]
struct Parts {
    validation: Option<Ranked>,
}

#[derive(Deserialize)]
struct Ranked {
    map: Option<f64>,
}

impl Embedded {
    fn score(&self, by: ScoredBy) -> Option<f64> {
        match by {
            ScoredBy::Validation => self.held_out.as_ref()?.validation.as_ref()?.map,
            ScoredBy::Reconstruction => self.map,
        }
    }
}

impl Trial {
    /// Trains with one seed. Splits change with it, so that no single split decides.
    fn train(&self, seed: u32, threads: usize) -> Result<Embedded, SubprocessError> {
        let Subject {
            dataset, holdout, ..
        } = &self.subject;
        let config = flags_of(&self.settings, holdout.is_some())
            .map_err(|error| SubprocessError::Failed(error.to_string()))?;
        result_of("embed", &config, |command| {
            tell_data(command, dataset);
            if let Some(holdout) = holdout {
                tell_holdout(command, holdout, seed);
            }
            command
                .args(["--seed", &seed.to_string()])
                .args(["--threads", &threads.to_string()])
                .arg("--no-plot");
        })
    }
}

/// The flags that name the data.
fn tell_data(command: &mut Command, dataset: &DatasetSpec) {
    let DatasetSpec {
        name,
        closure,
        undirected,
        reading,
        instance_rule,
    } = dataset;
    command.args(["--dataset", name]);
    for (flag, given) in [("--closure", closure), ("--undirected", undirected)] {
        if *given {
            command.arg(flag);
        }
    }
    let Reading {
        columns,
        delimiter,
        header,
    } = reading;
    if let Some(columns) = columns {
        command.args(["--columns", columns]);
    }
    if let Some(delimiter) = delimiter {
        command.arg(format!("--delimiter={delimiter}"));
    }
    if let Some(header) = header {
        command.args(["--header", if *header { "yes" } else { "no" }]);
    }
    if name == "wordnet-nouns" {
        command.args(["--instance-rule", instance_rule.name()]);
    }
}

fn tell_holdout(command: &mut Command, holdout: &HoldoutSettings, seed: u32) {
    let HoldoutSettings {
        validation,
        test,
        keep,
        rule,
        split_seed,
    } = holdout;
    let split_seed = split_seed.wrapping_add(seed.into());
    command
        .arg(format!("--holdout={validation},{test}"))
        .args(["--holdout-rule", rule.name()])
        .args(["--split-seed", &split_seed.to_string()]);
    if let Some(keep) = keep {
        command.args(["--holdout-keep", &keep.to_string()]);
    }
}

fn scored_by(holdout: Option<&HoldoutSettings>) -> ScoredBy {
    match holdout {
        Some(_) => ScoredBy::Validation,
        None => ScoredBy::Reconstruction,
    }
}

/// The settings as a file for `geom embed --config`: all that a search may change.
fn flags_of(settings: &EmbeddingSettings, validates: bool) -> Result<String, toml::ser::Error> {
    let table = Table::try_from(settings)?;
    let is_flag = |field: &str| match field {
        // Of the call, or of cones.
        "model" | "threads" | "seed" | "dtype" | "route" => false,
        "patience" | "validate_every" => validates,
        field => !field.starts_with("cone_"),
    };
    let flags = table.into_iter().filter(|(field, _)| is_flag(field));
    let flags: Table = flags
        .map(|(field, value)| (field.replace('_', "-"), value))
        .collect();
    toml::to_string(&flags)
}

/// What `--json` prints.
#[derive(Serialize)]
struct Summary<'a> {
    model: &'static str,
    dataset: &'a str,
    scored_by: ScoredBy,
    trials: usize,
    failed: usize,
    best: &'a Finished,
}

pub(super) fn run(
    arguments: &TuneArguments,
    interrupt: &Interrupt,
    printer: Printer,
) -> Result<(), CliError> {
    let of_embeddings = &arguments.embeddings;
    let ways = (of_embeddings.closure, of_embeddings.undirected);
    let rule = of_embeddings.instance_rule;
    let reading = Reading::of(&of_embeddings.reading);
    if arguments.dataset == "-" {
        return Err(CliError::usage(
            "--dataset - can be read once, and every trial reads its data",
            "give a file",
        ));
    }
    let dataset = DatasetSpec::parse(&arguments.dataset, ways, rule, reading)?;
    let holdout = of_embeddings.holdout.settings();
    if let Some(holdout) = &holdout {
        holdout.check()?;
        if holdout.validation == 0.0 {
            return Err(CliError::usage(
                "--holdout keeps nothing for validation, by which settings are chosen",
                "give both shares, as in --holdout 0.05,0.05",
            ));
        }
    }
    let data = dataset.load(printer)?;
    // A split that cannot be is told before anything is trained.
    let split = holdout
        .as_ref()
        .map(|holdout| holdout.split(&data.relations));
    let split = split.transpose()?;
    let trained = split.as_ref().map_or(&data.relations, |(train, _)| train);
    let space = of_embeddings.manifold.unwrap_or(Space::PoincareBall);
    let recipe = of_embeddings.recipe.unwrap_or(Recipe::Mined);
    let mut base = recipe.settings_for(space, of_embeddings.dim.unwrap_or(5), trained);
    base.route = Route::Fast;
    if let Some(epochs) = of_embeddings.epochs {
        base.epochs = epochs;
    }
    check_validates(&of_embeddings.holdout, holdout.as_ref())?;
    if let Some(patience) = of_embeddings.holdout.patience {
        base.patience = NonZeroUsize::new(patience);
    }
    if let Some(every) = of_embeddings.holdout.validate_every {
        base.validate_every = every;
    }
    base.check()?;
    let name = Some(arguments.dataset.as_str());
    let space = match &arguments.space {
        Some(path) => {
            let text = storage::read_text(path)?;
            SearchSpace::parse((&base, name), &path.display().to_string(), &text)?
        }
        None => SearchSpace::new(&base, name),
    };
    let subject = Subject {
        dataset,
        data: data.fingerprint,
        holdout,
    };
    let mut trials: Vec<Trial> = Vec::new();
    for number in 0..arguments.trials {
        let settings = space.draw(arguments.seed, number as u64)?;
        // A small space is drawn from twice.
        if trials.iter().all(|other| other.settings != settings) {
            trials.push(Trial {
                subject: subject.clone(),
                values: values(&space, &settings),
                settings,
                seeds: arguments.seeds,
                begun: None,
            });
        }
    }
    let by = scored_by(subject.holdout.as_ref());
    if by == ScoredBy::Reconstruction {
        printer.note(
            "without --holdout, settings are chosen by how well the trained relations are reconstructed, which \
             says nothing of relations that are missing",
        );
    }
    let path = arguments.resume.as_deref().unwrap_or(Path::new(LEDGER));
    let mut ledger = Ledger::open(path, printer)?;
    let stop = interrupt.ask("stopping; finished runs are kept");
    let found = search(trials, arguments, &mut ledger, stop, printer)?;
    let what = what(arguments, &subject, &base);
    let head = head(arguments, &what, by.in_words(), &found);
    let flags = flags_of(&found.best.settings, subject.holdout.is_some());
    let flags = flags.map_err(|error| EmbeddingTrainError::SearchSpace {
        name: "the best settings".to_owned(),
        reason: error.to_string(),
    })?;
    tell(arguments, &format!("{head}\n{flags}"))?;
    printer.result(&Summary {
        model: "distance",
        dataset: &arguments.dataset,
        scored_by: by,
        trials: arguments.trials,
        failed: found.failed,
        best: &found.best,
    });
    found.verdict()
}

/// The flags that the same search needs again.
fn what(arguments: &TuneArguments, subject: &Subject, base: &EmbeddingSettings) -> String {
    let mut command = Command::new("");
    tell_data(&mut command, &subject.dataset);
    if let Some(holdout) = &subject.holdout {
        tell_holdout(&mut command, holdout, 0);
    }
    let mut words = vec!["--model".to_owned(), "distance".to_owned()];
    let flags = command.get_args().map(|word| quoted(Path::new(word)));
    words.extend(flags);
    words.extend(["--manifold", base.manifold.name()].map(str::to_owned));
    words.extend(["--dim".to_owned(), base.dim.to_string()]);
    if let Some(recipe) = arguments.embeddings.recipe {
        words.extend(["--recipe", recipe.name()].map(str::to_owned));
    }
    if let Some(epochs) = arguments.embeddings.epochs {
        words.extend(["--epochs".to_owned(), epochs.to_string()]);
    }
    words.join(" ")
}

/// What tells settings from others of the space.
fn values(space: &SearchSpace, settings: &EmbeddingSettings) -> String {
    let table = serde_json::to_value(settings).unwrap_or_default();
    let values = space.varied().map(|setting| {
        let flag = setting.replace('_', "-");
        match table.get(setting) {
            Some(serde_json::Value::String(text)) => format!("{flag} {text}"),
            Some(value) => format!("{flag} {value}"),
            None => String::new(),
        }
    });
    values.collect::<Vec<_>>().join(", ")
}
