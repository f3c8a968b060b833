//! What programs write, and what nobody should.

use std::path::Path;

use super::document::Document;
use super::{graph, relations};
use crate::edge_list::Options;
use crate::graph::{GraphData, GraphTask};
use crate::{DataError, Relations, Repairs};

const PATH: &str = "a.graphml";

fn read(text: &str) -> Result<GraphData, DataError> {
    let document = Document::parse(Path::new(PATH), text.as_bytes().to_vec())?;
    graph::of(Path::new(PATH), document)
}

fn related(text: &str, options: &Options) -> Result<(Relations, Repairs), DataError> {
    let document = Document::parse(Path::new(PATH), text.as_bytes().to_vec())?;
    relations::of(Path::new(PATH), document, options)
}

/// The message of the error, which names file and line.
fn refused(text: &str) -> String {
    let error = read(text).unwrap_err();
    assert!(error.hint().is_some(), "{error}");
    error.to_string()
}

/// As NetworkX writes it.
const CLUB: &str = r#"<?xml version='1.0' encoding='utf-8'?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">
  <key id="d3" for="edge" attr.name="weight" attr.type="double" />
  <key id="d2" for="node" attr.name="member" attr.type="boolean"><default>false</default></key>
  <key id="d1" for="node" attr.name="age" attr.type="long" />
  <key id="d0" for="node" attr.name="class" attr.type="string" />
  <!-- <node id="nobody"/> -->
  <graph edgedefault="undirected">
    <node id="ann &amp; co"><data key="d0">chess</data><data key="d1">31</data></node>
    <node id="bob"><data key="d0">tennis</data><data key="d1">27</data><data key="d2">true</data></node>
    <node id="cleo"><data key="d0">chess</data><data key="d1">-4</data></node>
    <node id="dan"><data key="d0"></data><data key="d1">5</data></node>
    <edge source="ann &#38; co" target="bob"><data key="d3">2.5</data></edge>
    <edge source="bob" target="cleo"><data key="d3">1</data></edge>
    <edge source="cleo" target="bob"><data key="d3">1</data></edge>
    <edge source="dan" target="dan"><data key="d3">1</data></edge>
  </graph>
</graphml>
"#;

#[test]
fn names_classes_and_features_are_what_the_file_says() {
    let graph = read(CLUB).unwrap();
    assert_eq!((graph.name(), graph.num_nodes()), ("a", 4));
    assert_eq!(graph.edges(), [[0, 1], [1, 2]]);
    assert_eq!(graph.self_loops(), [3]);
    let names = graph.names();
    assert_eq!(names.node(0), "ann & co");
    let labels = graph.labels().unwrap();
    assert_eq!(labels.classes(), [Some(0), Some(1), Some(0), None]);
    assert_eq!(names.classes().unwrap(), ["chess", "tennis"]);
    graph.require(GraphTask::NodeClassification).unwrap();
    // Columns in the order of their keys.
    let features = graph.features().unwrap().to_dense();
    assert_eq!(features, [0.0, 31.0, 1.0, 27.0, 0.0, -4.0, 0.0, 5.0]);
    let notes = graph.notes().join("\n");
    for needle in [
        "the 2 classes are the attribute \"class\", which 1 node has not",
        "features are the attributes of nodes member, age",
        "weights of edges are not read",
        "1 edge given again",
    ] {
        assert!(notes.contains(needle), "{notes}");
    }
}

/// As igraph writes it: ids of its own, names as an attribute, and classes as numbers.
const NAMED: &str = r#"<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <key id="v_name" for="node" attr.name="name" attr.type="string"/>
  <key id="v_group" for="node" attr.name="Group" attr.type="double"/>
  <key id="v_x" for="node" attr.name="x" attr.type="double"/>
  <key id="e_kind" for="edge" attr.name="kind" attr.type="string"/>
  <graph id="G" edgedefault="directed" parse.nodes="3" parse.edges="4000000000">
    <edge source="n0" target="n1"><data key="e_kind">likes</data></edge>
    <edge source="n2" target="n1" directed="false"/>
    <node id="n0"><data key="v_name">ann</data><data key="v_group">20</data><data key="v_x">.5</data></node>
    <node id="n1"><data key="v_name"><![CDATA[b & b]]></data><data key="v_group">3</data><port name="p"/></node>
    <node id="n2"><data key="v_name">cleo</data><data key="v_group">3</data></node>
  </graph>
</graphml>"#;

