//! The steps of a program on one block of rows.
//!
//! Every loop is over lanes, so that it becomes vector instructions; the buffers of a block stay in
//! the first cache.

use std::mem::{MaybeUninit, take};

use crate::real::Real;

use super::function::{self, Function};
use super::graph::{Binary, Comparison, Kind, Unary};
use super::layout::Input;
use super::schedule::{Action, Operand, Schedule, Step, Term};
use super::tile::{self, TILE, Transpose};

/// The buffers of one thread.
pub(super) struct Workspace<T> {
    buffers: Vec<Vec<T>>,
    offsets: Vec<usize>,
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
                .map(|extra| vec![T::zero(); size(extra)])
                .collect(),
            offsets: vec![0; rows],
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
    fn at(&self, operand: Operand, coordinate: usize) -> &[T] {
        let row = usize::from(operand.row) + if operand.vector { coordinate } else { 0 };
        &self.buffers[usize::from(operand.buffer)][row * self.rows..][..self.rows]
    }

    #[inline(always)]
    fn step(&mut self, step: &Step, inputs: &[Input<'_, T>], first: usize, count: usize) {
        let buffer = usize::from(step.target.buffer);
        let mut out = take(&mut self.buffers[buffer]);
        let coordinates = step
            .target
            .extra
            .map_or(1, |extra| coordinates(self.width, extra));
        match step.action {
            Action::Load(input) => self.load(
                &inputs[usize::from(input)],
                &mut out,
                coordinates,
                first,
                count,
            ),
            Action::Constant(value) => out.fill(T::of(value)),
            Action::Unary(unary, a) => apply(unary, &mut out, self.whole(a)),
            Action::Binary(binary, a, b) => match binary {
                Binary::Add => self.each(&mut out, a, b, |a, b| a + b),
                Binary::Subtract => self.each(&mut out, a, b, |a, b| a - b),
                Binary::Multiply => self.each(&mut out, a, b, |a, b| a * b),
                Binary::Divide => self.each(&mut out, a, b, |a, b| a / b),
            },
            Action::Combine(a, b, subtract) => self.combine(&mut out, a, b, subtract),
            Action::Compare(comparison, a, b) => {
                let truth = |holds: bool| if holds { T::one() } else { T::zero() };
                match comparison {
                    Comparison::Less => self.each(&mut out, a, b, |a, b| truth(a < b)),
                    Comparison::LessOrEqual => self.each(&mut out, a, b, |a, b| truth(a <= b)),
                    Comparison::Equal => self.each(&mut out, a, b, |a, b| truth(a == b)),
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
            Action::Sum(a) => {
                out.fill(T::zero());
                for k in 0..self.coordinates_of(a) {
                    update1(&mut out, self.at(a, k), |sum, x| sum + x);
                }
            }
            Action::Dot(a, b) => {
                out.fill(T::zero());
                for k in 0..self.coordinates_of(a) {
                    update2(&mut out, self.at(a, k), self.at(b, k), |sum, x, y| {
                        sum + x * y
                    });
                }
            }
            Action::SumOfSquares(a, scale) => {
                let scale = T::of(scale);
                out.fill(T::zero());
                for k in 0..self.coordinates_of(a) {
                    update1(&mut out, self.at(a, k), |sum, x| {
                        sum + (x * scale) * (x * scale)
                    });
                }
            }
            Action::Largest(a) => {
                out.fill(T::zero());
                for k in 0..self.coordinates_of(a) {
                    // Not a number is the largest of all.
                    update1(&mut out, self.at(a, k), |top, x| {
                        if x.abs() <= top { top } else { x.abs() }
                    });
                }
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
        self.buffers[buffer] = out;
    }

    /// A value with all of its coordinates.
    #[inline(always)]
    fn whole(&self, operand: Operand) -> &[T] {
        let start = usize::from(operand.row) * self.rows;
        let values = &self.buffers[usize::from(operand.buffer)][start..];
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

    /// The coordinates from where a vector begins to the end of its buffer.
    #[inline(always)]
    fn coordinates_of(&self, a: Operand) -> usize {
        match a.vector {
            true => self.buffers[usize::from(a.buffer)].len() / self.rows - usize::from(a.row),
            false => 1,
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
    fn load(
        &mut self,
        input: &Input<'_, T>,
        out: &mut [T],
        coordinates: usize,
        first: usize,
        count: usize,
    ) {
        let (data, layout) = match *input {
            Input::Uniform(value) => return out.fill(value),
            Input::Rows(data, layout) => (data, layout),
        };
        let rows = self.rows;
        layout.offsets(first, &mut self.offsets[..count]);
        let last = self.offsets[count - 1];
        self.offsets[count..].fill(last);
        if layout.step() == 1 {
            for (group, offsets) in self.offsets.chunks_exact(TILE).enumerate() {
                tile::load(
                    data,
                    offsets,
                    coordinates,
                    &mut out[group * TILE..],
                    rows,
                    self.transpose,
                );
            }
        } else {
            for (lane, &offset) in self.offsets.iter().enumerate() {
                for k in 0..coordinates {
                    let place = offset as isize + k as isize * layout.step();
                    out[k * rows + lane] = data[place as usize];
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
                let start = usize::from(operand.row) * self.rows;
                let values = &self.buffers[usize::from(operand.buffer)][start..];
                let groups = out[..count * width].chunks_mut(TILE * width);
                for (group, out) in groups.enumerate() {
                    tile::store(
                        &values[group * TILE..],
                        self.rows,
                        width,
                        out,
                        self.transpose,
                    );
                }
            }
            Sink::Total(total) => {
                let rows = &self.at(operand, 0)[..count];
                **total += rows.iter().map(|x| x.wide()).sum::<f64>();
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

#[inline(always)]
fn apply<T: Real>(unary: Unary, out: &mut [T], a: &[T]) {
    match unary {
        Unary::Negate => map1(out, a, |x| -x),
        Unary::Absolute => map1(out, a, |x| x.abs()),
        Unary::Square => map1(out, a, |x| x * x),
        Unary::Root => map1(out, a, |x| x.sqrt()),
        Unary::Reciprocal => map1(out, a, |x| T::one() / x),
        Unary::Exponential => map1(out, a, crate::math::exp),
        Unary::Logarithm => map1(out, a, crate::math::ln),
        Unary::AddConstant(c) => {
            let c = T::of(c.value());
            map1(out, a, |x| x + c);
        }
        Unary::TimesConstant(c) => {
            let c = T::of(c.value());
            map1(out, a, |x| x * c);
        }
        Unary::AtLeast(low) => {
            let low = T::of(low.value());
            map1(out, a, |x| if x < low { low } else { x });
        }
        Unary::AtMost(high) => {
            let high = T::of(high.value());
            map1(out, a, |x| if x > high { high } else { x });
        }
        Unary::Of(function) => value(function, out, a),
        Unary::Slope(function) => slope(function, out, a),
    }
}

#[inline(always)]
fn value<T: Real>(function: Function, out: &mut [T], a: &[T]) {
    match function {
        Function::Tanhc => map1(out, a, function::tanhc),
        Function::Artanhc => map1(out, a, function::artanhc),
        Function::Asinhc => map1(out, a, function::asinhc),
        Function::AsinhSqrt => map1(out, a, function::asinh_sqrt),
        Function::Sinhc => map1(out, a, function::sinhc),
        Function::CoshSqrt => map1(out, a, function::cosh_sqrt),
        Function::Sinc => angles(
            out,
            a,
            function::sinc::<T, false>,
            function::sinc::<T, true>,
        ),
        Function::CosSqrt => angles(
            out,
            a,
            function::cos_sqrt::<T, false>,
            function::cos_sqrt::<T, true>,
        ),
        Function::Arcsinc => map1(out, a, function::arcsinc),
        Function::SqrtOrZero => map1(out, a, function::sqrt_or_zero),
        Function::BoundaryGap => map1(out, a, function::boundary_gap),
        Function::Shorten(length) => {
            let length = T::of(length.value());
            map1(out, a, |x| function::shorten(x, length));
        }
    }
}

#[inline(always)]
fn slope<T: Real>(function: Function, out: &mut [T], a: &[T]) {
    match function {
        Function::Tanhc => map1(out, a, function::tanhc_slope),
        Function::Artanhc => map1(out, a, function::artanhc_slope),
        Function::Asinhc => map1(out, a, function::asinhc_slope),
        Function::AsinhSqrt => map1(out, a, function::asinh_sqrt_slope),
        Function::Sinhc => map1(out, a, function::sinhc_slope),
        Function::CoshSqrt => map1(out, a, function::cosh_sqrt_slope),
        Function::Sinc => angles(
            out,
            a,
            function::sinc_slope::<T, false>,
            function::sinc_slope::<T, true>,
        ),
        Function::CosSqrt => angles(
            out,
            a,
            function::cos_sqrt_slope::<T, false>,
            function::cos_sqrt_slope::<T, true>,
        ),
        Function::Arcsinc => map1(out, a, function::arcsinc_slope),
        Function::SqrtOrZero => map1(out, a, function::sqrt_or_zero_slope),
        Function::BoundaryGap => map1(out, a, function::boundary_gap_slope),
        Function::Shorten(length) => {
            let length = T::of(length.value());
            map1(out, a, |x| function::shorten_slope(x, length));
        }
    }
}

/// `near` in vector instructions where all angles are moderate, else `far` one by one.
#[inline(always)]
fn angles<T: Real>(out: &mut [T], a: &[T], near: impl Fn(T) -> T, far: impl Fn(T) -> T) {
    let limit = T::MAX_ANGLE * T::MAX_ANGLE;
    if a.iter().all(|&q| q <= limit) {
        map1(out, a, near);
    } else {
        for (out, &q) in out.iter_mut().zip(a) {
            *out = far(q);
        }
    }
}

// Plain loops over plain slices: what the compiler vectorises best.

#[inline(always)]
fn map1<T: Real>(out: &mut [T], a: &[T], f: impl Fn(T) -> T) {
    for (out, &a) in out.iter_mut().zip(a) {
        *out = f(a);
    }
}

#[inline(always)]
fn map2<T: Real>(out: &mut [T], a: &[T], b: &[T], f: impl Fn(T, T) -> T) {
    for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
        *out = f(a, b);
    }
}

#[inline(always)]
fn map3<T: Real>(out: &mut [T], a: &[T], b: &[T], c: &[T], f: impl Fn(T, T, T) -> T) {
    for (((out, &a), &b), &c) in out.iter_mut().zip(a).zip(b).zip(c) {
        *out = f(a, b, c);
    }
}

#[inline(always)]
fn map4<T: Real>(out: &mut [T], [a, b, c, d]: [&[T]; 4], f: impl Fn(T, T, T, T) -> T) {
    for ((((out, &a), &b), &c), &d) in out.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        *out = f(a, b, c, d);
    }
}

#[inline(always)]
fn update1<T: Real>(out: &mut [T], a: &[T], f: impl Fn(T, T) -> T) {
    for (out, &a) in out.iter_mut().zip(a) {
        *out = f(*out, a);
    }
}

#[inline(always)]
fn update2<T: Real>(out: &mut [T], a: &[T], b: &[T], f: impl Fn(T, T, T) -> T) {
    for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
        *out = f(*out, a, b);
    }
}
