//! The rule for MAC addresses: no two interfaces on the bridge share one.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::network::Endpoint;
use crate::network::bridge::BridgeList;
use crate::network::cell::Given;
use crate::network::guests::GuestRow;
use crate::network::value::MacAddress;
use crate::source::Spanned;

/// A MAC address, and whether the document names it or it was made from an IP address.
struct Claim {
    mac: Spanned<MacAddress>,
    is_given: bool,
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
    let made = |address| Claim { mac: Spanned::map(address, MacAddress::from_address), is_given: false };
    let mut claims: Vec<Claim> = bridge.and_then(|bridge| bridge.gateway).map(made).into_iter().collect();
    claims.extend(endpoints.iter().map(|endpoint| Claim { mac: endpoint.mac, is_given: false }));
    for guest in guests {
        match (&guest.mac, guest.address) {
            (Given::Value(mac), _) => claims.push(Claim { mac: *mac, is_given: true }),
            (Given::Nothing, Some(address)) => claims.push(made(address)),
            (Given::Nothing, None) | (Given::Refused, _) => {}
        }
    }
    claims.sort_by_key(|claim| (claim.is_given, claim.mac.span));
    let mut first: BTreeMap<MacAddress, &Claim> = BTreeMap::new();
    for claim in &claims {
        let other = *first.entry(claim.mac.value).or_insert(claim);
        if other.mac.span == claim.mac.span || !claim.is_given {
            continue;
        }
        let message = format!("MAC address `{}` is taken", claim.mac.value);
        let help = "write another one, or leave the cell empty to have one made from the address";
        let label = if other.is_given { "this guest has it" } else { "it is made from this address" };
        found.push(Diagnostic::new(Code::DuplicateMac, claim.mac.span, message, help).label(other.mac.span, label));
    }
}
