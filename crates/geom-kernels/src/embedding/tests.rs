//! The closed form against the scalar geometry: loss, gradient, steps.

use super::kernel::{gradient_body, step_body};
use super::*;
use crate::geometry::{Metric, hyperboloid, poincare};
use crate::real::Real;

const DIM: usize = 3;
const METRICS: [Metric; 3] = [Metric::Ball, Metric::Hyperboloid, Metric::Flat];

/// Points of the ball: row 0 is the node, rows 1 to 20 are relations, the rest negatives. The first relation
/// coincides with the node.
fn points() -> Vec<f64> {
    let mut points: Vec<f64> = (0..46)
        .flat_map(|row| {
            let turn = f64::from(row);
            let radius = 0.05 + 0.9 * f64::from(row * 7 % 46) / 46.0;
            let z = (1.7 * turn).sin();
            let flat = radius * (1.0 - z * z).sqrt();
            [
                flat * (2.4 * turn).cos(),
                flat * (2.4 * turn).sin(),
                radius * z,
            ]
        })
        .collect();
    points.copy_within(0..DIM, DIM);
    points
}

const RELATIONS: [u32; 20] = {
    let mut rows = [0; 20];
    let mut row = 0;
    while row < 20 {
        rows[row] = row as u32 + 1;
        row += 1;
    }
    rows
};
const NEGATIVES: [u32; 25] = {
    let mut rows = [0; 25];
    let mut row = 0;
    while row < 25 {
        rows[row] = row as u32 + 21;
        row += 1;
    }
    rows
};

fn group(weights: Option<&[f32]>, focus: f64) -> Group<'_> {
    Group {
        node: 0,
        relations: &RELATIONS,
        weights,
        negatives: &NEGATIVES,
        focus,
    }
}

/// The numbers that a table holds for points of the ball.
fn stored(metric: Metric, points: &[f64]) -> Vec<f64> {
    match metric {
        Metric::Ball | Metric::Flat => points.to_vec(),
        Metric::Hyperboloid => points
            .chunks(DIM)
            .flat_map(|point| hyperboloid::from_ball(point, poincare::gap(point))[1..].to_vec())
            .collect(),
    }
}

fn table<T: Real>(metric: Metric, points: &[f64]) -> SharedTable<T> {
    let values: Vec<T> = stored(metric, points)
        .into_iter()
        .map(T::from_f64)
        .collect();
    SharedTable::new(&values, DIM)
}

/// The loss by its definition, from distances of points of the ball, or of flat space.
fn loss(metric: Metric, points: &[f64], group: &Group<'_>) -> f64 {
    let row = |id: u32| &points[id as usize * DIM..][..DIM];
    let distance = |id: u32| match metric {
        Metric::Flat => Metric::Flat.distance(row(group.node), row(id)),
        Metric::Ball | Metric::Hyperboloid => poincare::distance(row(group.node), row(id)),
    };
    let similarity = |&id: &u32| (-distance(id)).exp();
    let sum: f64 = group.negatives.iter().map(similarity).sum();
    let of_relation = |(index, id): (usize, &u32)| {
        let near = similarity(id);
        let own = -(near / (near + sum)).ln();
        group.weight(index) * (own + 0.5 * group.focus * own * own)
    };
    group.relations.iter().enumerate().map(of_relation).sum()
}

#[test]
fn loss_and_steps_are_those_of_the_definition() {
    let points = points();
    let weights: Vec<f32> = (0..20).map(|i| 0.5 + 0.1 * (i % 7) as f32).collect();
    // Of differences with the step 1e-6, over gaps down to 0.1.
    const STEP: f64 = 1e-6;
    const DIFFERENCE: f64 = 1e-7;
    for metric in METRICS {
        for group in [
            group(None, 0.0),
            group(None, 0.5),
            group(Some(&weights), 0.5),
        ] {
            let table = table::<f64>(metric, &points);
            let mut scratch = Scratch::new(DIM);
            let found = group_gradient(metric, &table, &group, 0.25, &mut scratch);
            let expected = loss(metric, &points, &group);
            assert!(
                (found / expected - 1.0).abs() < 1e-12,
                "{metric:?}: {found}, not {expected}"
            );
            let ids = std::iter::once([0].as_slice()).chain(group.blocks());
            for (block, ids) in ids.enumerate() {
                for (lane, &id) in ids.iter().enumerate() {
                    // At coincident points the distance has no gradient; theirs is taken as 0.
                    if id <= 1 {
                        continue;
                    }
                    let at = id as usize * DIM;
                    let gap = match metric {
                        Metric::Flat => 2.0,
                        _ => poincare::gap(&points[at..at + DIM]),
                    };
                    for (axis, step) in scratch.step(block, lane).enumerate() {
                        let moved = |by: f64| {
                            let mut points = points.clone();
                            points[at + axis] += by;
                            loss(metric, &points, &group)
                        };
                        let slope = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
                        // The Riemannian gradient of the ball.
                        let expected = -0.25 * slope * gap * gap / 4.0;
                        assert!(
                            (step - expected).abs() < DIFFERENCE,
                            "{metric:?} {id}: {step}, not {expected}"
                        );
                    }
                }
            }
            assert!(scratch.step(1, 0).all(|step| step == 0.0));
        }
    }
}

