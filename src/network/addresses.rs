//! Rules for addresses: inside the subnet, free to use there, and one owner each.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::diagnostic::{Code, Diagnostic};
use crate::network::bridge::BridgeList;
use crate::network::guests::GuestRow;
use crate::network::services::ServiceRow;
use crate::network::suggest::{MacSource, Suggestions};
use crate::source::{Span, Spanned};

/// An address that somebody is given.
struct AddressClaim<'a> {
    address: IpAddr,
    /// The cell to edit, and where it is sorted among the others.
    span: Span,
    /// The cell that holds the address.
    cell: Span,
    /// Where the hardware address of its interface comes from.
    mac: MacSource,
    /// Who has it: an address on one interface may serve several rows.
    owner: AddressOwner<'a>,
}

/// Who has an address.
#[derive(PartialEq, Eq, Clone, Copy)]
enum AddressOwner<'a> {
    Bridge,
    Guest(Span),
    Interface(&'a str),
}

/// Reports addresses that are not of the subnet, and those that two parties are given.
pub(super) fn check(
    bridge: Option<&BridgeList>,
    guests: &[GuestRow],
    services: &[ServiceRow],
    suggestions: &mut Suggestions<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let claims = claims(bridge, guests, services);
    let subnet = bridge.and_then(|bridge| bridge.subnet);
    let mut owners: BTreeMap<IpAddr, &AddressClaim<'_>> = BTreeMap::new();
    for claim in &claims {
        if let Some(misplaced) = subnet.and_then(|subnet| misplaced(claim, subnet, suggestions)) {
            found.push(misplaced);
            continue;
        }
        let first = *owners.entry(claim.address).or_insert(claim);
        if first.owner != claim.owner {
            let message = format!("address `{}` is taken", claim.address);
            let offer = AddressSuggestion { address: suggestions.address(claim.address, claim.mac), subnet };
            found
                .push(offer.diagnostic(Code::DuplicateAddress, claim, message).label(first.span, first.owner.has_it()));
        }
    }
}

/// Every claim once, in the order of the text, so that the later one of two is the one to change.
fn claims<'a>(bridge: Option<&BridgeList>, guests: &[GuestRow], services: &'a [ServiceRow]) -> Vec<AddressClaim<'a>> {
    let gateway = bridge.and_then(|bridge| bridge.gateway);
    let mut claims = Vec::new();
    let claim =
        |at: Spanned<IpAddr>, mac, owner| AddressClaim { address: at.value, span: at.span, cell: at.span, mac, owner };
    claims.extend(gateway.map(|at| claim(at, MacSource::Made, AddressOwner::Bridge)));
    for guest in guests {
        let owner = AddressOwner::Guest(guest.span);
        let mac = if guest.mac.value().is_some() { MacSource::Given } else { MacSource::Made };
        claims.extend(guest.address.map(|at| claim(at, mac, owner)));
    }
    let mut last = None;
    for service in services.iter().filter(|service| service.is_endpoint(bridge)) {
        let (Some(at), Some(interface)) = (service.address, &service.interface) else { continue };
        let place = (at.span, interface.span);
        // A row that repeats address and interface claims nothing new; one that repeats only the address is at fault
        // by its interface.
        let span = if last.is_some_and(|(span, _)| span == at.span) { interface.span } else { at.span };
        if last != Some(place) {
            let owner = AddressOwner::Interface(interface.value.as_str());
            claims.push(AddressClaim { span, ..claim(at, MacSource::Made, owner) });
        }
        last = Some(place);
    }
    claims.sort_by_key(|claim| claim.span);
    claims
}

/// What is wrong with an address in this subnet, whoever else has it.
fn misplaced(
    claim: &AddressClaim<'_>,
    subnet: Spanned<IpNet>,
    suggestions: &mut Suggestions<'_>,
) -> Option<Diagnostic> {
    let address = claim.address;
    let network = subnet.value;
    let (code, message) = if !network.contains(&address) {
        (Code::AddressOutsideSubnet, format!("address `{address}` is not in the subnet `{network}`"))
    } else if address == network.network() {
        (Code::ReservedAddress, format!("address `{address}` is the name of the subnet itself"))
    } else if address.is_ipv4() && address == network.broadcast() {
        (Code::ReservedAddress, format!("address `{address}` is the subnet's broadcast address"))
    } else {
        return None;
    };
    let offer = AddressSuggestion { address: suggestions.address(address, claim.mac), subnet: Some(subnet) };
    Some(offer.diagnostic(code, claim, message).label(subnet.span, "the subnet"))
}

