//! Kernels against the composed forms: value and gradients, in every regime up to the edge.

use burn::tensor::{DType, Device, Distribution, Tensor};

use super::{Formula, evaluate};
use crate::manifold::Manifold;
use crate::manifolds::{Hyperboloid, PoincareBall, Sphere};
use crate::metric::{Coefficient, Curvature};
use crate::numerics::{Limits, to_vec_f64};

/// An odd number, so that blocks have a rest.
const ROWS: usize = 37;

/// How much farther the kernel may be from the exact value than the composed form is at worst in the
/// same regime, and how many roundings of the largest number come on top: both round a few dozen times,
/// in another order. In double precision nothing more exact is at hand; there the composed form's error
/// is that in single precision, in units of the rounding.
const FACTOR: f64 = 4.0;
const ROUNDINGS: f64 = 16.0;
/// As [`FACTOR`], for gradients by the curvature: sums over all rows, in which the errors of the
/// composed form may happen to cancel.
const SUM_FACTOR: f64 = 32.0;

/// The value of a formula, then its gradients by the inputs and by the curvature.
type Results = Vec<Vec<f64>>;

/// Evaluates a formula and its gradients, for a weighted sum of the result.
fn results<const N: usize>(
    formula: impl Fn(Coefficient<Tensor<2>>, [Tensor<2>; N]) -> Tensor<2>,
    curvature: &Curvature,
    inputs: &[Tensor<2>; N],
    dtype: DType,
) -> Results {
    let device = Device::flex().autodiff();
    let lifted = |x: &Tensor<2>| Tensor::from_inner(x.clone().cast(dtype)).require_grad();
    let inputs = inputs.each_ref().map(lifted);
    let c = Tensor::<2>::from_data([[curvature.value()]], (&device, dtype)).require_grad();
    let coefficient = match curvature.is_learnable() {
        true => Coefficient::Tensor(c.clone()),
        false => Coefficient::Number(curvature.value()),
    };
    let value = formula(coefficient, inputs.clone());
    let weights: Vec<f64> = (0..value.shape().num_elements())
        .map(|index| (1.7 * index as f64).sin())
        .collect();
    let weights = Tensor::<1>::from_data(&weights[..], (&device, dtype)).reshape(value.dims());
    let gradients = (value.clone() * weights).sum().backward();
    let mut results = vec![to_vec_f64(value)];
    let leaves = inputs.iter().chain(curvature.is_learnable().then_some(&c));
    results.extend(leaves.map(|leaf| {
        // An input that takes no part has no gradient, or zero.
        let none = vec![0.0; leaf.shape().num_elements()];
        leaf.grad(&gradients).map_or(none, to_vec_f64)
    }));
    results
}

/// Holds the kernel of a formula to its composed form.
fn check<F: Formula<N>, const N: usize>(name: &str, curvature: &Curvature, inputs: [Tensor<2>; N]) {
    let composed = |c: Coefficient<Tensor<2>>, inputs: [Tensor<2>; N]| F::rows(&c, inputs);
    let kernel = |c: Coefficient<Tensor<2>>, inputs: [Tensor<2>; N]| {
        evaluate::<F, N, 2>(|_| c.clone(), inputs)
    };
    // In units of the rounding, for the value and each gradient: what the composed form is off.
    let mut errors: Vec<f64> = Vec::new();
    for dtype in [DType::F32, DType::F64] {
        let epsilon = Limits::of(dtype).epsilon;
        let rounded = inputs.each_ref().map(|x| x.clone().cast(dtype));
        let reference = results(composed, curvature, &rounded, DType::F64);
        let theirs = results(kernel, curvature, &rounded, dtype);
        if dtype == DType::F32 {
            let ours = results(composed, curvature, &rounded, dtype);
            let parts = ours.iter().zip(&reference);
            errors = parts
                .map(|(ours, exact)| worst(ours, exact) / epsilon)
                .collect();
        }
        for (part, (exact, theirs)) in reference.iter().zip(&theirs).enumerate() {
            let size = match part > N {
                // The curvature enters as a factor of every point: the terms of its gradient are those
                // of the points' gradients times the points.
                true => total(&reference[0]) + through_points(&reference[1..=N], &rounded),
                // A gradient may be what is left of terms as large as the value: gyrations between
                // close points hardly depend on them.
                false => largest(exact).max(largest(&reference[0])),
            };
            let factor = if part > N { SUM_FACTOR } else { FACTOR };
            let allowed = (factor * errors[part] + ROUNDINGS * size) * epsilon;
            let found = worst(theirs, exact);
            assert!(
                found <= allowed,
                "{name} {dtype:?}, part {part}: off by {found:e}, allowed {allowed:e}"
            );
        }
    }
}

