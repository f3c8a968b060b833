//! The published graphs: raw files against the plain form, counts, and splits to the bit.
//!
//! The data are not part of the repository. `GEOM_DATA_DIR` names a directory that holds
//! `planetoid/{raw,plain}` and `hgcn/{raw,plain}`; without it every test here is listed as ignored.

use geom_data::graph::hgcn::{self, HgcnSet};
use geom_data::graph::{
    GraphData, GraphTask, LinkSplit, LinkSplitConfig, NodeSplit, SplitProtocol, graph_dataset,
    graph_datasets, load_with, node_split, planetoid,
};
use geom_data::sources::Sources;
use libtest_mimic::{Arguments, Failed, Trial};
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

type Check = fn() -> Result<(), Failed>;

const CHECKS: [(&str, Check); 9] = [
    (
        "planetoid_files_and_plain_tables_are_the_same_graphs_needs_geom_data_dir",
        planetoid_forms,
    ),
    (
        "planetoid_graphs_have_their_published_counts_needs_geom_data_dir",
        planetoid_counts,
    ),
    (
        "hgcn_files_and_plain_tables_are_the_same_graphs_needs_geom_data_dir",
        hgcn_forms,
    ),
    (
        "hgcn_graphs_have_their_published_counts_needs_geom_data_dir",
        hgcn_counts,
    ),
    (
        "published_link_splits_are_remade_to_the_bit_needs_geom_data_dir",
        link_splits,
    ),
    (
        "the_link_split_of_pubmed_is_remade_to_the_bit_needs_geom_data_dir",
        pubmed_link_split,
    ),
    (
        "published_node_splits_are_remade_to_the_bit_needs_geom_data_dir",
        node_splits,
    ),
    (
        "clean_splits_of_real_graphs_are_disjoint_needs_geom_data_dir",
        clean_splits,
    ),
    (
        "graphs_are_found_and_loaded_by_name_needs_geom_data_dir",
        by_name,
    ),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let ready = data_dir().is_ok();
    if !ready && !arguments.list {
        for (name, _) in CHECKS {
            eprintln!(
                "skipped: {name}: GEOM_DATA_DIR names no directory with planetoid/ and hgcn/"
            );
        }
    }
    let trials = CHECKS.map(|(name, check)| Trial::test(name, check).with_ignored_flag(!ready));
    libtest_mimic::run(&arguments, trials.into()).exit_code()
}

fn data_dir() -> Result<PathBuf, Failed> {
    let directory = std::env::var_os("GEOM_DATA_DIR")
        .map(PathBuf::from)
        .unwrap_or_default();
    if directory.join("planetoid").is_dir() && directory.join("hgcn").is_dir() {
        Ok(directory)
    } else {
        Err("GEOM_DATA_DIR has no planetoid/ and hgcn/".into())
    }
}

const CITATIONS: [&str; 3] = ["cora", "citeseer", "pubmed"];

fn citations(name: &str) -> Result<GraphData, Failed> {
    Ok(planetoid::read_raw(
        data_dir()?.join("planetoid/raw"),
        name,
    )?)
}

fn set(set: HgcnSet) -> Result<GraphData, Failed> {
    Ok(hgcn::read_raw(data_dir()?.join("hgcn/raw"), set)?)
}

/// All but the notes, which tell the two forms apart.
fn same(a: &GraphData, b: &GraphData) -> Result<(), Failed> {
    let equal = [
        ("names", a.name() == b.name()),
        ("nodes", a.num_nodes() == b.num_nodes()),
        ("edges", a.edges() == b.edges()),
        ("self loops", a.self_loops() == b.self_loops()),
        ("features", a.features() == b.features()),
        ("label columns", a.label_column() == b.label_column()),
        ("labels", a.labels() == b.labels()),
        ("splits", a.split() == b.split()),
    ];
    match equal.iter().find(|(_, equal)| !equal) {
        Some((what, _)) => Err(format!("the {what} of {} differ", a.name()).into()),
        None => Ok(()),
    }
}

fn planetoid_forms() -> Result<(), Failed> {
    for name in CITATIONS {
        let plain = data_dir()?.join("planetoid/plain").join(name);
        same(&citations(name)?, &planetoid::read_plain(plain, name)?)?;
    }
    Ok(())
}

