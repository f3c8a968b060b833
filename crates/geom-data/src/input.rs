//! Files that may be gzipped.

use crate::DataError;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// Opens a file for reading; one whose name ends in `.gz` is unpacked on the way.
pub(crate) fn open(path: &Path) -> Result<Box<dyn BufRead>, DataError> {
    let file = File::open(path).map_err(|error| DataError::io(path, "read", error))?;
    Ok(if is_gzip(path) {
        Box::new(BufReader::new(MultiGzDecoder::new(BufReader::new(file))))
    } else {
        Box::new(BufReader::new(file))
    })
}

/// The whole file, unpacked if its name ends in `.gz`.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    let mut bytes = Vec::new();
    open(path)?
        .read_to_end(&mut bytes)
        .map_err(|error| read_error(path, error))?;
    Ok(bytes)
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
