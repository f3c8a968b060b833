//! One file per subcommand.

pub(crate) mod datasets;
pub(crate) mod embed;
pub(crate) mod eval;
pub(crate) mod export;
pub(crate) mod nearest;
pub(crate) mod plot;

use std::num::NonZeroUsize;
use std::path::Path;

use geom::train::checkpoint::Checkpoint;

use crate::dataset::Loaded;
use crate::error::CliError;
use crate::printer::Printer;
use crate::run_folder::RunFolder;

/// As many workers as there are processors.
fn all_processors() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// A saved run with the relations it was trained on.
struct OpenRun {
    folder: RunFolder,
    checkpoint: Checkpoint,
    data: Loaded,
}

impl OpenRun {
    fn open(path: &Path, printer: Printer) -> Result<Self, CliError> {
        let (folder, description) = RunFolder::open(path)?;
        let checkpoint = folder.checkpoint()?;
        let data = description.dataset.load_again(&checkpoint, path, printer)?;
        Ok(Self {
            folder,
            checkpoint,
            data,
        })
    }
}
