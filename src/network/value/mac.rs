//! Hardware addresses, written down or made from an IP address.

use std::fmt::{self, Write as _};
use std::net::{IpAddr, Ipv6Addr};

use crate::source::digits;

/// A unicast MAC address; printed in lower case with colons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddress([u8; 6]);

impl MacAddress {
    /// Reads six octets in hexadecimal, parted by `:` or `-`, or says why they are no interface's address.
    pub fn parse(text: &str) -> Result<Self, String> {
        let separator = if text.contains('-') { '-' } else { ':' };
        let mut octets = [0; 6];
        let mut parts = text.split(separator);
        for octet in &mut octets {
            *octet = parts
                .next()
                .and_then(hexadecimal_octet)
                .ok_or("is not six octets in hexadecimal with `:` between them")?;
        }
        if parts.next().is_some() {
            return Err("has more than six octets".to_owned());
        }
        if octets[0] & 1 == 1 {
            return Err("is a group address: the first octet is odd".to_owned());
        }
        if octets == [0; 6] {
            return Err("stands for no address".to_owned());
        }
        Ok(Self(octets))
    }

    /// The stable address of a machine that was given none: QEMU's prefix and the last three octets of its IP address.
    pub fn from_address(address: IpAddr) -> Self {
        let [fourth, third, second] = match address {
            IpAddr::V4(address) => last_octets(&address.octets()),
            IpAddr::V6(address) => last_octets(&address.octets()),
        };
        Self([0x52, 0x54, 0x00, second, third, fourth])
    }

    /// The link-local address that its interface makes of it.
    pub fn link_local(self) -> Ipv6Addr {
        let [first, second, third, fourth, fifth, sixth] = self.0;
        let part = |high, low| u16::from_be_bytes([high, low]);
        Ipv6Addr::new(
            0xfe80,
            0,
            0,
            0,
            part(first ^ 2, second),
            part(third, 0xff),
            part(0xfe, fourth),
            part(fifth, sixth),
        )
    }

    /// The six octets.
    pub fn octets(self) -> [u8; 6] {
        self.0
    }
}

/// The last three octets of an address, the very last first.
fn last_octets(octets: &[u8]) -> [u8; 3] {
    let mut last = [0; 3];
    last.iter_mut().zip(octets.iter().rev()).for_each(|(last, octet)| *last = *octet);
    last
}

/// One or two hexadecimal digits.
fn hexadecimal_octet(text: &str) -> Option<u8> {
    digits::hexadecimal(text).filter(|_| text.len() <= 2).and_then(|octet| u8::try_from(octet).ok())
}

impl fmt::Display for MacAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or_default();
        for (index, octet) in self.0.iter().enumerate() {
            if index > 0 {
                out.write_char(':')?;
            }
            out.write_char(digit(octet >> 4))?;
            out.write_char(digit(octet & 15))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::MacAddress;
    use crate::network::value::testing::check;

    #[test]
    fn mac_addresses_are_those_of_one_interface() {
        check(MacAddress::parse, "52-54-00-2A-0-0a", Ok("52:54:00:2a:00:0a"));
        check(MacAddress::parse, "01:00:5e:00:00:01", Err("is a group address: the first octet is odd"));
        check(MacAddress::parse, "00:00:00:00:00:00", Err("stands for no address"));
        check(MacAddress::parse, "52:54:00:2a:00", Err("is not six octets in hexadecimal with `:` between them"));
        check(MacAddress::parse, "52:54:00:2a:00:+1", Err("is not six octets in hexadecimal with `:` between them"));
        check(MacAddress::parse, "52:54:00:2a:00:0a:0b", Err("has more than six octets"));
        assert_eq!(MacAddress::from_address([10, 42, 0, 10].into()).to_string(), "52:54:00:2a:00:0a");
        let mac = MacAddress::parse("52:54:00:2a:00:0a").unwrap();
        assert_eq!(mac.link_local().to_string(), "fe80::5054:ff:fe2a:a");
        assert_eq!(MacAddress::from_address("fd42::a:b".parse().unwrap()).to_string(), "52:54:00:0a:00:0b");
    }
}
