//! Stopping a run in every way, and going on with it.
#![cfg(unix)]

mod common;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use common::{Sandbox, checkpoint_path, epochs_saved, tensor};

/// Long enough to be stopped in the middle, with nodes joining in the first 8 epochs and negatives
/// mined every 3 epochs from the 13th on.
const EPOCHS: u64 = 60;
const SETTINGS: [&str; 16] = [
    "--epochs",
    "60",
    "--growth",
    "2",
    "--negatives",
    "20",
    "--hard-negatives",
    "5",
    "--hard-start",
    "5",
    "--hard-refresh",
    "3",
    "--threads",
    "1",
    "--seed",
    "3",
];

fn embed<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["embed"], &SETTINGS[..], more].concat()
}

/// The final table of a run that nothing interrupts, trained once for all tests of this file.
fn uninterrupted() -> &'static [u8] {
    static TABLE: OnceLock<Vec<u8>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let sandbox = Sandbox::new();
        sandbox.succeed(&embed(&["--out", "run", "--quiet"]));
        tensor(&sandbox.path("run"), "points")
    })
}

fn assert_as_uninterrupted(run: &Path) {
    assert_eq!(epochs_saved(run), Some(EPOCHS));
    assert!(
        tensor(run, "points") == uninterrupted(),
        "the resumed run ends with another table"
    );
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "release builds have no failpoints")]
fn a_run_killed_again_and_again_ends_as_if_it_never_was() {
    let sandbox = Sandbox::new();
    let run = sandbox.path("run");
    let start = embed(&["--checkpoint-every", "1", "--out", "run"]);
    // While nodes join, when the first negatives are mined, between two minings, late. An epoch that
    // ends with the program is not saved.
    let deaths = [3, 12, 20, 45];
    sandbox.die_at(&start, "epoch", deaths[0]);
    for pair in deaths.windows(2) {
        assert_eq!(epochs_saved(&run), Some(pair[0] as u64 - 1));
        let resume = ["embed", "--resume", "run"];
        sandbox.die_at(&resume, "epoch", pair[1] + 1 - pair[0]);
    }
    sandbox.succeed(&["embed", "--resume", "run"]);
    assert_as_uninterrupted(&run);
    let log = std::fs::read_to_string(run.join("log.csv")).unwrap();
    let epochs: Vec<&str> = log
        .lines()
        .skip(1)
        .map(|line| line.split_once(',').unwrap().0)
        .collect();
    assert_eq!(
        epochs,
        (1..=EPOCHS)
            .map(|epoch| epoch.to_string())
            .collect::<Vec<_>>(),
        "the log is whole"
    );
}

/// The moments of every write: before it, with half of the content written, before and after the
/// rename.
const PHASES: [&str; 4] = ["begin", "half", "synced", "renamed"];

#[test]
#[cfg_attr(not(debug_assertions), ignore = "release builds have no failpoints")]
fn a_run_killed_in_any_write_can_go_on() {
    let sandbox = Sandbox::new();
    let run = sandbox.path("run");
    let start = embed(&["--checkpoint-every", "3", "--out", "run"]);
    let resume = ["embed", "--resume", "run"];
    // Before its first checkpoint there is nothing to resume, and a new run can have the folder.
    for file in ["run.json", "data.safetensors", "checkpoint.safetensors"] {
        for phase in PHASES {
            let _ = std::fs::remove_dir_all(&run);
            sandbox.die_at(&start, &format!("{file}/{phase}"), 1);
            assert_eq!(
                epochs_saved(&run).is_some(),
                (file, phase) == ("checkpoint.safetensors", "renamed"),
                "{file} {phase}"
            );
        }
    }
    // From there on every death leaves the epochs of the last whole checkpoint.
    let mut saved = 0;
    for file in ["log.csv", "checkpoint.safetensors"] {
        for phase in PHASES {
            for count in [1, 2] {
                sandbox.die_at(&resume, &format!("{file}/{phase}"), count);
                let last_is_whole = (file, phase) == ("checkpoint.safetensors", "renamed");
                saved += 3 * (count as u64 - u64::from(!last_is_whole));
                assert_eq!(epochs_saved(&run), Some(saved), "{file} {phase} {count}");
            }
        }
    }
    for file in ["result.json", "disk.svg", "disk.png"] {
        for phase in ["half", "renamed"] {
            sandbox.die_at(&resume, &format!("{file}/{phase}"), 1);
            assert_eq!(epochs_saved(&run), Some(EPOCHS), "{file} {phase}");
        }
    }
    sandbox.succeed(&resume);
    assert_as_uninterrupted(&run);
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "release builds have no failpoints")]
fn ctrl_c_saves_and_tells_how_to_go_on() {
    let sandbox = Sandbox::new();
    let run = sandbox.path("run");
    // No checkpoint is due before the end: the interrupt itself must save.
    let start = embed(&["--checkpoint-every", "1000", "--out", "run"]);
    let outcome = sandbox.interrupt_at(&start, "epoch", 5);
    assert_eq!(outcome.code, Some(130), "{outcome:?}");
    for needle in [
        "stopping before the end of this epoch",
        "interrupted after epoch 5",
        "geom embed --resume run",
    ] {
        assert!(outcome.stderr.contains(needle), "{outcome:?}");
    }
    assert_eq!(epochs_saved(&run), Some(5));

    sandbox.succeed(&["embed", "--resume", "run"]);
    assert_as_uninterrupted(&run);
}

