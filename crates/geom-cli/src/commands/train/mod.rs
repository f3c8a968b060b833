//! `geom train`: a graph network, trained, evaluated and saved.

mod ignored_flags;
mod plan;
mod session;
mod summary;

use rayon::ThreadPoolBuilder;

use crate::args::TrainArguments;
use crate::commands::all_processors;
use crate::error::CliError;
use crate::interrupt::Interrupt;
use crate::printer::Printer;
use geom::keep_freed_memory;
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
    keep_freed_memory();
    let interrupt = Interrupt::listen(printer, "preparing the graph");
    let plan = match &arguments.folder.resume {
        Some(path) => Plan::resumed(arguments, path)?,
        None => Plan::new(arguments)?,
    };
    let threads = arguments.threads.unwrap_or_else(all_processors);
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| {
        CliError::usage(format!("--threads = {threads}: {error}"), "leave it out")
    })?;
    // On one of the workers, which shares loops with the others but never waits for one to wake up
    // where it can do the work itself.
    pool.install(|| {
        let mut session = Session::start(plan, printer)?;
        session.epochs(interrupt.ask("stopping after this epoch"))?;
        session.finish()
    })
}
