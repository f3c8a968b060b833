//! Training graph networks: what a loss is made of, what a seed decides.

use burn::tensor::{Device, Distribution, Tensor};
use geom_data::graph::{GraphData, SparseRows, disease};
use geom_nn::models::ModelKind;
use geom_train::graph::{
    Batching, GraphCheckpoint, GraphSettings, GraphTask, GraphTrainError, GraphTrainer, Scores,
    TaskData,
};

fn tree() -> GraphData {
    disease::generate(&disease::Config::node_classification(), 3).unwrap()
}

/// The losses of the first epochs and the scores of the best.
fn train(graph: &GraphData, settings: &GraphSettings, epochs: usize) -> (Vec<f64>, Scores) {
    let data = TaskData::new(graph, settings).unwrap();
    let mut trainer = GraphTrainer::new(data, settings.clone(), &Device::flex()).unwrap();
    let losses = (0..epochs).map(|_| trainer.epoch().unwrap().loss).collect();
    (losses, trainer.best().unwrap().val)
}

#[test]
fn losses_are_what_the_settings_say() {
    let graph = tree();
    let mut settings = GraphSettings::new(ModelKind::Hgcn, GraphTask::NodeClassification);

    let (first, scores) = train(&graph, &settings, 5);
    assert_eq!(train(&graph, &settings, 5), (first.clone(), scores));
    settings.seed = 1;
    assert_ne!(train(&graph, &settings, 5).0, first);
    settings.seed = 0;

    // Before the first step the loss is linear in the weight of the links' part.
    let loss = |weight: f64| {
        let mut settings = settings.clone();
        settings.link_loss = weight;
        train(&graph, &settings, 1).0[0]
    };
    let (none, one, three) = (loss(0.0), loss(1.0), loss(3.0));
    assert_eq!(none, first[0]);
    assert!((three - none - 3.0 * (one - none)).abs() < ROUNDING * three);

    // Without anything in the features all points are at the origin.
    let empty = without_features(&graph);
    let loss = |weight: f64| {
        let mut settings = settings.clone();
        settings.link_loss = weight;
        train(&empty, &settings, 1).0[0]
    };
    // Each pair has the probability of distance 0, 1 / (e^(-r/t) + 1).
    let (r, t) = (settings.decoder_radius, settings.decoder_temperature);
    let of_links = (-r / t).exp().ln_1p() + (r / t).exp().ln_1p();
    let (found, expected) = (loss(3.0), loss(0.0) + 3.0 * of_links);
    let apart = (found - expected).abs();
    assert!(apart < ROUNDING * expected, "{found} and {expected}");
}

#[test]
fn runs_and_other_draws_on_a_device_leave_each_other_alone() {
    let (graph, device) = (tree(), Device::flex());
    let mut settings = GraphSettings::new(ModelKind::Hgcn, GraphTask::NodeClassification);
    settings.dropout = 0.5;
    let trainer = |seed| {
        let settings = GraphSettings {
            seed,
            ..settings.clone()
        };
        let data = TaskData::new(&graph, &settings).unwrap();
        GraphTrainer::new(data, settings, &device).unwrap()
    };
    let (alone, _) = train(
        &graph,
        &GraphSettings {
            seed: 2,
            ..settings.clone()
        },
        3,
    );
    let (mut one, mut other) = (trainer(2), trainer(3));
    let beside: Vec<f64> = (0..3)
        .map(|_| {
            other.epoch().unwrap();
            Tensor::<1>::random([5], Distribution::Default, &device);
            one.epoch().unwrap().loss
        })
        .collect();
    assert_eq!(alone, beside);
}

/// A few roundings of f32 in a sum of losses, relative to it.
const ROUNDING: f64 = 1e-6;

/// The same graph, with features that are all zero.
fn without_features(graph: &GraphData) -> GraphData {
    let nodes = graph.num_nodes();
    let zeros = SparseRows::try_new(vec![0; nodes + 1], Vec::new(), Vec::new(), 3).unwrap();
    GraphData::builder("no features", nodes)
        .edges(graph.edges().iter().copied())
        .features(zeros)
        .labels(graph.labels().unwrap().clone())
        .build()
        .unwrap()
}

