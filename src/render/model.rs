//! What templates see: the network as a tree of values, with everything that is computed from it.
//!
//! Templates decide layout and never facts, so whatever is more than a cell of the document is worked out here: how the
//! services are shared out to processes, what the nft tables are called, which addresses answer DNS. The names in this
//! tree are the names that templates use; `show model` prints them.

mod identities;
mod six;

use std::borrow::Cow;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::network::schema::{
    Amount, BRIDGE_DHCP_RANGE, Clients, GUEST_ALIASES, GUEST_PODS, KNOWN_SERVICES, ServiceRole, ServiceSchema,
};
use crate::network::types::Written;
use crate::network::value::AddressRange;
use crate::network::{
    Bridge, Endpoint, Export, FieldValues, Fields, FurtherInterface, FurtherName, Guest, HostAccess, HostPort,
    InterfaceName, NameReach, NamedTable, Neighbour, Network, Pin, Port, Protocol, Published, Service,
};
use crate::render::ScriptHeading;
use crate::render::quote::QuoteKind;
use crate::source::{Span, Spanned};

/// A value of the tree.
#[derive(Debug, Clone)]
pub enum ModelNode {
    /// Something a template places.
    Leaf(Leaf),
    /// Something a template only asks about.
    Flag(bool),
    /// Rows.
    List(Vec<ModelNode>),
    /// Named values, in the order they were given.
    Map(Vec<(Cow<'static, str>, ModelNode)>),
}

/// A text that a template can place, and where in the document it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// The text, not quoted for any language.
    pub text: String,
    /// How it may be written.
    pub kind: QuoteKind,
    /// The cell or item it was read from, or made from.
    pub span: Option<Span>,
}

/// The whole tree for one document; `document` is its file name without folders.
pub fn model(network: &Network, document: &str) -> ModelNode {
    let mut entries = vec![
        ("document", ModelNode::Leaf(Leaf { text: file_name(document), kind: QuoteKind::Word, span: None })),
        ("bridge", bridge(&network.bridge)),
        ("domain", text(&network.domain)),
        ("network", whole(network)),
        ("beside", ModelNode::List(network.beside.iter().map(neighbour).collect())),
        ("peers", ModelNode::List(network.beside.iter().filter(|it| it.route.is_some()).map(neighbour).collect())),
        ("identities", identities::identities(network)),
        ("guests", ModelNode::List(network.guests.iter().map(|it| guest(it, &network.bridge)).collect())),
        ("pods", ModelNode::List(network.guests.iter().filter_map(pods).collect())),
        ("names", ModelNode::List(network.names.iter().map(further_name).collect())),
        ("published", ModelNode::List(network.published.iter().map(published).collect())),
        ("forwarded", ModelNode::List(network.published.iter().filter_map(forwarded).collect())),
        (
            "exports",
            ModelNode::List(
                network.exports.iter().zip(1..).map(|(row, number)| export(row, number, &network.bridge)).collect(),
            ),
        ),
        ("services", ModelNode::List(network.services.iter().map(service).collect())),
        ("endpoints", ModelNode::List(network.endpoints.iter().map(endpoint).collect())),
        ("dnsmasq", ModelNode::List(dnsmasq(network))),
        ("dns", ModelNode::List(dns_addresses(network))),
        ("redirects", ModelNode::List(redirected(network).map(redirect).collect())),
    ];
    entries.extend(six::whole(network));
    let (mut all, mut private) = (Vec::new(), Vec::new());
    for known in KNOWN_SERVICES {
        if let ServiceRole::Process(list) = known.role {
            let rows = processes(network, known, list);
            all.extend_from_slice(&rows);
            match known.clients {
                Clients::Guests => private.extend_from_slice(&rows),
                Clients::Anybody => {}
            }
            entries.push((list, ModelNode::List(rows)));
        }
    }
    entries.push(("processes", ModelNode::List(all)));
    entries.push(("private", ModelNode::List(private)));
    entries.push(("headings", ModelNode::List(Vec::new())));
    let tables = network.tables.iter().map(|named| (Cow::from(named.name.value.clone()), table(named)));
    entries.push(("tables", ModelNode::Map(tables.collect())));
    map(entries)
}

/// The tree for what lies above the folders of several networks.
pub fn model_above(networks: &[Network], document: &str) -> ModelNode {
    let name = |network: &Network| map([("name", text(&network.bridge.name))]);
    let guest = |(network, guest): (&Network, &Guest)| {
        map([("name", text(&guest.name)), ("network", text(&network.bridge.name))])
    };
    let started = networks.iter().flat_map(|network| network.guests.iter().map(move |guest| (network, guest)));
    map([
        ("document", ModelNode::Leaf(Leaf { text: file_name(document), kind: QuoteKind::Word, span: None })),
        ("networks", ModelNode::List(networks.iter().map(name).collect())),
        ("guests", ModelNode::List(started.filter(|(_, it)| it.home.is_none()).map(guest).collect())),
    ])
}

impl ModelNode {
    /// The tree with what is known of the document's own scripts; of several networks, of those in this one's folder.
    pub(crate) fn with_headings(mut self, headings: &[ScriptHeading], folder: Option<&str>) -> Self {
        let row = |it: &ScriptHeading| {
            let (above, name) = it.path.value.rsplit_once('/').unwrap_or(("", &it.path.value));
            let script = leaf(name.to_owned(), QuoteKind::Text, it.path.span);
            folder
                .is_none_or(|folder| above.ends_with(folder))
                .then(|| map([("script", script), ("heading", text(&it.heading))]))
        };
        if let Self::Map(entries) = &mut self {
            entries.retain(|(name, _)| name != "headings");
            entries.push((Cow::from("headings"), Self::List(headings.iter().filter_map(row).collect())));
        }
        self
    }

