//! The schema of the network: one entry for each table, list, column, term and service.
//!
//! All that depends on what a document can say derives from here: recognising tables by their shape, reading cells,
//! hints for typos, ports, completion, hover, `show schema`, what templates see, and the reference in the README. A new
//! column is an entry here and a place that uses its values; its cells are read, checked and given to templates without
//! further code.

mod entry;
mod words;

use std::net::IpAddr;
use std::num::NonZeroU16;

use crate::network::value::{
    Address6, AddressRange, AliasName, CpuCount, DiskPath, DomainName, ExportClient, ExportMode, ExportName,
    ExportPath, GuestName, HostAccess, HostName, HostSubnet, HostSubnet6, InterfaceName, KeyPath, MacAddress,
    MemorySize, Mtu, NamePattern, NamespaceName, Pin, Port, Protocol, PublishedPort, RoutedSubnet, ServiceName, Switch,
};
pub use entry::{
    Amount, Clients, Empty, Example, Field, FieldPresence, FieldSchema, PartLayout, PartSchema, ServiceRole,
    ServiceSchema, Whereabouts,
};

/// Every part of a network.
pub static PARTS: &[&PartSchema] = &[&BRIDGE, &GUESTS, &SERVICES, &NAMES, &PUBLISH, &EXPORTS];

/// The bridge list.
pub static BRIDGE: PartSchema = PartSchema {
    what: "bridge list",
    name: "bridge",
    layout: PartLayout::List,
    meaning: "the bridge on the host, and what holds for the whole network",
    identifying_field: "Subnet",
    whereabouts: Whereabouts::Anywhere,
    fields: &[
        &BRIDGE_NAME.schema,
        &BRIDGE_SUBNET.schema,
        &BRIDGE_DOMAIN.schema,
        &BRIDGE_NAMESPACE.schema,
        &BRIDGE_PIN.schema,
        &BRIDGE_SSH_KEY.schema,
        &BRIDGE_HOST_ACCESS.schema,
        &BRIDGE_RESERVED.schema,
        &BRIDGE_DHCP_RANGE.schema,
        &BRIDGE_UPSTREAM_DNS.schema,
        &BRIDGE_PODS.schema,
        &BRIDGE_CLUSTER_SERVICES.schema,
        &BRIDGE_SUBNET6.schema,
        &BRIDGE_MASQUERADE6.schema,
        &BRIDGE_MTU.schema,
        &BRIDGE_ROUTE_TO.schema,
    ],
    made: &[],
};

/// Term `Name`.
pub static BRIDGE_NAME: Field<InterfaceName> =
    Field::new("Name", "name", "the bridge").also(&["Bridge"]).example(Example::Bridge);

/// Term `Subnet`.
pub static BRIDGE_SUBNET: Field<HostSubnet> =
    Field::new("Subnet", "subnet", "the host's address on the bridge, and the length of the prefix")
        .also(&["Network", "CIDR"])
        .example(Example::Subnet);

/// Term `Domain`.
pub static BRIDGE_DOMAIN: Field<DomainName> = Field::new("Domain", "domain", "the domain of all host names")
    .optional()
    .empty(Empty::Made("what the `Hostname` cells share, else the bridge's name and `.lan`"))
    .example(Example::Domain);

/// Term `Namespace`.
pub static BRIDGE_NAMESPACE: Field<NamespaceName> =
    Field::new("Namespace", "namespace", "the network namespace of the services")
        .optional()
        .empty(Empty::Made("the bridge's name, without a final `0` after a letter, and `-svc`"))
        .example(Example::Namespace);

/// Term `Pin`.
pub static BRIDGE_PIN: Field<Pin> = Field::new("Pin", "pin", "what a TAP may send from: `off`, `mac`, `address`")
    .optional()
    .empty(Empty::Is("mac"))
    .example(Example::Fixed("address"));

