//! What becomes of the outputs: which files change, and which of these changes reach the host.

use std::collections::{BTreeMap, BTreeSet};

use super::state::{DocumentState, PlannedOutput};
use crate::artifact::Producer;
use crate::network::{Guest, Network};

/// An output that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Its path as messages show it.
    pub path: String,
    /// What happens to it.
    pub kind: FileChangeKind,
}

/// What happens to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileChangeKind {
    /// It is new.
    Added,
    /// Its text differs.
    Changed,
    /// It goes.
    Removed,
}

impl FileChangeKind {
    /// What programs and people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Removed => "removed",
        }
    }
}

/// Files that `up.sh` takes nothing of to the host: for people, for a guest's start, for the next boot of the host, for what
/// it does by its own look at certificates.
const OF_NO_CONCERN: &[&str] = &[
    "ssh_config",
    "inventory.yaml",
    "run-guest.sh",
    "qvm@.service",
    "status.sh",
    "probe.py",
    "guest-files.py",
    "tap-up.sh",
    "gen-ca-keypair.sh",
    "gen-ca-cert.sh",
    "gen-host-cert.sh",
];
/// What the services and the kernel are given.
const CONFIGURATIONS: &[&str] =
    &["network.nft", "services.nft", "hosts", "dnsmasq.conf", "ganesha.conf", "seed-server.py", "setup-guest.sh"];
/// Scripts that run to bring the network up.
const SCRIPTS_OF_UP: &[&str] = &["up.sh", "setup-host.sh", "bridge-up.sh", "svc-up.sh", "lib.sh", "network.sh"];

/// Outputs that differ, sorted by path.
pub(super) fn file_changes(old: &DocumentState<'_>, new: &DocumentState<'_>) -> Vec<FileChange> {
    let (before, after) = (texts(old), texts(new));
    let paths: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    let kind = |path: &str| match (before.get(path), after.get(path)) {
        (None, Some(_)) => Some(FileChangeKind::Added),
        (Some(_), None) => Some(FileChangeKind::Removed),
        (was, is) => (was != is).then_some(FileChangeKind::Changed),
    };
    let change = |path: &str| Some(FileChange { path: path.to_owned(), kind: kind(path)? });
    paths.into_iter().filter_map(change).collect()
}

/// The text of each output by its path.
fn texts<'a>(state: &'a DocumentState<'_>) -> BTreeMap<&'a str, &'a str> {
    state.outputs.values().map(|output| (output.shown.as_str(), output.text)).collect()
}

/// The outputs of one network in both states.
#[derive(Debug, Clone, Copy)]
pub(super) struct OutputStates<'a> {
    pub(super) old: &'a DocumentState<'a>,
    pub(super) new: &'a DocumentState<'a>,
}

impl OutputStates<'_> {
    /// Whether any byte of a file differs.
    pub(super) fn differ(self, name: &str) -> bool {
        text(self.old.output(name)) != text(self.new.output(name))
    }

    /// Whether no byte of any file differs.
    pub(super) fn are_the_same(self) -> bool {
        self.old.outputs.len() == self.new.outputs.len() && self.new.outputs.keys().all(|name| !self.differ(name))
    }

    /// Whether a file says something else, comments aside.
    pub(super) fn say_otherwise(self, name: &str) -> bool {
        let (old, new) = (self.old.output(name), self.new.output(name));
        old.is_some() != new.is_some() || !statements(old).eq(statements(new))
    }

    /// Whether a block of the document stands in for the output that a template would make.
    pub(super) fn is_own(self, name: &str) -> bool {
        self.new.output(name).is_some_and(|output| output.producer == Producer::Blocks)
    }

    /// Scripts of the document's own among those that bring the network up.
    pub(super) fn own_scripts(self) -> Vec<&'static str> {
        SCRIPTS_OF_UP.iter().copied().filter(|name| self.is_own(name)).collect()
    }

    /// Files whose change something on the host has to follow, but for `network.sh`, whose values are compared by
    /// themselves.
    pub(super) fn carried(self) -> Vec<String> {
        let outputs = self.old.outputs.iter().chain(&self.new.outputs);
        let names: BTreeSet<&str> =
            outputs.filter(|(name, output)| is_carried(name, output.producer)).map(|(name, _)| name.as_str()).collect();
        names.into_iter().filter(|name| self.say_otherwise(name)).map(str::to_owned).collect()
    }

    /// The guests of the new state whose seed differs, those aside that had none.
    pub(super) fn new_seeds(self, old: &Network, new: &Network) -> BTreeSet<String> {
        let common = |state: &DocumentState<'_>, network: &Network| {
            let parts = ["cloud-init/user-data", "cloud-init/vendor-config", "cloud-init/vendor-script.sh"];
            let mut texts: Vec<String> =
                parts.iter().map(|name| text(state.output(name)).unwrap_or_default().to_owned()).collect();
            let (others, rows) = set_up_rows(text(state.output("setup-guest.sh")).unwrap_or_default(), &network.guests);
            texts.push(others);
            (texts, rows)
        };
        let ((before, old_rows), (after, new_rows)) = (common(self.old, old), common(self.new, new));
        let was_there: BTreeSet<&str> = old.guests.iter().map(|guest| guest.name.value.as_str()).collect();
        let names = new.guests.iter().map(|guest| guest.name.value.as_str()).filter(|name| was_there.contains(name));
        let is_new = |name: &&str| {
            before != after
                || old_rows.get(*name) != new_rows.get(*name)
                || ["user-data", "network-config", "meta-data"]
                    .iter()
                    .any(|file| self.differ(&format!("cloud-init/{name}/{file}")))
        };
        names.filter(is_new).map(str::to_owned).collect()
    }
}

fn is_carried(name: &str, producer: Producer) -> bool {
    match producer {
        Producer::Graph => false,
        // What a block tangles beside the scripts is the document's own affair.
        Producer::Blocks => {
            SCRIPTS_OF_UP.contains(&name) || CONFIGURATIONS.contains(&name) || name.starts_with("cloud-init/")
        }
        Producer::Template => {
            let is_of_the_end = name.ends_with("-down.sh") || name == "down.sh";
            // Its values are compared by themselves.
            let is_values = name == "network.sh";
            !is_of_the_end && !is_values && !OF_NO_CONCERN.contains(&name)
        }
    }
}

fn text<'a>(output: Option<&PlannedOutput<'a>>) -> Option<&'a str> {
    output.map(|output| output.text)
}

/// The lines that are no comments: what scripts compare with the host, or what runs.
fn statements<'a>(output: Option<&PlannedOutput<'a>>) -> impl Iterator<Item = &'a str> + use<'a> {
    let lines = output.map(|output| output.text).unwrap_or_default().lines();
    lines.filter(|line| !line.trim_start().starts_with('#') && !line.trim().is_empty())
}

/// What `setup-guest.sh` has for all guests, and its rows: a seed has the row of its own guest alone.
fn set_up_rows(text: &str, guests: &[Guest]) -> (String, BTreeMap<String, String>) {
    let rows: BTreeSet<(&str, String, &str)> = guests
        .iter()
        .map(|guest| (guest.name.value.as_str(), guest.address().value.to_string(), guest.hostname.value.as_str()))
        .collect();
    let (mut others, mut own) = (String::new(), BTreeMap::new());
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            [name, address, _, host] if rows.contains(&(name, address.to_owned(), host)) => {
                own.insert(name.to_owned(), line.to_owned());
            }
            _ => {
                others.push_str(line);
                others.push('\n');
            }
        }
    }
    (others, own)
}
