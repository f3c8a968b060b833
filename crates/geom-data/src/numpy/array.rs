//! [`Array`]: shape and elements, decoded from bytes.

use std::borrow::Cow;

/// An array of numbers or short texts, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Length of each axis.
    pub shape: Vec<usize>,
    /// The elements, the last axis running fastest.
    pub elements: Elements,
}

/// The elements of an [`Array`].
#[derive(Clone, Debug, PartialEq)]
pub enum Elements {
    /// Integers and truth values.
    Integers(Vec<i64>),
    /// Numbers with a fraction.
    Floats(Vec<f64>),
    /// Texts, without the zeros that fill them up.
    Texts(Vec<String>),
}

impl Elements {
    /// Elements that stand column by column, row by row.
    fn transposed(self, rows: usize, columns: usize) -> Self {
        fn by_rows<T: Clone>(values: &[T], rows: usize, columns: usize) -> Vec<T> {
            let places = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
            places
                .map(|(row, column)| values[column * rows + row].clone())
                .collect()
        }
        match self {
            Self::Integers(values) => Self::Integers(by_rows(&values, rows, columns)),
            Self::Floats(values) => Self::Floats(by_rows(&values, rows, columns)),
            Self::Texts(values) => Self::Texts(by_rows(&values, rows, columns)),
        }
    }
}

