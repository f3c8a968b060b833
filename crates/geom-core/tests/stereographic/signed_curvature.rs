//! The curvature of the stereographic model as a variable: through zero, and learned.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{DType, Device, Gradients, Tensor, TensorData};
use geom_core::numerics::to_vec_f64;
use geom_core::{
    Gyrovector, Limits, Manifold, ManifoldParam, Pointed, Sample, Stereographic, scope,
};

fn rows(values: &[[f64; 3]], dtype: DType) -> Tensor<2> {
    let data = TensorData::new(values.concat(), [values.len(), 3]);
    Tensor::from_data(data, (&Device::flex(), dtype))
}

fn single<const D: usize>(x: Tensor<D>) -> f64 {
    to_vec_f64(x)[0]
}

/// Reads the gradient of the only scalar parameter of a module.
struct ScalarGradient<'a> {
    gradients: &'a Gradients,
    found: Option<f64>,
}

impl ModuleVisitor for ScalarGradient<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if D == 1 {
            self.found = param.val().grad(self.gradients).map(single);
        }
    }
}

fn scalar_gradient<M: Module>(module: &M, gradients: &Gradients) -> f64 {
    let mut visitor = ScalarGradient {
        gradients,
        found: None,
    };
    module.visit(&mut visitor);
    visitor.found.expect("the curvature is a leaf")
}

/// Two points, which lie on every curvature tried, a vector, and weights that no symmetry hides.
struct Arguments {
    x: Tensor<2>,
    y: Tensor<2>,
    v: Tensor<2>,
    weights: Tensor<2>,
}

impl Arguments {
    fn new(dtype: DType) -> Self {
        Self {
            x: rows(&[[0.3, 0.2, -0.1], [0.0, 0.0, 0.0]], dtype),
            y: rows(&[[-0.3, 0.4, 0.2], [0.1, 0.5, -0.2]], dtype),
            v: rows(&[[0.3, -0.1, 0.25], [0.2, 0.3, -0.4]], dtype),
            weights: rows(&[[1.0, -0.7, 0.4], [0.3, 0.8, -1.1]], dtype),
        }
    }
}

type Map = fn(&Stereographic, &Arguments) -> Tensor<2>;

const MAPS: [(&str, Map); 13] = [
    ("exp", |m, a| m.exp(a.x.clone(), a.v.clone())),
    ("log", |m, a| m.log(a.x.clone(), a.y.clone())),
    ("distance", |m, a| m.distance(a.x.clone(), a.y.clone())),
    ("pairwise", |m, a| {
        m.pairwise_distance(a.x.clone(), a.y.clone())
    }),
    ("norm", |m, a| m.norm(a.x.clone(), a.v.clone())),
    ("transport", |m, a| {
        m.transport(a.x.clone(), a.y.clone(), a.v.clone())
    }),
    ("exp0", |m, a| m.exp0(a.v.clone())),
    ("log0", |m, a| m.log0(a.y.clone())),
    ("mobius_add", |m, a| m.mobius_add(a.x.clone(), a.y.clone())),
    ("mobius_coadd", |m, a| {
        m.mobius_coadd(a.x.clone(), a.y.clone())
    }),
    ("midpoint", |m, a| {
        let weights = Tensor::from_data([[1.0], [-0.4]], (&Device::flex(), a.x.dtype()));
        m.weighted_midpoint(a.x.clone() + a.y.clone(), weights, 0)
    }),
    ("hyperplane", |m, a| {
        m.signed_distance_to_hyperplane(a.x.clone(), a.y.clone(), a.v.clone())
    }),
    ("follow", |m, a| {
        m.follow_metric(&[(-0.3).into()], a.y.clone())
    }),
];

/// One number of all the entries of a map.
fn reduce(map: Map, space: &Stereographic, arguments: &Arguments) -> Tensor<1> {
    let values = map(space, arguments);
    let [n, d] = values.dims();
    let weights = arguments.weights.clone().slice([0..n, 0..d]);
    (values * weights).sum()
}

