//! Rules for IPv6: who has which address, made from the IPv4 one where the document names none, and that each has one.

use std::collections::{BTreeMap, HashSet};
use std::net::{IpAddr, Ipv6Addr};

use ipnet::Ipv6Net;

use crate::diagnostic::{Code, Diagnostic};
use crate::network::Bridge6;
use crate::network::bridge::BridgeList;
use crate::network::cells::OptionalCell;
use crate::network::guests::GuestRow;
use crate::network::schema::{BRIDGE_MASQUERADE6, BRIDGE_SUBNET6, GUEST_IP6};
use crate::network::services::ServiceRow;
use crate::network::value::{Address6, HostSubnet6, Switch};
use crate::source::{Span, Spanned};

/// An IPv6 address that somebody is given, or that is made for it.
struct Address6Claim<'a> {
    address: Ipv6Addr,
    /// The cell that it is read from, or the one of the IPv4 address.
    span: Span,
    source: AddressSource,
    owner: Address6Owner<'a>,
    /// What it would be if it was made.
    made: Option<Ipv6Addr>,
}

/// Where an address is from, in the order in which they count: who is named one gives way to all others.
#[derive(PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
enum AddressSource {
    Bridge,
    Made,
    Given,
}

/// Who has an address.
#[derive(PartialEq, Eq, Clone, Copy)]
enum Address6Owner<'a> {
    Bridge,
    Guest(Span),
    Interface(&'a str),
}

/// What the bridge list says of IPv6, if it has any.
pub(super) fn bridge(list: &BridgeList) -> Option<Bridge6> {
    let subnet = list.subnet6.value()?;
    let masquerade = list.masquerade6.value().copied();
    Some(Bridge6 {
        gateway: subnet.map(|subnet| subnet.gateway().into()),
        subnet: subnet.map(HostSubnet6::subnet),
        masquerade: masquerade.unwrap_or(Spanned::new(Switch::On, subnet.span)),
    })
}

/// The address of who has an IPv4 address: the one that is given, else one with the same host part.
pub(super) fn address(
    list: &BridgeList,
    address: Option<Spanned<IpAddr>>,
    given: &OptionalCell<Address6>,
) -> Option<Spanned<IpAddr>> {
    let subnet = list.subnet6.value()?;
    let made = || {
        let address = address?;
        let made = subnet.value.same_host(list.subnet?.value, address.value)?;
        Some(Spanned::new(made.into(), address.span))
    };
    given.value().map_or_else(made, |given| Some(given.map(|given| given.address().into())))
}

/// Reports what has no effect, addresses that are not of the subnet, and those that two parties have.
pub(super) fn check(list: &BridgeList, guests: &[GuestRow], services: &[ServiceRow], found: &mut Vec<Diagnostic>) {
    let Some(subnet) = list.subnet6.value() else {
        report_unused(list, guests, services, found);
        return;
    };
    let is_off = list.masquerade6.value().is_some_and(|masquerade| masquerade.value == Switch::Off);
    found.extend((subnet.value.is_public() && !is_off).then(|| public(subnet)));
    let mut claims = claims(list, subnet, guests, services);
    claims.sort_by_key(|claim| (claim.source, claim.span));
    let mut free = FreeAddresses6::of(&claims, subnet.value.subnet());
    let mut owners: BTreeMap<Ipv6Addr, &Address6Claim<'_>> = BTreeMap::new();
    for claim in &claims {
        if let Some((code, message)) = misplaced(claim, subnet.value.subnet()) {
            found.push(claim.report(code, message, &mut free).label(subnet.span, "the subnet"));
            continue;
        }
        let first = *owners.entry(claim.address).or_insert(claim);
        if first.owner != claim.owner {
            let message = format!("address `{}` is taken", claim.address);
            found.push(
                claim
                    .report(Code::DuplicateAddress, message, &mut free)
                    .label(first.span, first.owner.has_it(first.source)),
            );
        }
    }
}

/// What is said of IPv6 where there is none.
fn report_unused(list: &BridgeList, guests: &[GuestRow], services: &[ServiceRow], found: &mut Vec<Diagnostic>) {
    if matches!(list.subnet6, OptionalCell::Invalid) {
        return;
    }
    let column = GUEST_IP6.schema.name;
    let cells = guests.iter().map(|guest| &guest.address6).chain(services.iter().map(|service| &service.address6));
    let cells = cells.filter_map(OptionalCell::value).map(|cell| (column, cell.span));
    let term = list.masquerade6.value().map(|term| (BRIDGE_MASQUERADE6.schema.name, term.span));
    let mut seen = HashSet::new();
    for (name, span) in term.into_iter().chain(cells).filter(|(_, span)| seen.insert(*span)) {
        let needed = BRIDGE_SUBNET6.schema.name;
        let message = format!("`{name}` has no effect: the bridge list has no `{needed}`");
        let help = format!("add a term such as `- {needed} :: fd42:42::1/64` to the bridge list, or take this away");
        found.push(Diagnostic::new(Code::UnusedTerm, span, message, help));
    }
}

