//! Numbers that are not there, as files have them: 0.
//!
//! TOML has no null, and a file must be able to turn off what other settings turn on.

/// A count, or 0.
pub(crate) mod count {
    use std::num::NonZeroUsize;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        count: &Option<NonZeroUsize>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        count.map_or(0, NonZeroUsize::get).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<NonZeroUsize>, D::Error> {
        usize::deserialize(deserializer).map(NonZeroUsize::new)
    }
}

/// A number, or 0.
pub(crate) mod number {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        number: &Option<f64>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        number.unwrap_or(0.0).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<f64>, D::Error> {
        let number = f64::deserialize(deserializer)?;
        Ok((number != 0.0).then_some(number))
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Both {
        #[serde(with = "super::count")]
        count: Option<NonZeroUsize>,
        #[serde(with = "super::number")]
        number: Option<f64>,
    }

    #[test]
    fn what_is_not_there_is_a_zero() {
        for (both, text) in [
            (
                Both {
                    count: None,
                    number: None,
                },
                r#"{"count":0,"number":0.0}"#,
            ),
            (
                Both {
                    count: NonZeroUsize::new(3),
                    number: Some(0.5),
                },
                r#"{"count":3,"number":0.5}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&both).unwrap(), text);
            assert_eq!(serde_json::from_str::<Both>(text).unwrap(), both);
        }
    }
}
