//! Several networks in one document: what they cannot share on one host, and what each has to know of the others.

use std::collections::{BTreeMap, HashMap, HashSet};

use ipnet::IpNet;

use crate::diagnostic::{Code, Diagnostic, closest};
use crate::network::publish;
use crate::network::schema::{
    BRIDGE_MTU, BRIDGE_ROUTE_TO, FieldSchema, GUEST_CPUS, GUEST_DISK, GUEST_IMAGE, GUEST_MEMORY,
};
use crate::network::{FurtherInterface, Guest, HostName, InterfaceName, Neighbour, Network};
use crate::source::{Span, Spanned};

/// What a guest is as a machine, whatever it is plugged into.
const MACHINE: [&FieldSchema; 4] = [&GUEST_CPUS.schema, &GUEST_MEMORY.schema, &GUEST_DISK.schema, &GUEST_IMAGE.schema];

/// Something that a host has one of.
struct HostClaim {
    what: &'static str,
    name: Spanned<String>,
    /// Which network claims it.
    network: usize,
}

/// Reports what two networks of a document claim, though one host has it but once; and guests that are two machines.
pub(super) fn check(networks: &[Network], found: &mut Vec<Diagnostic>) {
    if networks.len() < 2 {
        return;
    }
    let mut across = Vec::new();
    check_names(networks, &mut across);
    check_domains(networks, &mut across);
    check_ranges(networks, &mut across);
    let published: Vec<_> = networks.iter().flat_map(|network| &network.published).map(|row| row.published).collect();
    publish::report_duplicates(&published, &mut across);
    check_machines(networks, &mut across);
    // What one network has twice by itself was reported when it was read.
    let known: HashSet<_> = found.iter().map(|diagnostic| (diagnostic.code, diagnostic.span)).collect();
    found.extend(across.into_iter().filter(|diagnostic| !known.contains(&(diagnostic.code, diagnostic.span))));
}

fn check_names(networks: &[Network], found: &mut Vec<Diagnostic>) {
    let mut first: HashMap<(&str, String), HostClaim> = HashMap::new();
    for claim in networks.iter().enumerate().flat_map(|(index, network)| claims(index, network)) {
        let key = (claim.what, claim.name.value.to_lowercase());
        let Some(other) = first.get(&key) else {
            first.insert(key, claim);
            continue;
        };
        if other.network != claim.network {
            let message =
                format!("{} `{}` is that of another network of the document, too", claim.what, claim.name.value);
            let help = "give each network one of its own";
            let clash = Diagnostic::new(Code::NetworkClash, claim.name.span, message, help);
            found.push(clash.label(other.name.span, "the other one"));
        }
    }
}

/// Names that a network has on the host. Hosts ask one nameserver about a domain, and a folder has the bridge's name.
fn claims(network: usize, read: &Network) -> Vec<HostClaim> {
    let bridge = &read.bridge;
    let claim = |what, name: String, span| HostClaim { what, name: Spanned::new(name, span), network };
    let interface = |name: &Spanned<InterfaceName>| claim("interface", name.value.to_string(), name.span);
    let mut all = vec![interface(&bridge.name), claim("domain", read.domain.value.to_string(), read.domain.span)];
    if !read.endpoints.is_empty() {
        all.push(claim("namespace", bridge.namespace.value.to_string(), bridge.namespace.span));
    }
    all.extend(read.guests.iter().map(|guest| interface(guest.tap())));
    all.extend(read.endpoints.iter().map(|endpoint| interface(&endpoint.host_interface)));
    all
}

/// Whoever answers for a domain answers for all below it.
fn check_domains(networks: &[Network], found: &mut Vec<Diagnostic>) {
    let lower = |network: &Network| network.domain.value.to_string().to_lowercase();
    let domains: HashMap<String, Span> = networks.iter().map(|network| (lower(network), network.domain.span)).collect();
    for network in networks {
        let domain = lower(network);
        let above = domain.match_indices('.').find_map(|(dot, _)| domains.get_key_value(&domain[dot + 1..]));
        if let Some((above, span)) = above {
            let message = format!("domain `{}` lies in `{above}`, that of another network", network.domain.value);
            let help = "choose domains of which none holds another: one nameserver answers for all of `lan`";
            let help = help.replace("lan", above);
            let nested = Diagnostic::new(Code::NetworkClash, network.domain.span, message, help);
            found.push(nested.label(*span, "the other one"));
        }
    }
}

