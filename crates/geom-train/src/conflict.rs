//! Settings that contradict a run.

use std::fmt;

/// A setting that differs from that of the run which is to be resumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingConflict {
    /// The field of the settings.
    pub field: String,
    /// Its value in the run.
    pub run: String,
    /// The value that is asked for now.
    pub now: String,
}

impl fmt::Display for SettingConflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, run, now } = self;
        write!(f, "{field} is {run} in the run, {now} now")
    }
}
