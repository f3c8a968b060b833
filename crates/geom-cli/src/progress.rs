//! How far a long piece of work is: a bar on a terminal, elsewhere a line every ten seconds.

use std::io::{self, IsTerminal as _, Write as _};
use std::ops::Deref;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::numbers::duration;

/// Between two lines where there is no terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// A bar, or the lines instead of it. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    /// Ends the lines.
    _lines: Option<Sender<()>>,
}

impl Progress {
    /// Nothing is shown.
    pub(crate) fn hidden() -> Self {
        Self {
            bar: ProgressBar::hidden(),
            _lines: None,
        }
    }

    /// Of the work called `what`, in so many steps; 0 if nobody knows how many.
    pub(crate) fn new(what: &'static str, length: u64, template: &str) -> Self {
        if !io::stderr().is_terminal() {
            let bar = ProgressBar::hidden();
            bar.set_length(length);
            let lines = lines(what, bar.clone());
            return Self {
                bar,
                _lines: Some(lines),
            };
        }
        let bar =
            ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr_with_hz(8));
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━╸ "));
        }
        bar.enable_steady_tick(Duration::from_millis(125));
        Self { bar, _lines: None }
    }
}

impl Deref for Progress {
    type Target = ProgressBar;

    fn deref(&self) -> &ProgressBar {
        &self.bar
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if !self.bar.is_finished() {
            self.bar.finish_and_clear();
        }
    }
}

/// Writes a line every ten seconds until the sender is dropped.
fn lines(what: &'static str, bar: ProgressBar) -> Sender<()> {
    let (sender, end) = mpsc::channel();
    std::thread::spawn(move || {
        while end.recv_timeout(BETWEEN_LINES) == Err(RecvTimeoutError::Timeout) {
            let _ = writeln!(io::stderr(), "{}", line(what, &bar));
        }
    });
    sender
}

fn line(what: &str, bar: &ProgressBar) -> String {
    let share = match bar.length() {
        Some(length) if length > 0 => format!("{} %", 100 * bar.position() / length),
        _ => String::new(),
    };
    let elapsed = duration(bar.elapsed().as_secs_f64());
    let parts = [share, bar.message(), elapsed];
    let parts: Vec<&str> = parts
        .iter()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    format!("{what:<9} {}", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_and_how_far() {
        let bar = ProgressBar::hidden();
        bar.set_length(200);
        bar.set_position(50);
        bar.set_message("epoch 3");
        let said = line("training", &bar);
        assert!(said.starts_with("training  25 %, epoch 3, 0.0 s"), "{said}");
        let unknown = line("reading", &ProgressBar::hidden());
        assert_eq!(unknown, "reading   0.0 s");
    }
}
