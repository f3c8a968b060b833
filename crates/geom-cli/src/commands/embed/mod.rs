//! `geom embed`: train, evaluate, save, draw.

mod plan;
mod session;

use std::sync::atomic::AtomicBool;

use geom::train::embedding::EmbeddingTrainer;

use crate::args::EmbedArguments;
use crate::commands::stop_on_interrupt;
use crate::error::CliError;
use crate::printer::Printer;
use crate::run_folder::RunFolder;
use plan::{Folder, Plan};
use session::{Session, introduce};

pub(crate) fn run(arguments: &EmbedArguments) -> Result<(), CliError> {
    let printer = Printer::new(arguments.output);
    let stop = stop_on_interrupt(printer, "stopping after this epoch");
    let plan = match &arguments.folder.resume {
        Some(path) => Plan::resumed(arguments, path, printer)?,
        None => Plan::new(arguments, printer)?,
    };
    train(plan, printer, &stop)
}

fn train(plan: Plan, printer: Printer, stop: &AtomicBool) -> Result<(), CliError> {
    let Plan {
        folder,
        description,
        data,
        settings,
        checkpoint,
        device,
    } = plan;
    let relations = &data.relations;
    let done = checkpoint
        .as_ref()
        .map_or(0, |checkpoint| checkpoint.epochs);
    let mut trainer = match (checkpoint, device) {
        (Some(checkpoint), Some(device)) => {
            EmbeddingTrainer::resume_on(relations, checkpoint, &device)?
        }
        (Some(checkpoint), None) => EmbeddingTrainer::resume(relations, checkpoint)?,
        (None, Some(device)) => EmbeddingTrainer::new_on(relations, settings, &device)?,
        (None, None) => EmbeddingTrainer::new(relations, settings)?,
    };
    let folder = match folder {
        Folder::Existing(folder) => folder,
        Folder::At(path) => RunFolder::create(path, &description)?,
        Folder::Numbered(stem) => RunFolder::create_numbered(&stem, &description)?,
    };
    if !folder.checkpoint_path().exists() {
        // From here on the run can be resumed, whenever it is stopped.
        trainer.checkpoint().save(&folder.checkpoint_path())?;
    }
    introduce(printer, &description, relations, trainer.settings(), done);

    let mut session = Session::new(folder, description, done, printer);
    session.epochs(&mut trainer, stop)?;
    session.finish(&trainer, &data)
}