    /// The named value of a map.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Map(entries) => entries.iter().find(|(known, _)| known == name).map(|(_, node)| node),
            Self::Leaf(_) | Self::Flag(_) | Self::List(_) => None,
        }
    }

    /// The rows of a list.
    pub fn rows(&self) -> Option<&[Self]> {
        match self {
            Self::List(rows) => Some(rows),
            Self::Leaf(_) | Self::Flag(_) | Self::Map(_) => None,
        }
    }

    /// The leaf, if it is one.
    pub fn leaf(&self) -> Option<&Leaf> {
        match self {
            Self::Leaf(leaf) => Some(leaf),
            Self::Flag(_) | Self::List(_) | Self::Map(_) => None,
        }
    }
}

fn bridge(bridge: &Bridge) -> ModelNode {
    let subnet = bridge.subnet.value;
    let from_subnet = |text: String| leaf(text, QuoteKind::Word, bridge.subnet.span);
    let pin = bridge.pin.value;
    let entries = [
        ("name", text(&bridge.name)),
        ("gateway", word(&bridge.gateway)),
        ("gateway_with_prefix", from_subnet(bridge.gateway_with_prefix())),
        ("subnet", word(&bridge.subnet)),
        ("network", from_subnet(subnet.network().to_string())),
        ("netmask", from_subnet(subnet.netmask().to_string())),
        ("broadcast", from_subnet(subnet.broadcast().to_string())),
        ("prefix", leaf(subnet.prefix_len().to_string(), QuoteKind::Number, bridge.subnet.span)),
        ("mac", word(&bridge.mac)),
        ("namespace", text(&bridge.namespace)),
        ("table", leaf(table_name(bridge.name.value.as_str()), QuoteKind::Word, bridge.name.span)),
        ("service_table", leaf(table_name(bridge.namespace.value.as_str()), QuoteKind::Word, bridge.namespace.span)),
        ("mark", leaf(format!("qvm-tangle:{}", bridge.name.value), QuoteKind::Text, bridge.name.span)),
        ("pins_macs", ModelNode::Flag(pin != Pin::Off)),
        ("pins_addresses", ModelNode::Flag(pin == Pin::Address)),
    ];
    map(entries.into_iter().chain(six::bridge(bridge)))
}

/// What the bridge list says of the whole network.
fn whole(network: &Network) -> ModelNode {
    let ends = |range: &Spanned<AddressRange>| {
        let end = |address: IpAddr| leaf(address.to_string(), QuoteKind::Word, range.span);
        map([("first", end(range.value.first())), ("last", end(range.value.last()))])
    };
    let dhcp_range = network.fields.values(&BRIDGE_DHCP_RANGE).first().map(ends);
    let host_access = ("host_access", host_access(&network.host_access));
    let entries = std::iter::once(host_access).chain(dhcp_range.map(|range| ("dhcp_range", range)));
    with_fields(entries.collect(), &network.fields)
}

