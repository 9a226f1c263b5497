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
mod frame;
pub mod inside;
mod job;
mod layout;
mod machine;
mod outside;
mod ping;
mod program;
mod refusal;
mod relay;
mod rpc;
mod scripts;
mod space;
mod standin;
mod state;
mod status;
mod tls;
mod trace;
mod view;
mod web;

use std::path::{Path, PathBuf};

use crate::accept;
use crate::artifact::Artifact;
use crate::build::BuiltDocument;
use crate::build::parallel::Progress;
use crate::diagnostic::{self, Code, Levels};
use crate::workspace::Failure;
use fact::{Event, Fact, Outcome};
use job::{Job, Plan};
use machine::{Machine, Mapping};

/// The script that brings everything up; its folder is what is rehearsed.
const ENTRY: &str = "up.sh";

/// How many facts there are of each outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
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

/// Rehearses the network of a document, and replaces its diagnostics by one for each fact that does not hold.
///
/// # Errors
/// It cannot be rehearsed on this machine, which the reason and the way out say.
pub fn rehearse(document: &mut BuiltDocument, levels: &Levels, progress: &Progress) -> Result<Vec<Fact>, Failure> {
    let unusable = |document: &BuiltDocument, reason: String| Failure::Unusable(document.input.path.clone(), reason);
    let Some(network) = document.compilation.networks.first() else {
        return Err(unusable(document, "describes no network, so there is nothing to rehearse".to_owned()));
    };
    let Some(folder) = folder(&document.compilation.artifacts) else {
        return Err(unusable(document, format!("gives no `{ENTRY}`, with which a rehearsal begins")));
    };
    let Some(plan) = Plan::of(network) else {
        return Err(unusable(document, "has IPv6, which cannot be rehearsed".to_owned()));
    };
    let mapping = Mapping::best();
    let job = Job {
        files: job::files(&document.compilation.artifacts, &folder),
        network: plan,
        identities: mapping.identities(),
    };
    let facts = run(&job, mapping, progress).map_err(|reason| unusable(document, reason))?;
    let mut diagnostics = blame::diagnostics(document, &folder, &facts);
    levels.apply(&mut diagnostics);
    accept::apply(document.loaded.document().document(), &mut diagnostics, Code::is_from_rehearsals);
    diagnostic::sort(&mut diagnostics);
    document.diagnostics = diagnostics;
    Ok(facts)
}

/// Runs the machine to its end and gathers what it says; else why there is none.
fn run(job: &Job, mapping: Mapping, progress: &Progress) -> Result<Vec<Fact>, String> {
    let start = |mapping| Machine::start(job, mapping).map_err(|reason| refusal::reason(None, &reason.to_string()));
    let mut machine = start(mapping)?;
    let mut facts = Vec::new();
    while let Some(event) = machine.next() {
        match event {
            Event::Ready => {}
            Event::Step { done, all } => progress.set(done, all),
            Event::Fact(fact) => facts.push(fact),
            Event::Refused { step, reason } => return Err(refusal::reason(Some((&step, &reason)), "")),
            Event::Done => return Ok(facts),
        }
    }
    Err(refusal::reason(None, &machine.said()))
}

/// The folder of the entry script.
fn folder(artifacts: &[Artifact]) -> Option<PathBuf> {
    let entry = artifacts.iter().find(|artifact| artifact.path.file_name().is_some_and(|name| name == ENTRY))?;
    entry.path.parent().map(Path::to_owned)
}

impl Counts {
    /// Counts facts.
    pub fn of(facts: &[Fact]) -> Self {
        let mut counts = Self::default();
        for fact in facts {
            match fact.outcome {
                Outcome::Holds => counts.hold += 1,
                Outcome::Fails { .. } => counts.fail += 1,
                Outcome::NotTried(_) => counts.not_tried += 1,
            }
        }
        counts
    }
}
