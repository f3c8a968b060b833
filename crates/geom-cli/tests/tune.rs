//! `geom tune`: a search that goes on where it was, sees no test score, and ends in settings that
//! `geom train` takes.
#![cfg(unix)]

mod common;

use common::Sandbox;
use serde_json::Value;

const USAGE: i32 = 2;
const FAILURE: i32 = 1;

const SPACE: &str =
    "[all]\nepochs = [4]\nmin-epochs = [1]\nlr = [0.01, 0.05]\n[mlp-nc]\nlink-loss = [0.0, 0.5]\n";

/// A sandbox with two cycles of 30 nodes, each a class, and a space to search.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("ring")).unwrap();
    let next = |node: usize| 30 * (node / 30) + (node + 1) % 30;
    let edges: String = (0..60).map(|v| format!("{v}\t{}\n", next(v))).collect();
    let labels: String = (0..60).map(|v| format!("{}\n", v / 30)).collect();
    sandbox.file("ring/edges.tsv", edges);
    sandbox.file("ring/labels.txt", labels);
    sandbox.file("space.toml", SPACE);
    sandbox
}

fn tune<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let what = [
        "tune",
        "--model",
        "mlp",
        "--dataset",
        "ring",
        "--task",
        "nc",
    ];
    [&what[..], &["--space", "space.toml"], more].concat()
}

#[test]
fn the_best_settings_by_validation_are_what_train_takes() {
    let sandbox = sandbox();
    let found = sandbox.succeed(&tune(&[
        "--trials",
        "3",
        "--seeds",
        "2",
        "--jobs",
        "2",
        "--out",
        "best.toml",
    ]));
    assert!(found.stderr.contains("3/3 "), "{found:?}");
    let best = std::fs::read_to_string(sandbox.path("best.toml")).unwrap();
    assert_eq!(found.stdout, best);
    assert!(best.starts_with("# The best of 3 trials"), "{best}");

    // The ledger has no score of the test part to choose by.
    let ledger = std::fs::read_to_string(sandbox.path("runs/tune.jsonl")).unwrap();
    assert_eq!(ledger.lines().count(), 3);
    assert!(!ledger.contains("test"), "{ledger}");
    let score = |line: &str| {
        let trial: Value = serde_json::from_str(line).unwrap();
        let of_seeds = trial["validation"].as_array().unwrap().clone();
        assert_eq!(of_seeds.len(), 2);
        of_seeds.iter().map(|v| v.as_f64().unwrap()).sum::<f64>() / 2.0
    };
    let largest = ledger.lines().map(score).fold(0.0, f64::max);
    assert!(
        best.contains(&format!("by validation: {largest:.4}")),
        "{best}"
    );

    // Trained with them, the first seed is again what it was.
    let trial = ledger.lines().find(|line| score(line) == largest).unwrap();
    let trial: Value = serde_json::from_str(trial).unwrap();
    let run = ["train", "--model", "mlp", "--dataset", "ring", "--json"];
    let run = [&run[..], &["--task", "nc", "--config", "best.toml"]].concat();
    let result = sandbox.succeed(&run).json();
    assert_eq!(result["val_f1"], trial["validation"][0]);
}

#[test]
fn a_search_goes_on_where_it_was() {
    let sandbox = sandbox();
    sandbox.succeed(&tune(&["--trials", "2", "--resume", "a.jsonl"]));
    let more = sandbox.succeed(&tune(&["--trials", "3", "--resume", "a.jsonl", "--json"]));
    assert!(more.stderr.contains("are finished already"), "{more:?}");
    let result = more.json();
    assert_eq!(
        (&result["trials"], &result["failed"]),
        (&3.into(), &0.into())
    );
    assert!(result["best"]["settings"]["lr"].is_f64());
}

