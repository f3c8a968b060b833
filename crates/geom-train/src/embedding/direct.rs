//! The direct relations inside a transitive closure.

use std::cmp::Reverse;

use geom_nn::Positives;

/// Rounds of looking for the most special relation left, each a pass over the row, before the rest is
/// sorted once: few nodes have more parents.
const ROUNDS: usize = 8;

/// Finds the relations of a node that no other one implies: in the closure of a hierarchy, its parents.
///
/// A relation $u \to t$ is implied by a direct one $u \to s$ if $s \to t$, and $t$ has fewer relations
/// than $s$. In a closure without circles that is the transitive reduction, since the relations of a
/// node include those of all its relations. What is found costs a few passes over the rows of the node
/// and its parents, not a question for each pair of its relations.
#[derive(Debug)]
pub struct DirectRelations<'a> {
    positives: Positives<'a>,
    /// The last search in which a node was found implied, or taken as direct.
    marks: Vec<u32>,
    search: u32,
    candidates: Vec<u32>,
}

impl<'a> DirectRelations<'a> {
    /// Of these relations.
    pub fn new(positives: Positives<'a>) -> Self {
        Self {
            positives,
            marks: vec![0; positives.nodes()],
            search: 0,
            candidates: Vec::new(),
        }
    }

    /// Writes the direct relations of `node` into `out`, ascending.
    pub fn of(&mut self, node: u32, out: &mut Vec<u32>) {
        self.among(node, |_| true, out);
    }

    /// [`of`](Self::of) where the node has only the relations that are `placed`.
    pub(crate) fn among(&mut self, node: u32, placed: impl Fn(u32) -> bool, out: &mut Vec<u32>) {
        out.clear();
        let related = self.positives.of(node).iter().copied();
        self.candidates.clear();
        self.candidates
            .extend(related.filter(|&other| placed(other)));
        if self.search == u32::MAX {
            self.marks.fill(0);
            self.search = 0;
        }
        self.search += 1;
        for _ in 0..ROUNDS {
            let Some(&next) = self
                .candidates
                .iter()
                .min_by_key(|&&other| self.order(other))
            else {
                break;
            };
            self.take(next, out);
            let (marks, search) = (&self.marks, self.search);
            self.candidates
                .retain(|&other| marks[other as usize] != search);
        }
        let mut rest = std::mem::take(&mut self.candidates);
        rest.sort_unstable_by_key(|&other| self.order(other));
        for at in 0..rest.len() {
            if self.marks[rest[at] as usize] != self.search {
                self.take_before(rest[at], &rest[at + 1..], out);
            }
        }
        self.candidates = rest;
        out.sort_unstable();
    }

    /// The most special first: those with the most relations.
    fn order(&self, node: u32) -> (Reverse<usize>, u32) {
        (Reverse(self.positives.of(node).len()), node)
    }

    /// Takes a direct relation, and marks what it implies.
    fn take(&mut self, direct: u32, out: &mut Vec<u32>) {
        out.push(direct);
        self.marks[direct as usize] = self.search;
        let row = self.positives.of(direct);
        for &implied in row {
            if self.positives.of(implied).len() < row.len() {
                self.marks[implied as usize] = self.search;
            }
        }
    }

    /// Takes a direct relation where only `rest`, ordered, is still to be decided: by the shorter way of
    /// marking its row or of asking for each of them.
    fn take_before(&mut self, direct: u32, rest: &[u32], out: &mut Vec<u32>) {
        let row = self.positives.of(direct);
        let equals = rest.partition_point(|&other| self.positives.of(other).len() >= row.len());
        let fewer = &rest[equals..];
        let asking = fewer.len() * (row.len() | 1).ilog2().max(1) as usize;
        if asking >= row.len() {
            return self.take(direct, out);
        }
        out.push(direct);
        self.marks[direct as usize] = self.search;
        for &other in fewer {
            if row.binary_search(&other).is_ok() {
                self.marks[other as usize] = self.search;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geom_data::Relations;

    fn direct(positives: Positives<'_>, node: u32) -> Vec<u32> {
        let mut out = Vec::new();
        DirectRelations::new(positives).of(node, &mut out);
        out
    }

    #[test]
    fn only_relations_that_no_other_implies_are_direct() {
        // 0 <- 1 <- 2 and 0 <- 3; node 4 is related to all of them.
        let positives = Positives::new(&[0, 0, 1, 3, 4, 8], &[0, 0, 1, 0, 0, 1, 2, 3]);
        assert_eq!(direct(positives, 4), [2, 3]);
        let mut out = Vec::new();
        DirectRelations::new(positives).among(4, |other| other != 2, &mut out);
        assert_eq!(out, [1, 3]);
        assert!(direct(positives, 0).is_empty());
    }

    #[test]
    fn in_a_circle_somebody_is_a_parent() {
        // 0 <-> 1, and node 2 is related to both.
        let positives = Positives::new(&[0, 1, 2, 4], &[1, 0, 0, 1]);
        assert_eq!(direct(positives, 2), [0, 1]);
    }

    #[test]
    fn the_closure_of_a_random_hierarchy_is_reduced_as_the_definition_says() {
        // The first nodes are seldom related, and the last to many of them, so that the sorted rest is used.
        let step = |i: u32| i.wrapping_mul(2_654_435_761) >> 7;
        let pairs = (0..120u32).flat_map(|i| {
            let odds = match i {
                ..=60 => 31,
                61..=80 => 9,
                _ => 4,
            };
            let above = move |j: &u32| step(i * 131 + j).is_multiple_of(odds);
            (0..i.min(70)).filter(above).map(move |j| (i, j))
        });
        let name = |node: u32| format!("{node:03}");
        let closure = Relations::from_pairs(pairs.map(|(i, j)| (name(i), name(j))));
        let closure = closure.closure().unwrap();
        let (offsets, targets) = closure.rows();
        let positives = Positives::new(offsets, targets);
        let (mut search, mut found) = (DirectRelations::new(positives), Vec::new());
        let mut most = 0;
        for node in 0..positives.nodes() as u32 {
            let related = positives.of(node);
            let implied = |&other: &u32| related.iter().any(|&by| positives.contains(by, other));
            let expected: Vec<u32> = related
                .iter()
                .copied()
                .filter(|other| !implied(other))
                .collect();
            search.of(node, &mut found);
            assert_eq!(found, expected, "{node}");
            most = most.max(found.len());
        }
        assert!(most > ROUNDS, "{most}");
    }

    #[test]
    fn layers_that_are_all_related_are_reduced_without_a_question_for_each_pair() {
        // Three layers of 700: 1.5 million relations, and 10^9 questions of the naive kind.
        const LAYER: u32 = 700;
        let mut offsets = vec![0];
        let mut targets: Vec<u32> = Vec::new();
        for node in 0..3 * LAYER {
            targets.extend(0..node / LAYER * LAYER);
            offsets.push(targets.len());
        }
        let positives = Positives::new(&offsets, &targets);
        let (mut search, mut found) = (DirectRelations::new(positives), Vec::new());
        for node in 0..3 * LAYER {
            search.of(node, &mut found);
            let above = (node / LAYER).saturating_sub(1) * LAYER;
            assert!(found.iter().copied().eq(above..node / LAYER * LAYER));
        }
    }
}
