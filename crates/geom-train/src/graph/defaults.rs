//! The tuned settings of every model on every dataset.

use geom_data::graph::{GraphFacts, GraphTask};
use geom_nn::models::ModelKind;
use toml::{Table, Value};

use super::error::GraphTrainError;
use super::settings::GraphSettings;

/// The file of each dataset and task.
const FILES: [(&str, &str); 12] = [
    ("airport-lp", include_str!("../../configs/airport-lp.toml")),
    ("airport-nc", include_str!("../../configs/airport-nc.toml")),
    (
        "citeseer-lp",
        include_str!("../../configs/citeseer-lp.toml"),
    ),
    (
        "citeseer-nc",
        include_str!("../../configs/citeseer-nc.toml"),
    ),
    ("cora-lp", include_str!("../../configs/cora-lp.toml")),
    ("cora-nc", include_str!("../../configs/cora-nc.toml")),
    ("disease-lp", include_str!("../../configs/disease-lp.toml")),
    ("disease-nc", include_str!("../../configs/disease-nc.toml")),
    ("other-lp", include_str!("../../configs/other-lp.toml")),
    ("other-nc", include_str!("../../configs/other-nc.toml")),
    ("pubmed-lp", include_str!("../../configs/pubmed-lp.toml")),
    ("pubmed-nc", include_str!("../../configs/pubmed-nc.toml")),
];

/// The settings of `model` for a task on a graph of which this is known: those of the file of its
/// family, first `[all]`, then the model's own section, over the general ones; of any other graph
/// those of `other-nc` or `other-lp`.
///
/// # Examples
/// ```
/// use geom_data::graph::graph_dataset;
/// use geom_nn::models::ModelKind;
/// use geom_train::graph::{GraphTask, defaults};
///
/// let cora = graph_dataset("cora").unwrap();
/// let settings = defaults(ModelKind::Gcn, cora.facts(), GraphTask::NodeClassification);
/// assert_eq!((settings.dim, settings.layers), (16, 2));
/// ```
pub fn defaults(model: ModelKind, facts: &GraphFacts, task: GraphTask) -> GraphSettings {
    let found = |family: &str| {
        let name = format!("{family}-{}", task.name());
        FILES.iter().find(|(known, _)| *known == name)
    };
    let tuned = facts.family.and_then(found).or_else(|| found("other"));
    match tuned {
        Some((name, text)) => from_file(model, task, name, text)
            .expect("the files are part of this crate; a test reads each for every model"),
        None => GraphSettings::new(model, task),
    }
}

/// The settings of a file of this crate.
fn from_file(
    model: ModelKind,
    task: GraphTask,
    name: &str,
    text: &str,
) -> Result<GraphSettings, GraphTrainError> {
    let damaged = |error: toml::de::Error| GraphTrainError::settings_file(name, error);
    let unwritable = |error: toml::ser::Error| GraphTrainError::settings_file(name, error);
    let file: Table = text.parse().map_err(damaged)?;
    let general = GraphSettings::new(model, task);
    let mut settings = Table::try_from(general).map_err(unwritable)?;
    for section in ["all", model.name()] {
        if let Some(Value::Table(section)) = file.get(section) {
            settings.extend(section.clone());
        }
    }
    settings.try_into().map_err(damaged)
}

/// `settings` with whatever a file in TOML says otherwise; its keys are the settings' names.
///
/// # Errors
/// [`GraphTrainError::SettingsFile`] if the text is no TOML, a key no setting, a value out of range, or the
/// file for another model or task.
pub fn overridden(
    settings: GraphSettings,
    name: &str,
    text: &str,
) -> Result<GraphSettings, GraphTrainError> {
    let damaged = |error: toml::de::Error| GraphTrainError::settings_file(name, error);
    let unwritable = |error: toml::ser::Error| GraphTrainError::settings_file(name, error);
    let file: Table = text.parse().map_err(damaged)?;
    let mut all = Table::try_from(settings).map_err(unwritable)?;
    // A file that names others is one for another model or task.
    for said in ["model", "task"] {
        if let (Some(now), Some(of_file)) = (all.get(said), file.get(said))
            && now != of_file
        {
            let reason = format!("it is for {said} {of_file}, and not {now}");
            return Err(GraphTrainError::settings_file(name, reason));
        }
    }
    all.extend(file);
    let settings: GraphSettings = all.try_into().map_err(damaged)?;
    match settings.check() {
        Err(error) => Err(GraphTrainError::setting_in_file(name, &error)),
        Ok(()) => Ok(settings),
    }
}

