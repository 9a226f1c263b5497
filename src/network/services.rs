//! The service table: what listens where, and the host's own address as `Gateway`.
//!
//! An empty address or interface repeats the one above within its group between rules. A port is never repeated: an
//! empty one is the service's own.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::diagnostic::{Code, Diagnostic, closest};
use crate::network::bridge::BridgeList;
use crate::network::cells::{CellReport, Cells, OptionalCell};
use crate::network::fields::Fields;
use crate::network::grid;
use crate::network::schema::{
    self, KNOWN_SERVICES, SERVICE_INTERFACE, SERVICE_IP, SERVICE_IP6, SERVICE_NAME, SERVICE_PORT, SERVICES,
    ServiceRole, ServiceSchema,
};
use crate::network::suggest::{MacSource, Suggestions};
use crate::network::value::{Address6, InterfaceName, Port, ServiceName};
use crate::org::Table;
use crate::source::{Span, Spanned};

/// A row of the service table as far as it could be read.
pub(super) struct ServiceRow {
    pub(super) span: Span,
    pub(super) name: Option<Spanned<ServiceName>>,
    pub(super) schema: Option<&'static ServiceSchema>,
    pub(super) address: Option<Spanned<IpAddr>>,
    pub(super) port: OptionalCell<Port>,
    /// What to replace to give it another port, and what a port needs before and after it there.
    pub(super) port_edit: Option<(Span, [String; 2])>,
    /// The text of its cell with its marks.
    pub(super) port_cell: Option<Span>,
    pub(super) interface: Option<Spanned<InterfaceName>>,
    /// Of a row that repeats the IPv4 address above, the one there.
    pub(super) address6: OptionalCell<Address6>,
    pub(super) fields: Fields,
}

/// Reads the service table.
pub(super) fn read(table: &Table<'_>, report: &mut CellReport<'_>) -> Vec<ServiceRow> {
    let Some(grid) = grid::read(table, report.found) else { return Vec::new() };
    let mut services: Vec<ServiceRow> = Vec::new();
    let mut group = None;
    for row in &grid.rows {
        let above = services.last().filter(|_| group == Some(row.group));
        group = Some(row.group);
        let service = read_row(row.span, grid.cells(row, &SERVICES), above, report);
        services.push(service);
    }
    services
}

fn read_row(span: Span, mut cells: Cells<'_>, above: Option<&ServiceRow>, report: &mut CellReport<'_>) -> ServiceRow {
    cells.belong_to("service", &SERVICE_NAME.schema);
    let name = cells.required(&SERVICE_NAME, report);
    let address_above = above.map_or(OptionalCell::Empty, |above| OptionalCell::read(above.address));
    let interface_above = above.map_or(OptionalCell::Empty, |above| OptionalCell::read(above.interface.clone()));
    let address = cells.repeated(&SERVICE_IP, address_above, report);
    cells.stand_at(address);
    ServiceRow {
        span,
        schema: name.as_ref().and_then(|name| schema::service(name.value.as_str())),
        address,
        port_edit: cells.place(&SERVICE_PORT.schema),
        port_cell: cells.whole(&SERVICE_PORT.schema),
        port: cells.optional(&SERVICE_PORT, report),
        interface: cells.repeated(&SERVICE_INTERFACE, interface_above, report),
        address6: address6(&mut cells, address, above, report),
        fields: cells.rest(report),
        name,
    }
}

fn address6(
    cells: &mut Cells<'_>,
    address: Option<Spanned<IpAddr>>,
    above: Option<&ServiceRow>,
    report: &mut CellReport<'_>,
) -> OptionalCell<Address6> {
    let repeated = above.filter(|above| above.address.is_some() && above.address == address);
    match (cells.optional(&SERVICE_IP6, report), repeated) {
        (OptionalCell::Empty, Some(above)) => above.address6.clone(),
        (own, _) => own,
    }
}

