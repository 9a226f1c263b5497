//! The guest table: one machine a row.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use crate::diagnostic::{Code, Diagnostic};
use crate::network::Guest;
use crate::network::cell::{self, Given};
use crate::network::grid;
use crate::network::value::{GuestName, HostName, InterfaceName, MacAddress};
use crate::org::Table;
use crate::source::{Span, Spanned};

/// A guest, whatever may be wrong with its row or the rest of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredGuest {
    /// Column `Guest`.
    pub name: Spanned<GuestName>,
    /// What else means this guest and no other: host names, addresses, TAP.
    pub words: Vec<String>,
}

impl DeclaredGuest {
    /// A guest of a network.
    pub fn of(guest: &Guest) -> Self {
        let words = vec![
            guest.hostname.value.to_string(),
            guest.alias.value.to_string(),
            guest.address.value.to_string(),
            guest.tap.value.to_string(),
            guest.mac.value.to_string(),
        ];
        Self { name: guest.name.clone(), words }
    }

    /// A guest by what its row says.
    pub(super) fn of_row(row: GuestRow) -> Option<Self> {
        let hostname = row.hostname.value().map(|name| name.value.to_string());
        let address = row.address.map(|address| address.value.to_string());
        let tap = row.tap.map(|tap| tap.value.to_string());
        let mac = row.mac.value().map(|mac| mac.value.to_string());
        Some(Self { name: row.name?, words: hostname.into_iter().chain(address).chain(tap).chain(mac).collect() })
    }
}

/// A row of the guest table as far as it could be read.
pub(super) struct GuestRow {
    pub(super) span: Span,
    pub(super) name: Option<Spanned<GuestName>>,
    pub(super) hostname: Given<HostName>,
    pub(super) address: Option<Spanned<Ipv4Addr>>,
    pub(super) tap: Option<Spanned<InterfaceName>>,
    pub(super) mac: Given<MacAddress>,
}

/// Reads the guest table.
pub(super) fn read(table: &Table<'_>, found: &mut Vec<Diagnostic>) -> Vec<GuestRow> {
    let Some(grid) = grid::read(table, found) else { return Vec::new() };
    if grid.rows.is_empty() {
        let help = "add a row for each guest: its name, its address and its TAP";
        found.push(Diagnostic::new(Code::EmptyTable, grid.header, "the guest table has no guests", help));
    }
    let mut guests = Vec::new();
    for row in &grid.rows {
        let who = grid.required(row, "Guest");
        let lacks = |what: &str| match who.value {
            "" => format!("a guest has no {what}"),
            name => format!("guest `{}` has no {what}", cell::quote(name)),
        };
        guests.push(GuestRow {
            span: row.span,
            name: cell::GUEST.required(who, || lacks("name"), found),
            hostname: cell::HOST.optional(grid.cell(row, "Hostname"), found),
            address: cell::ADDRESS.required(grid.required(row, "IP"), || lacks("address"), found),
            tap: cell::INTERFACE.required(grid.required(row, "TAP"), || lacks("TAP"), found),
            mac: cell::MAC.optional(grid.cell(row, "MAC"), found),
        });
    }
    report_twins(&guests, found);
    guests
}

/// Reports guests of one name; host names compare without case, so guests do.
fn report_twins(guests: &[GuestRow], found: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<String, Span> = HashMap::new();
    for name in guests.iter().filter_map(|guest| guest.name.as_ref()) {
        let first = *seen.entry(name.value.as_str().to_ascii_lowercase()).or_insert(name.span);
        if first != name.span {
            let message = format!("guest `{}` is declared twice", name.value);
            let help = "give one of the two another name";
            found.push(
                Diagnostic::new(Code::DuplicateGuest, name.span, message, help).label(first, "declared here first"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::network::testing::{check, with_guests};

    #[test]
    fn guests_are_at_least_one_and_named_once() {
        check(&with_guests(&["| a | 10.42.0.10 | t0 |", "| A | 10.42.0.11 | t1 |"]), &["duplicate-guest A < a"]);
        check(&with_guests(&[]), &["empty-table | Guest | IP | TAP | MAC | Hostname |"]);
        check(&with_guests(&["| | 10.42.0.10 | t0 |"]), &["missing-value "]);
    }
}
