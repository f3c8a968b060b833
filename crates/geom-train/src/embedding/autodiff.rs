//! The route over Burn's tensors and automatic differentiation, for any device.
//!
//! Only the rows that a batch touches are gathered, differentiated, stepped and scattered back, so
//! a batch costs the same on a large table as on a small one.

use std::sync::atomic::Ordering;

use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use geom_core::numerics::to_vec_f64;
use geom_core::{Euclidean, Hyperboloid, Manifold, PoincareBall};
use geom_kernels::embedding::Group;
use geom_nn::losses::ranking_loss;
use geom_optim::{RowGradient, RowSparseSgd, StepMap};

use super::batch::Negatives;
use super::fast::Pass;
use super::settings::{EmbeddingSettings, Space};
use super::table::Table;
use crate::Format;

/// The logarithm of weight zero: far below any distance, finite in every format.
const NO_WEIGHT: f64 = -1e4;

/// A table in training on the autodiff route.
#[derive(Debug)]
pub(crate) struct AutodiffTable {
    space: Space,
    dtype: DType,
    batch_size: usize,
    device: Device,
    table: Tensor<2>,
}

impl AutodiffTable {
    pub(crate) fn new(points: &Table, settings: &EmbeddingSettings, device: Device) -> Self {
        let dtype = settings.dtype.dtype();
        let width = settings.manifold.width(settings.dim);
        let values = points.to_f64();
        let data = TensorData::new(values, [points.len() / width, width]);
        let table = Tensor::from_data(data, (&device, dtype));
        Self {
            space: settings.manifold,
            dtype,
            batch_size: settings.batch_size,
            device,
            table,
        }
    }

    /// The points in the space's ambient coordinates.
    pub(crate) fn points(&self) -> Table {
        let values = to_vec_f64(self.table.clone());
        match self.dtype {
            DType::F32 => Table::of(&values, Format::F32),
            _ => Table::F64(values),
        }
    }

    /// The first row whose squares do not sum to a finite number.
    pub(crate) fn first_not_finite(&self) -> Option<usize> {
        let squares = to_vec_f64(self.table.clone().square().sum_dim(1));
        squares.iter().position(|square| !square.is_finite())
    }

    /// One pass over all groups; returns the summed loss.
    pub(crate) fn epoch(&mut self, pass: &Pass<'_>) -> f64 {
        let order = pass.sampler.order(pass.epoch);
        self.work(pass, &order)
    }

    /// Steps through the groups of `nodes`.
    pub(crate) fn work(&mut self, pass: &Pass<'_>, nodes: &[u32]) -> f64 {
        let mut rng = pass.sampler.worker_stream(pass.epoch, 0);
        let mut loss = 0.0;
        for batch in nodes.chunks(self.batch_size) {
            if pass.stop.load(Ordering::Relaxed) {
                break;
            }
            let mut negatives = vec![Negatives::default(); batch.len()];
            for (&node, negatives) in batch.iter().zip(&mut negatives) {
                pass.sampler
                    .draw(node, pass.epoch, pass.mined, &mut rng, negatives);
            }
            let groups: Vec<Group<'_>> = batch
                .iter()
                .zip(&negatives)
                .map(|(&node, negatives)| pass.sampler.group(node, negatives))
                .collect();
            loss += match self.space {
                Space::PoincareBall => self.step(&PoincareBall::new(1.0), &groups, pass.rate),
                Space::Hyperboloid => self.step(&Hyperboloid::new(1.0), &groups, pass.rate),
                Space::Euclidean => self.step(&Euclidean::new(), &groups, pass.rate),
            };
            (pass.progress)(
                groups
                    .iter()
                    .map(|group| group.relations.len() as u64)
                    .sum(),
            );
        }
        loss
    }

