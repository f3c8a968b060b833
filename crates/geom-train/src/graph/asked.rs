//! What is asked of a model in every epoch, on the device.

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::data::{Targets, TaskData};
use super::settings::GraphSettings;

/// What is asked, on the device.
// One of them in a run: its size does not matter.
#[allow(clippy::large_enum_variant)]
pub(super) enum Asked {
    Classes {
        train: Tensor<1, Int>,
        labels: Tensor<1, Int>,
        /// The links of the graph, if they are learned beside the classes.
        links: Option<Pairs>,
    },
    Links {
        positive: Pairs,
        val: [Pairs; 2],
        test: [Pairs; 2],
    },
}

impl Asked {
    /// Asks for the training part where gradients are tracked, for the others on the device itself.
    pub(super) fn new(data: &TaskData, settings: &GraphSettings, device: &Device) -> Self {
        let tracked = device.clone().autodiff();
        match data.targets() {
            Targets::Classes { labels, split, .. } => {
                let of_train: Vec<u32> = split.train.iter().map(|&v| labels[v as usize]).collect();
                let beside = settings.link_loss > 0.0 && !data.edges().is_empty();
                Self::Classes {
                    train: indices(&split.train, &tracked),
                    labels: indices(&of_train, &tracked),
                    links: beside.then(|| Pairs::new(data.edges(), &tracked)),
                }
            }
            Targets::Links(split) => Self::Links {
                positive: Pairs::new(split.train_pos(), &tracked),
                val: [split.val_pos(), split.val_neg()].map(|pairs| Pairs::new(pairs, device)),
                test: [split.test_pos(), split.test_neg()].map(|pairs| Pairs::new(pairs, device)),
            },
        }
    }
}

/// Pairs of nodes on a device.
#[derive(Clone)]
pub(super) struct Pairs {
    pub(super) from: Tensor<1, Int>,
    pub(super) to: Tensor<1, Int>,
}

impl Pairs {
    pub(super) fn new(pairs: &[[u32; 2]], device: &Device) -> Self {
        let end = |side: usize| {
            let nodes: Vec<u32> = pairs.iter().map(|pair| pair[side]).collect();
            indices(&nodes, device)
        };
        Self {
            from: end(0),
            to: end(1),
        }
    }
}

pub(super) fn indices(nodes: &[u32], device: &Device) -> Tensor<1, Int> {
    let nodes: Vec<i32> = nodes.iter().map(|&node| node as i32).collect();
    let count = nodes.len();
    Tensor::from_data(TensorData::new(nodes, [count]), device)
}
