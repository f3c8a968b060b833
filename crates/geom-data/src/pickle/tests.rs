//! Pickles of every protocol, sound, damaged and hostile.

use super::*;
use crate::numpy::Elements;

fn problem(input: &[u8]) -> PickleProblem {
    parse(input).unwrap_err().problem
}

fn root<'a>(pickle: &'a Pickle<'_>) -> &'a Value {
    pickle.value(pickle.root())
}

#[test]
fn nothing_outside_the_list_can_be_named() {
    for (hostile, module, name) in [
        (&b"cos\nsystem\n(S'echo hello'\ntR."[..], "os", "system"),
        (b"cposix\nsystem\n(S'true'\ntR.", "posix", "system"),
        (b"c__builtin__\neval\n(S'1'\ntR.", "__builtin__", "eval"),
        (b"cbuiltins\ngetattr\n.", "builtins", "getattr"),
        (b"(S'true'\nios\nsystem\n.", "os", "system"),
        (b"\x80\x02csubprocess\nPopen\n)\x81.", "subprocess", "Popen"),
        (b"cnumpy\nload\n.", "numpy", "load"),
        (
            b"cnetworkx.classes.graph\nos.system\n.",
            "networkx.classes.graph",
            "os.system",
        ),
    ] {
        assert_eq!(
            problem(hostile),
            PickleProblem::ForbiddenGlobal {
                module: module.into(),
                name: name.into()
            }
        );
    }
}

#[test]
fn instructions_that_reach_outside_are_refused() {
    // Persistent identifiers, the extension registry, and the stack globals of protocol 4.
    for (input, instruction) in [
        (&b"Pname\n."[..], b'P'),
        (b"K\x01Q.", b'Q'),
        (b"\x82\x01.", 0x82),
        (b"U\x02osU\x06system\x93.", 0x93),
    ] {
        assert_eq!(problem(input), PickleProblem::Instruction(instruction));
    }
    assert!(matches!(problem(b"\x80\x04."), PickleProblem::Kind(_)));
}

#[test]
fn containers_of_protocols_0_1_and_2_are_the_same() {
    // {'a': [1, 2.5, None, True]}
    for input in [
        &b"(dp0\nS'a'\np1\n(lp2\nI1\naF2.5\naNaI01\nas."[..],
        b"}q\x00U\x01aq\x01]q\x02(K\x01G@\x04\0\0\0\0\0\0NI01\nes.",
        b"\x80\x02}q\x00U\x01aq\x01]q\x02(K\x01G@\x04\0\0\0\0\0\0N\x88es.",
    ] {
        let pickle = parse(input).unwrap();
        let entries = pickle.entries(pickle.root()).unwrap();
        let list = pickle.entry(&entries, "a").unwrap();
        let items = pickle.items(list).unwrap();
        assert_eq!(pickle.int(items[0]), Some(1));
        assert_eq!(pickle.float(items[1]), Some(2.5));
        assert_eq!(pickle.value(items[2]), &Value::None);
        assert_eq!(pickle.value(items[3]), &Value::Bool(true));
    }
}

#[test]
fn an_array_of_protocol_2_written_by_either_python_is_read() {
    // numpy.array([1, 2], dtype='<i2'), once with bytes, once as text to be encoded.
    let head = b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85U\x01b\x87R\
        (K\x01K\x02\x85cnumpy\ndtype\nU\x02i2K\0K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\
        \xff\xffK\0tb\x89";
    let tails = [
        &b"U\x04\x01\0\x02\0tb."[..],
        b"c_codecs\nencode\nX\x04\0\0\0\x01\0\x02\0X\x06\0\0\0latin1\x86Rtb.",
    ];
    for tail in tails {
        let input = [head, tail].concat();
        let pickle = parse(&input).unwrap();
        let array = pickle.array(pickle.root()).unwrap();
        assert_eq!(array.shape, [2]);
        assert_eq!(array.elements, Elements::Integers(vec![1, 2]));
        for length in 0..input.len() {
            assert!(parse(&input[..length]).is_err(), "{length} bytes");
        }
    }
}

#[test]
fn a_list_may_contain_itself() {
    let pickle = parse(b"]q\0h\0a.").unwrap();
    assert_eq!(root(&pickle), &Value::List(vec![pickle.root()]));
}

#[test]
fn repeated_doubling_takes_a_line_of_memory_not_a_power() {
    // Each list holds the one before twice: 2^60 leaves, 60 values.
    let mut input = b"]".to_vec();
    for _ in 0..60 {
        input.extend(b"q\0]h\0ah\0a");
    }
    input.push(b'.');
    // The first list stays on the stack below; the last is the value.
    let pickle = parse(&input).unwrap();
    assert_eq!(pickle.values.len(), 61);
}

#[test]
fn deep_nesting_needs_no_call_stack() {
    let mut input = vec![b'('; 1 << 20];
    input.extend(std::iter::repeat_n(b't', 1 << 20));
    input.push(b'.');
    assert!(matches!(root(&parse(&input).unwrap()), Value::Tuple(_)));
}

#[test]
fn claims_of_great_length_and_great_numbers_cost_nothing() {
    assert_eq!(problem(b"T\xff\xff\xff\x7fabc."), PickleProblem::CutShort);
    assert_eq!(problem(b"\x8b\xff\xff\xff\xff."), PickleProblem::CutShort);
    assert!(parse(b"Nr\xff\xff\xff\xff.").is_ok());
    assert!(parse(b"Np18446744073709551615\n.").is_ok());
    assert!(matches!(
        problem(b"Np18446744073709551616\n."),
        PickleProblem::Damaged(_)
    ));
}

#[test]
fn damage_is_told_apart_by_where_it_is() {
    for input in [
        &b"."[..],
        b"a.",
        b"Na.",
        b"NNs.",
        b"(Nu.",
        b"}(Nu.",
        b"t.",
        b"g7\n.",
        b"NNb.",
        b"NNR.",
        b"(o.",
        b"N(0a.",
        b"Ix\n.",
        b"S'a\n.",
        b"1.",
        b"2.",
    ] {
        let error = parse(input).unwrap_err();
        assert!(
            matches!(error.problem, PickleProblem::Damaged(_)),
            "{input:?}: {error}"
        );
    }
    assert_eq!(parse(b"NNN\xff").unwrap_err().byte, 3);
}
