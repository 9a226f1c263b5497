//! The name table: further names and their addresses, one a row.

use std::net::IpAddr;

use crate::diagnostic::{Code, Diagnostic};
use crate::network::bridge::BridgeList;
use crate::network::cells::{CellReport, Cells};
use crate::network::fields::Fields;
use crate::network::grid;
use crate::network::schema::{NAME_IP, NAME_NAME, NAMES};
use crate::network::suggest::MacSource;
use crate::network::value::NamePattern;
use crate::org::Table;
use crate::source::{Span, Spanned};

/// A row of the name table as far as it could be read.
pub(super) struct NameRow {
    pub(super) span: Span,
    pub(super) name: Option<Spanned<NamePattern>>,
    pub(super) address: Option<Spanned<IpAddr>>,
    pub(super) fields: Fields,
}

/// Reads the name table.
pub(super) fn read(table: &Table<'_>, report: &mut CellReport<'_>) -> Vec<NameRow> {
    let Some(grid) = grid::read(table, report.found) else { return Vec::new() };
    grid.rows.iter().map(|row| read_row(row.span, grid.cells(row, &NAMES), report)).collect()
}

fn read_row(span: Span, mut cells: Cells<'_>, report: &mut CellReport<'_>) -> NameRow {
    cells.belong_to("name", &NAME_NAME.schema);
    NameRow {
        span,
        name: cells.required(&NAME_NAME, report),
        address: cells.required(&NAME_IP, report),
        fields: cells.rest(report),
    }
}

/// Reports addresses that no machine can have, in this network or in any.
pub(super) fn check(names: &[NameRow], bridge: Option<&BridgeList>, report: &mut CellReport<'_>) {
    let subnet = bridge.and_then(|bridge| bridge.subnet);
    for at in names.iter().filter_map(|name| name.address) {
        let of_subnet = subnet.filter(|subnet| [subnet.value.network(), subnet.value.broadcast()].contains(&at.value));
        if of_subnet.is_none() && !is_nobodys(at.value) {
            continue;
        }
        let message = format!("no machine can have the address `{}`", at.value);
        let free = report.suggestions.address(at.value, MacSource::Made);
        let help = match free {
            Some(free) => format!("write the address of a machine, or one that is free, such as `{free}`"),
            None => "write the address of a machine".to_owned(),
        };
        let fix = free.map(|free| free.to_string());
        let diagnostic = Diagnostic::new(Code::ReservedAddress, at.span, message, help).fix(at.span, fix);
        report.found.push(match of_subnet {
            Some(subnet) => diagnostic.label(subnet.span, "the subnet"),
            None => diagnostic,
        });
    }
}

fn is_nobodys(address: IpAddr) -> bool {
    let is_broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
    address.is_loopback() || address.is_unspecified() || address.is_multicast() || is_broadcast
}

#[cfg(test)]
mod tests {
    use crate::network::testing::{BRIDGE, CP, GUESTS, check, network};
    use crate::network::value::NameReach;

    const NAMES: &str = "\n| Name | IP |\n|--|\n";

    #[test]
    fn rows_are_names_with_addresses_whoever_has_those() {
        let rows = "| kubernetes | 10.42.0.200 |\n| *.apps | 10.42.0.10 |\n| nas.example.org | 192.0.2.7 |\n";
        let network = network(&format!("{BRIDGE}{GUESTS}{CP}{NAMES}{rows}"));
        let names = network.names.iter().map(|name| {
            let prefix = if name.reach == NameReach::Below { "*." } else { "" };
            format!("{prefix}{} {}", name.name.value, name.address.value)
        });
        let expected = ["kubernetes.qvm0.lan 10.42.0.200", "*.apps.qvm0.lan 10.42.0.10", "nas.example.org 192.0.2.7"];
        assert_eq!(names.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_table_counts_beside_the_bridge_list_or_by_its_name() {
        let wrong = "| a b | 10.42.0.300 |\n";
        let both = &["invalid-host-name a b", "invalid-address 10.42.0.300"];
        check(&format!("* A\n{BRIDGE}{GUESTS}{CP}** B\n{NAMES}{wrong}"), both);
        check(&format!("* A\n{BRIDGE}{GUESTS}{CP}* B\n{NAMES}{wrong}"), &[]);
        let named = NAMES.replace("| Name", "#+NAME: names\n| Name");
        check(&format!("* A\n{BRIDGE}{GUESTS}{CP}* B\n{named}{wrong}"), both);
        check(
            &format!("{BRIDGE}{GUESTS}{CP}\n| Name | Guest | IP | TAP |\n| x | y | 1 | z |\n"),
            &["ambiguous-table | Name | Guest | IP | TAP | < | Guest | IP | TAP | MAC | Hostname |"],
        );
        check(&format!("{BRIDGE}{GUESTS}{CP}\n| Name | Age |\n| Ann | 7 |\n"), &[]);
    }

    #[test]
    fn an_address_is_one_that_a_machine_can_have() {
        for address in ["127.0.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255"] {
            let expected = format!("reserved-address {address}");
            check(&format!("{BRIDGE}{GUESTS}{CP}{NAMES}| x | {address} |\n"), &[&expected]);
        }
        check(
            &format!("{BRIDGE}{GUESTS}{CP}{NAMES}| x | 10.42.0.255 |\n"),
            &["reserved-address 10.42.0.255 < 10.42.0.1/24"],
        );
    }
}