#[test]
fn the_steps_of_the_node_and_the_others_balance_in_flat_space() {
    let (points, group) = (points(), group(None, 0.5));
    let mut scratch = Scratch::new(DIM);
    group_gradient(
        Metric::Flat,
        &table::<f64>(Metric::Flat, &points),
        &group,
        1.0,
        &mut scratch,
    );
    let mut sums: Vec<f64> = scratch.step(0, 0).collect();
    assert!(sums.iter().any(|sum| sum.abs() > 0.1));
    for (block, ids) in group.blocks().enumerate() {
        for lane in 0..ids.len() {
            for (sum, step) in sums.iter_mut().zip(scratch.step(block + 1, lane)) {
                *sum += step;
            }
        }
    }
    assert!(sums.iter().all(|sum| sum.abs() < 1e-13), "{sums:?}");
}

#[test]
fn rows_move_by_the_scalar_retraction() {
    let (points, group) = (points(), group(None, 0.0));
    for metric in METRICS {
        let table = table::<f64>(metric, &points);
        let mut scratch = Scratch::new(DIM);
        group_gradient(metric, &table, &group, 0.7, &mut scratch);
        let mut expected = stored(metric, &points);
        let ids = std::iter::once([0].as_slice()).chain(group.blocks());
        for (block, ids) in ids.enumerate() {
            for (lane, &id) in ids.iter().enumerate() {
                let step: Vec<f64> = scratch.step(block, lane).collect();
                let mut point = points[id as usize * DIM..][..DIM].to_vec();
                let gap = poincare::gap(&point);
                let row = &mut expected[id as usize * DIM..][..DIM];
                match metric {
                    Metric::Flat => row.iter_mut().zip(&step).for_each(|(x, step)| *x += step),
                    Metric::Ball => {
                        poincare::retract(row, gap, &step, 1.0);
                    }
                    Metric::Hyperboloid => {
                        let gap = poincare::retract(&mut point, gap, &step, 1.0);
                        row.copy_from_slice(&hyperboloid::from_ball(&point, gap)[1..]);
                    }
                }
            }
        }
        group_step(metric, &table, &group, 0.7, &mut scratch);
        for (found, expected) in table.values().iter().zip(&expected) {
            let tolerance = 1e-14 * expected.abs().max(1.0);
            assert!(
                (found - expected).abs() < tolerance,
                "{metric:?}: {found}, not {expected}"
            );
        }
    }
}

fn widths_agree<T: Real>() {
    let (points, group) = (points(), group(None, 0.5));
    for metric in METRICS {
        let (plain, wide) = (table::<T>(metric, &points), table::<T>(metric, &points));
        let (mut of_plain, mut of_wide) = (Scratch::new(DIM), Scratch::new(DIM));
        let rate = T::from_f64(0.3);
        for _ in 0..3 {
            let expected = gradient_body(metric, &plain, &group, rate, &mut of_plain);
            let found = group_gradient(metric, &wide, &group, rate, &mut of_wide);
            assert_eq!(found, expected, "{metric:?}");
            let expected = step_body(metric, &plain, &group, rate, &mut of_plain);
            let found = group_step(metric, &wide, &group, rate, &mut of_wide);
            assert_eq!(found, expected, "{metric:?}");
            assert_eq!(wide.values(), plain.values(), "{metric:?}");
        }
    }
}

#[test]
fn wide_vectors_change_no_bit() {
    widths_agree::<f32>();
    widths_agree::<f64>();
}

#[test]
fn a_batch_of_one_group_is_its_step_and_some_rows_may_stay() {
    let (points, group) = (points(), group(None, 0.0));
    for metric in METRICS {
        let (at_once, summed) = (table::<f64>(metric, &points), table::<f64>(metric, &points));
        let (mut scratch, mut sums) = (Scratch::new(DIM), RowSums::new(DIM));
        group_step(metric, &at_once, &group, 0.3, &mut scratch);
        group_gradient(metric, &summed, &group, 0.3, &mut scratch);
        sums.add(&group, None, &scratch);
        sums.apply(metric, &summed, &mut scratch);
        assert_eq!(summed.values(), at_once.values(), "{metric:?}");

        let before = summed.values();
        let moves: Vec<bool> = (0..46).map(|row| row % 3 == 0).collect();
        group_gradient(metric, &summed, &group, 0.3, &mut scratch);
        sums.add(&group, Some(&moves), &scratch);
        sums.apply(metric, &summed, &mut scratch);
        let after = summed.values();
        for (row, &moves) in moves.iter().enumerate() {
            let of_row = |values: &[f64]| values[row * DIM..][..DIM].to_vec();
            assert_eq!(of_row(&before) != of_row(&after), moves, "{metric:?} {row}");
        }
    }
}

#[test]
fn points_at_the_edge_and_steps_that_are_too_long_stay_finite() {
    let mut points = points();
    points[3 * DIM..4 * DIM].copy_from_slice(&[1.0, 0.0, 0.0]);
    points[30 * DIM..31 * DIM].copy_from_slice(&[0.0, -1.0 + f64::EPSILON, 0.0]);
    let group = group(None, 0.5);
    for metric in [Metric::Ball, Metric::Hyperboloid] {
        let (double, single) = (table::<f64>(metric, &points), table::<f32>(metric, &points));
        for rate in [1.0, 1e6] {
            let loss = group_step(metric, &double, &group, rate, &mut Scratch::new(DIM));
            assert!(loss.is_finite());
            let rate = rate as f32;
            let loss = group_step(metric, &single, &group, rate, &mut Scratch::new(DIM));
            assert!(loss.is_finite());
        }
        assert!(double.values().iter().all(|value| value.is_finite()));
        assert!(single.values().iter().all(|value| value.is_finite()));
    }
}
