//! Published ports: each leads to its guest, from wherever the document says that it is reached.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use super::fact::{ARRIVES, DROPPED, Fact, Hint};
use super::job::{Plan, PublishedPlan};
use super::outside::{self, HOST};
use super::space;
use super::standin::space_of;

const PATIENCE: Duration = Duration::from_secs(2);
const QUESTION: &[u8] = b"question";

/// A way to a published port.
struct PublishedRoute {
    from: String,
    /// None is the host itself.
    space: Option<String>,
    to: SocketAddr,
}

/// What listens in place of the guest's own program.
enum Listener {
    Tcp(TcpListener),
    Udp(UdpSocket),
}

/// What asks, open for as long as it is kept.
#[expect(dead_code, reason = "it is kept for what happens when it is dropped")]
enum Asking {
    Tcp(TcpStream),
    Udp(UdpSocket),
}

/// Tries each port by every way to it, called in the machine's own namespace.
pub(super) fn facts(plan: &Plan) -> io::Result<Vec<Fact>> {
    let mut facts = Vec::new();
    for row in &plan.published {
        let guest = &plan.guests[row.guest];
        let bound = space::within(&space_of(row.guest), || Listener::bind(row, guest.address))?;
        for way in ways(plan, row) {
            let claim = format!("{} reaches `{}` of `{}` at port {}", way.from, row.guest_port, guest.name, row.shown);
            let fact = Fact::new("published ports", claim).at(hints(row, &way));
            facts.push(match &bound {
                Ok(listener) => fact.same(ARRIVES, listener.is_reached(&way)?),
                Err(reason) => fact.not_tried(format!("nothing can listen there: {reason}")),
            });
        }
        if ways(plan, row).is_empty() {
            let fact = Fact::new("published ports", format!("port {} leads to `{}`", row.shown, guest.name));
            facts.push(fact.not_tried("the host of the rehearsal has another address"));
        }
    }
    Ok(facts)
}

/// From outside, from the host, and from another guest if there is one; for the guest itself a bridge may be in the way.
fn ways(plan: &Plan, row: &PublishedPlan) -> Vec<PublishedRoute> {
    let way = |from: &str, space: Option<String>, address: Ipv4Addr| PublishedRoute {
        from: from.to_owned(),
        space,
        to: SocketAddr::from((address, row.port)),
    };
    let other = (row.guest + 1) % plan.guests.len();
    let is_at = |address: Ipv4Addr| row.address.is_none_or(|at| at == address);
    let mut ways = Vec::new();
    for address in [HOST, plan.gateway].into_iter().filter(|address| is_at(*address)) {
        ways.push(way("the host", None, address));
        if other != row.guest {
            ways.push(way(&format!("`{}`", plan.guests[other].name), Some(space_of(other)), address));
        }
    }
    if is_at(HOST) {
        ways.push(way("the outside", Some(outside::SPACE.to_owned()), HOST));
    }
    if let Some(address) = row.forwarded {
        ways.push(way("a program on the host", None, address));
    }
    ways
}

fn hints(row: &PublishedPlan, way: &PublishedRoute) -> Vec<Hint> {
    if Some(way.to.ip()) == row.forwarded.map(Into::into) {
        let listens = way.to.to_string();
        return vec![Hint::file("forward.py"), Hint::line("network.sh", &["forward", &listens])];
    }
    let port = format!("dport {} ", row.port);
    vec![
        Hint::line("network.nft", &["dnat", &port]),
        Hint::line("network.nft", &["type nat hook prerouting"]),
        Hint::file("network.nft"),
    ]
}

impl Listener {
    fn bind(row: &PublishedPlan, address: Ipv4Addr) -> io::Result<Self> {
        let place = (address, row.guest_port);
        if row.is_tcp {
            let listener = TcpListener::bind(place)?;
            listener.set_nonblocking(true)?;
            return Ok(Self::Tcp(listener));
        }
        let listener = UdpSocket::bind(place)?;
        listener.set_nonblocking(true)?;
        Ok(Self::Udp(listener))
    }

    /// Whether what comes by a way arrives. What another try has left is taken away before.
    fn is_reached(&self, way: &PublishedRoute) -> io::Result<&'static str> {
        while self.has_come() {}
        let ask = || match self {
            Self::Tcp(_) => TcpStream::connect_timeout(&way.to, PATIENCE).ok().map(Asking::Tcp),
            Self::Udp(_) => send(way.to).ok().map(Asking::Udp),
        };
        // It stays open until it has been seen.
        let _asking = match &way.space {
            Some(space) => space::within(space, ask)?,
            None => ask(),
        };
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if self.has_come() {
                return Ok(ARRIVES);
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(DROPPED)
    }

    fn has_come(&self) -> bool {
        match self {
            Self::Tcp(listener) => listener.accept().is_ok(),
            Self::Udp(listener) => listener.recv(&mut [0; 64]).is_ok(),
        }
    }
}

fn send(to: SocketAddr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    socket.send_to(QUESTION, to)?;
    Ok(socket)
}