/// Whether all, nothing, or some ports, and which; both are there whatever the document says.
fn host_access(access: &Spanned<HostAccess>) -> ModelNode {
    let (mode, ports) = match &access.value {
        HostAccess::Off => ("off", &[][..]),
        HostAccess::On => ("on", &[][..]),
        HostAccess::Ports(ports) => ("ports", &ports[..]),
    };
    let port = |host: &HostPort| {
        map([
            ("port", leaf(host.port.to_string(), QuoteKind::Number, access.span)),
            ("protocol", leaf(host.protocol.name().to_owned(), QuoteKind::Word, access.span)),
        ])
    };
    map([
        ("mode", leaf(mode.to_owned(), QuoteKind::Word, access.span)),
        ("ports", ModelNode::List(ports.iter().map(port).collect())),
    ])
}

/// What is routed to a guest, if anything is.
fn pods(guest: &Guest) -> Option<ModelNode> {
    let range = guest.fields.values(&GUEST_PODS).first().copied()?;
    Some(map([("guest", text(&guest.name)), ("address", word(guest.address())), ("range", word(&range))]))
}

fn neighbour(neighbour: &Neighbour) -> ModelNode {
    let IpNet::V4(subnet) = neighbour.subnet.value else { return ModelNode::Map(Vec::new()) };
    let from_subnet = |text: String| leaf(text, QuoteKind::Word, neighbour.subnet.span);
    let entries = [
        ("bridge", text(&neighbour.bridge)),
        ("domain", text(&neighbour.domain)),
        ("subnet", word(&neighbour.subnet)),
        ("certified", from_subnet(format!("{}/{}", subnet.network(), subnet.netmask()))),
        ("outer_names", ModelNode::List(neighbour.outer_names.iter().map(text).collect())),
    ];
    map(entries.into_iter().chain(neighbour.subnet6.iter().flat_map(six::neighbour)))
}

/// A guest's interface in another network.
fn further(row: &FurtherInterface) -> ModelNode {
    let length = |address: IpAddr| if address.is_ipv6() { 64 } else { row.prefix };
    let address = |it: &Spanned<IpAddr>| leaf(format!("{}/{}", it.value, length(it.value)), QuoteKind::Word, it.span);
    let entries = [
        ("bridge", text(&row.bridge)),
        ("tap", text(&row.interface.tap)),
        ("mac", word(&row.interface.mac)),
        ("names", ModelNode::List(row.names.iter().map(text).collect())),
        ("owned", ModelNode::List(row.interface.addresses.iter().map(word).collect())),
        ("addresses", ModelNode::List(row.interface.addresses.iter().map(address).collect())),
    ];
    map(entries
        .into_iter()
        .chain(row.mtu.as_ref().map(|mtu| ("mtu", leaf(mtu.value.to_string(), QuoteKind::Number, mtu.span)))))
}

fn guest(guest: &Guest, bridge: &Bridge) -> ModelNode {
    let (address, mac) = (guest.address(), guest.mac());
    let with_prefix = format!("{}/{}", address.value, bridge.subnet.value.prefix_len());
    // As a number of 48 bits, which is how nft compares what it has no name for.
    let hardware = format!("0x{}", mac.value.to_string().replace(':', ""));
    let mut entries = vec![
        ("name", text(&guest.name)),
        ("hostname", text(&guest.hostname)),
        ("alias", text(&guest.alias)),
        ("aliases", ModelNode::List(guest.aliases.iter().map(text).collect())),
        ("short_aliases", ModelNode::List(short_aliases(guest))),
        ("address", word(address)),
        ("address_with_prefix", leaf(with_prefix, QuoteKind::Word, address.span)),
        ("hardware", leaf(hardware, QuoteKind::Word, mac.span)),
        ("tap", text(guest.tap())),
        ("mac", word(mac)),
        ("further", ModelNode::List(guest.further.iter().map(further).collect())),
    ];
    entries.extend(guest.home.iter().map(|home| ("home", text(home))));
    entries.extend(six::guest(guest, bridge));
    with_fields(entries, &guest.fields)
}

/// What people type in place of the further names that the domain is added to.
fn short_aliases(guest: &Guest) -> Vec<ModelNode> {
    let aliases = guest.fields.values(&GUEST_ALIASES).into_iter();
    aliases.filter(|alias| alias.value.is_short()).map(|alias| text(&alias)).collect()
}