fn public(subnet: &Spanned<HostSubnet6>) -> Diagnostic {
    let message = format!("subnet `{}` belongs to the internet", subnet.value.subnet());
    let help = "write `Masquerade6 :: off` if it is routed to this host; else take one from fd00::/8, or its owners \
                cannot be reached";
    Diagnostic::new(Code::PublicSubnet, subnet.span, message, help)
}

/// Every claim once: services on one interface share its addresses.
fn claims<'a>(
    list: &BridgeList,
    subnet: &Spanned<HostSubnet6>,
    guests: &[GuestRow],
    services: &'a [ServiceRow],
) -> Vec<Address6Claim<'a>> {
    let claim = |at: Option<Spanned<IpAddr>>, given: &OptionalCell<Address6>, owner| {
        let made = at.zip(list.subnet).and_then(|(at, own)| subnet.value.same_host(own.value, at.value));
        let (address, span, source) = match given {
            OptionalCell::Value(given) => (given.value.address(), given.span, AddressSource::Given),
            OptionalCell::Empty => (made?, at?.span, AddressSource::Made),
            OptionalCell::Invalid => return None,
        };
        Some(Address6Claim { address, span, source, owner, made })
    };
    let bridge = Address6Claim {
        address: subnet.value.gateway(),
        span: subnet.span,
        source: AddressSource::Bridge,
        owner: Address6Owner::Bridge,
        made: None,
    };
    let guests =
        guests.iter().filter_map(|guest| claim(guest.address, &guest.address6, Address6Owner::Guest(guest.span)));
    let services = services.iter().filter(|service| service.is_endpoint(Some(list)));
    let mut services: Vec<_> = services
        .filter_map(|row| {
            claim(row.address, &row.address6, Address6Owner::Interface(row.interface.as_ref()?.value.as_str()))
        })
        .collect();
    services.dedup_by(|one, other| one.span == other.span && one.owner == other.owner);
    std::iter::once(bridge).chain(guests).chain(services).collect()
}

/// What is wrong with an address in this subnet, whoever else has it.
fn misplaced(claim: &Address6Claim<'_>, subnet: Ipv6Net) -> Option<(Code, String)> {
    let address = claim.address;
    if !subnet.contains(&address) {
        Some((Code::AddressOutsideSubnet, format!("address `{address}` is not in the subnet `{subnet}`")))
    } else if address == subnet.network() {
        Some((Code::ReservedAddress, format!("address `{address}` means any router of the subnet")))
    } else {
        None
    }
}

/// Addresses that nobody has; each is suggested once.
struct FreeAddresses6 {
    taken: HashSet<Ipv6Addr>,
    /// The next one after all that are taken.
    next: u128,
    last: u128,
}

impl FreeAddresses6 {
    fn of(claims: &[Address6Claim<'_>], subnet: Ipv6Net) -> Self {
        let taken: HashSet<_> = claims.iter().map(|claim| claim.address).collect();
        let inside = taken.iter().filter(|address| subnet.contains(*address)).map(|address| address.to_bits());
        let next = inside.max().unwrap_or_else(|| subnet.network().to_bits()).saturating_add(1);
        Self { taken, next, last: subnet.broadcast().to_bits() }
    }

    /// The one that would be made, else the next one.
    fn take(&mut self, made: Option<Ipv6Addr>) -> Option<Ipv6Addr> {
        let near = made.filter(|made| self.taken.insert(*made));
        near.or_else(|| {
            let next = Some(self.next).filter(|next| *next <= self.last)?;
            self.next += 1;
            Some(Ipv6Addr::from_bits(next))
        })
    }
}

impl Address6Claim<'_> {
    fn report(&self, code: Code, message: String, free: &mut FreeAddresses6) -> Diagnostic {
        let free = free.take(self.made);
        let such = free.map(|free| format!(", such as `{free}`, which is free")).unwrap_or_default();
        let help = match self.source {
            AddressSource::Made => format!("give it another one in a column `{}`{such}", GUEST_IP6.schema.name),
            AddressSource::Bridge | AddressSource::Given => format!("write another one{such}"),
        };
        let fix = free.filter(|_| self.source == AddressSource::Given).map(|free| free.to_string());
        Diagnostic::new(code, self.span, message, help).fix(self.span, fix)
    }
}

