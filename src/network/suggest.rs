//! Values that fit the document: of its subnet, named as its other names are, and free.
//!
//! What a diagnostic suggests can be written as it stands: the text that was refused without what is wrong with it,
//! else what follows from the rest of the document. Each free value is suggested once, so that no two suggestions of a
//! run clash with each other.

mod bridge;
mod free;
mod near;
mod rows;
mod subnets;

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv6Addr};

use ipnet::IpNet;

use crate::network::schema::{self, Example, FieldSchema, KNOWN_SERVICES};
use crate::network::value::{AddressRange, DomainName, HostSubnet6, InterfaceName};
use free::{Addresses, FreeNames};
pub(super) use subnets::FreeSubnets;

/// What a document says that values must fit, as far as it can be read.
#[derive(Default)]
pub(super) struct Known {
    /// The bridge.
    pub(super) bridge: Option<InterfaceName>,
    /// The host's own address on it.
    pub(super) gateway: Option<IpAddr>,
    /// The subnet.
    pub(super) subnet: Option<IpNet>,
    /// The host's IPv6 address and subnet.
    pub(super) subnet6: Option<HostSubnet6>,
    /// The IPv6 addresses that the tables name.
    pub(super) addresses6: HashSet<Ipv6Addr>,
    /// The bridge list's domain.
    pub(super) domain: Option<DomainName>,
    /// The rows of the guest table.
    pub(super) guests: Vec<KnownGuest>,
    /// The rows of the service table.
    pub(super) services: Vec<KnownService>,
    /// Further names, of guests and of the name table.
    pub(super) names: Vec<String>,
    /// The addresses of the name table.
    pub(super) name_addresses: Vec<String>,
}

/// The texts of a guest's row.
#[derive(Default)]
pub(super) struct KnownGuest {
    pub(super) name: String,
    pub(super) address: String,
    pub(super) tap: String,
    pub(super) host_name: String,
    pub(super) mac: String,
}

/// The texts of a service's row, repeated ones filled in.
#[derive(Default)]
pub(super) struct KnownService {
    pub(super) name: String,
    pub(super) address: String,
    pub(super) port: String,
    pub(super) interface: String,
}

/// A cell that a value is wanted for, and what stands beside it.
#[derive(Default)]
pub(super) struct Wanted<'a> {
    /// The text that was refused; empty if the cell is.
    pub(super) text: &'a str,
    /// The row's own name.
    pub(super) name: &'a str,
    /// The row's address, if it could be read.
    pub(super) address: Option<IpAddr>,
    /// The row's interface.
    pub(super) interface: &'a str,
    /// The row's host name.
    pub(super) host_name: &'a str,
    /// The row's hardware address.
    pub(super) mac: &'a str,
    /// The row's port.
    pub(super) port: &'a str,
}

/// One step that makes a cell right, in words and as a value.
pub(super) struct Suggestion {
    /// The step in words.
    pub(super) help: String,
    /// The value, where it is more than an example.
    pub(super) value: Option<String>,
}

/// Suggests values, each free one once. What is known of a document is gathered for the first of them: most need none.
#[derive(Default)]
pub(super) struct Suggestions<'d> {
    gather: Option<Box<dyn FnOnce() -> Known + 'd>>,
    kept_out: Vec<AddressRange>,
    values: FittingValues,
}

/// What fits a document and is free.
#[derive(Default)]
struct FittingValues {
    known: Known,
    addresses: Addresses,
    interfaces: FreeNames,
    guests: FreeNames,
    /// The names of known services that the table has or that were suggested.
    services: HashSet<&'static str>,
    usual: Usual,
}

/// What is looked up for many rows, and so found out once.
#[derive(Default)]
struct Usual {
    /// What most TAPs, service interfaces and guests have before their number.
    tap_stem: Option<String>,
    end_stem: Option<String>,
    guest_stem: Option<String>,
    /// What most host names end in.
    domain: Option<String>,
    /// The ports of all services, given ones and their own.
    ports: HashSet<String>,
    /// The interfaces of each address of a service.
    ends: HashMap<String, Vec<String>>,
}

impl<'d> Suggestions<'d> {
    /// Suggestions that fit what is known.
    pub(super) fn new(gather: impl FnOnce() -> Known + 'd) -> Self {
        Self { gather: Some(Box::new(gather)), ..Self::default() }
    }

