//! The service table: what listens where, and the host's own address as `Gateway`.
//!
//! An empty address or interface repeats the one above within its group between rules. A port is never repeated: an
//! empty one is the service's own.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::num::NonZeroU16;

use crate::diagnostic::{Code, Diagnostic, closest};
use crate::network::ServiceKind;
use crate::network::bridge::BridgeList;
use crate::network::cell::{self, Given, Kind};
use crate::network::grid;
use crate::network::value::{InterfaceName, Port};
use crate::org::Table;
use crate::source::{Span, Spanned};

/// What we call the services that we know.
const KNOWN: [&str; 5] = ["Gateway", "DHCP", "DNS", "NFS", "cloud-init"];

/// DHCP clients send to this port and no other.
const DHCP_PORT: NonZeroU16 = NonZeroU16::new(67).expect("67 is not 0");
const DNS_PORT: NonZeroU16 = NonZeroU16::new(53).expect("53 is not 0");
const NFS_PORT: NonZeroU16 = NonZeroU16::new(2049).expect("2049 is not 0");
const SEED_PORT: NonZeroU16 = NonZeroU16::new(8080).expect("8080 is not 0");

/// A row of the service table as far as it could be read.
pub(super) struct ServiceRow {
    pub(super) span: Span,
    pub(super) name: Option<Spanned<String>>,
    pub(super) kind: ServiceKind,
    pub(super) address: Option<Spanned<Ipv4Addr>>,
    pub(super) port: Given<Port>,
    pub(super) interface: Option<Spanned<InterfaceName>>,
}

/// Reads the service table.
pub(super) fn read(table: &Table<'_>, found: &mut Vec<Diagnostic>) -> Vec<ServiceRow> {
    let Some(grid) = grid::read(table, found) else { return Vec::new() };
    let mut services: Vec<ServiceRow> = Vec::new();
    let mut group = None;
    for row in &grid.rows {
        let above = services.last().filter(|_| group == Some(row.group));
        group = Some(row.group);
        let who = grid.required(row, "Service");
        let lacks = |what: &str| match who.value {
            "" => format!("a service has no {what}"),
            name => format!("service `{}` has no {what}, and there is none above to repeat", cell::quote(name)),
        };
        let address_above = above.map_or(Given::Nothing, |above| Given::read(above.address));
        let interface_above = above.map_or(Given::Nothing, |above| Given::read(above.interface.clone()));
        let name = cell::SERVICE.required(who, || lacks("name"), found);
        let service = ServiceRow {
            span: row.span,
            kind: name.as_ref().map_or(ServiceKind::Other, |name| kind_of(&name.value)),
            address: repeat(&cell::ADDRESS, grid.required(row, "IP"), address_above, || lacks("address"), found),
            port: cell::PORT.optional(grid.cell(row, "Port"), found),
            interface: repeat(
                &cell::INTERFACE,
                grid.required(row, "Interface"),
                interface_above,
                || lacks("interface"),
                found,
            ),
            name,
        };
        services.push(service);
    }
    services
}

/// Reads a cell that repeats the one above when it is empty; what was refused above is not reported again.
fn repeat<T>(
    kind: &Kind<T>,
    cell: Spanned<&str>,
    above: Given<T>,
    missing: impl FnOnce() -> String,
    found: &mut Vec<Diagnostic>,
) -> Option<Spanned<T>> {
    match above {
        Given::Value(above) if cell.value.is_empty() => Some(above),
        Given::Refused if cell.value.is_empty() => None,
        Given::Value(_) | Given::Refused | Given::Nothing => kind.required(cell, missing, found),
    }
}

/// What a service's name means; case, spaces and hyphens make no difference.
pub(super) fn kind_of(name: &str) -> ServiceKind {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    match plain.to_ascii_lowercase().as_str() {
        "gateway" => ServiceKind::Gateway,
        "dhcp" | "dhcp4" | "dhcpv4" => ServiceKind::Dhcp,
        "dns" => ServiceKind::Dns,
        "nfs" | "nfs4" | "nfsv4" => ServiceKind::Nfs,
        "cloudinit" => ServiceKind::CloudInit,
        _ => ServiceKind::Other,
    }
}