impl Address6Owner<'_> {
    fn has_it(self, source: AddressSource) -> String {
        let made = if source == AddressSource::Made { ", made from its IPv4 address" } else { "" };
        match self {
            Self::Bridge => "the bridge has it".to_owned(),
            Self::Guest(_) => format!("this guest has it{made}"),
            Self::Interface(name) => format!("`{name}` has it{made}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::network::Guest;
    use crate::network::testing::{check, network};

    const HEADER: &str = "\n| Guest | IP | TAP | IP6 |\n|--|\n";
    const CP: &str = "| cp | 10.42.0.10 | t0 | |\n";

    fn document(terms: &str, guests: &str, services: &str) -> String {
        let services = if services.is_empty() {
            String::new()
        } else {
            format!("\n| Service | IP | Port | Interface | IP6 |\n|--|\n{services}")
        };
        format!("- Name :: qvm0\n- Subnet :: 10.42.0.1/24\n{terms}{HEADER}{guests}{services}")
    }

    const SIX: &str = "- Subnet6 :: fd42:42::1/64\n";

    #[test]
    fn an_address_has_the_host_part_of_the_other_one_unless_it_is_named() {
        let text = document(
            SIX,
            "| cp | 10.42.0.10 | t0 | |\n| wk | 10.42.0.200 | t1 | fd42:42::beef |\n",
            "| DHCP | 10.42.0.2 | | veth0 | |\n| DNS | | | | |\n| NFS | 10.42.0.3 | | | fd42:42::99 |\n| cloud-init | | | | |\n",
        );
        let network = network(&text);
        let guests: Vec<_> = network.guests.iter().flat_map(Guest::addresses6).map(|it| it.value.to_string()).collect();
        assert_eq!(guests, ["fd42:42::a", "fd42:42::beef"]);
        let [endpoint] = &network.endpoints[..] else { panic!("one veth pair") };
        let services: Vec<_> = endpoint.addresses.iter().map(|it| it.value.to_string()).collect();
        assert_eq!(services, ["10.42.0.2", "10.42.0.3", "fd42:42::2", "fd42:42::99"]);
        let six = network.bridge.six.expect("it has IPv6");
        assert_eq!(
            (six.gateway.value.to_string(), six.subnet.value.to_string()),
            ("fd42:42::1".to_owned(), "fd42:42::/64".to_owned())
        );
        let wide = "- Name :: q\n- Subnet :: 172.20.0.1/16\n- Subnet6 :: fd42::1/64\n\n| Guest | IP | TAP |\n|--|\n| cp | 172.20.3.10 | t0 |\n";
        let wide = crate::network::testing::network(wide);
        assert_eq!(wide.guests[0].addresses6().next().unwrap().value.to_string(), "fd42::30a");
    }

    #[test]
    fn addresses_are_of_the_subnet_and_of_one_party() {
        let guest = |six: &str| document(SIX, &format!("{CP}| wk | 10.42.0.11 | t1 | {six} |\n"), "");
        check(&guest("fd42:42::ffff"), &[]);
        check(&guest("fd42:43::b"), &["address-outside-subnet fd42:43::b < fd42:42::1/64"]);
        check(&guest("fd42:42::"), &["reserved-address fd42:42:: < fd42:42::1/64"]);
        check(&guest("fd42:42::1"), &["duplicate-address fd42:42::1 < fd42:42::1/64"]);
        check(&guest("fd42:42::a"), &["duplicate-address fd42:42::a < 10.42.0.10"]);
        for refused in ["fe80::1", "ff02::1", "::ffff:10.42.0.11", "10.42.0.11", "fd42:42::b/64", "$(id)"] {
            check(&guest(refused), &[&format!("invalid-address {refused}")]);
        }
        check(&document("- Subnet6 :: fd42:42::a/64\n", CP, ""), &["duplicate-address 10.42.0.10 < fd42:42::a/64"]);
        check(
            &document(SIX, "| cp | 10.42.0.10 | t0 | fd42:42::2 |\n", "| DNS | 10.42.0.2 | | veth0 | |\n"),
            &["duplicate-address fd42:42::2 < 10.42.0.2"],
        );
    }

    #[test]
    fn the_subnet_is_one_of_64_bits_that_nobody_else_has() {
        for refused in ["fd42::1/48", "fe80::1/64", "ff02::1/64", "fd42::/64", "10.42.0.1/24"] {
            check(&document(&format!("- Subnet6 :: {refused}\n"), CP, ""), &[&format!("invalid-subnet {refused}")]);
        }
        let public = "2a00:1450::1/64";
        check(&document(&format!("- Subnet6 :: {public}\n"), CP, ""), &[&format!("public-subnet {public}")]);
        check(&document(&format!("- Subnet6 :: {public}\n- Masquerade6 :: off\n"), CP, ""), &[]);
        check(&document(&format!("{SIX}- Masquerade6 :: no\n"), CP, ""), &["invalid-switch no"]);
    }

    #[test]
    fn without_a_subnet_nothing_of_it_has_an_effect() {
        check(
            &document("- Masquerade6 :: off\n", "| cp | 10.42.0.10 | t0 | fd42::a |\n", ""),
            &["unused-term off", "unused-term fd42::a"],
        );
    }
}
