//! Brings the network of a document up before anybody runs its scripts: in a machine of namespaces, without root, and says
//! of each fact whether it holds.
//!
//! The machine is this program again, inside ([`inside`]); what it is told and what it says are values ([`job`],
//! [`fact`]). It runs the very scripts that the document gives. Whether it may is the caller's to know: it runs what the
//! document says.
#![expect(clippy::disallowed_methods, reason = "this module owns the machine, the programs in it and its files")]

mod again;
mod attack;
mod blame;
mod dhcp;
mod dns;
pub mod fact;
mod follow;
mod frame;
pub mod inside;
mod job;
pub mod kept;
mod layout;
mod machine;
mod not_tried;
mod outside;
mod ping;
mod pods;
mod program;
mod published;
mod refusal;
mod relay;
mod rpc;
mod rule;
mod scripts;
mod six;
mod space;
mod standin;
mod state;
mod status;
mod tls;
mod trespass;
mod view;
mod web;

use std::path::{Path, PathBuf};

use crate::accept;
use crate::build::BuiltDocument;
use crate::compile::Compilation;
use crate::diagnostic::{self, Code, Levels};
use crate::parallel::Progress;
use crate::workspace::Failure;
use fact::{Event, Fact, FactOutcome};
pub use job::AfterRehearsal;
use job::{Identities, Plan, RehearsalJob};
use kept::KeptMachine;
use machine::{Machine, UserMapping};

/// The script that brings everything up; its folder is what is rehearsed.
const ENTRY: &str = "up.sh";

/// How many facts there are of each outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FactCounts {
    /// Seen to hold.
    pub hold: usize,
    /// Seen not to hold.
    pub fail: usize,
    /// Not tried here.
    pub not_tried: usize,
}

/// Whether a document describes a network.
pub fn has_network(document: &BuiltDocument) -> bool {
    !document.compilation.networks.is_empty()
}

/// Rehearses the networks of a document, and replaces its diagnostics by one for each fact that does not hold.
///
/// # Errors
/// They cannot be rehearsed on this machine, which the reason and the way out say.
pub fn rehearse(
    document: &mut BuiltDocument,
    levels: &Levels,
    end: AfterRehearsal,
    progress: &Progress,
) -> Result<Vec<Fact>, Failure> {
    let number = document.compilation.networks.len();
    let failure = |document: &BuiltDocument, reason: String| Failure::Unusable(document.input.path.clone(), reason);
    if number == 0 {
        return Err(failure(document, "describes no network, so there is nothing to rehearse".to_owned()));
    }
    if end == AfterRehearsal::Kept && number > 1 {
        let several = "describes several networks, and one rehearsal can be kept: put one into a document of its own";
        return Err(failure(document, several.to_owned()));
    }
    if end == AfterRehearsal::Kept {
        kept::make_place()?;
    }
    let mut mapping = UserMapping::best();
    let (mut facts, mut diagnostics, mut folders) = (Vec::new(), Vec::new(), Vec::new());
    for index in 0..number {
        let made = job(document, index, mapping.identities(), end);
        let (folder, job) = made.map_err(|reason| failure(document, reason))?;
        let rehearsed = run(&job, mapping, progress).map_err(|reason| failure(document, reason))?;
        let Rehearsed { machine, facts: found, .. } = rehearsed;
        // What it turned out to be for the first network, it is for the others.
        mapping = rehearsed.mapping;
        if end == AfterRehearsal::Kept {
            let kept = KeptMachine::new(document.input.shown.clone(), &job.network, mapping, machine.process());
            kept.ok_or_else(|| failure(document, "does not stay up".to_owned()))?.remember()?;
            machine.keep();
        }
        diagnostics.extend(blame::diagnostics(document, index, &folder, &found));
        facts.extend(found);
        folders.push(folder);
    }
    facts.extend(not_tried::facts(mapping.identities()));
    facts.extend(not_tried::elsewhere(&document.compilation.artifacts, &folders));
    levels.apply(&mut diagnostics);
    accept::apply(document.loaded.document().document(), &mut diagnostics, Code::is_from_rehearsals);
    diagnostic::sort(&mut diagnostics);
    document.diagnostics = diagnostics;
    Ok(facts)
}

/// What the machine is to do for one network, and the folder of its scripts; else why it cannot, after the document's name.
fn job(
    document: &BuiltDocument,
    index: usize,
    identities: Identities,
    end: AfterRehearsal,
) -> Result<(PathBuf, RehearsalJob), String> {
    let Compilation { networks, artifacts, .. } = &document.compilation;
    let bridge = networks[index].bridge.name.value.to_string();
    // Each of several networks has a folder of its own, below that of the scripts for all of them.
    let own = networks[index].folder().map(|name| document.loaded.inputs().surroundings.base.join(name));
    let is_it = |folder: &Path| own.as_deref().is_none_or(|own| own == folder);
    let entries = artifacts.iter().filter(|artifact| artifact.path.file_name().is_some_and(|name| name == ENTRY));
    let folder = entries.filter_map(|artifact| artifact.path.parent()).find(|folder| is_it(folder));
    let folder = folder.ok_or_else(|| format!("gives no `{ENTRY}` for {bridge}, with which a rehearsal begins"))?;
    let plan = Plan::of(&networks[index]).ok_or("has IPv6, which cannot be rehearsed")?;
    refusal::missing_programs(&plan).map_or(Ok(()), Err)?;
    Ok((folder.to_owned(), RehearsalJob { files: job::files(artifacts, folder), network: plan, identities, end }))
}

/// A machine in which all is tried.
struct Rehearsed {
    machine: Machine,
    mapping: UserMapping,
    facts: Vec<Fact>,
}

/// Runs the machine until all is tried and gathers what it says; else why there is none. Where nobody may be given the
/// users that a person has by /etc/subuid, it is one user alone.
fn run(job: &RehearsalJob, mapping: UserMapping, progress: &Progress) -> Result<Rehearsed, String> {
    let machine = Machine::start(job, mapping);
    let mut machine = machine.map_err(|reason| refusal::reason(None, &reason.to_string()))?;
    let mut facts = Vec::new();
    while let Some(event) = machine.next() {
        match event {
            Event::Ready => {}
            Event::Step { done, all } => progress.set(done, all),
            Event::Fact(fact) => facts.push(fact),
            Event::Refused { step, reason } => return Err(refusal::reason(Some((&step, &reason)), "")),
            Event::Done => return Ok(Rehearsed { machine, mapping, facts }),
        }
    }
    let said = machine.said();
    if mapping == UserMapping::Range && refusal::lacks_users(&said) {
        return run(&RehearsalJob { identities: Identities::One, ..job.clone() }, UserMapping::One, progress);
    }
    Err(refusal::reason(None, &said))
}

impl FactCounts {
    /// Counts facts.
    pub fn of(facts: &[Fact]) -> Self {
        let mut counts = Self::default();
        for fact in facts {
            match fact.outcome {
                FactOutcome::Holds => counts.hold += 1,
                FactOutcome::Fails { .. } => counts.fail += 1,
                FactOutcome::NotTried(_) => counts.not_tried += 1,
            }
        }
        counts
    }
}
