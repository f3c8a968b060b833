//! What can be wrong with a GraphML file.

/// What is wrong in a GraphML file; [`DataError::hint`](crate::DataError::hint) has the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GraphMlProblem {
    /// The text is not XML.
    #[error("not well-formed XML: {reason}")]
    Xml {
        /// What the parser met.
        reason: String,
    },
    /// The file has another encoding.
    #[error("the encoding is {encoding:?}, and only UTF-8 is read")]
    Encoding {
        /// The encoding that is declared.
        encoding: String,
    },
    /// The document type declares entities, which could name files or grow without end.
    #[error("a document type with declarations, which are not read")]
    DocumentType,
    /// An entity that XML does not define.
    #[error("the entity &{name};, which is not read")]
    Entity {
        /// Its name.
        name: String,
    },
    /// Elements are nested too deeply.
    #[error("elements more than {limit} deep")]
    TooDeep {
        /// The largest depth accepted.
        limit: usize,
    },
    /// The file is XML, but not GraphML.
    #[error("the outermost element is <{found}>, not <graphml>")]
    NotGraphMl {
        /// The outermost element.
        found: String,
    },
    /// The file holds no graph.
    #[error("there is no <graph>")]
    NoGraph,
    /// A feature of GraphML that is not supported here.
    #[error("{what}, which is not read")]
    Unread {
        /// What it is.
        what: &'static str,
    },
    /// An element lacks an attribute of XML.
    #[error("<{element}> without {attribute}")]
    Missing {
        /// The element.
        element: &'static str,
        /// The attribute.
        attribute: &'static str,
    },
    /// An attribute of XML has a value that it cannot have.
    #[error("{attribute}={found:?}, where {expected} is meant")]
    Attribute {
        /// The attribute.
        attribute: &'static str,
        /// Its value, cut after 80 characters.
        found: String,
        /// What it can be.
        expected: &'static str,
    },
    /// Two keys have one id.
    #[error("the key {id:?} is declared twice")]
    RepeatedKey {
        /// The id.
        id: String,
    },
    /// Data of a key that is not declared before.
    #[error("data of the key {id:?}, which is not declared before")]
    UnknownKey {
        /// The id.
        id: String,
    },
    /// A node or an edge has two data of one key.
    #[error("a second value of the key {id:?}")]
    SecondValue {
        /// The id.
        id: String,
    },
    /// A value is not of the type of its key.
    #[error("{found:?} for {name}, where {expected} is meant")]
    Value {
        /// The name of the attribute.
        name: String,
        /// The value, cut after 80 characters.
        found: String,
        /// What its type says.
        expected: &'static str,
    },
    /// A name that a node cannot have.
    #[error("the name {name:?}, where {expected} is meant")]
    Name {
        /// The name, cut after 80 characters.
        name: String,
        /// The rule.
        expected: &'static str,
    },
    /// A node comes twice.
    #[error("the node {id:?} comes twice")]
    RepeatedNode {
        /// Its id.
        id: String,
    },
    /// An edge ends at a node that is not there.
    #[error("there is no node {id:?}{}", suggestion.as_ref().map_or(String::new(), |id| format!("; did you mean {id:?}?")))]
    UnknownNode {
        /// The id.
        id: String,
        /// The id that is most like it.
        suggestion: Option<String>,
    },
    /// Some edges have a weight, and this one has none.
    #[error("an edge without a weight, where others have one")]
    NoWeight,
}

impl GraphMlProblem {
    /// What to do about it, as one sentence for the user.
    pub(crate) fn hint(&self) -> &'static str {
        use GraphMlProblem::*;
        match self {
            Xml { .. } | NotGraphMl { .. } | NoGraph => {
                "write the file again, as with write_graphml of NetworkX; or give a table of edges"
            }
            Encoding { .. } => "save the file as UTF-8",
            DocumentType | Entity { .. } => {
                "take the declarations out, and write the characters themselves"
            }
            TooDeep { .. } | Unread { .. } => {
                "write a single graph of nodes and edges, without graphs in nodes and without hyperedges"
            }
            Missing { .. } | Attribute { .. } | RepeatedKey { .. } | UnknownKey { .. } => {
                "see http://graphml.graphdrawing.org for what these have to be"
            }
            SecondValue { .. } => "keep one of the two",
            Value { .. } => "correct the value, or give its key attr.type=\"string\"",
            Name { .. } => "call the node otherwise",
            RepeatedNode { .. } => "list each node once",
            UnknownNode { .. } => "list every node by <node id=\"…\"/>",
            NoWeight => "give every edge a weight or none, or the key of the weights a <default>",
        }
    }
}
