//! From XML to a [`Document`].

use std::collections::HashMap;
use std::path::Path;

use crate::fields::has_controls;
use crate::graph::{GraphProblem, Location, MAX_NODES};
use crate::{DataError, Limit, suggest};

use super::GraphMlProblem;
use super::document::{Document, Edge, Key, Kind, Value};
use super::xml::{Element, Item, Xml, shortened};

/// What an open element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Root,
    Graph,
    Key(usize),
    Default(usize),
    Node(u32),
    Edge,
    /// A value of a key, of a node or of the last edge.
    Data(usize, Option<u32>),
    /// What is passed over.
    Other,
}

/// A node that the file speaks of.
struct Known {
    /// Its place among those that are listed.
    listed: Option<u32>,
    /// Where it is spoken of first.
    line: u64,
}

struct Parser<'a> {
    path: &'a Path,
    xml: Xml<'a>,
    document: Document,
    keys: HashMap<String, usize>,
    /// Nodes by id; the number of each is the place in `known`.
    numbers: HashMap<String, u32>,
    known: Vec<Known>,
    name_bytes: u64,
    /// What is open.
    places: Vec<Place>,
    /// The characters of the innermost value.
    text: String,
    is_directed: bool,
    graphs: usize,
    /// The numbers of nodes and edges that are declared.
    declared: [Option<String>; 2],
    ports: usize,
}

pub(super) fn parse(path: &Path, text: &str) -> Result<Document, DataError> {
    let mut parser = Parser {
        path,
        xml: Xml::new(path, text),
        document: Document::default(),
        keys: HashMap::new(),
        numbers: HashMap::new(),
        known: Vec::new(),
        name_bytes: 0,
        places: Vec::new(),
        text: String::new(),
        is_directed: true,
        graphs: 0,
        declared: [None, None],
        ports: 0,
    };
    loop {
        match parser.xml.next()? {
            Item::Open(element) => parser.open(&element)?,
            Item::Close => parser.close()?,
            Item::Text(text) => parser.text(&text)?,
            Item::End => return parser.finish(),
        }
    }
}