    /// What to write in a field.
    pub(super) fn suggest(&mut self, field: &FieldSchema, wanted: &Wanted<'_>) -> Suggestion {
        let value = self.values().value(field, wanted).filter(|value| field.normal(value).is_ok());
        let example = match (&value, field.example) {
            (Some(value), _) => Some(value.clone()),
            (None, Example::Fixed(example)) => Some(example.to_owned()),
            (None, _) => None,
        };
        Suggestion { help: field.help_with(example.as_deref()), value }
    }

    /// Addresses in these ranges are not free; said before anything is suggested.
    pub(super) fn keep_out_of(&mut self, ranges: Vec<AddressRange>) {
        self.kept_out = ranges;
    }

    /// The free address that is nearest to one: at the same place in the subnet, or the next one after it.
    pub(super) fn address(&mut self, near: IpAddr, mac: MacSource) -> Option<IpAddr> {
        self.values().addresses.near(near, mac)
    }

    /// A name for an interface that nothing else has, like those that there are.
    pub(super) fn free_tap(&mut self) -> Option<String> {
        self.values().tap("")
    }

    /// Another name for a guest, if the host name in its row is no other one's.
    pub(super) fn free_guest(&mut self, name: &str, host_name: &str) -> Option<String> {
        self.values().guest(&Wanted { name, host_name, ..Wanted::default() })
    }

    /// A name for an interface in the namespace that nothing else has.
    pub(super) fn free_end(&mut self) -> Option<String> {
        self.values().free_end()
    }

    fn values(&mut self) -> &mut FittingValues {
        if let Some(gather) = self.gather.take() {
            self.values = FittingValues::new(gather());
        }
        if !self.kept_out.is_empty() {
            self.values.addresses.keep_out_of(std::mem::take(&mut self.kept_out));
        }
        &mut self.values
    }
}

impl FittingValues {
    fn new(known: Known) -> Self {
        let taps = known.guests.iter().map(|guest| &guest.tap);
        let ends = known.services.iter().map(|service| &service.interface);
        let bridge = known.bridge.iter().map(ToString::to_string);
        let interfaces = FreeNames::of(taps.chain(ends).cloned().chain(bridge));
        let guests =
            FreeNames::of(known.guests.iter().map(|guest| guest.name.clone()).chain(known.names.iter().cloned()));
        let there = KNOWN_SERVICES.iter().filter(|service| known.services.iter().any(|row| service.is(&row.name)));
        let services = there.map(|service| service.name).collect();
        let usual = Usual::of(&known);
        Self { addresses: Addresses::of(&known), interfaces, guests, services, usual, known }
    }

    fn value(&mut self, field: &FieldSchema, wanted: &Wanted<'_>) -> Option<String> {
        match field.example {
            Example::Fixed(_) => near::value(field, wanted.text, |_| true),
            Example::FreeAddress => self.address_for(wanted),
            Example::SameHost => self.same_host(wanted),
            Example::FreeTap => self.tap(wanted.text),
            Example::FreeMac => self.mac(wanted),
            Example::FreeGuest => self.guest(wanted),
            Example::HostName => self.host_name(wanted.name),
            Example::Service => self.service(wanted),
            Example::ServiceInterface => self.service_interface(wanted),
            Example::ServicePort => self.port(wanted),
            Example::Bridge => self.bridge(wanted.text),
            Example::Subnet => self.subnet(wanted.text),
            Example::Domain => self.domain(wanted.text),
            Example::Namespace => self.namespace(wanted.text),
            Example::FileOf(ending) => {
                let own = || Some(format!("{}{ending}", near::label(wanted.name)?));
                near::value(field, wanted.text, |_| true).or_else(own)
            }
        }
    }

    fn free_end(&mut self) -> Option<String> {
        let stem = self.usual.end_stem.as_deref().unwrap_or("veth");
        self.interfaces.next(stem, |name| InterfaceName::parse(name).is_ok())
    }
}

impl Usual {
    fn of(known: &Known) -> Self {
        let bridge = known.bridge.as_ref().map(InterfaceName::as_str);
        let ends = known.services.iter().map(|service| service.interface.as_str());
        let own = known.services.iter().filter_map(|row| schema::service(&row.name)?.port);
        let given = known.services.iter().map(|row| row.port.clone());
        let mut of_address: HashMap<String, Vec<String>> = HashMap::new();
        for row in known.services.iter().filter(|row| Some(row.interface.as_str()) != bridge) {
            let ends = of_address.entry(row.address.clone()).or_default();
            // Two that differ show which one was refused.
            if ends.len() < 2 && !ends.contains(&row.interface) && InterfaceName::parse(&row.interface).is_ok() {
                ends.push(row.interface.clone());
            }
        }
        Self {
            tap_stem: free::stem(known.guests.iter().map(|guest| guest.tap.as_str())),
            end_stem: free::stem(ends.filter(|end| Some(*end) != bridge)),
            guest_stem: free::stem(known.guests.iter().map(|guest| guest.name.as_str())),
            domain: rows::usual_domain(known),
            ports: own.map(|port| port.to_string()).chain(given).collect(),
            ends: of_address,
        }
    }
}

