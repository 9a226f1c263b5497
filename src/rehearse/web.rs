//! What a guest asks over TCP: a page, or only whether anybody listens.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::workspace;

const PATIENCE: Duration = Duration::from_secs(3);
/// A seed with its certificates takes some tens of kilobytes.
const LARGEST: u64 = 1 << 20;

/// An answer, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    /// The status; 0 if there is no answer.
    pub(super) status: u16,
    /// The body; else why there is no answer.
    pub(super) body: String,
}

/// Asks for a page.
pub(super) fn get(server: (impl Into<IpAddr>, u16), path: &str) -> Page {
    ask((server.0.into(), server.1), path).unwrap_or_else(|reason| Page { status: 0, body: plain(&reason) })
}

fn ask(server: (IpAddr, u16), path: &str) -> io::Result<Page> {
    let mut stream = connect(server)?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: {}\r\n\r\n", server.0).as_bytes())?;
    let mut text = Vec::new();
    stream.take(LARGEST).read_to_end(&mut text)?;
    let text = String::from_utf8_lossy(&text);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or_default();
    Ok(Page { status, body: body.to_owned() })
}

/// Connects, as a client that does not wait for ever.
pub(super) fn connect((address, port): (impl Into<IpAddr>, u16)) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&SocketAddr::new(address.into(), port), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// The system's own words.
pub(super) fn plain(reason: &io::Error) -> String {
    match reason.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => "no answer".to_owned(),
        _ => workspace::plain(reason),
    }
}

impl Page {
    /// As a report shows it.
    pub(super) fn shown(&self) -> String {
        match self.status {
            0 => self.body.clone(),
            status => format!("status {status}"),
        }
    }
}
