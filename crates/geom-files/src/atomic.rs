//! Writing files so that a crash at any moment leaves the old content or the new, never a part.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::failpoint;

/// What the names of files begin with that are not finished yet.
const PARTIAL: &str = ".partial-";

/// Removes what writers left in `folder` that were killed at work. None may be at work in it now.
pub fn remove_partial(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(PARTIAL) {
            // What cannot be removed does no harm.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// The temporary files that this process is writing.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Removes the files that this process has not finished writing, before it ends without waiting for that.
pub fn remove_unfinished() {
    for path in unfinished().iter() {
        // What cannot be removed does no harm.
        let _ = std::fs::remove_file(path);
    }
}

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A temporary file while it is being written.
struct Unfinished(PathBuf);

impl Unfinished {
    fn new(path: &Path) -> Self {
        unfinished().push(path.to_path_buf());
        Self(path.to_path_buf())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        unfinished().retain(|path| *path != self.0);
    }
}

/// Writes `path` through a temporary file beside it: written, synced, then renamed over it.
///
/// A symbolic link stays one: what it points to is replaced. One that points to nothing is itself replaced. A
/// device or pipe, such as `/dev/stdout`, is written to directly.
///
/// # Errors
/// That of the operating system or of `content`, for instance on a full disk or in a folder that cannot
/// be written. What was at `path` before is then still there, and nothing else is left behind; unless it is the
/// last step that fails, the sync of the folder: then the new content is in place, though not yet durably.
pub fn write(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let target = target(path);
    let folder = target
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let point = |phase: &str| failpoint::reach(&format!("{name}/{phase}"));
    point("begin");
    if is_stream(&target) {
        let mut writer = BufWriter::new(OpenOptions::new().write(true).open(&target)?);
        content(&mut writer)?;
        return writer.flush();
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(PARTIAL);
    // A file that others may read as the user's mask says, which a temporary one is not.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut temporary = builder.tempfile_in(folder)?;
    let _unfinished = Unfinished::new(temporary.path());
    {
        let mut writer = BufWriter::new(Halfway {
            file: temporary.as_file_mut(),
            point: format!("{name}/half"),
        });
        content(&mut writer)?;
        writer.flush()?;
    }
    temporary.as_file().sync_all()?;
    point("synced");
    temporary.persist(&target).map_err(|error| error.error)?;
    point("renamed");
    // The rename itself is durable only once the folder is.
    #[cfg(unix)]
    sync_folder(folder)?;
    Ok(())
}

/// Makes durable what was renamed in `folder`, where that can be asked for.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        // Some file systems, mostly of networks, sync no folders. That fails no write: there is no more to ask for.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        synced => synced,
    }
}

/// A file with a point of failure in the middle of what is written to it.
struct Halfway<'a> {
    file: &'a mut File,
    point: String,
}

impl Write for Halfway<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if failpoint::is_next(&self.point) {
            self.file.write_all(&bytes[..bytes.len() / 2])?;
        }
        failpoint::reach(&self.point);
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The file that `path` names, seen through symbolic links.
fn target(path: &Path) -> PathBuf {
    if path.is_symlink() {
        path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
    } else {
        path.to_path_buf()
    }
}

/// Whether `path` exists but cannot be renamed over without losing what it is.
fn is_stream(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
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
        assert_eq!(failed.unwrap_err().to_string(), "the disk is full");
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            1,
            "no partial file stays behind"
        );
    }

    #[cfg(unix)]
    #[test]
    fn whom_the_mask_allows_may_read_the_result() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (ours, plain) = (folder.path().join("a.txt"), folder.path().join("b.txt"));
        write(&ours, |out| out.write_all(b"new")).unwrap();
        std::fs::write(&plain, "new").unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&plain));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("a.txt"), folder.path().join("b.txt"));
        std::fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write(&link, |out| out.write_all(b"new")).unwrap();
        assert!(link.is_symlink());
        assert_eq!(std::fs::read(&file).unwrap(), b"new");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_device_is_an_error_and_stays_a_device() {
        let path = Path::new("/dev/full");
        let error = write(path, |out| out.write_all(b"new")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull, "{error}");
        assert!(!path.metadata().unwrap().is_file());
    }
}
