//! The CPU route: closed-form gradients, vectorized, lock-free.
//!
//! Worker threads share the table without locks (Recht et al. 2011, *Hogwild!*): two workers rarely
//! touch one row at a time, and a lost update is one step among millions. With one thread the
//! result is reproducible to the bit.

use std::sync::atomic::{AtomicBool, Ordering};

use geom_kernels::embedding::{RowSums, Scratch, SharedTable, group_gradient, group_step};
use geom_kernels::geometry::hyperboloid;
use geom_kernels::real::Real;
use geom_nn::sampling::HardNegatives;

use super::batch::{Negatives, Sampler};
use super::evaluation::metric;
use super::settings::{EmbeddingSettings, Space};

/// Groups a worker handles between two reports of progress.
const REPORT: usize = 256;

/// A table in training on the fast route.
#[derive(Debug)]
pub(crate) struct FastTable<T: Real> {
    space: Space,
    table: SharedTable<T>,
    batch_size: usize,
    threads: usize,
}

/// What one epoch is to do.
pub(crate) struct Pass<'a> {
    pub(crate) sampler: &'a Sampler<'a>,
    pub(crate) mined: Option<&'a HardNegatives>,
    pub(crate) epoch: usize,
    pub(crate) rate: f64,
    /// Called with the number of relations just done.
    pub(crate) progress: &'a (dyn Fn(u64) + Sync),
    /// Once raised, the rest of the pass is left out.
    pub(crate) stop: &'a AtomicBool,
    /// Which rows move; all if absent. Only the fast route keeps rows in their places.
    pub(crate) moves: Option<&'a [bool]>,
}

impl<T: Real> FastTable<T> {
    /// Takes over `points` in the space's ambient coordinates.
    pub(crate) fn new(points: &[T], settings: &EmbeddingSettings) -> Self {
        let dim = settings.dim;
        let table = match settings.manifold {
            Space::PoincareBall | Space::Euclidean => SharedTable::new(points, dim),
            Space::Hyperboloid => {
                let spatial: Vec<T> = points
                    .chunks_exact(dim + 1)
                    .flat_map(|point| &point[1..])
                    .copied()
                    .collect();
                SharedTable::new(&spatial, dim)
            }
        };
        Self {
            space: settings.manifold,
            table,
            batch_size: settings.batch_size,
            threads: settings.threads,
        }
    }

    /// The points in the space's ambient coordinates.
    pub(crate) fn points(&self) -> Vec<T> {
        let values = self.table.values();
        match self.space {
            Space::PoincareBall | Space::Euclidean => values,
            Space::Hyperboloid => values
                .chunks_exact(self.table.dim())
                .flat_map(hyperboloid::point_of)
                .collect(),
        }
    }

    /// The first row whose squares do not sum to a finite number.
    pub(crate) fn first_not_finite(&self) -> Option<usize> {
        let of_point = |spatial: T| match self.space {
            Space::PoincareBall | Space::Euclidean => spatial,
            // The time coordinate's square is 1 more than theirs.
            Space::Hyperboloid => spatial + spatial + T::one(),
        };
        let mut squares = self.table.squares();
        squares.position(|square| !of_point(square).is_finite())
    }

    /// One pass over all groups; returns the summed loss.
    pub(crate) fn epoch(&self, pass: &Pass<'_>) -> f64 {
        let order = pass.sampler.order(pass.epoch);
        let share = order.len().div_ceil(self.threads).max(1);
        let mut shares = order.chunks(share).enumerate();
        let first = shares.next();
        std::thread::scope(|scope| {
            let others: Vec<_> = shares
                .map(|(worker, nodes)| scope.spawn(move || self.work(pass, worker, nodes)))
                .collect();
            let own = first.map_or(0.0, |(worker, nodes)| self.work(pass, worker, nodes));
            others
                .into_iter()
                .fold(own, |sum, handle| match handle.join() {
                    Ok(loss) => sum + loss,
                    Err(panic) => std::panic::resume_unwind(panic),
                })
        })
    }

    /// The share of one worker.
    pub(crate) fn work(&self, pass: &Pass<'_>, worker: usize, nodes: &[u32]) -> f64 {
        let mut rng = pass.sampler.worker_stream(pass.epoch, worker);
        let rate = T::from_f64(pass.rate);
        let metric = metric(self.space);
        let mut scratch = Scratch::new(self.table.dim());
        let mut negatives = Negatives::default();
        let mut sums = RowSums::new(self.table.dim());
        let mut loss = 0.0;
        let mut done = 0;
        for (index, batch) in nodes.chunks(self.batch_size).enumerate() {
            if pass.stop.load(Ordering::Relaxed) {
                break;
            }
            for &node in batch {
                pass.sampler
                    .draw(node, pass.epoch, pass.mined, &mut rng, &mut negatives);
                let group = pass.sampler.group(node, &negatives);
                done += group.relations.len() as u64;
                if self.batch_size == 1 && pass.moves.is_none() {
                    loss += group_step(metric, &self.table, &group, rate, &mut scratch);
                    continue;
                }
                loss += group_gradient(metric, &self.table, &group, rate, &mut scratch);
                sums.add(&group, pass.moves, &scratch);
            }
            if self.batch_size > 1 || pass.moves.is_some() {
                sums.apply(metric, &self.table, &mut scratch);
            }
            if index % REPORT == REPORT - 1 {
                (pass.progress)(std::mem::take(&mut done));
            }
        }
        (pass.progress)(done);
        loss
    }
}
