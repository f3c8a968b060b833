//! Graph folders with names: kept in the run, and used by every command that looks at it.

mod common;

use common::{Sandbox, short, with_ring};
use serde_json::Value;

const USAGE: i32 = 2;
const FAILURE: i32 = 1;

/// Two cliques of twelve people with one link between them, who like tea or chess.
fn with_people() -> Sandbox {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("people")).unwrap();
    let name = |clique: usize, person: usize| match (clique, person) {
        (0, 0) => "Lee, Jr.".to_owned(),
        (clique, person) => format!("{}-{person}", ["ann", "bob"][clique]),
    };
    let quoted = |name: String| format!("\"{name}\"");
    let (mut edges, mut features) = (String::from("source,target\n"), String::from("node,a,b\n"));
    let mut labels = String::from("name,likes\n").replace("likes", "class");
    for clique in 0..2 {
        for person in 0..12 {
            let own = quoted(name(clique, person));
            for other in 0..person {
                edges += &format!("{own},{}\n", quoted(name(clique, other)));
            }
            features += &format!("{own},{},{}\n", 1 - clique, clique);
            labels += &format!("{own},{}\n", ["tea", "chess"][clique]);
        }
    }
    edges += "\"Lee, Jr.\",bob-3\n";
    sandbox.file("people/edges.csv", edges);
    sandbox.file("people/features.csv", features);
    sandbox.file("people/labels.csv", labels);
    sandbox
}

fn people<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let settings = ["--dataset", "people", "--model", "hgcn", "--epochs", "30"];
    [&["train"], &settings[..], &["--min-epochs", "30"], more].concat()
}

#[test]
fn names_of_nodes_and_classes_are_kept_and_used_everywhere() {
    let sandbox = with_people();
    let outcome = sandbox.succeed(&people(&["--task", "nc", "--out", "run", "--json"]));
    let notes = outcome.json()["notes"].to_string();
    for needle in [
        "edges.csv (source,target)",
        "features.csv (node,a,b)",
        "labels.csv (name,class)",
    ] {
        assert!(
            notes.contains(needle) && outcome.stderr.contains(needle),
            "{notes}"
        );
    }
    let file = sandbox.file("asked.txt", "Lee, Jr.\nbob-3\n");
    let asked = sandbox
        .succeed(&["predict", "run", "--file", file, "--json"])
        .json();
    assert_eq!(asked["classes"], serde_json::json!(["chess", "tea"]));
    let first = &asked["predictions"][0];
    assert_eq!(
        (&first["name"], &first["class_name"]),
        (&"Lee, Jr.".into(), &"tea".into())
    );
    let sum: f64 = first["probabilities"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_f64)
        .sum();
    assert!((sum - 1.0).abs() < 1e-9, "{first}");
    assert_eq!(asked["predictions"][1]["class_name"], "chess");
    let all = sandbox
        .succeed(&["predict", "run", "--all", "--json"])
        .json();
    assert_eq!(all["predictions"].as_array().map(Vec::len), Some(24));
    let test = sandbox
        .succeed(&["predict", "run", "--part", "test", "--json"])
        .json();
    let parts = test["predictions"].as_array().unwrap();
    assert!(
        parts
            .iter()
            .all(|one| one["part"] == "test" && one["truth"].is_u64()),
        "{test}"
    );
    let shown = sandbox
        .succeed(&["predict", "run", "--nodes", "bob-3"])
        .stdout;
    assert!(
        shown.starts_with("bob-3     class chess, probability 0."),
        "{shown}"
    );
    let needles = ["\"bob-99\" is not a node of people", "did you mean \"bob-"];
    sandbox.fail(&["predict", "run", "--nodes", "bob-99"], USAGE, &needles);
    sandbox.fail(
        &["predict", "run", "--top", "3"],
        USAGE,
        &["runs that predict links"],
    );
    sandbox.fail(&["predict", "run"], USAGE, &["--nodes", "--top"]);
    let near = sandbox
        .succeed(&["nearest", "run", "Lee, Jr.", "-k", "3", "--json"])
        .json();
    assert_eq!(near["nearest"].as_array().map(Vec::len), Some(3));
    assert!(
        near["nearest"][0]["node"]
            .as_str()
            .unwrap()
            .starts_with("ann-"),
        "{near}"
    );
    let links = near["links"].as_array().unwrap();
    assert!(links.contains(&near["nearest"][0]["node"]), "{near}");
    sandbox.succeed(&["export", "run", "--format", "csv", "--out", "points.csv"]);
    let points = std::fs::read_to_string(sandbox.path("points.csv")).unwrap();
    assert!(
        points.starts_with("node,x0,x1,") && points.contains("\n\"Lee, Jr.\","),
        "{points}"
    );
    assert_eq!(points.lines().count(), 25);
    sandbox.succeed(&["plot", "run", "--out", "picture.svg"]);
    let picture = std::fs::read_to_string(sandbox.path("picture-embedding.svg")).unwrap();
    for needle in ["chess", "tea", "colors are the classes in the data"] {
        assert!(picture.contains(needle), "{needle}");
    }
    // The names are those of the run, whatever becomes of the data.
    let labels = std::fs::read_to_string(sandbox.path("people/labels.csv")).unwrap();
    sandbox.file("people/labels.csv", labels.replace("tea", "the"));
    let again = sandbox
        .succeed(&["predict", "run", "--nodes", "ann-1", "--json"])
        .json();
    assert_eq!(again["predictions"][0]["class_name"], "tea");
}

