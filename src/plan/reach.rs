//! What a guest that runs reaches after `up.sh` has loaded the rules of the new state, until it runs with its new values.
//!
//! This follows `network.nft` and `services.nft` rule by rule; `tests/network/facts/plan.sh` holds it against what stand-ins
//! of guests really lose.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::network::{Guest, MacAddress, Network, Pin};

/// Whom a guest talks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer {
    /// The other guests.
    Guests,
    /// The host, at the address that the guest knows.
    Host,
    /// What is reached through the host.
    Outside,
    /// DHCP, DNS, seeds, NFS, at the addresses that the guest knows.
    Services,
}

impl Peer {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Guests, Self::Host, Self::Outside, Self::Services];

    /// What programs and people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Guests => "guests",
            Self::Host => "host",
            Self::Outside => "outside",
            Self::Services => "services",
        }
    }
}

/// Who may send what in the new state.
#[derive(Debug)]
pub(super) struct Senders<'a> {
    new: &'a Network,
    /// Addresses of guests, services and the bridge.
    addresses: BTreeSet<IpAddr>,
    /// Their hardware addresses.
    macs: BTreeSet<MacAddress>,
    /// TAPs of guests.
    taps: BTreeSet<&'a str>,
}

/// What a guest loses, and why.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Loss {
    pub(super) peers: BTreeSet<Peer>,
    pub(super) reasons: Vec<String>,
}

impl Loss {
    fn of(&mut self, peers: &[Peer], reason: String) {
        self.peers.extend(peers);
        self.reasons.push(reason);
    }
}

impl<'a> Senders<'a> {
    pub(super) fn new(new: &'a Network) -> Self {
        let (bridge, guests, ends) = (&new.bridge, &new.guests, &new.endpoints);
        let addresses = guests.iter().flat_map(Guest::addresses).chain(ends.iter().flat_map(|end| &end.addresses));
        let macs = guests.iter().map(Guest::mac).chain(ends.iter().map(|end| &end.mac));
        Self {
            new,
            addresses: addresses.map(|it| it.value).chain([bridge.gateway.value]).collect(),
            macs: macs.map(|it| it.value).chain([bridge.mac.value]).collect(),
            taps: guests.iter().map(|guest| guest.tap().value.as_str()).collect(),
        }
    }

    /// Whether the document still has a TAP.
    pub(super) fn has_tap(&self, tap: &str) -> bool {
        self.taps.contains(tap)
    }

    /// What a guest loses that still runs with the values that it had.
    pub(super) fn loss(&self, old: &Guest, new: &Guest) -> Loss {
        let mut loss = Loss::default();
        if old.tap().value != new.tap().value {
            loss.of(&Peer::ALL, format!("its TAP `{}` is another guest's", old.tap().value));
        } else if old.mac().value != new.mac().value {
            self.by_mac(old, &mut loss);
        }
        if loss.peers.is_empty() && old.address().value != new.address().value {
            self.by_address(old, &mut loss);
        }
        loss
    }

    fn by_mac(&self, old: &Guest, loss: &mut Loss) {
        let mac = old.mac().value;
        if self.new.bridge.pin.value != Pin::Off {
            loss.of(&Peer::ALL, format!("it sends with the MAC address {mac}, which its TAP no longer lets in"));
        } else if self.macs.contains(&mac) {
            loss.of(&Peer::ALL, format!("its MAC address {mac} is another machine's"));
        } else {
            loss.reasons.push(format!("DHCP does not know its MAC address {mac} any more"));
        }
    }

    fn by_address(&self, old: &Guest, loss: &mut Loss) {
        let address = old.address().value;
        if self.addresses.contains(&address) {
            loss.of(&Peer::ALL, format!("its address {address} is another machine's"));
            return;
        }
        if self.new.bridge.pin.value == Pin::Address {
            loss.of(&Peer::ALL, format!("its TAP no longer lets in what it sends from {address}"));
            return;
        }
        if !self.new.endpoints.is_empty() {
            loss.of(&[Peer::Services], format!("the services do not know {address} any more"));
        }
        if !self.new.bridge.subnet.value.contains(&address) {
            loss.of(&[Peer::Host, Peer::Outside], format!("the host does not route {address} any more"));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Peer, Senders};
    use crate::network::{self, Network};
    use crate::org;
    use crate::source::Sources;

    const SERVICES: &str = "\n| Service | IP | Port | Interface |\n|---+---+---+---|\n| DNS | 10.42.0.2 | | veth0 |\n";

    fn read(term: &str, rows: &str) -> Network {
        let text = format!(
            "- Name :: qvm0\n- Subnet :: 10.42.0.1/24\n{term}\n| Guest | IP | TAP | MAC |\n|---+---+---+---|\n{rows}{SERVICES}"
        );
        let mut sources = Sources::default();
        let id = sources.add("a.org", text);
        let mut found = Vec::new();
        let networks = network::read(org::parse(sources.shared(id)).document(), &mut found);
        networks.into_iter().next().unwrap_or_else(|| panic!("{found:?}"))
    }

    /// What the first guest loses when these rows take the place of its own.
    #[track_caller]
    fn check(term: &str, rows: &str, expected: &[Peer]) {
        let old = read(term, "| cp | 10.42.0.10 | qvm0tap0 | 02:00:00:00:00:0a |\n");
        let new = read(term, rows);
        let loss = Senders::new(&new).loss(&old.guests[0], &new.guests[0]);
        assert_eq!(loss.peers, expected.iter().copied().collect::<BTreeSet<_>>(), "{loss:?}");
        assert_eq!(loss.reasons.is_empty(), rows.contains("| cp | 10.42.0.10 | qvm0tap0 | 02:00:00:00:00:0a |"));
    }

    #[test]
    fn the_rules_decide_what_a_guest_loses_that_runs_with_its_old_values() {
        let (all, pin, off) = (&Peer::ALL[..], "- Pin :: address\n", "- Pin :: off\n");
        let same = "| cp | 10.42.0.10 | qvm0tap0 | 02:00:00:00:00:0a |\n";
        check("", same, &[]);
        check(pin, same, &[]);
        let other_mac = "| cp | 10.42.0.10 | qvm0tap0 | 02:00:00:00:00:1a |\n";
        check("", other_mac, all);
        check(off, other_mac, &[]);
        let taken_mac = format!("{other_mac}| wk | 10.42.0.11 | qvm0tap1 | 02:00:00:00:00:0a |\n");
        check(off, &taken_mac, all);
        let other_address = "| cp | 10.42.0.20 | qvm0tap0 | 02:00:00:00:00:0a |\n";
        check("", other_address, &[Peer::Services]);
        check(off, other_address, &[Peer::Services]);
        check(pin, other_address, all);
        let taken_address = format!("{other_address}| wk | 10.42.0.10 | qvm0tap1 | |\n");
        check("", &taken_address, all);
        let other_tap = "| cp | 10.42.0.10 | qvm0tap1 | 02:00:00:00:00:0a |\n| wk | 10.42.0.11 | qvm0tap0 | |\n";
        check(off, other_tap, all);
    }
}
