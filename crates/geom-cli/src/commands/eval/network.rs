//! The scores of a graph network.

use geom::train::graph::Scores;
use serde::Serialize;

use crate::args::EvalArguments;
use crate::commands::baseline::{flat_network, flat_network_settings};
use crate::error::CliError;
use crate::graph_run::{GraphRun, curvatures, describe};
use crate::numbers::counted;
use crate::printer::Printer;

/// What `--json` prints for a run of `geom train`.
#[derive(Debug, Serialize)]
struct Summary {
    run: String,
    epochs: usize,
    best_epoch: usize,
    /// The sectional curvatures of the spaces of the layers.
    curvatures: Vec<f64>,
    val: Scores,
    test: Scores,
    /// What guessing scores on the test part.
    chance: Scores,
    /// The test scores of the same network in flat space, if they were asked for.
    baseline: Option<Scores>,
}

/// The scores of the best model of a graph network, computed again.
pub(super) fn evaluate(arguments: &EvalArguments, printer: Printer) -> Result<(), CliError> {
    for (flag, given) in [
        ("--sample", arguments.sample.is_some()),
        ("--nodes", arguments.nodes.is_some()),
        ("--seed", arguments.seed.is_some()),
        ("--threads", arguments.threads.is_some()),
    ] {
        if given {
            return Err(CliError::usage(
                format!("{flag} is for runs of geom embed"),
                "leave it out: the scores of a graph network are always exact",
            ));
        }
    }
    let (run, description) = GraphRun::open(&arguments.run)?;
    let description = description.with_dataset(arguments.dataset.as_deref());
    let trainer = run.trainer(&description)?;
    let Some(best) = trainer.best() else {
        return Err(CliError::NoEpoch {
            run: arguments.run.clone(),
        });
    };
    let flat = match arguments.baseline {
        true => Some(flat_network_settings(run.path(), trainer.settings())?),
        false => None,
    };
    let (val, test) = trainer.scores(&best.model)?;
    let epochs = counted(trainer.epochs() as u64, "epoch");
    printer.answer("epoch", format_args!("{}, best of {epochs}", best.epoch));
    let settings = trainer.settings();
    let learned = curvatures(settings, &best.model);
    printer.line("model", format_args!("{}{learned}", describe(settings)));
    for (part, scores) in [("val", &val), ("test", &test)] {
        let ([first, second], [one, two]) = (scores.names(), scores.pair());
        printer.answer(part, format_args!("{first} {one:.4}, {second} {two:.4}"));
    }
    let (_, chance) = trainer.data().chance();
    printer.line("chance", test_line(&chance));
    let baseline = match flat {
        Some(settings) => {
            let of = (run.path(), &description);
            let best = flat_network(settings, &trainer, of, printer)?;
            printer.answer("flat", test_line(&best.test));
            Some(best.test)
        }
        None => None,
    };
    printer.result(&Summary {
        run: run.path().display().to_string(),
        epochs: trainer.epochs(),
        best_epoch: best.epoch,
        curvatures: best.model.encoder.curvatures(),
        val,
        test,
        chance,
        baseline,
    });
    Ok(())
}

/// Scores on the test part in a line.
fn test_line(scores: &Scores) -> String {
    let ([first, second], [one, two]) = (scores.names(), scores.pair());
    format!("{first} {one:.4}, {second} {two:.4} on the test part")
}
