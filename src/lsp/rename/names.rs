//! The names that networks have, what is made of each, and which new ones they can take.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use super::View;
use crate::network::schema::{
    BRIDGE_NAME, BRIDGE_ROUTE_TO, EXPORT_GUESTS, EXPORT_NAME, FieldSchema, GUEST_ALIASES, GUEST_NAME, GUEST_TAP,
    NAME_NAME, PUBLISH_GUEST, SERVICE_INTERFACE,
};
use crate::network::{DomainName, ExportName, GuestName, HostName, InterfaceName, NamespaceName, Network, value};

/// A name that a document gives to something of its networks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NetworkName {
    pub(super) kind: NetworkNameKind,
    /// As its cell has it.
    pub(super) name: String,
    /// What is made of it.
    derived: BTreeSet<DerivedWord>,
}

/// What a name is the name of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum NetworkNameKind {
    Guest,
    /// A guest's alias, or a row of the table of further names.
    Host,
    Interface,
    Bridge,
    Export,
}

/// How a word is made of a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum DerivedWord {
    /// The name with this around it.
    Joined { before: String, after: String },
    /// The name as a label of host names, with this around it.
    Label { before: String, after: String },
    /// The host's end of a veth pair, by its number.
    HostEnd(usize),
    /// The namespace of a bridge.
    Namespace,
    /// All words that end in the name with this after it.
    Ending(String),
    /// All words that end in the name as a label, with this after it.
    LabelEnding(String),
}

/// A word that is made of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum MadeWord {
    /// The word itself.
    Whole(String),
    /// The end of longer ones.
    End(String),
}

impl NetworkName {
    /// The words that are made of it if it is this name, always in the same order.
    pub(super) fn made(&self, name: &str) -> Vec<MadeWord> {
        self.derived.iter().map(|derived| derived.of(name)).collect()
    }

    /// The columns and terms whose values are such names.
    pub(super) fn fields(&self) -> Vec<&'static FieldSchema> {
        match self.kind {
            NetworkNameKind::Guest => vec![&GUEST_NAME.schema, &PUBLISH_GUEST.schema, &EXPORT_GUESTS.schema],
            NetworkNameKind::Host => vec![&GUEST_ALIASES.schema, &NAME_NAME.schema],
            NetworkNameKind::Interface => vec![&GUEST_TAP.schema, &SERVICE_INTERFACE.schema],
            NetworkNameKind::Bridge => vec![&BRIDGE_NAME.schema, &BRIDGE_ROUTE_TO.schema, &SERVICE_INTERFACE.schema],
            NetworkNameKind::Export => vec![&EXPORT_NAME.schema],
        }
    }

    /// Whether letter case counts in it.
    pub(super) fn has_case(&self) -> bool {
        match self.kind {
            NetworkNameKind::Guest | NetworkNameKind::Host => false,
            NetworkNameKind::Interface | NetworkNameKind::Bridge | NetworkNameKind::Export => true,
        }
    }

    /// Whether it can be nothing but a name, wherever it stands: no word of letters alone.
    pub(super) fn is_unmistakable(&self) -> bool {
        self.kind != NetworkNameKind::Export && self.name.contains(|c: char| !c.is_ascii_alphabetic())
    }
}

impl DerivedWord {
    fn of(&self, name: &str) -> MadeWord {
        let interface = InterfaceName::parse(name).ok();
        let label = || interface.as_ref().map_or_else(|| name.to_owned(), InterfaceName::label);
        match self {
            Self::Joined { before, after } => MadeWord::Whole(format!("{before}{name}{after}")),
            Self::Label { before, after } => MadeWord::Whole(format!("{before}{}{after}", label())),
            Self::HostEnd(number) => {
                MadeWord::Whole(interface.map_or_else(String::new, |name| name.host_end(*number).to_string()))
            }
            Self::Namespace => {
                MadeWord::Whole(interface.map_or_else(String::new, |name| NamespaceName::of_bridge(&name).to_string()))
            }
            Self::Ending(after) => MadeWord::End(format!(".{name}{after}")),
            Self::LabelEnding(after) => MadeWord::End(format!(".{}{after}", label())),
        }
    }

