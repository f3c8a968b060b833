//! What is to be said of tables that were read.

use crate::graph::table::Table;

/// What is to be said of tables that were read: which first lines were headers, and what may not be as it
/// was meant.
#[derive(Default)]
pub(super) struct Remarks {
    skipped: Vec<String>,
    notes: Vec<String>,
}

impl Remarks {
    /// The first line of a table was a header.
    pub(super) fn skipped(&mut self, table: &Table, line: &str) {
        const SHOWN: usize = 60;
        let text: String = line.trim().replace('\t', " ").chars().take(SHOWN).collect();
        let more = if line.trim().chars().count() > SHOWN {
            "…"
        } else {
            ""
        };
        self.skipped
            .push(format!("{} ({text}{more})", table.file()));
    }

    pub(super) fn note(&mut self, text: String) {
        self.notes.push(text);
    }

    pub(super) fn into_notes(self) -> Vec<String> {
        let mut notes = self.notes;
        if !self.skipped.is_empty() {
            let plural = if self.skipped.len() == 1 { "" } else { "s" };
            notes.insert(
                0,
                format!("header{plural} skipped: {}", self.skipped.join(", ")),
            );
        }
        notes
    }
}
