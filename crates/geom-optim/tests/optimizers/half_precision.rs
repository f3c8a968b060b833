//! Parameters in half precision: steps, means and clusters are those of single precision, rounded.

use burn::module::{Module, Param};
use burn::optim::{GradientsParams, Optimizer, SgdConfig};
use burn::tensor::{DType, Device, Int, Tensor};
use geom_core::numerics::to_vec_f64;
use geom_core::statistics::{GeometricMedian, KMeans, KMeansConfig, TangentPca, frechet_mean};
use geom_core::{
    Euclidean, KleinBall, Manifold, ManifoldParam, PoincareBall, ProbabilitySimplex, Sphere,
    Stereographic, scope,
};
use geom_optim::{
    RamsGradConfig, RiemannianAdagradConfig, RiemannianAdamConfig, RiemannianSgdConfig,
    RowGradient, RowSparseAdamConfig, RowSparseAdamState, RowSparseSgd, StepMap,
};

const HALVES: [DType; 2] = [DType::F16, DType::BF16];

/// Numbers that half precision has as they are.
fn numbers(dtype: DType) -> Tensor<2> {
    let rows = [[0.25, -0.5, 0.125], [0.5, 0.25, 0.25], [-0.125, 0.375, 0.5]];
    Tensor::from_data(rows, (&Device::default(), dtype))
}

fn assert_same<const D: usize>(what: &str, half: Tensor<D>, single: Tensor<D>, dtype: DType) {
    assert_eq!(half.dtype(), dtype, "{what}");
    let rounded = to_vec_f64(single.cast(dtype));
    assert_eq!(to_vec_f64(half), rounded, "{what} {dtype:?}");
}

/// Steps from points that both formats have.
fn assert_steps<M: Manifold>(manifold: &M, optimizer: &impl Optimizer) {
    let name = manifold.name();
    for dtype in HALVES {
        let x = manifold.project(numbers(dtype));
        let gradient = numbers(dtype).mul_scalar(-0.5);
        let step = |x: Tensor<2>, gradient: Tensor<2>, state| {
            scope::enter(manifold, || optimizer.step(0.125, x, gradient, state))
        };
        let single = |t: &Tensor<2>| t.clone().cast(DType::F32);
        let (half, half_state) = step(x.clone(), gradient.clone(), None);
        let (exact, state) = step(single(&x), single(&gradient), None);
        assert_same(name, half.clone(), exact, dtype);
        manifold
            .check_point(half.clone())
            .unwrap_or_else(|error| panic!("{error}"));
        // The moments are single too, so that the second step is the same again.
        let (next, _) = step(half.clone(), gradient.clone(), half_state);
        let (exact, _) = step(single(&half), single(&gradient), state);
        assert_same(name, next, exact, dtype);
    }
}

fn assert_steps_everywhere(optimizer: &impl Optimizer) {
    assert_steps(&PoincareBall::new(1.0), optimizer);
    assert_steps(&Sphere::new(), optimizer);
    assert_steps(&Stereographic::new(0.5), optimizer);
    assert_steps(&KleinBall::new(1.0), optimizer);
    assert_steps(&ProbabilitySimplex::new(), optimizer);
}

#[test]
fn optimizers_step_half_precision_in_single() {
    assert_steps_everywhere(&RiemannianSgdConfig::new().build());
    assert_steps_everywhere(&RiemannianAdamConfig::new().build());
    assert_steps_everywhere(&RamsGradConfig::new().build());
    assert_steps_everywhere(&RiemannianAdagradConfig::new().build());
}

#[derive(Module, Debug)]
struct Plain {
    weights: Param<Tensor<2>>,
    points: ManifoldParam<2, Euclidean>,
}

#[test]
fn plain_parameters_stay_burns_in_half_precision_too() {
    for dtype in HALVES {
        let tracked = || Tensor::from_inner(numbers(dtype));
        let model = Plain {
            weights: Param::from_tensor(tracked()),
            points: ManifoldParam::new(tracked(), Euclidean::new()),
        };
        let gradients = || {
            let loss = (model.weights.val() * model.points.val()).sum();
            GradientsParams::from_grads(loss.backward(), &model)
        };
        let ours = RiemannianSgdConfig::new()
            .init()
            .step(0.3, model.clone(), gradients());
        let theirs = SgdConfig::new()
            .init()
            .step(0.3, model.clone(), gradients());
        for (ours, theirs) in [
            (ours.weights.val(), theirs.weights.val()),
            (ours.points.val(), theirs.points.val()),
        ] {
            assert_eq!(ours.dtype(), dtype);
            assert_eq!(to_vec_f64(ours), to_vec_f64(theirs));
        }
    }
}

