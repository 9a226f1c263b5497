//! Rules for ranges of addresses: in the subnet, apart from each other, and with nothing of the document in them.

use std::net::IpAddr;

use crate::diagnostic::{Code, Diagnostic};
use crate::network::bridge::BridgeList;
use crate::network::guests::GuestRow;
use crate::network::name_table::NameRow;
use crate::network::schema::{BRIDGE_DHCP_RANGE, BRIDGE_RESERVED};
use crate::network::services::ServiceRow;
use crate::network::suggest::{MacSource, Suggestions};
use crate::network::value::AddressRange;
use crate::source::Spanned;

/// A range of the bridge list.
#[derive(Clone, Copy)]
struct Range {
    at: Spanned<AddressRange>,
    purpose: RangePurpose,
}

/// What a range is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RangePurpose {
    /// Term `Reserved`.
    Reserved,
    /// Term `DHCP range`.
    Dhcp,
}

/// Who claims an address.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ClaimKind {
    /// Who has it.
    Own,
    /// A name that leads there.
    Name,
}

/// The rows of all tables that claim addresses.
pub(super) struct AddressRows<'a> {
    pub(super) guests: &'a [GuestRow],
    pub(super) services: &'a [ServiceRow],
    pub(super) names: &'a [NameRow],
}

/// Every range that the bridge list names, for suggestions to stay out of.
pub(super) fn all(bridge: &BridgeList) -> Vec<AddressRange> {
    ranges(bridge).into_iter().map(|range| range.at.value).collect()
}

fn ranges(bridge: &BridgeList) -> Vec<Range> {
    let named = |field, purpose| bridge.fields.values(field).into_iter().map(move |at| Range { at, purpose });
    named(&BRIDGE_RESERVED, RangePurpose::Reserved).chain(named(&BRIDGE_DHCP_RANGE, RangePurpose::Dhcp)).collect()
}

/// Reports ranges that lie wrong, and what lies in them.
pub(super) fn check(
    bridge: &BridgeList,
    rows: &AddressRows<'_>,
    suggestions: &mut Suggestions<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let mut ranges = ranges(bridge);
    for range in &ranges {
        report_place(bridge, range, found);
    }
    ranges.sort_by_key(|range| (range.at.value, range.at.span));
    report_overlaps(&ranges, found);
    for (claim, kind) in claims(bridge, rows) {
        let after = ranges.partition_point(|range| range.at.value.first() <= claim.value);
        let around = ranges[..after].last().filter(|range| range.at.value.contains(claim.value));
        // A name may well lead to a reserved address: that is what load balancers have.
        if let Some(range) = around.filter(|range| range.purpose == RangePurpose::Dhcp || kind == ClaimKind::Own) {
            found.push(taken(claim, range, suggestions));
        }
    }
}

/// The subnet has to hold a range, and DHCP cannot give what no machine may have.
fn report_place(bridge: &BridgeList, range: &Range, found: &mut Vec<Diagnostic>) {
    let (Some(subnet), Some(gateway)) = (bridge.subnet, bridge.gateway) else { return };
    let (network, at) = (subnet.value, range.at);
    if !network.contains(&at.value.first()) || !network.contains(&at.value.last()) {
        let message = format!("range `{}` is not in the subnet `{network}`", at.value);
        let help = format!("write addresses from `{}` to `{}`", network.network(), network.broadcast());
        found
            .push(Diagnostic::new(Code::AddressOutsideSubnet, at.span, message, help).label(subnet.span, "the subnet"));
        return;
    }
    if range.purpose == RangePurpose::Reserved {
        return;
    }
    let others = [
        (network.network(), subnet.span, "the name of the subnet"),
        (network.broadcast(), subnet.span, "the subnet's broadcast address"),
        (gateway.value, gateway.span, "the bridge's own address"),
    ];
    let inside = others.into_iter().find(|(address, ..)| at.value.contains(*address));
    if let Some((address, span, what)) = inside {
        let message = format!("DHCP would give away `{address}`, {what}");
        found.push(less(at, address, Code::ReservedAddress, message).label(span, "see here"));
    }
}

