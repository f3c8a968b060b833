//! Verified downloads into the cache.

use crate::archive::{Archive, Progress};
#[cfg(feature = "download")]
use crate::http::receive;
use crate::wordnet::{DATA, INDEX, WordNet};
use crate::{DataError, hash};
use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;

/// NLTK's copy of WordNet 3.0, a zip with `data.noun` and `index.noun` in it.
pub(crate) const WORDNET: Archive = Archive {
    url: "https://raw.githubusercontent.com/nltk/nltk_data/gh-pages/packages/corpora/wordnet.zip",
    bytes: 10_775_600,
    sha256: "cbda5ea6eef7f36a97a43d4a75f85e07fccbb4f23657d27b4ccbc93e2646ab59",
};

/// No archive member is larger than this when unpacked.
const MAX_MEMBER: u64 = 64 << 20;

/// Downloads WordNet's noun files into `directory`, and keeps them only if they are the right ones.
pub(crate) fn wordnet(
    directory: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), DataError> {
    let packed = download(&WORDNET, progress)?;
    let data = member(WORDNET.url, &packed, DATA)?;
    let index = member(WORDNET.url, &packed, INDEX)?;
    verify_wordnet(directory, &data, &index)?;
    // A database counts as found once both files are there, so the order does not matter.
    install(directory, INDEX, &index)?;
    install(directory, DATA, &data)
}

/// Accepts the known editions.
fn verify_wordnet(directory: &Path, data: &[u8], index: &[u8]) -> Result<(), DataError> {
    let wordnet = WordNet::parse(
        directory,
        (Path::new(DATA), data),
        (Path::new(INDEX), index),
    )?;
    wordnet.require_version()?;
    wordnet.require_published()
}

/// Without an HTTP client there are no bytes to receive.
#[cfg(not(feature = "download"))]
fn receive(archive: &Archive, _: &mut dyn FnMut(Progress)) -> Result<Vec<u8>, DataError> {
    Err(DataError::DownloadDisabled {
        url: archive.url.to_owned(),
    })
}

/// The bytes of `archive`, verified.
pub(crate) fn download(
    archive: &Archive,
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<u8>, DataError> {
    let bytes = receive(archive, progress)?;
    let actual = hash::sha256(&bytes);
    if actual == archive.sha256 {
        return Ok(bytes);
    }
    Err(DataError::HashMismatch {
        origin: archive.url.to_owned(),
        expected: archive.sha256.to_owned(),
        actual,
    })
}

/// The file called `name`, in whatever folder of the zip archive it is.
fn member(url: &str, packed: &[u8], name: &'static str) -> Result<Vec<u8>, DataError> {
    let failed = |source: zip::result::ZipError| DataError::Archive {
        url: url.to_owned(),
        member: name,
        source: source.into(),
    };
    let mut archive = zip::ZipArchive::new(Cursor::new(packed)).map_err(failed)?;
    let is_it = |path: &&str| path.rsplit('/').next() == Some(name);
    let path = archive.file_names().find(is_it).unwrap_or(name).to_owned();
    let mut bytes = Vec::new();
    let file = archive.by_name(&path).map_err(failed)?;
    file.take(MAX_MEMBER)
        .read_to_end(&mut bytes)
        .map_err(|error| failed(error.into()))?;
    Ok(bytes)
}

/// Writes a file into a folder that is made where there is none; it is there whole or not at all.
pub(crate) fn install(directory: &Path, name: &str, bytes: &[u8]) -> Result<(), DataError> {
    fs::create_dir_all(directory).map_err(|error| DataError::io(directory, "create", error))?;
    let path = directory.join(name);
    let failed = |error| DataError::io(&path, "write", error);
    geom_files::write(&path, |out| out.write_all(bytes)).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[cfg(not(feature = "download"))]
    #[test]
    fn without_its_feature_a_download_is_an_error_which_names_it() {
        let error = download(&WORDNET, &mut |_| {}).unwrap_err();
        assert!(
            matches!(error, DataError::DownloadDisabled { .. }),
            "{error}"
        );
        assert!(error.to_string().contains("`download`"), "{error}");
    }

    #[test]
    fn members_are_found_in_any_folder() {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file("wordnet/data.noun", options).unwrap();
        zip.write_all(b"synsets").unwrap();
        let packed = zip.finish().unwrap().into_inner();
        assert_eq!(member("u", &packed, DATA).unwrap(), b"synsets");
        assert!(matches!(
            member("u", &packed, INDEX),
            Err(DataError::Archive { .. })
        ));
        assert!(matches!(
            member("u", &packed[..40], DATA),
            Err(DataError::Archive { .. })
        ));
    }

    #[test]
    fn files_are_installed_whole_and_nothing_else_stays() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("geom/wordnet");
        install(&directory, DATA, b"old").unwrap();
        install(&directory, DATA, b"new").unwrap();
        assert_eq!(fs::read(directory.join(DATA)).unwrap(), b"new");
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
        let under_a_file = directory.join(DATA).join("x");
        assert!(matches!(
            install(&under_a_file, DATA, b""),
            Err(DataError::Io { .. })
        ));
    }

    #[test]
    fn a_database_that_is_not_wordnet_3_0_is_not_installed() {
        let data = b"  1 WordNet 3.1 Copyright 2011\n1 03 n 01 a 0 000 | x\n";
        let error = verify_wordnet(Path::new("cache"), data, b"a n 1 0 1 0 1\n").unwrap_err();
        assert!(matches!(error, DataError::WordNetVersion { .. }), "{error}");
    }
}