    fn step<M: Manifold>(&mut self, manifold: &M, groups: &[Group<'_>], rate: f64) -> f64 {
        // Owned alone, so that the step can reuse its memory. Were a step to panic, the table would
        // have no rows, and nothing could go on with it unnoticed.
        let empty = Tensor::empty([0, 0], (&self.device, self.dtype));
        let table = std::mem::replace(&mut self.table, empty);
        let plan = BatchIndices::of(groups);
        let ids = self.indices(&plan.rows);
        let points = Tensor::from_inner(table.clone().select(0, ids.clone())).require_grad();
        let device = points.device();

        let distance = |left: &[u32], right: &[u32]| {
            let take = |rows: &[u32]| points.clone().select(0, indices(rows, &device));
            manifold.distance(take(left), take(right))
        };
        let relations = distance(&plan.relation_left, &plan.relation_right);
        let negatives = distance(&plan.negative_left, &plan.negative_right)
            .reshape([groups.len(), plan.negatives])
            .select(0, indices(&plan.relation_group, &device));
        let options = (&device, self.dtype);
        let log_weights = Tensor::<2>::from_data(
            TensorData::new(plan.log_weights.clone(), [groups.len(), plan.negatives]),
            options,
        )
        .select(0, indices(&plan.relation_group, &device));
        let weights = TensorData::new(plan.weights.clone(), [plan.weights.len(), 1]);
        let loss = ranking_loss(relations, negatives, Some(log_weights));
        let focus = groups.first().map_or(0.0, |group| group.focus);
        let loss = if focus == 0.0 {
            loss
        } else {
            loss.clone() + loss.square().mul_scalar(0.5 * focus)
        };
        let loss = (loss * Tensor::<2>::from_data(weights, (&device, self.dtype))).sum();

        let gradients = loss.backward();
        self.table = match points.grad(&gradients) {
            Some(values) => {
                // The retraction of the fast route, so that both take the same steps.
                let sgd = RowSparseSgd::new(StepMap::Retraction);
                sgd.step(manifold, rate, table, RowGradient::from_unique(ids, values))
            }
            None => table,
        };
        loss.into_scalar::<f64>()
    }

    fn indices(&self, rows: &[u32]) -> Tensor<1, Int> {
        indices(rows, &self.device)
    }
}

fn indices(rows: &[u32], device: &Device) -> Tensor<1, Int> {
    let rows: Vec<i32> = rows.iter().map(|&row| row as i32).collect();
    Tensor::from_data(TensorData::new(rows.clone(), [rows.len()]), device)
}

/// A batch as index lists into its own distinct rows.
struct BatchIndices {
    /// The distinct rows, ascending.
    rows: Vec<u32>,
    relation_left: Vec<u32>,
    relation_right: Vec<u32>,
    relation_group: Vec<u32>,
    weights: Vec<f64>,
    /// The longest list of negatives; shorter ones are padded.
    negatives: usize,
    negative_left: Vec<u32>,
    negative_right: Vec<u32>,
    log_weights: Vec<f64>,
}

impl BatchIndices {
    fn of(groups: &[Group<'_>]) -> Self {
        let mut rows: Vec<u32> = groups
            .iter()
            .flat_map(|group| {
                std::iter::once(&group.node)
                    .chain(group.relations)
                    .chain(group.negatives)
            })
            .copied()
            .collect();
        rows.sort_unstable();
        rows.dedup();
        let local = |id: u32| rows.partition_point(|&row| row < id) as u32;
        // At least one, padded if need be: tensors without elements cannot be reshaped.
        let negatives = groups
            .iter()
            .map(|group| group.negatives.len())
            .max()
            .unwrap_or(0)
            .max(1);
        let mut plan = Self {
            relation_left: Vec::new(),
            relation_right: Vec::new(),
            relation_group: Vec::new(),
            weights: Vec::new(),
            negatives,
            negative_left: Vec::new(),
            negative_right: Vec::new(),
            log_weights: Vec::new(),
            rows: Vec::new(),
        };
        for (index, group) in groups.iter().enumerate() {
            let node = local(group.node);
            for (position, &relation) in group.relations.iter().enumerate() {
                plan.relation_left.push(node);
                plan.relation_right.push(local(relation));
                plan.relation_group.push(index as u32);
                plan.weights.push(group.weight(position));
            }
            for position in 0..negatives {
                let negative = group.negatives.get(position);
                plan.negative_left.push(node);
                plan.negative_right
                    .push(negative.map_or(node, |&negative| local(negative)));
                plan.log_weights
                    .push(if negative.is_some() { 0.0 } else { NO_WEIGHT });
            }
        }
        plan.rows = rows;
        plan
    }
}
