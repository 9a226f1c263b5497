//! The rule for MAC addresses: no two interfaces on the bridge share one.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Code, Diagnostic};
use crate::network::Endpoint;
use crate::network::bridge::BridgeList;
use crate::network::cells::OptionalCell;
use crate::network::guests::GuestRow;
use crate::network::value::MacAddress;
use crate::source::Spanned;

/// A MAC address, and whether the document names it or it was made from an IP address.
struct MacClaim<'a> {
    mac: Spanned<MacAddress>,
    is_given: bool,
    guest: Option<&'a GuestRow>,
}

/// Reports MAC addresses that two interfaces have.
///
/// Those made from addresses differ as the addresses do, so at least one of two equal ones is written down; that is
/// the one to change.
pub(super) fn check(
    bridge: Option<&BridgeList>,
    guests: &[GuestRow],
    endpoints: &[Endpoint],
    found: &mut Vec<Diagnostic>,
) {
    let made =
        |address| MacClaim { mac: Spanned::map(address, MacAddress::from_address), is_given: false, guest: None };
    let mut claims: Vec<MacClaim<'_>> = bridge.and_then(|bridge| bridge.gateway).map(made).into_iter().collect();
    claims.extend(endpoints.iter().map(|endpoint| MacClaim { mac: endpoint.mac, is_given: false, guest: None }));
    for guest in guests {
        match (&guest.mac, guest.address) {
            (OptionalCell::Value(mac), _) => claims.push(MacClaim { mac: *mac, is_given: true, guest: Some(guest) }),
            (OptionalCell::Empty, Some(address)) => claims.push(made(address)),
            (OptionalCell::Empty, None) | (OptionalCell::Invalid, _) => {}
        }
    }
    let given: BTreeSet<MacAddress> =
        claims.iter().filter(|claim| claim.is_given).map(|claim| claim.mac.value).collect();
    claims.sort_by_key(|claim| (claim.is_given, claim.mac.span));
    let mut first: BTreeMap<MacAddress, &MacClaim<'_>> = BTreeMap::new();
    for claim in &claims {
        let other = *first.entry(claim.mac.value).or_insert(claim);
        if other.mac.span == claim.mac.span || !claim.is_given {
            continue;
        }
        let message = format!("MAC address `{}` is taken", claim.mac.value);
        let help = "write another one, or leave the cell empty to have one made from the address";
        let label = if other.is_given { "this guest has it" } else { "it is made from this address" };
        let duplicate = Diagnostic::new(Code::DuplicateMac, claim.mac.span, message, help).label(other.mac.span, label);
        // The made one must not be that of another guest.
        let made = claim.guest.and_then(|guest| guest.address).map(|address| MacAddress::from_address(address.value));
        let cell = claim.guest.and_then(|guest| guest.mac_cell);
        let is_free = made.is_some_and(|made| made != claim.mac.value && !given.contains(&made));
        found.push(duplicate.fix(cell.unwrap_or(claim.mac.span), is_free.then_some("")));
    }
}

#[cfg(test)]
mod tests {
    use crate::network::testing::{BRIDGE, CP, DHCP, GUESTS, SERVICES, check, with_guests};

    #[test]
    fn a_mac_address_is_taken_once() {
        check(
            &with_guests(&[
                "| a | 10.42.0.10 | t0 | 02:00:00:00:00:01 |",
                "| b | 10.42.0.11 | t1 | 02-00-00-00-00-01 |",
            ]),
            &["duplicate-mac 02-00-00-00-00-01 < 02:00:00:00:00:01"],
        );
        check(
            &with_guests(&["| a | 10.42.0.10 | t0 | 52:54:00:2a:00:0b |", "| b | 10.42.0.11 | t1 |"]),
            &["duplicate-mac 52:54:00:2a:00:0b < 10.42.0.11"],
        );
        check(
            &with_guests(&["| a | 10.42.0.10 | t0 | 52:54:00:2a:00:01 |"]),
            &["duplicate-mac 52:54:00:2a:00:01 < 10.42.0.1/24"],
        );
        check(
            &format!("{BRIDGE}{GUESTS}| a | 10.42.0.9 | t0 | 52:54:00:2a:00:02 |\n{CP}{SERVICES}{DHCP}"),
            &["duplicate-mac 52:54:00:2a:00:02 < 10.42.0.2"],
        );
    }
}
