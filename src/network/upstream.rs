//! Rules for terms of the bridge list that serve one service: it is there, and nameservers are somebody else's.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::diagnostic::{Code, Diagnostic};
use crate::network::bridge::BridgeList;
use crate::network::schema::{
    BRIDGE_DHCP_RANGE, BRIDGE_UPSTREAM_DNS, DHCP, DNS, FieldSchema, ServiceRole, ServiceSchema,
};
use crate::network::services::ServiceRow;
use crate::network::value::{HostPort, Protocol};
use crate::source::{Span, Spanned};

/// Reports terms without effect, and nameservers that cannot be asked.
pub(super) fn check(bridge: &BridgeList, services: &[ServiceRow], found: &mut Vec<Diagnostic>) {
    let servers = bridge.fields.values(&BRIDGE_UPSTREAM_DNS);
    let range = bridge.fields.values(&BRIDGE_DHCP_RANGE);
    let uses = [
        (&BRIDGE_DHCP_RANGE.schema, range.first().map(|range| range.span), &DHCP),
        (&BRIDGE_UPSTREAM_DNS.schema, servers.first().map(|server| server.span), &DNS),
    ];
    for (term, span, service) in uses {
        let is_there = services.iter().any(|row| row.role() == service.role);
        found.extend(span.filter(|_| !is_there).map(|span| unused(term, span, service)));
    }
    report_servers(&servers, services, found);
    found.extend(servers.iter().filter_map(|server| closed(bridge, *server)));
}

/// The host's own nameserver is reached as the host's other ports are.
fn closed(bridge: &BridgeList, server: Spanned<IpAddr>) -> Option<Diagnostic> {
    let access = bridge.host_access.as_ref()?;
    let is_host = bridge.gateway?.value == server.value;
    let asked = HostPort { port: DNS.port?, protocol: Protocol::Udp };
    if !is_host || access.value.opens(asked) {
        return None;
    }
    let message = format!("the nameserver `{}` is the host, whose port 53 `Host access` keeps closed", server.value);
    let help = "add `53/udp, 53/tcp` to `Host access`, or take the nameserver away: then ours asks those of the host";
    let closed = Diagnostic::new(Code::ReservedAddress, server.span, message, help);
    Some(if access.span == bridge.span { closed } else { closed.label(access.span, "see here") })
}

fn unused(term: &FieldSchema, span: Span, service: &ServiceSchema) -> Diagnostic {
    let message = format!("`{}` has no effect: the document has no service `{}`", term.name, service.name);
    let help = format!("add a row `{}` to the service table, or take the term away", service.name);
    Diagnostic::new(Code::UnusedTerm, span, message, help)
}

fn report_servers(servers: &[Spanned<IpAddr>], services: &[ServiceRow], found: &mut Vec<Diagnostic>) {
    let mut seen = HashMap::new();
    let mut own = HashMap::new();
    for row in services.iter().filter(|row| row.role() == ServiceRole::Dns) {
        if let (Some(address), Some(name)) = (row.address, &row.name) {
            own.entry(address.value).or_insert(name.span);
        }
    }
    for server in servers {
        let address = server.value;
        let first = *seen.entry(address).or_insert(server.span);
        if let Some(&service) = own.get(&address) {
            let message = format!("`{address}` is our own DNS, which would ask itself");
            let help = "write the address of another nameserver, or take the term away: then it asks those of the host";
            found.push(
                Diagnostic::new(Code::ReservedAddress, server.span, message, help).label(service, "this service"),
            );
        } else if address.is_loopback() || address.is_unspecified() || address.is_multicast() {
            let message = format!("no nameserver can be asked at `{address}` from the namespace of the services");
            let help =
                "write an address that others reach it by, or take the term away: then ours asks those of the host";
            found.push(Diagnostic::new(Code::ReservedAddress, server.span, message, help));
        } else if first != server.span {
            let message = format!("nameserver `{address}` is named twice");
            let diagnostic = Diagnostic::new(Code::DuplicateAddress, server.span, message, "take one of the two away");
            found.push(diagnostic.label(first, "named here first"));
        }
    }
}
