//! How two networks differ, in the words of the document: guests, services, names, terms of the bridge list.

use std::collections::{BTreeMap, VecDeque};

use crate::network::schema::ServiceRole;
use crate::network::{Export, Fields, FurtherName, Guest, NameReach, Network, Published, Service};

/// One thing that an edit says of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkChange {
    /// What happens to it.
    pub kind: MeaningKind,
    /// Its name: the new one where it has another.
    pub subject: String,
    /// Its values: those that it has where it comes or goes, else those that differ.
    pub values: Vec<ValueChange>,
}

/// What happens to a part of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeaningKind {
    /// There is a network where none was.
    NetworkAdded,
    /// There is none any more.
    NetworkRemoved,
    /// Its bridge has another name.
    NetworkRenamed,
    /// Another term of its bridge list differs.
    NetworkChanged,
    /// A guest is new.
    GuestAdded,
    /// A guest has gone.
    GuestRemoved,
    /// A guest has another name, by its TAP or MAC address the same.
    GuestRenamed,
    /// A guest has another address.
    GuestRenumbered,
    /// Something else of a guest differs.
    GuestChanged,
    /// A service is new.
    ServiceAdded,
    /// A service has gone.
    ServiceRemoved,
    /// A service has another address or port.
    ServiceMoved,
    /// Something else of a service differs.
    ServiceChanged,
    /// A further name is new.
    NameAdded,
    /// A further name has gone.
    NameRemoved,
    /// A further name leads elsewhere.
    NameMoved,
    /// A port of the host leads to a guest.
    PortAdded,
    /// A port of the host leads to no guest any more.
    PortRemoved,
    /// A port of the host leads elsewhere.
    PortMoved,
    /// A folder is shared.
    ExportAdded,
    /// A folder is shared no longer.
    ExportRemoved,
    /// A folder is shared otherwise.
    ExportChanged,
}

/// A value that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueChange {
    /// What it is called.
    pub what: String,
    /// What it was; none if there was none.
    pub old: Option<String>,
    /// What it is; none if there is none any more.
    pub new: Option<String>,
}

/// What a part of the network is called and has, in the order to show.
type Values = Vec<(String, String)>;

/// The same guest in two networks.
#[derive(Debug, Clone, Copy)]
pub(super) struct GuestPair<'a> {
    pub(super) old: Option<&'a Guest>,
    pub(super) new: Option<&'a Guest>,
}

impl MeaningKind {
    /// What programs call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::NetworkAdded => "network-added",
            Self::NetworkRemoved => "network-removed",
            Self::NetworkRenamed => "network-renamed",
            Self::NetworkChanged => "network-changed",
            Self::GuestAdded => "guest-added",
            Self::GuestRemoved => "guest-removed",
            Self::GuestRenamed => "guest-renamed",
            Self::GuestRenumbered => "guest-renumbered",
            Self::GuestChanged => "guest-changed",
            Self::ServiceAdded => "service-added",
            Self::ServiceRemoved => "service-removed",
            Self::ServiceMoved => "service-moved",
            Self::ServiceChanged => "service-changed",
            Self::NameAdded => "name-added",
            Self::NameRemoved => "name-removed",
            Self::NameMoved => "name-moved",
            Self::PortAdded => "port-added",
            Self::PortRemoved => "port-removed",
            Self::PortMoved => "port-moved",
            Self::ExportAdded => "export-added",
            Self::ExportRemoved => "export-removed",
            Self::ExportChanged => "export-changed",
        }
    }

    /// What people call it: the part, and what happens to it.
    pub fn words(self) -> (&'static str, &'static str) {
        self.name().split_once('-').unwrap_or((self.name(), ""))
    }
}

impl ValueChange {
    fn added((what, new): (String, String)) -> Self {
        Self { what, old: None, new: Some(new) }
    }

    fn removed((what, old): (String, String)) -> Self {
        Self { what, old: Some(old), new: None }
    }
}

impl GuestPair<'_> {
    /// The name that it has, or had.
    pub(super) fn name(&self) -> &str {
        self.new.or(self.old).map_or("", |guest| guest.name.value.as_str())
    }
}

