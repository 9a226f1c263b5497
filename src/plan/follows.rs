//! What follows from an edit without standing in a table: names, leases, certificates, rules, seeds, disks.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::meaning::{GuestPair, pattern};
use super::outlook::{Stay, has_other_certificate};
use crate::network::schema::{BRIDGE_DHCP_RANGE, CLOUD_INIT, DHCP, GUEST_DISK, NFS};
use crate::network::{Bridge6, Guest, Network};

/// Something that follows from an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consequence {
    /// What it is about.
    pub kind: ConsequenceKind,
    /// What happens, as a sentence without a full stop.
    pub says: String,
}

/// What a consequence is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConsequenceKind {
    /// Who is called what, in DNS and on the host.
    Names,
    /// What DHCP gives.
    Leases,
    /// Certificates, keys and their authority.
    Certificates,
    /// What may pass.
    Rules,
    /// What cloud-init gets.
    Seeds,
    /// Disks of guests.
    Disks,
    /// What nobody can know who has not written it.
    Unknown,
}

impl ConsequenceKind {
    /// What programs and people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Names => "names",
            Self::Leases => "leases",
            Self::Certificates => "certificates",
            Self::Rules => "rules",
            Self::Seeds => "seeds",
            Self::Disks => "disks",
            Self::Unknown => "unknown",
        }
    }
}

/// All that follows for a network that stays.
pub(super) fn of(stay: &Stay<'_>, pairs: &[GuestPair<'_>]) -> Vec<Consequence> {
    let mut all = Vec::new();
    names(stay, &mut all);
    leases(stay, pairs, &mut all);
    certificates(stay, pairs, &mut all);
    rules(stay, &mut all);
    seeds(stay, &mut all);
    disks(pairs, &mut all);
    unknown(stay, &mut all);
    all
}

/// What follows from another name of the bridge.
pub(super) fn of_renaming(old: &Network, new: &Network) -> Vec<Consequence> {
    let mut all = of_end(old);
    if permitted(old) != permitted(new) {
        say(&mut all, ConsequenceKind::Certificates, "the authority's own and those of all guests are made again");
    }
    all
}

/// What stays of a network that has gone.
pub(super) fn of_end(old: &Network) -> Vec<Consequence> {
    let mut all = Vec::new();
    let bridge = old.bridge.name.value.as_str();
    if old.has(&DHCP) {
        say(
            &mut all,
            ConsequenceKind::Leases,
            format!("those in `/var/lib/qvm/{bridge}` stay, unless it is taken down by `down.sh --purge`"),
        );
    }
    if old.has(&NFS) {
        let says = format!(
            "what guests share stays in `/var/lib/qvm/{bridge}/nfs/shared`, unless it is taken down by `down.sh --purge`"
        );
        say(&mut all, ConsequenceKind::Disks, says);
    }
    all
}

fn say(all: &mut Vec<Consequence>, kind: ConsequenceKind, says: impl Into<String>) {
    all.push(Consequence { kind, says: says.into() });
}

/// Every name and where it leads, in the order of the document.
fn names_of(network: &Network) -> Vec<(String, String)> {
    let guests = network.guests.iter().flat_map(|guest| {
        guest.hostnames().map(|name| (name.value.as_str().to_owned(), guest.address().value.to_string()))
    });
    let further = network.names.iter().map(|name| (pattern(name), name.address.value.to_string()));
    guests.chain(further).collect()
}

fn names(stay: &Stay<'_>, all: &mut Vec<Consequence>) {
    let (old, new) = (names_of(stay.old), names_of(stay.new));
    let before: BTreeMap<&str, &str> = old.iter().map(|(name, address)| (name.as_str(), address.as_str())).collect();
    let after: BTreeSet<&str> = new.iter().map(|(name, _)| name.as_str()).collect();
    for (name, address) in &new {
        match before.get(name.as_str()) {
            None => say(all, ConsequenceKind::Names, format!("`{name}` leads to {address}")),
            Some(was) if was != address => {
                say(all, ConsequenceKind::Names, format!("`{name}` leads to {address}, no longer to {was}"));
            }
            Some(_) => {}
        }
    }
    for (name, _) in old.iter().filter(|(name, _)| !after.contains(name.as_str())) {
        say(all, ConsequenceKind::Names, format!("`{name}` leads nowhere"));
    }
}

fn leases(stay: &Stay<'_>, pairs: &[GuestPair<'_>], all: &mut Vec<Consequence>) {
    if !stay.new.has(&DHCP) {
        return;
    }
    let range = stay.new.fields.values(&BRIDGE_DHCP_RANGE).into_iter().next();
    let kept: BTreeSet<_> = stay.new.guests.iter().map(|guest| guest.address().value).collect();
    for pair in pairs {
        let lease = |guest: &Guest| (guest.mac().value, guest.address().value);
        let is_same = pair.old.map(lease) == pair.new.map(lease);
        if let Some(new) = pair.new.filter(|_| !is_same) {
            let (mac, address) = lease(new);
            say(all, ConsequenceKind::Leases, format!("`{}` gets {address}, for {mac}", new.name.value));
        }
        let old = pair.old.map(|old| old.address().value).filter(|old| !kept.contains(old));
        if let Some(address) = old.filter(|old| range.as_ref().is_none_or(|range| !range.value.contains(*old))) {
            say(all, ConsequenceKind::Leases, format!("the lease of {address} is forgotten"));
        }
    }
    let was = stay.old.fields.values(&BRIDGE_DHCP_RANGE).into_iter().next();
    match (was.map(|was| was.value), range.map(|range| range.value)) {
        (was, Some(range)) if was != Some(range) => {
            say(all, ConsequenceKind::Leases, format!("machines that the document does not know get {range}"));
        }
        (Some(_), None) => {
            say(all, ConsequenceKind::Leases, "machines that the document does not know get no address any more");
        }
        _ => {}
    }
}