fn total(numbers: &[f64]) -> f64 {
    numbers.iter().map(|x| x.abs()).sum()
}

/// The magnitudes of gradients times those of the inputs, summed.
fn through_points<const N: usize>(gradients: &[Vec<f64>], inputs: &[Tensor<2>; N]) -> f64 {
    let products = gradients.iter().zip(inputs).map(|(gradient, input)| {
        let input = to_vec_f64(input.clone());
        let terms = gradient.iter().zip(&input).map(|(g, x)| (g * x).abs());
        terms.sum::<f64>()
    });
    products.sum()
}

fn largest(numbers: &[f64]) -> f64 {
    numbers.iter().fold(0.0, |largest, x| largest.max(x.abs()))
}

/// The largest difference of two lists of numbers; infinite if one of them is not finite.
fn worst(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len(), "numbers to compare");
    let differences = a.iter().zip(b).map(|(a, b)| (a - b).abs());
    differences.fold(0.0, |worst, difference| match difference.is_finite() {
        true => worst.max(difference),
        false => f64::INFINITY,
    })
}

fn noise(width: usize, salt: u64) -> Tensor<2> {
    let device = Device::flex();
    device.seed(salt);
    let options = (&device, DType::F64);
    Tensor::random([ROWS, width], Distribution::Normal(0.0, 1.0), options)
}

/// Vectors of a length.
fn directions(width: usize, salt: u64, length: f64) -> Tensor<2> {
    let v = noise(width, salt);
    let norm = v.clone().square().sum_dim(1).sqrt();
    v * norm.recip().mul_scalar(length)
}

/// Radii of the conformance suite, and beyond; in units of the curvature radius.
const RADII: [f64; 6] = [0.0, 1e-12, 1e-3, 1.0, 3.0, 14.0];

fn curvatures() -> [Curvature; 3] {
    let device = Device::flex();
    [
        Curvature::fixed(1.0),
        Curvature::fixed(0.3),
        Curvature::learnable(0.7, (&device, DType::F64)),
    ]
}

