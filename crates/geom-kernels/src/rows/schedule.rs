//! A graph as a list of steps on numbered buffers.
//!
//! A buffer holds one value for the rows of a block: a scalar fills one lane row, a vector one for
//! each coordinate. Buffers are used again as soon as nobody reads them any more, so that those of a
//! block stay in the first cache. Uniform values are computed once for all blocks.

use super::graph::{Binary, Comparison, Graph, Id, Kind, Op, Unary};

/// A value in a buffer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operand {
    pub(super) buffer: u16,
    /// The lane row where it begins.
    pub(super) row: u16,
    /// Whether every coordinate has a lane row of its own.
    pub(super) vector: bool,
}

/// A vector, times a scalar where there is one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
    pub(super) vector: Operand,
    pub(super) factor: Option<Operand>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Action {
    Load(u8),
    Constant(f64),
    Unary(Unary, Operand),
    Binary(Binary, Operand, Operand),
    /// The sum of two terms, or their difference.
    Combine(Term, Term, bool),
    Compare(Comparison, Operand, Operand),
    Select(Operand, Operand, Operand),
    Sum(Operand),
    Dot(Operand, Operand),
    SumOfSquares(Operand, f64),
    Largest(Operand),
    Join(Operand, Operand),
    Expand(Operand),
    Axis(u8),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) action: Action,
    /// The buffer that the result is written to.
    pub(super) target: u16,
}

/// A result of the program.
#[derive(Clone, Copy, Debug)]
pub(super) struct Output {
    pub(super) operand: Operand,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) struct Schedule {
    /// The steps on uniform values.
    pub(super) uniform: Vec<Step>,
    /// The steps of every block.
    pub(super) steps: Vec<Step>,
    pub(super) outputs: Vec<Output>,
    /// Of every buffer: the coordinates beyond the width, for those of vectors.
    pub(super) buffers: Vec<Option<i8>>,
}

impl Schedule {
    /// The steps that compute `outputs`, a value and its kind for each. A uniform kind of a value that
    /// is not uniform asks for its sum over all rows.
    pub(super) fn new(graph: &Graph, outputs: &[(Id, Kind)]) -> Self {
        let plan = Plan::new(graph, outputs);
        let mut builder = Builder {
            graph,
            last_use: plan.last_uses(outputs),
            plan: &plan,
            places: vec![None; graph.len()],
            free: Vec::new(),
            schedule: Self {
                uniform: Vec::new(),
                steps: Vec::new(),
                outputs: Vec::new(),
                buffers: Vec::new(),
            },
        };
        for index in 0..graph.len() {
            builder.schedule(Id(index as u32));
        }
        for &(id, kind) in outputs {
            let operand = builder.operand(id);
            builder.schedule.outputs.push(Output { operand, kind });
        }
        builder.schedule
    }
}

/// Which values are needed, and which of them only as part of another step.
struct Plan<'a> {
    graph: &'a Graph,
    needed: Vec<bool>,
    /// Products of a vector and a scalar that are read once, by a sum.
    folded: Vec<bool>,
}

impl<'a> Plan<'a> {
    fn new(graph: &'a Graph, outputs: &[(Id, Kind)]) -> Self {
        let mut needed = vec![false; graph.len()];
        let mut readers = vec![0u32; graph.len()];
        for &(id, _) in outputs {
            needed[id.0 as usize] = true;
            readers[id.0 as usize] += 2;
        }
        for index in (0..graph.len()).rev() {
            if needed[index] {
                for operand in graph.op(Id(index as u32)).operands() {
                    needed[operand.0 as usize] = true;
                    readers[operand.0 as usize] += 1;
                }
            }
        }
        let mut plan = Self {
            graph,
            needed,
            folded: vec![false; graph.len()],
        };
        for index in 0..graph.len() {
            let id = Id(index as u32);
            if !plan.needed[index] {
                continue;
            }
            if let Op::Binary(Binary::Add | Binary::Subtract, a, b) = graph.op(id)
                && graph.kind(a).is_vector()
                && graph.kind(b).is_vector()
                && a != b
            {
                for operand in [a, b] {
                    if readers[operand.0 as usize] == 1 && plan.product(operand).is_some() {
                        plan.folded[operand.0 as usize] = true;
                    }
                }
            }
        }
        plan
    }

    /// A vector and its factor, if the value is a product of the two.
    fn product(&self, id: Id) -> Option<(Id, Id)> {
        let Op::Binary(Binary::Multiply, a, b) = self.graph.op(id) else {
            return None;
        };
        match (
            self.graph.kind(a).is_vector(),
            self.graph.kind(b).is_vector(),
        ) {
            (true, false) => Some((a, b)),
            (false, true) => Some((b, a)),
            _ => None,
        }
    }

    /// What a step reads: the operands of folded values in their place.
    fn reads(&self, id: Id) -> Vec<Id> {
        let mut reads = Vec::new();
        for operand in self.graph.op(id).operands() {
            match self.folded[operand.0 as usize] {
                true => reads.extend(self.graph.op(operand).operands()),
                false => reads.push(operand),
            }
        }
        reads
    }

