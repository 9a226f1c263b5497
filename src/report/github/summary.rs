//! The page on which a job is summed up: what was found and what to do, in the Markdown of GitHub.
//!
//! Whoever opens a pull request writes texts that stand in it. They are escaped as HTML in lines of which none is empty, so
//! that Markdown does not begin again among them, or stand inside a fence that is longer than any of theirs.

use std::fmt::Write as _;

use super::differing;
use crate::diagnostic::{Severity, place};
use crate::drift;
use crate::render::quote::xml_text;
use crate::report::diff::{Length, render_change};
use crate::report::junit::{CaseOutcome, Suite};
use crate::report::plan::meaning_line;
use crate::report::{Report, ReportStyle, ReportedChange, count, printable_name, word};

/// The maximum number of rows of a table, or of differences; the log has all.
const MOST: usize = 50;
/// A page ends at about this many bytes: GitHub refuses one of more than a mebibyte, and a step may have several of ours.
const LONGEST: usize = 100_000;
/// The maximum number of characters of one message, path or difference's name.
const LONGEST_WORDS: usize = 500;

/// The page's text; empty where there is nothing to say.
pub(super) fn draw(report: &Report<'_>) -> String {
    let mut page = String::new();
    if let Some(failure) = &report.failure {
        let (place, message) = (text(&failure.shown_place()), code(&failure.message));
        let _ = writeln!(page, "<p>Nothing could be done: <code>{place}</code>: {message}</p>\n");
    }
    draw_diagnostics(report, &mut page);
    draw_empty(report, &mut page);
    draw_facts(&report.suites, &mut page);
    draw_meanings(report, &mut page);
    draw_differences(report, &mut page);
    if page.is_empty() { page } else { format!("### qvm-tangle\n\n{page}\n") }
}

fn draw_diagnostics(report: &Report<'_>, page: &mut String) {
    let number = |severity| report.diagnostics().filter(|(_, it)| it.severity == severity).count();
    let (errors, warnings) = (number(Severity::Error), number(Severity::Warning));
    if errors + warnings == 0 {
        return;
    }
    let _ = writeln!(page, "<p>{}, {}</p>\n\n<table>", count(errors, "error"), count(warnings, "warning"));
    // Errors first: the table may end before the last row.
    let of = |severity| report.diagnostics().filter(move |(_, it)| it.severity == severity);
    for (sources, diagnostic) in of(Severity::Error).chain(of(Severity::Warning)).take(MOST) {
        let (level, name) = (word(diagnostic.severity), diagnostic.code.name());
        let (place, message) = (text(&place(sources, diagnostic.span)), code(&diagnostic.message));
        let _ = writeln!(
            page,
            "<tr><td>{level}</td><td><code>{place}</code></td><td><code>{name}</code></td><td>{message}</td></tr>"
        );
    }
    page.push_str("</table>\n\n");
    rest(errors + warnings, page);
}

fn draw_empty(report: &Report<'_>, page: &mut String) {
    for document in report.without_output.iter().take(MOST) {
        let reasons = code(&document.reasons.join("; "));
        let _ = writeln!(page, "<p><code>{}</code> gives no output: {reasons}</p>\n", text(&document.shown));
    }
    rest(report.without_output.len(), page);
}

fn draw_facts(suites: &[Suite], page: &mut String) {
    for suite in suites {
        let number = |is_it: fn(&CaseOutcome) -> bool| suite.cases.iter().filter(|case| is_it(&case.outcome)).count();
        let _ = writeln!(
            page,
            "<p>Rehearsal of <code>{}</code>: {} held, {} did not, {} not tried</p>\n",
            text(&suite.name),
            count(number(|outcome| matches!(outcome, CaseOutcome::Passed)), "fact"),
            number(|outcome| matches!(outcome, CaseOutcome::Failed(_))),
            number(|outcome| matches!(outcome, CaseOutcome::Skipped(_))),
        );
    }
}

fn draw_meanings(report: &Report<'_>, page: &mut String) {
    for (document, meanings) in &report.meanings {
        let _ = writeln!(
            page,
            "<p><code>{}</code> says otherwise than it did when it was last written:</p>\n\n<ul>",
            text(document)
        );
        for meaning in meanings.iter().take(MOST) {
            let _ = writeln!(page, "<li><code>{}</code></li>", text(&meaning_line(meaning)));
        }
        page.push_str("</ul>\n\n");
        rest(meanings.len(), page);
    }
}

fn draw_differences(report: &Report<'_>, page: &mut String) {
    if report.changes.is_empty() {
        return;
    }
    let all: Vec<&ReportedChange<'_>> = report.changes.iter().collect();
    let _ = writeln!(page, "<p>{}: {}</p>\n", drift::CODE, code(&differing(&all)));
    if !report.repairs.is_empty() {
        page.push_str("<ul>\n");
        for repair in &report.repairs {
            let _ = writeln!(page, "<li>{}</li>", code(repair));
        }
        page.push_str("</ul>\n\n");
    }
    page.push_str("<ul>\n");
    for change in report.changes.iter().take(MOST) {
        let _ = writeln!(page, "<li><code>{}</code> is {}</li>", text(&change.path), change.description());
    }
    page.push_str("</ul>\n\n");
    rest(report.changes.len(), page);
    for (index, change) in report.changes.iter().filter(|change| report.shows_texts(change)).enumerate() {
        let diff = render_change(&change.path, &change.change, Length::Cut, ReportStyle::Plain);
        if index == MOST || page.len() + diff.len() > LONGEST {
            page.push_str("<p>The log has more differences.</p>\n\n");
            break;
        }
        let (name, fence) = (text(&change.path), fence(&diff));
        let _ = writeln!(
            page,
            "<details><summary><code>{name}</code></summary>\n\n{fence}diff\n{diff}{fence}\n\n</details>\n"
        );
    }
}

fn rest(all: usize, page: &mut String) {
    if let Some(more @ 1..) = all.checked_sub(MOST) {
        let _ = writeln!(page, "<p>The log has {more} more.</p>\n");
    }
}

/// Backquotes that no line of a text ends.
fn fence(lines: &str) -> String {
    let longest = lines.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    "`".repeat(longest.max(2) + 1)
}

/// Words of a document on one line of HTML, which a page has room for.
fn text(words: &str) -> String {
    match words.char_indices().nth(LONGEST_WORDS) {
        Some((end, _)) => xml_text(&printable_name(&words[..end])) + "…",
        None => xml_text(&printable_name(words)),
    }
}

/// The same, with what stands between backquotes as code.
fn code(words: &str) -> String {
    let parts: Vec<String> = words.split('`').map(text).collect();
    let mut shown = String::new();
    for (index, part) in parts.iter().enumerate() {
        // The last of an odd number of backquotes opens nothing.
        match index % 2 {
            1 if index + 1 < parts.len() => {
                let _ = write!(shown, "<code>{part}</code>");
            }
            1 => {
                let _ = write!(shown, "`{part}");
            }
            _ => shown.push_str(part),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{code, fence};

    #[test]
    fn nothing_of_a_document_is_markup() {
        assert_eq!(code("guest `<b>` is ![x](y)"), "guest <code>&#60;b&#62;</code> is ![x](y)");
        assert_eq!(code("a ` b\n\n# c"), "a ` b\\n\\n# c");
        assert_eq!(fence("+````x\n"), "`````");
        assert_eq!(fence("+x\n"), "```");
    }
}
