//! The gradient of a formula, as a formula: reverse-mode differentiation of its graph.
//!
//! The derived graph computes the values anew that it needs from the inputs, which are in the cache
//! anyway when it uses them: nothing but the inputs has to be kept between the two passes.

use super::constant::Constant;
use super::graph::{Binary, Graph, Id, Kind, Op, Unary};

/// What is known of the derivative with respect to one value.
///
/// A part may be of a smaller kind than its value: a scalar then stands for a vector with that number
/// in every coordinate. That of a uniform value is a scalar, the share of each row.
#[derive(Clone, Copy, Default)]
struct Adjoint {
    whole: Option<Id>,
    first: Option<Id>,
    rest: Option<Id>,
}

struct Reverse<'a> {
    graph: &'a mut Graph,
    adjoints: Vec<Adjoint>,
}

/// Appends to `graph` what computes the derivatives of `output`, multiplied by `seed` and summed over
/// the coordinates, with respect to `inputs`. Those of uniform inputs are still to be summed over the
/// rows.
pub(super) fn append(graph: &mut Graph, output: Id, seed: Id, inputs: &[Id]) -> Vec<Id> {
    let count = graph.len();
    let mut reverse = Reverse {
        graph,
        adjoints: vec![Adjoint::default(); count],
    };
    reverse.adjoints[output.0 as usize].whole = Some(seed);
    for index in (0..=output.0).rev() {
        let id = Id(index);
        if !matches!(reverse.graph.op(id), Op::Input(_))
            && let Some(adjoint) = reverse.adjoint(id)
        {
            reverse.step(id, adjoint);
        }
    }
    inputs
        .iter()
        .map(|&input| {
            let adjoint = reverse.adjoint(input);
            let kind = reverse.graph.kind(input);
            let adjoint = adjoint.unwrap_or_else(|| reverse.graph.constant(0.0));
            match kind {
                Kind::Vector { extra } => reverse.expanded(adjoint, extra),
                _ => adjoint,
            }
        })
        .collect()
}

