//! What is free: addresses of the subnet with the hardware addresses made from them, and names with numbers.
//!
//! A search goes on where the last one from the same place ended, so that all searches of a run together take no longer
//! than the taken values are many.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use super::{Known, MacSource};
use crate::network::value::{AddressRange, MacAddress};

/// The addresses of a subnet.
#[derive(Default)]
pub(super) struct Addresses {
    /// First and last address that a machine can have.
    range: Option<(u32, u32)>,
    taken: HashSet<u32>,
    /// First and last addresses that nothing may be given from or between, sorted.
    ranges: Vec<(u32, u32)>,
    /// Those, and those whose hardware address the document gives to somebody.
    blocked: HashSet<u32>,
    /// Where a search from a blocked address goes on.
    next: HashMap<u32, u32>,
    /// Hardware addresses that the document names.
    given: HashSet<MacAddress>,
    /// Those that follow from addresses.
    made: HashSet<MacAddress>,
    /// Where a search begins that nothing tells where.
    near: u32,
}

/// Names of one kind.
#[derive(Default)]
pub(super) struct FreeNames {
    /// In lower case.
    taken: HashSet<String>,
    /// The number to try next after a stem.
    next: HashMap<String, usize>,
}

impl Addresses {
    /// The addresses of the known subnet, without those that the document has.
    pub(super) fn of(known: &Known) -> Self {
        let range = match known.subnet {
            Some(IpNet::V4(subnet)) => {
                Some((u32::from(subnet.network()) + 1, u32::from(subnet.broadcast()).saturating_sub(1)))
            }
            Some(IpNet::V6(_)) | None => None,
        };
        let guests = known.guests.iter().map(|guest| &guest.address);
        let others = known.services.iter().map(|service| &service.address).chain(&known.name_addresses);
        let written = guests.clone().chain(others);
        let written = written.filter_map(|text| text.parse::<IpAddr>().ok()).chain(known.gateway);
        let taken: HashSet<u32> = written.filter_map(number).collect();
        let made = taken.iter().map(|&address| mac(address)).collect();
        let given: HashSet<MacAddress> =
            known.guests.iter().filter_map(|guest| MacAddress::parse(&guest.mac).ok()).collect();
        let network = range.map_or(0, |(first, _)| first - 1);
        let blocked = given.iter().filter_map(|mac| address_of(*mac, network)).chain(taken.iter().copied()).collect();
        let inside = |address: &u32| range.is_some_and(|(first, last)| (first..=last).contains(address));
        let last_guest = guests.filter_map(|text| number(text.parse().ok()?)).rfind(inside);
        let near = last_guest.or_else(|| Some(range?.0 + 9)).unwrap_or_default();
        Self { range, taken, ranges: Vec::new(), blocked, next: HashMap::new(), given, made, near }
    }

    /// The free address that is nearest to one, at the same place in the subnet or after it, which is taken then.
    pub(super) fn near(&mut self, address: IpAddr, mac: MacSource) -> Option<IpAddr> {
        let (first, last) = self.range?;
        let network = first - 1;
        let host = number(address)? & (network ^ (last + 1));
        let wanted = (network | host).clamp(first, last);
        let is_own = !self.taken.contains(&wanted) && self.end_of_range(wanted).is_none();
        let is_free = mac == MacSource::Given && wanted == network | host && is_own;
        if is_free { Some(self.take(wanted)) } else { self.from(wanted) }
    }

    /// The free address after the last guest's, which is taken then.
    pub(super) fn any(&mut self) -> Option<IpAddr> {
        let (first, last) = self.range?;
        self.from(self.near.clamp(first, last))
    }

    /// The first free address from one on, else the first one before it.
    fn from(&mut self, wanted: u32) -> Option<IpAddr> {
        let (first, last) = self.range?;
        let free = self.find(wanted, last).or_else(|| self.find(first, wanted - 1))?;
        Some(self.take(free))
    }

