//! What a run keeps of its graph in a file of its own: its split, and what nodes and classes are
//! called.

use std::path::Path;

use geom_data::graph::{LinkParts, Names, NodeSplit};
use safetensors::tensor::Dtype;
use serde::{Deserialize, Serialize};

use crate::storage::{FileKind, Frame, Part, StorageError, numbers, read};

const KIND: FileKind = FileKind {
    key: "geom-graph-data",
    version: 1,
};

/// What a run keeps of its graph, so that the same nodes and links stay held out whatever becomes of the
/// file that parted them, and so that nodes keep their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptData {
    /// What nodes and classes are called.
    pub names: Names,
    pub(super) parts: Parts,
}

/// How a graph was parted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Parts {
    Nodes(NodeSplit),
    Links(LinkParts),
}

#[derive(Serialize, Deserialize)]
struct Description {
    nodes: usize,
}

/// The names of the parts in the file.
const NODES: [&str; 3] = ["train", "val", "test"];
const LINKS: [&str; 5] = ["train_pos", "val_pos", "val_neg", "test_pos", "test_neg"];

impl KeptData {
    /// Writes the file in one atomic replacement.
    ///
    /// # Errors
    /// [`StorageError::Io`]; what was at `path` is then unharmed.
    pub fn save(&self, nodes: usize, path: &Path) -> Result<(), StorageError> {
        let le = |numbers: &[u32]| -> Vec<u8> {
            numbers
                .iter()
                .flat_map(|number| number.to_le_bytes())
                .collect()
        };
        let (node, class) = (text_of(self.names.nodes()), text_of(self.names.classes()));
        let parts: Vec<(&'static str, usize, Vec<u8>)> = match &self.parts {
            Parts::Nodes(split) => {
                let parts = split.parts().into_iter().zip(NODES);
                parts
                    .map(|((_, nodes), name)| (name, 1, le(nodes)))
                    .collect()
            }
            Parts::Links(parts) => {
                let all = [
                    &parts.train_pos,
                    &parts.val_pos,
                    &parts.val_neg,
                    &parts.test_pos,
                    &parts.test_neg,
                ];
                let all = all.into_iter().zip(LINKS);
                all.map(|(pairs, name)| (name, 2, le(pairs.as_flattened())))
                    .collect()
            }
        };
        let mut tensors: Vec<Part<'_>> = parts
            .iter()
            .map(|(name, width, bytes)| Part {
                name,
                dtype: Dtype::U32,
                shape: match width {
                    1 => vec![bytes.len() / 4],
                    width => vec![bytes.len() / 4 / width, *width],
                },
                bytes,
            })
            .collect();
        for (name, text) in [("node_names", &node), ("class_names", &class)] {
            if let Some(text) = text {
                tensors.push(Part::bytes(name, text.as_bytes()));
            }
        }
        Frame::new(&KIND, &Description { nodes }, tensors).write(path)
    }

    /// Reads a file; whether it is of some graph is seen when that is prepared with it.
    ///
    /// # Errors
    /// [`StorageError::Io`], [`StorageError::Damaged`], [`StorageError::NewerVersion`].
    pub fn load(path: &Path) -> Result<Self, StorageError> {
        let bytes = read(path)?;
        let damaged = |reason: &str| StorageError::Damaged {
            path: path.to_path_buf(),
            reason: reason.to_owned(),
        };
        let (Description { nodes }, tensors): (Description, _) = Frame::read(&KIND, &bytes, path)?;
        let names = |name: &str| -> Result<Option<Vec<String>>, StorageError> {
            let Ok(tensor) = tensors.tensor(name) else {
                return Ok(None);
            };
            let text = std::str::from_utf8(tensor.data());
            let text = text.map_err(|_| damaged("its names are not UTF-8"))?;
            Ok(Some(text.split('\n').map(str::to_owned).collect()))
        };
        let names = Names::new(names("node_names")?, names("class_names")?);
        if names.nodes().is_some_and(|names| names.len() != nodes) {
            return Err(damaged("it has other numbers of nodes and of names"));
        }
        let list = |name: &str| -> Result<Vec<u32>, StorageError> {
            let tensor = tensors.tensor(name);
            let tensor = tensor.map_err(|error| damaged(&error.to_string()))?;
            let list = numbers(tensor.data(), u32::from_le_bytes);
            match list.iter().all(|&node| (node as usize) < nodes) {
                true => Ok(list),
                false => Err(damaged("a node of its split is out of range")),
            }
        };
        let pairs = |name: &str| -> Result<Vec<[u32; 2]>, StorageError> {
            let list = list(name)?;
            match list.as_chunks::<2>() {
                (pairs, []) => Ok(pairs.to_vec()),
                _ => Err(damaged("a pair of its split has one end")),
            }
        };
        let parts = if tensors.names().contains(&NODES[0]) {
            Parts::Nodes(NodeSplit {
                train: list(NODES[0])?,
                val: list(NODES[1])?,
                test: list(NODES[2])?,
            })
        } else {
            Parts::Links(LinkParts {
                train_pos: pairs(LINKS[0])?,
                val_pos: pairs(LINKS[1])?,
                val_neg: pairs(LINKS[2])?,
                test_pos: pairs(LINKS[3])?,
                test_neg: pairs(LINKS[4])?,
            })
        };
        Ok(Self { names, parts })
    }
}

/// Names in one text; they hold no line break, since they are lines or parts of lines.
fn text_of(names: Option<&[String]>) -> Option<String> {
    names.map(|names| names.join("\n"))
}

#[cfg(test)]
mod tests {
    use geom_data::graph::GraphData;
    use geom_nn::models::ModelKind;

    use super::*;
    use crate::graph::{GraphSettings, GraphTask, GraphTrainError, TaskData};

    fn graph(nodes: u32) -> GraphData {
        let names = (0..nodes).map(|node| format!("n{node}")).collect();
        GraphData::builder("ring", nodes as usize)
            .edges((0..nodes).map(|node| [node, (node + 1) % nodes]))
            .names(Names::new(Some(names), None))
            .build()
            .unwrap()
    }

    #[test]
    fn what_is_loaded_is_what_was_saved_and_the_split_is_taken_from_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.safetensors");
        let mut settings = GraphSettings::new(ModelKind::Gcn, GraphTask::LinkPrediction);
        let data = TaskData::new(&graph(60), &settings).unwrap();
        let kept = KeptData::of(&data);
        kept.save(data.nodes(), &path).unwrap();
        let loaded = KeptData::load(&path).unwrap();
        assert_eq!(loaded, kept);
        // Another seed would part it otherwise.
        settings.split_seed += 1;
        let again = TaskData::with_kept(&graph(60), &settings, &loaded).unwrap();
        assert_eq!(KeptData::of(&again), kept);
        assert_eq!(again.names().node(7), "n7");
        let other = TaskData::with_kept(&graph(61), &settings, &loaded);
        assert!(matches!(other, Err(GraphTrainError::OtherData)));
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
        let error = KeptData::load(&path).unwrap_err();
        assert!(matches!(error, StorageError::Damaged { .. }), "{error}");
    }
}
