//! Reading the network of a document: find its parts, read their cells, apply the rules, build the model.
//!
//! Every rule sees everything that could be read, so that one run reports every mistake; what could not be read is
//! left out, so that one mistake is reported once.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::diagnostic::{Code, Diagnostic, has_error};
use crate::network::bridge::{self, BridgeList};
use crate::network::cells::{CellReport, OptionalCell};
use crate::network::export_table::ExportRow;
use crate::network::guests::{self, DeclaredGuest, GuestRow};
use crate::network::known::known;
use crate::network::name_table::NameRow;
use crate::network::publish::PublishRow;
use crate::network::ranges::AddressRows;
use crate::network::schema::{BRIDGE_NAME, BRIDGE_SUBNET, FieldSchema, GUEST_ALIASES};
use crate::network::services::{self, ServiceRow};
use crate::network::shape::{self, PartLookup, Parts};
use crate::network::suggest::{Suggestions, Wanted};
use crate::network::value::{
    AliasName, DomainName, ExportClient, GuestName, HostName, MacAddress, NamespaceName, PublishedPort,
};
use crate::network::{Bridge, Export, FurtherName, Guest, GuestInterface, Network, Published, Service, Several};
use crate::network::{
    addresses, export_table, further_names, grid, interfaces, macs, name_table, names, neighbours, pods, ports,
    publish, ranges, six, split, tables, upstream,
};
use crate::org::Document;
use crate::source::{Span, Spanned};

/// Reads the networks that a document describes, in its order.
///
/// None if it describes none, in which case nothing is reported, or if any of it was an error.
pub fn read(document: &Document<'_>, found: &mut Vec<Diagnostic>) -> Vec<Network> {
    let mut own = Vec::new();
    let parts = shape::find(document, &mut own);
    let mut networks: Vec<_> = parts.iter().filter_map(|parts| read_parts(document, parts, &mut own)).collect();
    neighbours::check(&networks, &mut own);
    neighbours::introduce(&mut networks, &mut own);
    if has_error(&own) {
        networks.clear();
    }
    found.append(&mut own);
    networks
}

/// The guests that a document declares, even if something is wrong with it.
pub fn declared_guests(document: &Document<'_>) -> Vec<DeclaredGuest> {
    let found = &mut Vec::new();
    let parts = shape::find(document, found);
    let report = &mut CellReport { found, suggestions: Suggestions::default() };
    let rows = parts.iter().filter_map(|parts| parts.guests.found()).flat_map(|table| guests::read(table, report));
    rows.filter_map(DeclaredGuest::of_row).collect()
}

/// What a value of each of some fields could be in a document, whose tables are read once for all.
pub fn examples(document: &Document<'_>, fields: &[&FieldSchema]) -> Vec<String> {
    let parts = shape::find(document, &mut Vec::new());
    let mut suggestions = parts.first().map(|parts| Suggestions::new(|| known(document, parts)));
    let mut example = |field: &&FieldSchema| {
        let fitting = suggestions.as_mut().and_then(|all| all.suggest(field, &Wanted::default()).value);
        fitting.unwrap_or_else(|| field.example().to_owned())
    };
    fields.iter().map(&mut example).collect()
}

