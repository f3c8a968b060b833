//! The formula of a row program, as a graph of operations without cycles.

use std::collections::HashMap;

use super::constant::Constant;
use super::function::Function;

/// What a value is, for every row of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// One number for all rows.
    Uniform,
    /// One number per row.
    Scalar,
    /// The coordinates of a row: as many as the program's width, plus `extra`.
    Vector {
        /// How many coordinates more than the program's width; negative for fewer.
        extra: i8,
    },
}

impl Kind {
    /// The coordinates of an input of the program's width.
    pub const VECTOR: Self = Self::Vector { extra: 0 };

    pub(super) fn is_vector(self) -> bool {
        matches!(self, Self::Vector { .. })
    }

    /// The kind of a result of two operands, the smaller one broadcast.
    ///
    /// # Panics
    /// For vectors of two widths.
    fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Vector { extra: a }, Self::Vector { extra: b }) => {
                assert_eq!(a, b, "vectors of two widths");
                self
            }
            (Self::Vector { .. }, _) => self,
            (_, Self::Vector { .. }) => other,
            (Self::Scalar, _) | (_, Self::Scalar) => Self::Scalar,
            _ => Self::Uniform,
        }
    }
}

/// A value of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Id(pub(super) u32);

/// An operation on one value, coordinate by coordinate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Unary {
    Negate,
    Absolute,
    Square,
    Root,
    Reciprocal,
    Exponential,
    Logarithm,
    AddConstant(Constant),
    TimesConstant(Constant),
    /// The larger one of the value and a constant.
    AtLeast(Constant),
    /// The smaller one of the value and a constant.
    AtMost(Constant),
    /// A function of a square, and its derivative.
    Of(Function),
    Slope(Function),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// Comparisons hold the number 1 where they hold, and 0 elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Comparison {
    Less,
    LessOrEqual,
    Equal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Op {
    Input(u8),
    Constant(Constant),
    Unary(Unary, Id),
    Binary(Binary, Id, Id),
    Compare(Comparison, Id, Id),
    /// The second value where the first one, a comparison, holds, and the third one elsewhere.
    Select(Id, Id, Id),
    /// The sum over the coordinates.
    Sum(Id),
    /// The sum of the products of two vectors' coordinates.
    Dot(Id, Id),
    /// The sum of the squares of a vector times a constant.
    SumOfSquares(Id, Constant),
    /// The largest magnitude of a coordinate.
    Largest(Id),
    /// The first coordinate.
    First(Id),
    /// The coordinates after the first one.
    Rest(Id),
    /// A first coordinate before others; of the width `extra`.
    Join(Id, Id, i8),
    /// A scalar in each of the coordinates of a vector of width `extra`.
    Expand(Id, i8),
    /// The value, as a constant to derivatives.
    Detach(Id),
    /// The vector of width `extra` with 1 at one coordinate and 0 at the others.
    Axis(u8, i8),
}

impl Op {
    pub(super) fn operands(&self) -> impl Iterator<Item = Id> {
        let operands = match *self {
            Self::Input(_) | Self::Constant(_) | Self::Axis(..) => [None; 3],
            Self::Unary(_, a)
            | Self::Sum(a)
            | Self::SumOfSquares(a, _)
            | Self::Largest(a)
            | Self::First(a)
            | Self::Rest(a)
            | Self::Expand(a, _)
            | Self::Detach(a) => [Some(a), None, None],
            Self::Binary(_, a, b)
            | Self::Compare(_, a, b)
            | Self::Dot(a, b)
            | Self::Join(a, b, _) => [Some(a), Some(b), None],
            Self::Select(a, b, c) => [Some(a), Some(b), Some(c)],
        };
        operands.into_iter().flatten()
    }
}

/// Operations in an order in which every one stands after its operands, none of them twice.
#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    ops: Vec<Op>,
    kinds: Vec<Kind>,
    known: HashMap<Op, Id>,
}

impl Graph {
    pub(super) fn len(&self) -> usize {
        self.ops.len()
    }

