//! Nothing silent: what was mended, doubted, tied, at the edge or sampled is said once, and in the result.

mod common;

use common::{Sandbox, embed, trained};

/// The notes of a result.
fn notes(result: &serde_json::Value) -> Vec<&str> {
    let notes = result["notes"].as_array().unwrap().iter();
    notes.map(|note| note.as_str().unwrap()).collect()
}

#[test]
fn what_was_done_to_a_table_is_said_and_in_the_result() {
    let sandbox = Sandbox::new();
    let text =
        "# animals\nparent,child\nanimal,dog\nanimal,cat\ncat,cat\n\ndog,pug\nthing,animal\n";
    sandbox.file("table.csv", text);
    let arguments = embed("table.csv", &["--epochs", "2", "--json", "--out", "run"]);
    let outcome = sandbox.succeed(&arguments);
    let result = outcome.json();
    let said = notes(&result)[0];
    for needle in [
        "1 self loop",
        "1 blank line",
        "1 comment",
        "columns swapped",
    ] {
        assert!(said.contains(needle), "{said}");
        assert!(outcome.stderr.contains(needle), "{outcome:?}");
    }
    let nearest = sandbox.succeed(&["nearest", "run", "dog", "--json"]).json();
    assert_eq!(nearest["parents"], serde_json::json!(["animal"]));
    assert_eq!(nearest["children"], serde_json::json!(["pug"]));
}

#[test]
fn the_header_of_a_network_with_links_one_way_is_doubted() {
    let sandbox = Sandbox::new();
    let path: String = (0..20).map(|i| format!("n{i},n{}\n", i + 1)).collect();
    sandbox.file("path.csv", format!("source,target\n{path}"));
    let arguments = embed("path.csv", &["--epochs", "2", "--json", "--out", "run"]);
    let result = sandbox.succeed(&arguments).json();
    assert!(notes(&result)[0].contains("--undirected"), "{result}");
    assert_eq!(result["relations"], 20);
    let both = ["--undirected", "--epochs", "2", "--json", "--out", "both"];
    let result = sandbox.succeed(&embed("path.csv", &both)).json();
    assert_eq!(
        (notes(&result).len(), &result["relations"]),
        (0, &40.into())
    );
    let both = ["--undirected", "--closure", "--out", "none"];
    sandbox.fail(&embed("path.csv", &both), 2, &["contradict"]);
}

#[test]
fn points_that_collapse_have_bad_scores_and_are_told() {
    let sandbox = Sandbox::new();
    let broken = [
        "--dim",
        "1",
        "--lr",
        "1e8",
        "--epochs",
        "20",
        "--threads",
        "1",
    ];
    let arguments = [&["embed", "--json", "--out", "run"], &broken[..]].concat();
    let result = sandbox.succeed(&arguments).json();
    // Of 1,180 nodes; half of them would be the rank of guessing.
    assert!(result["mean_rank"].as_f64().unwrap() > 200.0, "{result}");
    assert!(result["map"].as_f64().unwrap() < 0.1, "{result}");
    assert!(
        result["tied_relations"].as_u64().unwrap() > 1_000,
        "{result}"
    );
    assert!(result["points_at_edge"].as_u64().unwrap() > 100, "{result}");
    let said = notes(&result).join("\n");
    assert!(
        said.contains("counts half") && said.contains("number format ends"),
        "{said}"
    );
    let tiny = ["--dtype", "f32", "--init-scale", "1e-30", "--out", "tiny"];
    sandbox.fail(
        &[&["embed"], &tiny[..]].concat(),
        2,
        &["--init-scale = 0.000000000000000000000000000001 is out of range: at least 1e-15 in this --dtype"],
    );
}

