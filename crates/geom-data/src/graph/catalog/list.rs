//! The graphs that there are.

use super::dataset::GraphDataset;
use crate::graph::{GraphFacts, GraphTask, NodeProportions};

const LINQS: &str = "none stated (Planetoid's files: MIT)";
const HGCN: &str = "none stated";
/// The published shares of the disease trees.
const DISEASE: NodeProportions = NodeProportions {
    val: 0.10,
    test: 0.60,
};

pub(super) static DATASETS: [GraphDataset; 6] = [
    GraphDataset {
        name: "airport",
        description: "flight routes between airports, classed by the population of the country",
        nodes: 3_188,
        edges: 18_630,
        features: 5,
        classes: 4,
        license: HGCN,
        download_bytes: 554_100,
        facts: GraphFacts {
            degree_features: true,
            ..GraphFacts::of("airport", "airport")
        },
    },
    GraphDataset {
        name: "citeseer",
        description: "citations between papers on computer science, classed by field",
        nodes: 3_327,
        edges: 4_552,
        features: 3_703,
        classes: 6,
        license: LINQS,
        download_bytes: 1_036_188,
        facts: GraphFacts::of("citeseer", "citeseer"),
    },
    GraphDataset {
        name: "cora",
        description: "citations between papers on machine learning, classed by topic",
        nodes: 2_708,
        edges: 5_278,
        features: 1_433,
        classes: 7,
        license: LINQS,
        download_bytes: 572_444,
        facts: GraphFacts::of("cora", "cora"),
    },
    GraphDataset {
        name: "disease-lp",
        description: "an infection that spreads down a tree, published or generated",
        nodes: 2_665,
        edges: 2_664,
        features: 11,
        classes: 2,
        license: HGCN,
        download_bytes: 0,
        facts: GraphFacts {
            usual_task: GraphTask::LinkPrediction,
            proportions: DISEASE,
            ..GraphFacts::of("disease-lp", "disease")
        },
    },
    GraphDataset {
        name: "disease-nc",
        description: "an infection that spreads down a deeper tree, published or generated",
        nodes: 1_044,
        edges: 1_043,
        features: 1_000,
        classes: 2,
        license: HGCN,
        download_bytes: 0,
        facts: GraphFacts {
            proportions: DISEASE,
            ..GraphFacts::of("disease-nc", "disease")
        },
    },
    GraphDataset {
        name: "pubmed",
        description: "citations between papers on diabetes, classed by type",
        nodes: 19_717,
        edges: 44_324,
        features: 500,
        classes: 3,
        license: LINQS,
        download_bytes: 8_722_598,
        facts: GraphFacts::of("pubmed", "pubmed"),
    },
];
