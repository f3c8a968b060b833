//! WordNet's mammals as a classification task for Burn's data loaders.

use std::collections::BTreeSet;
use std::sync::Arc;

use burn::data::dataloader::batcher::Batcher;
use burn::data::dataloader::{DataLoader, DataLoaderIterator};
use burn::tensor::{Device, Int, Tensor, TensorData};
use geom::data::Relations;

/// What the mammals are sorted into: disjoint subtrees of 20 nodes and more.
pub(crate) const GROUPS: [&str; 10] = [
    "carnivore.n.01",
    "ungulate.n.01",
    "rodent.n.01",
    "primate.n.02",
    "aquatic_mammal.n.01",
    "bat.n.01",
    "metatherian.n.01",
    "lagomorph.n.01",
    "edentate.n.01",
    "insectivore.n.01",
];

/// Every fifth mammal is held out.
const HELD_OUT: usize = 5;

/// A mammal, described by its ancestors below its group; the group is the answer.
#[derive(Clone, Debug)]
pub(crate) struct Mammal {
    pub(crate) name: String,
    /// Positions in [`Mammals::ancestors`].
    pub(crate) ancestors: Vec<usize>,
    /// Position in [`GROUPS`].
    pub(crate) group: usize,
}

pub(crate) struct Mammals {
    /// The nodes that describe others.
    pub(crate) ancestors: Vec<u32>,
    pub(crate) training: Vec<Mammal>,
    pub(crate) held_out: Vec<Mammal>,
}

impl Mammals {
    /// All mammals of the groups, less those that have no ancestor below their group.
    pub(crate) fn new(hierarchy: &Relations) -> Self {
        let groups = GROUPS.map(|name| hierarchy.id(name));
        let is_below = |node: u32, group: usize| {
            groups[group].is_some_and(|group| hierarchy.contains(node, group))
        };
        let mut described = Vec::new();
        for node in 0..hierarchy.num_nodes() as u32 {
            let Some(group) = (0..groups.len()).find(|&group| is_below(node, group)) else {
                continue;
            };
            let targets = hierarchy.targets(node).iter().copied();
            let ancestors: Vec<_> = targets.filter(|&v| is_below(v, group)).collect();
            if !ancestors.is_empty() {
                described.push((node, ancestors, group));
            }
        }
        let lists = described.iter().map(|(_, ancestors, _)| ancestors);
        let ancestors: BTreeSet<_> = lists.flatten().copied().collect();
        let ancestors: Vec<_> = ancestors.into_iter().collect();

        let (mut training, mut held_out) = (Vec::new(), Vec::new());
        for (index, (node, of_node, group)) in described.iter().enumerate() {
            let side = if index % HELD_OUT == 0 {
                &mut held_out
            } else {
                &mut training
            };
            let positions = of_node
                .iter()
                .filter_map(|v| ancestors.binary_search(v).ok());
            side.push(Mammal {
                name: hierarchy.name(*node).to_owned(),
                ancestors: positions.collect(),
                group: *group,
            });
        }
        Self {
            ancestors,
            training,
            held_out,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Batch {
    /// `[batch, ancestors]`: each row is the mean over the ancestors of one mammal.
    pub(crate) means: Tensor<2>,
    /// `[batch]`, positions in [`GROUPS`].
    pub(crate) groups: Tensor<1, Int>,
}

/// Makes batches of mammals that are described by so many ancestors.
pub(crate) struct Batches {
    pub(crate) ancestors: usize,
}

impl Batcher<Mammal, Batch> for Batches {
    fn batch(&self, mammals: Vec<Mammal>, device: &Device) -> Batch {
        let mut means = vec![0f32; mammals.len() * self.ancestors];
        for (row, mammal) in means.chunks_exact_mut(self.ancestors).zip(&mammals) {
            for &ancestor in &mammal.ancestors {
                row[ancestor] = 1.0 / mammal.ancestors.len() as f32;
            }
        }
        let means = TensorData::new(means, [mammals.len(), self.ancestors]);
        let groups: Vec<_> = mammals.iter().map(|mammal| mammal.group as i64).collect();
        Batch {
            means: Tensor::from_data(means, device),
            groups: Tensor::from_data(groups.as_slice(), device),
        }
    }
}

/// A shuffling loader as it is after so many epochs.
///
/// Burn's checkpoints do not hold the state of the shuffle, so a resumed run would see the orders of
/// its first epochs again. Beginning an epoch draws its order and nothing else: the epochs gone by
/// are begun and dropped.
pub(crate) struct After {
    pub(crate) epochs: usize,
    pub(crate) loader: Arc<dyn DataLoader<Batch>>,
}

impl DataLoader<Batch> for After {
    fn iter<'a>(&'a self) -> Box<dyn DataLoaderIterator<Batch> + 'a> {
        self.loader.iter()
    }

    fn num_items(&self) -> usize {
        self.loader.num_items()
    }

    /// What the training loop calls before it begins; the copy has a random stream of its own.
    fn to_device(&self, device: &Device) -> Arc<dyn DataLoader<Batch>> {
        let loader = self.loader.to_device(device);
        for _ in 0..self.epochs {
            drop(loader.iter());
        }
        loader
    }

    fn slice(&self, start: usize, end: usize) -> Arc<dyn DataLoader<Batch>> {
        Arc::new(Self {
            epochs: self.epochs,
            loader: self.loader.slice(start, end),
        })
    }
}