#[test]
fn pairs_are_asked_for_by_name_and_missing_links_are_found() {
    let sandbox = with_people();
    sandbox.succeed(&people(&["--task", "lp", "--out", "run", "--quiet"]));
    let found = sandbox
        .succeed(&["predict", "run", "--top", "5", "--json"])
        .json();
    assert_eq!(
        (
            &found["exact"],
            found["predictions"].as_array().map(Vec::len)
        ),
        (&true.into(), Some(5))
    );
    for one in found["predictions"].as_array().unwrap() {
        assert_eq!(one["link"], Value::Null);
        assert!(one["names"][0].is_string(), "{one}");
    }
    let probability = |at: usize| found["predictions"][at]["probability"].as_f64().unwrap();
    assert!(
        (1..5).all(|at| probability(at) <= probability(at - 1)),
        "{found}"
    );
    let pair = sandbox
        .succeed(&["predict", "run", "--nodes", "ann-1-ann-2", "--json"])
        .json();
    assert_eq!(
        pair["predictions"][0]["names"],
        serde_json::json!(["ann-1", "ann-2"])
    );
    assert!(pair["predictions"][0]["link"].is_string(), "{pair}");
    let file = sandbox.file("pairs.csv", "\"Lee, Jr.\",bob-3\nann-1,bob-1\n");
    let shown = sandbox.succeed(&["predict", "run", "--file", file]).stdout;
    assert!(
        shown.starts_with("Lee, Jr. - bob-3 probability of a link"),
        "{shown}"
    );
    let part = sandbox
        .succeed(&["predict", "run", "--part", "val", "--json"])
        .json();
    let part = part["predictions"].as_array().unwrap();
    let links = part.iter().filter(|one| one["link"] == "val").count();
    assert_eq!(2 * links, part.len());
    sandbox.fail(&["predict", "run", "--all"], USAGE, &["--top 20"]);
    sandbox.fail(
        &["predict", "run", "--top", "0"],
        USAGE,
        &["--top = 0 is out of range"],
    );
    let file = sandbox.file("pairs.csv", "ann-1,zoe\n");
    sandbox.fail(
        &["predict", "run", "--file", file],
        FAILURE,
        &["pairs.csv:1", "\"zoe\""],
    );
}

#[test]
fn the_split_of_a_run_is_its_own() {
    let sandbox = with_ring();
    std::fs::create_dir(sandbox.path("ring/splits")).unwrap();
    let part = |name: &str, from: usize, to: usize| {
        let nodes: String = (from..to)
            .chain(from + 30..to + 30)
            .map(|node| format!("{node}\n"))
            .collect();
        std::fs::write(sandbox.path(&format!("ring/splits/{name}.txt")), nodes).unwrap();
    };
    part("train", 0, 10);
    part("val", 10, 20);
    part("test", 20, 30);
    let train = [
        "train",
        "--dataset",
        "ring",
        "--task",
        "nc",
        "--epochs",
        "3",
        "--out",
        "run",
    ];
    let before = sandbox.succeed(&[&train[..], &["--json"]].concat()).json();
    part("val", 20, 30);
    part("test", 10, 20);
    let after = sandbox.succeed(&["eval", "run", "--json"]).json();
    assert_eq!(after["test"]["accuracy"], before["test_accuracy"]);
    let asked = sandbox
        .succeed(&["predict", "run", "--nodes", "25", "--json"])
        .json();
    assert_eq!(asked["predictions"][0]["part"], "test");
    // A graph that changed is another one all the same.
    let edges = std::fs::read_to_string(sandbox.path("ring/edges.tsv")).unwrap();
    sandbox.file("ring/edges.tsv", edges + "0\t30\n");
    sandbox.fail(&["eval", "run"], FAILURE, &["changed since"]);
}

