//! Rules for interface names: one interface each among bridge, TAPs and veth ends, and names for the ends that the
//! document leaves unnamed.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::diagnostic::{Code, Diagnostic};
use crate::network::Endpoint;
use crate::network::bridge::BridgeList;
use crate::network::guests::GuestRow;
use crate::network::services::ServiceRow;
use crate::network::six;
use crate::network::suggest::Suggestions;
use crate::network::value::{InterfaceName, MacAddress};
use crate::source::{Span, Spanned};

/// An interface that the document names.
struct InterfaceClaim<'a> {
    name: &'a Spanned<InterfaceName>,
    owner: InterfaceOwner,
}

/// Whose interface it is.
#[derive(Clone, Copy)]
enum InterfaceOwner {
    Bridge,
    Tap,
    /// The services', in how many cells.
    Services(usize),
}

/// Reports names that two interfaces of the document have.
pub(super) fn check(
    bridge: Option<&BridgeList>,
    guests: &[GuestRow],
    services: &[ServiceRow],
    suggestions: &mut Suggestions<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let mut claims: Vec<InterfaceClaim<'_>> = Vec::new();
    let bridge_name = bridge.and_then(|bridge| bridge.name.as_ref());
    claims.extend(bridge_name.map(|name| InterfaceClaim { name, owner: InterfaceOwner::Bridge }));
    claims.extend(
        guests
            .iter()
            .filter_map(|guest| guest.tap.as_ref())
            .map(|name| InterfaceClaim { name, owner: InterfaceOwner::Tap }),
    );
    let cells = cells_of(services);
    let cells = |name: &str| cells.get(name).map_or(0, BTreeSet::len);
    let inside = service_interfaces(bridge, services).into_iter();
    claims.extend(
        inside.map(|name| InterfaceClaim { name, owner: InterfaceOwner::Services(cells(name.value.as_str())) }),
    );
    claims.sort_by_key(|claim| claim.name.span);
    let mut first: BTreeMap<&str, &InterfaceClaim<'_>> = BTreeMap::new();
    for claim in &claims {
        let other = *first.entry(claim.name.value.as_str()).or_insert(claim);
        if other.name.span != claim.name.span {
            found.push(taken(claim, other, suggestions));
        }
    }
}

fn taken(claim: &InterfaceClaim<'_>, other: &InterfaceClaim<'_>, suggestions: &mut Suggestions<'_>) -> Diagnostic {
    let free = match claim.owner {
        InterfaceOwner::Bridge => None,
        InterfaceOwner::Tap => suggestions.free_tap(),
        InterfaceOwner::Services(_) => suggestions.free_end(),
    };
    let help = match &free {
        Some(free) => format!("give one of the two interfaces another name, such as `{free}`"),
        None => "give one of the two interfaces another name".to_owned(),
    };
    // One of several cells alone would part the services from each other.
    let is_one_cell = matches!(claim.owner, InterfaceOwner::Tap | InterfaceOwner::Services(1));
    let message = format!("interface name `{}` is taken", claim.name.value);
    Diagnostic::new(Code::DuplicateInterface, claim.name.span, message, help)
        .fix(claim.name.span, free.filter(|_| is_one_cell))
        .label(other.name.span, other.owner.has_it())
}

/// The cells that name each interface of the service table.
fn cells_of(services: &[ServiceRow]) -> BTreeMap<&str, BTreeSet<Span>> {
    let mut cells: BTreeMap<&str, BTreeSet<Span>> = BTreeMap::new();
    for name in services.iter().filter_map(|service| service.interface.as_ref()) {
        cells.entry(name.value.as_str()).or_default().insert(name.span);
    }
    cells
}

impl InterfaceOwner {
    fn has_it(self) -> &'static str {
        match self {
            Self::Bridge => "the bridge has it",
            Self::Tap => "this guest's TAP has it",
            Self::Services(_) => "the services' interface has it",
        }
    }
}

/// The interfaces in the namespace, each where the table first names it.
fn service_interfaces<'a>(bridge: Option<&BridgeList>, services: &'a [ServiceRow]) -> Vec<&'a Spanned<InterfaceName>> {
    let mut seen = BTreeSet::new();
    let rows = services.iter().filter(|service| service.is_endpoint(bridge));
    rows.filter_map(|service| service.interface.as_ref()).filter(|name| seen.insert(name.value.as_str())).collect()
}

