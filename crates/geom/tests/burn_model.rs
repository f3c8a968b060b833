//! `examples/burn_model.rs`: manifold parameters in Burn's own training loop.

#[allow(dead_code, reason = "its `main` is for people")]
#[path = "../examples/burn_model.rs"]
mod burn_model;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use burn::module::{Module, ModuleVisitor, Param, ParamGroup};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor};
use burn::train::logger::TrainingProgressLogger;
use burn::train::{
    ExecutionStrategy, Interrupter, Learner, LearningResult, MultiDeviceOptim, SupervisedTraining,
    TrainOutput, TrainStep,
};
use burn_model::data::{GROUPS, Mammals};
use burn_model::options::Options;
use burn_model::{EveryEpoch, GroupModel, learner, mistakes, train, training};
use geom::core::{Manifold, Sphere, constrain};
use geom::optim::RiemannianSgdConfig;

/// Burn's random numbers belong to the process: a run draws its start alone.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn mammals() -> Mammals {
    Mammals::new(&geom::data::mammals())
}

fn options(folder: &Path, epochs: usize, resume: Option<usize>) -> Options {
    Options {
        artifacts: folder.to_owned(),
        epochs,
        resume,
        plain: true,
    }
}

/// The model after `epochs`.
fn run(folder: &Path, epochs: usize, resume: Option<usize>) -> GroupModel {
    let options = options(folder, epochs, resume);
    let (model, epoch) = train(&options, &mammals(), Interrupter::new()).unwrap();
    assert_eq!(epoch, epochs);
    model
}

fn start(device: &Device) -> Learner<GroupModel> {
    learner(&mammals(), device).unwrap()
}

/// Three epochs in Burn's loop, set up by `change`.
fn run_with(
    learner: Learner<GroupModel>,
    change: impl FnOnce(SupervisedTraining<GroupModel>) -> SupervisedTraining<GroupModel>,
) -> GroupModel {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path(), 3, None);
    let training = change(training(&options, &mammals(), Interrupter::new()));
    let LearningResult { model, error, .. } = training.launch(learner);
    assert!(error.is_none(), "{error:?}");
    model.check().unwrap();
    model
}

/// Every parameter to the bit, the curvature among them.
fn bits(model: &GroupModel) -> Vec<u32> {
    struct Bits(Vec<u32>);
    impl ModuleVisitor for Bits {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let data = param.val().into_data();
            self.0.extend(data.iter::<f32>().map(f32::to_bits));
        }
    }
    let mut bits = Bits(Vec::new());
    model.visit(&mut bits);
    assert_eq!(bits.0.len(), model.num_params());
    bits.0
}

fn curvature(model: &GroupModel) -> f64 {
    model.ancestors.manifold().curvature().value()
}

/// All kinds of parameters differ, the curvature among them.
fn assert_moved(start: &GroupModel, end: &GroupModel) {
    let distance = |a: Tensor<2>, b: Tensor<2>| {
        let difference = a.without_autodiff() - b.without_autodiff();
        difference.abs().max().into_scalar::<f32>()
    };
    assert!(distance(start.ancestors.val(), end.ancestors.val()) > 0.0);
    assert!(distance(start.groups.val(), end.groups.val()) > 0.0);
    assert!(distance(start.linear.weight.val(), end.linear.weight.val()) > 0.0);
    assert_ne!(curvature(start), curvature(end));
}

#[test]
fn a_run_resumed_half_way_ends_with_the_bits_of_one_that_went_through() {
    let _turn = alone();
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let [through, halves] = folders.each_ref().map(|folder| folder.path());

    let expected = run(through, 10, None);
    let half = run(halves, 5, None);
    let resumed = run(halves, 10, Some(5));

    assert_moved(&half, &expected);
    assert_eq!(bits(&resumed), bits(&expected));
    resumed.check().unwrap();
}