    pub(super) fn op(&self, id: Id) -> Op {
        self.ops[id.0 as usize]
    }

    pub(super) fn kind(&self, id: Id) -> Kind {
        self.kinds[id.0 as usize]
    }

    /// A further input.
    pub(super) fn input(&mut self, index: usize, kind: Kind) -> Id {
        let index = u8::try_from(index).expect("a program has a handful of inputs");
        self.insert(Op::Input(index), kind)
    }

    /// The same formula with one more input, before the input `place`.
    pub(super) fn with_input_before(&self, place: usize) -> Self {
        let mut graph = Self::default();
        for (&op, &kind) in self.ops.iter().zip(&self.kinds) {
            let op = match op {
                Op::Input(index) if usize::from(index) >= place => Op::Input(index + 1),
                op => op,
            };
            graph.insert(op, kind);
        }
        graph
    }

    /// The value of an operation, which is the one that exists where there is one.
    pub(super) fn add(&mut self, op: Op) -> Id {
        let kind = match op {
            Op::Input(_) => unreachable!("inputs state their kind"),
            Op::Constant(_) => Kind::Uniform,
            Op::Unary(_, a) | Op::Detach(a) => self.kind(a),
            Op::Binary(_, a, b) | Op::Compare(_, a, b) => self.kind(a).join(self.kind(b)),
            Op::Select(a, b, c) => self.kind(a).join(self.kind(b)).join(self.kind(c)),
            Op::Sum(_) | Op::Dot(..) | Op::SumOfSquares(..) | Op::Largest(_) | Op::First(_) => {
                Kind::Scalar
            }
            Op::Rest(a) => match self.kind(a) {
                Kind::Vector { extra } => Kind::Vector { extra: extra - 1 },
                kind => unreachable!("{kind:?} has no coordinates"),
            },
            Op::Join(_, _, extra) | Op::Expand(_, extra) | Op::Axis(_, extra) => {
                Kind::Vector { extra }
            }
        };
        self.insert(op, kind)
    }

    pub(super) fn constant(&mut self, value: f64) -> Id {
        self.add(Op::Constant(Constant::new(value)))
    }

    pub(super) fn unary(&mut self, unary: Unary, a: Id) -> Id {
        // Vectors are scaled in one way, which sums of them can take over.
        let factor = match unary {
            Unary::Negate => -1.0,
            Unary::TimesConstant(factor) => factor.value(),
            _ => return self.add(Op::Unary(unary, a)),
        };
        if !self.kind(a).is_vector() {
            return self.add(Op::Unary(unary, a));
        }
        let factor = self.constant(factor);
        self.binary(Binary::Multiply, a, factor)
    }

    pub(super) fn binary(&mut self, binary: Binary, a: Id, b: Id) -> Id {
        if binary == Binary::Divide && self.kind(a).is_vector() && !self.kind(b).is_vector() {
            // One quotient a row, and a product a coordinate.
            let factor = self.unary(Unary::Reciprocal, b);
            return self.binary(Binary::Multiply, a, factor);
        }
        self.add(Op::Binary(binary, a, b))
    }

    /// The sum over the coordinates of a vector; as a product of two where it is one.
    pub(super) fn sum(&mut self, a: Id) -> Id {
        match self.op(a) {
            _ if !self.kind(a).is_vector() => a,
            Op::Binary(Binary::Multiply, x, y)
                if self.kind(x).is_vector() && self.kind(y).is_vector() =>
            {
                self.add(Op::Dot(x, y))
            }
            Op::Unary(Unary::Square, x) => self.add(Op::Dot(x, x)),
            _ => self.add(Op::Sum(a)),
        }
    }

    fn insert(&mut self, op: Op, kind: Kind) -> Id {
        if let Some(&id) = self.known.get(&op) {
            return id;
        }
        let id = Id(u32::try_from(self.ops.len()).expect("formulas are short"));
        self.ops.push(op);
        self.kinds.push(kind);
        self.known.insert(op, id);
        id
    }
}