    /// The value whose buffer a value lives in: views have none of their own.
    fn owner(&self, id: Id) -> Id {
        match self.graph.op(id) {
            Op::First(a) | Op::Rest(a) | Op::Detach(a) => self.owner(a),
            _ => id,
        }
    }

    /// The last step that reads each value's buffer.
    fn last_uses(&self, outputs: &[(Id, Kind)]) -> Vec<usize> {
        let mut last_use = vec![0; self.graph.len()];
        for index in 0..self.graph.len() {
            if self.needed[index] && !self.folded[index] {
                for read in self.reads(Id(index as u32)) {
                    last_use[self.owner(read).0 as usize] = index;
                }
            }
        }
        for &(id, _) in outputs {
            last_use[self.owner(id).0 as usize] = usize::MAX;
        }
        last_use
    }
}

struct Builder<'a> {
    graph: &'a Graph,
    plan: &'a Plan<'a>,
    last_use: Vec<usize>,
    places: Vec<Option<Operand>>,
    /// Buffers that nobody reads any more.
    free: Vec<u16>,
    schedule: Schedule,
}

impl Builder<'_> {
    fn operand(&self, id: Id) -> Operand {
        self.places[id.0 as usize].expect("operands are computed before they are read")
    }

    fn term(&self, id: Id) -> Term {
        match self.plan.product(id) {
            Some((vector, factor)) if self.plan.folded[id.0 as usize] => Term {
                vector: self.operand(vector),
                factor: Some(self.operand(factor)),
            },
            _ => Term {
                vector: self.operand(id),
                factor: None,
            },
        }
    }

    fn schedule(&mut self, id: Id) {
        let index = id.0 as usize;
        if !self.plan.needed[index] || self.plan.folded[index] {
            return;
        }
        let kind = self.graph.kind(id);
        let action = match self.graph.op(id) {
            Op::First(a) => {
                let operand = self.operand(a);
                self.places[index] = Some(Operand {
                    vector: false,
                    ..operand
                });
                return;
            }
            Op::Rest(a) => {
                let operand = self.operand(a);
                // One number in every coordinate is the same one in fewer of them.
                let row = operand.row + u16::from(operand.vector);
                self.places[index] = Some(Operand { row, ..operand });
                return;
            }
            Op::Detach(a) => {
                self.places[index] = Some(self.operand(a));
                return;
            }
            Op::Input(input) => Action::Load(input),
            Op::Constant(constant) => Action::Constant(constant.value()),
            Op::Unary(unary, a) => Action::Unary(unary, self.operand(a)),
            Op::Binary(binary @ (Binary::Add | Binary::Subtract), a, b)
                if self.graph.kind(a).is_vector() && self.graph.kind(b).is_vector() =>
            {
                let subtract = binary == Binary::Subtract;
                Action::Combine(self.term(a), self.term(b), subtract)
            }
            Op::Binary(binary, a, b) => Action::Binary(binary, self.operand(a), self.operand(b)),
            Op::Compare(comparison, a, b) => {
                Action::Compare(comparison, self.operand(a), self.operand(b))
            }
            Op::Select(mask, yes, no) => {
                Action::Select(self.operand(mask), self.operand(yes), self.operand(no))
            }
            Op::Sum(a) => Action::Sum(self.operand(a)),
            Op::Dot(a, b) => Action::Dot(self.operand(a), self.operand(b)),
            Op::SumOfSquares(a, scale) => Action::SumOfSquares(self.operand(a), scale.value()),
            Op::Largest(a) => Action::Largest(self.operand(a)),
            Op::Join(first, rest, _) => Action::Join(self.operand(first), self.operand(rest)),
            Op::Expand(a, _) => Action::Expand(self.operand(a)),
            Op::Axis(axis, _) => Action::Axis(axis),
        };
        let extra = match kind {
            Kind::Vector { extra } => Some(extra),
            _ => None,
        };
        let uniform = kind == Kind::Uniform;
        let buffer = self.buffer(extra, uniform);
        let step = Step {
            action,
            target: buffer,
        };
        match uniform {
            true => self.schedule.uniform.push(step),
            false => self.schedule.steps.push(step),
        }
        self.places[index] = Some(Operand {
            buffer,
            row: 0,
            vector: extra.is_some(),
        });
        // Only now: no step writes a buffer that it reads.
        let mut done: Vec<Id> = self
            .plan
            .reads(id)
            .into_iter()
            .map(|read| self.plan.owner(read))
            .filter(|owner| self.last_use[owner.0 as usize] == index)
            .filter(|&owner| self.graph.kind(owner) != Kind::Uniform)
            .collect();
        done.sort_unstable();
        done.dedup();
        for owner in done {
            self.free.push(self.operand(owner).buffer);
        }
    }

    /// A buffer for a vector or a scalar.
    fn buffer(&mut self, extra: Option<i8>, uniform: bool) -> u16 {
        let buffers = &self.schedule.buffers;
        let fits = |&buffer: &u16| buffers[usize::from(buffer)] == extra;
        if !uniform && let Some(index) = self.free.iter().rposition(fits) {
            return self.free.swap_remove(index);
        }
        self.schedule.buffers.push(extra);
        u16::try_from(self.schedule.buffers.len() - 1).expect("formulas are short")
    }
}
