//! The models of hyperbolic space agree through their isometries, and so do sphere and stereographic
//! coordinates.

use burn::tensor::{DType, Device, Tensor, TensorData};
use geom_core::numerics::{norm, to_vec_f64};
use geom_core::{
    Curvature, HalfSpace, HyperbolicModel, Hyperboloid, KleinBall, Limits, Manifold,
    ParallelTransport, PoincareBall, change_model, change_model_tangent, sphere_to_stereographic,
    sphere_to_stereographic_tangent, stereographic_to_sphere, stereographic_to_sphere_tangent,
};

const DTYPES: [DType; 2] = [DType::F32, DType::F64];
const ROWS: usize = 16;
/// Distance of the points from the origin, and length of the tangent vectors, in units.
const RADIUS: f64 = 1.5;
const STEP: f64 = 0.7;
/// Roundings of two changes of model and a map between them.
const ROUNDINGS: f64 = 16.0;
/// Step of the central difference in `f64`: near the cube root of rounding.
const DIFFERENCE_STEP: f64 = 1e-5;
/// What a central difference with that step leaves, for functions of order ten.
const DIFFERENCE_ERROR: f64 = 1e-7;

fn worst<const D: usize>(x: Tensor<D>) -> f64 {
    to_vec_f64(x)
        .into_iter()
        .fold(0.0, |worst, x| match x.is_nan() {
            true => f64::INFINITY,
            false => worst.max(x.abs()),
        })
}

/// What is tried on a pair of models.
trait PairTest {
    fn run<A: Model, B: Model>(&self, from: &A, to: &B);
}

trait Model: HyperbolicModel + ParallelTransport {
    /// Its own unit of length.
    fn unit(&self) -> f64 {
        let curvature = self.sectional_curvature().expect("constant");
        curvature.abs().sqrt().recip()
    }

    /// Points at [`RADIUS`] units from the origin.
    fn points(&self, dim: usize, dtype: DType, salt: u64) -> Tensor<2> {
        let shape = [ROWS, self.point_shape(dim).coordinates()];
        let origin = self.origin(shape, &Device::flex()).cast(dtype);
        let v = self.tangent_at(
            origin.clone(),
            directions(dim, dtype, salt).mul_scalar(RADIUS),
        );
        self.exp(origin, v)
    }

    /// Tangent vectors of [`STEP`] units.
    fn steps(&self, x: &Tensor<2>, dim: usize, salt: u64) -> Tensor<2> {
        let w = directions(dim, x.dtype(), salt).mul_scalar(STEP);
        self.tangent_at(x.clone(), w)
    }
}
impl<M: HyperbolicModel + ParallelTransport> Model for M {}

/// Unit vectors `[ROWS, dim]`, the same in every run; `salt` chooses the stream.
fn directions(dim: usize, dtype: DType, salt: u64) -> Tensor<2> {
    let mut state = salt;
    let values: Vec<f64> = (0..ROWS * dim)
        .map(|_| {
            // Knuth's linear congruential generator.
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        })
        .collect();
    let w = Tensor::from_data(
        TensorData::new(values, [ROWS, dim]),
        (&Device::flex(), dtype),
    );
    w.clone() / norm(w)
}

/// What rounding of the coordinates amounts to where points and steps end, in units: the Klein ball
/// resolves a point at distance $r$ from the origin to $\varepsilon e^{2r}$, the others better.
fn rounding(dtype: DType) -> f64 {
    ROUNDINGS * Limits::of(dtype).epsilon * (2.0 * (RADIUS + STEP)).exp()
}

/// Every pair of models of curvature $-c$ and $-c'$.
fn every_pair(test: &impl PairTest, c: f64, other: f64) {
    fn onto<A: Model>(test: &impl PairTest, from: &A, c: f64) {
        test.run(from, &PoincareBall::new(c));
        test.run(from, &Hyperboloid::new(c));
        test.run(from, &HalfSpace::new(c));
        test.run(from, &KleinBall::new(c));
    }
    onto(test, &PoincareBall::new(c), other);
    onto(test, &Hyperboloid::new(c), other);
    onto(test, &HalfSpace::new(c), other);
    onto(test, &KleinBall::new(c), other);
}

/// Points, tangent vectors and maps of one model are those of the other.
struct Agrees(DType, usize);

