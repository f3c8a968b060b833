//! `geom embed` and `geom eval` with the real program: what they print, what they save.

mod common;

use common::{Sandbox, checkpoint_path, points, tensor, tree};

/// Enough epochs for the default recipe to grow to all nodes and mine negatives once.
const FEW_EPOCHS: [&str; 4] = ["--epochs", "22", "--threads", "1"];

const PNG_MAGIC: &[u8] = b"\x89PNG\r\n\x1a\n";

fn embed<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["embed"], &FEW_EPOCHS[..], more].concat()
}

#[test]
fn a_run_prints_its_result_and_saves_everything() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.succeed(&embed(&["--out", "run"]));
    for needle in [
        "1,180 nodes",
        "6,540 relations",
        "poincare-ball, dimension 5, 22 epochs",
        "mean rank ",
        "MAP ",
        "saved",
    ] {
        assert!(
            outcome.stdout.contains(needle),
            "no {needle:?} in {outcome:?}"
        );
    }

    let run = sandbox.path("run");
    let log = std::fs::read_to_string(run.join("log.csv")).unwrap();
    assert_eq!(log.lines().next(), Some("epoch,loss,rate,seconds"));
    let epochs: Vec<&str> = log
        .lines()
        .skip(1)
        .map(|line| line.split_once(',').unwrap().0)
        .collect();
    assert_eq!(
        epochs,
        (1..=22).map(|epoch| epoch.to_string()).collect::<Vec<_>>()
    );

    let png = std::fs::read(run.join("disk.png")).unwrap();
    assert!(
        png.starts_with(PNG_MAGIC) && png.ends_with(b"IEND\xaeB`\x82"),
        "a whole PNG file"
    );
    let svg = std::fs::read_to_string(run.join("disk.svg")).unwrap();
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    assert!(svg.contains("mammal"), "the root is named");

    for name in ["run.json", "result.json"] {
        let text = std::fs::read_to_string(run.join(name)).unwrap();
        assert!(
            serde_json::from_str::<serde_json::Value>(&text)
                .unwrap()
                .is_object(),
            "{name}: {text}"
        );
    }
    assert!(checkpoint_path(&run).is_file());
    let names: Vec<_> = std::fs::read_dir(&run)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names.len(), 7, "nothing else is left behind: {names:?}");
}

#[test]
fn json_is_one_object_with_what_was_asked_and_found() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.succeed(&embed(&["--seed", "7", "--json", "--out", "run"]));
    let result = outcome.json();
    for (key, value) in [
        ("dataset", "wordnet-mammals"),
        ("manifold", "poincare-ball"),
        ("run", "run"),
    ] {
        assert_eq!(result[key], value, "{result}");
    }
    for (key, value) in [
        ("dim", 5),
        ("seed", 7),
        ("epochs", 22),
        ("relations", 6540),
        ("nodes", 1180),
    ] {
        assert_eq!(result[key], value, "{result}");
    }
    for key in ["seconds", "relations_per_second", "mean_rank", "map"] {
        assert!(
            result[key].as_f64().is_some_and(|value| value > 0.0),
            "{key} in {result}"
        );
    }
    assert!(
        !outcome.stderr.is_empty(),
        "the account goes to standard error"
    );

    // The saved result is the printed one, and evaluating again finds the same.
    let saved = std::fs::read_to_string(sandbox.path("run/result.json")).unwrap();
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&saved).unwrap(),
        result
    );
    let again = sandbox.succeed(&["eval", "run", "--json"]).json();
    assert_eq!(
        (&again["mean_rank"], &again["map"]),
        (&result["mean_rank"], &result["map"])
    );
    assert_eq!(again["exact"], true);
    let sample = sandbox
        .succeed(&["eval", "run", "--sample", "100", "--json"])
        .json();
    assert_eq!(
        (&sample["evaluated_nodes"], &sample["exact"]),
        (&100.into(), &false.into())
    );
}

#[test]
fn quiet_training_prints_nothing() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.succeed(&embed(&["--quiet", "--out", "run"]));
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("", ""));
}

#[test]
fn runs_without_a_folder_are_numbered() {
    let sandbox = Sandbox::new();
    sandbox.file("small.tree.csv", tree(15));
    for _ in 0..2 {
        sandbox.succeed(&embed(&[
            "--dataset",
            "small.tree.csv",
            "--dim",
            "2",
            "--quiet",
        ]));
    }
    for number in 0..2 {
        let run = sandbox.path(&format!("runs/small.tree-poincare-ball-2d-{number}"));
        assert!(checkpoint_path(&run).is_file(), "{}", run.display());
    }
}

