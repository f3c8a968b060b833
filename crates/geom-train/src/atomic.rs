//! Writing files so that a crash at any moment leaves the old content or the new, never a part.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::error::{TrainError, io_error};

/// Writes `path` through a temporary file beside it: written, synced, then renamed over it.
///
/// # Errors
/// [`TrainError::Io`] with the path, for instance on a full disk or in a folder that cannot be
/// written. What was at `path` before is then still there.
pub fn write(path: &Path, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), TrainError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let replace = || -> io::Result<()> {
        let mut temporary = tempfile::Builder::new().prefix(".partial-").tempfile_in(folder)?;
        {
            let mut writer = BufWriter::new(temporary.as_file_mut());
            content(&mut writer)?;
            writer.flush()?;
        }
        temporary.as_file().sync_all()?;
        make_readable(temporary.as_file())?;
        temporary.persist(path).map_err(|error| error.error)?;
        // The rename itself is durable only once the folder is.
        #[cfg(unix)]
        File::open(folder)?.sync_all()?;
        Ok(())
    };
    replace().map_err(io_error(path, "write"))
}

/// Temporary files are private to their owner; results are not.
fn make_readable(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        write(&path, |out| out.write_all(b"old")).unwrap();
        let failed = write(&path, |out| {
            out.write_all(b"new")?;
            Err(io::Error::other("the disk is full"))
        });
        assert!(failed.unwrap_err().to_string().contains("a.txt"));
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no partial file stays behind");
    }
}
