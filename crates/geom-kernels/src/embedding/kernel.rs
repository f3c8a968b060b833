//! The closed-form gradient of one node's ranking loss, and the step it leads to.

use super::group::Group;
use super::space::{Ball, Flat, Hyperboloid, Space, retract, similarity};
use super::table::SharedTable;
use crate::geometry::Metric;
use crate::real::{LANES, Lanes, Real};
use crate::vectorized;

/// Buffers of one worker: the rows a group touches, in lanes.
///
/// Block 0 is the node itself, repeated in every lane; then come the blocks of its relations, then
/// those of its negatives. `coordinates` and `steps` hold `dim` lanes a block.
#[derive(Debug)]
pub struct Scratch<T: Real> {
    dim: usize,
    coordinates: Vec<Lanes<T>>,
    steps: Vec<Lanes<T>>,
    gaps: Vec<Lanes<T>>,
    chords: Vec<Lanes<T>>,
    factors: Vec<Lanes<T>>,
    similarities: Vec<Lanes<T>>,
    coefficients: Vec<Lanes<T>>,
}

impl<T: Real> Scratch<T> {
    /// Buffers for rows of so many numbers.
    pub fn new(dim: usize) -> Self {
        Self {
            dim,
            coordinates: Vec::new(),
            steps: Vec::new(),
            gaps: Vec::new(),
            chords: Vec::new(),
            factors: Vec::new(),
            similarities: Vec::new(),
            coefficients: Vec::new(),
        }
    }

    fn resize(&mut self, blocks: usize) {
        let zero = [T::zero(); LANES];
        self.coordinates.resize(blocks * self.dim, zero);
        self.steps.resize(blocks * self.dim, zero);
        for lanes in [
            &mut self.gaps,
            &mut self.chords,
            &mut self.factors,
            &mut self.similarities,
            &mut self.coefficients,
        ] {
            lanes.resize(blocks, zero);
        }
    }

    /// The tangent step computed for the row at `lane` of `block`, coordinate by coordinate.
    pub(super) fn step(&self, block: usize, lane: usize) -> impl Iterator<Item = T> + '_ {
        self.steps[block * self.dim..(block + 1) * self.dim]
            .iter()
            .map(move |coordinate| coordinate[lane])
    }
}

