//! Heading lines, planning lines and property drawers (rules T-011 and T-035).

use std::ops::Range;

use super::line::{heading_level, is_blank, is_space, starts_with, trim_blanks, trim_range};
use super::{Heading, HeadingId, Property};
use crate::source::Source;

/// Reads the heading whose line starts at `start`; the section ends at `end`.
pub(super) fn heading<'s>(source: &'s Source, start: usize, end: usize, above: &[Heading<'s>]) -> Heading<'s> {
    let text = source.text();
    let line = line_range(text, start, end);
    let level = heading_level(&text[line.clone()]).unwrap_or(1);
    let title = trim_range(text, start + level..line.end);
    let mut contents = next_line(text, &line);
    let planning = line_range(text, contents, end);
    if is_planning(&text[planning.clone()]) {
        contents = next_line(text, &planning);
    }
    let mut properties = Vec::new();
    if let Some(after) = property_drawer(source, contents, end, &mut properties) {
        contents = after;
    }
    // Most drawers have one property or two, and a document of many headings would keep room for four each.
    properties.shrink_to_fit();
    Heading {
        span: source.span(line),
        level,
        text: source.spanned(title),
        parent: parent(above, level),
        properties,
        contents,
    }
}

/// Reads a property drawer that must start at `start`; gives the offset after it, or none if there is no proper one.
pub(super) fn property_drawer<'s>(
    source: &'s Source,
    start: usize,
    end: usize,
    properties: &mut Vec<Property<'s>>,
) -> Option<usize> {
    let text = source.text();
    let mut line = line_range(text, start, end);
    trim_blanks(&text[line.clone()]).eq_ignore_ascii_case(":properties:").then_some(())?;
    loop {
        let next = next_line(text, &line);
        if next >= end {
            properties.clear();
            return None;
        }
        line = line_range(text, next, end);
        if trim_blanks(&text[line.clone()]).eq_ignore_ascii_case(":end:") {
            return Some(next_line(text, &line));
        }
        let Some(property) = property(source, line.clone()) else {
            properties.clear();
            return None;
        };
        properties.push(property);
    }
}

/// The offset after the property drawer of the whole file, which may follow blank lines and then comment lines.
pub(super) fn file_properties<'s>(source: &'s Source, end: usize, properties: &mut Vec<Property<'s>>) -> Option<usize> {
    let text = source.text();
    let mut line = line_range(text, 0, end);
    while line.start < end && trim_blanks(&text[line.clone()]).is_empty() {
        line = line_range(text, next_line(text, &line), end);
    }
    while line.start < end && is_comment(&text[line.clone()]) {
        line = line_range(text, next_line(text, &line), end);
    }
    (line.start < end).then_some(())?;
    property_drawer(source, line.start, end, properties)
}

/// The innermost heading of a lower level: found by climbing from the last heading, so all headings take linear time.
fn parent(above: &[Heading<'_>], level: usize) -> Option<HeadingId> {
    let mut candidate = above.len().checked_sub(1).map(HeadingId);
    while let Some(id) = candidate {
        if above[id.0].level < level {
            return candidate;
        }
        candidate = above[id.0].parent;
    }
    None
}

fn property(source: &Source, line: Range<usize>) -> Option<Property<'_>> {
    let range = trim_range(source.text(), line);
    let text = &source.text()[range.clone()];
    let word = text.find(is_space).map_or(text, |end| &text[..end]);
    let name = word.strip_prefix(':')?.strip_suffix(':').filter(|name| !name.is_empty())?;
    text.as_bytes().get(word.len()).is_none_or(|&byte| is_blank(byte)).then_some(())?;
    let value = trim_range(source.text(), range.start + word.len()..range.end);
    Some(Property { name: source.spanned(range.start + 1..range.start + 1 + name.len()), value: source.spanned(value) })
}

fn is_planning(line: &str) -> bool {
    let text = trim_blanks(line);
    ["SCHEDULED:", "DEADLINE:", "CLOSED:"].iter().any(|keyword| text.starts_with(keyword))
}

fn is_comment(line: &str) -> bool {
    let text = trim_blanks(line);
    text == "#" || starts_with(text, "# ")
}

/// The line that starts at `start`, without its newline; empty at the end.
pub(super) fn line_range(text: &str, start: usize, end: usize) -> Range<usize> {
    let start = start.min(end);
    let length = memchr::memchr(b'\n', &text.as_bytes()[start..end]).unwrap_or(end - start);
    start..start + length
}

/// The start of the line after `line`.
fn next_line(text: &str, line: &Range<usize>) -> usize {
    (line.end + 1).min(text.len())
}
