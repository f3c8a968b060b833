//! `geom extend`: new nodes in a trained embedding.

mod common;

use common::{Sandbox, embed, points, snapshot, tree, vocabulary};

/// A run on a closed tree of 31 nodes, and the parents of eight leaves below it.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.file("tree.csv", tree(31));
    let run = embed(
        "tree.csv",
        &[
            "--closure",
            "--epochs",
            "30",
            "--no-plot",
            "--quiet",
            "--out",
            "run",
        ],
    );
    sandbox.succeed(&run);
    let more: String = (0..8)
        .map(|leaf| format!("new{leaf},n{}\n", 15 + leaf))
        .collect();
    sandbox.file("more.csv", format!("child,parent\n{more}"));
    sandbox
}

#[test]
fn new_nodes_are_placed_and_the_old_run_stays() {
    let sandbox = sandbox();
    let before = snapshot(&sandbox.path("run"));
    let extend = [
        "extend",
        "run",
        "--dataset",
        "more.csv",
        "--threads",
        "1",
        "--json",
        "--out",
    ];
    let result = sandbox.succeed(&[&extend[..], &["more"]].concat()).json();
    assert_eq!(snapshot(&sandbox.path("run")), before);
    for (key, value) in [
        ("new_nodes", 8),
        // The parent and its four ancestors, by the closure.
        ("new_relations", 8 * 5),
        ("nodes", 39),
        ("known_already", 0),
        ("added_between_old", 0),
        ("thawed_epochs", 0),
    ] {
        assert_eq!(result[key], value, "{key} of {result}");
    }
    assert!(result["new"]["map"].as_f64().unwrap() > 0.5, "{result}");

    let (old, new) = (sandbox.path("run"), sandbox.path("more"));
    let (old_points, new_points) = (points(&old), points(&new));
    let names = vocabulary(&new);
    for (row, name) in vocabulary(&old).iter().enumerate() {
        let at = names.iter().position(|other| other == name).unwrap();
        assert_eq!(
            old_points[2 * row..][..2],
            new_points[2 * at..][..2],
            "{name}"
        );
    }
    // It is a run as any other.
    let again = sandbox.succeed(&["eval", "more", "--json"]).json();
    assert_eq!(again["map"], result["map"]);
    let nearest = sandbox
        .succeed(&["nearest", "more", "new3", "--json"])
        .json();
    assert_eq!(nearest["parents"], serde_json::json!(["n18"]));
    sandbox.succeed(&["plot", "more", "--quiet"]);
    sandbox.succeed(&["embed", "--resume", "more", "--quiet", "--no-plot"]);
    let text = std::fs::read_to_string(new.join("run.json")).unwrap();
    let run: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(run["extensions"][0]["new_nodes"], 8, "{run}");
    // The same seed, the same points; and once more, by nodes below the new ones.
    sandbox.succeed(&[&extend[..], &["same"]].concat());
    assert_eq!(points(&sandbox.path("same")), new_points);
    sandbox.file("below.csv", "child,parent\nlast,new3\n");
    let below = [
        "extend",
        "more",
        "--dataset",
        "below.csv",
        "--no-plot",
        "--json",
        "--out",
        "below",
    ];
    assert_eq!(sandbox.succeed(&below).json()["new_relations"], 6);
}

#[test]
fn the_relations_of_named_nodes_can_be_evaluated_alone() {
    let sandbox = sandbox();
    let extend = [
        "extend",
        "run",
        "--dataset",
        "more.csv",
        "--no-plot",
        "--json",
        "--out",
        "more",
    ];
    let result = sandbox.succeed(&extend).json();
    let names: String = (0..8).map(|leaf| format!("new{leaf}\n")).collect();
    sandbox.file("names.txt", names + "\nnew0\n");
    let eval = ["eval", "more", "--nodes", "names.txt", "--json"];
    let outcome = sandbox.succeed(&eval);
    let scores = outcome.json();
    assert_eq!(scores["mean_rank"], result["new"]["mean_rank"]);
    assert_eq!(scores["evaluated_relations"], 40);
    assert!(outcome.stderr.contains("1 blank line") && outcome.stderr.contains("1 repeated name"));
    sandbox.file("names.txt", "new9\n");
    sandbox.fail(&eval, 2, &["\"new9\"", "did you mean \"new"]);
}