fn planetoid_counts() -> Result<(), Failed> {
    // Nodes, edges, self loops, features, their nonzeros, classes, training nodes, isolated nodes.
    let expected = [
        [2_708, 5_278, 0, 1_433, 49_216, 7, 140, 0],
        [3_327, 4_552, 124, 3_703, 105_165, 6, 120, 48],
        [19_717, 44_324, 3, 500, 988_031, 3, 60, 0],
    ];
    for (name, expected) in CITATIONS.into_iter().zip(expected) {
        let graph = citations(name)?;
        let features = graph.features().ok_or("no features")?;
        let split = graph.split().ok_or("no split")?;
        let labels = graph.labels().ok_or("no labels")?;
        let counts = [
            graph.num_nodes(),
            graph.edges().len(),
            graph.self_loops().len(),
            features.width(),
            features.nonzeros(),
            labels.num_classes(),
            split.train.len(),
            graph
                .degrees()
                .iter()
                .filter(|&&degree| degree == 0)
                .count(),
        ];
        assert_eq!(counts, expected, "{name}");
        assert_eq!((split.val.len(), split.test.len()), (500, 1_000));
        let unlabeled = labels
            .classes()
            .iter()
            .filter(|class| class.is_none())
            .count();
        assert_eq!(unlabeled, if name == "citeseer" { 15 } else { 0 });
        let first = features.row_normalized();
        let sum: f32 = first.row(0).1.iter().sum();
        assert!((sum - 1.0).abs() < 1e-5, "a row sums to {sum}");
    }
    Ok(())
}

fn hgcn_forms() -> Result<(), Failed> {
    for kind in [HgcnSet::Airport, HgcnSet::DiseaseLp, HgcnSet::DiseaseNc] {
        let plain = data_dir()?.join("hgcn/plain").join(kind.stem());
        same(&set(kind)?, &hgcn::read_plain(plain, kind)?)?;
    }
    Ok(())
}

fn hgcn_counts() -> Result<(), Failed> {
    let airport = set(HgcnSet::Airport)?;
    assert_eq!(
        (airport.num_nodes(), airport.edges().len()),
        (3_188, 18_630)
    );
    assert_eq!(airport.self_loops(), [2_349]);
    assert_eq!(
        airport.labels().ok_or("no labels")?.counts(),
        [521, 1_443, 999, 225]
    );
    let width = |task| airport.inputs(task).map(|features| features.width());
    assert_eq!(width(GraphTask::NodeClassification), Some(4));
    assert_eq!(width(GraphTask::LinkPrediction), Some(5));
    assert_eq!(airport.degrees().into_iter().max(), Some(246));

    let tree = set(HgcnSet::DiseaseLp)?;
    assert_eq!((tree.num_nodes(), tree.edges().len()), (2_665, 2_664));
    assert_eq!(tree.labels().ok_or("no labels")?.counts(), [1_605, 1_060]);
    assert_eq!(tree.features().ok_or("no features")?.width(), 11);

    let tree = set(HgcnSet::DiseaseNc)?;
    assert_eq!((tree.num_nodes(), tree.edges().len()), (1_044, 1_043));
    assert_eq!(tree.labels().ok_or("no labels")?.counts(), [833, 211]);
    if tree.features().is_none() {
        assert!(
            tree.notes()
                .iter()
                .any(|note| note.contains("disease_nc.feats.npz"))
        );
    }
    Ok(())
}

/// A staged list of pairs or nodes, in its order.
fn list<const N: usize>(path: &str) -> Result<Vec<[u32; N]>, Failed> {
    let text = fs::read_to_string(data_dir()?.join("hgcn/plain").join(path))?;
    let line = |line: &str| -> Result<[u32; N], Failed> {
        let numbers: Result<Vec<u32>, _> = line.split('\t').map(str::parse).collect();
        numbers?
            .try_into()
            .map_err(|_| "another number of columns".into())
    };
    text.lines().map(line).collect()
}

