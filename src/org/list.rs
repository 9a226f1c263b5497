//! Plain lists: where their items start and end, and what an item's first line says (rules T-005, T-008, T-009).
//!
//! An item ends before the next item that is not deeper, before text that is not deeper, and at two blank lines;
//! blocks and drawers inside are stepped over whole. One pass finds the items of a list and of all lists nested
//! directly in it.

use std::ops::Range;

use super::closers::{Closers, Opener};
use super::heading::line_range;
use super::line::{LineKind, bullet_length, classify, column, indentation, trim_range};
use super::{Affiliated, HeadingId, List, ListItem};
use crate::source::Source;

/// One item of a list or of a list nested in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct ItemPlace {
    /// Offset of its line.
    pub(super) start: usize,
    /// Column of its bullet.
    pub(super) column: usize,
    /// Offset after its last line.
    pub(super) end: usize,
}

/// The items of a list and of those nested in it, in document order. `start` is the line of the first item.
pub(super) fn find_items(text: &str, closers: &Closers, start: usize, limit: usize) -> Vec<ItemPlace> {
    let mut items: Vec<ItemPlace> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut at = start;
    // After the last line that is not blank.
    let mut text_end = start;
    while at < limit {
        let line = line_range(text, at, limit);
        let next = (line.end + 1).min(text.len()).max(at + 1);
        let content = &text[line.clone()];
        match classify(content) {
            LineKind::Blank => {
                if is_blank_line_at(text, next) && line.end < text.len() {
                    close_all(&mut items, &mut open, at);
                    return items;
                }
                at = next;
                continue;
            }
            LineKind::Item => {
                let column = column(&content[..indentation(content)]);
                close_deeper(&mut items, &mut open, column, at);
                open.push(items.len());
                items.push(ItemPlace { start: at, column, end: limit });
                at = next;
            }
            kind => {
                close_deeper(&mut items, &mut open, column(&content[..indentation(content)]), text_end);
                if open.is_empty() {
                    return items;
                }
                at = after_closed(text, closers, kind, next, limit);
            }
        }
        text_end = at;
    }
    close_all(&mut items, &mut open, text_end);
    items
}

/// Steps over a block or drawer that is closed before the limit.
fn after_closed(text: &str, closers: &Closers, kind: LineKind<'_>, next: usize, limit: usize) -> usize {
    let opener = match kind {
        LineKind::BlockBegin(name) => Opener::Block(name),
        LineKind::DynamicBegin => Opener::Dynamic,
        LineKind::Drawer => Opener::Drawer,
        LineKind::Blank
        | LineKind::Comment
        | LineKind::LatexBegin(_)
        | LineKind::FixedWidth
        | LineKind::Keyword(_)
        | LineKind::Footnote(_)
        | LineKind::Rule
        | LineKind::Table
        | LineKind::Item
        | LineKind::Text => return next,
    };
    closers.find(opener, next, limit).map_or(next, |end| (line_range(text, end, text.len()).end + 1).min(text.len()))
}

fn close_deeper(items: &mut [ItemPlace], open: &mut Vec<usize>, column: usize, end: usize) {
    while let Some(&last) = open.last() {
        if items[last].column < column {
            return;
        }
        items[last].end = end;
        open.pop();
    }
}

fn close_all(items: &mut [ItemPlace], open: &mut Vec<usize>, end: usize) {
    for index in open.drain(..) {
        items[index].end = end;
    }
}

fn is_blank_line_at(text: &str, start: usize) -> bool {
    let rest = &text.as_bytes()[start..];
    rest.iter().find(|&&byte| byte != b' ' && byte != b'\t') == Some(&b'\n')
}

/// Offset of an item's contents: after bullet, counter, checkbox and term, or the next line with text.
pub(super) fn contents_start(text: &str, item: ItemPlace) -> usize {
    let line = line_range(text, item.start, item.end);
    let first = first_line(text, line.clone());
    let start = first.text.start.max(first.after_tag);
    let skipped = text[start..item.end].bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
    let start = start + skipped;
    if start <= line.end || start >= item.end {
        return start;
    }
    text[..start].rfind('\n').map_or(start, |newline| newline + 1)
}

