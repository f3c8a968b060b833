//! The relations of a run in a file of its own, so that the run needs nothing else.

use std::path::Path;

use geom_data::Relations;
use safetensors::tensor::Dtype;
use serde::{Deserialize, Serialize};

use crate::storage::{FileKind, Frame, Part, StorageError, numbers, read};

const KIND: FileKind = FileKind {
    key: "geom-relations",
    version: 1,
};

#[derive(Serialize, Deserialize)]
struct Description {
    nodes: usize,
    relations: usize,
}

/// Writes relations in one atomic replacement: the names and their lengths, how many targets each node
/// has, the targets, and the weights if there are any.
///
/// # Errors
/// [`StorageError::Io`]; what was at `path` is then unharmed.
pub fn save_relations(relations: &Relations, path: &Path) -> Result<(), StorageError> {
    let le = |numbers: &mut dyn Iterator<Item = u32>| -> Vec<u8> {
        numbers.flat_map(u32::to_le_bytes).collect()
    };
    let (offsets, targets) = relations.rows();
    let degrees = le(&mut offsets.windows(2).map(|pair| (pair[1] - pair[0]) as u32));
    let targets = le(&mut targets.iter().copied());
    let lengths = le(&mut relations.names().iter().map(|name| name.len() as u32));
    let names = relations.names().concat();
    let weights: Option<Vec<u8>> = relations.all_weights().map(|weights| {
        let bytes = weights.iter().flat_map(|weight| weight.to_le_bytes());
        bytes.collect()
    });
    let column = |name, dtype, bytes| Part {
        name,
        dtype,
        shape: vec![<[u8]>::len(bytes) / 4],
        bytes,
    };
    let mut parts = vec![
        Part::bytes("names", names.as_bytes()),
        column("name_lengths", Dtype::U32, &lengths),
        column("degrees", Dtype::U32, &degrees),
        column("targets", Dtype::U32, &targets),
    ];
    if let Some(weights) = &weights {
        parts.push(column("weights", Dtype::F32, weights));
    }
    let description = Description {
        nodes: relations.num_nodes(),
        relations: relations.num_relations(),
    };
    Frame::new(&KIND, &description, parts).write(path)
}

/// Reads relations back, checking that they are whole.
///
/// # Errors
/// [`StorageError::Io`], [`StorageError::Damaged`] for anything that is not what was written, and
/// [`StorageError::NewerVersion`].
pub fn load_relations(path: &Path) -> Result<Relations, StorageError> {
    let bytes = read(path)?;
    let damaged = |reason: &str| StorageError::Damaged {
        path: path.to_path_buf(),
        reason: reason.to_owned(),
    };
    let (_, tensors): (Description, _) = Frame::read(&KIND, &bytes, path)?;
    let tensor = |name: &str| {
        let found = tensors.tensor(name);
        found.map_err(|error| damaged(&error.to_string()))
    };
    let names = std::str::from_utf8(tensor("names")?.data())
        .map_err(|_| damaged("its names are not UTF-8"))?
        .to_owned();
    let mut vocabulary = Vec::new();
    let mut rest = names.as_str();
    for length in numbers(tensor("name_lengths")?.data(), u32::from_le_bytes) {
        let (name, after) = rest
            .split_at_checked(length as usize)
            .ok_or_else(|| damaged("its names have other lengths than it says"))?;
        vocabulary.push(name.to_owned());
        rest = after;
    }
    let mut offsets = vec![0usize];
    for degree in numbers(tensor("degrees")?.data(), u32::from_le_bytes) {
        let before = offsets[offsets.len() - 1];
        // Numbers of 32 bits, fewer than there is memory for.
        offsets.push(before.saturating_add(degree as usize));
    }
    let targets = numbers(tensor("targets")?.data(), u32::from_le_bytes);
    let weights = tensors.names().contains(&"weights");
    let weights = weights.then(|| tensor("weights")).transpose()?;
    let weights = weights.map(|tensor| numbers(tensor.data(), f32::from_le_bytes));
    Relations::from_rows(vocabulary, offsets, targets, weights)
        .map_err(|error| damaged(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_loaded_is_what_was_saved() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.safetensors");
        let table = folder.path().join("table.csv");
        std::fs::write(&table, "crème,food,2\nice cream,crème,0.5\n").unwrap();
        let (weighted, _) = geom_data::edge_list::read(&table, &Default::default()).unwrap();
        for relations in [geom_data::mammals(), weighted] {
            save_relations(&relations, &path).unwrap();
            let loaded = load_relations(&path).unwrap();
            assert_eq!(loaded, relations);
            assert_eq!(loaded.fingerprint(), relations.fingerprint());
        }
    }

    #[test]
    fn counts_that_do_not_agree_are_damage() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.safetensors");
        let le = |numbers: &[u32]| -> Vec<u8> {
            numbers
                .iter()
                .flat_map(|number| number.to_le_bytes())
                .collect()
        };
        type Case<'a> = (&'a str, &'a [u32], &'a [u32], &'a [u32]);
        let cases: [Case<'_>; 4] = [
            ("ab", &[1, u32::MAX], &[1, 0], &[1]),
            ("ab", &[1, 1], &[u32::MAX, u32::MAX], &[1]),
            ("ab", &[1, 1], &[1, 0], &[9]),
            ("ab", &[1, 1], &[1], &[1]),
        ];
        for (names, lengths, degrees, targets) in cases {
            let [lengths, degrees, targets] = [lengths, degrees, targets].map(le);
            let part = |name, bytes| Part {
                name,
                dtype: Dtype::U32,
                shape: vec![<[u8]>::len(bytes) / 4],
                bytes,
            };
            let parts = vec![
                Part::bytes("names", names.as_bytes()),
                part("name_lengths", &lengths),
                part("degrees", &degrees),
                part("targets", &targets),
            ];
            let description = Description {
                nodes: 2,
                relations: 1,
            };
            Frame::new(&KIND, &description, parts).write(&path).unwrap();
            let error = load_relations(&path).unwrap_err();
            assert!(matches!(error, StorageError::Damaged { .. }), "{error}");
        }
    }
}
