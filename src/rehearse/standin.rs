//! What stands in for a guest: a namespace on the other end of its cable, and all that a guest would try from there.

use std::fs;
use std::io;
use std::net::Ipv4Addr;

use super::dhcp::{self, Lease};
use super::dns;
use super::fact::{Fact, FactOutcome, GuestCell, Hint};
use super::job::{ExportPlan, GuestPlan, Plan};
use super::layout::OUTSIDE;
use super::relay::{CableEnds, Relay};
use super::web::{self, Page};
use super::{outside, ping, program, rpc, space};

/// The guests' own side: their namespaces and cables.
pub(super) struct Guests<'a> {
    pub(super) plan: &'a Plan,
    pub(super) relay: &'a Relay,
    /// Outputs that somebody may have written in place of ours.
    pub(super) dnsmasq: &'a [String],
}

/// The namespace of a guest.
pub(super) fn space_of(number: usize) -> String {
    format!("guest{number}")
}

/// Makes all namespaces and plugs them in, each with the guest's own MAC address.
pub(super) fn plug_in(plan: &Plan) -> io::Result<Relay> {
    space::make(&(0..plan.guests.len()).map(space_of).collect::<Vec<_>>())?;
    cables(plan)
}

fn cables(plan: &Plan) -> io::Result<Relay> {
    let guests = plan.guests.iter().enumerate();
    let ends =
        guests.map(|(number, guest)| CableEnds { tap: guest.tap.clone(), space: space_of(number), mac: guest.mac });
    Relay::plug_in(&ends.collect::<Vec<_>>())
}

/// Plugs them in once more, with their addresses and their nameserver, for whoever looks around.
pub(super) fn plug_in_again(plan: &Plan) -> io::Result<Relay> {
    let relay = cables(plan)?;
    let guests = Guests { plan, relay: &relay, dnsmasq: &[] };
    for number in 0..plan.guests.len() {
        guests.take_address(number)?;
        if let Some(dns) = plan.dns {
            let folder = format!("/etc/netns/{}", space_of(number));
            fs::create_dir_all(&folder)?;
            let text = format!("nameserver {}\nsearch {}\n", dns.address, plan.domain);
            fs::write(format!("{folder}/resolv.conf"), text)?;
        }
    }
    Ok(relay)
}