fn value(map: Map, kappa: f64) -> f64 {
    let arguments = Arguments::new(DType::F64);
    single(reduce(map, &Stereographic::new(kappa), &arguments))
}

fn derivative(map: Map, kappa: f64, dtype: DType) -> f64 {
    let space = Stereographic::learnable(kappa, (&Device::flex().autodiff(), dtype));
    let Arguments { x, y, v, weights } = Arguments::new(dtype);
    let [x, y, v, weights] = [x, y, v, weights].map(|t| t.autodiff());
    let gradients = reduce(map, &space, &Arguments { x, y, v, weights }).backward();
    scalar_gradient(&space, &gradients)
}

/// Curvatures on both sides of zero, and at it.
const NEAR_AND_FAR: [f64; 11] = [
    -1.0, -0.03, -1e-4, -1e-8, -1e-12, 0.0, 1e-12, 1e-8, 1e-4, 0.03, 1.0,
];

#[test]
fn the_derivative_in_the_curvature_is_the_difference_across_zero_too() {
    /// Of a difference of fourth order: truncation and cancellation are both below 1e-11.
    const STEP: f64 = 1e-3;
    const DIFFERENCE_ERROR: f64 = 1e-10;
    for (name, map) in MAPS {
        for kappa in NEAR_AND_FAR {
            let at = |steps: f64| value(map, kappa + steps * STEP);
            let measured = (8.0 * (at(1.0) - at(-1.0)) - (at(2.0) - at(-2.0))) / (12.0 * STEP);
            let automatic = derivative(map, kappa, DType::F64);
            let error = (automatic - measured).abs() / (1.0 + measured.abs());
            assert!(
                error < DIFFERENCE_ERROR,
                "{name} at {kappa}: {automatic}, {measured}"
            );
        }
    }
}

#[test]
fn value_and_derivative_are_continuous_at_zero() {
    /// A few roundings of values of order one, and of derivatives whose terms are divided by
    /// numbers above a hundredth.
    const VALUE: f64 = 1e-14;
    const DERIVATIVE: f64 = 1e-13;
    for (name, map) in MAPS {
        let [at_zero, slope] = [value(map, 0.0), derivative(map, 0.0, DType::F64)];
        for kappa in [-1e-8, -1e-12, -1e-16, 1e-16, 1e-12, 1e-8] {
            let off = value(map, kappa) - at_zero - kappa * slope;
            assert!(off.abs() < VALUE, "{name} at {kappa}: {off:e}");
            // The second derivative is of order one.
            let turn = derivative(map, kappa, DType::F64) - slope;
            let allowed = DERIVATIVE + 10.0 * kappa.abs();
            assert!(turn.abs() < allowed, "{name} at {kappa}: {turn:e}");
        }
    }
}

#[test]
fn derivatives_in_single_precision_are_those_in_double() {
    /// Derivatives of closed forms lose ε^{-1/8}, a factor of 7, at their seam with the series.
    const ROUNDINGS: f64 = 64.0;
    for (name, map) in MAPS {
        for kappa in NEAR_AND_FAR {
            let [ours, exact] = [DType::F32, DType::F64].map(|dtype| derivative(map, kappa, dtype));
            let error = (ours - exact).abs() / (1.0 + exact.abs());
            let tolerance = ROUNDINGS * Limits::of(DType::F32).epsilon;
            assert!(error < tolerance, "{name} at {kappa}: {ours}, {exact}");
        }
    }
}

