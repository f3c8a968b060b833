//! Simplex, orthant and polytope at their edges: derivatives, faces, close points, huge steps.

use burn::tensor::{DType, Device, Tensor};
use geom_core::numerics::to_vec_f64;
use geom_core::{BirkhoffPolytope, Limits, Manifold, PositiveOrthant, ProbabilitySimplex};

use crate::positive::{DTYPES, assert_close, matrices, numbers, row, soft_permutations};

#[test]
fn one_outcome_leaves_one_point() {
    let polytope = BirkhoffPolytope::new();
    for dtype in DTYPES {
        let one = matrices([1.0], 1, dtype);
        let v = polytope.project_tangent(one.clone(), one.clone());
        let moved = [
            polytope.project(one.clone().mul_scalar(3.0)),
            polytope.exp(one.clone(), v.clone()),
            polytope.retract(one.clone(), v.clone()),
        ];
        for x in moved {
            assert_close("point", x, one.clone(), 0.0);
        }
        assert_close("vector", v, one.zeros_like(), 0.0);
    }
}

#[test]
fn no_points_are_mapped_to_none() {
    fn check<M: Manifold, const D: usize>(m: &M, none: Tensor<D>) {
        let both = [true, false];
        for (name, map) in both.into_iter().flat_map(|tangents| maps(m, tangents)) {
            assert_eq!(map(none.clone(), none.clone()).dims()[0], 0, "{name}");
        }
    }
    let device = Device::flex();
    check(
        &ProbabilitySimplex::new(),
        Tensor::<2>::zeros([0, 3], &device),
    );
    check(&PositiveOrthant::new(), Tensor::<2>::zeros([0, 3], &device));
    check(
        &BirkhoffPolytope::new(),
        Tensor::<3>::zeros([0, 3, 3], &device),
    );
}

type Map<'a, const D: usize> = Box<dyn Fn(Tensor<D>, Tensor<D>) -> Tensor<D> + 'a>;

/// Maps of two points, or of a point and a tangent vector, under their names.
fn maps<'a, M: Manifold, const D: usize>(
    m: &'a M,
    tangents: bool,
) -> Vec<(&'static str, Map<'a, D>)> {
    if tangents {
        vec![
            ("exp", Box::new(|x, v| m.exp(x, v))),
            ("retract", Box::new(|x, v| m.retract(x, v))),
            ("norm", Box::new(|x, v| m.norm(x, v))),
            ("project_tangent", Box::new(|x, v| m.project_tangent(x, v))),
            (
                "riemannian_gradient",
                Box::new(|x, v| m.riemannian_gradient(x, v)),
            ),
        ]
    } else {
        vec![
            ("distance", Box::new(|x, y| m.distance(x, y))),
            ("log", Box::new(|x, y| m.log(x, y))),
            ("inverse_retract", Box::new(|x, y| m.inverse_retract(x, y))),
            (
                "transport",
                Box::new(|x: Tensor<D>, y| {
                    let v = m.project_tangent(x.clone(), x.clone() * x.clone());
                    m.transport(x, y, v)
                }),
            ),
            ("project", Box::new(|x, y| m.project(x + y.mul_scalar(2.0)))),
        ]
    }
}

/// Gradients against central differences along the tangent vectors `dx` and `dy`.
fn assert_gradients<M: Manifold, const D: usize>(
    m: &M,
    [x, y, dx, dy]: [Tensor<D>; 4],
    tangents: bool,
) {
    const STEP: f64 = 1e-5;
    for (name, map) in maps(m, tangents) {
        let shape = map(x.clone(), y.clone()).dims();
        let weights = numbers(shape, 0.7, DType::F64);
        let f = |x, y| (map(x, y) * weights.clone()).sum();
        let [tx, ty] = [&x, &y].map(|t| t.clone().autodiff().require_grad());
        let gradients = f(tx.clone(), ty.clone()).backward();
        let along = |t: &Tensor<D>, d: &Tensor<D>| {
            // None where the map does not depend on it.
            t.grad(&gradients)
                .map_or(0.0, |gradient| to_vec_f64((gradient * d.clone()).sum())[0])
        };
        let automatic = along(&tx, &dx) + along(&ty, &dy);
        let at = |t: f64| {
            let shift = |x: &Tensor<D>, d: &Tensor<D>| x.clone() + d.clone().mul_scalar(t);
            to_vec_f64(f(shift(&x, &dx), shift(&y, &dy)))[0]
        };
        let measured = (at(STEP) - at(-STEP)) / (2.0 * STEP);
        let error = (automatic - measured).abs() / (1.0 + measured.abs());
        // What a central difference with that step leaves, for third derivatives of up to 100.
        assert!(error < 1e-8, "{} {name}: {automatic} {measured}", m.name());
    }
}

/// `assert_gradients` for two points and for a point and a tangent vector, at matrices or vectors.
fn assert_all_gradients<M: Manifold, const D: usize>(m: &M, x: Tensor<D>, y: Tensor<D>) {
    let shape = x.dims();
    let direction = |x: &Tensor<D>, salt: f64| {
        let u = numbers(shape, salt, DType::F64).mul_scalar(0.3);
        m.project_tangent(x.clone(), x.clone() * u)
    };
    let (dx, dy) = (direction(&x, 0.3), direction(&y, 0.4));
    assert_gradients(m, [x.clone(), y, dx.clone(), dy], false);
    // Tangency does not depend on the base point here, so a tangent vector may vary by any other.
    let (v, dv) = (direction(&x, 0.5), direction(&x, 0.6));
    assert_gradients(m, [x, v, dx, dv], true);
}

