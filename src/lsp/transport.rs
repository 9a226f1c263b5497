//! Messages over standard input and output.
//!
//! A thread reads, so that everything that waits can be looked at before the work begins, and so that a client which
//! writes while we do is never blocked.

use std::io::{self, BufReader, Write};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use lsp_server::{ErrorCode, Message};
use serde_json::json;

/// What the client sent.
#[derive(Debug)]
pub(super) enum Incoming {
    /// A message.
    Message(Message),
    /// Something that is none; the reason.
    Malformed(String),
}

/// Starts to read; the channel ends with the input.
pub(super) fn listen() -> Receiver<Incoming> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut input = BufReader::new(io::stdin());
        loop {
            let incoming = match Message::read(&mut input) {
                Ok(Some(message)) => Incoming::Message(message),
                Err(refused) if refused.kind() == io::ErrorKind::InvalidData => {
                    Incoming::Malformed(refused.to_string())
                }
                Ok(None) | Err(_) => return,
            };
            if sender.send(incoming).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Writes a message.
///
/// # Errors
/// The client no longer reads.
pub(super) fn send(mut output: &mut dyn Write, message: &Message) -> io::Result<()> {
    message.write(&mut output)
}

/// Answers what cannot be read, and so has no number that could be named.
///
/// # Errors
/// The client no longer reads.
pub(super) fn send_parse_error(output: &mut dyn Write, reason: &str) -> io::Result<()> {
    let error = json!({ "code": ErrorCode::ParseError as i32, "message": reason });
    let text = json!({ "jsonrpc": "2.0", "id": null, "error": error }).to_string();
    write!(output, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    output.flush()
}
