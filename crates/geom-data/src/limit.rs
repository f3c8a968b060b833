//! How much is taken from outside, before any memory is given to it.

use std::fmt;

/// The most that is accepted of something whose size a file, a stream or a header decides.
///
/// A compressed file of a few megabytes can unpack to any size, and a stream need not end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    what: &'static str,
    most: u64,
}

impl Limit {
    /// Of a line of a table.
    pub const LINE: Self = Self::new("bytes in a line", 1 << 20);
    /// Of a file that is read whole, where its size on the disk says nothing: compressed, or no file.
    pub const UNPACKED: Self = Self::new("bytes when unpacked", 1 << 31);
    /// Of all names of a table together.
    pub const NAMES: Self = Self::new("bytes of names", 1 << 31);
    /// Of different relations in a table.
    pub const RELATIONS: Self = Self::new("different relations", 1 << 28);

    /// At most so many of what it counts, in the plural.
    pub const fn new(what: &'static str, most: u64) -> Self {
        Self { what, most }
    }

    /// The largest number that is accepted.
    pub const fn most(self) -> u64 {
        self.most
    }

    /// Whether so many are accepted.
    pub fn allows(self, number: impl TryInto<u64>) -> bool {
        number.try_into().is_ok_and(|number| number <= self.most)
    }
}

/// `at most 1048576 bytes in a line`.
impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at most {} {}", self.most, self.what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_itself_is_allowed_and_numbers_beyond_all_others_are_not() {
        let limit = Limit::new("apples", 3);
        assert!(limit.allows(3u64) && !limit.allows(4usize) && !limit.allows(u128::MAX));
        assert_eq!(limit.to_string(), "at most 3 apples");
    }
}