impl PairTest for Agrees {
    fn run<A: Model, B: Model>(&self, from: &A, to: &B) {
        let Self(dtype, dim) = *self;
        let tolerance = rounding(dtype) * from.unit();
        let [x, y] = [1, 2].map(|salt| from.points(dim, dtype, salt));
        let [v, w] = [3, 4].map(|salt| from.steps(&x, dim, salt));
        let point = |x: &Tensor<2>| change_model(from, to, x.clone());
        let tangent =
            |x: &Tensor<2>, v: &Tensor<2>| change_model_tangent(from, to, x.clone(), v.clone());
        let (p, q) = (point(&x), point(&y));
        let (pv, pw) = (tangent(&x, &v), tangent(&x, &w));
        let check = |what: &str, error: f64| {
            let (from, to) = (from.name(), to.name());
            assert!(
                error <= tolerance,
                "{what}, {from} to {to}, {dtype:?}, {dim}: {error:e} > {tolerance:e}"
            );
        };
        assert_eq!(p.dims(), [ROWS, to.point_shape(dim).coordinates()]);
        assert!(to.check_point(p.clone()).is_ok());
        assert!(to.check_tangent(p.clone(), pv.clone()).is_ok());
        let back = change_model(to, from, p.clone());
        check("round trip", worst(from.distance(back, x.clone())));
        let back = change_model_tangent(to, from, p.clone(), pv.clone()) - v.clone();
        check("round trip of tangents", worst(from.norm(x.clone(), back)));
        let apart = from.distance(x.clone(), y.clone()) - to.distance(p.clone(), q.clone());
        check("distance", worst(apart));
        let product = from.inner(x.clone(), v.clone(), w) - to.inner(p.clone(), pv.clone(), pw);
        check("inner product", worst(product) / from.unit());

        let ends = [
            from.exp(x.clone(), v.clone()),
            from.retract(x.clone(), v.clone()),
        ];
        let there = [
            to.exp(p.clone(), pv.clone()),
            to.retract(p.clone(), pv.clone()),
        ];
        for (end, there) in ends.iter().zip(there) {
            check("exp and retract", worst(to.distance(point(end), there)));
        }
        let log = tangent(&x, &from.log(x.clone(), y.clone())) - to.log(p.clone(), q.clone());
        check("log", worst(to.norm(p.clone(), log)));
        let carried = tangent(&y, &from.parallel_transport(x, y.clone(), v));
        let moved = to.parallel_transport(p, q.clone(), pv);
        check("transport", worst(to.norm(q, carried - moved)));
    }
}

#[test]
fn every_pair_of_models_agrees_in_every_map() {
    for dtype in DTYPES {
        for dim in [1, 2, 5] {
            for c in [1e-6, 0.5, 1.0, 100.0] {
                every_pair(&Agrees(dtype, dim), c, c);
            }
        }
    }
}

/// The tangent map is the derivative of the map of points.
struct Differentiates;

impl PairTest for Differentiates {
    fn run<A: Model, B: Model>(&self, from: &A, to: &B) {
        let x = from.points(3, DType::F64, 1);
        let v = from.steps(&x, 3, 2);
        let at = |t: f64| change_model(from, to, from.exp(x.clone(), v.clone().mul_scalar(t)));
        let measured =
            (at(DIFFERENCE_STEP) - at(-DIFFERENCE_STEP)).div_scalar(2.0 * DIFFERENCE_STEP);
        let tangent = change_model_tangent(from, to, x.clone(), v);
        let error = worst((tangent - measured.clone()) / measured.abs().add_scalar(1.0));
        let (from, to) = (from.name(), to.name());
        assert!(error < DIFFERENCE_ERROR, "{from} to {to}: {error:e}");
    }
}

#[test]
fn tangent_maps_are_the_derivatives_of_the_maps_of_points() {
    every_pair(&Differentiates, 0.5, 0.5);
    every_pair(&Differentiates, 0.5, 2.0);
}

/// Between curvatures, lengths scale and nothing else changes.
struct Scales;

impl PairTest for Scales {
    fn run<A: Model, B: Model>(&self, from: &A, to: &B) {
        let ratio = to.unit() / from.unit();
        let [x, y] = [1, 2].map(|salt| from.points(3, DType::F64, salt));
        let [p, q] = [&x, &y].map(|x| change_model(from, to, x.clone()));
        let expected = from.distance(x, y).mul_scalar(ratio);
        let error = worst(to.distance(p, q) - expected);
        assert!(
            error < rounding(DType::F64) * to.unit(),
            "{} to {}: {error:e}",
            from.name(),
            to.name()
        );
    }
}

#[test]
fn another_curvature_scales_distances() {
    every_pair(&Scales, 0.5, 2.0);
}

/// Origins correspond, points out to the edge stay points, values and gradients are finite.
struct Ends(DType);