/// Applies the rules that concern one service, or a service and the bridge.
pub(super) fn check(
    services: &[ServiceRow],
    bridge: Option<&BridgeList>,
    suggestions: &mut Suggestions<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let listening = Listening::of(services);
    let mut first_of: BTreeMap<ServiceRole, Span> = BTreeMap::new();
    let mut last_on_bridge = None;
    for (index, service) in services.iter().enumerate() {
        let Some(name) = &service.name else { continue };
        report_port(service, found);
        match service.role() {
            ServiceRole::Unknown => found.push(unknown(name, service, bridge, &listening)),
            role @ (ServiceRole::Gateway | ServiceRole::Dhcp) => {
                let first = *first_of.entry(role).or_insert(name.span);
                found.extend((first != name.span).then(|| declared_twice(name, first)));
            }
            ServiceRole::Dns | ServiceRole::Process(_) => {}
        }
        let on_bridge = bridge.filter(|bridge| service.is_on(bridge));
        match (service.role(), bridge, on_bridge) {
            (ServiceRole::Gateway, Some(bridge), _) => report_gateway(service, services.get(index + 1), bridge, found),
            (ServiceRole::Dhcp | ServiceRole::Dns | ServiceRole::Process(_), _, Some(_)) => {
                // Rows that repeat the interface of one that was reported are fixed with it.
                let interface = service.interface.as_ref().map(|interface| interface.span);
                if last_on_bridge != interface {
                    found.extend(interface.map(|interface| on_the_bridge(name, interface, service, suggestions)));
                }
                last_on_bridge = interface;
            }
            (ServiceRole::Gateway | ServiceRole::Unknown, _, _) | (_, _, None) => {}
        }
    }
}

fn declared_twice(name: &Spanned<ServiceName>, first: Span) -> Diagnostic {
    let message = format!("service `{}` is declared twice", name.value);
    let help = "keep one of the two rows: a network has one of these";
    Diagnostic::new(Code::DuplicateService, name.span, message, help).label(first, "declared here first")
}

fn unknown(
    name: &Spanned<ServiceName>,
    row: &ServiceRow,
    bridge: Option<&BridgeList>,
    listening: &Listening,
) -> Diagnostic {
    let message = format!("nothing is known about how to run service `{}`", name.value);
    let known = || KNOWN_SERVICES.iter().map(|known| known.name);
    let near = closest(name.value.as_str(), known());
    let help = if let Some(near) = near {
        format!("write `{near}` if that is meant; else a template of your own has to run it")
    } else {
        let known: Vec<_> = known().map(|known| format!("`{known}`")).collect();
        format!("run it by a template of your own; known are {}", known.join(", "))
    };
    let is_on_bridge = bridge.is_some_and(|bridge| row.is_on(bridge));
    let has_room = |near: &&str| schema::service(near).is_some_and(|near| listening.has_room_for(near, row));
    let fix = near.filter(|near| !is_on_bridge && has_room(near));
    Diagnostic::new(Code::UnknownService, name.span, message, help).fix(name.span, fix)
}

/// What listens where, for what a row may become.
struct Listening {
    roles: BTreeSet<ServiceRole>,
    /// How many rows listen at a port of an address.
    ports: BTreeMap<(IpAddr, Port), usize>,
}

impl Listening {
    fn of(services: &[ServiceRow]) -> Self {
        let mut ports: BTreeMap<(IpAddr, Port), usize> = BTreeMap::new();
        for service in services {
            let own = service.schema.and_then(|schema| schema.port);
            let given = service.port.value().map(|port| port.value);
            let both = [own, given.filter(|given| Some(*given) != own)];
            for port in both.into_iter().flatten() {
                if let Some(address) = service.address {
                    *ports.entry((address.value, port)).or_default() += 1;
                }
            }
        }
        Self { roles: services.iter().map(ServiceRow::role).collect(), ports }
    }

    /// Whether a row of an unknown service could be one of this service, which nothing else would be in the way of.
    fn has_room_for(&self, schema: &ServiceSchema, row: &ServiceRow) -> bool {
        let given = row.port.value().map(|port| port.value);
        let is_taken = |port: Port| {
            let listening = row.address.and_then(|address| self.ports.get(&(address.value, port)));
            listening.copied().unwrap_or_default() > usize::from(given == Some(port))
        };
        let is_free = ![schema.port, given].into_iter().flatten().any(is_taken);
        match schema.role {
            ServiceRole::Gateway | ServiceRole::Unknown => false,
            ServiceRole::Dhcp => {
                !self.roles.contains(&schema.role) && given.is_none_or(|given| Some(given) == schema.port) && is_free
            }
            ServiceRole::Dns | ServiceRole::Process(_) => is_free,
        }
    }
}

