//! The typed model of the network that a document describes: bridge, guests, services.
//!
//! Every value carries the span it was read from; a derived value (a MAC address made from an address, the veth's
//! host end) carries the span of what it was made from. `Network` exists only if every rule held: a template can
//! rely on each value. Values and their rules are in `value`; reading the tables is `read`'s job.

mod addresses;
mod bridge;
mod cells;
mod export_table;
mod fields;
mod further_names;
mod grid;
mod guests;
mod interfaces;
mod known;
mod macs;
mod name_table;
mod names;
mod neighbours;
mod place;
mod pods;
mod ports;
mod publish;
mod ranges;
mod read;
pub mod schema;
mod sections;
mod services;
mod several;
mod shape;
mod six;
mod split;
mod suggest;
mod tables;
#[cfg(test)]
mod testing;
mod text;
pub mod types;
mod upstream;
pub mod value;

use std::net::IpAddr;

use ipnet::{IpNet, Ipv6Net};

use crate::source::{Span, Spanned};
pub use fields::{FieldValues, Fields, OwnField, key_of};
pub use guests::DeclaredGuest;
pub use place::{SchemaPlace, schema_at};
pub use read::{declared_guests, examples, read};
use schema::{ServiceRole, ServiceSchema};
pub use several::Several;
pub use value::{
    DomainName, ExportMode, ExportName, ExportPath, GuestName, HostAccess, HostName, HostPort, InterfaceName,
    MacAddress, Mtu, NameReach, NamespaceName, Pin, Port, Protocol, PublishedPort, ServiceName, Switch,
};

/// The whole network of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// The bridge on the host.
    pub bridge: Bridge,
    /// The one domain of all host names, such as `qvm0.lan`.
    pub domain: Spanned<DomainName>,
    /// Guests in table order.
    pub guests: Vec<Guest>,
    /// Services in table order, the gateway row among them.
    pub services: Vec<Service>,
    /// Further names in table order.
    pub names: Vec<FurtherName>,
    /// Published ports in table order.
    pub published: Vec<Published>,
    /// Shared folders in table order; none if the document leaves it at one that all guests share.
    pub exports: Vec<Export>,
    /// Veth pairs into the service namespace, one per service interface, in the order the table names them.
    pub endpoints: Vec<Endpoint>,
    /// Term `Host access`: what guests may reach on the host itself; nothing if the document says nothing.
    pub host_access: Spanned<HostAccess>,
    /// The document's other networks, in its order.
    pub beside: Vec<Neighbour>,
    /// What else the bridge list says.
    pub fields: Fields,
    /// Every table with a `#+NAME:`, for templates.
    pub tables: Vec<NamedTable>,
}

/// Another network of the document, as far as this one has to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// Its bridge.
    pub bridge: Spanned<InterfaceName>,
    /// Its domain.
    pub domain: Spanned<DomainName>,
    /// Its subnet.
    pub subnet: Spanned<IpNet>,
    /// Its IPv6 subnet, if it has one.
    pub subnet6: Option<Spanned<Ipv6Net>>,
    /// Names of its guests that lie outside of its domain.
    pub outer_names: Vec<Spanned<HostName>>,
    /// Where one of the two says that their guests reach each other; nothing if neither does.
    pub route: Option<Span>,
}

/// The bridge list: the bridge and what is named after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bridge {
    /// Term `Name`.
    pub name: Spanned<InterfaceName>,
    /// The host's address on the bridge: term `Subnet`, before the slash.
    pub gateway: Spanned<IpAddr>,
    /// The subnet, host bits cleared.
    pub subnet: Spanned<IpNet>,
    /// 52:54:00 and the last three octets of the gateway's address.
    pub mac: Spanned<MacAddress>,
    /// The service namespace: term `Namespace`, else the bridge's name less a final `0`, and `-svc`.
    pub namespace: Spanned<NamespaceName>,
    /// Term `Pin`: what each TAP may send from; MAC if the document says nothing.
    pub pin: Spanned<Pin>,
    /// What it has of IPv6: nothing without the term `Subnet6`.
    pub six: Option<Bridge6>,
    /// The whole list.
    pub span: Span,
}

