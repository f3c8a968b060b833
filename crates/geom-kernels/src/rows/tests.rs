//! Programs against plain arithmetic, and their gradients against differences.

use super::*;

/// Widths with and without whole tiles, rows with and without whole blocks.
const SHAPES: [(usize, usize); 7] = [
    (1, 1),
    (2, 5),
    (7, 16),
    (8, 129),
    (10, 300),
    (33, 40),
    (200, 17),
];

fn numbers(count: usize, salt: f64) -> Vec<f64> {
    (0..count)
        .map(|index| (1.7 * index as f64 + salt).sin())
        .collect()
}

/// A formula that has an operation of every kind, on two vectors, a scalar and a number.
fn formula(rows: &[Node]) -> Vec<Node> {
    let [x, y, s, c] = rows else {
        unreachable!("four inputs");
    };
    let difference = x.clone() - y.clone() * c.clone();
    let square = difference.dot(&difference);
    let bent = x.clone() * s.clone() + y.clone() / square.add_constant(1.0);
    let near = square.less(&square.constant(1.0));
    let factor = near.select(
        &square.function(Function::Sinc),
        &square.sqrt().recip().abs(),
    );
    let turned = bent.clone() * factor - x.square() * c.exp();
    let smooth = square.function(Function::Tanhc) + square.function(Function::Asinhc);
    let total = (turned.sum() * smooth).at_most(40.0).at_least(-40.0);
    vec![turned * total, square]
}

/// The same formula for one row.
fn plain(x: &[f64], y: &[f64], s: f64, c: f64) -> (Vec<f64>, f64) {
    let difference: Vec<f64> = x.iter().zip(y).map(|(x, y)| x - y * c).collect();
    let square: f64 = difference.iter().map(|x| x * x).sum();
    let r = square.sqrt();
    let factor = if square < 1.0 { r.sin() / r } else { 1.0 / r };
    let turned: Vec<f64> = (x.iter().zip(y))
        .map(|(x, y)| (x * s + y / (square + 1.0)) * factor - x * x * c.exp())
        .collect();
    let smooth = r.tanh() / r + r.asinh() / r;
    let total = (turned.iter().sum::<f64>() * smooth).clamp(-40.0, 40.0);
    (turned.iter().map(|x| x * total).collect(), square)
}

const KINDS: [Kind; 4] = [Kind::VECTOR, Kind::VECTOR, Kind::Scalar, Kind::Uniform];

#[test]
fn programs_compute_the_formula_of_every_row() {
    let program = Program::new(true, &KINDS, formula);
    for (width, rows) in SHAPES {
        let (x, y) = (numbers(rows * width, 0.1), numbers(rows * width, 0.4));
        let s = numbers(rows, 0.8);
        let (points, scalars) = (
            RowLayout::contiguous(rows, width),
            RowLayout::contiguous(rows, 1),
        );
        let inputs = [
            Input::Rows(&x, &points),
            Input::Rows(&y, &points),
            Input::Rows(&s, &scalars),
            Input::Uniform(0.3),
        ];
        let results = program.run(width, rows, &inputs);
        for row in 0..rows {
            let of = |values: &[f64]| values[row * width..][..width].to_vec();
            let (value, square) = plain(&of(&x), &of(&y), s[row], 0.3);
            assert!((results[1][row] - square).abs() < 1e-12 * square);
            for (found, exact) in of(&results[0]).iter().zip(&value) {
                // A few roundings of numbers up to 40 times the coordinates.
                assert!(
                    (found - exact).abs() < 1e-11,
                    "{width} {rows}: {found} {exact}"
                );
            }
        }
    }
}

#[test]
fn gradients_are_the_differences_of_the_formula() {
    let program = Program::new(true, &KINDS, formula);
    let (width, rows) = (3, 20);
    let layouts = (
        RowLayout::contiguous(rows, width),
        RowLayout::contiguous(rows, 1),
    );
    let run = |x: &[f64], y: &[f64], s: &[f64], c: f64| -> Vec<f64> {
        let inputs = [
            Input::Rows(x, &layouts.0),
            Input::Rows(y, &layouts.0),
            Input::Rows(s, &layouts.1),
            Input::Uniform(c),
        ];
        program.run(width, rows, &inputs).swap_remove(0)
    };
    let (x, y, s, c) = (
        numbers(rows * width, 0.1),
        numbers(rows * width, 0.4),
        numbers(rows, 0.8),
        0.3,
    );
    let seed = numbers(rows * width, 0.9);
    let value = |x: &[f64], y: &[f64], s: &[f64], c: f64| -> f64 {
        let result = run(x, y, s, c);
        result.iter().zip(&seed).map(|(a, b)| a * b).sum()
    };
    let gradient = program.gradient(&[true; 4], 4);
    let inputs = [
        Input::Rows(&x, &layouts.0),
        Input::Rows(&y, &layouts.0),
        Input::Rows(&s, &layouts.1),
        Input::Uniform(c),
        Input::Rows(&seed, &layouts.0),
    ];
    let gradients = gradient.run(width, rows, &inputs);
    const STEP: f64 = 1e-6;
    let close = |found: f64, up: f64, down: f64| {
        let slope = (up - down) / (2.0 * STEP);
        // The step squared, and roundings of the value divided by the step.
        assert!(
            (found - slope).abs() < 1e-6 * (1.0 + slope.abs()),
            "{found} {slope}"
        );
    };
    for index in 0..rows * width {
        let moved = |values: &[f64], step: f64| {
            let mut values = values.to_vec();
            values[index] += step;
            values
        };
        let at = |step| value(&moved(&x, step), &y, &s, c);
        close(gradients[0][index], at(STEP), at(-STEP));
        let at = |step| value(&x, &moved(&y, step), &s, c);
        close(gradients[1][index], at(STEP), at(-STEP));
    }
    for row in 0..rows {
        let at = |step: f64| {
            let mut s = s.clone();
            s[row] += step;
            value(&x, &y, &s, c)
        };
        close(gradients[2][row], at(STEP), at(-STEP));
    }
    close(
        gradients[3][0],
        value(&x, &y, &s, c + STEP),
        value(&x, &y, &s, c - STEP),
    );
    // One of them alone is the same one.
    let alone = program.gradient(&[false, true, false, false], 4);
    assert_eq!(alone.run(width, rows, &inputs), [gradients[1].clone()]);
}

