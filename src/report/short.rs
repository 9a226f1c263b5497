//! One line a diagnostic: `path:line:col: severity[code]: message; help`. Compilers' form, which editors understand.

use super::{RenderedReport, Report, ReportedChange, printable, printable_name, word};
use crate::diagnostic::{Diagnostic, place};
use crate::drift;
use crate::source::Sources;

/// Diagnostics and differences alike on standard error, as compilers do: standard output has what a command was asked for.
pub(super) fn report(report: &Report<'_>) -> RenderedReport {
    let diagnostics = report.diagnostics().map(|(sources, diagnostic)| render(sources, diagnostic));
    let differences = report.changes.iter().map(difference);
    let empty = report.without_output.iter().map(|document| {
        let reasons = printable_name(&document.reasons.join("; ")).into_owned();
        format!("{}: note: gives no output: {reasons}\n", printable_name(&document.shown))
    });
    let failure = report.failure.iter().map(|failure| {
        format!("{}: error[{}]: {}\n", failure.shown_place(), failure.rule.name(), printable_name(&failure.message))
    });
    let messages = diagnostics.chain(differences).chain(empty).chain(failure).collect();
    RenderedReport { messages, ..RenderedReport::default() }
}

/// One output that differs as one line, ending in a newline.
pub(super) fn difference(change: &ReportedChange<'_>) -> String {
    format!("{}: error[{}]: {}: {}\n", change.place(), drift::CODE, change.name(), change.description())
}

/// One diagnostic as one line, ending in a newline.
pub fn render(sources: &Sources, diagnostic: &Diagnostic) -> String {
    format!(
        "{}: {}[{}]: {}\n",
        printable_name(&place(sources, diagnostic.span)),
        word(diagnostic.severity),
        diagnostic.code.name(),
        printable(&diagnostic.message.replace('\n', " "))
    )
}