#[test]
fn points_that_follow_keep_their_tangent_coordinates_at_the_origin() {
    let x = rows(
        &[[0.3, 0.2, -0.1], [0.0, 0.0, 0.0], [-0.5, 0.4, 0.2]],
        DType::F64,
    );
    for (old, new) in [
        (-1.0, 0.5),
        (0.5, -1.0),
        (0.0, 1.0),
        (1.0, 0.0),
        (-1e-9, 1e-9),
    ] {
        let (old, new) = (Stereographic::new(old), Stereographic::new(new));
        let moved = new.follow_metric(&old.metric(), x.clone());
        let drift = new.log0(moved) - old.log0(x.clone());
        assert!(single(drift.abs().max()) < 1e-15);
    }
}

#[test]
fn a_tangent_vector_follows_as_the_differential_does() {
    /// What a central difference with a step of 1e-5 leaves.
    const STEP: f64 = 1e-5;
    const DIFFERENCE_ERROR: f64 = 1e-9;
    let x = rows(
        &[[0.3, 0.2, -0.1], [0.0, 0.0, 0.0], [-0.5, 0.4, 0.2]],
        DType::F64,
    );
    let v = rows(
        &[[0.3, -0.1, 0.25], [0.2, 0.3, -0.4], [1.0, 0.0, 0.5]],
        DType::F64,
    );
    for (old, new) in [
        (-1.0, 0.5),
        (0.5, -1.0),
        (0.0, 1.0),
        (1.0, 0.0),
        (-1e-9, 1e-9),
        (2.0, 3.0),
    ] {
        let space = Stereographic::new(new);
        let at = |t: f64| space.follow_metric(&[old.into()], x.clone() + v.clone().mul_scalar(t));
        let measured = (at(STEP) - at(-STEP)).div_scalar(2.0 * STEP);
        let followed = space.follow_metric_tangent(&[old.into()], at(0.0), v.clone());
        let error = single((followed - measured).abs().max());
        assert!(error < DIFFERENCE_ERROR, "{old} to {new}: {error:e}");
    }
}

#[test]
fn points_that_have_no_room_on_the_new_sphere_stop_at_its_antipode() {
    for dtype in [DType::F32, DType::F64] {
        let space = Stereographic::learnable(100.0, (&Device::flex().autodiff(), dtype));
        let x = rows(&[[0.6, 0.5, 0.3]], dtype).autodiff().require_grad();
        let moved = space.follow_metric(&[(-1.0).into()], x.clone());
        assert!(space.check_point(moved.clone().inner()).is_ok());
        let short =
            std::f64::consts::PI / 10.0 - single(space.distance(moved.clone(), moved.zeros_like()));
        assert!(short.abs() < 10.0 * Limits::of(dtype).epsilon, "{short:e}");
        let gradients = space.log0(moved).sum().backward();
        let gradient = to_vec_f64(x.grad(&gradients).expect("a leaf"));
        assert!(gradient.iter().all(|g| g.is_finite()), "{gradient:?}");
        assert!(scalar_gradient(&space, &gradients).is_finite());
    }
}

/// Gradient descent: an ordinary step on the curvature, a Riemannian one on the points.
struct Descent<'a> {
    gradients: &'a Gradients,
    rate: f64,
}

impl ModuleMapper for Descent<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(gradient) = param.val().grad(self.gradients) else {
            return param;
        };
        let rate = self.rate;
        param.map(|value| {
            let value = value.inner();
            let stepped = match scope::current() {
                Some(manifold) => {
                    let direction = manifold.riemannian_gradient(value.clone(), gradient);
                    manifold.exp(value, direction.mul_scalar(-rate))
                }
                None => value - gradient.mul_scalar(rate),
            };
            Tensor::from_inner(stepped).require_grad()
        })
    }
}

/// Rate of the descents below.
const RATE: f64 = 1.0;
const STEPS: usize = 1000;

/// Eight points of curvature `optimum`, as distances.
fn distances_of(optimum: f64) -> Tensor<2> {
    let device = Device::flex();
    device.seed(7);
    let truth = Stereographic::new(optimum);
    let target = truth.random_normal([8, 2], 1.2, (&device, DType::F64));
    truth.pairwise_distance(target.clone(), target)
}

