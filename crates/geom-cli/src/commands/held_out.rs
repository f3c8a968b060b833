//! How well an embedding predicts the relations that were kept from its training.

use std::fmt;
use std::sync::atomic::AtomicBool;

use geom::train::embedding::{
    ClassificationTask, EmbeddingCheckpoint, Extent, HeldOut, HeldOutPart, LinkPrediction,
    predict_links,
};
use serde::Serialize;

use crate::dataset::Loaded;
use crate::numbers::grouped;
use crate::printer::Printer;

/// The scores of both parts, as `--json` has them.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct HeldOutScores {
    rule: &'static str,
    split_seed: u64,
    /// Relations that were trained on.
    train_relations: usize,
    validation_relations: usize,
    test_relations: usize,
    /// Relations that could have been held out.
    possible_relations: usize,
    /// Relations that are neither trained nor in a part.
    unused_relations: usize,
    validation: Option<Prediction>,
    test: Option<Prediction>,
}

/// How well the held-out relations of one part are predicted.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Prediction {
    mean_rank: f64,
    map: f64,
    hits_at_1: f64,
    hits_at_3: f64,
    hits_at_10: f64,
    roc_auc: Option<f64>,
    /// Whether all nodes with held-out relations were evaluated.
    exact: bool,
    mean_rank_error: f64,
    map_error: f64,
    evaluated_nodes: usize,
    evaluated_relations: usize,
    tied_relations: usize,
    /// Unrelated pairs, which relations are compared with for the area under the curve.
    negatives: usize,
}

impl HeldOutScores {
    /// Evaluates both parts against all nodes.
    pub(crate) fn of(
        checkpoint: &EmbeddingCheckpoint,
        data: &Loaded,
        held_out: &HeldOut,
        (extent, threads): (Extent, usize),
        printer: Printer,
    ) -> Self {
        let of_part = |part, name| {
            let template = "{prefix:<9} {wide_bar} {pos}/{len} nodes  {eta} left";
            let bar = printer.progress_of("evaluating", 0, template);
            bar.set_prefix(name);
            let progress = |done, all| {
                bar.set_length(all);
                bar.inc(done);
            };
            let settings = &checkpoint.settings;
            let found = predict_links(
                &checkpoint.points,
                (settings.manifold, settings.dim),
                held_out,
                part,
                extent,
                threads,
                // Ctrl-C ends the program.
                (&AtomicBool::new(false), &progress),
            );
            drop(bar);
            found.as_ref().map(Prediction::of)
        };
        let relations = |part| held_out.part(part).relations();
        Self {
            rule: held_out.settings().rule.name(),
            split_seed: held_out.settings().split_seed,
            train_relations: data.relations.num_relations(),
            validation_relations: relations(HeldOutPart::Validation),
            test_relations: relations(HeldOutPart::Test),
            possible_relations: held_out.possible(),
            unused_relations: held_out.unused(),
            validation: of_part(HeldOutPart::Validation, "validate"),
            test: of_part(HeldOutPart::Test, "test"),
        }
    }

    /// The parts that there are, by name.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (&'static str, &Prediction)> {
        let parts = [("validation", &self.validation), ("test", &self.test)];
        parts
            .into_iter()
            .filter_map(|(name, part)| Some((name, part.as_ref()?)))
    }

    /// What is to be known of the scores.
    pub(crate) fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        for (name, part) in self.parts() {
            if part.tied_relations > 0 {
                let all = part.evaluated_relations;
                remarks.push(format!(
                    "{} of {} {name} relations ({:.1} %) are exactly as far as nodes that are none, each of \
                     which counts half",
                    grouped(part.tied_relations as u64),
                    grouped(all as u64),
                    100.0 * part.tied_relations as f64 / all as f64
                ));
            }
        }
        remarks
    }
}

impl Prediction {
    fn of(found: &LinkPrediction) -> Self {
        let scores = &found.ranks.scores;
        let (mean_rank_error, map_error) = found.ranks.standard_errors();
        let [hits_at_1, hits_at_3, hits_at_10] = scores.hits();
        Self {
            mean_rank: scores.mean_rank,
            map: scores.map,
            hits_at_1,
            hits_at_3,
            hits_at_10,
            roc_auc: found.roc_auc,
            exact: found.ranks.is_exact(),
            mean_rank_error,
            map_error,
            evaluated_nodes: scores.nodes,
            evaluated_relations: scores.relations,
            tied_relations: scores.tied_relations,
            negatives: found.negatives,
        }
    }
}

