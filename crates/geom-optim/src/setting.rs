//! The ranges of settings that several optimizers share.

use burn::grad_clipping::GradientClippingConfig;
use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::MomentumConfig;
use geom_core::SettingError;

/// Checks the settings that every Adam shares.
pub(crate) fn check_adam(beta_1: f32, beta_2: f32, epsilon: f32) -> Result<(), SettingError> {
    for (field, value) in [("beta_1", beta_1), ("beta_2", beta_2)] {
        let holds = (0.0..1.0).contains(&value);
        SettingError::check(holds, field, value, "at least 0 and below 1")?;
    }
    check_epsilon(epsilon)
}

/// Checks what is added to the root of a second moment: with zero, a zero gradient would divide
/// zero by zero.
pub(crate) fn check_epsilon(epsilon: f32) -> Result<(), SettingError> {
    let holds = epsilon > 0.0 && epsilon.is_finite();
    SettingError::check(holds, "epsilon", epsilon, "positive and finite")
}

/// Checks what all optimizers of whole modules share.
pub(crate) fn check_shared(
    weight_decay: Option<&WeightDecayConfig>,
    grad_clipping: Option<&GradientClippingConfig>,
) -> Result<(), SettingError> {
    if let Some(WeightDecayConfig { penalty }) = weight_decay {
        let holds = *penalty >= 0.0 && penalty.is_finite();
        let rule = "at least 0 and finite";
        SettingError::check(holds, "weight_decay", *penalty, rule)?;
    }
    match grad_clipping {
        Some(GradientClippingConfig::Value(bound) | GradientClippingConfig::Norm(bound)) => {
            let holds = *bound > 0.0;
            SettingError::check(holds, "grad_clipping", *bound, "positive")
        }
        None => Ok(()),
    }
}

/// Checks a momentum and its dampening.
pub(crate) fn check_momentum(config: &MomentumConfig) -> Result<(), SettingError> {
    for (field, value) in [
        ("momentum", config.momentum),
        ("dampening", config.dampening),
    ] {
        let holds = (0.0..=1.0).contains(&value);
        SettingError::check(holds, field, value, "at least 0 and at most 1")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_names_the_setting_the_value_and_the_rule() {
        let error = check_adam(0.9, 1.0, 1e-8).unwrap_err();
        assert_eq!(
            error.to_string(),
            "beta_2 = 1 is out of range: at least 0 and below 1"
        );
    }

    #[test]
    fn not_a_number_is_refused() {
        assert!(check_adam(f32::NAN, 0.999, 1e-8).is_err());
        assert!(check_adam(0.9, 0.999, f32::NAN).is_err());
    }

    #[test]
    fn a_zero_epsilon_is_refused() {
        assert_eq!(check_adam(0.9, 0.999, 0.0).unwrap_err().field, "epsilon");
    }

    #[test]
    fn decay_and_clipping_out_of_range_are_refused() {
        let decay = |penalty| check_shared(Some(&WeightDecayConfig { penalty }), None);
        assert_eq!(decay(0.0), Ok(()));
        for penalty in [-1e-3, f32::NAN, f32::INFINITY] {
            assert_eq!(decay(penalty).unwrap_err().field, "weight_decay");
        }
        let clipping = |clipping| check_shared(None, Some(&clipping));
        assert_eq!(clipping(GradientClippingConfig::Norm(0.5)), Ok(()));
        for bound in [0.0, -1.0, f32::NAN] {
            for refused in [
                GradientClippingConfig::Norm(bound),
                GradientClippingConfig::Value(bound),
            ] {
                let error = clipping(refused).unwrap_err();
                assert_eq!(error.field, "grad_clipping");
            }
        }
    }

    #[test]
    fn a_momentum_beyond_one_is_refused() {
        let config = |momentum, dampening| MomentumConfig {
            momentum,
            dampening,
            nesterov: false,
        };
        assert_eq!(check_momentum(&config(1.0, 0.0)), Ok(()));
        for (momentum, dampening, setting) in [
            (1.1, 0.0, "momentum"),
            (f64::NAN, 0.0, "momentum"),
            (0.9, -0.1, "dampening"),
        ] {
            let error = check_momentum(&config(momentum, dampening)).unwrap_err();
            assert_eq!(error.field, setting);
        }
    }
}
