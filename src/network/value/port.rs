//! Ports, and which of them the host opens for its guests.

use std::fmt;
use std::num::NonZeroU16;

use crate::source::digits;

/// No list of ports is longer.
const MOST_PORTS: usize = 64;

/// A TCP or UDP port, 1 to 65535.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Port(NonZeroU16);

/// What is spoken at a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// A port and what is spoken there, written `53/udp`; TCP where no protocol is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostPort {
    /// The port.
    pub port: Port,
    /// The protocol.
    pub protocol: Protocol,
}

/// What guests may reach on the host itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostAccess {
    /// Nothing but replies to what the host began, and echo requests.
    Off,
    /// Everything.
    On,
    /// These ports, each once.
    Ports(Vec<HostPort>),
}

impl Port {
    /// Reads a port number, or says why it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("is not a number".to_owned());
        }
        let number = digits::decimal(text).ok_or("is not between 1 and 65535")?;
        Ok(Self(number))
    }

    /// A port known when this program was written.
    pub const fn new(number: NonZeroU16) -> Self {
        Self(number)
    }

    /// The number.
    pub fn number(self) -> u16 {
        self.0.get()
    }
}

impl Protocol {
    /// As nft and people write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

impl HostPort {
    /// Reads a port with or without its protocol, or says why it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (port, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        let protocol = match protocol.to_ascii_lowercase().as_str() {
            "tcp" => Protocol::Tcp,
            "udp" => Protocol::Udp,
            _ => return Err("names neither `tcp` nor `udp`".to_owned()),
        };
        Ok(Self { port: Port::parse(port)?, protocol })
    }
}

impl HostAccess {
    /// Reads `off`, `on` or ports with commas between them, or says why a text is neither.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "off" => return Ok(Self::Off),
            "on" => return Ok(Self::On),
            _ => {}
        }
        let mut ports = Vec::new();
        for part in text.split(',').map(str::trim) {
            let port = HostPort::parse(part).map_err(|reason| match part {
                "" => "has nothing before or after a comma".to_owned(),
                whole if whole == text => format!("is neither `on` nor `off`, and as a port {reason}"),
                part => format!("has the part `{}`, which {reason}", part.escape_debug()),
            })?;
            if !ports.contains(&port) {
                ports.push(port);
            }
            if ports.len() > MOST_PORTS {
                return Err(format!("has more than {MOST_PORTS} ports"));
            }
        }
        Ok(Self::Ports(ports))
    }
}

impl HostAccess {
    /// Whether it opens a port.
    pub fn opens(&self, port: HostPort) -> bool {
        match self {
            Self::Off => false,
            Self::On => true,
            Self::Ports(ports) => ports.contains(&port),
        }
    }
}

impl fmt::Display for Port {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.port, self.protocol.name())
    }
}

impl fmt::Display for HostAccess {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => out.write_str("off"),
            Self::On => out.write_str("on"),
            Self::Ports(ports) => {
                let ports: Vec<String> = ports.iter().map(ToString::to_string).collect();
                out.write_str(&ports.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{HostAccess, Port};
    use crate::network::value::testing::check;

    #[test]
    fn ports_are_numbers_from_1_to_65535() {
        check(Port::parse, "53", Ok("53"));
        check(Port::parse, "65535", Ok("65535"));
        check(Port::parse, "0", Err("is not between 1 and 65535"));
        check(Port::parse, "65536", Err("is not between 1 and 65535"));
        check(Port::parse, "+53", Err("is not a number"));
        check(Port::parse, "", Err("is not a number"));
    }

    #[test]
    fn access_is_all_nothing_or_ports() {
        check(HostAccess::parse, "Off", Ok("off"));
        check(HostAccess::parse, "on", Ok("on"));
        check(HostAccess::parse, "22, 53/UDP,22/tcp", Ok("22/tcp, 53/udp"));
        check(HostAccess::parse, "yes", Err("is neither `on` nor `off`, and as a port is not a number"));
        check(HostAccess::parse, "22, ssh", Err("has the part `ssh`, which is not a number"));
        check(HostAccess::parse, "22, 53/icmp", Err("has the part `53/icmp`, which names neither `tcp` nor `udp`"));
        check(HostAccess::parse, "22,", Err("has nothing before or after a comma"));
        check(HostAccess::parse, "22, on", Err("has the part `on`, which is not a number"));
    }
}
