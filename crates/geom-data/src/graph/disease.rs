//! Disease trees: an infection that spreads down a random tree, by the law of the published ones.
//!
//! Each node has a number of children drawn evenly from a range, to a fixed depth. The root is
//! infected, and only children of an infected node can be. A node's features are normal with mean
//! 0.405 and standard deviation 0.82, correlated by 0.08 among the columns and independent among
//! nodes; with their mean $m$, a child of an infected node is infected with probability
//!
//! $$ p = \sigma(a - 5.18\\, m). $$
//!
//! | | children | depth | columns | $a$ | share of infected children |
//! |---|---|---|---|---|---|
//! | [`Config::link_prediction`] | 1 to 11 | 4 | 10 and a layout coordinate | 2.53 | 0.564 |
//! | [`Config::node_classification`] | 2 to 6 | 5 | 1000 | 2.70 | 0.618 |
//!
//! The constants were fitted to the published `disease_lp`; the features of `disease_nc` cannot be
//! had, so that its law is that of `disease_lp` with more columns, and $a$ chosen for its share.

use super::{GraphData, GraphProblem, Labels, MAX_NODES, SparseRows};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

/// Mean of a feature.
const MEAN: f64 = 0.405;
/// Standard deviation of a feature.
const DEVIATION: f64 = 0.82;
/// Correlation of two features of a node.
const CORRELATION: f64 = 0.08;
/// How fast a larger mean feature protects.
const SLOPE: f64 = -5.18;

/// What kind of tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The name of the graph.
    pub name: String,
    /// Fewest children of a node.
    pub min_children: u32,
    /// Most children of a node.
    pub max_children: u32,
    /// Depth of the leaves; the root has depth 0.
    pub depth: u32,
    /// Number of random features.
    pub features: usize,
    /// Whether a last column tells where the node lies in a drawing of the tree, from -1 to 1.
    pub layout: bool,
    /// Log-odds of infection, below an infected node, of a node whose features have mean 0.
    pub intercept: f64,
}

impl Config {
    /// The larger tree, `disease-lp`.
    pub fn link_prediction() -> Self {
        Self {
            name: "disease-lp".to_owned(),
            min_children: 1,
            max_children: 11,
            depth: 4,
            features: 10,
            layout: true,
            intercept: 2.53,
        }
    }

    /// The deeper tree, `disease-nc`.
    pub fn node_classification() -> Self {
        Self {
            name: "disease-nc".to_owned(),
            min_children: 2,
            max_children: 6,
            depth: 5,
            features: 1_000,
            layout: false,
            intercept: 2.70,
        }
    }
}

