//! Draws diagnostics: one file per format, the same findings in each.
//!
//! The only module that knows what a report looks like. It returns text; printing is the command line's job.

pub mod diff;
pub mod github;
pub mod human;
pub mod json;
pub mod sarif;
pub mod short;

use crate::diagnostic::{Diagnostic, Severity};
use crate::drift::Change;
use crate::source::Sources;

/// How findings are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// As rustc does: the line, the mark, the help.
    #[default]
    Human,
    /// `path:line:col: severity[code]: message`, one line each.
    Short,
    /// One JSON document, see `qvm-tangle show schema`.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// GitHub Actions annotations.
    Github,
}

/// Whether escape sequences for colour may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Plain text.
    Plain,
    /// ANSI colours.
    Coloured,
}

/// All findings of one document.
#[derive(Debug)]
pub struct Findings<'a> {
    /// The texts that spans point into.
    pub sources: &'a Sources,
    /// Sorted findings with their final severities.
    pub diagnostics: &'a [Diagnostic],
    /// How the outputs differ from the disk; empty unless `check` asked.
    pub changes: &'a [Change],
}

/// The word for a severity in every format that uses words.
pub fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// `1 error`, `2 warnings`.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