/// The host has one route to an address.
fn check_ranges(networks: &[Network], found: &mut Vec<Diagnostic>) {
    let mut ranges: Vec<(usize, Spanned<IpNet>)> = Vec::new();
    for (index, network) in networks.iter().enumerate() {
        ranges.extend(network.routed().map(|range| (index, range)));
    }
    ranges.sort_by_key(|(_, range)| (range.value.network(), range.value.prefix_len(), range.span));
    // Ranges of whole prefixes are in each other or apart: the last one that no other holds is the only one to compare with.
    let mut around: Option<(usize, Spanned<IpNet>)> = None;
    for (network, range) in ranges {
        match around.filter(|(_, other)| other.value.contains(&range.value)) {
            Some((other, first)) if other != network => {
                let (first, second) = if first.span < range.span { (first, range) } else { (range, first) };
                let message = format!("`{}` and `{}`, of another network, overlap", second.value, first.value);
                let help = "give one of the two another range: this host has one way to an address";
                let overlap = Diagnostic::new(Code::OverlappingRanges, second.span, message, help);
                found.push(overlap.label(first.span, "the other one"));
            }
            Some(_) => {}
            None => around = Some((network, range)),
        }
    }
}

/// Guests by their names, whose letter case makes no difference: those of a name are one machine, with a row in each
/// network. A second row in one network is a mistake of its own.
fn machines(networks: &[Network]) -> BTreeMap<String, Vec<(usize, usize)>> {
    let mut all: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
    for (network, read) in networks.iter().enumerate() {
        for (index, guest) in read.guests.iter().enumerate() {
            let rows = all.entry(guest.name.value.as_str().to_ascii_lowercase()).or_default();
            if rows.last().is_none_or(|(last, _)| *last != network) {
                rows.push((network, index));
            }
        }
    }
    all.retain(|_, rows| rows.len() > 1);
    all
}

fn check_machines(networks: &[Network], found: &mut Vec<Diagnostic>) {
    for rows in machines(networks).values() {
        let guests: Vec<&Guest> = rows.iter().map(|(network, index)| &networks[*network].guests[*index]).collect();
        let (home, others) = guests.split_first().expect("a machine has a row");
        for other in others {
            found.extend(MACHINE.into_iter().filter_map(|field| differing(home, other, field)));
            if other.mac().value == home.mac().value {
                let message =
                    format!("both interfaces of `{}` have the MAC address `{}`", home.name.value, home.mac().value);
                let help = "write another one in a column `MAC`: a guest tells its interfaces apart by it";
                let same = Diagnostic::new(Code::DuplicateMac, other.mac().span, message, help);
                found.push(same.label(home.mac().span, "the other one"));
            }
        }
    }
}

/// What is said of a machine in a later row has to be what the first one says; an empty cell says nothing.
fn differing(home: &Guest, other: &Guest, field: &FieldSchema) -> Option<Diagnostic> {
    let value = |guest: &Guest| {
        let known = guest.fields.known.iter().find(|known| *known.schema == *field)?;
        known.values.first().map(|value| (value.value.clone(), Some(value.span).filter(|span| *span != guest.span)))
    };
    let ((there, Some(at)), here) = (value(other)?, value(home)) else { return None };
    let (here, label) = here.map_or((None, None), |(text, span)| (Some(text), span));
    if here.as_ref() == Some(&there) {
        return None;
    }
    let message = format!("`{}` of `{}` is not what the guest's first row says", field.name, home.name.value);
    let help = "write the same in both rows, or leave this cell empty: the first row counts";
    Some(
        Diagnostic::new(Code::GuestMismatch, at, message, help).label(label.unwrap_or(home.name.span), "its first row"),
    )
}

