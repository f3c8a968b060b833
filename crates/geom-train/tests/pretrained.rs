//! Features from an earlier run: where they go, what they must not know, that they are kept.

use burn::tensor::Device;
use geom_data::graph::{GraphData, disease};
use geom_nn::models::ModelKind;
use geom_train::graph::{
    GraphCheckpoint, GraphSettings, GraphTask, GraphTrainError, GraphTrainer, TaskData,
};

const EPOCHS: usize = 3;

fn tree() -> GraphData {
    disease::generate(&disease::Config::node_classification(), 3).unwrap()
}

fn settings(task: GraphTask) -> GraphSettings {
    let mut settings = GraphSettings::new(ModelKind::Gcn, task);
    settings.dim = 5;
    settings
}

fn trainer(data: TaskData, settings: GraphSettings, epochs: usize) -> GraphTrainer {
    let mut trainer = GraphTrainer::new(data, settings, &Device::flex()).unwrap();
    for _ in 0..epochs {
        trainer.epoch().unwrap();
    }
    trainer
}

fn trained(settings: GraphSettings) -> GraphTrainer {
    let data = TaskData::new(&tree(), &settings).unwrap();
    trainer(data, settings, EPOCHS)
}

/// What a run of `settings` says to the embeddings of `run`.
fn refused(settings: &GraphSettings, run: &GraphTrainer) -> String {
    let data = TaskData::new(&tree(), settings).unwrap();
    let error = data.with_embeddings_of(run).unwrap_err();
    assert!(
        matches!(error, GraphTrainError::Pretrained { .. }),
        "{error}"
    );
    error.to_string()
}

#[test]
fn embeddings_go_beside_the_features_or_stand_alone() {
    let links = trained(settings(GraphTask::LinkPrediction));
    let embeddings = links.embeddings().unwrap().unwrap();
    assert_eq!(embeddings.width(), 5);
    let of_classes = settings(GraphTask::NodeClassification);
    let given = TaskData::new(&tree(), &of_classes).unwrap();
    let width = given.width();
    assert_eq!(given.with_embeddings_of(&links).unwrap().width(), width + 5);
    let mut alone = of_classes;
    alone.use_features = false;
    let numbers = TaskData::new(&tree(), &alone).unwrap();
    assert_eq!(numbers.width(), numbers.nodes());
    let alone = numbers.with_embeddings_of(&links).unwrap();
    assert_eq!(alone.width(), 5);
    assert!(alone.notes().iter().any(|note| note.contains("run before")));
}

#[test]
fn a_run_that_knows_the_answers_is_refused() {
    let (links, classes) = (
        settings(GraphTask::LinkPrediction),
        settings(GraphTask::NodeClassification),
    );
    let other = |settings: &GraphSettings| {
        let mut settings = settings.clone();
        settings.split_seed += 1;
        settings
    };
    let [of_links, of_classes] = [&links, &classes].map(|settings| trained(settings.clone()));
    assert!(refused(&links, &of_classes).contains("all links"));
    assert!(refused(&other(&links), &of_links).contains("links of another split"));
    assert!(refused(&other(&classes), &of_classes).contains("classes of another split"));
    for (settings, run) in [
        (&links, &of_links),
        (&classes, &of_classes),
        (&classes, &of_links),
    ] {
        let data = TaskData::new(&tree(), settings).unwrap();
        assert!(data.with_embeddings_of(run).is_ok());
    }
    let fresh = TaskData::new(&tree(), &links).unwrap();
    let fresh = trainer(fresh, links.clone(), 0);
    assert!(refused(&links, &fresh).contains("no finished epoch"));
    let more = disease::generate(&disease::Config::link_prediction(), 3).unwrap();
    let data = TaskData::new(&more, &links).unwrap();
    let error = data.with_embeddings_of(&of_links).unwrap_err().to_string();
    assert!(error.contains("number of nodes"), "{error}");
}

#[test]
fn a_run_on_another_graph_is_refused() {
    let links = settings(GraphTask::LinkPrediction);
    let other = disease::generate(&disease::Config::node_classification(), 4).unwrap();
    let nodes = other.num_nodes().min(tree().num_nodes());
    let cut = |graph: &GraphData| {
        let inside = |edge: &[u32; 2]| edge.iter().all(|&node| (node as usize) < nodes);
        let edges: Vec<_> = graph.edges().iter().copied().filter(inside).collect();
        GraphData::builder("cut", nodes)
            .edges(edges)
            .build()
            .unwrap()
    };
    let data = |graph: &GraphData| TaskData::new(&cut(graph), &links).unwrap();
    let run = trainer(data(&other), links.clone(), EPOCHS);
    let error = data(&tree()).with_embeddings_of(&run).unwrap_err();
    assert!(error.to_string().contains("another graph"), "{error}");
    assert!(data(&other).with_embeddings_of(&run).is_ok());
}

/// The classes of the airports are cut from one of their features.
#[test]
fn a_run_that_saw_what_classes_were_cut_from_is_refused() {
    let tree = tree();
    let width = tree.features().unwrap().width();
    let tree = tree.with_label_column(width - 1).unwrap();
    let (mut links, classes) = (
        settings(GraphTask::LinkPrediction),
        settings(GraphTask::NodeClassification),
    );
    let data = |settings: &GraphSettings| TaskData::new(&tree, settings).unwrap();
    let saw = trainer(data(&links), links.clone(), EPOCHS);
    let told = |run: &GraphTrainer| match data(&classes).with_embeddings_of(run) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    };
    assert!(told(&saw).contains("cut from one of the features"));
    links.use_features = false;
    let blind = trainer(data(&links), links.clone(), EPOCHS);
    assert_eq!(told(&blind), "");
    // Nor by way of another run.
    let between = data(&links).with_embeddings_of(&saw).unwrap();
    let between = trainer(between, links.clone(), EPOCHS);
    assert!(told(&between).contains("cut from one of the features"));
}

#[test]
fn a_checkpoint_keeps_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let settings = settings(GraphTask::NodeClassification);
    let links = trained(self::settings(GraphTask::LinkPrediction));
    let data = || TaskData::new(&tree(), &settings).unwrap();
    let with = data().with_embeddings_of(&links).unwrap();
    let before = trainer(with, settings.clone(), EPOCHS);
    before.checkpoint().unwrap().save(&path).unwrap();

    let saved = GraphCheckpoint::load(&path).unwrap();
    let device = Device::flex();
    let after = GraphTrainer::resume(data(), settings.clone(), saved, &device).unwrap();
    assert_eq!(after.data().width(), before.data().width());
    assert_eq!(after.embeddings().unwrap(), before.embeddings().unwrap());

    // On a tree with more nodes.
    let more = disease::generate(&disease::Config::link_prediction(), 3).unwrap();
    let data = TaskData::new(&more, &settings).unwrap();
    let saved = GraphCheckpoint::load(&path).unwrap();
    let resumed = GraphTrainer::resume(data, settings, saved, &device);
    let error = resumed.map(|_| ()).unwrap_err();
    assert!(matches!(error, GraphTrainError::OtherData), "{error}");

    // A number of them is not what it was.
    let bytes = std::fs::read(&path).unwrap();
    let embeddings = links.embeddings().unwrap().unwrap();
    let number = embeddings.row(0).1[0].to_le_bytes();
    let at = bytes.windows(4).position(|four| four == number).unwrap();
    let mut altered = bytes;
    altered[at] ^= 1;
    std::fs::write(&path, altered).unwrap();
    assert!(GraphCheckpoint::load(&path).is_err());
}
