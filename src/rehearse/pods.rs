//! A guest's pods: an address of the range that is routed to it, which the stand-in has itself, and what they reach.

use std::io;
use std::net::Ipv4Addr;

use super::fact::{Fact, GuestCell, Hint};
use super::job::ServiceEndpoint;
use super::layout::OUTSIDE;
use super::standin::{Guests, reaches_outside, space_of};
use super::{dns, ping, program, web};

const CONNECTION: &str = "a connection";
const NONE: &str = "no connection";

impl Guests<'_> {
    /// Whether the guest reaches the pods of the next one that has any, and what its own reach; called in its namespace.
    pub(super) fn pods(&self, number: usize) -> io::Result<Vec<Fact>> {
        let guests = &self.plan.guests;
        let name = &guests[number].name;
        let next =
            (1..guests.len()).map(|step| (number + step) % guests.len()).find_map(|it| Some((it, guests[it].pod?)));
        let mut facts = Vec::new();
        if let Some((other, pod)) = next {
            let claim = format!("`{name}` reaches the pods of `{}`", guests[other].name);
            let hints = [Hint::file("network.nft"), Hint::file("bridge-up.sh"), Hint::Guest(other, GuestCell::Pods)];
            facts.push(Fact::new("pods", claim).at(hints).same(ping::ANSWER, ping::seen(pod)));
        }
        let Some(own) = guests[number].pod else { return Ok(facts) };
        let other = next.map(|(_, pod)| pod);
        // What goes to a target that has a route with the pod's address as its source comes from there.
        let services = [self.plan.dns, self.plan.seeds, self.plan.nfs].into_iter().flatten().map(|it| it.address);
        let near = services.map(|target| (target, "dev eth0".to_owned()));
        let far = other.into_iter().chain([OUTSIDE]).map(|target| (target, format!("via {}", self.plan.gateway)));
        let ways: Vec<_> = near.chain(far).collect();
        let add = ways.iter().map(|(target, way)| format!("route replace {target}/32 {way} src {own}"));
        program::batch(Some(&space_of(number)), add)?;
        facts.extend(self.as_pod(number, other));
        program::batch(Some(&space_of(number)), ways.iter().map(|(target, _)| format!("route flush {target}/32")))?;
        Ok(facts)
    }

    fn as_pod(&self, number: usize, other: Option<Ipv4Addr>) -> Vec<Fact> {
        let name = &self.plan.guests[number].name;
        let fact = |kind: &str, claim: String| {
            Fact::new(kind, claim).at([Hint::file("network.nft"), Hint::Guest(number, GuestCell::Pods)])
        };
        let mut facts = Vec::new();
        if let Some(pod) = other {
            facts.push(
                fact("pods", format!("a pod of `{name}` reaches one of another guest"))
                    .same(ping::ANSWER, ping::seen(pod)),
            );
        }
        if let Some(dns) = self.plan.dns {
            let (hostname, address) = (&self.plan.guests[number].hostname, self.plan.guests[number].address);
            let seen = dns::address((dns.address, 53), hostname).text();
            facts.push(
                fact("pods' names", format!("a pod of `{name}` finds `{hostname}`")).same(address.to_string(), seen),
            );
        }
        let way_out = reaches_outside("pods' way out", &format!("a pod of `{name}`"));
        facts.push(way_out.at([Hint::Guest(number, GuestCell::Pods)]));
        let refused = |what: &str, place: ServiceEndpoint| {
            let seen = web::connect((place.address, place.port)).map_or(NONE, |_| CONNECTION);
            let refused = Fact::new("pods and services", format!("a pod of `{name}` reaches no {what}"));
            refused.at([Hint::file("services.nft"), Hint::Service(place.row)]).same(NONE, seen)
        };
        facts.extend(self.plan.seeds.map(|place| refused("seeds", place)));
        facts.extend(self.plan.nfs.map(|place| refused("shared files", place)));
        facts
    }
}
