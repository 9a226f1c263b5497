//! What a guest could forge: others' addresses, others' hardware addresses, tags. None of it may arrive, at no other guest
//! and at no service.
//!
//! Each forged frame is followed by an honest one of the same guest on the same cable: frames keep their order, so once the
//! honest one has arrived, the forged one would have. Silence alone shows nothing.

use std::cell::RefCell;
use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::time::{Duration, Instant};

use super::dhcp::{self, Lease};
use super::fact::{ARRIVES, DROPPED, Fact, GuestCell, Hint};
use super::frame::{FrameAddresses, Mac, arp_request, tagged, udp};
use super::job::{GuestPlan, Plan};
use super::relay::{MARK, Relay};
use super::space;

const PATIENCE: Duration = Duration::from_secs(2);
/// A port that no guest listens at.
const DISCARD: u16 = 9;

/// What is tried, and what is forged in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Forgery {
    /// The hardware address of the guest after it.
    OtherMac,
    /// The address of the gateway.
    Gateway,
    /// The address of the guest after it.
    OtherAddress,
    /// The same in an ARP message, whose sender everybody believes.
    Arp,
    /// A tag for no VLAN, two of them.
    Tags,
    /// An address of the pods of the guest after it.
    OtherPods,
}

const ALL: [Forgery; 6] =
    [Forgery::OtherMac, Forgery::Gateway, Forgery::OtherAddress, Forgery::Arp, Forgery::Tags, Forgery::OtherPods];

/// Whether a frame that begins with a mark has come to a receiver, or comes within some time.
type Arrival<'a> = Box<dyn Fn(&[u8], Duration) -> bool + 'a>;

/// Whom frames are sent to, and whether one has arrived there.
struct Receiver<'a> {
    /// As claims name it.
    name: String,
    nobody: &'static str,
    kind: &'static str,
    mac: Mac,
    address: Ipv4Addr,
    port: u16,
    has_arrived: Arrival<'a>,
}

/// Each guest forges, towards the guest before it and towards each address of a service.
pub(super) fn facts(plan: &Plan, relay: &Relay) -> io::Result<Vec<Fact>> {
    let number = plan.guests.len();
    if number < 2 {
        let claim = "a guest that forges frames reaches no other one";
        return Ok(vec![Fact::new("forgery", claim).not_tried("it takes two guests")]);
    }
    let mut receivers: Vec<Receiver<'_>> = Vec::new();
    for &(address, mac) in &plan.service_macs {
        receivers.push(Receiver::service(plan, address, mac)?);
    }
    let mut facts = Vec::new();
    for guest in 0..number {
        facts.extend(tries(plan, relay, guest, &Receiver::guest(plan, relay, (guest + number - 1) % number))?);
        for receiver in &receivers {
            facts.extend(tries(plan, relay, guest, receiver)?);
        }
        facts.extend(plan.dhcp.iter().flat_map(|server| tries_dhcp(plan, relay, guest, server.address)));
    }
    Ok(facts)
}

/// DHCP goes by what a message says of its sender.
fn tries_dhcp(plan: &Plan, relay: &Relay, guest: usize, server: Ipv4Addr) -> [Fact; 2] {
    let next = (guest + 1) % plan.guests.len();
    let (own, other) = (&plan.guests[guest], &plan.guests[next]);
    let asks = Fact::new("DHCP for another", format!("DHCP tells `{}` nothing that is for `{}`", own.name, other.name));
    let asks = asks.at(hints(guest));
    let asks = match dhcp::is_offered_for(relay, guest, (own.mac, other.mac)) {
        None => asks.not_tried(format!("DHCP does not even answer `{}`", own.name)),
        Some(is_offered) => asks.same("no answer", if is_offered { "an offer" } else { "no answer" }),
    };
    let lease = Lease { address: Some(other.address), server: Some(server), ..Lease::default() };
    let offered = dhcp::offer_after_decline(relay, (guest, own.mac), (next, other.mac, &lease));
    let claim = format!("`{}` keeps its address, though `{}` says that it is taken", other.name, own.name);
    let keeps = Fact::new("DHCP declined", claim).at(hints(guest));
    let shown = offered.map_or_else(|| "no answer".to_owned(), |address| address.to_string());
    [asks, keeps.same(other.address.to_string(), shown)]
}

fn tries(plan: &Plan, relay: &Relay, guest: usize, to: &Receiver<'_>) -> io::Result<Vec<Fact>> {
    let (own, other) = (&plan.guests[guest], &plan.guests[(guest + 1) % plan.guests.len()]);
    let forgeries: Vec<Forgery> = ALL.iter().copied().filter(|it| to.sees(*it) && it.is_of(other)).collect();
    for (number, forgery) in forgeries.iter().enumerate() {
        relay.send(guest, &forgery.frame(plan, (own, other), to, &mark(guest, number)))?;
    }
    let control = mark(guest, ALL.len());
    relay.send(guest, &udp(honest(own, to), (DISCARD, to.port), &control))?;
    let arrives = (to.has_arrived)(&control, PATIENCE);
    let fact = |number: usize, forgery: &Forgery| {
        let claim = format!("`{}` with {} reaches {}", own.name, forgery.words(other), to.nobody);
        let fact = Fact::new(&format!("{}: {forgery:?}", to.kind), claim).at(hints(guest));
        if !arrives {
            return fact.not_tried(format!("not even an honest frame of `{}` arrives at {}", own.name, to.name));
        }
        let seen = if (to.has_arrived)(&mark(guest, number), Duration::ZERO) { ARRIVES } else { DROPPED };
        fact.same(DROPPED, seen)
    };
    let control = Fact::new("honest frames", format!("what `{}` sends to {} arrives", own.name, to.name));
    let control = control.at(hints(guest)).same(ARRIVES, if arrives { ARRIVES } else { DROPPED });
    Ok(forgeries.iter().enumerate().map(|(number, forgery)| fact(number, forgery)).chain([control]).collect())
}

