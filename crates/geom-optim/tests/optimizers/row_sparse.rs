//! Steps on the touched rows of a table: those of the dense optimizers, and nothing else moves.

use crate::common::{bits, difference, noise, points, points_f64};
use burn::module::Module;
use burn::optim::Optimizer;
use burn::tensor::{DType, Device, Int, Tensor};
use geom_core::{Euclidean, Hyperboloid, Manifold, PoincareBall, scope};
use geom_optim::{
    RiemannianAdamConfig, RiemannianSgdConfig, RowGradient, RowSparseAdam, RowSparseAdamConfig,
    RowSparseAdamState, RowSparseSgd, SecondMoment, StepMap,
};

const ROWS: usize = 6;
const LEARNING_RATE: f64 = 0.05;
/// The same operations in `f64`, in tensors of other shapes.
const ROUNDINGS: f64 = 1e-14;
/// Sums of at most eight numbers of order one in `f32`, in another order.
const SINGLE_ROUNDINGS: f32 = 1e-6;

fn index(rows: &[i64]) -> Tensor<1, Int> {
    Tensor::from_data(rows, &Device::default())
}

/// A table of points of `manifold`, in double precision.
fn table<M: Manifold>(manifold: &M) -> Tensor<2> {
    let columns = manifold.point_shape(2).coordinates();
    let ambient =
        Tensor::<2>::from_data(noise::<ROWS>(columns, 3), &Device::default()).cast(DType::F64);
    manifold.project(ambient.mul_scalar(0.6))
}

/// A gradient for the whole table that is zero outside `rows`.
fn dense_gradient(like: &Tensor<2>, rows: &[i64], round: usize) -> Tensor<2> {
    let columns = like.dims()[1];
    let gradient = Tensor::<2>::from_data(noise::<ROWS>(columns, 100 + round), &Device::default())
        .cast(DType::F64);
    let mask: Vec<f64> = (0..ROWS as i64)
        .map(|row| f64::from(u8::from(rows.contains(&row))))
        .collect();
    gradient
        * Tensor::<1>::from_data(mask.as_slice(), (&Device::default(), DType::F64)).unsqueeze_dim(1)
}

fn row_gradient(dense: &Tensor<2>, rows: &[i64]) -> RowGradient {
    RowGradient::from_unique(index(rows), dense.clone().select(0, index(rows)))
}

fn adam() -> RowSparseAdam {
    RowSparseAdamConfig::new().init()
}

/// The batches of a short training run.
const BATCHES: [&[i64]; 4] = [&[4, 1], &[1, 0, 5], &[4], &[5, 1, 4]];

fn assert_sgd_is_dense<M: Manifold>(manifold: &M) {
    for step in [StepMap::ExponentialMap, StepMap::Retraction] {
        let (sparse, dense) = (
            RowSparseSgd::new(step),
            RiemannianSgdConfig::new().with_step(step).build(),
        );
        let (mut left, mut right) = (table(manifold), table(manifold));
        for (round, rows) in BATCHES.into_iter().enumerate() {
            let gradient = dense_gradient(&left, rows, round);
            left = sparse.step(manifold, LEARNING_RATE, left, row_gradient(&gradient, rows));
            right = scope::enter(manifold, || {
                dense.step(LEARNING_RATE, right, gradient, None).0
            });
            let apart = difference(left.clone(), right.clone());
            assert!(
                apart < ROUNDINGS,
                "{}, {step:?}, batch {round}: {apart:e}",
                manifold.name()
            );
        }
        manifold.check_point(left).unwrap();
    }
}

#[test]
fn sgd_takes_the_dense_step_on_touched_rows() {
    assert_sgd_is_dense(&Euclidean::new());
    assert_sgd_is_dense(&PoincareBall::new(1.0));
    assert_sgd_is_dense(&Hyperboloid::new(0.7));
}

/// The dense step rounds its bias corrections to single precision, `1 - beta_2` by 6e-5 of itself. Half
/// of that is off in the length of a step, [`LEARNING_RATE`].
const SINGLE_PRECISION: f64 = 5e-6;

