//! `geom embed --model cones`: cones from a distance run, and how well they tell relations.

mod common;

use common::{Sandbox, embed, points, tree};

/// A distance run `run` on a binary tree of 63 nodes, with held-out relations and some of the rest unused.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.file("tree.csv", tree(63));
    let held_out = [
        "--holdout",
        "0.1,0.1",
        "--holdout-keep",
        "0.5",
        "--hard-negatives",
        "0",
    ];
    let rest = ["--epochs", "300", "--no-plot", "--quiet", "--out", "run"];
    sandbox.succeed(&embed("tree.csv", &[&held_out[..], &rest].concat()));
    sandbox
}

fn cones<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let base = [
        "embed",
        "--model",
        "cones",
        "--init",
        "run",
        "--validate-every",
        "5",
    ];
    [&base[..], more].concat()
}

#[test]
fn cones_start_from_a_distance_run_and_tell_its_held_out_relations() {
    let sandbox = sandbox();
    let outcome = sandbox.succeed(&cones(&["--epochs", "40", "--json", "--out", "cones"]));
    let result = outcome.json();
    let model = (&result["model"], &result["dim"]);
    assert_eq!(model, (&"cones".into(), &2.into()));
    // 62 direct ones and half of 196; 26 for each part are held out.
    assert_eq!(result["relations"], 62 + 98);
    let found = &result["classification"];
    assert_eq!(
        (&found["held_out"], &found["exact"]),
        (&true.into(), &true.into())
    );
    assert_eq!(found["relations"], 26);
    // Ten each; five of a relation to the root, which has no other child that is none.
    let others = found["others"].as_u64().unwrap();
    assert!((130..=260).contains(&others) && others.is_multiple_of(5));
    let distances = sandbox.succeed(&["eval", "run", "--json"]).json();
    let f1 = |of: &serde_json::Value| of["f1"].as_f64().unwrap();
    let of_distances = f1(&distances["classification"]);
    assert!(f1(found) > of_distances.max(0.6), "{of_distances} {found}");
    assert!(found["level"].is_null(), "{found}");
    let best = result["best_epoch"].as_u64().unwrap();
    assert!(best.is_multiple_of(5) && (5..=40).contains(&best));
    assert!(result.get("mean_rank").is_none(), "{result}");
    for point in points(&sandbox.path("cones")).chunks(2) {
        assert!(point[0].hypot(point[1]) < 1.0);
    }

    let again = sandbox.succeed(&["eval", "cones", "--json"]).json();
    assert_eq!(again["classification"], *found);
    let info = sandbox.succeed(&["info", "cones"]).stdout;
    assert!(info.contains("F1 of pairs"), "{info}");
    sandbox.succeed(&["nearest", "cones", "n5", "--quiet"]);
    sandbox.succeed(&["plot", "cones", "--quiet"]);
}

#[test]
#[cfg(unix)]
fn a_run_of_cones_that_died_goes_on_to_the_same_points() {
    let sandbox = sandbox();
    let rest = [
        "--epochs",
        "12",
        "--checkpoint-every",
        "4",
        "--no-plot",
        "--quiet",
        "--out",
    ];
    let run = |out: &'static str| cones(&[&rest[..], &[out]].concat());
    sandbox.succeed(&run("straight"));
    sandbox.die_at(&run("broken"), "epoch", 7);
    sandbox.succeed(&["embed", "--resume", "broken", "--no-plot", "--quiet"]);
    assert_eq!(
        points(&sandbox.path("straight")),
        points(&sandbox.path("broken"))
    );
    sandbox.succeed(&[&run("child")[..], &["--cone-negatives", "child"]].concat());
    assert_ne!(
        points(&sandbox.path("straight")),
        points(&sandbox.path("child"))
    );
    sandbox.fail(
        &["embed", "--resume", "broken", "--cone-negatives", "child"],
        2,
        &["--cone-negatives is both in the run, child now"],
    );
    sandbox.fail(
        &["embed", "--resume", "broken", "--cone-margin", "0.5"],
        2,
        &["--cone-margin is 0.01 in the run, 0.5 now"],
    );
}

