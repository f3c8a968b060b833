//! Probabilities, positive numbers and doubly stochastic matrices: the laws, values computed
//! elsewhere, and edges.

use burn::tensor::{DType, Device, Tensor, TensorData};
use geom_core::numerics::to_vec_f64;
use geom_core::testing::{check_manifold, check_parallel_transport};
use geom_core::{
    BirkhoffPolytope, Euclidean, Limits, Manifold, ParallelTransport, PositiveOrthant,
    ProbabilitySimplex,
};

const DTYPES: [DType; 2] = [DType::F32, DType::F64];
/// Roundings of the few dozen operations behind a value of order one.
const ROUNDINGS: f64 = 16.0;

fn rounding(dtype: DType) -> f64 {
    ROUNDINGS * Limits::of(dtype).epsilon
}

fn row<const N: usize>(values: [f64; N], dtype: DType) -> Tensor<2> {
    Tensor::from_data([values], (&Device::flex(), dtype))
}

fn matrices<const N: usize>(values: [f64; N], n: usize, dtype: DType) -> Tensor<3> {
    let data = TensorData::new(values.to_vec(), [N / (n * n), n, n]);
    Tensor::from_data(data, (&Device::flex(), dtype))
}

/// Numbers between −1 and 1 without a pattern, the same in every run.
fn numbers<const D: usize>(shape: [usize; D], salt: f64, dtype: DType) -> Tensor<D> {
    let values: Vec<f64> = (0..shape.iter().product::<usize>())
        .map(|i| 2.0 * (1e4 * (i as f64 + 1.0 + salt).sin()).rem_euclid(1.0) - 1.0)
        .collect();
    Tensor::from_data(TensorData::new(values, shape), (&Device::flex(), dtype))
}

/// Doubly stochastic matrices whose entries have logarithms spread over about `2 * spread`.
fn soft_permutations(shape: [usize; 3], spread: f64, salt: f64, dtype: DType) -> Tensor<3> {
    let scores = numbers(shape, salt, dtype).mul_scalar(spread);
    BirkhoffPolytope::new().project(scores.exp())
}

fn worst<const D: usize>(values: Tensor<D>) -> f64 {
    let largest = |worst: f64, x: f64| {
        if x.is_nan() {
            f64::INFINITY
        } else {
            worst.max(x.abs())
        }
    };
    to_vec_f64(values).into_iter().fold(0.0, largest)
}

fn assert_close<const D: usize>(what: &str, a: Tensor<D>, b: Tensor<D>, tolerance: f64) {
    assert_eq!(a.dims(), b.dims(), "{what}");
    let dtype = a.dtype();
    let error = worst(a - b);
    assert!(error <= tolerance, "{what} {dtype:?}: {error:e}");
}

fn both<M: ParallelTransport>(manifold: &M, dims: &[usize]) {
    for dtype in DTYPES {
        for &dim in dims {
            check_manifold(manifold, dim, &Device::flex(), dtype);
            check_parallel_transport(manifold, dim, &Device::flex(), dtype);
        }
    }
}

#[test]
fn the_simplex_keeps_the_laws() {
    both(&ProbabilitySimplex::new(), &[1, 2, 5, 40]);
}

#[test]
fn the_orthant_keeps_the_laws() {
    both(&PositiveOrthant::new(), &[1, 2, 5, 40]);
}

#[test]
fn the_polytope_keeps_the_laws_in_f32() {
    for n in [2, 3, 5, 10] {
        check_manifold(&BirkhoffPolytope::new(), n, &Device::flex(), DType::F32);
    }
}

#[test]
fn the_polytope_keeps_the_laws_in_f64() {
    for n in [2, 3, 5, 10] {
        check_manifold(&BirkhoffPolytope::new(), n, &Device::flex(), DType::F64);
    }
}

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

#[test]
fn a_batch_of_many_matrices_is_solved_in_parts() {
    let polytope = BirkhoffPolytope::new();
    let [x, y] = [0.1, 0.2].map(|salt| soft_permutations([2000, 3, 3], 0.5, salt, DType::F32));
    let v = polytope.log(x.clone(), y.clone());
    let back = polytope.exp(x.clone(), v.clone());
    assert_close("exp(log)", back, y.clone(), rounding(DType::F32));
    let last = |t: Tensor<3>| t.narrow(0, 1999, 1);
    let alone = polytope.log(last(x), last(y));
    assert_close("last", alone, last(v), rounding(DType::F32));
}

mod simplex {
    use super::*;

    const P: [f64; 3] = [0.5, 0.3, 0.2];
    const Q: [f64; 3] = [0.1, 0.6, 0.3];
    /// The Fisher–Rao distance of P and Q and the middle of their geodesic, at 50 digits from
    /// $2\arccos\sum\sqrt{pq}$ and the great circle.
    pub(super) const DISTANCE: f64 = 0.934_457_870_433_967_4;
    const MIDDLE: [f64; 3] = [
        0.276_627_910_633_698_74,
        0.461_884_459_310_205_66,
        0.261_487_630_056_095_6,
    ];

