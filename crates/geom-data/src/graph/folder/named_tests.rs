//! Folders whose nodes and classes have names, and features of NumPy.

use super::tests::{folder, graph, refused};
use super::*;

const EDGES: (&str, &str) = ("edges.csv", "source,target\nbob,ann\n\"Lee, Jr.\",bob\n");

fn names(graph: &GraphData) -> Vec<&str> {
    let names = graph.names().nodes().unwrap();
    names.iter().map(String::as_str).collect()
}

fn has_note(graph: &GraphData, text: &str) -> bool {
    graph.notes().iter().any(|note| note.contains(text))
}

#[test]
fn names_alone_are_numbered_in_their_order() {
    let named = graph(&[EDGES]);
    assert_eq!(names(&named), ["Lee, Jr.", "ann", "bob"]);
    assert_eq!(named.edges(), [[0, 2], [1, 2]]);
    assert!(has_note(
        &named,
        "header skipped: edges.csv (source,target)"
    ));
    // Whatever order they come in.
    let other = graph(&[("edges.tsv", "bob\tLee, Jr.\nann\tbob\nbob\tann\n")]);
    assert_eq!(other.fingerprint(), named.fingerprint());
    assert_eq!(other.names(), named.names());
    assert!(has_note(&other, "1 edge given again"));
}

#[test]
fn features_name_the_nodes_in_their_order() {
    for features in [
        (
            "features.csv",
            "person,age,height\nbob,3,1\nann,5,0\n\"Lee, Jr.\",7,2\n",
        ),
        ("features.tsv", "bob\t3\t1\nann\t5\t0\nLee, Jr.\t7\t2\n"),
        (
            "features.tsv",
            "bob\t0:3 1:1\nann\t0:5\nLee, Jr.\t0:7\t1:2\n",
        ),
    ] {
        let named = graph(&[EDGES, features]);
        assert_eq!(names(&named), ["bob", "ann", "Lee, Jr."], "{features:?}");
        let values = named.features().unwrap().to_dense();
        assert_eq!(values, [3.0, 1.0, 5.0, 0.0, 7.0, 2.0]);
        assert_eq!(named.edges(), [[0, 1], [0, 2]]);
    }
}

#[test]
fn terms_with_colons_are_names_and_no_pairs() {
    let edges = ("edges.csv", "GO:1,GO:2\nGO:2,GO:3\n");
    let features = ("features.csv", "GO:2,0.5\nGO:1,1\nGO:3,2\n");
    let named = graph(&[edges, features]);
    assert_eq!(names(&named), ["GO:2", "GO:1", "GO:3"]);
    assert_eq!(named.features().unwrap().to_dense(), [0.5, 1.0, 2.0]);
}

#[test]
fn a_list_of_nodes_decides_their_order_and_gives_numbers_names() {
    let list = ("nodes.txt", "name\nLee, Jr.\nbob\nann\nNew York\n");
    let by_name = graph(&[EDGES, list]);
    assert_eq!(names(&by_name), ["Lee, Jr.", "bob", "ann", "New York"]);
    assert_eq!(by_name.edges(), [[0, 1], [1, 2]]);
    let by_number = graph(&[
        ("edges.csv", "0,1\n1,2\n"),
        list,
        ("labels.txt", "x\nx\ny\ny\n"),
    ]);
    assert_eq!(by_number.fingerprint(), {
        let labels = "node,label\nNew York,y\nann,y\nbob,x\n\"Lee, Jr.\",x\n";
        graph(&[EDGES, list, ("labels.csv", labels)]).fingerprint()
    });
    assert_eq!(by_number.names().classes().unwrap(), ["x", "y"]);
    // Numbers that are names, as those of papers are.
    let papers = graph(&[
        ("edges.tsv", "31336\t1\n1\t7\n"),
        ("nodes.txt", "7\n31336\n1\n"),
    ]);
    assert_eq!(papers.edges(), [[0, 2], [1, 2]]);
    // Names that are the numbers are none.
    let plain = graph(&[("edges.tsv", "0\t1\n"), ("nodes.txt", "0\n1\n2\n")]);
    assert_eq!((plain.num_nodes(), plain.names().nodes()), (3, None));
    let (problem, place) = refused(&[EDGES, ("nodes.txt", "bob\nann\nbob\n")]);
    assert_eq!(
        (problem.to_string(), &place[..]),
        ("node \"bob\" is listed twice".to_owned(), "nodes.txt:3")
    );
}

