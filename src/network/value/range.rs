//! Ranges of addresses, written `10.42.0.200-10.42.0.220`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

/// All addresses from the first to the last, both among them; IPv4 so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AddressRange {
    first: Ipv4Addr,
    last: Ipv4Addr,
}

impl AddressRange {
    /// Reads two addresses with a hyphen between them, or a single one, or says why a text is neither.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (first, last) = text.split_once(['-', '–']).unwrap_or((text, text));
        let address = |text: &str| text.trim().parse::<Ipv4Addr>();
        let (Ok(first), Ok(last)) = (address(first), address(last)) else {
            return Err("is not two IPv4 addresses with `-` between them".to_owned());
        };
        if first > last { Err("ends before it begins".to_owned()) } else { Ok(Self { first, last }) }
    }

    /// Its first address.
    pub fn first(self) -> IpAddr {
        self.first.into()
    }

    /// Its last address.
    pub fn last(self) -> IpAddr {
        self.last.into()
    }

    /// Whether an address lies in it.
    pub fn contains(self, address: IpAddr) -> bool {
        (self.first()..=self.last()).contains(&address)
    }

    /// What is left before and after another range, if that leaves anything.
    pub fn without(self, other: Self) -> [Option<Self>; 2] {
        let range = |first, last| (first <= last).then_some(Self { first, last });
        let before = other.first.to_bits().checked_sub(1).map(Ipv4Addr::from_bits);
        let after = other.last.to_bits().checked_add(1).map(Ipv4Addr::from_bits);
        let left = before.and_then(|before| range(self.first, self.last.min(before)));
        let right = after.and_then(|after| range(self.first.max(after), self.last));
        [left, right]
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-{}", self.first, self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::AddressRange;
    use crate::network::value::testing::check;

    #[test]
    fn a_range_has_a_first_and_a_last_address() {
        check(AddressRange::parse, "10.0.0.1-10.0.0.9", Ok("10.0.0.1-10.0.0.9"));
        check(AddressRange::parse, "10.0.0.1 – 10.0.0.1", Ok("10.0.0.1-10.0.0.1"));
        check(AddressRange::parse, "10.0.0.1", Ok("10.0.0.1-10.0.0.1"));
        check(AddressRange::parse, "10.0.0.9-10.0.0.1", Err("ends before it begins"));
        for text in ["10.0.0.1-9", "10.0.0.0/28", "10.0.0.1-10.0.0.2-10.0.0.3", "a-b", "-", "10.0.0.1-;id"] {
            check(AddressRange::parse, text, Err("is not two IPv4 addresses with `-` between them"));
        }
    }

    #[test]
    fn what_another_range_leaves_is_before_and_after_it() {
        let range = |text: &str| AddressRange::parse(text).unwrap();
        let left = |of: &str, by: &str| range(of).without(range(by)).map(|it| it.map(|it| it.to_string()));
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(left("0.0.0.3-0.0.0.9", "0.0.0.5-0.0.0.5"), [some("0.0.0.3-0.0.0.4"), some("0.0.0.6-0.0.0.9")]);
        assert_eq!(left("0.0.0.3-0.0.0.9", "0.0.0.1-0.0.0.5"), [None, some("0.0.0.6-0.0.0.9")]);
        assert_eq!(left("0.0.0.0-255.255.255.255", "0.0.0.0-255.255.255.255"), [None, None]);
    }
}