/// Makes a tree; equal seeds make equal trees. Nodes are numbered breadth first from the root.
///
/// # Errors
/// [`GraphProblem::Parameter`] for ranges that are empty, [`GraphProblem::TooManyNodes`],
/// [`GraphProblem::EmptyClass`] if the infection took all or none but the root, as may happen in
/// very small trees.
///
/// # Examples
/// ```
/// use geom_data::graph::disease::{Config, generate};
/// let tree = generate(&Config::link_prediction(), 3)?;
/// assert_eq!(tree.edges().len(), tree.num_nodes() - 1);
/// assert_eq!(tree.features().unwrap().width(), 11);
/// # Ok::<(), geom_data::graph::GraphProblem>(())
/// ```
pub fn generate(config: &Config, seed: u64) -> Result<GraphData, GraphProblem> {
    let expected = "at least 1, and at most max_children";
    if config.min_children == 0 || config.min_children > config.max_children {
        let value = config.min_children.to_string();
        return Err(parameter("min_children", value, expected));
    }
    if config.depth == 0 {
        return Err(parameter("depth", "0".to_owned(), "at least 1"));
    }
    if config.features == 0 {
        return Err(parameter("features", "0".to_owned(), "at least 1"));
    }
    if !config.intercept.is_finite() {
        let value = config.intercept.to_string();
        return Err(parameter("intercept", value, "a finite number"));
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let Tree { parents, layout } = grow(config, &mut rng)?;
    let width = config.features + usize::from(config.layout);
    let mut rows = SparseRows::with_width(width);
    let mut infected: Vec<bool> = Vec::with_capacity(parents.len());
    let mut row = Vec::with_capacity(width);
    for (node, parent) in parents.iter().enumerate() {
        let shared: f64 = rng.sample(StandardNormal);
        row.clear();
        row.extend((0..config.features as u32).map(|column| {
            let own: f64 = rng.sample(StandardNormal);
            let normal = CORRELATION.sqrt() * shared + (1.0 - CORRELATION).sqrt() * own;
            (column, (MEAN + DEVIATION * normal) as f32)
        }));
        let sum: f64 = row.iter().map(|(_, value)| f64::from(*value)).sum();
        let mean = sum / config.features as f64;
        let odds = (config.intercept + SLOPE * mean).exp();
        // Drawn for every node, so that one infection more changes no feature after it.
        let falls_ill = rng.random::<f64>() < odds / (1.0 + odds);
        infected.push(parent.is_none_or(|parent| infected[parent as usize] && falls_ill));
        if config.layout {
            row.push((config.features as u32, layout[node] as f32));
        }
        rows.push_row(&row)?;
    }
    let edges = (0..)
        .zip(&parents)
        .filter_map(|(node, parent)| Some([(*parent)?, node]));
    let classes = infected
        .iter()
        .map(|&infected| Some(u32::from(infected)))
        .collect();
    GraphData::builder(config.name.as_str(), parents.len())
        .edges(edges)
        .features(rows)
        .labels(Labels::try_new(classes, 2)?)
        .note(format!(
            "generated by the law of the published tree, seed {seed}"
        ))
        .build()
}

fn parameter(name: &'static str, value: String, expected: &'static str) -> GraphProblem {
    GraphProblem::Parameter {
        name,
        value,
        expected,
    }
}

struct Tree {
    /// The parent of each node; none of the root.
    parents: Vec<Option<u32>>,
    /// Where each node lies: the middle of its share of its parent's interval, the root's is [-1, 1].
    layout: Vec<f64>,
}

fn grow(config: &Config, rng: &mut impl Rng) -> Result<Tree, GraphProblem> {
    let mut parents = vec![None];
    let mut intervals = vec![(-1.0, 1.0)];
    let mut level = 0..1;
    for _ in 0..config.depth {
        for node in level.clone() {
            let children = rng.random_range(config.min_children..=config.max_children);
            let (left, right): (f64, f64) = intervals[node];
            let step = (right - left) / f64::from(children);
            if parents.len() + children as usize > MAX_NODES {
                return Err(GraphProblem::TooManyNodes {
                    nodes: (parents.len() + children as usize) as u64,
                    limit: MAX_NODES,
                });
            }
            for child in 0..children {
                parents.push(Some(node as u32));
                let start = left + step * f64::from(child);
                intervals.push((start, start + step));
            }
        }
        level = level.end..parents.len();
    }
    let layout = intervals.iter().map(|(left, right)| 0.5 * (left + right));
    Ok(Tree {
        layout: layout.collect(),
        parents,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Many trees of a kind: children, infected children of infected nodes, all such children.
    fn counts(config: &Config) -> (f64, f64) {
        let (mut nodes, mut ill, mut exposed) = (0, 0, 0);
        const TREES: u64 = 60;
        for seed in 0..TREES {
            let tree = generate(config, seed).unwrap();
            nodes += tree.num_nodes();
            let classes = tree.labels().unwrap().classes();
            for &[parent, child] in tree.edges() {
                if classes[parent as usize] == Some(1) {
                    exposed += 1;
                    ill += usize::from(classes[child as usize] == Some(1));
                } else {
                    assert_eq!(classes[child as usize], Some(0), "caught from nobody");
                }
            }
        }
        (
            nodes as f64 / TREES as f64,
            f64::from(ill as u32) / f64::from(exposed as u32),
        )
    }

    #[test]
    fn trees_have_the_published_size_and_rate_of_infection() {
        // Means of the law: 1 + 6 + 36 + 216 + 1296 nodes and 1 + 4 + 16 + … + 1024. The spread of
        // one tree is about half its size, so that of 60 about a fifteenth; rates vary by 0.01.
        let (nodes, rate) = counts(&Config::link_prediction());
        assert!((nodes / 1_555.0 - 1.0).abs() < 0.2, "{nodes} nodes");
        assert!((rate - 0.564).abs() < 0.04, "rate {rate}");
        let few_columns = Config {
            features: 200,
            ..Config::node_classification()
        };
        let (nodes, rate) = counts(&few_columns);
        assert!((nodes / 1_365.0 - 1.0).abs() < 0.2, "{nodes} nodes");
        assert!((rate - 0.618).abs() < 0.04, "rate {rate}");
    }

    #[test]
    fn features_follow_their_law() {
        let tree = generate(&Config::link_prediction(), 1).unwrap();
        let features = tree.features().unwrap();
        let (mut sum, mut squares, mut count) = (0.0, 0.0, 0.0);
        for node in 0..tree.num_nodes() {
            for &value in &features.row(node).1[..10] {
                sum += f64::from(value);
                squares += f64::from(value).powi(2);
                count += 1.0;
            }
        }
        let mean = sum / count;
        assert!((mean - MEAN).abs() < 0.03, "{mean}");
        let deviation = (squares / count - mean * mean).sqrt();
        assert!((deviation - DEVIATION).abs() < 0.03, "{deviation}");
        assert_eq!(features.row(0).0.len(), 10, "the root lies at 0");
    }

    #[test]
    fn seeds_make_the_tree_and_bad_ranges_are_refused() {
        let config = Config::node_classification();
        assert_eq!(generate(&config, 1), generate(&config, 1));
        assert_ne!(generate(&config, 1), generate(&config, 2));
        let bad = Config {
            min_children: 7,
            ..config.clone()
        };
        assert!(matches!(
            generate(&bad, 0),
            Err(GraphProblem::Parameter { .. })
        ));
        let bad = Config { depth: 0, ..config };
        assert!(matches!(
            generate(&bad, 0),
            Err(GraphProblem::Parameter { .. })
        ));
    }
}
