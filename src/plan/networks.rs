//! Which network of one state is which of the other, and the plan for each.

use std::collections::BTreeMap;

use super::follows::{self, Consequence};
use super::host::HostView;
use super::meaning::{self, GuestPair, NetworkChange};
use super::outlook::{self, GuestOutlook, Stay};
use super::outputs::OutputStates;
use super::state::{Circumstances, DocumentState};
use super::steps::{self, PlannedStep};
use crate::network::Network;

/// What an edit means for one network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NetworkPlan {
    /// Its bridge, by the new name.
    pub bridge: String,
    /// What the document says otherwise.
    pub meanings: Vec<NetworkChange>,
    /// What follows from that.
    pub follows: Vec<Consequence>,
    /// What to do, in order.
    pub steps: Vec<PlannedStep>,
    /// What becomes of each guest that may run.
    pub guests: Vec<GuestOutlook>,
    /// What the host lacks, where it was asked.
    pub host: Option<HostView>,
}

/// The same network in two states.
#[derive(Debug, Clone, Copy)]
pub(super) struct NetworkPair<'a> {
    pub(super) old: Option<&'a Network>,
    pub(super) new: Option<&'a Network>,
}

/// Networks are the same by their bridge; where one is left in both states, it has another name.
pub(super) fn pairs<'a>(old: &'a [Network], new: &'a [Network]) -> Vec<NetworkPair<'a>> {
    let mut left: BTreeMap<&str, &Network> =
        old.iter().map(|network| (network.bridge.name.value.as_str(), network)).collect();
    let mut all: Vec<NetworkPair<'_>> = new
        .iter()
        .map(|new| NetworkPair { old: left.remove(new.bridge.name.value.as_str()), new: Some(new) })
        .collect();
    let mut alone: Vec<&mut NetworkPair<'_>> = all.iter_mut().filter(|pair| pair.old.is_none()).collect();
    if let ([pair], 1) = (&mut alone[..], left.len()) {
        pair.old = left.pop_first().map(|(_, network)| network);
    }
    all.extend(left.into_values().map(|old| NetworkPair { old: Some(old), new: None }));
    all
}

/// What the document says of a network otherwise.
pub(super) fn meanings(pair: NetworkPair<'_>) -> Vec<NetworkChange> {
    match (pair.old, pair.new) {
        (Some(old), Some(new)) => meaning::between(old, new, &meaning::pair_guests(&old.guests, &new.guests)),
        (None, Some(new)) => meaning::added(new),
        (Some(old), None) => meaning::removed(old),
        (None, None) => Vec::new(),
    }
}

/// The plan for a network; nothing if nothing is to be said or done.
pub(super) fn plan(
    pair: NetworkPair<'_>,
    old: &DocumentState<'_>,
    new: &DocumentState<'_>,
    circumstances: &Circumstances,
) -> Option<NetworkPlan> {
    let outputs = OutputStates { old, new };
    let is_one_of_several =
        pair.old.and_then(Network::folder).is_some() && pair.new.and_then(Network::folder).is_some();
    if is_one_of_several && meanings(pair).is_empty() && outputs.are_the_same() {
        return None;
    }
    let plan = match (pair.old, pair.new) {
        (Some(before), Some(after)) if before.bridge.name.value == after.bridge.name.value => {
            stays(&Stay { old: before, new: after, outputs }, circumstances)
        }
        (Some(before), Some(after)) => is_renamed(before, after, circumstances),
        (None, Some(after)) => NetworkPlan {
            bridge: name(after),
            meanings: meaning::added(after),
            steps: steps::of_new(after, circumstances),
            ..NetworkPlan::default()
        },
        (Some(before), None) => is_gone(before, circumstances),
        (None, None) => return None,
    };
    let is_empty = plan.meanings.is_empty() && plan.steps.is_empty();
    (!is_empty).then_some(plan)
}

fn stays(stay: &Stay<'_>, circumstances: &Circumstances) -> NetworkPlan {
    let pairs = meaning::pair_guests(&stay.old.guests, &stay.new.guests);
    let guests = outlook::of_all(stay, &pairs);
    NetworkPlan {
        bridge: name(stay.new),
        meanings: meaning::between(stay.old, stay.new, &pairs),
        follows: follows::of(stay, &pairs),
        steps: steps::of_edit(stay, &guests, circumstances),
        guests,
        host: None,
    }
}

/// All that is marked with the old name has to go by the old scripts, and comes again under the new one.
fn is_renamed(old: &Network, new: &Network, circumstances: &Circumstances) -> NetworkPlan {
    let pairs = meaning::pair_guests(&old.guests, &new.guests);
    let guests = outlook::of_gone(&pairs, &name(old));
    NetworkPlan {
        bridge: name(new),
        meanings: meaning::between(old, new, &pairs),
        follows: follows::of_renaming(old, new),
        steps: steps::of_renaming(old, &guests, circumstances),
        guests,
        host: None,
    }
}

fn is_gone(old: &Network, circumstances: &Circumstances) -> NetworkPlan {
    let pairs: Vec<GuestPair<'_>> = old.guests.iter().map(|guest| GuestPair { old: Some(guest), new: None }).collect();
    let guests = outlook::of_gone(&pairs, &name(old));
    NetworkPlan {
        bridge: name(old),
        meanings: meaning::removed(old),
        follows: follows::of_end(old),
        steps: steps::of_end(old, &guests, circumstances),
        guests,
        host: None,
    }
}

fn name(network: &Network) -> String {
    network.bridge.name.value.as_str().to_owned()
}
