//! What a picture shows of the networks, whatever form it has.
//!
//! The domain of a network stands on its bridge once; names below it are shown without it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::PicturedDocument;
use super::links::Headings;
use crate::network::schema::{
    BRIDGE_CLUSTER_SERVICES, BRIDGE_DHCP_RANGE, BRIDGE_MTU, BRIDGE_PODS, BRIDGE_RESERVED, GUEST_PODS, NFS,
};
use crate::network::{Endpoint, Export, FurtherName, Guest, Network, Published, Service, Switch};
use crate::source::{Span, Spanned};

/// More machines with several interfaces are a tangle of wires: each network has the others as its own.
const MOST_ROUTERS: usize = 4;

/// A word of the picture and the place in the document that it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PictureText {
    /// All of it.
    pub(super) text: String,
    /// What is shown of a name whose domain stands elsewhere in the picture.
    short: Option<String>,
    pub(super) span: Option<Span>,
}

/// Something that is so of a bridge, a service or a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PictureFact {
    /// What programs know it by.
    pub(super) kind: &'static str,
    /// What stands before the value.
    pub(super) label: &'static str,
    pub(super) value: PictureText,
    /// What belongs to the value, after what stands between the two.
    pub(super) more: Option<(&'static str, PictureText)>,
    /// Whether other values and a rule give it.
    pub(super) is_by_rule: bool,
}

/// All networks that a picture shows.
#[derive(Debug)]
pub(super) struct Picture {
    /// The document's file name.
    pub(super) document: String,
    pub(super) networks: Vec<PicturedNetwork>,
    /// Machines with an interface in several of them, none of which is among a network's own guests.
    pub(super) routers: Vec<PicturedRouter>,
    /// Pairs of networks that reach each other, by their place in the list.
    pub(super) routes: Vec<(usize, usize)>,
}

/// One network.
#[derive(Debug)]
pub(super) struct PicturedNetwork {
    pub(super) bridge: PictureText,
    /// The host's addresses with their prefixes, and the domain.
    pub(super) main: Vec<PictureFact>,
    /// What else holds for the whole network.
    pub(super) notes: Vec<PictureFact>,
    /// Where the document tells of the bridge.
    pub(super) link: String,
    pub(super) namespace: PictureText,
    /// Where it tells of the services.
    pub(super) services_link: String,
    /// Ends of veth pairs in the service namespace.
    pub(super) endpoints: Vec<PicturedEndpoint>,
    pub(super) guests: Vec<PicturedGuest>,
}

/// An interface in the service namespace.
#[derive(Debug)]
pub(super) struct PicturedEndpoint {
    /// The other end, a port of the bridge.
    pub(super) port: PictureText,
    pub(super) name: PictureText,
    pub(super) addresses: Vec<PictureFact>,
    pub(super) services: Vec<PictureFact>,
}

/// A guest with one interface in the picture.
#[derive(Debug)]
pub(super) struct PicturedGuest {
    pub(super) name: PictureText,
    pub(super) tap: PictureText,
    pub(super) addresses: Vec<PictureFact>,
    /// Names, hardware address, and what else it has.
    pub(super) facts: Vec<PictureFact>,
    /// Where the document tells of it.
    pub(super) link: String,
}

/// A guest with interfaces in several networks of the picture.
#[derive(Debug)]
pub(super) struct PicturedRouter {
    /// How it is plugged into each, after that network's place in the list.
    pub(super) interfaces: Vec<(usize, PicturedGuest)>,
}

impl PictureText {
    pub(super) fn new(text: &impl ToString, span: Span) -> Self {
        Self { text: text.to_string(), short: None, span: Some(span) }
    }

    /// A word of the picture itself.
    pub(super) fn own(text: &str) -> Self {
        Self { text: text.to_owned(), short: None, span: None }
    }

    /// A name; without the domain if it is below it.
    fn name(text: &impl ToString, span: Span, domain: &str) -> Self {
        let whole = Self::new(text, span);
        let start = whole.text.len().checked_sub(domain.len() + 1).filter(|start| *start > 0);
        let below = start.filter(|start| {
            let ending = whole.text.as_bytes().get(*start..);
            ending.is_some_and(|ending| ending[0] == b'.' && ending[1..].eq_ignore_ascii_case(domain.as_bytes()))
        });
        let short = below.map(|start| whole.text[..start].to_owned());
        Self { short, ..whole }
    }

