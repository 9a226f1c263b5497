//! What a guest does by IPv6: it takes the address that it has in the document, and reaches what it reaches by IPv4.

use std::fs;
use std::io;
use std::net::{Ipv6Addr, UdpSocket};
use std::time::Duration;

use super::fact::{ARRIVES, DROPPED, Fact, GuestCell, Hint};
use super::job::SixPlan;
use super::layout::OUTSIDE6;
use super::outside::HOST6;
use super::standin::{Guests, space_of};
use super::{dns, ping, program, space, web};

const PATIENCE: Duration = Duration::from_secs(2);
const FORGED: &[u8] = b"forged";
const OWN: &[u8] = b"own";

impl Guests<'_> {
    /// All that one guest tries, called in the machine's own namespace.
    pub(super) fn six(&self, number: usize) -> io::Result<Vec<Fact>> {
        let (Some(six), Some(own)) = (&self.plan.six, self.plan.guests[number].address6) else { return Ok(Vec::new()) };
        let mut facts = space::within(&space_of(number), || self.six_facts(number, six, own))?;
        facts.extend(self.forged(number, six)?);
        Ok(facts)
    }

    /// Takes the address; those that an interface gives itself are made of its hardware address.
    pub(super) fn take_address6(&self, number: usize) -> io::Result<()> {
        let (Some(six), Some(own)) = (&self.plan.six, self.plan.guests[number].address6) else { return Ok(()) };
        space::within(&space_of(number), || {
            for (setting, value) in [("accept_dad", "0"), ("accept_ra", "0"), ("disable_ipv6", "0")] {
                for which in ["all", "eth0"] {
                    fs::write(format!("/proc/sys/net/ipv6/conf/{which}/{setting}"), value)?;
                }
            }
            Ok::<_, io::Error>(())
        })??;
        let commands =
            [format!("addr add {own}/64 dev eth0 nodad"), format!("route add default via {} dev eth0", six.gateway)];
        program::batch(Some(&space_of(number)), commands.into_iter())
    }

    fn six_facts(&self, number: usize, six: &SixPlan, own: Ipv6Addr) -> Vec<Fact> {
        let name = &self.plan.guests[number].name;
        let rules = || Hint::file("network.nft");
        let mut facts = vec![
            Fact::new("gateway, IPv6", format!("`{name}` reaches the gateway by IPv6"))
                .at([rules(), Hint::Bridge])
                .same(ping::ANSWER, ping::seen6(six.gateway)),
        ];
        if let Some((other, address)) = self.next_with_ipv6(number) {
            let to = &self.plan.guests[other];
            facts.push(
                Fact::new("guests, IPv6", format!("`{name}` reaches `{}` by IPv6", to.name))
                    .at([rules(), Hint::Guest(other, GuestCell::Address)])
                    .same(ping::ANSWER, ping::seen6(address)),
            );
            if let Some(server) = six.dns {
                let seen = dns::address6((server, 53), &to.hostname).text();
                let hints = [Hint::line("hosts", &[":", &to.hostname]), Hint::file("services.nft")];
                let claim = format!("`{name}` finds the IPv6 address of `{}`, asked by IPv6", to.hostname);
                facts.push(Fact::new("names, IPv6", claim).at(hints).same(address.to_string(), seen));
            }
        }
        let page = web::get((OUTSIDE6, 80), "/");
        let seen = if page.status == 200 { format!("a page, sent to {}", page.body) } else { page.shown() };
        let (whose, sent_to) = if six.masquerades { ("the host's", HOST6) } else { ("its own", own) };
        facts.push(
            Fact::new("outside, IPv6", format!("`{name}` reaches the outside by IPv6, from {whose} address"))
                .at([Hint::line("network.nft", &["ip6 saddr", "masquerade"]), rules()])
                .same(format!("a page, sent to {sent_to}"), seen),
        );
        facts
    }

    /// What it sends as the gateway, and then as itself to the same place, so that silence means something.
    fn forged(&self, number: usize, six: &SixPlan) -> io::Result<Option<Fact>> {
        let Some((other, address)) = self.next_with_ipv6(number) else { return Ok(None) };
        let (from, to) = (&self.plan.guests[number], &self.plan.guests[other]);
        let listener = space::within(&space_of(other), || UdpSocket::bind((address, 0)))??;
        let target = listener.local_addr()?;
        let send = |source: Ipv6Addr, text: &'static [u8]| {
            space::within(&space_of(number), move || UdpSocket::bind((source, 0))?.send_to(text, target))?
        };
        // Without `nodad` it is its own only once the kernel has had time for it, on `lo`, too.
        let alias = |verb, how| {
            let command = format!("addr {verb} {}/128 dev lo{how}", six.gateway);
            program::batch(Some(&space_of(number)), [command].into_iter())
        };
        alias("add", " nodad")?;
        let result = send(six.gateway, FORGED);
        alias("del", "")?;
        result?;
        send(from.address6.unwrap_or(address), OWN)?;
        let claim = format!("`{}` reaches `{}` by IPv6 from no other address than its own", from.name, to.name);
        let fact = Fact::new("forged addresses, IPv6", claim)
            .at([Hint::line("network.nft", &["ip6 saddr", "other-address"]), Hint::file("network.nft")]);
        listener.set_read_timeout(Some(PATIENCE))?;
        let mut seen = DROPPED;
        let mut buffer = [0; 64];
        while let Ok(length) = listener.recv(&mut buffer) {
            match &buffer[..length] {
                OWN => return Ok(Some(fact.same(DROPPED, seen))),
                FORGED => seen = ARRIVES,
                _ => {}
            }
        }
        Ok(Some(fact.not_tried(format!("not even what `{}` sends as itself arrives", from.name))))
    }

    fn next_with_ipv6(&self, number: usize) -> Option<(usize, Ipv6Addr)> {
        let guests = &self.plan.guests;
        (1..guests.len()).map(|step| (number + step) % guests.len()).find_map(|it| Some((it, guests[it].address6?)))
    }
}