/// Tells each network of the others, and each guest of its interfaces there.
pub(super) fn introduce(networks: &mut [Network], found: &mut Vec<Diagnostic>) {
    let routes = routes(networks, found);
    if networks.len() < 2 {
        return;
    }
    let known: Vec<Neighbour> = networks.iter().map(as_neighbour).collect();
    for (index, network) in networks.iter_mut().enumerate() {
        let others = known.iter().enumerate().filter(|(other, _)| *other != index);
        network.beside = others
            .map(|(other, neighbour)| {
                let is_it = |(from, to, _): &&(usize, usize, Span)| {
                    (*from, *to) == (index, other) || (*to, *from) == (index, other)
                };
                Neighbour { route: routes.iter().find(is_it).map(|(_, _, span)| *span), ..neighbour.clone() }
            })
            .collect();
    }
    for rows in machines(networks).into_values() {
        let interfaces: Vec<_> = rows.iter().map(|&(network, index)| interface(&networks[network], index)).collect();
        let home = networks[rows[0].0].bridge.name.clone();
        for (nth, (network, index)) in rows.into_iter().enumerate() {
            let others = interfaces.iter().enumerate().filter(|(other, _)| *other != nth);
            let guest = &mut networks[network].guests[index];
            guest.further = others.map(|(_, interface)| interface.clone()).collect();
            guest.home = (nth > 0).then(|| home.clone());
        }
    }
}

fn as_neighbour(network: &Network) -> Neighbour {
    let bridge = &network.bridge;
    let ends = [format!(".{}", network.domain.value), format!(".{}", bridge.name.value)].map(|end| end.to_lowercase());
    let is_outer = |name: &&Spanned<HostName>| {
        let text = name.value.to_string().to_lowercase();
        ends.iter().all(|end| !text.ends_with(end))
    };
    Neighbour {
        bridge: bridge.name.clone(),
        domain: network.domain.clone(),
        subnet: bridge.subnet,
        subnet6: bridge.six.as_ref().map(|six| six.subnet),
        outer_names: network.guests.iter().flat_map(Guest::hostnames).filter(is_outer).cloned().collect(),
        route: None,
    }
}

fn interface(network: &Network, index: usize) -> FurtherInterface {
    let guest = &network.guests[index];
    FurtherInterface {
        bridge: network.bridge.name.clone(),
        interface: guest.interface.clone(),
        names: guest.hostnames().cloned().collect(),
        prefix: network.bridge.subnet.value.prefix_len(),
        mtu: network.fields.values(&BRIDGE_MTU).into_iter().next(),
    }
}

/// Pairs of networks that reach each other, and where the document says so.
fn routes(networks: &[Network], found: &mut Vec<Diagnostic>) -> Vec<(usize, usize, Span)> {
    let mut all = Vec::new();
    for (from, network) in networks.iter().enumerate() {
        for wanted in network.fields.values(&BRIDGE_ROUTE_TO) {
            let is_it = |network: &Network| network.bridge.name.value == wanted.value;
            match networks.iter().position(is_it) {
                Some(to) if to != from => all.push((from, to, wanted.span)),
                _ => found.push(unknown(&wanted, networks, from)),
            }
        }
    }
    all
}

fn unknown(wanted: &Spanned<InterfaceName>, networks: &[Network], from: usize) -> Diagnostic {
    let name = wanted.value.as_str();
    let others = networks.iter().enumerate().filter(|(index, _)| *index != from);
    let names: Vec<_> = others.map(|(_, network)| network.bridge.name.value.as_str()).collect();
    let is_itself = networks[from].bridge.name.value == wanted.value;
    let near = closest(name, names.iter().copied()).filter(|_| !is_itself);
    let message = if is_itself {
        format!("`{name}` is this network itself")
    } else {
        format!("the document has no network with the bridge `{name}`")
    };
    let help = match (near, &names[..]) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, []) => "take it away: the document describes one network".to_owned(),
        (None, names) => format!("name another network of the document: `{}`", names.join("`, `")),
    };
    let fix = near.map(str::to_owned);
    Diagnostic::new(Code::UnknownNetwork, wanted.span, message, help).fix(wanted.span, fix)
}

#[cfg(test)]
mod tests {
    use crate::network::testing::{check, networks};

    const LAB7: &str = "* Lab 7\n- Name :: lab7\n- Subnet :: 10.7.0.1/24\n";
    const LAB8: &str = "* Lab 8\n- Name :: lab8\n- Subnet :: 10.8.0.1/24\n";
    const GUESTS: &str = "\n| Guest | IP | TAP | MAC | Memory |\n|--|\n";

    /// Two networks, with these further terms and guest rows.
    fn labs(seven: [&str; 2], eight: [&str; 2]) -> String {
        format!("{LAB7}{}{GUESTS}{}\n{LAB8}{}{GUESTS}{}\n", seven[0], seven[1], eight[0], eight[1])
    }

    const WEB: &str = "| web | 10.7.0.6 | l7web |";
    const DB: &str = "| db | 10.8.0.6 | l8db |";

