//! The guest table: one machine a row.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::diagnostic::{Code, Diagnostic, closest};
use crate::network::Guest;
use crate::network::cells::{CellReport, Cells, OptionalCell};
use crate::network::fields::Fields;
use crate::network::grid;
use crate::network::schema::{GUEST_HOSTNAME, GUEST_IP, GUEST_IP6, GUEST_MAC, GUEST_NAME, GUEST_TAP, GUESTS};
use crate::network::value::{Address6, GuestName, HostName, InterfaceName, MacAddress};
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
        let mut words: Vec<String> = guest.hostnames().map(|name| name.value.to_string()).collect();
        words.extend(guest.addresses().map(|address| address.value.to_string()));
        words.extend([guest.tap().value.to_string(), guest.mac().value.to_string()]);
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
    pub(super) hostname: OptionalCell<HostName>,
    pub(super) address: Option<Spanned<IpAddr>>,
    pub(super) tap: Option<Spanned<InterfaceName>>,
    pub(super) mac: OptionalCell<MacAddress>,
    /// The text of its cell with its marks.
    pub(super) mac_cell: Option<Span>,
    pub(super) address6: OptionalCell<Address6>,
    pub(super) fields: Fields,
}

/// The guests that rows of other tables can name.
pub(super) struct GuestNames<'a> {
    /// Without letter case.
    known: HashMap<String, &'a str>,
}

impl<'a> GuestNames<'a> {
    pub(super) fn of(names: impl Iterator<Item = &'a Spanned<GuestName>>) -> Self {
        let known = names.map(|name| (name.value.as_str().to_ascii_lowercase(), name.value.as_str())).collect();
        Self { known }
    }

    /// What is to be said of a name that no guest has.
    pub(super) fn report(&self, name: &Spanned<GuestName>) -> Option<Diagnostic> {
        let text = name.value.as_str();
        // Without any, the guest table is what is wrong.
        if self.known.is_empty() || self.known.contains_key(&text.to_ascii_lowercase()) {
            return None;
        }
        let mut names: Vec<&str> = self.known.values().copied().collect();
        names.sort_unstable();
        let nearest = closest(text, names.iter().copied());
        let help = match nearest {
            Some(nearest) => format!("add a row for `{text}` to the guest table, or did you mean `{nearest}`?"),
            None => format!("add a row for `{text}` to the guest table, or write the name of a guest"),
        };
        let message = format!("guest `{text}` is not declared");
        Some(Diagnostic::new(Code::UnknownGuest, name.span, message, help).fix(name.span, nearest))
    }
}

/// Reads the guest table.
pub(super) fn read(table: &Table<'_>, report: &mut CellReport<'_>) -> Vec<GuestRow> {
    let Some(grid) = grid::read(table, report.found) else { return Vec::new() };
    if grid.rows.is_empty() {
        let help = "add a row for each guest: its name, its address and its TAP";
        report.found.push(Diagnostic::new(Code::EmptyTable, grid.header, "the guest table has no guests", help));
    }
    let guests: Vec<_> = grid.rows.iter().map(|row| read_row(row.span, grid.cells(row, &GUESTS), report)).collect();
    report_twins(&guests, report);
    guests
}

fn read_row(span: Span, mut cells: Cells<'_>, report: &mut CellReport<'_>) -> GuestRow {
    cells.belong_to("guest", &GUEST_NAME.schema);
    let name = cells.required(&GUEST_NAME, report);
    let hostname = cells.optional(&GUEST_HOSTNAME, report);
    let address = cells.required(&GUEST_IP, report);
    cells.stand_at(address);
    GuestRow {
        span,
        name,
        hostname,
        address,
        mac_cell: cells.whole(&GUEST_MAC.schema),
        tap: cells.required(&GUEST_TAP, report),
        mac: cells.optional(&GUEST_MAC, report),
        address6: cells.optional(&GUEST_IP6, report),
        fields: cells.rest(report),
    }
}

/// Reports guests of one name; host names compare without case, so guests do.
fn report_twins(guests: &[GuestRow], report: &mut CellReport<'_>) {
    let mut seen: HashMap<String, Span> = HashMap::new();
    for guest in guests {
        let Some(name) = &guest.name else { continue };
        let first = *seen.entry(name.value.as_str().to_ascii_lowercase()).or_insert(name.span);
        if first == name.span {
            continue;
        }
        let host_name = guest.hostname.value().map_or("", |name| name.value.as_str());
        let own = host_name.split('.').next().filter(|label| !label.eq_ignore_ascii_case(name.value.as_str()));
        let free = report.suggestions.free_guest(name.value.as_str(), own.map_or("", |_| host_name));
        let help = match &free {
            Some(free) => format!("give one of the two another name, such as `{free}`"),
            None => "give one of the two another name".to_owned(),
        };
        // A host name that begins with the present name would have to change as well.
        let fix = free.filter(|_| host_name.is_empty() || own.is_some());
        let message = format!("guest `{}` is declared twice", name.value);
        let duplicate = Diagnostic::new(Code::DuplicateGuest, name.span, message, help).fix(name.span, fix);
        report.found.push(duplicate.label(first, "declared here first"));
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