#[test]
fn gradients_of_every_map_are_derivatives() {
    let [x, y] = [0.1, 0.2].map(|salt| numbers([6, 4], salt, DType::F64).exp());
    assert_all_gradients(&PositiveOrthant::new(), x.clone(), y.clone());
    let simplex = ProbabilitySimplex::new();
    assert_all_gradients(&simplex, simplex.project(x), simplex.project(y));
    for n in [2, 3, 5] {
        let [x, y] = [0.1, 0.2].map(|salt| soft_permutations([6, n, n], 1.0, salt, DType::F64));
        assert_all_gradients(&BirkhoffPolytope::new(), x, y);
    }
}

/// Every map and its gradients, at all pairs of these points and for tangent vectors of length one and
/// a thousand.
fn assert_finite<M: Manifold, const D: usize>(m: &M, points: Vec<Tensor<D>>) {
    let check = |name: &str, map: &dyn Fn(Tensor<D>, Tensor<D>) -> Tensor<D>, x: &Tensor<D>, y| {
        let [x, y]: [Tensor<D>; 2] = [x.clone(), y].map(|t: Tensor<D>| t.autodiff().require_grad());
        let value = map(x.clone(), y.clone());
        let gradients = value.clone().sum().backward();
        let bad = |t: Tensor<D>| to_vec_f64(t).into_iter().filter(|x| !x.is_finite()).count();
        let of = |t: &Tensor<D>| t.grad(&gradients).map_or(0, bad);
        let counts = [bad(value), of(&x), of(&y)];
        assert_eq!(counts, [0; 3], "{} {name} at {x} and {y}", m.name());
    };
    for x in &points {
        for y in &points {
            for (name, map) in maps(m, false) {
                check(name, &map, x, y.clone());
            }
        }
        for length in [1.0, 1e3] {
            let u = numbers(x.dims(), 0.1, x.dtype());
            let v = m.project_tangent(x.clone(), u);
            let norm = m.norm(x.clone(), v.clone());
            for (name, map) in maps(m, true) {
                check(name, &map, x, v.clone() / norm.clone() * length);
            }
        }
        assert!(m.check_point(m.project(x.clone())).is_ok());
    }
}

#[test]
fn values_and_gradients_are_finite_on_every_face_of_the_simplex() {
    for dtype in DTYPES {
        let tiny = Limits::of(dtype).min_probability;
        let points = [
            [1.0, 0.0, 0.0],
            [0.0, 1.0, 0.0],
            [0.5, 0.5, 0.0],
            [0.2, 0.3, 0.5],
            [1.0, tiny, 1e-30],
        ];
        let points = points.map(|p| row(p, dtype)).to_vec();
        assert_finite(&ProbabilitySimplex::new(), points);
    }
}

#[test]
fn values_and_gradients_are_finite_to_the_end_of_the_orthants_range() {
    for dtype in DTYPES {
        let end = 0.999 * Limits::of(dtype).max_log;
        let points = [[0.0, 0.0], [end, -end], [-end, end], [1.0, -2.0]];
        let points = points.map(|p| row(p.map(f64::exp), dtype)).to_vec();
        assert_finite(&PositiveOrthant::new(), points);
    }
}

#[test]
fn values_and_gradients_are_finite_at_permutation_matrices_and_blocks() {
    for dtype in DTYPES {
        let points = [
            [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
            [0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0],
            [1.0, 0.0, 0.0, 0.0, 0.4, 0.6, 0.0, 0.6, 0.4],
            [0.5, 0.2, 0.3, 0.1, 0.6, 0.3, 0.4, 0.2, 0.4],
        ];
        let points = points.map(|p| matrices(p, 3, dtype)).to_vec();
        assert_finite(&BirkhoffPolytope::new(), points);
    }
}

/// Steps of every size, against the points themselves: whatever happens, they stay points.
fn assert_survives<M: Manifold, const D: usize>(m: &M, start: Tensor<D>) {
    let mut x = m.project(start);
    for step in 0..200 {
        let size = 10f64.powi(step % 12 - 5);
        let gradient = numbers(x.dims(), f64::from(step), x.dtype()).mul_scalar(size);
        let v = m.riemannian_gradient(x.clone(), gradient);
        x = if step % 8 == 0 {
            m.exp(x, v)
        } else {
            m.retract(x, v)
        };
        let verdict = m.check_point(x.clone());
        assert!(verdict.is_ok(), "step {step}, size {size:e}: {verdict:?}");
        x = m.project(x);
    }
}

#[test]
fn no_step_leads_off_the_manifold() {
    for dtype in DTYPES {
        let start = numbers([5, 4], 0.5, dtype).exp();
        assert_survives(&ProbabilitySimplex::new(), start.clone());
        assert_survives(&PositiveOrthant::new(), start);
        let start = numbers([5, 4, 4], 0.5, dtype).exp();
        assert_survives(&BirkhoffPolytope::new(), start);
    }
}

#[test]
fn points_a_millionth_apart_on_the_orthant_keep_three_digits_in_f32() {
    let orthant = PositiveOrthant::new();
    let x = row([1e-8, 3.0, 1e9], DType::F32);
    let y = x.clone() * row([1.0 + 1e-6, 1.0, 1.0 - 1e-6], DType::F32);
    let exact = orthant.distance(x.clone().cast(DType::F64), y.clone().cast(DType::F64));
    let ratio = orthant.distance(x, y).cast(DType::F64) / exact;
    assert_close("ratio", ratio, row([1.0], DType::F64), 1e-3);
}
