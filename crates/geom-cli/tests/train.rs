//! `geom train` with `eval`, `predict`, `plot` and `bench-table`: from nothing downloaded to a table,
//! stopped in every way and resumed.
#![cfg(unix)]

mod common;

use std::path::Path;

use common::{Sandbox, checkpoint_path, short, with_ring};
use safetensors::SafeTensors;
use serde_json::Value;

const USAGE: i32 = 2;
const FAILURE: i32 = 1;

/// A run that is long enough to be stopped, on a graph small enough to go on fast.
fn long<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let settings = ["--dataset", "ring", "--task", "nc", "--epochs", "200"];
    let model = ["--min-epochs", "200", "--dim", "4", "--dropout", "0.3"];
    [&["train"], &settings[..], &model, more].concat()
}

/// The epochs of a run's checkpoint, if it has one.
fn epochs_saved(run: &Path) -> Option<u64> {
    let bytes = std::fs::read(checkpoint_path(run)).ok()?;
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let description = &metadata.metadata().as_ref().unwrap()["geom-graph"];
    let description: Value = serde_json::from_str(description).unwrap();
    description["epochs"].as_u64()
}

/// What a run's result says but for times, memory and where things are.
fn scores(run: &Path) -> Value {
    let text = std::fs::read_to_string(run.join("result.json")).unwrap();
    let mut result: Value = serde_json::from_str(&text).unwrap();
    for key in [
        "seconds",
        "seconds_per_epoch",
        "peak_rss_mb",
        "notes",
        "run",
    ] {
        assert!(
            result.as_object_mut().unwrap().remove(key).is_some(),
            "{key}"
        );
    }
    result
}

/// The lines of a run's log without their times.
fn losses(run: &Path) -> Vec<String> {
    let log = std::fs::read_to_string(run.join("log.csv")).unwrap();
    let lines = log.lines().skip(1);
    let timeless = lines.map(|line| line.rsplit_once(',').unwrap().0.to_owned());
    timeless.collect()
}

#[test]
fn a_run_tells_what_the_issue_lists_and_its_followers_agree() {
    let sandbox = Sandbox::new();
    let run = sandbox.path("run");
    let result = sandbox.succeed(&short(&["--out", "run", "--json"])).json();
    for key in ["params", "epochs", "best_epoch", "seed", "split_seed"] {
        assert!(result[key].is_u64(), "{key}: {result}");
    }
    for key in ["seconds_per_epoch", "seconds", "test_roc_auc", "test_ap"] {
        assert!(result[key].is_f64(), "{key}: {result}");
    }
    if cfg!(target_os = "linux") {
        assert!(result["peak_rss_mb"].is_f64(), "{result}");
    }
    assert_eq!(
        ["model", "dataset", "task", "protocol"].map(|key| result[key].as_str().unwrap()),
        ["hgcn", "disease-lp", "lp", "clean"]
    );
    assert_eq!(result["epochs"], 20);
    let notes = result["notes"].to_string();
    assert!(notes.contains("generated"), "{notes}");
    let log = std::fs::read_to_string(run.join("log.csv")).unwrap();
    assert_eq!(log.lines().count(), 21);

    let again = sandbox.succeed(&["eval", "run", "--json"]).json();
    assert_eq!(again["best_epoch"], result["best_epoch"]);
    for (part, of_part) in [("val", &again["val"]), ("test", &again["test"])] {
        for score in ["roc_auc", "ap"] {
            assert_eq!(
                of_part[score],
                result[format!("{part}_{score}")],
                "{part} {score}"
            );
        }
    }

    let said: Value = sandbox
        .succeed(&["predict", "run", "--nodes", "0-1,1-0,3-700", "--json"])
        .json()["predictions"]
        .take();
    let probability = |index: usize| said[index]["probability"].as_f64().unwrap();
    assert_eq!(said.as_array().map(Vec::len), Some(3));
    assert!((0..3).all(|index| (0.0..=1.0).contains(&probability(index))));
    assert_eq!(probability(0), probability(1), "links have no direction");
    for (nodes, needle) in [
        ("3", "\"3\" is not a pair of nodes"),
        ("0-99999", "\"99999\" is not a node of disease-lp"),
        ("0--1", "\"-1\" is not a node"),
        ("0-x", "\"x\" is not a node"),
    ] {
        let nodes = format!("--nodes={nodes}");
        sandbox.fail(&["predict", "run", &nodes], USAGE, &[needle, "hint: "]);
    }

    let files = sandbox.succeed(&["plot", "run", "--json"]).json();
    let files = files["files"].as_array().unwrap().clone();
    assert_eq!(files.len(), 4);
    for file in files {
        let path = sandbox.path(file.as_str().unwrap());
        let bytes = std::fs::read(&path).unwrap();
        let png = path.extension().is_some_and(|end| end == "png");
        let start: &[u8] = if png { b"\x89PNG" } else { b"<svg" };
        assert!(bytes.starts_with(start), "{}", path.display());
    }
    let embedding = std::fs::read_to_string(run.join("embedding.svg")).unwrap();
    assert!(embedding.contains("test link") && embedding.contains("class 1"));
    let curves = std::fs::read_to_string(run.join("curves.svg")).unwrap();
    let best = format!("at the best epoch, {}", result["best_epoch"]);
    assert!(
        curves.contains("ROC AUC") && curves.contains(&best),
        "{best}"
    );
    sandbox.succeed(&["plot", "run", "--out", "some.svg"]);
    for file in ["some-embedding.svg", "some-curves.svg"] {
        assert!(sandbox.path(file).is_file(), "{file}");
    }
    sandbox.fail(
        &["plot", "run", "--out", "some.gif"],
        USAGE,
        &["use .svg or .png"],
    );
    sandbox.fail(&["plot", "run", "--labels", "3"], USAGE, &["geom embed"]);
    std::fs::write(run.join("log.csv"), "epoch,loss,val_1,val_2,seconds\n1,2\n").unwrap();
    sandbox.fail(
        &["plot", "run"],
        FAILURE,
        &["log.csv is damaged", "of 20 epochs"],
    );
}