fn read_parts(document: &Document<'_>, parts: &Parts<'_, '_>, found: &mut Vec<Diagnostic>) -> Option<Network> {
    let mut suggestions = Suggestions::new(|| known(document, parts));
    report_missing(parts, &mut suggestions, found);
    split::check(document, parts, found);
    let report = &mut CellReport { found, suggestions };
    let bridge = parts.bridge.found().map(|list| bridge::read(document.source, list, report));
    report.suggestions.keep_out_of(bridge.as_ref().map(ranges::all).unwrap_or_default());
    let guests = parts.guests.found().map(|table| guests::read(table, report)).unwrap_or_default();
    let services = parts.services.found().map(|table| services::read(table, report)).unwrap_or_default();
    let further = parts.names.found().map(|table| name_table::read(table, report)).unwrap_or_default();
    let published = parts.publish.found().map(|table| publish::read(table, report)).unwrap_or_default();
    let exports = parts.exports.found().map(|table| export_table::read(table, report)).unwrap_or_default();
    name_table::check(&further, bridge.as_ref(), report);
    let CellReport { found, suggestions } = report;
    services::check(&services, bridge.as_ref(), suggestions, found);
    addresses::check(bridge.as_ref(), &guests, &services, suggestions, found);
    if let Some(bridge) = &bridge {
        let rows = AddressRows { guests: &guests, services: &services, names: &further };
        ranges::check(bridge, &rows, suggestions, found);
        upstream::check(bridge, &services, found);
        pods::check(bridge, &guests, found);
        six::check(bridge, &guests, &services, found);
    }
    interfaces::check(bridge.as_ref(), &guests, &services, suggestions, found);
    ports::check(&services, found);
    publish::check(&published, &guests, bridge.as_ref(), found);
    export_table::check(&exports, &guests, &services, found);
    let endpoints = bridge.as_ref().map(|bridge| interfaces::endpoints(bridge, &guests, &services)).unwrap_or_default();
    macs::check(bridge.as_ref(), &guests, &endpoints, found);
    let domain = names::domain(bridge.as_ref(), &guests, found)?;
    further_names::check(bridge.as_ref(), &guests, &further, &domain, found);
    let list = bridge?;
    let (host_access, fields) = (list.host_access.clone()?, list.fields.clone());
    let guest_addresses = guests.iter().map(|row| six::address(&list, row.address, &row.address6)).collect::<Vec<_>>();
    let service_addresses =
        services.iter().map(|row| six::address(&list, row.address, &row.address6)).collect::<Vec<_>>();
    let bridge = build_bridge(list)?;
    let guests = guests.into_iter().zip(guest_addresses);
    let guests: Vec<Guest> = guests.map(|(row, six)| build_guest(row, six, &bridge, &domain)).collect::<Option<_>>()?;
    let services = services.into_iter().zip(service_addresses);
    Some(Network {
        published: build_published(published, &by_name(&guests))?,
        exports: build_exports(exports, &by_name(&guests))?,
        guests,
        services: services.map(|(row, six)| build_service(row, six)).collect::<Option<_>>()?,
        names: further.into_iter().map(|row| build_name(row, &domain)).collect::<Option<_>>()?,
        bridge,
        domain,
        endpoints,
        host_access,
        beside: Vec::new(),
        fields,
        tables: tables::read(document, parts),
    })
}

/// A network needs a bridge and guests; it may do without services.
fn report_missing(parts: &Parts<'_, '_>, suggestions: &mut Suggestions<'_>, found: &mut Vec<Diagnostic>) {
    let header_of = |table: PartLookup<&crate::org::Table<'_>>| Some(grid::header(table.found()?)?.0);
    let table = header_of(parts.guests).or_else(|| header_of(parts.services));
    let bridge = parts.bridge.found().map(|list| list.span);
    if let (PartLookup::Absent, Some(table)) = (parts.bridge, table) {
        let message = "the document has no bridge list to go with this table";
        let name = suggestions.suggest(&BRIDGE_NAME.schema, &Wanted::default()).value;
        let subnet = suggestions.suggest(&BRIDGE_SUBNET.schema, &Wanted::default()).value;
        let items = name.zip(subnet).map(|(name, subnet)| format!(": `- Name :: {name}`, `- Subnet :: {subnet}`"));
        let help = format!("add a list with the terms `Name` and `Subnet`{}", items.unwrap_or_default());
        found.push(Diagnostic::new(Code::MissingTable, table, message, help));
    }
    if let (PartLookup::Absent, Some(other)) = (parts.guests, bridge.or(table)) {
        let message = "there is no guest table to go with this";
        let help = "add a table with the columns `Guest`, `IP` and `TAP`";
        found.push(Diagnostic::new(Code::MissingTable, other, message, help));
    }
}

fn build_bridge(list: BridgeList) -> Option<Bridge> {
    let six = six::bridge(&list);
    let (name, gateway) = (list.name?, list.gateway?);
    Some(Bridge {
        subnet: list.subnet?,
        mac: gateway.map(MacAddress::from_address),
        namespace: list.namespace.or_derive(|| Spanned::new(NamespaceName::of_bridge(&name.value), name.span))?,
        pin: list.pin?,
        six,
        span: list.span,
        name,
        gateway,
    })
}

