//! Nodes named in a file, and their relations.

use std::path::Path;

use geom::nn::Positives;
use geom::train::storage;

use super::OpenRun;
use crate::error::CliError;
use crate::numbers::counted;
use crate::printer::Printer;

/// Nodes of a run, with the relations that start at them.
pub(super) struct NodeList {
    count: usize,
    offsets: Vec<usize>,
    targets: Vec<u32>,
}

impl NodeList {
    /// Reads the names at `path`, one a line.
    pub(super) fn read(path: &Path, open: &OpenRun, printer: Printer) -> Result<Self, CliError> {
        let text = storage::read_text(path)?;
        let relations = &open.data.relations;
        let mut is_named = vec![false; relations.num_nodes()];
        let (mut blank, mut repeated) = (0, 0);
        for name in text.lines() {
            if name.trim().is_empty() {
                blank += 1;
                continue;
            }
            let node = relations.id(name).or_else(|| relations.id(name.trim()));
            let node = node.ok_or_else(|| CliError::UnknownNode {
                name: name.to_owned(),
                run: open.folder.path().to_path_buf(),
                suggestion: relations.suggest(name).map(str::to_owned),
            })?;
            if std::mem::replace(&mut is_named[node as usize], true) {
                repeated += 1;
            }
        }
        for (count, what) in [(blank, "blank line"), (repeated, "repeated name")] {
            if count > 0 {
                let at = path.display();
                printer.note(format_args!("{at}: {} passed over", counted(count, what)));
            }
        }
        let (mut offsets, mut targets) = (vec![0], Vec::new());
        for (node, &is_named) in is_named.iter().enumerate() {
            if is_named {
                targets.extend_from_slice(relations.targets(node as u32));
            }
            offsets.push(targets.len());
        }
        Ok(Self {
            count: is_named.iter().filter(|&&is_named| is_named).count(),
            offsets,
            targets,
        })
    }

    /// How many nodes are named.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Their relations.
    pub(super) fn relations(&self) -> Positives<'_> {
        Positives::new(&self.offsets, &self.targets)
    }
}
