//! Everything that can be wrong with what the program is given: it says what, where and what to
//! do, ends with 2 for a mistake in the request and 1 for a failure, and damages nothing.

mod common;

use std::io::Write;

use common::{Sandbox, embed, epochs_saved, points, snapshot, trained, tree};
use flate2::{Compression, write::GzEncoder};

const USAGE: i32 = 2;
const FAILURE: i32 = 1;

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn settings_out_of_range_are_named_with_their_range() {
    let sandbox = Sandbox::new();
    sandbox.file("tree.csv", tree(15));
    let cases: [(&[&str], &str); 24] = [
        (&["--dim", "0"], "--dim = 0 is out of range: at least 1"),
        (
            &["--dim", "5000"],
            "--dim = 5000 is out of range: at most 4096",
        ),
        (&["--dim", "-1"], "'--dim <DIM>'"),
        (&["--dim", "two"], "'--dim <DIM>'"),
        (
            &["--lr", "NaN"],
            "--lr = NaN is out of range: a finite number above 0",
        ),
        (&["--lr", "inf"], "--lr = inf is out of range"),
        (&["--lr", "0"], "--lr = 0 is out of range"),
        (&["--lr", "-0.5"], "--lr = -0.5 is out of range"),
        (&["--epochs", "0"], "--epochs = 0 is out of range"),
        (
            &["--epochs", "99999999999"],
            "--epochs = 99999999999 is out of range",
        ),
        (&["--batch-size", "0"], "--batch-size = 0 is out of range"),
        (&["--threads", "0"], "--threads = 0 is out of range"),
        (
            &["--threads", "5000"],
            "--threads = 5000 is out of range: at most 1024",
        ),
        (&["--negatives", "0"], "--negatives = 0 is out of range"),
        (
            &["--negatives", "9999999999999999999"],
            "--negatives = 9999999999999999999 is out of range",
        ),
        (
            &["--negatives", "4", "--hard-negatives", "5"],
            "--hard-negatives = 5 is out of range: at most --negatives",
        ),
        (
            &["--hard-pool", "0", "--hard-negatives", "3"],
            "--hard-pool = 0 is out of range",
        ),
        (
            &["--hard-refresh", "0", "--hard-negatives", "3"],
            "--hard-refresh = 0 is out of range",
        ),
        (
            &["--burn-in-factor", "NaN"],
            "--burn-in-factor = NaN is out of range",
        ),
        (&["--dampening", "-1"], "--dampening = -1 is out of range"),
        (&["--init-scale", "1"], "--init-scale = 1 is out of range"),
        (
            &["--checkpoint-every", "0"],
            "--checkpoint-every = 0 is out of range",
        ),
        (
            &["--route", "autodiff", "--threads", "2"],
            "--threads = 2 is out of range: 1 on --route autodiff",
        ),
        (
            &["--manifold", "sphere"],
            "embeddings are trained in the space poincare-ball, hyperboloid or euclidean, not sphere",
        ),
    ];
    for (flags, message) in cases {
        let arguments = [&["embed", "--dataset", "tree.csv", "--out", "run"], flags].concat();
        sandbox.fail(&arguments, USAGE, &[message]);
        assert!(
            !sandbox.path("run").exists(),
            "{flags:?} leaves no folder behind"
        );
    }
    sandbox.fail(&["embde"], USAGE, &["embed"]);
    sandbox.fail(
        &["embed", "--dataset", "wordnet-mammals", "--closure"],
        USAGE,
        &["--closure", "is a closure already"],
    );
    sandbox.fail(
        &["embed", "--dataset", "tree.csv", "--instance-rule", "2017"],
        USAGE,
        &["--instance-rule"],
    );
    let growing = ["embed", "--epochs", "3", "--growth", "2"];
    sandbox.fail(
        &growing,
        USAGE,
        &["--epochs = 3 is out of range", "lower --growth"],
    );
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest() {
    let sandbox = trained();
    sandbox.fail(
        &["embed", "--dataset", "wordnet-mamals"],
        USAGE,
        &["did you mean \"wordnet-mammals\"?"],
    );
    sandbox.fail(
        &["nearest", "run", "n31"],
        USAGE,
        &["unknown node \"n31\"", "did you mean \"n"],
    );
    sandbox.succeed(&["embed", "--epochs", "20", "--quiet", "--out", "mammals"]);
    sandbox.fail(
        &["nearest", "mammals", "dog.n.1"],
        USAGE,
        &["unknown node \"dog.n.1\"", "did you mean \"dog.n.01\"?"],
    );
}

#[test]
fn a_bad_file_is_named_with_its_line_and_what_was_expected() {
    let sandbox = Sandbox::new();
    let good = tree(15);
    let truncated = gzip(good.as_bytes());
    let mut corrupt = truncated.clone();
    let end = corrupt.len();
    corrupt[end - 6] ^= 0xff;
    let cases: [(&str, &[u8], &[&str]); 13] = [
        (
            "columns.csv",
            b"child,parent\na,b\nc\n",
            &["columns.csv:3: expected 2 columns", "found \"c\""],
        ),
        (
            "four.csv",
            b"a,b,1,2\n",
            &["four.csv:1: expected 2 or 3 columns"],
        ),
        (
            "quotes.csv",
            b"a,b\n\"c,d\n",
            &["quotes.csv:2: expected every double quote to be closed"],
        ),
        (
            "name.csv",
            b"a,b\n,d\n",
            &["name.csv:2: expected two names that are not empty"],
        ),
        (
            "weight.csv",
            b"a,b,1\nc,b,heavy\n",
            &["weight.csv:2: expected a weight", "\"heavy\""],
        ),
        (
            "negative.tsv",
            b"a\tb\t-1\n",
            &["negative.tsv:1: expected a weight"],
        ),
        (
            "empty.csv",
            b"",
            &["empty.csv: the file is empty", "hint: "],
        ),
        (
            "header.csv",
            b"child,parent\n",
            &["header.csv: no relation left"],
        ),
        (
            "loops.csv",
            b"a,a\nb,b\n",
            &["loops.csv: no relation left (2 self loops dropped)"],
        ),
        (
            "latin.csv",
            b"child,parent\ncaf\xe9,drink\n",
            &["latin.csv:2: byte 16 is not UTF-8"],
        ),
        (
            "cut.csv.gz",
            &truncated[..end / 2],
            &["cut.csv.gz: the gzip stream is cut short"],
        ),
        (
            "corrupt.csv.gz",
            &corrupt,
            &["corrupt.csv.gz: not a valid gzip stream"],
        ),
        (
            "plain.csv.gz",
            good.as_bytes(),
            &["plain.csv.gz: not a valid gzip stream"],
        ),
    ];
    for (name, content, needles) in cases {
        sandbox.file(name, content);
        sandbox.fail(
            &embed(name, &["--out", "run"]),
            FAILURE,
            &[needles, &["hint: "]].concat(),
        );
        assert!(
            !sandbox.path("run").exists(),
            "{name} leaves no folder behind"
        );
    }
    sandbox.fail(
        &embed("missing.csv", &[]),
        FAILURE,
        &["missing.csv: no such file", "hint: "],
    );
    sandbox.file("relations.txt", &good);
    sandbox.fail(
        &embed("relations.txt", &[]),
        FAILURE,
        &["ends in .csv, .tsv or .graphml", "hint: "],
    );
    std::fs::create_dir(sandbox.path("folder.csv")).unwrap();
    sandbox.fail(
        &embed("folder.csv", &[]),
        FAILURE,
        &["folder.csv: cannot read"],
    );
}

#[test]
fn repairs_are_counted_aloud() {
    let sandbox = Sandbox::new();
    let mut text = tree(15);
    text.push_str("n1,n0\nn2,n2\n\n n3 ,n0\nn1,n0\n");
    sandbox.file("tree.csv", text);
    let outcome = sandbox.succeed(&embed("tree.csv", &["--epochs", "2", "--json"]));
    for needle in [
        "tree.csv: ",
        "1 self loop dropped",
        "3 duplicates merged",
        "1 blank line skipped",
        "1 field trimmed",
    ] {
        assert!(
            outcome.stderr.contains(needle),
            "no {needle:?} in {outcome:?}"
        );
    }
    assert_eq!(outcome.json()["relations"], 34);
}

#[test]
fn a_circle_is_shown_when_a_closure_is_asked() {
    let sandbox = Sandbox::new();
    sandbox.file("circle.csv", "a,b\nb,c\nc,a\nd,a\ne,a\n");
    let needles = [
        "form a cycle: a -> b -> c -> a",
        "hint: remove one of these relations",
    ];
    sandbox.fail(&embed("circle.csv", &["--closure"]), FAILURE, &needles);
    // Without a closure a circle is a graph like any other.
    sandbox.succeed(&embed("circle.csv", &["--epochs", "2", "--quiet"]));
}

#[test]
fn a_node_without_negatives_is_named() {
    let sandbox = Sandbox::new();
    sandbox.file("all.csv", "hub,a\nhub,b\nhub,c\na,b\n");
    let needles = ["\"hub\" is related to every other node", "add nodes"];
    sandbox.fail(&embed("all.csv", &["--out", "run"]), FAILURE, &needles);
    assert!(!sandbox.path("run").exists());
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let sandbox = trained();
    // Below a file no folder can be made, whoever asks.
    sandbox.fail(
        &embed("tree.csv", &["--out", "tree.csv/run"]),
        FAILURE,
        &["cannot create tree.csv/run", "hint: "],
    );
    let export = [
        "export",
        "run",
        "--format",
        "csv",
        "--out",
        "tree.csv/points.csv",
    ];
    sandbox.fail(
        &export,
        FAILURE,
        &["cannot write tree.csv/points.csv", "hint: "],
    );
    sandbox.fail(
        &["plot", "run", "--out", "nowhere/disk.svg"],
        FAILURE,
        &["cannot write nowhere/disk.svg", "hint: "],
    );
    sandbox.fail(
        &["plot", "run", "--out", "nowhere/disk.png"],
        FAILURE,
        &["nowhere/disk.png"],
    );
    sandbox.fail(
        &["plot", "run", "--out", "disk.gif"],
        USAGE,
        &["use .svg or .png"],
    );
    assert_eq!(
        std::fs::read_to_string(sandbox.path("tree.csv")).unwrap(),
        tree(31)
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_that_says_so() {
    let sandbox = trained();
    let before = snapshot(&sandbox.path("run"));
    for format in ["word2vec", "csv", "npy", "safetensors"] {
        let arguments = ["export", "run", "--format", format, "--out", "/dev/full"];
        sandbox.fail(
            &arguments,
            FAILURE,
            &["cannot write /dev/full", "hint: free some space"],
        );
    }
    assert!(snapshot(&sandbox.path("run")) == before);
}

#[test]
fn a_folder_that_holds_a_run_is_not_written_over() {
    let sandbox = trained();
    let before = snapshot(&sandbox.path("run"));
    sandbox.fail(
        &embed("tree.csv", &["--out", "run"]),
        USAGE,
        &["already holds a run", "--resume run"],
    );
    assert!(snapshot(&sandbox.path("run")) == before);
    std::fs::remove_file(sandbox.path("run/run.json")).unwrap();
    sandbox.fail(
        &embed("tree.csv", &["--out", "run"]),
        USAGE,
        &["already holds a run"],
    );
}

#[test]
fn a_diverging_run_stops_and_keeps_its_last_good_checkpoint() {
    let sandbox = Sandbox::new();
    sandbox.file("tree.csv", tree(31));
    for (manifold, dtype) in [
        ("poincare", "f64"),
        ("lorentz", "f64"),
        ("euclidean", "f64"),
        ("poincare", "f32"),
    ] {
        // Three epochs at a rate of one, then at a rate beyond all bounds.
        let out = format!("{manifold}-{dtype}");
        let mut flags = vec![
            "--lr",
            "1e300",
            "--burn-in",
            "3",
            "--burn-in-factor",
            "1e-300",
            "--checkpoint-every",
            "1",
        ];
        flags.extend([
            "--epochs",
            "9",
            "--recipe",
            "uniform",
            "--manifold",
            manifold,
            "--dtype",
            dtype,
        ]);
        flags.extend(["--json", "--out", &out]);
        let checkpoint = format!("last good checkpoint: {out}/checkpoint.safetensors");
        let needles = [
            "training diverged in epoch 4: the point of \"",
            "(row ",
            "is not finite",
            &checkpoint,
            "smaller --lr",
        ];
        sandbox.fail(&embed("tree.csv", &flags), FAILURE, &needles);
        let run = sandbox.path(&out);
        assert_eq!(epochs_saved(&run), Some(3), "{out}");
        if dtype == "f64" {
            assert!(points(&run).iter().all(|value| value.is_finite()), "{out}");
        }
        sandbox.succeed(&["eval", &out, "--quiet"]);
    }
}
