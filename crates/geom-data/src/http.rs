//! The HTTP client, behind the feature `download`.

use crate::DataError;
use crate::archive::{Archive, Progress};
use std::io::{self, Read};
use std::time::Duration;
use ureq::Agent;

/// How long a connection may take, and how long it may stay silent.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the server sends for `archive`: at most one byte more than expected, which is enough to
/// fail the hash, so that an endless answer ends there.
pub(crate) fn receive(
    archive: &Archive,
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<u8>, DataError> {
    let failed = |source: ureq::Error| DataError::Download {
        url: archive.url.to_owned(),
        source: source.into(),
    };
    let agent: Agent = Agent::config_builder()
        .timeout_connect(Some(PATIENCE))
        .timeout_recv_response(Some(PATIENCE))
        .timeout_per_read(Some(PATIENCE))
        .user_agent(concat!("geom-data/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let mut response = agent.get(archive.url).call().map_err(failed)?;
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
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::download::download;
    use crate::hash;
    use std::io::Write;
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
}