    /// What is shown.
    pub(super) fn shown(&self) -> &str {
        self.short.as_deref().unwrap_or(&self.text)
    }
}

impl PictureFact {
    fn new(kind: &'static str, label: &'static str, value: PictureText) -> Self {
        Self { kind, label, value, more: None, is_by_rule: false }
    }

    fn and(self, between: &'static str, more: PictureText) -> Self {
        Self { more: Some((between, more)), ..self }
    }

    fn by_rule_if(self, is_by_rule: impl FnOnce() -> bool) -> Self {
        let is_by_rule = is_by_rule();
        Self { is_by_rule, ..self }
    }

    /// The whole line.
    pub(super) fn words(&self) -> Vec<PictureText> {
        let label = (!self.label.is_empty()).then(|| PictureText::own(self.label));
        let more = self.more.iter().flat_map(|(between, more)| [PictureText::own(between), more.clone()]);
        label.into_iter().chain([self.value.clone()]).chain(more).collect()
    }

    /// Whether it says something that the name in the domain does not.
    pub(super) fn is_news(&self) -> bool {
        self.kind != "hostname" || !self.is_by_rule
    }

    /// The same as one text, as it is shown.
    pub(super) fn plain(&self) -> String {
        plain(&self.words())
    }
}

impl PicturedGuest {
    /// Its addresses, and what else the picture shows of it below its name.
    pub(super) fn shown_facts(&self) -> impl Iterator<Item = &PictureFact> {
        self.addresses.iter().chain(&self.facts).filter(|fact| fact.is_news())
    }
}

impl PicturedRouter {
    /// Its name, and line by line what it has in each network.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        let name = self.interfaces.first().map(|(_, guest)| guest.name.text.clone());
        let facts = self.interfaces.iter().flat_map(|(_, guest)| guest.shown_facts().map(PictureFact::plain));
        name.into_iter().chain(facts)
    }
}

/// What is shown of some words.
pub(super) fn plain(words: &[PictureText]) -> String {
    words.iter().map(PictureText::shown).collect()
}

impl Picture {
    /// The document's name for a comment of one line, in which no language finds more than words.
    pub(super) fn document_in_comment(&self) -> String {
        self.document.replace(|c: char| c.is_control() || "\u{2028}\u{2029}%{}".contains(c), " ")
    }

    /// What a picture of these networks of one document shows.
    pub(super) fn of<'n>(networks: impl Iterator<Item = &'n Network>, about: PicturedDocument<'_>) -> Self {
        let networks: Vec<&Network> = networks.collect();
        let headings = Headings::of(about);
        let places: BTreeMap<&str, usize> =
            networks.iter().enumerate().map(|(place, network)| (network.bridge.name.value.as_str(), place)).collect();
        let mut pictured: Vec<PicturedNetwork> =
            networks.iter().map(|network| PicturedNetwork::of(network, &headings)).collect();
        let routers = routers(&networks, &places, &mut pictured);
        let document = about.name.to_owned();
        Self { document, networks: pictured, routers, routes: routes(&networks, &places) }
    }
}

/// Pairs of networks that are in the picture and reach each other.
fn routes(networks: &[&Network], places: &BTreeMap<&str, usize>) -> Vec<(usize, usize)> {
    let pairs = networks.iter().enumerate().flat_map(|(place, network)| {
        let others = network.beside.iter().filter(|other| other.route.is_some());
        let others = others.filter_map(|other| places.get(other.bridge.value.as_str()));
        others.filter(move |other| place < **other).map(move |other| (place, *other))
    });
    pairs.collect()
}

/// Takes the machines with interfaces in several networks of the picture out of the guests of each.
fn routers(
    networks: &[&Network],
    places: &BTreeMap<&str, usize>,
    pictured: &mut [PicturedNetwork],
) -> Vec<PicturedRouter> {
    let name = |guest: &Guest| guest.name.value.as_str().to_lowercase();
    let is_in_others = |guest: &&Guest| {
        let mut others = guest.further.iter().map(|other| other.bridge.value.as_str());
        others.any(|other| places.contains_key(other))
    };
    let mut machines: Vec<PicturedRouter> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for guest in networks.iter().flat_map(|network| &network.guests).filter(is_in_others) {
        if known.len() < MOST_ROUTERS && !known.contains_key(&name(guest)) {
            known.insert(name(guest), machines.len());
            machines.push(PicturedRouter { interfaces: Vec::new() });
        }
    }
    if known.is_empty() {
        return machines;
    }
    for (place, (network, pictured)) in networks.iter().zip(pictured).enumerate() {
        let guests = std::mem::take(&mut pictured.guests);
        for (guest, mut drawn) in network.guests.iter().zip(guests) {
            match known.get(&name(guest)) {
                Some(machine) if is_in_others(&guest) => {
                    drawn.facts.retain(|fact| fact.kind != "further-interface");
                    machines[*machine].interfaces.push((place, drawn));
                }
                _ => pictured.guests.push(drawn),
            }
        }
    }
    machines
}

