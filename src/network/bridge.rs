//! The bridge list: `Name` and `Subnet`, and what may stand beside them.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::diagnostic::{Code, Diagnostic};
use crate::network::Pin;
use crate::network::cell::{self, Given, Kind};
use crate::network::value::{DomainName, InterfaceName};
use crate::org::inline::unmarked;
use crate::org::{Item, List};
use crate::source::{Source, Span, Spanned};

/// A subnet with more hosts than a /8 is a slip; addresses made from its hosts' last three octets would also repeat.
const SHORTEST_PREFIX: u8 = 8;
/// A /31 or /32 has no room for a gateway and a guest between network and broadcast address.
const LONGEST_PREFIX: u8 = 30;
/// No name of a namespace needs to be longer; it is a file name below `/run/netns`.
const LONGEST_NAMESPACE: usize = 64;

/// Ranges that no machine on an Ethernet can be given an address from.
const UNUSABLE: &[(&str, Ipv4Net)] = &[
    ("this network (0.0.0.0/8)", net([0, 0, 0, 0], 8)),
    ("loopback (127.0.0.0/8)", net([127, 0, 0, 0], 8)),
    ("link-local (169.254.0.0/16), which hosts give themselves", net([169, 254, 0, 0], 16)),
    ("multicast or reserved (224.0.0.0/3)", net([224, 0, 0, 0], 3)),
];

/// Ranges that nobody on the internet is reached at.
const PRIVATE: &[Ipv4Net] = &[
    net([10, 0, 0, 0], 8),
    net([172, 16, 0, 0], 12),
    net([192, 168, 0, 0], 16),
    net([100, 64, 0, 0], 10),
    net([192, 0, 2, 0], 24),
    net([198, 18, 0, 0], 15),
    net([198, 51, 100, 0], 24),
    net([203, 0, 113, 0], 24),
];

const SUBNET: Kind<(Ipv4Addr, Ipv4Net)> = Kind::new(
    Code::InvalidSubnet,
    "subnet",
    "write the host's own address and the prefix length, such as `10.42.0.1/24`",
    parse_subnet,
);

const NAMESPACE: Kind<String> = Kind::new(
    Code::InvalidNamespace,
    "namespace",
    "use at most 64 letters, digits, `_`, `.` and `-`, such as `qvm-svc`",
    parse_namespace,
);

const PIN: Kind<Pin> = Kind::new(Code::InvalidPin, "pin", "write `off`, `mac` or `address`", parse_pin);

/// The bridge list as far as it could be read.
pub(super) struct BridgeList {
    pub(super) span: Span,
    pub(super) name: Option<Spanned<InterfaceName>>,
    pub(super) gateway: Option<Spanned<Ipv4Addr>>,
    pub(super) subnet: Option<Spanned<Ipv4Net>>,
    pub(super) namespace: Given<String>,
    pub(super) domain: Given<DomainName>,
    pub(super) pin: Given<Pin>,
}

/// Reads the bridge list.
pub(super) fn read(source: &Source, list: &List<'_>, found: &mut Vec<Diagnostic>) -> BridgeList {
    let value = |term: &str| {
        let has_term = |item: &&Item<'_>| item.tag.is_some_and(|tag| unmarked(tag).value.eq_ignore_ascii_case(term));
        list.items.iter().find(has_term).map(|item| unmarked(value_of(source, item)))
    };
    let nothing = Spanned::new("", list.span);
    let subnet = SUBNET.required(value("Subnet").unwrap_or(nothing), || "the bridge has no subnet".to_owned(), found);
    if let Some(subnet) = &subnet {
        report_public(Spanned::new(subnet.value.1, subnet.span), found);
    }
    BridgeList {
        span: list.span,
        name: cell::INTERFACE.required(value("Name").unwrap_or(nothing), || "the bridge has no name".to_owned(), found),
        gateway: subnet.map(|subnet| subnet.map(|(gateway, _)| gateway)),
        subnet: subnet.map(|subnet| subnet.map(|(_, network)| network)),
        namespace: NAMESPACE.optional(value("Namespace"), found),
        domain: cell::DOMAIN.optional(value("Domain"), found),
        pin: PIN.optional(value("Pin"), found),
    }
}

/// What stands behind the term: the rest of its line, or the next line if that is empty.
fn value_of<'s>(source: &'s Source, item: &Item<'s>) -> Spanned<&'s str> {
    let start = item.text.span.range().end;
    let below = &source.text()[start..item.span.range().end.max(start)];
    let value = below.trim_start().lines().next().unwrap_or_default().trim_end();
    if value.is_empty() || !item.text.value.is_empty() {
        return item.text;
    }
    let start = start + below.len() - below.trim_start().len();
    Spanned::new(value, source.span(start..start + value.len()))
}

/// The namespace of a bridge whose document names none: `qvm-svc` for `qvm0`, `lab7-svc` for `lab7`.
///
/// A final zero stands for "the first of its kind" only behind a letter: `br10` is not another name of `br1`.
pub(super) fn namespace_of(bridge: &InterfaceName) -> String {
    let name = bridge.as_str();
    let stem = name.strip_suffix('0').filter(|stem| stem.ends_with(|c: char| c.is_ascii_alphabetic()));
    format!("{}-svc", stem.unwrap_or(name))
}

fn report_public(subnet: Spanned<Ipv4Net>, found: &mut Vec<Diagnostic>) {
    if !PRIVATE.iter().any(|range| range.contains(&subnet.value)) {
        let message = format!("subnet `{}` belongs to the internet", subnet.value);
        let help = "take one from 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16, or its owners cannot be reached";
        found.push(Diagnostic::new(Code::PublicSubnet, subnet.span, message, help));
    }
}

