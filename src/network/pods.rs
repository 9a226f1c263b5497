//! Rules for what is routed to guests: each guest's pods have a range of their own, apart from the subnet and from the
//! cluster's services, and within the range of all pods if the bridge list names one.

use ipnet::{IpNet, Ipv4Net};

use crate::diagnostic::{Code, Diagnostic};
use crate::network::bridge::{BridgeList, public};
use crate::network::guests::GuestRow;
use crate::network::schema::{BRIDGE_CLUSTER_SERVICES, BRIDGE_PODS, GUEST_PODS};
use crate::network::suggest::FreeSubnets;
use crate::network::value::{RoutedSubnet, is_public};
use crate::source::{Span, Spanned};

/// A range that somebody claims.
#[derive(Clone, Copy)]
struct RangeClaim {
    at: Spanned<Ipv4Net>,
    /// Who has it, in words.
    what: &'static str,
}

/// Reports ranges of pods and of a cluster's services that overlap with others, or lie outside of the range of all pods.
pub(super) fn check(bridge: &BridgeList, guests: &[GuestRow], found: &mut Vec<Diagnostic>) {
    let subnet = bridge.subnet.and_then(|subnet| match subnet.value {
        IpNet::V4(network) => Some(RangeClaim { at: Spanned::new(network, subnet.span), what: "the subnet" }),
        IpNet::V6(_) => None,
    });
    let term = |field, what| {
        let value = bridge.fields.values(field).first().copied();
        value.map(|range: Spanned<RoutedSubnet>| RangeClaim { at: range.map(RoutedSubnet::network), what })
    };
    let services = term(&BRIDGE_CLUSTER_SERVICES, "the range of cluster services");
    let all_pods = term(&BRIDGE_PODS, "the range of all pods");
    let own: Vec<RangeClaim> = guests.iter().filter_map(pods_of).collect();
    let ranges = own.iter().copied().chain(services).chain(all_pods);
    found
        .extend(ranges.filter(|claim| is_public(claim.at.value)).map(|claim| public("range", claim.at.map(IpNet::V4))));

    let terms: Vec<RangeClaim> = [subnet, services, all_pods].into_iter().flatten().collect();
    for (index, second) in terms.iter().enumerate() {
        let overlapping = terms[..index].iter().filter(|first| overlap(first.at.value, second.at.value));
        found.extend(overlapping.map(|first| report_overlap(first, second, None)));
    }
    let apart: Vec<RangeClaim> = subnet.into_iter().chain(services).collect();
    let mut free =
        FreeSubnets::new(own.iter().chain(&apart).map(|claim| claim.at.value), all_pods.map(|all| all.at.value));
    let mut sorted = own.clone();
    sorted.sort_by_key(|claim| (claim.at.value.network(), claim.at.value.prefix_len(), claim.at.span));
    let mut before: Option<&RangeClaim> = None;
    for claim in &sorted {
        // Ranges of whole prefixes are in each other or apart: the one before holds this one, or none does.
        if let Some(other) = before.filter(|other| overlap(other.at.value, claim.at.value)) {
            let (first, second) = if other.at.span < claim.at.span { (other, claim) } else { (claim, other) };
            found.push(report_overlap(first, second, free.like(second.at.value)));
            continue;
        }
        before = Some(claim);
        if let Some(other) = apart.iter().find(|other| overlap(other.at.value, claim.at.value)) {
            found.push(report_overlap(other, claim, free.like(claim.at.value)));
        } else if let Some(all) = all_pods.filter(|all| !all.at.value.contains(&claim.at.value)) {
            found.push(outside(claim.at, all.at, free.like(claim.at.value)));
        }
    }
}

fn pods_of(guest: &GuestRow) -> Option<RangeClaim> {
    let pods = guest.fields.values(&GUEST_PODS).first().copied()?;
    Some(RangeClaim { at: pods.map(RoutedSubnet::network), what: "a range of pods" })
}

fn overlap(one: Ipv4Net, other: Ipv4Net) -> bool {
    one.contains(&other) || other.contains(&one)
}

fn report_overlap(first: &RangeClaim, second: &RangeClaim, free: Option<Ipv4Net>) -> Diagnostic {
    let (one, other) = (first.at.value, second.at.value);
    let message = if first.what == second.what {
        format!("ranges of pods `{one}` and `{other}` overlap")
    } else {
        format!("{} `{one}` and {} `{other}` overlap", first.what, second.what)
    };
    with_free(Code::OverlappingRanges, second.at.span, message, free).label(first.at.span, "the other one")
}

fn outside(at: Spanned<Ipv4Net>, all: Spanned<Ipv4Net>, free: Option<Ipv4Net>) -> Diagnostic {
    let message = format!("`{}` is not in `{}`, the range of all pods", at.value, all.value);
    with_free(Code::AddressOutsideSubnet, at.span, message, free).label(all.span, "the range of all pods")
}

fn with_free(code: Code, span: Span, message: String, free: Option<Ipv4Net>) -> Diagnostic {
    let help = match free {
        Some(free) => format!("write a range that is free, such as `{free}`"),
        None => "write a range that is free, or change the other one".to_owned(),
    };
    Diagnostic::new(code, span, message, help).fix(span, free.map(|free| free.to_string()))
}

#[cfg(test)]
mod tests {
    use crate::network::testing::{BRIDGE, check};

    #[track_caller]
    fn check_pods(terms: &str, first: &str, second: &str, expected: &[&str]) {
        let table = format!(
            "\n| Guest | IP | TAP | Pods |\n|-\n| cp | 10.42.0.10 | t0 | {first} |\n| wk | 10.42.0.11 | t1 | {second} |\n"
        );
        check(&format!("{BRIDGE}{terms}{table}"), expected);
    }

    #[test]
    fn each_guest_has_a_range_of_its_own() {
        check_pods("", "10.200.0.0/24", "10.200.1.0/24", &[]);
        check_pods("", "10.200.0.0/24", "", &[]);
        check_pods("", "10.200.0.0/24", "10.200.0.0/24", &["overlapping-ranges 10.200.0.0/24 < 10.200.0.0/24"]);
        check_pods("", "10.200.0.128/25", "10.200.0.0/24", &["overlapping-ranges 10.200.0.0/24 < 10.200.0.128/25"]);
        check_pods("", "10.42.0.64/26", "", &["overlapping-ranges 10.42.0.64/26 < 10.42.0.1/24"]);
        check_pods("", "10.200.0.5/24", "10.200.1.0", &["invalid-subnet 10.200.0.5/24", "invalid-subnet 10.200.1.0"]);
        check_pods("", "8.8.8.0/24", "", &["public-subnet 8.8.8.0/24"]);
    }

    #[test]
    fn the_ranges_of_a_cluster_lie_apart() {
        let terms = "- Pods :: 10.200.0.0/16\n- Cluster services :: 10.96.0.0/12\n";
        check_pods(terms, "10.200.0.0/24", "10.200.255.0/24", &[]);
        check_pods(terms, "10.201.0.0/24", "", &["address-outside-subnet 10.201.0.0/24 < 10.200.0.0/16"]);
        check_pods(
            "- Cluster services :: 10.32.0.0/12\n",
            "10.33.0.0/24",
            "",
            &["overlapping-ranges 10.32.0.0/12 < 10.42.0.1/24", "overlapping-ranges 10.33.0.0/24 < 10.32.0.0/12"],
        );
        check_pods("- Pods :: 10.42.0.0/16\n", "", "", &["overlapping-ranges 10.42.0.0/16 < 10.42.0.1/24"]);
    }
}
