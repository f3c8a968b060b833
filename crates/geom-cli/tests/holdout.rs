//! `geom embed --holdout`: what is kept from a training, how well it is predicted, and when a run ends.

mod common;

use common::{Sandbox, embed, epochs_saved, points, tree};

/// 63 nodes of a binary tree: 258 relations, 196 of which others imply.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.file("tree.csv", tree(63));
    sandbox
}

fn held_out<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let shares = ["--holdout", "0.1,0.2", "--hard-negatives", "0"];
    embed("tree.csv", &[&shares[..], more].concat())
}

#[test]
fn held_out_relations_are_counted_predicted_and_kept_in_the_run() {
    let sandbox = sandbox();
    let outcome = sandbox.succeed(&held_out(&["--epochs", "40", "--json", "--out", "run"]));
    assert!(outcome.stderr.contains("held out"), "{outcome:?}");
    let result = outcome.json();
    assert_eq!(result["relations"], 258 - 26 - 52);
    let found = &result["held_out"];
    for (key, value) in [
        ("train_relations", 180),
        ("validation_relations", 26),
        ("test_relations", 52),
        ("possible_relations", 196),
        ("unused_relations", 0),
        ("split_seed", 1234),
    ] {
        assert_eq!(found[key], value, "{key} of {found}");
    }
    assert_eq!(found["rule"], "implied");
    for part in ["validation", "test"] {
        let part = &found[part];
        for key in ["map", "hits_at_1", "hits_at_10", "roc_auc"] {
            let value = part[key].as_f64().unwrap();
            assert!((0.0..=1.0).contains(&value), "{key} of {part}");
        }
        assert!(part["mean_rank"].as_f64().unwrap() >= 1.0);
        assert_eq!(part["negatives"], part["evaluated_relations"]);
        assert_eq!(part["exact"], true);
    }
    let pairs = &result["classification"];
    assert_eq!(pairs["relations"], 52);
    // Ten each; five of a relation to the root, which has no other child that is none.
    let others = pairs["others"].as_u64().unwrap();
    assert!((260..=520).contains(&others) && others.is_multiple_of(5));
    let share = |key: &str| pairs[key].as_f64().unwrap();
    let (precision, recall) = (share("precision"), share("recall"));
    let mean = 2.0 * precision * recall / (precision + recall);
    assert!((share("f1") - mean).abs() < 1e-12, "{pairs}");
    // Better than to take every pair for a relation.
    let guessed = 2.0 * 52.0 / (52.0 + 52.0 + others as f64);
    assert!(share("f1") > guessed, "{pairs}");
    let best = result["best_epoch"].as_u64().unwrap();
    assert!(best.is_multiple_of(10) && best <= 40);

    let again = sandbox.succeed(&["eval", "run", "--json"]).json();
    assert_eq!(again["held_out"], *found, "the run has its split");
    assert_eq!(again["map"], result["map"]);
    assert_eq!(again["classification"], *pairs);
    let other = sandbox.succeed(&held_out(&[
        "--split-seed",
        "7",
        "--epochs",
        "40",
        "--json",
        "--out",
        "other",
    ]));
    assert_ne!(other.json()["held_out"]["test"], found["test"]);
    // Parents are told by all relations.
    let nearest = sandbox.succeed(&["nearest", "run", "n62", "--json"]).json();
    assert_eq!(nearest["parents"], serde_json::json!(["n30"]));
    sandbox.succeed(&["plot", "run", "--quiet"]);
}

#[test]
fn what_is_in_neither_part_is_not_trained_but_known() {
    let sandbox = sandbox();
    let arguments = held_out(&[
        "--holdout-keep",
        "0.25",
        "--epochs",
        "4",
        "--json",
        "--out",
        "run",
    ]);
    let outcome = sandbox.succeed(&arguments);
    assert!(outcome.stderr.contains("69 not used"), "{outcome:?}");
    let result = outcome.json();
    assert_eq!(result["relations"], 62 + 49);
    let unused = 196 - 49 - 26 - 52;
    assert_eq!(result["held_out"]["unused_relations"], unused);
    let again = sandbox.succeed(&["eval", "run", "--json"]).json();
    assert_eq!(again["held_out"], result["held_out"]);
    // Without a part for the threshold no pairs are told apart.
    let test_alone = embed(
        "tree.csv",
        &["--holdout", "0,0.1", "--epochs", "2", "--json"],
    );
    let result = sandbox.succeed(&test_alone).json();
    assert!(result.get("classification").is_none(), "{result}");
}

