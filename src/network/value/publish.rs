//! Ports of the host that lead to a guest's, written `8443/tcp` or `127.0.0.1:2222`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::network::value::port::{HostPort, Port, Protocol};

/// A port of the host, at all of its addresses or at one; IPv4 so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublishedPort {
    address: Option<Ipv4Addr>,
    port: HostPort,
}

impl PublishedPort {
    /// Reads a port with or without an address before it and a protocol after it, or says why a text is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (address, port) = match text.rsplit_once(':') {
            Some((address, port)) => (Some(host_address(address)?), port),
            None => (None, text),
        };
        let port = HostPort::parse(port).map_err(|reason| if address.is_some() { after(&reason) } else { reason })?;
        let published = Self { address, port };
        if published.is_loopback() && port.protocol == Protocol::Udp {
            return Err("is UDP at a loopback address, from which TCP alone can be forwarded".to_owned());
        }
        Ok(published)
    }

    /// The one address of the host where the port is; none for all of them.
    pub fn address(self) -> Option<IpAddr> {
        self.address.map(IpAddr::V4)
    }

    /// The port itself.
    pub fn port(self) -> Port {
        self.port.port
    }

    /// What is spoken there.
    pub fn protocol(self) -> Protocol {
        self.port.protocol
    }

    /// Whether programs on the host alone reach it.
    pub fn is_loopback(self) -> bool {
        self.address.is_some_and(|address| address.is_loopback())
    }

    /// Where a program has to listen: no rule can lead away what is sent to a loopback address.
    pub fn forwarded(self) -> Option<SocketAddr> {
        let address = self.address.unwrap_or(Ipv4Addr::LOCALHOST);
        let is_forwarded = address.is_loopback() && self.protocol() == Protocol::Tcp;
        is_forwarded.then(|| SocketAddr::from((address, self.port().number())))
    }

    /// The port itself, wherever it is.
    pub fn host_port(self) -> HostPort {
        self.port
    }

    /// The same port at all addresses.
    #[must_use]
    pub fn everywhere(self) -> Self {
        Self { address: None, ..self }
    }

    /// Whether one connection could be meant by both.
    pub fn overlaps(self, other: Self) -> bool {
        let is_reached = |at: Option<Ipv4Addr>| at.is_none_or(|at| !at.is_loopback() || at == Ipv4Addr::LOCALHOST);
        self.port == other.port
            && match (self.address, other.address) {
                (Some(one), Some(other)) => one == other,
                (one, other) => is_reached(one) && is_reached(other),
            }
    }
}

fn host_address(text: &str) -> Result<Ipv4Addr, String> {
    match text.parse::<Ipv4Addr>() {
        Ok(address) if address.is_unspecified() => {
            Err("names no address: the port alone stands for all of the host".to_owned())
        }
        Ok(address) if address.is_multicast() || address.is_broadcast() => {
            Err("has an address before the `:` that no host has".to_owned())
        }
        Ok(address) => Ok(address),
        Err(_) if matches!(text, "" | "*") => {
            Err("names no address: the port alone stands for all of the host".to_owned())
        }
        Err(_) => Err("has no IPv4 address before the `:`".to_owned()),
    }
}

fn after(reason: &str) -> String {
    format!("has a port after the `:` that {reason}")
}

impl fmt::Display for PublishedPort {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(address) = self.address {
            write!(out, "{address}:")?;
        }
        self.port.fmt(out)
    }
}

#[cfg(test)]
mod tests {
    use super::PublishedPort;
    use crate::network::value::testing::check;

    #[test]
    fn a_published_port_is_one_of_the_host() {
        check(PublishedPort::parse, "8443", Ok("8443/tcp"));
        check(PublishedPort::parse, "53/UDP", Ok("53/udp"));
        check(PublishedPort::parse, "127.0.0.1:2222", Ok("127.0.0.1:2222/tcp"));
        check(PublishedPort::parse, "192.0.2.7:53/udp", Ok("192.0.2.7:53/udp"));
        check(PublishedPort::parse, "0", Err("is not between 1 and 65535"));
        check(PublishedPort::parse, "https", Err("is not a number"));
        check(PublishedPort::parse, "80/sctp", Err("names neither `tcp` nor `udp`"));
        check(PublishedPort::parse, "127.0.0.1:", Err("has a port after the `:` that is not a number"));
        check(PublishedPort::parse, "localhost:22", Err("has no IPv4 address before the `:`"));
        check(PublishedPort::parse, "[::1]:22", Err("has no IPv4 address before the `:`"));
        check(
            PublishedPort::parse,
            "127.0.0.1:53/udp",
            Err("is UDP at a loopback address, from which TCP alone can be forwarded"),
        );
        for all in ["0.0.0.0:80", "*:80", ":80"] {
            check(PublishedPort::parse, all, Err("names no address: the port alone stands for all of the host"));
        }
        check(PublishedPort::parse, "224.0.0.1:80", Err("has an address before the `:` that no host has"));
    }

    #[test]
    fn two_overlap_where_one_connection_could_be_for_both() {
        let overlap = |one: &str, other: &str| {
            let [one, other] = [one, other].map(|text| PublishedPort::parse(text).unwrap());
            assert_eq!(one.overlaps(other), other.overlaps(one));
            one.overlaps(other)
        };
        assert!(overlap("80", "80/tcp"));
        assert!(overlap("80", "192.0.2.7:80"));
        assert!(overlap("80", "127.0.0.1:80"));
        assert!(!overlap("80", "127.0.0.2:80"));
        assert!(!overlap("80", "80/udp"));
        assert!(!overlap("127.0.0.1:80", "192.0.2.7:80"));
    }
}
