//! Rules for host names: each is its guest's name, a dot, and the one domain of the document.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::network::bridge::BridgeList;
use crate::network::cells::OptionalCell;
use crate::network::guests::GuestRow;
use crate::network::text::quote;
use crate::network::value::{DomainName, GuestName, HostName};
use crate::source::{Span, Spanned};

/// A machine's own name and the common name of a certificate end here.
const LONGEST_HOSTNAME: usize = 64;

/// A guest and the host name that the table gives it.
type GuestHostName<'a> = (&'a Spanned<GuestName>, &'a Spanned<HostName>);

/// Finds the domain and reports host names that do not belong to it; none if it cannot be told.
///
/// The domain is the bridge's term `Domain`; without one, what most host names end in; without host names, the
/// bridge's name and `.lan`.
pub(super) fn domain(
    bridge: Option<&BridgeList>,
    guests: &[GuestRow],
    found: &mut Vec<Diagnostic>,
) -> Option<Spanned<DomainName>> {
    let named: Vec<GuestHostName<'_>> =
        guests.iter().filter_map(|guest| guest.name.as_ref().zip(guest.hostname.value())).collect();
    let domain = match bridge.map(|bridge| &bridge.domain) {
        Some(OptionalCell::Value(domain)) => domain.clone(),
        Some(OptionalCell::Invalid) => return None,
        Some(OptionalCell::Empty) | None => most_common(&named).or_else(|| default_domain(bridge))?,
    };
    let places = guests.iter().filter_map(|guest| guest.name.as_ref());
    let places: BTreeMap<&str, Span> = places.map(|name| (name.value.as_str(), name.span)).collect();
    for (guest, hostname) in named {
        match ending(guest, hostname) {
            None => found.push(not_of_guest(guest, hostname, &domain, &places)),
            Some(ending) if !ending.value.as_str().eq_ignore_ascii_case(domain.value.as_str()) => {
                found.push(of_other_domain(guest, hostname, &domain));
            }
            Some(_) => {}
        }
    }
    report_long(guests, &domain, found);
    report_mdns(domain.value.as_str(), domain.span, found);
    Some(domain)
}

/// What stands after the guest's name and a dot; none if the host name does not begin so.
fn ending(guest: &Spanned<GuestName>, hostname: &Spanned<HostName>) -> Option<Spanned<DomainName>> {
    let rest = hostname.value.as_str().strip_prefix(guest.value.as_str())?.strip_prefix('.')?;
    let domain = DomainName::parse(rest).ok()?;
    let whole = hostname.value.as_str().len();
    Some(Spanned::new(domain, hostname.span.within(whole - rest.len()..whole)))
}

