//! The words by which the first line of a table is known to be a header.

/// What a header says of the columns below it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Header {
    /// Whether the parent comes first, so that the columns are to be swapped.
    pub(crate) is_swapped: bool,
    /// Whether it is that of a network, whose links are as a rule meant in both directions.
    pub(crate) is_network: bool,
    /// Whether its words are so short that they may well be names.
    pub(crate) is_short: bool,
}

/// The special node first, then the general one; spaces, hyphens and underscores left out.
const HIERARCHY: [[&str; 2]; 30] = [
    ["id1", "id2"],
    ["child", "parent"],
    ["children", "parents"],
    ["childid", "parentid"],
    ["id", "parent"],
    ["id", "parentid"],
    ["node", "parent"],
    ["name", "parent"],
    ["term", "parent"],
    ["taxid", "parenttaxid"],
    ["child", "ancestor"],
    ["node", "ancestor"],
    ["descendant", "ancestor"],
    ["descendent", "ancestor"],
    ["hyponym", "hypernym"],
    ["narrower", "broader"],
    ["term", "broader"],
    ["concept", "broader"],
    ["specific", "general"],
    ["sub", "super"],
    ["subclass", "superclass"],
    ["subtype", "supertype"],
    ["subcategory", "category"],
    ["subject", "object"],
    ["instance", "class"],
    ["part", "whole"],
    ["member", "set"],
    ["employee", "manager"],
    ["subordinate", "superior"],
    ["report", "manager"],
];

/// The two ends of a link, the first one first.
const NETWORK: [[&str; 2]; 22] = [
    ["source", "target"],
    ["sourceid", "targetid"],
    ["src", "dst"],
    ["src", "dest"],
    ["source", "destination"],
    ["from", "to"],
    ["fromid", "toid"],
    ["fromnode", "tonode"],
    ["fromnodeid", "tonodeid"],
    ["head", "tail"],
    ["start", "end"],
    ["u", "v"],
    ["n1", "n2"],
    ["node1", "node2"],
    ["nodea", "nodeb"],
    ["nodeid1", "nodeid2"],
    ["vertex1", "vertex2"],
    ["user1", "user2"],
    ["person1", "person2"],
    ["citing", "cited"],
    ["follower", "followee"],
    ["sender", "receiver"],
];

/// The third column of a table with weights.
const WEIGHT: [&str; 9] = [
    "weight",
    "weights",
    "w",
    "count",
    "counts",
    "score",
    "value",
    "strength",
    "similarity",
];

/// A column of nodes.
const NODE: [&str; 16] = [
    "node",
    "nodes",
    "nodeid",
    "nodename",
    "nodeindex",
    "id",
    "ids",
    "name",
    "names",
    "vertex",
    "vertexid",
    "entity",
    "entityid",
    "item",
    "user",
    "userid",
];

/// A column of classes.
const CLASS: [&str; 16] = [
    "class",
    "classes",
    "classid",
    "classlabel",
    "label",
    "labels",
    "labelid",
    "category",
    "categoryid",
    "categories",
    "target",
    "targets",
    "y",
    "group",
    "type",
    "topic",
];

impl Header {
    /// What the first fields of a line say, if they are the words of a header.
    pub(crate) fn of(first: &str, second: &str) -> Option<Self> {
        let words = [normalized(first), normalized(second)];
        let is = |pair: &[&str; 2]| words == *pair;
        let is_reversed = |pair: &[&str; 2]| words[0] == pair[1] && words[1] == pair[0];
        let is_network = NETWORK.iter().any(|pair| is(pair) || is_reversed(pair));
        let is_swapped = HIERARCHY.iter().chain(&NETWORK).any(is_reversed);
        let is_known = is_swapped || is_network || HIERARCHY.iter().any(is);
        is_known.then(|| Self {
            is_swapped,
            is_network,
            is_short: words.iter().all(|word| word.len() <= 2),
        })
    }
}

/// Whether a third field is the word of a column of weights.
pub(crate) fn is_weight(field: &str) -> bool {
    WEIGHT.contains(&normalized(field).as_str())
}

/// Whether a field is the word of a column of nodes.
pub(crate) fn is_node(field: &str) -> bool {
    NODE.contains(&normalized(field).as_str())
}

/// Whether a field is the word of a column of classes.
pub(crate) fn is_class(field: &str) -> bool {
    CLASS.contains(&normalized(field).as_str())
}

/// A word without what does not matter in it.
pub(crate) fn normalized(word: &str) -> String {
    let kept = word.chars().filter(|c| !matches!(c, ' ' | '_' | '-' | '.'));
    kept.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_of_words_is_known_in_both_orders() {
        for [first, second] in HIERARCHY.iter().chain(&NETWORK) {
            let straight = Header::of(first, second).unwrap();
            let swapped = Header::of(second, first).unwrap();
            assert!(
                !straight.is_swapped && swapped.is_swapped,
                "{first} {second}"
            );
        }
        assert_eq!(Header::of("dog", "animal"), None);
        assert_eq!(Header::of("child", "child"), None);
    }

    #[test]
    fn spelling_does_not_matter() {
        let network = Header::of("From_Node-ID", "to node id").unwrap();
        assert!(network.is_network && !network.is_swapped && !network.is_short);
        assert!(Header::of("Parent", "CHILD").unwrap().is_swapped);
        assert!(Header::of("u", "v").unwrap().is_short);
        assert!(is_weight("Weight") && !is_weight("1.5"));
        assert!(is_node("Node_ID") && is_class("Label") && !is_node("alice"));
    }
}
