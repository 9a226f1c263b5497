//! Values for the rows of the guest table and the service table.

use std::collections::BTreeMap;

use super::{FittingValues, Known, MacSource, Wanted, near};
use crate::diagnostic::closest;
use crate::network::schema::{
    self, GUEST_NAME, GUEST_TAP, KNOWN_SERVICES, SERVICE_INTERFACE, SERVICE_PORT, ServiceRole, ServiceSchema,
};
use crate::network::value::{DomainName, GuestName, InterfaceName, MacAddress};

impl FittingValues {
    /// The gateway's is the bridge's; any other is near to what was written, or after the last guest's.
    pub(super) fn address_for(&mut self, wanted: &Wanted<'_>) -> Option<String> {
        if is_gateway(wanted.name) {
            return self.known.gateway.map(|gateway| gateway.to_string());
        }
        let mac = if wanted.mac.is_empty() { MacSource::Made } else { MacSource::Given };
        let address = match near::address(wanted.text) {
            Some(near) => self.addresses.near(near, mac),
            None => self.addresses.any(),
        };
        address.map(|address| address.to_string())
    }

    /// What an empty cell would mean, if no other one names it.
    pub(super) fn same_host(&mut self, wanted: &Wanted<'_>) -> Option<String> {
        let made = self.known.subnet6?.same_host(self.known.subnet?, wanted.address?)?;
        self.known.addresses6.insert(made).then(|| made.to_string())
    }

    /// The text without what is wrong with it, else a name like those of the other TAPs.
    pub(super) fn tap(&mut self, text: &str) -> Option<String> {
        let near = near::value(&GUEST_TAP.schema, text, |name| self.interfaces.is_free(name));
        if let Some(near) = near.filter(|near| self.interfaces.take(near)) {
            return Some(near);
        }
        let is_name = |name: &str| InterfaceName::parse(name).is_ok();
        let stem = self.usual.tap_stem.clone();
        let own = stem.or_else(|| self.known.bridge.as_ref().map(|bridge| format!("{bridge}tap")));
        let named = own.and_then(|stem| self.interfaces.next(&stem, is_name));
        named.or_else(|| self.interfaces.next("tap", is_name))
    }

    /// What the text says, else what an empty cell would mean, else what is made from a free address.
    pub(super) fn mac(&mut self, wanted: &Wanted<'_>) -> Option<String> {
        let made = wanted.address.map(MacAddress::from_address);
        let written = near::mac(wanted.text).filter(|mac| Some(*mac) == made || self.addresses.is_free_mac(*mac));
        let mac = match written.or(made) {
            Some(mac) if self.addresses.take_mac(mac) => mac,
            Some(_) | None => {
                let mac = MacAddress::from_address(self.addresses.any()?);
                self.addresses.take_mac(mac);
                mac
            }
        };
        Some(mac.to_string())
    }

    /// The guest that the host name is of, else the text without what is wrong with it, else a name like the others.
    pub(super) fn guest(&mut self, wanted: &Wanted<'_>) -> Option<String> {
        let is_name = |name: &str| GuestName::parse(name).is_ok();
        if !wanted.host_name.is_empty() {
            let label = wanted.host_name.split('.').next().filter(|label| is_name(label))?;
            return self.guests.take(label).then(|| label.to_owned());
        }
        let near = near::value(&GUEST_NAME.schema, wanted.text, |name| self.guests.is_free(name));
        if let Some(near) = near.filter(|near| self.guests.take(near)) {
            return Some(near);
        }
        let own = wanted.name.trim_end_matches(|c: char| c.is_ascii_digit());
        let own = (own.len() < wanted.name.len() && !own.is_empty()).then(|| own.to_owned());
        let stem = own.or_else(|| {
            let after = |name: &str| format!("{name}-");
            let named = Some(wanted.name).filter(|name| wanted.text.is_empty() && is_name(name)).map(after);
            named.or_else(|| self.usual.guest_stem.clone())
        });
        let stem = stem.unwrap_or_else(|| "guest-".to_owned());
        self.guests.count_from(&stem, 1);
        self.guests.next(&stem, is_name)
    }