impl Reverse<'_> {
    /// The derivative with respect to `id`, its parts joined.
    fn adjoint(&mut self, id: Id) -> Option<Id> {
        let Adjoint { whole, first, rest } = self.adjoints[id.0 as usize];
        if first.is_none() && rest.is_none() {
            return whole;
        }
        let Kind::Vector { extra } = self.graph.kind(id) else {
            unreachable!("only vectors have parts");
        };
        let zero = self.graph.constant(0.0);
        let parts = Op::Join(first.unwrap_or(zero), rest.unwrap_or(zero), extra);
        let parts = self.graph.add(parts);
        Some(match whole {
            Some(whole) => self.graph.binary(Binary::Add, whole, parts),
            None => parts,
        })
    }

    /// A value with a number in every coordinate of a vector.
    fn expanded(&mut self, a: Id, extra: i8) -> Id {
        if self.graph.kind(a).is_vector() {
            a
        } else {
            self.graph.add(Op::Expand(a, extra))
        }
    }

    /// Adds `part`, the derivative by way of a value of kind `through`, to that of `target`.
    fn accumulate(&mut self, target: Id, part: Id, through: Kind) {
        let kind = self.graph.kind(target);
        let part = match (through, kind) {
            (Kind::Vector { extra }, Kind::Scalar | Kind::Uniform) => {
                let part = self.expanded(part, extra);
                self.graph.sum(part)
            }
            _ => part,
        };
        let whole = self.adjoints[target.0 as usize].whole;
        let sum = match whole {
            Some(whole) => self.graph.binary(Binary::Add, whole, part),
            None => part,
        };
        self.adjoints[target.0 as usize].whole = Some(sum);
    }

    /// Hands the derivative `g` with respect to a value on to those it was made of.
    fn step(&mut self, id: Id, g: Id) {
        let kind = self.graph.kind(id);
        match self.graph.op(id) {
            Op::Input(_)
            | Op::Constant(_)
            | Op::Compare(..)
            | Op::Detach(_)
            | Op::Largest(_)
            | Op::Axis(..) => {}
            Op::Unary(unary, a) => {
                let part = self.unary(unary, a, id, g);
                self.accumulate(a, part, kind);
            }
            Op::Binary(binary, a, b) => self.binary(binary, a, b, id, g),
            Op::Select(mask, yes, no) => {
                let zero = self.graph.constant(0.0);
                let part = self.graph.add(Op::Select(mask, g, zero));
                self.accumulate(yes, part, kind);
                let part = self.graph.add(Op::Select(mask, zero, g));
                self.accumulate(no, part, kind);
            }
            Op::Sum(a) => {
                let kind = self.graph.kind(a);
                self.accumulate(a, g, kind);
            }
            Op::Dot(a, b) => {
                let kind = self.graph.kind(a);
                if a == b {
                    let twice = self.times(g, 2.0);
                    let part = self.graph.binary(Binary::Multiply, a, twice);
                    self.accumulate(a, part, kind);
                } else {
                    for (target, other) in [(a, b), (b, a)] {
                        let part = self.graph.binary(Binary::Multiply, other, g);
                        self.accumulate(target, part, kind);
                    }
                }
            }
            Op::SumOfSquares(a, scale) => {
                let kind = self.graph.kind(a);
                let factor = self.times(g, 2.0 * scale.value() * scale.value());
                let part = self.graph.binary(Binary::Multiply, a, factor);
                self.accumulate(a, part, kind);
            }
            Op::First(a) => {
                let first = self.adjoints[a.0 as usize].first;
                self.adjoints[a.0 as usize].first = Some(self.sum_with(first, g));
            }
            Op::Rest(a) => {
                let rest = self.adjoints[a.0 as usize].rest;
                self.adjoints[a.0 as usize].rest = Some(self.sum_with(rest, g));
            }
            Op::Join(first, rest, extra) => {
                let g = self.expanded(g, extra);
                let part = self.graph.add(Op::First(g));
                self.accumulate(first, part, Kind::Scalar);
                let part = self.graph.add(Op::Rest(g));
                let through = Kind::Vector { extra: extra - 1 };
                self.accumulate(rest, part, through);
            }
            Op::Expand(a, _) => self.accumulate(a, g, kind),
        }
    }

    fn sum_with(&mut self, known: Option<Id>, part: Id) -> Id {
        match known {
            Some(known) => self.graph.binary(Binary::Add, known, part),
            None => part,
        }
    }

    fn times(&mut self, a: Id, factor: f64) -> Id {
        let factor = Unary::TimesConstant(Constant::new(factor));
        self.graph.unary(factor, a)
    }

    fn unary(&mut self, unary: Unary, a: Id, value: Id, g: Id) -> Id {
        let graph = &mut *self.graph;
        match unary {
            Unary::Negate => graph.unary(Unary::Negate, g),
            Unary::AddConstant(_) => g,
            Unary::TimesConstant(_) => graph.unary(unary, g),
            Unary::Absolute => {
                let zero = graph.constant(0.0);
                let negative = graph.add(Op::Compare(super::graph::Comparison::Less, a, zero));
                let opposite = graph.unary(Unary::Negate, g);
                let none = graph.add(Op::Compare(super::graph::Comparison::Equal, a, zero));
                let signed = graph.add(Op::Select(negative, opposite, g));
                graph.add(Op::Select(none, zero, signed))
            }
            Unary::Square => {
                let twice = self.times(a, 2.0);
                self.graph.binary(Binary::Multiply, twice, g)
            }
            Unary::Root => {
                let half = self.times(g, 0.5);
                self.graph.binary(Binary::Divide, half, value)
            }
            Unary::Reciprocal => {
                let square = graph.unary(Unary::Square, value);
                let product = graph.binary(Binary::Multiply, g, square);
                graph.unary(Unary::Negate, product)
            }
            Unary::Exponential => graph.binary(Binary::Multiply, g, value),
            Unary::Logarithm => graph.binary(Binary::Divide, g, a),
            Unary::AtLeast(low) => {
                let low = graph.constant(low.value());
                let outside = graph.add(Op::Compare(super::graph::Comparison::Less, a, low));
                let zero = graph.constant(0.0);
                graph.add(Op::Select(outside, zero, g))
            }
            Unary::AtMost(high) => {
                let high = graph.constant(high.value());
                let outside = graph.add(Op::Compare(super::graph::Comparison::Less, high, a));
                let zero = graph.constant(0.0);
                graph.add(Op::Select(outside, zero, g))
            }
            Unary::Of(function) => {
                let slope = graph.unary(Unary::Slope(function), a);
                graph.binary(Binary::Multiply, g, slope)
            }
            Unary::Slope(_) => unreachable!("a gradient is not differentiated again"),
        }
    }

    fn binary(&mut self, binary: Binary, a: Id, b: Id, value: Id, g: Id) {
        let kind = self.graph.kind(value);
        match binary {
            Binary::Add => {
                self.accumulate(a, g, kind);
                self.accumulate(b, g, kind);
            }
            Binary::Subtract => {
                self.accumulate(a, g, kind);
                // The sum over the coordinates first, where there is one: it is one number to negate.
                let part = self.graph.unary(Unary::Negate, g);
                self.accumulate(b, part, kind);
            }
            Binary::Multiply => {
                for (target, other) in [(a, b), (b, a)] {
                    let part = self.graph.binary(Binary::Multiply, g, other);
                    self.accumulate(target, part, kind);
                }
            }
            Binary::Divide => {
                let part = self.graph.binary(Binary::Divide, g, b);
                self.accumulate(a, part, kind);
                let product = self.graph.binary(Binary::Multiply, part, value);
                let product = self.graph.unary(Unary::Negate, product);
                self.accumulate(b, product, kind);
            }
        }
    }
}