/// Where an interface has its hardware address from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MacSource {
    /// The document names it.
    Given,
    /// It is made from the address, so the address must fit.
    Made,
}

#[cfg(test)]
mod tests {
    use super::{Known, KnownGuest, Suggestions, Wanted};
    use crate::network::schema::{FieldSchema, GUEST_HOSTNAME, GUEST_IP, GUEST_MAC, GUEST_NAME, GUEST_TAP};
    use crate::network::value::InterfaceName;

    fn suggestions(bridge: &str, subnet: &str, rows: &[[&str; 5]]) -> Suggestions<'static> {
        let guest = |row: &[&str; 5]| {
            let [name, address, tap, host_name, mac] = row.map(str::to_owned);
            KnownGuest { name, address, tap, host_name, mac }
        };
        let known = Known {
            bridge: Some(InterfaceName::parse(bridge).unwrap()),
            subnet: Some(subnet.parse().unwrap()),
            guests: rows.iter().map(guest).collect(),
            ..Known::default()
        };
        Suggestions::new(|| known)
    }

    #[track_caller]
    fn check(suggestions: &mut Suggestions<'_>, field: &FieldSchema, text: &str, expected: Option<&str>) {
        let wanted = Wanted { text, name: "cp", ..Wanted::default() };
        assert_eq!(suggestions.suggest(field, &wanted).value.as_deref(), expected);
    }

    #[test]
    fn addresses_are_of_the_subnet_near_and_free() {
        let mut lab =
            suggestions("br0", "192.168.7.0/29", &[["", "192.168.7.1", "", "", ""], ["", "192.168.7.3", "", "", ""]]);
        check(&mut lab, &GUEST_IP.schema, "10.0.0.3", Some("192.168.7.4"));
        check(&mut lab, &GUEST_IP.schema, "192.168.7.6/29", Some("192.168.7.6"));
        check(&mut lab, &GUEST_IP.schema, "", Some("192.168.7.5"));
        check(&mut lab, &GUEST_IP.schema, "10.0.0.7", Some("192.168.7.2"));
        check(&mut lab, &GUEST_IP.schema, "", None);
    }

    #[test]
    fn an_address_whose_hardware_address_is_taken_is_not_free() {
        let mut lab = suggestions("br0", "10.42.0.0/24", &[["", "10.42.0.9", "", "", "52:54:00:2a:00:0a"]]);
        check(&mut lab, &GUEST_IP.schema, "10.42.0,10", Some("10.42.0.11"));
        check(&mut lab, &GUEST_MAC.schema, "5254002a000a", Some("52:54:00:2a:00:0c"));
        check(&mut lab, &GUEST_MAC.schema, "53-54-0-2a-0-1", Some("52:54:00:2a:00:01"));
    }

    #[test]
    fn taps_are_named_like_the_others_else_after_the_bridge() {
        let mut lab = suggestions("qvm0", "10.42.0.0/24", &[["", "", "t0", "", ""], ["", "", "t2", "", ""]]);
        check(&mut lab, &GUEST_TAP.schema, "", Some("t1"));
        check(&mut lab, &GUEST_TAP.schema, "", Some("t3"));
        check(&mut lab, &GUEST_TAP.schema, "qvm0 tap7", Some("qvm0tap7"));
        check(&mut suggestions("qvm0", "10.42.0.0/24", &[]), &GUEST_TAP.schema, "", Some("qvm0tap0"));
        check(&mut suggestions("a-long-bridge", "10.42.0.0/24", &[]), &GUEST_TAP.schema, "", Some("tap0"));
    }

    #[test]
    fn names_are_like_the_others_and_free() {
        let mut lab = suggestions("lab7", "10.42.0.0/24", &[["wk-1", "", "", "wk-1.example.lan", ""]]);
        check(&mut lab, &GUEST_NAME.schema, "web_1", Some("web-1"));
        check(&mut lab, &GUEST_NAME.schema, "wk_1", Some("wk-2"));
        check(&mut lab, &GUEST_HOSTNAME.schema, "", Some("cp.example.lan"));
        check(&mut suggestions("lab7", "10.42.0.0/24", &[]), &GUEST_HOSTNAME.schema, "", Some("cp.lab7.lan"));
    }
}
