//! Values that a document does not say and that follow from what it says: shown in the empty cell, or after the row where
//! there is no column for it.

use std::collections::HashMap;
use std::ops::Range;

use super::view::View;
use crate::network::schema::{
    BRIDGE, BRIDGE_DOMAIN, BRIDGE_NAME, BRIDGE_NAMESPACE, EXPORT_MODE, EXPORTS, FieldSchema, GUEST_HOSTNAME, GUEST_IP6,
    GUEST_MAC, GUESTS, PUBLISH, PUBLISH_GUEST_PORT, PartSchema, SERVICE_INTERFACE, SERVICE_IP, SERVICE_IP6,
    SERVICE_PORT, SERVICES,
};
use crate::network::{Fields, Guest, Network, Service};
use crate::org::inline::unmarked;
use crate::org::{Table, TableRow};
use crate::source::{Span, Spanned};

/// A value to show at an offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ValueHint {
    pub(super) offset: usize,
    /// The value, or several after a row.
    pub(super) label: String,
    /// What they are, in Markdown.
    pub(super) meaning: String,
}

/// A value that follows from others.
struct DerivedValue {
    field: &'static FieldSchema,
    text: String,
    presence: HintPresence,
}

/// Where a value is worth showing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum HintPresence {
    /// In an empty cell, and after the row where there is no such column.
    Always,
    /// In an empty cell: it is the same for every row.
    InCell,
}

/// What a row of a table gives.
struct DerivedRow {
    part: &'static PartSchema,
    values: Vec<DerivedValue>,
}

/// All hints in a part of the document.
pub(super) fn hints(view: &View<'_>, range: &Range<usize>) -> Vec<ValueHint> {
    let touches = |span: Span| span.range().start <= range.end && range.start <= span.range().end;
    let networks = &view.built.compilation.networks;
    let mut hints: Vec<ValueHint> = networks.iter().filter_map(|network| bridge(view, network)).collect();
    hints.retain(|hint| (range.start..=range.end).contains(&hint.offset));
    let tables = || view.document.tables.iter().filter(|table| touches(table.span));
    if tables().next().is_some() {
        let rows: HashMap<Span, DerivedRow> = networks.iter().flat_map(|network| rows(network, &touches)).collect();
        hints.extend(tables().flat_map(|table| of_table(table, &rows)));
    }
    hints.sort_by_key(|hint| hint.offset);
    hints
}

/// The rows of a network that are wanted, each with what it gives.
fn rows(network: &Network, is_wanted: &impl Fn(Span) -> bool) -> Vec<(Span, DerivedRow)> {
    let mut rows = Vec::new();
    let mut add = |span, part, values| rows.push((span, DerivedRow { part, values }));
    for row in network.guests.iter().filter(|row| is_wanted(row.span)) {
        add(row.span, &GUESTS, guest(row));
    }
    for row in network.services.iter().filter(|row| is_wanted(row.span)) {
        add(row.span, &SERVICES, service(row));
    }
    for row in network.published.iter().filter(|row| is_wanted(row.span)) {
        add(row.span, &PUBLISH, vec![in_cell(&PUBLISH_GUEST_PORT.schema, row.port.value.to_string())]);
    }
    for row in network.exports.iter().filter(|row| is_wanted(row.span)) {
        add(row.span, &EXPORTS, vec![in_cell(&EXPORT_MODE.schema, row.mode.value.to_string())]);
    }
    rows
}

fn guest(guest: &Guest) -> Vec<DerivedValue> {
    let mut values = vec![
        always(&GUEST_HOSTNAME.schema, guest.hostname.value.to_string()),
        always(&GUEST_MAC.schema, guest.mac().value.to_string()),
    ];
    values.extend(guest.addresses6().map(|address| always(&GUEST_IP6.schema, address.value.to_string())));
    values.extend(defaults(&guest.fields));
    values
}

fn service(service: &Service) -> Vec<DerivedValue> {
    let port = service.port.map(|port| in_cell(&SERVICE_PORT.schema, port.value.to_string()));
    let six = service.address6.map(|address| always(&SERVICE_IP6.schema, address.value.to_string()));
    let address = in_cell(&SERVICE_IP.schema, service.address.value.to_string());
    let interface = in_cell(&SERVICE_INTERFACE.schema, service.interface.value.to_string());
    [address, interface].into_iter().chain(port).chain(six).chain(defaults(&service.fields)).collect()
}

fn defaults(fields: &Fields) -> impl Iterator<Item = DerivedValue> {
    let texts =
        |values: &[Spanned<String>]| values.iter().map(|value| value.value.as_str()).collect::<Vec<_>>().join(", ");
    fields.known.iter().map(move |known| in_cell(known.schema, texts(&known.values)))
}

fn always(field: &'static FieldSchema, text: String) -> DerivedValue {
    DerivedValue { field, text, presence: HintPresence::Always }
}

fn in_cell(field: &'static FieldSchema, text: String) -> DerivedValue {
    DerivedValue { field, text, presence: HintPresence::InCell }
}

