//! The report for people: the line, a mark under the fault, the other party, the help.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet, renderer::DecorStyle};

use super::{Style, printable};
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{Source, SourceId, Sources, Span};

/// One finding, several lines, ending in a newline.
pub fn render(sources: &Sources, diagnostic: &Diagnostic, style: Style) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = level.primary_title(printable(&diagnostic.message)).id(diagnostic.code.name()).elements(
        places(diagnostic).into_iter().map(|(source, marks)| {
            let source = sources.get(source);
            let shown = shown_lines(source, &marks);
            let first_line = source.position(shown.start).line;
            Snippet::source(&source.text()[shown.clone()]).path(source.path()).line_start(first_line).annotations(
                marks.into_iter().map(move |(span, label, kind)| {
                    kind.span(visible(span, source).start - shown.start..visible(span, source).end - shown.start)
                        .label(label)
                }),
            )
        }),
    );
    group = group.element(Level::HELP.message(printable(&diagnostic.help)));
    let report: &[Group<'_>] = &[group];
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    };
    let mut text = renderer.decor_style(DecorStyle::Ascii).render(report);
    text.push('\n');
    text
}

type Mark<'a> = (Span, Option<Cow<'a, str>>, AnnotationKind);

/// The finding's place and its labels, grouped by source, the finding's own source first.
fn places(diagnostic: &Diagnostic) -> Vec<(SourceId, Vec<Mark<'_>>)> {
    let mut places = vec![(diagnostic.span.source, vec![(diagnostic.span, None, AnnotationKind::Primary)])];
    for label in &diagnostic.labels {
        let mark = (label.span, Some(printable(&label.message)), AnnotationKind::Context);
        match places.iter_mut().find(|(source, _)| *source == label.span.source) {
            Some((_, marks)) => marks.push(mark),
            None => places.push((label.span.source, vec![mark])),
        }
    }
    places
}

/// The whole lines from the first mark to the last: the renderer would otherwise walk through the whole document.
fn shown_lines(source: &Source, marks: &[Mark<'_>]) -> Range<usize> {
    let text = source.text();
    let visible = marks.iter().map(|(span, ..)| visible(*span, source));
    let (start, end) =
        visible.fold((text.len(), 0), |(start, end), range| (start.min(range.start), end.max(range.end)));
    let start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[end..].find('\n').map_or(text.len(), |newline| end + newline);
    start..end
}

/// A span cut to its first line: a mark over a whole block would hide the block.
fn visible(span: Span, source: &Source) -> Range<usize> {
    let range = span.range();
    let text = source.slice(span);
    let first_line = text.find('\n').unwrap_or(text.len());
    range.start..range.start + first_line
}
