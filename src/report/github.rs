//! GitHub Actions workflow commands, which GitHub shows as annotations on the changed lines.
//!
//! Form and escapes: "Workflow commands for GitHub Actions" of GitHub's documentation.

use super::{RenderedReport, Report, ReportedChange, printable, word};
use crate::diagnostic::Diagnostic;
use crate::drift;
use crate::source::{Sources, Span};

/// All on standard output: GitHub reads annotations from either stream, and logs keep the order of one.
pub(super) fn report(report: &Report<'_>) -> RenderedReport {
    let diagnostics = report.diagnostics().map(|(sources, diagnostic)| render(sources, diagnostic));
    let differences = report.changes.iter().map(difference);
    RenderedReport { messages: String::new(), results: diagnostics.chain(differences).collect() }
}

/// At the cell or line of the document that makes the output differ.
fn difference(change: &ReportedChange<'_>) -> String {
    let place = match change.cause() {
        Some(span) => place_of(change.document.sources, span),
        None => format!("file={}", property(&change.path)),
    };
    annotation("error", &place, drift::CODE, &format!("`{}` is {}", change.path, change.description()))
}

/// One diagnostic as one workflow command, ending in a newline.
pub fn render(sources: &Sources, diagnostic: &Diagnostic) -> String {
    annotation(
        word(diagnostic.severity),
        &place_of(sources, diagnostic.span),
        diagnostic.code.name(),
        &format!("{}\nhelp: {}", diagnostic.message, diagnostic.help),
    )
}

/// Where a span is, as properties; columns count only within one line.
fn place_of(sources: &Sources, span: Span) -> String {
    let source = sources.get(span.source);
    let (start, end) = (source.position(span.range().start), source.position(span.range().end));
    let columns = if start.line == end.line {
        format!(",col={},endColumn={}", start.column, end.column.max(start.column + 1))
    } else {
        String::new()
    };
    format!("file={},line={},endLine={}{columns}", property(source.path()), start.line, end.line)
}

/// One workflow command; `place` is already escaped.
fn annotation(command: &str, place: &str, title: &str, message: &str) -> String {
    format!("::{command} {place},title={}::{}\n", property(title), data(message))
}

/// Escapes what stands after `::`; what a terminal or a reader could be led astray by is made visible before.
fn data(text: &str) -> String {
    printable(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property's value.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
