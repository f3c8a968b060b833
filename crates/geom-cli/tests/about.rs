//! `geom delta`, `completions`, `man`, `embed --config` and baselines.

mod common;

use common::{Sandbox, embed, trained, with_ring};
use serde_json::{Value, json};

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value}"))
}

#[test]
fn a_closed_tree_is_a_tree() {
    let sandbox = Sandbox::new();
    sandbox.file("tree.csv", common::tree(31));
    let delta = sandbox.succeed(&["delta", "tree.csv", "--json"]).json();
    assert_eq!(delta["delta"]["exact"], 0.0, "{delta}");
    assert_eq!(
        (
            &delta["delta"]["diameter"],
            &delta["delta"]["sampled"]["mean"]
        ),
        (&json!(8), &json!(0.0))
    );
    let hierarchy = &delta["hierarchy"];
    assert_eq!(
        (&hierarchy["relations"], &hierarchy["direct_relations"]),
        (&json!(98), &json!(30))
    );
    assert_eq!(
        (
            &hierarchy["depth"],
            &hierarchy["closed"],
            &hierarchy["roots"]
        ),
        (&json!(4), &json!(true), &json!(1))
    );
    assert_eq!(delta["advice"]["space"], "poincare");
    let text = sandbox.succeed(&["delta", "tree.csv"]).stdout;
    assert!(
        text.contains("delta     0, exact") && text.contains("a tree"),
        "{text}"
    );
    assert!(
        text.contains("geom embed --dataset tree.csv --manifold poincare --dim 5"),
        "{text}"
    );
}

#[test]
fn cycles_are_no_trees_and_samples_say_that_they_are() {
    let sandbox = with_ring();
    let delta = sandbox.succeed(&["delta", "ring", "--json"]).json();
    // Of a cycle of 30 nodes.
    assert_eq!(
        (&delta["delta"]["exact"], &delta["delta"]["diameter"]),
        (&json!(7.0), &json!(15))
    );
    assert_eq!(
        (&delta["network"]["components"], &delta["hierarchy"]),
        (&json!(2), &Value::Null)
    );
    assert_eq!(delta["advice"]["space"], "euclidean");
    let cycle: String = (0..1000)
        .map(|node| format!("n{node},n{}\n", (node + 1) % 1000))
        .collect();
    sandbox.file("cycle.csv", cycle);
    let outcome = sandbox.succeed(&["delta", "cycle.csv", "--samples", "500", "--json"]);
    assert!(outcome.stderr.contains("in circles"), "{outcome:?}");
    let delta = outcome.json();
    assert_eq!(delta["delta"]["exact"], Value::Null);
    let sampled = &delta["delta"]["sampled"];
    assert!(
        number(&sampled["maximum"]) <= 250.0 && number(&sampled["upper_bound"]) >= 250.0,
        "{sampled}"
    );
    assert!(number(&sampled["standard_error"]) > 0.0);
    let text = sandbox
        .succeed(&["delta", "cycle.csv", "--undirected", "--samples", "500"])
        .stdout;
    assert!(
        text.contains("sampled") && text.contains("95 % confidence"),
        "{text}"
    );
    assert!(text.contains("--undirected --manifold euclidean"), "{text}");
    let exact = sandbox.succeed(&[
        "delta",
        "cycle.csv",
        "--undirected",
        "--exact",
        "--samples",
        "5",
        "--json",
    ]);
    assert_eq!(exact.json()["delta"]["exact"], 250.0);
}

#[test]
fn data_by_name_are_measured_and_wrong_names_told() {
    let sandbox = Sandbox::new();
    let mammals = sandbox
        .succeed(&["delta", "wordnet-mammals", "--samples", "100", "--json"])
        .json();
    assert_eq!(mammals["hierarchy"]["nodes"], 1180);
    sandbox.fail(&["delta", "nothing"], 2, &["unknown dataset"]);
    sandbox.fail(
        &["delta", "wordnet-mammals", "--samples", "0"],
        2,
        &["--samples = 0"],
    );
    sandbox.fail(
        &["delta", "disease-lp", "--undirected"],
        2,
        &["does not apply"],
    );
    sandbox.file("pair.csv", "a,b\n");
    let pair = sandbox.succeed(&["delta", "pair.csv", "--json"]).json();
    assert_eq!(pair["delta"], Value::Null);
}

