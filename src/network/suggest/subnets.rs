//! Free ranges of whole prefixes, such as those that are routed to guests.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::network::value::RoutedSubnet;

/// Ranges that nobody claims, each handed out once.
pub(in crate::network) struct FreeSubnets {
    /// What is claimed: last addresses by first ones, apart from each other.
    taken: BTreeMap<u32, u32>,
    /// Where to look, if the document says so.
    within: Option<Ipv4Net>,
}

impl FreeSubnets {
    /// The ranges that are left by claims; within a range, if one is named.
    pub(in crate::network) fn new(claims: impl Iterator<Item = Ipv4Net>, within: Option<Ipv4Net>) -> Self {
        let mut free = Self { taken: BTreeMap::new(), within };
        let mut claims: Vec<_> = claims.collect();
        claims.sort_unstable();
        for claim in claims {
            free.take(claim);
        }
        free
    }

    fn take(&mut self, range: Ipv4Net) {
        let (first, last) = (range.network().to_bits(), range.broadcast().to_bits());
        if self.holder(last).is_none_or(|(_, held)| held < last) {
            self.taken.insert(first, last);
        }
    }

    /// What is claimed at an address or before it, the last of it.
    fn holder(&self, address: u32) -> Option<(u32, u32)> {
        self.taken.range(..=address).next_back().map(|(first, last)| (*first, *last))
    }

    /// The first free range of the size of another, where all pods are, else in its /16 or after it.
    pub(in crate::network) fn like(&mut self, range: Ipv4Net) -> Option<Ipv4Net> {
        let length = range.prefix_len();
        let around = self.within.or_else(|| Ipv4Net::new(range.network(), length.min(16)).ok())?.trunc();
        let mut start = around.network().to_bits();
        while let Ok(candidate) = Ipv4Net::new(Ipv4Addr::from_bits(start), length) {
            if !around.contains(&candidate) || RoutedSubnet::parse(&candidate.to_string()).is_err() {
                return None;
            }
            let last = candidate.broadcast().to_bits();
            match self.holder(last).filter(|(_, held)| *held >= start) {
                None => {
                    self.take(candidate);
                    return Some(candidate);
                }
                // The next one that begins after it, and where a range of this size may.
                Some((_, held)) => start = (held.max(last) | (last - start)).checked_add(1)?,
            }
        }
        None
    }
}
