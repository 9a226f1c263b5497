//! The bridge list: `Name` and `Subnet`, and what may stand beside them.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::diagnostic::{Code, Diagnostic};
use crate::network::cells::{Cell, CellReport, Cells, OptionalCell};
use crate::network::fields::Fields;
use crate::network::schema::{
    BRIDGE, BRIDGE_DOMAIN, BRIDGE_HOST_ACCESS, BRIDGE_MASQUERADE6, BRIDGE_NAME, BRIDGE_NAMESPACE, BRIDGE_PIN,
    BRIDGE_SUBNET, BRIDGE_SUBNET6,
};
use crate::network::value::{
    DomainName, HostAccess, HostSubnet, HostSubnet6, InterfaceName, NamespaceName, Pin, Switch,
};
use crate::org::inline::unmarked;
use crate::org::{List, ListItem};
use crate::source::{Source, Span, Spanned};

/// The bridge list as far as it could be read.
pub(super) struct BridgeList {
    pub(super) span: Span,
    pub(super) name: Option<Spanned<InterfaceName>>,
    pub(super) gateway: Option<Spanned<IpAddr>>,
    pub(super) subnet: Option<Spanned<IpNet>>,
    pub(super) namespace: OptionalCell<NamespaceName>,
    pub(super) domain: OptionalCell<DomainName>,
    pub(super) pin: Option<Spanned<Pin>>,
    pub(super) host_access: Option<Spanned<HostAccess>>,
    pub(super) subnet6: OptionalCell<HostSubnet6>,
    pub(super) masquerade6: OptionalCell<Switch>,
    pub(super) fields: Fields,
}

/// Reads the bridge list.
pub(super) fn read(source: &Source, list: &List<'_>, report: &mut CellReport<'_>) -> BridgeList {
    let mut cells = cells(source, list);
    let name = cells.required(&BRIDGE_NAME, report);
    let subnet = cells.required(&BRIDGE_SUBNET, report);
    let of_others = subnet.filter(|subnet| subnet.value.is_public());
    report.found.extend(of_others.map(|subnet| public("subnet", subnet.map(HostSubnet::subnet))));
    BridgeList {
        span: list.span,
        name,
        gateway: subnet.map(|subnet| subnet.map(HostSubnet::gateway)),
        subnet: subnet.map(|subnet| subnet.map(HostSubnet::subnet)),
        namespace: cells.optional(&BRIDGE_NAMESPACE, report),
        domain: cells.optional(&BRIDGE_DOMAIN, report),
        pin: cells.defaulted(&BRIDGE_PIN, report),
        host_access: cells.defaulted(&BRIDGE_HOST_ACCESS, report),
        subnet6: cells.optional(&BRIDGE_SUBNET6, report),
        masquerade6: cells.optional(&BRIDGE_MASQUERADE6, report),
        fields: cells.rest(report),
    }
}

/// The items of the bridge list that have a term.
pub(super) fn cells<'s>(source: &'s Source, list: &List<'s>) -> Cells<'s> {
    let cells = list.items.iter().filter_map(|item| {
        let value = value_of(source, item);
        let around = [" ".to_owned(), String::new()];
        Some(Cell { label: unmarked(item.tag?), text: unmarked(value), whole: value.span, around })
    });
    Cells::new(&BRIDGE, list.span, cells.collect())
}

/// What stands after the term: the rest of its line, or the next line if that is empty.
fn value_of<'s>(source: &'s Source, item: &ListItem<'s>) -> Spanned<&'s str> {
    let start = item.text.span.range().end;
    let below = &source.text()[start..item.span.range().end.max(start)];
    let value = below.trim_start().lines().next().unwrap_or_default().trim_end();
    if value.is_empty() || !item.text.value.is_empty() {
        return item.text;
    }
    let start = start + below.len() - below.trim_start().len();
    Spanned::new(value, source.span(start..start + value.len()))
}

/// A range of IPv4 that is somebody's; `what` begins the sentence.
pub(super) fn public(what: &str, range: Spanned<IpNet>) -> Diagnostic {
    let message = format!("{what} `{}` belongs to the internet", range.value);
    let help = "take one from 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16, or its owners cannot be reached";
    Diagnostic::new(Code::PublicSubnet, range.span, message, help)
}

#[cfg(test)]
mod tests {
    use crate::network::schema::BRIDGE_SSH_KEY;
    use crate::network::testing::{CP, GUESTS, check, network};

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
        assert_eq!(network.bridge.namespace.value.as_str(), "x.y");
        assert_eq!(network.bridge.pin.value, crate::network::Pin::Off);
    }

    #[test]
    fn keys_are_several_in_one_item_or_in_more() {
        let network = network(&format!(
            "- Name :: qvm0\n- SSH key :: ~/.ssh/a.pub, =b.pub=\n- ssh key :: /c.pub\n- Subnet :: 10.42.0.1/24\n{GUESTS}{CP}"
        ));
        let keys = network.fields.values(&BRIDGE_SSH_KEY);
        let keys: Vec<_> = keys.iter().map(|key| key.value.to_string()).collect();
        assert_eq!(keys, ["~/.ssh/a.pub", "b.pub", "/c.pub"]);
        check(
            &format!("- Name :: qvm0\n- SSH key :: a.pub, key,\n- Subnet :: 10.42.0.1/24\n{GUESTS}{CP}"),
            &["invalid-path key"],
        );
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
}
