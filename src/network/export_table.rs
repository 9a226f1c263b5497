//! The export table: folders that guests mount by NFS, one a row.

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::network::cells::{CellReport, Cells};
use crate::network::fields::Fields;
use crate::network::grid;
use crate::network::guests::{GuestNames, GuestRow};
use crate::network::schema::{EXPORT_GUESTS, EXPORT_MODE, EXPORT_NAME, EXPORT_PATH, EXPORTS, NFS};
use crate::network::services::ServiceRow;
use crate::network::value::{ExportClient, ExportMode, ExportName, ExportPath};
use crate::org::Table;
use crate::source::{Span, Spanned};

/// A row of the export table as far as it could be read.
pub(super) struct ExportRow {
    pub(super) span: Span,
    pub(super) name: Option<Spanned<ExportName>>,
    pub(super) path: Option<Spanned<ExportPath>>,
    pub(super) mode: Option<Spanned<ExportMode>>,
    pub(super) fields: Fields,
}

impl ExportRow {
    /// Who may mount it.
    pub(super) fn clients(&self) -> Vec<Spanned<ExportClient>> {
        self.fields.values(&EXPORT_GUESTS)
    }
}

/// Reads the export table.
pub(super) fn read(table: &Table<'_>, report: &mut CellReport<'_>) -> Vec<ExportRow> {
    let Some(grid) = grid::read(table, report.found) else { return Vec::new() };
    grid.rows.iter().map(|row| read_row(row.span, grid.cells(row, &EXPORTS), report)).collect()
}

fn read_row(span: Span, mut cells: Cells<'_>, report: &mut CellReport<'_>) -> ExportRow {
    cells.belong_to("share", &EXPORT_NAME.schema);
    ExportRow {
        span,
        name: cells.required(&EXPORT_NAME, report),
        path: cells.required(&EXPORT_PATH, report),
        mode: cells.defaulted(&EXPORT_MODE, report),
        fields: cells.rest(report),
    }
}

/// Reports names that two have, guests that there are none of, and a table that no server is for.
pub(super) fn check(rows: &[ExportRow], guests: &[GuestRow], services: &[ServiceRow], found: &mut Vec<Diagnostic>) {
    let guests = GuestNames::of(guests.iter().filter_map(|guest| guest.name.as_ref()));
    let mut names: HashMap<&str, Span> = HashMap::new();
    for row in rows {
        if let Some(name) = &row.name {
            let first = *names.entry(name.value.as_str()).or_insert(name.span);
            if first != name.span {
                let message = format!("two folders are shared as `{}`", name.value);
                let help = "give one of the two another name, or name the guests of both in one row";
                let duplicate = Diagnostic::new(Code::DuplicateExport, name.span, message, help);
                found.push(duplicate.label(first, "shared by this name first"));
            }
        }
        found.extend(row.clients().iter().filter_map(|client| match &client.value {
            ExportClient::All => None,
            ExportClient::Guest(name) => guests.report(&Spanned::new(name.clone(), client.span)),
        }));
    }
    let is_served = services.iter().any(|service| service.role() == NFS.role);
    if let Some(row) = rows.first().filter(|_| !is_served) {
        let message = format!("nobody serves what is shared: the document has no service `{}`", NFS.name);
        let help = format!("add a row `{}` to the service table, or take this table away", NFS.name);
        found.push(Diagnostic::new(Code::UnusedTable, row.span, message, help));
    }
}

#[cfg(test)]
mod tests {
    use crate::network::testing::{BRIDGE, CP, GUESTS, SERVICES, check, network};

    const WK: &str = "| wk-1 | 10.42.0.11 | qvm0tap1 |\n";
    const SERVER: &str = "| NFS | 10.42.0.2 | | veth0 |\n";
    const EXPORTS: &str = "\n| Export | Path | Guests | Mode |\n|--|\n";

    fn document(rows: &str) -> String {
        format!("{BRIDGE}{GUESTS}{CP}{WK}{SERVICES}{SERVER}{EXPORTS}{rows}")
    }

    #[test]
    fn rows_share_folders_with_guests() {
        let network = network(&document("| /data | /srv/data | * | rw |\n| own | k8s/volumes | CP, =wk-1= | |\n"));
        let shown = network.exports.iter().map(|row| {
            let clients: Vec<String> = row.clients.iter().map(|client| client.value.to_string()).collect();
            let all = if row.is_for_all { "all" } else { "some" };
            format!("{} {} {all} {} {}", row.name.value, row.path.value, clients.join(","), row.mode.value)
        });
        let expected = ["data /srv/data all  rw", "own k8s/volumes some 10.42.0.10,10.42.0.11 ro"];
        assert_eq!(shown.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_is_wrong_with_a_share_is_said_at_its_cell() {
        check(&document("| a | /srv/a | pc | |\n"), &["unknown-guest pc"]);
        check(&document("| a | /srv/a | cp, x y | |\n"), &["invalid-guest-name x y"]);
        check(&document("| a | /srv/a | | |\n"), &["missing-value "]);
        check(&document("| a | /etc | cp | |\n"), &["invalid-path /etc"]);
        check(&document("| a/b | x | cp | write |\n"), &["invalid-export a/b", "invalid-export write"]);
        check(&document("| a | x | cp | |\n| /a | y | * | |\n"), &["duplicate-export /a < a"]);
    }

    #[test]
    fn a_table_without_a_server_has_no_effect() {
        let row = "| a | /srv/a | cp | |";
        check(&format!("{BRIDGE}{GUESTS}{CP}{EXPORTS}{row}\n"), &[&format!("unused-table {row}")]);
    }

    #[test]
    fn a_table_counts_beside_the_bridge_list() {
        let wrong = "| a | /etc | cp | |\n";
        let elsewhere = format!("* A\n{BRIDGE}{GUESTS}{CP}{SERVICES}{SERVER}* B\n{EXPORTS}{wrong}");
        check(&elsewhere, &[]);
        check(&elsewhere.replace("| Export", "#+NAME: exports\n| Export"), &["invalid-path /etc"]);
    }
}
