//! Modules with geometry: constrained weights, and records that know their manifolds.

use std::fs;

use burn::module::{Module, ModuleMapper, Param, ParamGroup};
use burn::tensor::{DType, Device, Tensor, TensorData};
use geom_core::numerics::to_vec_f64;
use geom_core::record::{self, RecordError};
use geom_core::{
    Constrained, Euclidean, GeometryError, Hyperboloid, Manifold, ManifoldParam, PoincareBall,
    constrain, scope,
};

#[derive(Module, Debug)]
struct Table {
    rows: Param<Tensor<2>>,
    bias: Param<Tensor<1>>,
}

fn table(device: &Device) -> Table {
    Table {
        rows: Param::from_tensor(Tensor::from_data(
            [[3.0, 4.0], [0.3, -0.4]],
            (device, DType::F64),
        )),
        bias: Param::from_tensor(Tensor::from_data([2.0, 2.0], (device, DType::F64))),
    }
}

fn on_the_ball(manifold: PoincareBall) -> Constrained<Table, PoincareBall> {
    let group = ParamGroup::from_path("rows");
    constrain(table(&Device::flex()), group, manifold).expect("rows is a parameter")
}

#[test]
fn weights_of_the_group_are_projected_and_the_others_left() {
    let table = on_the_ball(PoincareBall::new(1.0));
    assert!(table.manifold().check_point(table.rows.val()).is_ok());
    assert_eq!(to_vec_f64(table.rows.val())[2..], [0.3, -0.4]);
    assert_eq!(to_vec_f64(table.bias.val()), [2.0, 2.0]);
}

/// Notes the path and the manifold of every parameter, and shifts the learnable scalars.
#[derive(Default)]
struct Step {
    path: Vec<String>,
    seen: Vec<(String, Option<&'static str>)>,
}

impl ModuleMapper for Step {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let manifold = scope::current().map(|manifold| manifold.name());
        self.seen.push((self.path.join("."), manifold));
        match self.path.concat().contains("magnitude") {
            true => param.map(|raw| raw.add_scalar(0.8)),
            false => param,
        }
    }
}

#[test]
fn the_scope_is_open_around_the_group_only_and_paths_stay() {
    let mut step = Step::default();
    let _ = on_the_ball(PoincareBall::new(1.0)).map(&mut step);
    let expected = [
        ("rows".to_owned(), Some("poincare-ball")),
        ("bias".to_owned(), None),
    ];
    assert_eq!(step.seen, expected);
}

#[test]
fn constrained_weights_follow_a_learnable_curvature() {
    let options = (&Device::flex(), DType::F64);
    let before = on_the_ball(PoincareBall::learnable(1.0, options));
    let after = before.clone().map(&mut Step::default());
    let in_units = |table: &Constrained<Table, PoincareBall>| {
        let ball = table.manifold();
        let rows = table.rows.val();
        let distance = ball.pairwise_distance(rows.clone(), rows);
        to_vec_f64(distance.mul_scalar(ball.curvature().value().sqrt()))
    };
    assert!(after.manifold().curvature().value() > 1.1);
    assert_ne!(to_vec_f64(before.rows.val()), to_vec_f64(after.rows.val()));
    // The first row lies at the outermost radius, where one rounding is a length of its own.
    let (old, new) = (in_units(&before)[3], in_units(&after)[3]);
    assert!((old - new).abs() < 1e-12, "{old} became {new}");
    assert!(after.manifold().check_point(after.rows.val()).is_ok());
}

#[test]
fn records_of_the_bare_module_load_into_the_constrained_one() {
    let record = table(&Device::flex()).into_record();
    let loaded = on_the_ball(PoincareBall::new(0.01)).load_record(record);
    // Taken as they are: they are points of the large ball.
    assert_eq!(to_vec_f64(loaded.rows.val()), [3.0, 4.0, 0.3, -0.4]);
}

