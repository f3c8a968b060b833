use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use std::io::Write;

fn csv(text: &[u8]) -> Result<(Relations, Repairs), DataError> {
    parse(
        text,
        Path::new("t.csv"),
        Delimiter::Comma,
        &Options::default(),
    )
}

pub(super) fn named(relations: &Relations) -> Vec<(&str, &str)> {
    relations
        .pairs()
        .map(|(u, v)| (relations.name(u), relations.name(v)))
        .collect()
}

fn message(text: &[u8]) -> String {
    csv(text).unwrap_err().to_string()
}

#[test]
fn a_header_is_recognized_by_its_words_alone() {
    for header in [
        "id1,id2",
        "Child,Parent",
        " source , TARGET ",
        "from,to",
        "\"id1\",id2",
    ] {
        let (relations, _) = csv(format!("{header}\na,b\n").as_bytes()).unwrap();
        assert_eq!(named(&relations), [("a", "b")], "{header}");
    }
    let (relations, _) = csv(b"a,b\nid1,id2\n").unwrap();
    assert_eq!(
        relations.num_relations(),
        2,
        "only the first line can be a header"
    );
    let (relations, repairs) = csv(b"name,group\na,b\n").unwrap();
    assert_eq!(relations.num_relations(), 2, "other words are data");
    let doubt = repairs.doubts[0].to_string();
    assert!(
        doubt.contains("line 1 was read as a relation of \"name\" to \"group\""),
        "{doubt}"
    );
    assert!(repairs.is_empty(), "a doubt is no repair");
    let (_, repairs) = csv(b"dog,animal\ncat,animal\n").unwrap();
    assert_eq!(repairs.doubts, [], "one of the names occurs again");
}

#[test]
fn columns_are_swapped_where_the_header_says_so() {
    for header in ["parent,child", "hypernym,hyponym", "Super Class,sub-class"] {
        let (relations, repairs) = csv(format!("{header}\nanimal,dog\n").as_bytes()).unwrap();
        assert_eq!(named(&relations), [("dog", "animal")], "{header}");
        assert!(repairs.swapped_columns);
        assert!(repairs.to_string().contains("columns swapped"), "{repairs}");
    }
}

#[test]
fn a_header_so_short_that_it_may_be_a_name_is_data_if_it_occurs_again() {
    let (relations, _) = csv(b"u,v\na,b\n").unwrap();
    assert_eq!(named(&relations), [("a", "b")]);
    let (relations, _) = csv(b"u,v\nv,w\n").unwrap();
    assert_eq!(named(&relations), [("u", "v"), ("v", "w")]);
    let (relations, _) = csv(b"child,parent\nchild,person\n").unwrap();
    assert_eq!(
        named(&relations),
        [("child", "person")],
        "long words are a header"
    );
}

#[test]
fn a_header_in_the_middle_of_joined_tables_is_skipped() {
    let (relations, repairs) = csv(b"child,parent\na,b\nchild,parent\nc,b\n").unwrap();
    assert_eq!(named(&relations), [("a", "b"), ("c", "b")]);
    assert_eq!(repairs.repeated_headers, 1);
}

#[test]
fn comments_before_the_data_are_skipped_and_counted() {
    let text = b"# Nodes: 3\n# FromNodeId,ToNodeId\nc#,b\n\"#a\",b\n";
    let (relations, repairs) = csv(text).unwrap();
    assert_eq!(named(&relations), [("#a", "b"), ("c#", "b")]);
    assert_eq!(repairs.comments, 2);
    let late = message(b"a,b\n#c,b\n");
    assert!(
        late.starts_with("t.csv:2: expected no comment after"),
        "{late}"
    );
}

#[test]
fn links_of_a_network_are_read_both_ways_if_asked() {
    let options = Options {
        undirected: true,
        ..Options::default()
    };
    let read = |text: &'static [u8], options: &Options| {
        parse(text, Path::new("t.csv"), Delimiter::Comma, options).unwrap()
    };
    let text = b"source,target,weight\na,b,2\nb,c,3\nc,b,1\n";
    let (relations, repairs) = read(text, &options);
    assert_eq!(
        named(&relations),
        [("a", "b"), ("b", "a"), ("b", "c"), ("c", "b")]
    );
    assert_eq!(relations.all_weights(), Some(&[2.0, 2.0, 3.0, 3.0][..]));
    assert!(
        repairs.is_empty() && repairs.doubts.is_empty(),
        "{repairs:?}"
    );
    let (_, repairs) = read(b"source,target\na,b\nb,c\n", &Options::default());
    assert_eq!(repairs.doubts, [Doubt::OneWay]);
    let (_, repairs) = read(b"source,target\na,b\nb,a\n", &Options::default());
    assert_eq!(repairs.doubts, [], "it has links in both directions");
    let (_, repairs) = read(b"child,parent\na,b\nb,c\n", &Options::default());
    assert_eq!(repairs.doubts, [], "it is a hierarchy");
}

