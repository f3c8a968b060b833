//! Random search of settings.

use geom_data::graph::GraphTask;
use geom_nn::models::ModelKind;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use toml::{Table, Value};

use super::error::GraphTrainError;
use super::settings::GraphSettings;

const SPACE: &str = include_str!("../../configs/search.toml");

/// The values that each setting may have, to draw from: random search.
///
/// # Examples
/// ```
/// use geom_nn::models::ModelKind;
/// use geom_train::graph::{GraphTask, SearchSpace};
///
/// let space = SearchSpace::new(ModelKind::Hgcn, GraphTask::NodeClassification, Some("cora"));
/// let first = space.draw(0, 0).unwrap();
/// assert_eq!(first, space.draw(0, 0).unwrap());
/// assert_ne!(first, space.draw(0, 1).unwrap());
/// ```
///
/// # References
/// Bergstra and Bengio (2012), *Random Search for Hyper-Parameter Optimization*.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchSpace {
    name: String,
    general: Table,
    choices: Vec<(String, Vec<Value>)>,
}

impl SearchSpace {
    /// The values that suit a model, a task and a dataset of the [catalog](geom_data::graph::GraphFacts):
    /// `configs/search.toml` of this crate.
    pub fn new(model: ModelKind, task: GraphTask, dataset: Option<&str>) -> Self {
        Self::parse((model, task, dataset), "search.toml", SPACE)
            .expect("the file is part of this crate; a test draws from it for every model and task")
    }

    /// The space of a file in TOML: a list of values for each setting, in the sections `all`,
    /// `dataset.NAME`, those of the task, of the model, and of both (`hgcn-nc`), each over the one
    /// before.
    ///
    /// # Errors
    /// [`GraphTrainError::SettingsFile`] if the text is not TOML, names an unknown setting, or lists
    /// what the setting cannot be.
    pub fn parse(
        (model, task, dataset): (ModelKind, GraphTask, Option<&str>),
        name: &str,
        text: &str,
    ) -> Result<Self, GraphTrainError> {
        let damaged = |reason: String| GraphTrainError::settings_file(name, reason);
        let file: Table = text
            .parse()
            .map_err(|error: toml::de::Error| damaged(error.to_string()))?;
        if let Some(other) = file.keys().find(|section| !is_section(section)) {
            return Err(damaged(format!(
                "[{other}] is no section: all, dataset.NAME, nc, lp, a model as hgcn, or hgcn-nc"
            )));
        }
        let mut merged = Table::new();
        let both = format!("{model}-{}", task.name());
        let of_dataset = file
            .get("dataset")
            .and_then(|datasets| datasets.get(dataset?));
        let rest = [task.name(), model.name(), &both].map(|section| file.get(section));
        for section in [file.get("all"), of_dataset].into_iter().chain(rest) {
            match section {
                Some(Value::Table(section)) => merged.extend(section.clone()),
                Some(value) => return Err(damaged(format!("{value} is no section"))),
                None => {}
            }
        }
        let general = GraphSettings::new(model, task);
        let general = Table::try_from(general).map_err(|e| damaged(e.to_string()))?;
        let mut choices = Vec::new();
        for (setting, values) in merged {
            let values = match values {
                Value::Array(values) if !values.is_empty() => values,
                _ => return Err(damaged(format!("{setting} is no list of values"))),
            };
            for value in &values {
                let mut table = general.clone();
                table.insert(setting.clone(), value.clone());
                let settings: Result<GraphSettings, _> = table.try_into();
                settings.map_err(|error| damaged(format!("{setting} = {value}: {error}")))?;
            }
            choices.push((setting, values));
        }
        if choices.is_empty() {
            return Err(damaged("it lists no values".to_owned()));
        }
        // An order that the file does not decide.
        choices.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(Self {
            name: name.to_owned(),
            general,
            choices,
        })
    }

