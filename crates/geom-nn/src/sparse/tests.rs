//! Sparse operations against dense algebra, and their gradients against differences.

use std::cell::Cell;

use burn::tensor::{DType, Device, Tensor};
use geom_core::numerics::to_vec_f64;

use super::*;
use crate::layers::testing::normal;

/// Differences in f64 with a step of 1e-6 have about this error.
const DIFFERENCE: f64 = 1e-7;
const ROUNDING: f64 = 1e-12;

/// An empty row, an empty column, a full row and a single entry.
fn pattern() -> Pattern {
    Pattern::new(vec![0, 2, 2, 6, 7], vec![0, 3, 0, 1, 3, 4, 1], 5).unwrap()
}

/// Numbers other than those drawn before in the same test, and the same in every run.
fn random(shape: [usize; 2]) -> Tensor<2> {
    thread_local!(static DRAWN: Cell<u64> = const { Cell::new(0) });
    normal(shape, 1.0, DRAWN.replace(DRAWN.get() + 1), DType::F64)
}

/// The dense matrix of one head.
fn dense(pattern: &Pattern, values: &Tensor<2>, head: usize) -> Tensor<2> {
    let heads = values.dims()[1];
    let values = to_vec_f64(values.clone());
    let mut matrix = vec![0.0; pattern.rows() * pattern.columns()];
    let ends = pattern.row_indices().iter().copied().zip(pattern.indices());
    for (entry, (row, &column)) in ends.enumerate() {
        matrix[row as usize * pattern.columns() + column as usize] = values[entry * heads + head];
    }
    let data = burn::tensor::TensorData::new(matrix, [pattern.rows(), pattern.columns()]);
    Tensor::from_data(data, (&Device::flex(), DType::F64))
}

fn assert_close(left: Tensor<2>, right: Tensor<2>, tolerance: f64) {
    assert_eq!(left.dims(), right.dims());
    let error = to_vec_f64((left - right).abs().max())[0];
    assert!(error <= tolerance, "{error:.2e}");
}

#[test]
fn products_are_those_of_the_dense_matrix_of_each_head() {
    let pattern = pattern();
    let values = random([7, 3]);
    let (x, y) = (random([5, 6]), random([4, 6]));
    let product = sparse_matmul(&pattern, values.clone(), x.clone());
    let back = sparse_matmul_transposed(&pattern, values.clone(), y.clone());
    for head in 0..3 {
        let matrix = dense(&pattern, &values, head);
        let block = |t: &Tensor<2>| t.clone().narrow(1, 2 * head, 2);
        assert_close(block(&product), matrix.clone().matmul(block(&x)), ROUNDING);
        assert_close(block(&back), matrix.transpose().matmul(block(&y)), ROUNDING);
    }
}

#[test]
fn sampled_products_are_the_entries_of_the_dense_one() {
    let pattern = pattern();
    let (a, b) = (random([4, 18]), random([5, 18]));
    let products = sampled_product(&pattern, a.clone(), b.clone(), 2);
    for head in 0..2 {
        let block = |t: &Tensor<2>| t.clone().narrow(1, 9 * head, 9);
        let all = block(&a).matmul(block(&b).transpose());
        let ones = Tensor::ones([7, 1], (&Device::flex(), DType::F64));
        let expected = all * dense(&pattern, &ones, 0);
        assert_close(dense(&pattern, &products, head), expected, ROUNDING);
    }
}

