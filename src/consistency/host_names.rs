//! `unknown-host-name`: a name under the network's domain in prose or a block that no guest has.

use std::collections::BTreeSet;

use crate::consistency::facts::Facts;
use crate::consistency::mentions::{MentionedWord, Mentions, words};
use crate::diagnostic::{Code, Diagnostic};
use crate::network::{FurtherName, Guest, NameReach, Network};

/// No name in DNS has more bytes.
const LONGEST_NAME: usize = 253;

/// Reports names under the domain that belong to nobody.
///
/// Silent where the domain is one label: `setup.sh` would be a host in the domain `sh`.
pub(super) fn check(facts: &Facts<'_, '_>, found: &mut Vec<Diagnostic>) {
    for network in facts.networks.iter().filter(|network| network.domain.value.as_str().contains('.')) {
        check_network(facts, network, found);
    }
}

fn check_network(facts: &Facts<'_, '_>, network: &Network, found: &mut Vec<Diagnostic>) {
    let ending = format!(".{}", network.domain.value).to_ascii_lowercase();
    let known = known(network);
    let wildcards: BTreeSet<String> =
        network.names.iter().filter(|name| name.reach == NameReach::Below).map(lower).collect();
    let guests_have_capitals = network.guests.iter().any(|guest| has_capitals(guest.name.value.as_str()));
    // `NAME.qvm0.lan`, `wk-N.qvm0.lan`: a part in capitals is still to be filled in, too.
    let is_placeholder = |mention: &MentionedWord<'_>| {
        let host = &mention.word.value[..mention.word.value.len() - ending.len()];
        !guests_have_capitals && has_capitals(host) || follows_a_sign(mention)
    };
    let mut unknown = Mentions::default();
    for mention in facts.texts.all().flat_map(words) {
        let name = mention.word.value.to_ascii_lowercase();
        let is_known =
            known.contains(&name) || facts.texts.in_tables.contains(&name) || is_below_one(&name, &wildcards);
        let is_host = name.ends_with(&ending) && !name.starts_with(['.', '-']) && !name.contains('_');
        if is_host && !is_known && !is_placeholder(&mention) {
            unknown.add(&name, mention.word.span);
        }
    }
    let candidates: Vec<&str> = network.guests.iter().map(|guest| guest.hostname.value.as_str()).collect();
    let describe = |name: &str, near: Option<&str>| {
        let message = format!("no guest has the host name `{name}`");
        let help = match near {
            Some(near) => format!("write `{near}` if that is meant, or add a guest of that name"),
            None => "add a guest of that name, or write the host name of one".to_owned(),
        };
        Some((message, help))
    };
    unknown.report(Code::UnknownHostName, &candidates, describe, found);
}

fn known(network: &Network) -> BTreeSet<String> {
    let names = network.guests.iter().flat_map(Guest::hostnames).chain(network.names.iter().map(|name| &name.name));
    names.map(|name| name.value.as_str().to_ascii_lowercase()).collect()
}

/// Whether a name is below one of those; what is longer than any name is below none.
fn is_below_one(name: &str, wildcards: &BTreeSet<String>) -> bool {
    let mut dots = name.match_indices('.').filter(|_| name.len() <= LONGEST_NAME && !wildcards.is_empty());
    dots.any(|(dot, _)| wildcards.contains(&name[dot + 1..]))
}

fn lower(name: &FurtherName) -> String {
    name.name.value.as_str().to_ascii_lowercase()
}

fn has_capitals(name: &str) -> bool {
    name.contains(char::is_uppercase)
}

/// `$name.qvm0.lan`, `<name>.qvm0.lan`: what stands before the name shows that it is to be filled in.
fn follows_a_sign(mention: &MentionedWord<'_>) -> bool {
    matches!(mention.before, Some(b'$' | b'}' | b'*' | b'>' | b'%' | b')'))
}

#[cfg(test)]
mod tests {
    use crate::consistency::testing::{NETWORK, check, shown};

    #[track_caller]
    fn check_prose(text: &str, expected: &[&str]) {
        check(&format!("{NETWORK}{text}\n"), expected);
    }

    #[test]
    fn names_under_the_domain_are_guests() {
        check_prose(
            "See https://cpp.qvm0.lan/x and wk-2.QVM0.lan.",
            &["unknown-host-name cpp.qvm0.lan", "unknown-host-name wk-2.QVM0.lan"],
        );
        check(&format!("{NETWORK}{}", shown("ssh root@wk.qvm0.lan")), &["unknown-host-name wk.qvm0.lan"]);
        check_prose("cp.qvm0.lan, WK-1.qvm0.lan, qvm0.lan, *.qvm0.lan, cp.qvm0, cpp.qvm0, x.example.org", &[]);
    }

    #[test]
    fn names_to_be_filled_in_are_left_alone() {
        check_prose("NAME.qvm0.lan wk-N.qvm0.lan $x.qvm0.lan ${x}.qvm0.lan <guest>.qvm0.lan a_b.qvm0.lan", &[]);
        check(
            "- Name :: br\n- Subnet :: 10.42.0.1/24\n- Domain :: sh\n\n| Guest | IP | TAP |\n| cp | 10.42.0.9 | t |\n\nRun =x.sh=.\n",
            &[],
        );
    }
}
