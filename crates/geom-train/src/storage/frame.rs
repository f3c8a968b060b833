//! The frame that all checkpoints share: named tensors, a description, a version, a checksum.

use std::collections::HashMap;
use std::path::Path;

use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{StorageError, digest, io_error, write};

/// The metadata key of the checksum.
const CHECKSUM: &str = "geom-sha256";

/// A kind of file.
#[derive(Debug)]
pub(crate) struct FileKind {
    /// The metadata key of the description, by which the kind is told.
    pub(crate) key: &'static str,
    /// The version that is written; newer ones are refused.
    pub(crate) version: u32,
}

/// A named tensor of a file.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    pub(crate) name: &'static str,
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
    pub(crate) bytes: &'a [u8],
}

impl<'a> Part<'a> {
    /// Plain bytes.
    pub(crate) fn bytes(name: &'static str, bytes: &'a [u8]) -> Self {
        Self {
            name,
            dtype: Dtype::U8,
            shape: vec![bytes.len()],
            bytes,
        }
    }
}

/// What a file is about to hold.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    key: &'static str,
    description: String,
    parts: Vec<Part<'a>>,
}

#[derive(Serialize)]
struct Versioned<'a, D> {
    version: u32,
    #[serde(flatten)]
    content: &'a D,
}

/// Enough of any description to tell its version.
#[derive(Deserialize)]
struct VersionOnly {
    version: u32,
}

impl<'a> Frame<'a> {
    /// # Panics
    /// If `description` has a map whose keys are not strings, which no checkpoint has.
    pub(crate) fn new<D: Serialize>(
        kind: &FileKind,
        description: &D,
        mut parts: Vec<Part<'a>>,
    ) -> Self {
        parts.sort_by_key(|part| part.name);
        let versioned = Versioned {
            version: kind.version,
            content: description,
        };
        Self {
            key: kind.key,
            description: serde_json::to_string(&versioned)
                .expect("settings, numbers and texts have a form in JSON"),
            parts,
        }
    }

    /// The digest of names and content of all tensors, by name, and of the description.
    pub(crate) fn checksum(&self) -> String {
        let parts = self.parts.iter().map(|part| (part.name, part.bytes));
        checksum(parts, &self.description)
    }

    /// Writes the file in one atomic replacement.
    pub(crate) fn write(self, path: &Path) -> Result<(), StorageError> {
        let failed = |error| io_error(path, "write")(std::io::Error::other(error));
        let metadata = HashMap::from([
            (CHECKSUM.to_owned(), self.checksum()),
            (self.key.to_owned(), self.description),
        ]);
        let mut views = Vec::with_capacity(self.parts.len());
        for part in self.parts {
            let view = TensorView::new(part.dtype, part.shape, part.bytes).map_err(failed)?;
            views.push((part.name, view));
        }
        let bytes = serialize(views, Some(metadata)).map_err(failed)?;
        write(path, |out| out.write_all(&bytes))
    }

    /// The description and the tensors of `bytes`, which were read from `path`.
    pub(crate) fn read<'b, D: DeserializeOwned>(
        kind: &FileKind,
        bytes: &'b [u8],
        path: &Path,
    ) -> Result<(D, SafeTensors<'b>), StorageError> {
        let damaged = |reason: String| StorageError::Damaged {
            path: path.to_path_buf(),
            reason,
        };
        let (_, header) =
            SafeTensors::read_metadata(bytes).map_err(|error| damaged(error.to_string()))?;
        let entry = |key| header.metadata().as_ref().and_then(|all| all.get(key));
        let description = entry(kind.key)
            .ok_or_else(|| damaged(format!("it holds no {} description", kind.key)))?;
        let VersionOnly { version } =
            serde_json::from_str(description).map_err(|error| damaged(error.to_string()))?;
        if version > kind.version {
            return Err(StorageError::NewerVersion {
                path: path.to_path_buf(),
                found: version,
                supported: kind.version,
            });
        }
        let tensors =
            SafeTensors::deserialize(bytes).map_err(|error| damaged(error.to_string()))?;
        let mut all = tensors.tensors();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        let parts = all.iter().map(|(name, view)| (name.as_str(), view.data()));
        if entry(CHECKSUM) != Some(&checksum(parts, description)) {
            return Err(damaged(
                "its checksum does not match its content".to_owned(),
            ));
        }
        let content =
            serde_json::from_str(description).map_err(|error| damaged(error.to_string()))?;
        Ok((content, tensors))
    }
}

fn checksum<'a>(parts: impl Iterator<Item = (&'a str, &'a [u8])>, description: &'a str) -> String {
    digest(
        parts
            .flat_map(|(name, bytes)| [name.as_bytes(), bytes])
            .chain([description.as_bytes()]),
    )
}

/// Numbers from their little-endian bytes.
pub(crate) fn numbers<const N: usize, T>(bytes: &[u8], read: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes
        .as_chunks::<N>()
        .0
        .iter()
        .map(|&chunk| read(chunk))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: FileKind = FileKind {
        key: "geom-test",
        version: 1,
    };

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Description {
        rate: f64,
    }

    fn bytes_of(rate: f64) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let parts = vec![Part::bytes("b", &[1, 2]), Part::bytes("a", &[3])];
        Frame::new(&KIND, &Description { rate }, parts)
            .write(&path)
            .unwrap();
        std::fs::read(&path).unwrap()
    }

    fn read(bytes: &[u8]) -> Result<f64, StorageError> {
        let (description, tensors): (Description, _) =
            Frame::read(&KIND, bytes, Path::new("file"))?;
        assert_eq!(tensors.tensor("b").unwrap().data(), [1, 2]);
        Ok(description.rate)
    }

    #[test]
    fn numbers_in_the_description_read_back_as_themselves() {
        // A fast parser reads the last of these as the number next to it.
        let awkward = [0.049999999999999996, 1e-300, f64::MAX, 0.19665271966527198];
        for rate in awkward {
            assert_eq!(read(&bytes_of(rate)).unwrap(), rate);
        }
    }

    #[test]
    fn every_cut_and_every_flipped_byte_of_the_content_is_noticed() {
        let bytes = bytes_of(0.5);
        for length in 0..bytes.len() {
            let error = read(&bytes[..length]).unwrap_err();
            assert!(matches!(error, StorageError::Damaged { .. }), "{length}");
        }
        let header = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        for position in header..bytes.len() {
            let mut altered = bytes.clone();
            altered[position] ^= 1;
            assert!(read(&altered).is_err(), "byte {position}");
        }
        let text = br#"\"rate\":0.5"#;
        let at = bytes.windows(text.len()).position(|part| part == text);
        let mut altered = bytes;
        altered[at.unwrap() + text.len() - 1] = b'6';
        let error = read(&altered).unwrap_err().to_string();
        assert!(error.contains("checksum"), "{error}");
    }

    #[test]
    fn another_kind_and_a_newer_version_are_refused_by_name() {
        let bytes = bytes_of(0.5);
        let other = FileKind {
            key: "geom-other",
            version: 1,
        };
        let read = |kind: &FileKind| {
            Frame::read::<Description>(kind, &bytes, Path::new("file"))
                .unwrap_err()
                .to_string()
        };
        let error = read(&other);
        assert!(
            error.contains("it holds no geom-other description"),
            "{error}"
        );
        let error = read(&FileKind { version: 0, ..KIND });
        assert!(
            error.contains("version 1, this program reads up to 0"),
            "{error}"
        );
    }
}