fn certificates(stay: &Stay<'_>, pairs: &[GuestPair<'_>], all: &mut Vec<Consequence>) {
    let kind = ConsequenceKind::Certificates;
    if !stay.outputs.is_own("gen-ca-cert.sh") && permitted(stay.old) != permitted(stay.new) && has_guests(stay) {
        let again = "the authority's own is made again, by the same key, since it names what it may sign for: clients that \
                     have it need the new one";
        say(all, kind, again);
    }
    for pair in pairs {
        match (pair.old, pair.new) {
            (None, Some(new)) => say(all, kind, format!("`{}` gets a key and a certificate", new.name.value)),
            (Some(old), Some(new)) if has_other_certificate(old, new) => {
                say(
                    all,
                    kind,
                    format!("`{}` gets another key and certificate, for its names and address", new.name.value),
                );
            }
            _ => {}
        }
        let gone = pair.old.filter(|old| pair.new.is_none_or(|new| new.name.value != old.name.value));
        if let Some(old) = gone {
            say(all, kind, format!("`QVM_DIR/certs/hosts/{}` stays: remove it by hand", old.name.value));
        }
    }
}

fn has_guests(stay: &Stay<'_>) -> bool {
    !stay.old.guests.is_empty() && !stay.new.guests.is_empty()
}

/// What the authority may sign for, as `constraints` of `lib.sh` has it: names outside of both domains one by one.
fn permitted(network: &Network) -> (String, Option<String>, BTreeSet<String>, String) {
    let domain = network.domain.value.as_str().to_lowercase();
    let short = network.guests.first().and_then(|guest| guest.alias.value.as_str().split_once('.'));
    let short = short.map(|(_, bridge)| bridge.to_lowercase());
    let names = network.guests.iter().flat_map(Guest::hostnames).map(|name| name.value.as_str().to_lowercase());
    let is_below = |name: &str, domain: &str| name.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    let others =
        names.filter(|name| !is_below(name, &domain) && !short.as_deref().is_some_and(|short| is_below(name, short)));
    (domain.clone(), short.clone(), others.collect(), network.bridge.subnet.value.to_string())
}

fn rules(stay: &Stay<'_>, all: &mut Vec<Consequence>) {
    if stay.outputs.say_otherwise("network.nft") {
        let says = "`network.nft` is loaded again, all of it at once: connections stay, its counters begin at 0";
        say(all, ConsequenceKind::Rules, says);
    }
    if stay.outputs.say_otherwise("services.nft") {
        say(all, ConsequenceKind::Rules, "`services.nft` is loaded again in the namespace of the services");
    }
    if stay.old.host_access.value != stay.new.host_access.value {
        let (was, is) = (&stay.old.host_access.value, &stay.new.host_access.value);
        let says = format!("guests reach on the host: {is}, where it was {was}; what they have open stays open");
        say(all, ConsequenceKind::Rules, says);
    }
}

fn seeds(stay: &Stay<'_>, all: &mut Vec<Consequence>) {
    if !stay.new.has(&CLOUD_INIT) {
        return;
    }
    let present: BTreeSet<&str> = stay.new.guests.iter().map(|guest| guest.name.value.as_str()).collect();
    let gone = stay.old.guests.iter().map(|guest| guest.name.value.as_str()).filter(|name| !present.contains(name));
    for name in gone.filter(|_| stay.old.has(&CLOUD_INIT)) {
        say(all, ConsequenceKind::Seeds, format!("the seed of `{name}` goes"));
    }
}

/// The IPv6 address of each guest by its name.
fn addresses6(network: &Network) -> BTreeMap<String, IpAddr> {
    let own = |guest: &Guest| Some((guest.name.value.as_str().to_owned(), guest.addresses6().next()?.value));
    network.guests.iter().filter_map(own).collect()
}

/// A guest that names no disk has the one that is called as it is.
fn disks(pairs: &[GuestPair<'_>], all: &mut Vec<Consequence>) {
    for pair in pairs {
        let (Some(old), Some(new)) = (pair.old, pair.new) else { continue };
        if old.name.value != new.name.value && new.fields.values(&GUEST_DISK).is_empty() {
            let says = format!(
                "`run-guest.sh {new}` takes `QVM_DIR/disks/{new}.qcow2`: if the guest is to keep its disk, rename \
                 `{old}.qcow2`, or name it in a column `Disk`",
                new = new.name.value,
                old = old.name.value
            );
            say(all, ConsequenceKind::Disks, says);
        }
    }
}

fn unknown(stay: &Stay<'_>, all: &mut Vec<Consequence>) {
    let (was, is) = (addresses6(stay.old), addresses6(stay.new));
    let is_moved = |(guest, address): (&String, &IpAddr)| is.get(guest).is_some_and(|new| new != address);
    let gateway6 = |network: &Network| network.bridge.six.as_ref().map(Bridge6::gateway_with_prefix);
    if gateway6(stay.old) != gateway6(stay.new) || was.iter().any(is_moved) {
        let says = "what a guest that runs loses of IPv6 until it has its new addresses is not part of this plan";
        say(all, ConsequenceKind::Unknown, says);
    }
    let scripts = stay.outputs.own_scripts();
    for name in scripts.iter().copied().chain(Some("network.nft").filter(|name| stay.outputs.is_own(name))) {
        let says = format!("`{name}` is the document's own, so what it does is not part of this plan");
        say(all, ConsequenceKind::Unknown, says);
    }
}
