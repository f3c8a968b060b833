//! `geom predict`: the predictions of a graph network for nodes or links.

mod classes;
mod links;
mod selection;

use geom::train::graph::{NodeModel, Targets};
use serde::Serialize;

use crate::args::PredictArguments;
use crate::error::CliError;
use crate::graph_run::GraphRun;
use crate::numbers::{counted, grouped};
use crate::printer::Printer;

use classes::ClassPrediction;
use links::LinkPrediction;

/// The output of `--json`.
#[derive(Debug, Serialize)]
struct Predictions<'a, T> {
    predictions: Vec<T>,
    /// The names of the classes in the order of `probabilities`, if they have any.
    #[serde(skip_serializing_if = "Option::is_none")]
    classes: Option<&'a [String]>,
    /// Of missing links: whether all pairs were compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    exact: Option<bool>,
    /// The sectional curvatures of the spaces of the layers.
    curvatures: Vec<f64>,
    notes: Vec<String>,
}

impl<'a, T> Predictions<'a, T> {
    fn of(predictions: Vec<T>, model: &NodeModel) -> Self {
        Self {
            predictions,
            classes: None,
            exact: None,
            curvatures: model.encoder.curvatures(),
            notes: Vec::new(),
        }
    }
}

pub(crate) fn run(arguments: &PredictArguments) -> Result<(), CliError> {
    let printer = Printer::new(arguments.output);
    let (run, description) = GraphRun::open(&arguments.run)?;
    let description = description.with_dataset(arguments.dataset.as_deref());
    let trainer = run.trainer(&description)?;
    let Some(best) = trainer.best() else {
        return Err(CliError::NoEpoch {
            run: arguments.run.clone(),
        });
    };
    let (data, model) = (trainer.data(), &best.model);
    match data.targets() {
        Targets::Classes(targets) => {
            let nodes = selection::nodes(arguments, data, targets)?;
            let predictions = classes::predict(&trainer, model, &nodes, targets)?;
            for prediction in &predictions {
                printer.answer(&prediction.label(), prediction);
            }
            printer.result(&Predictions {
                classes: data.names().classes(),
                ..Predictions::<ClassPrediction>::of(predictions, model)
            });
        }
        Targets::Links(split) => {
            let (pairs, missing) = match arguments.top {
                Some(most) => {
                    let missing = links::missing(&trainer, model, most, printer)?;
                    let pairs = missing.links.iter().map(|link| link.nodes).collect();
                    (pairs, Some(missing))
                }
                None => (selection::pairs(arguments, data, split)?, None),
            };
            let mut notes = Vec::new();
            if let Some(missing) = &missing {
                let found = missing.links.len();
                let of = grouped(missing.candidates);
                notes.push(match missing.is_exact {
                    true => format!("the {found} most probable of all pairs ({of}) that are no links"),
                    false => format!(
                        "the {found} most probable of {of} pairs that have a common neighbor and are no links; \
                         other pairs were not compared in a graph of {}",
                        counted(data.nodes() as u64, "node")
                    ),
                });
            }
            for note in &notes {
                printer.note(note);
            }
            let predictions = links::predict(&trainer, model, &pairs, split)?;
            for prediction in &predictions {
                printer.answer(&prediction.label(), prediction);
            }
            printer.result(&Predictions {
                exact: missing.map(|missing| missing.is_exact),
                notes,
                ..Predictions::<LinkPrediction>::of(predictions, model)
            });
        }
    }
    Ok(())
}