#[test]
fn links_beside_classes_need_points_and_the_whole_graph() {
    let refused = |change: &dyn Fn(&mut GraphSettings)| {
        let mut settings = GraphSettings::new(ModelKind::Hgcn, GraphTask::NodeClassification);
        settings.link_loss = 1.0;
        assert!(settings.check().is_ok());
        change(&mut settings);
        let error = settings.check().unwrap_err().to_string();
        assert!(error.contains("link_loss"), "{error}");
    };
    refused(&|settings| settings.task = GraphTask::LinkPrediction);
    refused(&|settings| settings.model = ModelKind::Gcn);
    refused(&|settings| {
        settings.batching = Batching::Neighbors {
            size: 8,
            fanouts: vec![3, 3],
        };
    });
    refused(&|settings| settings.link_loss = -1.0);
}

#[test]
fn a_model_that_is_no_number_any_more_is_no_result() {
    let graph = tree();
    for task in [GraphTask::NodeClassification, GraphTask::LinkPrediction] {
        let mut settings = GraphSettings::new(ModelKind::Mlp, task);
        settings.lr = 1e30;
        let data = TaskData::new(&graph, &settings).unwrap();
        let mut trainer = GraphTrainer::new(data, settings, &Device::flex()).unwrap();
        let error = trainer.epoch().unwrap_err();
        assert!(matches!(error, GraphTrainError::Diverged { .. }), "{error}");
        assert!(trainer.best().is_none());
    }
}

#[test]
fn a_checkpoint_keeps_every_bit_and_no_change() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let mut settings = GraphSettings::new(ModelKind::Gcn, GraphTask::NodeClassification);
    // Read by a fast parser, this is the number next to it.
    settings.lr = 0.196_652_719_665_271_98;
    let data = TaskData::new(&tree(), &settings).unwrap();
    let mut trainer = GraphTrainer::new(data, settings.clone(), &Device::flex()).unwrap();
    trainer.epoch().unwrap();
    trainer.checkpoint().unwrap().save(&path).unwrap();
    let read = GraphCheckpoint::load(&path).unwrap();
    assert_eq!(read.settings(), &settings);
    assert_eq!(read.checksum(), trainer.checkpoint().unwrap().checksum());

    let bytes = std::fs::read(&path).unwrap();
    let name = br#"curvature\":1.0"#;
    let at = bytes.windows(name.len()).position(|part| part == name);
    let mut altered = bytes.clone();
    altered[at.unwrap() + name.len() - 3] = b'9';
    std::fs::write(&path, altered).unwrap();
    let error = GraphCheckpoint::load(&path).unwrap_err().to_string();
    assert!(error.contains("checksum"), "{error}");
}

#[test]
fn what_differs_from_a_run_is_named() {
    let run = GraphSettings::new(ModelKind::Hgcn, GraphTask::NodeClassification);
    let mut now = run.clone();
    assert!(run.conflicts(&now).is_empty());
    (now.lr, now.learn_curvature) = (0.5, true);
    let conflicts: [_; 2] = run.conflicts(&now).try_into().unwrap();
    let told = conflicts.map(|conflict| conflict.to_string());
    assert_eq!(told[0], "learn_curvature is false in the run, true now");
    assert_eq!(told[1], "lr is 0.01 in the run, 0.5 now");
}

#[test]
fn sizes_and_curvatures_have_bounds() {
    let refused = |change: &dyn Fn(&mut GraphSettings), name: &str| {
        let mut settings = GraphSettings::new(ModelKind::Gcn, GraphTask::NodeClassification);
        change(&mut settings);
        let error = settings.check().unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
    };
    refused(&|settings| settings.layers = usize::MAX, "layers");
    refused(&|settings| settings.heads = usize::MAX, "heads");
    refused(&|settings| settings.dim = 1 << 40, "dim");
    refused(&|settings| settings.epochs = usize::MAX, "epochs");
    refused(&|settings| settings.curvature = f64::NAN, "curvature");
    refused(&|settings| settings.curvature = -1.0, "curvature");
    let mut spheres = GraphSettings::new(ModelKind::KappaGcn, GraphTask::NodeClassification);
    spheres.curvature = -1.0;
    assert!(spheres.check().is_ok());
}
