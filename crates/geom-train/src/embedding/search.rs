//! Random search of settings.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use toml::{Table, Value};

use super::error::EmbeddingTrainError;
use super::settings::{EmbeddingModel, EmbeddingSettings};

const SPACE: &str = include_str!("../../configs/embedding-search.toml");

/// Settings that are not searched: what the points mean, those of cones, and those of the computer.
const FIXED: [&str; 8] = [
    "model",
    "cone_constant",
    "cone_margin",
    "cone_negatives",
    "threads",
    "seed",
    "dtype",
    "route",
];

/// The values that each setting of a distance embedding may have, to draw from: random search.
///
/// # Examples
/// ```
/// use geom_train::embedding::{Recipe, SearchSpace, Space};
///
/// let mammals = geom_data::mammals();
/// let base = Recipe::Mined.settings_for(Space::PoincareBall, 5, &mammals);
/// let space = SearchSpace::new(&base, Some("wordnet-mammals"));
/// let first = space.draw(0, 0)?;
/// assert_eq!(first, space.draw(0, 0)?);
/// assert_ne!(first, space.draw(0, 1)?);
/// # Ok::<(), geom_train::embedding::EmbeddingTrainError>(())
/// ```
///
/// # References
/// Bergstra and Bengio (2012), *Random Search for Hyper-Parameter Optimization*.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchSpace {
    name: String,
    base: Table,
    choices: Vec<(String, Vec<Value>)>,
}

impl SearchSpace {
    /// The values that suit most hierarchies, and a dataset of that name: `configs/embedding-search.toml` of this
    /// crate. Settings they do not name are those of `base`.
    pub fn new(base: &EmbeddingSettings, dataset: Option<&str>) -> Self {
        Self::parse((base, dataset), "embedding-search.toml", SPACE)
            .expect("the file is part of this crate; a test draws from it")
    }

    /// The space of a file in TOML: a list of values for each setting, by its flag without dashes before it, in
    /// the sections `all` and `dataset.NAME`, the latter over the former.
    ///
    /// # Errors
    /// [`EmbeddingTrainError::SearchSpace`] if the text is not TOML, names an unknown setting or one that cannot
    /// be searched, or lists what the setting cannot be.
    pub fn parse(
        (base, dataset): (&EmbeddingSettings, Option<&str>),
        name: &str,
        text: &str,
    ) -> Result<Self, EmbeddingTrainError> {
        let damaged = |reason: String| wrong(name, reason);
        let file: Table = text
            .parse()
            .map_err(|error: toml::de::Error| damaged(error.to_string()))?;
        let is_section = |section: &&String| ["all", "dataset"].contains(&section.as_str());
        if let Some(other) = file.keys().find(|section| !is_section(section)) {
            return Err(damaged(format!(
                "[{other}] is no section: all, or dataset.NAME"
            )));
        }
        let of_dataset = file
            .get("dataset")
            .and_then(|datasets| datasets.get(dataset?));
        let mut merged = Table::new();
        for section in [file.get("all"), of_dataset] {
            match section {
                Some(Value::Table(section)) => merged.extend(section.clone()),
                Some(value) => return Err(damaged(format!("{value} is no section"))),
                None => {}
            }
        }
        let base = EmbeddingSettings {
            model: EmbeddingModel::Distance,
            ..base.clone()
        };
        let base = Table::try_from(base).map_err(|error| damaged(error.to_string()))?;
        let mut choices = Vec::new();
        for (flag, values) in merged {
            let setting = flag.replace('-', "_");
            if !base.contains_key(&setting) {
                return Err(damaged(format!("there is no setting {flag}")));
            }
            if FIXED.contains(&setting.as_str()) {
                return Err(damaged(format!("{flag} is nothing to search")));
            }
            let values = match values {
                Value::Array(values) if !values.is_empty() => values,
                _ => return Err(damaged(format!("{flag} is no list of values"))),
            };
            for value in &values {
                let mut table = base.clone();
                table.insert(setting.clone(), value.clone());
                let settings: Result<EmbeddingSettings, _> = table.try_into();
                settings.map_err(|error| damaged(format!("{flag} = {value}: {error}")))?;
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
            base,
            choices,
        })
    }

