//! Pictures of the network: bridge, TAPs, guests, service namespace, services, addresses.
//!
//! Everything is laid out here, so that a picture needs no other program and is the same on every host. What hangs on
//! the bridge is worked out once, in [`Picture`]; each format draws it in its own file.

mod dot;
mod drawing;
mod mermaid;
mod svg;

use std::path::PathBuf;

use crate::artifact::{Artifact, Producer};
use crate::network::{Endpoint, Guest, Network, Service};
use crate::source::Span;

/// A word of the picture and the place in the document that it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    text: String,
    span: Option<Span>,
}

/// The network as a picture shows it.
struct Picture {
    bridge: Word,
    /// The host's address with the prefix.
    address: Word,
    domain: Word,
    namespace: Word,
    /// Ends of veth pairs in the service namespace.
    services: Vec<Port>,
    guests: Vec<Port>,
}

/// What hangs on a port of the bridge.
struct Port {
    /// The interface on the host.
    interface: Word,
    name: Word,
    /// Further lines of its card.
    lines: Vec<Vec<Word>>,
}

/// The forms a picture can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// SVG, laid out.
    #[default]
    Svg,
    /// For Graphviz.
    Dot,
    /// For Mermaid.
    Mermaid,
}

/// The picture of a network in a form; `document` is the file name to tell where it comes from.
pub fn draw(format: Format, network: &Network, document: &str) -> String {
    let picture = Picture::of(network);
    match format {
        Format::Svg => svg::draw(&picture, network.bridge.span, document).text,
        Format::Dot => dot::draw(&picture, document),
        Format::Mermaid => mermaid::draw(&picture, document),
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

impl Word {
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
        let address = format!("{}/{}", bridge.gateway.value, bridge.subnet.value.prefix_len());
        Self {
            bridge: Word::new(&bridge.name.value, bridge.name.span),
            address: Word::new(&address, bridge.gateway.span),
            domain: Word::new(&network.domain.value, network.domain.span),
            namespace: Word::new(&bridge.namespace.value, bridge.namespace.span),
            services: network.endpoints.iter().map(|endpoint| endpoint_port(endpoint, &network.services)).collect(),
            guests: network.guests.iter().map(guest_port).collect(),
        }
    }
}

fn guest_port(guest: &Guest) -> Port {
    let (address, tap, mac) = (guest.address(), guest.tap(), guest.mac());
    Port {
        interface: Word::new(&tap.value, tap.span),
        name: Word::new(&guest.name.value, guest.name.span),
        lines: vec![
            vec![Word::new(&address.value, address.span)],
            vec![Word::new(&guest.hostname.value, guest.hostname.span)],
            vec![Word::new(&mac.value, mac.span)],
        ],
    }
}

fn endpoint_port(endpoint: &Endpoint, services: &[Service]) -> Port {
    let mut lines = Vec::new();
    for address in &endpoint.addresses {
        lines.push(vec![Word::new(&address.value, address.span)]);
        let here = services.iter().filter(|service| {
            service.address.value == address.value && service.interface.value == endpoint.interface.value
        });
        for service in here {
            let mut line = vec![Word::new(&service.name.value, service.name.span)];
            line.extend(service.port.iter().flat_map(|port| [Word::own(" :"), Word::new(&port.value, port.span)]));
            lines.push(line);
        }
    }
    Port {
        interface: Word::new(&endpoint.host_interface.value, endpoint.host_interface.span),
        name: Word::new(&endpoint.interface.value, endpoint.interface.span),
        lines,
    }
}