#[test]
fn rows_of_a_table_in_half_precision_are_stepped_in_single() {
    let ball = PoincareBall::new(1.0);
    let rows = Tensor::<1, Int>::from_data([0, 2], &Device::default());
    let gradient = |dtype| {
        let values = numbers(dtype).narrow(0, 0, 2);
        RowGradient::from_unique(rows.clone(), values)
    };
    for dtype in HALVES {
        let (half, single) = (numbers(dtype), numbers(DType::F32));
        let sgd = RowSparseSgd::new(StepMap::ExponentialMap);
        let [ours, exact] = [half.clone(), single.clone()]
            .map(|table| sgd.step(&ball, 0.125, table.clone(), gradient(table.dtype())));
        assert_same("sgd", ours, exact, dtype);
        let adam = RowSparseAdamConfig::new().init();
        let [ours, exact] = [half, single].map(|table| {
            let state = RowSparseAdamState::zeros(&table);
            let gradient = gradient(table.dtype());
            adam.step(&ball, 0.125, table, gradient, state).0
        });
        assert_same("adam", ours, exact, dtype);
    }
}

#[derive(Module, Debug)]
struct Model {
    points: ManifoldParam<2, Stereographic>,
    plain: Param<Tensor<2>>,
}

#[test]
fn a_model_trains_with_points_in_half_precision_and_a_curvature_that_moves() {
    for dtype in HALVES {
        let device = Device::default().autodiff();
        let space = Stereographic::learnable(0.5, (&device, DType::F32));
        let tracked = |t: Tensor<2>| Tensor::from_inner(t);
        let mut model = Model {
            points: ManifoldParam::new(tracked(numbers(dtype)), space),
            plain: Param::from_tensor(tracked(numbers(dtype))),
        };
        let mut adam = RiemannianAdamConfig::new().init();
        let loss = |model: &Model| {
            let (x, space) = (model.points.val(), model.points.manifold());
            let distance = space.distance(x, model.plain.val().mul_scalar(0.25));
            distance.square().sum()
        };
        let before = to_vec_f64(loss(&model))[0];
        for _ in 0..30 {
            let gradients = GradientsParams::from_grads(loss(&model).backward(), &model);
            model = adam.step(0.02, model, gradients);
        }
        let after = to_vec_f64(loss(&model))[0];
        assert!(after < 0.5 * before, "{dtype:?}: {after} after {before}");
        assert_eq!(model.points.val().dtype(), dtype);
        assert_ne!(model.points.manifold().sectional_curvature(), Some(0.5));
    }
}

#[test]
fn statistics_of_half_precision_are_those_of_single() {
    let ball = PoincareBall::new(1.0);
    for dtype in HALVES {
        let (half, single) = (numbers(dtype), numbers(DType::F32));
        let mean = |x| frechet_mean(&ball, x, None).expect("a sample");
        assert_same("mean", mean(half.clone()), mean(single.clone()), dtype);
        let median = |x| {
            let median = GeometricMedian::default().compute(&ball, x, None);
            median.expect("a sample").point
        };
        assert_same(
            "median",
            median(half.clone()),
            median(single.clone()),
            dtype,
        );
        // Fits keep their single precision.
        let fit = |x| KMeans::fit(&ball, x, &KMeansConfig::new(2)).expect("a sample");
        let (ours, exact) = (fit(half.clone()), fit(single.clone()));
        assert_eq!(ours.assignments(), exact.assignments());
        assert_eq!(ours.predict(half.clone()), exact.assignments());
        let fit = |x| TangentPca::fit(&ball, x, 2).expect("a sample");
        let (ours, exact) = (fit(half.clone()), fit(single.clone()));
        assert_eq!(ours.variances(), exact.variances());
        let scores = |pca: TangentPca<PoincareBall, 2>, x| to_vec_f64(pca.transform(x));
        assert_eq!(scores(ours, half), scores(exact, single));
    }
}
