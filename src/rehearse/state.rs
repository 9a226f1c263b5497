//! What a run of the scripts must not change by the way: interfaces, addresses, rules, namespaces, processes, names.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use super::job::Plan;
use super::program;

/// The part that has the processes of the services.
const PROCESSES: &str = "the services' processes";
/// What the parts are called that have an interface's own address.
const MAC: &str = "the MAC address of ";
/// An interface is up.
const UP: u32 = 1;
const LONGEST: Duration = Duration::from_secs(30);

/// The machine's state, in parts that have names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MachineState {
    parts: BTreeMap<String, String>,
}

impl MachineState {
    /// The state as it is now.
    pub(super) fn of(plan: &Plan) -> io::Result<Self> {
        let mut parts = BTreeMap::new();
        for entry in fs::read_dir("/sys/class/net")? {
            let entry = entry?;
            let read = |name: &str| fs::read_to_string(entry.path().join(name)).unwrap_or_default().trim().to_owned();
            let master = fs::read_link(entry.path().join("master")).unwrap_or_default();
            let flags = u32::from_str_radix(read("flags").trim_start_matches("0x"), 16).unwrap_or_default();
            let words = [read("ifalias"), (flags & UP).to_string(), master.display().to_string()];
            let name = entry.file_name().display().to_string();
            parts.insert(format!("the interface {name}"), words.join(" "));
            parts.insert(format!("{MAC}{name}"), read("address"));
        }
        for line in said("ip", &["-4", "-o", "addr", "show"])?.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            if let [_, device, _, address, ..] = words[..] {
                parts.insert(format!("the address {address} of {device}"), String::new());
            }
        }
        for line in said("ip", &["netns", "list"])?.lines() {
            let name = line.split_whitespace().next().unwrap_or_default();
            parts.insert(format!("the namespace {name}"), String::new());
        }
        parts.insert("the rules".to_owned(), said("nft", &["-s", "list", "ruleset"])?);
        parts.insert(PROCESSES.to_owned(), said("ip", &["netns", "pids", &plan.namespace])?);
        parts.insert("/etc/hosts".to_owned(), fs::read_to_string("/etc/hosts").unwrap_or_default());
        let run = Path::new("/run/qvm").join(&plan.bridge);
        parts.insert(run.display().to_string(), run.exists().to_string());
        Ok(Self { parts })
    }

    /// Whether there is an interface.
    pub(super) fn has(&self, interface: &str) -> bool {
        self.parts.contains_key(&format!("the interface {interface}"))
    }

    /// Without what stands in for guests, which is no part of the network.
    pub(super) fn without_stand_ins(mut self) -> Self {
        self.parts.retain(|name, _| !name.starts_with("the namespace guest"));
        self
    }

    /// What is the same when all was taken away and made again: how many processes there are, but not their numbers, nor
    /// the MAC addresses that the kernel makes up.
    pub(super) fn but_for_chance(mut self) -> Self {
        self.parts.retain(|name, _| !name.starts_with(MAC));
        if let Some(processes) = self.parts.get_mut(PROCESSES) {
            *processes = processes.lines().count().to_string();
        }
        self
    }

    /// Which parts differ, in words.
    pub(super) fn differences(&self, after: &Self) -> String {
        let names: std::collections::BTreeSet<&String> = self.parts.keys().chain(after.parts.keys()).collect();
        let difference = |name: &&String| match (self.parts.get(*name), after.parts.get(*name)) {
            (Some(before), Some(after)) if before == after => None,
            (Some(_), Some(_)) => Some(format!("{name} changed")),
            (Some(_), None) => Some(format!("{name} is gone")),
            (None, _) => Some(format!("{name} is new")),
        };
        names.iter().filter_map(difference).collect::<Vec<_>>().join(", ")
    }
}

fn said(name: &str, arguments: &[&str]) -> io::Result<String> {
    program::output(program::system(name).args(arguments), "", LONGEST).map(|ran| ran.out)
}
