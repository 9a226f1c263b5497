//! A text that knows where each of its bytes came from.
//!
//! A body that nothing was done to borrows the document; each step that changes something copies the parts that stay
//! and says what the new parts were made from. So the origin of every output byte is there in the end, for the
//! source map, without any step keeping books of its own. Steps that only take something away do so in place.
//! `body` makes a block's text, `comments` what stands around it.

pub(in crate::tangle) mod body;
pub(in crate::tangle) mod comments;

use std::borrow::Cow;
use std::ops::Range;

use crate::artifact::{Origin, OriginKind, Origins};
use crate::source::{Span, Spanned};

/// A text and the origin of its bytes.
#[derive(Debug, Clone)]
pub(crate) struct Text<'s> {
    text: Cow<'s, str>,
    origins: Origins,
}

/// Makes a [`Text`] from parts of others.
#[derive(Debug, Default)]
pub(crate) struct TextBuilder {
    text: String,
    origins: Origins,
}

impl<'s> Text<'s> {
    /// A part of a source, as it stands.
    pub(crate) fn of(part: Spanned<&'s str>) -> Self {
        Self { text: Cow::Borrowed(part.value), origins: origins(part.value.len(), part.span, OriginKind::Copied) }
    }

    /// A text made from what stands at `from`.
    pub(crate) fn made(text: String, from: Span) -> Self {
        let origins = origins(text.len(), from, OriginKind::Derived);
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
        match self.text {
            Cow::Borrowed(text) => {
                let origins = kept(&self.origins, std::iter::once(range.clone()));
                Self { text: Cow::Borrowed(&text[range]), origins }
            }
            Cow::Owned(_) => self.keep(std::iter::once(range)),
        }
    }

    /// A part of it beside the whole.
    pub(crate) fn part(&self, range: Range<usize>) -> Self {
        let mut builder = TextBuilder::default();
        builder.push_part(self, range);
        builder.finish()
    }

    /// Some parts of it, which are sorted and do not overlap.
    pub(crate) fn keep(self, ranges: impl Iterator<Item = Range<usize>> + Clone) -> Self {
        let origins = kept(&self.origins, ranges.clone());
        let mut bytes = self.text.into_owned().into_bytes();
        let mut length = 0;
        for range in ranges {
            let count = range.len();
            bytes.copy_within(range, length);
            length += count;
        }
        bytes.truncate(length);
        let text = String::from_utf8(bytes).expect("parts of a text are texts");
        Self { text: Cow::Owned(text), origins }
    }

    /// The place that a range was made from; if it has several origins, that of its start.
    pub(crate) fn span_of(&self, range: Range<usize>) -> Option<Span> {
        let mut origin: Option<Span> = None;
        parts(&self.origins, range, |part| {
            origin.get_or_insert(part.from);
        });
        origin
    }
}

/// Calls `take` with the origin of each run of bytes of a range, cut to it and counted from its start.
fn parts(origins: &Origins, range: Range<usize>, mut take: impl FnMut(Origin)) {
    let mut origins = origins.from_offset(range.start);
    let mut start = range.start;
    while start < range.end {
        let whole_start = origins.start();
        let Some(whole) = origins.next() else { return };
        let end = range.end.min(whole.end as usize);
        let from = match whole.way {
            OriginKind::Copied => whole.from.within(start - whole_start..end - whole_start),
            OriginKind::Derived | OriginKind::Placed(_) => whole.from,
        };
        take(Origin { end: (end - range.start) as u32, from, ..whole });
        start = end;
    }
}

/// The origins of some parts one after the other.
fn kept(origins: &Origins, ranges: impl Iterator<Item = Range<usize>>) -> Origins {
    let mut kept = Origins::default();
    let mut base = 0;
    for range in ranges {
        let length = range.len() as u32;
        parts(origins, range, |part| kept.push(Origin { end: base + part.end, ..part }));
        base += length;
    }
    kept
}

impl TextBuilder {
    /// A builder with room for this many bytes.
    pub(crate) fn with_capacity(length: usize) -> Self {
        Self { text: String::with_capacity(length), origins: Origins::default() }
    }

    /// The text so far.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Appends a whole text.
    pub(crate) fn push(&mut self, text: &Text<'_>) {
        self.push_origins(&text.origins);
        self.text.push_str(text.as_str());
    }

    /// The same with a text that nobody needs any more: a long one is not copied after a short one.
    pub(crate) fn push_owned(&mut self, text: Text<'_>) {
        match text.text {
            Cow::Owned(mut owned) if owned.len() > self.text.len() => {
                self.push_origins(&text.origins);
                owned.insert_str(0, &self.text);
                self.text = owned;
            }
            Cow::Owned(_) | Cow::Borrowed(_) => self.push(&text),
        }
    }

    fn push_origins(&mut self, origins: &Origins) {
        let base = self.text.len() as u32;
        origins.iter().for_each(|origin| self.origins.push(Origin { end: base + origin.end, ..origin }));
    }

    /// Appends a part of a text.
    pub(crate) fn push_part(&mut self, text: &Text<'_>, range: Range<usize>) {
        let base = self.text.len() as u32;
        parts(&text.origins, range.clone(), |part| self.origins.push(Origin { end: part.end + base, ..part }));
        self.text.push_str(&text.as_str()[range]);
    }

    /// Appends what was made from `from`.
    pub(crate) fn push_made(&mut self, text: &str, from: Span) {
        self.text.push_str(text);
        self.origins.push(Origin { end: self.text.len() as u32, from, way: OriginKind::Derived });
    }

    /// The text with its origins.
    pub(crate) fn finish<'s>(self) -> Text<'s> {
        Text { text: Cow::Owned(self.text), origins: self.origins }
    }

    /// The text and its origins as an artifact holds them.
    pub(crate) fn into_artifact_parts(self) -> (String, Origins) {
        (self.text, self.origins)
    }
}

fn origins(end: usize, from: Span, way: OriginKind) -> Origins {
    std::iter::once(Origin { end: end as u32, from, way }).collect()
}

#[cfg(test)]
mod tests {
    use super::{Text, TextBuilder};
    use crate::artifact::OriginKind;
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
        let origins: Vec<_> = origins.iter().collect();
        assert_eq!(origins.len(), 2);
        assert_eq!(
            (sources.slice(origins[0].from), origins[0].end, origins[0].way),
            ("o three", 7, OriginKind::Copied)
        );
        assert_eq!((sources.slice(origins[1].from), origins[1].end, origins[1].way), ("one", 9, OriginKind::Derived));
    }
}