#[test]
fn first_coordinates_come_apart_and_together() {
    let swap = Program::new(true, &[Kind::VECTOR], |rows| {
        let (first, rest) = (rows[0].first(), rows[0].rest());
        vec![first.followed_by(&rest) + (-first).followed_by(&rest), rest]
    });
    let layout = RowLayout::contiguous(2, 3);
    let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let results = swap.run(3, 2, &[Input::Rows(&x, &layout)]);
    assert_eq!(results[0], [0.0, 4.0, 6.0, 0.0, 10.0, 12.0]);
    assert_eq!(results[1], [2.0, 3.0, 5.0, 6.0]);
    let gradient = swap.gradient(&[true], 1);
    let seed = [1.0; 6];
    let inputs = [Input::Rows(&x, &layout), Input::Rows(&seed, &layout)];
    let gradients = gradient.run(3, 2, &inputs);
    assert_eq!(gradients[0], [0.0, 2.0, 2.0, 0.0, 2.0, 2.0]);
}

#[test]
fn layouts_are_followed_where_they_lead() {
    let twice = Program::new(true, &[Kind::VECTOR, Kind::VECTOR], |rows| {
        vec![rows[0].clone() + rows[1].clone()]
    });
    let x: Vec<f64> = (0..24).map(f64::from).collect();
    // Columns as coordinates, backwards; one row for all.
    let turned = RowLayout::new(20, &[(3, 1)], -4);
    let one = RowLayout::new(4, &[(3, 0)], 1);
    let inputs = [Input::Rows(&x, &turned), Input::Rows(&x, &one)];
    let results = twice.run(2, 3, &inputs);
    assert_eq!(results[0], [24.0, 21.0, 25.0, 22.0, 26.0, 23.0]);
    // Two axes that are no one: a view of some columns.
    let part = RowLayout::new(1, &[(2, 12), (2, 4)], 1);
    let results = twice.run(2, 4, &[Input::Rows(&x, &part), Input::Rows(&x, &part)]);
    assert_eq!(results[0], [2.0, 4.0, 10.0, 12.0, 26.0, 28.0, 34.0, 36.0]);
}

#[test]
fn sums_over_rows_do_not_depend_on_threads() {
    let program = Program::new(false, &[Kind::VECTOR, Kind::Uniform], |rows| {
        vec![rows[0].clone() * rows[1].clone()]
    });
    let gradient = program.gradient(&[false, true], 2);
    let rows = 50_000;
    let x: Vec<f32> = (0..rows * 3).map(|i| (i as f32 * 0.7).sin()).collect();
    let layout = RowLayout::contiguous(rows, 3);
    let inputs = [
        Input::Rows(&x, &layout),
        Input::Uniform(2.0),
        Input::Rows(&x, &layout),
    ];
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.expect("threads can be had");
        pool.install(|| gradient.run(3, rows, &inputs))
    };
    assert_eq!(with(1), with(2));
    let exact: f64 = x.iter().map(|&x| f64::from(x).powi(2)).sum();
    let found = f64::from(with(2)[0][0]);
    assert!((found / exact - 1.0).abs() < 1e-6);
}

#[test]
fn an_input_that_does_not_matter_has_gradient_zero() {
    let program = Program::new(true, &[Kind::VECTOR, Kind::VECTOR], |rows| {
        vec![rows[0].detach().dot(&rows[0].detach())]
    });
    let layout = RowLayout::contiguous(1, 2);
    let seed = RowLayout::contiguous(1, 1);
    let gradients = program.gradient(&[true, true], 2).run(
        2,
        1,
        &[
            Input::Rows(&[1.0, 2.0], &layout),
            Input::Rows(&[3.0, 4.0], &layout),
            Input::Rows(&[1.0], &seed),
        ],
    );
    assert_eq!(gradients, [vec![0.0, 0.0], vec![0.0, 0.0]]);
}
