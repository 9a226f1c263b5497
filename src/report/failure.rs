//! A run that could not be done, as reports show it: exit code 2, with the file and the place in it where they are known.
//!
//! No diagnostic: it is about no document, no level changes it, and nothing else is known of the run.

use super::printable_name;
use crate::source::Position;

/// Why nothing could be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedFailure {
    /// What kind of failure it is.
    pub rule: FailureRule,
    /// What is wrong, as a sentence for people, with the path in it.
    pub sentence: String,
    /// What is wrong with the file, where that is known.
    pub message: String,
    /// The file that it is about, as messages show it.
    pub path: Option<String>,
    /// Where in the file.
    pub place: Option<Position>,
}

/// The kinds of failures that reports tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureRule {
    /// The configuration is wrong, which its author can put right.
    Configuration,
    /// Anything else: arguments, files, programs, trust.
    Run,
}

impl FailureRule {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Configuration, Self::Run];

    /// The rule of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }

    /// What reports call it where a diagnostic has its code.
    pub fn name(self) -> &'static str {
        match self {
            Self::Configuration => "invalid-configuration",
            Self::Run => "failed-run",
        }
    }

    /// What it means and what to do, in Markdown.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Configuration => include_str!("failure/invalid-configuration.md"),
            Self::Run => include_str!("failure/failed-run.md"),
        }
    }
}

impl ReportedFailure {
    /// Path, line and column as compilers write them; the program's name for what is in no file.
    pub(super) fn shown_place(&self) -> String {
        match (&self.path, self.place) {
            (Some(path), Some(place)) => format!("{}:{}:{}", printable_name(path), place.line, place.column),
            (Some(path), None) => printable_name(path).into_owned(),
            (None, _) => "qvm-tangle".to_owned(),
        }
    }
}