#[test]
fn finalists_run_over_more_seeds_and_the_best_mean_wins() {
    let sandbox = sandbox();
    let finals = ["--trials", "6", "--finalists", "2", "--final-seeds", "3"];
    let arguments = tune(&[&finals[..], &["--out", "best.toml"]].concat());
    let found = sandbox.succeed(&arguments);
    assert!(
        found.stderr.contains("the best 2 again, over 3 seeds"),
        "{found:?}"
    );

    let ledger = std::fs::read_to_string(sandbox.path("runs/tune.jsonl")).unwrap();
    let trials: Vec<Value> = ledger
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let scores = |trial: &Value| -> Vec<f64> {
        let scores = trial["validation"].as_array().unwrap().iter();
        scores.map(|score| score.as_f64().unwrap()).collect()
    };
    let (ends, begins): (Vec<&Value>, Vec<&Value>) =
        trials.iter().partition(|trial| scores(trial).len() == 3);
    // There are four different settings, and six draws.
    assert!(ends.len() == 2 && begins.len() <= 4, "{ledger}");
    let mut firsts: Vec<f64> = begins.iter().map(|trial| scores(trial)[0]).collect();
    firsts.sort_by(|a, b| b.total_cmp(a));
    let mut largest = 0.0_f64;
    for end in &ends {
        // The seed that the trial had is not run again, and only the best trials are.
        let begin = begins.iter().find(|b| b["settings"] == end["settings"]);
        assert_eq!(scores(begin.unwrap())[0], scores(end)[0]);
        assert!(firsts[..2].contains(&scores(end)[0]));
        largest = largest.max(scores(end).iter().sum::<f64>() / 3.0);
    }
    let best = std::fs::read_to_string(sandbox.path("best.toml")).unwrap();
    assert!(best.contains(&format!("{largest:.4}")), "{best} {ledger}");
    assert!(best.contains("--finalists 2 --final-seeds 3"), "{best}");

    // All is kept: the same again trains nothing.
    assert_eq!(sandbox.succeed(&arguments).stdout, best);
    let again = std::fs::read_to_string(sandbox.path("runs/tune.jsonl")).unwrap();
    assert_eq!(again, ledger);
}

#[test]
fn what_cannot_be_searched_is_told() {
    let sandbox = sandbox();
    sandbox.fail(&tune(&["--trials", "0"]), USAGE, &["--trials = 0"]);
    let none = tune(&["--finalists", "0"]);
    sandbox.fail(&none, USAGE, &["--finalists = 0"]);
    let too_few = tune(&["--finalists", "2", "--seeds", "5"]);
    sandbox.fail(&too_few, USAGE, &["--final-seeds = 5", "at least 6"]);
    let of_none = tune(&["--final-seeds", "5"]);
    sandbox.fail(&of_none, USAGE, &["--finalists"]);
    sandbox.file("space.toml", "[all]\nlrs = [0.1]\n");
    sandbox.fail(&tune(&[]), USAGE, &["space.toml", "lrs = 0.1"]);
    sandbox.file("space.toml", "[all]\ndropout = [1.0]\n");
    sandbox.fail(&tune(&[]), USAGE, &["dropout = 1 is out of range"]);
    std::fs::remove_file(sandbox.path("space.toml")).unwrap();
    sandbox.fail(&tune(&[]), FAILURE, &["space.toml"]);
}

#[test]
fn other_data_are_searched_anew_and_other_files_stay() {
    let sandbox = sandbox();
    let first = sandbox.succeed(&tune(&["--trials", "1"]));
    let labels: String = (0..60).map(|v| format!("{}\n", v % 2)).collect();
    sandbox.file("ring/labels.txt", labels);
    let second = sandbox.succeed(&tune(&["--trials", "1"]));
    assert_ne!(first.stdout, second.stdout);
    assert!(!second.stderr.contains("finished already"), "{second:?}");

    for notes in ["my notes", "{\"mine\": 1}", "[1, 2"] {
        sandbox.file("notes.txt", notes);
        let search = tune(&["--trials", "1", "--resume", "notes.txt"]);
        sandbox.fail(&search, FAILURE, &["line 1 of notes.txt"]);
        let kept = std::fs::read_to_string(sandbox.path("notes.txt")).unwrap();
        assert_eq!(kept, notes);
    }
    let nowhere = tune(&["--out", "nowhere/best.toml"]);
    sandbox.fail(&nowhere, USAGE, &["there is no folder nowhere"]);
}
