//! The rule for further names, of guests and of the name table: each is somebody's, and nobody else's.

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::network::bridge::BridgeList;
use crate::network::guests::GuestRow;
use crate::network::name_table::NameRow;
use crate::network::names::report_mdns;
use crate::network::schema::GUEST_ALIASES;
use crate::network::value::{AliasName, DomainName, HostName, NameReach};
use crate::source::{Span, Spanned};

/// A name that leads to somebody.
struct NameClaim<'a> {
    /// As DNS has it, without letter case, `*.` before what stands for all names below.
    full: String,
    span: Span,
    owner: NameOwner<'a>,
}

/// Who has a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NameOwner<'a> {
    /// The guest of that row, by the name that it has anyway.
    Own(&'a Span),
    /// The guest of that row, by a further one.
    Further(&'a Span),
    /// A row of the name table.
    Row,
}

/// Reports names that two have, that are too long in the domain, or that no resolver asks a nameserver for.
pub(super) fn check(
    bridge: Option<&BridgeList>,
    guests: &[GuestRow],
    names: &[NameRow],
    domain: &Spanned<DomainName>,
    found: &mut Vec<Diagnostic>,
) {
    let claims = further(guests, names, domain, found);
    // Most documents have none, and own names are held against each other elsewhere.
    if claims.is_empty() {
        return;
    }
    let mut owners: HashMap<String, NameClaim<'_>> = HashMap::new();
    for claim in guests.iter().flat_map(|guest| own(bridge, guest, domain)) {
        owners.entry(claim.full.clone()).or_insert(claim);
    }
    for claim in claims {
        match owners.get(&claim.full) {
            Some(owner) => found.push(taken(&claim, owner)),
            None => drop(owners.insert(claim.full.clone(), claim)),
        }
    }
}

/// The names that a guest has without saying so.
fn own<'a>(bridge: Option<&BridgeList>, guest: &'a GuestRow, domain: &Spanned<DomainName>) -> Vec<NameClaim<'a>> {
    let Some(name) = &guest.name else { return Vec::new() };
    let alias =
        bridge.and_then(|bridge| bridge.name.as_ref()).map(|bridge| HostName::alias(&name.value, &bridge.value));
    let names = HostName::of(&name.value, &domain.value).into_iter().chain(alias);
    let claim = |full: HostName| NameClaim {
        full: key(&full, NameReach::Itself),
        span: name.span,
        owner: NameOwner::Own(&guest.span),
    };
    names.map(claim).collect()
}

/// All that are written down, in the order of the text, so that the later one of two is the one to change.
fn further<'a>(
    guests: &'a [GuestRow],
    names: &[NameRow],
    domain: &Spanned<DomainName>,
    found: &mut Vec<Diagnostic>,
) -> Vec<NameClaim<'a>> {
    let mut claims = Vec::new();
    let mut claim =
        |name: &AliasName, span: Span, reach: NameReach, owner: NameOwner<'a>| match name.in_domain(&domain.value) {
            Ok(full) => {
                if !name.is_short() {
                    report_mdns(full.as_str(), span, found);
                }
                claims.push(NameClaim { full: key(&full, reach), span, owner });
            }
            Err(reason) => {
                let message = format!("name `{name}` in the domain `{}` {reason}", domain.value);
                found.push(Diagnostic::new(Code::InvalidHostName, span, message, "shorten the name or the domain"));
            }
        };
    for guest in guests {
        for alias in guest.fields.values(&GUEST_ALIASES) {
            claim(&alias.value, alias.span, NameReach::Itself, NameOwner::Further(&guest.span));
        }
    }
    for name in names.iter().filter_map(|row| row.name.as_ref()) {
        claim(name.value.name(), name.span, name.value.reach(), NameOwner::Row);
    }
    claims.sort_by_key(|claim| claim.span);
    claims
}

fn key(name: &HostName, reach: NameReach) -> String {
    format!("{}{}", reach.prefix(), name.as_str().to_ascii_lowercase())
}

fn taken(claim: &NameClaim<'_>, owner: &NameClaim<'_>) -> Diagnostic {
    let message = format!("name `{}` is taken", claim.full);
    let (help, label) = match (claim.owner, owner.owner) {
        (NameOwner::Further(guest), NameOwner::Own(same)) if guest == same => {
            ("take it away: the guest has this name anyway", "this guest's own name")
        }
        (NameOwner::Further(guest), NameOwner::Further(same)) if guest == same => {
            ("take one of the two away", "the guest has it by this already")
        }
        (_, NameOwner::Own(_) | NameOwner::Further(_)) => {
            ("write another name, or take it away here", "this guest has it")
        }
        (_, NameOwner::Row) => ("write another name, or take one of the two away", "it leads to another address here"),
    };
    Diagnostic::new(Code::DuplicateName, claim.span, message, help).label(owner.span, label)
}

#[cfg(test)]
mod tests {
    use crate::network::testing::{BRIDGE, check, network};

    const GUESTS: &str = "\n| Guest | IP | TAP | Aliases |\n|--|\n";

    fn document(cells: &[&str], names: &[&str]) -> String {
        let row =
            |(number, cell): (usize, &&str)| format!("| g{number} | 10.42.0.{} | t{number} | {cell} |\n", number + 10);
        let rows: String = cells.iter().enumerate().map(row).collect();
        let names: Vec<String> = names.iter().map(|name| format!("| {name} | 10.42.0.99 |\n")).collect();
        format!("{BRIDGE}{GUESTS}{rows}\n| Name | IP |\n|--|\n{}", names.concat())
    }

    #[test]
    fn short_names_get_the_domain() {
        let network = network(&document(&["api, =console=,db.example.org", ""], &[]));
        let aliases: Vec<String> = network.guests[0].aliases.iter().map(|alias| alias.value.to_string()).collect();
        assert_eq!(aliases, ["api.qvm0.lan", "console.qvm0.lan", "db.example.org"]);
        assert!(network.guests[1].aliases.is_empty());
    }

    #[test]
    fn a_name_is_taken_once() {
        check(&document(&["g1", ""], &[]), &["duplicate-name g1 < g1"]);
        check(&document(&["g0.QVM0", ""], &[]), &["duplicate-name g0.QVM0 < g0"]);
        check(&document(&["api, API.qvm0.lan"], &[]), &["duplicate-name API.qvm0.lan < api"]);
        check(&document(&["api", "api"], &[]), &["duplicate-name api < api"]);
        check(&document(&["api"], &["api", "g0", "*.api"]), &["duplicate-name api < api", "duplicate-name g0 < g0"]);
        check(&document(&[""], &["x", "*.x", "*.x.qvm0.lan"]), &["duplicate-name *.x.qvm0.lan < *.x"]);
    }

    #[test]
    fn names_that_cannot_be_or_that_nobody_asks_for_are_reported() {
        let long = "a".repeat(63);
        let domain = [long.as_str(); 3].join(".");
        let text = document(&["localhost, x.local, a;b"], &[]);
        check(&text, &["invalid-host-name localhost", "mdns-domain x.local", "invalid-host-name a;b"]);
        let text = document(&[""], &[&long]).replace("\n\n", &format!("\n- Domain :: {domain}\n\n"));
        check(&text, &[&format!("invalid-host-name {}", "g0"), &format!("invalid-host-name {long}")]);
    }
}