#[test]
fn a_name_goes_over_an_id_and_declared_sizes_are_not_believed() {
    let graph = read(NAMED).unwrap();
    assert_eq!(graph.names().nodes().unwrap(), ["ann", "b & b", "cleo"]);
    assert_eq!(graph.edges(), [[0, 1], [1, 2]]);
    let labels = graph.labels().unwrap();
    assert_eq!(labels.classes(), [Some(1), Some(0), Some(0)]);
    assert_eq!(graph.names().classes().unwrap(), ["3", "20"]);
    assert!(graph.features().is_none());
    let notes = graph.notes().join("\n");
    for needle in [
        "nodes are called by their attribute \"name\"",
        "4000000000 edges are declared, and 2 are there",
        "1 ports of nodes are not read",
        "attributes of edges that are not read: kind",
        "attributes of nodes that some nodes lack, and not read: x",
        "1 of 2 edges have a direction, which does not count",
    ] {
        assert!(notes.contains(needle), "no {needle:?} in {notes}");
    }
}

#[test]
fn direction_decides_which_way_nodes_are_related() {
    let (relations, repairs) = related(NAMED, &Options::default()).unwrap();
    let id = |name| relations.id(name).unwrap();
    let (ann, bob, cleo) = (id("ann"), id("b & b"), id("cleo"));
    assert_eq!(relations.num_relations(), 3);
    assert!(relations.contains(ann, bob) && !relations.contains(bob, ann));
    assert!(relations.contains(bob, cleo) && relations.contains(cleo, bob));
    assert!(!relations.is_weighted() && repairs.is_empty());
    let said = repairs.remarks.join("\n");
    assert!(
        said.contains("1 of 2 edges have no direction: they relate both ends to each other"),
        "{said}"
    );

    let (relations, repairs) = related(CLUB, &Options::default()).unwrap();
    assert!(relations.is_weighted());
    assert_eq!(
        (relations.num_nodes(), relations.num_relations()),
        (3, 4),
        "a node of a self loop alone has no relation"
    );
    assert_eq!((repairs.self_loops, repairs.duplicates), (1, 0));
    let both = Options {
        undirected: true,
        ..Options::default()
    };
    assert_eq!(related(NAMED, &both).unwrap().0.num_relations(), 4);
}

#[test]
fn a_hierarchy_can_be_closed() {
    let text = graph_of(
        r#"<node id="dog"/><node id="mammal"/><node id="animal"/><node id="stone"/>
        <edge source="dog" target="mammal"/><edge source="mammal" target="animal"/>"#,
    );
    let closed = Options {
        closure: true,
        ..Options::default()
    };
    let (relations, repairs) = related(&text, &closed).unwrap();
    assert_eq!(relations.num_relations(), 3);
    assert!(repairs.remarks[0].contains("1 node is left out"));
    let circle = text.replace(
        "</graph>",
        r#"<edge source="animal" target="dog"/></graph>"#,
    );
    let error = related(&circle, &closed).unwrap_err();
    assert!(matches!(error, DataError::Cycle { .. }), "{error}");
}

#[test]
fn weights_are_for_all_or_for_none() {
    let weighted = |first: &str, second: &str| {
        let edge = |pair: &str, weight: &str| {
            let data = match weight {
                "" => String::new(),
                weight => format!("<data key=\"w\">{weight}</data>"),
            };
            format!("<edge {pair}>{data}</edge>\n")
        };
        let edges =
            edge("source=\"a\" target=\"b\"", first) + &edge("source=\"b\" target=\"c\"", second);
        format!(
            "<graphml><key id=\"w\" for=\"edge\" attr.name=\"weight\" attr.type=\"double\"/><graph>\n\
             <node id=\"a\"/><node id=\"b\"/><node id=\"c\"/>\n{edges}</graph></graphml>"
        )
    };
    let read = |first, second| related(&weighted(first, second), &Options::default());
    let (relations, _) = read("2", "0.5").unwrap();
    assert!(relations.is_weighted());
    for (first, second, needle) in [
        ("2", "", "a.graphml:4: an edge without a weight"),
        (
            "2",
            "-1",
            "a.graphml:4: expected a weight that is finite and above 0",
        ),
        ("inf", "1", "a.graphml:3: expected a weight that is finite"),
        ("1e300", "1", "a.graphml:3: expected a weight from 1.2e-38"),
        (
            "two",
            "1",
            "a.graphml:3: \"two\" for weight, where a number is meant",
        ),
    ] {
        let error = read(first, second).unwrap_err().to_string();
        assert!(error.contains(needle), "{error}");
    }
    let with_default = weighted("2", "").replace(
        "attr.type=\"double\"/>",
        "attr.type=\"double\"><default>1</default></key>",
    );
    related(&with_default, &Options::default()).unwrap();
}