    #[test]
    fn distance_and_midpoint_of_two_distributions() {
        let simplex = ProbabilitySimplex::new();
        for dtype in DTYPES {
            let (p, q) = (row(P, dtype), row(Q, dtype));
            let distance = row([DISTANCE], dtype);
            let (there, back) = (
                simplex.distance(p.clone(), q.clone()),
                simplex.pairwise_distance(q.clone(), p.clone()),
            );
            assert_close("distance", there, distance.clone(), rounding(dtype));
            assert_close("pairwise", back, distance, rounding(dtype));
            let middle = simplex.midpoint(p, q);
            assert_close("middle", middle, row(MIDDLE, dtype), rounding(dtype));
        }
    }

    #[test]
    fn vertices_are_pi_apart_and_the_barycentre_sees_facets_at_its_injectivity_radius() {
        let simplex = ProbabilitySimplex::new();
        for dtype in DTYPES {
            let (first, second) = (row([1.0, 0.0, 0.0], dtype), row([0.0, 1.0, 0.0], dtype));
            let apart = simplex.distance(first.clone(), second.clone());
            assert_close(
                "vertices",
                apart,
                row([std::f64::consts::PI], dtype),
                rounding(dtype),
            );
            let centre = simplex.project(row([1.0; 3], dtype));
            let facet = simplex.distance(centre, row([0.5, 0.5, 0.0], dtype));
            let radius = row([simplex.injectivity_radius(2)], dtype);
            assert_close("facet", facet, radius, rounding(dtype));
            // And the way along the edge and back.
            let v = simplex.log(first.clone(), second.clone());
            assert_close(
                "end",
                simplex.exp(first.clone(), v),
                second.clone(),
                rounding(dtype),
            );
            let v = simplex.inverse_retract(first.clone(), second.clone());
            assert_close("end", simplex.retract(first, v), second, rounding(dtype));
        }
    }

    #[test]
    fn points_a_millionth_apart_keep_three_digits_in_f32() {
        let simplex = ProbabilitySimplex::new();
        for step in [1e-6, 1e-7] {
            let p = row([0.3, 0.2, 0.5], DType::F32);
            let q = p.clone() + row([step, -step, 0.0], DType::F32);
            let exact = simplex.distance(p.clone().cast(DType::F64), q.clone().cast(DType::F64));
            let ratio = simplex.distance(p, q).cast(DType::F64) / exact;
            assert_close("ratio", ratio, row([1.0], DType::F64), 1e-3);
        }
    }

    #[test]
    fn the_retraction_follows_the_geodesic_at_the_pace_of_the_tangent() {
        let simplex = ProbabilitySimplex::new();
        let p = row(P, DType::F64);
        let v = row([-0.2, 0.05, 0.15], DType::F64);
        let half = to_vec_f64(simplex.norm(p.clone(), v.clone()))[0] / 2.0;
        let slower = v.clone().mul_scalar(half.atan() / half);
        let expected = simplex.exp(p.clone(), slower);
        assert_close(
            "pace",
            simplex.retract(p, v),
            expected,
            rounding(DType::F64),
        );
    }
}

mod polytope {
    use super::*;

    /// Of three rows each a shift of the one before.
    fn circulant(p: [f64; 3], dtype: DType) -> Tensor<3> {
        let [a, b, c] = p;
        matrices([a, b, c, c, a, b, b, c, a], 3, dtype)
    }

    #[test]
    fn circulant_matrices_are_a_simplex_scaled_by_the_root_of_their_size() {
        // They are the fixed points of an isometry, and so totally geodesic.
        let (polytope, simplex) = (BirkhoffPolytope::new(), ProbabilitySimplex::new());
        for dtype in DTYPES {
            let [p, q] = [[0.5, 0.3, 0.2], [0.1, 0.6, 0.3]];
            let (x, y) = (circulant(p, dtype), circulant(q, dtype));
            let distance = polytope.distance(x.clone(), y.clone());
            let expected = row([3f64.sqrt() * super::simplex::DISTANCE], dtype);
            let expected = expected.unsqueeze_dim::<3>(2);
            assert_close("distance", distance, expected, rounding(dtype));
            let of_rows = |x: Tensor<3>| x.narrow(1, 0, 1).squeeze_dim::<2>(1);
            let log = of_rows(polytope.log(x.clone(), y.clone()));
            let (p, q) = (row(p, dtype), row(q, dtype));
            let expected = simplex.log(p.clone(), q.clone());
            assert_close("log", log, expected, rounding(dtype));
            let middle = of_rows(polytope.midpoint(x.clone(), y.clone()));
            assert_close("middle", middle, simplex.midpoint(p, q), rounding(dtype));
        }
    }

