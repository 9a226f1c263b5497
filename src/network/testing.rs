//! What the tests of the rules share: a document around the rows that matter, and diagnostics as short lines.

use crate::diagnostic::{self, Diagnostic};
use crate::network::{Network, read};
use crate::org;
use crate::source::Sources;

pub(super) const BRIDGE: &str = "- Name :: =qvm0=\n- Subnet :: 10.42.0.1/24\n";
pub(super) const GUESTS: &str = "\n| Guest | IP | TAP | MAC | Hostname |\n|---+---+---|\n";
pub(super) const SERVICES: &str = "\n| Service | IP | Port | Interface |\n|---+---+---|\n";
pub(super) const CP: &str = "| cp | 10.42.0.10 | qvm0tap0 |\n";
pub(super) const DHCP: &str = "| DHCP | 10.42.0.2 | | veth0 |\n";

/// A document with these rows in its guest table.
pub(super) fn with_guests(rows: &[&str]) -> String {
    format!("{BRIDGE}{GUESTS}{}\n", rows.join("\n"))
}

/// A document with these rows in its service table.
pub(super) fn with_services(rows: &[&str]) -> String {
    format!("{BRIDGE}{GUESTS}{CP}{SERVICES}{}\n", rows.join("\n"))
}

/// Reads a document and compares the diagnostics, each as its code and the text it stands at, with a label's after `<`.
#[track_caller]
pub(super) fn check(document: &str, expected: &[&str]) {
    let (_, found) = read_text(document);
    assert_eq!(found, expected, "\n{document}");
}

/// The network of a document that must be read without a diagnostic.
#[track_caller]
pub(super) fn network(document: &str) -> Network {
    networks(document).pop().expect("a document without diagnostics has a network")
}

/// The networks of a document that must be read without a diagnostic.
#[track_caller]
pub(super) fn networks(document: &str) -> Vec<Network> {
    let (networks, found) = read_text(document);
    assert_eq!(found, Vec::<String>::new(), "\n{document}");
    networks
}

/// Reads a document; its diagnostics as [`check`] compares them.
pub(super) fn read_text(document: &str) -> (Vec<Network>, Vec<String>) {
    let mut sources = Sources::default();
    let id = sources.add("network.org", document);
    let mut found = Vec::new();
    let parsed = org::parse(sources.shared(id));
    found.extend_from_slice(parsed.diagnostics());
    let document = parsed.document();
    let networks = read(document, &mut found);
    diagnostic::sort(&mut found);
    let shown = |diagnostic: &Diagnostic| {
        let labels = diagnostic.labels.iter().map(|label| format!(" < {}", sources.slice(label.span)));
        format!("{} {}{}", diagnostic.code.name(), sources.slice(diagnostic.span), labels.collect::<String>())
    };
    (networks, found.iter().map(shown).collect())
}
