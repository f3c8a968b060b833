//! `geom train --model auto`: a few models that suit the data, within a time; the best by validation stays.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use geom::data::graph::GraphData;
use geom::nn::models::ModelKind;
use geom::train::graph::{GraphTask, GraphTrainer};
use geom::train::storage::failpoint;

use super::last_epoch::LastEpoch;
use super::plan::{Candidate, dataset_of, description_of, run_stem, task_of};
use super::session::Session;
use super::summary::Tried;
use crate::args::TrainArguments;
use crate::error::CliError;
use crate::graph_run::{GraphRun, load};
use crate::interrupt::Interrupt;
use crate::numbers::{counted, duration};
use crate::printer::Printer;

/// The budget by default.
const BUDGET: Duration = Duration::from_secs(600);

/// The models that suit a task, the most promising ones first: with features, or without, where networks
/// for links see nothing and a table of points sees all there is.
fn candidates(task: GraphTask, has_features: bool) -> &'static [ModelKind] {
    use ModelKind::*;
    match (task, has_features) {
        (GraphTask::NodeClassification, true) => &[Hgcn, Gcn, Gat, KappaGcn, Sgc, Mlp],
        (GraphTask::NodeClassification, false) => &[Gcn, Hgcn, Gat, KappaGcn],
        (GraphTask::LinkPrediction, true) => &[Hgcn, Gcn, KappaGcn, Hnn, Shallow],
        (GraphTask::LinkPrediction, false) => &[Shallow, Gcn, Hgcn, KappaGcn],
    }
}

/// What a candidate came to.
struct Outcome {
    tried: Tried,
    /// With its epochs, if there is a model.
    run: Option<(GraphTrainer, LastEpoch)>,
}

/// The best model so far, which is saved, and the one that is being tried. Copies share both: one is of the
/// thread that trains, another of the one that hears Ctrl-C.
#[derive(Clone)]
struct Found {
    folder: GraphRun,
    runs: Arc<Mutex<Runs>>,
}

#[derive(Default)]
struct Runs {
    best: Option<LastEpoch>,
    tried: Option<LastEpoch>,
}

impl Found {
    fn new(folder: &GraphRun) -> Self {
        Self {
            folder: folder.clone(),
            runs: Arc::default(),
        }
    }

    fn runs(&self) -> MutexGuard<'_, Runs> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// That a model is being tried from now on.
    fn begin(&self, run: &LastEpoch) {
        self.runs().tried = Some(run.clone());
    }

    /// That it is over; saves it if it is the best so far, and tells whether it is.
    fn end(&self) -> Result<bool, CliError> {
        let mut runs = self.runs();
        let Some(tried) = runs.tried.take() else {
            return Ok(false);
        };
        let is_best = runs.is_best(&tried);
        if is_best {
            tried.save_with_data()?;
            runs.best = Some(tried);
        }
        Ok(is_best)
    }

    /// Saves what is best now, and says that the user stopped it. The program has to end then: the training
    /// waits for that at the end of the model that is being tried.
    fn stop(&self) -> CliError {
        let runs = self.runs();
        let stopped = self.stop_at(&runs);
        // Locked for good, so that nothing else is saved before the program ends.
        mem::forget(runs);
        stopped
    }

    fn stop_at(&self, runs: &Runs) -> CliError {
        if let Some(tried) = runs.tried.as_ref().filter(|run| runs.is_best(run)) {
            return match tried.save_with_data() {
                Ok(()) => tried.interrupted(),
                Err(error) => error,
            };
        }
        if let Some(best) = &runs.best {
            return best.interrupted();
        }
        self.folder.abandon();
        CliError::Left {
            what: "trying the first model",
            run: None,
        }
    }
}

impl Runs {
    /// Whether a run has a better score than the best before.
    fn is_best(&self, run: &LastEpoch) -> bool {
        let before = self.best.as_ref().and_then(LastEpoch::score);
        match (run.score(), before) {
            (Some(score), Some(before)) => score > before,
            (score, None) => score.is_some(),
            (None, Some(_)) => false,
        }
    }
}