#[test]
fn control_characters_are_refused_in_names() {
    for name in ["a\u{1b}[2J", "a\u{9b}b", "a\u{202e}b", "a\u{7}"] {
        let error = message(format!("x,y\n{name},b\n").as_bytes());
        assert!(
            error.starts_with("t.csv:2: expected names without control characters"),
            "{error}"
        );
        assert!(!error.contains(name), "{error}");
    }
    assert!(csv("ice cream,crème\nשלום,猫\n".as_bytes()).is_ok());
}

#[test]
fn a_line_without_an_end_is_refused_before_it_fills_the_memory() {
    struct Endless;
    impl std::io::Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            buffer.fill(b'a');
            Ok(buffer.len())
        }
    }
    let error = parse(
        std::io::BufReader::new(Endless),
        Path::new("t.csv"),
        Delimiter::Comma,
        &Options::default(),
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "t.csv:1: at most 1048576 bytes in a line"
    );
}

#[test]
fn equal_pairs_are_merged_as_they_come() {
    let mut builder = Builder::default();
    for weight in [1.0, 3.0].into_iter().cycle().take(5_000_000) {
        assert!(builder.add("a", "b", weight));
    }
    assert!(builder.num_pairs() < 3_000_000);
    let (relations, repairs) = builder.finish(true);
    assert_eq!(relations.all_weights(), Some(&[3.0][..]));
    assert_eq!(repairs.duplicates, 4_999_999);
}

#[test]
fn a_weight_beyond_the_format_is_not_called_negative() {
    let weight = |text: &str| message(format!("a,b,{text}\n").as_bytes());
    for text in ["1e300", "1e-300", "1e-400", "5e400"] {
        assert!(
            weight(text).contains("from 1.2e-38 to 3.4e38"),
            "{}",
            weight(text)
        );
    }
    for text in ["0", "-1e300", "0e5", "inf"] {
        assert!(
            weight(text).contains("finite and above 0"),
            "{}",
            weight(text)
        );
    }
    assert!(weight("x").contains("a weight that is a number"));
}

#[test]
fn weights_are_read_and_follow_their_pairs() {
    let (relations, repairs) = csv(b"id1,id2,weight\nb,c,0.5\na,c,2e1\na,b,3").unwrap();
    assert_eq!(relations.weights(0), Some(&[3.0, 20.0][..]));
    assert_eq!(relations.weights(1), Some(&[0.5][..]));
    assert!(repairs.is_empty());
    assert_eq!(csv(b"a,b").unwrap().0.weights(0), None);
}

#[test]
fn repairs_are_made_and_counted() {
    let text = "\u{feff}id1,id2,weight\r\n\r\n a ,b,1\r\na,b,4\r\na,b,1\r\nc,c,1\r\n  \r\n";
    let (relations, repairs) = csv(text.as_bytes()).unwrap();
    assert_eq!(named(&relations), [("a", "b")]);
    assert_eq!(relations.weights(0), Some(&[4.0][..]));
    let expected = Repairs {
        self_loops: 1,
        duplicates: 2,
        conflicting_weights: 2,
        blank_lines: 2,
        trimmed_fields: 1,
        byte_order_mark: true,
        ..Repairs::default()
    };
    assert_eq!(repairs, expected);
    assert!(
        repairs
            .to_string()
            .starts_with("1 self loop dropped, 2 duplicates merged")
    );
}

#[test]
fn quotes_protect_commas_and_quotes() {
    let (relations, repairs) = csv(b"\"Smith, J.\", \"say \"\"x\"\"\" \n'hood,a\"b\n").unwrap();
    assert_eq!(
        named(&relations),
        [("'hood", "a\"b"), ("Smith, J.", "say \"x\"")]
    );
    assert_eq!(repairs.trimmed_fields, 1);
    assert!(message(b"\"a,b\n").contains("double quote"));
    assert!(message(b"\"a\"x,b\n").contains("double quote"));
}

#[test]
fn tabs_leave_commas_and_quotes_alone() {
    let text = &b"a, \"x\tb c\n"[..];
    let (relations, _) = parse(
        text,
        Path::new("t.tsv"),
        Delimiter::Tab,
        &Options::default(),
    )
    .unwrap();
    assert_eq!(named(&relations), [("a, \"x", "b c")]);
}

#[test]
fn quotes_around_whole_fields_of_tabs_are_taken_off_and_counted() {
    let text = &b"\"pug\"\t\"the \"\"best\"\" dog\"\npug\t\"a\" or \"b\"\n"[..];
    let path = Path::new("t.tsv");
    let (relations, repairs) = parse(text, path, Delimiter::Tab, &Options::default()).unwrap();
    assert_eq!(
        named(&relations),
        [("pug", "\"a\" or \"b\""), ("pug", "the \"best\" dog")]
    );
    assert_eq!(repairs.unquoted_fields, 2);
}

#[test]
fn a_stream_is_split_by_what_its_first_line_holds() {
    for text in ["# a,b\na b\tc\n", "# a\tb\na b,c\n"] {
        let path = Path::new("/dev/stdin");
        let (relations, _) = parse(
            text.as_bytes(),
            path,
            Delimiter::Detect,
            &Options::default(),
        )
        .unwrap();
        assert_eq!(named(&relations), [("a b", "c")]);
    }
}

