//! What becomes of each guest: what it loses while it runs on, and what makes it run with its new values.

use std::collections::BTreeSet;

use super::meaning::GuestPair;
use super::outputs::OutputStates;
use super::reach::{Loss, Peer, Senders};
use crate::network::schema::{CLOUD_INIT, DHCP, DNS, GUEST_CPUS, GUEST_DISK, GUEST_MEMORY, NFS, ServiceSchema};
use crate::network::{Guest, Network};

/// What becomes of a guest, if it runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GuestOutlook {
    /// Its name: the new one, if it has another.
    pub name: String,
    /// The name by which it runs, if that is another.
    pub former: Option<String>,
    /// Whom it no longer reaches, from `up.sh` on, until it runs with its new values.
    pub loses: BTreeSet<Peer>,
    /// Why.
    pub because: Vec<String>,
    /// Why it has to be shut down before anything is done; nothing if it has not.
    pub shut_down: Vec<String>,
    /// Why it has to be started again by `run-guest.sh`; nothing if it has not.
    pub start: Vec<String>,
    /// Why it has to boot again, which keeps its QEMU; nothing if it has not, or is started again.
    pub boot: Vec<String>,
}

impl GuestOutlook {
    /// Whether it runs on as if nothing had happened, for good.
    pub fn is_undisturbed(&self) -> bool {
        self.loses.is_empty()
            && self.because.is_empty()
            && self.shut_down.is_empty()
            && self.start.is_empty()
            && self.boot.is_empty()
    }
}

/// Both states of a network that stays.
pub(super) struct Stay<'a> {
    pub(super) old: &'a Network,
    pub(super) new: &'a Network,
    pub(super) outputs: OutputStates<'a>,
}

/// What becomes of the guests of a network that stays, by its bridge the same.
pub(super) fn of_all(stay: &Stay<'_>, pairs: &[GuestPair<'_>]) -> Vec<GuestOutlook> {
    let owners = Senders::new(stay.new);
    let seeds = stay.outputs.new_seeds(stay.old, stay.new);
    let whole = stay.of_network();
    pairs.iter().filter_map(|pair| stay.of_one(pair, &owners, &seeds, &whole)).collect()
}

/// What becomes of the guests of a network whose interfaces all go.
pub(super) fn of_gone(pairs: &[GuestPair<'_>], bridge: &str) -> Vec<GuestOutlook> {
    let ran = pairs.iter().filter(|pair| pair.old.is_some());
    let outlook = |pair: &GuestPair<'_>| GuestOutlook {
        loses: Peer::ALL.into(),
        shut_down: vec![format!("`down.sh` does not take `{bridge}` away while a guest runs")],
        start: pair.new.map(|_| "its TAP is made anew".to_owned()).into_iter().collect(),
        ..named(pair)
    };
    ran.map(outlook).collect()
}

fn named(pair: &GuestPair<'_>) -> GuestOutlook {
    let name = |guest: &Guest| guest.name.value.as_str().to_owned();
    let former = pair.old.filter(|old| pair.new.is_some_and(|new| new.name.value != old.name.value));
    GuestOutlook { name: pair.name().to_owned(), former: former.map(name), ..GuestOutlook::default() }
}

/// What holds for every guest that runs.
#[derive(Debug, Default)]
struct ForAll {
    loss: Loss,
    start: Vec<String>,
    boot: Vec<String>,
}

