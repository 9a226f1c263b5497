//! Where a guest must not get, nor the outside: the host's own ports, and a guest or a service that has not asked.
//!
//! What must not arrive is sent before what must, on the same way, so that its absence means something.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use super::fact::{ARRIVES, DROPPED, Fact, Hint};
use super::job::{OpenPort, Plan, ReachablePorts};
use super::layout::OUTSIDE;
use super::outside::{self, HOST};
use super::standin::space_of;
use super::{ping, space};

const PATIENCE: Duration = Duration::from_secs(2);
const TRESPASS: &[u8] = b"trespass";
const ANSWER: &[u8] = b"answer";

/// All that is tried from one guest, called in the machine's own namespace.
pub(super) fn facts(plan: &Plan, guest: usize) -> io::Result<Vec<Fact>> {
    let mut facts = match &plan.host_access {
        ReachablePorts::All => vec![reaches_all_of_host(plan, guest)?],
        ReachablePorts::Only(ports) => {
            let mut facts = vec![reaches_no_port(plan, guest, plan.gateway)?, reaches_no_port(plan, guest, HOST)?];
            // By one guest, since a port takes one listener at a time.
            for port in ports.iter().filter(|_| guest == 0) {
                facts.push(reaches_port(plan, guest, port)?);
            }
            facts
        }
    };
    facts.extend(is_reached_from_outside(plan, guest)?);
    Ok(facts)
}

/// A port of the host that nobody has named: a datagram to it, and then a ping, which the host answers.
fn reaches_no_port(plan: &Plan, guest: usize, address: Ipv4Addr) -> io::Result<Fact> {
    let listener = UdpSocket::bind((address, 0))?;
    let fact = Fact::new("host", format!("`{}` reaches no port of the host at {address}", plan.guests[guest].name));
    let fact = fact.at(rules_of("input"));
    let is_answered = space::within(&space_of(guest), || {
        UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?.send_to(TRESPASS, listener.local_addr()?)?;
        ping::answers(address)
    })??;
    Ok(if is_answered {
        fact.same(DROPPED, has_come(&listener)?)
    } else {
        fact.not_tried(format!("not even a ping to {address} is answered"))
    })
}

/// A port of the host that the document names.
fn reaches_port(plan: &Plan, guest: usize, port: &OpenPort) -> io::Result<Fact> {
    let claim = format!("`{}` reaches port {} of the host", plan.guests[guest].name, port.shown);
    let fact = Fact::new("host's ports", claim).at(rules_of("input"));
    let space = space_of(guest);
    let place = SocketAddr::from((plan.gateway, port.number));
    let seen = if port.is_tcp {
        let Ok(_listener) = TcpListener::bind(place) else { return Ok(fact.not_tried("something listens there")) };
        let connected = space::within(&space, || TcpStream::connect_timeout(&place, PATIENCE))?;
        if connected.is_ok() { ARRIVES } else { DROPPED }
    } else {
        let Ok(listener) = UdpSocket::bind(place) else { return Ok(fact.not_tried("something listens there")) };
        space::within(&space, || UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?.send_to(TRESPASS, place))??;
        comes(&listener, TRESPASS, PATIENCE)?
    };
    Ok(fact.same(ARRIVES, seen))
}

/// Where the document lets guests reach all of the host.
fn reaches_all_of_host(plan: &Plan, guest: usize) -> io::Result<Fact> {
    let listener = UdpSocket::bind((plan.gateway, 0))?;
    let place = listener.local_addr()?;
    space::within(&space_of(guest), || UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?.send_to(TRESPASS, place))??;
    let fact = Fact::new("host's ports", format!("`{}` reaches any port of the host", plan.guests[guest].name));
    Ok(fact.at(rules_of("input")).same(ARRIVES, comes(&listener, TRESPASS, PATIENCE)?))
}

/// The guest asks the outside, which then sends to the guest and to the services unasked, and last of all its answer.
fn is_reached_from_outside(plan: &Plan, guest: usize) -> io::Result<Vec<Fact>> {
    let own = &plan.guests[guest];
    let out = space::within(outside::SPACE, || UdpSocket::bind((OUTSIDE, 0)))??;
    let bind = |address: Ipv4Addr| move || UdpSocket::bind((address, 0));
    let asking = space::within(&space_of(guest), bind(own.address))??;
    let mut targets = vec![("guest", format!("`{}`", own.name), space::within(&space_of(guest), bind(own.address))??)];
    if let Some(&(address, _)) = plan.service_macs.first() {
        targets.push(("services", format!("{address}"), space::within(&plan.namespace, bind(address))??));
    }
    asking.send_to(TRESPASS, out.local_addr()?)?;
    out.set_read_timeout(Some(PATIENCE))?;
    let came_from = out.recv_from(&mut [0; 64]).ok().map(|(_, from)| from);
    let mut is_answered = false;
    if let Some(from) = came_from {
        for (_, _, target) in &targets {
            // The host may say at once that nobody is to get there.
            let _ = out.send_to(TRESPASS, target.local_addr()?);
        }
        let _ = out.send_to(ANSWER, from);
        is_answered = comes(&asking, ANSWER, PATIENCE)? == ARRIVES;
    }
    let fact = |(kind, name, target): &(&str, String, UdpSocket)| {
        let fact = Fact::new(&format!("from outside: {kind}"), format!("the outside does not reach {name} unasked"));
        let fact = fact.at(rules_of("forward"));
        Ok(if is_answered {
            fact.same(DROPPED, has_come(target)?)
        } else {
            fact.not_tried(format!("not even an answer from there arrives at `{}`", own.name))
        })
    };
    targets.iter().map(fact).collect()
}

fn rules_of(hook: &str) -> [Hint; 2] {
    [Hint::line("network.nft", &[&format!("hook {hook}")]), Hint::file("network.nft")]
}

/// Whether a datagram has come by now that was not to come.
fn has_come(socket: &UdpSocket) -> io::Result<&'static str> {
    comes(socket, TRESPASS, Duration::from_millis(1))
}

/// Whether the datagram comes within some time.
fn comes(socket: &UdpSocket, payload: &[u8], longest: Duration) -> io::Result<&'static str> {
    socket.set_read_timeout(Some(longest))?;
    let mut buffer = [0; 64];
    let is_it = socket.recv(&mut buffer).is_ok_and(|length| &buffer[..length] == payload);
    Ok(if is_it { ARRIVES } else { DROPPED })
}
