//! The learning rate over the course of a run.

use serde::{Deserialize, Serialize};

/// How the learning rate falls after the burn-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// The same rate throughout, as the reference code has it.
    Constant,
    /// Linearly to zero at the last epoch. The final steps average out the noise that constant
    /// steps keep alive.
    Linear,
}

impl Schedule {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Constant, Self::Linear];

    /// The name, in files and on command lines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Linear => "linear",
        }
    }

    /// The factor on the learning rate in `epoch` (from 0) of `epochs`.
    pub fn factor(self, epoch: usize, epochs: usize) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Linear => 1.0 - epoch as f64 / epochs as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_starts_at_one_and_never_reaches_zero() {
        assert_eq!(Schedule::Linear.factor(0, 10), 1.0);
        assert!((Schedule::Linear.factor(9, 10) - 0.1).abs() < 1e-15);
        assert_eq!(Schedule::Constant.factor(9, 10), 1.0);
    }
}
