//! The graphs of a table, and how near each is to a tree.

use geom::data::graph::GraphData;
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
        let name = match title {
            "disease" => format!("disease-{}", task.name()),
            other => other.to_owned(),
        };
        let graph = load(&name)?;
        let served = graph.require(task.into());
        served.map_err(geom::train::graph::GraphTrainError::from)?;
        Ok(Self {
            title: title
                .trim_end_matches(&format!("-{}", task.name()))
                .to_owned(),
            hyperbolicity: hyperbolicity(&graph),
            name,
            fingerprint: graph.fingerprint(),
            graph,
        })
    }

    /// Whether runs on it differ by their split as well: always for links, and for classes unless a
    /// split was published with the data.
    pub(crate) fn varies_split(&self, task: GraphTask) -> bool {
        task == GraphTask::Lp || self.graph.split().is_none()
    }
}

fn hyperbolicity(graph: &GraphData) -> Option<SampledHyperbolicity> {
    let mut neighbours = vec![Vec::new(); graph.num_nodes()];
    for &[a, b] in graph.edges() {
        neighbours[a as usize].push(b);
        neighbours[b as usize].push(a);
    }
    let mut indptr = vec![0];
    let mut indices = Vec::new();
    for of_node in neighbours {
        indices.extend(of_node);
        indptr.push(indices.len());
    }
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(0);
    sampled_delta_hyperbolicity(Adjacency::new(&indptr, &indices), QUADRUPLES, &mut rng).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_has_no_hyperbolicity_and_parts_anew_for_every_seed() {
        let disease = Dataset::load("disease", GraphTask::Lp).unwrap();
        let names = (disease.title.as_str(), disease.name.as_str());
        assert_eq!(names, ("disease", "disease-lp"));
        assert_eq!(disease.hyperbolicity.unwrap().maximum, 0.0);
        assert!(disease.varies_split(GraphTask::Nc) && disease.varies_split(GraphTask::Lp));
    }
}
