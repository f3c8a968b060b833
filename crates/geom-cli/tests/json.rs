//! Every object of `--json` has its version, and its fields are described.

mod common;

use common::{Outcome, Sandbox, train, trained};
use serde_json::Value;

/// The fields that are described; a package does not hold the description.
fn described() -> Option<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/json.md");
    std::fs::read_to_string(path).ok()
}

fn check(object: &Value, command: &str) {
    assert_eq!(object["schema"], 1, "{command}: {object}");
    let Some(text) = described() else { return };
    for field in object.as_object().unwrap().keys() {
        let known =
            text.contains(&format!("`{field}`")) || ["schema", "error"].contains(&&field[..]);
        assert!(known, "{command}: {field} is not in docs/json.md");
    }
}

fn check_outcome(outcome: &Outcome, command: &str) {
    check(&outcome.json(), command);
}

#[test]
fn every_command_tells_the_version_of_its_objects() {
    let sandbox = trained();
    sandbox.file("pairs.csv", "child,parent\nn5,n2\n");
    for command in [
        "eval run --json",
        "eval run --baseline --json",
        "distance run n3 n4 --json",
        "distance run --file pairs.csv --json",
        "nearest run n3 --json",
        "export run --format csv --json",
        "plot run --json",
        "info run --json",
        "list . --json",
        "compare run run --json",
        "delta tree.csv --json",
        "datasets list --json",
        "datasets fetch wordnet-mammals --json",
        "man --out pages --json",
        "embed --dataset tree.csv --epochs 1 --dim 2 --threads 1 --out one --json",
    ] {
        let words: Vec<&str> = command.split(' ').collect();
        check_outcome(&sandbox.succeed(&words), command);
    }
    for file in ["run/result.json", "one/result.json"] {
        let text = std::fs::read_to_string(sandbox.path(file)).unwrap();
        check(&serde_json::from_str(&text).unwrap(), file);
    }
}

#[test]
fn graph_networks_do_as_well() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.succeed(&train(&["--out", "net", "--json"]));
    check_outcome(&outcome, "train");
    let chance = &outcome.json()["chance"];
    assert_eq!(chance["roc_auc"], 0.5, "{chance}");
    for command in [
        "predict net --nodes 1-2 --json",
        "eval net --json",
        "distance net 1 2 --json",
        "nearest net 1 --json",
        "plot net --json",
        "info net --json",
    ] {
        let words: Vec<&str> = command.split(' ').collect();
        check_outcome(&sandbox.succeed(&words), command);
    }
}

/// The object in the last line of standard error; standard output is empty.
fn failure(outcome: &Outcome) -> Value {
    assert_eq!(outcome.stdout, "", "{outcome:?}");
    let last = outcome.stderr.lines().last().unwrap();
    let object: Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("{outcome:?}"));
    check(&object, "a failure");
    object["error"].clone()
}

#[test]
fn a_failure_is_an_object_in_the_last_line_of_standard_error() {
    let sandbox = trained();
    for (command, kind, code) in [
        ("distance run n3 nothing --json", "unknown-node", 2),
        ("eval nowhere --json --quiet", "no-run", 1),
        ("nearest run n3 -k 0 --json", "usage", 2),
        ("embed --epochs 0 --json", "setting", 2),
        ("embed --dataset missing.csv --json", "data", 1),
        ("embed --resume run --dim 3 --json", "conflict", 2),
        ("embed --dims 3 --json", "usage", 2),
        ("compare run --json", "usage", 2),
    ] {
        let words: Vec<&str> = command.split(' ').collect();
        let error = failure(&sandbox.geom(&words));
        assert_eq!(
            (&error["kind"], &error["exit_code"]),
            (&kind.into(), &code.into()),
            "{command}: {error}"
        );
        assert!(
            error["message"].as_str().is_some_and(|text| text.len() > 5),
            "{error}"
        );
        assert!(error.get("hint").is_some(), "{error}");
    }
    let error = failure(&sandbox.geom(&["embed", "--dims", "3", "--json"]));
    assert_eq!(error["message"], "unexpected argument '--dims' found");
    assert!(error["hint"].as_str().unwrap().contains("--dim"), "{error}");
    // Every kind that there is has its row.
    if let Some(text) = described() {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/src/error.rs");
        let source = std::fs::read_to_string(source).unwrap();
        let kinds = source.split("pub(crate) fn kind(").nth(1).unwrap();
        let kinds = kinds.split("pub(crate) fn exit_code").next().unwrap();
        let kinds: Vec<&str> = kinds.split('"').skip(1).step_by(2).collect();
        assert!(kinds.len() > 20, "{kinds:?}");
        for kind in kinds {
            assert!(
                text.contains(&format!("`{kind}`")),
                "{kind} is not in docs/json.md"
            );
        }
    }
}
