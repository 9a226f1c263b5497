//! The picture for programs: nodes and the edges between them.
//!
//! The types below are the schema: `version` is raised when a field changes its meaning or goes; new fields, kinds and
//! facts may come without.

use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use super::picture::{Picture, PictureFact, PictureText, PicturedEndpoint, PicturedGuest, PicturedNetwork};

const VERSION: u32 = 1;

/// The networks of a document as a graph.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Graph")]
pub(super) struct GraphReport {
    /// Always 1.
    version: u32,
    /// The document's file name.
    document: String,
    /// The outside world, then for each network its bridge, its services and its guests.
    nodes: Vec<GraphNode>,
    /// What is connected, `from` nearer to the outside.
    edges: Vec<GraphEdge>,
}

/// Something that has connections.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct GraphNode {
    /// What edges call it: unique in this graph.
    id: String,
    kind: GraphNodeKind,
    /// What it is called.
    name: String,
    /// The bridge of its network; none for the outside world and for a guest with interfaces in several.
    #[serde(skip_serializing_if = "Option::is_none")]
    network: Option<String>,
    /// The network namespace of the host that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
    /// Addresses, names, ports and what else it has, in the order in which a picture shows them.
    facts: Vec<GraphFact>,
}

/// What a node is.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum GraphNodeKind {
    /// Whatever is beyond the host.
    Outside,
    /// A bridge of the host.
    Bridge,
    /// An interface in a service namespace, with the services that listen there.
    Endpoint,
    /// A virtual machine.
    Guest,
}

/// Something that is so of a node.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct GraphFact {
    /// Such as `address`, `domain`, `hostname`, `alias`, `mac`, `pods`, `published`, `service`, `export`.
    kind: &'static str,
    /// The value, names in full.
    value: String,
    /// What belongs to it: the port of a service, the guest's port of a published one, the mode of an export, the address
    /// of a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// A connection.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct GraphEdge {
    /// A node.
    from: String,
    /// Another one.
    to: String,
    kind: GraphEdgeKind,
    /// The interface of the host, a port of the bridge.
    #[serde(skip_serializing_if = "Option::is_none")]
    interface: Option<String>,
}

/// What a connection is.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum GraphEdgeKind {
    /// The host forwards, and masquerades IPv4.
    Uplink,
    /// A veth pair into a service namespace.
    Veth,
    /// A TAP.
    Tap,
    /// The term `Route to`: guests of both networks reach each other.
    Route,
}

/// The JSON Schema of all this.
pub(super) fn schema() -> Schema {
    schema_for!(GraphReport)
}

/// The picture as JSON.
pub(super) fn draw(picture: &Picture) -> String {
    let mut graph = GraphReport {
        version: VERSION,
        document: picture.document.clone(),
        nodes: vec![GraphNode {
            id: "outside".to_owned(),
            kind: GraphNodeKind::Outside,
            name: "outside world".to_owned(),
            network: None,
            namespace: None,
            facts: Vec::new(),
        }],
        edges: Vec::new(),
    };
    for network in &picture.networks {
        graph.add_network(network);
    }
    for router in &picture.routers {
        let Some((_, first)) = router.interfaces.first() else { continue };
        let id = format!("guest:{}", first.name.text);
        let guests = router.interfaces.iter().map(|(_, guest)| guest);
        let facts = guests.flat_map(guest_facts).collect();
        graph.nodes.push(GraphNode { network: None, ..guest_node(&id, first, facts) });
        for (place, guest) in &router.interfaces {
            graph.connect((bridge_id(&picture.networks[*place]), &id), GraphEdgeKind::Tap, Some(&guest.tap));
        }
    }
    for (from, to) in &picture.routes {
        let to = bridge_id(&picture.networks[*to]);
        graph.connect((bridge_id(&picture.networks[*from]), &to), GraphEdgeKind::Route, None);
    }
    let text = serde_json::to_string_pretty(&graph).expect("strings and lists of them are always JSON");
    text + "\n"
}

impl GraphReport {
    fn add_network(&mut self, network: &PicturedNetwork) {
        let bridge = &network.bridge.text;
        let id = bridge_id(network);
        self.nodes.push(GraphNode {
            id: id.clone(),
            kind: GraphNodeKind::Bridge,
            name: bridge.clone(),
            network: Some(bridge.clone()),
            namespace: None,
            facts: network.main.iter().chain(&network.notes).map(GraphFact::of).collect(),
        });
        self.connect(("outside".to_owned(), &id), GraphEdgeKind::Uplink, None);
        for endpoint in &network.endpoints {
            let PicturedEndpoint { port, name, addresses, services } = endpoint;
            let endpoint_id = format!("endpoint:{bridge}:{}", name.text);
            self.connect((id.clone(), &endpoint_id), GraphEdgeKind::Veth, Some(port));
            self.nodes.push(GraphNode {
                id: endpoint_id,
                kind: GraphNodeKind::Endpoint,
                name: name.text.clone(),
                network: Some(bridge.clone()),
                namespace: Some(network.namespace.text.clone()),
                facts: addresses.iter().chain(services).map(GraphFact::of).collect(),
            });
        }
        for guest in &network.guests {
            let guest_id = format!("guest:{bridge}:{}", guest.name.text);
            self.connect((id.clone(), &guest_id), GraphEdgeKind::Tap, Some(&guest.tap));
            let node = guest_node(&guest_id, guest, guest_facts(guest).collect());
            self.nodes.push(GraphNode { network: Some(bridge.clone()), ..node });
        }
    }

    fn connect(&mut self, (from, to): (String, &str), kind: GraphEdgeKind, interface: Option<&PictureText>) {
        let interface = interface.map(|interface| interface.text.clone());
        self.edges.push(GraphEdge { from, to: to.to_owned(), kind, interface });
    }
}

impl GraphFact {
    fn of(fact: &PictureFact) -> Self {
        let detail = fact.more.as_ref().map(|(_, more)| more.text.clone());
        Self { kind: fact.kind, value: fact.value.text.clone(), detail }
    }
}

fn bridge_id(network: &PicturedNetwork) -> String {
    format!("bridge:{}", network.bridge.text)
}

fn guest_node(id: &str, guest: &PicturedGuest, facts: Vec<GraphFact>) -> GraphNode {
    let name = guest.name.text.clone();
    GraphNode { id: id.to_owned(), kind: GraphNodeKind::Guest, name, network: None, namespace: None, facts }
}

fn guest_facts(guest: &PicturedGuest) -> impl Iterator<Item = GraphFact> {
    guest.addresses.iter().chain(&guest.facts).map(GraphFact::of)
}
