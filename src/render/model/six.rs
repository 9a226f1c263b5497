//! What templates see of IPv6. Nothing of it is there without the term `Subnet6`, which templates ask about.

use std::net::{IpAddr, Ipv6Addr};

use ipnet::Ipv6Net;

use super::{ModelNode, leaf, map, number, redirected, unique_addresses, word};
use crate::network::schema::ServiceRole;
use crate::network::{Bridge, Endpoint, Guest, MacAddress, Network, Service, Switch};
use crate::render::quote::QuoteKind;
use crate::source::Spanned;

/// Entries beside those that a part of the network has anyway.
type Entries = Vec<(&'static str, ModelNode)>;

/// What the bridge has.
pub(super) fn bridge(bridge: &Bridge) -> Entries {
    let Some(six) = &bridge.six else { return Vec::new() };
    let subnet = six.subnet.value;
    let from_subnet = |text: String| leaf(text, QuoteKind::Word, six.subnet.span);
    let owned = [six.gateway, link_local(&bridge.mac)];
    vec![
        ("gateway6", word(&six.gateway)),
        ("gateway6_with_prefix", from_subnet(six.gateway_with_prefix())),
        ("subnet6", word(&six.subnet)),
        ("network6", from_subnet(subnet.network().to_string())),
        ("certified6", from_subnet(format!("{}/{}", in_full(subnet.network()), in_full(subnet.netmask())))),
        ("masquerades6", ModelNode::Flag(six.masquerade.value == Switch::On)),
        ("owned6", list(&owned)),
        ("targets6", targets(&owned)),
    ]
}

/// What another network has.
pub(super) fn neighbour(subnet: &Spanned<Ipv6Net>) -> Entries {
    let certified = format!("{}/{}", in_full(subnet.value.network()), in_full(subnet.value.netmask()));
    vec![("subnet6", word(subnet)), ("certified6", leaf(certified, QuoteKind::Word, subnet.span))]
}

/// What a guest has.
pub(super) fn guest(guest: &Guest, bridge: &Bridge) -> Entries {
    let (Some(six), Some(address)) = (&bridge.six, guest.addresses6().next()) else { return Vec::new() };
    let with_prefix = format!("{}/{}", address.value, six.subnet.value.prefix_len());
    let owned = [*address, link_local(guest.mac())];
    vec![
        ("address6", word(address)),
        ("address6_with_prefix", leaf(with_prefix, QuoteKind::Word, address.span)),
        ("owned6", list(&owned)),
        ("targets6", targets(&owned)),
    ]
}

/// What a veth pair has; its link-local address is the last one.
pub(super) fn endpoint(endpoint: &Endpoint) -> Entries {
    let mut owned: Vec<_> = endpoint.addresses.iter().filter(|address| address.value.is_ipv6()).copied().collect();
    let addresses = ("addresses6", list(&owned));
    if !owned.is_empty() {
        owned.push(link_local(&endpoint.mac));
    }
    vec![addresses, ("owned6", list(&owned)), ("targets6", targets(&owned))]
}

/// Where a guest's resolver can ask, and the ports that 53 leads to there.
pub(super) fn whole(network: &Network) -> Entries {
    let dns = network.services.iter().filter(|service| service.role() == ServiceRole::Dns);
    let dns = unique_addresses(dns).filter_map(|service| service.address6.as_ref()).map(word);
    let redirect = |service: &Service| {
        let address = service.address6.as_ref()?;
        let port = service.port.iter().map(|port| ("port", number(port)));
        Some(map(std::iter::once(("address", word(address))).chain(port)))
    };
    vec![
        ("dns6", ModelNode::List(dns.collect())),
        ("redirects6", ModelNode::List(redirected(network).filter_map(redirect).collect())),
    ]
}

/// The address that an interface gives itself. Only those made of the hardware address are anybody's own.
fn link_local(mac: &Spanned<MacAddress>) -> Spanned<IpAddr> {
    mac.map(|mac| mac.link_local().into())
}

fn list(addresses: &[Spanned<IpAddr>]) -> ModelNode {
    ModelNode::List(addresses.iter().map(word).collect())
}

/// Addresses as numbers of 128 bits, which is how nft compares what it has no name for.
fn targets(addresses: &[Spanned<IpAddr>]) -> ModelNode {
    let target = |address: &Spanned<IpAddr>| match address.value {
        IpAddr::V6(value) => Some(leaf(format!("{:#034x}", value.to_bits()), QuoteKind::Word, address.span)),
        IpAddr::V4(_) => None,
    };
    ModelNode::List(addresses.iter().filter_map(target).collect())
}

/// As certificates are printed.
fn in_full(address: Ipv6Addr) -> String {
    address.segments().map(|segment| format!("{segment:X}")).join(":")
}
