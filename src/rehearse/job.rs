//! What the process in the machine is told on its standard input: the files, and what the network is to do.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::artifact::{Artifact, Producer};
use crate::network::schema::{BRIDGE_MTU, CLOUD_INIT, DHCP, DNS, GUEST_PODS, NFS, ServiceRole, ServiceSchema};
use crate::network::{
    Export, FurtherName, Guest, HostAccess, HostPort, NameReach, Network, Protocol, Published, Service, Switch,
};

/// One rehearsal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct RehearsalJob {
    /// The files of the folder that holds the scripts.
    pub(super) files: Vec<File>,
    pub(super) network: Plan,
    pub(super) identities: Identities,
    pub(super) end: AfterRehearsal,
}

/// What becomes of the machine once all is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AfterRehearsal {
    /// It ends.
    AtOnce,
    /// It stays up, with the guests plugged in.
    Kept,
}

/// One file of the folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct File {
    /// Its path below the folder.
    pub(super) path: PathBuf,
    pub(super) mode: u32,
    pub(super) text: String,
    /// Whether a block of the document wrote it, and not a template.
    pub(super) is_of_block: bool,
}

/// Which users the machine has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Identities {
    /// As many as a host has.
    Many,
    /// Root alone.
    One,
}

/// What a network is to do, in plain values.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) bridge: String,
    pub(super) gateway: Ipv4Addr,
    pub(super) gateway_mac: [u8; 6],
    pub(super) netmask: Ipv4Addr,
    pub(super) prefix: u8,
    pub(super) subnet: String,
    pub(super) domain: String,
    pub(super) namespace: String,
    pub(super) guests: Vec<GuestPlan>,
    /// Further names and where they lead; of those for all names below one, such a name.
    pub(super) names: Vec<(String, Ipv4Addr)>,
    pub(super) dhcp: Option<ServiceEndpoint>,
    pub(super) dns: Option<ServiceEndpoint>,
    pub(super) seeds: Option<ServiceEndpoint>,
    pub(super) nfs: Option<ServiceEndpoint>,
    /// The hardware address of each interface that services listen at.
    pub(super) service_macs: Vec<(Ipv4Addr, [u8; 6])>,
    /// What guests reach on the host.
    pub(super) host_access: ReachablePorts,
    /// What it has of IPv6.
    pub(super) six: Option<SixPlan>,
    pub(super) published: Vec<PublishedPlan>,
    /// The bytes of the largest packet, where the document says so.
    pub(super) mtu: Option<u16>,
    pub(super) exports: Vec<ExportPlan>,
}

/// What a network has of IPv6.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SixPlan {
    pub(super) gateway: Ipv6Addr,
    pub(super) subnet: String,
    /// Where names are asked for.
    pub(super) dns: Option<Ipv6Addr>,
    /// Whether the outside sees the host's address.
    pub(super) masquerades: bool,
}

/// A folder that guests share.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ExportPlan {
    pub(super) name: String,
    /// The folder of the host's; none for the network's own, which the scripts make.
    pub(super) folder: Option<PathBuf>,
    /// The guests' addresses; none where every guest may mount it.
    pub(super) clients: Vec<Ipv4Addr>,
}

/// A port of the host that leads to a guest's.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct PublishedPlan {
    /// As the document would have it.
    pub(super) shown: String,
    /// The one address where it is; none for all.
    pub(super) address: Option<Ipv4Addr>,
    pub(super) port: u16,
    pub(super) is_tcp: bool,
    /// The loopback address from which a program forwards it.
    pub(super) forwarded: Option<Ipv4Addr>,
    pub(super) guest: usize,
    pub(super) guest_port: u16,
}

/// What guests reach on the host.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum ReachablePorts {
    /// Every port.
    All,
    /// These and no others.
    Only(Vec<OpenPort>),
}

/// A port of the host that guests reach.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct OpenPort {
    pub(super) number: u16,
    pub(super) is_tcp: bool,
    /// As the document would have it.
    pub(super) shown: String,
}

/// A service's place, and its row in the table.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct ServiceEndpoint {
    pub(super) address: Ipv4Addr,
    pub(super) port: u16,
    pub(super) row: usize,
}

/// One guest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct GuestPlan {
    pub(super) name: String,
    pub(super) hostname: String,
    pub(super) alias: String,
    pub(super) aliases: Vec<String>,
    pub(super) address: Ipv4Addr,
    pub(super) address6: Option<Ipv6Addr>,
    pub(super) mac: [u8; 6],
    pub(super) tap: String,
    /// The first address of its pods.
    pub(super) pod: Option<Ipv4Addr>,
}

