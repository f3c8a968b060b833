//! Burn's metrics as lines of text, one an epoch.

use std::collections::HashMap;

use burn::train::logger::{EvaluationProgressLogger, TrainingProgressLogger};
use burn::train::metric::{MetricDefinition, MetricId, NumericEntry, format_float};
use burn::train::renderer::{
    EvaluationName, MetricState, MetricsRenderer, MetricsRendererEvaluation,
    MetricsRendererTraining,
};

/// Prints the means of an epoch when it is over.
#[derive(Default)]
pub(crate) struct PlainRenderer {
    names: HashMap<MetricId, String>,
    epochs: usize,
    /// Of the present epoch: `name mean` of each metric.
    train: Vec<String>,
    valid: Vec<String>,
}

impl PlainRenderer {
    fn describe(&self, state: MetricState) -> Option<String> {
        match state {
            MetricState::Numeric(entry, Some(NumericEntry::Final(mean))) => {
                let name = self.names.get(&entry.metric_id)?;
                Some(format!("{name} {}", format_float(mean, 4)))
            }
            // After every batch, the mean so far.
            _ => None,
        }
    }
}

impl MetricsRendererTraining for PlainRenderer {
    fn update_train(&mut self, state: MetricState) {
        let metric = self.describe(state);
        self.train.extend(metric);
    }

    fn update_valid(&mut self, state: MetricState) {
        let metric = self.describe(state);
        self.valid.extend(metric);
    }
}

impl TrainingProgressLogger for PlainRenderer {
    fn start(&mut self, epochs: usize, _first: usize, _items: Option<usize>, _label: Option<&str>) {
        self.epochs = epochs;
    }

    fn update_epoch(&mut self, epoch: usize) {
        let [train, valid] =
            [&mut self.train, &mut self.valid].map(|metrics| std::mem::take(metrics).join(", "));
        println!(
            "epoch {epoch:3}/{}  train {train}  valid {valid}",
            self.epochs
        );
    }

    fn start_split(&mut self, _split: &str, _items: usize) {}
    fn update_split(&mut self, _items: usize) {}
    fn end_split(&mut self) {}
    fn end(&mut self) {}
    fn log_event_training(&mut self, _event: String) {}
}

impl MetricsRenderer for PlainRenderer {
    fn register_metric(&mut self, definition: MetricDefinition) {
        let name = definition.name.to_lowercase();
        self.names.insert(definition.metric_id, name);
    }

    fn manual_close(&mut self) {}
}

// A renderer serves Burn's `Evaluator` too, which has no part in this example.

impl MetricsRendererEvaluation for PlainRenderer {
    fn update_test(&mut self, _name: EvaluationName, _state: MetricState) {}
}

impl EvaluationProgressLogger for PlainRenderer {
    fn start_global_progress(&mut self, _tests: usize) {}
    fn start_test(&mut self, _name: &str, _items: usize) {}
    fn update_test_progress(&mut self, _items: usize) {}
    fn end_test(&mut self) {}
    fn end_global_progress(&mut self) {}
    fn log_event_evaluation(&mut self, _event: String) {}
}