fn further_name(name: &FurtherName) -> ModelNode {
    let is_wildcard = name.reach == NameReach::Below;
    let entries = vec![
        ("name", text(&name.name)),
        ("is_wildcard", ModelNode::Flag(is_wildcard)),
        ("address", word(&name.address)),
    ];
    with_fields(entries, &name.fields)
}

fn published(row: &Published) -> ModelNode {
    let (port, span) = (row.published.value, row.published.span);
    let mut entries = vec![
        ("published", leaf(port.to_string(), QuoteKind::Word, span)),
        ("port", leaf(port.port().to_string(), QuoteKind::Number, span)),
        ("protocol", leaf(port.protocol().name().to_owned(), QuoteKind::Word, span)),
        ("is_loopback", ModelNode::Flag(port.is_loopback())),
        ("guest", text(&row.guest)),
        ("guest_address", word(&row.address)),
        ("guest_port", number(&row.port)),
    ];
    entries.extend(port.address().map(|address| ("address", leaf(address.to_string(), QuoteKind::Word, span))));
    with_fields(entries, &row.fields)
}

/// Where a program of the host listens for a published port, and where it leads.
fn forwarded(row: &Published) -> Option<ModelNode> {
    let listens = leaf(row.published.value.forwarded()?.to_string(), QuoteKind::Word, row.published.span);
    Some(map([("listens", listens), ("guest_address", word(&row.address)), ("guest_port", number(&row.port))]))
}

fn export(row: &Export, number: usize, bridge: &Bridge) -> ModelNode {
    let (path, span) = (&row.path.value, row.path.span);
    let folder =
        if path.is_absolute() { path.to_string() } else { format!("/var/lib/qvm/{}/nfs/{path}", bridge.name.value) };
    let mode = row.mode.value.to_string();
    let entries = vec![
        ("name", text(&row.name)),
        ("path", text(&row.path)),
        ("folder", leaf(folder, QuoteKind::Text, span)),
        ("is_own", ModelNode::Flag(!path.is_absolute())),
        ("number", leaf(number.to_string(), QuoteKind::Number, row.name.span)),
        ("access", leaf(mode.to_uppercase(), QuoteKind::Word, row.mode.span)),
        ("mode", leaf(mode, QuoteKind::Word, row.mode.span)),
        ("clients", ModelNode::List(row.clients.iter().map(word).collect())),
    ];
    with_fields(entries, &row.fields)
}

fn service(service: &Service) -> ModelNode {
    let mut entries = vec![
        ("name", text(&service.name)),
        ("kind", leaf(service.kind().to_owned(), QuoteKind::Word, service.name.span)),
        ("is_run", ModelNode::Flag(service.role().is_run())),
        ("address", word(&service.address)),
        ("interface", text(&service.interface)),
    ];
    if let Some(port) = &service.port {
        entries.push(("port", number(port)));
    }
    entries.extend(service.address6.iter().map(|address| ("address6", word(address))));
    with_fields(entries, &service.fields)
}

