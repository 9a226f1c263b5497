//! `unknown-address`: an address of the subnet in prose or a block that no table gives to anyone.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::consistency::facts::Facts;
use crate::consistency::mentions::{MentionedWord, Mentions, words};
use crate::diagnostic::{Code, Diagnostic};
use crate::network::schema::{BRIDGE_DHCP_RANGE, BRIDGE_RESERVED};
use crate::network::value::AddressRange;
use crate::network::{Guest, Network};

/// Reports addresses that belong to the subnet and to nobody.
pub(super) fn check(facts: &Facts<'_, '_>, found: &mut Vec<Diagnostic>) {
    for network in facts.networks {
        check_network(facts, network, found);
    }
}

fn check_network(facts: &Facts<'_, '_>, network: &Network, found: &mut Vec<Diagnostic>) {
    let owned = owned(network);
    let ranges = ranges(network);
    let mut unknown = Mentions::default();
    for mention in facts.texts.all().flat_map(words) {
        let Some(address) = address(&mention) else { continue };
        let before = ranges.partition_point(|range| range.first() <= address);
        let is_ranged = ranges[..before].last().is_some_and(|range| range.contains(address));
        let is_known = is_ranged || owned.contains(&address) || facts.texts.in_tables.contains(mention.word.value);
        if network.bridge.subnet.value.contains(&address) && !is_known && !is_network(address, mention.after) {
            unknown.add(mention.word.value, mention.word.span);
        }
    }
    let names: Vec<String> =
        network.guests.iter().flat_map(Guest::addresses).map(|address| address.value.to_string()).collect();
    let candidates: Vec<&str> = names.iter().map(String::as_str).collect();
    let describe = |name: &str, near: Option<&str>| {
        let message = format!("address `{name}` is in the subnet, but no table gives it to anyone");
        let help = match near {
            Some(near) => format!("write `{near}` if that is meant, or add a row for `{name}`"),
            None => format!("add a row for `{name}`, or write an address that a table has"),
        };
        Some((message, help))
    };
    unknown.report(Code::UnknownAddress, &candidates, describe, found);
}

fn owned(network: &Network) -> BTreeSet<IpAddr> {
    let subnet = network.bridge.subnet.value;
    let guests = network.guests.iter().flat_map(Guest::addresses).map(|address| address.value);
    let services = network.services.iter().map(|service| service.address.value);
    let own = [network.bridge.gateway.value, subnet.network(), subnet.broadcast()];
    guests.chain(services).chain(own).collect()
}

/// What is reserved, or given by DHCP, sorted: ranges do not overlap.
fn ranges(network: &Network) -> Vec<AddressRange> {
    let fields = &network.fields;
    let mut ranges: Vec<_> = fields
        .values(&BRIDGE_RESERVED)
        .into_iter()
        .chain(fields.values(&BRIDGE_DHCP_RANGE))
        .map(|it| it.value)
        .collect();
    ranges.sort_unstable();
    ranges
}

/// The address that a word is, unless it is an end of a range: those name no machine.
fn address(mention: &MentionedWord<'_>) -> Option<IpAddr> {
    let address = mention.word.value.parse().ok()?;
    let is_range = matches!(mention.before, Some(b',' | b':' | 0x80..))
        || mention
            .after
            .strip_prefix([',', '-', '–'])
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    (!is_range).then_some(address)
}

/// Whether the word and what follows is the name of a network, such as `10.42.0.128/25`.
fn is_network(address: IpAddr, after: &str) -> bool {
    let Some(after) = after.strip_prefix('/') else { return false };
    let digits = after.bytes().take_while(u8::is_ascii_digit).count().min(3);
    let network = after[..digits].parse().ok().and_then(|length| IpNet::new(address, length).ok());
    network.is_some_and(|network| network.prefix_len() < network.max_prefix_len() && network.network() == address)
}

#[cfg(test)]
mod tests {
    use crate::consistency::testing::{NETWORK, check, shown};

    #[track_caller]
    fn check_prose(text: &str, expected: &[&str]) {
        check(&format!("{NETWORK}{text}\n"), expected);
    }

    #[test]
    fn addresses_of_the_subnet_belong_to_someone() {
        check_prose(
            "Try 10.42.0.12 or =ssh 10.42.0.13=.",
            &["unknown-address 10.42.0.12", "unknown-address 10.42.0.13"],
        );
        check(&format!("{NETWORK}{}", shown("ping 10.42.0.12:80")), &["unknown-address 10.42.0.12"]);
        check_prose("10.42.0.10, 10.42.0.1/24, 10.42.0.2:53, 10.42.0.0/24, 10.42.0.255", &[]);
    }

    #[test]
    fn what_names_no_machine_is_left_alone() {
        check_prose("10.43.0.12 v1.10.42.0.12 10.42.0.12.5 10.42.0.300 10.42.0.128/25", &[]);
        check_prose("10.42.0.100-10.42.0.200, 10.42.0.100–10.42.0.200", &[]);
        check_prose("=dhcp-range=10.42.0.100,10.42.0.200,12h=", &[]);
        check_prose("[[http://10.42.0.99/][there]]\n: 10.42.0.99\n#+begin_example\n10.42.0.99\n#+end_example", &[]);
        check_prose("\n| Old | Address |\n| a | 10.42.0.99 |\n\nIt was 10.42.0.99.", &[]);
    }
}
