//! Values for the terms of the bridge list.

use std::collections::{BTreeMap, HashSet};
use std::net::{IpAddr, Ipv4Addr};

use ipnet::Ipv4Net;

use super::rows::is_gateway;
use super::{FittingValues, Known, free, near};
use crate::network::schema::{BRIDGE_DOMAIN, BRIDGE_NAME, BRIDGE_NAMESPACE};
use crate::network::value::{HostSubnet, InterfaceName, NamespaceName};

/// The usual length of a prefix, and what is tried where addresses of the document do not fit.
const PREFIXES: [u8; 3] = [24, 16, 8];

impl FittingValues {
    /// The interface of the gateway, else the text without what is wrong with it, else what TAPs are named after.
    pub(super) fn bridge(&mut self, text: &str) -> Option<String> {
        let is_tap = |name: &str| self.known.guests.iter().any(|guest| guest.tap == name);
        let is_name = |name: &str| InterfaceName::parse(name).is_ok();
        let gateway = self.known.gateway_row().map(|row| row.interface.clone());
        if let Some(gateway) = gateway.filter(|name| is_name(name) && !is_tap(name)) {
            return Some(gateway);
        }
        let near = near::value(&BRIDGE_NAME.schema, text, |name| self.interfaces.is_free(name));
        let taps = free::stem(self.known.guests.iter().map(|guest| guest.tap.as_str()));
        let named = taps.and_then(|stem| Some(stem.strip_suffix("tap")?.trim_end_matches(['-', '_', '.']).to_owned()));
        let named = named.filter(|name| is_name(name) && self.interfaces.is_free(name));
        near.or(named).or_else(|| self.interfaces.next("qvm", is_name))
    }

    /// The written address with a prefix that fits, else the subnet that most addresses of the document are of.
    pub(super) fn subnet(&mut self, text: &str) -> Option<String> {
        let addresses: Vec<Ipv4Addr> = self.known.addresses().collect();
        let gateway = self.known.gateway_row().and_then(|row| row.address.parse().ok());
        let (written, length) = (near::address(text), prefix(text));
        let written = written.and_then(|address| match address {
            IpAddr::V4(address) => Some(address),
            IpAddr::V6(_) => None,
        });
        let most = most_common(&addresses);
        let starts = [gateway, written, most].into_iter().flatten();
        let fitting = |start: Ipv4Addr| {
            let fits = |length: &u8| addresses.iter().all(|address| net(start, *length).contains(address));
            length.filter(fits).or_else(|| PREFIXES.into_iter().find(fits)).unwrap_or(PREFIXES[0])
        };
        let nothing = || addresses.is_empty().then(|| "10.42.0.1/24".to_owned());
        let has_most = |subnet: &Ipv4Net| {
            addresses.iter().filter(|address| subnet.contains(*address)).count() * 2 >= addresses.len()
        };
        let mut subnets =
            starts.map(|start| (start, net(start, fitting(start)))).filter(|(_, subnet)| has_most(subnet));
        subnets.find_map(|(start, subnet)| host_in(subnet, start, &addresses)).or_else(nothing)
    }

    /// What host names end in, else the text without what is wrong with it, else what follows from the bridge's name.
    pub(super) fn domain(&mut self, text: &str) -> Option<String> {
        let has_names = self.known.guests.iter().any(|guest| !guest.host_name.is_empty());
        let near = near::value(&BRIDGE_DOMAIN.schema, text, |_| !has_names);
        near.or_else(|| self.usual.domain.clone())
    }

    /// The text without what is wrong with it, else what follows from the bridge's name.
    pub(super) fn namespace(&mut self, text: &str) -> Option<String> {
        let made = || self.known.bridge.as_ref().map(|bridge| NamespaceName::of_bridge(bridge).to_string());
        near::value(&BRIDGE_NAMESPACE.schema, text, |_| true).or_else(made)
    }
}

impl Known {
    fn gateway_row(&self) -> Option<&super::KnownService> {
        self.services.iter().find(|row| is_gateway(&row.name))
    }

    /// The addresses of guests and services, but for the gateway's, which is the host's own.
    fn addresses(&self) -> impl Iterator<Item = Ipv4Addr> {
        let services = self.services.iter().filter(|row| !is_gateway(&row.name)).map(|service| &service.address);
        let texts = self.guests.iter().map(|guest| &guest.address).chain(services);
        texts.filter_map(|text| text.parse().ok())
    }
}

/// The length of the prefix that a text has in it, if a network can have it.
fn prefix(text: &str) -> Option<u8> {
    let length = text.split_once('/')?.1.trim();
    length.parse().ok().filter(|length| (8..=30).contains(length))
}

/// The subnet of an address; a length that none can have was sorted out before.
fn net(address: Ipv4Addr, length: u8) -> Ipv4Net {
    Ipv4Net::new(address, length).unwrap_or_default().trunc()
}

/// The host's address in a subnet: this one, else the first that nobody has.
fn host_in(subnet: Ipv4Net, start: Ipv4Addr, taken: &[Ipv4Addr]) -> Option<String> {
    let written = |host: Ipv4Addr| format!("{host}/{}", subnet.prefix_len());
    let is_host = |text: &String| HostSubnet::parse(text).is_ok();
    if !taken.contains(&start) && is_host(&written(start)) {
        return Some(written(start));
    }
    let taken: HashSet<_> = taken.iter().collect();
    subnet.hosts().find(|host| !taken.contains(host)).map(written).filter(is_host)
}

/// The first address of the /24 that most addresses are of.
fn most_common(addresses: &[Ipv4Addr]) -> Option<Ipv4Addr> {
    let mut counts: BTreeMap<Ipv4Addr, usize> = BTreeMap::new();
    for address in addresses {
        *counts.entry(net(*address, PREFIXES[0]).addr()).or_default() += 1;
    }
    let most = counts.values().copied().max()?;
    let network = counts.into_iter().find(|(_, count)| *count == most)?.0;
    Some(Ipv4Addr::from(u32::from(network) + 1))
}
