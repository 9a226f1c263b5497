//! What is said of documents that give no output: that it is so, and why.

use super::output::Console;
use crate::build::Built;
use crate::report::count;

/// At most this many documents are told of.
const MOST_TOLD: usize = 5;

/// Tells people of the documents that were named and give nothing, or of all if none gives anything.
pub(super) fn tell(built: &Built, output: &Console) {
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
