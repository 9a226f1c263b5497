//! The little of DNS (RFC 1035) that a rehearsal needs: one question, and the first answer to it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use super::web;

const HEADER: usize = 12;
const ADDRESS: u16 = 1;
const ADDRESS6: u16 = 28;
const POINTER: u16 = 12;
const PATIENCE: Duration = Duration::from_millis(1500);
const TRIES: usize = 2;

/// What a nameserver has said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DnsAnswer {
    /// The address of a name.
    Address(IpAddr),
    /// The name of an address.
    Name(String),
    /// Why there is none.
    None(String),
}

impl DnsAnswer {
    /// As a report shows it.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Address(address) => address.to_string(),
            Self::Name(name) => name.clone(),
            Self::None(reason) => reason.clone(),
        }
    }
}

/// Asks for the address of a name.
pub(super) fn address(server: (Ipv4Addr, u16), name: &str) -> DnsAnswer {
    ask(server.into(), name, ADDRESS).unwrap_or_else(|reason| DnsAnswer::None(silence(&reason)))
}

/// Asks for the IPv6 address of a name, by IPv6.
pub(super) fn address6(server: (Ipv6Addr, u16), name: &str) -> DnsAnswer {
    ask(server.into(), name, ADDRESS6).unwrap_or_else(|reason| DnsAnswer::None(silence(&reason)))
}

/// Asks for the name of an address.
pub(super) fn name(server: (Ipv4Addr, u16), address: Ipv4Addr) -> DnsAnswer {
    let [a, b, c, d] = address.octets();
    let question = format!("{d}.{c}.{b}.{a}.in-addr.arpa");
    ask(server.into(), &question, POINTER).unwrap_or_else(|reason| DnsAnswer::None(silence(&reason)))
}

fn silence(reason: &io::Error) -> String {
    match reason.kind() {
        io::ErrorKind::ConnectionRefused => "nothing listens there".to_owned(),
        _ => web::plain(reason),
    }
}

fn ask(server: SocketAddr, name: &str, kind: u16) -> io::Result<DnsAnswer> {
    let any = if server.is_ipv4() { IpAddr::from(Ipv4Addr::UNSPECIFIED) } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0))?;
    socket.set_read_timeout(Some(PATIENCE))?;
    // Connected, so that only an answer from the address that was asked counts, as with any resolver.
    socket.connect(server)?;
    let question = question(name, kind);
    let mut buffer = [0; 1500];
    let mut last = io::Error::from(io::ErrorKind::TimedOut);
    for _ in 0..TRIES {
        socket.send(&question)?;
        match socket.recv(&mut buffer) {
            Ok(length) => return Ok(read(&buffer[..length]).unwrap_or(DnsAnswer::None("a broken answer".to_owned()))),
            Err(reason) => last = reason,
        }
    }
    Err(last)
}

fn question(name: &str, kind: u16) -> Vec<u8> {
    let mut message = vec![0x52, 0x48, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        message.push(label.len() as u8);
        message.extend(label.as_bytes());
    }
    message.push(0);
    message.extend(kind.to_be_bytes());
    message.extend(1_u16.to_be_bytes());
    message
}

fn read(message: &[u8]) -> Option<DnsAnswer> {
    if number(message, 6)? == 0 {
        let reason = match message[3] & 15 {
            0 => "no such record",
            2 => "SERVFAIL",
            3 => "no such name",
            5 => "refused",
            _ => "an error",
        };
        return Some(DnsAnswer::None(reason.to_owned()));
    }
    let (_, end) = labels(message, HEADER)?;
    let (_, record) = labels(message, end + 4)?;
    let data = record + 10;
    match number(message, record)? {
        ADDRESS => Some(DnsAnswer::Address(<[u8; 4]>::try_from(message.get(data..data + 4)?).ok()?.into())),
        ADDRESS6 => Some(DnsAnswer::Address(<[u8; 16]>::try_from(message.get(data..data + 16)?).ok()?.into())),
        POINTER => Some(DnsAnswer::Name(labels(message, data)?.0)),
        _ => None,
    }
}

fn number(message: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*message.get(at)?, *message.get(at + 1)?]))
}

/// A name, and the offset after it; a pointer to an earlier name is followed.
fn labels(message: &[u8], start: usize) -> Option<(String, usize)> {
    let (mut name, mut at, mut end) = (Vec::new(), start, None);
    for _ in 0..64 {
        let length = usize::from(*message.get(at)?);
        if length == 0 {
            return Some((name.join("."), end.unwrap_or(at + 1)));
        }
        if length >= 0xc0 {
            end = end.or(Some(at + 2));
            at = usize::from(number(message, at)? & 0x3fff);
            continue;
        }
        name.push(String::from_utf8_lossy(message.get(at + 1..at + 1 + length)?).into_owned());
        at += 1 + length;
    }
    None
}

/// What a server that knows one name answers; nothing to what is no question.
pub(super) fn answer(question: &[u8], known: &str, address: Ipv4Addr) -> Option<Vec<u8>> {
    let (name, end) = labels(question, HEADER)?;
    let is_known = name.eq_ignore_ascii_case(known);
    let has_address = is_known && number(question, end)? == ADDRESS;
    let mut message = question.get(..end + 4)?.to_vec();
    message[2..4].copy_from_slice(&[0x81, if is_known { 0x80 } else { 0x83 }]);
    message[6..HEADER].copy_from_slice(&[0, u8::from(has_address), 0, 0, 0, 0]);
    if has_address {
        message.extend([0xc0, HEADER as u8, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
        message.extend(address.octets());
    }
    Some(message)
}

#[cfg(test)]
mod tests {
    use super::{ADDRESS, DnsAnswer, answer, question, read};

    #[test]
    fn what_our_server_says_our_client_understands() {
        let address: std::net::Ipv4Addr = "203.0.113.10".parse().unwrap();
        let reply = |name| read(&answer(&question(name, ADDRESS), "www.example.net", address).unwrap()).unwrap();
        assert_eq!(reply("WWW.example.net"), DnsAnswer::Address(address.into()));
        assert_eq!(reply("cp.qvm0.lan"), DnsAnswer::None("no such name".to_owned()));
    }

    #[test]
    fn no_answer_makes_it_loop_or_panic() {
        let mut looping = question("a.b", ADDRESS);
        looping[7] = 1;
        looping[12..14].copy_from_slice(&[0xc0, 12]);
        assert_eq!(read(&looping), None);
        for end in 0..looping.len() {
            let _ = read(&looping[..end]);
        }
    }
}