impl Guests<'_> {
    /// Asks for an address, or takes it where the network gives none, and says what came with it.
    pub(super) fn configure(&self, number: usize) -> io::Result<Vec<Fact>> {
        let (plan, guest) = (self.plan, &self.plan.guests[number]);
        let mut facts = Vec::new();
        if plan.dhcp.is_some() {
            let lease = dhcp::lease(self.relay, number, guest.mac);
            facts.extend(self.lease_facts(number, lease.as_ref()));
        }
        self.take_address(number)?;
        Ok(facts)
    }

    fn take_address(&self, number: usize) -> io::Result<()> {
        let (plan, guest) = (self.plan, &self.plan.guests[number]);
        let address = format!("addr add {}/{} brd + dev eth0", guest.address, plan.prefix);
        let route = format!("route add default via {}", plan.gateway);
        let pod = guest.pod.map(|pod| format!("addr add {pod}/32 dev lo"));
        let mtu = plan.mtu.map(|mtu| format!("link set eth0 mtu {mtu}"));
        let commands = ["link set lo up".to_owned(), address, route].into_iter().chain(pod).chain(mtu);
        program::batch(Some(&space_of(number)), commands)?;
        self.take_address6(number)
    }

    fn lease_facts(&self, number: usize, lease: Option<&Lease>) -> Vec<Fact> {
        let (plan, guest) = (self.plan, &self.plan.guests[number]);
        let name = &guest.name;
        let shown = |address: Option<Ipv4Addr>| address.map_or_else(|| "none".to_owned(), |it| it.to_string());
        let host = guest.mac.map(|octet| format!("{octet:02x}")).join(":");
        let hints = |words: &[&str]| self.dnsmasq_lines(words);
        let row = Hint::Guest(number, GuestCell::Address);
        let got = Fact::new("lease", format!("`{name}` gets its address by DHCP")).at(hints(&[&host])).at([row]);
        let Some(lease) = lease else {
            let fact = got.at(hints(&["dhcp-range"])).at(self.dnsmasq.iter().map(|file| Hint::file(file)));
            return vec![fact.found(fails(guest.address.to_string(), "no answer".to_owned()))];
        };
        let mut facts = vec![got.same(guest.address.to_string(), shown(lease.address))];
        let option = |kind: &str, what: &str, words: &[&str]| {
            Fact::new(kind, format!("`{name}` is told {what}")).at(hints(words)).at([Hint::Bridge])
        };
        let router = option("router", "its gateway", &["option:router"]).at(hints(&["dhcp-option=3,"]));
        facts.push(router.same(plan.gateway.to_string(), shown(lease.router)));
        let netmask = option("netmask", "the netmask", &["dhcp-range"]);
        facts.push(netmask.same(plan.netmask.to_string(), shown(lease.netmask)));
        if let Some(mtu) = plan.mtu {
            let told = option("MTU", "the MTU", &["option:mtu"]).at(hints(&["dhcp-option=26,"]));
            facts.push(told.same(mtu.to_string(), lease.mtu.map_or_else(|| "none".to_owned(), |it| it.to_string())));
        }
        if let Some(dns) = plan.dns {
            let nameserver =
                option("nameserver", "its nameserver", &["option:dns-server"]).at(hints(&["dhcp-option=6,"]));
            facts.push(nameserver.same(dns.address.to_string(), shown(lease.nameserver)));
            let domain = option("domain", "the domain", &["option:domain-name"]).at(hints(&["domain="]));
            facts.push(domain.same(plan.domain.to_lowercase(), lease.domain.to_lowercase()));
        }
        facts
    }

    /// All that a guest does once it has an address; called in its namespace.
    pub(super) fn facts(&self, number: usize) -> Vec<Fact> {
        let (plan, guest) = (self.plan, &self.plan.guests[number]);
        let name = &guest.name;
        let next = (number + 1) % plan.guests.len();
        let mut facts = Vec::new();
        let reaches = |kind: &str, claim: String, address: Ipv4Addr, hints: Vec<Hint>| {
            Fact::new(kind, claim).at(hints).same(ping::ANSWER, ping::seen(address))
        };
        let rules = || vec![Hint::file("network.nft")];
        let gateway = [rules(), vec![Hint::Bridge]].concat();
        facts.push(reaches("gateway", format!("`{name}` reaches the gateway"), plan.gateway, gateway));
        if next != number {
            let other = &plan.guests[next];
            let hints = [rules(), vec![Hint::Guest(next, GuestCell::Address)]].concat();
            facts.push(reaches("guests", format!("`{name}` reaches `{}`", other.name), other.address, hints));
            facts.extend(plan.mtu.map(|mtu| large_packets(guest, other, mtu)));
        }
        facts.push(reaches_outside("outside", &format!("`{}`", guest.name)).at([Hint::Bridge]));
        facts.extend(self.names(number));
        facts.extend(self.seeds(number));
        facts.extend(self.shared_files(number));
        facts.extend(self.shared_folders(number));
        facts
    }

    fn names(&self, number: usize) -> Vec<Fact> {
        let (plan, guest) = (self.plan, &self.plan.guests[number]);
        let Some(dns) = plan.dns else { return Vec::new() };
        let other = &plan.guests[(number + 1) % plan.guests.len()];
        let hints = |cell| {
            [
                vec![
                    Hint::line("hosts", &[&other.hostname]),
                    Hint::line("services.nft", &["udp dport", "redirect"]),
                    Hint::file("services.nft"),
                ],
                self.own_dnsmasq(),
                vec![Hint::Guest((number + 1) % plan.guests.len(), cell)],
            ]
            .concat()
        };
        let ask = |name: &str, cell| {
            let claim = format!("`{}` finds `{name}`", guest.name);
            let seen = dns::address((dns.address, 53), name).text();
            Fact::new("names", claim).at(hints(cell)).same(other.address.to_string(), seen)
        };
        let mut facts = vec![ask(&other.hostname, GuestCell::Hostname), ask(&other.alias, GuestCell::Name)];
        facts.extend(other.aliases.iter().map(|alias| ask(alias, GuestCell::Name)));
        if number == 0 {
            facts.extend(plan.names.iter().map(|(name, address)| self.further_name(dns.address, name, *address)));
        }
        let seen = dns::name((dns.address, 53), other.address).text().to_lowercase();
        facts.push(
            Fact::new("reverse names", format!("`{}` finds the name of {}", guest.name, other.address))
                .at(hints(GuestCell::Hostname))
                .same(other.hostname.to_lowercase(), seen),
        );
        let seen = dns::address((dns.address, 53), outside::NAME);
        let found = Fact::new("names of others", format!("`{}` finds `{}`", guest.name, outside::NAME));
        let upstream = ["no-resolv", "server="].into_iter().flat_map(|word| self.dnsmasq_lines(&[word]));
        let redirect = [Hint::line("services.nft", &["udp dport", "redirect"]), Hint::file("services.nft")];
        let found = found.at(upstream).at(redirect).at(self.own_dnsmasq()).at([Hint::Service(dns.row)]);
        facts.push(found.same(OUTSIDE.to_string(), seen.text()));
        if dns.port != 53 {
            let claim = format!("`{}` finds names at port {}", guest.name, dns.port);
            let seen = dns::address((dns.address, dns.port), &other.hostname).text();
            let fact = Fact::new("names at the port", claim).at([Hint::line("hosts", &[&other.hostname])]);
            let fact = fact.at(self.dnsmasq_lines(&["port="]));
            facts.push(fact.at([Hint::Service(dns.row)]).same(other.address.to_string(), seen));
        }
        facts
    }

    fn further_name(&self, server: Ipv4Addr, name: &str, address: Ipv4Addr) -> Fact {
        let listed = name.strip_prefix("any.").unwrap_or(name);
        let fact = Fact::new("further names", format!("`{}` finds `{name}`", self.plan.guests[0].name));
        let fact = fact.at([Hint::line("hosts", &[listed])]).at(self.dnsmasq_lines(&["address=", listed]));
        fact.at(self.own_dnsmasq()).same(address.to_string(), dns::address((server, 53), name).text())
    }

    fn seeds(&self, number: usize) -> Vec<Fact> {
        let (plan, guest) = (self.plan, &self.plan.guests[number]);
        let Some(seeds) = plan.seeds else { return Vec::new() };
        let server = (seeds.address, seeds.port);
        let hints = || vec![Hint::file("seed-server.py"), Hint::file("services.nft"), Hint::Service(seeds.row)];
        let own = web::get(server, &format!("/{}/meta-data", guest.name));
        let is_own = own.status == 200 && own.body.contains("instance-id");
        let seen = if is_own { "its seed".to_owned() } else { own.shown() };
        let mut facts =
            vec![Fact::new("seed", format!("`{}` gets its seed", guest.name)).at(hints()).same("its seed", seen)];
        for file in ["user-data", "vendor-data", "network-config"] {
            let seen = web::get(server, &format!("/{}/{file}", guest.name)).shown();
            let claim = format!("`{}` gets its {file}", guest.name);
            facts.push(Fact::new("seed's files", claim).at(hints()).same("status 200", seen));
        }
        let other = &plan.guests[(number + 1) % plan.guests.len()];
        if other.name != guest.name {
            let page = web::get(server, &format!("/{}/vendor-data", other.name));
            // That somebody answered is the control: silence would show nothing.
            let seen = if is_refused(&page) { "status 404".to_owned() } else { page.shown() };
            let claim = format!("`{}` does not get the seed of `{}`", guest.name, other.name);
            facts.push(Fact::new("others' seeds", claim).at(hints()).same("status 404", seen));
        }
        facts
    }

    fn shared_files(&self, number: usize) -> Option<Fact> {
        let nfs = self.plan.nfs?;
        let claim = format!("`{}` reaches the shared files", self.plan.guests[number].name);
        let hints = [Hint::file("ganesha.conf"), Hint::file("services.nft"), Hint::Service(nfs.row)];
        let fact = Fact::new("shared files", claim).at(hints);
        if !program::exists("ganesha.nfsd") {
            return Some(fact.not_tried("nfs-ganesha is not installed"));
        }
        Some(match rpc::version_4_answers((nfs.address, nfs.port)) {
            Ok(()) => fact,
            Err(seen) => fact.found(fails("an NFS server of version 4".to_owned(), seen)),
        })
    }

    /// Which of the folders it finds; a server answers for those that it does not export as for what is not there.
    fn shared_folders(&self, number: usize) -> Vec<Fact> {
        let Some(nfs) = self.plan.nfs else { return Vec::new() };
        let guest = &self.plan.guests[number];
        let fact = |export: &ExportPlan| {
            let may = export.clients.is_empty() || export.clients.contains(&guest.address);
            let (verb, expected) = if may { ("finds", THERE) } else { ("does not find", NOT_THERE) };
            let claim = format!("`{}` {verb} the shared folder `{}`", guest.name, export.name);
            let line = Hint::line("ganesha.conf", &["Pseudo", &format!("/{};", export.name)]);
            let fact =
                Fact::new("shared folders", claim).at([line, Hint::file("ganesha.conf"), Hint::Service(nfs.row)]);
            if let Some(reason) = cannot_share(export) {
                return fact.not_tried(reason);
            }
            match rpc::look_up((nfs.address, nfs.port), &export.name) {
                Ok(0) => fact.same(expected, THERE),
                Ok(2) => fact.same(expected, NOT_THERE),
                Ok(status) => fact.found(fails(expected.to_owned(), format!("status {status}"))),
                Err(seen) => fact.found(fails(expected.to_owned(), seen)),
            }
        };
        self.plan.exports.iter().map(fact).collect()
    }

    /// The lines of dnsmasq's configurations that have some words.
    fn dnsmasq_lines(&self, words: &[&str]) -> Vec<Hint> {
        self.dnsmasq.iter().map(|file| Hint::line(file, words)).collect()
    }

    fn own_dnsmasq(&self) -> Vec<Hint> {
        self.dnsmasq.iter().map(|file| Hint::file(file)).collect()
    }
}

