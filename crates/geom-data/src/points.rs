//! Named points in files that other programs read.

use std::collections::HashMap;
use std::io::{self, Write};

use safetensors::tensor::{Dtype, TensorView};
use thiserror::Error;

/// Coordinates, row by row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Coordinates<'a> {
    /// Single precision.
    F32(&'a [f32]),
    /// Double precision.
    F64(&'a [f64]),
}

impl Coordinates<'_> {
    fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
        }
    }

    /// The shortest decimals that read back as the same numbers.
    fn decimals(&self) -> Vec<String> {
        match self {
            Self::F32(values) => values.iter().map(ToString::to_string).collect(),
            Self::F64(values) => values.iter().map(ToString::to_string).collect(),
        }
    }

    fn little_endian(&self) -> Vec<u8> {
        match self {
            Self::F32(values) => values.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Self::F64(values) => values.iter().flat_map(|x| x.to_le_bytes()).collect(),
        }
    }
}

/// Why points cannot be written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PointsError {
    /// There are not as many coordinates as names times columns.
    #[error("{names} names of {columns} columns each have {found} coordinates")]
    Count {
        /// Names.
        names: usize,
        /// Coordinates of a point.
        columns: usize,
        /// All coordinates.
        found: usize,
    },
    /// Names that differ only in spaces and underscores would be one word.
    #[error(
        "names that differ only in spaces and underscores would be one: {}",
        first(pairs)
    )]
    OneWord {
        /// The names.
        pairs: Vec<(String, String)>,
    },
    /// Writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The first pairs, and how many more there are.
fn first(pairs: &[(String, String)]) -> String {
    const SHOWN: usize = 5;
    let shown = pairs.iter().take(SHOWN);
    let mut text: Vec<String> = shown.map(|(a, b)| format!("{a:?} and {b:?}")).collect();
    if pairs.len() > SHOWN {
        text.push(format!("and {} more", pairs.len() - SHOWN));
    }
    text.join(", ")
}

/// Points with their names, to be written in the formats of other programs.
///
/// # Examples
/// ```
/// use geom_data::points::{Coordinates, NamedPoints};
///
/// let names = ["dog".to_owned(), "cat".to_owned()];
/// let points = NamedPoints::new(&names, 2, Coordinates::F32(&[0.5, 0.0, 0.25, -1.0]))?;
/// let mut file = Vec::new();
/// points.csv(&mut file)?;
/// assert_eq!(file, b"node,x0,x1\ndog,0.5,0\ncat,0.25,-1\n");
/// # Ok::<(), geom_data::points::PointsError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct NamedPoints<'a> {
    names: &'a [String],
    columns: usize,
    coordinates: Coordinates<'a>,
}

impl<'a> NamedPoints<'a> {
    /// Points of `columns` coordinates each.
    ///
    /// # Errors
    /// [`PointsError::Count`].
    pub fn new(
        names: &'a [String],
        columns: usize,
        coordinates: Coordinates<'a>,
    ) -> Result<Self, PointsError> {
        if names.len().checked_mul(columns) != Some(coordinates.len()) {
            return Err(PointsError::Count {
                names: names.len(),
                columns,
                found: coordinates.len(),
            });
        }
        Ok(Self {
            names,
            columns,
            coordinates,
        })
    }

    fn rows(&self, mut row: impl FnMut(&str, &[String]) -> io::Result<()>) -> io::Result<()> {
        let values = self.coordinates.decimals();
        // A point without coordinates still has a row.
        let at = |index: usize| &values[index * self.columns..(index + 1) * self.columns];
        let mut names = self.names.iter().enumerate();
        names.try_for_each(|(index, name)| row(name, at(index)))
    }

    /// How many names hold spaces, which [`word2vec`](Self::word2vec) makes underscores.
    pub fn names_with_spaces(&self) -> usize {
        let has_space = |name: &&String| name.contains(char::is_whitespace);
        self.names.iter().filter(has_space).count()
    }

    /// The text format of word2vec, which gensim's `KeyedVectors` loads. Spaces would end a word, and
    /// become underscores.
    ///
    /// # Errors
    /// [`PointsError::OneWord`] if two names would be one word, before anything is written;
    /// [`PointsError::Io`].
    pub fn word2vec(&self, out: &mut dyn Write) -> Result<(), PointsError> {
        let words = self.words()?;
        writeln!(out, "{} {}", self.names.len(), self.columns)?;
        let mut words = words.iter();
        self.rows(|name, values| {
            let word = words.next().map_or(name, String::as_str);
            writeln!(out, "{word} {}", values.join(" "))
        })?;
        Ok(())
    }

    /// The names as [`word2vec`](Self::word2vec) writes them.
    ///
    /// # Errors
    /// [`PointsError::OneWord`] if two would be the same.
    pub fn words(&self) -> Result<Vec<String>, PointsError> {
        let word = |name: &String| name.replace(char::is_whitespace, "_");
        let words: Vec<String> = self.names.iter().map(word).collect();
        let mut before: HashMap<&str, &str> = HashMap::with_capacity(words.len());
        let mut pairs = Vec::new();
        for (word, name) in words.iter().zip(self.names) {
            if let Some(other) = before.insert(word, name) {
                pairs.push((other.to_owned(), name.clone()));
            }
        }
        match pairs.is_empty() {
            true => Ok(words),
            false => Err(PointsError::OneWord { pairs }),
        }
    }

