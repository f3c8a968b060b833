//! The tuned settings of every model on every dataset.

use geom_nn::models::ModelKind;
use toml::{Table, Value};

use super::error::GraphTrainError;
use super::settings::{GraphSettings, GraphTask};

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

/// The settings of `model` for a task on a dataset: those of the dataset's file, first `[all]`, then
/// the model's own section, over the general ones; without a file, those of `other-nc` or `other-lp`.
///
/// # Errors
/// [`GraphTrainError::Defaults`] if a file does not hold settings.
///
/// # Examples
/// ```
/// use geom_nn::models::ModelKind;
/// use geom_train::graph::{GraphTask, defaults};
///
/// let settings = defaults(ModelKind::Gcn, "cora", GraphTask::Nc).unwrap();
/// assert_eq!((settings.dim, settings.layers), (16, 2));
/// ```
pub fn defaults(
    model: ModelKind,
    dataset: &str,
    task: GraphTask,
) -> Result<GraphSettings, GraphTrainError> {
    // Both trees share their files; a folder that is called like the stem of a file is neither.
    let stem = match dataset {
        "disease-lp" | "disease-nc" => "disease",
        "disease" => "other",
        _ => dataset,
    };
    let found = |stem: &str| {
        let name = format!("{stem}-{}", task.name());
        FILES.iter().find(|(known, _)| *known == name)
    };
    let Some((name, text)) = found(stem).or_else(|| found("other")) else {
        return Ok(GraphSettings::new(model, task));
    };
    let damaged = |error: toml::de::Error| GraphTrainError::defaults(name, error);
    let unwritable = |error: toml::ser::Error| GraphTrainError::defaults(name, error);
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
/// [`GraphTrainError::Defaults`] if the text is no TOML, a key no setting, a value out of range, or the
/// file for another model or task.
pub fn overridden(
    settings: GraphSettings,
    name: &str,
    text: &str,
) -> Result<GraphSettings, GraphTrainError> {
    let damaged = |error: toml::de::Error| GraphTrainError::defaults(name, error);
    let unwritable = |error: toml::ser::Error| GraphTrainError::defaults(name, error);
    let file: Table = text.parse().map_err(damaged)?;
    let mut all = Table::try_from(settings).map_err(unwritable)?;
    // A file that names others is one for another model or task.
    for said in ["model", "task"] {
        if let (Some(now), Some(of_file)) = (all.get(said), file.get(said))
            && now != of_file
        {
            let reason = format!("it is for {said} {of_file}, and not {now}");
            return Err(GraphTrainError::defaults(name, reason));
        }
    }
    all.extend(file);
    let settings: GraphSettings = all.try_into().map_err(damaged)?;
    match settings.validate() {
        Err(error) => Err(GraphTrainError::defaults(name, error)),
        Ok(()) => Ok(settings),
    }
}

/// What [`overridden`] reads again: all settings but what a command line always says, which are the
/// model, the task, the seeds and the protocol.
///
/// # Errors
/// [`GraphTrainError::Defaults`] if TOML cannot hold a number.
pub fn to_toml(settings: &GraphSettings) -> Result<String, GraphTrainError> {
    let failed = |error: toml::ser::Error| GraphTrainError::defaults("the settings", error);
    let mut table = Table::try_from(settings).map_err(failed)?;
    for said in ["model", "task", "seed", "split-seed", "protocol"] {
        table.remove(said);
    }
    toml::to_string(&table).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_has_valid_settings_for_every_dataset() {
        for (name, _) in FILES {
            let (dataset, task) = name.rsplit_once('-').unwrap();
            let (dataset, task) = match (dataset, task) {
                ("disease", "lp") => ("disease-lp", GraphTask::Lp),
                ("disease", _) => ("disease-nc", GraphTask::Nc),
                (dataset, "lp") => (dataset, GraphTask::Lp),
                (dataset, _) => (dataset, GraphTask::Nc),
            };
            for model in ModelKind::ALL {
                let settings = defaults(model, dataset, task).unwrap();
                assert_eq!(settings.model, model);
                settings.validate().unwrap();
            }
        }
    }

    #[test]
    fn a_file_changes_what_it_names_and_nothing_else() {
        let before = GraphSettings::new(ModelKind::Gcn, GraphTask::Nc);
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
        let mut wanted = defaults(ModelKind::Hgcn, "airport", GraphTask::Lp).unwrap();
        (wanted.batch, wanted.fanouts, wanted.layers) = (5, vec![3, 2], 2);
        let text = to_toml(&wanted).unwrap();
        let general = GraphSettings::new(ModelKind::Hgcn, GraphTask::Lp);
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