    fn find(&mut self, from: u32, last: u32) -> Option<u32> {
        let mut passed = Vec::new();
        let mut at = from;
        while at <= last {
            // Ranges are left in one step each, however large they are.
            let end = self.end_of_range(at).or_else(|| self.blocked.contains(&at).then_some(at));
            let Some(end) = end else { break };
            passed.push(at);
            at = self.next.get(&at).copied().unwrap_or(end.saturating_add(1));
        }
        self.next.extend(passed.into_iter().map(|passed| (passed, at)));
        (at <= last).then_some(at)
    }

    /// Where the range ends that an address lies in.
    fn end_of_range(&self, address: u32) -> Option<u32> {
        let before = self.ranges.partition_point(|(first, _)| *first <= address);
        self.ranges[..before].last().map(|(_, last)| *last).filter(|last| address <= *last)
    }

    /// Addresses in these ranges are not free.
    pub(super) fn keep_out_of(&mut self, ranges: Vec<AddressRange>) {
        let ends = |range: AddressRange| number(range.first()).zip(number(range.last()));
        self.ranges = ranges.into_iter().filter_map(ends).collect();
        self.ranges.sort_unstable();
    }

    fn take(&mut self, address: u32) -> IpAddr {
        self.taken.insert(address);
        self.blocked.insert(address);
        self.made.insert(mac(address));
        Ipv4Addr::from(address).into()
    }

    /// Whether nothing has a hardware address or would be given it.
    pub(super) fn is_free_mac(&self, mac: MacAddress) -> bool {
        !self.given.contains(&mac) && !self.made.contains(&mac)
    }

    /// Takes a hardware address if the document does not name it.
    pub(super) fn take_mac(&mut self, mac: MacAddress) -> bool {
        self.given.insert(mac)
    }
}

impl FreeNames {
    /// Names without these.
    pub(super) fn of(taken: impl Iterator<Item = String>) -> Self {
        Self { taken: taken.map(|name| name.to_lowercase()).collect(), next: HashMap::new() }
    }

    /// Takes a name if it is free.
    pub(super) fn take(&mut self, name: &str) -> bool {
        self.taken.insert(name.to_lowercase())
    }

    /// Whether nothing is named so.
    pub(super) fn is_free(&self, name: &str) -> bool {
        !self.taken.contains(&name.to_lowercase())
    }

    /// The next free name that is a stem and a number, if such a name may be.
    pub(super) fn next(&mut self, stem: &str, may_be: impl Fn(&str) -> bool) -> Option<String> {
        let number = self.next.entry(stem.to_owned()).or_default();
        loop {
            let name = format!("{stem}{number}");
            *number += 1;
            if !may_be(&name) {
                return None;
            }
            if self.taken.insert(name.to_lowercase()) {
                return Some(name);
            }
        }
    }

    /// Begins to count after a stem with this number.
    pub(super) fn count_from(&mut self, stem: &str, number: usize) {
        self.next.entry(stem.to_owned()).or_insert(number);
    }
}

/// What most names have before their number, if any have one.
pub(super) fn stem<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names {
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
        if !stem.is_empty() && stem.len() < name.len() {
            *counts.entry(stem).or_default() += 1;
        }
    }
    let most = counts.values().copied().max()?;
    counts.into_iter().find(|(_, count)| *count == most).map(|(stem, _)| stem.to_owned())
}

fn number(address: IpAddr) -> Option<u32> {
    match address {
        IpAddr::V4(address) => Some(address.into()),
        IpAddr::V6(_) => None,
    }
}

fn mac(address: u32) -> MacAddress {
    MacAddress::from_address(Ipv4Addr::from(address).into())
}

/// The address of a network that a hardware address would be made from.
fn address_of(mac: MacAddress, network: u32) -> Option<u32> {
    let [0x52, 0x54, 0x00, second, third, fourth] = mac.octets() else { return None };
    Some(network & 0xff00_0000 | u32::from_be_bytes([0, second, third, fourth]))
}