fn build_guest(
    row: GuestRow,
    six: Option<Spanned<IpAddr>>,
    bridge: &Bridge,
    domain: &Spanned<DomainName>,
) -> Option<Guest> {
    let (name, address) = (row.name?, row.address?);
    let mut addresses = Several::one(address);
    if let Some(six) = six {
        addresses.push(six);
    }
    let derived = HostName::of(&name.value, &domain.value).ok()?;
    let in_domain = |alias: &Spanned<AliasName>| full(&alias.value, alias.span, domain);
    Some(Guest {
        hostname: row.hostname.or_derive(|| Spanned::new(derived, name.span))?,
        aliases: row.fields.values(&GUEST_ALIASES).iter().map(in_domain).collect::<Option<_>>()?,
        alias: Spanned::new(HostName::alias(&name.value, &bridge.name.value), name.span),
        interface: GuestInterface {
            tap: row.tap?,
            mac: row.mac.or_derive(|| address.map(MacAddress::from_address))?,
            addresses,
        },
        further: Vec::new(),
        home: None,
        fields: row.fields,
        span: row.span,
        name,
    })
}

fn build_name(row: NameRow, domain: &Spanned<DomainName>) -> Option<FurtherName> {
    let name = row.name?;
    Some(FurtherName {
        name: full(name.value.name(), name.span, domain)?,
        reach: name.value.reach(),
        address: row.address?,
        fields: row.fields,
        span: row.span,
    })
}

/// Guests by their names, whose letter case makes no difference.
type ByName<'a> = HashMap<String, &'a Guest>;

fn by_name(guests: &[Guest]) -> ByName<'_> {
    guests.iter().map(|guest| (lower(&guest.name.value), guest)).collect()
}

fn lower(name: &GuestName) -> String {
    name.as_str().to_ascii_lowercase()
}

fn build_exports(rows: Vec<ExportRow>, guests: &ByName<'_>) -> Option<Vec<Export>> {
    let build = |row: ExportRow| {
        let mut is_for_all = false;
        let mut clients: Vec<Spanned<IpAddr>> = Vec::new();
        for client in row.clients() {
            match client.value {
                ExportClient::All => is_for_all = true,
                // At the cell that names the guest, since that is what to edit.
                ExportClient::Guest(name) => {
                    clients.push(Spanned::new(guests.get(&lower(&name))?.address().value, client.span));
                }
            }
        }
        clients.sort_by_key(|client| client.value);
        clients.dedup_by_key(|client| client.value);
        Some(Export {
            name: row.name?,
            path: row.path?,
            clients: if is_for_all { Vec::new() } else { clients },
            is_for_all,
            mode: row.mode?,
            fields: row.fields,
            span: row.span,
        })
    };
    rows.into_iter().map(build).collect()
}

fn build_published(rows: Vec<PublishRow>, guests: &ByName<'_>) -> Option<Vec<Published>> {
    let build = |row: PublishRow| {
        let (published, named) = (row.published?, row.guest?);
        let guest = guests.get(&lower(&named.value))?;
        Some(Published {
            port: row.port.or_derive(|| published.map(PublishedPort::port))?,
            guest: Spanned::new(guest.name.value.clone(), named.span),
            address: *guest.address(),
            fields: row.fields,
            span: row.span,
            published,
        })
    };
    rows.into_iter().map(build).collect()
}

/// A further name as DNS has it.
fn full(name: &AliasName, span: Span, domain: &Spanned<DomainName>) -> Option<Spanned<HostName>> {
    name.in_domain(&domain.value).ok().map(|full| Spanned::new(full, span))
}

fn build_service(row: ServiceRow, address6: Option<Spanned<IpAddr>>) -> Option<Service> {
    let name = row.name?;
    let port = match row.port {
        OptionalCell::Value(port) => Some(port),
        OptionalCell::Empty => row.schema.and_then(|schema| schema.port).map(|port| Spanned::new(port, name.span)),
        OptionalCell::Invalid => return None,
    };
    Some(Service {
        schema: row.schema,
        address: row.address?,
        address6,
        port,
        interface: row.interface?,
        fields: row.fields,
        span: row.span,
        name,
    })
}

#[cfg(test)]
mod tests {
    use crate::network::Pin;
    use crate::network::testing::{BRIDGE, CP, DHCP, GUESTS, SERVICES, check, network, with_guests, with_services};

