//! How often an epoch visits each node.

use geom_nn::Positives;

use super::direct::DirectRelations;

/// How often an epoch visits each node: once, and again for each parent after the first; see
/// [`EmbeddingSettings::parent_visits`](super::EmbeddingSettings::parent_visits).
///
/// A visit trains all relations of the node, so that a node of many parents would cost the square of
/// their number. A pass trains no more than twice the relations: where it would, the nodes with the
/// most visits get fewer, all alike.
#[derive(Clone, Debug)]
pub(crate) struct Visits {
    of: Vec<u32>,
    limit: Option<u32>,
    limited: usize,
}

impl Visits {
    pub(crate) fn new(positives: Positives<'_>, parent_visits: usize) -> Self {
        let nodes = positives.nodes();
        if parent_visits == 0 {
            return Self {
                of: vec![1; nodes],
                limit: None,
                limited: 0,
            };
        }
        let (mut search, mut direct) = (DirectRelations::new(positives), Vec::new());
        let wanted = (0..nodes as u32).map(|node| {
            search.of(node, &mut direct);
            let more = direct.len().saturating_sub(1).saturating_mul(parent_visits);
            u32::try_from(more).unwrap_or(u32::MAX - 1) + 1
        });
        let mut visits = Self {
            of: wanted.collect(),
            limit: None,
            limited: 0,
        };
        visits.bound(positives);
        visits
    }

    /// Lowers the most visits until the extra ones train no more relations than there are.
    fn bound(&mut self, positives: Positives<'_>) {
        let allowed = positives.relations() as u128;
        let extra = |limit: u32| -> u128 {
            let of = self.of.iter().zip(0..);
            of.map(|(&visits, node)| {
                u128::from(visits.min(limit) - 1) * positives.of(node).len() as u128
            })
            .sum()
        };
        let most = self.of.iter().copied().max().unwrap_or(1);
        if extra(most) <= allowed {
            return;
        }
        // The largest limit that is allowed; two visits always are.
        let (mut fits, mut too_many) = (1, most);
        while too_many - fits > 1 {
            let middle = fits + (too_many - fits) / 2;
            if extra(middle) <= allowed {
                fits = middle;
            } else {
                too_many = middle;
            }
        }
        self.limited = self.of.iter().filter(|&&visits| visits > fits).count();
        self.of
            .iter_mut()
            .for_each(|visits| *visits = (*visits).min(fits));
        self.limit = Some(fits);
    }

    /// How often `node` is visited.
    pub(crate) fn of(&self, node: u32) -> usize {
        self.of[node as usize] as usize
    }

    /// The most visits of a node, and how many nodes would have more; none if none would.
    pub(crate) fn limit(&self) -> Option<(usize, usize)> {
        self.limit.map(|limit| (limit as usize, self.limited))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Node 0 is related to `parents` others, which are related to nothing.
    fn star(parents: u32) -> (Vec<usize>, Vec<u32>) {
        let mut offsets = vec![parents as usize; parents as usize + 2];
        offsets[0] = 0;
        (offsets, (1..=parents).collect())
    }

    #[test]
    fn a_node_of_many_parents_costs_no_more_than_twice_its_relations() {
        let (offsets, targets) = star(12_000);
        let positives = Positives::new(&offsets, &targets);
        let visits = Visits::new(positives, 4);
        assert_eq!((visits.of(0), visits.limit()), (2, Some((2, 1))));
    }

    #[test]
    fn few_parents_are_visited_as_often_as_asked() {
        // Node 0 has two parents, and 40 nodes have one.
        let mut offsets = vec![0, 2];
        let mut targets = vec![1, 2];
        offsets.extend([2, 2]);
        for _ in 3..43 {
            targets.push(1);
            offsets.push(targets.len());
        }
        let visits = Visits::new(Positives::new(&offsets, &targets), 4);
        assert_eq!((visits.of(0), visits.of(3), visits.limit()), (5, 1, None));
    }
}
