//! A plan as text: for people, for a pull request's comment, and as one JSON document for programs.
//!
//! The types below are the schema of the JSON: `version` is raised when a field changes its meaning or goes; new fields may
//! come without.

mod human;
mod markdown;

use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use crate::plan::{
    Consequence, EditPlan, FileChange, GuestOutlook, HostView, NetworkChange, NetworkPlan, Peer, PlannedStep,
    ValueChange,
};
pub use human::{draw as human, meaning_line};
pub use markdown::draw as markdown;

/// The version of the schema.
pub const VERSION: u32 = 1;

/// The plan for one document, and what it was compared with.
#[derive(Debug)]
pub struct PlannedDocument {
    /// The document as messages show it.
    pub shown: String,
    /// What it was compared with, as a phrase.
    pub against: String,
    /// The plan.
    pub plan: EditPlan,
    /// Why the document gives no output, if it gives none; a sentence each.
    pub no_output: Vec<String>,
}

/// The whole JSON document.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PlanReport {
    /// Always [`VERSION`].
    pub version: u32,
    /// One entry a document.
    pub documents: Vec<PlanEntry>,
}

/// The plan for one document.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PlanEntry {
    /// The document.
    pub path: String,
    /// What it was compared with.
    pub against: String,
    /// Networks that change.
    pub networks: Vec<NetworkEntry>,
    /// Outputs that change.
    pub files: Vec<FileEntry>,
    /// The command that writes the outputs, if the disk has others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compile: Option<String>,
    /// Why the document gives no output, if it gives none; a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub no_output: Vec<String>,
}

/// What an edit means for one network.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NetworkEntry {
    /// Its bridge.
    pub bridge: String,
    /// What the document says otherwise.
    pub edits: Vec<EditEntry>,
    /// What follows from that.
    pub follows: Vec<ConsequenceEntry>,
    /// What to do, in order.
    pub steps: Vec<StepEntry>,
    /// What becomes of each guest that was there before.
    pub guests: Vec<GuestEntry>,
    /// What the host lacks, with `--host`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<HostEntry>,
}

/// One thing that the document says otherwise.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EditEntry {
    /// Such as `guest-added`, `guest-renumbered`, `service-moved`, `network-changed`.
    pub kind: &'static str,
    /// The name of the guest, the service, the further name or the bridge.
    pub name: String,
    /// Its values that come, go or differ.
    pub values: Vec<ValueEntry>,
}

/// A value that differs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ValueEntry {
    /// What it is called.
    pub what: String,
    /// What it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
}

/// Something that follows.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ConsequenceEntry {
    /// `names`, `leases`, `certificates`, `rules`, `seeds`, `disks` or `unknown`.
    pub kind: &'static str,
    /// What happens.
    pub says: String,
}

/// One thing to do.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StepEntry {
    /// What to do, in words.
    pub says: String,
    /// What to type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Who does it: `root`, `person`, or `guest` for who is in the guest.
    pub actor: &'static str,
    /// Why.
    pub because: Vec<String>,
    /// Who notices, and what; empty for nobody.
    pub disturbs: Vec<String>,
}

/// What becomes of a guest, if it runs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GuestEntry {
    /// Its name.
    pub name: String,
    /// The name by which it runs, if that is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub former: Option<String>,
    /// Whom it no longer reaches until it runs with its new values: `guests`, `host`, `outside`, `services`.
    pub loses: Vec<&'static str>,
    /// Why.
    pub because: Vec<String>,
    /// Why it has to be shut down first.
    pub shut_down: Vec<String>,
    /// Why it has to be started again.
    pub start: Vec<String>,
    /// Why it has to boot again.
    pub boot: Vec<String>,
}

/// What the host lacks of a network.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HostEntry {
    /// How many facts hold.
    pub holds: usize,
    /// The facts that do not.
    pub lacks: Vec<String>,
    /// The commands that `up.sh` would run.
    pub runs: Vec<String>,
    /// Why it would stop there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refuses: Option<String>,
}

/// One output that changes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FileEntry {
    /// Its path.
    pub path: String,
    /// `added`, `changed` or `removed`.
    pub kind: &'static str,
}

/// The JSON Schema (draft 2020-12) of the whole document.
pub fn schema() -> Schema {
    schema_for!(PlanReport)
}

/// Plans as a value.
pub fn report(documents: &[PlannedDocument]) -> PlanReport {
    let entry = |document: &PlannedDocument| PlanEntry {
        path: document.shown.clone(),
        against: document.against.clone(),
        networks: document.plan.networks.iter().map(network).collect(),
        files: document.plan.files.iter().map(file).collect(),
        compile: document.plan.compile.clone(),
        no_output: document.no_output.clone(),
    };
    PlanReport { version: VERSION, documents: documents.iter().map(entry).collect() }
}

fn network(plan: &NetworkPlan) -> NetworkEntry {
    NetworkEntry {
        bridge: plan.bridge.clone(),
        edits: plan.meanings.iter().map(edit).collect(),
        follows: plan.follows.iter().map(consequence).collect(),
        steps: plan.steps.iter().map(step).collect(),
        guests: plan.guests.iter().map(guest).collect(),
        host: plan.host.as_ref().map(host),
    }
}

/// One meaning as a value.
pub fn edit(meaning: &NetworkChange) -> EditEntry {
    let value =
        |value: &ValueChange| ValueEntry { what: value.what.clone(), old: value.old.clone(), new: value.new.clone() };
    EditEntry {
        kind: meaning.kind.name(),
        name: meaning.subject.clone(),
        values: meaning.values.iter().map(value).collect(),
    }
}

fn consequence(consequence: &Consequence) -> ConsequenceEntry {
    ConsequenceEntry { kind: consequence.kind.name(), says: consequence.says.clone() }
}

fn step(step: &PlannedStep) -> StepEntry {
    StepEntry {
        says: step.says.clone(),
        command: step.command.clone(),
        actor: step.actor.name(),
        because: step.because.clone(),
        disturbs: step.disturbs.clone(),
    }
}

fn guest(guest: &GuestOutlook) -> GuestEntry {
    GuestEntry {
        name: guest.name.clone(),
        former: guest.former.clone(),
        loses: guest.loses.iter().copied().map(Peer::name).collect(),
        because: guest.because.clone(),
        shut_down: guest.shut_down.clone(),
        start: guest.start.clone(),
        boot: guest.boot.clone(),
    }
}

fn host(view: &HostView) -> HostEntry {
    let HostView { holds, lacks, runs, refuses } = view.clone();
    HostEntry { holds, lacks, runs, refuses }
}

fn file(change: &FileChange) -> FileEntry {
    FileEntry { path: change.path.clone(), kind: change.kind.name() }
}