/// Values with those of the fields that no rule reads by its own, by their keys in the schema, and the person's own
/// columns or terms; a name that stands for something already keeps its meaning.
fn with_fields(entries: Vec<(&'static str, ModelNode)>, fields: &Fields) -> ModelNode {
    let known = fields.known.iter().filter_map(|field| Some((Cow::from(field.schema.key), values(field)?)));
    let own = fields.own.iter().map(|own| (Cow::from(own.key()), text(&own.text)));
    let mut all: Vec<(Cow<'static, str>, ModelNode)> =
        entries.into_iter().map(|(name, node)| (Cow::from(name), node)).collect();
    for (name, node) in known.chain(own) {
        if all.iter().all(|(taken, _)| *taken != name) {
            all.push((name, node));
        }
    }
    ModelNode::Map(all)
}

/// The values of a field: a list where a cell can hold several, nothing where it may be empty and is.
fn values(field: &FieldValues) -> Option<ModelNode> {
    let kind = match field.schema.value.written {
        Written::Text => QuoteKind::Text,
        Written::Word => QuoteKind::Word,
        Written::Number => QuoteKind::Number,
    };
    let mut leaves = field.values.iter().map(|value| leaf(value.value.clone(), kind, value.span));
    match field.schema.amount {
        Amount::One => leaves.next(),
        Amount::Many => Some(ModelNode::List(leaves.collect())),
    }
}

fn endpoint(endpoint: &Endpoint) -> ModelNode {
    let addresses = endpoint.addresses.iter().filter(|address| address.value.is_ipv4());
    let entries = [
        ("interface", text(&endpoint.interface)),
        ("host_interface", text(&endpoint.host_interface)),
        ("mac", word(&endpoint.mac)),
        ("addresses", ModelNode::List(addresses.map(word).collect())),
    ];
    map(entries.into_iter().chain(six::endpoint(endpoint)))
}

fn table(table: &NamedTable) -> ModelNode {
    let row = |cells: &Vec<Spanned<String>>| {
        let named = table.columns.iter().zip(cells);
        ModelNode::Map(named.map(|(column, cell)| (Cow::from(column.value.clone()), text(cell))).collect())
    };
    ModelNode::List(table.rows.iter().map(row).collect())
}

/// What one dnsmasq process does.
struct Dnsmasq {
    interface: Spanned<InterfaceName>,
    dns_port: Option<Spanned<u16>>,
    dhcp_port: Option<Spanned<u16>>,
}

/// One dnsmasq for each interface and DNS port: it can listen on several addresses, but at one port only.
///
/// DHCP goes to the first dnsmasq of its interface. One without DNS has no `dns_port`, and one without DHCP no
/// `dhcp_port`.
fn dnsmasq(network: &Network) -> Vec<ModelNode> {
    let mut processes: Vec<Dnsmasq> = Vec::new();
    for service in &network.services {
        let port = service.port.map(|port| port.map(Port::number));
        let (dns_port, dhcp_port) = match service.role() {
            ServiceRole::Dns => (port, None),
            ServiceRole::Dhcp => (None, port),
            ServiceRole::Gateway | ServiceRole::Process(_) | ServiceRole::Unknown => continue,
        };
        let joins = |process: &&mut Dnsmasq| {
            let number = |port: &Option<Spanned<u16>>| port.as_ref().map(|port| port.value);
            process.interface.value == service.interface.value
                && (dns_port.is_none() || process.dns_port.is_none() || number(&process.dns_port) == number(&dns_port))
        };
        if let Some(process) = processes.iter_mut().find(joins) {
            process.dns_port = process.dns_port.or(dns_port);
            process.dhcp_port = process.dhcp_port.or(dhcp_port);
        } else {
            processes.push(Dnsmasq { interface: service.interface.clone(), dns_port, dhcp_port });
        }
    }
    processes.iter().enumerate().map(|(index, process)| process.node(index)).collect()
}

impl Dnsmasq {
    fn node(&self, index: usize) -> ModelNode {
        let mut entries = vec![
            ("name", leaf(numbered("dnsmasq", index), QuoteKind::Word, self.interface.span)),
            ("interface", text(&self.interface)),
            ("serves_dns", ModelNode::Flag(self.dns_port.is_some())),
            ("serves_dhcp", ModelNode::Flag(self.dhcp_port.is_some())),
        ];
        if let Some(port) = &self.dns_port {
            entries.push(("dns_port", number(port)));
        }
        if let Some(port) = &self.dhcp_port {
            entries.push(("dhcp_port", number(port)));
        }
        map(entries)
    }
}

/// Where a guest's resolver can ask: each address that has a DNS server, once.
fn dns_addresses(network: &Network) -> Vec<ModelNode> {
    unique_addresses(network.services.iter().filter(|service| service.role() == ServiceRole::Dns))
        .map(|service| word(&service.address))
        .collect()
}

/// The DNS services whose address does not answer at port 53: neither DHCP nor resolv.conf can name another one.
fn redirected(network: &Network) -> impl Iterator<Item = &Service> {
    let dns = || network.services.iter().filter(|service| service.role() == ServiceRole::Dns);
    let answers_itself =
        move |address: IpAddr| dns().any(|service| service.address.value == address && has_own_port(service));
    unique_addresses(dns()).filter(move |service| !answers_itself(service.address.value))
}

/// Whether a service listens where clients look for it.
fn has_own_port(service: &Service) -> bool {
    service.port.map(|port| port.value) == service.schema.and_then(|schema| schema.port)
}

fn redirect(service: &Service) -> ModelNode {
    let port = service.port.iter().map(|port| ("port", number(port)));
    map(std::iter::once(("address", word(&service.address))).chain(port))
}

fn unique_addresses<'a>(services: impl Iterator<Item = &'a Service>) -> impl Iterator<Item = &'a Service> {
    let mut seen = Vec::new();
    services.filter(move |service| {
        let new = !seen.contains(&service.address.value);
        seen.push(service.address.value);
        new
    })
}

