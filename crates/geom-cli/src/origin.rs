//! What made a run: the program's version and its command line.

use serde::{Deserialize, Serialize};

/// The version and the command line that began a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    /// Of the program.
    pub(crate) version: String,
    /// The program and its arguments, each as it was given; what is no Unicode in them is replaced.
    pub(crate) command: Vec<String>,
}

impl Origin {
    /// Of this program.
    pub(crate) fn now() -> Self {
        let arguments = std::env::args_os();
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            command: arguments
                .map(|argument| argument.to_string_lossy().into_owned())
                .collect(),
        }
    }

    /// The command line as a shell takes it.
    pub(crate) fn shell(&self) -> String {
        let words = self.command.iter().enumerate();
        let words = words.map(|(place, word)| match place {
            // Wherever it was, it is found by its name.
            0 => "geom".to_owned(),
            _ => quoted(word),
        });
        words.collect::<Vec<_>>().join(" ")
    }
}

/// A word in single quotes, unless it is plain.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./,:=+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_the_words_apart_again() {
        let words = [
            "/usr/bin/geom",
            "embed",
            "--dataset",
            "my pets.csv",
            "it's",
            "",
            "$HOME",
        ];
        let origin = Origin {
            version: "1.0.0".to_owned(),
            command: words.map(str::to_owned).to_vec(),
        };
        let line = origin.shell();
        assert_eq!(
            line,
            "geom embed --dataset 'my pets.csv' 'it'\\''s' '' '$HOME'"
        );
    }
}