/// A range that has to do without an address: the larger part of what is left is the one to write.
fn less(at: Spanned<AddressRange>, address: IpAddr, code: Code, message: String) -> Diagnostic {
    let single = AddressRange::parse(&address.to_string()).ok();
    let left = single.map(|single| at.value.without(single)).into_iter().flatten().flatten();
    without(at, left, code, message)
}

fn without(
    at: Spanned<AddressRange>,
    left: impl Iterator<Item = AddressRange>,
    code: Code,
    message: String,
) -> Diagnostic {
    match left.max_by_key(|range| size(*range)) {
        Some(left) => {
            Diagnostic::new(code, at.span, message, format!("write `{left}`")).fix(at.span, Some(left.to_string()))
        }
        None => Diagnostic::new(code, at.span, message, "take it away"),
    }
}

fn size(range: AddressRange) -> u32 {
    match (range.first(), range.last()) {
        (IpAddr::V4(first), IpAddr::V4(last)) => last.to_bits() - first.to_bits(),
        _ => 0,
    }
}

/// Of sorted ranges, each has to begin after all before it have ended.
fn report_overlaps(ranges: &[Range], found: &mut Vec<Diagnostic>) {
    let mut furthest: Option<&Range> = None;
    for range in ranges {
        if let Some(before) = furthest.filter(|before| before.at.value.last() >= range.at.value.first()) {
            let (first, second) = if before.at.span < range.at.span { (before, range) } else { (range, before) };
            let message = format!("ranges `{}` and `{}` overlap", first.at.value, second.at.value);
            let left = second.at.value.without(first.at.value).into_iter().flatten();
            found
                .push(without(second.at, left, Code::OverlappingRanges, message).label(first.at.span, "the other one"));
        }
        furthest = furthest.into_iter().chain([range]).max_by_key(|range| range.at.value.last());
    }
}

/// What claims an address. The gateway is the host's, whoever reserves what.
fn claims(bridge: &BridgeList, rows: &AddressRows<'_>) -> Vec<(Spanned<IpAddr>, ClaimKind)> {
    let guests = rows.guests.iter().filter_map(|guest| guest.address);
    let services = rows.services.iter().filter(|service| service.is_endpoint(Some(bridge)));
    let mut services: Vec<_> = services.filter_map(|service| service.address).collect();
    services.dedup_by_key(|address| address.span);
    let names = rows.names.iter().filter_map(|name| name.address);
    let names = names.filter(|name| bridge.gateway.is_none_or(|gateway| gateway.value != name.value));
    guests
        .chain(services)
        .map(|claim| (claim, ClaimKind::Own))
        .chain(names.map(|claim| (claim, ClaimKind::Name)))
        .collect()
}

fn taken(claim: Spanned<IpAddr>, range: &Range, suggestions: &mut Suggestions<'_>) -> Diagnostic {
    let reason = match range.purpose {
        RangePurpose::Reserved => "is reserved",
        RangePurpose::Dhcp => "is for machines that the document does not know",
    };
    let message = format!("address `{}` {reason}", claim.value);
    let diagnostic = match suggestions.address(claim.value, MacSource::Made) {
        Some(free) => Diagnostic::new(
            Code::ReservedAddress,
            claim.span,
            message,
            format!("write another one, such as `{free}`, which is free, or change the range"),
        )
        .fix(claim.span, Some(free.to_string())),
        None => {
            Diagnostic::new(Code::ReservedAddress, claim.span, message, "change the range, or write another address")
        }
    };
    diagnostic.label(range.at.span, "by this range")
}

#[cfg(test)]
mod tests {
    use crate::network::schema::BRIDGE_UPSTREAM_DNS;
    use crate::network::testing::{BRIDGE, CP, DHCP, GUESTS, SERVICES, check, network};

    #[track_caller]
    fn check_terms(terms: &str, expected: &[&str]) {
        check(&format!("{BRIDGE}{terms}\n{GUESTS}{CP}{SERVICES}{DHCP}"), expected);
    }

