//! How many relations are kept from the training, and which they may be.

use geom_core::SettingError;
use serde::{Deserialize, Serialize};

/// Which relations may be held out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldoutRule {
    /// All that others imply: those of the closure that are not in the transitive reduction.
    Implied,
    /// Those of them that neither start at a leaf nor end at a root. The 2017 paper holds out no
    /// relation of a root or a leaf.
    Inner,
}

impl HoldoutRule {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Implied, Self::Inner];

    /// The name, in files and on command lines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Implied => "implied",
            Self::Inner => "inner",
        }
    }
}

/// How relations are parted into those for training, validation and test.
///
/// Held out are relations that others imply, so that what is predicted can be known; the direct ones
/// all stay. A node keeps a relation of its own, and one that ends at it or starts at it. Nothing is
/// held out whose reverse is a relation too, since that would tell it.
///
/// # References
/// Nickel & Kiela (2017), section 4.1; Ganea, Bécigneul, Hofmann (2018), section 5, for implied pairs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HoldoutSettings {
    /// The share of all relations that is for validation.
    pub validation: f64,
    /// The share that is for the test.
    pub test: f64,
    /// The share of the relations that may be held out which stays in the training; none for all that are
    /// not in either part. The others are in no part: not trained, but known to be true wherever relations
    /// are told from pairs that are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<f64>,
    /// Which may be held out.
    pub rule: HoldoutRule,
    /// The seed of the draw.
    pub split_seed: u64,
}

impl HoldoutSettings {
    /// Checks every value against its range.
    ///
    /// # Errors
    /// [`SettingError`] for the first value out of range.
    pub fn check(&self) -> Result<(), SettingError> {
        let Self {
            validation, test, ..
        } = *self;
        let value = format!("{validation},{test}");
        let is_share = |share: f64| (0.0..1.0).contains(&share);
        SettingError::check(
            is_share(validation) && is_share(test),
            "holdout",
            &value,
            "two shares from 0 to 1, such as 0.05,0.05",
        )?;
        SettingError::check(
            validation + test < 1.0 && validation + test > 0.0,
            "holdout",
            &value,
            "shares that leave something for the training, and do hold out something",
        )?;
        let keep = self.keep.unwrap_or(0.0);
        SettingError::check(
            (0.0..=1.0).contains(&keep),
            "holdout_keep",
            keep,
            "a share from 0 to 1",
        )
    }
}