fn hints(guest: usize) -> [Hint; 2] {
    [Hint::file("network.nft"), Hint::Guest(guest, GuestCell::Tap)]
}

/// What tells one frame from all others.
fn mark(guest: usize, number: usize) -> Vec<u8> {
    [&MARK[..], &(guest as u16).to_be_bytes(), &[number as u8]].concat()
}

fn honest(from: &GuestPlan, to: &Receiver<'_>) -> FrameAddresses {
    FrameAddresses { from: from.mac, to: to.mac, source: from.address, target: to.address }
}

impl<'a> Receiver<'a> {
    fn guest(plan: &Plan, relay: &'a Relay, number: usize) -> Self {
        let guest = &plan.guests[number];
        let has_arrived = move |mark: &[u8], longest| {
            relay.wait(number, longest, |payload| payload.starts_with(mark).then_some(())).is_some()
        };
        Self {
            name: format!("`{}`", guest.name),
            nobody: "nobody",
            kind: "forgery",
            mac: guest.mac,
            address: guest.address,
            port: DISCARD,
            has_arrived: Box::new(has_arrived),
        }
    }

    /// A listener of the rehearsal's own beside the services, at an address of theirs.
    fn service(plan: &Plan, address: Ipv4Addr, mac: Mac) -> io::Result<Self> {
        let socket = space::within(&plan.namespace, || UdpSocket::bind((address, 0)))??;
        let port = socket.local_addr()?.port();
        let seen = RefCell::new(Vec::new());
        Ok(Self {
            name: format!("the services at {address}"),
            nobody: "no service",
            kind: "forgery towards services",
            mac,
            address,
            port,
            has_arrived: Box::new(move |mark, longest| arrives(&socket, &mut seen.borrow_mut(), mark, longest)),
        })
    }

    /// Whether it would notice: a socket gets no ARP.
    fn sees(&self, forgery: Forgery) -> bool {
        forgery != Forgery::Arp || self.port == DISCARD
    }
}

/// Whether a datagram that begins with the mark has come, or comes within some time.
fn arrives(socket: &UdpSocket, seen: &mut Vec<Vec<u8>>, mark: &[u8], longest: Duration) -> bool {
    let end = Instant::now() + longest;
    let mut buffer = [0; 1500];
    while !seen.iter().any(|payload| payload.starts_with(mark)) {
        // No time at all would mean for ever.
        let left = end.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        let received = socket.set_read_timeout(Some(left)).and_then(|()| socket.recv(&mut buffer));
        match received {
            Ok(length) => seen.push(buffer[..length].to_vec()),
            Err(_) if Instant::now() >= end => return false,
            Err(_) => {}
        }
    }
    true
}

impl Forgery {
    /// Whether there is such a thing of that guest to forge.
    fn is_of(self, other: &GuestPlan) -> bool {
        self != Self::OtherPods || other.pod.is_some()
    }

    /// The frame that one guest sends to a receiver in the name of another guest.
    fn frame(self, plan: &Plan, (own, other): (&GuestPlan, &GuestPlan), to: &Receiver<'_>, mark: &[u8]) -> Vec<u8> {
        let ends = honest(own, to);
        let with = |ends: FrameAddresses| udp(ends, (DISCARD, to.port), mark);
        match self {
            // A bridge sends nothing back to where it believes its receiver to be.
            Self::OtherMac if other.mac == to.mac => with(FrameAddresses { from: plan.gateway_mac, ..ends }),
            Self::OtherMac => with(FrameAddresses { from: other.mac, ..ends }),
            Self::Gateway => with(FrameAddresses { source: plan.gateway, ..ends }),
            Self::OtherAddress => with(FrameAddresses { source: other.address, ..ends }),
            Self::OtherPods => with(FrameAddresses { source: other.pod.unwrap_or(other.address), ..ends }),
            Self::Arp => arp_request(FrameAddresses { source: other.address, ..ends }, mark),
            Self::Tags => tagged(&tagged(&with(ends))),
        }
    }

    fn words(self, other: &GuestPlan) -> String {
        match self {
            Self::OtherMac => "another one's MAC address".to_owned(),
            Self::Gateway => "the gateway's address".to_owned(),
            Self::OtherAddress => format!("the address of `{}`", other.name),
            Self::OtherPods => format!("an address of the pods of `{}`", other.name),
            Self::Arp => format!("ARP for the address of `{}`", other.name),
            Self::Tags => "VLAN tags".to_owned(),
        }
    }
}
