//! Ctrl-C at named points, from which the program is never let go on: it ends whatever it is at, saves what was
//! whole, and leaves nothing half written behind.
#![cfg(all(unix, debug_assertions))]

mod common;

use std::path::Path;

use common::{checkpoint_path, snapshot, train, trained, with_ring};
use safetensors::SafeTensors;
use serde_json::Value;

const INTERRUPTED: i32 = 130;

/// A run on the ring, in steps on samples of its nodes if there are `more` flags for them.
fn ring<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let settings = ["train", "--dataset", "ring", "--task", "nc", "--dim", "4"];
    let epochs = ["--epochs", "12", "--min-epochs", "12", "--dropout", "0.3"];
    [&settings[..], &epochs, more].concat()
}

const SAMPLES: [&str; 4] = ["--batch", "neighbor:5,5", "--batch-size", "6"];

fn epochs_saved(run: &Path) -> Option<u64> {
    let bytes = std::fs::read(checkpoint_path(run)).ok()?;
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let description = &metadata.metadata().as_ref().unwrap()["geom-graph"];
    let description: Value = serde_json::from_str(description).unwrap();
    description["epochs"].as_u64()
}

/// The lines of a run's log without their times.
fn losses(run: &Path) -> Vec<String> {
    let log = std::fs::read_to_string(run.join("log.csv")).unwrap();
    let lines = log.lines().skip(1);
    let timeless = lines.map(|line| line.rsplit_once(',').unwrap().0.to_owned());
    timeless.collect()
}

#[test]
fn in_the_middle_of_an_epoch_the_last_whole_one_is_saved() {
    let sandbox = with_ring();
    for (batch, name, points) in [
        (
            &[][..],
            "full",
            [("epoch/step", 5, 4), ("epoch/evaluation", 3, 6)],
        ),
        (
            &SAMPLES[..],
            "samples",
            // 42 nodes of training are seven steps an epoch.
            [("epoch/step", 15, 2), ("epoch/evaluation", 4, 5)],
        ),
    ] {
        let whole = format!("{name}-whole");
        sandbox.succeed(&ring(&[batch, &["--quiet", "--out", &whole]].concat()));
        // No checkpoint is due: the interrupt itself must save.
        let never = ["--checkpoint-every", "1000000", "--out", name];
        let start = ring(&[batch, &never].concat());
        let resume = ["train", "--resume", name];
        for (index, (point, count, saved)) in points.into_iter().enumerate() {
            let arguments = if index == 0 { &start[..] } else { &resume };
            let outcome = sandbox.end_at(arguments, point, count);
            assert_eq!(outcome.code, Some(INTERRUPTED), "{outcome:?}");
            let said = format!("interrupted after epoch {saved} of 12");
            assert!(outcome.stderr.contains(&said), "{point}: {outcome:?}");
            assert_eq!(epochs_saved(&sandbox.path(name)), Some(saved), "{point}");
            assert_eq!(losses(&sandbox.path(name)).len() as u64, saved, "{point}");
        }
        sandbox.succeed(&[&resume[..], &["--quiet"]].concat());
        let log = losses(&sandbox.path(name));
        assert_eq!(log, losses(&sandbox.path(&whole)), "to the last digit");
    }
}

#[test]
fn while_data_are_read_nothing_is_left_behind() {
    let sandbox = with_ring();
    let start = ring(&["--out", "run", "--json"]);
    let outcome = sandbox.end_at(&start, "data/read", 1);
    assert_eq!(outcome.code, Some(INTERRUPTED), "{outcome:?}");
    let said = "interrupted while preparing the graph";
    assert!(outcome.stderr.contains(said), "{outcome:?}");
    assert!(outcome.stderr.contains("\"interrupted\""), "{outcome:?}");
    assert!(!sandbox.path("run").exists());

    sandbox.succeed(&train(&["--quiet", "--out", "run"]));
    for (command, said) in [("eval", "evaluating"), ("plot", "drawing")] {
        let before = snapshot(&sandbox.path("run"));
        let outcome = sandbox.end_at(&[command, "run"], "data/read", 1);
        assert_eq!(outcome.code, Some(INTERRUPTED), "{outcome:?}");
        let said = format!("interrupted while {said}");
        assert!(outcome.stderr.contains(&said), "{outcome:?}");
        assert_eq!(snapshot(&sandbox.path("run")), before);
    }
}

#[test]
fn half_a_file_does_not_stay() {
    let sandbox = trained();
    std::fs::create_dir(sandbox.path("out")).unwrap();
    sandbox.file("out/points.tsv", "of yesterday");
    let export = [
        "export",
        "run",
        "--format",
        "csv",
        "--out",
        "out/points.tsv",
    ];
    let outcome = sandbox.end_at(&export, "points.tsv/half", 1);
    assert_eq!(outcome.code, Some(INTERRUPTED), "{outcome:?}");
    let said = "interrupted while exporting";
    assert!(outcome.stderr.contains(said), "{outcome:?}");
    let left = snapshot(&sandbox.path("out"));
    assert_eq!(left.len(), 1, "{:?}", left.keys());
    assert_eq!(left["points.tsv"], b"of yesterday");
}

#[test]
fn of_several_models_the_best_so_far_is_saved() {
    let sandbox = with_ring();
    let auto = |run| ring(&["--model", "auto", "--out", run]);
    let outcome = sandbox.end_at(&auto("first"), "epoch/step", 1);
    assert_eq!(outcome.code, Some(INTERRUPTED), "{outcome:?}");
    let said = "interrupted while trying the first model";
    assert!(outcome.stderr.contains(said), "{outcome:?}");
    assert!(!sandbox.path("first").exists());

    // The second model has done an epoch; the first, or both, can be gone on with.
    let outcome = sandbox.end_at(&auto("run"), "epoch/step", 14);
    assert_eq!(outcome.code, Some(INTERRUPTED), "{outcome:?}");
    let saved = epochs_saved(&sandbox.path("run")).unwrap();
    assert!(saved == 12 || saved == 1, "{saved}");
    let said = format!("interrupted after epoch {saved} of 12");
    assert!(outcome.stderr.contains(&said), "{outcome:?}");
    let result = sandbox
        .succeed(&["train", "--resume", "run", "--json"])
        .json();
    assert_eq!(result["epochs"], 12);
}

#[test]
fn a_search_ends_its_subprocesses_and_keeps_what_is_finished() {
    let sandbox = with_ring();
    sandbox.file(
        "space.toml",
        "[all]\nepochs = [4]\nmin-epochs = [4]\nlr = [0.01, 0.02, 0.05]\n",
    );
    let tune = [
        "tune",
        "--model",
        "mlp",
        "--dataset",
        "ring",
        "--task",
        "nc",
    ];
    let tune = [&tune[..], &["--space", "space.toml", "--trials", "9"]].concat();
    // It is the subprocess that pauses, and the search alone that gets the signal.
    let outcome = sandbox.end_at(&tune, "epoch/step", 3);
    assert_eq!(outcome.code, Some(INTERRUPTED), "{outcome:?}");
    let said = "interrupted after 0 of 3 runs";
    assert!(outcome.stderr.contains(said), "{outcome:?}");
    sandbox.succeed(&tune);
}