impl Plan {
    /// The plan of a network; every one has IPv4.
    pub(super) fn of(network: &Network) -> Option<Self> {
        let bridge = &network.bridge;
        let endpoints = network.endpoints.iter();
        let macs =
            endpoints.flat_map(|it| it.addresses.iter().filter_map(|at| Some((v4(at.value)?, it.mac.value.octets()))));
        Some(Self {
            bridge: bridge.name.value.to_string(),
            gateway: v4(bridge.gateway.value)?,
            gateway_mac: bridge.mac.value.octets(),
            netmask: v4(bridge.subnet.value.netmask())?,
            prefix: bridge.subnet.value.prefix_len(),
            subnet: bridge.subnet.value.to_string(),
            domain: network.domain.value.to_string(),
            namespace: bridge.namespace.value.to_string(),
            guests: network.guests.iter().map(GuestPlan::of).collect::<Option<_>>()?,
            names: network.names.iter().map(found_at).collect::<Option<_>>()?,
            dhcp: place(network, &DHCP),
            dns: place(network, &DNS),
            seeds: place(network, &CLOUD_INIT),
            nfs: place(network, &NFS),
            service_macs: macs.collect(),
            host_access: ReachablePorts::of(&network.host_access.value),
            six: SixPlan::of(network),
            published: published(network),
            exports: network.exports.iter().map(ExportPlan::of).collect(),
            mtu: network.fields.values(&BRIDGE_MTU).first().map(|mtu| mtu.value.bytes()),
        })
    }
}

impl SixPlan {
    fn of(network: &Network) -> Option<Self> {
        let six = network.bridge.six.as_ref()?;
        let dns = network.services.iter().find(|service| service.role() == ServiceRole::Dns);
        Some(Self {
            gateway: v6(six.gateway.value)?,
            subnet: six.subnet.value.to_string(),
            dns: dns.and_then(|service| service.address6.as_ref()).and_then(|address| v6(address.value)),
            masquerades: six.masquerade.value == Switch::On,
        })
    }
}

impl ReachablePorts {
    fn of(access: &HostAccess) -> Self {
        let open = |port: &HostPort| OpenPort {
            number: port.port.number(),
            is_tcp: port.protocol == Protocol::Tcp,
            shown: port.to_string(),
        };
        match access {
            HostAccess::On => Self::All,
            HostAccess::Off => Self::Only(Vec::new()),
            HostAccess::Ports(ports) => Self::Only(ports.iter().map(open).collect()),
        }
    }
}

impl ExportPlan {
    fn of(export: &Export) -> Self {
        Self {
            name: export.name.value.to_string(),
            folder: export.path.value.is_absolute().then(|| export.path.value.as_str().into()),
            clients: export.clients.iter().filter_map(|client| v4(client.value)).collect(),
        }
    }
}

fn published(network: &Network) -> Vec<PublishedPlan> {
    let names = network.guests.iter().map(|guest| guest.name.value.as_str());
    let numbers: HashMap<&str, usize> = names.zip(0..).collect();
    let plan = |row: &Published| Some(PublishedPlan::of(row, *numbers.get(row.guest.value.as_str())?));
    network.published.iter().filter_map(plan).collect()
}

impl PublishedPlan {
    fn of(row: &Published, guest: usize) -> Self {
        let port = row.published.value;
        Self {
            shown: port.to_string(),
            address: port.address().and_then(v4),
            port: port.port().number(),
            is_tcp: port.protocol() == Protocol::Tcp,
            forwarded: port.forwarded().and_then(|at| v4(at.ip())),
            guest,
            guest_port: row.port.value.number(),
        }
    }
}

impl GuestPlan {
    fn of(guest: &Guest) -> Option<Self> {
        Some(Self {
            name: guest.name.value.to_string(),
            hostname: guest.hostname.value.to_string(),
            alias: guest.alias.value.to_string(),
            aliases: guest.aliases.iter().map(|alias| alias.value.to_string()).collect(),
            address: v4(guest.address().value)?,
            address6: guest.addresses6().next().and_then(|address| v6(address.value)),
            mac: guest.mac().value.octets(),
            tap: guest.tap().value.to_string(),
            pod: guest.fields.values(&GUEST_PODS).first().and_then(|pods| pods.value.network().hosts().next()),
        })
    }
}

fn found_at(name: &FurtherName) -> Option<(String, Ipv4Addr)> {
    let below = match name.reach {
        NameReach::Itself => "",
        NameReach::Below => "any.",
    };
    Some((format!("{below}{}", name.name.value), v4(name.address.value)?))
}

fn v4(address: IpAddr) -> Option<Ipv4Addr> {
    match address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    }
}

fn v6(address: IpAddr) -> Option<Ipv6Addr> {
    match address {
        IpAddr::V4(_) => None,
        IpAddr::V6(address) => Some(address),
    }
}

/// Where a document has a service; the first one, if it has several.
fn place(network: &Network, schema: &ServiceSchema) -> Option<ServiceEndpoint> {
    let is_it = |row: &Service| row.schema.is_some_and(|known| known.key == schema.key);
    let (row, service) = network.services.iter().enumerate().find(|(_, service)| is_it(service))?;
    let port = service.port.as_ref().map(|port| port.value).or(schema.port)?;
    Some(ServiceEndpoint { address: v4(service.address.value)?, port: port.number(), row })
}

/// The files of the folder that a script is in; those elsewhere are no part of it.
pub(super) fn files(artifacts: &[Artifact], folder: &Path) -> Vec<File> {
    let below = |artifact: &Artifact| artifact.path.strip_prefix(folder).ok().map(Path::to_owned);
    let file = |artifact: &Artifact| {
        let path = below(artifact).filter(|path| !path.as_os_str().as_bytes().is_empty())?;
        Some(File {
            path,
            mode: artifact.mode.unwrap_or(0o644),
            text: artifact.text.clone(),
            is_of_block: artifact.producer == Producer::Blocks,
        })
    };
    artifacts.iter().filter_map(file).collect()
}