#[test]
fn held_out_relations_stay_held_out() {
    let sandbox = sandbox();
    let more = [
        "--closure",
        "--holdout",
        "0.1,0.1",
        "--epochs",
        "20",
        "--no-plot",
        "--quiet",
    ];
    sandbox.succeed(&embed(
        "tree.csv",
        &[&more[..], &["--out", "held"]].concat(),
    ));
    let extend = [
        "extend",
        "held",
        "--dataset",
        "more.csv",
        "--no-plot",
        "--quiet",
        "--out",
        "more",
    ];
    sandbox.succeed(&extend);
    let [old, new] = ["held", "more"].map(|run| sandbox.succeed(&["eval", run, "--json"]).json());
    assert_eq!(
        new["held_out"]["test_relations"],
        old["held_out"]["test_relations"]
    );
    let count = |run: &serde_json::Value| run["held_out"]["train_relations"].as_u64().unwrap();
    assert_eq!(count(&new), count(&old) + 40);
}

#[test]
fn thawed_nodes_move_and_relations_between_them_count() {
    let sandbox = sandbox();
    sandbox.file("both.csv", "child,parent\nnew,n20\nn20,n2\nn20,n9\n");
    let extend = |out: &'static str, more: &[&'static str]| {
        let base = [
            "extend",
            "run",
            "--dataset",
            "both.csv",
            "--no-plot",
            "--json",
            "--out",
            out,
        ];
        sandbox.succeed(&[&base[..], more].concat())
    };
    let frozen = extend("frozen", &[]);
    assert!(frozen.stderr.contains("move nothing"), "{frozen:?}");
    let result = frozen.json();
    assert_eq!(
        (&result["known_already"], &result["added_between_old"]),
        (&1.into(), &1.into())
    );
    let thawed = extend("thawed", &["--thaw"]);
    assert_eq!(thawed.json()["thawed_epochs"], 20);
    let [frozen, thawed] = ["frozen", "thawed"].map(|run| points(&sandbox.path(run)));
    assert_ne!(frozen[..4], thawed[..4]);
}

#[test]
fn what_cannot_be_placed_is_refused_and_leaves_nothing() {
    let sandbox = sandbox();
    sandbox.file("far.csv", "child,parent\na,b\nc,n20\n");
    sandbox.file("old.csv", "child,parent\nn20,n2\n");
    sandbox.file("circle.csv", "child,parent\nx,n20\nn0,x\n");
    sandbox.file("heavy.csv", "child,parent,weight\nx,n20,2\n");
    let refuse = |file: &str, code, needles: &[&str]| {
        sandbox.fail(
            &["extend", "run", "--dataset", file, "--out", "out"],
            code,
            needles,
        );
        assert!(!sandbox.path("out").exists());
    };
    refuse("far.csv", 2, &["2 new nodes", "\"a\"", "cannot be placed"]);
    refuse("old.csv", 2, &["no node that the run does not know"]);
    refuse("circle.csv", 1, &["cycle"]);
    refuse("heavy.csv", 2, &["have weights"]);
    refuse("wordnet-mammals", 2, &["no edge list"]);
    refuse("missing.csv", 1, &["missing.csv"]);
    let taken = ["extend", "run", "--dataset", "more.csv", "--out", "run"];
    sandbox.fail(&taken, 2, &["already holds a run"]);
    let none = ["extend", "run", "--dataset", "more.csv", "--epochs", "0"];
    sandbox.fail(&none, 2, &["--epochs = 0"]);
}
