//! Examples that fit the document: addresses of its subnet, TAPs and host names that nothing else has.
//!
//! What a diagnostic suggests can be written as it stands. Each address and TAP is suggested once, so that no two
//! suggestions of a run clash with each other.

use std::collections::{BTreeMap, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpAddrRange, IpNet};

use crate::network::schema::{Example, FieldSchema};
use crate::network::value::{DomainName, GuestName, InterfaceName, MacAddress};

/// What a document says that examples must fit.
#[derive(Default)]
pub(super) struct Known {
    /// The bridge, if its name can be read.
    pub(super) bridge: Option<InterfaceName>,
    /// The subnet, if it can be read.
    pub(super) subnet: Option<IpNet>,
    /// The bridge list's domain.
    pub(super) domain: Option<DomainName>,
    /// The texts of all cells of the network's tables, and the host's own address.
    pub(super) taken: HashSet<String>,
}

/// Examples, each free address and name once.
#[derive(Default)]
pub(super) struct Suggestions {
    known: Known,
    /// Addresses of the subnet that were not looked at yet.
    addresses: Option<IpAddrRange>,
    /// The number of the next TAP.
    next_tap: usize,
    /// How many guests have a host name in which domain.
    domains: BTreeMap<String, usize>,
}

impl Suggestions {
    /// Suggestions that fit what is known.
    pub(super) fn new(known: Known) -> Self {
        let addresses = known.subnet.as_ref().map(IpNet::hosts);
        Self { known, addresses, next_tap: 0, domains: BTreeMap::new() }
    }

    /// Counts the domain of a guest's host name, if the two belong together.
    pub(super) fn note_host_name(&mut self, guest: &str, host_name: &str) {
        let domain = host_name.strip_prefix(guest).and_then(|rest| rest.strip_prefix('.'));
        if let Some(domain) = domain.and_then(|domain| DomainName::parse(domain).ok()) {
            *self.domains.entry(domain.to_string()).or_default() += 1;
        }
    }

    /// What to write in a field; `name` is the row's own name, if it has one.
    pub(super) fn help(&mut self, field: &FieldSchema, name: &str) -> String {
        if !field.value.help.contains("{example}") {
            return field.value.help.to_owned();
        }
        let example = match field.example {
            Example::Fixed(example) => example.to_owned(),
            Example::FreeAddress => self.address().map_or_else(|| "10.42.0.10".to_owned(), |free| free.to_string()),
            Example::FreeTap => self.tap(),
            Example::FreeMac => {
                MacAddress::from_address(self.address().unwrap_or(IpAddr::from([10, 42, 0, 10]))).to_string()
            }
            Example::HostName => self.host_name(name),
        };
        field.value.help.replace("{example}", &format!("`{example}`"))
    }

    /// The next address of the subnet that nobody has.
    pub(super) fn address(&mut self) -> Option<IpAddr> {
        let taken = &self.known.taken;
        self.addresses.as_mut()?.find(|address| !taken.contains(&address.to_string()))
    }

    /// The address at the same place in the subnet as one of another subnet, if nobody has it.
    pub(super) fn same_place(&mut self, address: IpAddr) -> Option<IpAddr> {
        let subnet = self.known.subnet?;
        let moved = moved(address, &subnet)?;
        let is_free = moved != subnet.network() && (moved.is_ipv6() || moved != subnet.broadcast());
        (is_free && self.known.taken.insert(moved.to_string())).then_some(moved)
    }

    /// The next TAP of the bridge that nothing is named like.
    fn tap(&mut self) -> String {
        let bridge = self.known.bridge.as_ref().map_or("qvm0", InterfaceName::as_str);
        loop {
            let number = self.next_tap;
            self.next_tap += 1;
            let name = format!("{bridge}tap{number}");
            let name = if InterfaceName::parse(&name).is_ok() { name } else { format!("tap{number}") };
            if self.known.taken.insert(name.clone()) {
                return name;
            }
        }
    }

