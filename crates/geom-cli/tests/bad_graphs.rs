//! Everything that can be wrong with what `geom train` and its followers are given.
#![cfg(unix)]

mod common;

use common::{checkpoint_path, short, with_ring};

const USAGE: i32 = 2;
const FAILURE: i32 = 1;

#[test]
fn wrong_flags_are_named() {
    let sandbox = with_ring();
    let cases: [(&[&str], &[&str]); 17] = [
        (
            &["--patience", "0"],
            &["--patience = 0 is out of range: 1 to"],
        ),
        (&["--epochs", "0"], &["--epochs = 0 is out of range"]),
        (&["--dim", "0"], &["--dim = 0 is out of range"]),
        (&["--lr", "NaN"], &["--lr = NaN is out of range"]),
        (&["--dropout", "1"], &["--dropout = 1 is out of range"]),
        (
            &["--curvature", "-1"],
            &["--curvature = -1 is out of range"],
        ),
        (&["--checkpoint-every", "0"], &["--checkpoint-every = 0"]),
        (
            &["--model", "gcn", "--manifold", "poincare"],
            &[
                "gcn is flat: there is no poincare",
                "hint: use --model hgcn",
            ],
        ),
        (
            &["--model", "hybonet", "--manifold", "poincare"],
            &["hybonet does not support the space poincare"],
        ),
        (&["--model", "hgcm"], &["unknown model \"hgcm\"", "hgcn"]),
        (
            &["--dataset", "corra"],
            &["unknown dataset", "did you mean \"cora\"?"],
        ),
        (&["--batch", "neighbor:0"], &["full, or neighbor:15,10"]),
        (
            &["--batch", "neighbor:3,3", "--batch-size", "0"],
            &["--batch-size = 0 is out of range: at least 1"],
        ),
        (
            &["--model", "shallow", "--batch", "neighbor:3,3"],
            &["--batch = neighbor", "does not look at neighbors"],
        ),
        (
            &["--model", "hybonet", "--curvature", "learn"],
            &["--curvature = learn", "hybonet"],
        ),
        (
            &["--task", "lp", "--link-loss", "1"],
            &["--link-loss = 1 is out of range"],
        ),
        (&["--dataset", "random:10,20"], &["mean_degree", "hint: "]),
    ];
    for (flags, needles) in cases {
        let flags = [&["train", "--out", "run"], flags].concat();
        sandbox.fail(&flags, USAGE, needles);
        assert!(!sandbox.path("run").exists(), "{flags:?} made a folder");
    }
}

#[test]
fn broken_folders_are_refused_with_file_line_and_remedy() {
    let sandbox = with_ring();
    let whole = |name: &str| std::fs::read_to_string(sandbox.path(name)).unwrap();
    let [edges, features] = ["ring/edges.tsv", "ring/features.txt"].map(whole);
    let train = ["train", "--dataset", "ring", "--task", "nc", "--out", "run"];
    let refused = |needles: &[&str]| {
        sandbox.fail(&train, FAILURE, needles);
        assert!(!sandbox.path("run").exists(), "{needles:?}: made a folder");
    };
    sandbox.file("ring/edges.tsv", "0\t1\n1\tx\n");
    refused(&["ring/edges.tsv:2", "two node numbers", "hint: "]);
    sandbox.file("ring/edges.tsv", "0\t1\n1\t60\n");
    refused(&["ring/edges.tsv:2", "60", "hint: "]);
    sandbox.file("ring/edges.tsv", edges);
    sandbox.file(
        "ring/features.txt",
        features.replacen("1 0 1", "1 NaN 1", 1),
    );
    refused(&["ring/features.txt:1", "NaN", "hint: "]);
    sandbox.file("ring/features.txt", features);
    sandbox.file("ring/labels.txt", "0\n".repeat(60));
    refused(&["node classification"]);
    std::fs::remove_file(sandbox.path("ring/labels.txt")).unwrap();
    refused(&["cannot serve node classification: there are no labels"]);
    std::fs::remove_file(sandbox.path("ring/edges.tsv")).unwrap();
    refused(&["there is no edges", "hint: "]);
}

