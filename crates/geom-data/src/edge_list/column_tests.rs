use super::tests::named;
use super::*;

/// A table of other columns, by what is said of it.
fn parsed(text: &str, options: &Options) -> Result<(Relations, Repairs), DataError> {
    let path = Path::new("t.txt");
    let delimiter = Delimiter::of(path, options.delimiter)?;
    parse(text.as_bytes(), path, delimiter, options)
}

fn by_columns(columns: &str) -> Options {
    Options {
        columns: Some(columns.parse().unwrap()),
        delimiter: Some(';'),
        ..Options::default()
    }
}

#[test]
fn columns_are_found_by_number_and_by_name() {
    let text = "rank;taxon;strength;Parent Taxon\nspecies;dog;2;canine\ngenus;canine;0.5;animal\n";
    for columns in [
        "child=2,parent=4,weight=3",
        "child=taxon,parent=parent_taxon,weight=strength",
        "weight=3,parent=Parent Taxon,child=2",
    ] {
        let mut options = by_columns(columns);
        options.header = Some(true);
        let (relations, repairs) = parsed(text, &options).unwrap();
        assert_eq!(named(&relations), [("canine", "animal"), ("dog", "canine")]);
        assert_eq!(relations.all_weights().unwrap(), [0.5, 2.0]);
        assert_eq!(repairs.to_string(), "1 column not read");
    }
    // The words of a header swap nothing that was said.
    let (relations, repairs) =
        parsed("parent;child\na;b\n", &by_columns("child=1,parent=2")).unwrap();
    assert_eq!(
        (named(&relations), repairs.swapped_columns),
        (vec![("a", "b")], false)
    );
}

#[test]
fn columns_that_are_not_there_are_refused() {
    let text = "taxon;above\ndog;canine\n";
    for (columns, told) in [
        ("child=1,parent=3", "no column \"3\""),
        ("child=taxon,parent=parent", "no column \"parent\""),
        ("child=taxon,parent=1", "no column \"1 a second time\""),
    ] {
        let error = parsed(text, &by_columns(columns)).unwrap_err().to_string();
        assert!(error.contains("t.txt:1") && error.contains(told), "{error}");
    }
    for wrong in [
        "child=1",
        "child=0,parent=1",
        "child=1,parent=1",
        "kind=1,parent=2",
        "1,2",
        "child=,parent=1",
    ] {
        assert!(wrong.parse::<Columns>().is_err(), "{wrong}");
    }
    let ragged = parsed("taxon;above\ndog\n", &by_columns("child=1,parent=2")).unwrap_err();
    assert!(
        ragged
            .to_string()
            .contains("2 columns as in the first line"),
        "{ragged}"
    );
}

#[test]
fn a_header_is_one_if_it_is_said_to_be() {
    let options = |header| Options {
        header,
        delimiter: Some(' '),
        ..Options::default()
    };
    let text = "taxon above\ndog  canine\ntaxon above\n";
    let (relations, repairs) = parsed(text, &options(Some(true))).unwrap();
    assert_eq!(
        (named(&relations), repairs.repeated_headers),
        (vec![("dog", "canine")], 1)
    );
    let (relations, repairs) = parsed("child parent\ndog canine\n", &options(Some(false))).unwrap();
    assert_eq!((relations.num_relations(), repairs.doubts.len()), (2, 0));
    let (relations, repairs) = parsed("parent child\ncanine dog\n", &options(Some(true))).unwrap();
    assert_eq!(
        (named(&relations), repairs.swapped_columns),
        (vec![("dog", "canine")], true)
    );
    let (_, repairs) = parsed("source target\na b\nb c\n", &options(Some(true))).unwrap();
    assert_eq!(repairs.doubts, [Doubt::OneWay]);
    assert!(parsed("taxon above\n", &options(Some(true))).is_err());
}