/// A gateway listens on no port; DHCP has no choice.
fn report_port(service: &ServiceRow, found: &mut Vec<Diagnostic>) {
    let OptionalCell::Value(port) = &service.port else { return };
    let own = service.schema.and_then(|schema| schema.port);
    let (message, help) = match (service.role(), own) {
        (ServiceRole::Gateway, _) => ("a gateway listens on no port".to_owned(), "leave the cell empty".to_owned()),
        (ServiceRole::Dhcp, Some(own)) if port.value != own => (
            format!("DHCP clients do not ask at port `{}`", port.value),
            format!("write {own}, or leave the cell empty"),
        ),
        (ServiceRole::Dhcp | ServiceRole::Dns | ServiceRole::Process(_) | ServiceRole::Unknown, _) => return,
    };
    let cell = service.port_cell.unwrap_or(port.span);
    found.push(Diagnostic::new(Code::InvalidPort, port.span, message, help).safe_fix(cell, Some("")));
}

/// The gateway's row says again what the bridge list says.
fn report_gateway(service: &ServiceRow, below: Option<&ServiceRow>, bridge: &BridgeList, found: &mut Vec<Diagnostic>) {
    report_address(service, below, bridge, found);
    if let (Some(interface), Some(name)) = (&service.interface, &bridge.name)
        && interface.value != name.value
    {
        let message = format!("the gateway is on `{}`, but the bridge is `{}`", interface.value, name.value);
        let help = format!("write `{}` here, or correct the bridge's name", name.value);
        let diagnostic = Diagnostic::new(Code::GatewayMismatch, interface.span, message, help);
        let fix = Some(name.value.as_str());
        let fix = fix.filter(|_| service.has(interface.span, below));
        found.push(diagnostic.fix(interface.span, fix).label(name.span, "the bridge's name"));
    }
}

/// What is on the bridge has the bridge's address: the host has no other there.
fn report_address(service: &ServiceRow, below: Option<&ServiceRow>, bridge: &BridgeList, found: &mut Vec<Diagnostic>) {
    if let (Some(address), Some(gateway)) = (&service.address, &bridge.gateway)
        && address.value != gateway.value
    {
        let message = format!("`{}` is not the bridge's address, which is `{}`", address.value, gateway.value);
        let help = format!("write `{}` here, or correct the bridge's subnet", gateway.value);
        let diagnostic = Diagnostic::new(Code::GatewayMismatch, address.span, message, help);
        let fix = Some(gateway.value.to_string());
        let fix = fix.filter(|_| service.has(address.span, below));
        found.push(diagnostic.fix(address.span, fix).label(gateway.span, "the bridge's address"));
    }
}

fn on_the_bridge(
    name: &Spanned<ServiceName>,
    interface: Span,
    service: &ServiceRow,
    suggestions: &mut Suggestions<'_>,
) -> Diagnostic {
    let message = format!("service `{}` is on the bridge, where only the gateway is", name.value);
    let address = service.address.and_then(|address| suggestions.address(address.value, MacSource::Made));
    let free = suggestions.free_end().zip(address);
    let such_as = free.map(|(end, address)| format!(", such as `{end}` and `{address}`")).unwrap_or_default();
    let help = format!("give it an interface and an address of its own{such_as}");
    Diagnostic::new(Code::ServiceOnBridge, name.span, message, help).label(interface, "this is the bridge")
}

impl ServiceRow {
    /// What has to be done for it.
    pub(super) fn role(&self) -> ServiceRole {
        self.schema.map_or(ServiceRole::Unknown, |schema| schema.role)
    }

