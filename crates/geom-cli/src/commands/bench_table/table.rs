//! The table itself.

use std::fmt::Write as _;

use geom::nn::models::ModelKind;
use geom::train::graph::{GraphTask, SplitProtocol};
use serde::Serialize;

use super::datasets::Dataset;
use super::published::{Figure, Published};
use super::runs::Finished;
use crate::error::CliError;

/// What one model reached on one dataset.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Cell {
    model: String,
    dataset: String,
    /// Of the score on the test part, from 0 to 1.
    mean: f64,
    /// The standard deviation of a sample; none for a single seed.
    sd: Option<f64>,
    seconds_per_epoch: f64,
    /// The largest of all runs.
    peak_rss_mb: Option<f64>,
    seeds: usize,
}

/// Our figures beside those of others.
pub(super) struct Table<'a> {
    task: GraphTask,
    protocol: SplitProtocol,
    models: &'a [ModelKind],
    datasets: &'a [Dataset],
    epochs: Option<usize>,
    cells: Vec<Cell>,
}

impl<'a> Table<'a> {
    pub(super) fn new(
        (task, protocol): (GraphTask, SplitProtocol),
        models: &'a [ModelKind],
        datasets: &'a [Dataset],
        finished: &[&Finished],
        epochs: Option<usize>,
    ) -> Self {
        let mut cells = Vec::new();
        for &model in models {
            for dataset in datasets {
                let of_cell = finished.iter().copied();
                let of_cell: Vec<&Finished> = of_cell
                    .filter(|run| run.settings.model == model && run.dataset == dataset.name)
                    .collect();
                cells.extend(cell(model, &dataset.title, &of_cell));
            }
        }
        Self {
            task,
            protocol,
            models,
            datasets,
            epochs,
            cells,
        }
    }

    pub(super) fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The table in Markdown, with what its numbers mean above and where they are from below.
    pub(super) fn markdown(&self) -> Result<String, CliError> {
        let published = Published::read().map_err(|error| CliError::PublishedFigures {
            reason: error.to_string(),
        })?;
        let task = self.task;
        let mut text = format!(
            "{}, in percent. Ours: protocol {}, mean ± standard deviation (milliseconds an epoch, \
             seeds).\n",
            match task {
                GraphTask::LinkPrediction => "Link prediction, ROC AUC on the test part",
                GraphTask::NodeClassification =>
                    "Node classification, accuracy on the test part, F1 for two classes",
            },
            self.protocol.name()
        );
        if let Some(epochs) = self.epochs {
            text += &format!("At most {epochs} epochs, not the tuned number.\n");
        }
        text.push('\n');
        let mut row = |name: &str, of: &dyn Fn(&Dataset) -> Option<String>| {
            let cells = self.datasets.iter().map(of);
            let cells: Vec<String> = cells.map(|cell| cell.unwrap_or("–".to_owned())).collect();
            // Writing to a string cannot fail.
            let _ = writeln!(text, "| {name} | {} |", cells.join(" | "));
        };
        row("", &|dataset| Some(dataset.title.clone()));
        row("---", &|_| Some("---".to_owned()));
        row("nodes, edges", &|dataset| {
            let (nodes, edges) = (dataset.graph.num_nodes(), dataset.graph.edges().len());
            Some(format!("{nodes}, {edges}"))
        });
        row("δ-hyperbolicity, largest sampled; mean", &|dataset| {
            let delta = dataset.hyperbolicity?;
            let (mean, error) = (delta.mean, delta.standard_error);
            Some(format!("{}; {mean:.3} ± {error:.3}", delta.maximum))
        });
        for name in ["GCN", "HGCN"] {
            let method = published.method(name);
            row(&format!("{name}, published"), &|dataset| {
                Some(percent(method?.figure(task, dataset.family()?)?))
            });
        }
        row("best published", &|dataset| {
            let (method, figure) = published.best(task, dataset.family()?)?;
            let mark = if method.checked { "" } else { "*" };
            Some(format!("{}, {}{mark}", percent(figure), method.name))
        });
        for &model in self.models {
            row(&format!("{model}, ours"), &|dataset| {
                let name = model.to_string();
                let ours = |cell: &&Cell| cell.model == name && cell.dataset == dataset.title;
                self.cells.iter().find(ours).map(cell_text)
            });
        }
        text.push('\n');
        let mut sources: Vec<String> = Vec::new();
        for dataset in self.datasets {
            let best = dataset
                .family()
                .and_then(|family| published.best(task, family));
            let named = ["GCN", "HGCN"].map(|name| published.method(name));
            for method in named.into_iter().flatten().chain(best.map(|best| best.0)) {
                let mark = if method.checked { "" } else { "* " };
                let source = format!("{mark}{}", method.source);
                if best.is_some() && !sources.contains(&source) {
                    sources.push(source);
                }
            }
            for note in dataset.graph.notes() {
                let _ = writeln!(text, "- {}: {note}", dataset.title);
            }
        }
        for source in sources {
            let _ = writeln!(text, "- Published: {source}.");
        }
        Ok(text)
    }
}