    fn after(after: impl Into<String>) -> Self {
        Self::Joined { before: String::new(), after: after.into() }
    }
}

/// All names of the networks, those first that other words are made of.
pub(super) fn all(view: &View<'_>) -> Vec<NetworkName> {
    let mut all: Vec<NetworkName> = Vec::new();
    let mut known: HashMap<(NetworkNameKind, String), usize> = HashMap::new();
    for network in &view.built.compilation.networks {
        for name in guests(network).chain(hosts(network)).chain(interfaces(network)).chain(exports(network)) {
            let key = if name.has_case() { name.name.clone() } else { name.name.to_ascii_lowercase() };
            match known.entry((name.kind, key)) {
                // One name in several networks is one machine.
                Entry::Occupied(other) => all[*other.get()].derived.extend(name.derived),
                Entry::Vacant(free) => {
                    free.insert(all.len());
                    all.push(name);
                }
            }
        }
    }
    all
}

fn guests(network: &Network) -> impl Iterator<Item = NetworkName> {
    let label = network.bridge.name.value.label();
    network.guests.iter().map(move |guest| NetworkName {
        kind: NetworkNameKind::Guest,
        name: guest.name.value.to_string(),
        derived: [format!(".{}", network.domain.value), format!(".{label}")].map(DerivedWord::after).into(),
    })
}

/// Aliases and further names as their cells have them: the domain follows a short one.
fn hosts(network: &Network) -> impl Iterator<Item = NetworkName> {
    let ending = format!(".{}", network.domain.value);
    let aliases = network.guests.iter().flat_map(|guest| &guest.aliases).map(|alias| (&alias.value, false));
    let further = network.names.iter().map(|row| (&row.name.value, row.reach == crate::network::NameReach::Below));
    aliases.chain(further).map(move |(name, has_more_below)| {
        let short = name.as_str().strip_suffix(ending.as_str()).filter(|short| !short.contains('.'));
        let after = if short.is_some() { ending.clone() } else { String::new() };
        let whole = short.map(|_| DerivedWord::after(after.clone()));
        let below = has_more_below.then_some(DerivedWord::Ending(after));
        NetworkName {
            kind: NetworkNameKind::Host,
            name: short.unwrap_or(name.as_str()).to_owned(),
            derived: whole.into_iter().chain(below).collect(),
        }
    })
}

fn interfaces(network: &Network) -> impl Iterator<Item = NetworkName> {
    let taps = network.guests.iter().map(|guest| &guest.tap().value);
    let ends = network.endpoints.iter().map(|endpoint| &endpoint.interface.value);
    let others = taps.chain(ends).map(|name| NetworkName {
        kind: NetworkNameKind::Interface,
        name: name.to_string(),
        derived: BTreeSet::new(),
    });
    std::iter::once(bridge(network)).chain(others)
}

/// What is named after the bridge follows it, unless the document says another name.
fn bridge(network: &Network) -> NetworkName {
    let name = &network.bridge.name.value;
    let label = |before: &str, after: &str| DerivedWord::Label { before: before.to_owned(), after: after.to_owned() };
    let mut derived: BTreeSet<DerivedWord> =
        network.guests.iter().map(|guest| label(&format!("{}.", guest.name.value), "")).collect();
    if network.domain.span == network.bridge.name.span && network.domain.value == DomainName::of_bridge(name) {
        derived.extend([label("", ".lan"), DerivedWord::LabelEnding(".lan".to_owned())]);
    }
    let ends = network.endpoints.iter().map(|endpoint| &endpoint.host_interface.value);
    let number = |end: &InterfaceName| (1..=network.endpoints.len()).find(|number| name.host_end(*number) == *end);
    derived.extend(ends.filter_map(number).map(DerivedWord::HostEnd));
    if network.bridge.namespace.value == NamespaceName::of_bridge(name) {
        derived.insert(DerivedWord::Namespace);
    }
    NetworkName { kind: NetworkNameKind::Bridge, name: name.to_string(), derived }
}

