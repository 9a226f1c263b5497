//! Documents and differences in the format of `tests/cases`.

use crate::bytes::show;
use crate::case_file::{Answer, CaseFile};
use crate::generate::{Document, Profile};
use crate::ours::Ours;

/// A document as a case without an answer.
pub(crate) fn question(document: &Document) -> String {
    let profile = if document.profile == Profile::All { "profile: all\n" } else { "" };
    let before: String = document.before.iter().map(|file| section("before", file)).collect();
    format!("rules: T-000\n{profile}\n=== input\n{}{before}", show(&document.text))
}

/// A document with both answers; Emacs' stands as if it were the reference's.
pub(crate) fn difference(document: &Document, emacs: &Answer, ours: &Ours) -> String {
    let mut text = question(document) + &emacs.shown() + "=== outcome\n";
    for line in &emacs.outcome {
        text.push_str(line);
        text.push('\n');
    }
    if ours.errors.is_empty() {
        text.extend(ours.writes.iter().map(|file| section("ours writes", file)));
    }
    text.push_str("=== ours outcome\n");
    for message in &ours.messages {
        text.extend(["error: ", message, "\n"]);
    }
    text
}

fn section(kind: &str, file: &CaseFile) -> String {
    format!("=== {kind} {:04o} {}\n{}", file.mode, show(&file.name).trim_end_matches("␄\n"), show(&file.bytes))
}