/// A graph of these nodes and edges.
fn graph_of(content: &str) -> String {
    format!("<graphml><graph edgedefault=\"directed\">\n{content}\n</graph></graphml>")
}

const PAIR: &str = "<node id=\"a\"/><node id=\"b\"/><edge source=\"a\" target=\"b\"/>";

#[test]
fn numbers_in_order_are_no_names() {
    let text = graph_of(&PAIR.replace("\"a\"", "\"0\"").replace("\"b\"", "\"1\""));
    assert!(read(&text).unwrap().names().is_empty());
    assert!(!read(&graph_of(PAIR)).unwrap().names().is_empty());
}

#[test]
fn entities_are_not_followed() {
    let laughs = r#"<?xml version="1.0"?>
<!DOCTYPE graphml [
  <!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">
]>
<graphml/>"#;
    assert_eq!(
        refused(laughs),
        "a.graphml:2: a document type with declarations, which are not read"
    );
    let file =
        r#"<!DOCTYPE graphml [<!ENTITY x SYSTEM "file:///etc/passwd">]><graphml>&x;</graphml>"#;
    assert!(refused(file).contains("a document type with declarations"));
    let named = graph_of("<node id=\"a\"/>\n<node id=\"&x;\"/>");
    assert_eq!(
        refused(&named),
        "a.graphml:3: the entity &x;, which is not read"
    );
    let in_text = graph_of("<node id=\"a\"/>\n\n&x;");
    assert_eq!(
        refused(&in_text),
        "a.graphml:4: the entity &x;, which is not read"
    );
    // A document type that names a file, which nobody opens.
    let plain = "<!DOCTYPE graphml SYSTEM \"http://x.org/graphml.dtd\">".to_owned();
    let graph = read(&(plain + &graph_of(PAIR))).unwrap();
    assert!(graph.notes().join("").contains("document type is not read"));
}

#[test]
fn what_is_deep_or_has_no_end_is_refused() {
    let deep = format!("<graphml>{}", "<a>\n".repeat(100_000));
    assert_eq!(refused(&deep), "a.graphml:64: elements more than 64 deep");
    let open = graph_of(PAIR).replace("</graph></graphml>", "");
    let said = refused(&open);
    assert!(
        said.starts_with("a.graphml:3: not well-formed XML"),
        "{said}"
    );
    for cut in 1..open.len() {
        // Whatever is left of a file that was cut off is an error, and none of them a crash.
        assert!(read(&open[..cut]).is_err());
    }
    let value = format!(
        "<graphml><key id=\"k\" for=\"node\"/><graph>\n<node id=\"a\"><data key=\"k\">{}</data></node>",
        "x".repeat(1 << 21)
    );
    assert_eq!(
        refused(&value),
        "a.graphml:2: at most 1048576 bytes in a value"
    );
    let attributes = format!("<node id=\"a\" {}/>", "x=\"\" ".repeat(100_000));
    read(&graph_of(&format!(
        "{attributes}<node id=\"b\"/><edge source=\"a\" target=\"b\"/>"
    )))
    .unwrap();
}

