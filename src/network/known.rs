//! What suggestions have to fit: the texts of the bridge list and of the tables, before any rule has read them.

use crate::network::bridge;
use crate::network::cells::Cells;
use crate::network::grid;
use crate::network::schema::{
    BRIDGE_DOMAIN, BRIDGE_NAME, BRIDGE_SUBNET, BRIDGE_SUBNET6, FieldSchema, GUEST_ALIASES, GUEST_HOSTNAME, GUEST_IP,
    GUEST_IP6, GUEST_MAC, GUEST_NAME, GUEST_TAP, GUESTS, NAME_IP, NAME_NAME, NAMES, PartSchema, SERVICE_INTERFACE,
    SERVICE_IP, SERVICE_IP6, SERVICE_NAME, SERVICE_PORT, SERVICES,
};
use crate::network::shape::{PartLookup, Parts};
use crate::network::suggest::{Known, KnownGuest, KnownService};
use crate::network::value::{DomainName, HostSubnet, HostSubnet6, InterfaceName};
use crate::org::{Document, Table};

/// What the parts of a network say.
pub(super) fn known(document: &Document<'_>, parts: &Parts<'_, '_>) -> Known {
    let bridge = parts.bridge.found().map(|list| bridge::cells(document.source, list));
    let term = |field: &FieldSchema| bridge.as_ref().map(|cells| cells.text(field).value).unwrap_or_default();
    let subnet = HostSubnet::parse(term(&BRIDGE_SUBNET.schema)).ok();
    let aliases = parts.guests.found().map(|table| column(table, &GUESTS, &GUEST_ALIASES.schema)).unwrap_or_default();
    let aliases: Vec<_> = aliases.iter().flat_map(|text| text.split(',')).map(|name| name.trim().to_owned()).collect();
    let names = parts.names.found().map(|table| column(table, &NAMES, &NAME_NAME.schema)).unwrap_or_default();
    let subnet6 = HostSubnet6::parse(term(&BRIDGE_SUBNET6.schema));
    let gateway6 = subnet6.as_ref().ok().map(|subnet| subnet.gateway());
    let column_of =
        |part: PartLookup<&Table<'_>>, schema, field| part.found().map(|table| column(table, schema, field));
    let addresses6 = [
        column_of(parts.guests, &GUESTS, &GUEST_IP6.schema),
        column_of(parts.services, &SERVICES, &SERVICE_IP6.schema),
    ];
    let addresses6 = addresses6.into_iter().flatten().flatten();
    Known {
        bridge: InterfaceName::parse(term(&BRIDGE_NAME.schema)).ok(),
        gateway: subnet.map(HostSubnet::gateway),
        subnet: subnet.map(HostSubnet::subnet),
        subnet6: subnet6.ok(),
        addresses6: addresses6.filter_map(|text| text.parse().ok()).chain(gateway6).collect(),
        domain: DomainName::parse(term(&BRIDGE_DOMAIN.schema)).ok(),
        guests: parts.guests.found().map(guests).unwrap_or_default(),
        services: parts.services.found().map(services).unwrap_or_default(),
        names: aliases.into_iter().chain(names).collect(),
        name_addresses: parts.names.found().map(|table| column(table, &NAMES, &NAME_IP.schema)).unwrap_or_default(),
    }
}

fn column(table: &Table<'_>, part: &'static PartSchema, field: &FieldSchema) -> Vec<String> {
    let Some(grid) = grid::read(table, &mut Vec::new()) else { return Vec::new() };
    grid.rows.iter().map(|row| text(&grid.cells(row, part), field)).collect()
}

fn guests(table: &Table<'_>) -> Vec<KnownGuest> {
    let Some(grid) = grid::read(table, &mut Vec::new()) else { return Vec::new() };
    let guest = |cells: Cells<'_>| KnownGuest {
        name: text(&cells, &GUEST_NAME.schema),
        address: text(&cells, &GUEST_IP.schema),
        tap: text(&cells, &GUEST_TAP.schema),
        host_name: text(&cells, &GUEST_HOSTNAME.schema),
        mac: text(&cells, &GUEST_MAC.schema),
    };
    grid.rows.iter().map(|row| guest(grid.cells(row, &GUESTS))).collect()
}

fn services(table: &Table<'_>) -> Vec<KnownService> {
    let Some(grid) = grid::read(table, &mut Vec::new()) else { return Vec::new() };
    let mut services: Vec<KnownService> = Vec::new();
    let mut group = None;
    for row in &grid.rows {
        let above = services.last().filter(|_| group == Some(row.group));
        group = Some(row.group);
        let cells = grid.cells(row, &SERVICES);
        let repeated = |field: &FieldSchema, above: Option<&String>| match text(&cells, field) {
            empty if empty.is_empty() => above.cloned().unwrap_or_default(),
            text => text,
        };
        services.push(KnownService {
            name: text(&cells, &SERVICE_NAME.schema),
            address: repeated(&SERVICE_IP.schema, above.map(|above| &above.address)),
            port: text(&cells, &SERVICE_PORT.schema),
            interface: repeated(&SERVICE_INTERFACE.schema, above.map(|above| &above.interface)),
        });
    }
    services
}

/// The text of a cell, unless it is longer than any value.
fn text(cells: &Cells<'_>, field: &FieldSchema) -> String {
    const LONGEST: usize = 256;
    Some(cells.text(field).value).filter(|text| text.len() <= LONGEST).unwrap_or_default().to_owned()
}
