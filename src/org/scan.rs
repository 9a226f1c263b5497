//! From a text to a [`Document`]: marks first, then heading by heading the elements below it.

use super::closers::Closers;
use super::heading::{file_properties, heading};
use super::marks::{Mark, MarkKind, mark};
use super::section::Section;
use super::{Document, HeadingId, Marker, MarkerKind};
use crate::diagnostic::Diagnostic;
use crate::source::Source;

/// Scans a whole document.
pub(super) fn scan<'s>(source: &'s Source, found: &mut Vec<Diagnostic>) -> Document<'s> {
    let text = source.text();
    let marks = mark(text);
    let mut document = Document {
        source,
        headings: Vec::new(),
        keywords: Vec::new(),
        properties: Vec::new(),
        blocks: Vec::new(),
        tables: Vec::new(),
        lists: Vec::new(),
        named: Vec::new(),
        markers: marks.iter().copied().filter_map(marker).collect(),
    };
    let mut closers = Closers::default();
    let mut rest = &marks[..];
    let mut start = 0;
    while start < text.len() {
        let is_heading = |mark: &Mark| mark.kind == MarkKind::Heading && mark.line as usize > start;
        let count = rest.iter().position(is_heading).unwrap_or(rest.len());
        let end = rest.get(count).map_or(text.len(), |mark| mark.line as usize);
        let heading = rest.first().filter(|mark| mark.kind == MarkKind::Heading && mark.line as usize == start);
        closers.collect(text, &rest[..count]);
        scan_section(&mut document, &closers, start, end, heading.is_some(), found);
        rest = &rest[count..];
        start = end;
    }
    document
}

fn scan_section(
    document: &mut Document<'_>,
    closers: &Closers,
    start: usize,
    end: usize,
    has_heading: bool,
    found: &mut Vec<Diagnostic>,
) {
    let source = document.source;
    if has_heading {
        let heading = heading(source, start, end, &document.headings);
        let contents = heading.contents.min(end);
        document.headings.push(heading);
        let id = HeadingId(document.headings.len() - 1);
        Section::new(source, Some(id), closers, document, found).scan(contents..end);
    } else {
        let contents = file_properties(source, end, &mut document.properties).unwrap_or(start);
        Section::new(source, None, closers, document, found).scan(contents..end);
    }
}

fn marker(mark: Mark) -> Option<Marker> {
    let kind = match mark.kind {
        MarkKind::BeginSource => MarkerKind::Begin,
        MarkKind::EndSource | MarkKind::FalseEndSource => MarkerKind::End,
        MarkKind::Name => MarkerKind::Name,
        MarkKind::Heading | MarkKind::EndBlock | MarkKind::EndDynamic | MarkKind::EndDrawer | MarkKind::EndLatex => {
            return None;
        }
    };
    Some(Marker { line: mark.line, kind })
}
