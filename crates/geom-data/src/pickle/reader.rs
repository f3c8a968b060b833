//! The operands of an instruction in the input: bytes, lengths, lines.

use super::{PickleProblem, Value};

type Result<T> = std::result::Result<T, PickleProblem>;

/// The input, and how far it has been read.
pub(super) struct Reader<'a> {
    input: &'a [u8],
    next: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(input: &'a [u8]) -> Self {
        Self { input, next: 0 }
    }

    /// The whole input.
    pub(super) fn whole(&self) -> &'a [u8] {
        self.input
    }

    /// Offset of the next byte.
    pub(super) fn offset(&self) -> usize {
        self.next
    }

    pub(super) fn byte(&mut self) -> Result<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let bytes = self.take(N)?;
        bytes.try_into().map_err(|_| PickleProblem::CutShort)
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let rest = &self.input[self.next..];
        let taken = rest.get(..length).ok_or(PickleProblem::CutShort)?;
        self.next += length;
        Ok(taken)
    }

    /// The rest of the line, without its end.
    pub(super) fn line(&mut self) -> Result<&'a [u8]> {
        let rest = &self.input[self.next..];
        let end = rest.iter().position(|&byte| byte == b'\n');
        let line = self.take(end.ok_or(PickleProblem::CutShort)?)?;
        self.next += 1;
        Ok(line)
    }

    /// A length of four bytes.
    pub(super) fn length4(&mut self) -> Result<usize> {
        let length = u32::from_le_bytes(self.array()?);
        usize::try_from(length).map_err(|_| PickleProblem::CutShort)
    }

    /// So many bytes, left where they are.
    pub(super) fn span(&mut self, length: usize) -> Result<Value> {
        let start = self.next;
        self.take(length)?;
        Ok(Value::Span(start..self.next))
    }
}
