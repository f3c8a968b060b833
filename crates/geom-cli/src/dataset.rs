//! The dataset a run is about, by name or by file.

use std::path::{Path, PathBuf};

use geom::data::wordnet::InstanceRule;
use geom::data::{LoadOptions, Relations, edge_list, sources::Sources};
use geom::nn::Positives;
use geom::train::embedding::EmbeddingCheckpoint;
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
    /// The rule for WordNet's instances.
    pub(crate) instance_rule: InstanceRule,
}

impl DatasetSpec {
    /// Reads what the user wrote: anything that ends like an edge list, or exists as a file, is one.
    pub(crate) fn parse(
        name: &str,
        closure: bool,
        instance_rule: Option<InstanceRule>,
    ) -> Result<Self, CliError> {
        let is_file = file_like(name);
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
            geom::data::dataset(name)?;
            name.to_owned()
        };
        Ok(Self {
            name,
            closure,
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

    /// Loads the relations, saying on standard error what was mended or downloaded.
    pub(crate) fn load(&self, printer: Printer) -> Result<Loaded, CliError> {
        let relations = if file_like(&self.name) {
            let (relations, repairs) = edge_list::read(
                &self.name,
                &edge_list::Options {
                    closure: self.closure,
                },
            )?;
            if !repairs.is_empty() {
                printer.note(format_args!("mended {}: {repairs}", self.name));
            }
            relations
        } else {
            let bar = printer.bar(0, "download  {wide_bar} {bytes}/{total_bytes}  {eta} left");
            let options = LoadOptions {
                instance_rule: self.instance_rule,
                download: true,
            };
            let relations =
                geom::data::load_with(&self.name, &options, &Sources::from_env(), |progress| {
                    bar.set_length(progress.total);
                    bar.set_position(progress.received);
                });
            bar.finish_and_clear();
            relations?
        };
        let fingerprint = relations.fingerprint();
        Ok(Loaded {
            relations,
            fingerprint,
        })
    }

    /// Loads the relations that `checkpoint` of the folder `run` was trained on.
    pub(crate) fn load_again(
        &self,
        checkpoint: &EmbeddingCheckpoint,
        run: &Path,
        printer: Printer,
    ) -> Result<Loaded, CliError> {
        let data = self.load(printer)?;
        if data.fingerprint != checkpoint.graph {
            return Err(CliError::DatasetChanged {
                dataset: self.name.clone(),
                run: run.to_path_buf(),
            });
        }
        Ok(data)
    }
}

/// Relations in memory, with their digest.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) relations: Relations,
    pub(crate) fingerprint: String,
}

impl Loaded {
    /// The view the measures work on.
    pub(crate) fn positives(&self) -> Positives<'_> {
        let (offsets, targets) = self.relations.rows();
        Positives::new(offsets, targets)
    }
}

fn file_like(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let lower = lower.strip_suffix(".gz").unwrap_or(&lower);
    [".csv", ".tsv"].iter().any(|end| lower.ends_with(end)) || Path::new(name).is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gives_its_bare_name() {
        let spec = DatasetSpec::parse("some/where/animals.csv.gz", true, None).unwrap();
        assert_eq!(spec.short_name(), "animals");
    }

    #[test]
    fn flags_of_other_datasets_are_refused() {
        assert!(DatasetSpec::parse("wordnet-mammals", true, None).is_err());
        assert!(DatasetSpec::parse("animals.csv", false, Some(InstanceRule::Mixed2017)).is_err());
        assert!(DatasetSpec::parse("wordnet-nouns", false, Some(InstanceRule::Mixed2017)).is_ok());
    }
}