#[test]
fn every_manifold_and_format_runs_on_both_paths() {
    let sandbox = Sandbox::new();
    sandbox.file("tree.csv", tree(15));
    // By a name of the literature, and as the table of manifolds has it.
    for (manifold, name) in [
        ("poincare", "poincare-ball"),
        ("lorentz", "hyperboloid"),
        ("euclidean", "euclidean"),
    ] {
        for dtype in ["f32", "f64"] {
            for route in ["fast", "autodiff"] {
                let out = format!("{manifold}-{dtype}-{route}");
                let mut arguments = vec![
                    "embed",
                    "--dataset",
                    "tree.csv",
                    "--epochs",
                    "2",
                    "--dim",
                    "2",
                ];
                arguments.extend(["--negatives", "5", "--json", "--out", out.as_str()]);
                arguments.extend(["--manifold", manifold, "--dtype", dtype, "--route", route]);
                let result = sandbox.succeed(&arguments).json();
                assert_eq!(result["manifold"], name);
                assert!(
                    result["mean_rank"].as_f64().is_some_and(|rank| rank >= 1.0),
                    "{result}"
                );
                let width = if manifold == "lorentz" { 3 } else { 2 };
                let size = if dtype == "f32" { 4 } else { 8 };
                assert_eq!(
                    tensor(&sandbox.path(&out), "points").len(),
                    15 * width * size,
                    "{out}"
                );
            }
        }
    }
}

#[test]
fn a_node_that_draws_no_negative_is_no_failure_on_either_route() {
    // n0 is related to all but one of the others, so that its only negative is seldom drawn.
    let edges: String = (1..40)
        .map(|other| format!("n0,n{other}\n"))
        .chain(["n41,n0\n".to_owned()])
        .collect();
    let sandbox = Sandbox::new();
    sandbox.file("star.csv", edges);
    for route in ["fast", "autodiff"] {
        let mut arguments = vec![
            "embed",
            "--dataset",
            "star.csv",
            "--epochs",
            "8",
            "--dim",
            "2",
            "--negatives",
            "1",
        ];
        arguments.extend([
            "--hard-negatives",
            "0",
            "--threads",
            "1",
            "--route",
            route,
            "--out",
            route,
        ]);
        sandbox.succeed(&arguments);
        assert!(
            points(&sandbox.path(route))
                .iter()
                .all(|value| value.is_finite())
        );
    }
}

#[test]
fn the_default_recipe_reaches_the_published_quality() {
    let sandbox = Sandbox::new();
    let result = sandbox
        .succeed(&[
            "embed",
            "--threads",
            "1",
            "--seed",
            "0",
            "--json",
            "--out",
            "run",
        ])
        .json();
    assert!(
        result["map"].as_f64().is_some_and(|map| map >= 0.945),
        "{result}"
    );
    assert!(
        result["mean_rank"]
            .as_f64()
            .is_some_and(|rank| rank <= 1.21),
        "{result}"
    );
}

#[test]
fn euclidean_space_learns_too() {
    let sandbox = Sandbox::new();
    sandbox.file("tree.csv", tree(31));
    let mut arguments = vec![
        "embed",
        "--dataset",
        "tree.csv",
        "--manifold",
        "euclidean",
        "--threads",
        "1",
        "--json",
    ];
    arguments.extend(["--epochs", "300", "--negatives", "10"]);
    let result = sandbox.succeed(&arguments).json();
    assert!(
        result["map"].as_f64().is_some_and(|map| map > 0.6),
        "{result}"
    );
}

#[test]
fn one_seed_on_one_thread_gives_one_table() {
    let sandbox = Sandbox::new();
    for (out, seed) in [("a", "3"), ("b", "3"), ("c", "4")] {
        sandbox.succeed(&embed(&["--seed", seed, "--quiet", "--out", out]));
    }
    let table = |run: &str| tensor(&sandbox.path(run), "points");
    assert!(
        table("a") == table("b"),
        "the same seed gives another table"
    );
    assert!(
        table("a") != table("c"),
        "another seed gives the same table"
    );
}

#[test]
fn compressed_weighted_lists_are_read_and_closed() {
    let sandbox = Sandbox::new();
    let mut edges = String::from("child\tparent\tweight\n");
    for node in 1..20 {
        edges.push_str(&format!(
            "n{node}\tn{}\t{}\n",
            (node - 1) / 2,
            0.5 + f64::from(node)
        ));
    }
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, edges.as_bytes()).unwrap();
    sandbox.file("tree.tsv.gz", encoder.finish().unwrap());
    let mut arguments = embed(&["--dataset", "tree.tsv.gz", "--json"]);
    assert_eq!(sandbox.succeed(&arguments).json()["relations"], 19);
    arguments.push("--closure");
    assert!(
        sandbox.succeed(&arguments).json()["relations"]
            .as_u64()
            .is_some_and(|count| count > 40)
    );
}

#[test]
fn datasets_are_listed_and_located() {
    let sandbox = Sandbox::new();
    let list = sandbox.succeed(&["datasets", "list", "--json"]).json();
    let names: Vec<_> = list["datasets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["name"])
        .collect();
    assert!(
        names.iter().any(|name| *name == "wordnet-mammals"),
        "{list}"
    );
    assert!(names.iter().any(|name| *name == "wordnet-nouns"), "{list}");
    sandbox.fail(
        &["datasets", "path", "wordnet-mammals"],
        2,
        &["part of the program"],
    );
    sandbox.fail(
        &["datasets", "fetch", "wordnet-noun"],
        2,
        &["did you mean \"wordnet-nouns\"?"],
    );
}
