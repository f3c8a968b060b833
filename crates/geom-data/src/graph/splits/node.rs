//! Splits of labeled nodes.

use super::SplitProtocol;
use crate::graph::{
    GraphData, GraphProblem, GraphTask, Labels, NodeProportions, NodeSplit, NumpyRandom,
};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// Parts the labeled nodes of `graph`.
///
/// The split that was published with the data comes first, under either protocol. Else
/// [`SplitProtocol::Clean`] parts each class by the `proportions`, rounded, so that the parts are
/// disjoint and alike; [`SplitProtocol::Hgcn`] follows the published code, whose parts overlap where
/// there are more than two classes: [`NodeSplit::overlaps`] tells by how much.
///
/// # Errors
/// [`GraphProblem::TaskNotServed`] without labels of two classes, [`GraphProblem::Parameter`] for
/// shares out of range, [`GraphProblem::EmptySplit`] if there are too few nodes for them.
///
/// # Examples
/// ```
/// use geom_data::graph::{SplitProtocol, disease, node_split};
/// let tree = disease::generate(&disease::Config::node_classification(), 0)?;
/// let split = node_split(&tree, SplitProtocol::Clean, 0, tree.facts().proportions)?;
/// assert!(split.overlaps().is_empty());
/// # Ok::<(), geom_data::graph::GraphProblem>(())
/// ```
pub fn node_split(
    graph: &GraphData,
    protocol: SplitProtocol,
    seed: u32,
    proportions: NodeProportions,
) -> Result<NodeSplit, GraphProblem> {
    graph.require(GraphTask::NodeClassification)?;
    if let Some(split) = graph.split() {
        return Ok(split.clone());
    }
    let NodeProportions { val, test } = proportions;
    for (name, share) in [("val", val), ("test", test)] {
        if !(share > 0.0 && share < 1.0 && val + test < 1.0) {
            return Err(GraphProblem::Parameter {
                name,
                value: share.to_string(),
                expected: "a share above 0, and val and test below 1 together",
            });
        }
    }
    let Some(labels) = graph.labels() else {
        // Checked above; said again rather than assumed.
        return graph
            .require(GraphTask::NodeClassification)
            .map(|()| NodeSplit::default());
    };
    let split = match protocol {
        SplitProtocol::Clean => stratified(labels, proportions, seed),
        SplitProtocol::Hgcn => published(labels, proportions, seed),
    };
    match split.parts().iter().find(|(_, nodes)| nodes.is_empty()) {
        Some((part, _)) => Err(GraphProblem::EmptySplit { part }),
        None => Ok(split),
    }
}

/// Each class parted alike; the parts ascend.
fn stratified(labels: &Labels, proportions: NodeProportions, seed: u32) -> NodeSplit {
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); labels.num_classes()];
    for (node, class) in (0..).zip(labels.classes()) {
        if let Some(class) = class {
            members[*class as usize].push(node);
        }
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed.into());
    let mut split = NodeSplit::default();
    for mut nodes in members {
        nodes.shuffle(&mut rng);
        let of = |share: f64| (share * nodes.len() as f64).round() as usize;
        let val = of(proportions.val).min(nodes.len());
        let test = of(proportions.test).min(nodes.len() - val);
        split.train.extend(nodes.split_off(val + test));
        split.test.extend(nodes.split_off(val));
        split.val.extend(nodes);
    }
    for part in [&mut split.train, &mut split.val, &mut split.test] {
        part.sort_unstable();
    }
    split
}

/// The published steps: nodes that are not of class 0, and nodes that are not of class 1, shuffled
/// one after the other, as many of each held out.
fn published(labels: &Labels, proportions: NodeProportions, seed: u32) -> NodeSplit {
    let mut random = NumpyRandom::new(seed);
    let mut not_of = |excluded| {
        let labeled = (0u32..).zip(labels.classes());
        let kept = labeled.filter(|(_, class)| class.is_some_and(|class| class != excluded));
        let mut nodes: Vec<u32> = kept.map(|(node, _)| node).collect();
        random.shuffle(&mut nodes);
        nodes
    };
    let halves = [not_of(0), not_of(1)];
    let smaller = halves[0].len().min(halves[1].len()) as f64;
    let of = |share: f64| (share * smaller).round_ties_even() as usize;
    let (val, test) = (of(proportions.val), of(proportions.test));
    let mut split = NodeSplit::default();
    for mut nodes in halves {
        let held = (val + test).min(nodes.len());
        split.train.extend(nodes.split_off(held));
        split.test.extend(nodes.split_off(val.min(held)));
        split.val.extend(nodes);
    }
    split
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(classes: Vec<Option<u32>>) -> GraphData {
        let num_classes = classes
            .iter()
            .flatten()
            .max()
            .map_or(0, |c| *c as usize + 1);
        let labels = Labels::try_new(classes.clone(), num_classes).unwrap();
        let graph = GraphData::builder("some", classes.len()).edges([[0, 1]]);
        graph.labels(labels).build().unwrap()
    }

    const SHARES: NodeProportions = NodeProportions {
        val: 0.1,
        test: 0.2,
    };

    #[test]
    fn a_clean_split_parts_every_class_alike() {
        let classes = (0..300u32).map(|node| (node % 4).checked_sub(1)).collect();
        let graph = graph(classes);
        let split = node_split(&graph, SplitProtocol::Clean, 3, SHARES).unwrap();
        assert_eq!(split.check(300, graph.labels()), Ok(()));
        for (_, part) in split.parts() {
            let mut counts = [0; 3];
            for &node in part {
                counts[(node % 4 - 1) as usize] += 1;
            }
            assert!(counts.iter().all(|&count| count == counts[0]), "{counts:?}");
        }
        let sizes = [split.train.len(), split.val.len(), split.test.len()];
        assert_eq!(sizes, [156, 24, 45]);
        let other = node_split(&graph, SplitProtocol::Clean, 4, SHARES).unwrap();
        assert_ne!(split, other);
    }

    #[test]
    fn the_published_split_is_disjoint_for_two_classes_only() {
        let two = graph((0..200).map(|node| Some(node % 2)).collect());
        let two = node_split(&two, SplitProtocol::Hgcn, 1, SHARES).unwrap();
        assert!(two.overlaps().is_empty());
        let four = graph((0..200).map(|node| Some(node % 4)).collect());
        let four = node_split(&four, SplitProtocol::Hgcn, 1, SHARES).unwrap();
        assert!(four.overlaps().train_test > 0);
    }

    #[test]
    fn shares_out_of_range_and_too_few_nodes_are_refused() {
        let six = graph((0..6).map(|node| Some(node % 2)).collect());
        let few = node_split(&six, SplitProtocol::Clean, 0, SHARES);
        assert_eq!(few, Err(GraphProblem::EmptySplit { part: "val" }));
        for share in [0.0, 0.9, f64::NAN] {
            let shares = NodeProportions {
                val: share,
                test: 0.2,
            };
            let refused = node_split(&six, SplitProtocol::Clean, 0, shares);
            assert!(matches!(refused, Err(GraphProblem::Parameter { .. })));
        }
    }
}
