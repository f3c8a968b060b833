//! Checkpoints: one self-describing file with everything a run needs to go on.

use std::path::Path;

use safetensors::tensor::Dtype;
use serde::{Deserialize, Serialize};

use super::early_stopping::{BestEpoch, ValidatedEpoch};
use super::settings::EmbeddingSettings;
use super::table::Table;
use crate::storage::{FileKind, Frame, Part, StorageError, numbers, read};

const KIND: FileKind = FileKind {
    key: "geom",
    version: 1,
};

/// The state of an embedding run after a whole number of epochs.
///
/// Stored as a `safetensors` file, so any tool can read the table. The tensors are `points`
/// (`[nodes, d]`, the manifold's own coordinates), `vocabulary` (the names, joined by line feeds)
/// and `hard_negatives`; the metadata key `geom` holds a JSON description.
///
/// Random numbers are drawn from streams keyed by seed, epoch and worker, so the seed and the
/// number of epochs done are the whole state of the generator; plain Riemannian SGD has no state
/// of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct EmbeddingCheckpoint {
    /// What the run was asked to do.
    pub settings: EmbeddingSettings,
    /// A digest of names and relations, so that a run is not resumed on other data.
    pub graph: String,
    /// Epochs done.
    pub epochs: usize,
    /// Seconds spent training so far.
    pub seconds: f64,
    /// The names of the nodes, in row order.
    pub vocabulary: Vec<String>,
    /// The table, row by row, in the manifold's coordinates.
    pub points: Table,
    /// The mined negatives, if the run has any yet.
    pub hard_negatives: Option<Vec<u32>>,
    /// The best epoch of a run with held-out relations, if one has been validated yet.
    pub best: Option<BestEpoch>,
}

#[derive(Serialize, Deserialize)]
struct Description {
    curvature: f64,
    graph: String,
    epochs: usize,
    seconds: f64,
    settings: EmbeddingSettings,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    best: Option<BestDescription>,
}

/// The best epoch, less its points.
#[derive(Serialize, Deserialize)]
struct BestDescription {
    #[serde(flatten)]
    scores: ValidatedEpoch,
    validated: usize,
}

impl EmbeddingCheckpoint {
    /// Writes the checkpoint in one atomic replacement.
    ///
    /// # Errors
    /// [`StorageError::Io`]; what was at `path` is then unharmed.
    pub fn save(&self, path: &Path) -> Result<(), StorageError> {
        let width = self.points.len() / self.vocabulary.len().max(1);
        let (dtype, points) = self.points.bytes();
        let vocabulary = self.vocabulary.join("\n");
        let description = Description {
            curvature: self.settings.manifold.curvature(),
            graph: self.graph.clone(),
            epochs: self.epochs,
            seconds: self.seconds,
            settings: self.settings.clone(),
            best: self.best.as_ref().map(|best| BestDescription {
                scores: best.scores,
                validated: best.validated,
            }),
        };
        let mut parts = vec![
            Part {
                name: "points",
                dtype,
                shape: vec![self.vocabulary.len(), width],
                bytes: &points,
            },
            Part::bytes("vocabulary", vocabulary.as_bytes()),
        ];
        let hard = self.hard_negatives.as_ref().map(|lists| -> Vec<u8> {
            let bytes = lists.iter().flat_map(|id| id.to_le_bytes());
            bytes.collect()
        });
        if let Some(bytes) = &hard {
            parts.push(Part {
                name: "hard_negatives",
                dtype: Dtype::U32,
                shape: vec![bytes.len() / 4],
                bytes,
            });
        }
        let best = self.best.as_ref().and_then(|best| best.points.as_ref());
        let best = best.map(Table::bytes);
        if let Some((dtype, bytes)) = &best {
            parts.push(Part {
                name: "best",
                dtype: *dtype,
                shape: vec![self.vocabulary.len(), width],
                bytes,
            });
        }
        Frame::new(&KIND, &description, parts).write(path)
    }

    /// Reads a checkpoint back, checking that it is whole.
    ///
    /// # Errors
    /// [`StorageError::Io`], [`StorageError::Damaged`] for anything that is not what was written, and
    /// [`StorageError::NewerVersion`].
    pub fn load(path: &Path) -> Result<Self, StorageError> {
        let bytes = read(path)?;
        Self::parse(&bytes, path)
    }