/// Term `SSH key`.
pub static BRIDGE_SSH_KEY: Field<KeyPath> = Field::new(
    "SSH key",
    "ssh_keys",
    "public keys that may log in to the guests: absolute, `~/…` or below `QVM_DIR`; commas between several",
)
.noun("SSH key")
.also(&["SSH keys", "Key", "Public key"])
.optional()
.many()
.empty(Empty::Nothing("those in the `~/.ssh` of the TAPs' owner"))
.example(Example::Fixed("~/.ssh/id_ed25519.pub"));

/// Term `Host access`.
pub static BRIDGE_HOST_ACCESS: Field<HostAccess> = Field::new(
    "Host access",
    "host_access",
    "what guests may reach on the host itself: `off`, `on`, or ports such as `22, 53/udp`",
)
.noun("host access")
.optional()
.empty(Empty::Is("off"))
.example(Example::Fixed("22/tcp, 53/udp"));

/// Term `Reserved`.
pub static BRIDGE_RESERVED: Field<AddressRange> = Field::new(
    "Reserved",
    "reserved",
    "ranges in which nothing of the document may lie, such as those of a load balancer; commas between several",
)
.noun("range")
.also(&["Reserved range", "Reserved ranges", "Reserved addresses"])
.optional()
.many()
.empty(Empty::Nothing("none is reserved"))
.example(Example::Fixed("10.42.0.200-10.42.0.220"));

/// Term `DHCP range`.
pub static BRIDGE_DHCP_RANGE: Field<AddressRange> = Field::new(
    "DHCP range",
    "dhcp_range",
    "what machines that the document does not know get by DHCP; they reach DNS and the outside, no seeds or shared files",
)
.noun("range")
.also(&["DHCP pool", "Pool", "DHCP ranges"])
.optional()
.empty(Empty::Nothing("they get no address"))
.example(Example::Fixed("10.42.0.100-10.42.0.150"));

/// Term `Upstream DNS`.
pub static BRIDGE_UPSTREAM_DNS: Field<IpAddr> = Field::new(
    "Upstream DNS",
    "upstream_dns",
    "nameservers that our DNS asks for the names of others; commas between several",
)
.noun("nameserver")
.also(&["Upstream", "Nameserver", "Nameservers", "Forwarders", "DNS server", "DNS servers"])
.optional()
.many()
.empty(Empty::Nothing("those that the host asks at the moment"))
.example(Example::Fixed("192.0.2.53"));

/// Term `Pods`.
pub static BRIDGE_PODS: Field<RoutedSubnet> =
    Field::new("Pods", "pods", "the range that the ranges of all guests' pods are in")
        .noun("range")
        .also(&["Pod CIDR", "Cluster CIDR", "Pod subnet", "Pod range"])
        .optional()
        .empty(Empty::Nothing("they may be anywhere"))
        .example(Example::Fixed("10.200.0.0/16"));

/// Term `Cluster services`.
pub static BRIDGE_CLUSTER_SERVICES: Field<RoutedSubnet> = Field::new(
    "Cluster services",
    "cluster_services",
    "the range of a cluster's virtual service addresses, which nothing else may overlap with",
)
.noun("range")
.also(&["Service CIDR", "Services CIDR", "Service range", "Service subnet", "Service cluster IP range"])
.optional()
.empty(Empty::Nothing("nothing is kept free for them"))
.example(Example::Fixed("10.96.0.0/12"));

/// Term `Subnet6`.
pub static BRIDGE_SUBNET6: Field<HostSubnet6> = Field::new(
    "Subnet6",
    "subnet6",
    "the host's IPv6 address on the bridge, and the length of the prefix, which is 64",
)
.noun("IPv6 subnet")
.also(&["Subnet IPv6", "IPv6 subnet", "IPv6", "Network6", "Prefix6"])
.optional()
.empty(Empty::Nothing("the network has no IPv6"))
.example(Example::Fixed("fd42:42::1/64"));

/// Term `Masquerade6`.
pub static BRIDGE_MASQUERADE6: Field<Switch> = Field::new(
    "Masquerade6",
    "masquerade6",
    "whether guests reach the IPv6 outside by the host's address: `off` where the prefix is routed to this host",
)
.noun("value")
.also(&["NAT66", "NAT6", "IPv6 masquerade"])
.optional()
.empty(Empty::Made("`on`, where there is `Subnet6`"))
.example(Example::Fixed("off"));

