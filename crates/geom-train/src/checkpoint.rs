//! Checkpoints: one self-describing file with everything a run needs to go on.

use std::collections::HashMap;
use std::path::Path;

use geom_nn::real::Real;
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::atomic;
use crate::embedding::{Format, Settings};
use crate::error::{TrainError, io_error};

/// The version written; older ones are read, newer ones refused.
pub const VERSION: u32 = 1;

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
pub struct Checkpoint {
    /// What the run was asked to do.
    pub settings: Settings,
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
}

/// A table of points in either number format.
#[derive(Clone, Debug, PartialEq)]
pub enum Table {
    /// Single precision.
    F32(Vec<f32>),
    /// Double precision.
    F64(Vec<f64>),
}

impl Table {
    /// The values in double precision.
    pub fn wide(&self) -> Vec<f64> {
        match self {
            Self::F32(values) => values.iter().map(|&value| f64::from(value)).collect(),
            Self::F64(values) => values.clone(),
        }
    }

    /// How many numbers the table holds.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
        }
    }

    fn bytes(&self) -> (Dtype, Vec<u8>) {
        match self {
            Self::F32(values) => (
                Dtype::F32,
                values
                    .iter()
                    .flat_map(|value| value.to_le_bytes())
                    .collect(),
            ),
            Self::F64(values) => (
                Dtype::F64,
                values
                    .iter()
                    .flat_map(|value| value.to_le_bytes())
                    .collect(),
            ),
        }
    }

    /// The values in the format `T`, rounded if it is the narrower one.
    pub fn values<T: Real>(&self) -> Vec<T> {
        match self {
            Self::F32(values) => values
                .iter()
                .map(|&value| T::of(f64::from(value)))
                .collect(),
            Self::F64(values) => values.iter().map(|&value| T::of(value)).collect(),
        }
    }

    /// Wraps values of either format.
    pub fn of<T: Real>(values: &[T], format: Format) -> Self {
        match format {
            Format::F32 => Self::F32(values.iter().map(|&value| value.wide() as f32).collect()),
            Format::F64 => Self::F64(values.iter().map(|&value| value.wide()).collect()),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Description {
    version: u32,
    curvature: f64,
    graph: String,
    epochs: usize,
    seconds: f64,
    settings: Settings,
    sha256: String,
}

/// Enough of any description to tell its version.
#[derive(Deserialize)]
struct VersionOnly {
    version: u32,
}

const KEY: &str = "geom";

/// The metadata key of the description's own digest.
const KEY_DIGEST: &str = "geom-sha256";

impl Checkpoint {
    /// Writes the checkpoint in one atomic replacement.
    ///
    /// # Errors
    /// [`TrainError::Io`]; what was at `path` is then unharmed.
    pub fn save(&self, path: &Path) -> Result<(), TrainError> {
        let width = self.points.len() / self.vocabulary.len().max(1);
        let (dtype, points) = self.points.bytes();
        let vocabulary = self.vocabulary.join("\n").into_bytes();
        let hard: Vec<u8> = self
            .hard_negatives
            .iter()
            .flatten()
            .flat_map(|id| id.to_le_bytes())
            .collect();
        let description = Description {
            version: VERSION,
            curvature: self.settings.manifold.curvature(),
            graph: self.graph.clone(),
            epochs: self.epochs,
            seconds: self.seconds,
            settings: self.settings.clone(),
            sha256: digest(&[&points, &vocabulary, &hard]),
        };
        let damaged = |error: String| TrainError::Damaged {
            path: path.to_path_buf(),
            reason: error,
        };
        let json =
            serde_json::to_string(&description).map_err(|error| damaged(error.to_string()))?;
        let view = |dtype, shape, data| {
            TensorView::new(dtype, shape, data).map_err(|error| damaged(error.to_string()))
        };
        let mut tensors = vec![
            (
                "points",
                view(dtype, vec![self.vocabulary.len(), width], &points)?,
            ),
            (
                "vocabulary",
                view(Dtype::U8, vec![vocabulary.len()], &vocabulary)?,
            ),
        ];
        if self.hard_negatives.is_some() {
            tensors.push((
                "hard_negatives",
                view(Dtype::U32, vec![hard.len() / 4], &hard)?,
            ));
        }
        let metadata = HashMap::from([
            (KEY_DIGEST.to_owned(), digest(&[json.as_bytes()])),
            (KEY.to_owned(), json),
        ]);
        let bytes =
            serialize(tensors, Some(metadata)).map_err(|error| damaged(error.to_string()))?;
        atomic::write(path, |out| out.write_all(&bytes))
    }

    /// Reads a checkpoint back, checking that it is whole.
    ///
    /// # Errors
    /// [`TrainError::Io`], [`TrainError::Damaged`] for anything that is not what was written, and
    /// [`TrainError::NewerVersion`].
    pub fn load(path: &Path) -> Result<Self, TrainError> {
        let bytes = std::fs::read(path).map_err(io_error(path, "read"))?;
        Self::parse(&bytes, path)
    }

    fn parse(bytes: &[u8], path: &Path) -> Result<Self, TrainError> {
        let damaged = |reason: &str| TrainError::Damaged {
            path: path.to_path_buf(),
            reason: reason.to_owned(),
        };
        let (_, metadata) =
            SafeTensors::read_metadata(bytes).map_err(|error| damaged(&error.to_string()))?;
        let entry = |key| {
            metadata
                .metadata()
                .as_ref()
                .and_then(|entries| entries.get(key))
        };
        let json = entry(KEY).ok_or_else(|| damaged("it holds no geom description"))?;
        let VersionOnly { version } =
            serde_json::from_str(json).map_err(|error| damaged(&error.to_string()))?;
        if version > VERSION {
            return Err(TrainError::NewerVersion {
                path: path.to_path_buf(),
                found: version,
                supported: VERSION,
            });
        }
        if entry(KEY_DIGEST).is_none_or(|expected| *expected != digest(&[json.as_bytes()])) {
            return Err(damaged("its description does not match its own digest"));
        }
        let description: Description =
            serde_json::from_str(json).map_err(|error| damaged(&error.to_string()))?;
        let tensors =
            SafeTensors::deserialize(bytes).map_err(|error| damaged(&error.to_string()))?;
        let tensor = |name: &str| {
            tensors
                .tensor(name)
                .map_err(|error| damaged(&error.to_string()))
        };

        let points = tensor("points")?;
        let vocabulary = tensor("vocabulary")?;
        let hard = if tensors.names().contains(&"hard_negatives") {
            Some(tensor("hard_negatives")?)
        } else {
            None
        };
        let hard_bytes = hard.as_ref().map_or(&[][..], |tensor| tensor.data());
        if digest(&[points.data(), vocabulary.data(), hard_bytes]) != description.sha256 {
            return Err(damaged("its content does not match its own digest"));
        }
        let table = match points.dtype() {
            Dtype::F32 => Table::F32(numbers(points.data(), f32::from_le_bytes)),
            Dtype::F64 => Table::F64(numbers(points.data(), f64::from_le_bytes)),
            other => return Err(damaged(&format!("its points have the format {other:?}"))),
        };
        let vocabulary = std::str::from_utf8(vocabulary.data())
            .map_err(|_| damaged("its vocabulary is not UTF-8"))?
            .split('\n')
            .map(str::to_owned)
            .collect::<Vec<_>>();
        let width = description
            .settings
            .manifold
            .ambient_dim(description.settings.dim);
        if points.shape() != [vocabulary.len(), width] {
            return Err(damaged("its table has another shape than its settings say"));
        }
        Ok(Self {
            settings: description.settings,
            graph: description.graph,
            epochs: description.epochs,
            seconds: description.seconds,
            vocabulary,
            points: table,
            hard_negatives: hard.map(|tensor| numbers(tensor.data(), u32::from_le_bytes)),
        })
    }
}

fn numbers<const N: usize, T>(bytes: &[u8], read: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes
        .as_chunks::<N>()
        .0
        .iter()
        .map(|&chunk| read(chunk))
        .collect()
}

fn digest(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedding::{Recipe, Space};

    fn checkpoint() -> Checkpoint {
        let mut settings = Recipe::Mined.settings(Space::Lorentz, 2, 3);
        settings.hard_pool = 2;
        Checkpoint {
            settings,
            graph: "digest".to_owned(),
            epochs: 7,
            seconds: 1.5,
            vocabulary: vec!["a".to_owned(), "b c".to_owned(), "d".to_owned()],
            points: Table::F64(vec![1.0, 0.0, 0.0, 1.25, 0.75, 0.0, 1.25, 0.0, -0.75]),
            hard_negatives: Some(vec![1, 2, 0, 2]),
        }
    }

    #[test]
    fn what_is_loaded_is_what_was_saved() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint.safetensors");
        let single = Checkpoint {
            points: Table::F32(vec![1.0, 0.0, 0.0, 1.25, 0.75, 0.0, 1.25, 0.0, -0.75]),
            hard_negatives: None,
            ..checkpoint()
        };
        for checkpoint in [checkpoint(), single] {
            checkpoint.save(&path).unwrap();
            assert_eq!(Checkpoint::load(&path).unwrap(), checkpoint);
        }
    }

    #[test]
    fn every_cut_and_every_flipped_byte_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint.safetensors");
        let original = checkpoint();
        original.save(&path).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        for length in 0..bytes.len() {
            let error = Checkpoint::parse(&bytes[..length], &path).unwrap_err();
            assert!(
                matches!(error, TrainError::Damaged { .. }),
                "cut at {length}: {error}"
            );
        }
        let header =
            8 + usize::try_from(u64::from_le_bytes(bytes[..8].try_into().unwrap())).unwrap();
        for position in header..bytes.len() {
            let mut altered = bytes.clone();
            altered[position] ^= 1;
            assert!(
                Checkpoint::parse(&altered, &path).is_err(),
                "byte {position} flipped"
            );
        }
    }

    #[test]
    fn a_newer_version_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint.safetensors");
        checkpoint().save(&path).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let text = br#"{\"version\":1,"#;
        let at = bytes
            .windows(text.len())
            .position(|window| window == text)
            .unwrap();
        let mut newer = bytes;
        newer[at + text.len() - 2] = b'9';
        let error = Checkpoint::parse(&newer, &path).unwrap_err();
        assert!(
            matches!(
                error,
                TrainError::NewerVersion {
                    found: 9,
                    supported: 1,
                    ..
                }
            ),
            "{error}"
        );
    }
}