#[test]
fn kernels_of_the_ball_agree_with_the_composed_forms() {
    use crate::manifolds::hyperbolic::poincare_ball::formulas::{
        AccelerationAdjoint, ConformalFactor, Distance, Exp, Exp0, Gyration, Inner, InverseRetract,
        Log, Log0, MobiusAdd, Project, Retract, RiemannianGradient, Transport,
    };
    for curvature in curvatures() {
        let ball = PoincareBall::new(curvature.value());
        let unit = curvature.value().sqrt().recip();
        for width in [1, 2, 5, 9] {
            for radius in RADII {
                let at = |salt: u64, radius: f64| {
                    ball.exp0(directions(width, salt, 0.5 * radius * unit))
                };
                let x = at(1, radius);
                let y = at(2, 0.7 * radius + 0.2);
                let near = x.clone()
                    + directions(width, 3, 1e-4 * unit)
                        .mul(ball.conformal_factor(x.clone()).recip());
                let v = directions(width, 4, 0.8 * unit) / ball.conformal_factor(x.clone());
                let w = directions(width, 5, 1.0);
                let c = &curvature;
                for (y, which) in [(y, "apart"), (near, "close"), (x.clone(), "the same")] {
                    let name =
                        |name: &str| format!("{name}, width {width}, radius {radius}, {which}");
                    check::<Distance, 2>(&name("distance"), c, [x.clone(), y.clone()]);
                    check::<Log, 2>(&name("log"), c, [x.clone(), y.clone()]);
                    check::<MobiusAdd, 2>(&name("mobius_add"), c, [x.clone(), y.clone()]);
                    check::<InverseRetract, 2>(&name("inverse_retract"), c, [x.clone(), y.clone()]);
                    check::<Transport, 3>(&name("transport"), c, [x.clone(), y.clone(), w.clone()]);
                    check::<Gyration, 3>(&name("gyration"), c, [x.clone(), y, w.clone()]);
                }
                let name = |name: &str| format!("{name}, width {width}, radius {radius}");
                check::<Exp, 2>(&name("exp"), c, [x.clone(), v.clone()]);
                check::<Exp, 2>(&name("exp of 0"), c, [x.clone(), v.zeros_like()]);
                if width > 1 {
                    // In one dimension nothing is left of the gradient at the edge.
                    let long = v.clone().mul_scalar(1e12);
                    check::<Exp, 2>(&name("exp of a long one"), c, [x.clone(), long]);
                }
                check::<Retract, 2>(&name("retract"), c, [x.clone(), v.clone()]);
                check::<Exp0, 1>(&name("exp0"), c, [v.clone()]);
                check::<Log0, 1>(&name("log0"), c, [x.clone()]);
                check::<Project, 1>(&name("project"), c, [x.clone()]);
                check::<Project, 1>(
                    &name("project from outside"),
                    c,
                    [w.clone().mul_scalar(3.0 * unit)],
                );
                check::<ConformalFactor, 1>(&name("conformal factor"), c, [x.clone()]);
                check::<RiemannianGradient, 2>(&name("gradient"), c, [x.clone(), w.clone()]);
                check::<Inner, 3>(&name("inner"), c, [x.clone(), v.clone(), w.clone()]);
                check::<AccelerationAdjoint, 3>(&name("acceleration"), c, [x, v, w]);
            }
        }
    }
}

#[test]
fn kernels_of_the_hyperboloid_agree_with_the_composed_forms() {
    use crate::manifolds::hyperbolic::hyperboloid::formulas::{
        AccelerationAdjoint, Distance, Exp, Exp0, Inner, InverseRetract, Log, Log0, Project,
        ProjectTangent, Retract, RiemannianGradient, Transport,
    };
    for curvature in curvatures() {
        let model = Hyperboloid::new(curvature.value());
        let unit = curvature.value().sqrt().recip();
        for width in [1, 2, 8] {
            for radius in RADII {
                let at =
                    |salt: u64, radius: f64| model.exp0(directions(width, salt, radius * unit));
                let x = at(1, radius);
                let y = at(2, 0.7 * radius + 0.2);
                let u = noise(width + 1, 4).mul_scalar(unit);
                let v = model.project_tangent(x.clone(), u.clone());
                let v = v.clone() / model.norm(x.clone(), v).add_scalar(1.0);
                let w = model.project_tangent(x.clone(), noise(width + 1, 6));
                let c = &curvature;
                for (y, which) in [(y, "apart"), (x.clone(), "the same")] {
                    let name =
                        |name: &str| format!("{name}, width {width}, radius {radius}, {which}");
                    check::<Distance, 2>(&name("distance"), c, [x.clone(), y.clone()]);
                    check::<Log, 2>(&name("log"), c, [x.clone(), y.clone()]);
                    check::<InverseRetract, 2>(&name("inverse_retract"), c, [x.clone(), y.clone()]);
                    check::<Transport, 3>(&name("transport"), c, [x.clone(), y, v.clone()]);
                }
                let name = |name: &str| format!("{name}, width {width}, radius {radius}");
                check::<Exp, 2>(&name("exp"), c, [x.clone(), v.clone()]);
                check::<Exp, 2>(&name("exp of 0"), c, [x.clone(), v.zeros_like()]);
                check::<Retract, 2>(&name("retract"), c, [x.clone(), v.clone()]);
                check::<Exp0, 1>(&name("exp0"), c, [directions(width, 9, 0.9 * unit)]);
                check::<Log0, 1>(&name("log0"), c, [x.clone()]);
                check::<Project, 1>(&name("project"), c, [x.clone()]);
                check::<ProjectTangent, 2>(&name("project_tangent"), c, [x.clone(), u.clone()]);
                check::<RiemannianGradient, 2>(&name("gradient"), c, [x.clone(), u]);
                check::<Inner, 3>(&name("inner"), c, [x.clone(), v.clone(), w.clone()]);
                check::<AccelerationAdjoint, 3>(&name("acceleration"), c, [x, v, w]);
            }
        }
    }
}