/// Term `MTU`.
pub static BRIDGE_MTU: Field<Mtu> = Field::new(
    "MTU",
    "mtu",
    "the bytes of the largest packet between guests; towards an outside that takes less, TCP sends less",
)
.noun("MTU")
.also(&["Packet size", "Jumbo frames"])
.optional()
.empty(Empty::Nothing("1500, as usual"))
.example(Example::Fixed("9000"));

/// Term `Route to`.
pub static BRIDGE_ROUTE_TO: Field<InterfaceName> = Field::new(
    "Route to",
    "route_to",
    "bridges of the document's other networks that guests reach from here, and are reached from; commas between several",
)
.noun("bridge")
.also(&["Routes to", "Route", "Routes", "Peer", "Peers"])
.optional()
.many()
.empty(Empty::Nothing("networks do not reach each other"))
.example(Example::Fixed("lab7"));

/// The guest table.
pub static GUESTS: PartSchema = PartSchema {
    what: "guest table",
    name: "guests",
    layout: PartLayout::Table,
    meaning: "the virtual machines, one a row",
    identifying_field: "TAP",
    whereabouts: Whereabouts::Anywhere,
    fields: &[
        &GUEST_NAME.schema,
        &GUEST_IP.schema,
        &GUEST_TAP.schema,
        &GUEST_HOSTNAME.schema,
        &GUEST_MAC.schema,
        &GUEST_ALIASES.schema,
        &GUEST_PODS.schema,
        &GUEST_IP6.schema,
        &GUEST_CPUS.schema,
        &GUEST_MEMORY.schema,
        &GUEST_DISK.schema,
        &GUEST_IMAGE.schema,
    ],
    made: &["alias", "short_aliases"],
};

/// Column `Guest`.
pub static GUEST_NAME: Field<GuestName> =
    Field::new("Guest", "name", "short name").also(&["VM", "Node", "Machine"]).example(Example::FreeGuest);

/// Column `IP` of the guest table.
pub static GUEST_IP: Field<IpAddr> = Field::new("IP", "address", "IPv4 address")
    .also(&["IP address", "IPv4", "IPv4 address"])
    .example(Example::FreeAddress);

/// Column `TAP`.
pub static GUEST_TAP: Field<InterfaceName> =
    Field::new("TAP", "tap", "interface on the host").noun("TAP").also(&["TAP device"]).example(Example::FreeTap);

/// Column `Hostname`.
pub static GUEST_HOSTNAME: Field<HostName> = Field::new("Hostname", "hostname", "guest, dot, domain")
    .noun("host name")
    .also(&["Host name", "FQDN"])
    .optional()
    .empty(Empty::Made("made from the two"))
    .example(Example::HostName);

/// Column `MAC`.
pub static GUEST_MAC: Field<MacAddress> = Field::new("MAC", "mac", "hardware address for DHCP and QEMU")
    .noun("MAC address")
    .also(&["MAC address", "Hardware address"])
    .optional()
    .empty(Empty::Made("`52:54:00` and the last three octets of the IP address"))
    .example(Example::FreeMac);

/// Column `Aliases`.
pub static GUEST_ALIASES: Field<AliasName> = Field::new(
    "Aliases",
    "aliases",
    "further names, which the domain follows if they are short; commas between several",
)
.also(&["Alias", "Also known as", "CNAME"])
.optional()
.many()
.empty(Empty::Nothing("it has the two names that are made of its own"))
.example(Example::Fixed("api"));

/// Column `Pods`.
pub static GUEST_PODS: Field<RoutedSubnet> = Field::new(
    "Pods",
    "pods",
    "the range of its pods, which is routed to it; pods reach DNS, no seeds or shared files",
)
.noun("range")
.also(&["Pod CIDR", "PodCIDR", "Pod subnet", "Pod range"])
.optional()
.empty(Empty::Nothing("nothing is routed to it but its address"))
.example(Example::Fixed("10.200.0.0/24"));

