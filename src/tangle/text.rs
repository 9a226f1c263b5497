//! A text that knows where each of its bytes came from.
//!
//! A body that nothing was done to borrows the document; each step that changes something copies the parts that stay
//! and says what the new parts were made from. So the origin of every output byte is there in the end, for the
//! source map, without any step keeping books of its own.

use std::borrow::Cow;
use std::ops::Range;

use crate::artifact::Origin;
use crate::source::{Span, Spanned};

/// A text and the origin of its bytes.
#[derive(Debug, Clone)]
pub(crate) struct Text<'s> {
    text: Cow<'s, str>,
    /// Sorted by `end`, no gaps; the last one ends where the text ends.
    pieces: Vec<Piece>,
}

/// A run of bytes with one origin, up to `end`.
#[derive(Debug, Clone, Copy)]
struct Piece {
    end: u32,
    from: Span,
    verbatim: bool,
}

/// Makes a [`Text`] from parts of others.
#[derive(Debug, Default)]
pub(crate) struct TextBuilder {
    text: String,
    pieces: Vec<Piece>,
}

impl<'s> Text<'s> {
    /// A part of a source, as it stands.
    pub(crate) fn of(part: Spanned<&'s str>) -> Self {
        let pieces = piece(part.value.len(), part.span, true).into_iter().collect();
        Self { text: Cow::Borrowed(part.value), pieces }
    }

    /// A text made from what stands at `from`.
    pub(crate) fn made(text: String, from: Span) -> Self {
        let pieces = piece(text.len(), from, false).into_iter().collect();
        Self { text: Cow::Owned(text), pieces }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// A part of it.
    pub(crate) fn slice(&self, range: Range<usize>) -> Text<'s> {
        if range == (0..self.text.len()) {
            return self.clone();
        }
        if let Cow::Borrowed(text) = self.text {
            let mut pieces = Vec::new();
            self.parts(range.clone(), |start, part| push_piece(&mut pieces, start, part));
            return Text { text: Cow::Borrowed(&text[range]), pieces };
        }
        let mut builder = TextBuilder::default();
        builder.push_part(self, range);
        builder.finish()
    }

    /// The place that a range was made from; if it has several origins, that of its start.
    pub(crate) fn span_of(&self, range: Range<usize>) -> Option<Span> {
        let mut origin: Option<Span> = None;
        self.parts(range, |_, part| {
            origin.get_or_insert(part.from);
        });
        origin
    }

    /// Calls `take` with each run of bytes of a range: where it starts there, and its piece cut to it.
    fn parts(&self, range: Range<usize>, mut take: impl FnMut(usize, Piece)) {
        let mut start = range.start;
        let mut index = self.pieces.partition_point(|piece| piece.end as usize <= start);
        while start < range.end {
            let piece = self.pieces[index];
            let end = range.end.min(piece.end as usize);
            let piece_start = if index == 0 { 0 } else { self.pieces[index - 1].end as usize };
            let from =
                if piece.verbatim { piece.from.within(start - piece_start..end - piece_start) } else { piece.from };
            take(start - range.start, Piece { end: (end - range.start) as u32, from, verbatim: piece.verbatim });
            start = end;
            index += 1;
        }
    }
}

impl TextBuilder {
    /// The text so far.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Appends a whole text.
    pub(crate) fn push(&mut self, text: &Text<'_>) {
        self.push_part(text, 0..text.as_str().len());
    }

    /// Appends a part of a text.
    pub(crate) fn push_part(&mut self, text: &Text<'_>, range: Range<usize>) {
        let base = self.text.len();
        text.parts(range.clone(), |start, part| {
            push_piece(&mut self.pieces, base + start, Piece { end: part.end + base as u32, ..part });
        });
        self.text.push_str(&text.as_str()[range]);
    }

    /// Appends what was made from `from`.
    pub(crate) fn push_made(&mut self, text: &str, from: Span) {
        let start = self.text.len();
        self.text.push_str(text);
        if let Some(piece) = piece(self.text.len(), from, false).filter(|_| !text.is_empty()) {
            push_piece(&mut self.pieces, start, piece);
        }
    }

    /// The text with its origins.
    pub(crate) fn finish<'s>(self) -> Text<'s> {
        Text { text: Cow::Owned(self.text), pieces: self.pieces }
    }

    /// The text and its origins as an artifact holds them.
    pub(crate) fn into_artifact_parts(self) -> (String, Vec<Origin>) {
        let origin = |piece: Piece| Origin { end: piece.end, from: piece.from, value: None, verbatim: piece.verbatim };
        (self.text, self.pieces.into_iter().map(origin).collect())
    }
}

fn piece(end: usize, from: Span, verbatim: bool) -> Option<Piece> {
    (end > 0).then_some(Piece { end: end as u32, from, verbatim })
}

/// Appends a piece that starts at `start`, or lengthens the last one if it goes on where that ended.
fn push_piece(pieces: &mut Vec<Piece>, start: usize, piece: Piece) {
    if piece.end as usize == start {
        return;
    }
    if let Some(last) = pieces.last_mut() {
        let goes_on = piece.verbatim && last.from.source == piece.from.source && last.from.end == piece.from.start;
        if last.verbatim == piece.verbatim && (goes_on || !piece.verbatim && last.from == piece.from) {
            last.end = piece.end;
            last.from.end = piece.from.end;
            return;
        }
    }
    pieces.push(piece);
}

#[cfg(test)]
mod tests {
    use super::{Text, TextBuilder};
    use crate::source::Sources;

    #[test]
    fn every_byte_keeps_its_origin_through_cutting_and_joining() {
        let mut sources = Sources::default();
        let id = sources.add("t.org", "one two three\n");
        let source = sources.get(id);
        let mut builder = TextBuilder::default();
        builder.push(&Text::of(source.spanned(4..8)));
        builder.push(&Text::of(source.spanned(8..13)));
        builder.push_made("!\n", source.span(0..3));
        let text = builder.finish().slice(2..11);
        assert_eq!(text.as_str(), "o three!\n");
        let mut again = TextBuilder::default();
        again.push(&text);
        let (_, origins) = again.into_artifact_parts();
        assert_eq!(origins.len(), 2);
        assert_eq!((sources.slice(origins[0].from), origins[0].end, origins[0].verbatim), ("o three", 7, true));
        assert_eq!((sources.slice(origins[1].from), origins[1].end, origins[1].verbatim), ("one", 9, false));
    }
}
