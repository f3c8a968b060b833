//! Files that may be gzipped, and streams.

use crate::{DataError, Limit};
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// Opens a file for reading; one whose name ends in `.gz` is unpacked on the way.
pub(crate) fn open(path: &Path) -> Result<Box<dyn BufRead>, DataError> {
    let file = File::open(path).map_err(|error| DataError::io(path, "read", error))?;
    Ok(if is_gzip(path) {
        Box::new(BufReader::new(Gzip {
            decoder: MultiGzDecoder::new(BufReader::new(file)),
            has_begun: false,
        }))
    } else {
        Box::new(BufReader::new(file))
    })
}

/// The whole file, unpacked if its name ends in `.gz`.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    let is_plain_file = !is_gzip(path) && path.is_file();
    // A plain file has the size that it takes on the disk.
    let most = if is_plain_file {
        u64::MAX
    } else {
        Limit::UNPACKED.most() + 1
    };
    let mut bytes = Vec::new();
    open(path)?
        .take(most)
        .read_to_end(&mut bytes)
        .map_err(|error| read_error(path, error))?;
    if bytes.len() as u64 == most {
        return Err(DataError::OverLimit {
            path: path.to_owned(),
            line: None,
            limit: Limit::UNPACKED,
        });
    }
    Ok(bytes)
}

/// Reads up to the next line feed, and it too, into `line`; false if the line is longer than allowed.
pub(crate) fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    input.take(Limit::LINE.most() + 1).read_until(b'\n', line)?;
    Ok(Limit::LINE.allows(line.len()))
}

/// A gzip stream which tells bytes after its end from a stream that is none.
struct Gzip<R: BufRead> {
    decoder: MultiGzDecoder<R>,
    has_begun: bool,
}

/// What is wrong with bytes after the end of a gzip stream.
const TRAILING: &str = "bytes follow its end that are no gzip stream";

impl<R: BufRead> Read for Gzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.decoder.read(buffer) {
            Ok(length) => {
                self.has_begun |= length > 0;
                Ok(length)
            }
            Err(error) if self.has_begun && error.to_string().contains("invalid gzip header") => {
                Err(io::Error::new(io::ErrorKind::InvalidData, TRAILING))
            }
            Err(error) => Err(error),
        }
    }
}

/// The error of reading on in a file from [`open`].
pub(crate) fn read_error(path: &Path, source: io::Error) -> DataError {
    let owned = path.to_owned();
    match source.kind() {
        io::ErrorKind::UnexpectedEof if is_gzip(path) => DataError::TruncatedGzip { path: owned },
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData if is_gzip(path) => {
            DataError::CorruptGzip {
                path: owned,
                source,
            }
        }
        _ => DataError::io(path, "read", source),
    }
}

fn is_gzip(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("gz"))
}