#[test]
fn weights_of_a_record_without_geometry_are_projected() {
    let record = table(&Device::flex()).into_record();
    let loaded = on_the_ball(PoincareBall::new(1.0)).load_record(record);
    assert!(loaded.manifold().check_point(loaded.rows.val()).is_ok());
    // What is on the manifold stays to the bit.
    assert_eq!(to_vec_f64(loaded.rows.val())[2..], [0.3, -0.4]);
    assert_eq!(to_vec_f64(loaded.bias.val()), [2.0, 2.0]);
}

#[test]
fn points_made_from_a_learnable_curvature_are_a_leaf() {
    let device = Device::flex().autodiff();
    let ball = PoincareBall::learnable(1.0, &device);
    let points = ball.exp0(Tensor::<2>::ones([3, 2], &device));
    let param = ManifoldParam::try_new(points, ball).expect("points of the ball");
    let gradients = param.val().sum().backward();
    assert_eq!(param.grad(&gradients).expect("reached").dims(), [3, 2]);
}

/// Copies every parameter from another model, in the order of the traversal.
struct Copied(Vec<Vec<f64>>);

impl ModuleMapper for Copied {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let values = self.0.remove(0);
        param.map(|old| {
            let data = TensorData::new(values, old.shape());
            Tensor::from_data(data, (&old.device(), old.dtype()))
        })
    }
}

#[test]
fn a_copy_takes_points_and_curvature_as_they_are() {
    let options = (&Device::flex(), DType::F64);
    let raw = |c: f64| c.exp_m1().ln();
    let model = model(PoincareBall::learnable(1.0, options), 0.0);
    let copy = model.map(&mut Copied(vec![vec![7.0], vec![0.3, 0.2], vec![raw(4.0)]]));
    assert_eq!(to_vec_f64(copy.points.val()), [0.3, 0.2]);
    let curvature = copy.points.manifold().sectional_curvature();
    assert!((curvature.expect("constant") + 4.0).abs() < 1e-12);
}

/// A step, of any optimizer that asks for manifolds, with this change for every parameter.
struct Moved(f64);

impl ModuleMapper for Moved {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        match scope::current() {
            Some(_) => param,
            None => param.map(|x| x + self.0),
        }
    }
}

#[test]
fn a_step_far_too_long_leaves_a_curvature_and_points_that_numbers_can_hold() {
    for dtype in [DType::F32, DType::F64] {
        for change in [-1e3, -1e30, 1e30] {
            let options = (&Device::flex(), dtype);
            let model = model(PoincareBall::learnable(1.0, options), 0.5);
            let points = model.map(&mut Moved(change)).points;
            let curvature = points.manifold().sectional_curvature().expect("constant");
            assert!(
                (1e-31..=1.1e30).contains(&-curvature),
                "{change:e}: {curvature:e}"
            );
            assert!(
                to_vec_f64(points.val()).iter().all(|x| x.is_finite()),
                "{change:e}"
            );
        }
    }
}

#[test]
fn a_parameter_shows_its_curvature() {
    let options = (&Device::flex(), DType::F64);
    let model = model(PoincareBall::learnable(1.0, options), 0.5);
    let shown = model.points.to_string();
    assert!(
        shown.contains("poincare-ball, curvature -1.000, learnable [1, 2]"),
        "{shown}"
    );
    assert!(
        format!("{:?}", model.points).contains("0.54132"),
        "the raw parameter"
    );
}

#[test]
fn a_group_without_parameters_and_weights_without_points_are_refused() {
    let device = Device::flex();
    let group = ParamGroup::from_path("weight");
    let error = constrain(table(&device), group, PoincareBall::new(1.0)).expect_err("no such path");
    assert!(error.to_string().contains("rows, bias"), "{error}");

    let thin = Table {
        rows: Param::from_tensor(Tensor::zeros([4, 1], &device)),
        bias: Param::from_tensor(Tensor::zeros([1], &device)),
    };
    let error = constrain(thin, ParamGroup::from_path("rows"), Hyperboloid::new(1.0));
    assert!(matches!(
        error,
        Err(GeometryError::TooFewDimensions {
            minimum: 1,
            dim: 0,
            ..
        })
    ));
}