impl PicturedNetwork {
    fn of(network: &Network, headings: &Headings) -> Self {
        let bridge = &network.bridge;
        let names = names_by_address(network);
        let published = published_by_guest(network);
        let place = |span: Option<Span>| headings.above(span.unwrap_or(bridge.span));
        let guests_link = place(network.guests.first().map(|guest| guest.span));
        let guest = |guest| PicturedGuest {
            name: PictureText::new(&guest_name(guest), guest.name.span),
            tap: PictureText::new(&guest.tap().value, guest.tap().span),
            addresses: guest_addresses(guest),
            facts: guest_facts(guest, network, (&names, &published)),
            link: headings.called(&guest_name(guest)).unwrap_or(&guests_link).to_owned(),
        };
        Self {
            bridge: PictureText::new(&bridge.name.value, bridge.name.span),
            main: main_facts(network),
            notes: notes(network, names.clone()),
            link: headings.above(bridge.span),
            namespace: PictureText::new(&bridge.namespace.value, bridge.namespace.span),
            services_link: place(network.services.first().map(|service| service.span)),
            endpoints: network.endpoints.iter().map(|endpoint| PicturedEndpoint::of(endpoint, network)).collect(),
            guests: network.guests.iter().map(guest).collect(),
        }
    }
}

fn guest_name(guest: &Guest) -> String {
    guest.name.value.to_string()
}