#[test]
fn kernels_of_the_sphere_agree_with_the_composed_forms() {
    use crate::manifolds::spherical::sphere::{
        AccelerationAdjoint, Exp, Inner, InverseRetract, ProjectTangent, Retract,
    };
    let c = Curvature::fixed(1.0);
    let model = Sphere::new();
    for width in [2, 3, 9] {
        let x = model.project(noise(width, 1));
        let y = model.project(noise(width, 2));
        for length in [0.0f64, 1e-9, 1e-3, 1.0, 3.1, 40.0, 1e5] {
            let v = model.project_tangent(x.clone(), noise(width, 3));
            let v = v.clone() / model.norm(x.clone(), v).div_scalar(length.max(1e-30));
            let name = |name: &str| format!("{name}, width {width}, length {length}");
            check::<Exp, 2>(&name("exp"), &c, [x.clone(), v.clone()]);
            check::<Retract, 2>(&name("retract"), &c, [x.clone(), v.clone()]);
            check::<Inner, 3>(&name("inner"), &c, [x.clone(), v.clone(), v.clone()]);
            check::<AccelerationAdjoint, 3>(
                &name("acceleration"),
                &c,
                [x.clone(), v.clone(), y.clone()],
            );
            check::<ProjectTangent, 2>(&name("project_tangent"), &c, [x.clone(), v]);
        }
        check::<InverseRetract, 2>("inverse_retract", &c, [x, y]);
    }
}

/// Compares the result for views, broadcasts and half-precision numbers with that for plain tensors.
#[test]
fn any_layout_gives_the_same_numbers() {
    let ball = PoincareBall::new(0.5);
    for width in [1, 3, 8, 21] {
        let x = ball.exp0(noise(width, 1).mul_scalar(0.2));
        let y = ball.exp0(noise(width, 2).mul_scalar(0.2));
        let plain = to_vec_f64(ball.log(x.clone(), y.clone()));

        let turned = |x: Tensor<2>| x.transpose().mul_scalar(1.0).transpose();
        assert_eq!(
            to_vec_f64(ball.log(turned(x.clone()), turned(y.clone()))),
            plain
        );

        let wide = Tensor::cat(vec![noise(2, 3), x.clone(), noise(1, 4)], 1);
        let part = wide.narrow(1, 2, width);
        assert_eq!(to_vec_f64(ball.log(part, y.clone())), plain);

        let backwards = x.clone().flip([0]);
        let there = ball.log(backwards, y.clone().flip([0])).flip([0]);
        assert_eq!(to_vec_f64(there), plain);

        // All pairs of some rows, by broadcasting.
        let (few, others) = (x.clone().narrow(0, 0, 3), y.clone().narrow(0, 0, 5));
        let grid = ball.distance(
            few.clone().unsqueeze_dim::<3>(1),
            others.clone().unsqueeze_dim::<3>(0),
        );
        assert_eq!(grid.dims(), [3, 5, 1]);
        for i in 0..3 {
            let row = few.clone().narrow(0, i, 1);
            let alone = to_vec_f64(ball.distance(row, others.clone()));
            let there = to_vec_f64(grid.clone().narrow(0, i, 1));
            assert_eq!(there, alone);
        }
    }
}

