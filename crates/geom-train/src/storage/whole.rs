//! Reading files whole, no more of them than is meant.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use geom_data::Limit;

use super::{StorageError, io_error};

/// Of a file that people write: settings, a space to search, the description of a run.
const SETTINGS: Limit = Limit::new("bytes", 16 << 20);

/// The bytes of a file of a run, which is a plain file: a device or a pipe need not end.
///
/// # Errors
/// [`StorageError::Io`] with the path.
pub fn read(path: &Path) -> Result<Vec<u8>, StorageError> {
    let mut file = File::open(path).map_err(io_error(path, "read"))?;
    let is_file = file.metadata().is_ok_and(|metadata| metadata.is_file());
    let mut bytes = Vec::new();
    let read = if is_file {
        file.read_to_end(&mut bytes).map(|_| ())
    } else {
        Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is not a regular file",
        ))
    };
    read.map_err(io_error(path, "read"))?;
    Ok(bytes)
}

/// The text of a file that people write, or of a stream that ends.
///
/// # Errors
/// [`StorageError::Io`] with the path, and [`StorageError::TooLarge`].
pub fn read_text(path: &Path) -> Result<String, StorageError> {
    let file = File::open(path).map_err(io_error(path, "read"))?;
    let mut text = String::new();
    let mut limited = file.take(SETTINGS.most() + 1);
    let read = limited.read_to_string(&mut text);
    // What is cut off may end within a character.
    if limited.limit() == 0 {
        return Err(StorageError::TooLarge {
            path: path.to_path_buf(),
            limit: SETTINGS,
        });
    }
    read.map_err(io_error(path, "read"))?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn what_never_ends_is_refused() {
        let endless = Path::new("/dev/zero");
        let error = read(endless).unwrap_err().to_string();
        assert!(error.contains("not a regular file"), "{error}");
        let error = read_text(endless).unwrap_err().to_string();
        assert_eq!(error, "/dev/zero: at most 16777216 bytes");
    }

    #[test]
    fn a_file_is_read_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.toml");
        std::fs::write(&path, "lr = 1\n").unwrap();
        assert_eq!(read(&path).unwrap(), b"lr = 1\n");
        assert_eq!(read_text(&path).unwrap(), "lr = 1\n");
    }
}
