//! What a rehearsal cannot try, which is said so that nobody takes it for held.

use std::path::PathBuf;

use super::fact::Fact;
use super::job::Identities;
use crate::artifact::{Artifact, Producer};
use crate::workspace::shown;

/// Why nothing is said of what the scripts do for programs that look after a host.
const NOT_RUNNING: &str = "systemd, NetworkManager, firewalld and Docker do not run in a rehearsal";
/// Facts of `status.sh` that hold by themselves where these do not run, by a word of each.
const OF_OTHERS: [&str; 2] = ["firewalld", "iptables"];

/// What is not tried of a document's networks.
pub(super) fn facts(identities: Identities) -> Vec<Fact> {
    let claims =
        ["services that die come back", "the network is there after a reboot", "other managers leave it alone"];
    let mut facts: Vec<Fact> = claims.iter().map(|&claim| Fact::new("host", claim).not_tried(NOT_RUNNING)).collect();
    if identities == Identities::One {
        let fact = Fact::new("users", "services do not go on as root once they listen");
        facts.push(fact.not_tried("there is one user alone: install uidmap, and see /etc/subuid"));
    }
    facts
}

/// What blocks give outside of the folders of the scripts, which nothing of a rehearsal runs or reads.
pub(super) fn elsewhere(artifacts: &[Artifact], folders: &[PathBuf]) -> Vec<Fact> {
    let is_elsewhere = |artifact: &&Artifact| {
        artifact.producer == Producer::Blocks && !folders.iter().any(|folder| artifact.path.starts_with(folder))
    };
    let fact = |artifact: &Artifact| {
        let claim = format!("{} does its work", shown(&artifact.path));
        Fact::new("elsewhere", claim).not_tried("it lies outside the folder of the scripts")
    };
    artifacts.iter().filter(is_elsewhere).map(fact).collect()
}

/// A fact of `status.sh` as it counts here.
pub(super) fn unless_of_others(fact: Fact) -> Fact {
    let is_of_others = OF_OTHERS.iter().any(|word| fact.claim.contains(word));
    if is_of_others && !fact.fails() { fact.not_tried(NOT_RUNNING) } else { fact }
}
