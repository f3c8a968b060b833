//! What is held out of a run, in a file of its own beside its relations.

use std::path::Path;

use geom_data::Relations;
use safetensors::tensor::Dtype;
use serde::{Deserialize, Serialize};

use super::held_out::HeldOut;
use super::holdout::HoldoutSettings;
use super::rows::Rows;
use crate::storage::{FileKind, Frame, Part, StorageError, numbers, read};

const KIND: FileKind = FileKind {
    key: "geom-holdout",
    version: 1,
};

#[derive(Serialize, Deserialize)]
struct Description {
    settings: HoldoutSettings,
    possible: usize,
    whole: String,
    /// The digest of the relations of the training.
    train: String,
}

/// Writes what is held out in one atomic replacement: for both parts, and for what is in neither if a share
/// is kept, how many targets each node of `train` has, and the targets.
///
/// # Errors
/// [`StorageError::Io`]; what was at `path` is then unharmed.
pub fn save_held_out(
    held_out: &HeldOut,
    train: &Relations,
    path: &Path,
) -> Result<(), StorageError> {
    let le = |numbers: &mut dyn Iterator<Item = u32>| -> Vec<u8> {
        numbers.flat_map(u32::to_le_bytes).collect()
    };
    let columns = |rows: &Rows| {
        let degrees = rows.offsets.windows(2);
        let degrees = le(&mut degrees.map(|pair| (pair[1] - pair[0]) as u32));
        (degrees, le(&mut rows.targets.iter().copied()))
    };
    let (validation, test) = (columns(&held_out.validation), columns(&held_out.test));
    let unused = columns(&held_out.unused);
    let column = |name, bytes| Part {
        name,
        dtype: Dtype::U32,
        shape: vec![<[u8]>::len(bytes) / 4],
        bytes,
    };
    let mut parts = vec![
        column("validation_degrees", &validation.0),
        column("validation_targets", &validation.1),
        column("test_degrees", &test.0),
        column("test_targets", &test.1),
    ];
    if held_out.settings.keep.is_some() {
        parts.push(column("unused_degrees", &unused.0));
        parts.push(column("unused_targets", &unused.1));
    }
    let description = Description {
        settings: held_out.settings,
        possible: held_out.possible,
        whole: held_out.whole.clone(),
        train: train.fingerprint(),
    };
    Frame::new(&KIND, &description, parts).write(path)
}

/// Reads what is held out back, checking that it is whole and belongs to the relations `train`.
///
/// # Errors
/// [`StorageError::Io`], [`StorageError::Damaged`] for anything that is not what was written, and
/// [`StorageError::NewerVersion`].
pub fn load_held_out(train: &Relations, path: &Path) -> Result<HeldOut, StorageError> {
    let bytes = read(path)?;
    let damaged = |reason: &str| StorageError::Damaged {
        path: path.to_path_buf(),
        reason: reason.to_owned(),
    };
    let (description, tensors): (Description, _) = Frame::read(&KIND, &bytes, path)?;
    if description.train != train.fingerprint() {
        return Err(damaged("it belongs to other relations"));
    }
    let column = |name: String| {
        let found = tensors.tensor(&name);
        let tensor = found.map_err(|error| damaged(&error.to_string()))?;
        Ok(numbers(tensor.data(), u32::from_le_bytes))
    };
    let mut taken = Vec::new();
    let mut part = |name: &str| -> Result<Rows, StorageError> {
        let degrees = column(format!("{name}_degrees"))?;
        let targets = column(format!("{name}_targets"))?;
        let declared: u64 = degrees.iter().map(|&degree| u64::from(degree)).sum();
        if degrees.len() != train.num_nodes() || declared != targets.len() as u64 {
            return Err(damaged("its counts do not agree with the nodes"));
        }
        let sources = (0u32..).zip(&degrees);
        let sources =
            sources.flat_map(|(node, &degree)| std::iter::repeat_n(node, degree as usize));
        let pairs: Vec<(u32, u32)> = sources.zip(targets).collect();
        let is_new = |&(node, target): &(u32, u32)| {
            node != target && (target as usize) < train.num_nodes() && !train.contains(node, target)
        };
        if !pairs.iter().all(is_new) {
            return Err(damaged("a pair of it is none that can be held out"));
        }
        taken.extend_from_slice(&pairs);
        Ok(Rows::of(train.num_nodes(), pairs))
    };
    let (validation, test) = (part("validation")?, part("test")?);
    let unused = match description.settings.keep {
        Some(_) => part("unused")?,
        None => Rows::of(train.num_nodes(), Vec::new()),
    };
    let parts = [validation, test, unused];
    let count = taken.len();
    taken.sort_unstable();
    taken.dedup();
    if taken.len() < count {
        return Err(damaged("a pair of it is held out twice"));
    }
    let Description {
        settings,
        possible,
        whole,
        ..
    } = description;
    Ok(HeldOut::assemble(settings, train, parts, possible, whole))
}

#[cfg(test)]
mod tests {
    use super::super::held_out::HeldOutPart;
    use super::super::holdout::HoldoutRule;
    use super::*;

    fn split() -> (Relations, HeldOut) {
        let settings = HoldoutSettings {
            validation: 0.05,
            test: 0.02,
            keep: Some(0.1),
            rule: HoldoutRule::Inner,
            split_seed: 3,
        };
        settings.split(&geom_data::mammals()).unwrap()
    }

    #[test]
    fn what_is_loaded_is_what_was_saved() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("holdout.safetensors");
        let (train, held_out) = split();
        save_held_out(&held_out, &train, &path).unwrap();
        assert_eq!(load_held_out(&train, &path).unwrap(), held_out);
        let error = load_held_out(&geom_data::mammals(), &path).unwrap_err();
        assert!(error.to_string().contains("other relations"), "{error}");
    }

    #[test]
    fn pairs_that_cannot_be_held_out_are_damage() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("holdout.safetensors");
        let (train, good) = split();
        let last = train.num_nodes() - 1;
        let known = train.pairs().next().unwrap();
        let twice = (0..train.num_nodes() as u32)
            .find_map(|node| Some((node, *good.part(HeldOutPart::Test).of(node).first()?)))
            .unwrap();
        for pair in [known, twice, (last as u32, last as u32), (0, u32::MAX)] {
            let mut wrong = good.clone();
            let mut pairs: Vec<_> = (0..train.num_nodes() as u32)
                .flat_map(|node| {
                    let row = good.part(HeldOutPart::Validation).of(node);
                    row.iter().map(move |&target| (node, target))
                })
                .collect();
            pairs.push(pair);
            wrong.validation = Rows::of(train.num_nodes(), pairs);
            save_held_out(&wrong, &train, &path).unwrap();
            let error = load_held_out(&train, &path).unwrap_err();
            assert!(matches!(error, StorageError::Damaged { .. }), "{error}");
        }
        let mut short = good.clone();
        short.test.offsets.pop();
        save_held_out(&short, &train, &path).unwrap();
        assert!(load_held_out(&train, &path).is_err());
    }
}