/// Trains every row of the table alone with the dense optimizer, on the batches that touch it.
fn assert_adam_is_dense_per_row<M: Manifold>(manifold: &M) {
    let dense = RiemannianAdamConfig::new()
        .with_second_moment(SecondMoment::PerPoint)
        .build();
    let start = table(manifold);
    let mut left = table(manifold);
    let mut state = RowSparseAdamState::zeros(&left);
    for (round, rows) in BATCHES.into_iter().enumerate() {
        let gradient = row_gradient(&dense_gradient(&left, rows, round), rows);
        (left, state) = adam().step(manifold, LEARNING_RATE, left, gradient, state);
    }
    for row in 0..ROWS as i64 {
        let mut alone = start.clone().select(0, index(&[row]));
        let mut state = None;
        for (round, rows) in BATCHES
            .into_iter()
            .enumerate()
            .filter(|(_, rows)| rows.contains(&row))
        {
            let gradient = dense_gradient(&start, rows, round).select(0, index(&[row]));
            (alone, state) = scope::enter(manifold, || {
                dense.step(LEARNING_RATE, alone, gradient, state)
            });
        }
        let apart = difference(left.clone().select(0, index(&[row])), alone);
        assert!(
            apart < SINGLE_PRECISION,
            "{}, row {row}: {apart:e}",
            manifold.name()
        );
    }
    manifold.check_point(left).unwrap();
}

#[test]
fn adam_takes_the_dense_step_of_each_row_at_its_own_count() {
    assert_adam_is_dense_per_row(&Euclidean::new());
    assert_adam_is_dense_per_row(&PoincareBall::new(1.0));
    assert_adam_is_dense_per_row(&Hyperboloid::new(0.7));
}

#[test]
fn rows_that_are_not_touched_keep_every_bit() {
    let ball = PoincareBall::new(1.0);
    // Single precision, and a row outside of the ball that any projection would change.
    let start = points([[0.3, -0.4], [3.0, 0.0], [0.1, 0.2]]);
    let rows = [2, 0];
    let gradient = || RowGradient::from_unique(index(&rows), points([[1.0, 0.5], [-0.3, 2.0]]));
    let untouched = |table: Tensor<2>| bits(table.narrow(0, 1, 1));

    let after_sgd = RowSparseSgd::default().step(&ball, LEARNING_RATE, start.clone(), gradient());
    let (after_adam, state) = adam().step(
        &ball,
        LEARNING_RATE,
        start.clone(),
        gradient(),
        RowSparseAdamState::zeros(&start),
    );
    assert_eq!(untouched(after_sgd.clone()), untouched(start.clone()));
    assert_eq!(untouched(after_adam), untouched(start.clone()));
    assert_ne!(bits(after_sgd), bits(start));
    assert_eq!(untouched(state.moment_1.val()), [0, 0]);
}

#[test]
fn each_row_counts_its_own_steps() {
    let ball = PoincareBall::new(1.0);
    let mut left = table(&ball);
    let mut state = RowSparseAdamState::zeros(&left);
    for (round, rows) in BATCHES.into_iter().enumerate() {
        let gradient = row_gradient(&dense_gradient(&left, rows, round), rows);
        (left, state) = adam().step(&ball, LEARNING_RATE, left, gradient, state);
    }
    let counts: Vec<i64> = state.steps.val().into_data().iter().collect();
    assert_eq!(counts, [1, 3, 0, 0, 3, 2]);
    assert_eq!(state.moment_2.val().dims(), [ROWS, 1]);
}

#[test]
fn duplicates_are_summed() {
    let rows = [5, 2, 5, 0, 5, 2, 5, 5];
    let values = noise::<8>(3, 9);
    let host: Vec<f32> = values.iter().collect();
    let gradient =
        RowGradient::coalesce(index(&rows), Tensor::from_data(values, &Device::default()));

    let unique: Vec<i64> = gradient.rows().into_data().iter().collect();
    assert_eq!(unique, [0, 2, 5]);
    let sums: Vec<f32> = gradient.values().into_data().iter().collect();
    for (slot, row) in unique.into_iter().enumerate() {
        for column in 0..3 {
            let expected: f32 = (0..8)
                .filter(|&i| rows[i] == row)
                .map(|i| host[3 * i + column])
                .sum();
            assert!((sums[3 * slot + column] - expected).abs() < SINGLE_ROUNDINGS);
        }
    }
}

