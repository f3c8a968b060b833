//! The format of `data.noun` and `index.noun`.

use crate::DataError;
use std::collections::HashMap;
use std::path::Path;

/// A place in a database file.
#[derive(Clone, Copy)]
pub(super) struct Location<'a> {
    path: &'a Path,
    line: u64,
    byte: u64,
}

impl Location<'_> {
    pub(super) fn error(&self, expected: &'static str) -> DataError {
        let Location { path, line, byte } = *self;
        DataError::WordNetSyntax {
            path: path.to_owned(),
            line,
            byte,
            expected,
        }
    }
}

/// A line of `data.noun`, less what a hierarchy does not need.
pub(super) struct Synset<'a> {
    pub(super) at: Location<'a>,
    pub(super) offset: u32,
    pub(super) word: &'a str,
    /// Offsets of hypernyms; true where the synset is an instance.
    pub(super) hypernyms: Vec<(bool, u32)>,
}

/// `offset lex_file n word_count(hex) (word lex_id)+ pointer_count (symbol offset pos source)* | gloss`
pub(super) fn parse_data<'a>(
    path: &'a Path,
    bytes: &'a [u8],
) -> Result<Vec<Synset<'a>>, DataError> {
    let mut synsets = Vec::new();
    for mut fields in lines(path, bytes) {
        let at = fields.at;
        let offset = fields.number(10, "the synset's offset, a decimal number")?;
        fields.next("the number of a lexicographer file")?;
        if fields.next("the part of speech n")? != "n" {
            return Err(fields.at.error("the part of speech n"));
        }
        let words = fields.number(16, "the number of words, hexadecimal")?;
        let word = fields.next("the first word")?;
        for _ in 0..(2 * u64::from(words)).saturating_sub(1) {
            fields.next("as many words as were announced")?;
        }
        let pointers = fields.number(10, "the number of pointers, decimal")?;
        let mut hypernyms = Vec::new();
        for _ in 0..pointers {
            let symbol = fields.next("as many pointers as were announced")?;
            let target = fields.number(10, "a pointer's offset, a decimal number")?;
            let part_of_speech = fields.next("a pointer's part of speech")?;
            fields.next("a pointer's source and target")?;
            if part_of_speech == "n" && (symbol == "@" || symbol == "@i") {
                hypernyms.push((symbol == "@i", target));
            }
        }
        if fields.next("| before the gloss")? != "|" {
            return Err(fields.at.error("| before the gloss"));
        }
        synsets.push(Synset {
            at,
            offset,
            word,
            hypernyms,
        });
    }
    if synsets.is_empty() {
        return Err(Location {
            path,
            line: 0,
            byte: bytes.len() as u64,
        }
        .error("at least one synset"));
    }
    Ok(synsets)
}

/// `lemma n synset_count pointer_count symbol* sense_count tagged_count offset+`
pub(super) fn parse_index<'a>(
    path: &'a Path,
    bytes: &'a [u8],
) -> Result<HashMap<&'a str, Vec<u32>>, DataError> {
    let mut senses = HashMap::new();
    for mut fields in lines(path, bytes) {
        let at = fields.at;
        let lemma = fields.next("a word")?;
        fields.next("a part of speech")?;
        let synsets = fields.number(10, "the number of synsets, decimal")?;
        let symbols = fields.number(10, "the number of pointer symbols, decimal")?;
        for _ in 0..symbols {
            fields.next("as many pointer symbols as were announced")?;
        }
        fields.next("the number of senses")?;
        fields.next("the number of tagged senses")?;
        let mut offsets = Vec::new();
        for _ in 0..synsets {
            offsets.push(fields.number(10, "as many synset offsets as were announced")?);
        }
        if senses.insert(lemma, offsets).is_some() {
            return Err(at.error("a word that no earlier line has"));
        }
    }
    Ok(senses)
}

/// The lines after the license, which is indented.
fn lines<'a>(path: &'a Path, bytes: &'a [u8]) -> impl Iterator<Item = Fields<'a>> {
    let mut next = Location {
        path,
        line: 1,
        byte: 0,
    };
    bytes
        .split_inclusive(|&b| b == b'\n')
        .filter_map(move |raw| {
            let at = next;
            next = Location {
                path,
                line: at.line + 1,
                byte: at.byte + raw.len() as u64,
            };
            (raw[0] != b' ').then_some(Fields { at, rest: raw })
        })
}

/// The fields of a line, split by single spaces.
struct Fields<'a> {
    /// Where the field taken last began.
    at: Location<'a>,
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    fn next(&mut self, expected: &'static str) -> Result<&'a str, DataError> {
        let is_end = |b: &u8| matches!(b, b' ' | b'\n' | b'\r');
        let after = self.rest;
        let length = after.iter().position(is_end).unwrap_or(after.len());
        let here = Location {
            byte: self.at.byte,
            ..self.at
        };
        let field = std::str::from_utf8(&after[..length])
            .ok()
            .filter(|field| !field.is_empty());
        let field = field.ok_or_else(|| here.error(expected))?;
        let taken = (length + 1).min(after.len());
        self.rest = &after[taken..];
        self.at.byte += taken as u64;
        Ok(field)
    }

    fn number(&mut self, radix: u32, expected: &'static str) -> Result<u32, DataError> {
        let here = self.at;
        let field = self.next(expected)?;
        u32::from_str_radix(field, radix).map_err(|_| here.error(expected))
    }
}
