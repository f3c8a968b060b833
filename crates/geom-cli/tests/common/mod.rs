//! The program under test, in a folder of its own.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use safetensors::SafeTensors;
use serde_json::Value;
use tempfile::TempDir;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// A folder to run the program in, removed at the end.
pub(crate) struct Sandbox {
    folder: TempDir,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file and returns its name.
    pub(crate) fn file<'a>(&self, name: &'a str, content: impl AsRef<[u8]>) -> &'a str {
        std::fs::write(self.path(name), content).unwrap();
        name
    }

    /// The program, with neither the user's data nor the user's cache in sight.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_geom"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("GEOM_DATA_DIR")
            .env("HOME", self.folder.path())
            .env("XDG_CACHE_HOME", self.path("cache"))
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub(crate) fn geom<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Outcome {
        self.command(arguments).output().unwrap().into()
    }

    /// Runs the program and expects it to succeed.
    pub(crate) fn succeed<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Outcome {
        let outcome = self.geom(arguments);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        outcome
    }

    /// Starts the program and leaves it running.
    pub(crate) fn start<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Child {
        self.command(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Runs the program until it reaches the failpoint `name` for the `count`-th time, where it dies
    /// without cleaning up; a program that ends otherwise never came there.
    #[cfg(unix)]
    pub(crate) fn die_at<S: AsRef<OsStr>>(&self, arguments: &[S], name: &str, count: usize) {
        use std::os::unix::process::ExitStatusExt;
        let mut command = self.command(arguments);
        command.env("GEOM_FAILPOINT", format!("abort {name} {count}"));
        let output = command.output().unwrap();
        let aborted = output.status.signal().is_some();
        assert!(
            aborted,
            "{name} was not reached {count} times: {:?}",
            Outcome::from(output)
        );
    }

    /// Starts the program, sends it SIGINT while it pauses at the failpoint `name` for the `count`-th
    /// time, and lets it go on once it has said that it will stop.
    #[cfg(unix)]
    pub(crate) fn interrupt_at<S: AsRef<OsStr>>(
        &self,
        arguments: &[S],
        name: &str,
        count: usize,
    ) -> Outcome {
        use std::io::{BufRead, BufReader};
        let paused = self.path("paused");
        let mut command = self.command(arguments);
        let failpoint = format!("pause {name} {count} {}", paused.display());
        command.env("GEOM_FAILPOINT", failpoint);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        wait_until("the program pauses", || {
            assert!(
                child.try_wait().unwrap().is_none(),
                "the program ended before {name}"
            );
            paused.exists()
        });
        let kill = Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
        let mut errors = BufReader::new(child.stderr.take().unwrap());
        let mut stderr = String::new();
        while !stderr.contains("stopping") {
            let read = errors.read_line(&mut stderr).unwrap();
            assert!(read > 0, "the interrupt was not noticed: {stderr}");
        }
        std::fs::remove_file(&paused).unwrap();
        std::io::Read::read_to_string(&mut errors, &mut stderr).unwrap();
        let mut outcome: Outcome = child.wait_with_output().unwrap().into();
        outcome.stderr = stderr;
        outcome
    }

    /// Starts the program and sends it SIGINT while it pauses at the failpoint `name` for the `count`-th time,
    /// from which nobody lets it go on: it has to end all the same.
    #[cfg(unix)]
    pub(crate) fn end_at<S: AsRef<OsStr>>(
        &self,
        arguments: &[S],
        name: &str,
        count: usize,
    ) -> Outcome {
        let paused = self.path("paused");
        let mut command = self.command(arguments);
        let failpoint = format!("pause {name} {count} {}", paused.display());
        command.env("GEOM_FAILPOINT", failpoint);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        wait_until("the program pauses", || {
            assert!(
                child.try_wait().unwrap().is_none(),
                "the program ended before {name}"
            );
            paused.exists()
        });
        let kill = Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
        wait_until("the program ends", || child.try_wait().unwrap().is_some());
        std::fs::remove_file(&paused).unwrap();
        child.wait_with_output().unwrap().into()
    }

    /// Runs the program and expects `code` and an error message with every one of `needles`; on
    /// standard output nothing, or with `--json` the error as an object.
    pub(crate) fn fail<S: AsRef<OsStr>>(
        &self,
        arguments: &[S],
        code: i32,
        needles: &[&str],
    ) -> Outcome {
        let outcome = self.geom(arguments);
        let context = || {
            let words: Vec<_> = arguments
                .iter()
                .map(|word| word.as_ref().to_string_lossy())
                .collect();
            format!("geom {}\n{outcome:?}", words.join(" "))
        };
        assert_eq!(outcome.code, Some(code), "{}", context());
        assert!(outcome.stderr.contains("error: "), "{}", context());
        assert!(!outcome.stderr.contains("panicked"), "{}", context());
        let json = arguments.iter().any(|word| word.as_ref() == "--json");
        if json && !outcome.stdout.is_empty() {
            let message = outcome.json()["error"]["message"].to_string();
            assert!(message.len() > 2, "{}", context());
        } else {
            assert_eq!(outcome.stdout, "", "{}", context());
        }
        for needle in needles {
            // Long messages of the argument parser are wrapped.
            let text = outcome
                .stderr
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            assert!(text.contains(needle), "no {needle:?} in\n{}", context());
        }
        outcome
    }
}

/// How a run of the program ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Outcome {
    /// Standard output, which must be one JSON object on one line.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.stdout.lines().count(), 1, "{self:?}");
        let value: Value = serde_json::from_str(&self.stdout).unwrap();
        assert!(value.is_object(), "{self:?}");
        value
    }
}

