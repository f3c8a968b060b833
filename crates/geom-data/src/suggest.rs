//! "Did you mean": the nearest of many names.

/// Names less alike than this (Jaro–Winkler, 0 to 1) are not offered.
const ALIKE: f64 = 0.7;
/// Names longer than this, in bytes, are not compared: the time grows with the square of their length.
const LONGEST: usize = 256;

/// The name most like `name` (Jaro–Winkler, case ignored); of equals, the first. None for
/// names longer than 256 bytes, and none of them.
///
/// Jaro–Winkler favors a common beginning, so that `dog` finds `dog.n.01`.
pub fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > LONGEST {
        return None;
    }
    let wanted = name.to_lowercase();
    let mut best = None;
    let mut likeness = ALIKE;
    for candidate in names.into_iter().filter(|name| name.len() <= LONGEST) {
        let score = strsim::jaro_winkler(&wanted, &candidate.to_lowercase());
        if score > likeness {
            (best, likeness) = (Some(candidate), score);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_finds_the_right_one_and_noise_finds_none() {
        let names = ["wordnet-mammals", "wordnet-nouns"];
        assert_eq!(nearest("wordnet-noun", names), Some("wordnet-nouns"));
        assert_eq!(nearest("Wordnet-Mamals", names), Some("wordnet-mammals"));
        assert_eq!(nearest("zzz", names), None);
        let long = "a".repeat(50_000_000);
        assert_eq!(nearest(&long, [long.as_str(), "a"]), None);
        assert_eq!(nearest("aab", [long.as_str(), "aac"]), Some("aac"));
        assert_eq!(nearest("dog", ["doe.n.01", "dog.n.01"]), Some("dog.n.01"));
    }
}