/// The domain of most host names, the first of several as common, where it first stands.
fn most_common(named: &[GuestHostName<'_>]) -> Option<Spanned<DomainName>> {
    let endings: Vec<_> = named.iter().filter_map(|(guest, hostname)| ending(guest, hostname)).collect();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for ending in &endings {
        *counts.entry(ending.value.as_str().to_ascii_lowercase()).or_default() += 1;
    }
    let most = counts.values().copied().max()?;
    endings.into_iter().find(|ending| counts.get(&ending.value.as_str().to_ascii_lowercase()) == Some(&most))
}

fn default_domain(bridge: Option<&BridgeList>) -> Option<Spanned<DomainName>> {
    let name = bridge?.name.as_ref()?;
    Some(Spanned::new(DomainName::of_bridge(&name.value), name.span))
}

fn not_of_guest(
    guest: &Spanned<GuestName>,
    hostname: &Spanned<HostName>,
    domain: &Spanned<DomainName>,
    places: &BTreeMap<&str, Span>,
) -> Diagnostic {
    let message = format!("host name `{}` does not begin with `{}.`", quote(hostname.value.as_str()), guest.value);
    let fix = format!("{}.{}", guest.value, domain.value);
    let help = format!("write `{fix}`, or leave the cell empty");
    let diagnostic = Diagnostic::new(Code::HostnameMismatch, hostname.span, message, help)
        .fix(hostname.span, Some(fix))
        .label(guest.span, "the guest");
    let label = hostname.value.as_str().split('.').next().unwrap_or_default();
    match places.get(label) {
        Some(&owner) => diagnostic.label(owner, "it is the name of this guest"),
        None => diagnostic,
    }
}

fn of_other_domain(
    guest: &Spanned<GuestName>,
    hostname: &Spanned<HostName>,
    domain: &Spanned<DomainName>,
) -> Diagnostic {
    let message = format!("host name `{}` is not in the domain `{}`", quote(hostname.value.as_str()), domain.value);
    let fix = format!("{}.{}", guest.value, domain.value);
    let help = format!("write `{fix}`: all guests are in one domain");
    Diagnostic::new(Code::HostnameMismatch, hostname.span, message, help)
        .fix(hostname.span, Some(fix))
        .label(domain.span, "the domain")
}

/// Reports host names that a guest cannot take for its own and no certificate can be made for.
fn report_long(guests: &[GuestRow], domain: &Spanned<DomainName>, found: &mut Vec<Diagnostic>) {
    for guest in guests {
        let Some(name) = &guest.name else { continue };
        let (length, span) = match &guest.hostname {
            OptionalCell::Value(hostname) => (hostname.value.as_str().len(), hostname.span),
            OptionalCell::Empty => (name.value.as_str().len() + 1 + domain.value.as_str().len(), name.span),
            OptionalCell::Invalid => continue,
        };
        if length > LONGEST_HOSTNAME {
            let message = format!(
                "the host name of `{}` has {length} bytes where a machine takes {LONGEST_HOSTNAME}",
                name.value
            );
            let help = "shorten the guest's name or the domain";
            found.push(Diagnostic::new(Code::InvalidHostName, span, message, help));
        }
    }
}

/// Reports a domain, or a name, that resolvers never ask a DNS server about.
pub(super) fn report_mdns(name: &str, span: Span, found: &mut Vec<Diagnostic>) {
    let last = name.rsplit('.').next().unwrap_or_default();
    if last.eq_ignore_ascii_case("local") {
        let message = format!("names in `{name}` are asked for by multicast, not from the DNS service");
        let help = "choose a domain that does not end in `local`, such as one in `lan`";
        found.push(Diagnostic::new(Code::MdnsDomain, span, message, help));
    }
}

#[cfg(test)]
mod tests {
    use crate::network::testing::{BRIDGE, CP, GUESTS, check, network, with_guests};

    /// A row whose host name is this.
    fn guest(name: &str, number: usize, hostname: &str) -> String {
        format!("| {name} | 10.42.0.{number} | tap{number} | | {hostname} |")
    }

    #[track_caller]
    fn check_domain(list: &str, rows: &[String], expected: &str) {
        let network = network(&format!("{BRIDGE}{list}{GUESTS}{CP}{}\n", rows.join("\n")));
        assert_eq!(network.domain.value.as_str(), expected);
        assert_eq!(network.guests[0].hostname.value.to_string(), format!("cp.{expected}"));
    }

    #[test]
    fn the_domain_is_the_term_or_what_host_names_end_in_or_derived() {
        check_domain("- Domain :: a.lan\n", &[], "a.lan");
        check_domain("", &[guest("a", 11, "a.b.lan")], "b.lan");
        check_domain("", &[guest("a", 11, "a.lan")], "lan");
        check_domain("", &[], "qvm0.lan");
    }

    #[test]
    fn host_names_are_their_guests_in_the_one_domain() {
        let rows = [guest("a", 11, "a.x.lan"), guest("b", 12, "b.y.lan"), guest("c", 13, "c.y.lan")];
        check(&with_guests(&rows.each_ref().map(String::as_str)), &["hostname-mismatch a.x.lan < y.lan"]);
        check(
            &with_guests(&[&guest("a", 11, "a.lan"), &guest("b", 12, "a.lan")]),
            &["hostname-mismatch a.lan < b < a"],
        );
        check(&with_guests(&[&guest("a", 11, "a")]), &["hostname-mismatch a < a < a"]);
        check(
            &format!("{BRIDGE}- Domain :: y.lan\n{GUESTS}{}\n", guest("a", 11, "a.x.lan")),
            &["hostname-mismatch a.x.lan < y.lan"],
        );
    }

    #[test]
    fn names_that_no_machine_takes_or_no_resolver_asks_for_are_reported() {
        let domain = format!("{}.lan", "x".repeat(60));
        check(&format!("{BRIDGE}- Domain :: {domain}\n{GUESTS}{CP}"), &["invalid-host-name cp"]);
        check(&format!("{BRIDGE}- Domain :: x.local\n{GUESTS}{CP}"), &["mdns-domain x.local"]);
    }
}
