//! A text that knows where each of its bytes came from.
//!
//! A body that nothing was done to borrows the document; each step that changes something copies the parts that stay
//! and says what the new parts were made from. So the origin of every output byte is there in the end, for the
//! source map, without any step keeping books of its own.

use std::borrow::Cow;
use std::ops::Range;

use crate::artifact::{Origin, Way};
use crate::source::{Span, Spanned};

/// A text and the origin of its bytes.
#[derive(Debug, Clone)]
pub(crate) struct Text<'s> {
    text: Cow<'s, str>,
    /// Sorted by `end`, no gaps; the last one ends where the text ends.
    origins: Vec<Origin>,
}

/// Makes a [`Text`] from parts of others.
#[derive(Debug, Default)]
pub(crate) struct TextBuilder {
    text: String,
    origins: Vec<Origin>,
}

impl<'s> Text<'s> {
    /// A part of a source, as it stands.
    pub(crate) fn of(part: Spanned<&'s str>) -> Self {
        let origins = origin(part.value.len(), part.span, Way::Copied).into_iter().collect();
        Self { text: Cow::Borrowed(part.value), origins }
    }

    /// A text made from what stands at `from`.
    pub(crate) fn made(text: String, from: Span) -> Self {
        let origins = origin(text.len(), from, Way::Made).into_iter().collect();
        Self { text: Cow::Owned(text), origins }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// A part of it.
    pub(crate) fn slice(self, range: Range<usize>) -> Self {
        if range == (0..self.text.len()) {
            return self;
        }
        if let Cow::Borrowed(text) = self.text {
            let mut origins = Vec::new();
            self.parts(range.clone(), |start, part| push_origin(&mut origins, start, part));
            return Self { text: Cow::Borrowed(&text[range]), origins };
        }
        let mut builder = TextBuilder::default();
        builder.push_part(&self, range);
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

    /// Calls `take` with each run of bytes of a range: where it starts there, and its origin cut to it.
    fn parts(&self, range: Range<usize>, mut take: impl FnMut(usize, Origin)) {
        let mut start = range.start;
        let mut index = self.origins.partition_point(|origin| origin.end as usize <= start);
        while start < range.end {
            let whole = self.origins[index];
            let end = range.end.min(whole.end as usize);
            let whole_start = if index == 0 { 0 } else { self.origins[index - 1].end as usize };
            let from = match whole.way {
                Way::Copied => whole.from.within(start - whole_start..end - whole_start),
                Way::Made | Way::Placed(_) => whole.from,
            };
            take(start - range.start, Origin { end: (end - range.start) as u32, from, ..whole });
            start = end;
            index += 1;
        }
    }
}

impl TextBuilder {
    /// A builder with room for so many bytes and origins.
    pub(crate) fn with_capacity(length: usize, origins: usize) -> Self {
        Self { text: String::with_capacity(length), origins: Vec::with_capacity(origins) }
    }

    /// The text so far.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Appends a whole text.
    pub(crate) fn push(&mut self, text: &Text<'_>) {
        let base = self.text.len() as u32;
        let mut origins = text.origins.iter().map(|origin| Origin { end: base + origin.end, ..*origin });
        if let Some(first) = origins.next() {
            push_origin(&mut self.origins, self.text.len(), first);
            self.origins.extend(origins);
        }
        self.text.push_str(text.as_str());
    }

    /// Appends a part of a text.
    pub(crate) fn push_part(&mut self, text: &Text<'_>, range: Range<usize>) {
        let base = self.text.len();
        text.parts(range.clone(), |start, part| {
            push_origin(&mut self.origins, base + start, Origin { end: part.end + base as u32, ..part });
        });
        self.text.push_str(&text.as_str()[range]);
    }

    /// Appends what was made from `from`.
    pub(crate) fn push_made(&mut self, text: &str, from: Span) {
        let start = self.text.len();
        self.text.push_str(text);
        if let Some(origin) = origin(self.text.len(), from, Way::Made).filter(|_| !text.is_empty()) {
            push_origin(&mut self.origins, start, origin);
        }
    }

    /// The text with its origins.
    pub(crate) fn finish<'s>(self) -> Text<'s> {
        Text { text: Cow::Owned(self.text), origins: self.origins }
    }

    /// The text and its origins as an artifact holds them.
    pub(crate) fn into_artifact_parts(self) -> (String, Vec<Origin>) {
        (self.text, self.origins)
    }
}

fn origin(end: usize, from: Span, way: Way) -> Option<Origin> {
    (end > 0).then_some(Origin { end: end as u32, from, way })
}

/// Appends an origin of bytes from `start` on, or lengthens the last one if it goes on where that ended.
fn push_origin(origins: &mut Vec<Origin>, start: usize, origin: Origin) {
    if origin.end as usize == start {
        return;
    }
    if let Some(last) = origins.last_mut() {
        let goes_on = match origin.way {
            Way::Copied => (last.from.source, last.from.end) == (origin.from.source, origin.from.start),
            Way::Made | Way::Placed(_) => last.from == origin.from,
        };
        if goes_on && last.way == origin.way {
            last.end = origin.end;
            last.from.end = origin.from.end;
            return;
        }
    }
    origins.push(origin);
}

#[cfg(test)]
mod tests {
    use super::{Text, TextBuilder};
    use crate::artifact::Way;
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
        assert_eq!((sources.slice(origins[0].from), origins[0].end, origins[0].way), ("o three", 7, Way::Copied));
        assert_eq!((sources.slice(origins[1].from), origins[1].end, origins[1].way), ("one", 9, Way::Made));
    }
}