/// The split of seed 1234 against the lists that the published code made.
fn remakes(graph: &GraphData, folder: &str) -> Result<LinkSplit, Failed> {
    let config = LinkSplitConfig::default();
    let split = LinkSplit::new(graph, SplitProtocol::Hgcn, 1234, &config)?;
    for (name, pairs) in [
        ("train_pos", split.train_pos()),
        ("val_pos", split.val_pos()),
        ("val_neg", split.val_neg()),
        ("test_pos", split.test_pos()),
        ("test_neg", split.test_neg()),
    ] {
        let staged = list::<2>(&format!("{folder}/splits_lp_seed1234/{name}.tsv"))?;
        assert!(pairs == staged, "{folder}: {name} differs");
    }
    Ok(split)
}

fn link_splits() -> Result<(), Failed> {
    remakes(&citations("cora")?, "cora")?;
    let diagonal = |split: LinkSplit| {
        let pairs = split.val_neg().iter().chain(split.test_neg());
        pairs.filter(|[u, v]| u == v).count()
    };
    assert_eq!(
        diagonal(remakes(&set(HgcnSet::DiseaseLp)?, "disease_lp")?),
        1
    );
    assert_eq!(diagonal(remakes(&set(HgcnSet::Airport)?, "airport")?), 3);
    Ok(())
}

fn pubmed_link_split() -> Result<(), Failed> {
    remakes(&citations("pubmed")?, "pubmed").map(drop)
}

fn node_splits() -> Result<(), Failed> {
    let remade = |kind: HgcnSet| -> Result<NodeSplit, Failed> {
        let graph = set(kind)?;
        let shares = graph_dataset(kind.name())?.facts().proportions;
        let split = node_split(&graph, SplitProtocol::Hgcn, 1234, shares)?;
        for (name, nodes) in split.parts() {
            let path = format!("{}/splits_nc_seed1234/{name}.txt", kind.stem());
            let staged: Vec<u32> = list::<1>(&path)?.into_iter().flatten().collect();
            assert!(nodes == staged, "{path} differs");
        }
        Ok(split)
    };
    assert!(remade(HgcnSet::DiseaseNc)?.overlaps().is_empty());
    let overlaps = remade(HgcnSet::Airport)?.overlaps();
    let found = (overlaps.train_val, overlaps.train_test, overlaps.val_test);
    assert_eq!(found, (246, 225, 43));
    assert_eq!(
        overlaps.repeated,
        (524 - 505) + (524 - 506) + (3_364 - 2_691)
    );
    Ok(())
}

fn clean_splits() -> Result<(), Failed> {
    for graph in [
        citations("pubmed")?,
        set(HgcnSet::Airport)?,
        set(HgcnSet::DiseaseNc)?,
    ] {
        let shares = graph_dataset(graph.name())?.facts().proportions;
        let split = node_split(&graph, SplitProtocol::Clean, 0, shares)?;
        split.check(graph.num_nodes(), graph.labels())?;
        let split = LinkSplit::new(&graph, SplitProtocol::Clean, 0, &LinkSplitConfig::default())?;
        let mut links = [split.train_pos(), split.val_pos(), split.test_pos()].concat();
        links.sort_unstable();
        assert!(
            links == graph.edges(),
            "each edge of {} is in one part",
            graph.name()
        );
        for pair in split.val_neg().iter().chain(split.test_neg()) {
            assert!(graph.edges().binary_search(pair).is_err() && pair[0] < pair[1]);
        }
    }
    Ok(())
}

fn by_name() -> Result<(), Failed> {
    let sources = Sources {
        data_dir: Some(data_dir()?),
        ..Sources::default()
    };
    for dataset in graph_datasets() {
        let graph = load_with(dataset.name, false, &sources, |_| {})?;
        assert_eq!(graph.name(), dataset.name);
        assert_eq!(graph.facts(), dataset.facts());
        assert_eq!(
            (graph.num_nodes(), graph.edges().len()),
            (dataset.nodes, dataset.edges)
        );
        let width = graph
            .features()
            .map_or(dataset.features, |features| features.width());
        assert_eq!(width, dataset.features, "{}", dataset.name);
        let classes = graph.labels().map(|labels| labels.num_classes());
        assert_eq!(classes, Some(dataset.classes), "{}", dataset.name);
    }
    Ok(())
}