#[test]
fn gradients_of_broadcast_inputs_are_sums() {
    let ball = PoincareBall::new(1.0);
    let x = ball.exp0(noise(4, 1).mul_scalar(0.3));
    let y = ball.exp0(noise(4, 2).mul_scalar(0.3)).narrow(0, 0, 1);
    let lift = |x: &Tensor<2>| Tensor::from_inner(x.clone()).require_grad();
    let (one, many) = (lift(&y), lift(&y.clone().expand([ROWS, 4])));
    let gradients = ball.distance(lift(&x), one.clone()).sum().backward();
    let summed = to_vec_f64(one.grad(&gradients).expect("tracked"));
    let gradients = ball.distance(lift(&x), many.clone()).sum().backward();
    let apart = many.grad(&gradients).expect("tracked").sum_dim(0);
    for (a, b) in summed.iter().zip(to_vec_f64(apart)) {
        assert!((a - b).abs() < 1e-13, "{a} {b}");
    }
}

#[test]
fn half_precision_is_computed_in_single() {
    let ball = PoincareBall::new(1.0);
    for dtype in [DType::F16, DType::BF16] {
        let x = ball.exp0(noise(4, 1).mul_scalar(0.2)).cast(dtype);
        let y = ball.exp0(noise(4, 2).mul_scalar(0.2)).cast(dtype);
        let half = ball.distance(x.clone(), y.clone());
        assert_eq!(half.dtype(), dtype);
        let single = ball.distance(x.cast(DType::F32), y.cast(DType::F32));
        assert_eq!(to_vec_f64(half), to_vec_f64(single.cast(dtype)));
    }
}

#[test]
fn no_rows_and_infinities_are_no_trouble() {
    let ball = PoincareBall::new(1.0);
    let none = Tensor::<2>::zeros([0, 4], &Device::flex());
    assert_eq!(ball.exp(none.clone(), none.clone()).dims(), [0, 4]);
    let odd = Tensor::<2>::from_floats([[f32::NAN, 0.0], [f32::INFINITY, 0.0]], &Device::flex());
    let composed = <crate::manifolds::hyperbolic::poincare_ball::formulas::Exp as Formula<2>>::rows(
        &Coefficient::Number(1.0),
        [odd.zeros_like(), odd.clone()],
    );
    let kernel = ball.exp(odd.zeros_like(), odd);
    let nan = |x: Tensor<2>| to_vec_f64(x).iter().map(|x| x.is_nan()).collect::<Vec<_>>();
    assert_eq!(nan(kernel), nan(composed));
}

/// Broadcasting would take one coordinate for all of them.
#[test]
fn coordinates_of_two_widths_are_refused_in_either_form() {
    use crate::gyro::{self, Point};
    use crate::manifolds::hyperbolic::hyperboloid::frame::Frame;
    use crate::numerics::dot;
    type Attempt = fn(Tensor<2>, Tensor<2>) -> Tensor<2>;
    let attempts: [(&str, Attempt); 8] = [
        ("dot", dot),
        ("add", |x, y| gyro::add(Point::new(x), Point::new(y))),
        ("subtract", |x, y| {
            gyro::subtract(&Point::new(x), &Point::new(y))
        }),
        ("separation", |x, y| {
            gyro::separation(Point::new(x), Point::new(y))
        }),
        ("frame", |x, v| Frame::new(x).at_origin(v)),
        ("ball", |x, y| PoincareBall::new(1.0).distance(x, y)),
        ("hyperboloid", |x, y| Hyperboloid::new(1.0).distance(x, y)),
        ("sphere", |x, y| Sphere::new().log(x, y)),
    ];
    for (name, attempt) in attempts {
        // A frame parts the first coordinate, so that one is left of two.
        let narrow = if name == "frame" { 2 } else { 1 };
        let device = Device::flex();
        let [wide, narrow] = [4, narrow].map(|width| Tensor::<2>::zeros([3, width], &device));
        let attempt = std::panic::AssertUnwindSafe(|| attempt(wide, narrow));
        assert!(std::panic::catch_unwind(attempt).is_err(), "{name}");
    }
}
