//! Fields of a line: split, trimmed, and freed of their quotes.

use std::borrow::Cow;

/// One field of a line.
pub(crate) struct Field<'a> {
    pub(crate) text: Cow<'a, str>,
    /// Whether white space was cut off.
    pub(crate) trimmed: bool,
    /// Whether quotes were taken off where they need not be.
    pub(crate) unquoted: bool,
}

impl<'a> Field<'a> {
    pub(crate) fn plain(raw: &'a str) -> Self {
        let text = raw.trim();
        Self {
            text: Cow::Borrowed(text),
            trimmed: text.len() < raw.len(),
            unquoted: false,
        }
    }

    /// Of a table split by tabs: quotes around the whole field are those of a program that quotes all,
    /// with the quotes inside doubled.
    pub(crate) fn of_tabs(raw: &'a str) -> Self {
        let field = Self::plain(raw);
        let inside = field
            .text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'));
        match inside.filter(|text| !text.replace("\"\"", "").contains('"')) {
            Some(text) => Self {
                text: Cow::Owned(text.replace("\"\"", "\"")),
                trimmed: field.trimmed,
                unquoted: true,
            },
            None => field,
        }
    }
}

/// Splits at `separator` outside double quotes; none if a quoted field is not well formed.
pub(crate) fn split_quoted(line: &str, separator: char) -> Option<Vec<Field<'_>>> {
    if !line.contains('"') {
        return Some(line.split(separator).map(Field::plain).collect());
    }
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let Some(mut quoted) = rest.trim_start().strip_prefix('"') else {
            let (raw, after) = rest
                .split_once(separator)
                .map_or((rest, None), |(a, b)| (a, Some(b)));
            fields.push(Field::plain(raw));
            match after {
                Some(after) => rest = after,
                None => return Some(fields),
            }
            continue;
        };
        let mut text = String::new();
        loop {
            let (before, after) = quoted.split_once('"')?;
            text.push_str(before);
            match after.strip_prefix('"') {
                Some(next) => {
                    text.push('"');
                    quoted = next;
                }
                None => {
                    quoted = after;
                    break;
                }
            }
        }
        let outside = quoted.trim_start();
        let trimmed = outside.len() < quoted.len() || rest.starts_with(char::is_whitespace);
        fields.push(Field {
            text: Cow::Owned(text),
            trimmed,
            unquoted: false,
        });
        match outside.strip_prefix(separator) {
            Some(after) => rest = after,
            None if outside.is_empty() => return Some(fields),
            None => return None,
        }
    }
}

/// Whether a name has characters that no name needs, and that a terminal would obey.
pub(crate) fn has_controls(name: &str) -> bool {
    let is_obeyed =
        |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    name.contains(is_obeyed)
}
