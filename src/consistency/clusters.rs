//! `k3s-range`: a document about k3s whose subnet lies where k3s puts pods or services unless told otherwise.

use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};
use memchr::memmem;

use crate::consistency::facts::Facts;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Span, Spanned};

/// What k3s takes by itself, and the option that says otherwise (K3s documentation, `k3s server`).
const TAKEN: [(Ipv4Net, &str, &str); 2] = [
    (Ipv4Net::new_assert(Ipv4Addr::new(10, 42, 0, 0), 16), "pods", "cluster-cidr"),
    (Ipv4Net::new_assert(Ipv4Addr::new(10, 43, 0, 0), 16), "services", "service-cidr"),
];

/// Reports a subnet that k3s would route elsewhere inside of the guests.
pub(super) fn check(facts: &Facts<'_, '_>, found: &mut Vec<Diagnostic>) {
    let overlaps = |subnet: IpNet, range| subnet.contains(&IpNet::V4(range)) || IpNet::V4(range).contains(&subnet);
    for bridge in facts.networks.iter().map(|network| &network.bridge) {
        let taken = TAKEN.iter().filter(|(range, ..)| overlaps(bridge.subnet.value, *range));
        for (range, what, option) in taken {
            let Some(mention) = first_mention(facts, "k3s") else { return };
            if first_mention(facts, option).is_some() {
                continue;
            }
            let message = format!(
                "the subnet `{}` lies in `{range}`, from which k3s gives addresses to {what}",
                bridge.subnet.value
            );
            let help = format!("take another subnet, or start k3s with `--{option}` and another range");
            let clash = Diagnostic::new(Code::K3sRange, bridge.subnet.span, message, help);
            found.push(clash.label(mention, "k3s is mentioned here"));
        }
    }
}

/// Where prose or a block has a word for the first time, in small or capital letters.
fn first_mention(facts: &Facts<'_, '_>, word: &str) -> Option<Span> {
    let capital = word[..1].to_uppercase() + &word[1..];
    let spellings = [memmem::Finder::new(word), memmem::Finder::new(&capital)];
    let is_apart = |text: &str, at: usize| {
        let touches = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let bytes = text.as_bytes();
        !touches(at.checked_sub(1).and_then(|before| bytes.get(before))) && !touches(bytes.get(at + word.len()))
    };
    let place = |text: Spanned<&str>| {
        let found = spellings.iter().flat_map(|spelling| spelling.find_iter(text.value.as_bytes()));
        let at = found.filter(|at| is_apart(text.value, *at)).min()?;
        Some(text.span.within(at..at + word.len()))
    };
    facts.texts.all().find_map(place)
}

#[cfg(test)]
mod tests {
    use crate::consistency::testing::{NETWORK, check, shown};

    #[test]
    fn k3s_has_ranges_of_its_own() {
        check(&format!("{NETWORK}The guests run K3s.\n"), &["k3s-range 10.42.0.1/24"]);
        check(&format!("{NETWORK}{}", shown("curl -sfL https://get.k3s.io | sh -")), &["k3s-range 10.42.0.1/24"]);
        let other = |text: &str| format!("{}{text}\n", NETWORK.replace("10.42.0", "10.43.7"));
        check(&other("The guests run k3s."), &["k3s-range 10.43.7.1/24"]);
        check(&other("The guests run k3s with =--service-cidr 10.96.0.0/16=."), &[]);
    }

    #[test]
    fn other_words_and_other_subnets_are_left_alone() {
        check(&format!("{NETWORK}The guests run Kubernetes, k3sup and rk3s.\n"), &[]);
        check(&format!("{}They run k3s.\n", NETWORK.replace("10.42.0", "10.44.0")), &[]);
    }
}