/// The largest packets pass whole.
fn large_packets(guest: &GuestPlan, other: &GuestPlan, mtu: u16) -> Fact {
    let claim = format!("packets of {mtu} bytes pass from `{}` to `{}`", guest.name, other.name);
    let seen = if matches!(ping::passes(other.address, mtu), Ok(true)) { "an answer" } else { "no answer" };
    let hints = [Hint::line("network.sh", &["mtu="]), Hint::file("bridge-up.sh"), Hint::Bridge];
    Fact::new("large packets", claim).at(hints).same("an answer", seen)
}

/// Whether somebody reaches the outside by the host's address.
pub(super) fn reaches_outside(kind: &str, who: &str) -> Fact {
    let page = web::get((OUTSIDE, 80), "/");
    let seen = match page.status {
        200 if page.body == outside::HOST.to_string() => "a page, sent to the host's address".to_owned(),
        200 => format!("a page, sent to {}", page.body),
        _ => page.shown(),
    };
    let hints = [Hint::line("network.nft", &["masquerade"]), Hint::line("network.nft", &["type nat hook postrouting"])];
    let hints = if page.status == 200 { hints.to_vec() } else { Vec::new() };
    Fact::new(kind, format!("{who} reaches the outside, as the host"))
        .at(hints)
        .at([Hint::file("network.nft")])
        .same("a page, sent to the host's address", seen)
}

const THERE: &str = "it is there";
const NOT_THERE: &str = "it is not there";

/// Why nobody can export a folder here.
fn cannot_share(export: &ExportPlan) -> Option<&'static str> {
    let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    let is_of_host = map.split_whitespace().eq(["0", "0", "4294967295"]);
    match export {
        _ if !program::exists("ganesha.nfsd") => Some("nfs-ganesha is not installed"),
        _ if !is_of_host => Some("without root, the kernel gives nfs-ganesha no file by its handle"),
        ExportPlan { folder: Some(_), .. } => Some("it is a folder of the host"),
        ExportPlan { .. } => None,
    }
}

fn is_refused(page: &Page) -> bool {
    (400..500).contains(&page.status)
}

pub(super) fn fails(expected: String, seen: String) -> FactOutcome {
    FactOutcome::Fails { expected, seen }
}
