//! Values of a formula that is being written down, with the operators of numbers.

use std::cell::RefCell;
use std::ops::{Add, Div, Mul, Neg, Sub};
use std::rc::Rc;

use super::constant::Constant;
use super::function::{Function, Length};
use super::graph::{Binary, Comparison, Graph, Id, Kind, Op, Unary};

/// A value of a formula: arithmetic on nodes records what to compute for every row.
#[derive(Clone, Debug)]
pub struct Node {
    graph: Rc<RefCell<Graph>>,
    id: Id,
    double: bool,
}

/// Where a comparison of nodes holds.
#[derive(Clone, Debug)]
pub struct Mask(Node);

/// The inputs of a formula, and the way back to its graph.
pub(super) fn inputs(double: bool, kinds: &[Kind]) -> (Rc<RefCell<Graph>>, Vec<Node>) {
    let graph = Rc::new(RefCell::new(Graph::default()));
    let nodes = kinds
        .iter()
        .enumerate()
        .map(|(index, &kind)| Node {
            id: graph.borrow_mut().input(index, kind),
            graph: graph.clone(),
            double,
        })
        .collect();
    (graph, nodes)
}

impl Node {
    pub(super) fn id(&self) -> Id {
        self.id
    }

    /// Whether numbers have 64 bits.
    pub fn is_double(&self) -> bool {
        self.double
    }

    /// The kind of the value.
    pub fn kind(&self) -> Kind {
        self.graph.borrow().kind(self.id)
    }

    fn with(&self, add: impl FnOnce(&mut Graph) -> Id) -> Self {
        let id = add(&mut self.graph.borrow_mut());
        Self {
            graph: self.graph.clone(),
            id,
            double: self.double,
        }
    }

    fn unary(&self, unary: Unary) -> Self {
        self.with(|graph| graph.unary(unary, self.id))
    }

    fn binary(&self, binary: Binary, other: &Self) -> Self {
        self.with(|graph| graph.binary(binary, self.id, other.id))
    }

    fn op(&self, op: Op) -> Self {
        self.with(|graph| graph.add(op))
    }

    /// A number.
    pub fn constant(&self, value: f64) -> Self {
        self.with(|graph| graph.constant(value))
    }

    /// The value plus a number.
    pub fn add_constant(&self, value: f64) -> Self {
        self.unary(Unary::AddConstant(Constant::new(value)))
    }

    /// The value times a number.
    pub fn times_constant(&self, value: f64) -> Self {
        self.unary(Unary::TimesConstant(Constant::new(value)))
    }

    /// The magnitude.
    pub fn abs(&self) -> Self {
        self.unary(Unary::Absolute)
    }

    /// The square.
    pub fn square(&self) -> Self {
        self.unary(Unary::Square)
    }

    /// The square root.
    pub fn sqrt(&self) -> Self {
        self.unary(Unary::Root)
    }

    /// The reciprocal.
    pub fn recip(&self) -> Self {
        self.unary(Unary::Reciprocal)
    }

    /// The exponential.
    pub fn exp(&self) -> Self {
        self.unary(Unary::Exponential)
    }

    /// The natural logarithm.
    pub fn ln(&self) -> Self {
        self.unary(Unary::Logarithm)
    }

    /// The value, or `low` where that is larger; there the derivative is 0.
    pub fn at_least(&self, low: f64) -> Self {
        self.unary(Unary::AtLeast(Constant::new(low)))
    }

    /// The value, or `high` where that is smaller; there the derivative is 0.
    pub fn at_most(&self, high: f64) -> Self {
        self.unary(Unary::AtMost(Constant::new(high)))
    }

    /// A function of the value.
    pub fn function(&self, function: Function) -> Self {
        self.unary(Unary::Of(function))
    }

    /// The sum over the coordinates of a vector.
    pub fn sum(&self) -> Self {
        self.with(|graph| graph.sum(self.id))
    }

    /// The inner product of two vectors.
    pub fn dot(&self, other: &Self) -> Self {
        self.binary(Binary::Multiply, other).sum()
    }

    /// The largest magnitude of a coordinate, as a constant to derivatives.
    pub fn largest(&self) -> Self {
        self.op(Op::Largest(self.id))
    }

    /// The factor that shortens a vector to a length, as a constant to derivatives: exactly 1 for
    /// shorter ones. `shrink` keeps the squares of all coordinates representable.
    pub fn clip_factor_detached(&self, length: f64, shrink: f64) -> Self {
        let squares = self.op(Op::SumOfSquares(self.id, Constant::new(shrink)));
        let factor = squares.function(Function::ClipFactor(Length::new(length * shrink)));
        factor.op(Op::Detach(factor.id))
    }

    /// The vector as wide as this one with 1 at a coordinate and 0 at the others.
    ///
    /// # Panics
    /// If this is no vector.
    pub fn axis(&self, coordinate: u8) -> Self {
        let Kind::Vector { extra } = self.kind() else {
            panic!("only a vector has axes");
        };
        self.op(Op::Axis(coordinate, extra))
    }

    /// The first coordinate of a vector.
    pub fn first(&self) -> Self {
        self.op(Op::First(self.id))
    }

    /// The coordinates of a vector after the first one.
    pub fn rest(&self) -> Self {
        self.op(Op::Rest(self.id))
    }

    /// This scalar, and the coordinates of a vector after it.
    ///
    /// # Panics
    /// If `rest` is no vector.
    pub fn followed_by(&self, rest: &Self) -> Self {
        let Kind::Vector { extra } = rest.kind() else {
            panic!("only a vector has coordinates");
        };
        self.op(Op::Join(self.id, rest.id, extra + 1))
    }

    /// The value, as a constant to derivatives.
    pub fn detach(&self) -> Self {
        self.op(Op::Detach(self.id))
    }

    /// Where the value is less than `other`.
    pub fn less(&self, other: &Self) -> Mask {
        Mask(self.op(Op::Compare(Comparison::Less, self.id, other.id)))
    }

    /// Where the value is at most `other`.
    pub fn less_or_equal(&self, other: &Self) -> Mask {
        Mask(self.op(Op::Compare(Comparison::LessOrEqual, self.id, other.id)))
    }

    /// Where the value equals `other`.
    pub fn equal(&self, other: &Self) -> Mask {
        Mask(self.op(Op::Compare(Comparison::Equal, self.id, other.id)))
    }
}

impl Mask {
    /// `yes` where the mask holds, `no` elsewhere.
    pub fn select(&self, yes: &Node, no: &Node) -> Node {
        self.0.op(Op::Select(self.0.id, yes.id, no.id))
    }

    /// Where both hold.
    pub fn and(&self, other: &Self) -> Self {
        Self(self.0.binary(Binary::Multiply, &other.0))
    }

    /// Where the mask does not hold.
    pub fn not(&self) -> Self {
        let zero = self.0.constant(0.0);
        Self(
            self.0
                .op(Op::Compare(Comparison::Equal, self.0.id, zero.id)),
        )
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident, $binary:ident) => {
        impl $trait for Node {
            type Output = Self;

            fn $method(self, other: Self) -> Self {
                self.binary(Binary::$binary, &other)
            }
        }
    };
}

operator!(Add, add, Add);
operator!(Sub, sub, Subtract);
operator!(Mul, mul, Multiply);
operator!(Div, div, Divide);

impl Neg for Node {
    type Output = Self;

    fn neg(self) -> Self {
        self.unary(Unary::Negate)
    }
}
