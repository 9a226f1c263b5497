//! The publish table: ports of the host that lead to a guest's, one a row.

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::network::bridge::BridgeList;
use crate::network::cells::{CellReport, Cells, OptionalCell};
use crate::network::fields::Fields;
use crate::network::grid;
use crate::network::guests::{GuestNames, GuestRow};
use crate::network::schema::{PUBLISH, PUBLISH_GUEST, PUBLISH_GUEST_PORT, PUBLISH_PORT};
use crate::network::value::{GuestName, HostAccess, Port, PublishedPort};
use crate::org::Table;
use crate::source::{Span, Spanned};

/// A row of the publish table as far as it could be read.
pub(super) struct PublishRow {
    pub(super) span: Span,
    pub(super) published: Option<Spanned<PublishedPort>>,
    pub(super) guest: Option<Spanned<GuestName>>,
    pub(super) port: OptionalCell<Port>,
    pub(super) fields: Fields,
}

/// Reads the publish table.
pub(super) fn read(table: &Table<'_>, report: &mut CellReport<'_>) -> Vec<PublishRow> {
    let Some(grid) = grid::read(table, report.found) else { return Vec::new() };
    grid.rows.iter().map(|row| read_row(row.span, grid.cells(row, &PUBLISH), report)).collect()
}

fn read_row(span: Span, mut cells: Cells<'_>, report: &mut CellReport<'_>) -> PublishRow {
    cells.belong_to("published port", &PUBLISH_PORT.schema);
    PublishRow {
        span,
        published: cells.required(&PUBLISH_PORT, report),
        guest: cells.required(&PUBLISH_GUEST, report),
        port: cells.optional(&PUBLISH_GUEST_PORT, report),
        fields: cells.rest(report),
    }
}

/// Reports ports that lead to nobody, that two rows publish, that are not the host's, or that it keeps for itself.
pub(super) fn check(
    rows: &[PublishRow],
    guests: &[GuestRow],
    bridge: Option<&BridgeList>,
    found: &mut Vec<Diagnostic>,
) {
    let guests = GuestNames::of(guests.iter().filter_map(|guest| guest.name.as_ref()));
    found.extend(rows.iter().filter_map(|row| guests.report(row.guest.as_ref()?)));
    let published: Vec<_> = rows.iter().filter_map(|row| row.published).collect();
    report_duplicates(&published, found);
    let Some(bridge) = bridge else { return };
    for port in published {
        found.extend(foreign(port, bridge).or_else(|| kept_by_host(port, bridge)));
    }
}

/// Two rows are for one port if they are the same, or if one is for all addresses and so for that of the other.
pub(super) fn report_duplicates(published: &[Spanned<PublishedPort>], found: &mut Vec<Diagnostic>) {
    let mut same: HashMap<PublishedPort, Span> = HashMap::new();
    let mut among_all: HashMap<PublishedPort, Span> = HashMap::new();
    for port in published {
        let everywhere = port.value.everywhere();
        let overlapping = match port.value.address() {
            None => among_all.get(&everywhere),
            Some(_) => same.get(&everywhere).filter(|_| port.value.overlaps(everywhere)),
        };
        if let Some(&first) = same.get(&port.value).or(overlapping) {
            let message = format!("port `{}` of the host is published twice", port.value);
            let help = "write another port, or take one of the two away";
            let diagnostic = Diagnostic::new(Code::DuplicatePort, port.span, message, help);
            found.push(diagnostic.label(first, "published here first"));
            continue;
        }
        same.insert(port.value, port.span);
        if port.value.overlaps(everywhere) {
            among_all.entry(everywhere).or_insert(port.span);
        }
    }
}

/// A host has addresses of its own; in the subnet it is the gateway's.
fn foreign(port: Spanned<PublishedPort>, bridge: &BridgeList) -> Option<Diagnostic> {
    let (subnet, gateway) = (bridge.subnet?, bridge.gateway?);
    let address = port.value.address().filter(|at| subnet.value.contains(at) && *at != gateway.value)?;
    let message = format!("`{address}` is no address of the host, whose own in this network is `{}`", gateway.value);
    let help = "write an address that the host has, or the port alone, which stands for all of them";
    let bare = port.value.host_port().to_string();
    let diagnostic = Diagnostic::new(Code::ForeignAddress, port.span, message, help).fix(port.span, Some(bare));
    Some(diagnostic.label(subnet.span, "the subnet"))
}