#[test]
fn a_header_that_begins_with_node_makes_the_first_column_no_feature() {
    let edges = ("edges.csv", "0,1\n1,2\n");
    let said = graph(&[
        edges,
        ("features.csv", "node,1990,2000\n2,5,6\n0,1,2\n1,3,4\n"),
    ]);
    assert_eq!(
        said.features().unwrap().to_dense(),
        [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    );
    assert!(said.names().is_empty());
    let unsaid = graph(&[edges, ("features.csv", "0,1,2\n1,3,4\n2,5,6\n")]);
    assert_eq!(unsaid.features().unwrap().width(), 3);
    assert!(
        has_note(&unsaid, "counts the nodes"),
        "{:?}",
        unsaid.notes()
    );
    let (problem, place) = refused(&[edges, ("features.csv", "NA,NA\n1,2\n3,4\n")]);
    assert_eq!(place, "features.csv:1");
    assert!(problem.to_string().contains("numbers, one feature each"));
}

#[test]
fn classes_by_name_are_numbered_in_their_order() {
    let labels = (
        "labels.tsv",
        "class\tnode\nspam\tann\n-1\tbob\nham\tLee, Jr.\n",
    );
    let named = graph(&[EDGES, labels]);
    assert_eq!(named.names().classes().unwrap(), ["ham", "spam"]);
    assert_eq!(named.labels().unwrap().classes(), [Some(0), Some(1), None]);
    assert!(has_note(&named, "1 node is listed without a label"));
    let numbered = graph(&[("edges.csv", "0,1\n"), ("labels.csv", "nan\nham\n")]);
    assert_eq!(numbered.labels().unwrap().num_classes(), 2);
    assert!(has_note(&numbered, "\"nan\" was taken for a class"));
    // One letter among numbers is a slip.
    let (_, place) = refused(&[("edges.csv", "0,1\n1,2\n"), ("labels.csv", "0\nl\n1\n")]);
    assert_eq!(place, "labels.csv:2");
    let (_, place) = refused(&[("edges.csv", "0,1\n1,2\n"), ("labels.csv", "0.5\n1.5\n1\n")]);
    assert_eq!(place, "labels.csv:1");
}

#[test]
fn nodes_without_an_edge_are_told() {
    let labels = ("labels.csv", "ann,x\nbob,y\nzoe,y\n");
    let named = graph(&[EDGES, labels]);
    assert_eq!(named.num_nodes(), 4);
    assert!(has_note(&named, "1 node of labels.csv has no edge: zoe"));
}

#[test]
fn a_header_of_other_words_is_doubted() {
    let doubted = graph(&[("edges.csv", "gene a,gene b\nann,bob\nbob,cleo\n")]);
    assert_eq!(doubted.num_nodes(), 5);
    assert!(has_note(
        &doubted,
        "line 1 of edges.csv was read as an edge"
    ));
    let plain = graph(&[("edges.csv", "ann,bob\nbob,cleo\n")]);
    assert!(!has_note(&plain, "was read as an edge"));
}

#[test]
fn splits_go_by_name_too() {
    let labels = ("labels.csv", "ann,x\nbob,y\n\"Lee, Jr.\",y\n");
    let split = |test| {
        [
            EDGES,
            labels,
            ("splits/train.txt", "node\nLee, Jr.\n"),
            ("splits/val.txt", "bob\n"),
            ("splits/test.txt", test),
        ]
    };
    let named = graph(&split("ann\n"));
    assert_eq!(named.split().unwrap().train, [0]);
    let (problem, place) = refused(&split("an\n"));
    assert_eq!(place, "splits/test.txt:1");
    assert!(
        problem.to_string().contains("did you mean \"ann\"?"),
        "{problem}"
    );
    let (problem, _) = refused(&split("bob\n"));
    assert!(
        problem.to_string().ends_with("node 2 is called \"bob\""),
        "{problem}"
    );
}

#[test]
fn rows_without_names_are_nobodys() {
    let (problem, place) = refused(&[EDGES, ("features.csv", "1,2\n3,4\n5,6\n")]);
    assert_eq!(place, "edges.csv:2");
    assert!(problem.to_string().contains("listed in nodes.txt"));
    let (problem, place) = refused(&[EDGES, ("labels.txt", "x\ny\nx\n")]);
    assert_eq!(place, "labels.txt:1");
    assert!(problem.to_string().contains("which labels are whose"));
    let (problem, _) = refused(&[EDGES, ("features.csv", "ann,1\nbob,2\n")]);
    assert!(matches!(problem, GraphProblem::UnknownNode { name, .. } if name == "Lee, Jr."));
    let (problem, _) = refused(&[EDGES, ("features.csv", "ann,1\nbob,2\nann,3\n")]);
    assert!(matches!(problem, GraphProblem::RepeatedName { .. }));
}

#[test]
fn a_name_is_not_what_a_terminal_obeys() {
    let (problem, place) = refused(&[("edges.csv", "ann,bob\nann,\u{1b}[2J\n")]);
    assert_eq!(place, "edges.csv:2");
    assert!(problem.to_string().contains("control characters"));
}

#[test]
fn arrays_and_matrices_are_read() {
    let header = |shape: &str| {
        let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}}}");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes
    };
    let numbers = [1.0f32, 0.0, 0.0, 2.0, 3.0, 4.0];
    let mut array = header("(3, 2)");
    array.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    let matrix = "%%MatrixMarket matrix coordinate pattern symmetric\n3 3 2\n2 1\n3 2\n";
    let list = "ann\nbob\ncleo\n";
    let files = [
        ("features.npy", &array[..]),
        ("edges.mtx", matrix.as_bytes()),
        ("nodes.txt", list.as_bytes()),
    ];
    let read_from = |files: &[(&str, &[u8])]| read(folder(files).path());
    let named = read_from(&files).unwrap();
    assert_eq!(named.features().unwrap().to_dense(), numbers);
    assert_eq!(
        (named.edges(), names(&named)),
        (&[[0, 1], [1, 2]][..], vec!["ann", "bob", "cleo"])
    );
    // A matrix knows of nodes without edges, but not of any number of them.
    let alone = |size: &str| read_from(&[("edges.mtx", matrix.replace("3 3 2", size).as_bytes())]);
    assert_eq!(alone("9 9 2").unwrap().num_nodes(), 9);
    assert!(
        alone("200000000 200000000 2")
            .unwrap_err()
            .to_string()
            .contains("more than 300")
    );
    let other = read_from(&[
        files[0],
        ("edges.mtx", matrix.replace("3 3 2", "4 4 2").as_bytes()),
    ]);
    assert!(
        other
            .unwrap_err()
            .to_string()
            .contains("a matrix of 3 nodes, found 4")
    );
    let cut = read_from(&[("features.npy", &array[..array.len() - 1]), files[1]]);
    assert!(matches!(cut, Err(DataError::Array { .. })));
    let mut infinite = header("(3,)");
    infinite.extend(
        [0.0, f32::NAN, 1.0]
            .iter()
            .flat_map(|number: &f32| number.to_le_bytes()),
    );
    let broken = read_from(&[("features.npy", &infinite[..]), files[1]]);
    assert!(
        broken
            .unwrap_err()
            .to_string()
            .contains("feature 0 of node 1 is NaN")
    );
}