#[test]
fn a_run_ends_when_patience_does_with_the_points_of_its_best_epoch() {
    let sandbox = sandbox();
    // Steps so long that nothing gets better.
    let arguments = held_out(&[
        "--epochs",
        "5000",
        "--lr",
        "3",
        "--patience",
        "4",
        "--validate-every",
        "2",
        "--json",
        "--out",
        "run",
    ]);
    let result = sandbox.succeed(&arguments).json();
    let (epochs, best) = (
        result["epochs"].as_u64().unwrap(),
        result["best_epoch"].as_u64().unwrap(),
    );
    assert!(epochs == best + 4 && epochs < 5000, "{result}");
    assert_eq!(epochs_saved(&sandbox.path("run")), Some(epochs));

    // What has ended stays so.
    let again = sandbox
        .succeed(&["embed", "--resume", "run", "--no-plot", "--json"])
        .json();
    assert_eq!(
        (&again["epochs"], &again["map"]),
        (&result["epochs"], &result["map"])
    );
    sandbox.fail(
        &["embed", "--resume", "run", "--patience", "50"],
        2,
        &["has ended with the points of its best epoch", "--out"],
    );
}

#[test]
#[cfg(unix)]
fn a_run_that_died_goes_on_to_the_same_points() {
    let sandbox = sandbox();
    let settings = [
        "--epochs",
        "30",
        "--validate-every",
        "3",
        "--checkpoint-every",
        "4",
    ];
    let run = |out: &'static str| {
        held_out(&[&settings[..], &["--no-plot", "--quiet", "--out", out]].concat())
    };
    sandbox.succeed(&run("straight"));
    sandbox.die_at(&run("broken"), "epoch", 18);
    sandbox.succeed(&["embed", "--resume", "broken", "--no-plot", "--quiet"]);
    assert_eq!(
        points(&sandbox.path("straight")),
        points(&sandbox.path("broken"))
    );
}

#[test]
fn flags_that_hold_nothing_out_or_contradict_the_run_are_refused() {
    let sandbox = sandbox();
    sandbox.file("edges.csv", "child,parent\nb,a\nc,b\nd,c\ne,a\n");
    let refuse = |more: &[&str], needles: &[&str]| {
        sandbox.fail(&embed("tree.csv", more), 2, needles);
    };
    refuse(
        &["--patience", "5"],
        &["--patience needs held-out relations"],
    );
    refuse(
        &["--holdout", "0,0.1", "--validate-every", "5"],
        &["--validate-every needs held-out relations"],
    );
    refuse(&["--holdout", "0.7,0.4"], &["--holdout = 0.7,0.4"]);
    refuse(&["--holdout", "half"], &["no pair of shares"]);
    refuse(&["--split-seed", "3"], &["--holdout"]);
    refuse(&["--holdout-keep", "0.5"], &["--holdout"]);
    refuse(
        &["--holdout", "0.1,0.2", "--holdout-keep", "0.7"],
        &["--holdout-keep = 0.7 is out of range: at most 0.6020: of 196"],
    );
    refuse(&["--holdout", "0.1,0.1", "--undirected"], &["--undirected"]);
    refuse(
        &["--holdout", "0.1,0.9", "--validate-every", "0"],
        &["out of range"],
    );
    let edges = embed("edges.csv", &["--holdout", "0.2,0.2"]);
    sandbox.fail(&edges, 2, &["0 of the 4 relations may be", "--closure"]);

    sandbox.succeed(&held_out(&[
        "--epochs",
        "4",
        "--no-plot",
        "--quiet",
        "--out",
        "run",
    ]));
    let needles = ["--holdout is 0.1,0.2 by rule implied, split 1234 in the run"];
    sandbox.fail(
        &["embed", "--resume", "run", "--holdout", "0.1,0.1"],
        2,
        &needles,
    );
    let more = [
        "embed",
        "--resume",
        "run",
        "--dataset",
        "tree.csv",
        "--quiet",
    ];
    sandbox.succeed(&more);
    std::fs::remove_file(sandbox.path("run/holdout.safetensors")).unwrap();
    sandbox.fail(&["eval", "run"], 1, &["holdout.safetensors"]);
}
