//! Relations without circles: what is direct in them, how deep and how broad they are.

use geom::train::embedding::DirectRelations;
use serde::Serialize;

use crate::dataset::Loaded;
use crate::numbers::{counted, grouped};

/// What is to be known of a hierarchy.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Hierarchy {
    nodes: usize,
    relations: usize,
    /// Those that no others imply.
    pub(super) direct_relations: usize,
    /// Whether all that they imply are among the relations.
    pub(super) closed: bool,
    roots: usize,
    leaves: usize,
    several_parents: usize,
    /// Direct relations on the longest way up.
    depth: u32,
    mean_depth: f64,
    most_children: u32,
    /// Of the nodes that have any.
    mean_children: f64,
}

impl Hierarchy {
    /// How many there are of what.
    pub(super) fn counts(&self) -> String {
        format!(
            "{}, {}, {} of them direct; {}, {} ({:.0} %), {} with several parents",
            counted(self.nodes as u64, "node"),
            counted(self.relations as u64, "relation"),
            grouped(self.direct_relations as u64),
            counted(self.roots as u64, "root"),
            match self.leaves {
                1 => "1 leaf".to_owned(),
                leaves => format!("{} leaves", grouped(leaves as u64)),
            },
            100.0 * self.leaves as f64 / self.nodes as f64,
            grouped(self.several_parents as u64)
        )
    }

    pub(super) fn depths(&self) -> String {
        format!("{} at most, {:.2} on average", self.depth, self.mean_depth)
    }

    pub(super) fn branching(&self) -> String {
        format!(
            "{} at most, {:.2} on average of the nodes that have any",
            grouped(self.most_children.into()),
            self.mean_children
        )
    }
}

/// The hierarchy with its direct relations, child first; none if the relations run in circles.
pub(super) fn direct_relations(data: &Loaded) -> Option<(Hierarchy, Vec<[u32; 2]>)> {
    let (relations, positives) = (&data.relations, data.positives());
    let nodes = relations.num_nodes();
    let (mut search, mut found) = (DirectRelations::new(positives), Vec::new());
    let mut direct = Vec::new();
    let mut offsets = vec![0];
    for node in 0..nodes as u32 {
        search.of(node, &mut found);
        direct.extend(found.iter().map(|&parent| [node, parent]));
        offsets.push(direct.len());
    }
    let parents = |node: u32| &direct[offsets[node as usize]..offsets[node as usize + 1]];
    let mut children = vec![0u32; nodes];
    for [_, parent] in &direct {
        children[*parent as usize] += 1;
    }
    // From the leaves up, each after all of its children; what is left over runs in circles.
    let mut waiting = relations.in_degrees();
    let mut order: Vec<u32> = (0..nodes as u32)
        .filter(|&node| waiting[node as usize] == 0)
        .collect();
    let mut next = 0;
    while let Some(&node) = order.get(next) {
        next += 1;
        for &above in relations.targets(node) {
            waiting[above as usize] -= 1;
            if waiting[above as usize] == 0 {
                order.push(above);
            }
        }
    }
    if order.len() < nodes {
        return None;
    }
    let mut depths = vec![0u32; nodes];
    for &node in order.iter().rev() {
        let above = parents(node)
            .iter()
            .map(|pair| depths[pair[1] as usize] + 1);
        depths[node as usize] = above.max().unwrap_or(0);
    }
    let is_closed = |&[child, parent]: &[u32; 2]| {
        let (all, implied) = (relations.targets(child), relations.targets(parent));
        implied.iter().all(|other| all.binary_search(other).is_ok())
    };
    let inner = children.iter().filter(|&&count| count > 0).count();
    let all_depths: u64 = depths.iter().map(|&depth| u64::from(depth)).sum();
    let hierarchy = Hierarchy {
        nodes,
        relations: relations.num_relations(),
        direct_relations: direct.len(),
        closed: direct.iter().all(is_closed),
        roots: (0..nodes as u32)
            .filter(|&node| parents(node).is_empty())
            .count(),
        leaves: nodes - inner,
        several_parents: (0..nodes as u32)
            .filter(|&node| parents(node).len() > 1)
            .count(),
        depth: depths.iter().copied().max().unwrap_or(0),
        mean_depth: all_depths as f64 / nodes.max(1) as f64,
        most_children: children.iter().copied().max().unwrap_or(0),
        mean_children: direct.len() as f64 / inner.max(1) as f64,
    };
    Some((hierarchy, direct))
}

#[cfg(test)]
mod tests {
    use super::*;
    use geom::data::Relations;

    fn hierarchy(pairs: &[(&str, &str)]) -> Option<(Hierarchy, Vec<[u32; 2]>)> {
        let relations = Relations::from_pairs(pairs.iter().copied());
        direct_relations(&Loaded::kept(relations))
    }

    #[test]
    fn a_closure_is_measured_by_its_direct_relations() {
        let edges = [
            ("pug", "dog"),
            ("dog", "pet"),
            ("dog", "canine"),
            ("cat", "pet"),
        ];
        let closure = Relations::from_pairs(edges).closure().unwrap();
        let (of_closure, direct_pairs) = direct_relations(&Loaded::kept(closure)).unwrap();
        let (of_edges, same_pairs) = hierarchy(&edges).unwrap();
        assert_eq!(direct_pairs, same_pairs);
        assert_eq!((of_closure.relations, of_closure.closed), (6, true));
        assert_eq!((of_edges.relations, of_edges.closed), (4, false));
        let expected = Hierarchy {
            nodes: 5,
            relations: 6,
            direct_relations: 4,
            closed: true,
            roots: 2,
            leaves: 2,
            several_parents: 1,
            depth: 2,
            mean_depth: 4.0 / 5.0,
            most_children: 2,
            mean_children: 4.0 / 3.0,
        };
        assert_eq!(of_closure, expected);
    }

    #[test]
    fn circles_are_no_hierarchy() {
        assert_eq!(hierarchy(&[("a", "b"), ("b", "c"), ("c", "a")]), None);
        assert_eq!(hierarchy(&[("a", "b"), ("b", "a")]), None);
    }
}