/// A short run in a sandbox, stopped at its first checkpoint.
fn stopped() -> (Sandbox, PathBuf) {
    let sandbox = Sandbox::new();
    let run = sandbox.path("run");
    let start = embed(&["--checkpoint-every", "1", "--out", "run"]);
    sandbox.die_at(&start, "epoch", 3);
    (sandbox, run)
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "release builds have no failpoints")]
fn contradicting_flags_are_all_named() {
    let (sandbox, run) = stopped();
    let before = std::fs::read(checkpoint_path(&run)).unwrap();
    let mut arguments = vec!["embed", "--resume", "run"];
    arguments.extend([
        "--manifold",
        "lorentz",
        "--dim",
        "3",
        "--lr",
        "0.9",
        "--seed",
        "77",
        "--dtype",
        "f32",
    ]);
    arguments.extend([
        "--epochs",
        "500",
        "--dataset",
        "wordnet-nouns",
        "--instance-rule",
        "2017",
    ]);
    let needles = [
        "--manifold is poincare-ball in the run, hyperboloid now",
        "--dim is 5 in the run, 3 now",
        "--lr is ",
        "0.9 now",
        "--seed is 3 in the run, 77 now",
        "--dtype is f64 in the run, f32 now",
        "--epochs is 60 in the run, 500 now",
        "--dataset is wordnet-mammals in the run, wordnet-nouns now",
        "--instance-rule is 2018 in the run, 2017 now",
        "leave these flags out",
    ];
    sandbox.fail(&arguments, 2, &needles);
    sandbox.fail(
        &["embed", "--resume", "run", "--closure"],
        2,
        &["--closure"],
    );
    sandbox.fail(
        &["embed", "--resume", "run", "--threads", "2"],
        2,
        &["--threads is 1 in the run, 2 now"],
    );
    sandbox.fail(
        &["embed", "--resume", "run", "--recipe", "uniform"],
        2,
        &["--recipe", "--resume"],
    );
    sandbox.fail(
        &["embed", "--resume", "run", "--out", "other"],
        2,
        &["--resume", "--out"],
    );
    sandbox.fail(
        &["embed", "--resume", "run", "--dim", "0"],
        2,
        &["--dim = 0"],
    );
    assert_eq!(
        std::fs::read(checkpoint_path(&run)).unwrap(),
        before,
        "a refused resume changes nothing"
    );
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "release builds have no failpoints")]
fn agreeing_flags_are_welcome() {
    let (sandbox, run) = stopped();
    let mut arguments = embed(&[
        "--resume",
        "run",
        "--dataset",
        "wordnet-mammals",
        "--manifold",
        "poincare",
    ]);
    arguments.extend([
        "--dim",
        "5",
        "--backend",
        "flex",
        "--path",
        "fast",
        "--checkpoint-every",
        "50",
    ]);
    sandbox.succeed(&arguments);
    assert_as_uninterrupted(&run);
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "release builds have no failpoints")]
fn leftovers_of_a_killed_write_do_no_harm() {
    let (sandbox, run) = stopped();
    let bytes = std::fs::read(checkpoint_path(&run)).unwrap();
    std::fs::write(run.join(".partial-a1b2c3"), &bytes[..bytes.len() / 2]).unwrap();
    std::fs::write(run.join("log.csv"), "").unwrap();
    sandbox.succeed(&["embed", "--resume", "run"]);
    assert_as_uninterrupted(&run);
}

#[test]
fn a_finished_run_is_evaluated_again_and_stays_as_it_is() {
    let sandbox = Sandbox::new();
    let run = sandbox.path("run");
    let result = sandbox
        .succeed(&["embed", "--epochs", "20", "--out", "run", "--json"])
        .json();
    let before = std::fs::read(checkpoint_path(&run)).unwrap();
    let again = sandbox
        .succeed(&["embed", "--resume", "run", "--json"])
        .json();
    assert_eq!(
        (&again["mean_rank"], &again["map"]),
        (&result["mean_rank"], &result["map"])
    );
    assert_eq!(std::fs::read(checkpoint_path(&run)).unwrap(), before);
}

#[test]
fn a_constant_rate_can_be_prolonged() {
    let sandbox = Sandbox::new();
    let run = sandbox.path("run");
    let recipe = ["--recipe", "uniform", "--threads", "1", "--quiet"];
    sandbox.succeed(&[&["embed", "--epochs", "6", "--out", "run"], &recipe[..]].concat());
    sandbox.succeed(&["embed", "--resume", "run", "--epochs", "9", "--quiet"]);
    assert_eq!(epochs_saved(&run), Some(9));
    sandbox.succeed(&[&["embed", "--epochs", "9", "--out", "whole"], &recipe[..]].concat());
    assert!(tensor(&run, "points") == tensor(&sandbox.path("whole"), "points"));
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "release builds have no failpoints")]
fn a_run_without_a_checkpoint_is_a_clear_error() {
    let (sandbox, run) = stopped();
    std::fs::remove_file(checkpoint_path(&run)).unwrap();
    sandbox.fail(
        &["embed", "--resume", "run"],
        1,
        &["no checkpoint", "remove the folder and train again"],
    );
    sandbox.fail(&["eval", "run"], 1, &["no checkpoint"]);
    sandbox.fail(
        &["embed", "--resume", "nowhere"],
        1,
        &["neither run.json nor graph.json", "hint:"],
    );
}
