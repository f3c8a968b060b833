//! Folders of embeddings that are damaged, foreign, newer, or asked for what they cannot tell: refused
//! by every command that reads them, and left as they are.

mod common;

use common::{Sandbox, checkpoint_path, embed, snapshot, trained, tree};
use safetensors::tensor::{Dtype, TensorView};

const USAGE: i32 = 2;
const FAILURE: i32 = 1;

/// Every command that reads a run refuses it with `needles` and leaves it as it is.
fn refused_by_all(sandbox: &Sandbox, needles: &[&str]) {
    let before = snapshot(&sandbox.path("run"));
    let commands: [&[&str]; 5] = [
        &["embed", "--resume", "run"],
        &["eval", "run"],
        &["export", "run", "--format", "csv"],
        &["nearest", "run", "n1"],
        &["plot", "run"],
    ];
    for command in commands {
        sandbox.fail(command, FAILURE, needles);
    }
    assert!(
        snapshot(&sandbox.path("run")) == before,
        "nothing is changed"
    );
}

#[test]
fn a_damaged_checkpoint_is_refused() {
    let sandbox = trained();
    let path = checkpoint_path(&sandbox.path("run"));
    let bytes = std::fs::read(&path).unwrap();
    let needles = [
        "checkpoint.safetensors is not a complete checkpoint",
        "train again",
    ];
    for length in [0, 7, 100, bytes.len() - 1] {
        std::fs::write(&path, &bytes[..length]).unwrap();
        sandbox.fail(&["eval", "run"], FAILURE, &needles);
    }
    // In the length of the header, in the description, in the table, at the end.
    let find = |text: &[u8]| {
        bytes
            .windows(text.len())
            .position(|window| window == text)
            .unwrap()
    };
    let (start, end) = (find(br#"{\"version"#), find(br#"\"init_scale"#));
    let header = 8 + usize::from(u16::from_le_bytes([bytes[0], bytes[1]]));
    let places = (0..16).map(|part| start + part * (end - start) / 16);
    for place in places.chain([0, 7, header, header + 40, bytes.len() - 1]) {
        let mut altered = bytes.clone();
        altered[place] ^= 4;
        std::fs::write(&path, &altered).unwrap();
        sandbox.fail(&["eval", "run"], FAILURE, &["checkpoint.safetensors"]);
    }
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    refused_by_all(&sandbox, &needles);
}

#[test]
fn a_foreign_file_is_no_checkpoint() {
    let sandbox = trained();
    let path = checkpoint_path(&sandbox.path("run"));
    let data = [0u8; 16];
    let tensor = TensorView::new(Dtype::F64, vec![1, 2], &data).unwrap();
    std::fs::write(
        &path,
        safetensors::serialize([("points", tensor)], None).unwrap(),
    )
    .unwrap();
    refused_by_all(
        &sandbox,
        &["not a complete checkpoint: it holds no geom description"],
    );
    std::fs::write(&path, "not even safetensors").unwrap();
    refused_by_all(&sandbox, &["not a complete checkpoint"]);
}

#[test]
fn a_newer_checkpoint_asks_for_a_newer_program() {
    let sandbox = trained();
    let path = checkpoint_path(&sandbox.path("run"));
    let mut bytes = std::fs::read(&path).unwrap();
    let text = br#"{\"version\":1,"#;
    let place = bytes
        .windows(text.len())
        .position(|window| window == text)
        .unwrap()
        + text.len()
        - 2;
    bytes[place] = b'9';
    std::fs::write(&path, bytes).unwrap();
    refused_by_all(
        &sandbox,
        &[
            "has checkpoint version 9, this program reads up to 1",
            "update geom",
        ],
    );
}

#[test]
fn a_damaged_or_newer_description_is_refused() {
    let sandbox = trained();
    let path = sandbox.path("run/run.json");
    let text = std::fs::read(&path).unwrap();
    for content in [
        &text[..text.len() / 2],
        b"",
        b"[]",
        b"{\"version\": 1}",
        b"\xff\xfe",
    ] {
        std::fs::write(&path, content).unwrap();
        refused_by_all(&sandbox, &["run.json is damaged", "hint: "]);
    }
    std::fs::write(&path, "{\"version\": 2, \"new\": true}").unwrap();
    refused_by_all(
        &sandbox,
        &[
            "run.json has version 2, this program reads up to 1",
            "hint: update geom",
        ],
    );
    std::fs::remove_file(&path).unwrap();
    refused_by_all(&sandbox, &["has neither run.json nor graph.json", "hint: "]);
}

#[test]
fn a_run_without_its_relations_notices_data_that_changed_since_training() {
    let sandbox = trained();
    // As runs of earlier versions are.
    std::fs::remove_file(sandbox.path("run/data.safetensors")).unwrap();
    let before = snapshot(&sandbox.path("run"));
    sandbox.file("tree.csv", tree(30));
    for command in [
        &["embed", "--resume", "run"][..],
        &["eval", "run"],
        &["plot", "run"],
    ] {
        sandbox.fail(
            command,
            FAILURE,
            &["tree.csv is not what run was trained on", "hint: "],
        );
    }
    std::fs::remove_file(sandbox.path("tree.csv")).unwrap();
    sandbox.fail(&["eval", "run"], FAILURE, &["tree.csv: no such file"]);
    assert!(snapshot(&sandbox.path("run")) == before);
    // What needs the points alone still works.
    sandbox.succeed(&["export", "run", "--format", "csv"]);
}

#[test]
fn relations_that_are_not_those_of_the_run_are_refused() {
    let sandbox = trained();
    sandbox.file("other.csv", tree(15));
    sandbox.succeed(&embed("other.csv", &["--epochs", "2", "--out", "other"]));
    let kept = sandbox.path("run/data.safetensors");
    std::fs::copy(sandbox.path("other/data.safetensors"), &kept).unwrap();
    sandbox.fail(
        &["eval", "run"],
        FAILURE,
        &["is not what run was trained on"],
    );
    let mut bytes = std::fs::read(&kept).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&kept, bytes).unwrap();
    sandbox.fail(&["eval", "run"], FAILURE, &["checksum does not match"]);
}

#[test]
fn questions_about_a_run_out_of_range_are_refused() {
    let sandbox = trained();
    sandbox.fail(
        &["eval", "run", "--sample", "0"],
        USAGE,
        &["--sample = 0 is out of range"],
    );
    sandbox.fail(
        &["eval", "run", "--threads", "0"],
        USAGE,
        &["--threads = 0 is out of range"],
    );
    sandbox.fail(
        &["nearest", "run", "n1", "-k", "0"],
        USAGE,
        &["-k = 0 is out of range"],
    );
    sandbox.succeed(&["nearest", "run", "n1", "-k", "1000000", "--quiet"]);
    sandbox.succeed(&["eval", "run", "--sample", "1000000", "--quiet"]);
    sandbox.fail(
        &["export", "run", "--format", "xml"],
        USAGE,
        &["possible values: word2vec"],
    );
}