/// Reads the gateway's address with its prefix length.
fn parse_subnet(text: &str) -> Result<(Ipv4Addr, Ipv4Net), String> {
    let with_host: Ipv4Net = match text.split_once('/') {
        Some((_, length)) if !length.bytes().all(|byte| byte.is_ascii_digit()) => Err(()),
        Some(_) => text.parse().map_err(|_| ()),
        None => return Err("has no prefix length".to_owned()),
    }
    .map_err(|()| "is not an IPv4 address, a slash and a prefix length".to_owned())?;
    let (gateway, network, length) = (with_host.addr(), with_host.trunc(), with_host.prefix_len());
    if length > LONGEST_PREFIX {
        return Err("has no room for a gateway and a guest".to_owned());
    }
    if length < SHORTEST_PREFIX {
        return Err(format!("is larger than any private range; the prefix is at least {SHORTEST_PREFIX}"));
    }
    if let Some((range, _)) = UNUSABLE.iter().find(|(_, range)| range.contains(&network)) {
        return Err(format!("is in the range for {range}"));
    }
    if gateway == network.network() {
        return Err("names the network, not the host's address in it".to_owned());
    }
    if gateway == network.broadcast() {
        return Err("names the broadcast address, not the host's".to_owned());
    }
    Ok((gateway, network))
}

fn parse_namespace(text: &str) -> Result<String, String> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    match text.chars().find(|&c| !is_allowed(c)) {
        Some('`') => Err("has a backquote in it".to_owned()),
        Some(c) => Err(format!("has `{}` in it", c.escape_debug())),
        None if text.starts_with(['.', '-']) => Err("does not begin with a letter, a digit or `_`".to_owned()),
        None if text.len() > LONGEST_NAMESPACE => Err(format!("has more than {LONGEST_NAMESPACE} bytes")),
        None => Ok(text.to_owned()),
    }
}

fn parse_pin(text: &str) -> Result<Pin, String> {
    match text.to_ascii_lowercase().as_str() {
        "off" => Ok(Pin::Off),
        "mac" => Ok(Pin::Mac),
        "address" => Ok(Pin::Address),
        _ => Err("is not one of the three ways to pin a port".to_owned()),
    }
}

/// A range known when this program was written.
const fn net(octets: [u8; 4], length: u8) -> Ipv4Net {
    let [a, b, c, d] = octets;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

#[cfg(test)]
mod tests {
    use super::namespace_of;
    use crate::network::testing::{CP, GUESTS, check, network};
    use crate::network::value::InterfaceName;

    #[track_caller]
    fn check_subnet(subnet: &str, guest: &str, expected: &[&str]) {
        check(&format!("- Name :: qvm0\n- Subnet :: {subnet}\n{GUESTS}| cp | {guest} | tap0 |\n"), expected);
    }

    #[test]
    fn the_subnet_names_a_usable_range_and_the_hosts_place_in_it() {
        check_subnet("10.42.0.1/24", "10.42.0.2", &[]);
        check_subnet("=10.42.255.254/16=", "10.42.0.2", &[]);
        check_subnet("10.0.0.1/30", "10.0.0.2", &[]);
        for refused in [
            "10.42.0.0/24",
            "10.42.0.255/24",
            "10.42.0.1",
            "10.42.0.1/31",
            "10.42.0.1/32",
            "10.42.0.1/33",
            "10.42.0.1/7",
            "127.0.0.1/8",
            "169.254.1.1/16",
            "224.0.0.1/24",
            "255.0.0.1/8",
            "0.1.2.3/8",
            "10.42.0.1/+8",
            "fd00::1/64",
            "$(id)/24",
        ] {
            check_subnet(refused, "10.42.0.2", &[&format!("invalid-subnet {refused}")]);
        }
        check_subnet("8.8.8.1/24", "8.8.8.8", &["public-subnet 8.8.8.1/24"]);
        check_subnet("172.31.0.1/11", "172.31.0.2", &["public-subnet 172.31.0.1/11"]);
    }

    #[test]
    fn terms_are_read_in_any_order_and_case() {
        let network = network(&format!(
            "+ PIN :: ~Off~\n+ subnet :: 10.42.0.1/24\n+ Namespace :: x.y\n+ name :: br-1\n{GUESTS}{CP}"
        ));
        assert_eq!(network.bridge.namespace.value, "x.y");
        assert_eq!(network.bridge.pin.value, crate::network::Pin::Off);
    }

    #[test]
    fn a_value_may_stand_on_the_line_below_its_term() {
        let network =
            network(&format!("- Name ::\n  =br-1=\n- Subnet :: 10.42.0.1/24\n  the host's\n- Domain ::\n{GUESTS}{CP}"));
        assert_eq!(network.bridge.name.value.as_str(), "br-1");
        assert_eq!(network.domain.value.as_str(), "br-1.lan");
    }

    #[test]
    fn values_of_terms_are_checked() {
        let list = "- Name :: qvm0 br\n- Subnet ::\n- Namespace :: a/b\n- Domain :: x_y\n- Pin :: on\n";
        check(
            &format!("{list}{GUESTS}{CP}"),
            &[
                "invalid-interface-name qvm0 br",
                "missing-value ",
                "invalid-namespace a/b",
                "invalid-domain x_y",
                "invalid-pin on",
            ],
        );
    }

    #[test]
    fn namespaces_are_named_after_the_bridge() {
        for (bridge, expected) in [("qvm0", "qvm-svc"), ("lab7", "lab7-svc"), ("br10", "br10-svc"), ("0", "0-svc")] {
            assert_eq!(namespace_of(&InterfaceName::parse(bridge).unwrap()), expected);
        }
    }
}