    fn host_name(&self, guest: &str) -> String {
        let guest = if GuestName::parse(guest).is_ok() { guest } else { "wk-1" };
        let most = self.domains.iter().max_by_key(|(_, count)| **count).map(|(domain, _)| domain.clone());
        let written = self.known.domain.as_ref().map(ToString::to_string);
        let made = || self.known.bridge.as_ref().map(|bridge| DomainName::of_bridge(bridge).to_string());
        let domain = written.or(most).or_else(made).unwrap_or_else(|| "qvm0.lan".to_owned());
        format!("{guest}.{domain}")
    }
}

/// The address with the host part of this one in a subnet of the same kind.
fn moved(address: IpAddr, subnet: &IpNet) -> Option<IpAddr> {
    match (address, subnet) {
        (IpAddr::V4(address), IpNet::V4(subnet)) => {
            let host = u32::from(address) & u32::from(subnet.hostmask());
            Some(Ipv4Addr::from(u32::from(subnet.network()) | host).into())
        }
        (IpAddr::V6(address), IpNet::V6(subnet)) => {
            let host = u128::from(address) & u128::from(subnet.hostmask());
            Some(Ipv6Addr::from(u128::from(subnet.network()) | host).into())
        }
        (IpAddr::V4(_), IpNet::V6(_)) | (IpAddr::V6(_), IpNet::V4(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, Suggestions};
    use crate::network::schema::{FieldSchema, GUEST_HOSTNAME, GUEST_IP, GUEST_MAC, GUEST_TAP};
    use crate::network::value::InterfaceName;

    fn suggestions(bridge: &str, subnet: &str, taken: &[&str]) -> Suggestions {
        Suggestions::new(Known {
            bridge: Some(InterfaceName::parse(bridge).unwrap()),
            subnet: Some(subnet.parse().unwrap()),
            domain: None,
            taken: taken.iter().map(|&text| text.to_owned()).collect(),
        })
    }

    #[track_caller]
    fn check(suggestions: &mut Suggestions, field: &FieldSchema, expected: &str) {
        let help = suggestions.help(field, "cp");
        assert!(help.contains(&format!("`{expected}`")), "{help}");
    }

    #[test]
    fn addresses_are_of_the_subnet_and_free() {
        let mut lab = suggestions("br0", "192.168.7.0/29", &["192.168.7.1", "192.168.7.3"]);
        check(&mut lab, &GUEST_IP.schema, "192.168.7.2");
        check(&mut lab, &GUEST_IP.schema, "192.168.7.4");
        check(&mut lab, &GUEST_MAC.schema, "52:54:00:a8:07:05");
        assert_eq!(lab.same_place([10, 0, 0, 6].into()), Some([192, 168, 7, 6].into()));
        assert_eq!(lab.same_place([10, 0, 0, 3].into()), None);
        assert_eq!(lab.same_place([10, 0, 0, 7].into()), None);
    }

    #[test]
    fn taps_are_named_after_the_bridge_where_that_fits() {
        let mut lab = suggestions("qvm0", "10.42.0.0/24", &["qvm0tap0", "qvm0tap2"]);
        check(&mut lab, &GUEST_TAP.schema, "qvm0tap1");
        check(&mut lab, &GUEST_TAP.schema, "qvm0tap3");
        check(&mut suggestions("a-long-bridge", "10.42.0.0/24", &[]), &GUEST_TAP.schema, "tap0");
    }

    #[test]
    fn host_names_are_in_the_domain_of_the_others() {
        let mut lab = suggestions("lab7", "10.42.0.0/24", &[]);
        check(&mut lab, &GUEST_HOSTNAME.schema, "cp.lab7.lan");
        lab.note_host_name("wk-1", "wk-1.example.lan");
        check(&mut lab, &GUEST_HOSTNAME.schema, "cp.example.lan");
    }
}