/// Column `IP6` of the guest table.
pub static GUEST_IP6: Field<Address6> = Field::new("IP6", "address6", "IPv6 address, where the bridge has `Subnet6`")
    .noun("IPv6 address")
    .also(&["IPv6", "IPv6 address"])
    .optional()
    .empty(Empty::Made("the prefix of `Subnet6` and the host part of the IPv4 address: `::a` for `10.42.0.10`"))
    .example(Example::SameHost);

/// Column `CPUs`.
pub static GUEST_CPUS: Field<CpuCount> = Field::new("CPUs", "cpus", "how many processors")
    .also(&["CPU", "vCPU", "vCPUs", "Cores", "Processors"])
    .optional()
    .empty(Empty::Is("2"))
    .example(Example::Fixed("4"));

/// Column `Memory`.
pub static GUEST_MEMORY: Field<MemorySize> = Field::new("Memory", "memory", "how much memory, as QEMU takes it")
    .also(&["RAM", "Mem"])
    .optional()
    .empty(Empty::Is("2G"))
    .example(Example::Fixed("4G"));

/// Column `Disk`.
pub static GUEST_DISK: Field<DiskPath> = Field::new("Disk", "disk", "its disk: absolute, or below `QVM_DIR/disks`")
    .also(&["Drive", "Volume"])
    .optional()
    .empty(Empty::Nothing("none is named"))
    .example(Example::FileOf(".qcow2"));

/// Column `Image`.
pub static GUEST_IMAGE: Field<DiskPath> = Field::new(
    "Image",
    "image",
    "read-only base image that a missing disk is made from: absolute, or below `QVM_DIR/disks`",
)
.also(&["Base image"])
.optional()
.empty(Empty::Nothing("a missing disk is not made"))
.example(Example::Fixed("debian-12.qcow2"));

/// The service table.
pub static SERVICES: PartSchema = PartSchema {
    what: "service table",
    name: "services",
    layout: PartLayout::Table,
    meaning: "what the host runs for the guests, and its own address as `Gateway`",
    identifying_field: "Service",
    whereabouts: Whereabouts::Anywhere,
    fields: &[
        &SERVICE_NAME.schema,
        &SERVICE_IP.schema,
        &SERVICE_PORT.schema,
        &SERVICE_INTERFACE.schema,
        &SERVICE_IP6.schema,
    ],
    made: &["kind", "is_run"],
};

/// Column `Service`.
pub static SERVICE_NAME: Field<ServiceName> = Field::new("Service", "name", "which service").example(Example::Service);

/// Column `IP` of the service table.
pub static SERVICE_IP: Field<IpAddr> = Field::new("IP", "address", "the address it listens on")
    .also(&["IP address", "IPv4", "IPv4 address"])
    .empty(Empty::RepeatsAbove)
    .example(Example::FreeAddress);

/// Column `Port`.
pub static SERVICE_PORT: Field<Port> = Field::new("Port", "port", "the port it listens on")
    .empty(Empty::Made("the service's own"))
    .example(Example::ServicePort);

/// Column `Interface`.
pub static SERVICE_INTERFACE: Field<InterfaceName> =
    Field::new("Interface", "interface", "its interface in the namespace")
        .empty(Empty::RepeatsAbove)
        .example(Example::ServiceInterface);

/// Column `IP6` of the service table.
pub static SERVICE_IP6: Field<Address6> =
    Field::new("IP6", "address6", "the IPv6 address of its interface, where the bridge has `Subnet6`")
        .noun("IPv6 address")
        .also(&["IPv6", "IPv6 address"])
        .optional()
        .empty(Empty::Made("the prefix of `Subnet6` and the host part of the IPv4 address"))
        .example(Example::SameHost);

/// The name table.
pub static NAMES: PartSchema = PartSchema {
    what: "name table",
    name: "names",
    layout: PartLayout::Table,
    meaning: "further names and their addresses: a virtual address, the host, all names below one",
    identifying_field: "Name",
    whereabouts: Whereabouts::BesideBridgeList,
    fields: &[&NAME_NAME.schema, &NAME_IP.schema],
    made: &["is_wildcard"],
};

