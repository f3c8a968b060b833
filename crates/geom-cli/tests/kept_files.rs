//! What is on the disk stays there: nobody's files are overwritten, two programs do not share a run, and a
//! run needs nothing but its folder.
#![cfg(unix)]

mod common;

use std::process::Command;

use common::{Sandbox, checkpoint_path, embed, short, snapshot, trained, tree, wait_until};

const USAGE: i32 = 2;

#[test]
fn files_of_the_user_are_never_overwritten_by_a_run() {
    let sandbox = Sandbox::new();
    sandbox.file("tree.csv", tree(15));
    for name in [
        "log.csv",
        "result.json",
        "disk.svg",
        "data.safetensors",
        "curves.png",
    ] {
        let folder = sandbox.path("mine");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join(name), "mine").unwrap();
        let embed = embed("tree.csv", &["--epochs", "1", "--out", "mine"]);
        for arguments in [embed, short(&["--out", "mine"])] {
            sandbox.fail(&arguments, USAGE, &[&format!("mine holds a {name}")]);
        }
        assert_eq!(snapshot(&folder).len(), 1);
        std::fs::remove_dir_all(&folder).unwrap();
    }
    sandbox.file("log.csv", "mine");
    let here = embed("tree.csv", &["--epochs", "1", "--out", "."]);
    sandbox.fail(&here, USAGE, &[". holds a log.csv"]);
}

#[test]
fn a_picture_on_a_full_disk_is_an_error() {
    let sandbox = trained();
    // A device that is always full, under a name that ends like a picture.
    for name in ["full.svg", "full.png"] {
        std::os::unix::fs::symlink("/dev/full", sandbox.path(name)).unwrap();
        sandbox.fail(
            &["plot", "run", "--out", name],
            1,
            &[name, "hint: free some space"],
        );
    }
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "release builds have no failpoints")]
fn one_run_is_trained_by_one_program_at_a_time() {
    let sandbox = Sandbox::new();
    sandbox.file("tree.csv", tree(31));
    let start = embed("tree.csv", &["--epochs", "3", "--quiet", "--out", "run"]);
    let paused = sandbox.path("paused");
    let mut command = sandbox.command(&start);
    command.env(
        "GEOM_FAILPOINT",
        format!("pause epoch 2 {}", paused.display()),
    );
    let mut first = command.spawn().unwrap();
    wait_until("the program pauses", || paused.exists());
    let before = snapshot(&sandbox.path("run"));
    let resume = ["embed", "--resume", "run"];
    sandbox.fail(&resume, USAGE, &["run is being trained by another program"]);
    sandbox.fail(&start, USAGE, &["run already holds a run"]);
    assert_eq!(
        snapshot(&sandbox.path("run")),
        before,
        "a refusal changes nothing"
    );
    std::fs::remove_file(&paused).unwrap();
    assert!(first.wait().unwrap().success());
    sandbox.succeed(&resume);
}

#[test]
fn files_that_a_run_needs_are_never_exported_over() {
    let sandbox = trained();
    let (run, table) = (snapshot(&sandbox.path("run")), tree(31));
    std::fs::hard_link(checkpoint_path(&sandbox.path("run")), sandbox.path("link")).unwrap();
    std::os::unix::fs::symlink("run/run.json", sandbox.path("soft")).unwrap();
    for out in [
        "run/checkpoint.safetensors",
        "run/../run/data.safetensors",
        "soft",
        "run/result.json",
        "tree.csv",
        "./tree.csv",
    ] {
        let export = ["export", "run", "--format", "csv", "--out", out];
        sandbox.fail(&export, USAGE, &["will not be overwritten", out]);
    }
    assert_eq!(snapshot(&sandbox.path("run")), run);
    assert_eq!(
        std::fs::read_to_string(sandbox.path("tree.csv")).unwrap(),
        table
    );
    // A name beside the other of a hard link is another file: it is replaced, and the run is not.
    sandbox.succeed(&["export", "run", "--format", "csv", "--out", "link"]);
    assert_eq!(
        snapshot(&sandbox.path("run"))["checkpoint.safetensors"],
        run["checkpoint.safetensors"]
    );
}

#[test]
fn a_run_needs_nothing_but_its_folder() {
    let sandbox = trained();
    std::fs::remove_file(sandbox.path("tree.csv")).unwrap();
    std::fs::rename(sandbox.path("run"), sandbox.path("moved")).unwrap();
    for arguments in [
        &["eval", "moved"][..],
        &["plot", "moved"],
        &["nearest", "moved", "n3"],
        &["embed", "--resume", "moved"],
    ] {
        sandbox.succeed(arguments);
    }
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "release builds have no failpoints")]
fn data_that_moved_are_known_by_what_is_in_them() {
    let sandbox = Sandbox::new();
    sandbox.file("tree.csv", tree(31));
    let start = embed("tree.csv", &["--epochs", "5", "--quiet", "--out", "run"]);
    sandbox.die_at(&start, "epoch", 3);
    std::fs::rename(sandbox.path("tree.csv"), sandbox.path("moved.csv")).unwrap();
    sandbox.file("other.csv", tree(15));
    let other = ["embed", "--resume", "run", "--dataset", "other.csv"];
    sandbox.fail(&other, USAGE, &["--dataset is", "tree.csv in the run"]);
    sandbox.succeed(&["embed", "--resume", "run", "--dataset", "moved.csv"]);
}

#[test]
fn a_stream_is_read_as_a_table_and_the_run_keeps_it() {
    let sandbox = Sandbox::new();
    sandbox.file("tree.csv", tree(31));
    let mut arguments = embed("/dev/stdin", &["--epochs", "3", "--quiet", "--out", "run"]);
    let mut command = sandbox.command(&arguments);
    command.stdin(std::fs::File::open(sandbox.path("tree.csv")).unwrap());
    assert!(command.status().unwrap().success());
    sandbox.succeed(&["eval", "run"]);
    arguments[2] = "/dev/fd/0";
    let mut shell = Command::new("cat");
    let piped = shell
        .arg(sandbox.path("tree.csv"))
        .stdout(std::process::Stdio::piped());
    let mut cat = piped.spawn().unwrap();
    arguments.pop();
    arguments.push("piped");
    let mut command = sandbox.command(&arguments);
    command.stdin(cat.stdout.take().unwrap());
    assert!(command.status().unwrap().success());
    assert!(cat.wait().unwrap().success());
}

#[test]
fn standard_output_holds_the_export_alone() {
    let sandbox = trained();
    for format in ["csv", "word2vec", "safetensors"] {
        sandbox.succeed(&["export", "run", "--format", format, "--out", "file"]);
        let file = std::fs::read(sandbox.path("file")).unwrap();
        for out in ["-", "/dev/stdout"] {
            let mut command = sandbox.command(&["export", "run", "--format", format, "--out", out]);
            let output = command.output().unwrap();
            assert!(output.status.success());
            assert!(output.stdout == file, "{format} {out}");
        }
    }
    assert!(!sandbox.path("-").exists());
    let export = ["export", "run", "--format", "npy", "--out", "-"];
    sandbox.fail(&export, USAGE, &["two files"]);
}