impl Parser<'_> {
    fn open(&mut self, element: &Element<'_>) -> Result<(), DataError> {
        let parent = self.places.last().copied();
        let place = match (parent, element.name()) {
            (None, "graphml") => Place::Root,
            (None, other) => {
                let found = shortened(other);
                return Err(self.xml.problem(GraphMlProblem::NotGraphMl { found }));
            }
            (Some(Place::Root), "key") => self.key(element)?,
            (Some(Place::Root), "graph") => self.graph(element)?,
            (Some(Place::Key(key)), "default") => {
                self.text.clear();
                Place::Default(key)
            }
            (Some(Place::Graph), "node") => self.node(element)?,
            (Some(Place::Graph), "edge") => self.edge(element)?,
            (Some(Place::Graph), "hyperedge") => return Err(self.unread("a hyperedge")),
            (Some(Place::Node(_) | Place::Edge), "graph") => {
                return Err(self.unread("a graph in a node or an edge"));
            }
            (Some(Place::Node(node)), "data") => self.data(element, Some(node))?,
            (Some(Place::Edge), "data") => self.data(element, None)?,
            (Some(Place::Node(_)), "port") => {
                self.ports += 1;
                Place::Other
            }
            _ => Place::Other,
        };
        self.places.push(place);
        Ok(())
    }

    fn unread(&mut self, what: &'static str) -> DataError {
        self.xml.problem(GraphMlProblem::Unread { what })
    }

    fn key(&mut self, element: &Element<'_>) -> Result<Place, DataError> {
        let id = self.xml.needed(element, "key", "id")?;
        let name = self.xml.attribute(element, "attr.name")?;
        let of = self.xml.attribute(element, "for")?;
        let of = of.as_deref().unwrap_or("all");
        let kind = match self.xml.attribute(element, "attr.type")?.as_deref() {
            Some("boolean") => Kind::Truth,
            Some("int" | "long") => Kind::Whole,
            Some("float" | "double") => Kind::Real,
            Some("string") | None => Kind::Text,
            Some(other) => {
                let found = shortened(other);
                return Err(self.xml.problem(GraphMlProblem::Attribute {
                    attribute: "attr.type",
                    found,
                    expected: "boolean, int, long, float, double or string",
                }));
            }
        };
        let number = self.document.keys.len();
        if self.keys.insert(id.clone(), number).is_some() {
            let id = shortened(&id);
            return Err(self.xml.problem(GraphMlProblem::RepeatedKey { id }));
        }
        self.document.keys.push(Key {
            name: name.unwrap_or_else(|| id.clone()),
            id,
            of_nodes: matches!(of, "node" | "all"),
            of_edges: matches!(of, "edge" | "all"),
            kind,
            default: None,
            values: Vec::new(),
            is_at_edges: false,
        });
        Ok(Place::Key(number))
    }

    fn graph(&mut self, element: &Element<'_>) -> Result<Place, DataError> {
        self.graphs += 1;
        if self.graphs > 1 {
            return Err(self.unread("a second graph"));
        }
        self.is_directed = match self.xml.attribute(element, "edgedefault")?.as_deref() {
            Some("undirected") => false,
            // GraphML demands the attribute; programs that leave it out mean directed edges.
            Some("directed") | None => true,
            Some(other) => {
                let found = shortened(other);
                return Err(self.xml.problem(GraphMlProblem::Attribute {
                    attribute: "edgedefault",
                    found,
                    expected: "directed or undirected",
                }));
            }
        };
        for (place, name) in ["parse.nodes", "parse.edges"].into_iter().enumerate() {
            self.declared[place] = self.xml.attribute(element, name)?;
        }
        Ok(Place::Graph)
    }

    /// The number of a node that is spoken of.
    fn number(&mut self, id: &str) -> Result<u32, DataError> {
        if let Some(&number) = self.numbers.get(id) {
            return Ok(number);
        }
        let rule = if id.is_empty() {
            Some("one that is not empty")
        } else if has_controls(id) {
            Some("one without control characters, which could control a terminal")
        } else {
            None
        };
        if let Some(expected) = rule {
            let name = shortened(id);
            return Err(self.xml.problem(GraphMlProblem::Name { name, expected }));
        }
        if self.known.len() == MAX_NODES {
            let (nodes, limit) = (MAX_NODES as u64 + 1, MAX_NODES);
            let place = Location::line(self.path, self.xml.line());
            return Err(GraphProblem::TooManyNodes { nodes, limit }.at(place));
        }
        self.name_bytes += id.len() as u64;
        if !Limit::NAMES.allows(self.name_bytes) {
            return Err(self.xml.over(Limit::NAMES));
        }
        let number = self.known.len() as u32;
        self.known.push(Known {
            listed: None,
            line: self.xml.line(),
        });
        self.numbers.insert(id.to_owned(), number);
        Ok(number)
    }

    fn node(&mut self, element: &Element<'_>) -> Result<Place, DataError> {
        let id = self.xml.needed(element, "node", "id")?;
        let number = self.number(&id)?;
        let place = self.document.nodes.len() as u32;
        let listed = &mut self.known[number as usize].listed;
        if listed.is_some() {
            let id = shortened(&id);
            return Err(self.xml.problem(GraphMlProblem::RepeatedNode { id }));
        }
        *listed = Some(place);
        self.document.nodes.push(id);
        Ok(Place::Node(place))
    }

    fn edge(&mut self, element: &Element<'_>) -> Result<Place, DataError> {
        let source = self.xml.needed(element, "edge", "source")?;
        let target = self.xml.needed(element, "edge", "target")?;
        let is_directed = match self.xml.attribute(element, "directed")?.as_deref() {
            None => self.is_directed,
            Some("true" | "1") => true,
            Some("false" | "0") => false,
            Some(other) => {
                let found = shortened(other);
                return Err(self.xml.problem(GraphMlProblem::Attribute {
                    attribute: "directed",
                    found,
                    expected: "true or false",
                }));
            }
        };
        let ends = [self.number(&source)?, self.number(&target)?];
        if !Limit::RELATIONS.allows(self.document.edges.len() + 1) {
            return Err(self.xml.over(Limit::RELATIONS));
        }
        let line = self.xml.line();
        self.document.edges.push(Edge {
            ends,
            is_directed,
            weight: None,
            line,
        });
        Ok(Place::Edge)
    }

    fn data(&mut self, element: &Element<'_>, node: Option<u32>) -> Result<Place, DataError> {
        let id = self.xml.needed(element, "data", "key")?;
        let Some(&key) = self.keys.get(&id) else {
            let id = shortened(&id);
            return Err(self.xml.problem(GraphMlProblem::UnknownKey { id }));
        };
        self.text.clear();
        Ok(Place::Data(key, node))
    }

    fn text(&mut self, text: &str) -> Result<(), DataError> {
        if !matches!(
            self.places.last(),
            Some(Place::Data(..) | Place::Default(_))
        ) {
            return Ok(());
        }
        if !Limit::LINE.allows(self.text.len() + text.len()) {
            let limit = Limit::new("bytes in a value", Limit::LINE.most());
            return Err(self.xml.over(limit));
        }
        self.text.push_str(text);
        Ok(())
    }

    fn close(&mut self) -> Result<(), DataError> {
        match self.places.pop() {
            Some(Place::Default(key)) => {
                let value = self.value(key)?;
                self.document.keys[key].default = Some(value);
            }
            Some(Place::Data(key, Some(node))) => {
                let value = self.value(key)?;
                let Key { id, values, .. } = &mut self.document.keys[key];
                if values.last().is_some_and(|(last, _)| *last == node) {
                    let id = shortened(id);
                    return Err(self.xml.problem(GraphMlProblem::SecondValue { id }));
                }
                values.push((node, value));
            }
            Some(Place::Data(key, None)) => self.of_edge(key)?,
            _ => {}
        }
        Ok(())
    }

    /// A value of the last edge: its weight, or one that is not kept.
    fn of_edge(&mut self, key: usize) -> Result<(), DataError> {
        let Key { name, kind, .. } = &self.document.keys[key];
        let is_weight = name.eq_ignore_ascii_case("weight") && *kind != Kind::Text;
        if !is_weight {
            self.document.keys[key].is_at_edges = true;
            return Ok(());
        }
        let value = self.value(key)?;
        let last = self.document.edges.last_mut();
        if let (Some(edge), Value::Number(weight)) = (last, value) {
            if edge.weight.is_some() {
                let id = shortened(&self.document.keys[key].id);
                return Err(self.xml.problem(GraphMlProblem::SecondValue { id }));
            }
            edge.weight = Some(weight);
        }
        Ok(())
    }

    /// The characters just read, as a value of a key.
    fn value(&mut self, key: usize) -> Result<Value, DataError> {
        let Key { name, kind, .. } = &self.document.keys[key];
        let text = self.text.trim();
        let (found, expected) = match kind {
            Kind::Text => return Ok(Value::Text(text.to_owned())),
            Kind::Truth => {
                let truth = match text.to_ascii_lowercase().as_str() {
                    "true" | "1" => Some(1.0),
                    "false" | "0" => Some(0.0),
                    _ => None,
                };
                (truth, "true or false")
            }
            Kind::Whole => {
                let number = text.parse::<i64>().ok();
                (number.map(|number| number as f64), "a whole number")
            }
            Kind::Real => (text.parse::<f64>().ok(), "a number"),
        };
        match found {
            Some(number) => Ok(Value::Number(number)),
            None => {
                let (name, found) = (shortened(name), shortened(text));
                Err(self.xml.problem(GraphMlProblem::Value {
                    name,
                    found,
                    expected,
                }))
            }
        }
    }

    /// Puts the numbers of the listed nodes in the place of those by which edges spoke of them.
    fn finish(mut self) -> Result<Document, DataError> {
        if self.graphs == 0 {
            return Err(self.xml.problem(GraphMlProblem::NoGraph));
        }
        let missing = self.known.iter().position(|node| node.listed.is_none());
        if let Some(missing) = missing {
            let mut ids = self.numbers.iter();
            let id = ids.find(|(_, number)| **number as usize == missing);
            let id = id.map_or("", |(id, _)| id);
            let listed = self.document.nodes.iter().map(String::as_str);
            return Err(DataError::GraphMl {
                path: self.path.to_owned(),
                line: self.known[missing].line,
                problem: GraphMlProblem::UnknownNode {
                    suggestion: suggest::nearest(id, listed).map(shortened),
                    id: shortened(id),
                },
            });
        }
        for edge in &mut self.document.edges {
            let listed = |end: u32| self.known[end as usize].listed.unwrap_or(end);
            edge.ends = edge.ends.map(listed);
        }
        let weight = self.document.keys.iter().find(|key| {
            key.of_edges && key.name.eq_ignore_ascii_case("weight") && key.kind != Kind::Text
        });
        if let Some(Value::Number(default)) = weight.and_then(|key| key.default.as_ref()) {
            for edge in &mut self.document.edges {
                edge.weight.get_or_insert(*default);
            }
        }
        self.remark();
        Ok(self.document)
    }

    /// Says what was passed over.
    fn remark(&mut self) {
        let there = [self.document.nodes.len(), self.document.edges.len()];
        let what = ["nodes", "edges"];
        for ((declared, there), what) in self.declared.iter().zip(there).zip(what) {
            if let Some(declared) = declared
                && declared.trim().parse() != Ok(there)
            {
                let declared = shortened(declared);
                self.document.remarks.push(format!(
                    "{declared} {what} are declared, and {there} are there, which count"
                ));
            }
        }
        if self.xml.has_document_type {
            let text = "the document type is not read".to_owned();
            self.document.remarks.push(text);
        }
        if self.ports > 0 {
            let ports = self.ports;
            self.document
                .remarks
                .push(format!("{ports} ports of nodes are not read"));
        }
        let keys = self.document.keys.iter();
        let at_edges = keys.filter(|key| key.is_at_edges);
        let at_edges: Vec<String> = at_edges.map(|key| shortened(&key.name)).collect();
        if !at_edges.is_empty() {
            self.document.remarks.push(format!(
                "attributes of edges that are not read: {}",
                listed(&at_edges)
            ));
        }
    }
}

/// Names in a sentence, the first few of many.
pub(super) fn listed(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