/// A network that is new: itself and its rows.
pub(super) fn added(network: &Network) -> Vec<NetworkChange> {
    whole(network, [MeaningKind::NetworkAdded, MeaningKind::GuestAdded], |[added, ..]| added, ValueChange::added)
}

/// A network that has gone.
pub(super) fn removed(network: &Network) -> Vec<NetworkChange> {
    let kinds = [MeaningKind::NetworkRemoved, MeaningKind::GuestRemoved];
    whole(network, kinds, |[_, removed, _]| removed, ValueChange::removed)
}

fn whole(
    network: &Network,
    [itself, guest]: [MeaningKind; 2],
    of_table: fn([MeaningKind; 3]) -> MeaningKind,
    change: fn((String, String)) -> ValueChange,
) -> Vec<NetworkChange> {
    let bridge = (network.bridge.name.value.to_string(), essentials_of_network(network));
    let mut all = vec![only(itself, bridge, change)];
    all.extend(network.guests.iter().map(|row| only(guest, guest_row(row), change)));
    for (rows_of, kinds) in TABLES {
        all.extend(rows_of(network).into_iter().map(|row| only(of_table(kinds), row, change)));
    }
    all
}

/// What one state alone has.
fn only(
    kind: MeaningKind,
    (subject, values): (String, Values),
    change: fn((String, String)) -> ValueChange,
) -> NetworkChange {
    NetworkChange { kind, subject, values: values.into_iter().map(change).collect() }
}

fn guest_row(guest: &Guest) -> (String, Values) {
    (guest.name.value.to_string(), essentials_of_guest(guest))
}

