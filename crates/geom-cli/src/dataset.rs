//! The dataset a run is about, by name or by file.

use std::path::{Path, PathBuf};

use geom::data::edge_list::Columns;
use geom::data::wordnet::InstanceRule;
use geom::data::{DataError, Doubt, LoadOptions, Relations, edge_list, graphml, sources::Sources};
use geom::nn::Positives;
use geom::train::embedding::{EmbeddingTrainError, HeldOut, HoldoutSettings};
use serde::{Deserialize, Serialize};

use crate::args::ReadingArguments;
use crate::error::CliError;
use crate::flags::flag_or_field;
use crate::printer::Printer;

/// The name of standard input.
const STANDARD_INPUT: &str = "-";

/// How to load the relations of a run again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct DatasetSpec {
    /// A dataset's name, or the path of a file, absolute.
    pub(crate) name: String,
    /// Whether the closure of the file is taken.
    pub(crate) closure: bool,
    /// Whether each line of the file relates its nodes both ways.
    #[serde(default)]
    pub(crate) undirected: bool,
    /// How the file is read.
    #[serde(flatten)]
    pub(crate) reading: Reading,
    /// The rule for WordNet's instances.
    pub(crate) instance_rule: InstanceRule,
}

/// What was said of a file whose form does not say it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reading {
    /// Which columns hold what, as on the command line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) columns: Option<String>,
    /// What splits the fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) delimiter: Option<char>,
    /// Whether the first line is a header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) header: Option<bool>,
}

impl Reading {
    pub(crate) fn of(arguments: &ReadingArguments) -> Self {
        Self {
            columns: arguments.columns.as_ref().map(ToString::to_string),
            delimiter: arguments.delimiter,
            header: arguments.header,
        }
    }

    /// What is given, by the names of its fields.
    pub(crate) fn given(&self) -> Vec<(&'static str, String)> {
        let yes_no = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
        let all = [
            ("columns", self.columns.clone()),
            ("delimiter", self.delimiter.map(|it| format!("{it:?}"))),
            ("header", self.header.map(yes_no)),
        ];
        let given = all.into_iter();
        given
            .filter_map(|(field, value)| Some((field, value?)))
            .collect()
    }
}

impl DatasetSpec {
    /// Reads what the user wrote: anything that ends like an edge list, or exists as a file, is one.
    pub(crate) fn parse(
        name: &str,
        (closure, undirected): (bool, bool),
        instance_rule: Option<InstanceRule>,
        reading: Reading,
    ) -> Result<Self, CliError> {
        let is_file = file_like(name);
        if let Some((field, _)) = reading.given().first().filter(|_| !is_file) {
            let flag = flag_or_field(field);
            return Err(CliError::usage(
                format!("{flag} does not apply to {name}, which is no file"),
                "it is for edge lists",
            ));
        }
        if let Some((field, _)) = reading.given().first()
            && graphml::is_graphml(name.as_ref())
        {
            let flag = flag_or_field(field);
            return Err(CliError::usage(
                format!("{flag} does not apply to {name}, which has neither columns nor lines"),
                "it is for edge lists",
            ));
        }
        let columns: Option<Columns> = reading.columns.as_deref().and_then(|it| it.parse().ok());
        if reading.header == Some(false) && columns.is_some_and(|columns| columns.have_names()) {
            return Err(CliError::usage(
                "--columns names columns of a header, and --header no says that there is none",
                "give the columns by number, from 1",
            ));
        }
        if undirected && !is_file {
            return Err(CliError::usage(
                format!("--undirected does not apply to {name}, which is a hierarchy"),
                "it is for edge lists of networks",
            ));
        }
        if undirected && closure {
            return Err(CliError::usage(
                "--undirected and --closure contradict each other: links both ways run in circles",
                "give one of them",
            ));
        }
        if closure && !is_file {
            return Err(CliError::usage(
                format!("--closure does not apply to {name}, which is a closure already"),
                "it is for edge lists",
            ));
        }
        if instance_rule.is_some() && name != "wordnet-nouns" {
            return Err(CliError::usage(
                format!("--instance-rule does not apply to {name}"),
                "it is for --dataset wordnet-nouns",
            ));
        }
        let name = if name == STANDARD_INPUT {
            name.to_owned()
        } else if is_file {
            std::path::absolute(name)
                .unwrap_or_else(|_| PathBuf::from(name))
                .display()
                .to_string()
        } else {
            geom::data::dataset(name).map_err(|error| of_other_command(name, error))?;
            name.to_owned()
        };
        Ok(Self {
            name,
            closure,
            undirected,
            reading,
            instance_rule: instance_rule.unwrap_or_default(),
        })
    }

