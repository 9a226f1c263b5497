//! Texts and places in them.
//!
//! Every text that a diagnostic can point into (documents, setup files, templates, outputs) is a [`Source`] in one
//! [`Sources`]; a [`Span`] names a range of bytes in one of them. Texts are decoded before they get here: UTF-8,
//! lines ended by LF, no byte order mark (see [`decode`]).

mod columns;
pub mod decode;
pub mod digits;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use columns::Columns;
pub use columns::Unit;

/// All texts of one run, addressed by [`SourceId`].
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: Vec<Arc<Source>>,
}

/// One decoded text and the path it is shown under.
#[derive(Debug)]
pub struct Source {
    id: SourceId,
    path: Cow<'static, str>,
    text: Cow<'static, str>,
    columns: Columns,
}

/// Names one [`Source`] of a [`Sources`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(u32);

/// A range of bytes in one source: `start..end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The text this range is in.
    pub source: SourceId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

/// A value and the place it was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spanned<T> {
    /// What was read.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

/// A place as editors count: both numbers start at 1, a column is one Unicode scalar value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl SourceId {
    /// Its number, for what packs it.
    pub(crate) fn index(self) -> u32 {
        self.0
    }

    /// The id with a number.
    pub(crate) fn at(index: u32) -> Self {
        Self(index)
    }
}

impl Sources {
    /// Adds a decoded text under the path that messages will show.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>) -> SourceId {
        self.push(Cow::Owned(path.into()), Cow::Owned(text.into()))
    }

    /// Adds a text that is part of the program.
    pub fn add_static(&mut self, path: &'static str, text: &'static str) -> SourceId {
        self.push(Cow::Borrowed(path), Cow::Borrowed(text))
    }

    fn push(&mut self, path: Cow<'static, str>, text: Cow<'static, str>) -> SourceId {
        let id = SourceId(u32::try_from(self.files.len()).expect("fewer than 2^32 files are read in one run"));
        self.files.push(Arc::new(Source::new(id, path, text)));
        id
    }

    /// The source of that id, which must come from this collection.
    pub fn get(&self, id: SourceId) -> &Source {
        self.shared(id)
    }

    /// The same for somebody who keeps it.
    pub fn shared(&self, id: SourceId) -> &Arc<Source> {
        &self.files[id.0 as usize]
    }

    /// All sources in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.files.iter().map(AsRef::as_ref)
    }

    /// The text a span covers.
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.source).slice(span)
    }
}

impl Source {
    fn new(id: SourceId, path: Cow<'static, str>, text: Cow<'static, str>) -> Self {
        Self { id, path, text, columns: Columns::default() }
    }

    /// Another text of the same file: its spans have the same id, so the two must not be mixed.
    pub fn with_text(&self, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self::new(self.id, self.path.clone(), Cow::Owned(text.into())))
    }

    /// What spans of this text are made with.
    pub fn id(&self) -> SourceId {
        self.id
    }

    /// The path that messages show, as the user named the file.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole decoded text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// A span of this source.
    pub fn span(&self, range: Range<usize>) -> Span {
        let offset = |n: usize| u32::try_from(n).expect("workspace refuses files of 4 GiB and more");
        Span { source: self.id, start: offset(range.start), end: offset(range.end) }
    }

    /// A part of the text with its place.
    pub fn spanned(&self, range: Range<usize>) -> Spanned<&str> {
        Spanned::new(&self.text[range.clone()], self.span(range))
    }

    /// The text of a span of this source.
    pub fn slice(&self, span: Span) -> &str {
        &self.text[span.range()]
    }

    /// The place of a byte offset; an offset after the end counts as the end.
    pub fn position(&self, offset: usize) -> Position {
        Position { line: self.line_number(offset), column: self.column(offset, Unit::Character) + 1 }
    }

    /// The line that a byte offset is in, from 1.
    pub fn line_number(&self, offset: usize) -> usize {
        self.line_starts().partition_point(|&start| start <= offset)
    }

    /// How many columns stand before a byte offset in its line; an offset after the end counts as the end.
    pub fn column(&self, offset: usize, unit: Unit) -> usize {
        let start = self.line_starts()[self.line_number(offset) - 1];
        self.columns.width(&self.text, start..offset.min(self.text.len()), unit)
    }

    /// The byte offset of a line, counted from 1, and a column, counted from 0; none if the text has fewer lines.
    ///
    /// A column after the line's end counts as its end, one inside a character as before it.
    pub fn offset(&self, line: usize, column: usize, unit: Unit) -> Option<usize> {
        Some(self.columns.offset(&self.text, self.line(line)?, column, unit))
    }

    /// What stands from a byte offset to the end of its line, without the LF.
    pub fn rest_of_line(&self, start: usize) -> Span {
        let end = memchr::memchr(b'\n', &self.text.as_bytes()[start..]);
        self.span(start..end.map_or(self.text.len(), |length| start + length))
    }

    /// The bytes of a line (counted from 1) without its LF; none if the text has fewer lines.
    pub fn line(&self, number: usize) -> Option<Range<usize>> {
        let starts = self.line_starts();
        let start = *starts.get(number.checked_sub(1)?)?;
        let end = starts.get(number).map_or(self.text.len(), |next| next - 1);
        Some(start..end)
    }

    /// How many lines the text has; a last line without LF counts.
    pub fn line_count(&self) -> usize {
        self.line_starts().len() - usize::from(self.text.is_empty() || self.text.ends_with('\n'))
    }

    fn line_starts(&self) -> &[usize] {
        self.columns.line_starts(&self.text)
    }
}

