//! The typed model of the network that a document describes: bridge, guests, services.
//!
//! Every value carries the span it was read from; a derived value (a MAC address made from an address, the veth's
//! host end) carries the span of what it was made from. `Network` exists only if every rule held: a template can
//! rely on each value. Values and their rules are in `value`; reading the tables is `read`'s job.

mod addresses;
mod bridge;
mod cell;
mod grid;
mod guests;
mod interfaces;
mod macs;
mod names;
mod ports;
mod read;
mod services;
mod shape;
mod split;
mod tables;
#[cfg(test)]
mod testing;
pub mod value;

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::source::{Span, Spanned};
pub use guests::DeclaredGuest;
pub use read::{declared_guests, read};
pub use value::{DomainName, GuestName, HostName, InterfaceName, MacAddress, Port};

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
    /// Veth pairs into the service namespace, one per service interface, in the order the table names them.
    pub endpoints: Vec<Endpoint>,
    /// Every table with a `#+NAME:`, for templates.
    pub tables: Vec<NamedTable>,
}

/// The bridge list: the bridge and what is named after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bridge {
    /// Term `Name`.
    pub name: Spanned<InterfaceName>,
    /// The host's address on the bridge: term `Subnet`, before the slash.
    pub gateway: Spanned<Ipv4Addr>,
    /// The subnet, host bits cleared.
    pub subnet: Spanned<Ipv4Net>,
    /// 52:54:00 and the last three octets of the gateway's address.
    pub mac: Spanned<MacAddress>,
    /// The service namespace: term `Namespace`, else the bridge's name less a final `0`, and `-svc`.
    pub namespace: Spanned<String>,
    /// Term `Pin`: what each TAP may send from; MAC if the document says nothing.
    pub pin: Spanned<Pin>,
    /// The whole list.
    pub span: Span,
}

/// Which forged frames are dropped at a TAP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pin {
    /// Nothing is checked.
    Off,
    /// Frames with another source MAC than the guest's are dropped.
    Mac,
    /// Also IPv4 and ARP packets with another source address.
    Address,
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
    /// Column `IP`.
    pub address: Spanned<Ipv4Addr>,
    /// Column `TAP`.
    pub tap: Spanned<InterfaceName>,
    /// Column `MAC`, else 52:54:00 and the last three octets of the address.
    pub mac: Spanned<MacAddress>,
    /// The whole row.
    pub span: Span,
}

/// One row of the service table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Column `Service`, as written.
    pub name: Spanned<String>,
    /// What the name means to us.
    pub kind: ServiceKind,
    /// Column `IP`, inherited from above within its hline group.
    pub address: Spanned<Ipv4Addr>,
    /// Column `Port`, else the service's own.
    pub port: Option<Spanned<Port>>,
    /// Column `Interface`, inherited like the address.
    pub interface: Spanned<InterfaceName>,
    /// The whole row.
    pub span: Span,
}

/// The services we know how to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServiceKind {
    /// The host's own address on the bridge.
    Gateway,
    /// DHCPv4, port 67.
    Dhcp,
    /// DNS, port 53.
    Dns,
    /// NFSv4, port 2049.
    Nfs,
    /// cloud-init seeds over HTTP, port 8080.
    CloudInit,
    /// Any other name: kept for templates, warned about.
    Other,
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
    /// Its addresses, in table order, each once.
    pub addresses: Vec<Spanned<Ipv4Addr>>,
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
