//! `geom tune --model distance`: a search over embeddings that goes on where it was, sees no test score, and ends in
//! flags that `geom embed` takes.
#![cfg(unix)]

mod common;

use common::{Sandbox, tree};
use serde_json::Value;

const USAGE: i32 = 2;

const SPACE: &str = "[all]\nepochs = [20]\nburn-in = [0]\nhard-negatives = [0]\nnegatives = [10]\n\
                     lr = [0.02, 0.05, 0.2]\nfocus = [0.0, 0.5]\n";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.file("tree.csv", tree(63));
    sandbox.file("space.toml", SPACE);
    sandbox
}

fn tune<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let what = ["tune", "--model", "distance", "--dataset", "tree.csv"];
    let space = ["--dim", "2", "--space", "space.toml"];
    [&what[..], &space, more].concat()
}

fn ledger(sandbox: &Sandbox) -> Vec<Value> {
    let text = std::fs::read_to_string(sandbox.path("runs/tune-embedding.jsonl")).unwrap();
    assert!(!text.contains("\"test_"), "{text}");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn mean(trial: &Value) -> f64 {
    let scores = trial["scores"].as_array().unwrap();
    let sum: f64 = scores.iter().map(|score| score.as_f64().unwrap()).sum();
    sum / scores.len() as f64
}

#[test]
fn the_best_by_held_out_relations_is_what_embed_takes() {
    let sandbox = sandbox();
    // Four draws, of which two are the same.
    let holdout = ["--holdout", "0.1,0.1", "--trials", "4", "--seeds", "2"];
    let out = ["--out", "best.toml"];
    let found = sandbox.succeed(&tune(&[&holdout[..], &out].concat()));
    assert!(found.stderr.contains("3/3 "), "{found:?}");
    assert!(!found.stderr.contains("without --holdout"), "{found:?}");
    let best = std::fs::read_to_string(sandbox.path("best.toml")).unwrap();
    assert_eq!(found.stdout, best);
    for needle in [
        "# The best of 3 trials by MAP of held-out relations: ",
        "--holdout=0.1,0.1",
        "--trials 4 --seeds 2 --seed 0",
        "epochs = 20\n",
    ] {
        assert!(best.contains(needle), "{best}");
    }
    let trials = ledger(&sandbox);
    assert_eq!(trials.len(), 3);
    let largest = trials.iter().map(mean).fold(0.0, f64::max);
    assert!(best.contains(&format!("{largest:.4}")), "{best}");

    // Trained with them, the first seed is again what it was.
    let trial = trials.iter().find(|trial| mean(trial) == largest).unwrap();
    let run = ["embed", "--dataset", "tree.csv", "--config", "best.toml"];
    let rest = ["--holdout", "0.1,0.1", "--threads", "1", "--no-plot"];
    let result = sandbox
        .succeed(&[&run[..], &rest, &["--json"]].concat())
        .json();
    let again = result["held_out"]["validation"]["map"].as_f64().unwrap();
    let first = trial["scores"][0].as_f64().unwrap();
    // Trials run on all processors, whose order is not always the same.
    assert!((again - first).abs() < 0.2, "{again} {first}");
    assert_eq!(result["dim"], 2);
}

#[test]
fn without_held_out_relations_it_says_what_is_compared_and_goes_on_where_it_was() {
    let sandbox = sandbox();
    let first = sandbox.succeed(&tune(&["--trials", "2", "--resume", "a.jsonl"]));
    let said = "chosen by how well the trained relations are reconstructed";
    assert!(first.stderr.contains(said), "{first:?}");
    assert!(
        first
            .stdout
            .starts_with("# The best of 2 trials by MAP of the trained relations"),
        "{first:?}"
    );
    let more = sandbox.succeed(&tune(&["--trials", "4", "--resume", "a.jsonl", "--json"]));
    assert!(more.stderr.contains("are finished already"), "{more:?}");
    let result = more.json();
    assert_eq!(result["scored_by"], "reconstruction");
    assert_eq!(
        (&result["trials"], &result["failed"]),
        (&4.into(), &0.into())
    );
    assert!(result["best"]["settings"]["lr"].is_f64());

    // Other data are searched anew.
    sandbox.file("tree.csv", tree(31));
    let other = sandbox.succeed(&tune(&["--trials", "2", "--resume", "a.jsonl"]));
    assert!(!other.stderr.contains("finished already"), "{other:?}");
}

#[test]
fn finalists_run_over_more_seeds() {
    let sandbox = sandbox();
    let finals = ["--finalists", "2", "--final-seeds", "2", "--trials", "4"];
    let arguments = tune(&finals);
    let found = sandbox.succeed(&arguments);
    assert!(
        found.stderr.contains("the best 2 again, over 2 seeds"),
        "{found:?}"
    );
    let trials = ledger(&sandbox);
    let ends = trials
        .iter()
        .filter(|trial| trial["scores"].as_array().unwrap().len() == 2);
    assert_eq!(ends.count(), 2);
    assert_eq!(sandbox.succeed(&arguments).stdout, found.stdout);
}

#[test]
fn what_cannot_be_searched_is_told() {
    let sandbox = sandbox();
    let refuse = |arguments: &[&str], needles: &[&str]| {
        sandbox.fail(arguments, USAGE, needles);
    };
    refuse(&tune(&["--task", "nc"]), &["--task is for graph networks"]);
    refuse(
        &tune(&["--pretrained", "run"]),
        &["--pretrained is for graph networks"],
    );
    refuse(
        &tune(&["--holdout", "0,0.1"]),
        &["keeps nothing for validation"],
    );
    refuse(
        &tune(&["--patience", "3"]),
        &["--patience needs held-out relations"],
    );
    let of_graph = ["tune", "--model", "gcn", "--dataset", "disease-nc"];
    refuse(&of_graph, &["--task is missing"]);
    let closed = [&of_graph[..], &["--task", "nc", "--closure"]].concat();
    refuse(&closed, &["--closure is for --model distance"]);
    refuse(
        &["tune", "--model", "cones", "--dataset", "tree.csv"],
        &["cones", "start from a run"],
    );
    refuse(
        &["tune", "--model", "distance", "--dataset", "-"],
        &["can be read once"],
    );
    sandbox.file("space.toml", "[all]\nlrs = [0.1]\n");
    refuse(&tune(&[]), &["space.toml: there is no setting lrs"]);
    sandbox.file("space.toml", "[all]\nseed = [1]\n");
    refuse(&tune(&[]), &["seed is nothing to search"]);
}