#[test]
fn a_folder_that_cannot_be_resumed_stays_as_it_is() {
    let sandbox = with_ring();
    sandbox.file("tree.csv", common::tree(15));
    let embed = [
        "embed",
        "--dataset",
        "tree.csv",
        "--dim",
        "2",
        "--epochs",
        "2",
    ];
    sandbox.succeed(&[&embed[..], &["--quiet", "--out", "embedding"]].concat());
    sandbox.succeed(&short(&["--out", "network", "--quiet"]));
    sandbox.fail(
        &["train", "--resume", "embedding"],
        USAGE,
        &["is a run of geom embed", "geom embed --resume embedding"],
    );
    let needles = ["is a run of geom train", "geom train --resume network"];
    sandbox.fail(&["embed", "--resume", "network"], USAGE, &needles);
    // Its nodes have numbers.
    let nearest = ["nearest", "network", "a"];
    sandbox.fail(&nearest, USAGE, &["unknown node \"a\" in network"]);
    sandbox.fail(
        &["predict", "embedding", "--nodes", "1"],
        USAGE,
        &["geom embed"],
    );
    sandbox.fail(
        &["train", "--resume", "nowhere"],
        FAILURE,
        &["is not a run folder", "hint: "],
    );
    sandbox.fail(
        &["train", "--out", "network"],
        USAGE,
        &["already holds a run", "--resume network"],
    );
    let checkpoint = checkpoint_path(&sandbox.path("network"));
    let before = std::fs::read(&checkpoint).unwrap();
    for (flags, needle) in [
        (["--model", "gcn"], "--model is hgcn in the run, gcn now"),
        (["--dim", "3"], "--dim is 16 in the run, 3 now"),
        (["--epochs", "1"], "--epochs is 1, and 20 are done"),
    ] {
        let resume = [&["train", "--resume", "network"], &flags[..]].concat();
        sandbox.fail(&resume, USAGE, &[needle]);
    }
    assert_eq!(std::fs::read(&checkpoint).unwrap(), before);
    std::fs::write(&checkpoint, &before[..before.len() / 2]).unwrap();
    for command in ["eval", "plot"] {
        sandbox.fail(&[command, "network"], FAILURE, &["checkpoint.safetensors"]);
    }
    std::fs::remove_file(&checkpoint).unwrap();
    sandbox.fail(&["plot", "network"], FAILURE, &["no checkpoint"]);
}

#[test]
fn a_settings_file_is_for_the_model_and_task_it_names() {
    let sandbox = with_ring();
    let train = ["train", "--dataset", "ring", "--task", "nc", "--json"];
    let train = [&train[..], &["--model", "mlp", "--config", "a.toml"]].concat();
    sandbox.file("a.toml", "model = \"mlp\"\ntask = \"nc\"\nepochs = 2\n");
    assert_eq!(sandbox.succeed(&train).json()["epochs"], 2);
    sandbox.file("a.toml", "model = \"gcn\"\nepochs = 2\n");
    let needles = ["a.toml", "for model \"gcn\", and not \"mlp\""];
    sandbox.fail(&train, USAGE, &needles);
    sandbox.file("a.toml", "lr = nan\n");
    sandbox.fail(&train, USAGE, &["a.toml", "lr = NaN is out of range"]);
    sandbox.file("a.toml", "[all]\nepochs = 2\n");
    sandbox.fail(
        &train,
        USAGE,
        &["a.toml", "all", "hint: settings stand at the top"],
    );
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "release builds have no failpoints")]
fn a_run_before_its_first_model_can_go_on() {
    let sandbox = with_ring();
    let long = ["train", "--dataset", "ring", "--task", "nc", "--out", "run"];
    let epochs = ["--epochs", "100000", "--patience", "100000"];
    let rare = ["--checkpoint-every", "100000"];
    sandbox.die_at(&[&long[..], &epochs, &rare].concat(), "epoch", 1);
    for command in [
        &["eval", "run"][..],
        &["plot", "run"],
        &["predict", "run", "--nodes", "0"],
    ] {
        let needles = [
            "in its first epochs",
            "hint: resume it with: geom train --resume run",
        ];
        sandbox.fail(command, FAILURE, &needles);
    }
    let resume = ["train", "--resume", "run", "--epochs", "3", "--json"];
    assert_eq!(sandbox.succeed(&resume).json()["epochs"], 3);
}