fn exports(network: &Network) -> impl Iterator<Item = NetworkName> {
    network.exports.iter().map(|export| NetworkName {
        kind: NetworkNameKind::Export,
        name: export.name.value.to_string(),
        derived: BTreeSet::new(),
    })
}

/// Refuses a new name that such a thing cannot have, or that something else has.
pub(super) fn check(view: &View<'_>, name: &NetworkName, new: &str) -> Result<(), String> {
    let parsed = match name.kind {
        NetworkNameKind::Guest => GuestName::parse(new).map(drop),
        NetworkNameKind::Host => host(&name.name, new),
        NetworkNameKind::Interface | NetworkNameKind::Bridge => InterfaceName::parse(new).map(drop),
        NetworkNameKind::Export => ExportName::parse(new).map(drop),
    };
    let what = match name.kind {
        NetworkNameKind::Guest => "a guest's name",
        NetworkNameKind::Host => "a host name",
        NetworkNameKind::Interface => "the name of an interface",
        NetworkNameKind::Bridge => "the name of a bridge",
        NetworkNameKind::Export => "the name of a share",
    };
    parsed.map_err(|reason| format!("`{}` cannot be {what}: it {reason}", new.escape_debug()))?;
    let owner = match name.kind {
        NetworkNameKind::Guest | NetworkNameKind::Host => host_owner(view, name, new),
        NetworkNameKind::Interface | NetworkNameKind::Bridge => interface_owner(view, new),
        NetworkNameKind::Export => is_export(view, new).then_some("another share"),
    };
    owner.map_or(Ok(()), |owner| Err(format!("`{new}` is taken: {owner} has that name")))
}

/// A further name that is short stays short, since the domain follows it in other places.
fn host(present: &str, new: &str) -> Result<(), String> {
    value::AliasName::parse(new)?;
    match (present.contains('.'), new.contains('.')) {
        (false, true) => Err("has a dot in it, where the domain follows the present one".to_owned()),
        (true, false) => Err("has no dot in it, so that the domain would follow it".to_owned()),
        (false, false) | (true, true) => Ok(()),
    }
}

fn host_owner(view: &View<'_>, name: &NetworkName, new: &str) -> Option<&'static str> {
    // Another spelling of the same name is nobody else's.
    if name.name.eq_ignore_ascii_case(new) {
        return None;
    }
    let networks = &view.built.compilation.networks;
    let mut guests = networks.iter().flat_map(|network| &network.guests);
    if guests.any(|guest| guest.name.value.as_str().eq_ignore_ascii_case(new)) {
        return Some("another guest");
    }
    let is_one = |network: &Network, host: &HostName| {
        let host = host.as_str();
        host.eq_ignore_ascii_case(new) || host.eq_ignore_ascii_case(&format!("{new}.{}", network.domain.value))
    };
    let further = networks.iter().any(|network| network.names.iter().any(|row| is_one(network, &row.name.value)));
    if further {
        return Some("a row of the table of further names");
    }
    let is_alias = |network: &Network| {
        network.guests.iter().flat_map(|guest| &guest.aliases).any(|alias| is_one(network, &alias.value))
    };
    networks.iter().any(is_alias).then_some("the alias of a guest")
}

fn interface_owner(view: &View<'_>, new: &str) -> Option<&'static str> {
    let mut owners = view.built.compilation.networks.iter().flat_map(|network| {
        let taps = network.guests.iter().map(|guest| (guest.tap(), "the TAP of a guest"));
        let ends = network.endpoints.iter().flat_map(|endpoint| {
            [
                (&endpoint.interface, "an interface of the services"),
                (&endpoint.host_interface, "the end of a veth pair"),
            ]
        });
        taps.chain(ends).chain([(&network.bridge.name, "a bridge")])
    });
    owners.find(|(name, _)| name.value.as_str() == new).map(|(_, owner)| owner)
}

fn is_export(view: &View<'_>, new: &str) -> bool {
    let mut exports = view.built.compilation.networks.iter().flat_map(|network| &network.exports);
    exports.any(|export| export.name.value.to_string() == new)
}