    /// The name without folders, for titles and run folders.
    pub(crate) fn short_name(&self) -> String {
        if self.name == STANDARD_INPUT {
            return "stdin".to_owned();
        }
        let file = Path::new(&self.name)
            .file_name()
            .map_or(self.name.clone(), |name| {
                name.to_string_lossy().into_owned()
            });
        [".gz", ".csv", ".tsv", ".graphml"]
            .iter()
            .fold(file, |name, end| {
                name.strip_suffix(end).unwrap_or(&name).to_owned()
            })
    }

    /// Whether it is a file of the user's.
    pub(crate) fn is_file(&self) -> bool {
        file_like(&self.name)
    }

    /// The columns that were asked for.
    fn columns(&self) -> Result<Option<Columns>, CliError> {
        let columns = self.reading.columns.as_deref();
        let parsed = columns.map(str::parse).transpose();
        parsed.map_err(|reason: String| {
            CliError::usage(format!("--columns: {reason}"), "correct run.json")
        })
    }

    /// Loads the relations, saying on standard error what was repaired or downloaded.
    pub(crate) fn load(&self, printer: Printer) -> Result<Loaded, CliError> {
        if file_like(&self.name) {
            let options = edge_list::Options {
                closure: self.closure,
                undirected: self.undirected,
                columns: self.columns()?,
                delimiter: self.reading.delimiter,
                header: self.reading.header,
            };
            return read_edges(&self.name, &options, printer);
        }
        let template = "download  {wide_bar} {bytes}/{total_bytes}  {eta} left";
        let bar = printer.progress_of("download", 0, template);
        let options = LoadOptions {
            instance_rule: self.instance_rule,
            download: true,
        };
        let relations =
            geom::data::load_with(&self.name, &options, &Sources::from_env(), |progress| {
                bar.set_length(progress.total);
                bar.set_position(progress.received);
            });
        drop(bar);
        Ok(Loaded::kept(relations?))
    }
}

/// Reads an edge list, saying on standard error what was repaired.
pub(crate) fn read_edges(
    name: &str,
    options: &edge_list::Options,
    printer: Printer,
) -> Result<Loaded, CliError> {
    let reading = printer.progress_of("reading", 0, "reading   {spinner} {elapsed}");
    let read = edge_list::read(name, options);
    drop(reading);
    let (relations, repairs) = read?;
    let mut notes = Vec::new();
    if !repairs.is_empty() {
        notes.push(format!("repaired {name}: {repairs}"));
    }
    notes.extend(repairs.doubts.iter().map(|doubt| match doubt {
        Doubt::OneWay => format!("{name}: {doubt}, by --undirected"),
        doubt => format!("{name}: {doubt}"),
    }));
    notes.extend(repairs.remarks.iter().map(|text| format!("{name}: {text}")));
    for note in &notes {
        printer.note(note);
    }
    Ok(Loaded {
        notes,
        ..Loaded::kept(relations)
    })
}

/// Relations in memory, with their digest.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// Those to train on.
    pub(crate) relations: Relations,
    pub(crate) fingerprint: String,
    /// Those kept from the training, if there are any.
    pub(crate) held_out: Option<HeldOut>,
    /// What was said of them when they were read.
    pub(crate) notes: Vec<String>,
}