/// What guests reach on the host itself would be led to a guest instead.
fn kept_by_host(port: Spanned<PublishedPort>, bridge: &BridgeList) -> Option<Diagnostic> {
    let access = bridge.host_access.as_ref()?;
    let is_named = matches!(access.value, HostAccess::Ports(_)) && access.value.opens(port.value.host_port());
    (is_named && !port.value.is_loopback()).then(|| {
        let message =
            format!("port `{}` is the host's own: `Host access` opens it to the guests", port.value.host_port());
        let help = "write another port, or take this one out of `Host access`";
        Diagnostic::new(Code::DuplicatePort, port.span, message, help).label(access.span, "opened here")
    })
}

#[cfg(test)]
mod tests {
    use crate::network::testing::{BRIDGE, CP, GUESTS, check, network};

    const PUBLISH: &str = "\n| Publish | Guest | Port |\n|--|\n";

    #[track_caller]
    fn check_rows(terms: &str, rows: &str, expected: &[&str]) {
        check(&format!("{BRIDGE}{terms}{GUESTS}{CP}{PUBLISH}{rows}"), expected);
    }

    #[test]
    fn rows_lead_ports_of_the_host_to_guests() {
        let rows = "| 8443/tcp | cp | 443 |\n| =127.0.0.1:2222= | CP | 22 |\n| 53/udp | cp | |\n";
        let network = network(&format!("{BRIDGE}{GUESTS}{CP}{PUBLISH}{rows}"));
        let shown = network
            .published
            .iter()
            .map(|row| format!("{} {} {}:{}", row.published.value, row.guest.value, row.address.value, row.port.value));
        let expected = ["8443/tcp cp 10.42.0.10:443", "127.0.0.1:2222/tcp cp 10.42.0.10:22", "53/udp cp 10.42.0.10:53"];
        assert_eq!(shown.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_port_is_published_once() {
        check_rows("", "| 80 | cp | |\n| 80/tcp | cp | 81 |\n", &["duplicate-port 80/tcp < 80"]);
        check_rows("", "| 192.0.2.7:80 | cp | |\n| 80 | cp | |\n", &["duplicate-port 80 < 192.0.2.7:80"]);
        check_rows("", "| 80 | cp | |\n| 127.0.0.1:80 | cp | |\n", &["duplicate-port 127.0.0.1:80 < 80"]);
        check_rows("", "| 80 | cp | |\n| 80/udp | cp | |\n| 127.0.0.2:80 | cp | |\n", &[]);
        check_rows("", "| 192.0.2.7:80 | cp | |\n| 192.0.2.8:80 | cp | |\n| 127.0.0.1:80 | cp | |\n", &[]);
        check_rows(
            "",
            "| 127.0.0.2:80 | cp | |\n| 192.0.2.8:80 | cp | |\n| 192.0.2.9:80 | cp | |\n| 80 | cp | |\n",
            &["duplicate-port 80 < 192.0.2.8:80"],
        );
    }

    #[test]
    fn a_port_leads_to_a_guest_from_an_address_of_the_host() {
        check_rows("", "| 80 | pc | |\n", &["unknown-guest pc"]);
        check_rows("", "| 80 | $(id) | |\n", &["invalid-guest-name $(id)"]);
        check_rows("", "| 80 | | |\n", &["missing-value "]);
        check_rows("", "| 80 | cp | http |\n", &["invalid-port http"]);
        check_rows("", "| 10.42.0.1:80 | cp | |\n", &[]);
        check_rows("", "| 10.42.0.10:80 | cp | |\n", &["foreign-address 10.42.0.10:80 < 10.42.0.1/24"]);
        check_rows("", "| 80;reboot | cp | |\n", &["invalid-published-port 80;reboot"]);
    }

    #[test]
    fn what_guests_reach_on_the_host_is_not_published() {
        let terms = "- Host access :: 22, 53/udp\n";
        check_rows(terms, "| 22 | cp | |\n", &["duplicate-port 22 < 22, 53/udp"]);
        check_rows(terms, "| 22/udp | cp | |\n| 127.0.0.1:22 | cp | |\n", &[]);
        check_rows("- Host access :: on\n", "| 22 | cp | |\n", &[]);
    }

    #[test]
    fn the_table_is_known_by_all_of_its_columns() {
        check(&format!("{BRIDGE}{GUESTS}{CP}\n| Publsh | Guest | Port |\n| 80 | cp | |\n"), &["missing-column Publsh"]);
        check(&format!("{BRIDGE}{GUESTS}{CP}\n| Guest | Port |\n| x | y |\n"), &[]);
        let columns = "\n| Guest | IP | TAP | Port | Published |\n| cp | 10.42.0.10 | t0 | 1 | 2 |\n";
        check(&format!("{BRIDGE}{columns}"), &[]);
    }
}
