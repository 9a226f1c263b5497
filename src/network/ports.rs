//! The rule for ports: one owner for each address, protocol and port.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::num::NonZeroU16;

use crate::diagnostic::{Code, Diagnostic};
use crate::network::cells::OptionalCell;
use crate::network::schema::ServiceRole;
use crate::network::services::ServiceRow;
use crate::network::value::{Port, Protocol};
use crate::source::Span;

/// A port that a service listens on.
#[derive(Clone, Copy)]
struct PortClaim<'a> {
    service: &'a ServiceRow,
    role: ServiceRole,
    /// Its port cell if that is filled, else its name.
    span: Span,
    how: How,
}

/// How a service comes by a port.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// The document writes it down.
    Given,
    /// It is the service's own, and the document names none.
    Own,
    /// DNS clients ask there and are redirected to the port that is given.
    Redirected,
}

/// Reports ports that two services listen on.
pub(super) fn check(services: &[ServiceRow], found: &mut Vec<Diagnostic>) {
    let mut owners: BTreeMap<(IpAddr, Protocol, Port), PortClaim<'_>> = BTreeMap::new();
    let mut conflicts = Vec::new();
    for service in services {
        let (Some(name), Some(address)) = (&service.name, service.address) else { continue };
        let mut conflict = None;
        for (port, how) in ports(service) {
            let span = service.port.value().map_or(name.span, |port| port.span);
            let claim = PortClaim { service, role: service.role(), span, how };
            for &protocol in protocols(service) {
                let owner = *owners.entry((address.value, protocol, port)).or_insert(claim);
                if owner.span != claim.span {
                    conflict.get_or_insert((port, owner, claim));
                }
            }
        }
        conflicts.extend(conflict.map(|(port, owner, claim)| (address.value, port, owner, claim)));
    }
    let mut free =
        FreePorts { taken: owners.keys().map(|(address, _, port)| (*address, *port)).collect(), next: BTreeMap::new() };
    found.extend(
        conflicts.into_iter().filter_map(|(address, port, owner, claim)| clash(address, port, owner, claim, &mut free)),
    );
}

/// The ports of each address that nothing listens on.
struct FreePorts {
    taken: BTreeSet<(IpAddr, Port)>,
    next: BTreeMap<IpAddr, u16>,
}

impl FreePorts {
    /// The next free port of an address, after a first one; none is given twice.
    fn after(&mut self, address: IpAddr, port: Port) -> Option<Port> {
        let next = self.next.entry(address).or_insert(port.number());
        loop {
            *next = next.checked_add(1)?;
            let port = Port::new(NonZeroU16::new(*next)?);
            if self.taken.insert((address, port)) {
                return Some(port);
            }
        }
    }
}

/// The ports of a service: its own or the one given, and for DNS also 53, which is led there.
fn ports(service: &ServiceRow) -> Vec<(Port, How)> {
    let own = service.schema.and_then(|schema| schema.port);
    match &service.port {
        OptionalCell::Value(port) if service.role() == ServiceRole::Dns => {
            let standard = own.filter(|own| *own != port.value).map(|own| (own, How::Redirected));
            std::iter::once((port.value, How::Given)).chain(standard).collect()
        }
        OptionalCell::Value(port) => vec![(port.value, How::Given)],
        OptionalCell::Empty => own.map(|own| (own, How::Own)).into_iter().collect(),
        OptionalCell::Invalid => Vec::new(),
    }
}

/// What a service speaks; of one that is not known, anything may be meant.
fn protocols(service: &ServiceRow) -> &'static [Protocol] {
    service.schema.map_or(&[Protocol::Tcp, Protocol::Udp], |schema| schema.protocols)
}

/// The diagnostic stands at the cell that names the port, the later one if both do.
fn clash(
    address: IpAddr,
    port: Port,
    owner: PortClaim<'_>,
    claim: PortClaim<'_>,
    free: &mut FreePorts,
) -> Option<Diagnostic> {
    let roles = (owner.role, claim.role);
    let is_redirected = owner.how == How::Redirected || claim.how == How::Redirected;
    // Of several DNS services one answers at 53 for all. Two of DHCP were reported as such.
    if roles == (ServiceRole::Dns, ServiceRole::Dns) && is_redirected || roles == (ServiceRole::Dhcp, ServiceRole::Dhcp)
    {
        return None;
    }
    let (at, other) = if claim.how == How::Given || owner.how != How::Given { (claim, owner) } else { (owner, claim) };
    let message = format!("port `{port}` of `{address}` is taken");
    // DHCP clients ask at no other port, nor are DNS clients led there from one.
    let may_move = at.role != ServiceRole::Dhcp && at.how != How::Redirected;
    let other_port = may_move.then(|| free.after(address, port)).flatten();
    let help = match other_port {
        Some(other) => {
            format!("write another port, such as `{other}`, or give one of the two services an address of its own")
        }
        None => "write another port, or give one of the two services an address of its own".to_owned(),
    };
    let edit = other_port.zip(at.service.port_edit.as_ref());
    let (cell, text) = edit.map(|(port, (cell, [before, after]))| (*cell, format!("{before}{port}{after}"))).unzip();
    let clash = Diagnostic::new(Code::DuplicatePort, at.span, message, help);
    Some(clash.fix(cell.unwrap_or(at.span), text).label(other.span, "this service listens there"))
}

#[cfg(test)]
mod tests {
    use crate::network::testing::{check, with_services};

    #[test]
    fn a_service_may_run_several_times() {
        check(&with_services(&["| DNS | 10.42.0.2 | | veth0 |", "| DNS | 10.42.0.3 | | |", "| NFS | | | |"]), &[]);
        check(&with_services(&["| DNS | 10.42.0.2 | 5300 | veth0 |", "| DNS | | 5301 | |", "| DNS | | | |"]), &[]);
        check(&with_services(&["| NFS | 10.42.0.2 | | veth0 |", "| NFS | | | |"]), &["duplicate-port NFS < NFS"]);
        check(&with_services(&["| DNS | 10.42.0.2 | | veth0 |", "| DNS | | | |"]), &["duplicate-port DNS < DNS"]);
    }

    #[test]
    fn a_port_of_an_address_has_one_owner() {
        check(&with_services(&["| DNS | 10.42.0.2 | 2049 | veth0 |", "| NFS | | | |"]), &["duplicate-port 2049 < NFS"]);
        check(
            &with_services(&["| DNS | 10.42.0.2 | 5300 | veth0 |", "| NFS | | 53 | |"]),
            &["duplicate-port 53 < 5300"],
        );
        check(
            &with_services(&["| NFS | 10.42.0.2 | 99 | veth0 |", "| cloud-init | | 99 | |"]),
            &["duplicate-port 99 < 99"],
        );
        check(&with_services(&["| NFS | 10.42.0.2 | 67 | veth0 |", "| DHCP | | | |"]), &[]);
        check(&with_services(&["| NFS | 10.42.0.2 | 99 | veth0 |", "| cloud-init | 10.42.0.3 | 99 | |"]), &[]);
    }
}
