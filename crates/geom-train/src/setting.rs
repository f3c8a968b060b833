//! Settings that are out of range, and settings that contradict a run.

use std::borrow::Cow;
use std::fmt;

/// A setting outside its range.
///
/// The field is named as in the settings' type. A rule that depends on other fields names them in
/// backticks, so that a program can show them by its own names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} = {value} is out of range: {rule}")]
pub struct SettingError {
    /// The field of the settings.
    pub field: &'static str,
    /// What was given.
    pub value: String,
    /// What it must be.
    pub rule: Cow<'static, str>,
}

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

/// An error unless the rule holds.
pub(crate) fn check(
    holds: bool,
    field: &'static str,
    value: impl ToString,
    rule: impl Into<Cow<'static, str>>,
) -> Result<(), SettingError> {
    if holds {
        Ok(())
    } else {
        Err(SettingError {
            field,
            value: value.to_string(),
            rule: rule.into(),
        })
    }
}