#[test]
fn shells_and_manuals_know_every_command() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = sandbox.succeed(&["completions", shell]).stdout;
        assert!(
            script.contains("bench-table") && script.contains("hard-negatives"),
            "{shell}"
        );
    }
    sandbox.fail(&["completions", "tcsh"], 2, &["tcsh"]);
    let page = sandbox.succeed(&["man"]).stdout;
    assert!(
        page.contains(".TH geom 1") && page.contains("geom\\-embed"),
        "{page}"
    );
    let pages = sandbox.succeed(&["man", "--out", "man1", "--json"]).json();
    let pages = pages["files"].as_array().unwrap().len();
    assert_eq!(
        std::fs::read_dir(sandbox.path("man1")).unwrap().count(),
        pages
    );
    for (name, needle) in [
        ("geom-embed.1", "hard\\-negatives"),
        ("geom-datasets-fetch.1", "geom datasets fetch"),
    ] {
        let page = std::fs::read_to_string(sandbox.path("man1").join(name)).unwrap();
        assert!(page.contains(needle), "{name}: {page}");
    }
}

#[test]
fn a_file_of_flags_is_the_same_as_the_flags() {
    let sandbox = Sandbox::new();
    sandbox.file("tree.csv", common::tree(31));
    sandbox.file(
        "few.toml",
        "dataset = \"tree.csv\"\ndim = 2\nthreads = 1\nnegatives = 10\nepochs = 99\nno-plot = true\n",
    );
    let file = [
        "embed", "--config", "few.toml", "--epochs", "5", "--quiet", "--out", "file",
    ];
    sandbox.succeed(&file);
    sandbox.succeed(&embed(
        "tree.csv",
        &["--epochs", "5", "--quiet", "--out", "flags"],
    ));
    let [file, flags] = ["file", "flags"].map(|run| common::points(&sandbox.path(run)));
    assert_eq!(file, flags);
    assert!(!sandbox.path("file/disk.svg").exists());
    sandbox.file("wrong.toml", "epoch = 99\n");
    let wrong = ["embed", "--config", "wrong.toml", "--out", "wrong"];
    sandbox.fail(
        &wrong,
        2,
        &[
            "wrong.toml: there is no \"epoch\"",
            "did you mean \"epochs\"?",
        ],
    );
    let missing = ["embed", "--config", "missing.toml"];
    sandbox.fail(&missing, 1, &["missing.toml"]);
    assert!(!sandbox.path("wrong").exists());
}

#[test]
fn scores_stand_beside_those_of_guessing_and_of_flat_space() {
    let sandbox = trained();
    let result = sandbox
        .succeed(&["eval", "run", "--baseline", "--json"])
        .json();
    // Of 31 nodes, those of depth d have d relations, and 30 - d others.
    let (mut ranks, mut relations) = (0.0, 0.0);
    for (depth, nodes) in [(1.0, 2.0), (2.0, 4.0), (3.0, 8.0), (4.0, 16.0)] {
        ranks += nodes * depth * (1.0 + (30.0 - depth) / 2.0);
        relations += nodes * depth;
    }
    let chance = number(&result["chance"]["mean_rank"]);
    assert!((chance - ranks / relations).abs() < 1e-12, "{chance}");
    assert!(number(&result["baseline"]["mean_rank"]) >= 1.0, "{result}");
    assert_eq!(result["baseline"]["exact"], true);
    let flat = [
        "--manifold",
        "euclidean",
        "--epochs",
        "5",
        "--quiet",
        "--out",
        "flat",
    ];
    sandbox.succeed(&embed("tree.csv", &flat));
    let alone = sandbox.succeed(&["eval", "flat", "--json"]).json();
    assert_eq!(
        alone["map"], result["baseline"]["map"],
        "by the same settings"
    );
    sandbox.fail(
        &["eval", "flat", "--baseline"],
        2,
        &["is in flat space itself"],
    );
}

#[test]
fn networks_have_baselines_too() {
    let sandbox = with_ring();
    let train = [
        "train",
        "--dataset",
        "ring",
        "--epochs",
        "3",
        "--min-epochs",
        "1",
        "--quiet",
    ];
    sandbox.succeed(&[&train[..], &["--model", "hgcn", "--out", "curved"]].concat());
    sandbox.succeed(&[&train[..], &["--model", "hybonet", "--out", "hybonet"]].concat());
    let outcome = sandbox.succeed(&["eval", "curved", "--baseline"]);
    assert!(
        outcome.stdout.contains("chance    accuracy 0.5"),
        "{outcome:?}"
    );
    assert!(
        outcome.stdout.lines().any(|line| line.starts_with("flat ")),
        "{outcome:?}"
    );
    sandbox.fail(&["eval", "hybonet", "--baseline"], 2, &["no flat form"]);
}
