//! The host's IPv6 address on the bridge with the length of the prefix, and which addresses machines on it can have.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use ipnet::{IpNet, Ipv6Net};

/// Every Ethernet has this many bits of prefix: machines make the rest, and dnsmasq advertises nothing else.
const PREFIX: u8 = 64;

/// Ranges that nobody on the internet is reached at: unique local ones, and those of documentation.
const PRIVATE: &[Ipv6Net] = &[net([0xfc00, 0, 0, 0], 7), net([0x2001, 0x0db8, 0, 0], 32), net([0x3fff, 0, 0, 0], 20)];

/// The host's own IPv6 address on the bridge and its subnet, written `fd42:42::1/64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostSubnet6(Ipv6Net);

/// An IPv6 address that a machine on the bridge can be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address6(Ipv6Addr);

impl HostSubnet6 {
    /// Reads the host's address with its prefix length, or says why it makes no subnet.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some((address, length)) = text.split_once('/') else { return Err("has no prefix length".to_owned()) };
        let digits = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
        let (Ok(address), true) = (address.parse::<Ipv6Addr>(), digits) else {
            return Err("is not an IPv6 address, a slash and a prefix length".to_owned());
        };
        if length != "64" {
            return Err("has another prefix length than 64, which every Ethernet has with IPv6".to_owned());
        }
        if let Some(reason) = unusable(address) {
            return Err(reason.to_owned());
        }
        let with_host = Ipv6Net::new_assert(address, PREFIX);
        if address == with_host.network() {
            return Err("names the network, not the host's address in it".to_owned());
        }
        Ok(Self(with_host))
    }

    /// The host's address.
    pub fn gateway(self) -> Ipv6Addr {
        self.0.addr()
    }

    /// The subnet, host bits cleared.
    pub fn subnet(self) -> Ipv6Net {
        self.0.trunc()
    }

    /// The address in it with the host part of an IPv4 address.
    pub fn same_host(self, subnet: IpNet, address: IpAddr) -> Option<Ipv6Addr> {
        let (IpAddr::V4(mask), IpAddr::V4(address)) = (subnet.hostmask(), address) else { return None };
        let host = address.to_bits() & mask.to_bits();
        Some(Ipv6Addr::from_bits(self.0.network().to_bits() | u128::from(host)))
    }

    /// Whether somebody on the internet may be reached at its addresses.
    pub fn is_public(self) -> bool {
        !PRIVATE.iter().any(|range| range.contains(&self.0.trunc()))
    }
}

impl Address6 {
    /// Reads an address, or says why no machine can be given it.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.parse() {
            _ if text.contains('/') => {
                Err("has a prefix length; only the bridge's term `Subnet6` takes one".to_owned())
            }
            Ok(address) => unusable(address).map_or(Ok(Self(address)), |reason| Err(reason.to_owned())),
            Err(_) => Err("is no IPv6 address".to_owned()),
        }
    }

    /// The address.
    pub fn address(self) -> Ipv6Addr {
        self.0
    }
}

/// Why no machine can be given an address.
fn unusable(address: Ipv6Addr) -> Option<&'static str> {
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, _, _] => Some("stands for an IPv4 address"),
        [0, ..] => Some("is in the range for this machine itself and for what is of old (::/16)"),
        [first, ..] if first & 0xffc0 == 0xfe80 => Some("is link-local (fe80::/10): machines give themselves those"),
        [first, ..] if first & 0xffc0 == 0xfec0 => Some("is site-local (fec0::/10), which nobody uses any more"),
        [first, ..] if first & 0xff00 == 0xff00 => Some("is in the range for multicast (ff00::/8)"),
        _ => None,
    }
}

impl fmt::Display for HostSubnet6 {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl fmt::Display for Address6 {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// A range known when this program was written.
const fn net(first: [u16; 4], length: u8) -> Ipv6Net {
    let [a, b, c, d] = first;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0), length)
}

#[cfg(test)]
mod tests {
    use super::{Address6, HostSubnet6};
    use crate::network::value::testing::check;

    #[test]
    fn a_subnet_is_the_hosts_address_and_64_bits_of_prefix() {
        check(HostSubnet6::parse, "fd42:42:0::1/64", Ok("fd42:42::1/64"));
        check(HostSubnet6::parse, "2001:db8::1/64", Ok("2001:db8::1/64"));
        check(HostSubnet6::parse, "fd42:42::1", Err("has no prefix length"));
        check(HostSubnet6::parse, "fd42:42::/64", Err("names the network, not the host's address in it"));
        for text in ["10.42.0.1/24", "fd42::1/+64", "fd42::1/", "fd42::g/64", "$(id)/64"] {
            check(HostSubnet6::parse, text, Err("is not an IPv6 address, a slash and a prefix length"));
        }
        for text in ["fd42::1/48", "fd42::1/128", "fd42::1/064"] {
            let reason = "has another prefix length than 64, which every Ethernet has with IPv6";
            check(HostSubnet6::parse, text, Err(reason));
        }
        check(HostSubnet6::parse, "ff05::1/64", Err("is in the range for multicast (ff00::/8)"));
    }

    #[test]
    fn an_address_is_one_that_a_machine_can_have() {
        check(Address6::parse, "FD42:42::0a", Ok("fd42:42::a"));
        check(Address6::parse, "fd42:42::a/64", Err("has a prefix length; only the bridge's term `Subnet6` takes one"));
        check(Address6::parse, "10.42.0.10", Err("is no IPv6 address"));
        check(Address6::parse, "fe80::1%eth0", Err("is no IPv6 address"));
        check(Address6::parse, "::ffff:10.0.0.1", Err("stands for an IPv4 address"));
        check(Address6::parse, "fe80::1", Err("is link-local (fe80::/10): machines give themselves those"));
        check(Address6::parse, "febf::1", Err("is link-local (fe80::/10): machines give themselves those"));
        check(Address6::parse, "fec0::1", Err("is site-local (fec0::/10), which nobody uses any more"));
        check(Address6::parse, "ff02::1", Err("is in the range for multicast (ff00::/8)"));
        for text in ["::", "::1", "::10.0.0.1"] {
            check(Address6::parse, text, Err("is in the range for this machine itself and for what is of old (::/16)"));
        }
    }
}
