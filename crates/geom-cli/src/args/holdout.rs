//! The arguments for relations that are kept from a training.

use std::str::FromStr;

use clap::Args;
use geom::train::embedding::{HoldoutRule, HoldoutSettings};

use super::choice;

#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct HoldoutArguments {
    /// Keep these shares of the relations from the training, for validation and for test, as 0.05,0.05
    ///
    /// Kept are relations that others imply, so that they can be predicted; direct ones all stay. The
    /// points of the epoch that is best by validation are those of the run.
    #[arg(
        long,
        value_name = "VAL,TEST",
        help_heading = "Held-out relations",
        conflicts_with = "undirected"
    )]
    pub(crate) holdout: Option<HoldoutShares>,
    /// Which may be held out [default: implied]
    #[arg(
        long,
        value_parser = choice::<HoldoutRule>(),
        help_heading = "Held-out relations",
        requires = "holdout"
    )]
    pub(crate) holdout_rule: Option<HoldoutRule>,
    /// Train no more than this share of the relations that may be held out, beside the direct ones [default:
    /// all that are in neither part]
    #[arg(
        long,
        value_name = "SHARE",
        help_heading = "Held-out relations",
        requires = "holdout"
    )]
    pub(crate) holdout_keep: Option<f64>,
    /// Seed of the split [default: 1234]
    #[arg(long, help_heading = "Held-out relations", requires = "holdout")]
    pub(crate) split_seed: Option<u64>,
    /// Epochs without a better validation score after which training ends; 0 for never [default: 0]
    #[arg(long, help_heading = "Held-out relations")]
    pub(crate) patience: Option<usize>,
    /// Epochs between two validations [default: 10]
    #[arg(long, value_name = "N", help_heading = "Held-out relations")]
    pub(crate) validate_every: Option<usize>,
}

impl HoldoutArguments {
    /// What is asked for; none if nothing is to be held out.
    pub(crate) fn settings(&self) -> Option<HoldoutSettings> {
        let HoldoutShares { validation, test } = self.holdout?;
        Some(HoldoutSettings {
            validation,
            test,
            keep: self.holdout_keep,
            rule: self.holdout_rule.unwrap_or(HoldoutRule::Implied),
            split_seed: self.split_seed.unwrap_or(1234),
        })
    }
}

/// Two shares on the command line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct HoldoutShares {
    validation: f64,
    test: f64,
}

impl FromStr for HoldoutShares {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no pair of shares: validation and test, as 0.05,0.05");
        let (validation, test) = text.split_once(',').ok_or_else(wrong)?;
        let share = |text: &str| text.trim().parse().map_err(|_| wrong());
        Ok(Self {
            validation: share(validation)?,
            test: share(test)?,
        })
    }
}