impl Span {
    /// The span as a range to slice the source's text with.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// A span inside this one, its range counted from this one's start.
    #[must_use]
    pub fn within(self, range: Range<usize>) -> Self {
        let at = |n: usize| self.start + u32::try_from(n).expect("a part is not longer than its whole");
        Self { start: at(range.start), end: at(range.end), ..self }
    }

    /// The smallest span that holds both, which must be of the same source.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end), ..self }
    }
}

impl<T> Spanned<T> {
    /// A value with its place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// The same place with a value made from this one.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: make(self.value), span: self.span }
    }

    /// A borrowed view with the same place.
    pub fn as_ref(&self) -> Spanned<&T> {
        Spanned { value: &self.value, span: self.span }
    }
}

/// A text with other ones in place of parts of it, which are in its order and apart, and where each of these then is.
pub fn spliced<'t>(old: &str, parts: impl IntoIterator<Item = (Range<usize>, &'t str)>) -> (String, Vec<Range<usize>>) {
    let (mut text, mut placed, mut copied) = (String::with_capacity(old.len()), Vec::new(), 0);
    for (range, new) in parts {
        text.push_str(&old[copied..range.start]);
        let start = text.len();
        text.push_str(new);
        placed.push(start..text.len());
        copied = range.end;
    }
    text.push_str(&old[copied..]);
    (text, placed)
}

#[cfg(test)]
mod tests {
    use super::{Position, Sources, Unit};

    #[test]
    fn positions_count_characters_from_one() {
        let mut sources = Sources::default();
        let id = sources.add("a.org", "one\nzwölf x\n");
        let source = sources.get(id);
        assert_eq!(source.position(0), Position { line: 1, column: 1 });
        assert_eq!(source.position(source.text().find('x').unwrap()), Position { line: 2, column: 7 });
        assert_eq!(source.position(999), Position { line: 3, column: 1 });
        assert_eq!(source.line(2).map(|range| &source.text()[range]), Some("zwölf x"));
        assert_eq!(source.line_count(), 2);
        assert_eq!(source.slice(source.rest_of_line(4)), "zwölf x");
        assert_eq!(source.offset(2, 6, Unit::Character).map(|at| &source.text()[at..]), Some("x\n"));
        assert_eq!(source.offset(9, 0, Unit::Character), None);
    }

    #[test]
    fn columns_of_a_long_line_are_counted_as_well() {
        let mut sources = Sources::default();
        let text = format!("first\n{}x", "aé".repeat(4096));
        let id = sources.add("a.org", text.as_str());
        for (index, (offset, _)) in text["first\n".len()..].char_indices().enumerate().step_by(97) {
            let expected = Position { line: 2, column: index + 1 };
            assert_eq!(sources.get(id).position("first\n".len() + offset), expected);
        }
        assert_eq!(sources.get(id).position(text.len()), Position { line: 2, column: 2 * 4096 + 2 });
    }
}
