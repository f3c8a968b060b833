//! Row programs: a formula on points, for many points in one pass over memory.
//!
//! A geometric operation such as $\exp_x(v)$ is a formula on the coordinates of a row, the same for
//! every row. Written with tensors it is some thirty passes over memory. Here the formula is written
//! down once, on [`Node`]s; a [`Program`] runs it on blocks of rows that fit the first cache, all of
//! it before it turns to the next block, on several threads above a measured size.
//! [`Program::gradient`] differentiates the formula; the result is a program again.
//!
//! # Examples
//! ```
//! use geom_kernels::rows::{Input, Kind, Program, RowLayout};
//!
//! // The squared distance of two points.
//! let squared = Program::new(true, &[Kind::VECTOR, Kind::VECTOR], |rows| {
//!     let difference = rows[0].clone() - rows[1].clone();
//!     vec![difference.dot(&difference)]
//! });
//! let layout = RowLayout::contiguous(2, 2);
//! let (x, y) = ([0.0, 0.0, 1.0, 1.0], [3.0, 4.0, 1.0, 0.0]);
//! let inputs = [Input::Rows(&x, &layout), Input::Rows(&y, &layout)];
//! assert_eq!(squared.run(2, 2, &inputs), [vec![25.0, 1.0]]);
//! ```

mod block;
mod buffer;
mod constant;
mod elementwise;
mod function;
mod gradient;
mod graph;
mod lanes;
mod layout;
mod node;
mod run;
mod schedule;
#[cfg(test)]
mod tests;
mod tile;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

pub use function::{Function, Length};
pub use graph::Kind;
use graph::{Graph, Id};
pub use layout::{Input, RowLayout};
pub use node::{Mask, Node};
use schedule::Schedule;

/// A formula on rows, ready to run. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Program(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    double: bool,
    graph: Graph,
    inputs: Vec<Kind>,
    outputs: Vec<(Id, Kind)>,
    schedule: Schedule,
    gradients: Mutex<HashMap<(Vec<bool>, usize), Program>>,
}

impl Program {
    /// The program of a formula on `f32` or, if `double`, on `f64`: `formula` is called once, with the
    /// inputs, and returns the results.
    ///
    /// # Panics
    /// If there is no result, or more than 255 inputs.
    pub fn new(double: bool, inputs: &[Kind], formula: impl FnOnce(&[Node]) -> Vec<Node>) -> Self {
        let (graph, nodes) = node::inputs(double, inputs);
        let results = formula(&nodes);
        assert!(!results.is_empty(), "a program computes something");
        let outputs = results.iter().map(|node| (node.id(), node.kind()));
        let outputs = outputs.collect();
        let graph = graph.borrow().clone();
        Self::compiled(double, graph, inputs.to_vec(), outputs)
    }

    fn compiled(double: bool, graph: Graph, inputs: Vec<Kind>, outputs: Vec<(Id, Kind)>) -> Self {
        let schedule = Schedule::new(&graph, &outputs);
        Self(Arc::new(Compiled {
            double,
            graph,
            inputs,
            outputs,
            schedule,
            gradients: Mutex::default(),
        }))
    }

    /// The kinds of the inputs.
    pub fn inputs(&self) -> &[Kind] {
        &self.0.inputs
    }

    /// The kinds of the results.
    pub fn outputs(&self) -> impl ExactSizeIterator<Item = Kind> {
        self.0.outputs.iter().map(|&(_, kind)| kind)
    }

    /// The program of the gradient of the first result. Its inputs are those of this one, and before
    /// the input `place` the gradient of the result; its results are the gradients of the inputs that
    /// are `wanted`, in their order. The gradient of a uniform input is summed over the rows.
    ///
    /// Derived when it is first asked for, and kept.
    ///
    /// # Panics
    /// If `wanted` does not have a place for every input, or names none.
    pub fn gradient(&self, wanted: &[bool], place: usize) -> Self {
        assert_eq!(wanted.len(), self.0.inputs.len(), "inputs of a program");
        // A panic in a derivation leaves the map as it was.
        let mut known = (self.0.gradients.lock()).unwrap_or_else(PoisonError::into_inner);
        known
            .entry((wanted.to_vec(), place))
            .or_insert_with(|| self.differentiated(wanted, place))
            .clone()
    }

    fn differentiated(&self, wanted: &[bool], place: usize) -> Self {
        let Compiled {
            inputs, outputs, ..
        } = &*self.0;
        // The inputs from `place` on move up by one.
        let mut graph = self.0.graph.with_input_before(place);
        let (output, kind) = outputs[0];
        let seed = graph.input(place, kind);
        let place_of = |index: usize| if index < place { index } else { index + 1 };
        let named: Vec<usize> = (0..inputs.len()).filter(|&index| wanted[index]).collect();
        assert!(!named.is_empty(), "the gradient of something is wanted");
        let targets: Vec<Id> = named
            .iter()
            .map(|&index| graph.input(place_of(index), inputs[index]))
            .collect();
        let gradients = gradient::append(&mut graph, output, seed, &targets);
        let outputs = gradients
            .into_iter()
            .zip(&named)
            .map(|(id, &index)| (id, inputs[index]))
            .collect();
        let mut kinds = inputs.clone();
        kinds.insert(place, kind);
        Self::compiled(self.0.double, graph, kinds, outputs)
    }
}
