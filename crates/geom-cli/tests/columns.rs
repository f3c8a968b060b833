//! Edge lists of another form: which columns, what splits them, whether there is a header, from a stream.

mod common;

use std::io::Write as _;
use std::process::Stdio;

use common::{Outcome, Sandbox, embed};

const USAGE: i32 = 2;
const FAILURE: i32 = 1;

#[test]
fn a_wide_table_is_read_by_its_columns_and_so_again() {
    let sandbox = Sandbox::new();
    let rows: String = (1..20)
        .map(|i| format!("{i}|genus|n{i}|x|n{}\n", i / 2))
        .collect();
    sandbox.file("taxa.txt", format!("no|rank|taxon|by|above\n{rows}"));
    let wide = [
        "--delimiter",
        "|",
        "--header",
        "yes",
        "--columns",
        "child=taxon,parent=5",
    ];
    let few = ["--epochs", "2", "--json", "--no-plot", "--out", "run"];
    let outcome = sandbox.succeed(&embed("taxa.txt", &[&wide[..], &few].concat()));
    let result = outcome.json();
    assert_eq!(
        (&result["nodes"], &result["relations"]),
        (&20.into(), &19.into())
    );
    assert!(
        result["notes"].to_string().contains("3 columns not read"),
        "{result}"
    );
    let run = std::fs::read_to_string(sandbox.path("run/run.json")).unwrap();
    for needle in [
        "\"columns\": \"child=taxon,parent=5\"",
        "\"delimiter\": \"|\"",
        "\"header\": true",
    ] {
        assert!(run.contains(needle), "{run}");
    }
    // The table is read again where the run has lost its relations.
    std::fs::remove_file(sandbox.path("run/data.safetensors")).unwrap();
    sandbox.succeed(&["eval", "run"]);
    let resume = ["embed", "--resume", "run", "--columns", "child=1,parent=2"];
    let needles = ["--columns is child=taxon,parent=5 in the run, child=1,parent=2 now"];
    sandbox.fail(&resume, USAGE, &needles);
    let refused = |flags: &[&str], code, needle| {
        let arguments = embed("taxa.txt", &[flags, &["--out", "no"]].concat());
        sandbox.fail(&arguments, code, &[needle]);
        assert!(!sandbox.path("no").exists());
    };
    refused(&["--delimiter", "x"], USAGE, "splits no fields");
    refused(
        &["--columns", "child=1"],
        USAGE,
        "both child and parent are needed",
    );
    refused(&["--delimiter", "|"], FAILURE, "2 or 3 columns");
    let named = ["--delimiter", "|", "--columns", "child=taxon,parent=top"];
    refused(&named, FAILURE, "no column \"top\"");
    refused(
        &[&named[..], &["--header", "no"]].concat(),
        USAGE,
        "by number, from 1",
    );
}

#[test]
fn standard_input_is_a_dataset() {
    let sandbox = Sandbox::new();
    let few = ["--epochs", "2", "--json", "--no-plot", "--out", "run"];
    let mut command = sandbox.command(&embed("-", &few));
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(common::tree(15).as_bytes()).unwrap();
    drop(stdin);
    let outcome: Outcome = child.wait_with_output().unwrap().into();
    assert_eq!(outcome.json()["nodes"], 15, "{outcome:?}");
    sandbox.succeed(&["eval", "run"]);
    sandbox.succeed(&["embed", "--resume", "run"]);
}