    /// A geodesic of the chart, $X'' = X'^2/2X - (\alpha_i + \beta_j)X$, by a Runge–Kutta method with
    /// Richardson extrapolation at 30 digits: start, velocity, end, velocity at the end. On its way an
    /// entry falls to 0.005.
    const START: [f64; 9] = [0.5, 0.2, 0.3, 0.1, 0.6, 0.3, 0.4, 0.2, 0.4];
    const VELOCITY: [f64; 9] = [0.1, -0.3, 0.2, 0.15, 0.1, -0.25, -0.25, 0.2, 0.05];
    const END: [f64; 9] = [
        0.524_135_187_113_768_3,
        0.004_725_075_729_582_203,
        0.471_139_737_156_649_5,
        0.299_253_219_929_255_2,
        0.603_604_665_779_880_2,
        0.097_142_114_290_864_64,
        0.176_611_592_956_976_48,
        0.391_670_258_490_537_6,
        0.431_718_148_552_485_9,
    ];
    const ARRIVAL: [f64; 9] = [
        -0.064_705_996_117_552_7,
        -0.056_297_996_267_480_92,
        0.121_003_992_385_033_62,
        0.248_969_732_612_655_8,
        -0.101_265_747_206_055_69,
        -0.147_703_985_406_600_1,
        -0.184_263_736_495_103_1,
        0.157_563_743_473_536_6,
        0.026_699_993_021_566_48,
    ];
    const LENGTH: f64 = 1.189_887_949_906_769;

    #[test]
    fn a_geodesic_integrated_elsewhere() {
        let polytope = BirkhoffPolytope::new();
        for dtype in DTYPES {
            let [x, v, y, w] =
                [START, VELOCITY, END, ARRIVAL].map(|values| matrices(values, 3, dtype));
            let tolerance = rounding(dtype);
            assert_close(
                "exp",
                polytope.exp(x.clone(), v.clone()),
                y.clone(),
                tolerance,
            );
            assert_close("log", polytope.log(x.clone(), y.clone()), v, tolerance);
            let back = polytope.log(y.clone(), x.clone()).neg();
            assert_close("arrival", back, w, tolerance);
            let length = matrices([LENGTH], 1, dtype);
            assert_close("distance", polytope.distance(x, y), length, tolerance);
        }
    }

    /// Spread of the logarithms, and the accuracy of `exp(log)` in $\sqrt X$: entries are then above
    /// 1e-3 and above 1e-5, see the documentation of the type.
    const REACH: [(f64, [f64; 2]); 2] = [(2.0, [1e-6, 1e-14]), (4.0, [1e-5, 1e-7])];

    #[test]
    fn exp_and_log_invert_each_other_far_beyond_the_injectivity_radius() {
        let polytope = BirkhoffPolytope::new();
        for (spread, tolerances) in REACH {
            for (dtype, tolerance) in DTYPES.into_iter().zip(tolerances) {
                for n in [2, 3, 5, 10] {
                    let [x, y] =
                        [0.1, 0.2].map(|salt| soft_permutations([20, n, n], spread, salt, dtype));
                    let back = polytope.exp(x.clone(), polytope.log(x, y.clone()));
                    assert_close("root of exp(log)", back.sqrt(), y.sqrt(), tolerance);
                }
            }
        }
    }

    #[test]
    fn long_geodesics_are_taken_in_pieces_and_reflected() {
        // In size 2 a geodesic is X_11 = sin² t at speed √8, for ever.
        let polytope = BirkhoffPolytope::new();
        let at = |t: f64| {
            let a = t.sin().powi(2);
            matrices([a, 1.0 - a, 1.0 - a, a], 2, DType::F64)
        };
        let (start, stop) = (0.3f64, -1.2f64);
        let rate = (2.0 * start).sin() * (stop - start);
        let v = matrices([rate, -rate, -rate, rate], 2, DType::F64);
        let end = polytope.exp(at(start), v);
        // The way leads through a permutation matrix, where the equation is singular.
        assert_close("end", end.sqrt(), at(stop).sqrt(), 1e-6);
    }
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
fn the_orthant_in_logarithms_is_flat_space() {
    let (orthant, flat) = (PositiveOrthant::new(), Euclidean::new());
    for dtype in DTYPES {
        let [x, y] = [0.1, 0.2].map(|salt| numbers([7, 3], salt, dtype).mul_scalar(10.0));
        let pairs = orthant.pairwise_distance(x.clone().exp(), y.clone().exp());
        let expected = flat.pairwise_distance(x, y);
        // Logarithms of size ten.
        assert_close("pairs", pairs, expected, 10.0 * rounding(dtype));
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