#[test]
fn what_is_wrong_is_told_by_its_line() {
    let key = |rest: &str| format!("<graphml>\n<key {rest}/>{}", &graph_of(PAIR)[9..]);
    let keyed = |kind: &str, data: &str| {
        format!(
            "<graphml><key id=\"k\" for=\"node\" attr.name=\"age\" attr.type=\"{kind}\"/><graph>\n\
             <node id=\"a\">{data}</node>\n</graph></graphml>"
        )
    };
    for (text, expected) in [
        ("".to_owned(), "1: there is no <graph>"),
        ("<graphml>\n</graphml>".to_owned(), "2: there is no <graph>"),
        ("hello".to_owned(), "1: not well-formed XML: text outside"),
        (
            "\n<svg/>".to_owned(),
            "2: the outermost element is <svg>, not <graphml>",
        ),
        ("<graphml>\n</svg>".to_owned(), "2: not well-formed XML"),
        (
            "<graphml/>\n<graphml/>".to_owned(),
            "2: not well-formed XML: a second outermost element",
        ),
        (
            "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\n<graphml/>".to_owned(),
            "1: the encoding is \"UTF-16\", and only UTF-8 is read",
        ),
        (graph_of("<node/>"), "2: <node> without id"),
        (
            graph_of("<node id=\"\"/>"),
            "2: the name \"\", where one that is not empty",
        ),
        (
            graph_of("<node id=\"a&#27;[2J\"/>"),
            "2: the name \"a\\u{1b}[2J\", where one without control characters",
        ),
        (
            graph_of("<node id=\"a\"/>\n<node id=\"a\"/>"),
            "3: the node \"a\" comes twice",
        ),
        (
            graph_of("<node id=\"anna\"/>\n<edge source=\"ana\" target=\"anna\"/>"),
            "3: there is no node \"ana\"; did you mean \"anna\"?",
        ),
        (graph_of("<edge source=\"a\"/>"), "2: <edge> without target"),
        (
            graph_of("<node id=\"a\"/><edge source=\"a\" target=\"a\" directed=\"perhaps\"/>"),
            "2: directed=\"perhaps\", where true or false is meant",
        ),
        (
            graph_of("<hyperedge/>"),
            "2: a hyperedge, which is not read",
        ),
        (
            graph_of("<node id=\"a\">\n<graph/></node>"),
            "3: a graph in a node or an edge, which is not read",
        ),
        (
            graph_of(PAIR).replace("</graphml>", "\n<graph/></graphml>"),
            "4: a second graph, which is not read",
        ),
        (
            graph_of(PAIR).replace("directed", "sideways"),
            "1: edgedefault=\"sideways\", where directed or undirected is meant",
        ),
        (key("for=\"node\""), "2: <key> without id"),
        (
            key("id=\"k\" attr.type=\"colour\""),
            "2: attr.type=\"colour\", where boolean, int",
        ),
        (
            key("id=\"k\"/><key id=\"k\""),
            "2: the key \"k\" is declared twice",
        ),
        (
            graph_of("<node id=\"a\"><data key=\"k\">1</data></node>"),
            "2: data of the key \"k\", which is not declared before",
        ),
        (
            keyed("int", "<data key=\"k\">1.5</data>"),
            "2: \"1.5\" for age, where a whole number is meant",
        ),
        (
            keyed("boolean", "<data key=\"k\">yes</data>"),
            "2: \"yes\" for age, where true or false is meant",
        ),
        (
            keyed("int", "<data key=\"k\">1</data><data key=\"k\">2</data>"),
            "2: a second value of the key \"k\"",
        ),
    ] {
        let said = refused(&text);
        assert!(
            said.starts_with(&format!("{PATH}:{expected}")),
            "{text}\n{said}"
        );
    }
    let none = refused(&graph_of("<node id=\"a\"/>"));
    assert!(none.contains("the graph has no edges"), "{none}");
    let infinite = keyed("double", "<data key=\"k\">1e300</data>").replace(
        "</graph>",
        "<node id=\"b\"><data key=\"k\">1</data></node><edge source=\"a\" target=\"b\"/></graph>",
    );
    assert!(refused(&infinite).contains("feature 0 of node 0 is inf"));
    let bytes = Document::parse(Path::new(PATH), b"<graphml>\n\xff".to_vec());
    let error = bytes.unwrap_err().to_string();
    assert!(
        error.starts_with("a.graphml:2: byte 10 is not UTF-8"),
        "{error}"
    );
}

#[test]
fn a_default_fills_no_memory_that_the_file_does_not_pay_for() {
    let mut text = String::from("<graphml>");
    for key in 0..200 {
        text += &format!(
            "<key id=\"k{key}\" for=\"node\" attr.name=\"k{key}\" attr.type=\"int\"><default>7</default></key>"
        );
    }
    text += "<graph><node id=\"a\">";
    for key in 0..200 {
        text += &format!("<data key=\"k{key}\">1</data>");
    }
    text += "</node>";
    for node in 0..1_000 {
        text += &format!("<node id=\"n{node}\"/>");
    }
    text += "<edge source=\"a\" target=\"n0\"/></graph></graphml>";
    let graph = read(&text).unwrap();
    assert!(graph.features().is_none());
    let notes = graph.notes().join("\n");
    assert!(
        notes.contains("some nodes lack, and not read: k0, k1"),
        "{notes}"
    );
    assert!(notes.contains("and 188 more"), "{notes}");

    // Half of the nodes have a value: the rest have the default.
    let filled = r#"<graphml><key id="k" for="node" attr.name="age" attr.type="int"><default>7</default></key>
        <graph><node id="a"><data key="k">1</data></node><node id="b"/><edge source="a" target="b"/></graph></graphml>"#;
    let graph = read(filled).unwrap();
    assert_eq!(graph.features().unwrap().to_dense(), [1.0, 7.0]);
}