    fn parse(bytes: &[u8], path: &Path) -> Result<Self, StorageError> {
        let damaged = |reason: &str| StorageError::Damaged {
            path: path.to_path_buf(),
            reason: reason.to_owned(),
        };
        let (description, tensors): (Description, _) = Frame::read(&KIND, bytes, path)?;
        let tensor = |name: &str| {
            tensors
                .tensor(name)
                .map_err(|error| damaged(&error.to_string()))
        };
        let table = |name: &str| {
            let points = tensor(name)?;
            let table = match points.dtype() {
                Dtype::F32 => Table::F32(numbers(points.data(), f32::from_le_bytes)),
                Dtype::F64 => Table::F64(numbers(points.data(), f64::from_le_bytes)),
                other => return Err(damaged(&format!("its points have the format {other:?}"))),
            };
            Ok((table, points.shape().to_vec()))
        };
        let vocabulary = std::str::from_utf8(tensor("vocabulary")?.data())
            .map_err(|_| damaged("its vocabulary is not UTF-8"))?
            .split('\n')
            .map(str::to_owned)
            .collect::<Vec<_>>();
        let Description {
            graph,
            epochs,
            seconds,
            settings,
            best,
            ..
        } = description;
        settings
            .check()
            .map_err(|error| damaged(&error.to_string()))?;
        if epochs > settings.epochs {
            return Err(damaged("it has done more epochs than its settings ask for"));
        }
        let width = settings.manifold.width(settings.dim);
        let table = |name: &str| match table(name)? {
            (table, shape) if shape == [vocabulary.len(), width] => Ok(table),
            _ => Err(damaged("its table has another shape than its settings say")),
        };
        let points = table("points")?;
        let of_best = tensors.names().contains(&"best");
        let of_best = of_best.then(|| table("best")).transpose()?;
        let best = best.map(|best| BestEpoch {
            scores: best.scores,
            points: of_best,
            validated: best.validated,
        });
        let hard = tensors.names().contains(&"hard_negatives");
        let hard = hard.then(|| tensor("hard_negatives")).transpose()?;
        let hard_negatives = hard.map(|tensor| numbers(tensor.data(), u32::from_le_bytes));
        let is_node = |&node: &u32| (node as usize) < vocabulary.len();
        if !hard_negatives.iter().flatten().all(is_node) {
            return Err(damaged("its mined negatives are not all nodes of it"));
        }
        Ok(Self {
            settings,
            graph,
            epochs,
            seconds,
            vocabulary,
            points,
            hard_negatives,
            best,
        })
    }
}

impl Table {
    /// The format and the bytes, little-endian.
    pub(crate) fn bytes(&self) -> (Dtype, Vec<u8>) {
        match self {
            Self::F32(values) => {
                let bytes = values.iter().flat_map(|value| value.to_le_bytes());
                (Dtype::F32, bytes.collect())
            }
            Self::F64(values) => {
                let bytes = values.iter().flat_map(|value| value.to_le_bytes());
                (Dtype::F64, bytes.collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedding::{Recipe, Space};

    fn checkpoint() -> EmbeddingCheckpoint {
        let mut settings = Recipe::Mined.settings(Space::Hyperboloid, 2, 3);
        (settings.hard_pool, settings.hard_negatives) = (2, 2);
        EmbeddingCheckpoint {
            settings,
            graph: "digest".to_owned(),
            epochs: 7,
            seconds: 1.5,
            vocabulary: vec!["a".to_owned(), "b c".to_owned(), "d".to_owned()],
            points: Table::F64(vec![1.0, 0.0, 0.0, 1.25, 0.75, 0.0, 1.25, 0.0, -0.75]),
            hard_negatives: Some(vec![1, 2, 0, 2]),
            best: None,
        }
    }

    #[test]
    fn what_is_loaded_is_what_was_saved() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint.safetensors");
        let single = EmbeddingCheckpoint {
            points: Table::F32(vec![1.0, 0.0, 0.0, 1.25, 0.75, 0.0, 1.25, 0.0, -0.75]),
            hard_negatives: None,
            ..checkpoint()
        };
        let best = |points| BestEpoch {
            scores: ValidatedEpoch {
                epoch: 5,
                score: 0.7,
            },
            points,
            validated: 7,
        };
        let table = Table::F64(vec![1.0, 0.0, 0.0, 1.25, 0.0, 0.75, 1.25, -0.75, 0.0]);
        let in_training = EmbeddingCheckpoint {
            best: Some(best(Some(table))),
            ..checkpoint()
        };
        let settled = EmbeddingCheckpoint {
            best: Some(best(None)),
            ..checkpoint()
        };
        for checkpoint in [checkpoint(), single, in_training, settled] {
            checkpoint.save(&path).unwrap();
            assert_eq!(EmbeddingCheckpoint::load(&path).unwrap(), checkpoint);
        }
    }

    #[test]
    fn numbers_between_decimals_read_back_as_themselves() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint.safetensors");
        for lr in [0.05, 0.049999999999999996, 0.1 + 0.2, 1e-300, f64::MAX] {
            let mut original = checkpoint();
            original.settings.lr = lr;
            original.save(&path).unwrap();
            assert_eq!(EmbeddingCheckpoint::load(&path).unwrap(), original);
        }
    }

    #[test]
    fn a_table_of_another_shape_than_the_settings_say_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint.safetensors");
        let mut wrong = checkpoint();
        wrong.settings.dim = 3;
        wrong.save(&path).unwrap();
        let error = EmbeddingCheckpoint::load(&path).unwrap_err();
        assert!(matches!(error, StorageError::Damaged { .. }), "{error}");
    }

    #[test]
    fn counts_near_the_end_of_their_numbers_are_damage() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint.safetensors");
        let alter: [fn(&mut EmbeddingCheckpoint); 4] = [
            |it| it.settings.dim = usize::MAX,
            |it| it.epochs = usize::MAX,
            |it| (it.epochs, it.settings.epochs) = (usize::MAX, usize::MAX),
            |it| it.hard_negatives = Some(vec![1, 3, 0, u32::MAX]),
        ];
        for alter in alter {
            let mut wrong = checkpoint();
            alter(&mut wrong);
            wrong.save(&path).unwrap();
            let error = EmbeddingCheckpoint::load(&path).unwrap_err();
            assert!(matches!(error, StorageError::Damaged { .. }), "{error}");
        }
    }

    #[test]
    fn a_failed_write_is_not_called_damage() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder
            .path()
            .join("no folder")
            .join("checkpoint.safetensors");
        let error = checkpoint().save(&path).unwrap_err();
        assert!(
            matches!(
                error,
                StorageError::Io {
                    action: "write",
                    ..
                }
            ),
            "{error}"
        );
    }
}