/// Runs of one model on one dataset, if there are any.
fn cell(model: ModelKind, dataset: &str, runs: &[&Finished]) -> Option<Cell> {
    if runs.is_empty() {
        return None;
    }
    let count = runs.len() as f64;
    let average =
        |of: &dyn Fn(&Finished) -> f64| runs.iter().map(|run| of(run)).sum::<f64>() / count;
    let mean = average(&|run| run.test);
    let variance = average(&|run| (run.test - mean).powi(2)) * count / (count - 1.0);
    Some(Cell {
        model: model.to_string(),
        dataset: dataset.to_owned(),
        mean,
        sd: (runs.len() > 1).then(|| variance.sqrt()),
        seconds_per_epoch: average(&|run| run.seconds_per_epoch),
        peak_rss_mb: runs
            .iter()
            .filter_map(|run| run.peak_rss_mb)
            .max_by(f64::total_cmp),
        seeds: runs.len(),
    })
}

fn percent(figure: Figure) -> String {
    match figure.sd {
        Some(sd) => format!("{:.1} ± {sd:.1}", figure.mean),
        None => format!("{:.1}", figure.mean),
    }
}

fn cell_text(cell: &Cell) -> String {
    let figure = Figure {
        mean: 100.0 * cell.mean,
        sd: cell.sd.map(|sd| 100.0 * sd),
    };
    let milliseconds = 1e3 * cell.seconds_per_epoch;
    format!("{} ({milliseconds:.1}, {})", percent(figure), cell.seeds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use geom::train::graph::GraphSettings;

    fn run(test: f64, seconds_per_epoch: f64) -> Finished {
        Finished {
            dataset: "disease-lp".to_owned(),
            data: "a fingerprint".to_owned(),
            settings: GraphSettings::new(ModelKind::Hgcn, GraphTask::LinkPrediction),
            pretrained: None,
            test,
            best_epoch: 1,
            epochs: 2,
            seconds_per_epoch,
            peak_rss_mb: Some(50.0 + test),
        }
    }

    #[test]
    fn a_cell_is_the_mean_with_the_deviation_of_a_sample() {
        let runs = [run(0.90, 0.010), run(0.94, 0.030)];
        let [a, b] = &runs;
        let cell = cell(ModelKind::Hgcn, "disease", &[a, b]).unwrap();
        assert_eq!(cell_text(&cell), "92.0 ± 2.8 (20.0, 2)");
        assert_eq!(cell.peak_rss_mb, Some(50.94));
    }

    #[test]
    fn a_single_seed_has_no_deviation_and_none_has_no_cell() {
        let only = cell(ModelKind::Hgcn, "disease", &[&run(0.9, 0.01)]).unwrap();
        assert_eq!(
            (only.sd, cell_text(&only).as_str()),
            (None, "90.0 (10.0, 1)")
        );
        assert_eq!(cell(ModelKind::Hgcn, "disease", &[]), None);
    }
}
