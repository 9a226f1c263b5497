//! What is said of documents that give no output, and of folders whose documents were not looked at: that it is so, and why.

use super::output::Console;
use crate::build::Built;
use crate::report::count;
use crate::workspace::shown;

/// At most this many documents, and as many folders, are told of.
const MOST_TOLD: usize = 5;

/// Tells people of the documents that were named and give nothing, or of all if none gives anything; and of other projects
/// in the folders that were named.
pub(super) fn tell(built: &Built, output: &Console) {
    for folder in built.passed_over.iter().take(MOST_TOLD) {
        output.note(&format!("passed over `{}`, a project of its own: give it a run of its own", shown(folder)));
    }
    if let Some(rest) = built.passed_over.len().checked_sub(MOST_TOLD + 1) {
        output.note(&format!("passed over {}", count(rest + 1, "more project")));
    }
    let told = built.without_output();
    for document in told.iter().take(MOST_TOLD) {
        output.note(&format!("{} gives no output:", document.shown));
        for reason in &document.reasons {
            output.note(&format!("- {reason}"));
        }
    }
    if let Some(rest) = told.len().checked_sub(MOST_TOLD + 1) {
        output.note(&format!("{} give no output either", count(rest + 1, "more document")));
    }
}
