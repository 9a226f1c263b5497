//! The report for people: the line, a mark under the fault, the other party, the help.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet, renderer::DecorStyle};

use super::diff::render_change;
use super::plan::meaning_line;
use super::{RenderedReport, Report, ReportStyle, Styles, is_harmful, printable, printable_name};
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{Source, SourceId, Sources, Span};

/// Marks that are this many bytes apart are shown in two pieces of the text.
const FAR: u32 = 20_000;
/// So much of a long line is shown on either side of the marks.
const MARGIN: usize = 200;

/// Diagnostics and the summary on standard error, differences on standard output.
pub(super) fn report(report: &Report<'_>, styles: Styles) -> RenderedReport {
    let mut rendered = RenderedReport::default();
    for (sources, diagnostic) in report.shown_diagnostics() {
        rendered.messages += &render(sources, diagnostic, styles.messages);
        rendered.messages.push('\n');
    }
    if let Some(failure) = &report.failure {
        let _ = writeln!(rendered.messages, "qvm-tangle: {}", printable(&failure.sentence));
    }
    if let Some(summary) = &report.summary {
        let _ = writeln!(rendered.messages, "{}", printable(summary));
    }
    for (document, meanings) in &report.meanings {
        let _ = writeln!(
            rendered.results,
            "{} says otherwise than it did when it was last written:",
            printable_name(document)
        );
        for meaning in meanings {
            let _ = writeln!(rendered.results, "  {}", printable_name(&meaning_line(meaning)));
        }
    }
    for change in &report.changes {
        let _ = writeln!(rendered.results, "{}: {} (from {})", change.name(), change.description(), change.places());
        if report.shows_texts(change) {
            rendered.results += &render_change(&change.path, &change.change, report.length, styles.results);
        }
    }
    rendered
}

/// One diagnostic, several lines, ending in a newline.
pub fn render(sources: &Sources, diagnostic: &Diagnostic, style: ReportStyle) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(printable(&diagnostic.message)).id(diagnostic.code.name()));
    for (source, marks) in places(diagnostic) {
        let source = sources.get(source);
        let shown = shown_text(source, &marks);
        let first = source.position(shown.start);
        let mut snippet = Snippet::source(harmless(&source.text()[shown.clone()])).line_start(first.line);
        if first.column == 1 {
            snippet = snippet.path(printable_name(source.path()));
        } else {
            // The renderer counts columns in what it is shown, so the place is told beforehand.
            let place = source.position(marks[0].0.range().start);
            group =
                group.element(Origin::path(printable_name(source.path())).line(place.line).char_column(place.column));
        }
        group = group.element(snippet.annotations(marks.into_iter().map(|(span, label, kind)| {
            let visible = visible(span, source);
            kind.span(visible.start - shown.start..visible.end - shown.start).label(label)
        })));
    }
    group = group.element(Level::HELP.message(printable(&diagnostic.help)));
    let report: &[Group<'_>] = &[group];
    let renderer = match style {
        ReportStyle::Plain => Renderer::plain(),
        ReportStyle::Coloured => Renderer::styled(),
    };
    let mut text = renderer.decor_style(DecorStyle::Ascii).render(report);
    text.push('\n');
    text
}

type SnippetMark<'a> = (Span, Option<Cow<'a, str>>, AnnotationKind);

/// The diagnostic's place and its labels, those near to each other together, the diagnostic's own place first.
fn places(diagnostic: &Diagnostic) -> Vec<(SourceId, Vec<SnippetMark<'_>>)> {
    let mut places = vec![(diagnostic.span.source, vec![(diagnostic.span, None, AnnotationKind::Primary)])];
    for label in &diagnostic.labels {
        let mark = (label.span, Some(printable(&label.message)), AnnotationKind::Context);
        let is_near = |(span, ..): &SnippetMark<'_>| span.start.abs_diff(label.span.start) < FAR;
        match places.iter_mut().find(|(source, marks)| *source == label.span.source && marks.iter().any(is_near)) {
            Some((_, marks)) => marks.push(mark),
            None => places.push((label.span.source, vec![mark])),
        }
    }
    places
}

/// The whole lines from the first mark to the last, long lines cut: the renderer walks through all it is shown, and a
/// document may have as many diagnostics as lines.
fn shown_text(source: &Source, marks: &[SnippetMark<'_>]) -> Range<usize> {
    let text = source.text();
    let visible = marks.iter().map(|(span, ..)| visible(*span, source));
    let (start, end) =
        visible.fold((text.len(), 0), |(start, end), range| (start.min(range.start), end.max(range.end)));
    let line = |at: usize| source.line(source.position(at).line).unwrap_or(at..at);
    let (first, last) = (line(start).start, line(end).end);
    first.max(boundary(text, start.saturating_sub(MARGIN)))..last.min(boundary(text, end + MARGIN))
}

/// The renderer draws a picture for each control character of ASCII, but lets those of Latin-1 through, which terminals
/// obey, and some of those that turn the direction of writing. What stands in for one is as long in UTF-8, so that every
/// mark stays at its place.
fn harmless(text: &str) -> String {
    let stand_in = |c: char| match c.len_utf8() {
        _ if !is_harmful(c) || c.is_ascii() => c,
        2 => '¤',
        _ => '\u{fffd}',
    };
    text.chars().map(stand_in).collect()
}

/// The last boundary between characters that is not after an offset.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or_default()
}

/// A span cut to its first line, and that to a length: a mark over a whole block would hide the block.
fn visible(span: Span, source: &Source) -> Range<usize> {
    let range = span.range();
    let text = source.slice(span);
    let first_line = text.find('\n').unwrap_or(text.len());
    range.start..range.start + boundary(text, first_line.min(MARGIN))
}