/// Some widths have loops of their own.
#[test]
fn every_width_of_one_head_is_the_dense_product() {
    let pattern = pattern();
    for width in [1, 2, 8, 15, 16, 17, 32, 40] {
        let values = random([7, 1]);
        let (x, y) = (random([5, width]), random([4, width]));
        let matrix = dense(&pattern, &values, 0);
        let product = sparse_matmul(&pattern, values.clone(), x.clone());
        assert_close(product, matrix.clone().matmul(x.clone()), ROUNDING);
        let back = sparse_matmul_transposed(&pattern, values, y.clone());
        assert_close(back, matrix.transpose().matmul(y.clone()), ROUNDING);
        let ones = Tensor::ones([7, 1], (&Device::flex(), DType::F64));
        let expected = y.clone().matmul(x.clone().transpose()) * dense(&pattern, &ones, 0);
        let products = sampled_product(&pattern, y, x, 1);
        assert_close(dense(&pattern, &products, 0), expected, ROUNDING);
        let at_entries = random([7, width]);
        let sums = edge_scatter(&pattern, at_entries.clone(), EdgeEnd::Source);
        let mut of_columns = vec![0.0; 5 * width];
        for (&column, row) in (pattern.indices().iter()).zip(to_vec_f64(at_entries).chunks(width)) {
            let sums = &mut of_columns[column as usize * width..][..width];
            sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
        assert_eq!(to_vec_f64(sums), of_columns);
    }
}

#[test]
fn the_softmax_of_a_row_adds_up_to_one_whatever_the_size_of_its_scores() {
    let pattern = pattern();
    for scale in [1.0, 1e4] {
        let scores = random([7, 2]).mul_scalar(scale);
        let weights = edge_softmax(&pattern, scores.clone());
        let sums = to_vec_f64(edge_scatter(&pattern, weights.clone(), EdgeEnd::Target));
        for (at, sum) in sums.into_iter().enumerate() {
            // The second row has no entries.
            let expected = if at / 2 == 1 { 0.0 } else { 1.0 };
            assert!((sum - expected).abs() < ROUNDING, "{at}: {sum}");
        }
        if scale == 1.0 {
            let (weights, scores) = (to_vec_f64(weights), to_vec_f64(scores));
            let ratio = weights[0] / weights[2];
            assert!((ratio.ln() - (scores[0] - scores[2])).abs() < ROUNDING);
        }
    }
}

#[test]
fn gathering_and_scattering_are_adjoint() {
    let pattern = pattern();
    let at_entries = random([7, 3]);
    for (end, nodes) in [(EdgeEnd::Target, 4), (EdgeEnd::Source, 5)] {
        let x = random([nodes, 3]);
        let left = edge_gather(&pattern, x.clone(), end) * at_entries.clone();
        let right = x * edge_scatter(&pattern, at_entries.clone(), end);
        assert_close(
            left.sum().reshape([1, 1]),
            right.sum().reshape([1, 1]),
            1e-11,
        );
    }
}

/// Compares the gradients of a function of two matrices with central differences.
fn check_gradients(f: impl Fn(Tensor<2>, Tensor<2>) -> Tensor<2>, inputs: [Tensor<2>; 2]) {
    const STEP: f64 = 1e-6;
    // A fixed direction of the result makes it a number.
    let weight = random(f(inputs[0].clone(), inputs[1].clone()).dims());
    let value = |x: Tensor<2>, y: Tensor<2>| to_vec_f64((f(x, y) * weight.clone()).sum())[0];
    let tracked = inputs.clone().map(|x| x.autodiff().require_grad());
    let [x, y] = tracked.clone();
    let result = f(x, y) * Tensor::from_inner(weight.clone());
    let gradients = result.sum().backward();
    for (index, input) in tracked.iter().enumerate() {
        let direction = random(input.dims());
        let shifted = |sign: f64| {
            let mut inputs = inputs.clone();
            inputs[index] = inputs[index].clone() + direction.clone().mul_scalar(sign * STEP);
            let [x, y] = inputs;
            value(x, y)
        };
        let difference = (shifted(1.0) - shifted(-1.0)) / (2.0 * STEP);
        let Some(gradient) = input.grad(&gradients) else {
            assert_eq!(difference, 0.0, "no gradient for input {index}");
            continue;
        };
        let slope = to_vec_f64((gradient * direction).sum())[0];
        let error = (slope - difference).abs() / (1.0 + difference.abs());
        assert!(
            error < DIFFERENCE,
            "input {index}: {slope} against {difference}"
        );
    }
}

#[test]
fn gradients_agree_with_differences() {
    let pattern = pattern();
    check_gradients(
        |w, x| sparse_matmul(&pattern, w, x),
        [random([7, 2]), random([5, 6])],
    );
    check_gradients(
        |w, x| sparse_matmul_transposed(&pattern, w, x),
        [random([7, 2]), random([4, 6])],
    );
    check_gradients(
        |a, b| sampled_product(&pattern, a, b, 2),
        [random([4, 6]), random([5, 6])],
    );
    check_gradients(
        |s, x| sparse_matmul(&pattern, edge_softmax(&pattern, s), x),
        [random([7, 2]), random([5, 6])],
    );
    check_gradients(
        |x, y| {
            edge_gather(&pattern, x, EdgeEnd::Target) * edge_gather(&pattern, y, EdgeEnd::Source)
        },
        [random([4, 3]), random([5, 3])],
    );
    check_gradients(
        |x, y| {
            let columns = edge_scatter(&pattern, y, EdgeEnd::Source);
            edge_scatter(&pattern, x, EdgeEnd::Target).matmul(columns.transpose())
        },
        [random([7, 3]), random([7, 3])],
    );
}

#[test]
fn dropout_keeps_the_mean_and_the_zeros() {
    let count = 20_000;
    let pattern = Pattern::new(vec![0, count], (0..count as u32).collect(), count + 5).unwrap();
    let matrix = SparseMatrix::new(pattern, &vec![1.0; count], &Device::flex());
    let values = to_vec_f64(matrix.dropout(0.25).values());
    let dropped = values.iter().filter(|&&value| value == 0.0).count() as f64;
    // Five standard deviations of a binomial distribution.
    let share = dropped / count as f64;
    assert!(
        (share - 0.25).abs() < 5.0 * (0.25 * 0.75 / count as f64).sqrt(),
        "{share}"
    );
    assert!(
        values
            .iter()
            .all(|&v| v == 0.0 || (v - 1.0 / 0.75).abs() < 1e-6)
    );
}

#[test]
fn large_results_do_not_depend_on_the_number_of_threads() {
    // Above the size at which the work is shared.
    let (nodes, degree, width, heads) = (4_000u32, 10, 16, 8);
    let offsets = (0..=nodes as usize).map(|row| row * degree).collect();
    let indices = (0..nodes * degree as u32).map(|e| e.wrapping_mul(2_654_435_761) % nodes);
    let pattern = Pattern::new(offsets, indices.collect(), nodes as usize).unwrap();
    let values = random([pattern.entries(), 1]);
    let x = random([nodes as usize, width]);
    let scores = random([pattern.entries(), heads]);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let compute = || {
            let scores = scores.clone().autodiff().require_grad();
            let weights = edge_softmax(&pattern, scores.clone());
            let back = (weights.clone() * weights.clone()).sum().backward();
            [
                sparse_matmul(&pattern, values.clone(), x.clone()),
                sampled_product(&pattern, x.clone(), x.clone(), heads),
                edge_gather(&pattern, x.clone(), EdgeEnd::Source),
                edge_scatter(&pattern, scores.clone().inner(), EdgeEnd::Source),
                weights.inner(),
                scores.grad(&back).unwrap(),
            ]
            .map(to_vec_f64)
        };
        pool.unwrap().install(compute)
    };
    let alone = on(1);
    assert_eq!(alone, on(2));
    // The last rows too are a softmax.
    let (sum, count): (f64, usize) = (alone[4].iter().sum(), nodes as usize * heads);
    assert!((sum - count as f64).abs() < 1e-9 * sum, "{sum}");
}

#[test]
#[should_panic(expected = "values of Pattern(4 x 5, 7 entries)")]
fn values_of_another_pattern_are_refused() {
    sparse_matmul(&pattern(), random([6, 1]), random([5, 2]));
}

#[test]
#[should_panic(expected = "5 columns do not divide into 2 heads")]
fn heads_of_unequal_width_are_refused() {
    sparse_matmul(&pattern(), random([7, 2]), random([5, 5]));
}
