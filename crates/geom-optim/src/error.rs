//! What can be wrong with an optimizer's settings.

use thiserror::Error;

/// A hyperparameter outside the range in which its optimizer is defined.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{setting} = {value} is out of range: it must be {rule}")]
#[non_exhaustive]
pub struct InvalidSetting {
    /// The name of the setting, as in the configuration file.
    pub setting: &'static str,
    /// The value that was given.
    pub value: f64,
    /// The range the value must lie in.
    pub rule: &'static str,
}

/// An error about `setting` unless `holds`.
pub(crate) fn require(
    holds: bool,
    setting: &'static str,
    value: f64,
    rule: &'static str,
) -> Result<(), InvalidSetting> {
    match holds {
        true => Ok(()),
        false => Err(InvalidSetting {
            setting,
            value,
            rule,
        }),
    }
}

/// Checks the settings that every Adam shares.
pub(crate) fn check_adam(beta_1: f32, beta_2: f32, epsilon: f32) -> Result<(), InvalidSetting> {
    for (setting, value) in [("beta_1", beta_1), ("beta_2", beta_2)] {
        let holds = (0.0..1.0).contains(&value);
        require(holds, setting, value.into(), "at least 0 and below 1")?;
    }
    check_epsilon(epsilon)
}

/// Checks what is added to the root of a second moment: with zero, a zero gradient would divide
/// zero by zero.
pub(crate) fn check_epsilon(epsilon: f32) -> Result<(), InvalidSetting> {
    let holds = epsilon > 0.0 && epsilon.is_finite();
    require(holds, "epsilon", epsilon.into(), "positive and finite")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_names_the_setting_the_value_and_the_rule() {
        let error = check_adam(0.9, 1.0, 1e-8).unwrap_err();
        assert_eq!(
            error.to_string(),
            "beta_2 = 1 is out of range: it must be at least 0 and below 1"
        );
    }

    #[test]
    fn not_a_number_is_refused() {
        assert!(check_adam(f32::NAN, 0.999, 1e-8).is_err());
        assert!(check_adam(0.9, 0.999, f32::NAN).is_err());
    }

    #[test]
    fn a_zero_epsilon_is_refused() {
        assert_eq!(check_adam(0.9, 0.999, 0.0).unwrap_err().setting, "epsilon");
    }
}
