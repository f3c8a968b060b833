//! Settings that are out of range.

use std::borrow::Cow;
use std::fmt::Display;

use thiserror::Error;

/// A setting outside its range: the one error of all configurations, from layers to trainers.
///
/// The field is named as in the type of the settings. A rule that depends on other fields names them
/// in backticks, so that a program can show them by its own names.
///
/// # Examples
/// ```
/// use geom_core::SettingError;
///
/// fn check_rate(rate: f64) -> Result<(), SettingError> {
///     SettingError::check(rate > 0.0, "rate", rate, "a positive number")
/// }
///
/// assert!(check_rate(0.1).is_ok());
/// let error = check_rate(-0.5).unwrap_err();
/// assert_eq!(error.to_string(), "rate = -0.5 is out of range: a positive number");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{field} = {value} is out of range: {rule}")]
pub struct SettingError {
    /// The field of the settings.
    pub field: &'static str,
    /// What was given.
    pub value: String,
    /// What it must be.
    pub rule: Cow<'static, str>,
}

impl SettingError {
    /// The error about `field`.
    pub fn new(
        field: &'static str,
        value: impl Display,
        rule: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            field,
            value: value.to_string(),
            rule: rule.into(),
        }
    }

    /// Nothing if the rule holds.
    ///
    /// # Errors
    /// The error about `field` if it does not.
    pub fn check(
        holds: bool,
        field: &'static str,
        value: impl Display,
        rule: impl Into<Cow<'static, str>>,
    ) -> Result<(), Self> {
        match holds {
            true => Ok(()),
            false => Err(Self::new(field, value, rule)),
        }
    }
}