#[test]
fn classes_of_nodes_are_told_and_drawn_in_a_flat_plane() {
    let sandbox = with_ring();
    let flat = long(&["--out", "run", "--json", "--model", "gcn"]);
    let result = sandbox.succeed(&flat).json();
    for key in ["test_accuracy", "test_f1", "val_accuracy", "val_f1"] {
        assert!(result[key].is_f64(), "{key}: {result}");
    }
    assert_eq!(result["dataset"], "ring");
    let said: Value = sandbox
        .succeed(&["predict", "run", "--nodes", "0,59", "--json"])
        .json()["predictions"]
        .take();
    for (index, node) in [(0, 0), (1, 59)] {
        assert_eq!(said[index]["node"], node);
        assert!(said[index]["class"].as_u64().unwrap() < 2);
        // Of two classes, the likelier.
        assert!(said[index]["probability"].as_f64().unwrap() >= 0.5);
    }
    sandbox.fail(
        &["predict", "run", "--nodes", "60"],
        USAGE,
        &["\"60\" is not a node of ring", "from 0 to 59"],
    );
    let outcome = sandbox.succeed(&["plot", "run"]);
    assert!(outcome.stderr.contains("a plane"), "{outcome:?}");
    let picture = std::fs::read_to_string(sandbox.path("run/embedding.svg")).unwrap();
    assert!(picture.contains("class 1") && !picture.contains("test link"));
}

