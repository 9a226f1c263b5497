//! The unified diff of one changed output, cut when it is long.

use anstyle::{AnsiColor, Reset};
use similar::{ChangeTag, TextDiff};

use super::{ReportStyle, count, printable, printable_name};
use crate::drift::{Change, ChangeKind};

/// How much of a long diff is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Length {
    /// The first lines, then a count of the rest.
    Cut,
    /// All of it.
    #[default]
    Full,
}

const SHOWN_LINES: usize = 40;

/// A line of a diff and its colour, if it has one.
type Line = (String, Option<AnsiColor>);

const CYAN: Option<AnsiColor> = Some(AnsiColor::Cyan);
const RED: Option<AnsiColor> = Some(AnsiColor::Red);
const GREEN: Option<AnsiColor> = Some(AnsiColor::Green);

/// The diff from the file on disk to what the document gives, to the letter; empty where the text is the same.
///
/// Empty, too, where the texts may not be shown.
pub fn exact(path: &str, change: &Change<'_>) -> String {
    if change.hidden.is_some() {
        return String::new();
    }
    lines(path, change).into_iter().map(|(text, _)| text + "\n").collect()
}

/// The same diff for people: perhaps cut, perhaps coloured, without what a terminal would obey.
pub fn render_change(path: &str, change: &Change<'_>, length: Length, style: ReportStyle) -> String {
    if let Some(hidden) = change.hidden {
        return format!("({})\n", hidden.reason());
    }
    let mut lines = lines(path, change);
    let rest = lines.len().saturating_sub(SHOWN_LINES);
    if length == Length::Cut && rest > 0 {
        lines.truncate(SHOWN_LINES);
        lines.push((format!("… {} more; --full-diff shows them", count(rest, "line")), None));
    }
    lines.into_iter().map(|(text, colour)| paint(&harmless(&text), colour, style) + "\n").collect()
}

fn lines(path: &str, change: &Change<'_>) -> Vec<Line> {
    // As git does: `patch -p1` in the root takes it.
    let path = printable_name(path.trim_start_matches('/'));
    let nothing = || "/dev/null".to_owned();
    let old_name = if change.kind == ChangeKind::Missing { nothing() } else { format!("a/{path}") };
    let new_name = if change.kind.is_stale() { nothing() } else { format!("b/{path}") };
    if change.old == change.new_text() {
        return Vec::new();
    }
    let diff = TextDiff::from_lines(change.old.as_ref(), change.new_text());
    let mut lines = vec![(format!("--- {old_name}"), None), (format!("+++ {new_name}"), None)];
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        lines.push((hunk.header().to_string(), CYAN));
        for line in hunk.iter_changes() {
            let text = line.value().trim_end_matches('\n');
            lines.push(match line.tag() {
                ChangeTag::Equal => (format!(" {text}"), None),
                ChangeTag::Delete => (format!("-{text}"), RED),
                ChangeTag::Insert => (format!("+{text}"), GREEN),
            });
            if line.missing_newline() {
                lines.push(("\\ No newline at end of file".to_owned(), None));
            }
        }
    }
    lines
}

/// Tabs are harmless and keep the line's columns.
fn harmless(line: &str) -> String {
    line.split('\t').map(printable).collect::<Vec<_>>().join("\t")
}

fn paint(text: &str, colour: Option<AnsiColor>, style: ReportStyle) -> String {
    match (colour, style) {
        (Some(colour), ReportStyle::Coloured) => format!("{}{text}{}", colour.render_fg(), Reset.render()),
        (None, _) | (_, ReportStyle::Plain) => text.to_owned(),
    }
}
