//! `geom export`, `geom nearest` and `geom plot`: what leaves the program is what it learnt.

mod common;

use std::path::Path;

use common::{Sandbox, points, tree, vocabulary};
use safetensors::SafeTensors;

/// Relations between names that formats find hard to write.
const HARD_NAMES: &str = "child,parent\n\
    \"ice cream, vanilla\",dessert\n\
    \"the \"\"best\"\" cake\",dessert\n\
    crème brûlée,dessert\n\
    \" padded \",dessert\n\
    dessert,food\n\
    bread,food\n";

fn trained(dtype: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.file("food.csv", HARD_NAMES);
    let mut arguments = vec![
        "embed",
        "--dataset",
        "food.csv",
        "--closure",
        "--out",
        "run",
        "--epochs",
        "5",
        "--quiet",
    ];
    arguments.extend([
        "--dim",
        "3",
        "--manifold",
        "lorentz",
        "--dtype",
        dtype,
        "--threads",
        "1",
    ]);
    sandbox.succeed(&arguments);
    sandbox
}

fn exported(sandbox: &Sandbox, format: &str, file: &str) -> Vec<u8> {
    let summary = sandbox
        .succeed(&["export", "run", "--format", format, "--out", file, "--json"])
        .json();
    assert_eq!(
        (&summary["file"], &summary["nodes"], &summary["columns"]),
        (&file.into(), &7.into(), &4.into())
    );
    std::fs::read(sandbox.path(file)).unwrap()
}

fn numbers<'a>(fields: impl Iterator<Item = &'a str>) -> Vec<f64> {
    fields.map(|field| field.parse().unwrap()).collect()
}

#[test]
fn word2vec_text_reads_back_equal() {
    let sandbox = trained("f64");
    let text = String::from_utf8(exported(&sandbox, "word2vec", "points.txt")).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("7 4"));
    let mut values = Vec::new();
    let mut names = Vec::new();
    for line in lines {
        let mut fields = line.split(' ');
        names.push(fields.next().unwrap().to_owned());
        values.extend(numbers(fields));
    }
    let run = sandbox.path("run");
    assert_eq!(values, points(&run));
    let expected: Vec<String> = vocabulary(&run)
        .iter()
        .map(|name| name.replace(' ', "_"))
        .collect();
    assert_eq!(names, expected);
}

/// A line of a CSV file as its fields.
fn split_csv(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                fields.last_mut().unwrap().push(characters.next().unwrap())
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            other => fields.last_mut().unwrap().push(other),
        }
    }
    fields
}

#[test]
fn csv_reads_back_equal_whatever_the_names() {
    let sandbox = trained("f64");
    let text = String::from_utf8(exported(&sandbox, "csv", "points.csv")).unwrap();
    let rows: Vec<Vec<String>> = text.lines().map(split_csv).collect();
    assert_eq!(rows[0], ["node", "x0", "x1", "x2", "x3"]);
    let run = sandbox.path("run");
    let names: Vec<String> = rows[1..].iter().map(|row| row[0].clone()).collect();
    assert_eq!(names, vocabulary(&run));
    for name in [
        "ice cream, vanilla",
        "the \"best\" cake",
        "crème brûlée",
        " padded ",
    ] {
        assert!(
            names.iter().any(|found| found == name),
            "{name:?} in {names:?}"
        );
    }
    assert!(
        text.contains("\" padded \""),
        "white space at the ends is kept by quotes"
    );
    let values = numbers(
        rows[1..]
            .iter()
            .flat_map(|row| &row[1..])
            .map(String::as_str),
    );
    assert_eq!(values, points(&run));
}

#[test]
fn numpy_arrays_read_back_equal_in_both_formats() {
    for (dtype, kind) in [("f32", "<f4"), ("f64", "<f8")] {
        let sandbox = trained(dtype);
        let bytes = exported(&sandbox, "npy", "points.npy");
        assert_eq!(bytes[..8], *b"\x93NUMPY\x01\x00");
        let header_end = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        assert_eq!(header_end % 64, 0);
        let header = std::str::from_utf8(&bytes[10..header_end]).unwrap();
        let expected = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': (7, 4), }}");
        assert_eq!(header.trim_end(), expected);
        assert!(header.ends_with('\n'));
        let run = sandbox.path("run");
        assert_eq!(bytes[header_end..], common::tensor(&run, "points"));
        let names = std::fs::read_to_string(sandbox.path("points.names.txt")).unwrap();
        assert_eq!(names.lines().collect::<Vec<_>>(), vocabulary(&run));
    }
}

