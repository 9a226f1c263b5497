//! What is said of documents that give no output: that it is so, and why.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::output::Console;
use crate::build::{Built, BuiltDocument};
use crate::compile::no_output;
use crate::report::count;
use crate::workspace::absolute;

/// At most this many documents are told of.
const MOST_TOLD: usize = 5;

/// Says of each document that was named, and of each if none gives anything, why it gives nothing.
pub(super) fn tell(built: &Built, files: &[PathBuf], output: &Console) {
    let gives_nothing = |document: &&BuiltDocument| document.compilation.artifacts.is_empty();
    let all: Vec<&BuiltDocument> = built.documents.iter().filter(gives_nothing).collect();
    let is_all = all.len() == built.documents.len();
    let named: BTreeSet<PathBuf> = files.iter().filter_map(|file| absolute(file).ok()).collect();
    let told: Vec<&&BuiltDocument> =
        all.iter().filter(|document| is_all || named.contains(&document.input.path)).collect();
    for document in told.iter().take(MOST_TOLD) {
        output.note(&format!("{} gives no output:", document.input.shown));
        for reason in no_output::reasons(&document.loaded.inputs()) {
            output.note(&format!("- {reason}"));
        }
    }
    if let Some(rest) = told.len().checked_sub(MOST_TOLD + 1) {
        output.note(&format!("{} give no output either", count(rest + 1, "more document")));
    }
}