/// Column `Name` of the name table.
pub static NAME_NAME: Field<NamePattern> = Field::new(
    "Name",
    "name",
    "a name, which the domain follows if it is short; `*.apps` for all below `apps`, and itself",
)
.example(Example::Fixed("*.apps"));

/// Column `IP` of the name table.
pub static NAME_IP: Field<IpAddr> = Field::new("IP", "address", "the address that it leads to, whoever has it")
    .also(&["IP address", "IPv4", "IPv4 address"])
    .example(Example::FreeAddress);

/// The publish table.
pub static PUBLISH: PartSchema = PartSchema {
    what: "publish table",
    name: "publish",
    layout: PartLayout::Table,
    meaning: "ports of the host that lead to a guest's, for whoever reaches the host",
    identifying_field: "Publish",
    whereabouts: Whereabouts::AnywhereComplete,
    fields: &[&PUBLISH_PORT.schema, &PUBLISH_GUEST.schema, &PUBLISH_GUEST_PORT.schema],
    made: &["address", "port", "protocol", "guest_address", "is_loopback"],
};

/// Column `Publish`.
pub static PUBLISH_PORT: Field<PublishedPort> = Field::new(
    "Publish",
    "published",
    "a port of the host such as `8443`, `53/udp` or, at one of its addresses alone, `127.0.0.1:2222`",
)
.noun("published port")
.also(&["Published", "Host port", "Expose"])
.example(Example::Fixed("8443/tcp"));

/// Column `Guest` of the publish table.
pub static PUBLISH_GUEST: Field<GuestName> = Field::new("Guest", "guest", "the guest that it leads to")
    .also(&["VM", "Node", "Machine"])
    .example(Example::Fixed("cp"));

/// Column `Port` of the publish table.
pub static PUBLISH_GUEST_PORT: Field<Port> = Field::new("Port", "guest_port", "the guest's port")
    .noun("port")
    .also(&["Guest port"])
    .empty(Empty::Made("the same as the published one"))
    .example(Example::Fixed("443"));

/// The export table.
pub static EXPORTS: PartSchema = PartSchema {
    what: "export table",
    name: "exports",
    layout: PartLayout::Table,
    meaning: "folders that guests mount by NFS, in place of the one that all of them share",
    identifying_field: "Export",
    whereabouts: Whereabouts::BesideBridgeList,
    fields: &[&EXPORT_NAME.schema, &EXPORT_PATH.schema, &EXPORT_GUESTS.schema, &EXPORT_MODE.schema],
    made: &["folder", "is_own", "number", "access", "clients"],
};

/// Column `Export`.
pub static EXPORT_NAME: Field<ExportName> =
    Field::new("Export", "name", "the name that guests mount it by").noun("name").example(Example::Fixed("data"));

/// Column `Path`.
pub static EXPORT_PATH: Field<ExportPath> = Field::new(
    "Path",
    "path",
    "a folder of the host, absolute, or one of the network's own, below `/var/lib/qvm/BRIDGE/nfs`",
)
.also(&["Folder", "Directory"])
.example(Example::Fixed("/srv/data"));

/// Column `Guests`.
pub static EXPORT_GUESTS: Field<ExportClient> =
    Field::new("Guests", "guests", "who may mount it: names of guests with commas between them, or `*`")
        .also(&["Guest", "Clients"])
        .many()
        .example(Example::Fixed("*"));

/// Column `Mode`.
pub static EXPORT_MODE: Field<ExportMode> = Field::new("Mode", "mode", "`ro` to read, `rw` to write as well")
    .also(&["Access", "Options"])
    .optional()
    .empty(Empty::Is("ro"))
    .example(Example::Fixed("rw"));

/// Every service that we know.
pub static KNOWN_SERVICES: &[&ServiceSchema] = &[&GATEWAY, &DHCP, &DNS, &CLOUD_INIT, &NFS];

