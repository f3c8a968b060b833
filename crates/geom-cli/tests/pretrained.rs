//! `--pretrained`: the embeddings of a run as features of another, of a search and of a table.
#![cfg(unix)]

mod common;

use common::Sandbox;
use serde_json::Value;

const USAGE: i32 = 2;
const FAILURE: i32 = 1;

/// A few epochs on the trees that are generated, which have no features.
fn train<'a>(task: &'a str, out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let what = [
        "train",
        "--model",
        "gcn",
        "--dataset",
        "disease-nc",
        "--task",
    ];
    let short = ["--epochs", "4", "--min-epochs", "4", "--json"];
    [&what[..], &[task, "--out", out], &short, more].concat()
}

/// A sandbox with a run on links, called "links".
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.succeed(&train("lp", "links", &["--dim", "6"]));
    sandbox
}

#[test]
fn a_run_goes_on_from_the_embeddings_of_another_and_outlives_it() {
    let sandbox = sandbox();
    let from_links = ["--pretrained", "links", "--no-features"];
    let result = sandbox.succeed(&train("nc", "classes", &from_links)).json();
    assert!(
        result["notes"]
            .to_string()
            .contains("6 features are from a run before"),
        "{result}"
    );
    let without = sandbox.succeed(&train("nc", "without", &[])).json();
    let params = |result: &Value| result["params"].as_u64().unwrap();
    assert!(params(&result) < params(&without));

    std::fs::remove_dir_all(sandbox.path("links")).unwrap();
    let again = sandbox.succeed(&["eval", "classes", "--json"]).json();
    assert_eq!(again["test"]["f1"], result["test_f1"]);
    let more = ["train", "--resume", "classes", "--epochs", "6", "--json"];
    assert_eq!(sandbox.succeed(&more).json()["epochs"], 6);
    let twice = [&more[..], &["--pretrained", "without"]].concat();
    sandbox.fail(&twice, USAGE, &["--pretrained", "--resume"]);
}

#[test]
fn a_run_that_cannot_give_features_is_refused() {
    let sandbox = sandbox();
    let refused = |more: &[&str], code: i32, needles: &[&str]| {
        sandbox.fail(&train("lp", "other", more), code, needles);
        assert!(!sandbox.path("other").exists());
    };
    let other_split = ["--pretrained", "links", "--split-seed", "7"];
    refused(&other_split, USAGE, &["links of another split", "hint: "]);
    refused(&["--pretrained", "nowhere"], FAILURE, &["nowhere"]);
    sandbox.succeed(&train("nc", "classes", &[]));
    let knows = ["all links, those of validation and test too", "hint: "];
    refused(&["--pretrained", "classes"], USAGE, &knows);
    let larger = ["train", "--dataset", "disease-lp", "--pretrained", "links"];
    sandbox.fail(&larger, USAGE, &["number of nodes", "--task lp"]);
}

#[test]
fn a_search_and_a_table_take_it_and_tell_it_from_work_without() {
    let sandbox = sandbox();
    sandbox.file(
        "space.toml",
        "[all]\nepochs = [3]\nmin-epochs = [1]\nuse-features = [false]\nlr = [0.01, 0.05]\n",
    );
    let search = [
        "tune",
        "--model",
        "mlp",
        "--dataset",
        "disease",
        "--task",
        "nc",
    ];
    let few = ["--space", "space.toml", "--trials", "1", "--resume", "led"];
    let search = [&search[..], &few].concat();
    let table = [
        "bench-table",
        "--task",
        "nc",
        "--models",
        "gcn",
        "--datasets",
        "disease",
    ];
    let few = ["--seeds", "1", "--epochs", "2", "--resume", "led-table"];
    let table = [&table[..], &few].concat();
    for (command, ledger) in [(search, "led"), (table, "led-table")] {
        let with = [&command[..], &["--pretrained", "links"]].concat();
        for command in [&with, &command, &with] {
            sandbox.succeed(command);
        }
        let ledger = std::fs::read_to_string(sandbox.path(ledger)).unwrap();
        let runs: Vec<Value> = ledger
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(runs.len(), 2, "{ledger}");
        let before = &runs[0]["pretrained"];
        assert!(before["run"].as_str().unwrap().ends_with("links"));
        assert_eq!(before["sha256"].as_str().unwrap().len(), 64);
        assert!(runs[1].get("pretrained").is_none());
    }
}