    /// The settings of one trial, which seed and number decide alone.
    ///
    /// # Errors
    /// [`EmbeddingTrainError::SearchSpace`] if values that are right by themselves are none together.
    pub fn draw(&self, seed: u64, trial: u64) -> Result<EmbeddingSettings, EmbeddingTrainError> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(trial);
        let mut table = self.base.clone();
        for (setting, values) in &self.choices {
            let value = &values[rng.random_range(0..values.len())];
            table.insert(setting.clone(), value.clone());
        }
        let settings: EmbeddingSettings = table
            .try_into()
            .map_err(|error: toml::de::Error| wrong(&self.name, error.to_string()))?;
        match settings.check() {
            Ok(()) => Ok(settings),
            Err(error) => Err(wrong(&self.name, error.to_string())),
        }
    }

    /// What the trials differ in: the settings with more than one value.
    pub fn varied(&self) -> impl Iterator<Item = &str> {
        let varied = self.choices.iter().filter(|(_, values)| values.len() > 1);
        varied.map(|(setting, _)| setting.as_str())
    }
}

fn wrong(name: &str, reason: String) -> EmbeddingTrainError {
    EmbeddingTrainError::SearchSpace {
        name: name.to_owned(),
        reason: reason.trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::recipe::Recipe;
    use super::super::settings::Space;
    use super::*;

    fn base() -> EmbeddingSettings {
        Recipe::Mined.settings(Space::PoincareBall, 3, 1_000)
    }

    fn parse(text: &str) -> Result<SearchSpace, String> {
        let what = (&base(), Some("animals"));
        SearchSpace::parse(what, "a.toml", text).map_err(|error| error.to_string())
    }

    #[test]
    fn whatever_is_drawn_from_the_default_space_can_be_trained() {
        for space in [Space::PoincareBall, Space::Hyperboloid, Space::Euclidean] {
            for nodes in [100, 20_000] {
                let base = Recipe::Mined.settings(space, 5, nodes);
                let search = SearchSpace::new(&base, None);
                for trial in 0..200 {
                    let drawn = search.draw(3, trial).unwrap();
                    assert_eq!((drawn.manifold, drawn.dim), (space, 5));
                    assert_eq!(drawn.epochs, base.epochs);
                }
            }
        }
    }

    #[test]
    fn a_dataset_goes_over_all_and_the_base_is_what_nobody_names() {
        let text = "[all]\nlr = [0.1]\nhard-negatives = [2]\n[dataset.animals]\nlr = [0.7]\n[dataset.plants]\nlr = [9.0]";
        let drawn = parse(text).unwrap().draw(0, 0).unwrap();
        assert_eq!((drawn.lr, drawn.hard_negatives), (0.7, 2));
        assert_eq!(drawn.negatives, base().negatives);
    }

    #[test]
    fn all_values_come_up() {
        let space = parse("[all]\nparent-visits = [0, 2, 5]\nfocus = [0.5]").unwrap();
        assert_eq!(space.varied().collect::<Vec<_>>(), ["parent_visits"]);
        let drawn = (0..60).map(|n| space.draw(1, n).unwrap().parent_visits);
        let mut drawn: Vec<_> = drawn.collect();
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn, [0, 2, 5]);
    }

    #[test]
    fn what_is_no_space_is_told() {
        for (text, said) in [
            ("dim = [1]", "[dim] is no section"),
            ("all = 3\n", "3 is no section"),
            ("[all]\ndim = 1", "dim is no list"),
            ("[all]\nlrs = [1.0]", "there is no setting lrs"),
            ("[all]\nseed = [1]", "seed is nothing to search"),
            (
                "[all]\ncone-margin = [1.0]",
                "cone-margin is nothing to search",
            ),
            ("[all]\nschedule = [\"steep\"]", "schedule = \"steep\""),
            ("[all]\ndim = []", "dim is no list"),
            ("[dataset.plants]\ndim = [1]", "no values"),
            ("[all", "a.toml"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(said) && error.contains("a.toml"), "{error}");
        }
        let space = parse("[all]\nnegatives = [3]\nhard-negatives = [5]").unwrap();
        let error = space.draw(0, 0).unwrap_err().to_string();
        assert!(error.contains("hard_negatives"), "{error}");
    }
}
