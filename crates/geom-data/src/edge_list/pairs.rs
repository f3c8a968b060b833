//! A table of pairs as a list of questions: in order, with every line.

use std::io::BufRead;
use std::path::Path;

use super::{Delimiter, Options, lines, settle};
use crate::builder::Builder;
use crate::{DataError, Repairs, input};

/// The pairs of a table in the order of its lines. Self loops and equal pairs stay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairs {
    /// All names, each once, in the order in which they occur.
    pub names: Vec<String>,
    /// The places of both names of each line, child first.
    pub pairs: Vec<[u32; 2]>,
    /// Whether there is a third column, whose weights were checked and left out.
    pub has_weights: bool,
}

impl Pairs {
    /// Both names of each line, child first.
    pub fn iter(&self) -> impl Iterator<Item = [&str; 2]> {
        let name = |number: u32| self.names[number as usize].as_str();
        self.pairs.iter().map(move |pair| pair.map(name))
    }
}

/// Reads the table at `path`, as [`read`](super::read) does, as a list: for questions about pairs, of which
/// each has its answer.
///
/// # Errors
/// A [`DataError`] that names the file and, where it applies, the line.
pub fn read_pairs(path: impl AsRef<Path>) -> Result<(Pairs, Repairs), DataError> {
    let path = path.as_ref();
    let delimiter = Delimiter::of(path, None)?;
    parse(input::open(path)?, path, delimiter)
}

fn parse(
    input: impl BufRead,
    path: &Path,
    delimiter: Delimiter,
) -> Result<(Pairs, Repairs), DataError> {
    let mut builder = Builder::keeping_all();
    let options = Options::default();
    let (has_weights, first) = lines(input, path, delimiter, &mut builder, &options)?;
    let read = builder.num_pairs();
    settle(first, &mut builder, &options);
    let is_added = builder.num_pairs() > read;
    let (names, mut pairs, repairs) = builder.into_pairs();
    if is_added {
        // It looked like a header, and is the first line.
        pairs.rotate_right(1);
    }
    let pairs = Pairs {
        names,
        pairs,
        has_weights,
    };
    Ok((pairs, repairs))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> (Vec<String>, Repairs) {
        let read = parse(text.as_bytes(), Path::new("a.csv"), Delimiter::Comma);
        let (pairs, repairs) = read.unwrap();
        let said = pairs.iter().map(|[a, b]| format!("{a}-{b}")).collect();
        (said, repairs)
    }

    #[test]
    fn every_line_stays_in_its_place() {
        let (said, repairs) = pairs("child,parent\nb,a\n\nz,z\na,b\nb,a\n");
        assert_eq!(said, ["b-a", "z-z", "a-b", "b-a"]);
        assert_eq!((repairs.blank_lines, repairs.duplicates), (1, 0));
        let (said, repairs) = pairs("parent,child\nb,a\nc,a\n");
        assert_eq!(said, ["a-b", "a-c"]);
        assert!(repairs.swapped_columns);
    }

    #[test]
    fn a_first_line_that_is_no_header_after_all_stays_the_first() {
        let (said, _) = pairs("u,v\nx,y\ny,u\n");
        assert_eq!(said, ["u-v", "x-y", "y-u"]);
    }

    #[test]
    fn what_is_no_table_is_an_error() {
        for text in ["", "a\n", "a,b\nc\n", "a,b,heavy\n"] {
            let read = parse(text.as_bytes(), Path::new("a.csv"), Delimiter::Comma);
            assert!(read.is_err(), "{text:?}");
        }
    }
}