#[test]
fn a_parameter_off_its_manifold_is_refused_with_the_row() {
    let points = Tensor::<2>::from_floats([[0.1, 0.2], [0.9, 0.9]], &Device::flex());
    let error = ManifoldParam::try_new(points.clone(), PoincareBall::new(1.0));
    let Err(GeometryError::NotOnManifold(error)) = error else {
        panic!("{error:?}");
    };
    assert_eq!(error.row, 1);
    assert!(ManifoldParam::try_new(points.clone(), Euclidean::new()).is_ok());
    let empty = ManifoldParam::try_new(points.narrow(1, 0, 1), Hyperboloid::new(1.0));
    assert!(matches!(empty, Err(GeometryError::TooFewDimensions { .. })));
}

#[derive(Module, Debug)]
struct Model {
    plain: Param<Tensor<1>>,
    points: ManifoldParam<2, PoincareBall>,
}

fn model(manifold: PoincareBall, value: f64) -> Model {
    let options = (&Device::flex(), DType::F64);
    Model {
        plain: Param::from_tensor(Tensor::from_data([value], options)),
        points: ManifoldParam::new(Tensor::from_data([[value, 0.1]], options), manifold),
    }
}

#[test]
fn a_record_comes_back_with_its_learnable_curvature() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("model.geom");
    let options = (&Device::flex(), DType::F64);
    let saved = model(PoincareBall::learnable(2.0, options), 0.25);
    record::save(&saved, &path).expect("a new file");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let plain = folder.path().join("plain");
        std::fs::write(&plain, "").expect("a new file");
        let mode = |path| std::fs::metadata(path).map(|file| file.permissions().mode());
        assert_eq!(mode(&path).ok(), mode(&plain).ok(), "as any other file");
        std::fs::remove_file(&plain).expect("it is there");
    }
    // Again, over the first.
    record::save(&saved, &path).expect("an existing file");
    assert_eq!(fs::read_dir(folder.path()).expect("it exists").count(), 1);

    let fresh = model(PoincareBall::learnable(0.3, options), 0.0);
    let loaded = record::load(&fresh, &path).expect("the same model");
    assert_eq!(to_vec_f64(loaded.points.val()), [0.25, 0.1]);
    assert_eq!(to_vec_f64(loaded.plain.val()), [0.25]);
    assert_eq!(
        loaded.points.manifold().sectional_curvature(),
        saved.points.manifold().sectional_curvature()
    );
}

#[test]
fn a_record_of_another_geometry_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("model.geom");
    record::save(&model(PoincareBall::new(1.0), 0.25), &path).expect("a new file");

    let error = record::load(&model(PoincareBall::new(2.0), 0.0), &path).expect_err("curvature");
    let message = error.to_string();
    for part in ["points.value", "[-1.0]", "[-2.0]"] {
        assert!(message.contains(part), "{message}");
    }

    #[derive(Module, Debug)]
    struct Flat {
        plain: Param<Tensor<1>>,
        points: ManifoldParam<2, Euclidean>,
    }
    let options = (&Device::flex(), DType::F64);
    let flat = Flat {
        plain: Param::from_tensor(Tensor::zeros([1], options)),
        points: ManifoldParam::new(Tensor::zeros([1, 2], options), Euclidean::new()),
    };
    let error = record::load(&flat, &path).expect_err("another manifold");
    assert!(matches!(error, RecordError::DifferentManifold { .. }));
}

#[test]
fn files_that_are_no_records_are_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let target = model(PoincareBall::new(1.0), 0.0);
    let missing = folder.path().join("missing");
    assert!(matches!(
        record::load(&target, &missing),
        Err(RecordError::File { .. })
    ));

    let path = folder.path().join("model.geom");
    record::save(&target, &path).expect("a new file");
    let whole = fs::read(&path).expect("just written");
    for length in [0, 7, 60, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..length]).expect("writable");
        assert!(record::load(&target, &path).is_err(), "{length} bytes");
    }
    fs::write(&path, b"{\"not\": \"a record\"}").expect("writable");
    assert!(matches!(
        record::load(&target, &path),
        Err(RecordError::NotARecord { .. })
    ));
}
