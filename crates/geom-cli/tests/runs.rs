//! `geom info`, `list` and `compare`: what there is to know of runs.

mod common;

use common::{Sandbox, embed, train, trained};
use serde_json::json;

/// The runs `run` (an embedding of five epochs) and `net` (a graph network of three).
fn both_kinds() -> Sandbox {
    let sandbox = trained();
    sandbox.succeed(&train(&["--quiet", "--out", "net"]));
    sandbox
}

#[test]
fn a_run_tells_its_command_settings_result_and_files() {
    let sandbox = Sandbox::new();
    sandbox.file("my tree.csv", common::tree(31));
    let arguments = embed("my tree.csv", &["--epochs", "5", "--quiet", "--out", "run"]);
    sandbox.succeed(&arguments);
    let info = sandbox.succeed(&["info", "run", "--json"]).json();
    let command: Vec<&str> = info["origin"]["command"]
        .as_array()
        .unwrap()
        .iter()
        .skip(1)
        .map(|word| word.as_str().unwrap())
        .collect();
    assert_eq!(command, arguments);
    assert_eq!(info["origin"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(
        (&info["kind"], &info["finished"], &info["epochs"]),
        (&json!("embed"), &json!(true), &json!(5))
    );
    assert_eq!(
        (&info["settings"]["dim"], &info["settings"]["closure"]),
        (&json!(2), &json!(false))
    );
    let result: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(sandbox.path("run/result.json")).unwrap())
            .unwrap();
    assert_eq!(info["result"], result);
    let log = std::fs::metadata(sandbox.path("run/log.csv"))
        .unwrap()
        .len();
    let files = info["files"].as_array().unwrap();
    assert!(
        files.contains(&json!({"name": "log.csv", "bytes": log})),
        "{files:?}"
    );
    let text = sandbox.succeed(&["info", "run"]).stdout;
    assert!(
        text.contains("command   geom embed --dataset 'my tree.csv' --dim 2"),
        "{text}"
    );
    assert!(
        text.contains("31 nodes, 98 relations") && text.contains("trained   5 of 5 epochs"),
        "{text}"
    );
}

#[test]
fn runs_of_earlier_versions_tell_what_they_know() {
    let sandbox = both_kinds();
    for (file, run) in [("run/run.json", "run"), ("net/graph.json", "net")] {
        let text = std::fs::read_to_string(sandbox.path(file)).unwrap();
        let mut description: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(
            description
                .as_object_mut()
                .unwrap()
                .remove("origin")
                .is_some()
        );
        sandbox.file(file, description.to_string());
        let info = sandbox.succeed(&["info", run, "--json"]).json();
        assert_eq!(info["origin"], json!(null));
        assert!(
            sandbox
                .succeed(&["info", run])
                .stdout
                .contains("an earlier version")
        );
    }
}

#[test]
fn all_runs_below_a_folder_are_listed_and_broken_ones_named() {
    let sandbox = both_kinds();
    std::fs::create_dir_all(sandbox.path("deep/er")).unwrap();
    std::fs::rename(sandbox.path("net"), sandbox.path("deep/er/net")).unwrap();
    std::fs::create_dir(sandbox.path("broken")).unwrap();
    sandbox.file("broken/run.json", "{");
    let outcome = sandbox.succeed(&["list", ".", "--json"]);
    let list = outcome.json();
    let runs = list["runs"].as_array().unwrap();
    let names: Vec<_> = runs
        .iter()
        .map(|run| run["run"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["./deep/er/net", "./run"]);
    assert!(runs[0]["scores"]["test_roc_auc"].is_number() && runs[1]["scores"]["map"].is_number());
    assert_eq!(list["broken"][0]["run"], "./broken");
    assert!(
        outcome.stderr.contains("./broken cannot be read"),
        "{outcome:?}"
    );
    let text = sandbox.succeed(&["list", "."]).stdout;
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.contains("MAP") && text.contains("ROC AUC"), "{text}");
    // What was not trained to its end says so.
    std::fs::remove_file(sandbox.path("run/result.json")).unwrap();
    let text = sandbox.succeed(&["list", "run"]).stdout;
    assert!(text.contains("not finished"), "{text}");
    sandbox.fail(&["list"], 2, &["there is no folder runs"]);
}

#[test]
fn runs_are_compared_by_what_differs() {
    let sandbox = both_kinds();
    let more = ["--epochs", "7", "--lr", "0.1", "--quiet", "--out", "other"];
    sandbox.succeed(&embed("tree.csv", &more));
    let compare = ["compare", "run", "other", "--plot", "curves.svg"];
    let outcome = sandbox
        .succeed(&[&compare[..], &["--json"]].concat())
        .json();
    let settings = |run: usize| outcome["runs"][run]["settings"].clone();
    assert_eq!(settings(0), json!({"epochs": 5, "lr": 0.05}));
    assert_eq!(settings(1), json!({"epochs": 7, "lr": 0.1}));
    assert!(
        outcome["runs"][1]["results"]["map"].is_number(),
        "{outcome}"
    );
    let picture = std::fs::read_to_string(sandbox.path("curves.svg")).unwrap();
    assert!(
        picture.matches("<polyline").count() >= 4,
        "two curves and two pieces of the legend"
    );
    assert!(picture.contains("training loss") && !picture.contains("validation"));
    let text = sandbox.succeed(&["compare", "run", "other"]).stdout;
    let lr = text.lines().find(|line| line.starts_with("lr")).unwrap();
    assert_eq!(
        lr.split_whitespace().collect::<Vec<_>>(),
        ["lr", "0.05", "0.1"]
    );
    let kinds = sandbox.succeed(&["compare", "run", "net", "--plot", "both.png"]);
    assert!(
        kinds
            .stdout
            .lines()
            .any(|line| line.starts_with("command") && line.contains("train"))
    );
    assert!(sandbox.path("both.png").is_file());
    sandbox.fail(&["compare", "run"], 2, &["nothing to compare"]);
    sandbox.fail(
        &["compare", "run", "net", "--plot", "run/run.json"],
        2,
        &["picture format"],
    );
    sandbox.file("run/log.csv", "epoch,loss\n1,much\n");
    sandbox.fail(&compare, 1, &["line 2", "log"]);
}
