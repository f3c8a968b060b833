//! Row programs as an operation of Burn's backends: the seam below which kernels stand.
//!
//! `flex` runs a program by the kernels of `geom-kernels`; `backward.rs` gives it a gradient. A kernel
//! for another backend is one more implementation of [`RowOps`].

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, DispatchDevice, backend_extension};
use burn::tensor::{DType, Tensor};
use geom_kernels::rows::{Kind, Node, Program};

use super::Formula;
use crate::metric::Coefficient;

/// The tensors that a call has room for.
pub(super) const SLOTS: usize = 5;

/// A program, and what it is run on.
#[derive(Clone, Debug)]
pub struct Call {
    /// The program: its inputs are tensors, then numbers.
    pub(super) program: Program,
    /// How many of its inputs are tensors.
    pub(super) tensors: usize,
    /// The other inputs.
    pub(super) numbers: Vec<f64>,
}

/// Row programs on a backend.
#[backend_extension(Autodiff, Flex: cfg(feature = "flex"))]
pub trait RowOps: Backend {
    /// Runs a program on as many of the tensors as it has, and returns its results; tensors and
    /// results beyond are some others.
    fn rows(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        d: FloatTensor<Self>,
        e: FloatTensor<Self>,
        call: Call,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    );
}

/// Whether a kernel can take these tensors: on `flex`, all in `f32` or all in `f64`, and not empty.
pub fn supports<const D: usize>(inputs: &[Tensor<D>]) -> bool {
    inputs.iter().all(|x| {
        let [.., width] = x.dims()[..] else {
            return false;
        };
        width > 0
            && x.shape().num_elements() > 0
            && matches!(x.dtype(), DType::F32 | DType::F64)
            && x.dtype() == inputs[0].dtype()
    }) && matches!(
        inputs[0].device().without_autodiff().as_dispatch(),
        DispatchDevice::Flex(_)
    )
}

/// Runs a program on tensors that [`supports`] holds for, and on numbers after them; without automatic
/// differentiation.
///
/// # Panics
/// If there are more than five tensors, or the program has other inputs, or more than four results.
pub fn run<const D: usize>(
    program: &Program,
    tensors: Vec<Tensor<D>>,
    numbers: Vec<f64>,
) -> Vec<Tensor<D>> {
    let results = program.outputs().len();
    assert!(
        tensors.len() <= SLOTS && results <= 4,
        "a program takes at most five tensors and gives at most four results"
    );
    let call = Call {
        program: program.clone(),
        tensors: tensors.len(),
        numbers,
    };
    let [a, b, c, d, e] = slots(tensors);
    let (first, second, third, fourth) = Dispatch::rows(a, b, c, d, e, call);
    [first, second, third, fourth]
        .into_iter()
        .take(results)
        .map(Tensor::from_dispatch)
        .collect()
}

/// The formula's value by a kernel.
pub(super) fn evaluate<F: Formula<N>, const N: usize, const D: usize>(
    c: Coefficient<Tensor<D>>,
    inputs: [Tensor<D>; N],
) -> Tensor<D> {
    let double = inputs[0].dtype() == DType::F64;
    let mut tensors = inputs.to_vec();
    let mut numbers = Vec::new();
    let one = match c {
        Coefficient::Number(1.0) => true,
        Coefficient::Number(c) => {
            numbers.push(c);
            false
        }
        Coefficient::Tensor(c) => {
            tensors.push(c);
            false
        }
    };
    let call = Call {
        program: program::<F, N>(double, one),
        tensors: tensors.len(),
        numbers,
    };
    let [a, b, c, d, e] = slots(tensors);
    let (value, ..) = Dispatch::rows(a, b, c, d, e, call);
    Tensor::from_dispatch(value)
}

/// The tensors in their slots; those that stay free hold the first one again.
fn slots<const D: usize>(tensors: Vec<Tensor<D>>) -> [FloatTensor<Dispatch>; SLOTS] {
    std::array::from_fn(|slot| {
        let tensor = tensors.get(slot).unwrap_or(&tensors[0]);
        tensor.clone().into_dispatch()
    })
}

/// What tells programs apart: the formula, the number format, whether the coefficient is 1.
type Key = (TypeId, bool, bool);

/// The program of a formula, recorded when it is first asked for.
fn program<F: Formula<N>, const N: usize>(double: bool, one: bool) -> Program {
    static PROGRAMS: OnceLock<Mutex<HashMap<Key, Program>>> = OnceLock::new();
    let programs = PROGRAMS.get_or_init(Mutex::default);
    // A panic while a program was recorded leaves the map as it was.
    let mut programs = programs.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (TypeId::of::<F>(), double, one);
    programs
        .entry(key)
        .or_insert_with(|| record::<F, N>(double, one))
        .clone()
}

fn record<F: Formula<N>, const N: usize>(double: bool, one: bool) -> Program {
    let mut kinds = F::INPUTS.to_vec();
    if !one {
        kinds.push(Kind::Uniform);
    }
    Program::new(double, &kinds, |rows| {
        let inputs: [Node; N] = std::array::from_fn(|index| rows[index].clone());
        let c = match rows.get(N) {
            Some(c) => Coefficient::Tensor(c.clone()),
            None => Coefficient::Number(1.0),
        };
        vec![F::rows(&c, inputs)]
    })
}
