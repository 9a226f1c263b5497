//! `unknown-interface`: a name made like one of the network's interfaces that none of them has.

use std::collections::BTreeSet;

use crate::consistency::facts::Facts;
use crate::consistency::mentions::{MentionedWord, Mentions, words};
use crate::diagnostic::{Code, Diagnostic};
use crate::network::Network;

/// Reports names that begin with the bridge's name, end in a digit, and are like a declared one or nearly one.
pub(super) fn check(facts: &Facts<'_, '_>, found: &mut Vec<Diagnostic>) {
    for network in facts.networks {
        check_network(facts, network, found);
    }
}

fn check_network(facts: &Facts<'_, '_>, network: &Network, found: &mut Vec<Diagnostic>) {
    let known = known(network);
    let stems: BTreeSet<&str> = known.iter().copied().filter(|name| stem(name) != *name).map(stem).collect();
    let bridge = network.bridge.name.value.as_str();
    let mut unknown = Mentions::default();
    for mention in facts.texts.all().flat_map(words) {
        let name = mention.word.value;
        let is_known = known.contains(name) || facts.texts.in_tables.contains(&name.to_ascii_lowercase());
        if is_like_an_interface(&mention, bridge) && !is_known {
            unknown.add(name, mention.word.span);
        }
    }
    let candidates: Vec<&str> = known.iter().copied().filter(|name| *name != bridge).collect();
    let describe = |name: &str, near: Option<&str>| {
        let message = format!("no interface has the name `{name}`");
        let help = match near {
            Some(near) => format!("write `{near}` if that is meant, or add a guest with this TAP"),
            None => "add a guest with this TAP, or write the name of one that is there".to_owned(),
        };
        // What is neither near to an interface nor numbered like one is something else's name.
        (near.is_some() || stems.contains(stem(name))).then_some((message, help))
    };
    unknown.report(Code::UnknownInterface, &candidates, describe, found);
}

fn known(network: &Network) -> BTreeSet<&str> {
    let taps = network.guests.iter().map(|guest| &guest.tap().value);
    let ends =
        network.endpoints.iter().flat_map(|endpoint| [&endpoint.interface.value, &endpoint.host_interface.value]);
    let bridge = std::iter::once(&network.bridge.name.value);
    taps.chain(ends).chain(bridge).map(crate::network::InterfaceName::as_str).collect()
}

/// `qvm0tap3`, but not `qvm0.conf`, `qvm0tap*` or `$qvm0tap1`.
fn is_like_an_interface(mention: &MentionedWord<'_>, bridge: &str) -> bool {
    let name = mention.word.value;
    name.len() > bridge.len()
        && name.starts_with(bridge)
        && name.ends_with(|c: char| c.is_ascii_digit())
        && !stem(name).is_empty()
        && stem(name).len() >= bridge.len()
        && !name.contains('.')
        && !mention.after.starts_with(['*', '{', '$', '%', '<', '[', '('])
        && !matches!(mention.before, Some(b'$' | b'%' | b'}' | b'*'))
}

/// The name without the digits at its end.
fn stem(name: &str) -> &str {
    name.trim_end_matches(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use crate::consistency::testing::{NETWORK, check};

    #[track_caller]
    fn check_prose(text: &str, expected: &[&str]) {
        check(&format!("{NETWORK}{text}\n"), expected);
    }

    #[test]
    fn names_like_those_of_interfaces_are_interfaces() {
        check_prose(
            "Port =qvm0tap2= or =qvm0tpa1=, =ifname=qvm0tap7,x=.",
            &["unknown-interface qvm0tap2", "unknown-interface qvm0tpa1", "unknown-interface qvm0tap7"],
        );
        check_prose("=qvm0=, =qvm0tap0=, =qvm0tap1=, =qvm0svc= and =veth0=.", &[]);
    }

    #[test]
    fn other_names_that_begin_like_the_bridge_are_left_alone() {
        check_prose(
            "qvm0.lan qvm0tap qvm0tap* qvm0tap{0,1} qvm0tap5.network qvm0-certificates-2024 qvm01 eth7 $qvm0tap5",
            &[],
        );
    }
}
