//! Probabilities, positive numbers and doubly stochastic matrices: the laws, and values computed
//! elsewhere.

use burn::tensor::{DType, Device, Tensor};
use geom_core::numerics::to_vec_f64;
use geom_core::testing::{check_manifold, check_parallel_transport};
use geom_core::{
    BirkhoffPolytope, Euclidean, Limits, Manifold, ParallelTransport, PositiveOrthant,
    ProbabilitySimplex,
};

use crate::positive::{DTYPES, assert_close, matrices, numbers, row, soft_permutations};

/// Roundings of the few dozen operations behind a value of order one.
const ROUNDINGS: f64 = 16.0;

fn rounding(dtype: DType) -> f64 {
    ROUNDINGS * Limits::of(dtype).epsilon
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
        check_manifold(
            &BirkhoffPolytope::new(),
            [n, n],
            &Device::flex(),
            DType::F32,
        );
    }
}

#[test]
fn the_polytope_keeps_the_laws_in_f64() {
    for n in [2, 3, 5, 10] {
        check_manifold(
            &BirkhoffPolytope::new(),
            [n, n],
            &Device::flex(),
            DType::F64,
        );
    }
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
    fn vertices_are_pi_apart_and_the_barycenter_sees_facets_at_its_injectivity_radius() {
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
            let center = simplex.project(row([1.0; 3], dtype));
            let facet = simplex.distance(center, row([0.5, 0.5, 0.0], dtype));
            let radius = row([simplex.injectivity_radius(&[3])], dtype);
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