/// What [`overridden`] reads again: all settings but what a command line always says, which are the
/// model, the task, the seeds and the protocol.
///
/// # Errors
/// [`GraphTrainError::SettingsFile`] if TOML cannot hold a number.
pub fn to_toml(settings: &GraphSettings) -> Result<String, GraphTrainError> {
    let failed = |error: toml::ser::Error| GraphTrainError::settings_file("the settings", error);
    let mut table = Table::try_from(settings).map_err(failed)?;
    for said in ["model", "task", "seed", "split-seed", "protocol"] {
        table.remove(said);
    }
    toml::to_string(&table).map_err(failed)
}

#[cfg(test)]
mod tests {
    use geom_data::graph::{graph_dataset, graph_datasets};

    use super::*;
    use crate::graph::Batching;

    fn facts(dataset: &str) -> GraphFacts {
        *graph_dataset(dataset).unwrap().facts()
    }

    #[test]
    fn every_model_has_valid_settings_for_every_dataset() {
        for (name, text) in FILES {
            let task = match name.rsplit_once('-') {
                Some((_, "lp")) => GraphTask::LinkPrediction,
                _ => GraphTask::NodeClassification,
            };
            for model in ModelKind::ALL {
                let settings = from_file(model, task, name, text).unwrap();
                assert_eq!((settings.model, settings.task), (model, task));
                settings.check().unwrap();
            }
        }
    }

    #[test]
    fn tuned_settings_are_those_of_the_family() {
        for dataset in graph_datasets() {
            let family = dataset.facts().family.unwrap();
            for task in ["nc", "lp"] {
                let name = format!("{family}-{task}");
                assert!(FILES.iter().any(|(known, _)| *known == name), "{name}");
            }
        }
        let of = |facts: &GraphFacts| defaults(ModelKind::Hgcn, facts, GraphTask::LinkPrediction);
        assert_ne!(of(&facts("airport")), of(&GraphFacts::default()));
        assert_eq!(of(&facts("disease-lp")), of(&facts("disease-nc")));
    }

    #[test]
    fn a_file_changes_what_it_names_and_nothing_else() {
        let before = GraphSettings::new(ModelKind::Gcn, GraphTask::NodeClassification);
        let after = overridden(before.clone(), "a.toml", "dim = 32\nweight-decay = 0.1").unwrap();
        assert_eq!((after.dim, after.weight_decay), (32, 0.1));
        assert_eq!(
            GraphSettings {
                dim: 16,
                weight_decay: 0.0,
                ..after
            },
            before
        );
        let error = overridden(before, "a.toml", "dims = 32")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("a.toml") && error.contains("dims"),
            "{error}"
        );
    }

    #[test]
    fn settings_that_are_written_are_read_again() {
        let mut wanted = defaults(
            ModelKind::Hgcn,
            &facts("airport"),
            GraphTask::LinkPrediction,
        );
        (wanted.layers, wanted.gradient_clipping) = (2, Some(0.5));
        wanted.batching = Batching::Neighbors {
            size: 5,
            fanouts: vec![3, 2],
        };
        let text = to_toml(&wanted).unwrap();
        let general = GraphSettings::new(ModelKind::Hgcn, GraphTask::LinkPrediction);
        assert_eq!(overridden(general, "a.toml", &text).unwrap(), wanted);
    }

    #[test]
    fn every_section_of_a_file_is_a_model() {
        for (name, text) in FILES {
            for section in text.parse::<Table>().unwrap().keys() {
                let known = section == "all" || section.parse::<ModelKind>().is_ok();
                assert!(known, "{name}: [{section}]");
            }
        }
    }
}
