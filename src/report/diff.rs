//! The unified diff of one changed output, cut when it is long.

use similar::{ChangeTag, TextDiff};

use super::{Style, count};
use crate::drift::{Change, Kind};

/// How much of a long diff is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// The first lines, then a count of the rest.
    Cut,
    /// All of it.
    Full,
}

const SHOWN_LINES: usize = 40;

/// The diff from the file on disk to what the document gives; empty where the text is the same.
pub fn render(path: &str, change: &Change<'_>, length: Length, style: Style) -> String {
    let (old_name, new_name) = match change.kind {
        Kind::Missing => ("/dev/null".to_owned(), format!("b/{path}")),
        Kind::Stale | Kind::StaleEdited => (format!("a/{path}"), "/dev/null".to_owned()),
        Kind::Changed | Kind::Edited | Kind::WrongMode { .. } => (format!("a/{path}"), format!("b/{path}")),
    };
    if change.old == change.new_text() {
        return String::new();
    }
    let diff = TextDiff::from_lines(change.old.as_ref(), change.new_text());
    let mut lines = vec![format!("--- {old_name}"), format!("+++ {new_name}")];
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        lines.push(paint(&hunk.header().to_string(), "36", style));
        for line in hunk.iter_changes() {
            let text = line.value().trim_end_matches('\n');
            lines.push(match line.tag() {
                ChangeTag::Equal => format!(" {text}"),
                ChangeTag::Delete => paint(&format!("-{text}"), "31", style),
                ChangeTag::Insert => paint(&format!("+{text}"), "32", style),
            });
            if line.missing_newline() {
                lines.push("\\ No newline at end of file".to_owned());
            }
        }
    }
    let rest = lines.len().saturating_sub(SHOWN_LINES);
    if length == Length::Cut && rest > 0 {
        lines.truncate(SHOWN_LINES);
        lines.push(format!("… {} more; --full-diff shows them", count(rest, "line")));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn paint(text: &str, colour: &str, style: Style) -> String {
    match style {
        Style::Plain => text.to_owned(),
        Style::Coloured => format!("\u{1b}[{colour}m{text}\u{1b}[0m"),
    }
}