fn main_facts(network: &Network) -> Vec<PictureFact> {
    let bridge = &network.bridge;
    let address = PictureText::new(&bridge.gateway_with_prefix(), bridge.gateway.span);
    let six = bridge.six.iter().map(|six| PictureText::new(&six.gateway_with_prefix(), six.gateway.span));
    let domain = PictureText::new(&network.domain.value, network.domain.span);
    let mut facts = vec![PictureFact::new("address", "host ", address)];
    facts.extend(six.map(|six| PictureFact::new("address", "", six)));
    facts.push(PictureFact::new("domain", "domain ", domain));
    facts
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

/// What the bridge list says of the whole network, and names that lead to nobody's card.
fn notes(network: &Network, mut names: NamesByAddress<'_>) -> Vec<PictureFact> {
    for guest in &network.guests {
        names.remove(&guest.address().value);
    }
    let terms = [
        ("reserved", "reserved ", BRIDGE_RESERVED.schema),
        ("dhcp-range", "DHCP ", BRIDGE_DHCP_RANGE.schema),
        ("pods", "pods ", BRIDGE_PODS.schema),
        ("cluster-services", "cluster services ", BRIDGE_CLUSTER_SERVICES.schema),
        ("mtu", "MTU ", BRIDGE_MTU.schema),
    ];
    let terms = terms.into_iter().flat_map(|(kind, label, field)| {
        let known = network.fields.known.iter().filter(move |known| *known.schema == field);
        let values = known.flat_map(|known| &known.values);
        values.map(move |value| PictureFact::new(kind, label, PictureText::new(&value.value, value.span)))
    });
    let names = names.values().flatten();
    let names =
        names.map(|name| named(name, network).and(" ", PictureText::new(&name.address.value, name.address.span)));
    let six = network.bridge.six.iter().filter(|six| six.masquerade.value == Switch::Off);
    let six = six.map(|six| PictureFact::new("masquerade6", "IPv6 masquerade ", text_of(&six.masquerade)));
    let routes = network.beside.iter().filter_map(|other| Some((other, other.route?)));
    let routes =
        routes.map(|(other, span)| PictureFact::new("route", "Route to ", PictureText::new(&other.bridge.value, span)));
    six.chain(routes).chain(terms).chain(names).collect()
}

fn text_of(value: &Spanned<impl ToString>) -> PictureText {
    PictureText::new(&value.value, value.span)
}

fn named(name: &FurtherName, network: &Network) -> PictureFact {
    let text = PictureText::name(&name.name.value, name.name.span, network.domain.value.as_str());
    let kind = if name.reach.prefix().is_empty() { "name" } else { "names-below" };
    PictureFact::new(kind, name.reach.prefix(), text)
}

fn guest_addresses(guest: &Guest) -> Vec<PictureFact> {
    let first = guest.address().span;
    let fact = |address: &Spanned<IpAddr>| {
        let is_by_rule = || address.value.is_ipv6() && address.span == first;
        PictureFact::new("address", "", text_of(address)).by_rule_if(is_by_rule)
    };
    guest.addresses().map(fact).collect()
}

fn guest_facts(
    guest: &Guest,
    network: &Network,
    (names, published): (&NamesByAddress<'_>, &PublishedByGuest<'_>),
) -> Vec<PictureFact> {
    let domain = network.domain.value.as_str();
    let hostname = PictureText::name(&guest.hostname.value, guest.hostname.span, domain);
    let is_by_rule = hostname.shown() == guest.name.value.as_str();
    let mac = PictureFact::new("mac", "", text_of(guest.mac()));
    let mut facts = vec![
        PictureFact::new("hostname", "", hostname).by_rule_if(|| is_by_rule),
        mac.by_rule_if(|| guest.mac().span == guest.address().span),
    ];
    let alias = |alias: &Spanned<_>| PictureFact::new("alias", "", PictureText::name(&alias.value, alias.span, domain));
    facts.extend(guest.aliases.iter().map(alias));
    let pods = guest.fields.values(&GUEST_PODS);
    facts.extend(pods.iter().map(|range| PictureFact::new("pods", "pods ", text_of(range))));
    facts.extend(names.get(&guest.address().value).into_iter().flatten().map(|name| named(name, network)));
    let published = published.get(guest.name.value.as_str()).into_iter().flatten();
    facts.extend(published.map(|row| {
        let host = if row.published.value.address().is_some() { "" } else { "host:" };
        PictureFact::new("published", host, text_of(&row.published)).and(" → ", text_of(&row.port))
    }));
    facts.extend(guest.further.iter().map(|other| {
        let address = text_of(other.interface.addresses.first());
        PictureFact::new("further-interface", "also in ", text_of(&other.bridge)).and(" ", address)
    }));
    facts
}

impl PicturedEndpoint {
    fn of(endpoint: &Endpoint, network: &Network) -> Self {
        let is_here = |service: &&Service| service.interface.value == endpoint.interface.value;
        let mut services = Vec::new();
        for address in &endpoint.addresses {
            let at = |service: &&Service| service.address.value == address.value;
            for service in network.services.iter().filter(is_here).filter(at) {
                let fact = PictureFact::new("service", "", text_of(&service.name));
                services.push(match &service.port {
                    Some(port) => fact.and(" :", text_of(port)),
                    None => fact,
                });
                if service.schema.is_some_and(|schema| *schema == NFS) {
                    services.extend(network.exports.iter().map(shared_folder));
                }
            }
        }
        let address = |address| PictureFact::new("address", "", text_of(address));
        Self {
            port: text_of(&endpoint.host_interface),
            name: text_of(&endpoint.interface),
            addresses: endpoint.addresses.iter().map(address).collect(),
            services,
        }
    }
}

/// A folder by the name that guests mount it by.
fn shared_folder(export: &Export) -> PictureFact {
    PictureFact::new("export", "/", text_of(&export.name)).and(" ", text_of(&export.mode))
}

#[cfg(test)]
mod tests {
    use super::PictureText;
    use crate::source::Sources;

    #[track_caller]
    fn check(name: &str, shown: &str) {
        let mut sources = Sources::default();
        let id = sources.add("a.org", "x");
        let span = sources.get(id).span(0..1);
        assert_eq!(PictureText::name(&name, span, "qvm0.lan").shown(), shown);
    }

    #[test]
    fn names_are_shown_without_the_domain_that_they_are_below() {
        check("cp.qvm0.lan", "cp");
        check("a.b.QVM0.lan", "a.b");
        check("qvm0.lan", "qvm0.lan");
        check(".qvm0.lan", ".qvm0.lan");
        check("cpqvm0.lan", "cpqvm0.lan");
        check("zoé.qvm0.lan", "zoé");
        check("é", "é");
    }
}