/// The port a service listens on if the document names none.
pub(super) fn own_port(kind: ServiceKind) -> Option<Port> {
    let number = match kind {
        ServiceKind::Dhcp => DHCP_PORT,
        ServiceKind::Dns => DNS_PORT,
        ServiceKind::Nfs => NFS_PORT,
        ServiceKind::CloudInit => SEED_PORT,
        ServiceKind::Gateway | ServiceKind::Other => return None,
    };
    Some(Port::new(number))
}

/// Applies the rules that concern one service, or a service and the bridge.
pub(super) fn check(services: &[ServiceRow], bridge: Option<&BridgeList>, found: &mut Vec<Diagnostic>) {
    let mut first_of: BTreeMap<ServiceKind, Span> = BTreeMap::new();
    let mut last_on_bridge = None;
    for service in services {
        let Some(name) = &service.name else { continue };
        report_port(service, found);
        if service.kind == ServiceKind::Other {
            found.push(unknown(name));
        } else if let Some(&first) = first_of.get(&service.kind) {
            let message = format!("service `{}` is declared twice", name.value);
            let help = "keep one of the two rows: a network has one of these";
            found.push(
                Diagnostic::new(Code::DuplicateService, name.span, message, help).label(first, "declared here first"),
            );
        } else if matches!(service.kind, ServiceKind::Gateway | ServiceKind::Dhcp) {
            first_of.insert(service.kind, name.span);
        }
        let on_bridge = bridge.filter(|bridge| service.is_on(bridge));
        match (service.kind, bridge, on_bridge) {
            (ServiceKind::Gateway, Some(bridge), _) => report_gateway(service, bridge, found),
            (ServiceKind::Other, _, Some(bridge)) => report_address(service, bridge, found),
            (_, _, Some(_)) => {
                // Rows that repeat the interface of one that was reported are mended with it.
                let interface = service.interface.as_ref().map(|interface| interface.span);
                if last_on_bridge != interface {
                    found.extend(interface.map(|interface| on_the_bridge(name, interface)));
                }
                last_on_bridge = interface;
            }
            (_, _, None) => {}
        }
    }
}

fn unknown(name: &Spanned<String>) -> Diagnostic {
    let message = format!("nothing is known about how to run service `{}`", name.value);
    let near = closest(&name.value, KNOWN);
    let help = match near {
        Some(near) => format!("write `{near}` if that is meant; else a template of your own has to run it"),
        None => format!(
            "run it by a template of your own; known are {}",
            KNOWN.map(|known| format!("`{known}`")).join(", ")
        ),
    };
    Diagnostic::new(Code::UnknownService, name.span, message, help).fix(name.span, near)
}

/// A gateway listens on no port; DHCP has no choice.
fn report_port(service: &ServiceRow, found: &mut Vec<Diagnostic>) {
    let Given::Value(port) = &service.port else { return };
    let (message, help) = match service.kind {
        ServiceKind::Gateway => ("a gateway listens on no port".to_owned(), "leave the cell empty"),
        ServiceKind::Dhcp if port.value.number() != DHCP_PORT.get() => {
            (format!("DHCP clients do not ask at port `{}`", port.value), "write 67, or leave the cell empty")
        }
        ServiceKind::Dhcp | ServiceKind::Dns | ServiceKind::Nfs | ServiceKind::CloudInit | ServiceKind::Other => return,
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

fn on_the_bridge(name: &Spanned<String>, interface: Span) -> Diagnostic {
    let message = format!("service `{}` is on the bridge, where only the gateway is", name.value);
    let help = "give it an interface and an address of its own, such as `veth0`";
    Diagnostic::new(Code::ServiceOnBridge, name.span, message, help).label(interface, "this is the bridge")
}

impl ServiceRow {
    /// Whether the service stands on the bridge itself and not in the namespace.
    pub(super) fn is_on(&self, bridge: &BridgeList) -> bool {
        let names = self.interface.as_ref().zip(bridge.name.as_ref());
        names.is_some_and(|(interface, name)| interface.value == name.value)
    }

    /// Whether the row is about an interface in the namespace: all are but the gateway and what is on the bridge.
    pub(super) fn is_endpoint(&self, bridge: Option<&BridgeList>) -> bool {
        self.kind != ServiceKind::Gateway && !bridge.is_some_and(|bridge| self.is_on(bridge))
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
        check(
            &with_services(&["| SSH | 10.42.0.3 | 22 | qvm0 |"]),
            &["unknown-service SSH", "gateway-mismatch 10.42.0.3 < 10.42.0.1/24"],
        );
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