    /// The guest's name in the domain of the others.
    pub(super) fn host_name(&self, guest: &str) -> Option<String> {
        let guest = Some(guest).filter(|guest| GuestName::parse(guest).is_ok())?;
        let written = self.known.domain.as_ref().map(ToString::to_string);
        Some(format!("{guest}.{}", written.or_else(|| self.usual.domain.clone())?))
    }

    /// The service that the text is nearly the name of, else the one of the port, else one that the table does not have.
    pub(super) fn service(&mut self, wanted: &Wanted<'_>) -> Option<String> {
        let is_there = |known: &&ServiceSchema| self.services.contains(known.name);
        let on_bridge = self.known.bridge.as_ref().is_some_and(|bridge| bridge.as_str() == wanted.interface);
        let fits = |known: &&&ServiceSchema| {
            let is_gateway = known.role == ServiceRole::Gateway;
            let port = || known.port.map(|port| port.to_string()).unwrap_or_default();
            let takes_port = match known.role {
                ServiceRole::Gateway => wanted.port.is_empty(),
                ServiceRole::Dhcp => wanted.port.is_empty() || wanted.port == port(),
                ServiceRole::Dns | ServiceRole::Process(_) | ServiceRole::Unknown => true,
            };
            is_gateway == on_bridge && takes_port && !is_there(known)
        };
        let fitting: Vec<&ServiceSchema> = KNOWN_SERVICES.iter().filter(fits).copied().collect();
        let short = Some(wanted.text).filter(|text| text.len() <= 32).unwrap_or_default();
        let near = closest(short, fitting.iter().map(|known| known.name));
        let of_port = fitting.iter().find(|known| known.port.is_some_and(|port| port.to_string() == wanted.port));
        let name = near.or(of_port.map(|known| known.name)).or(fitting.first().map(|known| known.name))?;
        self.services.insert(name);
        Some(name.to_owned())
    }

    /// The only port that a service can have, else the number in the text, if no other row has it.
    pub(super) fn port(&mut self, wanted: &Wanted<'_>) -> Option<String> {
        let known = schema::service(wanted.name);
        match known.map(|known| known.role) {
            Some(ServiceRole::Gateway) => None,
            Some(ServiceRole::Dhcp) => known.and_then(|known| known.port).map(|port| port.to_string()),
            Some(ServiceRole::Dns | ServiceRole::Process(_) | ServiceRole::Unknown) | None => {
                near::value(&SERVICE_PORT.schema, wanted.text, |port| !self.usual.ports.contains(port))
            }
        }
    }

    /// The interface that has the address, else the text without what is wrong with it, else a name like the others.
    pub(super) fn service_interface(&mut self, wanted: &Wanted<'_>) -> Option<String> {
        if is_gateway(wanted.name) {
            return self.known.bridge.as_ref().map(ToString::to_string);
        }
        let ends = wanted.address.and_then(|address| self.usual.ends.get(&address.to_string()));
        if let Some(end) = ends.and_then(|ends| ends.iter().find(|end| *end != wanted.text)) {
            return Some(end.clone());
        }
        let near = near::value(&SERVICE_INTERFACE.schema, wanted.text, |name| self.interfaces.is_free(name));
        near.filter(|near| self.interfaces.take(near)).or_else(|| self.free_end())
    }
}

/// Whether a row of that name is that of the host's own address.
pub(super) fn is_gateway(name: &str) -> bool {
    schema::service(name).is_some_and(|service| service.role == ServiceRole::Gateway)
}

/// What most host names end in, else what follows from the bridge's name.
pub(super) fn usual_domain(known: &Known) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for guest in known.guests.iter().filter(|guest| !guest.name.is_empty()) {
        let domain = guest.host_name.strip_prefix(&guest.name).and_then(|rest| rest.strip_prefix('.'));
        if let Some(domain) = domain.filter(|domain| DomainName::parse(domain).is_ok()) {
            *counts.entry(domain).or_default() += 1;
        }
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count).map(|(domain, _)| domain.to_owned());
    most.or_else(|| known.bridge.as_ref().map(|bridge| DomainName::of_bridge(bridge).to_string()))
}
