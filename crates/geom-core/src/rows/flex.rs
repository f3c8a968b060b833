//! Row programs on the `flex` backend.

use burn::backend::flex::{FlexTensor, Layout};
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::{Bytes, DType, Element, Shape};
use geom_kernels::real::Real;
use geom_kernels::rows::{Input, Kind, RowLayout};

use super::ops::{Call, RowOps};

impl RowOps for Flex {
    fn rows(
        a: FlexTensor,
        b: FlexTensor,
        c: FlexTensor,
        d: FlexTensor,
        e: FlexTensor,
        call: Call,
    ) -> (FlexTensor, FlexTensor, FlexTensor, FlexTensor) {
        let tensors = [a, b, c, d, e];
        let tensors = &tensors[..call.tensors];
        let results = match tensors[0].dtype() {
            DType::F64 => run::<f64>(tensors, &call),
            _ => run::<f32>(tensors, &call),
        };
        let mut results = results.into_iter();
        let first = results.next().expect("a program has a result");
        let mut next = || results.next().unwrap_or_else(|| first.clone());
        let (second, third, fourth) = (next(), next(), next());
        (first, second, third, fourth)
    }
}

fn run<T: Real + Element + bytemuck::Pod>(tensors: &[FlexTensor], call: &Call) -> Vec<FlexTensor> {
    let kinds = &call.program.inputs()[..tensors.len()];
    let of_rows = || (tensors.iter().zip(kinds)).filter(|(_, kind)| **kind != Kind::Uniform);
    let batch = of_rows().fold(
        vec![1; tensors[0].shape().num_dims() - 1],
        |mut batch, (x, _)| {
            for (size, &own) in batch.iter_mut().zip(x.shape().iter()) {
                if *size == 1 {
                    *size = own;
                }
            }
            batch
        },
    );
    let width = of_rows().find_map(|(x, kind)| match kind {
        Kind::Vector { extra } => Some(last(x).saturating_add_signed(-isize::from(*extra))),
        _ => None,
    });
    let width = width.unwrap_or(1);
    let layouts: Vec<RowLayout> = tensors.iter().map(|x| layout(x, &batch)).collect();
    let mut inputs: Vec<Input<'_, T>> = (tensors.iter().zip(kinds).zip(&layouts))
        .map(|((x, kind), layout)| match kind {
            Kind::Uniform => Input::Uniform(x.storage::<T>()[x.layout().start_offset()]),
            _ => Input::Rows(x.storage::<T>(), layout),
        })
        .collect();
    inputs.extend(
        call.numbers
            .iter()
            .map(|&number| Input::Uniform(T::from_f64(number))),
    );
    let rows = batch.iter().product();
    let results = call.program.run(width, rows, &inputs);
    results
        .into_iter()
        .zip(call.program.outputs())
        .map(|(values, kind)| {
            let shape: Vec<usize> = match kind {
                Kind::Uniform => vec![1; batch.len() + 1],
                Kind::Scalar => batch.iter().copied().chain([1]).collect(),
                Kind::Vector { extra } => {
                    let width = width.saturating_add_signed(extra.into());
                    batch.iter().copied().chain([width]).collect()
                }
            };
            FlexTensor::new(
                Bytes::from_elems(values),
                Layout::contiguous(Shape::from(shape)),
                T::dtype(),
            )
        })
        .collect()
}

/// The size of the last axis.
fn last(x: &FlexTensor) -> usize {
    x.shape().iter().next_back().copied().unwrap_or(1)
}

/// The rows of a tensor, broadcast to a batch.
fn layout(x: &FlexTensor, batch: &[usize]) -> RowLayout {
    let layout = x.layout();
    let (step, strides) = layout
        .strides()
        .split_last()
        .expect("rows have an axis of coordinates");
    let axes: Vec<(usize, isize)> = (batch.iter().zip(strides).zip(x.shape().iter()))
        .map(|((&size, &stride), &own)| (size, if own == 1 { 0 } else { stride }))
        .collect();
    RowLayout::new(layout.start_offset(), &axes, *step)
}
