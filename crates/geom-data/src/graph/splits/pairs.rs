//! Sets of node pairs `u <= v`, and the pairs they leave out.

/// Pairs `u <= v` of `num_nodes` nodes, for looking up.
#[derive(Clone, Debug)]
pub(super) struct PairSet {
    offsets: Vec<usize>,
    columns: Vec<u32>,
}

impl PairSet {
    /// The set of `pairs`, each `u <= v`, in any order.
    pub(super) fn new(num_nodes: usize, pairs: impl Iterator<Item = [u32; 2]> + Clone) -> Self {
        let mut offsets = vec![0; num_nodes + 1];
        for [u, _] in pairs.clone() {
            offsets[u as usize + 1] += 1;
        }
        for row in 0..num_nodes {
            offsets[row + 1] += offsets[row];
        }
        let mut columns = vec![0; offsets[num_nodes]];
        let mut next = offsets.clone();
        for [u, v] in pairs {
            columns[next[u as usize]] = v;
            next[u as usize] += 1;
        }
        for range in offsets.windows(2) {
            columns[range[0]..range[1]].sort_unstable();
        }
        Self { offsets, columns }
    }

    pub(super) fn row(&self, u: u32) -> &[u32] {
        &self.columns[self.offsets[u as usize]..self.offsets[u as usize + 1]]
    }

    pub(super) fn contains(&self, [u, v]: [u32; 2]) -> bool {
        self.row(u).binary_search(&v).is_ok()
    }

    pub(super) fn len(&self) -> usize {
        self.columns.len()
    }

    /// The pairs `u < v` that are not in the set, and with `diagonal` also `u <= v`, row by row.
    pub(super) fn complement(&self, diagonal: bool) -> impl Iterator<Item = [u32; 2]> + '_ {
        let num_nodes = (self.offsets.len() - 1) as u32;
        (0..num_nodes).flat_map(move |u| {
            let mut taken = self.row(u).iter().peekable();
            (u + u32::from(!diagonal)..num_nodes).filter_map(move |v| {
                while taken.next_if(|&&next| next < v).is_some() {}
                (taken.peek() != Some(&&v)).then_some([u, v])
            })
        })
    }

    /// The pairs at the given places of [`complement`](Self::complement) with its diagonal.
    ///
    /// # Panics
    /// If a place is not below their number.
    pub(super) fn complement_at(&self, places: &[u32]) -> Vec<[u32; 2]> {
        let num_nodes = self.offsets.len() - 1;
        let mut starts = Vec::with_capacity(num_nodes + 1);
        let mut start = 0u64;
        for u in 0..num_nodes {
            starts.push(start);
            start += (num_nodes - u - self.row(u as u32).len()) as u64;
        }
        let pair = |&place: &u32| {
            let u = starts.partition_point(|&start| start <= place.into()) - 1;
            // The pair is `place` steps into the row if no column is taken; each that is taken at or
            // before it pushes it on by one.
            let mut v = u as u32 + (u64::from(place) - starts[u]) as u32;
            for &taken in self.row(u as u32) {
                if taken > v {
                    break;
                }
                v += 1;
            }
            [u as u32, v]
        };
        places.iter().map(pair).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_the_complement_are_found_without_listing_it() {
        let pairs = [[0, 1], [0, 2], [2, 2], [1, 4], [0, 4], [4, 4]];
        let set = PairSet::new(5, pairs.into_iter());
        let listed: Vec<[u32; 2]> = set.complement(true).collect();
        assert_eq!(listed.len(), 15 - 6);
        assert!(listed.iter().all(|&pair| !set.contains(pair)));
        let places: Vec<u32> = (0..9).collect();
        assert_eq!(set.complement_at(&places), listed);
        assert_eq!(set.complement(false).count(), 10 - 4);
    }
}