/// A descent from points of the space at random.
struct Fit {
    /// The curvature before each step, and after the last.
    curvatures: Vec<f64>,
    /// The loss before each step.
    losses: Vec<f64>,
    /// The steps that the gradient of the curvature asks for; none where it is fixed.
    wanted: Vec<f64>,
}

/// Fits points, and a curvature that learns, to distances.
fn fit(space: Stereographic, distances: &Tensor<2>) -> Fit {
    let options = (&Device::flex(), DType::F64);
    let points = space.valid().random_normal([8, 2], 0.3, options).autodiff();
    let learns = space.curvature().is_learnable();
    let mut model = ManifoldParam::new(points, space);
    let mut fit = Fit {
        curvatures: Vec::new(),
        losses: Vec::new(),
        wanted: Vec::new(),
    };
    for _ in 0..STEPS {
        let x = model.val();
        let found = model.manifold().pairwise_distance(x.clone(), x);
        let loss = (found - distances.clone().autodiff()).square().mean();
        let gradients = loss.backward();
        fit.curvatures.push(model.manifold().curvature().value());
        fit.losses.push(single(loss));
        if learns {
            fit.wanted
                .push(-RATE * scalar_gradient(model.manifold(), &gradients));
        }
        let mut descent = Descent {
            gradients: &gradients,
            rate: RATE,
        };
        model = Module::map(model, &mut descent);
        let space = model.manifold().valid();
        assert!(space.check_point(model.val().inner()).is_ok());
    }
    fit.curvatures.push(model.manifold().curvature().value());
    fit
}

/// How far off a curvature can be where the loss is `1`, to first order: a fit with the curvature held
/// off the optimum by a little shows what is left of the loss there.
fn sensitivity(optimum: f64, distances: &Tensor<2>) -> f64 {
    /// Small beside the optimum, and with a loss far above where a fit ends.
    const OFF: f64 = 0.1;
    let loss = |off: f64| {
        let held = fit(Stereographic::new(optimum + off), distances);
        held.losses[STEPS - 1]
    };
    OFF / loss(OFF).min(loss(-OFF)).sqrt()
}

#[test]
fn a_learned_curvature_crosses_zero_to_its_optimum_from_either_side() {
    /// The loss that is left of one of order one.
    const FITTED: f64 = 1e-6;
    /// The loss is a parabola around the optimum to within this factor.
    const CURVED: f64 = 2.0;
    /// A curvature is written and read, and its step computed, to a few roundings of numbers of order
    /// one.
    const ROUNDINGS: f64 = 1e-15;
    for (start, optimum) in [(-0.5, 0.7), (0.5, -0.7)] {
        let distances = distances_of(optimum);
        let device = Device::flex().autodiff();
        let space = Stereographic::learnable(start, (&device, DType::F64));
        let learned = fit(space, &distances);
        let (loss, end) = (learned.losses[STEPS - 1], learned.curvatures[STEPS]);
        assert!(
            loss < FITTED,
            "{start} to {optimum}: loss {loss:e}, curvature {end}"
        );
        let allowed = CURVED * sensitivity(optimum, &distances) * loss.sqrt();
        let off = (end - optimum).abs();
        assert!(
            off < allowed,
            "{start} to {optimum}: {off:e} off, {allowed:e} allowed"
        );

        // No jump where the sign changes or elsewhere: every step is what the gradient asks for, which
        // is continuous (above).
        for (pair, wanted) in learned.curvatures.windows(2).zip(&learned.wanted) {
            let jump = (pair[1] - pair[0] - wanted).abs();
            assert!(
                jump < ROUNDINGS,
                "{start} to {optimum} at {}: {jump:e}",
                pair[0]
            );
        }
        let crosses = learned.curvatures.windows(2).any(|w| w[0] * w[1] <= 0.0);
        assert!(
            crosses,
            "{start} to {optimum}: the optimum is on the other side"
        );
    }
}
