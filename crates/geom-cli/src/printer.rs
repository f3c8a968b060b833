//! Output: results on standard output, everything else on standard error. What a terminal would obey is
//! written out on either.

use std::io::{self, IsTerminal as _, Write};
use std::sync::OnceLock;

use serde::Serialize;

use crate::args::OutputArguments;
use crate::error::{CliError, Failure};
use crate::progress::Progress;
use crate::terminal::{escaped, escaped_json};

/// Why the first text did not reach standard output, if one did not.
static OUTPUT_ERROR: OnceLock<io::Error> = OnceLock::new();

/// Writes to standard output. A closed pipe, as of `head`, is no reason to fail; any other failure, as
/// of a full disk, is reported at the end by [`output_error`].
pub(crate) fn print(text: &str) {
    keep_output_error(write_out(&escaped(text)));
}

fn write_out(text: &str) -> io::Result<()> {
    let mut out = io::stdout();
    out.write_all(text.as_bytes()).and_then(|()| out.flush())
}

/// Remembers why standard output could not be written to.
pub(crate) fn keep_output_error(written: io::Result<()>) {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let _ = OUTPUT_ERROR.set(error);
        }
        _ => {}
    }
}

/// Why what was printed is not where it should be.
pub(crate) fn output_error() -> Option<&'static io::Error> {
    OUTPUT_ERROR.get()
}

/// A line on standard error, if it can be written to.
pub(crate) fn print_error(text: impl std::fmt::Display) {
    let _ = writeln!(io::stderr(), "{}", escaped(&text.to_string()));
}

/// A failure as an object on standard error.
pub(crate) fn print_failure(failure: &Failure) {
    let _ = writeln!(io::stderr(), "{}", json_line(failure));
}

/// Decides what is printed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Printer {
    json: bool,
    quiet: bool,
}

impl Printer {
    pub(crate) fn new(output: OutputArguments) -> Self {
        Self {
            json: output.json,
            quiet: output.quiet,
        }
    }

    /// A line of the human-readable account. With `--json` it goes to standard error, so that
    /// standard output holds the one object.
    pub(crate) fn line(&self, label: &str, text: impl std::fmt::Display) {
        if !self.quiet {
            self.answer(label, text);
        }
    }

    /// A line of the answer to a question, which is printed also when nothing else is.
    pub(crate) fn answer(&self, label: &str, text: impl std::fmt::Display) {
        let line = format!("{label:<9} {text}").replace('\n', "\\n");
        if !self.json {
            print(&(line + "\n"));
        } else if !self.quiet {
            print_error(line);
        }
    }

    /// A remark on standard error.
    pub(crate) fn note(&self, text: impl std::fmt::Display) {
        if !self.quiet {
            print_error(format_args!("note: {text}"));
        }
    }

    /// A line of progress on standard error.
    pub(crate) fn progress(&self, text: impl std::fmt::Display) {
        if !self.quiet {
            print_error(text);
        }
    }

    /// Why a command failed, and as JSON if that was asked for: the last line of standard error.
    pub(crate) fn failure(&self, error: &CliError) {
        print_error(format_args!("error: {error}"));
        if let Some(hint) = error.hint() {
            print_error(format_args!("hint: {hint}"));
        }
        if self.json {
            print_failure(&Failure::of(error));
        }
    }

    /// The result as one JSON object, if asked for.
    pub(crate) fn result(&self, result: &impl Serialize) {
        if self.json {
            keep_output_error(write_out(&(json_line(result) + "\n")));
        }
    }

    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// How many of `length` answers are printed, where the answers themselves do not show it.
    pub(crate) fn progress_beside_output(&self, what: &'static str, length: usize) -> Progress {
        if length == 1 || io::stdout().is_terminal() {
            Progress::hidden()
        } else {
            let template = "{prefix:<9} {wide_bar} {pos}/{len}  {eta} left";
            let bar = self.progress_of(what, length as u64, template);
            bar.set_prefix(what);
            bar
        }
    }

    /// How far the work called `what` is, in `length` steps, on standard error; nothing when quiet.
    pub(crate) fn progress_of(&self, what: &'static str, length: u64, template: &str) -> Progress {
        if self.quiet {
            Progress::hidden()
        } else {
            Progress::new(what, length, template)
        }
    }
}

/// The version of the objects that `--json` prints, which docs/json.md describes. It grows when a field goes
/// or changes its meaning, not when one is added.
const SCHEMA: u32 = 1;

/// An object with the version of its schema.
#[derive(Serialize)]
pub(crate) struct Versioned<'a, T> {
    schema: u32,
    #[serde(flatten)]
    object: &'a T,
}

impl<'a, T> Versioned<'a, T> {
    pub(crate) fn new(object: &'a T) -> Self {
        Self {
            schema: SCHEMA,
            object,
        }
    }
}

/// An object of `--json` in a line, without what a terminal would obey.
fn json_line(object: &impl Serialize) -> String {
    // They hold numbers and strings under names only, which always serialize.
    let text = serde_json::to_string(&Versioned::new(object)).unwrap_or_default();
    escaped_json(&text).into_owned()
}
