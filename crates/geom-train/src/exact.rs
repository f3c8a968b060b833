//! Floating-point settings in JSON, to the last bit.
//!
//! `serde_json` reads some numbers of sixteen and more digits one unit in the last place off, and a
//! run that is resumed at a rate ever so slightly other than its own does not repeat to the bit. So
//! they are stored as strings: the shortest decimal that reads back as the same number.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

pub(crate) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&value.to_string())
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    String::deserialize(deserializer)?
        .parse()
        .map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Rate(#[serde(with = "super")] f64);

    #[test]
    fn every_number_reads_back_as_itself() {
        let awkward = [0.05, 0.049999999999999996, 0.1 + 0.2, 1e-300, f64::MAX];
        for value in awkward {
            let text = serde_json::to_string(&Rate(value)).unwrap();
            assert_eq!(serde_json::from_str::<Rate>(&text).unwrap(), Rate(value));
        }
    }
}