#[test]
fn bad_lines_are_named() {
    assert_eq!(
        message(b"a,b\nc\n"),
        "t.csv:2: expected 2 columns as in the first line (this line has 1), found \"c\""
    );
    assert!(message(b"a,b,1,2\n").contains("2 or 3 columns"));
    assert!(message(b"a,b\nc,d,1\n").starts_with("t.csv:2: expected 2 columns"));
    assert!(message(b"a,\n").contains("not empty"));
    for weight in ["x", "", "0", "-1", "nan", "inf", "1e99", "1e-99"] {
        let error = csv(format!("a,b,1\n\nb,c,{weight}").as_bytes()).unwrap_err();
        assert!(
            matches!(error, DataError::BadWeight { line: 3, .. }),
            "{weight}: {error}"
        );
    }
}

#[test]
fn text_that_is_not_utf8_is_located() {
    let error = csv(b"a,b\nc,\xff\n").unwrap_err();
    assert!(
        matches!(
            error,
            DataError::NotUtf8 {
                line: 2,
                byte: 6,
                ..
            }
        ),
        "{error}"
    );
    assert!(matches!(
        csv(b"\xff\xfea\0").unwrap_err(),
        DataError::NotUtf8 {
            line: 1,
            byte: 0,
            ..
        }
    ));
}

#[test]
fn files_without_relations_are_refused() {
    assert!(matches!(csv(b"").unwrap_err(), DataError::EmptyFile { .. }));
    assert!(matches!(
        csv(b"\n \n").unwrap_err(),
        DataError::EmptyFile { .. }
    ));
    assert!(matches!(
        csv(b"id1,id2\n").unwrap_err(),
        DataError::NoRelations { self_loops: 0, .. }
    ));
    assert!(matches!(
        csv(b"a,a\nb,b\n").unwrap_err(),
        DataError::NoRelations { self_loops: 2, .. }
    ));
}

#[test]
fn closure_is_taken_on_request_and_weighs_as_the_strongest_path() {
    let options = Options {
        closure: true,
        ..Options::default()
    };
    let path = Path::new("t.csv");
    let close = |text: &'static [u8]| parse(text, path, Delimiter::Comma, &options);
    let (relations, _) = close(b"a,b,5\nb,c,7\n").unwrap();
    assert_eq!(named(&relations), [("a", "b"), ("a", "c"), ("b", "c")]);
    assert_eq!(relations.weights(0), Some(&[5.0, 5.0][..]));
    assert!(
        matches!(close(b"a,b\nb,a\n").unwrap_err(), DataError::Cycle { nodes } if nodes.len() == 2)
    );
}

#[test]
fn files_are_read_by_extension_and_their_faults_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        read(path, &Options::default())
    };
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    for i in 0..5_000 {
        writeln!(encoder, "n{i}\tn{}", i * 7919 % 5_000 + 1).unwrap();
    }
    let packed = encoder.finish().unwrap();
    assert_eq!(write("x.tsv.gz", &packed).unwrap().0.num_relations(), 5_000);
    assert!(matches!(
        write("x.TSV.GZ", &packed[..packed.len() / 2]).unwrap_err(),
        DataError::TruncatedGzip { .. }
    ));
    assert!(matches!(
        write("y.csv.gz", b"").unwrap_err(),
        DataError::TruncatedGzip { .. } | DataError::EmptyFile { .. }
    ));
    assert!(matches!(
        write("y.csv.gz", b"plain text, not gzip").unwrap_err(),
        DataError::CorruptGzip { .. }
    ));
    let mut flipped = packed.clone();
    let end = flipped.len() - 6;
    flipped[end] ^= 1;
    assert!(matches!(
        write("z.tsv.gz", &flipped).unwrap_err(),
        DataError::CorruptGzip { .. }
    ));
    assert!(matches!(
        write("x.txt", b"a,b").unwrap_err(),
        DataError::UnknownExtension { .. }
    ));
    let missing = read(dir.path().join("none.csv"), &Options::default()).unwrap_err();
    assert!(matches!(missing, DataError::NotFound { .. }));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), closure: bool) {
        for delimiter in [Delimiter::Comma, Delimiter::Tab] {
            let _ = parse(&bytes[..], Path::new("t"), delimiter, &Options { closure, ..Options::default() });
        }
    }

    #[test]
    fn arbitrary_tables_never_panic(text in "[ab,\"\t\r\n .1e-]{0,60}", closure: bool) {
        for delimiter in [Delimiter::Comma, Delimiter::Tab] {
            let _ = parse(text.as_bytes(), Path::new("t"), delimiter, &Options { closure, ..Options::default() });
        }
    }

    #[test]
    fn quoted_names_come_back_as_they_went(names in prop::collection::vec("[ -~é]{1,8}", 2)) {
        prop_assume!(names[0] != names[1]);
        let quote = |name: &String| format!("\"{}\"", name.replace('"', "\"\""));
        let text = format!("id1,id2\n{},{}\n", quote(&names[0]), quote(&names[1]));
        let (relations, _) = csv(text.as_bytes()).unwrap();
        prop_assert_eq!(named(&relations), [(names[0].as_str(), names[1].as_str())]);
    }
}