impl Loaded {
    /// Relations that a run has kept.
    pub(crate) fn kept(relations: Relations) -> Self {
        Self {
            fingerprint: relations.fingerprint(),
            relations,
            held_out: None,
            notes: Vec::new(),
        }
    }

    /// Keeps relations from the training.
    pub(crate) fn hold_out(self, holdout: &HoldoutSettings) -> Result<Self, EmbeddingTrainError> {
        let (relations, held_out) = holdout.split(&self.relations)?;
        Ok(Self {
            fingerprint: relations.fingerprint(),
            relations,
            held_out: Some(held_out),
            notes: self.notes,
        })
    }

    /// The relations of the training.
    pub(crate) fn positives(&self) -> Positives<'_> {
        let (offsets, targets) = self.relations.rows();
        Positives::new(offsets, targets)
    }

    /// All relations, those kept from the training among them.
    pub(crate) fn known(&self) -> Positives<'_> {
        self.held_out
            .as_ref()
            .map_or_else(|| self.positives(), HeldOut::known)
    }

    /// The digest of all relations.
    pub(crate) fn whole(&self) -> &str {
        self.held_out
            .as_ref()
            .map_or(&self.fingerprint, HeldOut::whole)
    }
}

/// Whether a name is that of a file, or of a stream.
pub(crate) fn file_like(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let lower = lower.strip_suffix(".gz").unwrap_or(&lower);
    let path = Path::new(name);
    name == STANDARD_INPUT
        || [".csv", ".tsv", ".graphml"]
            .iter()
            .any(|end| lower.ends_with(end))
        || (path.exists() && !path.is_dir())
}

/// An unknown name, or where the dataset of that name belongs.
fn of_other_command(name: &str, error: DataError) -> CliError {
    let is_graph = geom::data::graph::is_named(name) || Path::new(name).is_dir();
    if !is_graph {
        return error.into();
    }
    CliError::usage(
        format!("{name} is a graph, not a hierarchy"),
        format!("train a graph network on it by: geom train --dataset {name}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(
        name: &str,
        ways: (bool, bool),
        rule: Option<InstanceRule>,
    ) -> Result<DatasetSpec, CliError> {
        DatasetSpec::parse(name, ways, rule, Reading::default())
    }

    #[test]
    fn what_is_said_of_a_file_is_written_only_if_it_is_said() {
        let plain = parse("animals.csv", (false, false), None).unwrap();
        let text = serde_json::to_string(&plain).unwrap();
        assert!(
            !text.contains("columns") && !text.contains("header"),
            "{text}"
        );
        let reading = Reading {
            columns: Some("child=2,parent=5".to_owned()),
            delimiter: Some('\t'),
            header: Some(true),
        };
        let said = DatasetSpec::parse("-", (false, false), None, reading.clone()).unwrap();
        assert_eq!(
            (said.name.as_str(), said.short_name()),
            ("-", "stdin".to_owned())
        );
        let text = serde_json::to_string(&said).unwrap();
        assert_eq!(serde_json::from_str::<DatasetSpec>(&text).unwrap(), said);
        let refused = DatasetSpec::parse("wordnet-mammals", (false, false), None, reading);
        assert!(
            refused
                .unwrap_err()
                .to_string()
                .contains("--columns does not apply")
        );
    }

    #[test]
    fn a_file_gives_its_bare_name() {
        let spec = parse("some/where/animals.csv.gz", (true, false), None).unwrap();
        assert_eq!(spec.short_name(), "animals");
    }

    #[test]
    fn flags_of_other_datasets_are_refused() {
        assert!(parse("wordnet-mammals", (true, false), None).is_err());
        assert!(parse("wordnet-mammals", (false, true), None).is_err());
        assert!(parse("animals.csv", (true, true), None).is_err());
        assert!(parse("animals.csv", (false, false), Some(InstanceRule::Mixed2017)).is_err());
        assert!(
            parse(
                "wordnet-nouns",
                (false, false),
                Some(InstanceRule::Mixed2017)
            )
            .is_ok()
        );
    }
}
