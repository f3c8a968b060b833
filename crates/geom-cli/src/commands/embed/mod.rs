//! `geom embed`: train, evaluate, save, draw.

mod cones;
mod config;
mod plan;
mod session;

use geom::train::embedding::{EarlyStopping, EmbeddingTrainer, HeldOutPart};

use crate::args::EmbedArguments;
use crate::error::CliError;
use crate::interrupt::Interrupt;
use crate::printer::Printer;
use crate::run_folder::RunFolder;
pub(crate) use plan::check_validates;
use plan::{Folder, Plan};
use session::{Finish, Session, introduce};

pub(crate) fn run(arguments: EmbedArguments) -> Result<(), CliError> {
    let printer = Printer::new(arguments.output);
    let arguments = &config::with_file(arguments)?;
    check_flags(arguments)?;
    let interrupt = Interrupt::listen(printer, "preparing the data");
    let plan = match &arguments.folder.resume {
        Some(path) => Plan::resumed(arguments, path, printer)?,
        None => match cones::start_of(arguments)? {
            Some(run) => Plan::of_cones(arguments, run, printer)?,
            None => Plan::new(arguments, printer)?,
        },
    };
    train(plan, Finish::of(arguments), printer, &interrupt)
}

/// Refuses flags for the end of a run that contradict each other or mean nothing.
fn check_flags(arguments: &EmbedArguments) -> Result<(), CliError> {
    if arguments.eval_sample == Some(0) {
        return Err(CliError::usage(
            "--eval-sample = 0 is out of range: at least 1",
            "leave out the evaluation by --no-eval",
        ));
    }
    Ok(())
}

fn train(
    plan: Plan,
    finish: Finish,
    printer: Printer,
    interrupt: &Interrupt,
) -> Result<(), CliError> {
    let Plan {
        folder,
        description,
        data,
        settings,
        checkpoint,
        start,
        device,
    } = plan;
    let relations = &data.relations;
    let best = checkpoint
        .as_ref()
        .and_then(|checkpoint| checkpoint.best.clone());
    let done = checkpoint
        .as_ref()
        .map_or(0, |checkpoint| checkpoint.epochs);
    let mut trainer = match (checkpoint, start, device) {
        (Some(checkpoint), _, Some(device)) => {
            EmbeddingTrainer::resume_on(relations, checkpoint, &device)?
        }
        (Some(checkpoint), _, None) => EmbeddingTrainer::resume(relations, checkpoint)?,
        (None, Some(start), _) => EmbeddingTrainer::with_start(relations, settings, &start)?,
        (None, None, Some(device)) => EmbeddingTrainer::new_on(relations, settings, &device)?,
        (None, None, None) => EmbeddingTrainer::new(relations, settings)?,
    };
    let epochs = trainer.settings().epochs;
    let folder = interrupt.make("stopping before the first epoch", || {
        let folder = match folder {
            Folder::Existing(folder) => folder,
            Folder::New { path, stem } => RunFolder::create(path, &stem, &description)?,
        };
        if !folder.checkpoint_path().exists() {
            folder.keep(&data)?;
            // From here on the run can be resumed, whenever it is stopped.
            trainer.checkpoint().save(&folder.checkpoint_path())?;
        }
        let run = folder.path().to_path_buf();
        let interrupted = move || CliError::Interrupted {
            epoch: done,
            epochs,
            command: "embed",
            run: run.clone(),
        };
        Ok((folder, interrupted))
    })?;
    introduce(printer, &description, &data, trainer.settings(), done);

    let validates = data
        .held_out
        .as_ref()
        .is_some_and(|held_out| held_out.part(HeldOutPart::Validation).relations() > 0);
    let stopping = validates.then(|| EarlyStopping::new(trainer.settings(), best));
    let mut session = Session::new(folder, description, (done, stopping), printer);
    session.epochs(
        &mut trainer,
        data.held_out.as_ref(),
        interrupt.ask("stopping before the end of this epoch"),
    )?;
    session.finish(&trainer, &data, finish, interrupt)
}
