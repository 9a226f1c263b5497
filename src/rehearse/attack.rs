//! What a guest could forge: others' addresses, others' hardware addresses, tags. None of it may arrive.
//!
//! Each forged frame is followed by an honest one of the same guest on the same cable: frames keep their order, so once the
//! honest one has arrived, the forged one would have. Silence alone shows nothing.

use std::io;
use std::time::Duration;

use super::fact::{Fact, GuestCell, Hint};
use super::frame::{Ends, arp_request, tagged, udp};
use super::job::{GuestPlan, Plan};
use super::relay::{MARK, Relay};

const PATIENCE: Duration = Duration::from_secs(2);
/// A port that nothing listens at.
const PORT: u16 = 9;

/// What is tried, and what is forged in it.
#[derive(Debug, Clone, Copy)]
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
}

const ALL: [Forgery; 5] = [Forgery::OtherMac, Forgery::Gateway, Forgery::OtherAddress, Forgery::Arp, Forgery::Tags];

/// Each guest forges, towards the guest before it.
pub(super) fn facts(plan: &Plan, relay: &Relay) -> io::Result<Vec<Fact>> {
    let number = plan.guests.len();
    if number < 2 {
        let claim = "a guest that forges frames reaches no other one";
        return Ok(vec![Fact::new("forgery", claim).not_tried("it takes two guests")]);
    }
    let mut facts = Vec::new();
    for guest in 0..number {
        facts.extend(tries(plan, relay, guest, (guest + number - 1) % number)?);
    }
    Ok(facts)
}

fn tries(plan: &Plan, relay: &Relay, guest: usize, victim: usize) -> io::Result<Vec<Fact>> {
    let (own, other, to) = (&plan.guests[guest], &plan.guests[(guest + 1) % plan.guests.len()], &plan.guests[victim]);
    for (number, forgery) in ALL.iter().enumerate() {
        relay.send(guest, &forgery.frame(plan, [own, other, to], &mark(guest, number)))?;
    }
    let control = mark(guest, ALL.len());
    relay.send(guest, &udp(honest(own, to), (PORT, PORT), &control))?;
    let has_arrived =
        |mark: &[u8], longest| relay.wait(victim, longest, |payload| payload.starts_with(mark).then_some(())).is_some();
    let arrives = has_arrived(&control, PATIENCE);
    let fact = |number: usize, forgery: &Forgery| {
        let claim = format!("`{}` with {} reaches nobody", own.name, forgery.words(other));
        let fact = Fact::new(&format!("forgery: {forgery:?}"), claim).at(hints(guest));
        if !arrives {
            return fact.not_tried(format!("not even an honest frame of `{}` arrives at `{}`", own.name, to.name));
        }
        let seen = if has_arrived(&mark(guest, number), Duration::ZERO) { "it arrives" } else { "it is dropped" };
        fact.same("it is dropped", seen)
    };
    let control = Fact::new("honest frames", format!("what `{}` sends to `{}` arrives", own.name, to.name));
    let control = control.at(hints(guest)).same("it arrives", if arrives { "it arrives" } else { "it is dropped" });
    Ok(ALL.iter().enumerate().map(|(number, forgery)| fact(number, forgery)).chain([control]).collect())
}

fn hints(guest: usize) -> [Hint; 2] {
    [Hint::file("network.nft"), Hint::Guest(guest, GuestCell::Tap)]
}

/// What tells one frame from all others.
fn mark(guest: usize, number: usize) -> Vec<u8> {
    [&MARK[..], &(guest as u16).to_be_bytes(), &[number as u8]].concat()
}

fn honest(from: &GuestPlan, to: &GuestPlan) -> Ends {
    Ends { from: from.mac, to: to.mac, source: from.address, target: to.address }
}

impl Forgery {
    /// The frame that one guest sends to another in the name of a third, in the order sender, third, receiver.
    fn frame(self, plan: &Plan, [own, other, to]: [&GuestPlan; 3], mark: &[u8]) -> Vec<u8> {
        let ends = honest(own, to);
        let with = |ends: Ends| udp(ends, (PORT, PORT), mark);
        match self {
            // A bridge sends nothing back to where it believes its receiver to be.
            Self::OtherMac if other.mac == to.mac => with(Ends { from: plan.gateway_mac, ..ends }),
            Self::OtherMac => with(Ends { from: other.mac, ..ends }),
            Self::Gateway => with(Ends { source: plan.gateway, ..ends }),
            Self::OtherAddress => with(Ends { source: other.address, ..ends }),
            Self::Arp => arp_request(Ends { source: other.address, ..ends }, mark),
            Self::Tags => tagged(&tagged(&with(ends))),
        }
    }

    fn words(self, other: &GuestPlan) -> String {
        match self {
            Self::OtherMac => "another one's MAC address".to_owned(),
            Self::Gateway => "the gateway's address".to_owned(),
            Self::OtherAddress => format!("the address of `{}`", other.name),
            Self::Arp => format!("ARP for the address of `{}`", other.name),
            Self::Tags => "VLAN tags".to_owned(),
        }
    }
}