#[test]
fn a_sample_has_its_standard_error_and_no_evaluation_has_no_score() {
    let sandbox = Sandbox::new();
    let few = ["embed", "--epochs", "20", "--json", "--threads", "1"];
    let sample = ["--eval-sample", "100", "--no-plot", "--out", "sample"];
    let outcome = sandbox.succeed(&[&few[..], &sample].concat());
    let result = outcome.json();
    assert_eq!(
        (&result["evaluated_nodes"], &result["exact"]),
        (&100.into(), &false.into())
    );
    assert!(
        result["mean_rank_error"].as_f64().unwrap() > 0.0,
        "{result}"
    );
    assert!(
        notes(&result)[0].contains("a sample of 100 of 1,179 nodes"),
        "{result}"
    );
    assert!(outcome.stderr.contains(" ± "), "{outcome:?}");
    assert!(!sandbox.path("sample/disk.svg").exists());
    let none = ["--no-eval", "--no-plot", "--out", "none"];
    let result = sandbox.succeed(&[&few[..], &none].concat()).json();
    assert!(result.get("mean_rank").is_none(), "{result}");
    let exact = sandbox.succeed(&["eval", "none", "--json"]).json();
    assert_eq!(
        (&exact["exact"], &exact["mean_rank_error"]),
        (&true.into(), &0.0.into())
    );
}

#[test]
fn a_node_of_many_parents_does_not_cost_the_square_of_their_number() {
    let sandbox = Sandbox::new();
    let star: String = (0..12_000)
        .map(|leaf| format!("hub,leaf{leaf}\n"))
        .collect();
    // Others, so that the hub has negatives.
    let others: String = (0..200).map(|i| format!("a{i},b{}\n", i / 2)).collect();
    sandbox.file("star.csv", format!("child,parent\n{star}{others}"));
    let mut arguments = vec![
        "embed",
        "--dataset",
        "star.csv",
        "--epochs",
        "3",
        "--growth",
        "0",
    ];
    arguments.extend([
        "--json",
        "--threads",
        "1",
        "--parent-visits",
        "4",
        "--out",
        "run",
    ]);
    let result = sandbox.succeed(&arguments).json();
    assert!(
        notes(&result)[0].contains("1 node would be visited more than 2 times"),
        "{result}"
    );
    let trained =
        result["relations_per_second"].as_f64().unwrap() * result["seconds"].as_f64().unwrap();
    assert!(trained <= 3.0 * 2.0 * 12_200.0 + 1.0, "{trained}");
}

#[test]
fn names_that_a_terminal_would_obey_never_reach_it() {
    let sandbox = trained();
    let evil = "a\u{1b}]0;owned\u{7}b\r\u{9b}2J\u{202e}";
    let arguments: [&[&str]; 5] = [
        &["nearest", "run", evil],
        &["embed", "--dataset", evil],
        &["embed", "--dim", evil],
        &["eval", evil],
        &["train", "--dataset", evil],
    ];
    for arguments in arguments {
        let outcome = sandbox.geom(arguments);
        assert_ne!(outcome.code, Some(0));
        let obeyed = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        assert!(
            !outcome.stderr.contains(obeyed),
            "{arguments:?} {outcome:?}"
        );
        assert!(
            !outcome.stdout.contains(obeyed),
            "{arguments:?} {outcome:?}"
        );
    }
}

#[test]
fn quiet_leaves_the_answer() {
    let sandbox = trained();
    let outcome = sandbox.succeed(&["nearest", "run", "n3", "--quiet"]);
    assert!(
        outcome.stdout.contains("n3  radius") && outcome.stderr.is_empty(),
        "{outcome:?}"
    );
    let outcome = sandbox.succeed(&["eval", "run", "-q"]);
    assert!(
        outcome.stdout.starts_with("result    mean rank"),
        "{outcome:?}"
    );
    assert_eq!(
        (outcome.stdout.lines().count(), &outcome.stderr[..]),
        (1, "")
    );
}

#[test]
fn names_that_a_format_cannot_tell_apart_are_not_exported_in_it() {
    let sandbox = Sandbox::new();
    sandbox.file(
        "food.csv",
        "child,parent\nice cream,food\nice_cream,food\nbread,food\nx y,bread\n",
    );
    sandbox.succeed(&embed("food.csv", &["--epochs", "2", "--out", "run"]));
    let export = |format: &'static str| ["export", "run", "--format", format, "--out", "points"];
    sandbox.fail(
        &export("word2vec"),
        2,
        &["\"ice cream\" and \"ice_cream\"", "hint: rename"],
    );
    assert!(!sandbox.path("points").exists());
    sandbox.succeed(&export("csv"));
}

#[test]
fn a_graph_is_answered_with_the_command_for_graphs() {
    let sandbox = Sandbox::new();
    sandbox.fail(
        &["embed", "--dataset", "cora"],
        2,
        &[
            "cora is a graph, not a hierarchy",
            "geom train --dataset cora",
        ],
    );
}
