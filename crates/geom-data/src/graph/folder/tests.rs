//! Folders that are read, and those that are refused.

use super::*;
use std::fs;

pub(super) fn folder(files: &[(&str, impl AsRef<[u8]>)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

pub(super) fn graph(files: &[(&str, &str)]) -> GraphData {
    read(folder(files).path()).unwrap()
}

/// The problem, and the file and line it is found in.
pub(super) fn refused(files: &[(&str, &str)]) -> (GraphProblem, String) {
    let folder = folder(files);
    match read(folder.path()).unwrap_err() {
        DataError::Graph { place, problem } => {
            let path = place.path.unwrap();
            let path = path.strip_prefix(folder.path()).unwrap();
            let line = place.line.map_or(String::new(), |line| format!(":{line}"));
            (problem, format!("{}{line}", path.display()))
        }
        other => panic!("{other}"),
    }
}

#[test]
fn tabs_commas_and_spaces_give_the_same_edges() {
    let expected = graph(&[("edges.tsv", "0\t1\n1\t2\n")]);
    for (name, text) in [
        ("edges.csv", "0,1\n1,2\n"),
        ("edges.csv", "source,target\r\n2,1\r\n0,1\r\n"),
        ("edges.txt", "# made by hand\n0 1\n\n1  2\n"),
        ("edges.tsv", "\u{feff}1 0\n2 1\n0 1\n"),
    ] {
        assert_eq!(graph(&[(name, text)]).edges(), expected.edges(), "{text:?}");
    }
}

#[test]
fn another_delimiter_is_named_with_its_line() {
    let (problem, place) = refused(&[("edges.csv", "0,1\n1\t2\n")]);
    assert_eq!(place, "edges.csv:2");
    assert!(matches!(
        problem,
        GraphProblem::Delimiter {
            expected: "commas",
            ..
        }
    ));
    assert!(problem.hint().contains("tab, comma or space"));
    let (problem, place) = refused(&[("edges.csv", "0;1\n")]);
    assert_eq!(place, "edges.csv:1");
    assert!(
        problem
            .to_string()
            .contains("split by a tab, a comma or a space")
    );
}

#[test]
fn numbers_out_of_range_are_refused_where_they_stand() {
    let features = ("features.tsv", "1 2\n3 4\n");
    let (problem, place) = refused(&[("edges.tsv", "0 1\n1 2\n"), features]);
    assert_eq!(place, "edges.tsv:2");
    assert!(matches!(
        problem,
        GraphProblem::NodeOutOfRange {
            node: 2,
            num_nodes: 2
        }
    ));
    let (problem, place) = refused(&[
        ("edges.tsv", "0 1\n"),
        ("labels.tsv", "0\n1\n0\n"),
        features,
    ]);
    assert_eq!(place, "labels.tsv:3");
    assert!(matches!(
        problem,
        GraphProblem::NodeOutOfRange { node: 2, .. }
    ));
    let (problem, _) = refused(&[("edges.tsv", "0 18446744073709551615\n")]);
    assert!(matches!(problem, GraphProblem::NodeOutOfRange { .. }));
    let (problem, _) = refused(&[("edges.tsv", "0 -1\n")]);
    assert!(matches!(problem, GraphProblem::Syntax { .. }));
}

#[test]
fn features_are_dense_or_sparse() {
    let edges = ("edges.tsv", "0 1\n");
    let dense = graph(&[edges, ("features.csv", "0.5,0\n0,2e0\n")]);
    let sparse = graph(&[edges, ("features.tsv", "0\t0:0.5\n1\t1:2\n")]);
    assert_eq!(dense.features(), sparse.features());
    let meta = ("meta.tsv", "nodes\t2\nfeatures\t4\n");
    let wide = graph(&[edges, ("features.tsv", "0\t\n1\t1:2\n"), meta]);
    assert_eq!(wide.features().unwrap().width(), 4);
}

#[test]
fn features_of_another_width_and_missing_ones_are_refused() {
    let edges = ("edges.tsv", "0 1\n");
    let (problem, place) = refused(&[edges, ("features.tsv", "1 2\n3\n")]);
    assert_eq!(place, "features.tsv:2");
    let width = GraphProblem::FeatureWidth {
        expected: 2,
        found: 1,
    };
    assert_eq!(problem, width);
    let (problem, place) = refused(&[edges, ("features.tsv", "1 2\n3 nan\n")]);
    assert_eq!(place, "features.tsv:2");
    assert!(matches!(
        problem,
        GraphProblem::FeatureNotFinite {
            node: 1,
            column: 1,
            ..
        }
    ));
    let (problem, place) = refused(&[edges, ("features.tsv", "0 1:1\n1 3:1 2:1\n")]);
    assert_eq!(place, "features.tsv:2");
    assert!(matches!(problem, GraphProblem::SparseRow { row: 1, .. }));
    let (problem, _) = refused(&[edges, ("features.tsv", "1 1:1\n0 2:1\n")]);
    assert!(problem.to_string().contains("in order from 0"));
}

#[test]
fn labels_may_leave_nodes_out_but_no_class() {
    let edges = ("edges.tsv", "0 1\n1 3\n");
    let labels = graph(&[edges, ("labels.tsv", "1\t0\n3\t1\n0\t-1\n")]);
    let expected = [None, Some(0), None, Some(1)];
    assert_eq!(labels.labels().unwrap().classes(), expected);
    let (problem, place) = refused(&[edges, ("labels.tsv", "0\n2\n0\n2\n")]);
    assert_eq!(place, "labels.tsv");
    assert!(matches!(
        problem,
        GraphProblem::EmptyClass {
            class: 1,
            num_classes: 3
        }
    ));
    let (problem, _) = refused(&[edges, ("labels.tsv", "0 0\n0 1\n")]);
    assert_eq!(problem, GraphProblem::RepeatedNode { node: 0 });
}

#[test]
fn splits_are_whole_disjoint_and_labeled() {
    let edges = ("edges.tsv", "0 1\n1 2\n");
    let labels = ("labels.tsv", "0\n1\n1\n");
    let (train, val) = (("splits/train.txt", "0\n"), ("splits/val.txt", "1\n"));
    let good = graph(&[edges, labels, train, val, ("splits/test.txt", "2\n")]);
    assert_eq!(good.split().unwrap().test, [2]);
    let (problem, place) = refused(&[edges, labels, train, val]);
    assert_eq!(place, "splits");
    assert!(problem.to_string().contains("test.txt"));
    let (problem, _) = refused(&[edges, labels, train, val, ("splits/test.txt", "0\n")]);
    assert!(matches!(
        problem,
        GraphProblem::OverlappingSplit { node: 0, .. }
    ));
    let (problem, _) = refused(&[edges, labels, train, val, ("splits/test.txt", "\n")]);
    assert_eq!(problem, GraphProblem::EmptySplit { part: "test" });
    let (problem, place) = refused(&[edges, labels, train, val, ("splits/test.txt", "3\n")]);
    assert_eq!(place, "splits/test.txt:1");
    assert!(matches!(
        problem,
        GraphProblem::NodeOutOfRange { node: 3, .. }
    ));
}

#[test]
fn a_folder_without_edges_is_refused() {
    let (problem, _) = refused(&[("labels.tsv", "0\n")]);
    assert!(matches!(problem, GraphProblem::MissingFile { .. }));
    let (problem, place) = refused(&[("edges.tsv", "1 1\n\n")]);
    assert_eq!((problem, &place[..]), (GraphProblem::NoEdges, "edges.tsv"));
    assert!(matches!(
        refused(&[("edges.tsv", "")]).0,
        GraphProblem::NoEdges
    ));
}

#[test]
fn a_remark_does_not_decide_how_features_are_read() {
    let features = "# columns: a b\n  # c: d\n1 2\n3 4\n";
    let graph = graph(&[("edges.tsv", "0\t1\n"), ("features.txt", features)]);
    assert_eq!(graph.features().unwrap().to_dense(), [1.0, 2.0, 3.0, 4.0]);
}

#[test]
fn two_tables_of_one_kind_are_refused() {
    let (problem, place) = refused(&[("edges.tsv", "0\t1\n"), ("edges.csv", "1,2\n")]);
    assert_eq!(place, "edges.tsv");
    let file = "edges.csv".to_owned();
    assert_eq!(problem, GraphProblem::SecondTable { file });
}

#[test]
fn labels_without_nodes_are_one_for_each() {
    let edges = ("edges.tsv", "0\t1\n1\t2\n2\t3\n");
    let (problem, place) = refused(&[edges, ("labels.txt", "0\n1\n")]);
    assert_eq!(place, "labels.txt");
    let (what, expected, found) = ("labels", 4, 2);
    let wanted = GraphProblem::NodeCount {
        what,
        expected,
        found,
    };
    assert_eq!(problem, wanted);
    let named = graph(&[edges, ("labels.txt", "0 0\n1 1\n")]);
    assert_eq!(named.labels().unwrap().classes()[3], None);
}

#[test]
fn one_mistyped_column_does_not_cost_the_memory_of_all_below_it() {
    let edges = ("edges.tsv", "0\t1\n");
    let (problem, place) = refused(&[edges, ("features.txt", "0 0:1\n1 4000000000:1\n")]);
    assert_eq!(place, "features.txt:2");
    let found = 4_000_000_001;
    let wanted = GraphProblem::TooManyColumns { found, limit: 3000 };
    assert_eq!(problem, wanted);
    let meta = ("meta.tsv", "features\t5\n");
    let (problem, place) = refused(&[edges, meta, ("features.txt", "0 0:1\n1 7:1\n")]);
    assert_eq!(place, "features.txt:2");
    let (expected, found) = (5, 8);
    assert_eq!(problem, GraphProblem::FeatureWidth { expected, found });
}

#[test]
fn nothing_in_a_folder_is_passed_over_silently() {
    let edges = ("edges.tsv", "0\t1\n1\t2\n");
    for (name, file) in [
        ("labels.npy", "labels.npy"),
        ("features.parquet", "features.parquet"),
        ("edges.npz", "edges.npz"),
        ("features.tsv/part-0.tsv", "features.tsv"),
        ("Labels.csv", "Labels.csv"),
        ("labels.parquet", "labels.parquet"),
        ("meta.csv", "meta.csv"),
        ("splits.tsv", "splits.tsv"),
    ] {
        let (problem, _) = refused(&[edges, (name, "1\n")]);
        let file = file.to_owned();
        assert_eq!(problem, GraphProblem::UnreadTable { file }, "{name}");
    }
    let graph = graph(&[
        edges,
        ("README.md", "x"),
        ("names.tsv", "x"),
        (".git/config", "x"),
    ]);
    assert_eq!(graph.notes()[1], "not read: README.md, names.tsv");
}

#[test]
fn a_self_loop_is_of_one_node() {
    let loops = |text| [("edges.tsv", "0\t1\n1\t2\n"), ("self_loops.tsv", text)];
    assert_eq!(graph(&loops("0\t0\n")).edges().len(), 2);
    let (problem, place) = refused(&loops("1\t1\n0\t2\n"));
    assert_eq!(place, "self_loops.tsv:2");
    assert!(
        problem
            .to_string()
            .contains("a node number and the same again"),
        "{problem}"
    );
}

#[test]
fn both_readers_of_pairs_know_the_same_headers() {
    for header in [
        "source,target",
        "FromNodeId,ToNodeId",
        "child,parent",
        "v,u",
    ] {
        let graph = graph(&[("edges.csv", &format!("{header}\n0,1\n1,2\n"))]);
        assert_eq!(graph.edges().len(), 2, "{header}");
    }
}

#[test]
fn a_feature_beyond_single_precision_is_named_with_the_rule() {
    let edges = ("edges.tsv", "0\t1\n");
    for features in ["1 2\n1e300 1\n", "0 0:1\n1 0:-1e39\n"] {
        let (problem, place) = refused(&[edges, ("features.txt", features)]);
        assert_eq!(place, "features.txt:2");
        assert!(problem.to_string().contains("at most 3.4e38"), "{problem}");
    }
}

#[test]
fn a_declared_width_does_not_cost_the_memory_of_its_columns() {
    let edges = ("edges.tsv", "0\t1\n");
    let features = ("features.txt", "0 0:1\n1 3:1\n");
    let (problem, _) = refused(&[edges, features, ("meta.tsv", "features\t4294967295\n")]);
    assert!(
        matches!(problem, GraphProblem::TooManyColumns { .. }),
        "{problem}"
    );
    let wide = graph(&[edges, features, ("meta.tsv", "features\t5000\n")]);
    assert_eq!(wide.features().unwrap().width(), 5000);
}