/// The relations of every node of a complete binary tree to all its ancestors, as an edge list.
pub(crate) fn tree(nodes: usize) -> String {
    let mut text = String::from("child,parent\n");
    for node in 1..nodes {
        let mut ancestor = node;
        while ancestor > 0 {
            ancestor = (ancestor - 1) / 2;
            text.push_str(&format!("n{node},n{ancestor}\n"));
        }
    }
    text
}

pub(crate) fn checkpoint_path(run: &Path) -> PathBuf {
    run.join("checkpoint.safetensors")
}

/// The raw bytes of the tensor `name` of a run's checkpoint.
pub(crate) fn tensor(run: &Path, name: &str) -> Vec<u8> {
    let bytes = std::fs::read(checkpoint_path(run)).unwrap();
    SafeTensors::deserialize(&bytes)
        .unwrap()
        .tensor(name)
        .unwrap()
        .data()
        .to_vec()
}

/// The table of a run as numbers; it must be in double precision.
pub(crate) fn points(run: &Path) -> Vec<f64> {
    tensor(run, "points")
        .as_chunks::<8>()
        .0
        .iter()
        .map(|&bytes| f64::from_le_bytes(bytes))
        .collect()
}

/// The names of a run, in row order.
pub(crate) fn vocabulary(run: &Path) -> Vec<String> {
    String::from_utf8(tensor(run, "vocabulary"))
        .unwrap()
        .split('\n')
        .map(str::to_owned)
        .collect()
}

/// The epochs of a run's checkpoint, if it has one.
pub(crate) fn epochs_saved(run: &Path) -> Option<u64> {
    let bytes = std::fs::read(checkpoint_path(run)).ok()?;
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let description: Value =
        serde_json::from_str(&metadata.metadata().as_ref().unwrap()["geom"]).unwrap();
    description["epochs"].as_u64()
}

/// Waits until `condition` holds.
pub(crate) fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A sandbox with the edge list `tree.csv` and the finished run `run` on it.
pub(crate) fn trained() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.file("tree.csv", tree(31));
    sandbox.succeed(&embed(
        "tree.csv",
        &["--epochs", "5", "--quiet", "--out", "run"],
    ));
    sandbox
}

/// A small embedding of an edge list.
pub(crate) fn embed<'a>(dataset: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [
        &[
            "embed",
            "--dataset",
            dataset,
            "--dim",
            "2",
            "--threads",
            "1",
            "--negatives",
            "10",
        ],
        more,
    ]
    .concat()
}

/// Every file of a folder with its content.
pub(crate) fn snapshot(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| {
        let entry = entry.unwrap();
        (
            entry.file_name().into_string().unwrap(),
            std::fs::read(entry.path()).unwrap(),
        )
    });
    files.collect()
}

/// A short run on a generated tree.
pub(crate) fn short<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let settings = ["--dataset", "disease-lp", "--epochs", "20"];
    [&["train"], &settings[..], &["--min-epochs", "1"], more].concat()
}

/// The shortest run on a generated tree.
pub(crate) fn train<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let settings = ["--dataset", "disease-lp", "--epochs", "3"];
    [&["train"], &settings[..], &["--min-epochs", "1"], more].concat()
}

/// A sandbox with the graph `ring`: two cycles of 30 nodes, each a class, with noisy features.
pub(crate) fn with_ring() -> Sandbox {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("ring")).unwrap();
    let (mut edges, mut features, mut labels) = (String::new(), String::new(), String::new());
    for node in 0..60 {
        let class = node / 30;
        edges += &format!("{node}\t{}\n", 30 * class + (node + 1) % 30);
        let noise = (node * 7 % 5) as f64 / 10.0;
        features += &format!("{} {} 1\n", 1 - class + node % 2, class as f64 + noise);
        labels += &format!("{class}\n");
    }
    sandbox.file("ring/edges.tsv", edges);
    sandbox.file("ring/features.txt", features);
    sandbox.file("ring/labels.txt", labels);
    sandbox
}
