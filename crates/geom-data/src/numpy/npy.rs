//! `.npy` files: one array behind a header.
//!
//! Versions 1 to 3 of the format are read. The header is a Python dictionary, of which exactly the
//! three keys that NumPy writes are understood; arrays of objects are refused.

use super::{Array, ArrayProblem, DType};
use std::str;

const MAGIC: &[u8] = b"\x93NUMPY";

/// The array in the bytes of a `.npy` file.
///
/// # Errors
/// [`ArrayProblem`]; nothing is allocated beyond the size of the given bytes.
pub fn parse(bytes: &[u8]) -> Result<Array, ArrayProblem> {
    let cut = || ArrayProblem::Header("it is cut short");
    let rest = bytes.strip_prefix(MAGIC).ok_or(ArrayProblem::NoNumpyFile)?;
    let (version, rest) = rest.split_at_checked(2).ok_or_else(cut)?;
    let width = match version[0] {
        1 => 2,
        2 | 3 => 4,
        _ => return Err(ArrayProblem::Header("its version is unknown")),
    };
    let (length, rest) = rest.split_at_checked(width).ok_or_else(cut)?;
    let length = length
        .iter()
        .rev()
        .fold(0, |length, &byte| (length << 8) | usize::from(byte));
    let (header, elements) = rest.split_at_checked(length).ok_or_else(cut)?;
    let header = str::from_utf8(header).map_err(|_| ArrayProblem::Header("it is no text"))?;
    let Header {
        dtype,
        fortran,
        shape,
    } = Header::parse(header)?;
    dtype.decode(shape, fortran, elements)
}

struct Header {
    dtype: DType,
    fortran: bool,
    shape: Vec<usize>,
}

impl Header {
    fn parse(text: &str) -> Result<Self, ArrayProblem> {
        let wrong = ArrayProblem::Header;
        let inner = text
            .trim()
            .strip_prefix('{')
            .and_then(|text| text.strip_suffix('}'))
            .ok_or(wrong("it is no dictionary"))?;
        let (mut dtype, mut fortran, mut shape) = (None, None, None);
        let mut rest = inner.trim();
        while !rest.is_empty() {
            let (key, after) = quoted(rest).ok_or(wrong("a key is not quoted"))?;
            let after = after
                .trim_start()
                .strip_prefix(':')
                .ok_or(wrong("a key has no value"))?
                .trim_start();
            rest = match key {
                "descr" => {
                    let (name, after) =
                        quoted(after).ok_or_else(|| ArrayProblem::ElementType("record".into()))?;
                    dtype = Some(DType::parse(name)?);
                    after
                }
                "fortran_order" => {
                    let is_true = after.strip_prefix("True").map(|after| (true, after));
                    let value = is_true.or(after.strip_prefix("False").map(|rest| (false, rest)));
                    let (value, after) =
                        value.ok_or(wrong("the order is neither True nor False"))?;
                    fortran = Some(value);
                    after
                }
                "shape" => {
                    let tuple = after
                        .strip_prefix('(')
                        .and_then(|rest| rest.split_once(')'));
                    let (axes, after) = tuple.ok_or(wrong("the shape is no tuple"))?;
                    shape = Some(parse_axes(axes)?);
                    after
                }
                _ => return Err(wrong("it has an unknown key")),
            };
            rest = rest.trim_start();
            rest = match rest.strip_prefix(',') {
                Some(after) => after.trim_start(),
                None if rest.is_empty() => rest,
                None => return Err(wrong("a comma is missing")),
            };
        }
        match (dtype, fortran, shape) {
            (Some(dtype), Some(fortran), Some(shape)) => Ok(Self {
                dtype,
                fortran,
                shape,
            }),
            _ => Err(wrong("a key is missing")),
        }
    }
}

/// A text in single or double quotes, and the rest.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    text[1..].split_once(quote)
}

fn parse_axes(text: &str) -> Result<Vec<usize>, ArrayProblem> {
    // NumPy itself stops at 64 axes.
    const MOST: usize = 64;
    let axes = text
        .split(',')
        .map(str::trim)
        .filter(|axis| !axis.is_empty());
    let axes: Result<Vec<usize>, _> = axes.take(MOST + 1).map(str::parse).collect();
    match axes {
        Ok(axes) if axes.len() <= MOST => Ok(axes),
        _ => Err(ArrayProblem::Header("an axis of the shape is no length")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numpy::Elements;

    fn file(header: &str, elements: &[u8]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend([1, 0]);
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(elements);
        bytes
    }

    #[test]
    fn an_array_is_read_with_its_shape() {
        let header = "{'descr': '<i8', 'fortran_order': False, 'shape': (2, 1), }          \n";
        let elements: Vec<u8> = [7i64, -1].iter().flat_map(|v| v.to_le_bytes()).collect();
        let array = parse(&file(header, &elements)).unwrap();
        assert_eq!(array.shape, [2, 1]);
        assert_eq!(array.elements, Elements::Integers(vec![7, -1]));
    }

    #[test]
    fn a_scalar_has_no_axis() {
        let header = "{'descr': '|S3', 'fortran_order': False, 'shape': ()}";
        let array = parse(&file(header, b"csr")).unwrap();
        assert_eq!(array.elements, Elements::Texts(vec!["csr".into()]));
    }

    #[test]
    fn damaged_files_are_refused() {
        let good = "{'descr': '<i8', 'fortran_order': False, 'shape': (1,)}";
        assert!(parse(&file(good, &[0; 8])).is_ok());
        for bad in [
            good.replace("<i8", "|O"),
            good.replace("'<i8'", "[('a', '<i8')]"),
            good.replace("False", "0"),
            good.replace("(1,)", "(99999999999999999999,)"),
            good.replace("(1,)", "(9999999999999,9999999999999)"),
            good.replace("(1,)", "(2,)"),
            good.replace("shape", "shap"),
            good.replace("}", ""),
            good.replace(", 'shape': (1,)", ""),
        ] {
            assert!(parse(&file(&bad, &[0; 8])).is_err(), "{bad}");
        }
        let whole = file(good, &[0; 8]);
        for length in 0..whole.len() {
            assert!(parse(&whole[..length]).is_err(), "{length} bytes");
        }
    }
}
