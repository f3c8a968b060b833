//! The same training in flat space, to see what curvature does.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use geom::nn::models::ModelKind;
use geom::train::embedding::{
    EmbeddingCheckpoint, EmbeddingSettings, EmbeddingTrainer, Route, Space,
};
use geom::train::graph::{Best, GraphSettings, GraphTrainer};

use crate::dataset::Loaded;
use crate::error::CliError;
use crate::graph_run::{GraphDescription, device};
use crate::printer::Printer;

fn refused(run: &Path, reason: &str, hint: &str) -> CliError {
    CliError::usage(format!("--baseline: {} {reason}", run.display()), hint)
}

/// The settings of an embedding in flat space of the same dimension; none if it is in it already.
pub(super) fn flat_embedding_settings(
    run: &Path,
    settings: &EmbeddingSettings,
) -> Result<EmbeddingSettings, CliError> {
    if settings.manifold == Space::Euclidean {
        let hint = "compare it with a run in another space, by geom compare";
        return Err(refused(run, "is in flat space itself", hint));
    }
    Ok(EmbeddingSettings {
        manifold: Space::Euclidean,
        // It takes the same steps as the other, wherever there is no such device.
        route: Route::Fast,
        ..settings.clone()
    })
}

/// An embedding of the same relations by these settings, of as many epochs as the run has done.
pub(super) fn flat_embedding(
    settings: EmbeddingSettings,
    checkpoint: &EmbeddingCheckpoint,
    data: &Loaded,
    printer: Printer,
) -> Result<EmbeddingCheckpoint, CliError> {
    let mut trainer = EmbeddingTrainer::new(&data.relations, settings)?;
    let template = "{prefix:<9} {wide_bar} {pos}/{len} relations  {eta} left";
    let bar = printer.progress_of("training", trainer.planned_relations(), template);
    bar.set_prefix("baseline");
    // Ctrl-C ends the program: nothing of this is kept.
    let never = AtomicBool::new(false);
    while trainer.epochs_done() < checkpoint.epochs && !trainer.is_finished() {
        trainer.epoch_until(&never, &|done| bar.inc(done))?;
    }
    Ok(trainer.checkpoint())
}

/// The settings of a graph network in flat space, if it has such a form and is not in it already.
fn flattened(settings: &GraphSettings) -> Result<GraphSettings, (&'static str, &'static str)> {
    let is_flat =
        settings.manifold.is_euclidean() || settings.curvature == 0.0 && !settings.learn_curvature;
    if is_flat {
        return Err((
            "is in flat space itself",
            "compare it with a run in another space, by geom compare",
        ));
    }
    match settings.model {
        ModelKind::HyboNet => Err((
            "is of hybonet, which has no flat form",
            "train gcn on the same data, and use geom compare",
        )),
        // Its space has curvature of either sign, and none between.
        ModelKind::KappaGcn => Ok(GraphSettings {
            curvature: 0.0,
            learn_curvature: false,
            ..settings.clone()
        }),
        _ => Ok(GraphSettings {
            manifold: geom::core::ManifoldKind::Euclidean.into(),
            learn_curvature: false,
            ..settings.clone()
        }),
    }
}

/// The settings of the same network in flat space.
pub(super) fn flat_network_settings(
    run: &Path,
    settings: &GraphSettings,
) -> Result<GraphSettings, CliError> {
    flattened(settings).map_err(|(reason, hint)| refused(run, reason, hint))
}

/// The best epoch of a network with these settings, on the same split.
pub(super) fn flat_network(
    settings: GraphSettings,
    trainer: &GraphTrainer,
    (run, description): (&Path, &GraphDescription),
    printer: Printer,
) -> Result<Best, CliError> {
    let device = device(description.backend, settings.dtype)?;
    let template = "{prefix:<9} {wide_bar} {pos}/{len} epochs  {elapsed_precise}";
    let bar = printer.progress_of("training", settings.epochs as u64, template);
    bar.set_prefix("baseline");
    let mut flat = GraphTrainer::new(trainer.data().clone(), settings, &device)?;
    while !flat.is_finished() {
        flat.epoch()?;
        bar.inc(1);
    }
    let best = flat.best().cloned();
    best.ok_or_else(|| CliError::NoEpoch {
        run: run.to_path_buf(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use geom::train::graph::GraphTask;

    #[test]
    fn every_model_that_has_one_is_given_its_flat_form() {
        for model in ModelKind::ALL {
            let settings = GraphSettings::new(model, GraphTask::LinkPrediction);
            match flattened(&settings) {
                Ok(flat) => {
                    assert!(flat.check().is_ok(), "{model}");
                    assert!(flattened(&flat).is_err(), "{model}");
                }
                Err(_) => assert!(model.is_flat() || model == ModelKind::HyboNet, "{model}"),
            }
        }
    }
}