/// The bridge's IPv6.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bridge6 {
    /// The host's address: term `Subnet6`, before the slash.
    pub gateway: Spanned<IpAddr>,
    /// The subnet, host bits cleared.
    pub subnet: Spanned<Ipv6Net>,
    /// Term `Masquerade6`: on if the document says nothing.
    pub masquerade: Spanned<Switch>,
}

/// One row of the guest table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// Column `Guest`.
    pub name: Spanned<GuestName>,
    /// Column `Hostname`, else guest, dot, domain.
    pub hostname: Spanned<HostName>,
    /// Second name: guest, dot, bridge (`cp.qvm0`).
    pub alias: Spanned<HostName>,
    /// Column `Aliases`: further names, in full.
    pub aliases: Vec<Spanned<HostName>>,
    /// How it is plugged into this network.
    pub interface: GuestInterface,
    /// How it is plugged into the other networks of the document that have a row of its name.
    pub further: Vec<FurtherInterface>,
    /// The bridge of the first network with a row of its name, which it is started from, if that is not this one.
    pub home: Option<Spanned<InterfaceName>>,
    /// What else its row says.
    pub fields: Fields,
    /// The whole row.
    pub span: Span,
}

/// An interface of a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestInterface {
    /// Column `TAP`: its other end on the host.
    pub tap: Spanned<InterfaceName>,
    /// Column `MAC`, else 52:54:00 and the last three octets of the first address.
    pub mac: Spanned<MacAddress>,
    /// Column `IP`, and with `Subnet6` column `IP6`, else the prefix and the host part of the first one.
    pub addresses: Several<Spanned<IpAddr>>,
}

/// An interface of a guest in another network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FurtherInterface {
    /// The bridge that it is plugged into.
    pub bridge: Spanned<InterfaceName>,
    /// The interface itself.
    pub interface: GuestInterface,
    /// Its names there.
    pub names: Vec<Spanned<HostName>>,
    /// The length of that network's prefix.
    pub prefix: u8,
    /// That network's MTU, if the document says one.
    pub mtu: Option<Spanned<Mtu>>,
}

/// One row of the service table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Column `Service`, as written.
    pub name: Spanned<ServiceName>,
    /// What we know of it; none if we do not run it.
    pub schema: Option<&'static ServiceSchema>,
    /// Column `IP`, inherited from above within its hline group.
    pub address: Spanned<IpAddr>,
    /// With `Subnet6`: column `IP6`, else the prefix and the host part of the other one.
    pub address6: Option<Spanned<IpAddr>>,
    /// Column `Port`, else the service's own.
    pub port: Option<Spanned<Port>>,
    /// Column `Interface`, inherited like the address.
    pub interface: Spanned<InterfaceName>,
    /// What else its row says.
    pub fields: Fields,
    /// The whole row.
    pub span: Span,
}

/// One row of the name table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FurtherName {
    /// Column `Name`, in full, without `*.`.
    pub name: Spanned<HostName>,
    /// Whether all names below it are meant.
    pub reach: NameReach,
    /// Column `IP`.
    pub address: Spanned<IpAddr>,
    /// What else its row says.
    pub fields: Fields,
    /// The whole row.
    pub span: Span,
}

/// One row of the publish table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Column `Publish`.
    pub published: Spanned<PublishedPort>,
    /// Column `Guest`, as the guest table has it.
    pub guest: Spanned<GuestName>,
    /// The guest's address.
    pub address: Spanned<IpAddr>,
    /// Column `Port`, else the published one.
    pub port: Spanned<Port>,
    /// What else its row says.
    pub fields: Fields,
    /// The whole row.
    pub span: Span,
}

