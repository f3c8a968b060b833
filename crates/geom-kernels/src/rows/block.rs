//! The steps of a program on one block of rows.
//!
//! Every loop is over lanes, so that it becomes vector instructions; the buffers of a block stay in
//! the first cache.

use std::mem::{MaybeUninit, take};

use crate::real::Real;
use crate::transpose::{ROWS, Transpose};

use super::elementwise::apply;
use super::graph::{Binary, Comparison, Kind};
use super::lanes::{Buffer, fold, fold2, map2, map3, map4};
use super::layout::Input;
use super::schedule::{Action, Operand, Schedule, Step, Term};
use super::tile;

/// The buffers of one thread.
pub(super) struct Workspace<T> {
    buffers: Vec<Buffer<T>>,
    /// Rows of a block: a multiple of [`LANES`].
    rows: usize,
    width: usize,
    transpose: Transpose,
}

/// A result of a block.
pub(super) enum Sink<'a, T> {
    /// Numbers in memory.
    Rows(&'a mut [MaybeUninit<T>]),
    /// A sum over all rows.
    Total(&'a mut f64),
}

impl<T: Real> Workspace<T> {
    /// Buffers for blocks of `rows` rows, with the uniform values computed.
    pub(super) fn new(
        schedule: &Schedule,
        width: usize,
        rows: usize,
        inputs: &[Input<'_, T>],
    ) -> Self {
        let size = |extra: &Option<i8>| extra.map_or(1, |extra| coordinates(width, extra)) * rows;
        let mut workspace = Self {
            buffers: (schedule.buffers.iter())
                .map(|extra| Buffer::new(size(extra)))
                .collect(),
            rows,
            width,
            transpose: Transpose::new(),
        };
        for step in &schedule.uniform {
            workspace.step(step, inputs, 0, rows);
        }
        workspace
    }

    #[inline(always)]
    fn numbers(&self, operand: Operand) -> &[T] {
        self.buffers[usize::from(operand.buffer)].numbers()
    }

    #[inline(always)]
    fn at(&self, operand: Operand, coordinate: usize) -> &[T] {
        let row = usize::from(operand.row) + if operand.vector { coordinate } else { 0 };
        &self.numbers(operand)[row * self.rows..][..self.rows]
    }

    #[inline(always)]
    fn step(&mut self, step: &Step, inputs: &[Input<'_, T>], first: usize, count: usize) {
        let buffer = usize::from(step.target);
        let mut target = take(&mut self.buffers[buffer]);
        let out = target.numbers_mut();
        match step.action {
            Action::Load(input) => self.load(&inputs[usize::from(input)], out, first, count),
            Action::Constant(value) => out.fill(T::from_f64(value)),
            Action::Unary(unary, a) => apply(unary, out, self.whole(a)),
            Action::Binary(binary, a, b) => match binary {
                Binary::Add => self.each(out, a, b, |a, b| a + b),
                Binary::Subtract => self.each(out, a, b, |a, b| a - b),
                Binary::Multiply => self.each(out, a, b, |a, b| a * b),
                Binary::Divide => self.each(out, a, b, |a, b| a / b),
            },
            Action::Combine(a, b, subtract) => self.combine(out, a, b, subtract),
            Action::Compare(comparison, a, b) => {
                let truth = |holds: bool| if holds { T::one() } else { T::zero() };
                match comparison {
                    Comparison::Less => self.each(out, a, b, |a, b| truth(a < b)),
                    Comparison::LessOrEqual => self.each(out, a, b, |a, b| truth(a <= b)),
                    Comparison::Equal => self.each(out, a, b, |a, b| truth(a == b)),
                }
            }
            Action::Select(mask, yes, no) => {
                for (k, out) in out.chunks_exact_mut(self.rows).enumerate() {
                    let (mask, yes, no) = (self.at(mask, k), self.at(yes, k), self.at(no, k));
                    map3(
                        out,
                        mask,
                        yes,
                        no,
                        |mask, yes, no| {
                            if mask != T::zero() { yes } else { no }
                        },
                    );
                }
            }
            Action::Sum(a) => fold(out, self.whole(a), |sum, x| sum + x),
            Action::Dot(a, b) => {
                fold2(out, self.whole(a), self.whole(b), |sum, x, y| sum + x * y);
            }
            Action::SumOfSquares(a, scale) => {
                let scale = T::from_f64(scale);
                fold(out, self.whole(a), |sum, x| sum + (x * scale) * (x * scale));
            }
            Action::Largest(a) => {
                // Not a number is the largest of all.
                let larger = |top: T, x: T| if x.abs() <= top { top } else { x.abs() };
                fold(out, self.whole(a), larger);
            }
            Action::Join(a, b) => {
                let (start, end) = out.split_at_mut(self.rows);
                start.copy_from_slice(self.at(a, 0));
                for (k, out) in end.chunks_exact_mut(self.rows).enumerate() {
                    out.copy_from_slice(self.at(b, k));
                }
            }
            Action::Axis(axis) => {
                out.fill(T::zero());
                let places = out.chunks_exact_mut(self.rows).nth(axis.into());
                if let Some(places) = places {
                    places.fill(T::one());
                }
            }
            Action::Expand(a) => {
                for out in out.chunks_exact_mut(self.rows) {
                    out.copy_from_slice(self.at(a, 0));
                }
            }
        }
        self.buffers[buffer] = target;
    }

    /// A value with all of its coordinates.
    #[inline(always)]
    fn whole(&self, operand: Operand) -> &[T] {
        let start = usize::from(operand.row) * self.rows;
        let values = &self.numbers(operand)[start..];
        if operand.vector {
            values
        } else {
            &values[..self.rows]
        }
    }

    /// `f` of two values, a scalar with every coordinate of a vector.
    #[inline(always)]
    fn each(&self, out: &mut [T], a: Operand, b: Operand, f: impl Fn(T, T) -> T) {
        if a.vector == b.vector {
            return map2(out, self.whole(a), self.whole(b), f);
        }
        for (k, out) in out.chunks_exact_mut(self.rows).enumerate() {
            map2(out, self.at(a, k), self.at(b, k), &f);
        }
    }

    #[inline(always)]
    fn combine(&self, out: &mut [T], a: Term, b: Term, subtract: bool) {
        if a.factor.is_none() && b.factor.is_none() {
            let (x, y) = (self.whole(a.vector), self.whole(b.vector));
            return match subtract {
                false => map2(out, x, y, |x, y| x + y),
                true => map2(out, x, y, |x, y| x - y),
            };
        }
        let s = a.factor.map(|s| self.at(s, 0));
        let t = b.factor.map(|t| self.at(t, 0));
        for (k, out) in out.chunks_exact_mut(self.rows).enumerate() {
            let (x, y) = (self.at(a.vector, k), self.at(b.vector, k));
            match (s, t, subtract) {
                (None, None, _) => unreachable!("done above"),
                (Some(s), None, false) => map3(out, x, s, y, |x, s, y| x * s + y),
                (Some(s), None, true) => map3(out, x, s, y, |x, s, y| x * s - y),
                (None, Some(t), false) => map3(out, x, y, t, |x, y, t| x + y * t),
                (None, Some(t), true) => map3(out, x, y, t, |x, y, t| x - y * t),
                (Some(s), Some(t), false) => map4(out, [x, s, y, t], |x, s, y, t| x * s + y * t),
                (Some(s), Some(t), true) => map4(out, [x, s, y, t], |x, s, y, t| x * s - y * t),
            }
        }
    }

    /// Rows `first..first + count`, a coordinate a lane row; the lanes beyond hold the last row again.
    #[inline(always)]
    fn load(&self, input: &Input<'_, T>, out: &mut [T], first: usize, count: usize) {
        let (data, layout) = match *input {
            Input::Uniform(value) => return out.fill(value),
            Input::Rows(data, layout) => (data, layout),
        };
        let rows = self.rows;
        for group in (0..rows).step_by(ROWS) {
            let here = count.saturating_sub(group).clamp(1, ROWS);
            let mut offsets = [0; ROWS];
            layout.offsets(first + group.min(count - 1), &mut offsets[..here]);
            let last = offsets[here - 1];
            offsets[here..].fill(last);
            if layout.step() == 1 {
                tile::load(data, &offsets, &mut out[group..], rows, self.transpose);
                continue;
            }
            for (k, out) in out[group..].chunks_mut(rows).enumerate() {
                for (out, &offset) in out.iter_mut().zip(&offsets) {
                    let place = offset as isize + k as isize * layout.step();
                    *out = data[place as usize];
                }
            }
        }
    }

    /// Writes the first `count` rows of a result.
    #[inline(always)]
    fn store(&self, operand: Operand, kind: Kind, sink: &mut Sink<'_, T>, count: usize) {
        match sink {
            Sink::Rows(out) => {
                let Kind::Vector { extra } = kind else {
                    for (out, &x) in out.iter_mut().zip(self.at(operand, 0)) {
                        out.write(x);
                    }
                    return;
                };
                let width = coordinates(self.width, extra);
                if width == 0 {
                    return;
                }
                let values = &self.numbers(operand)[usize::from(operand.row) * self.rows..];
                let groups = out[..count * width].chunks_mut(ROWS * width);
                for (group, out) in groups.enumerate() {
                    let values = &values[group * ROWS..];
                    tile::store(values, self.rows, width, out, self.transpose);
                }
            }
            Sink::Total(total) => {
                let rows = &self.at(operand, 0)[..count];
                **total += rows.iter().map(|x| x.into_f64()).sum::<f64>();
            }
        }
    }
}

/// The coordinates of a vector `extra` wider than the program.
pub(super) fn coordinates(width: usize, extra: i8) -> usize {
    width.saturating_add_signed(isize::from(extra))
}

/// Runs a program on the block of rows from `first` on.
#[inline(always)]
fn run_block_body<T: Real>(
    schedule: &Schedule,
    workspace: &mut Workspace<T>,
    inputs: &[Input<'_, T>],
    first: usize,
    count: usize,
    sinks: &mut [Sink<'_, T>],
) {
    for step in &schedule.steps {
        workspace.step(step, inputs, first, count);
    }
    for (output, sink) in schedule.outputs.iter().zip(sinks) {
        workspace.store(output.operand, output.kind, sink, count);
    }
}

crate::vectorized! {
    /// Runs a program on the block of rows from `first` on.
    pub(super) fn run_block<T: Real>(
        schedule: &Schedule,
        workspace: &mut Workspace<T>,
        inputs: &[Input<'_, T>],
        first: usize,
        count: usize,
        sinks: &mut [Sink<'_, T>],
    ) = run_block_body::<T>;
}
