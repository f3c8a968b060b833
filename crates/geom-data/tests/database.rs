//! WordNet's closures against lists made by an independent implementation.
//!
//! The database and the lists are not part of the repository. `GEOM_DATA_DIR` names a directory
//! that holds `wordnet/{data.noun.gz, index.noun.gz, noun_closure_743086.csv.gz,
//! noun_closure_extra_155.csv}`; without it every test here is listed as ignored.

use flate2::read::GzDecoder;
use geom_data::sources::{FoundAt, Sources};
use geom_data::wordnet::{InstanceRule, WordNet};
use geom_data::{LoadOptions, Relations, load_with, mammals};
use libtest_mimic::{Arguments, Failed, Trial};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

type Check = fn() -> Result<(), Failed>;

const CHECKS: [(&str, Check); 5] = [
    (
        "the_2018_closure_is_the_published_list_needs_geom_data_dir",
        the_2018_closure,
    ),
    (
        "the_2017_closure_has_155_relations_more_needs_geom_data_dir",
        the_2017_closure,
    ),
    (
        "the_mammal_closure_is_the_shipped_file_needs_geom_data_dir",
        the_mammal_closure,
    ),
    (
        "nouns_are_found_and_loaded_by_name_needs_geom_data_dir",
        nouns_by_name,
    ),
    (
        "a_cut_or_changed_database_is_refused_needs_geom_data_dir",
        damaged_databases,
    ),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let ready = data_dir().is_ok();
    if !ready && !arguments.list {
        for (name, _) in CHECKS {
            eprintln!("skipped: {name}: GEOM_DATA_DIR names no directory with wordnet/");
        }
    }
    let trials = CHECKS.map(|(name, check)| Trial::test(name, check).with_ignored_flag(!ready));
    libtest_mimic::run(&arguments, trials.into()).exit_code()
}

fn data_dir() -> Result<PathBuf, Failed> {
    let directory = std::env::var_os("GEOM_DATA_DIR")
        .map(PathBuf::from)
        .unwrap_or_default();
    if directory.join("wordnet").is_dir() {
        Ok(directory)
    } else {
        Err("GEOM_DATA_DIR has no wordnet/".into())
    }
}

fn database() -> Result<WordNet, Failed> {
    Ok(WordNet::read(data_dir()?.join("wordnet"))?)
}

fn list(name: &str) -> Result<String, Failed> {
    let mut text = String::new();
    let mut file = File::open(data_dir()?.join("wordnet").join(name))?;
    if name.ends_with(".gz") {
        GzDecoder::new(file).read_to_string(&mut text)?;
    } else {
        file.read_to_string(&mut text)?;
    }
    Ok(text)
}

fn csv(relations: &Relations) -> String {
    let mut text = "id1,id2\n".to_owned();
    for (u, v) in relations.pairs() {
        text += &format!("{},{}\n", relations.name(u), relations.name(v));
    }
    text
}

fn the_2018_closure() -> Result<(), Failed> {
    let nouns = database()?.noun_closure(InstanceRule::Script2018)?;
    assert_eq!(
        (nouns.num_nodes(), nouns.num_relations()),
        (82_115, 743_086)
    );
    let text = csv(&nouns);
    assert!(
        text == list("noun_closure_743086.csv.gz")?,
        "the lists differ"
    );
    let digest: String = Sha256::digest(&text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(
        digest,
        "b00cc4bc857cad45aca6de762914bb4ef7f7421dcc84abf67e147a45ae1a486f"
    );
    Ok(())
}

fn the_2017_closure() -> Result<(), Failed> {
    let nouns = database()?.noun_closure(InstanceRule::Mixed2017)?;
    assert_eq!(
        (nouns.num_nodes(), nouns.num_relations()),
        (82_115, 743_241)
    );
    let (script, extra) = (
        list("noun_closure_743086.csv.gz")?,
        list("noun_closure_extra_155.csv")?,
    );
    let mixed = csv(&nouns);
    let expected: BTreeSet<&str> = script.lines().chain(extra.lines()).collect();
    assert!(
        mixed.lines().collect::<BTreeSet<_>>() == expected,
        "the lists differ"
    );
    assert_eq!(
        nouns.closure()?,
        nouns,
        "mixing freely gives a closed relation"
    );
    Ok(())
}

fn the_mammal_closure() -> Result<(), Failed> {
    assert_eq!(database()?.mammal_closure()?, mammals());
    Ok(())
}

fn nouns_by_name() -> Result<(), Failed> {
    let sources = Sources {
        data_dir: Some(data_dir()?),
        ..Sources::default()
    };
    assert_eq!(
        sources.find_wordnet(),
        Some(FoundAt::DataDir(data_dir()?.join("wordnet")))
    );
    let options = LoadOptions {
        download: false,
        ..LoadOptions::default()
    };
    let nouns = load_with("wordnet-nouns", &options, &sources, |_| {})?;
    assert_eq!(nouns.num_relations(), 743_086);
    assert!(
        nouns
            .id("entity.n.01")
            .is_some_and(|root| nouns.targets(root).is_empty())
    );
    assert_eq!(nouns.suggest("mamal.n.01"), Some("mammal.n.01"));
    Ok(())
}

fn damaged_databases() -> Result<(), Failed> {
    let (data, index) = (list("data.noun.gz")?, list("index.noun.gz")?);
    let directory = tempfile::tempdir()?;
    let refused = |data: &[u8]| -> Result<String, Failed> {
        File::create(directory.path().join("data.noun"))?.write_all(data)?;
        File::create(directory.path().join("index.noun"))?.write_all(index.as_bytes())?;
        let closure = WordNet::read(directory.path())
            .and_then(|it| it.noun_closure(InstanceRule::Script2018));
        closure.map_or_else(|error| Ok(error.to_string()), |_| Err("accepted".into()))
    };
    let last = data.trim_end().rfind('\n').ok_or("one line only")? + 1;
    let cut = refused(&data.as_bytes()[..last])?;
    assert!(
        cut.contains("expected 82115 noun synsets, found 82114") || cut.contains("hypernyms"),
        "{cut}"
    );
    let moved = data.replacen("@ 00001740 n", "@ 00001930 n", 2);
    let moved = refused(moved.as_bytes())?;
    assert!(
        moved.contains("cycle") || moved.contains("expected 743086"),
        "{moved}"
    );
    Ok(())
}