    #[test]
    fn each_network_has_what_stands_below_its_heading() {
        let read = networks(&labs(["", WEB], ["", DB]));
        let [seven, eight] = &read[..] else { panic!("there are two") };
        assert_eq!((seven.folder(), eight.folder()), (Some("lab7"), Some("lab8")));
        assert_eq!((seven.guests.len(), eight.guests[0].name.value.as_str()), (1, "db"));
        assert!(seven.beside[0].route.is_none());
    }

    #[test]
    fn tables_may_stand_under_headings_beside_that_of_the_list() {
        let below = labs(["", WEB], ["", DB])
            .replace("- Name", "** Bridge\n- Name")
            .replace(GUESTS, &format!("** Guests{GUESTS}"));
        assert_eq!(networks(&below).len(), 2);
        check(
            &format!(
                "{}* All\n| Service | IP | Port | Interface |\n| DHCP | 10.7.0.2 | 67 | veth0 |\n",
                labs(["", WEB], ["", DB])
            ),
            &["stray-table | Service | IP | Port | Interface |"],
        );
    }

    #[test]
    fn lists_that_share_a_heading_are_ambiguous() {
        let together = labs(["", WEB], ["", DB]).replace("* Lab 8", "Lab 8");
        check(
            &together,
            &[
                "ambiguous-table - Name :: lab8 < - Name :: lab7",
                "ambiguous-table | Guest | IP | TAP | MAC | Memory | < | Guest | IP | TAP | MAC | Memory |",
            ],
        );
    }

    #[test]
    fn a_host_has_each_name_and_range_once() {
        check(&labs(["", WEB], ["- Domain :: lab7.lan\n", DB]), &["network-clash lab7.lan < lab7"]);
        check(&labs(["- Domain :: lan\n", WEB], ["- Domain :: lab8.lan\n", DB]), &["network-clash lab8.lan < lan"]);
        check(&labs(["", WEB], ["", "| db | 10.8.0.6 | l7web |"]), &["network-clash l7web < l7web"]);
        check(&labs(["", WEB], ["", "| db | 10.8.0.6 | lab7 |"]), &["network-clash lab7 < lab7"]);
        let inside = labs(["", WEB], ["", DB]).replace("10.8.0.1/24", "10.7.0.1/16").replace("10.8.0.6", "10.7.9.6");
        check(&inside, &["overlapping-ranges 10.7.0.1/16 < 10.7.0.1/24"]);
    }

    #[test]
    fn a_guest_in_two_networks_is_one_machine() {
        let gw = |seven, eight| labs(["", seven], ["", eight]);
        let read = networks(&gw("| gw | 10.7.0.5 | l7gw | | 1G |", "| GW | 10.8.0.5 | l8gw |"));
        let (seven, eight) = (&read[0].guests[0], &read[1].guests[0]);
        assert_eq!(seven.further[0].interface.tap.value.as_str(), "l8gw");
        assert_eq!((seven.home.is_none(), eight.home.as_ref().map(|home| home.value.as_str())), (true, Some("lab7")));
        check(&gw("| gw | 10.7.0.5 | l7gw | | 1G |", "| gw | 10.8.0.5 | l8gw | | 4G |"), &["guest-mismatch 4G < 1G"]);
        check(&gw("| gw | 10.7.0.5 | l7gw |", "| gw | 10.8.0.5 | l8gw | | 4G |"), &["guest-mismatch 4G < gw"]);
        check(
            &gw("| gw | 10.7.0.5 | l7gw |", "| gw | 10.8.0.5 | l8gw | 52:54:00:07:00:05 |"),
            &["duplicate-mac 52:54:00:07:00:05 < 10.7.0.5"],
        );
    }

    #[test]
    fn one_of_two_lists_says_that_they_reach_each_other() {
        let read = networks(&labs(["", WEB], ["- Route to :: lab7\n", DB]));
        assert!(read.iter().all(|network| network.beside[0].route.is_some()));
        check(&labs(["", WEB], ["- Route to :: lab-7\n", DB]), &["unknown-network lab-7"]);
        check(&labs(["", WEB], ["- Route to :: lab8\n", DB]), &["unknown-network lab8"]);
    }

    #[test]
    fn what_one_network_has_twice_is_reported_once() {
        check(
            &labs(["", WEB], ["", "| db | 10.8.0.6 | l8db |\n| dc | 10.8.0.7 | l8db |"]),
            &["duplicate-interface l8db < l8db"],
        );
    }
}