#[test]
fn samples_of_neighbors_decide_how_many_layers_there_are() {
    let sandbox = with_ring();
    let train = ["train", "--dataset", "ring", "--task", "nc", "--json"];
    let few = ["--epochs", "2", "--min-epochs", "1"];
    let batch = ["--batch", "neighbor:3,2,2", "--batch-size", "8"];
    let outcome = sandbox.succeed(&[&train[..], &few, &batch].concat());
    assert!(outcome.stderr.contains(" 3 layers"), "{outcome:?}");
    let layers = ["--layers", "2"];
    let needles = ["--batch = neighbor with 3 numbers is out of range"];
    let wrong = [&train[..], &few, &batch, &layers].concat();
    sandbox.fail(&wrong, USAGE, &needles);
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "release builds have no failpoints")]
fn a_run_killed_again_and_again_ends_as_if_it_never_was() {
    let sandbox = with_ring();
    sandbox.succeed(&long(&["--out", "whole", "--quiet"]));
    let run = sandbox.path("run");
    let start = long(&["--checkpoint-every", "1", "--out", "run"]);
    sandbox.die_at(&start, "epoch", 1);
    assert_eq!(epochs_saved(&run), Some(0));
    let resume = ["train", "--resume", "run"];
    for (name, count, saved) in [
        ("epoch", 4, 3),
        ("log.csv/half", 37, 39),
        ("checkpoint.safetensors/half", 51, 89),
        ("checkpoint.safetensors/renamed", 10, 99),
    ] {
        sandbox.die_at(&resume, name, count);
        assert_eq!(epochs_saved(&run), Some(saved), "{name}");
    }
    sandbox.succeed(&["train", "--resume", "run", "--quiet"]);
    assert_eq!(scores(&run), scores(&sandbox.path("whole")));
    let log = losses(&run);
    assert_eq!(log, losses(&sandbox.path("whole")), "to the last digit");
    let epochs = log.iter().map(|line| line.split(',').next().unwrap());
    let all: Vec<String> = (1..=200).map(|epoch| epoch.to_string()).collect();
    assert_eq!(epochs.collect::<Vec<_>>(), all, "the log is whole");
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "release builds have no failpoints")]
fn ctrl_c_saves_and_tells_how_to_go_on() {
    let sandbox = with_ring();
    let run = sandbox.path("run");
    // No checkpoint is due: the interrupt itself must save.
    let start = long(&["--checkpoint-every", "1000000", "--out", "run"]);
    let outcome = sandbox.interrupt_at(&start, "epoch", 7);
    assert_eq!(outcome.code, Some(130), "{outcome:?}");
    for needle in [
        "stopping before the end of this epoch",
        "interrupted after epoch 7",
        "geom train --resume run",
    ] {
        assert!(outcome.stderr.contains(needle), "{outcome:?}");
    }
    let saved = epochs_saved(&run).unwrap();
    assert_eq!(saved, 7);
    // What was saved can be told, and ended where it is.
    let told = sandbox.succeed(&["eval", "run", "--json"]).json();
    assert_eq!(told["epochs"], saved);
    let end = saved.to_string();
    let resume = ["train", "--resume", "run", "--epochs", &end, "--json"];
    let result = sandbox.succeed(&resume).json();
    assert_eq!(result["epochs"], saved);
}

#[test]
fn a_table_is_put_together_from_runs_and_goes_on_where_it_was() {
    let sandbox = Sandbox::new();
    let table = [
        "bench-table",
        "--task",
        "lp",
        "--datasets",
        "disease",
        "--epochs",
        "2",
    ];
    let with = |more: &[&'static str]| -> Vec<&str> { [&table[..], more].concat() };
    let first = with(&[
        "--models", "gcn", "--seeds", "2", "--jobs", "2", "--out", "t.md",
    ]);
    let outcome = sandbox.succeed(&first);
    assert!(
        outcome.stderr.contains("2/2 gcn on disease-lp"),
        "{outcome:?}"
    );
    for needle in [
        "| GCN, published | 64.7 |",
        "| HGCN, published | 90.8 ± 0.3 |",
        "| best published | 98.4",
        "| gcn, ours | ",
        ", 2) |",
        "δ-hyperbolicity",
        "At most 2 epochs",
    ] {
        assert!(
            outcome.stdout.contains(needle),
            "no {needle:?} in {outcome:?}"
        );
    }
    let written = std::fs::read_to_string(sandbox.path("t.md")).unwrap();
    assert_eq!(written, outcome.stdout);
    let ledger = sandbox.path("runs/bench-table.jsonl");
    let kept = std::fs::read_to_string(&ledger).unwrap();
    assert_eq!(kept.lines().count(), 2);

    // A line that was cut off while it was written is trained again, the others are not.
    std::fs::write(&ledger, &kept[..kept.len() - 20]).unwrap();
    let more = sandbox.succeed(&with(&["--models", "gcn,mlp", "--seeds", "2", "--json"]));
    assert!(more.stderr.contains("line 2 was cut off"), "{more:?}");
    assert!(
        more.stderr.contains("1 of 4 are finished already"),
        "{more:?}"
    );
    let cells = more.json()["cells"].as_array().unwrap().clone();
    assert_eq!(cells.len(), 2);
    assert!(
        cells
            .iter()
            .all(|cell| cell["seeds"] == 2 && cell["sd"].is_f64())
    );
    assert_eq!(std::fs::read_to_string(&ledger).unwrap().lines().count(), 4);

    std::fs::write(&ledger, "{}\n").unwrap();
    sandbox.fail(&with(&[]), FAILURE, &["line 1 of", "hint: "]);
    sandbox.fail(&with(&["--seeds", "0"]), USAGE, &["--seeds = 0"]);
    sandbox.fail(&with(&["--jobs", "0"]), USAGE, &["--jobs = 0"]);
    let unknown = ["bench-table", "--task", "nc", "--datasets", "corra"];
    sandbox.fail(&unknown, USAGE, &["did you mean \"cora\"?"]);
}
