//! Subnets: the host's address on the bridge with the length of the prefix, and ranges that are routed.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};

/// A subnet with more hosts than a /8 is a mistake; addresses made from its hosts' last three octets would also repeat.
const SHORTEST_PREFIX: u8 = 8;
/// A /31 or /32 has no room for a gateway and a guest between network and broadcast address.
const LONGEST_PREFIX: u8 = 30;

/// Ranges that no machine on an Ethernet can be given an address from.
const UNUSABLE: &[(&str, Ipv4Net)] = &[
    ("this network (0.0.0.0/8)", net([0, 0, 0, 0], 8)),
    ("loopback (127.0.0.0/8)", net([127, 0, 0, 0], 8)),
    ("link-local (169.254.0.0/16), which hosts give themselves", net([169, 254, 0, 0], 16)),
    ("multicast or reserved (224.0.0.0/3)", net([224, 0, 0, 0], 3)),
];

/// Ranges that nobody on the internet is reached at.
const PRIVATE: &[Ipv4Net] = &[
    net([10, 0, 0, 0], 8),
    net([172, 16, 0, 0], 12),
    net([192, 168, 0, 0], 16),
    net([100, 64, 0, 0], 10),
    net([192, 0, 2, 0], 24),
    net([198, 18, 0, 0], 15),
    net([198, 51, 100, 0], 24),
    net([203, 0, 113, 0], 24),
];

/// The host's own address on the bridge and its subnet, written `10.42.0.1/24`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostSubnet(Ipv4Net);

impl HostSubnet {
    /// Reads the host's address with its prefix length, or says why it makes no subnet.
    pub fn parse(text: &str) -> Result<Self, String> {
        let with_host = with_length(text)?;
        let (gateway, network, length) = (with_host.addr(), with_host.trunc(), with_host.prefix_len());
        if length > LONGEST_PREFIX {
            return Err("has no room for a gateway and a guest".to_owned());
        }
        if length < SHORTEST_PREFIX {
            return Err(format!("is larger than any private range; the prefix is at least {SHORTEST_PREFIX}"));
        }
        if let Some((range, _)) = UNUSABLE.iter().find(|(_, range)| range.contains(&network)) {
            return Err(format!("is in the range for {range}"));
        }
        if gateway == network.network() {
            return Err("names the network, not the host's address in it".to_owned());
        }
        if gateway == network.broadcast() {
            return Err("names the broadcast address, not the host's".to_owned());
        }
        Ok(Self(with_host))
    }

    /// The host's address.
    pub fn gateway(self) -> IpAddr {
        self.0.addr().into()
    }

    /// The subnet, host bits cleared.
    pub fn subnet(self) -> IpNet {
        self.0.trunc().into()
    }

    /// Whether somebody on the internet may be reached at its addresses.
    pub fn is_public(self) -> bool {
        is_public(self.0.trunc())
    }
}

impl fmt::Display for HostSubnet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// A range that is routed to somebody, written `10.200.0.0/24`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoutedSubnet(Ipv4Net);

impl RoutedSubnet {
    /// Reads the name of a network and its prefix length, or says why a text is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let range = with_length(text)?;
        if !(SHORTEST_PREFIX..=LONGEST_PREFIX).contains(&range.prefix_len()) {
            return Err(format!("has a prefix that is not from {SHORTEST_PREFIX} to {LONGEST_PREFIX}"));
        }
        if let Some((what, _)) = UNUSABLE.iter().find(|(_, unusable)| unusable.contains(&range)) {
            return Err(format!("is in the range for {what}"));
        }
        if range.addr() != range.network() {
            return Err(format!("names an address in the network `{}`, not the network", range.trunc()));
        }
        Ok(Self(range))
    }

    /// The range.
    pub fn network(self) -> Ipv4Net {
        self.0
    }
}

impl fmt::Display for RoutedSubnet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// An address with the length of a prefix, which `FromStr` would take with a sign.
fn with_length(text: &str) -> Result<Ipv4Net, String> {
    match text.split_once('/') {
        Some((_, length)) if !length.bytes().all(|byte| byte.is_ascii_digit()) => Err(()),
        Some(_) => text.parse().map_err(|_| ()),
        None => return Err("has no prefix length".to_owned()),
    }
    .map_err(|()| "is not an IPv4 address, a slash and a prefix length".to_owned())
}

/// Whether somebody on the internet may be reached at addresses of a range.
pub fn is_public(network: Ipv4Net) -> bool {
    !PRIVATE.iter().any(|range| range.contains(&network))
}

/// A range known when this program was written.
const fn net(octets: [u8; 4], length: u8) -> Ipv4Net {
    let [a, b, c, d] = octets;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}