/// Fills `scratch` with the descent step of every row that `group` touches, and returns the loss.
///
/// With $p_w = e^{-d(u,w)}$ and $S = \sum_{n} p_n$ over the negatives, the loss of node
/// $u$ is $\sum_v -\ln \frac{p_v}{p_v+S}$ over its relations, so
/// $\partial/\partial d(u,v) = S/(p_v+S)$ and
/// $\partial/\partial d(u,n) = -p_n \sum_v 1/(p_v+S)$, each relation's part times
/// $1 + \text{focus} \cdot \ell_v$ if there is focus.
#[inline(always)]
fn gradient<T: Real, S: Space>(
    table: &SharedTable<T>,
    group: &Group<'_>,
    rate: T,
    scratch: &mut Scratch<T>,
) -> f64 {
    let dim = scratch.dim;
    let relation_blocks = group.relations.len().div_ceil(LANES);
    let total_blocks = 1 + relation_blocks + group.negatives.len().div_ceil(LANES);
    scratch.resize(total_blocks);

    table.gather(&[group.node; LANES], &mut scratch.coordinates[..dim]);
    let (x, others) = scratch.coordinates.split_at_mut(dim);
    scratch.gaps[0] = S::decode(x);
    let gap_x = scratch.gaps[0][0];

    let mut sum = T::zero();
    for (block, ids) in group.blocks().enumerate() {
        let index = block + 1;
        let y = &mut others[block * dim..(block + 1) * dim];
        table.gather(ids, y);
        scratch.gaps[index] = S::decode(y);
        let mut chord = [T::zero(); LANES];
        for (a, b) in x.iter().zip(y.iter()) {
            for lane in 0..LANES {
                let difference = a[lane] - b[lane];
                chord[lane] += difference * difference;
            }
        }
        let (near, factor) = similarity::<T, S>(&chord, gap_x, &scratch.gaps[index]);
        if block >= relation_blocks {
            for &value in &near[..ids.len()] {
                sum += value;
            }
        }
        scratch.chords[index] = chord;
        scratch.factors[index] = factor;
        scratch.similarities[index] = near;
    }

    // Without focus one logarithm does for up to eight relations: their likelihoods are multiplied
    // first.
    let mut loss = 0.0;
    let mut likelihood = 1.0;
    let mut inverse = T::zero();
    for (block, ids) in group.blocks().enumerate() {
        let near = scratch.similarities[block + 1];
        let coefficients = &mut scratch.coefficients[block + 1];
        *coefficients = [T::zero(); LANES];
        for lane in 0..ids.len() {
            if block < relation_blocks {
                let weight = group.weight(block * LANES + lane);
                let total = (near[lane] + sum).max(T::min_positive_value()).recip();
                let share = (near[lane] * total).into_f64();
                let slope = if weight == 1.0 && group.focus == 0.0 && lane % 8 != 7 {
                    likelihood *= share;
                    1.0
                } else {
                    let own = -share.max(f64::MIN_POSITIVE).ln();
                    loss += weight * own * (1.0 + 0.5 * group.focus * own);
                    weight * (1.0 + group.focus * own)
                };
                coefficients[lane] = T::from_f64(slope) * sum * total;
                inverse += T::from_f64(slope) * total;
            } else {
                coefficients[lane] = -near[lane] * inverse;
            }
        }
        loss -= likelihood.max(f64::MIN_POSITIVE).ln();
        likelihood = 1.0;
    }

    let (own, rest) = scratch.steps.split_at_mut(dim);
    own.fill([T::zero(); LANES]);
    for block in 0..total_blocks - 1 {
        let index = block + 1;
        let y = &others[block * dim..(block + 1) * dim];
        let step = &mut rest[block * dim..(block + 1) * dim];
        let gap_y = scratch.gaps[index];
        let mut along_x = [T::zero(); LANES];
        let mut along_y = [T::zero(); LANES];
        for lane in 0..LANES {
            let scaled = -rate * scratch.coefficients[index][lane] * scratch.factors[index][lane];
            along_x[lane] = scaled / gap_y[lane];
            along_y[lane] = scaled / gap_x;
        }
        let chord = scratch.chords[index];
        for axis in 0..dim {
            for lane in 0..LANES {
                let difference = x[axis][lane] - y[axis][lane];
                let (mut from_x, mut from_y) = (gap_x * difference, -gap_y[lane] * difference);
                if S::CURVED {
                    from_x += chord[lane] * x[axis][lane];
                    from_y += chord[lane] * y[axis][lane];
                }
                own[axis][lane] += along_x[lane] * from_x;
                step[axis][lane] = along_y[lane] * from_y;
            }
        }
    }
    for coordinate in own {
        let mut total = T::zero();
        for &value in coordinate.iter() {
            total += value;
        }
        *coordinate = [total; LANES];
    }
    loss
}

/// Moves every row of the group by its step. Rows of one group are distinct.
#[inline(always)]
fn descend<T: Real, S: Space>(table: &SharedTable<T>, group: &Group<'_>, scratch: &mut Scratch<T>) {
    let dim = scratch.dim;
    let own = [group.node];
    for (index, ids) in std::iter::once(own.as_slice())
        .chain(group.blocks())
        .enumerate()
    {
        let y = &mut scratch.coordinates[index * dim..(index + 1) * dim];
        let step = &scratch.steps[index * dim..(index + 1) * dim];
        let gap = retract::<T, S>(y, step, &scratch.gaps[index]);
        S::encode(y, &gap);
        table.scatter(ids, y);
    }
}