#[test]
fn safetensors_read_back_equal() {
    let sandbox = trained("f32");
    let bytes = exported(&sandbox, "safetensors", "points.safetensors");
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let run = sandbox.path("run");
    for name in ["points", "vocabulary"] {
        assert_eq!(
            file.tensor(name).unwrap().data(),
            common::tensor(&run, name)
        );
    }
    assert_eq!(file.tensor("points").unwrap().shape(), [7, 4]);
}

#[test]
fn without_a_file_an_export_goes_into_the_run() {
    let sandbox = trained("f64");
    for (format, file) in [
        ("word2vec", "points.txt"),
        ("csv", "points.csv"),
        ("npy", "points.npy"),
        ("safetensors", "points.safetensors"),
    ] {
        sandbox.succeed(&["export", "run", "--format", format]);
        assert!(sandbox.path("run").join(file).is_file(), "{file}");
    }
}

#[cfg(unix)]
#[test]
fn an_export_can_go_to_a_pipe() {
    let sandbox = trained("f64");
    let outcome = sandbox.succeed(&[
        "export",
        "run",
        "--format",
        "csv",
        "--out",
        "/dev/stdout",
        "--quiet",
    ]);
    assert_eq!(outcome.stdout.lines().count(), 8);
}

#[test]
fn neighbors_in_the_mammals_make_sense() {
    let sandbox = Sandbox::new();
    sandbox.succeed(&["embed", "--threads", "1", "--quiet", "--out", "run"]);
    let answer = sandbox
        .succeed(&["nearest", "run", "dog.n.01", "-k", "15", "--json"])
        .json();
    let nearest = answer["nearest"].as_array().unwrap();
    assert_eq!(nearest.len(), 15);
    let names: Vec<&str> = nearest
        .iter()
        .map(|neighbor| neighbor["node"].as_str().unwrap())
        .collect();
    assert!(!names.contains(&"dog.n.01"), "{names:?}");
    assert!(names.contains(&"canine.n.02"), "{names:?}");
    let distances: Vec<f64> = nearest
        .iter()
        .map(|neighbor| neighbor["distance"].as_f64().unwrap())
        .collect();
    assert!(
        distances.is_sorted() && distances[0] >= 0.0,
        "{distances:?}"
    );
    let parent = answer["parent_guess"]["node"].as_str().unwrap();
    let ancestors = [
        "canine.n.02",
        "carnivore.n.01",
        "placental.n.01",
        "domestic_animal.n.01",
        "mammal.n.01",
    ];
    assert!(ancestors.contains(&parent), "{parent}");
    let children = answer["child_guesses"].as_array().unwrap();
    assert!(
        children
            .iter()
            .all(|child| child["radius"].as_f64() > answer["radius"].as_f64()),
        "{answer}"
    );

    let text = sandbox
        .succeed(&["nearest", "run", "dog.n.01", "-k", "3"])
        .stdout;
    assert!(
        text.contains("canine.n.02") && text.contains("parent"),
        "{text}"
    );
}

fn assert_picture(path: &Path) {
    let bytes = std::fs::read(path).unwrap();
    let start: &[u8] = if path.extension().is_some_and(|end| end == "png") {
        b"\x89PNG\r\n\x1a\n"
    } else {
        b"<svg"
    };
    assert!(bytes.starts_with(start), "{}", path.display());
}

#[test]
fn plots_of_any_dimension_are_drawn() {
    let sandbox = Sandbox::new();
    sandbox.file("tree.csv", tree(31));
    for dim in ["1", "2", "5"] {
        let out = format!("run-{dim}");
        let mut arguments = vec![
            "embed",
            "--dataset",
            "tree.csv",
            "--dim",
            dim,
            "--epochs",
            "5",
            "--threads",
            "1",
        ];
        arguments.extend(["--quiet", "--out", &out]);
        sandbox.succeed(&arguments);
        for file in ["picture.svg", "picture.png"] {
            let outcome = sandbox.succeed(&["plot", &out, "--out", file, "--labels", "5"]);
            assert_picture(&sandbox.path(file));
            let projected = outcome.stderr.contains("principal axes");
            assert_eq!(
                projected,
                dim == "5",
                "the projection is stated where there is one: {outcome:?}"
            );
        }
        std::fs::remove_file(sandbox.path(&out).join("disk.png")).unwrap();
        let summary = sandbox.succeed(&["plot", &out, "--json"]).json();
        assert_eq!(summary["files"].as_array().map(Vec::len), Some(2));
        assert_picture(&sandbox.path(&out).join("disk.png"));
    }
}