    /// A header line, then name and coordinates, separated by commas.
    ///
    /// # Errors
    /// [`PointsError::Io`].
    pub fn csv(&self, out: &mut dyn Write) -> Result<(), PointsError> {
        write!(out, "node")?;
        for column in 0..self.columns {
            write!(out, ",x{column}")?;
        }
        writeln!(out)?;
        self.rows(|name, values| {
            // Readers trim fields without quotes.
            let name = if name.contains([',', '"', '\n', '\r']) || name.trim() != name {
                format!("\"{}\"", name.replace('"', "\"\""))
            } else {
                name.to_owned()
            };
            writeln!(out, "{name},{}", values.join(","))
        })?;
        Ok(())
    }

    /// The coordinates as an array of NumPy, version 1.0: magic, header length, a Python dictionary
    /// padded to 64 bytes, then the numbers, little endian, row by row. Names have no place in it.
    ///
    /// # Errors
    /// [`PointsError::Io`].
    pub fn npy(&self, out: &mut dyn Write) -> Result<(), PointsError> {
        let kind = match self.coordinates {
            Coordinates::F32(_) => "<f4",
            Coordinates::F64(_) => "<f8",
        };
        let mut header = format!(
            "{{'descr': '{kind}', 'fortran_order': False, 'shape': ({}, {}), }}",
            self.names.len(),
            self.columns
        );
        let unpadded = 10 + header.len() + 1;
        header.push_str(&" ".repeat(unpadded.next_multiple_of(64) - unpadded));
        header.push('\n');
        out.write_all(b"\x93NUMPY\x01\x00")?;
        out.write_all(&(header.len() as u16).to_le_bytes())?;
        out.write_all(header.as_bytes())?;
        out.write_all(&self.coordinates.little_endian())?;
        Ok(())
    }

    /// Two safetensors: `points`, `[names, columns]`, and `vocabulary`, the bytes of all names, one a
    /// line.
    ///
    /// # Errors
    /// [`PointsError::Io`].
    pub fn safetensors(&self, out: &mut dyn Write) -> Result<(), PointsError> {
        let kind = match self.coordinates {
            Coordinates::F32(_) => Dtype::F32,
            Coordinates::F64(_) => Dtype::F64,
        };
        let points = self.coordinates.little_endian();
        let names = self.names.join("\n").into_bytes();
        let shape = vec![self.names.len(), self.columns];
        let views = [
            ("points", TensorView::new(kind, shape, &points)),
            (
                "vocabulary",
                TensorView::new(Dtype::U8, vec![names.len()], &names),
            ),
        ];
        let mut tensors = Vec::with_capacity(views.len());
        for (name, view) in views {
            tensors.push((name, view.map_err(io::Error::other)?));
        }
        let bytes = safetensors::serialize(tensors, None).map_err(io::Error::other)?;
        out.write_all(&bytes)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use safetensors::SafeTensors;

    use super::*;
    use crate::numpy::npy;

    const VALUES: [f64; 4] = [0.1, -2.5e-17, 1.0 / 3.0, 4.0];

    fn names(names: [&str; 2]) -> Vec<String> {
        names.map(str::to_owned).to_vec()
    }

    fn text(write: impl FnOnce(&mut dyn Write) -> Result<(), PointsError>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_formats_hold_every_digit_and_quote_what_needs_it() {
        let names = names(["a, \"b\"", "ice cream"]);
        let points = NamedPoints::new(&names, 2, Coordinates::F64(&VALUES)).unwrap();
        assert_eq!(
            text(|out| points.csv(out)),
            "node,x0,x1\n\"a, \"\"b\"\"\",0.1,-0.000000000000000025\nice cream,0.3333333333333333,4\n"
        );
        assert_eq!(points.names_with_spaces(), 2);
        let words = text(|out| points.word2vec(out));
        assert!(words.starts_with("2 2\na,_\"b\" 0.1 "), "{words}");
        assert!(words.contains("\nice_cream 0.3333333333333333 4\n"));
    }

    #[test]
    fn names_that_would_be_one_word_are_refused_before_anything_is_written() {
        let names = names(["ice cream", "ice_cream"]);
        let points = NamedPoints::new(&names, 2, Coordinates::F64(&VALUES)).unwrap();
        let mut out = Vec::new();
        let error = points.word2vec(&mut out).unwrap_err().to_string();
        assert!(error.contains("\"ice cream\" and \"ice_cream\""), "{error}");
        assert!(out.is_empty());
    }

    #[test]
    fn arrays_read_back_bit_for_bit() {
        let names = names(["a", "b"]);
        let points = NamedPoints::new(&names, 2, Coordinates::F64(&VALUES)).unwrap();
        let mut out = Vec::new();
        points.npy(&mut out).unwrap();
        assert!((out.len() - 32).is_multiple_of(64));
        let array = npy::parse(&out).unwrap();
        assert_eq!(array.shape, [2, 2]);
        out.clear();
        points.safetensors(&mut out).unwrap();
        let file = SafeTensors::deserialize(&out).unwrap();
        let stored = file.tensor("points").unwrap();
        assert_eq!(stored.shape(), [2, 2]);
        assert_eq!(stored.data(), Coordinates::F64(&VALUES).little_endian());
        assert_eq!(file.tensor("vocabulary").unwrap().data(), b"a\nb");
    }

    #[test]
    fn coordinates_that_are_not_as_many_as_the_names_need_are_refused() {
        let names = names(["a", "b"]);
        for columns in [0, 1, 3, usize::MAX] {
            let error = NamedPoints::new(&names, columns, Coordinates::F64(&VALUES)).unwrap_err();
            assert!(matches!(error, PointsError::Count { found: 4, .. }));
        }
    }
}
