//! Rows that a blank line, a comment or a conflict marker has parted from their table: to Org a table without a header,
//! to the author a guest.

use crate::diagnostic::{Code, Diagnostic};
use crate::network::grid::header;
use crate::network::schema::{self, FieldSchema, GUEST_IP, GUESTS, PartSchema, SERVICE_NAME, SERVICES};
use crate::network::shape::Parts;
use crate::org::inline::unmarked;
use crate::org::{Document, Table};
use crate::source::{Span, Spanned};

/// A table of the network with what tells its rows.
struct FoundTable<'d, 's> {
    part: &'static PartSchema,
    header: Span,
    columns: &'d [Spanned<&'s str>],
}

/// Reports tables that begin as a row of the guest or service table would, where a header belongs.
pub(super) fn check(document: &Document<'_>, parts: &Parts<'_, '_>, found: &mut Vec<Diagnostic>) {
    let whole: Vec<_> = [(&GUESTS, parts.guests.found()), (&SERVICES, parts.services.found())]
        .into_iter()
        .filter_map(|(part, table)| FoundTable::new(part, table?))
        .collect();
    let tables = document.tables.iter().filter(|table| parts.has(table.span));
    for (row, cells) in tables.filter_map(header) {
        let before = whole.iter().filter(|whole| whole.header < row && whole.has_row(cells));
        if let Some(whole) = before.max_by_key(|whole| whole.header) {
            let message = format!("this row stands outside of the {}", whole.part.what);
            let help = "take away the lines between it and that table, or give this table a header of its own";
            found.push(Diagnostic::new(Code::SplitTable, row, message, help).label(whole.header, "that table"));
        }
    }
}

impl<'d, 's> FoundTable<'d, 's> {
    fn new(part: &'static PartSchema, table: &'d Table<'s>) -> Option<Self> {
        let (header, columns) = header(table)?;
        Some(Self { part, header, columns })
    }

    /// Whether cells are probably a row of this table: an address, right or wrong, stands under `IP`, or a service that
    /// we know under `Service`.
    fn has_row(&self, cells: &[Spanned<&str>]) -> bool {
        let below = |column: &FieldSchema| {
            let index = self.columns.iter().position(|name| column.is(unmarked(*name).value))?;
            cells.get(index).map(|cell| unmarked(*cell).value)
        };
        let is_address =
            |cell: &str| cell.contains('.') && cell.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        cells.len() <= self.columns.len()
            && (below(&GUEST_IP.schema).is_some_and(is_address)
                || below(&SERVICE_NAME.schema).is_some_and(|cell| schema::service(cell).is_some()))
    }
}

#[cfg(test)]
mod tests {
    use crate::network::testing::{BRIDGE, CP, DHCP, GUESTS, SERVICES, check};

    const WK: &str = "| wk-1 | 10.42.0.11 | qvm0tap1 |\n";

    #[test]
    fn rows_that_are_parted_from_their_table_are_reported() {
        for between in ["\n", "# a comment\n", "Some prose.\n", "=======\n", "\n#+NAME: rest\n"] {
            check(
                &format!("{BRIDGE}{GUESTS}{CP}{between}{WK}"),
                &["split-table | wk-1 | 10.42.0.11 | qvm0tap1 | < | Guest | IP | TAP | MAC | Hostname |"],
            );
        }
        for row in ["| DNS | | 5300 | |", "| Web | 10.42.0.3 | 80 | veth0 |"] {
            check(
                &format!("{BRIDGE}{GUESTS}{CP}{SERVICES}{DHCP}\n{row}\n"),
                &[&format!("split-table {row} < | Service | IP | Port | Interface |")],
            );
        }
    }

    #[test]
    fn tables_of_their_own_are_not() {
        for table in
            ["| Host | IP |\n|--|\n| x | 10.42.0.11 |\n", "| Day | Work | Who |\n| 1 | 1.5 | 2 |\n", "| 1 | 10.0 |\n"]
        {
            check(&format!("{table}{BRIDGE}{GUESTS}{CP}{SERVICES}{DHCP}"), &[]);
        }
        check(&format!("{BRIDGE}{GUESTS}{CP}{SERVICES}{DHCP}\n| Host | IP |\n|--|\n| x | 10.42.0.11 |\n"), &[]);
        check(&format!("{WK}\n{BRIDGE}{GUESTS}{CP}"), &[]);
    }
}
