//! Embedding settings that work, by name.

use std::num::NonZeroUsize;

use geom_data::Relations;
use serde::{Deserialize, Serialize};

use super::batch::Graph;
use super::cone_negatives::ConeNegatives;
use super::direct::DirectRelations;
use super::schedule::Schedule;
use super::settings::{EmbeddingModel, EmbeddingSettings, Route, Space};
use crate::Format;

/// A set of defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recipe {
    /// Mined negatives from the point where uniform ones have done their work.
    Mined,
    /// Uniform negatives at a constant rate, as in Nickel & Kiela (2017).
    Uniform,
}

/// From how many parents in the mean, over the nodes that have one, there are no extra visits and no focus.
/// Parents that others imply do not count.
///
/// They are for the few nodes of a hierarchy that have a second parent, such as 3 % of WordNet's nouns.
/// Where most have several, visits for all of them are only more epochs. Measured at 1.78: without both,
/// the MAP is better by 0.04 and the time a third less, the mean rank worse by 9 %; at 1.22 and 1.24 they
/// help one hierarchy and harm another; see `docs/benchmarks.md`.
const MANY_PARENTS: f64 = 1.5;

impl Recipe {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Mined, Self::Uniform];

    /// The name, in files and on command lines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mined => "mined",
            Self::Uniform => "uniform",
        }
    }

    /// The settings for embedding `relations`, by the number of their nodes, and of the parents that a
    /// node has.
    pub fn settings_for(
        self,
        manifold: Space,
        dim: usize,
        relations: &Relations,
    ) -> EmbeddingSettings {
        let settings = self.settings(manifold, dim, relations.num_nodes());
        if settings.parent_visits > 0 && mean_parents(relations) >= MANY_PARENTS {
            return EmbeddingSettings {
                focus: 0.0,
                parent_visits: 0,
                ..settings
            };
        }
        settings
    }

    /// The settings for embedding a hierarchy of `nodes` nodes, few of which have several parents.
    pub fn settings(self, manifold: Space, dim: usize, nodes: usize) -> EmbeddingSettings {
        let uniform = EmbeddingSettings {
            model: EmbeddingModel::Distance,
            manifold,
            dim,
            epochs: 300,
            lr: 0.05,
            schedule: Schedule::Constant,
            batch_size: 1,
            focus: 0.0,
            negatives: 50,
            hard_negatives: 0,
            hard_pool: 64,
            hard_start: 0,
            hard_refresh: 10,
            parent_visits: 0,
            growth: None,
            burn_in: 20,
            burn_in_factor: 0.1,
            dampening: 1.0,
            init_scale: 1e-3,
            cone_constant: 0.1,
            cone_margin: 0.01,
            cone_negatives: ConeNegatives::Both,
            patience: None,
            validate_every: 10,
            threads: 1,
            seed: 0,
            dtype: Format::F64,
            route: Route::Fast,
        };
        match self {
            Self::Uniform => uniform,
            // A small graph finds its place from one spot; a large one has to grow.
            Self::Mined if nodes <= 10_000 => EmbeddingSettings {
                epochs: 600,
                schedule: Schedule::Linear,
                hard_negatives: 5,
                hard_start: 50,
                ..uniform
            },
            Self::Mined => EmbeddingSettings {
                epochs: 500,
                schedule: Schedule::Linear,
                hard_negatives: 5,
                hard_start: 10,
                focus: 0.5,
                parent_visits: 4,
                growth: NonZeroUsize::new(2),
                burn_in: 0,
                ..uniform
            },
        }
    }
}

/// How many parents a node has in the mean, of those with any.
fn mean_parents(relations: &Relations) -> f64 {
    let positives = Graph::of(relations).positives;
    let (mut search, mut parents) = (DirectRelations::new(positives), Vec::new());
    let (mut children, mut all) = (0usize, 0usize);
    for node in 0..relations.num_nodes() as u32 {
        search.of(node, &mut parents);
        children += usize::from(!parents.is_empty());
        all += parents.len();
    }
    all as f64 / children.max(1) as f64
}

impl EmbeddingSettings {
    /// Settings for cones of `dim` dimensions.
    ///
    /// # References
    /// Ganea, Bécigneul, Hofmann (2018), section 5, for $K$, margin and number of negatives.
    pub fn of_cones(dim: usize) -> Self {
        Self {
            model: EmbeddingModel::Cones,
            epochs: 300,
            lr: 0.003,
            schedule: Schedule::Linear,
            negatives: 10,
            burn_in: 0,
            ..Recipe::Uniform.settings(Space::PoincareBall, dim, 0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A chain of more nodes than a small graph has, in whose first part every node has `parents`.
    fn large(parents: usize, share: usize) -> Relations {
        let name = |node: usize| format!("n{node}");
        let pairs = (1..10_010usize).flat_map(|node| {
            let count = if node % 10 < share { parents } else { 1 };
            // Parents that are not related to each other.
            (0..count.min(node)).map(move |k| (name(node), name((node - 1) / 2 / (k + 1))))
        });
        Relations::from_pairs(pairs)
    }

    #[test]
    fn where_most_nodes_have_several_parents_none_is_visited_more_often() {
        let of =
            |relations: &Relations| Recipe::Mined.settings_for(Space::PoincareBall, 5, relations);
        let tree = of(&large(1, 10));
        assert_eq!((tree.parent_visits, tree.focus), (4, 0.5));
        let few = of(&large(2, 2));
        assert_eq!((few.parent_visits, few.focus), (4, 0.5));
        let many = of(&large(3, 9));
        assert_eq!((many.parent_visits, many.focus), (0, 0.0));
        assert_eq!(many.growth, tree.growth);
    }

    #[test]
    fn a_mean_is_of_the_nodes_that_have_parents() {
        let relations = [("a", "b"), ("a", "c"), ("d", "b")];
        assert_eq!(mean_parents(&Relations::from_pairs(relations)), 1.5);
    }
}
