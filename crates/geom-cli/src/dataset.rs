//! The dataset a run is about, by name or by file.

use std::path::{Path, PathBuf};

use geom::data::wordnet::InstanceRule;
use geom::data::{DataError, Doubt, LoadOptions, Relations, edge_list, sources::Sources};
use geom::nn::Positives;
use serde::{Deserialize, Serialize};

use crate::error::CliError;
use crate::printer::Printer;

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
    /// The rule for WordNet's instances.
    pub(crate) instance_rule: InstanceRule,
}

impl DatasetSpec {
    /// Reads what the user wrote: anything that ends like an edge list, or exists as a file, is one.
    pub(crate) fn parse(
        name: &str,
        (closure, undirected): (bool, bool),
        instance_rule: Option<InstanceRule>,
    ) -> Result<Self, CliError> {
        let is_file = file_like(name);
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
        let name = if is_file {
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
            instance_rule: instance_rule.unwrap_or_default(),
        })
    }

    /// The name without folders, for titles and run folders.
    pub(crate) fn short_name(&self) -> String {
        let file = Path::new(&self.name)
            .file_name()
            .map_or(self.name.clone(), |name| {
                name.to_string_lossy().into_owned()
            });
        [".gz", ".csv", ".tsv"].iter().fold(file, |name, end| {
            name.strip_suffix(end).unwrap_or(&name).to_owned()
        })
    }

    /// Whether it is a file of the user's.
    pub(crate) fn is_file(&self) -> bool {
        file_like(&self.name)
    }

    /// Loads the relations, saying on standard error what was mended or downloaded.
    pub(crate) fn load(&self, printer: Printer) -> Result<Loaded, CliError> {
        let mut notes = Vec::new();
        let relations = if file_like(&self.name) {
            let reading = printer.progress_of("reading", 0, "reading   {spinner} {elapsed}");
            let read = edge_list::read(
                &self.name,
                &edge_list::Options {
                    closure: self.closure,
                    undirected: self.undirected,
                },
            );
            drop(reading);
            let (relations, repairs) = read?;
            if !repairs.is_empty() {
                notes.push(format!("mended {}: {repairs}", self.name));
            }
            notes.extend(repairs.doubts.iter().map(|doubt| match doubt {
                Doubt::OneWay => format!("{}: {doubt}, by --undirected", self.name),
                doubt => format!("{}: {doubt}", self.name),
            }));
            relations
        } else {
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
            relations?
        };
        for note in &notes {
            printer.note(note);
        }
        let fingerprint = relations.fingerprint();
        Ok(Loaded {
            relations,
            fingerprint,
            notes,
        })
    }
}

/// Relations in memory, with their digest.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) relations: Relations,
    pub(crate) fingerprint: String,
    /// What was said of them when they were read.
    pub(crate) notes: Vec<String>,
}

impl Loaded {
    /// Relations that a run has kept.
    pub(crate) fn kept(relations: Relations) -> Self {
        Self {
            fingerprint: relations.fingerprint(),
            relations,
            notes: Vec::new(),
        }
    }

    /// The view the measures work on.
    pub(crate) fn positives(&self) -> Positives<'_> {
        let (offsets, targets) = self.relations.rows();
        Positives::new(offsets, targets)
    }
}

/// Whether a name is that of a file, or of a stream.
pub(crate) fn file_like(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let lower = lower.strip_suffix(".gz").unwrap_or(&lower);
    let path = Path::new(name);
    [".csv", ".tsv"].iter().any(|end| lower.ends_with(end)) || (path.exists() && !path.is_dir())
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

    #[test]
    fn a_file_gives_its_bare_name() {
        let spec = DatasetSpec::parse("some/where/animals.csv.gz", (true, false), None).unwrap();
        assert_eq!(spec.short_name(), "animals");
    }

    #[test]
    fn flags_of_other_datasets_are_refused() {
        assert!(DatasetSpec::parse("wordnet-mammals", (true, false), None).is_err());
        assert!(DatasetSpec::parse("wordnet-mammals", (false, true), None).is_err());
        assert!(DatasetSpec::parse("animals.csv", (true, true), None).is_err());
        assert!(
            DatasetSpec::parse("animals.csv", (false, false), Some(InstanceRule::Mixed2017))
                .is_err()
        );
        assert!(
            DatasetSpec::parse(
                "wordnet-nouns",
                (false, false),
                Some(InstanceRule::Mixed2017)
            )
            .is_ok()
        );
    }
}