/// Relations of cones that are told from others at most, if they were trained: enough for three digits.
const MOST_TRAINED: usize = 50_000;

/// How well relations are told from pairs that are none, as `--json` has it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ClassificationScores {
    /// Whether these are held-out relations, with the threshold of the validation part; else trained ones,
    /// with their own.
    held_out: bool,
    /// Whether they are all there are.
    exact: bool,
    f1: f64,
    precision: f64,
    recall: f64,
    validation_f1: f64,
    threshold: f64,
    /// The weight of the levels in the score; cones have none.
    level: Option<f64>,
    relations: usize,
    others: usize,
    /// Others that were not found.
    missing_others: usize,
}

impl ClassificationScores {
    /// Of the relations held out for the test; none unless both parts have some.
    pub(crate) fn of(checkpoint: &EmbeddingCheckpoint, held_out: &HeldOut) -> Option<Self> {
        let task = ClassificationTask::of(held_out)?;
        Some(Self::by(&task, checkpoint, (true, true)))
    }

    /// Of cones: of held-out relations if there are any, of trained ones otherwise.
    pub(crate) fn of_cones(checkpoint: &EmbeddingCheckpoint, data: &Loaded) -> Option<Self> {
        if let Some(held_out) = &data.held_out {
            return Self::of(checkpoint, held_out);
        }
        let trained = data.positives();
        let seed = checkpoint.settings.seed;
        let task = ClassificationTask::of_trained(trained, MOST_TRAINED, seed)?;
        let exact = trained.relations() <= MOST_TRAINED;
        Some(Self::by(&task, checkpoint, (false, exact)))
    }

    fn by(
        task: &ClassificationTask,
        checkpoint: &EmbeddingCheckpoint,
        (held_out, exact): (bool, bool),
    ) -> Self {
        let found = task.classify(&checkpoint.points, &checkpoint.settings);
        Self {
            held_out,
            exact,
            f1: found.f1,
            precision: found.precision,
            recall: found.recall,
            validation_f1: found.validation_f1,
            threshold: found.threshold,
            level: found.level,
            relations: found.relations,
            others: found.others,
            missing_others: found.missing_others,
        }
    }

    /// What is to be known of the scores.
    pub(crate) fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if !self.held_out {
            let sample = match self.exact {
                true => "",
                false => " that were drawn at random",
            };
            remarks.push(format!(
                "F1 is of {} trained relations{sample}, by the best threshold for these: nothing is held out",
                grouped(self.relations as u64)
            ));
        }
        if self.missing_others > 0 {
            remarks.push(format!(
                "{} of {} pairs that are none were not found, as for the children of a node above nearly all others; \
                 precision is of those there are",
                grouped(self.missing_others as u64),
                grouped((self.others + self.missing_others) as u64)
            ));
        }
        remarks
    }
}

impl fmt::Display for ClassificationScores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "F1 {:.4}, precision {:.4}, recall {:.4}, of {} relations among {} others",
            self.f1,
            self.precision,
            self.recall,
            grouped(self.relations as u64),
            grouped(self.others as u64)
        )
    }
}

impl fmt::Display for Prediction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            mean_rank,
            map,
            mean_rank_error,
            map_error,
            hits_at_10,
            ..
        } = self;
        if self.exact {
            write!(f, "mean rank {mean_rank:.3}, MAP {map:.4}")?;
        } else {
            write!(
                f,
                "mean rank {mean_rank:.3} ± {mean_rank_error:.3}, MAP {map:.4} ± {map_error:.4}"
            )?;
        }
        write!(f, ", hits@10 {hits_at_10:.4}")?;
        match self.roc_auc {
            Some(area) => write!(f, ", ROC AUC {area:.4}"),
            None => Ok(()),
        }
    }
}

/// What is held out, for a line of the account.
pub(crate) fn described(held_out: &HeldOut) -> String {
    let relations = |part| grouped(held_out.part(part).relations() as u64);
    let unused = match held_out.unused() {
        0 => String::new(),
        unused => format!(", {} not used", grouped(unused as u64)),
    };
    format!(
        "{} relations for validation, {} for test{unused}, of {} that may be (rule {}), split {}",
        relations(HeldOutPart::Validation),
        relations(HeldOutPart::Test),
        grouped(held_out.possible() as u64),
        held_out.settings().rule.name(),
        held_out.settings().split_seed
    )
}