/// How a network that is there in both states differs.
pub(super) fn between(old: &Network, new: &Network, guests: &[GuestPair<'_>]) -> Vec<NetworkChange> {
    let mut all = Vec::new();
    let (from, to) = (old.bridge.name.value.as_str(), new.bridge.name.value.as_str());
    if from != to {
        all.push(renamed(MeaningKind::NetworkRenamed, from, to));
    }
    all.extend(changed(MeaningKind::NetworkChanged, to, &values_of_network(old), &values_of_network(new)));
    all.extend(guests.iter().flat_map(|pair| guest(pair, [old, new])));
    let tables = TABLES.into_iter().flat_map(|(rows_of, kinds)| rows(rows_of(old), rows_of(new), kinds));
    all.extend(tables.map(moved_or_changed));
    all
}

fn renamed(kind: MeaningKind, from: &str, to: &str) -> NetworkChange {
    let name = ValueChange { what: "name".to_owned(), old: Some(from.to_owned()), new: Some(to.to_owned()) };
    NetworkChange { kind, subject: to.to_owned(), values: vec![name] }
}

fn changed(kind: MeaningKind, subject: &str, old: &Values, new: &Values) -> Option<NetworkChange> {
    let values = value_changes(old, new);
    (!values.is_empty()).then(|| NetworkChange { kind, subject: subject.to_owned(), values })
}

fn value_changes(old: &Values, new: &Values) -> Vec<ValueChange> {
    let before: BTreeMap<&str, &str> = old.iter().map(|(what, value)| (what.as_str(), value.as_str())).collect();
    let after: BTreeMap<&str, &str> = new.iter().map(|(what, value)| (what.as_str(), value.as_str())).collect();
    let gone = old.iter().filter(|(what, _)| !after.contains_key(what.as_str())).cloned().map(ValueChange::removed);
    let others = new.iter().filter_map(|(what, value)| {
        let was = before.get(what.as_str()).copied();
        (was != Some(value)).then(|| ValueChange {
            what: what.clone(),
            old: was.map(str::to_owned),
            new: Some(value.clone()),
        })
    });
    others.chain(gone).collect()
}

/// Guests of two networks: the same by their name, else by their TAP, else by their MAC address.
pub(super) fn pair_guests<'a>(old: &'a [Guest], new: &'a [Guest]) -> Vec<GuestPair<'a>> {
    let mut left: Vec<Option<&Guest>> = old.iter().map(Some).collect();
    let mut found: Vec<Option<&Guest>> = vec![None; new.len()];
    let keys: [fn(&Guest) -> String; 3] = [
        |guest| guest.name.value.as_str().to_owned(),
        |guest| guest.tap().value.as_str().to_owned(),
        |guest| guest.mac().value.to_string(),
    ];
    for key in keys {
        let known: BTreeMap<String, usize> =
            left.iter().enumerate().filter_map(|(index, guest)| Some((key((*guest)?), index))).collect();
        for (guest, found) in new.iter().zip(&mut found).filter(|(_, found)| found.is_none()) {
            *found = known.get(&key(guest)).and_then(|index| left.get_mut(*index)?.take());
        }
    }
    let present = new.iter().zip(found).map(|(new, old)| GuestPair { old, new: Some(new) });
    present.chain(left.into_iter().flatten().map(|old| GuestPair { old: Some(old), new: None })).collect()
}

fn guest(pair: &GuestPair<'_>, networks: [&Network; 2]) -> Vec<NetworkChange> {
    match (pair.old, pair.new) {
        (Some(old), Some(new)) => guest_changes(old, new, networks),
        (None, Some(new)) => vec![only(MeaningKind::GuestAdded, guest_row(new), ValueChange::added)],
        (Some(old), None) => vec![only(MeaningKind::GuestRemoved, guest_row(old), ValueChange::removed)],
        (None, None) => Vec::new(),
    }
}

fn guest_changes(old: &Guest, new: &Guest, [before, after]: [&Network; 2]) -> Vec<NetworkChange> {
    let (from, to) = (old.name.value.as_str(), new.name.value.as_str());
    let is_moved = old.address().value != new.address().value;
    let kind = if is_moved { MeaningKind::GuestRenumbered } else { MeaningKind::GuestChanged };
    let name = (from != to).then(|| renamed(MeaningKind::GuestRenamed, from, to));
    name.into_iter().chain(changed(kind, to, &values_of_guest(old, before), &values_of_guest(new, after))).collect()
}

/// What rows of a table are called, and their values.
type NamedRows = Vec<(String, Values)>;

fn service_rows(network: &Network) -> NamedRows {
    let run = network.services.iter().filter(|row| row.role() != ServiceRole::Gateway);
    run.map(|row| (row.name.value.to_string(), values_of_service(row))).collect()
}

fn name_rows(network: &Network) -> NamedRows {
    network.names.iter().map(|row| (pattern(row), values_of_name(row))).collect()
}

fn port_rows(network: &Network) -> NamedRows {
    network.published.iter().map(|row| (row.published.value.to_string(), values_of_port(row))).collect()
}

fn export_rows(network: &Network) -> NamedRows {
    network.exports.iter().map(|row| (row.name.value.to_string(), values_of_export(row))).collect()
}

/// The rows of a table, and what it is called that one is added, removed or changed.
type ComparedTable = (fn(&Network) -> NamedRows, [MeaningKind; 3]);

/// The tables besides that of the guests.
const TABLES: [ComparedTable; 4] = [
    (service_rows, [MeaningKind::ServiceAdded, MeaningKind::ServiceRemoved, MeaningKind::ServiceMoved]),
    (name_rows, [MeaningKind::NameAdded, MeaningKind::NameRemoved, MeaningKind::NameMoved]),
    (port_rows, [MeaningKind::PortAdded, MeaningKind::PortRemoved, MeaningKind::PortMoved]),
    (export_rows, [MeaningKind::ExportAdded, MeaningKind::ExportRemoved, MeaningKind::ExportChanged]),
];

/// A service has moved if its address or port is another one.
fn moved_or_changed(meaning: NetworkChange) -> NetworkChange {
    let is_place = |value: &ValueChange| value.what == "address" || value.what == "port";
    let stays = meaning.kind == MeaningKind::ServiceMoved && !meaning.values.iter().any(is_place);
    if stays { NetworkChange { kind: MeaningKind::ServiceChanged, ..meaning } } else { meaning }
}

/// Rows that are the same by what they are called; of several that are called the same, the first by the first.
fn rows(old: NamedRows, new: NamedRows, [added, removed, moved]: [MeaningKind; 3]) -> Vec<NetworkChange> {
    let mut before: BTreeMap<String, VecDeque<Values>> = BTreeMap::new();
    for (name, values) in old {
        before.entry(name).or_default().push_back(values);
    }
    let mut all = Vec::new();
    for (name, values) in new {
        if let Some(was) = before.get_mut(&name).and_then(VecDeque::pop_front) {
            all.extend(changed(moved, &name, &was, &values));
        } else {
            all.push(only(added, (name, values), ValueChange::added));
        }
    }
    for (name, gone) in before {
        all.extend(gone.into_iter().map(|values| only(removed, (name.clone(), values), ValueChange::removed)));
    }
    all
}

fn value(what: &str, value: &(impl ToString + ?Sized)) -> (String, String) {
    (what.to_owned(), value.to_string())
}

fn essentials_of_network(network: &Network) -> Values {
    let bridge = &network.bridge;
    vec![value("address", &bridge.gateway_with_prefix()), value("domain", network.domain.value.as_str())]
        .into_iter()
        .chain((!network.endpoints.is_empty()).then(|| value("namespace", bridge.namespace.value.as_str())))
        .collect()
}

fn values_of_network(network: &Network) -> Values {
    let bridge = &network.bridge;
    let mut values = vec![
        value("address", &bridge.gateway_with_prefix()),
        value("domain", network.domain.value.as_str()),
        value("namespace", bridge.namespace.value.as_str()),
        value("pin", &bridge.pin.value),
        value("host access", &network.host_access.value),
    ];
    values.extend(bridge.six.iter().flat_map(|six| {
        [value("IPv6 address", &six.gateway_with_prefix()), value("Masquerade6", &six.masquerade.value)]
    }));
    values.extend(values_of_fields(&network.fields));
    values
}

fn essentials_of_guest(guest: &Guest) -> Values {
    vec![
        value("address", &guest.address().value),
        value("MAC address", &guest.mac().value),
        value("TAP", guest.tap().value.as_str()),
    ]
}

/// A host name is told where it is not made of the guest's name and the domain.
fn values_of_guest(guest: &Guest, network: &Network) -> Values {
    let mut values = essentials_of_guest(guest);
    let made = format!("{}.{}", guest.name.value, network.domain.value);
    if guest.hostname.value.as_str() != made {
        values.push(value("host name", guest.hostname.value.as_str()));
    }
    values.extend(guest.addresses6().map(|address| value("IPv6 address", &address.value)));
    values.extend(values_of_fields(&guest.fields));
    values
}

fn values_of_service(service: &Service) -> Values {
    let mut values = vec![value("address", &service.address.value)];
    values.extend(service.port.as_ref().map(|port| value("port", &port.value)));
    values.push(value("interface", service.interface.value.as_str()));
    values.extend(values_of_fields(&service.fields));
    values
}

fn values_of_name(name: &FurtherName) -> Values {
    let mut values = vec![value("address", &name.address.value)];
    values.extend(values_of_fields(&name.fields));
    values
}

fn values_of_port(row: &Published) -> Values {
    let mut values = vec![value("guest", &row.guest.value), value("port", &row.port.value)];
    values.extend(values_of_fields(&row.fields));
    values
}

fn values_of_export(export: &Export) -> Values {
    let clients: Vec<String> = export.clients.iter().map(|client| client.value.to_string()).collect();
    let guests = if export.is_for_all { "all".to_owned() } else { clients.join(", ") };
    let mut values =
        vec![value("path", &export.path.value), value("guests", &guests), value("mode", &export.mode.value)];
    values.extend(values_of_fields(&export.fields));
    values
}

/// A further name as the document writes it, in full.
pub(super) fn pattern(name: &FurtherName) -> String {
    let below = if name.reach == NameReach::Below { "*." } else { "" };
    format!("{below}{}", name.name.value.as_str())
}

/// Fields without a value are none.
fn values_of_fields(fields: &Fields) -> Values {
    let known = fields.known.iter().map(|field| {
        let values: Vec<&str> = field.values.iter().map(|value| value.value.as_str()).collect();
        (field.schema.name.to_owned(), values.join(", "))
    });
    let own = fields.own.iter().map(|own| (own.name.value.clone(), own.text.value.clone()));
    known.chain(own).filter(|(_, value)| !value.is_empty()).collect()
}