#[test]
fn cones_of_all_relations_tell_those_they_were_trained_on() {
    let sandbox = Sandbox::new();
    sandbox.file("tree.csv", tree(31));
    let run = [
        "--manifold",
        "lorentz",
        "--epochs",
        "40",
        "--no-plot",
        "--quiet",
        "--out",
        "run",
    ];
    sandbox.succeed(&embed("tree.csv", &run));
    let arguments = [
        "embed",
        "--model",
        "cones",
        "--init",
        "run",
        "--epochs",
        "30",
        "--no-plot",
        "--json",
    ];
    let outcome = sandbox.succeed(&[&arguments[..], &["--out", "cones"]].concat());
    assert!(
        outcome.stderr.contains("98 trained relations"),
        "{outcome:?}"
    );
    let result = outcome.json();
    assert_eq!(result["manifold"], "poincare-ball");
    let found = &result["classification"];
    assert_eq!(
        (&found["held_out"], &found["relations"]),
        (&false.into(), &98.into())
    );
    assert_eq!(found["f1"], found["validation_f1"]);
    // The root is above all others: half the negatives of its 30 relations have another child that is none.
    let missing = &result["missing_negatives"];
    let (nodes, wanted) = (&missing["nodes"], &missing["wanted"]);
    assert_eq!((nodes, wanted), (&1.into(), &(98 * 10).into()));
    assert_eq!(missing["missing"], 30 * 5);
    assert_eq!(found["missing_others"], 30 * 5);
    let notes: Vec<&str> = result["notes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|note| note.as_str().unwrap())
        .collect();
    for needle in [
        "nothing is held out",
        "150 of 980 negatives of an epoch were not found: 1 node has",
        "150 of 980 pairs that are none were not found",
    ] {
        let said = notes.iter().filter(|note| note.contains(needle));
        assert_eq!(said.count(), 1, "{needle}: {notes:?}");
        assert!(outcome.stderr.contains(needle), "{outcome:?}");
    }
    let picture = sandbox.path("cones.svg");
    sandbox.succeed(&["plot", "cones", "--out", "cones.svg", "--quiet"]);
    let picture = std::fs::read_to_string(picture).unwrap();
    assert!(picture.contains("entailment cones"), "the caption says so");
}

#[test]
fn what_cones_cannot_be_is_refused() {
    let sandbox = sandbox();
    let refuse = |arguments: &[&str], needles: &[&str]| {
        sandbox.fail(arguments, 2, needles);
    };
    refuse(&["embed", "--model", "cones"], &["--init"]);
    refuse(
        &["embed", "--init", "run"],
        &["--init is for --model cones"],
    );
    refuse(
        &["embed", "--cone-margin", "1"],
        &["--cone-margin is for --model cones"],
    );
    refuse(
        &["embed", "--cone-negatives", "child"],
        &["--cone-negatives is for --model cones"],
    );
    refuse(&cones(&["--dim", "3"]), &["--dim does not go with --init"]);
    refuse(
        &cones(&["--dampening", "1"]),
        &["--dampening does not go with --model cones"],
    );
    refuse(
        &cones(&["--threads", "2"]),
        &["--threads = 2", "1 with --model cones"],
    );
    refuse(&cones(&["--focus", "1"]), &["--focus = 1"]);
    refuse(
        &cones(&["--cone-constant", "-1"]),
        &["--cone-constant = -1"],
    );
    refuse(&cones(&["--cone-margin", "4"]), &["--cone-margin = 4"]);
    let short = ["--epochs", "2", "--no-plot", "--quiet", "--out"];
    sandbox.succeed(&cones(&[&short[..], &["cones"]].concat()));
    let from = |run: &'static str| ["embed", "--model", "cones", "--init", run];
    refuse(&from("cones"), &["cones is a run of cones"]);
    refuse(
        &["eval", "cones", "--baseline"],
        &["--baseline is for distances"],
    );
    sandbox.file("more.csv", "child,parent\nx,n62\n");
    refuse(
        &["extend", "cones", "--dataset", "more.csv"],
        &["--model = cones", "cones take no new nodes"],
    );
    let of_tree = |more: &[&'static str]| embed("tree.csv", &[more, &short[..]].concat());
    sandbox.succeed(&[of_tree(&["--manifold", "euclidean"]), vec!["flat"]].concat());
    refuse(&from("flat"), &["flat is in flat space"]);
    sandbox.succeed(&[of_tree(&["--holdout", "0,0.1"]), vec!["test"]].concat());
    refuse(
        &from("test"),
        &["test holds out relations for one part alone"],
    );
}
