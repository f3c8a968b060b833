//! How well cones tell relations from pairs that are none.

use std::time::Instant;

use serde::Serialize;

use crate::args::EvalArguments;
use crate::commands::OpenRun;
use crate::commands::held_out::ClassificationScores;
use crate::error::CliError;
use crate::numbers::counted;
use crate::printer::Printer;

/// What `--json` prints for cones.
#[derive(Debug, Serialize)]
struct Summary {
    run: String,
    epochs: usize,
    classification: Option<ClassificationScores>,
    seconds: f64,
}

/// How well cones tell relations from pairs that are none.
pub(super) fn evaluate(
    arguments: &EvalArguments,
    open: &OpenRun,
    printer: Printer,
) -> Result<(), CliError> {
    for (flag, given) in [
        ("--sample", arguments.sample.is_some()),
        ("--nodes", arguments.nodes.is_some()),
        ("--seed", arguments.seed.is_some()),
        ("--threads", arguments.threads.is_some()),
        ("--baseline", arguments.baseline),
    ] {
        if given {
            return Err(CliError::usage(
                format!(
                    "{flag} is for distances; {} is a run of cones",
                    open.folder.path().display()
                ),
                "leave it out",
            ));
        }
    }
    let start = Instant::now();
    let found = ClassificationScores::of_cones(&open.checkpoint, &open.data);
    let seconds = start.elapsed().as_secs_f64();
    let run = open.folder.path().display();
    let epochs = counted(open.checkpoint.epochs as u64, "epoch");
    printer.line("run", format_args!("{run}, {epochs}"));
    if let Some(found) = &found {
        for line in found.remarks() {
            printer.note(line);
        }
        printer.answer("result", found);
    }
    printer.result(&Summary {
        run: run.to_string(),
        epochs: open.checkpoint.epochs,
        classification: found,
        seconds,
    });
    Ok(())
}
