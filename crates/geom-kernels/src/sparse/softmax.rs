//! The softmax over the entries of each row.

use rayon::prelude::*;

use super::{PARALLEL, Positions, ROWS_PER_TASK};
use crate::real::Real;

/// The softmax over the entries of each row, in each head.
pub fn softmax<T: Real>(positions: &Positions, scores: &[T], heads: usize) -> Vec<T> {
    let mut weights = vec![T::zero(); scores.len()];
    by_rows(positions, &mut weights, heads, |start, weights| {
        let scores = &scores[start..start + weights.len()];
        for head in 0..heads {
            let each = || (head..scores.len()).step_by(heads);
            let top = each().fold(T::neg_infinity(), |top, at| top.max(scores[at]));
            let mut sum = T::zero();
            for at in each() {
                weights[at] = (scores[at] - top).exp();
                sum = sum + weights[at];
            }
            for at in each() {
                weights[at] = weights[at] / sum;
            }
        }
    });
    weights
}

/// The gradient of [`softmax`] with respect to the scores,
/// $s_e\bigl(g_e - \sum_{e'} s_{e'}g_{e'}\bigr)$ with the sum over the row.
pub fn softmax_backward<T: Real>(
    positions: &Positions,
    weights: &[T],
    gradient: &[T],
    heads: usize,
) -> Vec<T> {
    let mut scores = vec![T::zero(); weights.len()];
    by_rows(positions, &mut scores, heads, |start, scores| {
        let weights = &weights[start..start + scores.len()];
        let gradient = &gradient[start..start + scores.len()];
        for head in 0..heads {
            let each = || (head..scores.len()).step_by(heads);
            let mean = each().fold(T::zero(), |sum, at| sum + weights[at] * gradient[at]);
            for at in each() {
                scores[at] = weights[at] * (gradient[at] - mean);
            }
        }
    });
    scores
}

/// Fills what belongs to the entries of each row, `heads` numbers each, by `fill(start, out)`, where
/// `start` is the place of `out` in `output`.
fn by_rows<T: Real>(
    positions: &Positions,
    output: &mut [T],
    heads: usize,
    fill: impl Fn(usize, &mut [T]) + Sync,
) {
    let offsets = positions.offsets();
    let block = |(offsets, mut out): (&[usize], &mut [T])| {
        for bounds in offsets.windows(2) {
            let (row, rest) = out.split_at_mut((bounds[1] - bounds[0]) * heads);
            fill(bounds[0] * heads, row);
            out = rest;
        }
    };
    if output.len() < PARALLEL {
        block((offsets, output));
        return;
    }
    let mut blocks = Vec::new();
    let mut rest = output;
    for first in (0..positions.rows()).step_by(ROWS_PER_TASK) {
        let last = (first + ROWS_PER_TASK).min(positions.rows());
        let offsets = &offsets[first..=last];
        let (out, after) = rest.split_at_mut((offsets[last - first] - offsets[0]) * heads);
        blocks.push((offsets, out));
        rest = after;
    }
    blocks.into_par_iter().for_each(block);
}
