//! How large a packet of the network may be.

use std::fmt;

use crate::source::digits;

/// IPv6 needs that much of every link, and less has no use today.
const LEAST: u16 = 1280;
/// The kernel makes no TAP for more: frames have at most 65535 bytes, and their header 14.
const MOST: u16 = 65_521;

/// The bytes of the largest packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mtu(u16);

impl Mtu {
    /// Reads a number of bytes, or says why it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("is not a whole number".to_owned());
        }
        match digits::decimal(text) {
            Some(bytes) if bytes < LEAST => {
                Err(format!("is less than the {LEAST} bytes that IPv6 needs of every link"))
            }
            Some(bytes) if bytes <= MOST => Ok(Self(bytes)),
            Some(_) | None => Err(format!("is more than the {MOST} bytes that a TAP passes on")),
        }
    }

    /// The bytes.
    pub fn bytes(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Mtu {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

#[cfg(test)]
mod tests {
    use super::Mtu;
    use crate::network::value::testing::check;

    #[test]
    fn a_packet_has_a_size_that_all_interfaces_take() {
        check(Mtu::parse, "1280", Ok("1280"));
        check(Mtu::parse, "9000", Ok("9000"));
        check(Mtu::parse, "65521", Ok("65521"));
        check(Mtu::parse, "1279", Err("is less than the 1280 bytes that IPv6 needs of every link"));
        check(Mtu::parse, "65522", Err("is more than the 65521 bytes that a TAP passes on"));
        check(Mtu::parse, "99999999999999999999", Err("is more than the 65521 bytes that a TAP passes on"));
        check(Mtu::parse, "9k", Err("is not a whole number"));
        check(Mtu::parse, "", Err("is not a whole number"));
        check(Mtu::parse, "-1", Err("is not a whole number"));
    }
}
