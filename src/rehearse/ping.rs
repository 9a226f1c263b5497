//! Whether an address answers a ping.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, UdpSocket};
use std::time::Duration;

use rustix::net::{AddressFamily, SocketType, ipproto, socket};

use super::frame::checksum;

const PATIENCE: Duration = Duration::from_secs(1);
const TRIES: u8 = 3;
const ECHO_REPLY: u8 = 0;
const ECHO_REQUEST6: u8 = 128;
const ECHO_REPLY6: u8 = 129;

/// The headers of IPv4 and of the ping.
const HEADERS: usize = 28;

/// Pings an address from this thread's namespace.
pub(super) fn answers(address: Ipv4Addr) -> io::Result<bool> {
    answers_bytes(address, 0)
}

/// What a fact about reaching an address expects.
pub(super) const ANSWER: &str = "an answer";

/// What a fact about reaching an address sees.
pub(super) fn seen(address: Ipv4Addr) -> &'static str {
    if matches!(answers(address), Ok(true)) { ANSWER } else { "no answer" }
}

/// The same by IPv6.
pub(super) fn seen6(address: Ipv6Addr) -> &'static str {
    if matches!(answers6(address), Ok(true)) { ANSWER } else { "no answer" }
}

/// The kernel fills in the checksum, and takes the header off what arrives.
fn answers6(address: Ipv6Addr) -> io::Result<bool> {
    let socket = UdpSocket::from(socket(AddressFamily::INET6, SocketType::RAW, Some(ipproto::ICMPV6))?);
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.connect((address, 0))?;
    let mut buffer = [0; 64];
    for number in 0..TRIES {
        if socket.send(&[ECHO_REQUEST6, 0, 0, 0, 0x52, 0x48, 0, number]).is_err() {
            continue;
        }
        while let Ok(length) = socket.recv(&mut buffer) {
            if buffer[..length].first() == Some(&ECHO_REPLY6) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Whether a packet of this many bytes gets there and back in one piece.
pub(super) fn passes(address: Ipv4Addr, bytes: u16) -> io::Result<bool> {
    answers_bytes(address, usize::from(bytes).saturating_sub(HEADERS))
}

/// Pings with this many bytes after the header. What leaves in one piece arrives in one, since a bridge divides nothing.
fn answers_bytes(address: Ipv4Addr, bytes: usize) -> io::Result<bool> {
    let raw = socket(AddressFamily::INET, SocketType::RAW, Some(ipproto::ICMP))?;
    // The standard library's datagram sockets do all that is left: send, receive, wait.
    let socket = UdpSocket::from(raw);
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.connect((address, 0))?;
    let mut buffer = vec![0; HEADERS + bytes + 64];
    for number in 0..TRIES {
        let mut request = vec![8, 0, 0, 0, 0x52, 0x48, 0, number];
        request.resize(request.len() + bytes, 0);
        let sum = checksum(&request);
        request[2..4].copy_from_slice(&sum.to_be_bytes());
        if socket.send(&request).is_err() {
            continue;
        }
        while let Ok(length) = socket.recv(&mut buffer) {
            let header = usize::from(buffer[0] & 0x0f) * 4;
            if buffer[..length].get(header) == Some(&ECHO_REPLY) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
