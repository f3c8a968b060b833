//! The graphs of a table, and how near each is to a tree.

use geom::data::graph::{GraphData, GraphDataset, is_named};
use geom::nn::Adjacency;
use geom::nn::metrics::{SampledHyperbolicity, sampled_delta_hyperbolicity};
use geom::train::graph::GraphTask;
use rand::SeedableRng;

use crate::error::CliError;
use crate::graph_run::load;

/// Quadruples of nodes by which hyperbolicity is told: enough for three digits of the mean, in a
/// breadth-first search for each node of a small graph.
const QUADRUPLES: usize = 2000;

/// A graph of the table.
pub(crate) struct Dataset {
    /// The name of its column.
    pub(crate) title: String,
    /// The name that `geom train` takes.
    pub(crate) name: String,
    pub(crate) graph: GraphData,
    /// Of the graph, with all that is known of its nodes.
    pub(crate) fingerprint: String,
    /// None where it has no four connected nodes.
    pub(crate) hyperbolicity: Option<SampledHyperbolicity>,
}

impl Dataset {
    /// Loads the graph that the table calls `title`, which must be able to serve the task.
    pub(crate) fn load(title: &str, task: GraphTask) -> Result<Self, CliError> {
        // A family stands for the graph of it that suits the task.
        let of_family = || GraphDataset::of_family(title, task);
        let name = match is_named(title) {
            true => title,
            false => of_family().map_or(title, |dataset| dataset.name),
        };
        let graph = load(name)?;
        let served = graph.require(task);
        served.map_err(geom::train::graph::GraphTrainError::from)?;
        let facts = graph.facts();
        let is_usual = facts.usual_task == task;
        Ok(Self {
            // The published tables call it so.
            title: match facts
                .family
                .filter(|_| is_usual || facts.dataset == facts.family)
            {
                Some(family) => family.to_owned(),
                None => name.to_owned(),
            },
            hyperbolicity: hyperbolicity(&graph),
            name: name.to_owned(),
            fingerprint: graph.fingerprint(),
            graph,
        })
    }

    /// What published figures of it are kept by; none unless this is the published task.
    pub(crate) fn family(&self) -> Option<&'static str> {
        let family = self.graph.facts().family;
        family.filter(|family| *family == self.title)
    }

    /// Whether runs on it differ by their split as well: always for links, and for classes unless a
    /// split was published with the data.
    pub(crate) fn varies_split(&self, task: GraphTask) -> bool {
        task == GraphTask::LinkPrediction || self.graph.split().is_none()
    }
}

fn hyperbolicity(graph: &GraphData) -> Option<SampledHyperbolicity> {
    let mut neighbors = vec![Vec::new(); graph.num_nodes()];
    for &[a, b] in graph.edges() {
        neighbors[a as usize].push(b);
        neighbors[b as usize].push(a);
    }
    let mut offsets = vec![0];
    let mut indices = Vec::new();
    for of_node in neighbors {
        indices.extend(of_node);
        offsets.push(indices.len());
    }
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(0);
    sampled_delta_hyperbolicity(Adjacency::new(&offsets, &indices), QUADRUPLES, &mut rng).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_has_no_hyperbolicity_and_parts_anew_for_every_seed() {
        let disease = Dataset::load("disease", GraphTask::LinkPrediction).unwrap();
        let names = (disease.title.as_str(), disease.name.as_str());
        assert_eq!(names, ("disease", "disease-lp"));
        assert_eq!(disease.hyperbolicity.unwrap().maximum, 0.0);
        assert!(
            disease.varies_split(GraphTask::NodeClassification)
                && disease.varies_split(GraphTask::LinkPrediction)
        );
    }
}
