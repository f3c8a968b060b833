use super::*;
use crate::DataError;
use proptest::prelude::*;
use std::path::Path;

/// animal <- mammal <- dog, with the instance `Rex`, and `rexling` a kind of `Rex`.
const SMALL_DATA: &str = "  1 A license; WordNet 9.9 Copyright 2099  \n\
00000010 03 n 01 animal 0 001 ~ 00000020 n 0000 | alive  \n\
00000020 03 n 02 mammal 0 mammalian 0 002 @ 00000010 n 0000 + 00000077 v 0101 | furry  \n\
00000030 03 n 01 dog 0 001 @ 00000020 n 0000 | barks  \n\
00000040 03 n 01 Rex 0 001 @i 00000030 n 0000 | a dog  \n\
00000050 03 n 01 rexling 0 001 @ 00000040 n 0000 | a kind of Rex  \n";

const SMALL_INDEX: &str = "  1 A license  \n\
animal n 1 1 ~ 1 0 00000010  \n\
mammal n 1 1 @ 1 0 00000020  \n\
dog n 2 1 @ 2 1 00000099 00000030  \n\
rex n 1 0 1 0 00000040  \n\
rexling n 1 1 @ 1 0 00000050  \n";

fn parse(data: &[u8], index: &[u8]) -> Result<WordNet, DataError> {
    WordNet::parse(
        Path::new("db"),
        (Path::new(DATA), data),
        (Path::new(INDEX), index),
    )
}

fn small(rule: InstanceRule) -> Vec<String> {
    let nouns = parse(SMALL_DATA.as_bytes(), SMALL_INDEX.as_bytes())
        .unwrap()
        .noun_closure(rule)
        .unwrap();
    nouns
        .pairs()
        .map(|(u, v)| format!("{} {}", nouns.name(u), nouns.name(v)))
        .collect()
}

#[test]
fn synsets_are_named_by_their_place_in_the_index() {
    let wordnet = parse(SMALL_DATA.as_bytes(), SMALL_INDEX.as_bytes()).unwrap();
    assert_eq!(
        wordnet.names,
        [
            "animal.n.01",
            "dog.n.02",
            "mammal.n.01",
            "rex.n.01",
            "rexling.n.01"
        ]
    );
    assert_eq!(wordnet.version(), Some("9.9"));
    assert_eq!(wordnet.num_synsets(), 5);
}

#[test]
fn the_rules_differ_where_a_kind_has_an_instance_above_it() {
    let script = small(InstanceRule::Script2018);
    let mixed = small(InstanceRule::Mixed2017);
    assert!(
        script.contains(&"rex.n.01 animal.n.01".to_owned()),
        "an instance inherits kinds"
    );
    let extra: Vec<_> = mixed.iter().filter(|pair| !script.contains(pair)).collect();
    assert_eq!(
        extra,
        [
            "rexling.n.01 animal.n.01",
            "rexling.n.01 dog.n.02",
            "rexling.n.01 mammal.n.01"
        ]
    );
    assert_eq!(script.len() + 3, mixed.len());
}

#[test]
fn syntax_errors_name_line_and_byte() {
    let broken = |from: &str, to: &str| {
        let data = SMALL_DATA.replacen(from, to, 1);
        match parse(data.as_bytes(), SMALL_INDEX.as_bytes()).unwrap_err() {
            DataError::WordNetSyntax {
                line,
                byte,
                expected,
                ..
            } => (
                line,
                SMALL_DATA[byte as usize..].starts_with(from),
                expected,
            ),
            other => panic!("{other}"),
        }
    };
    assert_eq!(
        broken("00000020 03", "0000x020 03"),
        (3, true, "the synset's offset, a decimal number")
    );
    assert_eq!(
        broken("00000040 n 0000 | a kind", "00000041 n 0000 | a kind").0,
        6
    );
    assert_eq!(broken("| barks", "barks").0, 4);
    assert_eq!(broken("n 01 dog", "v 01 dog").0, 4);
    assert_eq!(broken("00000050 03", "00000051 03").0, 6);
    assert!(parse(b"", b"").is_err());
    assert!(parse(SMALL_DATA.as_bytes(), b"").is_err());
}

#[test]
fn a_circle_of_hypernyms_is_an_error() {
    let data = "1 03 n 01 a 0 001 @ 2 n 0000 | x\n2 03 n 01 b 0 001 @ 1 n 0000 | x\n";
    let index = "a n 1 0 1 0 1\nb n 1 0 1 0 2\n";
    let wordnet = parse(data.as_bytes(), index.as_bytes()).unwrap();
    for rule in [InstanceRule::Script2018, InstanceRule::Mixed2017] {
        assert!(matches!(
            wordnet.noun_closure(rule),
            Err(DataError::Cycle { .. })
        ));
    }
}

#[test]
fn version_3_0_must_have_its_counts() {
    let data = SMALL_DATA.replace("9.9", "3.0");
    let error = parse(data.as_bytes(), SMALL_INDEX.as_bytes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "data.noun: expected 82115 noun synsets, found 5"
    );
}

#[test]
fn mammals_need_their_root() {
    let wordnet = parse(SMALL_DATA.as_bytes(), SMALL_INDEX.as_bytes()).unwrap();
    assert_eq!(wordnet.mammal_closure().unwrap().num_relations(), 3);
    let renamed = |text: &str| text.replace("mammal", "beast");
    let wordnet = parse(
        renamed(SMALL_DATA).as_bytes(),
        renamed(SMALL_INDEX).as_bytes(),
    )
    .unwrap();
    assert!(matches!(
        wordnet.mammal_closure(),
        Err(DataError::MissingSynset { .. })
    ));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(data: Vec<u8>, index: Vec<u8>) {
        let _ = parse(&data, &index);
        let _ = parse(&data, SMALL_INDEX.as_bytes());
        let _ = parse(SMALL_DATA.as_bytes(), &index);
    }

    #[test]
    fn a_changed_byte_never_panics(at in 0..SMALL_DATA.len(), byte: u8, in_index: bool) {
        let mut files = [SMALL_DATA.as_bytes().to_vec(), SMALL_INDEX.as_bytes().to_vec()];
        let file = &mut files[usize::from(in_index)];
        let at = at % file.len();
        file[at] = byte;
        if let Ok(wordnet) = parse(&files[0], &files[1]) {
            let _ = wordnet.mammal_closure();
            let _ = wordnet.noun_closure(InstanceRule::Mixed2017);
        }
    }
}
