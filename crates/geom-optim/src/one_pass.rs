//! A step as one row program: point, gradient and moments are read once and written once.
//!
//! The program is what [`Geometry`](crate::geometry::Geometry) and the optimizers compute verb by verb,
//! joined: the gradient converted, the moments updated, the point advanced, the moment carried along,
//! with the same guards. It runs where the manifold has its verbs as formulas
//! ([`Manifold::row_verbs`](geom_core::Manifold::row_verbs)) and the tensors are on a backend with a
//! kernel; else the optimizers go verb by verb.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use burn::tensor::{DType, Tensor};
use geom_core::rows::{self, RowVerbs};
use geom_core::{Coefficient, ErasedManifold};
use geom_kernels::rows::{Kind, Node, Program};

use crate::geometry::{Geometry, max_step_length};
use crate::step_map::StepMap;

/// A manifold whose steps are one program.
pub(crate) struct OnePass<const D: usize> {
    verbs: &'static RowVerbs,
    c: Coefficient<Tensor<D>>,
    dtype: DType,
}

/// What tells programs of one optimizer apart: its manifold, the number format, whether the curvature
/// is -1 or there is none, the map of the step, and a choice of the optimizer.
type Key = (&'static str, usize, bool, bool, StepMap, u8);

impl<const D: usize> OnePass<D> {
    /// The way to step points `x` in one pass, where there is one: `others` take part in the step.
    pub(crate) fn new(geometry: &Geometry, x: &Tensor<D>, others: &[&Tensor<D>]) -> Option<Self> {
        let Geometry::Manifold(manifold) = geometry else {
            return None;
        };
        let verbs = manifold.row_verbs()?;
        let tensors: Vec<Tensor<D>> = [x].iter().chain(others).map(|x| (*x).clone()).collect();
        rows::supports(&tensors).then(|| Self {
            verbs,
            c: coefficient(manifold, verbs, x),
            dtype: x.dtype(),
        })
    }

    /// Runs the program of a step: `inputs` and `numbers` are what `formula` is handed as nodes.
    ///
    /// The program is recorded once for each `name` and `choice`: the formula must not depend on
    /// anything else.
    pub(crate) fn run<const T: usize, const N: usize>(
        self,
        name: &'static str,
        (map, choice): (StepMap, u8),
        (kinds, inputs): ([Kind; T], [Tensor<D>; T]),
        numbers: [f64; N],
        formula: impl FnOnce(&Verbs, [Node; T], [Node; N]) -> Vec<Node>,
    ) -> Vec<Tensor<D>> {
        static PROGRAMS: OnceLock<Mutex<HashMap<Key, Program>>> = OnceLock::new();
        let double = self.dtype == DType::F64;
        let mut tensors = inputs.to_vec();
        let mut values = Vec::new();
        let flat = match self.c {
            Coefficient::Number(1.0) => true,
            Coefficient::Number(c) => {
                values.push(c);
                false
            }
            Coefficient::Tensor(c) => {
                tensors.push(c);
                false
            }
        };
        values.extend(numbers);
        let key = (
            name,
            std::ptr::from_ref(self.verbs).addr(),
            double,
            flat,
            map,
            choice,
        );
        let programs = PROGRAMS.get_or_init(Mutex::default);
        // A panic while a program was recorded leaves the map as it was.
        let mut programs = programs.lock().unwrap_or_else(PoisonError::into_inner);
        let program = programs.entry(key).or_insert_with(|| {
            let c = (!flat).then_some(Kind::Uniform);
            let kinds: Vec<Kind> = (kinds.into_iter().chain(c))
                .chain([Kind::Uniform; N])
                .collect();
            Program::new(double, &kinds, |nodes| {
                let (inputs, rest) = nodes.split_at(T);
                let (c, numbers) = rest.split_at(rest.len() - N);
                let verbs = Verbs {
                    verbs: self.verbs,
                    c: match c.first() {
                        Some(c) => Coefficient::Tensor(c.clone()),
                        None => Coefficient::Number(1.0),
                    },
                    map,
                    max_step_length: max_step_length(self.dtype),
                };
                let inputs = std::array::from_fn(|index| inputs[index].clone());
                let numbers = std::array::from_fn(|index| numbers[index].clone());
                formula(&verbs, inputs, numbers)
            })
        });
        let program = program.clone();
        rows::run(&program, tensors, values)
    }
}

/// The curvature magnitude for points like `x`.
fn coefficient<const D: usize>(
    manifold: &ErasedManifold,
    verbs: &RowVerbs,
    x: &Tensor<D>,
) -> Coefficient<Tensor<D>> {
    match manifold.metric().as_slice() {
        [kappa] if verbs.curved => kappa.clone().negated().coefficient(x),
        _ => Coefficient::Number(1.0),
    }
}

/// The guarded verbs of a step, being recorded: those of [`Geometry`].
pub(crate) struct Verbs {
    verbs: &'static RowVerbs,
    c: Coefficient<Node>,
    map: StepMap,
    max_step_length: f64,
}

impl Verbs {
    /// As [`Geometry::step_gradient`].
    pub(crate) fn step_gradient(&self, x: &Node, gradient: Node) -> Node {
        let reach = gradient.constant(self.max_step_length);
        let gradient = within_reach(gradient, &reach);
        let gradient = (self.verbs.riemannian_gradient)(&self.c, [x.clone(), gradient]);
        let none = gradient.constant(0.0);
        finite_or(gradient, &none)
    }

    /// As [`Geometry::squared_norm`].
    pub(crate) fn squared_norm(&self, x: &Node, v: Node) -> Node {
        (self.verbs.inner)(&self.c, [x.clone(), v.clone(), v]).at_least(0.0)
    }

    /// As [`Geometry::advance`] by $-\eta d$, with `rate` for $\eta$.
    pub(crate) fn advance(&self, x: &Node, direction: Node, rate: &Node) -> Node {
        let reach = rate.constant(self.max_step_length) / rate.clone();
        let v = within_reach(direction, &reach) * -rate.clone();
        let map = match self.map {
            StepMap::ExponentialMap => self.verbs.exp,
            StepMap::Retraction => self.verbs.retract,
        };
        let next = (self.verbs.project)(&self.c, [map(&self.c, [x.clone(), v])]);
        finite_or(next, x)
    }

    /// As [`Geometry::transport`].
    pub(crate) fn transport(&self, x: &Node, y: &Node, v: Node) -> Node {
        let v = (self.verbs.transport)(&self.c, [x.clone(), y.clone(), v]);
        let reach = v.constant(self.max_step_length);
        let v = within_reach(v, &reach);
        let none = v.constant(0.0);
        finite_or(v, &none)
    }
}

/// Shortens a vector whose magnitudes sum to more than `reach`.
fn within_reach(v: Node, reach: &Node) -> Node {
    let factor = (reach.clone() / v.abs().sum()).at_most(1.0);
    v * factor
}

/// `values`, or `otherwise` in rows with a coordinate that is not finite.
fn finite_or(values: Node, otherwise: &Node) -> Node {
    // Zero, or not a number.
    let gap = (values.clone() - values.clone()).sum();
    gap.equal(&gap.constant(0.0)).select(&values, otherwise)
}