/// Builds the list whose items are given.
pub(super) fn build<'s>(
    source: &'s Source,
    places: &[ItemPlace],
    all: &[ItemPlace],
    affiliated: Affiliated<'s>,
    heading: Option<HeadingId>,
) -> List<'s> {
    let text = source.text();
    let items: Vec<ListItem<'s>> =
        places.iter().map(|&place| build_item(source, place, first_inside(all, place))).collect();
    let start = places.first().map_or(0, |place| place.start);
    let end = places.last().map_or(start, |place| trimmed_end(text, place.start, place.end));
    List { span: source.span(start..end), items, affiliated, heading }
}

/// Where the first item nested in another starts, or where that one ends.
fn first_inside(all: &[ItemPlace], place: ItemPlace) -> usize {
    let next = all.get(all.partition_point(|item| item.start <= place.start));
    next.map_or(place.end, |item| item.start.min(place.end))
}

fn build_item(source: &Source, place: ItemPlace, body_end: usize) -> ListItem<'_> {
    let text = source.text();
    let first = first_line(text, line_range(text, place.start, place.end));
    ListItem {
        span: source.span(first.bullet..trimmed_end(text, place.start, place.end)),
        tag: first.tag.map(|tag| source.spanned(tag)),
        text: source.spanned(first.text),
        body: source.span(first.body.min(body_end)..body_end),
    }
}

/// Whether an item's line has a term: `- term :: text`.
pub(super) fn has_tag(text: &str, place: ItemPlace) -> bool {
    first_line(text, line_range(text, place.start, place.end)).tag.is_some()
}

/// The parts of an item's first line.
struct FirstLine {
    bullet: usize,
    /// After the bullet and its blanks.
    body: usize,
    tag: Option<Range<usize>>,
    text: Range<usize>,
    /// After bullet, counter, checkbox and, in a list without numbers, term.
    after_tag: usize,
}

fn first_line(text: &str, line: Range<usize>) -> FirstLine {
    let content = &text[line.clone()];
    let bullet = line.start + indentation(content);
    let bullet_end = line.start + bullet_length(content).unwrap_or(0);
    let body = skip_blanks(text, bullet_end, line.end);
    let at = skip_counter_and_checkbox(text, body, line.end);
    let is_numbered = text[bullet..bullet_end].ends_with(['.', ')']);
    match find_tag(&text[at..line.end]).filter(|_| !is_numbered) {
        Some((length, after)) => FirstLine {
            bullet,
            body,
            tag: Some(trim_range(text, at..at + length)),
            text: trim_range(text, at + after..line.end),
            after_tag: at + after,
        },
        None => FirstLine {
            bullet,
            body,
            tag: None,
            text: at..at + text[at..line.end].trim_end_matches([' ', '\t']).len(),
            after_tag: at,
        },
    }
}

/// The length of a term and the offset of what follows its colons: the last ` ::` that a blank or nothing follows.
fn find_tag(text: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut end = text.len();
    while let Some(colons) = text[..end].rfind("::") {
        let is_alone = bytes.get(colons + 2).is_none_or(|&byte| byte == b' ' || byte == b'\t');
        if is_alone && colons > 0 && (bytes[colons - 1] == b' ' || bytes[colons - 1] == b'\t') {
            return Some((text[..colons].trim_end_matches([' ', '\t']).len(), colons + 2));
        }
        end = colons + 1;
    }
    None
}

fn skip_counter_and_checkbox(text: &str, at: usize, end: usize) -> usize {
    let mut at = at;
    let rest = &text[at..end];
    if let Some(inner) = rest.strip_prefix("[@").and_then(|rest| rest.split_once(']')).map(|(inner, _)| inner) {
        let counter = inner.strip_prefix("start:").unwrap_or(inner);
        if is_counter(counter) {
            at = skip_blanks(text, at + "[@]".len() + inner.len(), end);
        }
    }
    let rest = &text[at..end];
    if ["[ ]", "[X]", "[-]", "[x]"].iter().any(|checkbox| rest.starts_with(checkbox)) {
        let after = skip_blanks(text, at + 3, end);
        if after > at + 3 || after == end {
            return after;
        }
    }
    at
}

fn is_counter(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
        || text.len() == 1 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn skip_blanks(text: &str, at: usize, end: usize) -> usize {
    at + indentation(&text[at..end])
}

/// The end of the last line with text, newline not included.
fn trimmed_end(text: &str, start: usize, end: usize) -> usize {
    start + text[start..end].trim_end_matches([' ', '\t', '\r', '\n']).len()
}
