//! Texts and numbers of protocol 0, which are written in characters.

use super::PickleProblem;

/// The beginning of a name, for messages.
pub(super) fn shortened(bytes: &[u8]) -> String {
    const SHOWN: usize = 80;
    String::from_utf8_lossy(&bytes[..bytes.len().min(SHOWN)]).into_owned()
}

/// A line that holds a number.
pub(super) fn number<T: std::str::FromStr>(line: &[u8]) -> Option<T> {
    std::str::from_utf8(line).ok()?.trim().parse().ok()
}

/// An integer of 8 bytes or fewer from its two's complement, low byte first.
pub(super) fn long(bytes: &[u8]) -> Result<i64, PickleProblem> {
    let Some(&top) = bytes.last() else {
        return Ok(0);
    };
    let sign = if top & 0x80 == 0 { 0 } else { 0xff };
    if bytes.iter().skip(8).any(|&byte| byte != sign)
        || bytes.get(7).is_some_and(|byte| (byte ^ sign) & 0x80 != 0)
    {
        return Err(PickleProblem::TooLarge);
    }
    let mut eight = [sign; 8];
    for (to, from) in eight.iter_mut().zip(bytes) {
        *to = *from;
    }
    Ok(i64::from_le_bytes(eight))
}

/// The bytes of a Python 2 text in quotes.
pub(super) fn unquoted(line: &[u8]) -> Option<Vec<u8>> {
    let inner = match line.trim_ascii() {
        [b'\'', inner @ .., b'\''] | [b'"', inner @ .., b'"'] => inner,
        _ => return None,
    };
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner.iter();
    while let Some(&byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next()? {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'x' => {
                let digits = [*rest.next()?, *rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            &quoted @ (b'\\' | b'\'' | b'"') => quoted,
            _ => return None,
        });
    }
    Some(bytes)
}

/// A text of Python 3 in protocol 0, one byte a character below 256, as UTF-8.
pub(super) fn raw_unicode(line: &[u8]) -> Option<Vec<u8>> {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let [byte, after @ ..] = rest {
        rest = after;
        if *byte == b'\\' && after.first() == Some(&b'u') {
            let digits = std::str::from_utf8(after.get(1..5)?).ok()?;
            text.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
            rest = &after[5..];
        } else {
            text.push(char::from(*byte));
        }
    }
    Some(text.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_integers_keep_their_sign() {
        assert_eq!(long(&[]), Ok(0));
        assert_eq!(long(&[0xff]), Ok(-1));
        assert_eq!(long(&[0xff, 0x00]), Ok(255));
        assert_eq!(long(&[0, 0, 0, 0, 0, 0, 0, 0x80, 0xff]), Ok(i64::MIN));
        assert_eq!(
            long(&[0, 0, 0, 0, 0, 0, 0, 0x80, 0]),
            Err(PickleProblem::TooLarge)
        );
        assert_eq!(long(&[1; 9]), Err(PickleProblem::TooLarge));
    }

    #[test]
    fn escapes_of_python_2_are_undone() {
        assert_eq!(unquoted(br"'a\x00\n\\\''").unwrap(), b"a\0\n\\'");
        assert_eq!(unquoted(b"'"), None);
        assert_eq!(unquoted(br"'\x0'"), None);
        assert_eq!(unquoted(br"'\q'"), None);
    }

    #[test]
    fn texts_of_python_3_become_utf_8() {
        assert_eq!(
            raw_unicode(b"a\xe9\\u005c").unwrap(),
            "a\u{e9}\\".as_bytes()
        );
        assert_eq!(raw_unicode(b"\\u00"), None);
    }
}
