//! `geom distance`, and what `nearest` and `export` say of many nodes and of graph networks.

mod common;

use common::{Outcome, points, trained, vocabulary, with_ring};
use serde_json::Value;

/// The objects of standard output, one a line.
fn lines(outcome: &Outcome) -> Vec<Value> {
    let lines = outcome.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value}"))
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9 * (1.0 + b.abs())
}

#[test]
fn a_pair_has_its_distance_radii_score_and_relation() {
    let sandbox = trained();
    let run = sandbox.path("run");
    let (names, points) = (vocabulary(&run), points(&run));
    let point = |name: &str| {
        let at = names.iter().position(|other| other == name).unwrap();
        [points[2 * at], points[2 * at + 1]]
    };
    let gap = |[x, y]: [f64; 2]| 1.0 - x * x - y * y;
    let distance = |p: [f64; 2], q: [f64; 2]| {
        let square = (p[0] - q[0]).powi(2) + (p[1] - q[1]).powi(2);
        2.0 * (square / (gap(p) * gap(q))).sqrt().asinh()
    };
    let (a, b) = (point("n30"), point("n14"));
    let expected = distance(a, b);
    let norm = |[x, y]: [f64; 2]| x.hypot(y);
    let score = -(1.0 + 1000.0 * (norm(b) - norm(a))) * expected;
    let answer = sandbox.succeed(&["distance", "run", "n30", "n14", "--json"]);
    let answer = answer.json();
    assert!(close(number(&answer["distance"]), expected), "{answer}");
    assert!(close(number(&answer["radius_a"]), distance(a, [0.0; 2])));
    assert!(close(number(&answer["radius_b"]), distance(b, [0.0; 2])));
    assert!(close(number(&answer["is_a"]), score), "{answer} {score}");
    assert_eq!(
        (&answer["schema"], &answer["relation"]),
        (&1.into(), &"below".into())
    );
    let text = sandbox.succeed(&["distance", "run", "n14", "n30"]).stdout;
    assert!(text.contains("n30 is below n14"), "{text}");
    let unknown = ["distance", "run", "n14", "n300"];
    sandbox.fail(&unknown, 2, &["unknown node \"n300\"", "did you mean"]);
    sandbox.fail(&["distance", "run", "n14"], 2, &["required"]);
}

#[test]
fn a_table_of_pairs_is_answered_in_its_order() {
    let sandbox = trained();
    let table = "parent,child\nn14,n30\nn7,n7\n\nn3,n30\nn14,n30\n";
    sandbox.file("pairs.csv", table);
    let file = ["distance", "run", "--file", "pairs.csv"];
    let outcome = sandbox.succeed(&[&file[..], &["--json"]].concat());
    let answers = lines(&outcome);
    let pairs: Vec<_> = answers
        .iter()
        .map(|answer| format!("{} {}", answer["a"], answer["b"]).replace('"', ""))
        .collect();
    assert_eq!(pairs, ["n30 n14", "n7 n7", "n30 n3", "n30 n14"]);
    let relations: Vec<_> = answers.iter().map(|a| a["relation"].clone()).collect();
    assert_eq!(relations, ["below", "unrelated", "unrelated", "below"]);
    assert_eq!(
        (number(&answers[1]["distance"]), number(&answers[1]["is_a"])),
        (0.0, 0.0)
    );
    assert_eq!(answers[0], answers[3]);
    assert!(
        outcome
            .stderr
            .contains("1 blank line skipped, columns swapped")
    );
    let text = sandbox.succeed(&file).stdout;
    assert_eq!(text.lines().count(), 5, "{text}");
    assert!(
        text.lines()
            .nth(1)
            .unwrap()
            .ends_with("below      n30  n14"),
        "{text}"
    );
}

#[test]
fn neighbors_of_many_nodes_are_objects_in_lines() {
    let sandbox = trained();
    sandbox.file("names.txt", "n5\n\n n6 \n\"n7\"\n");
    let file = ["nearest", "run", "--file", "names.txt", "-k", "3"];
    let outcome = sandbox.succeed(&[&file[..], &["--json"]].concat());
    let answers = lines(&outcome);
    assert!(outcome.stderr.contains("1 blank line skipped"));
    for (name, answer) in ["n5", "n6", "n7"].into_iter().zip(&answers) {
        let alone = sandbox.succeed(&["nearest", "run", name, "-k", "3", "--json"]);
        assert_eq!(&alone.json(), answer);
        assert_eq!(answer["node"], name);
    }
    assert_eq!(answers.len(), 3);
    sandbox.file("none.txt", "\n");
    let none = ["nearest", "run", "--file", "none.txt"];
    sandbox.fail(&none, 2, &["holds no names"]);
}

#[test]
fn the_nodes_of_a_graph_network_have_points_links_and_no_parents() {
    let sandbox = with_ring();
    let train = [
        "train",
        "--dataset",
        "ring",
        "--epochs",
        "3",
        "--min-epochs",
        "1",
    ];
    let links = ["--task", "lp", "--model", "gcn", "--quiet", "--out", "flat"];
    sandbox.succeed(&[&train[..], &links].concat());
    let text = sandbox.succeed(&["export", "flat", "--format", "csv", "--out", "-", "--quiet"]);
    let rows: Vec<Vec<f64>> = text
        .stdout
        .lines()
        .skip(1)
        .map(|line| {
            let fields = line.split(',').map(|field| field.parse().unwrap());
            fields.collect()
        })
        .collect();
    assert_eq!((rows.len(), rows[7][0]), (60, 7.0));
    let distance = |a: usize, b: usize| {
        let squares = rows[a][1..]
            .iter()
            .zip(&rows[b][1..])
            .map(|(x, y)| (x - y).powi(2));
        squares.sum::<f64>().sqrt()
    };
    let answer = sandbox
        .succeed(&["distance", "flat", "7", "8", "--json"])
        .json();
    // Of numbers in single precision.
    assert!(
        (number(&answer["distance"]) - distance(7, 8)).abs() < 1e-5,
        "{answer}"
    );
    assert_eq!(
        (&answer["relation"], &answer["is_a"]),
        (&"linked".into(), &Value::Null)
    );
    let answer = sandbox
        .succeed(&["nearest", "flat", "0", "-k", "2", "--json"])
        .json();
    assert_eq!(answer["links"], serde_json::json!(["1", "29"]));
    let least = (1..60)
        .map(|node| distance(0, node))
        .fold(f64::INFINITY, f64::min);
    assert!(
        (number(&answer["nearest"][0]["distance"]) - least).abs() < 1e-5,
        "{answer}"
    );
    sandbox.fail(
        &["distance", "flat", "7", "60"],
        2,
        &["unknown node \"60\""],
    );
}

#[test]
fn classes_alone_are_no_points() {
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
    sandbox.succeed(&[&train[..], &["--model", "gcn", "--out", "classes"]].concat());
    sandbox.succeed(&[&train[..], &["--model", "hgcn", "--out", "points"]].concat());
    for command in [
        &["distance", "classes", "0", "1"][..],
        &["nearest", "classes", "0"],
        &["export", "classes", "--format", "csv"],
    ] {
        sandbox.fail(command, 2, &["classes has no points", "geom predict"]);
    }
    let summary = ["export", "points", "--format", "npy", "--json"];
    assert_eq!(sandbox.succeed(&summary).json()["nodes"], 60);
}