#[test]
fn summing_duplicates_gives_the_same_bits_every_time() {
    let rows: Vec<i64> = (0..512).map(|i| (i * i) % 7).collect();
    let values = Tensor::<2>::from_data(noise::<512>(4, 1), &Device::default());
    let first = bits(RowGradient::coalesce(index(&rows), values.clone()).values());
    for _ in 0..5 {
        assert_eq!(
            bits(RowGradient::coalesce(index(&rows), values.clone()).values()),
            first
        );
    }
}

#[test]
fn a_batch_without_duplicates_is_only_sorted() {
    let values = points([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    let gradient = RowGradient::coalesce(index(&[4, 0, 2]), values);
    assert_eq!(
        gradient
            .rows()
            .into_data()
            .iter::<i64>()
            .collect::<Vec<_>>(),
        [0, 2, 4]
    );
    let sorted: Vec<f32> = gradient.values().into_data().iter().collect();
    assert_eq!(sorted, [3.0, 4.0, 5.0, 6.0, 1.0, 2.0]);
}

#[test]
fn a_coalesced_step_is_the_step_of_the_summed_gradient() {
    let ball = PoincareBall::new(1.0);
    let twice = RowGradient::coalesce(
        index(&[3, 1, 3]),
        points_f64([[1.0, 0.0], [0.5, 0.5], [0.25, -2.0]]),
    );
    let once = RowGradient::from_unique(index(&[1, 3]), points_f64([[0.5, 0.5], [1.25, -2.0]]));
    let sgd = RowSparseSgd::default();
    let left = sgd.step(&ball, LEARNING_RATE, table(&ball), twice);
    let right = sgd.step(&ball, LEARNING_RATE, table(&ball), once);
    assert_eq!(difference(left, right), 0.0);
}

#[test]
fn adams_state_resumes_from_a_file() {
    let ball = PoincareBall::new(1.0);
    let mut left = table(&ball);
    let mut state = RowSparseAdamState::zeros(&left);
    let gradient = |table: &Tensor<2>, round: usize| {
        row_gradient(
            &dense_gradient(table, BATCHES[round], round),
            BATCHES[round],
        )
    };
    for round in 0..2 {
        let gradient = gradient(&left, round);
        (left, state) = adam().step(&ball, LEARNING_RATE, left, gradient, state);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.bpk");
    state.clone().save_file(&path).unwrap();
    let loaded = RowSparseAdamState::zeros(&left).load_file(&path);

    let mut right = left.clone();
    let mut other = loaded;
    for round in 2..4 {
        let gradient = gradient(&left, round);
        (left, state) = adam().step(&ball, LEARNING_RATE, left, gradient.clone(), state);
        (right, other) = adam().step(&ball, LEARNING_RATE, right, gradient, other);
        assert_eq!(difference(left.clone(), right.clone()), 0.0);
    }
}

#[test]
fn a_setting_out_of_range_is_an_error() {
    let error = RowSparseAdamConfig::new()
        .with_beta_1(1.5)
        .try_init()
        .unwrap_err();
    assert_eq!(error.field, "beta_1");
}

#[test]
#[should_panic(expected = "off the tape")]
fn a_table_on_the_tape_is_refused() {
    let ball = PoincareBall::new(1.0);
    let tracked = Tensor::from_inner(points([[0.1, 0.2]]));
    let gradient = RowGradient::from_unique(index(&[0]), points([[1.0, 0.0]]));
    RowSparseSgd::default().step(&ball, 0.1, tracked, gradient);
}

#[test]
#[should_panic(expected = "one value per row")]
fn rows_and_values_of_different_length_are_refused() {
    RowGradient::from_unique(index(&[0, 1]), points([[1.0, 0.0]]));
}

#[test]
#[should_panic(expected = "row -3 of a table is negative")]
fn negative_rows_are_refused() {
    RowGradient::coalesce(index(&[0, -3]), points([[1.0, 0.0], [2.0, 1.0]]));
}