    /// The settings of one trial, which seed and number decide alone.
    ///
    /// # Errors
    /// [`GraphTrainError::SettingsFile`] if values that are right by themselves are none together.
    pub fn draw(&self, seed: u64, trial: u64) -> Result<GraphSettings, GraphTrainError> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(trial);
        let mut table = self.general.clone();
        for (setting, values) in &self.choices {
            let value = &values[rng.random_range(0..values.len())];
            table.insert(setting.clone(), value.clone());
        }
        let settings: GraphSettings = table
            .try_into()
            .map_err(|error: toml::de::Error| GraphTrainError::settings_file(&self.name, error))?;
        match settings.check() {
            Err(error) => Err(GraphTrainError::setting_in_file(&self.name, &error)),
            Ok(()) => Ok(settings),
        }
    }

    /// What the trials differ in: the settings with more than one value.
    pub fn varied(&self) -> impl Iterator<Item = &str> {
        let varied = self.choices.iter().filter(|(_, values)| values.len() > 1);
        varied.map(|(setting, _)| setting.as_str())
    }
}

/// Whether a section can be of use to any model and task.
fn is_section(name: &str) -> bool {
    let is_model = |name: &str| name.parse::<ModelKind>().is_ok();
    let model = name
        .strip_suffix("-nc")
        .or_else(|| name.strip_suffix("-lp"));
    ["all", "dataset", "nc", "lp"].contains(&name) || is_model(name) || model.is_some_and(is_model)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<SearchSpace, String> {
        let what = (
            ModelKind::Hgcn,
            GraphTask::NodeClassification,
            Some("airport"),
        );
        let space = SearchSpace::parse(what, "a.toml", text);
        space.map_err(|error| error.to_string())
    }

    #[test]
    fn every_model_can_be_searched_for_both_tasks() {
        for model in ModelKind::ALL {
            for task in [GraphTask::NodeClassification, GraphTask::LinkPrediction] {
                let space = SearchSpace::new(model, task, Some("airport"));
                for trial in 0..50 {
                    let settings = space.draw(7, trial).unwrap();
                    assert_eq!((settings.model, settings.task), (model, task));
                    assert!(!model.is_flat() || settings.manifold.is_euclidean());
                }
            }
        }
    }

    #[test]
    fn a_later_section_goes_over_an_earlier_one() {
        let text = "[all]\ndim = [8]\nlr = [0.1]\nlink-loss = [3.0]\n[dataset.airport]\nlink-loss = [5.0]\nlr = [0.7]\n\
                    [dataset.cora]\nlink-loss = [6.0]\n[hgcn]\nlr = [0.2]\n[gcn]\nlr = [0.3]\n[lp]\ndim = [4]\n[hgcn-nc]\nheads = [3]";
        let drawn = parse(text).unwrap().draw(0, 0).unwrap();
        assert_eq!(
            (drawn.dim, drawn.lr, drawn.heads, drawn.link_loss),
            (8, 0.2, 3, 5.0)
        );
    }

    #[test]
    fn all_values_come_up() {
        let space = parse("[all]\ndim = [2, 3, 5]").unwrap();
        assert_eq!(space.varied().collect::<Vec<_>>(), ["dim"]);
        let mut drawn: Vec<_> = (0..60).map(|n| space.draw(1, n).unwrap().dim).collect();
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn, [2, 3, 5]);
    }

    #[test]
    fn what_is_no_space_is_told() {
        for (text, said) in [
            ("dim = [1]", "[dim] is no section"),
            ("all = 3\n", "3 is no section"),
            ("[all]\ndim = 1", "dim is no list"),
            ("[all]\ndims = [1]", "dims = 1"),
            ("[all]\ndim = [\"wide\"]", "dim = \"wide\""),
            ("[all]\ndim = []", "dim is no list"),
            ("[lp]\ndim = [1]", "no values"),
            ("[all", "a.toml"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(said) && error.contains("a.toml"), "{error}");
        }
        let space = parse("[all]\ndropout = [1.0]").unwrap();
        assert!(space.draw(0, 0).is_err());
    }
}