/// Why bytes are not a supported array.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArrayProblem {
    /// The file does not begin as one of NumPy's.
    #[error("expected the beginning of a NumPy file")]
    NoNumpyFile,
    /// The header is not the one that NumPy writes.
    #[error("the header is damaged: {0}")]
    Header(&'static str),
    /// Elements of this kind are not read; objects, above all, which would be pickles.
    #[error("elements of type {0:?} are not read")]
    ElementType(String),
    /// The number of bytes does not match the shape.
    #[error("expected {expected} bytes of elements, found {found}")]
    Length {
        /// Bytes that the shape requires.
        expected: String,
        /// Bytes that are there.
        found: usize,
    },
    /// The array has a different number of axes or a different type than requested.
    #[error("expected {0}")]
    Kind(&'static str),
    /// An archive lacks an array.
    #[error("there is no array {0:?} in the archive")]
    MissingMember(&'static str),
    /// An archive cannot be unpacked.
    #[error("the archive is damaged: {0}")]
    Archive(String),
    /// An integer does not fit into 64 signed bits.
    #[error("an integer is above {}", i64::MAX)]
    TooLarge,
}

/// The type of one element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DType {
    kind: Kind,
    size: usize,
    big_endian: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Bool,
    Signed,
    Unsigned,
    Float,
    Bytes,
    Unicode,
}

impl DType {
    /// A type from its NumPy name, such as `<f8`, `|b1`, or `i4` in this machine's byte order.
    pub(crate) fn parse(text: &str) -> Result<Self, ArrayProblem> {
        let unknown = || ArrayProblem::ElementType(text.chars().take(16).collect());
        let (order, name) = match text.as_bytes().first() {
            Some(b'<' | b'>' | b'|' | b'=') => text.split_at(1),
            _ => ("=", text),
        };
        let kind = match name.as_bytes().first() {
            Some(b'b') => Kind::Bool,
            Some(b'i') => Kind::Signed,
            Some(b'u') => Kind::Unsigned,
            Some(b'f') => Kind::Float,
            Some(b'S') => Kind::Bytes,
            Some(b'U') => Kind::Unicode,
            _ => return Err(unknown()),
        };
        let digits = name
            .get(1..)
            .filter(|it| it.bytes().all(|b| b.is_ascii_digit()));
        let count: usize = digits.and_then(|it| it.parse().ok()).ok_or_else(unknown)?;
        // Longer texts name no format and no shape.
        const LONGEST: usize = 64;
        let size = match (kind, count) {
            (Kind::Bool, 1) | (Kind::Signed | Kind::Unsigned, 1 | 2 | 4 | 8) => count,
            (Kind::Float, 4 | 8) => count,
            (Kind::Bytes, 1..=LONGEST) => count,
            (Kind::Unicode, 1..=LONGEST) => 4 * count,
            _ => return Err(unknown()),
        };
        Ok(Self {
            kind,
            size,
            big_endian: order == ">",
        })
    }

    /// The same type in the byte order that `order` names.
    pub(crate) fn with_order(self, order: &[u8]) -> Self {
        let big_endian = order == b">";
        Self { big_endian, ..self }
    }

    /// Number of bytes of an array of this `shape`; none if it overflows.
    pub(crate) fn bytes(self, shape: &[usize]) -> Option<usize> {
        shape
            .iter()
            .try_fold(self.size, |bytes, &axis| bytes.checked_mul(axis))
    }

    /// The array of this `shape` in `bytes`, which has to be just as long.
    pub(crate) fn decode(
        self,
        shape: Vec<usize>,
        fortran: bool,
        bytes: &[u8],
    ) -> Result<Array, ArrayProblem> {
        let expected = self.bytes(&shape);
        if expected != Some(bytes.len()) {
            return Err(ArrayProblem::Length {
                expected: expected.map_or("too many".to_owned(), |bytes| bytes.to_string()),
                found: bytes.len(),
            });
        }
        if fortran && shape.len() > 2 {
            return Err(ArrayProblem::Kind("elements in C order"));
        }
        let chunks = bytes.chunks_exact(self.size);
        let elements = match self.kind {
            Kind::Float => Elements::Floats(chunks.map(|chunk| self.float(chunk)).collect()),
            Kind::Bytes => Elements::Texts(chunks.map(latin1).collect()),
            Kind::Unicode => Elements::Texts(chunks.map(|chunk| self.utf32(chunk)).collect()),
            Kind::Bool | Kind::Signed | Kind::Unsigned => {
                let integers: Option<_> = chunks.map(|chunk| self.integer(chunk)).collect();
                Elements::Integers(integers.ok_or(ArrayProblem::TooLarge)?)
            }
        };
        let elements = match shape[..] {
            [rows, columns] if fortran => elements.transposed(rows, columns),
            _ => elements,
        };
        Ok(Array { shape, elements })
    }

    /// The bits of an element, zeros above.
    fn bits(self, chunk: &[u8]) -> u64 {
        let shift = |bits, &byte: &u8| (bits << 8) | u64::from(byte);
        if self.big_endian {
            chunk.iter().fold(0, shift)
        } else {
            chunk.iter().rev().fold(0, shift)
        }
    }

    fn float(self, chunk: &[u8]) -> f64 {
        let bits = self.bits(chunk);
        if self.size == 4 {
            f32::from_bits(bits as u32).into()
        } else {
            f64::from_bits(bits)
        }
    }

    fn integer(self, chunk: &[u8]) -> Option<i64> {
        let bits = self.bits(chunk);
        if self.kind == Kind::Signed {
            let unused = 64 - 8 * self.size as u32;
            return Some(((bits << unused) as i64) >> unused);
        }
        i64::try_from(bits).ok()
    }

    fn utf32(self, chunk: &[u8]) -> String {
        let code_points = chunk.chunks_exact(4).map(|code| self.bits(code) as u32);
        let filled = code_points.take_while(|&code| code != 0);
        filled
            .map(|code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    }
}

fn latin1(chunk: &[u8]) -> String {
    chunk
        .iter()
        .take_while(|&&byte| byte != 0)
        .map(|&byte| char::from(byte))
        .collect()
}

impl Array {
    /// Number of elements.
    pub fn len(&self) -> usize {
        match &self.elements {
            Elements::Integers(values) => values.len(),
            Elements::Floats(values) => values.len(),
            Elements::Texts(values) => values.len(),
        }
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The integers of an array of one axis; floating-point numbers are taken if they are whole.
    ///
    /// # Errors
    /// [`ArrayProblem::Kind`] if it is another array.
    pub fn integers(&self) -> Result<Cow<'_, [i64]>, ArrayProblem> {
        // Up to here every whole number has its own floating-point number.
        const EXACT: f64 = (1u64 << 53) as f64;
        let whole = |&value: &f64| {
            let is_whole = value.fract() == 0.0 && value.abs() <= EXACT;
            is_whole.then_some(value as i64)
        };
        let wrong = || ArrayProblem::Kind("integers along one axis");
        match (&self.elements, self.shape.len()) {
            (Elements::Integers(values), 1) => Ok(Cow::Borrowed(values)),
            (Elements::Floats(values), 1) => values
                .iter()
                .map(whole)
                .collect::<Option<_>>()
                .ok_or_else(wrong),
            _ => Err(wrong()),
        }
    }

    /// The numbers of the array, integers included.
    ///
    /// # Errors
    /// [`ArrayProblem::Kind`] if it contains text.
    pub fn floats(&self) -> Result<Vec<f64>, ArrayProblem> {
        match &self.elements {
            Elements::Floats(values) => Ok(values.clone()),
            Elements::Integers(values) => Ok(values.iter().map(|&value| value as f64).collect()),
            Elements::Texts(_) => Err(ArrayProblem::Kind("numbers")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_of_every_kind_are_decoded_in_both_byte_orders() {
        let decode = |name: &str, bytes: &[u8], count| {
            let array = DType::parse(name)
                .unwrap()
                .decode(vec![count], false, bytes);
            array.unwrap().elements
        };
        assert_eq!(
            decode("<i2", &[254, 255, 1, 0], 2),
            Elements::Integers(vec![-2, 1])
        );
        assert_eq!(decode(">u2", &[1, 0], 1), Elements::Integers(vec![256]));
        assert_eq!(decode("|b1", &[1, 0], 2), Elements::Integers(vec![1, 0]));
        assert_eq!(
            decode("<f4", &1.5f32.to_le_bytes(), 1),
            Elements::Floats(vec![1.5])
        );
        assert_eq!(
            decode(">f8", &(-2.5f64).to_be_bytes(), 1),
            Elements::Floats(vec![-2.5])
        );
        assert_eq!(
            decode("|S4", b"csr\0", 1),
            Elements::Texts(vec!["csr".into()])
        );
        assert_eq!(
            decode("<U1", &[99, 0, 0, 0], 1),
            Elements::Texts(vec!["c".into()])
        );
    }

    #[test]
    fn columns_that_stand_one_after_the_other_are_read_as_rows() {
        let bytes = DType::parse("|u1").unwrap();
        let array = bytes.decode(vec![2, 3], true, &[1, 4, 2, 5, 3, 6]).unwrap();
        assert_eq!(array.elements, Elements::Integers(vec![1, 2, 3, 4, 5, 6]));
        assert!(bytes.decode(vec![1, 1, 1], true, &[1]).is_err());
    }

    #[test]
    fn types_and_lengths_that_do_not_fit_are_refused() {
        for name in [
            "O",
            "|O8",
            "<c16",
            "<i3",
            "f",
            "V8",
            "<S99999999999999999999",
            "",
        ] {
            assert!(DType::parse(name).is_err(), "{name}");
        }
        let float = DType::parse("<f8").unwrap();
        for shape in [vec![2], vec![usize::MAX, usize::MAX], vec![]] {
            assert!(matches!(
                float.decode(shape, false, &[0; 9]),
                Err(ArrayProblem::Length { .. })
            ));
        }
        let fraction = float.decode(vec![1], false, &0.5f64.to_le_bytes()).unwrap();
        assert!(fraction.integers().is_err());
        let unsigned = DType::parse("<u8")
            .unwrap()
            .decode(vec![1], false, &[255; 8]);
        assert_eq!(unsigned, Err(ArrayProblem::TooLarge));
    }
}