pub(super) fn run(
    arguments: &TrainArguments,
    printer: Printer,
    interrupt: &Interrupt,
) -> Result<(), CliError> {
    if arguments.config.is_some() {
        return Err(CliError::usage(
            "--config is for one model, and --model auto tries several",
            "leave it out, or name the model that the file is for",
        ));
    }
    let graph = load(dataset_of(arguments))?;
    let task = task_of(arguments, &graph);
    // A mistake that every candidate would have in common is told before any folder is made.
    let (models, first) = first_of(arguments, &graph, task)?;
    let description = description_of(arguments)?;
    let path = arguments.folder.out.clone();
    let found = interrupt.make("stopping before the end of this epoch", || {
        let folder = GraphRun::create(path, &run_stem("auto", &graph, task), &description)?;
        let found = Found::new(&folder);
        let heard = found.clone();
        Ok((found, move || heard.stop()))
    })?;
    let folder = found.folder.clone();
    let budget = arguments.budget.unwrap_or(BUDGET);
    printer.line(
        "auto",
        format_args!(
            "{} within {}, each with its default settings",
            counted(models.len() as u64, "model"),
            duration(budget.as_secs_f64())
        ),
    );
    let (start, mut first) = (Instant::now(), Some(first));
    let mut all: Vec<Tried> = Vec::new();
    let mut best: Option<Session> = None;
    for (index, &model) in models.iter().enumerate() {
        let left = budget.saturating_sub(start.elapsed());
        if left.is_zero() {
            break;
        }
        let share = left / (models.len() - index) as u32;
        let candidate = match first.take() {
            Some(candidate) => Ok(candidate),
            None => Candidate::new(arguments, &graph, model),
        };
        let Outcome { tried, run } = match candidate {
            Ok(candidate) => train(candidate, share, &found, printer),
            Err(error) => refused(model, &error),
        };
        tell(&tried, printer);
        if let (true, Some(run)) = (found.end()?, run) {
            let (folder, description) = (folder.clone(), description.clone());
            best = Some(Session::chosen(folder, description, run, printer));
        }
        all.push(tried);
    }
    let run = best.as_ref().map(|_| folder.path().to_path_buf());
    interrupt.leave("writing the result", run);
    let Some(session) = best else {
        folder.abandon();
        return Err(CliError::usage(
            "none of the models could be trained",
            "see the notes above for the reasons, or name one by --model",
        ));
    };
    if all.len() < models.len() {
        let rest: Vec<&str> = models[all.len()..]
            .iter()
            .map(|model| model.name())
            .collect();
        printer.note(format_args!(
            "not tried, as the budget was spent: {}",
            rest.join(", ")
        ));
    }
    session.introduce(0);
    session.with_tried(all).finish()
}

/// The models that are tried, and the first of them with its settings and data.
fn first_of(
    arguments: &TrainArguments,
    graph: &GraphData,
    task: GraphTask,
) -> Result<(&'static [ModelKind], Candidate), CliError> {
    let sees_features = !arguments.no_features && arguments.use_features != Some(false);
    let has_features = graph.inputs(task).is_some() && sees_features;
    let models = candidates(task, has_features || arguments.pretrained.is_some());
    Ok((models, Candidate::new(arguments, graph, models[0])?))
}

/// Trains until its patience or its time is over.
fn train(candidate: Candidate, time: Duration, found: &Found, printer: Printer) -> Outcome {
    let Candidate {
        data,
        settings,
        device,
        ignored_flags,
    } = candidate;
    let (model, epochs) = (settings.model, settings.epochs);
    if !ignored_flags.is_empty() {
        let flags = ignored_flags.join(", ");
        printer.note(format_args!("no effect on {model}: {flags}"));
    }
    let start = Instant::now();
    let mut trainer = match GraphTrainer::new(data, settings, &device) {
        Ok(trainer) => trainer,
        Err(error) => return refused(model, &error.into()),
    };
    let template = "{prefix:<9} {wide_bar} {msg}  {elapsed_precise}";
    let bar = printer.progress_of("training", epochs as u64, template);
    bar.set_prefix(model.name());
    let last = LastEpoch::new(found.folder.clone(), Vec::new(), &trainer);
    found.begin(&last);
    let mut problem = None;
    while !trainer.is_finished() && start.elapsed() < time {
        match trainer.epoch() {
            Ok(epoch) => {
                last.advance(epoch, &trainer);
                failpoint::reach("epoch");
                bar.set_position(epoch.epoch as u64);
                bar.set_message(format!(
                    "{}/{epochs}  val {:.4}",
                    epoch.epoch,
                    epoch.val.selection()
                ));
            }
            Err(error) => {
                problem = Some(error.to_string());
                break;
            }
        }
    }
    drop(bar);
    let best = trainer
        .best()
        .map(|best| (best.epoch, best.val.selection()));
    let tried = Tried {
        model,
        val_score: best.map(|(_, score)| score),
        epochs: trainer.epochs(),
        best_epoch: best.map_or(0, |(epoch, _)| epoch),
        seconds: start.elapsed().as_secs_f64(),
        finished: trainer.is_finished(),
        problem,
    };
    Outcome {
        tried,
        run: best.map(|_| (trainer, last)),
    }
}

/// A model that the flags or the data do not allow.
fn refused(model: ModelKind, error: &CliError) -> Outcome {
    Outcome {
        tried: Tried {
            model,
            val_score: None,
            epochs: 0,
            best_epoch: 0,
            seconds: 0.0,
            finished: false,
            problem: Some(error.to_string()),
        },
        run: None,
    }
}

/// Says what a candidate came to.
fn tell(tried: &Tried, printer: Printer) {
    let Tried {
        model,
        val_score,
        epochs,
        seconds,
        finished,
        problem,
        ..
    } = tried;
    let end = match (problem, finished) {
        (Some(problem), _) => format!("; {problem}"),
        (None, true) => String::new(),
        (None, false) => "; cut short by the budget".to_owned(),
    };
    let score = val_score.map_or("no score".to_owned(), |score| format!("val {score:.4}"));
    let epochs = counted(*epochs as u64, "epoch");
    let took = duration(*seconds);
    printer.line(
        "tried",
        format_args!("{model}: {score}, {epochs} in {took}{end}"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_points_come_first_where_there_is_nothing_else_to_see() {
        let links = GraphTask::LinkPrediction;
        assert_eq!(candidates(links, false)[0], ModelKind::Shallow);
        assert_eq!(candidates(links, true)[0], ModelKind::Hgcn);
        let classes = candidates(GraphTask::NodeClassification, false);
        assert!(!classes.contains(&ModelKind::Mlp) && !classes.contains(&ModelKind::Shallow));
    }
}
