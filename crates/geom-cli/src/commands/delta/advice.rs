//! Which space, dimension and command suit data: what the guides say, by the numbers.

use serde::Serialize;

use super::network::NetworkFacts;

/// The mean δ of quadruples by their mean distance, below which data count as close to a tree. Trees have 0;
/// of the graphs of the guides, the airports, on which hyperbolic points are best, have 0.046, and the citation
/// graphs, on which curvature hardly matters for classes, 0.056 to 0.058 (`geom delta airport`, and so on).
const TREE_LIKE: f64 = 0.05;

/// The mean distance below which nearly all nodes are neighbors of neighbors, and δ is small whatever the
/// data are like.
const SHORT: f64 = 1.6;

/// Nodes from which on a hierarchy takes more than five dimensions.
const MANY: usize = 10_000;

/// What the data are.
pub(super) enum Subject {
    /// Relations by the name of a dataset or a file.
    Relations {
        data: String,
        is_file: bool,
        /// None of a network.
        is_closed: Option<bool>,
    },
    /// A graph of which features and classes may be known.
    Graph { data: String, has_classes: bool },
}

/// A space, a dimension, and commands to try.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Advice {
    pub(super) space: &'static str,
    pub(super) dim: usize,
    pub(super) reasons: Vec<String>,
    pub(super) commands: Vec<String>,
}

impl Advice {
    /// By the relative δ and the mean distance, if there are any.
    pub(super) fn of(
        subject: &Subject,
        facts: &NetworkFacts,
        relative: Option<f64>,
        mean_distance: Option<f64>,
    ) -> Self {
        let is_short = mean_distance.is_some_and(|distance| distance < SHORT);
        let is_tree_like = relative.is_some_and(|delta| delta < TREE_LIKE) && !is_short;
        let mut reasons = vec![match relative {
            _ if is_short => {
                "nearly all nodes are neighbors of neighbors, so that distances say little: flat \
                              space first"
                    .to_owned()
            }
            Some(0.0) => "a tree, as far as its distances go: hyperbolic space".to_owned(),
            Some(_) if is_tree_like => "close to a tree: hyperbolic space".to_owned(),
            Some(_) => {
                "not close to a tree: flat space first, and hyperbolic space beside it".to_owned()
            }
            None => "too few connected nodes to tell: either space will do".to_owned(),
        }];
        match subject {
            Subject::Relations {
                data,
                is_file,
                is_closed,
            } => {
                let is_hierarchy = is_closed.is_some();
                let dim = if facts.nodes > MANY || !is_hierarchy {
                    10
                } else {
                    5
                };
                // A hierarchy is embedded by what is above what, whatever its distances are.
                let space = if is_tree_like || is_hierarchy {
                    "poincare"
                } else {
                    "euclidean"
                };
                if is_hierarchy && !is_tree_like {
                    reasons.push(
                        "what is above what is a hierarchy all the same: compare both spaces"
                            .to_owned(),
                    );
                }
                reasons.push(format!(
                    "{dim} dimensions; 2 for a picture, and above 20 the advantage of curvature shrinks"
                ));
                let flag = match is_closed {
                    Some(false) if *is_file => " --closure",
                    None if *is_file => " --undirected",
                    _ => "",
                };
                let command = |space: &str| {
                    format!("geom embed --dataset {data}{flag} --manifold {space} --dim {dim}")
                };
                let other = if space == "poincare" {
                    "euclidean"
                } else {
                    "poincare"
                };
                Self {
                    space,
                    dim,
                    reasons,
                    commands: vec![command(space), command(other)],
                }
            }
            Subject::Graph { data, has_classes } => {
                let dim = 16;
                let (task, flat) = if *has_classes {
                    ("nc", "gat")
                } else {
                    ("lp", "gcn")
                };
                if *has_classes {
                    reasons.push(
                        "of classes, features decide as much as the shape of the graph, of which δ says \
                         nothing: train a flat model beside it"
                            .to_owned(),
                    );
                }
                let command = |model: &str, task: &str| {
                    format!("geom train --dataset {data} --model {model} --task {task} --dim {dim}")
                };
                let curved = command("hgcn", if is_tree_like { "lp" } else { task });
                let mut commands = match is_tree_like {
                    true => vec![curved, command(flat, task)],
                    false => vec![command(flat, task), curved],
                };
                if is_tree_like && *has_classes {
                    commands.push(command("shallow", "nc"));
                }
                Self {
                    space: if is_tree_like {
                        "poincare"
                    } else {
                        "euclidean"
                    },
                    dim,
                    reasons,
                    commands,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::network::Network;
    use super::*;

    fn facts(nodes: usize) -> NetworkFacts {
        Network::new(nodes, (1..nodes as u32).map(|node| [node, (node - 1) / 2])).facts()
    }

    #[test]
    fn a_tree_goes_into_the_ball_and_is_closed_first() {
        let subject = |is_closed| Subject::Relations {
            data: "pets.csv".to_owned(),
            is_file: true,
            is_closed,
        };
        let advice = Advice::of(&subject(Some(false)), &facts(31), Some(0.0), Some(4.0));
        assert_eq!((advice.space, advice.dim), ("poincare", 5));
        assert_eq!(
            advice.commands[0],
            "geom embed --dataset pets.csv --closure --manifold poincare --dim 5"
        );
        let advice = Advice::of(&subject(None), &facts(31), Some(0.2), Some(4.0));
        assert_eq!(advice.space, "euclidean");
        assert!(advice.commands[0].contains("--undirected --manifold euclidean --dim 10"));
    }

    #[test]
    fn dense_data_are_not_called_a_tree() {
        let subject = Subject::Graph {
            data: "cora".to_owned(),
            has_classes: true,
        };
        let advice = Advice::of(&subject, &facts(31), Some(0.0), Some(1.0));
        assert_eq!(advice.space, "euclidean");
        assert!(advice.commands[0].contains("--model gat --task nc"));
    }
}
