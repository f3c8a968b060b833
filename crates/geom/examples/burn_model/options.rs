//! The arguments of the example.

use std::path::{Path, PathBuf};

/// What `--help` prints.
pub(crate) const USAGE: &str =
    "usage: burn_model [--artifacts DIR] [--epochs N] [--resume EPOCH] [--plain]

  --artifacts DIR   folder of checkpoints, metrics and the log [runs/burn_model]
  --epochs N        passes over the data, those before a resume included [60]
  --resume EPOCH    goes on after this epoch of the run in the folder
  --plain           one line an epoch in place of the terminal interface

In the interface q, then s, stops the run; with --plain Ctrl-C does.";

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Options {
    pub(crate) artifacts: PathBuf,
    pub(crate) epochs: usize,
    pub(crate) resume: Option<usize>,
    pub(crate) plain: bool,
}

impl Options {
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            artifacts: PathBuf::from("runs/burn_model"),
            epochs: 60,
            resume: None,
            plain: false,
        };
        let mut arguments = arguments.into_iter();
        while let Some(flag) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .ok_or_else(|| format!("{flag} needs a value"))
            };
            match flag.as_str() {
                "--artifacts" => options.artifacts = PathBuf::from(value()?),
                "--epochs" => options.epochs = count(&flag, &value()?)?,
                "--resume" => options.resume = Some(count(&flag, &value()?)?),
                "--plain" => options.plain = true,
                _ => return Err(format!("no such argument: {flag}")),
            }
        }
        options.against_the_folder()
    }

    /// What is asked for has to fit what the folder holds.
    fn against_the_folder(self) -> Result<Self, String> {
        let folder = self.artifacts.display();
        match self.resume {
            Some(epoch) if epoch >= self.epochs => Err(format!(
                "--resume {epoch} leaves nothing to do: --epochs is {}",
                self.epochs
            )),
            Some(epoch) if !is_saved(&self.artifacts, epoch) => {
                Err(format!("{folder} has no checkpoint of epoch {epoch}"))
            }
            None if is_saved(&self.artifacts, 1) => Err(format!(
                "{folder} holds a run: --resume EPOCH goes on with it, another --artifacts begins one"
            )),
            _ => Ok(self),
        }
    }
}

fn count(flag: &str, value: &str) -> Result<usize, String> {
    let number = value.parse().ok().filter(|&number| number > 0);
    number.ok_or_else(|| format!("{flag} takes a whole number above 0, not {value:?}"))
}

/// Whether Burn's default checkpointers have saved this epoch.
fn is_saved(artifacts: &Path, epoch: usize) -> bool {
    ["model", "optim", "scheduler"].iter().all(|part| {
        let file = format!("checkpoint/{part}-{epoch}.bpk");
        artifacts.join(file).exists()
    })
}