/// The veth pairs: one for each interface in the namespace whose address could be read.
///
/// Host ends are `qvm0svc`, `qvm0svc2` and so on, in table order, leaving out what the document names itself.
pub(super) fn endpoints(bridge: &BridgeList, guests: &[GuestRow], services: &[ServiceRow]) -> Vec<Endpoint> {
    let Some(name) = &bridge.name else { return Vec::new() };
    let inside = service_interfaces(Some(bridge), services);
    let mut taken: BTreeSet<String> = BTreeSet::from([name.value.to_string()]);
    taken.extend(guests.iter().filter_map(|guest| guest.tap.as_ref()).map(|tap| tap.value.to_string()));
    taken.extend(inside.iter().map(|interface| interface.value.to_string()));
    let mut addresses = addresses_of(bridge, services);
    let mut number = 0;
    let mut endpoints = Vec::new();
    for interface in inside {
        let addresses = addresses.remove(interface.value.as_str()).unwrap_or_default();
        let Some(first) = addresses.first() else { continue };
        let host_interface = loop {
            number += 1;
            let candidate = name.value.host_end(number);
            if taken.insert(candidate.to_string()) {
                break candidate;
            }
        };
        endpoints.push(Endpoint {
            interface: interface.clone(),
            host_interface: Spanned::new(host_interface, name.span),
            mac: first.map(MacAddress::from_address),
            addresses,
        });
    }
    endpoints
}

/// The addresses of each interface in table order, each once, and those of IPv6 after the others.
fn addresses_of<'a>(bridge: &BridgeList, services: &'a [ServiceRow]) -> BTreeMap<&'a str, Vec<Spanned<IpAddr>>> {
    let mut seen = BTreeSet::new();
    let mut addresses: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    let first = services.iter().map(|service| (service, service.address));
    let second = services.iter().map(|service| (service, six::address(bridge, service.address, &service.address6)));
    for (service, address) in first.chain(second).filter(|(service, _)| service.role().is_run()) {
        if let (Some(interface), Some(address)) = (&service.interface, address)
            && seen.insert((interface.value.as_str(), address.value))
        {
            addresses.entry(interface.value.as_str()).or_default().push(address);
        }
    }
    addresses
}

#[cfg(test)]
mod tests {
    use crate::network::testing::{
        BRIDGE, CP, GUESTS, SERVICES, check, network, read_text, with_guests, with_services,
    };

    #[test]
    fn interface_names_are_taken_once() {
        check(&with_guests(&["| a | 10.42.0.10 | t0 |", "| b | 10.42.0.11 | t0 |"]), &["duplicate-interface t0 < t0"]);
        check(&with_guests(&["| a | 10.42.0.10 | qvm0 |"]), &["duplicate-interface qvm0 < qvm0"]);
        check(&with_services(&["| DNS | 10.42.0.2 | | qvm0tap0 |"]), &["duplicate-interface qvm0tap0 < qvm0tap0"]);
    }

    #[test]
    fn every_service_interface_has_a_host_end_that_nothing_else_is_named() {
        let guest = "| a | 10.42.0.10 | qvm0svc |\n";
        let services = "| DNS | 10.42.0.2 | | veth0 |\n| NFS | 10.42.0.3 | | veth1 |\n| cloud-init | 10.42.0.4 | | |\n";
        let network = network(&format!("{BRIDGE}{GUESTS}{guest}{SERVICES}{services}"));
        let ends: Vec<_> = network
            .endpoints
            .iter()
            .map(|endpoint| {
                let addresses: Vec<_> = endpoint.addresses.iter().map(|address| address.value.to_string()).collect();
                (
                    endpoint.interface.value.as_str(),
                    endpoint.host_interface.value.as_str(),
                    endpoint.mac.value.to_string(),
                    addresses,
                )
            })
            .collect();
        assert_eq!(
            ends,
            [
                ("veth0", "qvm0svc2", "52:54:00:2a:00:02".to_owned(), vec!["10.42.0.2".to_owned()]),
                (
                    "veth1",
                    "qvm0svc3",
                    "52:54:00:2a:00:03".to_owned(),
                    vec!["10.42.0.3".to_owned(), "10.42.0.4".to_owned()]
                ),
            ]
        );
    }

    #[test]
    fn a_service_that_we_do_not_run_claims_no_address() {
        let rows =
            "| DNS | 10.42.0.2 | | veth0 |\n| Balancer | 10.42.0.10 | 443 | |\n| Other | 10.42.0.9 | | veth1 |\n";
        let (networks, found) = read_text(&format!("{BRIDGE}{GUESTS}{CP}{SERVICES}{rows}"));
        assert_eq!(found, ["unknown-service Balancer", "unknown-service Other"]);
        let [endpoint] = &networks[0].endpoints[..] else { panic!("one veth pair") };
        let addresses: Vec<_> = endpoint.addresses.iter().map(|address| address.value.to_string()).collect();
        assert_eq!(addresses, ["10.42.0.2"]);
    }

    #[test]
    fn a_network_without_services_has_no_veth() {
        assert!(network(&format!("{BRIDGE}{GUESTS}{CP}")).endpoints.is_empty());
    }
}