#[test]
fn data_that_changed_since_training_is_noticed() {
    let sandbox = with_ring();
    let train = ["train", "--dataset", "ring", "--task", "nc", "--out", "run"];
    sandbox.succeed(&[&train[..], &["--epochs", "2", "--quiet"]].concat());
    let edges = std::fs::read_to_string(sandbox.path("ring/edges.tsv")).unwrap();
    sandbox.file("ring/edges.tsv", edges.replacen("0\t1\n", "0\t2\n", 1));
    for command in [&["eval", "run"][..], &["train", "--resume", "run"]] {
        let needles = ["is not what run was trained on", "hint: put the data back"];
        sandbox.fail(command, FAILURE, &needles);
    }
}

#[test]
fn a_folder_called_like_a_dataset_is_a_folder() {
    let sandbox = with_ring();
    std::fs::rename(sandbox.path("ring"), sandbox.path("airport")).unwrap();
    let features = |folder: &str| {
        let dataset = format!("./{folder}");
        let train = ["train", "--dataset", &dataset, "--task", "nc", "--json"];
        let result = sandbox.succeed(&[&train[..], &["--epochs", "2"]].concat());
        assert_eq!(result.json()["dataset"], folder);
        assert!(result.stderr.contains(" 3 features"), "{result:?}");
    };
    features("airport");
    for name in ["disease-nc", "cora"] {
        std::fs::rename(sandbox.path("airport"), sandbox.path(name)).unwrap();
        features(name);
        std::fs::rename(sandbox.path(name), sandbox.path("airport")).unwrap();
    }
}

#[test]
fn a_folder_of_other_data_is_not_taken_for_the_right_one() {
    let sandbox = with_ring();
    let nowhere = |arguments: &[&str]| {
        let mut command = sandbox.command(arguments);
        command.env("GEOM_DATA_DIR", sandbox.path("nowhere"));
        let outcome: common::Outcome = command.output().unwrap().into();
        assert_eq!(outcome.code, Some(USAGE), "{outcome:?}");
        let needles = ["GEOM_DATA_DIR", "which is not a folder", "hint: correct it"];
        for needle in needles {
            assert!(outcome.stderr.contains(needle), "{outcome:?}");
        }
    };
    nowhere(&["train", "--dataset", "disease-nc", "--quiet"]);
    nowhere(&["datasets", "list"]);

    sandbox.file("ring/edges.csv", "0,1\n");
    let train = ["train", "--dataset", "ring", "--task", "nc", "--out", "run"];
    let needles = ["ring/edges.tsv: edges.csv beside it", "keep one of the two"];
    sandbox.fail(&train, FAILURE, &needles);
    let needles = ["edges.csv: a file, where a folder", "name the folder"];
    sandbox.fail(&["train", "--dataset", "ring/edges.csv"], FAILURE, &needles);
    std::fs::create_dir(sandbox.path("other")).unwrap();
    sandbox.file("other/log.csv", "mine\n");
    let needles = ["other holds a log.csv"];
    sandbox.fail(&short(&["--out", "other"]), USAGE, &needles);
}

#[test]
fn output_that_is_lost_is_a_failure() {
    let sandbox = with_ring();
    sandbox.succeed(&short(&["--out", "run", "--quiet"]));
    for arguments in [
        &["eval", "run"][..],
        &["predict", "run", "--nodes", "0-1", "--json"],
        &["datasets", "list"],
    ] {
        let full = std::fs::File::options().write(true).open("/dev/full");
        let mut command = sandbox.command(arguments);
        command.stdout(full.unwrap());
        let outcome: common::Outcome = command.output().unwrap().into();
        assert_eq!(outcome.code, Some(FAILURE), "{outcome:?}");
        let needle = "standard output cannot be written";
        assert!(outcome.stderr.contains(needle), "{outcome:?}");
    }
    // An error that cannot be told is one all the same.
    let full = std::fs::File::options().write(true).open("/dev/full");
    let mut command = sandbox.command(&["eval", "nowhere"]);
    assert_eq!(
        command.stderr(full.unwrap()).status().unwrap().code(),
        Some(FAILURE)
    );
}

#[test]
fn a_run_that_diverges_at_once_leaves_nothing_behind() {
    let sandbox = with_ring();
    let train = [
        "train",
        "--dataset",
        "ring",
        "--task",
        "nc",
        "--model",
        "mlp",
    ];
    let train = [&train[..], &["--lr", "1e30", "--out", "run", "--quiet"]].concat();
    sandbox.fail(&train, FAILURE, &["diverged in epoch 1", "smaller --lr"]);
    assert!(!sandbox.path("run").exists());
}