#[test]
fn learned_curvatures_are_told() {
    let sandbox = with_ring();
    let train = [
        "train",
        "--dataset",
        "ring",
        "--task",
        "nc",
        "--epochs",
        "3",
        "--out",
        "run",
    ];
    let learn = ["--model", "hgcn", "--curvature", "learn", "--json"];
    let outcome = sandbox.succeed(&[&train[..], &learn].concat());
    let curvatures = outcome.json()["curvatures"].clone();
    let curvatures = curvatures.as_array().unwrap();
    assert!(!curvatures.is_empty() && curvatures.iter().all(|kappa| kappa.as_f64() < Some(0.0)));
    assert!(
        outcome.stderr.contains("learned, by layer: -"),
        "{outcome:?}"
    );
    let eval = sandbox.succeed(&["eval", "run", "--json"]).json();
    assert_eq!(eval["curvatures"].as_array().unwrap(), curvatures);
    sandbox.succeed(&["plot", "run"]);
    let picture = std::fs::read_to_string(sandbox.path("run/embedding.svg")).unwrap();
    assert!(
        picture.contains("(learned), seed 0, learned"),
        "the caption tells them"
    );
}

#[test]
fn scores_near_chance_and_models_that_see_nothing_are_told_once() {
    let sandbox = with_ring();
    std::fs::remove_file(sandbox.path("ring/features.txt")).unwrap();
    let train = [
        "train",
        "--dataset",
        "ring",
        "--task",
        "nc",
        "--epochs",
        "2",
        "--json",
    ];
    let outcome = sandbox.succeed(&[&train[..], &["--model", "mlp"]].concat());
    let notes = outcome.json()["notes"].to_string();
    for needle in [
        "score is near chance",
        "the most frequent class",
        "mlp sees nothing of a node",
    ] {
        assert!(notes.contains(needle), "{notes}");
        assert!(outcome.stderr.contains(needle), "{outcome:?}");
    }
    let links = [
        "train",
        "--dataset",
        "ring",
        "--task",
        "lp",
        "--epochs",
        "2",
        "--json",
    ];
    let notes = sandbox.succeed(&links).json()["notes"].to_string();
    assert!(
        notes.contains("the model shallow, a table of points, is often better"),
        "{notes}"
    );
}

#[test]
fn the_best_of_a_few_models_is_the_run() {
    let sandbox = with_people();
    let auto = [
        "train",
        "--dataset",
        "people",
        "--task",
        "nc",
        "--model",
        "auto",
    ];
    let few = [
        "--epochs",
        "3",
        "--min-epochs",
        "1",
        "--budget",
        "5m",
        "--out",
        "run",
        "--json",
    ];
    let outcome = sandbox.succeed(&[&auto[..], &few].concat());
    let result = outcome.json();
    let tried = result["tried"].as_array().unwrap();
    assert_eq!(tried.len(), 6);
    let score = |one: &Value| one["val_score"].as_f64().unwrap();
    let best = tried.iter().map(score).fold(0.0, f64::max);
    let first = tried.iter().find(|one| score(one) == best).unwrap();
    assert_eq!(
        (&result["model"], &result["val_f1"]),
        (&first["model"], &first["val_score"])
    );
    assert!(
        tried
            .iter()
            .all(|one| one["finished"] == true && one["epochs"] == 3),
        "{result}"
    );
    assert!(
        outcome.stderr.contains("tried     hgcn: val "),
        "{outcome:?}"
    );
    let eval = sandbox.succeed(&["eval", "run", "--json"]).json();
    assert_eq!(eval["test"]["f1"], result["test_f1"]);
    let again = sandbox
        .succeed(&["train", "--resume", "run", "--epochs", "4", "--json"])
        .json();
    assert_eq!(again["epochs"], 4);
    // What one model cannot have is said, and the others are tried.
    let flat = ["--manifold", "sphere", "--epochs", "2", "--json"];
    let result = sandbox.succeed(&[&auto[..], &flat].concat()).json();
    let problems = result["tried"].to_string();
    assert!(
        problems.contains("is flat: there is no sphere"),
        "{problems}"
    );
    for (flags, needle) in [
        (&["--budget", "10m"][..], "--budget is for --model auto"),
        (&["--model", "auto", "--budget", "0"], "is no time"),
        (&["--model", "auto", "--resume", "run"], "--model is"),
    ] {
        sandbox.fail(&[&["train"], flags].concat(), USAGE, &[needle]);
    }
}

#[test]
fn numbers_alone_are_kept_with_their_split() {
    let sandbox = Sandbox::new();
    sandbox.succeed(&short(&["--out", "run", "--quiet"]));
    assert!(sandbox.path("run/data.safetensors").is_file());
    let kept = std::fs::read(sandbox.path("run/data.safetensors")).unwrap();
    std::fs::write(
        sandbox.path("run/data.safetensors"),
        &kept[..kept.len() / 2],
    )
    .unwrap();
    sandbox.fail(&["eval", "run"], FAILURE, &["data.safetensors"]);
    // Runs of earlier versions have none.
    std::fs::remove_file(sandbox.path("run/data.safetensors")).unwrap();
    sandbox.succeed(&["eval", "run"]);
}