    #[test]
    fn a_document_gives_its_network() {
        let network = network(&format!(
            "{BRIDGE}- Pin :: address\n{GUESTS}{CP}| wk-1 | 10.42.0.11 | =tap1= | 02:00:00:00:00:01 | wk-1.lab.lan |\n\
             {SERVICES}| Gateway | 10.42.0.1 | | qvm0 |\n|--|\n{DHCP}| DNS | | 5300 | |\n| cloud-init | 10.42.0.3 | | |\n"
        ));
        assert_eq!(network.bridge.name.value.as_str(), "qvm0");
        assert_eq!(network.bridge.subnet.value.to_string(), "10.42.0.0/24");
        assert_eq!(network.bridge.mac.value.to_string(), "52:54:00:2a:00:01");
        assert_eq!(network.bridge.namespace.value.as_str(), "qvm-svc");
        assert_eq!(network.bridge.pin.value, Pin::Address);
        assert_eq!(network.domain.value.as_str(), "lab.lan");
        let guests: Vec<_> = network
            .guests
            .iter()
            .map(|guest| {
                format!(
                    "{} {} {} {} {}",
                    guest.name.value,
                    guest.hostname.value,
                    guest.alias.value,
                    guest.tap().value,
                    guest.mac().value
                )
            })
            .collect();
        assert_eq!(
            guests,
            ["cp cp.lab.lan cp.qvm0 qvm0tap0 52:54:00:2a:00:0a", "wk-1 wk-1.lab.lan wk-1.qvm0 tap1 02:00:00:00:00:01",]
        );
        let services: Vec<_> = network
            .services
            .iter()
            .map(|service| {
                let port = service.port.map(|port| port.value.number());
                (service.kind(), service.address.value.to_string(), port, service.interface.value.to_string())
            })
            .collect();
        assert_eq!(
            services,
            [
                ("gateway", "10.42.0.1".to_owned(), None, "qvm0".to_owned()),
                ("dhcp", "10.42.0.2".to_owned(), Some(67), "veth0".to_owned()),
                ("dns", "10.42.0.2".to_owned(), Some(5300), "veth0".to_owned()),
                ("cloud-init", "10.42.0.3".to_owned(), Some(8080), "veth0".to_owned()),
            ]
        );
        let [endpoint] = &network.endpoints[..] else { panic!("one interface makes one veth pair") };
        assert_eq!(endpoint.host_interface.value.as_str(), "qvm0svc");
        assert_eq!(endpoint.addresses.len(), 2);
    }

    #[test]
    fn a_document_without_a_network_has_no_diagnostics() {
        check("* Notes\n- term :: text\n| Guest | Meal |\n| Ann   | soup |\n", &[]);
        check("- Name :: vpc1\n- Subnet :: 10.0.0.0/16\n\nAnd\n\n\n- Name :: vpc2\n- Subnet :: 10.1.0.0/16\n", &[]);
    }

    #[test]
    fn parts_that_are_missing_are_named() {
        check(BRIDGE, &[&format!("missing-table {}", BRIDGE.trim_end())]);
        check(&format!("{GUESTS}{CP}"), &["missing-table | Guest | IP | TAP | MAC | Hostname |"]);
        check(
            &format!("{SERVICES}{DHCP}"),
            &["missing-table | Service | IP | Port | Interface |", "missing-table | Service | IP | Port | Interface |"],
        );
    }

    #[test]
    fn one_run_reports_every_mistake_once() {
        let document = with_guests(&[
            "| $(id) | 10.42.0.1 | `id` |",
            "| wk-1 | 10.42.1.11 | qvm0;reboot | 52:54:00:zz:00:01 |",
            "| wk-1 | 10.42.0.12 | \"tap\" | | a'b |",
            "| wk-3 | \\alpha | qvm0 |",
        ]);
        check(
            &document,
            &[
                "invalid-guest-name $(id)",
                "duplicate-address 10.42.0.1 < 10.42.0.1/24",
                "invalid-interface-name `id`",
                "address-outside-subnet 10.42.1.11 < 10.42.0.1/24",
                "invalid-interface-name qvm0;reboot",
                "invalid-mac 52:54:00:zz:00:01",
                "duplicate-guest wk-1 < wk-1",
                "invalid-interface-name \"tap\"",
                "invalid-host-name a'b",
                "invalid-address \\alpha",
                "duplicate-interface qvm0 < qvm0",
            ],
        );
    }

    #[test]
    fn a_value_refused_above_is_not_reported_below() {
        check(
            &with_services(&["| DHCP | 10.42.0.999 | | veth0 |", "| DNS | | | |", "| NFS | | | |"]),
            &["invalid-address 10.42.0.999"],
        );
    }
}
