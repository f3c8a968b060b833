//! Verified downloads into the cache.

use crate::wordnet::{DATA, INDEX, InstanceRule, WordNet};
use crate::{DataError, hash};
use std::fs;
use std::io::{self, Cursor, Read, Write};
use std::path::Path;
use std::time::Duration;
use ureq::Agent;

/// How far a download is, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that have arrived.
    pub received: u64,
    /// Bytes there will be.
    pub total: u64,
}

/// A file on the web, pinned by size and SHA-256.
#[derive(Debug)]
pub(crate) struct Archive {
    pub(crate) url: &'static str,
    pub(crate) bytes: u64,
    pub(crate) sha256: &'static str,
}

/// NLTK's copy of WordNet 3.0, a zip with `data.noun` and `index.noun` in it.
pub(crate) const WORDNET: Archive = Archive {
    url: "https://raw.githubusercontent.com/nltk/nltk_data/gh-pages/packages/corpora/wordnet.zip",
    bytes: 10_775_600,
    sha256: "cbda5ea6eef7f36a97a43d4a75f85e07fccbb4f23657d27b4ccbc93e2646ab59",
};

/// SHA-256 of the two known editions of WordNet 3.0's `data.noun`: Princeton's and Debian's, which
/// differ only in pointers to other parts of speech.
const KNOWN_DATA: [&str; 2] = [
    "489f145e0f68877c0be5bd0eb4117adaaac52f38f6204eb8d85dbe2158b614cc",
    "fea17d2f9656611334eac790e5d69e47645fa180c4aa481fb4cd9b3520754ca2",
];
/// SHA-256 of `index.noun`, the same in both.
const KNOWN_INDEX: &str = "a490d99d93d017bf4822fe2f0ffa51fd73911ce271dc7535fade21f8814b5a04";

/// No archive member is larger than this when unpacked.
const MAX_MEMBER: u64 = 64 << 20;

/// How long a connection may take, and how long it may stay silent.
const PATIENCE: Duration = Duration::from_secs(30);

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

/// Accepts the known editions by hash, and another one of the pinned archive if it is WordNet 3.0
/// and has the published counts.
fn verify_wordnet(directory: &Path, data: &[u8], index: &[u8]) -> Result<(), DataError> {
    if KNOWN_DATA.contains(&hash::sha256(data).as_str()) && hash::sha256(index) == KNOWN_INDEX {
        return Ok(());
    }
    let wordnet = WordNet::parse(
        directory,
        (Path::new(DATA), data),
        (Path::new(INDEX), index),
    )?;
    wordnet.require_version()?;
    wordnet.noun_closure(InstanceRule::Script2018)?;
    wordnet.noun_closure(InstanceRule::Mixed2017)?;
    Ok(())
}

/// The bytes of `archive`, verified.
pub(crate) fn download(
    archive: &Archive,
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<u8>, DataError> {
    let failed = |source: ureq::Error| DataError::Download {
        url: archive.url.to_owned(),
        source: Box::new(source),
    };
    let agent: Agent = Agent::config_builder()
        .timeout_connect(Some(PATIENCE))
        .timeout_recv_response(Some(PATIENCE))
        .timeout_per_read(Some(PATIENCE))
        .user_agent(concat!("geom-data/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let mut response = agent.get(archive.url).call().map_err(failed)?;
    // One byte more than expected is enough to fail the hash; an endless answer ends there.
    let mut body = response.body_mut().as_reader().take(archive.bytes + 1);
    let mut bytes = Vec::new();
    let mut chunk = vec![0; 64 << 10];
    loop {
        progress(Progress {
            received: bytes.len() as u64,
            total: archive.bytes,
        });
        match body.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => bytes.extend_from_slice(&chunk[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error.into())),
        }
    }
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
    let failed = |source| DataError::Archive {
        url: url.to_owned(),
        member: name,
        source: Box::new(source),
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

/// Writes a file so that it is there whole or not at all: temporary file, sync, rename.
pub(crate) fn install(directory: &Path, name: &str, bytes: &[u8]) -> Result<(), DataError> {
    fs::create_dir_all(directory).map_err(|error| DataError::io(directory, "create", error))?;
    let path = directory.join(name);
    let failed = |error| DataError::io(&path, "write", error);
    let prefix = format!(".{name}-");
    let temporary = tempfile::Builder::new()
        .prefix(&prefix)
        .suffix(".tmp")
        .tempfile_in(directory);
    let mut file = temporary.map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(&path).map_err(|error| failed(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::thread;

    /// Serves one request with `head` and `body`; gives the archive that expects `expected`.
    fn serve(head: String, body: &'static [u8], expected: &[u8]) -> Archive {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/wordnet.zip", listener.local_addr().unwrap());
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4_096]);
            let _ = stream
                .write_all(head.as_bytes())
                .and_then(|()| stream.write_all(body));
        });
        let sha256 = hash::sha256(expected).leak();
        Archive {
            url: url.leak(),
            bytes: expected.len() as u64,
            sha256,
        }
    }

    fn ok(length: usize) -> String {
        format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n")
    }

    #[test]
    fn a_download_arrives_with_its_progress() {
        let archive = serve(ok(5), b"nouns", b"nouns");
        let mut seen = Vec::new();
        let bytes = download(&archive, &mut |progress| seen.push(progress)).unwrap();
        assert_eq!(bytes, b"nouns");
        assert_eq!(
            seen.first(),
            Some(&Progress {
                received: 0,
                total: 5
            })
        );
        assert_eq!(
            seen.last(),
            Some(&Progress {
                received: 5,
                total: 5
            })
        );
    }

    #[test]
    fn changed_short_and_endless_answers_are_refused() {
        let changed = download(&serve(ok(5), b"verbs", b"nouns"), &mut |_| {}).unwrap_err();
        let DataError::HashMismatch {
            expected, actual, ..
        } = changed
        else {
            panic!("{changed}")
        };
        assert_eq!(
            (expected, actual),
            (hash::sha256(b"nouns"), hash::sha256(b"verbs"))
        );
        let short = download(&serve(ok(5), b"nou", b"nouns"), &mut |_| {}).unwrap_err();
        assert!(matches!(short, DataError::Download { .. }), "{short}");
        let long = download(&serve(ok(8), b"nouns...", b"nouns"), &mut |_| {}).unwrap_err();
        assert!(matches!(long, DataError::HashMismatch { .. }), "{long}");
        let gone = serve(
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".into(),
            b"",
            b"nouns",
        );
        let gone = download(&gone, &mut |_| {}).unwrap_err();
        assert!(matches!(gone, DataError::Download { .. }), "{gone}");
        assert!(gone.to_string().contains("404"), "{gone}");
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