/// What a claim could have instead.
struct AddressSuggestion {
    /// An address of the subnet that nobody has, if there is one left.
    address: Option<IpAddr>,
    subnet: Option<Spanned<IpNet>>,
}

impl AddressSuggestion {
    fn diagnostic(&self, code: Code, claim: &AddressClaim<'_>, message: String) -> Diagnostic {
        let help = match self.address {
            Some(address) => format!("write another one, such as `{address}`, which is free"),
            None => "write another one that is in the subnet and free".to_owned(),
        };
        let text = self.address.filter(|_| claim.span == claim.cell).map(|address| match (claim.owner, self.subnet) {
            (AddressOwner::Bridge, Some(subnet)) => format!("{address}/{}", subnet.value.prefix_len()),
            (AddressOwner::Bridge | AddressOwner::Guest(_) | AddressOwner::Interface(_), _) => address.to_string(),
        });
        Diagnostic::new(code, claim.span, message, help).fix(claim.cell, text)
    }
}

impl AddressOwner<'_> {
    fn has_it(self) -> String {
        match self {
            Self::Bridge => "the bridge has it".to_owned(),
            Self::Guest(_) => "this guest has it".to_owned(),
            Self::Interface(name) => format!("`{name}` has it"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::network::testing::{BRIDGE, CP, GUESTS, SERVICES, check, with_guests, with_services};

    #[test]
    fn guests_have_addresses_of_the_subnet_of_their_own() {
        check(
            &with_guests(&["| a | 10.42.0.10 | t0 |", "| b | 10.42.0.10 | t1 |"]),
            &["duplicate-address 10.42.0.10 < 10.42.0.10"],
        );
        check(&with_guests(&["| a | 10.42.0.1 | t0 |"]), &["duplicate-address 10.42.0.1 < 10.42.0.1/24"]);
        check(&with_guests(&["| a | 10.42.1.1 | t0 |"]), &["address-outside-subnet 10.42.1.1 < 10.42.0.1/24"]);
        check(&with_guests(&["| a | 10.42.0.0 | t0 |"]), &["reserved-address 10.42.0.0 < 10.42.0.1/24"]);
        check(&with_guests(&["| a | 10.42.0.255 | t0 |"]), &["reserved-address 10.42.0.255 < 10.42.0.1/24"]);
    }

    #[test]
    fn services_may_share_an_address_on_one_interface_only() {
        check(
            &with_services(&[
                "| DHCP | 10.42.0.2 | | veth0 |",
                "| DNS | 10.42.0.2 | | veth0 |",
                "| NFS | 10.42.0.3 | | |",
            ]),
            &[],
        );
        check(
            &with_services(&["| DHCP | 10.42.0.2 | | veth0 |", "| DNS | 10.42.0.2 | | veth1 |"]),
            &["duplicate-address 10.42.0.2 < 10.42.0.2"],
        );
        check(
            &with_services(&["| DHCP | 10.42.0.2 | | veth0 |", "| DNS | | | veth1 |"]),
            &["duplicate-address veth1 < 10.42.0.2"],
        );
        check(
            &with_services(&["| DHCP | 10.42.0.10 | | veth0 |", "| DNS | | | |"]),
            &["duplicate-address 10.42.0.10 < 10.42.0.10"],
        );
        check(&with_services(&["| DHCP | 10.42.0.1 | | veth0 |"]), &["duplicate-address 10.42.0.1 < 10.42.0.1/24"]);
    }

    #[test]
    fn the_later_of_two_in_the_text_is_the_one_to_change() {
        check(
            &format!("{SERVICES}| DNS | 10.42.0.10 | | veth0 |\n{BRIDGE}{GUESTS}{CP}"),
            &["duplicate-address 10.42.0.10 < 10.42.0.10"],
        );
    }
}
