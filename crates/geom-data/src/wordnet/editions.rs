//! The known editions of WordNet 3.0's noun files.

/// SHA-256 of the two known editions of WordNet 3.0's `data.noun`: Princeton's and Debian's, which
/// differ only in pointers to other parts of speech.
pub(super) const KNOWN_DATA: [&str; 2] = [
    "489f145e0f68877c0be5bd0eb4117adaaac52f38f6204eb8d85dbe2158b614cc",
    "fea17d2f9656611334eac790e5d69e47645fa180c4aa481fb4cd9b3520754ca2",
];
/// SHA-256 of `index.noun`, the same in both.
pub(super) const KNOWN_INDEX: &str =
    "a490d99d93d017bf4822fe2f0ffa51fd73911ce271dc7535fade21f8814b5a04";