#[test]
fn a_run_stopped_within_an_epoch_goes_on_from_the_epoch_before() {
    /// Stops the run at the first batch of an epoch.
    struct StopIn {
        epoch: usize,
        now: usize,
        interrupter: Interrupter,
    }
    impl TrainingProgressLogger for StopIn {
        fn start_split(&mut self, split: &str, _items: usize) {
            self.now += usize::from(split == "train");
        }
        fn update_split(&mut self, _items: usize) {
            if self.now == self.epoch {
                self.interrupter.stop(None);
            }
        }
        fn start(&mut self, _epochs: usize, _first: usize, _: Option<usize>, _: Option<&str>) {}
        fn update_epoch(&mut self, _epoch: usize) {}
        fn end_split(&mut self) {}
        fn end(&mut self) {}
        fn log_event_training(&mut self, _event: String) {}
    }

    let _turn = alone();
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let [through, stopped] = folders.each_ref().map(|folder| folder.path());
    let interrupter = Interrupter::new();
    let stop = StopIn {
        epoch: 4,
        now: 0,
        interrupter: interrupter.clone(),
    };
    let result = training(&options(stopped, 6, None), &mammals(), interrupter)
        .with_checkpointing_strategy(EveryEpoch::after(0))
        .with_progress_logger(stop)
        .launch(start(&Device::default().autodiff()));

    assert!(result.interrupted.is_some());
    assert!(Options::parse(arguments(stopped, &["--resume", "4"])).is_err());
    assert!(Options::parse(arguments(stopped, &["--resume", "3"])).is_ok());
    let resumed = run(stopped, 6, Some(3));
    assert_eq!(bits(&resumed), bits(&run(through, 6, None)));
}

#[test]
fn the_model_finds_the_groups_of_mammals_it_has_not_seen() {
    /// One in 30; the example's run of 60 epochs makes a single one.
    const MISTAKES: usize = 7;
    let _turn = alone();
    let folder = tempfile::tempdir().unwrap();
    let mammals = mammals();
    let model = run(folder.path(), 15, None);
    assert_eq!(mammals.held_out.len(), 210);
    let wrong = mistakes(&model, &mammals);
    assert!(wrong.len() <= MISTAKES, "{} mistakes", wrong.len());

    // A checkpoint is the file of a model, for a program that does not train.
    let fresh = GroupModel::new(mammals.ancestors.len(), &Device::default());
    let loaded = fresh.load_file(folder.path().join("checkpoint/model-15.bpk"));
    assert_eq!(bits(&loaded), bits(&model));
}

#[test]
fn gradient_checkpointing_and_accumulation_of_one_batch_change_no_bit() {
    let _turn = alone();
    let device = Device::default().autodiff();
    let plain = run_with(start(&device), |training| training);
    let accumulated = run_with(start(&device), |training| training.grads_accumulation(1));
    assert_eq!(bits(&accumulated), bits(&plain));

    // Burn takes the strategy of the data from the trainer, that of the model from the model.
    let device = device.gradient_checkpointing();
    let recomputed = run_with(start(&device), |training| training.gradient_checkpointing());
    assert_eq!(bits(&recomputed), bits(&plain));
}

#[test]
fn accumulated_gradients_move_every_kind_of_parameter() {
    let _turn = alone();
    let learner = start(&Device::default().autodiff());
    let first = learner.model();
    let last = run_with(learner, |training| training.grads_accumulation(4));
    assert_moved(&first, &last);
}

#[test]
fn two_devices_train_one_model() {
    let _turn = alone();
    for optimizer in [
        MultiDeviceOptim::OptimMainDevice,
        MultiDeviceOptim::OptimSharded,
    ] {
        let devices = vec![Device::default(), Device::default()];
        let strategy = ExecutionStrategy::multi(devices, optimizer);
        let learner = start(&Device::default().autodiff());
        let first = learner.model();
        let last = run_with(learner, |training| {
            training.with_training_strategy(strategy.into())
        });
        assert_moved(&first, &last);
    }
}