fn of_table(table: &Table<'_>, rows: &HashMap<Span, DerivedRow>) -> Vec<ValueHint> {
    let mut lines = table.rows.iter().filter_map(|row| match row {
        TableRow::Cells { span, cells } => Some((*span, cells)),
        TableRow::Rule(_) => None,
    });
    let Some((_, header)) = lines.next() else { return Vec::new() };
    let mut hints = Vec::new();
    for (span, cells) in lines {
        let Some(row) = rows.get(&span) else { continue };
        let column = |value: &DerivedValue| {
            header.iter().position(|label| row.part.field(unmarked(*label).value) == Some(value.field))
        };
        let mut after = Vec::new();
        for value in row.values.iter().filter(|value| !value.text.is_empty()) {
            match column(value).map(|column| cells.get(column)) {
                Some(Some(cell)) if cell.value.is_empty() => {
                    hints.push(hint(cell.span.range().start, &[value]));
                }
                Some(None) | None if value.presence == HintPresence::Always => after.push(value),
                Some(Some(_) | None) | None => {}
            }
        }
        if !after.is_empty() {
            hints.push(hint(span.range().end, &after));
        }
    }
    hints
}

fn hint(offset: usize, values: &[&DerivedValue]) -> ValueHint {
    let label = values.iter().map(|value| value.text.as_str()).collect::<Vec<_>>().join(" ");
    let meaning = values.iter().map(|value| format!("**{}**: {}", value.field.name, value.field.meaning));
    ValueHint { offset, label, meaning: meaning.collect::<Vec<_>>().join("\n\n") }
}

/// What follows from the bridge's name, after it.
fn bridge(view: &View<'_>, network: &Network) -> Option<ValueHint> {
    let list = view.document.lists.iter().find(|list| list.span == network.bridge.span)?;
    let terms = || list.items.iter().filter_map(|item| Some((BRIDGE.field(unmarked(item.tag?).value)?, item)));
    let (_, name) = terms().find(|(field, _)| **field == BRIDGE_NAME.schema)?;
    let domain = always(&BRIDGE_DOMAIN.schema, network.domain.value.to_string());
    let namespace = always(&BRIDGE_NAMESPACE.schema, network.bridge.namespace.value.to_string());
    let values = [&domain, &namespace];
    let unsaid: Vec<_> = values
        .into_iter()
        .filter(|value| terms().all(|(field, item)| field != value.field || item.text.value.is_empty()))
        .collect();
    (!unsaid.is_empty()).then(|| hint(name.text.span.range().end, &unsaid))
}

#[cfg(test)]
mod tests {
    use super::hints;
    use crate::lsp::testing::{NETWORK, built};
    use crate::lsp::view::View;

    /// The document with all hints written into it.
    #[track_caller]
    fn check(text: &str, parts: &[&str]) {
        let built = built(text);
        let view = View::of(&built);
        assert_eq!(view.built.compilation.networks.len(), 1, "{:?}", view.built.diagnostics);
        let mut shown = text.to_owned();
        for hint in hints(&view, &(0..text.len())).iter().rev() {
            shown.insert_str(hint.offset, &format!("«{}»", hint.label));
        }
        for part in parts {
            assert!(shown.contains(part), "no {part:?} in\n{shown}");
        }
    }

    #[test]
    fn what_has_no_column_stands_after_the_row() {
        check(
            NETWORK,
            &[
                "- Name :: qvm0«qvm0.lan qvm-svc»\n",
                "| cp | 10.42.0.10 | qvm0tap0 |«cp.qvm0.lan 52:54:00:2a:00:0a»\n",
                "| DHCP | 10.42.0.2 | «67»| veth0 |\n",
                "| DNS | «10.42.0.2»| 5300 | «veth0»|\n",
            ],
        );
        let six = NETWORK.replace("10.42.0.1/24\n", "10.42.0.1/24\n- Subnet6 :: fd42:42::1/64\n- Domain :: x.lan\n");
        check(&six, &["«cp.x.lan 52:54:00:2a:00:0a fd42:42::a»", "- Name :: qvm0«qvm-svc»\n", "«fd42:42::2»"]);
    }

    #[test]
    fn what_has_a_column_stands_in_its_empty_cell() {
        let text = NETWORK
            .replace("| TAP |\n|---+---+---|", "| TAP | MAC | Hostname | CPUs |\n|--|")
            .replace("tap0 |", "tap0 | | | |")
            .replace("tap1 |", "tap1 | 02:00:00:00:00:01 | wk-1.qvm0.lan | 4 |");
        check(&text, &["tap0 | «52:54:00:2a:00:0a»| «cp.qvm0.lan»| «2»|\n", ":01 | wk-1.qvm0.lan | 4 |\n"]);
    }

    #[test]
    fn a_part_of_the_document_has_its_own_hints() {
        let built = built(NETWORK);
        let view = View::of(&built);
        let row = NETWORK.find("| wk-1").unwrap();
        assert_eq!(hints(&view, &(row..row + 3)).len(), 1);
        assert_eq!(hints(&view, &(NETWORK.len()..NETWORK.len())), []);
    }
}
