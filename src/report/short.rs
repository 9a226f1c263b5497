//! One line a diagnostic: `path:line:col: severity[code]: message; help`. Compilers' form, which editors understand.

use super::{RenderedReport, Report, printable, printable_name, word};
use crate::diagnostic::{Diagnostic, place};
use crate::drift;
use crate::source::Sources;

/// Diagnostics and differences alike on standard error, as compilers do: standard output has what a command was asked for.
pub(super) fn report(report: &Report<'_>) -> RenderedReport {
    let difference = |change: &super::ReportedChange<'_>| {
        format!("{}: error[{}]: {}: {}\n", change.place(), drift::CODE, change.name(), change.description())
    };
    let diagnostics = report.diagnostics().map(|(sources, diagnostic)| render(sources, diagnostic));
    let differences = report.changes.iter().map(difference);
    RenderedReport { messages: diagnostics.chain(differences).collect(), results: String::new() }
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