    #[test]
    fn ranges_lie_in_the_subnet_and_apart() {
        check_terms("- Reserved :: 10.42.0.200-10.42.0.220, 10.42.0.240\n- DHCP range :: 10.42.0.100-10.42.0.150", &[]);
        check_terms(
            "- Reserved :: 10.42.1.200-10.42.1.220",
            &["address-outside-subnet 10.42.1.200-10.42.1.220 < 10.42.0.1/24"],
        );
        check_terms(
            "- Reserved :: 10.42.0.20-10.42.0.90, 10.42.0.30-10.42.0.40, 10.42.0.80-10.42.0.99",
            &[
                "overlapping-ranges 10.42.0.30-10.42.0.40 < 10.42.0.20-10.42.0.90",
                "overlapping-ranges 10.42.0.80-10.42.0.99 < 10.42.0.20-10.42.0.90",
            ],
        );
        check_terms(
            "- DHCP range :: 10.42.0.90-10.42.0.99\n- Reserved :: 10.42.0.99-10.42.0.110",
            &["overlapping-ranges 10.42.0.99-10.42.0.110 < 10.42.0.90-10.42.0.99"],
        );
        check_terms("- Reserved :: 10.42.0.9-10.42.0.2", &["invalid-range 10.42.0.9-10.42.0.2"]);
    }

    #[test]
    fn nothing_of_the_document_lies_in_a_range() {
        check_terms("- Reserved :: 10.42.0.0-10.42.0.1, 10.42.0.2", &["reserved-address 10.42.0.2 < 10.42.0.2"]);
        check_terms("- Reserved :: 10.42.0.10-10.42.0.19", &["reserved-address 10.42.0.10 < 10.42.0.10-10.42.0.19"]);
        check_terms("- DHCP range :: 10.42.0.10-10.42.0.19", &["reserved-address 10.42.0.10 < 10.42.0.10-10.42.0.19"]);
        check_terms(
            "- DHCP range :: 10.42.0.20-10.42.0.255",
            &["reserved-address 10.42.0.20-10.42.0.255 < 10.42.0.1/24"],
        );
        let names = "\n| Name | IP |\n|--|\n| lb | 10.42.0.30 |\n| x | 10.42.0.40 |\n";
        let terms = "- Reserved :: 10.42.0.30-10.42.0.39\n- DHCP range :: 10.42.0.40-10.42.0.49\n";
        check(
            &format!("{BRIDGE}{terms}{GUESTS}{CP}{SERVICES}{DHCP}{names}"),
            &["reserved-address 10.42.0.40 < 10.42.0.40-10.42.0.49"],
        );
    }

    #[test]
    fn a_term_without_its_service_has_no_effect() {
        for term in ["DHCP range :: 10.42.0.40-10.42.0.49", "Upstream DNS :: 192.0.2.53"] {
            let name = term.split(" ::").next().unwrap();
            check(&format!("{BRIDGE}- {term}\n{GUESTS}{CP}"), &[&format!("unused-term {}", &term[name.len() + 4..])]);
        }
    }

    #[test]
    fn our_nameserver_asks_others() {
        let with = |servers: &str| {
            let dns = "| DNS | 10.42.0.2 | | veth0 |\n";
            format!("{BRIDGE}- Upstream DNS :: {servers}\n{GUESTS}{CP}{SERVICES}{dns}")
        };
        check(&with("192.0.2.53, 10.42.0.10"), &[]);
        check(&with("10.42.0.2"), &["reserved-address 10.42.0.2 < DNS"]);
        check(&with("10.42.0.1\n- Host access :: 22, 53/udp"), &[]);
        check(&with("10.42.0.1\n- Host access :: 53/tcp"), &["reserved-address 10.42.0.1 < 53/tcp"]);
        check(&with("127.0.0.53"), &["reserved-address 127.0.0.53"]);
        check(&with("192.0.2.53, 192.0.2.53"), &["duplicate-address 192.0.2.53 < 192.0.2.53"]);
        check(&with("dns.example.org"), &["invalid-address dns.example.org"]);
        let servers = network(&with("192.0.2.53")).fields.values(&BRIDGE_UPSTREAM_DNS);
        assert_eq!(servers.iter().map(|server| server.value.to_string()).collect::<Vec<_>>(), ["192.0.2.53"]);
    }
}
