//! Pictures of the network: bridge, TAPs, guests, service namespace, services, addresses.
//!
//! Everything is laid out here, so that a picture needs no other program and is the same on every host. What hangs on
//! the bridge is worked out once, in [`Picture`]; each format draws it in its own file.

mod dot;
mod drawing;
mod mermaid;
mod svg;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

use crate::artifact::{Artifact, Producer};
use crate::network::schema::{
    BRIDGE_CLUSTER_SERVICES, BRIDGE_DHCP_RANGE, BRIDGE_MTU, BRIDGE_PODS, BRIDGE_RESERVED, GUEST_PODS, NFS,
};
use crate::network::{Endpoint, Export, FurtherName, Guest, Network, Published};
use crate::source::Span;

/// A word of the picture and the place in the document that it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct PictureText {
    text: String,
    span: Option<Span>,
}

/// The network as a picture shows it.
struct Picture {
    bridge: PictureText,
    /// The host's address with the prefix.
    address: PictureText,
    domain: PictureText,
    /// Further lines of the bridge's card: what holds for the whole network.
    notes: Vec<Vec<PictureText>>,
    namespace: PictureText,
    /// Ends of veth pairs in the service namespace.
    services: Vec<BridgePort>,
    guests: Vec<BridgePort>,
}

/// What hangs on a port of the bridge.
struct BridgePort {
    /// The interface on the host.
    interface: PictureText,
    name: PictureText,
    /// Further lines of its card.
    lines: Vec<Vec<PictureText>>,
}

/// The forms a picture can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GraphFormat {
    /// SVG, laid out.
    #[default]
    Svg,
    /// For Graphviz.
    Dot,
    /// For Mermaid.
    Mermaid,
}

/// The picture of a network in a form; `document` is the file name to tell where it comes from.
pub fn draw(format: GraphFormat, network: &Network, document: &str) -> String {
    let picture = Picture::of(network);
    match format {
        GraphFormat::Svg => svg::draw(&picture, network.bridge.span, document).text,
        GraphFormat::Dot => dot::draw(&picture, document),
        GraphFormat::Mermaid => mermaid::draw(&picture, document),
    }
}

/// The picture as an output, at an absolute path.
pub fn artifact(network: &Network, document: &str, path: PathBuf) -> Artifact {
    let drawing = svg::draw(&Picture::of(network), network.bridge.span, document);
    Artifact {
        path,
        mode: Some(0o644),
        text: drawing.text,
        origins: drawing.origins,
        declared: network.bridge.span,
        producer: Producer::Graph,
        make_folders: true,
        touches: None,
    }
}

impl PictureText {
    fn new(text: &impl ToString, span: Span) -> Self {
        Self { text: text.to_string(), span: Some(span) }
    }

    fn own(text: &str) -> Self {
        Self { text: text.to_owned(), span: None }
    }
}

impl Picture {
    fn of(network: &Network) -> Self {
        let bridge = &network.bridge;
        let names = names_by_address(network);
        let published = published_by_guest(network);
        Self {
            bridge: PictureText::new(&bridge.name.value, bridge.name.span),
            address: PictureText::new(&bridge.gateway_with_prefix(), bridge.gateway.span),
            domain: PictureText::new(&network.domain.value, network.domain.span),
            notes: on_the_bridge(network, names.clone()),
            namespace: PictureText::new(&bridge.namespace.value, bridge.namespace.span),
            services: network.endpoints.iter().map(|endpoint| endpoint_port(endpoint, network)).collect(),
            guests: network.guests.iter().map(|guest| guest_port(guest, &names, &published)).collect(),
        }
    }

    /// The card of the bridge, line by line.
    fn bridge_lines(&self) -> Vec<String> {
        let first = [&self.bridge, &self.address, &self.domain].map(|word| word.text.clone());
        first.into_iter().chain(self.notes.iter().map(|note| dot::plain(note))).collect()
    }
}

/// Rows of the name table by the address that they lead to.
type NamesByAddress<'a> = BTreeMap<IpAddr, Vec<&'a FurtherName>>;

fn names_by_address(network: &Network) -> NamesByAddress<'_> {
    let mut names = NamesByAddress::new();
    for name in &network.names {
        names.entry(name.address.value).or_default().push(name);
    }
    names
}

/// Rows of the publish table by the guest that they lead to.
type PublishedByGuest<'a> = BTreeMap<&'a str, Vec<&'a Published>>;

fn published_by_guest(network: &Network) -> PublishedByGuest<'_> {
    let mut published = PublishedByGuest::new();
    for row in &network.published {
        published.entry(row.guest.value.as_str()).or_default().push(row);
    }
    published
}

