//! `geom train`: a graph network, trained, evaluated and saved.

mod auto;
mod ignored_flags;
mod last_epoch;
mod plan;
mod session;
mod summary;

use rayon::ThreadPoolBuilder;

use crate::args::{ModelArgument, TrainArguments};
use crate::commands::all_processors;
use crate::error::CliError;
use crate::interrupt::Interrupt;
use crate::printer::Printer;
use geom::keep_freed_memory;
use geom::nn::models::ModelKind;
use plan::Plan;
use session::Session;
pub(super) use summary::Summary;

pub(crate) fn run(arguments: &TrainArguments) -> Result<(), CliError> {
    let printer = Printer::new(arguments.output);
    if arguments
        .threads
        .is_some_and(|threads| threads == 0 || threads > 1024)
    {
        return Err(CliError::usage(
            "--threads is out of range: 1 to 1024",
            "leave it out",
        ));
    }
    if arguments.budget.is_some() && arguments.model != Some(ModelArgument::Auto) {
        return Err(CliError::usage(
            "--budget is for --model auto",
            "leave it out: --epochs and --patience end the training of one model",
        ));
    }
    keep_freed_memory();
    let interrupt = Interrupt::listen(printer, "preparing the graph");
    let plan = match (&arguments.folder.resume, arguments.model) {
        (Some(path), _) => Some(Plan::resumed(arguments, path)?),
        (None, Some(ModelArgument::Auto)) => None,
        (None, Some(ModelArgument::Kind(model))) => Some(Plan::new(arguments, model)?),
        (None, None) => Some(Plan::new(arguments, ModelKind::Hgcn)?),
    };
    let threads = arguments.threads.unwrap_or_else(all_processors);
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| {
        CliError::usage(format!("--threads = {threads}: {error}"), "leave it out")
    })?;
    // On one of the workers, which shares loops with the others but never waits for one to wake up
    // where it can do the work itself.
    let result = pool.install(|| {
        let Some(plan) = plan else {
            return auto::run(arguments, printer, &interrupt);
        };
        let mut session = Session::start(plan, printer, &interrupt)?;
        session.epochs(&interrupt)?;
        session.finish()
    });
    if result.is_err() {
        // Either this error is told or the interrupt, not both.
        interrupt.close();
    }
    result
}
