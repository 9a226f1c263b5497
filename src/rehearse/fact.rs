//! A fact of the network: what should hold, whether it does, and where to look if it does not.
//!
//! Facts are found inside the machine, where no document is known; they name the places that may be at fault by files and
//! rows, and `blame` finds these in the document.

use serde::{Deserialize, Serialize};

/// How the kinds of facts end that a script works.
pub(super) const WORKS: &str = " works";

/// What becomes of a frame.
pub(super) const ARRIVES: &str = "it arrives";
pub(super) const DROPPED: &str = "it is dropped";

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What kind of fact: those of one kind with one place at fault are reported together.
    pub kind: String,
    /// What should hold, as a sentence without a full stop.
    pub claim: String,
    /// Whether it does.
    pub outcome: FactOutcome,
    /// Where the fault may be, the likeliest place first.
    pub hints: Vec<Hint>,
}

/// Whether a fact holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FactOutcome {
    /// It was seen to hold.
    Holds,
    /// It was seen not to hold.
    Fails {
        /// What was expected.
        expected: String,
        /// What was seen instead.
        seen: String,
    },
    /// It could not be tried here; why.
    NotTried(String),
}

/// A place that may be at fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hint {
    /// The first line of an output that has all of these texts.
    Line(String, Vec<String>),
    /// A line of an output, by its number.
    Number(String, usize),
    /// A rule as nft prints it, in an output.
    Rule(String, String),
    /// A whole output.
    File(String),
    /// Some text that a program printed, which may name places.
    Message(String),
    /// A cell of a guest's row.
    Guest(usize, GuestCell),
    /// A row of the service table.
    Service(usize),
    /// The bridge list.
    Bridge,
}

/// A cell of a guest's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum GuestCell {
    /// Column `Guest`.
    Name,
    /// Column `IP`.
    Address,
    /// Column `TAP`.
    Tap,
    /// Column `Hostname`.
    Hostname,
    /// Column `MAC`, or what it is made from.
    Mac,
    /// Column `Pods`.
    Pods,
}

/// What the process in the machine says: one JSON value a line.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Event {
    /// The machine stands; what follows is the rehearsal.
    Ready,
    /// What is being done now, and how many such steps there are.
    Step { done: usize, all: usize },
    /// A fact.
    Fact(Fact),
    /// The machine cannot be made; in which step, and what the kernel said.
    Refused { step: String, reason: String },
    /// All is tried.
    Done,
}

impl Fact {
    pub(super) fn new(kind: &str, claim: impl Into<String>) -> Self {
        Self { kind: kind.to_owned(), claim: claim.into(), outcome: FactOutcome::Holds, hints: Vec::new() }
    }

    /// The same fact with places that may be at fault.
    pub(super) fn at(mut self, hints: impl IntoIterator<Item = Hint>) -> Self {
        self.hints.extend(hints);
        self
    }

    /// The fact as it was found.
    pub(super) fn found(mut self, outcome: FactOutcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// Holds if both are the same.
    pub(super) fn same(self, expected: impl Into<String>, seen: impl Into<String>) -> Self {
        let (expected, seen) = (expected.into(), seen.into());
        let outcome = if expected == seen { FactOutcome::Holds } else { FactOutcome::Fails { expected, seen } };
        self.found(outcome)
    }

    /// Holds if nothing differs; `expected` says that nothing does.
    pub(super) fn unless(self, differences: &str, expected: &str) -> Self {
        self.same(expected, if differences.is_empty() { expected } else { differences })
    }

    /// Could not be tried.
    pub(super) fn not_tried(self, reason: impl Into<String>) -> Self {
        self.found(FactOutcome::NotTried(reason.into()))
    }

    /// Whether it was seen not to hold.
    pub fn fails(&self) -> bool {
        matches!(self.outcome, FactOutcome::Fails { .. })
    }
}

impl Hint {
    pub(super) fn line(file: &str, texts: &[&str]) -> Self {
        Self::Line(file.to_owned(), texts.iter().map(|&text| text.to_owned()).collect())
    }

    pub(super) fn file(file: &str) -> Self {
        Self::File(file.to_owned())
    }
}
