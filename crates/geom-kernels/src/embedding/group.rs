//! What one step sees of the relations.

use crate::real::LANES;

/// One node, all its relations, and negatives that these relations share. Its rows are distinct.
#[derive(Clone, Copy, Debug)]
pub struct Group<'g> {
    /// The node $u$.
    pub node: u32,
    /// The nodes it is related to.
    pub relations: &'g [u32],
    /// The weight of each relation's loss; all 1 if absent.
    pub weights: Option<&'g [f32]>,
    /// Negatives, distinct from each other, from the node and from its relations.
    pub negatives: &'g [u32],
    /// How much more a badly ranked relation counts: with the softmax loss $\ell$ of a relation, what is
    /// minimised is $\ell + \frac{\text{focus}}{2}\ell^2$.
    pub focus: f64,
}

impl<'g> Group<'g> {
    /// The weight of the relation at `index`.
    #[inline(always)]
    pub fn weight(&self, index: usize) -> f64 {
        self.weights
            .map_or(1.0, |weights| f64::from(weights[index]))
    }

    /// The row ids of each block of lanes after the node's own: relations, then negatives.
    #[inline(always)]
    pub(super) fn blocks(&self) -> impl Iterator<Item = &'g [u32]> + use<'g> {
        let relations = self.relations.chunks(LANES);
        relations.chain(self.negatives.chunks(LANES))
    }
}
