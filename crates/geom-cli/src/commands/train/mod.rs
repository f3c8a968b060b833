//! `geom train`: a graph network, trained, evaluated and saved.

mod plan;
mod session;

use crate::args::TrainArguments;
use crate::commands::stop_on_interrupt;
use crate::error::CliError;
use crate::printer::Printer;
use plan::Plan;
use session::Session;

pub(crate) use session::Summary;

pub(crate) fn run(arguments: &TrainArguments) -> Result<(), CliError> {
    let printer = Printer::new(arguments.output);
    let stop = stop_on_interrupt();
    let plan = match &arguments.resume {
        Some(path) => Plan::resumed(arguments, path)?,
        None => Plan::new(arguments)?,
    };
    let mut session = Session::start(plan, printer)?;
    session.epochs(&stop)?;
    session.finish()
}
