//! The closed-form route and the autodiff route are the same training.

mod common;

use std::num::NonZeroUsize;

use common::tree;
use geom_data::Relations;
use geom_train::Format;
use geom_train::embedding::{EmbeddingSettings, EmbeddingTrainer, Recipe, Route, Space};

/// 50 of the 51 nodes have relations, so two epochs are 100 steps.
const NODES: usize = 51;

fn settings(space: Space, format: Format, batch_size: usize) -> EmbeddingSettings {
    EmbeddingSettings {
        epochs: 2 * batch_size,
        lr: 0.1,
        batch_size,
        negatives: 12,
        hard_negatives: 4,
        hard_pool: 8,
        hard_start: 1,
        hard_refresh: 1,
        burn_in: 1,
        dtype: format,
        init_scale: 0.1,
        growth: None,
        seed: 7,
        ..Recipe::Mined.settings(space, 5, NODES)
    }
}

fn train(tree: &Relations, settings: EmbeddingSettings) -> (Vec<f64>, f64) {
    let mut trainer = EmbeddingTrainer::new(tree, settings).unwrap();
    let mut loss = 0.0;
    while !trainer.is_finished() {
        loss = trainer.epoch().unwrap().loss;
    }
    (trainer.table().to_f64(), loss)
}

/// The largest difference relative to the largest coordinate.
fn difference(a: &[f64], b: &[f64]) -> f64 {
    let largest = a.iter().fold(0.0f64, |largest, x| largest.max(x.abs()));
    a.iter()
        .zip(b)
        .fold(0.0f64, |worst, (x, y)| worst.max((x - y).abs()))
        / largest
}

fn compare(space: Space, format: Format, batch_size: usize, tolerance: f64) {
    let tree = tree(NODES);
    let fast = settings(space, format, batch_size);
    let autodiff = EmbeddingSettings {
        route: Route::Autodiff,
        ..fast.clone()
    };
    let start = EmbeddingTrainer::new(&tree, fast.clone())
        .unwrap()
        .table()
        .to_f64();
    let ((fast, fast_loss), (autodiff, autodiff_loss)) =
        (train(&tree, fast), train(&tree, autodiff));
    let apart = difference(&fast, &autodiff);
    assert!(
        apart < tolerance,
        "{space:?} {format:?}, batch {batch_size}: {apart:e} apart"
    );
    assert!(
        (fast_loss - autodiff_loss).abs() < tolerance.max(1e-12) * 10.0,
        "{fast_loss} and {autodiff_loss}"
    );
    assert!(difference(&start, &fast) > 0.1, "nothing was learnt");
}

#[test]
fn both_routes_give_the_same_table_after_100_steps_in_double_precision() {
    for space in [Space::PoincareBall, Space::Hyperboloid, Space::Euclidean] {
        compare(space, Format::F64, 1, 1e-10);
    }
}

#[test]
fn both_routes_give_the_same_table_after_100_steps_in_single_precision() {
    for space in [Space::PoincareBall, Space::Hyperboloid, Space::Euclidean] {
        compare(space, Format::F32, 1, 1e-4);
    }
}

#[test]
fn both_routes_sum_a_batch_alike() {
    for space in [Space::PoincareBall, Space::Hyperboloid, Space::Euclidean] {
        compare(space, Format::F64, 4, 1e-10);
    }
}

#[test]
fn both_routes_focus_and_grow_alike() {
    let tree = tree(200);
    let fast = EmbeddingSettings {
        focus: 0.5,
        growth: NonZeroUsize::new(1),
        epochs: 3,
        ..settings(Space::Hyperboloid, Format::F64, 1)
    };
    let autodiff = EmbeddingSettings {
        route: Route::Autodiff,
        ..fast.clone()
    };
    let ((fast, _), (autodiff, _)) = (train(&tree, fast), train(&tree, autodiff));
    let apart = difference(&fast, &autodiff);
    assert!(apart < 1e-9, "{apart:e} apart");
}

#[test]
fn ball_and_hyperboloid_learn_the_same_embedding() {
    let tree = tree(NODES);
    let (ball, _) = train(&tree, settings(Space::PoincareBall, Format::F64, 1));
    let (hyperboloid, _) = train(&tree, settings(Space::Hyperboloid, Format::F64, 1));
    let projected: Vec<f64> = hyperboloid
        .chunks(6)
        .flat_map(|point| {
            point[1..]
                .iter()
                .map(|x| x / (1.0 + point[0]))
                .collect::<Vec<_>>()
        })
        .collect();
    let apart = difference(&ball, &projected);
    assert!(apart < 1e-9, "{apart:e} apart");
}
