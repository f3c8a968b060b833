//! Training graph networks: what a loss is made of, what a seed decides.

use burn::tensor::Device;
use geom_data::graph::{GraphData, disease};
use geom_nn::models::ModelKind;
use geom_train::graph::{GraphSettings, GraphTask, GraphTrainer, Scores, TaskData};

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

/// Burn's generator belongs to the device, so what draws from it is one test.
#[test]
fn losses_are_what_the_settings_say() {
    let graph = tree();
    let mut settings = GraphSettings::new(ModelKind::Hgcn, GraphTask::Nc);

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
    let of_links = one - none;
    // Points near the origin: each link has the probability of distance 0, 1 / (e^(-r/t) + 1).
    let (r, t) = (settings.r, settings.t);
    let near = (-r / t).exp().ln_1p() + (r / t).exp().ln_1p();
    assert!((of_links - near).abs() < 0.5, "{of_links} {near}");
    assert!((three - none - 3.0 * of_links).abs() < 1e-5 * three);
}

#[test]
fn links_beside_classes_need_points_and_the_whole_graph() {
    let refused = |change: &dyn Fn(&mut GraphSettings)| {
        let mut settings = GraphSettings::new(ModelKind::Hgcn, GraphTask::Nc);
        settings.link_loss = 1.0;
        assert!(settings.validate().is_ok());
        change(&mut settings);
        let error = settings.validate().unwrap_err().to_string();
        assert!(error.contains("--link-loss"), "{error}");
    };
    refused(&|settings| settings.task = GraphTask::Lp);
    refused(&|settings| settings.model = ModelKind::Gcn);
    refused(&|settings| {
        settings.batch = 8;
        settings.fanouts = vec![3, 3];
    });
    refused(&|settings| settings.link_loss = -1.0);
}