impl Stay<'_> {
    /// Nothing of guests that are new.
    fn of_one(
        &self,
        pair: &GuestPair<'_>,
        owners: &Senders<'_>,
        seeds: &BTreeSet<String>,
        whole: &ForAll,
    ) -> Option<GuestOutlook> {
        let old = pair.old?;
        let mut outlook = named(pair);
        let tap = old.tap().value.as_str();
        if !owners.has_tap(tap) {
            outlook.shut_down.push(format!("`up.sh` does not take `{tap}` away while a guest runs on it"));
            outlook.loses = Peer::ALL.into();
        }
        let Some(new) = pair.new else {
            if owners.has_tap(tap) {
                outlook.loses = Peer::ALL.into();
                outlook.shut_down.push(format!("its TAP `{tap}` becomes another guest's"));
            }
            return Some(outlook);
        };
        self.start_reasons(old, new, &mut outlook.start);
        outlook.start.extend(whole.start.iter().cloned());
        if outlook.shut_down.is_empty() {
            let loss = if self.outputs.is_own("network.nft") { Loss::default() } else { owners.loss(old, new) };
            outlook.loses = loss.peers.union(&whole.loss.peers).copied().collect();
            outlook.because = loss.reasons.into_iter().chain(whole.loss.reasons.iter().cloned()).collect();
        }
        if outlook.start.is_empty() {
            self.boot_reasons(old, new, seeds, &mut outlook.boot);
            outlook.boot.extend(whole.boot.iter().cloned());
        }
        Some(outlook)
    }

    /// What QEMU is started with cannot change while it runs.
    fn start_reasons(&self, old: &Guest, new: &Guest, reasons: &mut Vec<String>) {
        if old.tap().value != new.tap().value {
            reasons.push(format!("it runs on `{}`, and not on `{}`", old.tap().value, new.tap().value));
        }
        if old.mac().value != new.mac().value {
            reasons.push(format!("QEMU gives it the MAC address {}, and not {}", old.mac().value, new.mac().value));
        }
        if old.name.value != new.name.value {
            reasons.push(format!("QEMU runs it as `{}`{}", old.name.value, self.former_seed()));
        }
        let fields = [&GUEST_CPUS.schema, &GUEST_MEMORY.schema, &GUEST_DISK.schema];
        for field in fields {
            let values = |guest: &Guest| {
                let known = guest.fields.known.iter().find(|known| known.schema == field);
                known.map(|known| known.values.iter().map(|value| value.value.clone()).collect::<Vec<_>>())
            };
            if values(old).unwrap_or_default() != values(new).unwrap_or_default() {
                reasons.push(format!("it runs with another {}", field.name));
            }
        }
    }

    fn former_seed(&self) -> &'static str {
        if self.new.has(&CLOUD_INIT) { ", whose seed is gone" } else { "" }
    }

    fn boot_reasons(&self, old: &Guest, new: &Guest, seeds: &BTreeSet<String>, reasons: &mut Vec<String>) {
        let is_served = self.new.has(&CLOUD_INIT);
        if is_served && (seeds.contains(new.name.value.as_str()) || has_other_certificate(old, new)) {
            reasons.push("its seed is another one".to_owned());
        } else if is_served && self.has_other_keys() {
            reasons.push("its seed lets other SSH keys in".to_owned());
        } else if old.address().value != new.address().value {
            let by_dhcp = "it takes the lease of its new address";
            let by_hand = "`setup-guest.sh` in it gives it its new address";
            reasons.push(if self.new.has(&DHCP) { by_dhcp } else { by_hand }.to_owned());
        }
    }

    fn has_other_keys(&self) -> bool {
        let keys = |network: &Network| network.fields.values(&crate::network::schema::BRIDGE_SSH_KEY);
        let plain = |network: &Network| keys(network).iter().map(|key| key.value.to_string()).collect::<Vec<_>>();
        plain(self.old) != plain(self.new)
    }

    /// What the gateway's and the services' addresses mean for all.
    fn of_network(&self) -> ForAll {
        let mut all = ForAll::default();
        let (from, to) = (self.old.bridge.gateway.value, self.new.bridge.gateway.value);
        if from != to {
            all.loss.peers.extend([Peer::Host, Peer::Outside]);
            all.loss.reasons.push(format!("its gateway {from} is {to} now"));
            all.boot.push(format!("it takes the gateway {to}"));
        }
        for service in [&DNS, &DHCP, &NFS] {
            let (was, is) = (places(self.old, service), places(self.new, service));
            let gone: Vec<&String> = was.difference(&is).collect();
            if !gone.is_empty() {
                all.loss.peers.insert(Peer::Services);
                let at = gone.iter().map(|place| place.as_str()).collect::<Vec<_>>().join(", ");
                all.loss.reasons.push(format!("there is no {} at {at} any more", service.name));
            }
        }
        let (was, is) = (places(self.old, &CLOUD_INIT), places(self.new, &CLOUD_INIT));
        if was != is && !was.is_empty() && !is.is_empty() {
            all.start.push("QEMU tells it where its seed was, and not where it is".to_owned());
        }
        all
    }
}

/// Where guests find a service: DNS answers at port 53 whatever its own is, and DHCP is found by itself.
fn places(network: &Network, service: &ServiceSchema) -> BTreeSet<String> {
    let rows = network.services.iter().filter(|row| row.schema.is_some_and(|schema| schema == service));
    let place = |row: &crate::network::Service| match (&row.port, service.key) {
        (Some(port), key) if key == NFS.key || key == CLOUD_INIT.key => format!("{}:{}", row.address.value, port.value),
        _ => row.address.value.to_string(),
    };
    rows.map(place).collect()
}

/// Whether the names or the address differ that a certificate is for.
pub(super) fn has_other_certificate(old: &Guest, new: &Guest) -> bool {
    let names = |guest: &Guest| guest.hostnames().map(|name| name.value.as_str().to_owned()).collect::<BTreeSet<_>>();
    let addresses = |guest: &Guest| guest.addresses().map(|address| address.value).collect::<BTreeSet<_>>();
    old.name.value != new.name.value || addresses(old) != addresses(new) || names(old) != names(new)
}