    /// Whether a cell is this row's alone: not one above that it repeats, nor one that the row below repeats.
    fn has(&self, cell: Span, below: Option<&Self>) -> bool {
        let repeated = below.is_some_and(|below| {
            let interface = below.interface.as_ref().map(|interface| interface.span);
            below.address.is_some_and(|address| address.span == cell) || interface == Some(cell)
        });
        self.span.range().contains(&cell.range().start) && !repeated
    }

    /// Whether the service stands on the bridge itself and not in the namespace.
    fn is_on(&self, bridge: &BridgeList) -> bool {
        let names = self.interface.as_ref().zip(bridge.name.as_ref());
        names.is_some_and(|(interface, name)| interface.value == name.value)
    }

    /// Whether the row is about an interface in the namespace that we make: not the gateway, not what is on the bridge,
    /// and nothing that we do not run.
    pub(super) fn is_endpoint(&self, bridge: Option<&BridgeList>) -> bool {
        self.role().is_run() && !bridge.is_some_and(|bridge| self.is_on(bridge))
    }
}

#[cfg(test)]
mod tests {
    use crate::network::testing::{check, network, with_services};

    #[test]
    fn empty_cells_repeat_the_row_above_within_their_group() {
        let rows =
            ["| DHCP | 10.42.0.2 | | veth0 |", "| DNS | | 5300 | |", "| NFS | 10.42.0.3 | | |", "| cloud-init | | | |"];
        let services = network(&with_services(&rows)).services;
        let places = services.iter().map(|service| format!("{} {}", service.address.value, service.interface.value));
        let places: Vec<_> = places.collect();
        assert_eq!(places, ["10.42.0.2 veth0", "10.42.0.2 veth0", "10.42.0.3 veth0", "10.42.0.3 veth0"]);
        check(
            &with_services(&["| DHCP | 10.42.0.2 | | veth0 |", "|--|", "| DNS | | | |"]),
            &["missing-value ", "missing-value "],
        );
        check(&with_services(&["| DHCP | | | veth0 |"]), &["missing-value "]);
    }

    #[test]
    fn services_are_known_by_any_spelling() {
        check(&with_services(&["| dhcp | 10.42.0.2 | | veth0 |", "| Cloud Init | | | |", "| NFSv4 | | | |"]), &[]);
        check(&with_services(&["| NTP | 10.42.0.2 | 123 | veth0 |"]), &["unknown-service NTP"]);
        check(
            &with_services(&["| DHCP | 10.42.0.2 | | veth0 |", "| dhcp | 10.42.0.3 | | |"]),
            &["duplicate-service dhcp < DHCP"],
        );
        check(&with_services(&["| DNS `id` | 10.42.0.2 | | veth0 |"]), &["invalid-service-name DNS `id`"]);
    }

    #[test]
    fn the_gateway_is_where_the_bridge_list_says() {
        check(&with_services(&["| Gateway | 10.42.0.1 | | qvm0 |"]), &[]);
        check(&with_services(&["| Gateway | 10.42.0.2 | | qvm0 |"]), &["gateway-mismatch 10.42.0.2 < 10.42.0.1/24"]);
        check(&with_services(&["| Gateway | 10.42.0.1 | | qvm1 |"]), &["gateway-mismatch qvm1 < qvm0"]);
        check(&with_services(&["| Gateway | 10.42.0.1 | 80 | qvm0 |"]), &["invalid-port 80"]);
        check(&with_services(&["| SSH | 10.42.0.3 | 22 | qvm0 |"]), &["unknown-service SSH"]);
    }

    #[test]
    fn services_do_not_stand_on_the_bridge() {
        check(
            &with_services(&["| Gateway | 10.42.0.1 | | qvm0 |", "| DHCP | | | |", "| DNS | | | |"]),
            &["service-on-bridge DHCP < qvm0"],
        );
    }

    #[test]
    fn ports_are_ports_that_the_service_can_have() {
        check(
            &with_services(&["| DHCP | 10.42.0.2 | 6767 | veth0 |", "| DNS | | $(id) | |"]),
            &["invalid-port 6767", "invalid-port $(id)"],
        );
        check(&with_services(&["| DHCP | 10.42.0.2 | 67 | veth0 |"]), &[]);
    }
}