/// One row of the export table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// Column `Export`.
    pub name: Spanned<ExportName>,
    /// Column `Path`.
    pub path: Spanned<ExportPath>,
    /// Whether every guest may mount it.
    pub is_for_all: bool,
    /// The addresses of the guests that may, where not all may.
    pub clients: Vec<Spanned<IpAddr>>,
    /// Column `Mode`; read-only if the document says nothing.
    pub mode: Spanned<ExportMode>,
    /// What else its row says.
    pub fields: Fields,
    /// The whole row.
    pub span: Span,
}

/// A veth pair: one end in the service namespace, the other a port of the bridge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The end inside the namespace, as the table names it.
    pub interface: Spanned<InterfaceName>,
    /// The end on the host, named after the bridge (`qvm0svc`).
    pub host_interface: Spanned<InterfaceName>,
    /// 52:54:00 and the last three octets of the first address.
    pub mac: Spanned<MacAddress>,
    /// Its addresses, in table order, each once, and those of IPv6 after the others.
    pub addresses: Vec<Spanned<IpAddr>>,
}

/// A named table of the document, for templates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedTable {
    /// The `#+NAME:`.
    pub name: Spanned<String>,
    /// Column names: the cells of the first row.
    pub columns: Vec<Spanned<String>>,
    /// The other rows; missing cells are empty.
    pub rows: Vec<Vec<Spanned<String>>>,
}

impl Network {
    /// The folder of its files below that of the outputs, where the document describes several networks.
    pub fn folder(&self) -> Option<&str> {
        (!self.beside.is_empty()).then(|| self.bridge.name.value.as_str())
    }

    /// Whether the document has a service.
    pub fn has(&self, service: &ServiceSchema) -> bool {
        self.services.iter().any(|row| row.schema.is_some_and(|schema| schema.key == service.key))
    }
}

impl Bridge {
    /// The host's address on it, with the length of the prefix.
    pub fn gateway_with_prefix(&self) -> String {
        format!("{}/{}", self.gateway.value, self.subnet.value.prefix_len())
    }
}

impl Network {
    /// The ranges that the host sends to the bridge: the subnets, and what is routed to guests.
    pub fn routed(&self) -> impl Iterator<Item = Spanned<IpNet>> {
        let six = self.bridge.six.as_ref().map(|six| six.subnet.map(IpNet::V6));
        let pods = self.guests.iter().flat_map(|guest| guest.fields.values(&schema::GUEST_PODS));
        let pods = pods.map(|range| range.map(|range| IpNet::V4(range.network())));
        std::iter::once(self.bridge.subnet).chain(six).chain(pods)
    }
}

impl Bridge6 {
    /// The host's IPv6 address on it, with the length of the prefix.
    pub fn gateway_with_prefix(&self) -> String {
        format!("{}/{}", self.gateway.value, self.subnet.value.prefix_len())
    }
}

impl Guest {
    /// The address that it is known by.
    pub fn address(&self) -> &Spanned<IpAddr> {
        self.interface.addresses.first()
    }

    /// Every name that DNS and certificates have for it.
    pub fn hostnames(&self) -> impl Iterator<Item = &Spanned<HostName>> {
        [&self.hostname, &self.alias].into_iter().chain(&self.aliases)
    }

    /// Every address that it has in this network.
    pub fn addresses(&self) -> impl Iterator<Item = &Spanned<IpAddr>> {
        self.interface.addresses.iter()
    }

    /// Its addresses of IPv6, none without `Subnet6`.
    pub fn addresses6(&self) -> impl Iterator<Item = &Spanned<IpAddr>> {
        self.addresses().filter(|address| address.value.is_ipv6())
    }

    /// Its TAP.
    pub fn tap(&self) -> &Spanned<InterfaceName> {
        &self.interface.tap
    }

    /// Its hardware address.
    pub fn mac(&self) -> &Spanned<MacAddress> {
        &self.interface.mac
    }
}

impl Service {
    /// What has to be done for it.
    pub fn role(&self) -> ServiceRole {
        self.schema.map_or(ServiceRole::Unknown, |schema| schema.role)
    }

    /// What templates call its kind: `other` for what we do not know.
    pub fn kind(&self) -> &'static str {
        self.schema.map_or("other", |schema| schema.key)
    }
}
