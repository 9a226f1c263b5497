//! Messages over standard input and output.
//!
//! A thread reads, so that everything that waits can be looked at before the work begins, and so that a client which
//! writes while we do is never blocked. What a client says of a message's length is believed only as far as the message
//! comes: room is made for what was read, and a message that is too long is passed over.

use std::io::{self, BufRead, BufReader, Read as _, Write};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use lsp_server::{ErrorCode, Message};
use serde_json::json;

use crate::source::digits;

/// No document that an editor holds makes a longer message.
const LONGEST_MESSAGE: u64 = 64 << 20;

/// No header has a longer line.
const LONGEST_HEADER: u64 = 8 << 10;

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
        while let Ok(Some(incoming)) = read(&mut input) {
            if sender.send(incoming).is_err() {
                return;
            }
        }
    });
    receiver
}

/// The next message; none at the end of the input.
fn read(input: &mut impl BufRead) -> io::Result<Option<Incoming>> {
    let malformed = |reason: &str| Ok(Some(Incoming::Malformed(reason.to_owned())));
    let mut length = None;
    loop {
        let mut line = Vec::new();
        if input.take(LONGEST_HEADER).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let Some(header) = line.strip_suffix(b"\r\n").and_then(|line| std::str::from_utf8(line).ok()) else {
            return malformed("a header line is no text, too long, or does not end in CR LF");
        };
        if header.is_empty() {
            break;
        }
        let Some((name, value)) = header.split_once(':') else {
            return malformed("a header line has no colon");
        };
        if name.eq_ignore_ascii_case("Content-Length") {
            let Some(number) = digits::decimal::<u64>(value.trim()) else {
                return malformed("`Content-Length` is no number of bytes");
            };
            length = Some(number);
        }
    }
    let Some(length) = length else { return malformed("`Content-Length` is missing") };
    if length > LONGEST_MESSAGE {
        io::copy(&mut input.take(length), &mut io::sink())?;
        return malformed(&format!("a message of {length} bytes is too long: {LONGEST_MESSAGE} are read at most"));
    }
    let mut text = Vec::new();
    if (input.take(length).read_to_end(&mut text)? as u64) < length {
        return Ok(None);
    }
    Ok(Some(match serde_json::from_slice(&text) {
        Ok(message) => Incoming::Message(message),
        Err(refused) => Incoming::Malformed(format!("this is no message: {refused}")),
    }))
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

#[cfg(test)]
mod tests {
    use super::{Incoming, LONGEST_MESSAGE, read};

    /// What is read of an input: a message as `+`, something else as its reason.
    #[track_caller]
    fn check(input: &str, expected: &[&str]) {
        let mut input = input.as_bytes();
        let mut found = Vec::new();
        while let Ok(Some(incoming)) = read(&mut input) {
            found.push(match incoming {
                Incoming::Message(_) => "+".to_owned(),
                Incoming::Malformed(reason) => reason,
            });
        }
        assert_eq!(found, expected);
    }

    const EXIT: &str = "Content-Length: 33\r\n\r\n{\"jsonrpc\":\"2.0\",\"method\":\"exit\"}";

    #[test]
    fn messages_have_headers_in_any_letter_case() {
        check(&EXIT.repeat(2), &["+", "+"]);
        check(&format!("content-type: x\r\n{}", EXIT.replace("Content-Length: ", "CONTENT-LENGTH:")), &["+"]);
    }

    #[test]
    fn a_length_is_a_number_of_bytes() {
        for length in ["", "+33", "-1", "3 3", "99999999999999999999999"] {
            let input = format!("Content-Length: {length}\r\n");
            check(&input, &["`Content-Length` is no number of bytes"]);
        }
        check(&format!("x: y\r\n\r\n{EXIT}"), &["`Content-Length` is missing", "+"]);
        check(&"x".repeat(10_000), &["a header line is no text, too long, or does not end in CR LF"; 2]);
    }

    #[test]
    fn a_message_that_is_too_long_is_passed_over() {
        check(
            "Content-Length: 18446744073709551615\r\n\r\n{}",
            &["a message of 18446744073709551615 bytes is too long: 67108864 are read at most"],
        );
        check(&format!("Content-Length: {LONGEST_MESSAGE}\r\n\r\n{{}}"), &[]);
    }
}