#[inline(always)]
pub(super) fn gradient_body<T: Real>(
    metric: Metric,
    table: &SharedTable<T>,
    group: &Group<'_>,
    rate: T,
    scratch: &mut Scratch<T>,
) -> f64 {
    match metric {
        Metric::Ball => gradient::<T, Ball>(table, group, rate, scratch),
        Metric::Hyperboloid => gradient::<T, Hyperboloid>(table, group, rate, scratch),
        Metric::Flat => gradient::<T, Flat>(table, group, rate, scratch),
    }
}

#[inline(always)]
pub(super) fn step_body<T: Real>(
    metric: Metric,
    table: &SharedTable<T>,
    group: &Group<'_>,
    rate: T,
    scratch: &mut Scratch<T>,
) -> f64 {
    let loss = gradient_body(metric, table, group, rate, scratch);
    match metric {
        Metric::Ball => descend::<T, Ball>(table, group, scratch),
        Metric::Hyperboloid => descend::<T, Hyperboloid>(table, group, scratch),
        Metric::Flat => descend::<T, Flat>(table, group, scratch),
    }
    loss
}

/// Moves up to one row a lane by steps summed over a batch; `steps` holds `dim` numbers a row.
#[inline(always)]
fn move_rows<T: Real, S: Space>(
    table: &SharedTable<T>,
    ids: &[u32],
    steps: &[T],
    scratch: &mut Scratch<T>,
) {
    let dim = scratch.dim;
    scratch.resize(1);
    table.gather(ids, &mut scratch.coordinates[..dim]);
    for (lane, row) in steps.chunks_exact(dim).enumerate() {
        for (coordinate, &value) in scratch.steps.iter_mut().zip(row) {
            coordinate[lane] = value;
        }
    }
    let y = &mut scratch.coordinates[..dim];
    let gap = S::decode(y);
    let gap = retract::<T, S>(y, &scratch.steps[..dim], &gap);
    S::encode(y, &gap);
    table.scatter(ids, y);
}

#[inline(always)]
fn move_rows_body<T: Real>(
    metric: Metric,
    table: &SharedTable<T>,
    ids: &[u32],
    steps: &[T],
    scratch: &mut Scratch<T>,
) {
    match metric {
        Metric::Ball => move_rows::<T, Ball>(table, ids, steps, scratch),
        Metric::Hyperboloid => move_rows::<T, Hyperboloid>(table, ids, steps, scratch),
        Metric::Flat => move_rows::<T, Flat>(table, ids, steps, scratch),
    }
}

vectorized! {
    /// One group's loss, its steps left in `scratch`; the table is not changed. On the hyperboloid the table
    /// holds the spatial coordinates alone.
    ///
    /// With $p_w = e^{-d(u,w)}$ and $S = \sum_{n} p_n$ over the negatives, the loss of node $u$ is
    /// $\sum_v -\ln \frac{p_v}{p_v+S}$ over its relations, with [`Group::weights`] and [`Group::focus`].
    ///
    /// # Panics
    /// If a row is not in the table.
    pub fn group_gradient<T: Real>(
        metric: Metric, table: &SharedTable<T>, group: &Group<'_>, rate: T, scratch: &mut Scratch<T>,
    ) -> f64 = gradient_body;
}

vectorized! {
    /// One group's loss; its rows are moved at once by the [`group_gradient`] times `-rate`.
    ///
    /// # Panics
    /// If a row is not in the table.
    pub fn group_step<T: Real>(
        metric: Metric, table: &SharedTable<T>, group: &Group<'_>, rate: T, scratch: &mut Scratch<T>,
    ) -> f64 = step_body;
}

vectorized! {
    /// Moves the rows `ids` (at most one a lane) by `steps`.
    pub(super) fn rows_step<T: Real>(
        metric: Metric, table: &SharedTable<T>, ids: &[u32], steps: &[T], scratch: &mut Scratch<T>,
    ) = move_rows_body;
}