#[test]
fn no_mammal_is_on_both_sides_and_none_is_described_by_its_group() {
    let hierarchy = geom::data::mammals();
    let mammals = mammals();
    for mammal in mammals.training.iter().chain(&mammals.held_out) {
        let node = hierarchy.id(&mammal.name).unwrap();
        let group = hierarchy.id(GROUPS[mammal.group]).unwrap();
        assert!(!mammal.ancestors.is_empty());
        for &ancestor in &mammal.ancestors {
            let ancestor = mammals.ancestors[ancestor];
            assert!(hierarchy.contains(node, ancestor), "{}", mammal.name);
            assert!(hierarchy.contains(ancestor, group), "{}", mammal.name);
        }
    }
    for mammal in &mammals.held_out {
        let same = |other: &burn_model::data::Mammal| other.name == mammal.name;
        assert!(!mammals.training.iter().any(same), "{}", mammal.name);
    }
    for (group, name) in GROUPS.iter().enumerate() {
        for side in [&mammals.training, &mammals.held_out] {
            assert!(side.iter().any(|mammal| mammal.group == group), "{name}");
        }
    }
}

fn arguments(folder: &Path, rest: &[&str]) -> Vec<String> {
    let folder = ["--artifacts", folder.to_str().unwrap()];
    folder.iter().chain(rest).map(ToString::to_string).collect()
}

#[test]
fn arguments_that_make_no_sense_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    let problem = |rest: &[&str]| Options::parse(arguments(folder.path(), rest)).unwrap_err();

    assert_eq!(problem(&["--epoch", "3"]), "no such argument: --epoch");
    assert_eq!(problem(&["--epochs"]), "--epochs needs a value");
    for value in ["0", "-1", "many"] {
        assert_eq!(
            problem(&["--epochs", value]),
            format!("--epochs takes a whole number above 0, not {value:?}")
        );
    }
    assert_eq!(
        problem(&["--resume", "10", "--epochs", "10"]),
        "--resume 10 leaves nothing to do: --epochs is 10"
    );
    assert!(problem(&["--resume", "3"]).ends_with("has no checkpoint of epoch 3"));

    let parsed = Options::parse(arguments(folder.path(), &["--epochs", "3", "--plain"]));
    assert_eq!(parsed, Ok(options(folder.path(), 3, None)));
}

#[test]
fn a_folder_that_holds_a_run_is_not_overwritten() {
    let _turn = alone();
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), 1, None);
    let problem = Options::parse(arguments(folder.path(), &[])).unwrap_err();
    assert!(problem.contains("holds a run"), "{problem}");
}

/// A layer with a training step of its own, which knows of no manifold.
#[derive(Module, Debug)]
struct Plain {
    linear: Linear,
}

impl TrainStep for Plain {
    type Input = Tensor<2>;
    type Output = ();

    fn step(&self, input: Tensor<2>) -> TrainOutput<()> {
        let loss = self.linear.forward(input).square().sum();
        TrainOutput::new(self, loss.backward(), ())
    }
}

#[test]
fn a_constrained_module_takes_the_steps_of_the_one_inside_and_stays_on_its_manifold() {
    let device = Device::default().autodiff();
    let linear = LinearConfig::new(4, 3).init(&device);
    let group = ParamGroup::from_path("linear.weight");
    let model = constrain(Plain { linear }, group, Sphere::new()).unwrap();
    let before = model.linear.weight.val();
    let input = Tensor::ones([8, 4], &device);
    let output = TrainStep::step(&model, input);
    let mut optimizer = RiemannianSgdConfig::new().init();
    let model = model.optimize(&mut optimizer, 0.1.into(), output.grads);
    let after = model.linear.weight.val();
    assert!((after.clone() - before).abs().max().into_scalar::<f32>() > 1e-3);
    assert!(model.manifold().check_point(after).is_ok());
}