impl PairTest for Ends {
    fn run<A: Model, B: Model>(&self, from: &A, to: &B) {
        let dtype = self.0;
        let device = Device::flex();
        let names = (from.name(), to.name());
        let shape = |dim| [1, dim];
        let origin = from
            .origin(shape(from.point_shape(2).coordinates()), &device)
            .cast(dtype);
        let image = change_model(from, to, origin.clone());
        let expected = to
            .origin(shape(to.point_shape(2).coordinates()), &device)
            .cast(dtype);
        assert_eq!(to_vec_f64(image), to_vec_f64(expected), "{names:?}");

        let edge = Limits::of(dtype).max_radius;
        for direction in [[1.0, 0.0], [0.6, 0.8], [0.0, 1.0], [0.0, -1.0], [1e-9, 1.0]] {
            for length in [0.0, 1e-20, 1.0, edge / 2.0, edge] {
                let w = Tensor::from_data([direction], (&device, dtype)).mul_scalar(length);
                let v = from.tangent_at(origin.clone(), w.clone());
                let x = from.exp(origin.clone(), v);
                let ones = from.tangent_at(x.clone(), w.ones_like());
                let x = x.autodiff().require_grad();
                let v = ones.autodiff().require_grad();
                let image = change_model(from, to, x.clone());
                let tangent = change_model_tangent(from, to, x.clone(), v.clone());
                let gradients = (image.clone().sum() + tangent.clone().sum()).backward();
                let image = image.inner();
                assert!(
                    to.check_point(image.clone()).is_ok(),
                    "{names:?} {direction:?} {length}"
                );
                let of = |leaf: Tensor<2>| leaf.grad(&gradients).expect("a leaf");
                for values in [image, tangent.inner(), of(x), of(v)] {
                    let values = to_vec_f64(values);
                    assert!(
                        values.iter().all(|x| x.is_finite()),
                        "{names:?} {dtype:?} {direction:?} {length}: {values:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn origins_correspond_and_everything_is_finite_out_to_the_edge() {
    for dtype in DTYPES {
        every_pair(&Ends(dtype), 1.0, 1.0);
    }
}

#[test]
fn heights_survive_the_ball_as_far_as_it_reaches() {
    let (plane, ball) = (HalfSpace::new(1.0), PoincareBall::new(1.0));
    for (dtype, heights) in [(DType::F32, [1e-3f64, 1e3]), (DType::F64, [1e-6, 1e6])] {
        for height in heights {
            let x = Tensor::<2>::from_data([[0.2 * height, height]], (&Device::flex(), dtype));
            let there = change_model(&plane, &ball, x.clone());
            let back = change_model(&ball, &plane, there);
            let error = worst(plane.distance(back, x));
            // A distance of r from the origin is resolved to e^r.
            let tolerance = 4.0 * Limits::of(dtype).epsilon * height.max(height.recip());
            assert!(error < tolerance, "{dtype:?} {height:e}: {error:e}");
        }
    }
}

/// Unit vectors: two generic ones, the pole, next to it, on the equator, and close to the antipode.
fn on_the_sphere(dtype: DType) -> Tensor<2> {
    let near = f64::from(1e-3f32);
    let rows = [
        [0.48, 0.6, 0.64],
        [-0.6, 0.0, -0.8],
        [1.0, 0.0, 0.0],
        [1.0, 1e-12, -1e-12],
        [0.0, 0.6, 0.8],
        [-(1.0 - near * near).sqrt(), near * 0.6, near * 0.8],
    ];
    Tensor::from_data(rows, (&Device::flex(), dtype))
}

/// Roundings of two projections next to the antipode, where a thousandth is resolved to a thousand
/// roundings in stereographic coordinates.
const SPHERE_ROUNDINGS: f64 = 16.0;

#[test]
fn stereographic_coordinates_are_carried_back_to_the_sphere() {
    for dtype in DTYPES {
        for kappa in [1e-6, 1.0, 100.0] {
            let kappa = Curvature::fixed(kappa);
            let tolerance = SPHERE_ROUNDINGS * Limits::of(dtype).epsilon;
            let x = on_the_sphere(dtype);
            let flat = sphere_to_stereographic(&kappa, x.clone());
            assert_eq!(flat.dims(), [6, 2]);
            let back = stereographic_to_sphere(&kappa, flat.clone());
            assert!(worst(back - x.clone()) < tolerance);
            // The relative error of the coordinates is that of the angle from the antipode.
            let again =
                sphere_to_stereographic(&kappa, stereographic_to_sphere(&kappa, flat.clone()));
            let relative =
                (again - flat.clone()) / flat.abs().add_scalar(kappa.value().sqrt().recip());
            assert!(worst(relative) < 1000.0 * tolerance);
        }
    }
}

#[test]
fn stereographic_distances_and_norms_are_those_of_the_scaled_sphere() {
    let dtype = DType::F64;
    for kappa in [0.25, 1.0, 3.0] {
        let curvature = Curvature::fixed(kappa);
        let [x, y] = [[0.48, 0.6, 0.64], [-0.6, 0.0, -0.8]]
            .map(|row| Tensor::<2>::from_data([row], (&Device::flex(), dtype)));
        let [p, q] = [&x, &y].map(|x| sphere_to_stereographic(&curvature, x.clone()));
        // sin²(√κ d / 2), from the chord and from the stereographic formula.
        let chord = worst((x.clone() - y).square().sum()) / 4.0;
        let stretch = |p: &Tensor<2>| 1.0 + kappa * worst(p.clone().square().sum());
        let flat =
            kappa * worst((p.clone() - q.clone()).square().sum()) / (stretch(&p) * stretch(&q));
        assert!((chord - flat).abs() < SPHERE_ROUNDINGS * f64::EPSILON);

        let v = Tensor::<2>::from_data([[-0.8, 0.0, 0.6]], (&Device::flex(), dtype));
        let tangent = sphere_to_stereographic_tangent(&curvature, x.clone(), v.clone());
        let length = 2.0 / stretch(&p) * worst(tangent.clone().square().sum()).sqrt();
        let expected = worst(v.clone().square().sum()).sqrt() / kappa.sqrt();
        assert!((length - expected).abs() < SPHERE_ROUNDINGS * f64::EPSILON);
        let back = stereographic_to_sphere_tangent(&curvature, p, tangent);
        assert!(worst(back - v) < SPHERE_ROUNDINGS * f64::EPSILON);
    }
}

#[test]
fn tangent_maps_of_the_sphere_are_derivatives() {
    let kappa = Curvature::fixed(2.0);
    let flat = Tensor::<2>::from_data(
        [[0.1, 0.2], [-0.7, 0.9], [0.0, 0.0], [3.0, -2.0]],
        (&Device::flex(), DType::F64),
    );
    let v = Tensor::<2>::from_data(
        [[0.4, -0.3], [1.0, 0.2], [-0.5, 0.5], [0.3, 0.8]],
        (&Device::flex(), DType::F64),
    );
    let at = |t: f64| stereographic_to_sphere(&kappa, flat.clone() + v.clone().mul_scalar(t));
    let measured = (at(DIFFERENCE_STEP) - at(-DIFFERENCE_STEP)).div_scalar(2.0 * DIFFERENCE_STEP);
    let up = stereographic_to_sphere_tangent(&kappa, flat.clone(), v.clone());
    assert!(worst(up.clone() - measured) < DIFFERENCE_ERROR);
    let down = sphere_to_stereographic_tangent(&kappa, at(0.0), up);
    assert!(worst(down - v) < SPHERE_ROUNDINGS * f64::EPSILON);
}

#[test]
fn the_antipode_goes_far_out_and_comes_back_with_finite_gradients() {
    for dtype in DTYPES {
        let epsilon = Limits::of(dtype).epsilon;
        for off in [0.0f64, 1e-30, epsilon, 1e-4] {
            let pole = (1.0 - off * off).sqrt();
            let rows = [[-pole, 0.0, off], [pole, 0.0, off]];
            let x = Tensor::<2>::from_data(rows, (&Device::flex(), dtype));
            let v = Tensor::<2>::from_data([[0.0, 1.0, 0.0]; 2], (&Device::flex(), dtype));
            let kappa = Curvature::learnable(0.5, (&Device::flex().autodiff(), dtype));
            let x = x.autodiff().require_grad();
            let v = v.autodiff().require_grad();
            let flat = sphere_to_stereographic(&kappa, x.clone());
            let tangent = sphere_to_stereographic_tangent(&kappa, x.clone(), v.clone());
            let back = stereographic_to_sphere(&kappa, flat.clone());
            assert!(
                worst((back.clone() - x.clone()).inner()) < 4.0 * epsilon,
                "{off:e}"
            );
            let returned = stereographic_to_sphere_tangent(&kappa, flat.clone(), tangent.clone());
            let sum = flat.clone().sum() + tangent.clone().sum() + back.sum() + returned.sum();
            let gradients = sum.backward();
            let of = |leaf: Tensor<2>| leaf.grad(&gradients).expect("a leaf");
            for values in [flat.inner(), tangent.inner(), of(x), of(v)] {
                let values = to_vec_f64(values);
                assert!(
                    values.iter().all(|x| x.is_finite()),
                    "{dtype:?} {off:e}: {values:?}"
                );
            }
        }
    }
}

#[test]
#[should_panic(expected = "points of a sphere have 2 or more coordinates, got shape [3, 1]")]
fn a_sphere_of_dimension_zero_is_refused() {
    let x = Tensor::<2>::ones([3, 1], &Device::flex());
    sphere_to_stereographic(&Curvature::fixed(1.0), x);
}
