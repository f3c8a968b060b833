//! Text from outside on its way to a terminal: names, paths and quoted files can hold what a terminal
//! obeys.

use std::borrow::Cow;

/// Whether a terminal does not show a character but does what it says, or shows others in another order.
fn is_obeyed(character: char) -> bool {
    let is_of_bidirectional_text = matches!(
        character,
        '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    let ends_a_line = matches!(character, '\u{2028}' | '\u{2029}');
    character.is_control() || is_of_bidirectional_text || ends_a_line
}

/// The text with such characters written out, as `\u{1b}`; line feeds and tabs stay.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    let stays = |character: char| matches!(character, '\n' | '\t') || !is_obeyed(character);
    if text.chars().all(stays) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if stays(character) {
            out.push(character);
        } else {
            out.extend(character.escape_unicode());
        }
    }
    Cow::Owned(out)
}

/// JSON with such characters in its strings written out as JSON does; it stands for the same.
pub(crate) fn escaped_json(text: &str) -> Cow<'_, str> {
    if !text.contains(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_obeyed(character) {
            // All of them are below U+10000, where one unit of UTF-16 is enough.
            out.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            out.push(character);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_written_out() {
        let title = "a\u{1b}]0;owned\u{7}b\rc\u{9b}2Jd\u{202e}e";
        assert_eq!(
            escaped(title),
            "a\\u{1b}]0;owned\\u{7}b\\u{d}c\\u{9b}2Jd\\u{202e}e"
        );
        let names = "ice cream\tcrème brûlée 猫 שלום\n";
        assert!(matches!(escaped(names), Cow::Borrowed(same) if same == names));
    }

    #[test]
    fn json_stands_for_the_same_text() {
        let name = "a\u{1b}b\u{9b}c\u{2028}d\u{2067}e";
        let json = serde_json::to_string(name).unwrap();
        let shown = escaped_json(&json);
        assert!(!shown.contains(is_obeyed));
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), name);
    }
}
