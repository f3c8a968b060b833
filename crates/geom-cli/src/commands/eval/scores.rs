//! How well an embedding's distances reconstruct its relations, as it is printed.

use std::fmt;
use std::sync::atomic::AtomicBool;

use geom::nn::metrics::FilteredRelations;
use geom::train::embedding::{self, Chance, EmbeddingCheckpoint, EmbeddingTrainError, Extent};
use serde::Serialize;

use crate::dataset::Loaded;
use crate::error::CliError;
use crate::numbers::grouped;
use crate::printer::Printer;

/// What guessing scores, in a line.
pub(crate) fn chance_line(chance: Chance) -> String {
    let Chance { mean_rank, map } = chance;
    format!("mean rank {mean_rank:.3}, MAP {map:.4}, by points scattered at random")
}

/// The scores of an embedding, as they are printed.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Scores {
    pub(crate) mean_rank: f64,
    pub(crate) map: f64,
    /// Whether all nodes were evaluated.
    pub(crate) exact: bool,
    /// The standard errors; 0 if it is exact.
    mean_rank_error: f64,
    map_error: f64,
    pub(crate) evaluated_nodes: usize,
    pub(crate) evaluated_relations: usize,
    /// Nodes that have relations.
    source_nodes: usize,
    /// Relations at the distance of a node that is none.
    tied_relations: usize,
}

impl Scores {
    /// Evaluates nodes of a checkpoint against all nodes.
    pub(crate) fn of(
        checkpoint: &EmbeddingCheckpoint,
        data: &Loaded,
        extent: Extent,
        threads: usize,
        printer: Printer,
    ) -> Result<Self, CliError> {
        let filtered = FilteredRelations {
            ranked: data.positives(),
            known: data.known(),
        };
        Self::of_part(checkpoint, filtered, extent, threads, printer)
    }

    /// Evaluates a part of the relations of a checkpoint against all nodes.
    pub(crate) fn of_part(
        checkpoint: &EmbeddingCheckpoint,
        filtered: FilteredRelations<'_>,
        extent: Extent,
        threads: usize,
        printer: Printer,
    ) -> Result<Self, CliError> {
        let template = "{prefix:<9} {wide_bar} {pos}/{len} nodes  {eta} left";
        let bar = printer.progress_of("evaluating", 0, template);
        bar.set_prefix("evaluate");
        let progress = |done, all| {
            bar.set_length(all);
            bar.inc(done);
        };
        let measured = embedding::evaluate_filtered(
            &checkpoint.points,
            (checkpoint.settings.manifold, checkpoint.settings.dim),
            filtered,
            extent,
            threads,
            // Ctrl-C ends the program.
            (&AtomicBool::new(false), &progress),
        );
        drop(bar);
        let measured = measured.ok_or(EmbeddingTrainError::NoRelations)?;
        let (mean_rank_error, map_error) = measured.standard_errors();
        Ok(Self {
            mean_rank: measured.scores.mean_rank,
            map: measured.scores.map,
            exact: measured.is_exact(),
            mean_rank_error,
            map_error,
            evaluated_nodes: measured.scores.nodes,
            evaluated_relations: measured.scores.relations,
            source_nodes: measured.population,
            tied_relations: measured.scores.tied_relations,
        })
    }

    /// What is to be known of the scores.
    pub(crate) fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if !self.exact {
            remarks.push(format!(
                "evaluated on a sample of {} of {} nodes, with standard errors; geom eval evaluates all",
                grouped(self.evaluated_nodes as u64),
                grouped(self.source_nodes as u64)
            ));
        }
        if self.tied_relations > 0 {
            let share = 100.0 * self.tied_relations as f64 / self.evaluated_relations as f64;
            remarks.push(format!(
                "{} of {} relations ({share:.1} %) are exactly as far as nodes that are none, each of \
                 which counts half",
                grouped(self.tied_relations as u64),
                grouped(self.evaluated_relations as u64)
            ));
        }
        remarks
    }
}

impl fmt::Display for Scores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            mean_rank,
            map,
            mean_rank_error,
            map_error,
            ..
        } = self;
        if self.exact {
            write!(f, "mean rank {mean_rank:.3}, MAP {map:.4}")
        } else {
            write!(
                f,
                "mean rank {mean_rank:.3} ± {mean_rank_error:.3}, MAP {map:.4} ± {map_error:.4}"
            )
        }
    }
}