/// One process for each row of a service that listens at one address and port.
fn processes(network: &Network, known: &ServiceSchema, name: &str) -> Vec<ModelNode> {
    let rows = network.services.iter().filter(|service| service.schema == Some(known));
    rows.filter_map(|service| service.port.as_ref().map(|port| (service, port)))
        .enumerate()
        .map(|(index, (service, port))| {
            let protocol = |it: &Protocol| leaf(it.name().to_owned(), QuoteKind::Word, service.name.span);
            map([
                ("name", leaf(numbered(name, index), QuoteKind::Word, service.name.span)),
                ("process", leaf(name.to_owned(), QuoteKind::Word, service.name.span)),
                ("address", word(&service.address)),
                ("port", number(port)),
                ("protocols", ModelNode::List(known.protocols.iter().map(protocol).collect())),
                ("interface", text(&service.interface)),
            ])
        })
        .collect()
}

/// `nfs` for the first, `nfs-2` for the next.
fn numbered(name: &str, index: usize) -> String {
    if index == 0 { name.to_owned() } else { format!("{name}-{}", index + 1) }
}

/// A name that nft takes for a table's, different for each name given: itself wherever it cannot be taken for one of
/// nft's own words, which have few digits in them, and change from release to release.
fn table_name(name: &str) -> String {
    const WORDS: [&str; 10] = ["ip6", "icmpv6", "icmp6", "rt0", "rt2", "rt4", "sack0", "sack1", "sack2", "sack3"];
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_no_word = name.ends_with("-svc") || name.bytes().any(|byte| byte.is_ascii_digit()) && !WORDS.contains(&name);
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
    if starts_well && is_no_word && plain && !name.starts_with("net-") {
        name.to_owned()
    } else {
        format!("net-{name}")
    }
}

/// The document's name in a form that every comment can hold: other characters than letters, digits and `_.-` as `%20`.
fn file_name(document: &str) -> String {
    let mut name = String::with_capacity(document.len());
    for c in document.chars() {
        if c.is_alphanumeric() || "_.".contains(c) || (c == '-' && !name.ends_with('-')) {
            name.push(c);
        } else {
            let mut bytes = [0; 4];
            name.extend(c.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}")));
        }
    }
    name
}

fn map(entries: impl IntoIterator<Item = (&'static str, ModelNode)>) -> ModelNode {
    ModelNode::Map(entries.into_iter().map(|(name, node)| (Cow::from(name), node)).collect())
}

fn text(value: &Spanned<impl ToString>) -> ModelNode {
    leaf(value.value.to_string(), QuoteKind::Text, value.span)
}

fn word(value: &Spanned<impl ToString>) -> ModelNode {
    leaf(value.value.to_string(), QuoteKind::Word, value.span)
}

fn number(value: &Spanned<impl ToString>) -> ModelNode {
    leaf(value.value.to_string(), QuoteKind::Number, value.span)
}

fn leaf(text: String, kind: QuoteKind, span: Span) -> ModelNode {
    ModelNode::Leaf(Leaf { text, kind, span: Some(span) })
}

#[cfg(test)]
mod tests {
    use super::{file_name, table_name};

    #[test]
    fn a_table_is_named_after_the_bridge_unless_nft_could_misread_it() {
        for name in ["qvm0", "lab7", "br-5", "virbr0", "qvm-svc"] {
            assert_eq!(table_name(name), name);
        }
        for name in ["accept", "ip6", "7", "_x", "net-7", "br-lan"] {
            assert_eq!(table_name(name), format!("net-{name}"));
        }
    }

    #[test]
    fn a_file_name_cannot_end_the_comment_it_stands_in() {
        assert_eq!(file_name("network.org"), "network.org");
        assert_eq!(file_name("my net--2.org"), "my%20net-%2D2.org");
        assert_eq!(file_name("a\n$(id).org"), "a%0A%24%28id%29.org");
        assert_eq!(file_name("netz-übung.org"), "netz-übung.org");
    }
}