/// The host's own address on the bridge.
pub static GATEWAY: ServiceSchema = ServiceSchema {
    name: "Gateway",
    spellings: &[],
    key: "gateway",
    role: ServiceRole::Gateway,
    port: None,
    protocols: &[],
    clients: Clients::Anybody,
    program: "the kernel",
    meaning: "the host's own address on the bridge, by which guests reach the outside",
};

/// Addresses for the guests.
pub static DHCP: ServiceSchema = ServiceSchema {
    name: "DHCP",
    spellings: &["DHCP4", "DHCPv4"],
    key: "dhcp",
    role: ServiceRole::Dhcp,
    port: Some(port(67)),
    protocols: &[Protocol::Udp],
    clients: Clients::Anybody,
    program: "dnsmasq",
    meaning: "each guest's address, by its MAC address",
};

/// Names of the guests, and everybody else's.
pub static DNS: ServiceSchema = ServiceSchema {
    name: "DNS",
    spellings: &[],
    key: "dns",
    role: ServiceRole::Dns,
    port: Some(port(53)),
    protocols: &[Protocol::Tcp, Protocol::Udp],
    clients: Clients::Anybody,
    program: "dnsmasq",
    meaning: "the guests' names, and everybody else's as the host resolves them",
};

/// A folder that guests share.
pub static NFS: ServiceSchema = ServiceSchema {
    name: "NFS",
    spellings: &["NFS4", "NFSv4"],
    key: "nfs",
    role: ServiceRole::Process("nfs"),
    port: Some(port(2049)),
    protocols: &[Protocol::Tcp],
    clients: Clients::Guests,
    program: "nfs-ganesha",
    meaning: "a folder that guests share",
};

/// What a guest fetches when it boots for the first time.
pub static CLOUD_INIT: ServiceSchema = ServiceSchema {
    name: "cloud-init",
    spellings: &[],
    key: "cloud-init",
    role: ServiceRole::Process("seeds"),
    port: Some(port(8080)),
    protocols: &[Protocol::Tcp],
    clients: Clients::Guests,
    program: "python3",
    meaning: "what a guest fetches when it boots for the first time",
};

/// The service that a document means by a name.
pub fn service(name: &str) -> Option<&'static ServiceSchema> {
    KNOWN_SERVICES.iter().copied().find(|service| service.is(name))
}

const fn port(number: u16) -> Port {
    Port::new(NonZeroU16::new(number).expect("no service listens on port 0"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Empty, Example, FieldPresence, KNOWN_SERVICES, PARTS, service};

    #[test]
    fn every_name_means_one_thing() {
        for part in PARTS {
            let mut names = BTreeSet::new();
            for field in part.fields {
                for name in std::iter::once(&field.name).chain(field.also) {
                    assert!(names.insert(name.to_lowercase()), "{} has two fields `{name}`", part.what);
                }
            }
            let keys = part.fields.iter().map(|field| field.key).chain(part.made.iter().copied());
            let mut known = BTreeSet::new();
            for key in keys {
                assert!(known.insert(key), "{} has two keys `{key}`", part.what);
            }
            assert!(
                part.required().any(|field| field.is(part.identifying_field)),
                "{} is not told by a field",
                part.what
            );
        }
        for known in KNOWN_SERVICES {
            assert_eq!(service(&known.name.to_uppercase()), Some(*known));
        }
    }

    #[test]
    fn examples_and_defaults_are_values_of_their_fields() {
        for field in PARTS.iter().flat_map(|part| part.fields) {
            if let Example::Fixed(example) = field.example {
                assert_eq!(field.normal(example).as_deref(), Ok(example), "example of `{}`", field.name);
            }
            if let Empty::Is(default) = field.empty {
                assert_eq!(field.normal(default).as_deref(), Ok(default), "default of `{}`", field.name);
            }
            for choice in field.value.choices {
                assert!(field.normal(choice).is_ok(), "`{}` does not take its choice {choice}", field.name);
            }
            let may_be_absent = !matches!(field.empty, Empty::Refused | Empty::RepeatsAbove);
            assert!(field.presence == FieldPresence::Required || may_be_absent, "`{}` needs a default", field.name);
        }
    }
}
