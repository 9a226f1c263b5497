//! The service table: what listens where, and the host's own address as `Gateway`.
//!
//! An empty address or interface repeats the one above within its group between rules. A port is never repeated: an
//! empty one is the service's own.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::diagnostic::{Code, Diagnostic, closest};
use crate::network::bridge::BridgeList;
use crate::network::cells::{CellReport, Cells, Given};
use crate::network::fields::Fields;
use crate::network::grid;
use crate::network::schema::{
    self, KNOWN_SERVICES, SERVICE_INTERFACE, SERVICE_IP, SERVICE_NAME, SERVICE_PORT, SERVICES, ServiceRole,
    ServiceSchema,
};
use crate::network::value::{InterfaceName, Port, ServiceName};
use crate::org::Table;
use crate::source::{Span, Spanned};

/// A row of the service table as far as it could be read.
pub(super) struct ServiceRow {
    pub(super) span: Span,
    pub(super) name: Option<Spanned<ServiceName>>,
    pub(super) schema: Option<&'static ServiceSchema>,
    pub(super) address: Option<Spanned<IpAddr>>,
    pub(super) port: Given<Port>,
    pub(super) interface: Option<Spanned<InterfaceName>>,
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
    let address_above = above.map_or(Given::Nothing, |above| Given::read(above.address));
    let interface_above = above.map_or(Given::Nothing, |above| Given::read(above.interface.clone()));
    ServiceRow {
        span,
        schema: name.as_ref().and_then(|name| schema::service(name.value.as_str())),
        address: cells.repeated(&SERVICE_IP, address_above, report),
        port: cells.optional(&SERVICE_PORT, report),
        interface: cells.repeated(&SERVICE_INTERFACE, interface_above, report),
        fields: cells.rest(report),
        name,
    }
}

/// Applies the rules that concern one service, or a service and the bridge.
pub(super) fn check(services: &[ServiceRow], bridge: Option<&BridgeList>, found: &mut Vec<Diagnostic>) {
    let mut first_of: BTreeMap<ServiceRole, Span> = BTreeMap::new();
    let mut last_on_bridge = None;
    for service in services {
        let Some(name) = &service.name else { continue };
        report_port(service, found);
        match service.role() {
            ServiceRole::Unknown => found.push(unknown(name)),
            role @ (ServiceRole::Gateway | ServiceRole::Dhcp) => {
                let first = *first_of.entry(role).or_insert(name.span);
                found.extend((first != name.span).then(|| declared_twice(name, first)));
            }
            ServiceRole::Dns | ServiceRole::Process(_) => {}
        }
        let on_bridge = bridge.filter(|bridge| service.is_on(bridge));
        match (service.role(), bridge, on_bridge) {
            (ServiceRole::Gateway, Some(bridge), _) => report_gateway(service, bridge, found),
            (ServiceRole::Dhcp | ServiceRole::Dns | ServiceRole::Process(_), _, Some(_)) => {
                // Rows that repeat the interface of one that was reported are fixed with it.
                let interface = service.interface.as_ref().map(|interface| interface.span);
                if last_on_bridge != interface {
                    found.extend(interface.map(|interface| on_the_bridge(name, interface)));
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

fn unknown(name: &Spanned<ServiceName>) -> Diagnostic {
    let message = format!("nothing is known about how to run service `{}`", name.value);
    let known = || KNOWN_SERVICES.iter().map(|known| known.name);
    let near = closest(name.value.as_str(), known());
    let help = if let Some(near) = near {
        format!("write `{near}` if that is meant; else a template of your own has to run it")
    } else {
        let known: Vec<_> = known().map(|known| format!("`{known}`")).collect();
        format!("run it by a template of your own; known are {}", known.join(", "))
    };
    Diagnostic::new(Code::UnknownService, name.span, message, help).fix(name.span, near)
}

/// A gateway listens on no port; DHCP has no choice.
fn report_port(service: &ServiceRow, found: &mut Vec<Diagnostic>) {
    let Given::Value(port) = &service.port else { return };
    let own = service.schema.and_then(|schema| schema.port);
    let (message, help) = match (service.role(), own) {
        (ServiceRole::Gateway, _) => ("a gateway listens on no port".to_owned(), "leave the cell empty".to_owned()),
        (ServiceRole::Dhcp, Some(own)) if port.value != own => (
            format!("DHCP clients do not ask at port `{}`", port.value),
            format!("write {own}, or leave the cell empty"),
        ),
        (ServiceRole::Dhcp | ServiceRole::Dns | ServiceRole::Process(_) | ServiceRole::Unknown, _) => return,
    };
    found.push(Diagnostic::new(Code::InvalidPort, port.span, message, help).fix(port.span, Some("")));
}

/// The gateway's row says again what the bridge list says.
fn report_gateway(service: &ServiceRow, bridge: &BridgeList, found: &mut Vec<Diagnostic>) {
    report_address(service, bridge, found);
    if let (Some(interface), Some(name)) = (&service.interface, &bridge.name)
        && interface.value != name.value
    {
        let message = format!("the gateway is on `{}`, but the bridge is `{}`", interface.value, name.value);
        let help = format!("write `{}` here, or correct the bridge's name", name.value);
        let finding = Diagnostic::new(Code::GatewayMismatch, interface.span, message, help);
        let fix = Some(name.value.as_str());
        found.push(finding.fix(interface.span, fix).label(name.span, "the bridge's name"));
    }
}

/// What is on the bridge has the bridge's address: the host has no other there.
fn report_address(service: &ServiceRow, bridge: &BridgeList, found: &mut Vec<Diagnostic>) {
    if let (Some(address), Some(gateway)) = (&service.address, &bridge.gateway)
        && address.value != gateway.value
    {
        let message = format!("`{}` is not the bridge's address, which is `{}`", address.value, gateway.value);
        let help = format!("write `{}` here, or correct the bridge's subnet", gateway.value);
        let finding = Diagnostic::new(Code::GatewayMismatch, address.span, message, help);
        let fix = Some(gateway.value.to_string());
        found.push(finding.fix(address.span, fix).label(gateway.span, "the bridge's address"));
    }
}

fn on_the_bridge(name: &Spanned<ServiceName>, interface: Span) -> Diagnostic {
    let message = format!("service `{}` is on the bridge, where only the gateway is", name.value);
    let help = "give it an interface and an address of its own, such as `veth0`";
    Diagnostic::new(Code::ServiceOnBridge, name.span, message, help).label(interface, "this is the bridge")
}

impl ServiceRow {
    /// What has to be done for it.
    pub(super) fn role(&self) -> ServiceRole {
        self.schema.map_or(ServiceRole::Unknown, |schema| schema.role)
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