/// The port of the host, and the one that it leads to.
fn published_line(row: &Published) -> Vec<PictureText> {
    let host = PictureText::new(&row.published.value, row.published.span);
    vec![PictureText::own("host "), host, PictureText::own(" → :"), PictureText::new(&row.port.value, row.port.span)]
}

/// Names that lead to nobody's card stand on the bridge's.
fn on_the_bridge(network: &Network, mut names: NamesByAddress<'_>) -> Vec<Vec<PictureText>> {
    for guest in &network.guests {
        names.remove(&guest.address().value);
    }
    let terms = [
        ("reserved ", BRIDGE_RESERVED.schema),
        ("DHCP ", BRIDGE_DHCP_RANGE.schema),
        ("pods ", BRIDGE_PODS.schema),
        ("cluster services ", BRIDGE_CLUSTER_SERVICES.schema),
        ("MTU ", BRIDGE_MTU.schema),
    ];
    let terms = terms.into_iter().flat_map(|(what, field)| {
        let known = network.fields.known.iter().filter(move |known| *known.schema == field);
        let values = known.flat_map(|known| &known.values);
        values.map(move |value| vec![PictureText::own(what), PictureText::new(&value.value, value.span)])
    });
    let names = names.values().flatten();
    let names = names.map(|name| {
        [written(name), vec![PictureText::own(" "), PictureText::new(&name.address.value, name.address.span)]].concat()
    });
    let six = network.bridge.six.iter();
    let six = six.map(|six| vec![PictureText::new(&six.gateway_with_prefix(), six.gateway.span)]);
    six.chain(names).chain(terms).collect()
}

/// As the table has it, in full.
fn written(name: &FurtherName) -> Vec<PictureText> {
    let full = PictureText::new(&name.name.value, name.name.span);
    if name.reach.prefix().is_empty() { vec![full] } else { vec![PictureText::own(name.reach.prefix()), full] }
}

fn guest_port(guest: &Guest, names: &NamesByAddress<'_>, published: &PublishedByGuest<'_>) -> BridgePort {
    let (address, tap, mac) = (guest.address(), guest.tap(), guest.mac());
    let mut lines = vec![
        vec![PictureText::new(&address.value, address.span)],
        vec![PictureText::new(&guest.hostname.value, guest.hostname.span)],
        vec![PictureText::new(&mac.value, mac.span)],
    ];
    lines.splice(1..1, guest.addresses6().map(|address| vec![PictureText::new(&address.value, address.span)]));
    lines.extend(guest.aliases.iter().map(|alias| vec![PictureText::new(&alias.value, alias.span)]));
    let pods = guest.fields.values(&GUEST_PODS);
    lines.extend(pods.iter().map(|range| vec![PictureText::own("pods "), PictureText::new(&range.value, range.span)]));
    lines.extend(names.get(&address.value).into_iter().flatten().map(|name| written(name)));
    let published = published.get(guest.name.value.as_str()).into_iter().flatten();
    lines.extend(published.map(|row| published_line(row)));
    BridgePort {
        interface: PictureText::new(&tap.value, tap.span),
        name: PictureText::new(&guest.name.value, guest.name.span),
        lines,
    }
}

/// A folder by the name that guests mount it by.
fn shared_line(export: &Export) -> Vec<PictureText> {
    let mode = PictureText::new(&export.mode.value, export.mode.span);
    vec![PictureText::own("/"), PictureText::new(&export.name.value, export.name.span), PictureText::own(" "), mode]
}

fn endpoint_port(endpoint: &Endpoint, network: &Network) -> BridgePort {
    let mut lines = Vec::new();
    for address in &endpoint.addresses {
        lines.push(vec![PictureText::new(&address.value, address.span)]);
        let here = network.services.iter().filter(|service| {
            service.address.value == address.value && service.interface.value == endpoint.interface.value
        });
        for service in here {
            let mut line = vec![PictureText::new(&service.name.value, service.name.span)];
            line.extend(
                service.port.iter().flat_map(|port| [PictureText::own(" :"), PictureText::new(&port.value, port.span)]),
            );
            lines.push(line);
            if service.schema.is_some_and(|schema| *schema == NFS) {
                lines.extend(network.exports.iter().map(shared_line));
            }
        }
    }
    BridgePort {
        interface: PictureText::new(&endpoint.host_interface.value, endpoint.host_interface.span),
        name: PictureText::new(&endpoint.interface.value, endpoint.interface.span),
        lines,
    }
}
