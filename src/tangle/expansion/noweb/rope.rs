//! A text that is put together and not yet written: how long it will be is known before any of it is made.
//!
//! References that double a text at each step take a few bytes here, whatever they come to: what several references
//! stand for is there once.

use std::ops::Range;
use std::rc::Rc;

use crate::source::Span;
use crate::tangle::text::{Text, TextBuilder};

/// A text to be written.
#[derive(Debug, Clone)]
pub(super) struct Rope<'s>(Rc<RopeNode<'s>>);

#[derive(Debug)]
struct RopeNode<'s> {
    size: Size,
    kind: RopeKind<'s>,
}

#[derive(Debug)]
enum RopeKind<'s> {
    /// A text as it is. Boxed, as the other ones: a node is small.
    Text(Box<Text<'s>>),
    /// What was made from a place.
    Made(Box<str>, Span),
    /// Parts of a text and what stands between them.
    Filled(Box<Text<'s>>, Vec<RopePiece<'s>>),
    /// Texts one after the other.
    Joined(Vec<Rope<'s>>),
    /// A text whose further lines get a prefix each (rules T-090 and T-091).
    Prefixed { inner: Rope<'s>, prefix: Box<Text<'s>>, around: Span },
}

#[derive(Debug)]
enum RopePiece<'s> {
    Own(u32, u32),
    Other(Rope<'s>),
}

/// What is known of a text.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    bytes: usize,
    newlines: usize,
    /// Carriage returns, which end a line, too, where a prefix is repeated.
    returns: usize,
}

impl Size {
    fn of(text: &str) -> Self {
        let count = |byte| memchr::memchr_iter(byte, text.as_bytes()).count();
        Self { bytes: text.len(), newlines: count(b'\n'), returns: count(b'\r') }
    }

    fn and(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.saturating_add(other.bytes),
            newlines: self.newlines.saturating_add(other.newlines),
            returns: self.returns.saturating_add(other.returns),
        }
    }

    fn times(self, count: usize) -> Self {
        Self {
            bytes: self.bytes.saturating_mul(count),
            newlines: self.newlines.saturating_mul(count),
            returns: self.returns.saturating_mul(count),
        }
    }

    fn breaks(self) -> usize {
        self.newlines.saturating_add(self.returns)
    }
}

impl<'s> Rope<'s> {
    /// A text as it is.
    pub(super) fn of(text: Text<'s>) -> Self {
        Self(Rc::new(RopeNode { size: Size::of(text.as_str()), kind: RopeKind::Text(Box::new(text)) }))
    }

    /// What was made from what stands at `from`.
    pub(super) fn made(text: String, from: Span) -> Self {
        Self(Rc::new(RopeNode { size: Size::of(&text), kind: RopeKind::Made(text.into(), from) }))
    }

    /// Texts one after the other.
    pub(super) fn joined(mut parts: Vec<Self>) -> Self {
        parts.retain(|part| part.len() > 0);
        match <[Self; 1]>::try_from(parts) {
            Ok([only]) => only,
            Err(parts) => {
                let size = parts.iter().fold(Size::default(), |size, part| size.and(part.0.size));
                Self(Rc::new(RopeNode { size, kind: RopeKind::Joined(parts) }))
            }
        }
    }

    /// A text whose further lines get a prefix each; `around` is where it stands.
    pub(super) fn prefixed(inner: Self, prefix: Text<'s>, around: Span) -> Self {
        let Size { bytes, newlines, returns } = inner.0.size;
        if inner.0.size.breaks() == 0 || prefix.as_str().is_empty() && returns == 0 {
            return inner;
        }
        // A carriage return becomes a newline.
        let own = Size { bytes, newlines: newlines.saturating_add(returns), returns: 0 };
        let size = own.and(Size::of(prefix.as_str()).times(own.newlines));
        Self(Rc::new(RopeNode { size, kind: RopeKind::Prefixed { inner, prefix: Box::new(prefix), around } }))
    }

    /// How many bytes it will have; more than can be counted is the largest number.
    pub(super) fn len(&self) -> usize {
        self.0.size.bytes
    }

    /// Writes it.
    pub(super) fn write(&self) -> Text<'s> {
        if let RopeKind::Text(text) = &self.0.kind {
            return Text::clone(text);
        }
        let mut writer =
            Writer { builder: TextBuilder::with_capacity(self.len()), prefixes: Vec::new(), has_returns: false };
        writer.rope(self);
        writer.builder.finish()
    }
}

/// A text that is being filled.
pub(super) struct Filler<'s> {
    text: Text<'s>,
    pieces: Vec<RopePiece<'s>>,
    size: Size,
}

impl<'s> Filler<'s> {
    pub(super) fn new(text: Text<'s>) -> Self {
        Self { text, pieces: Vec::new(), size: Size::default() }
    }

    /// How many bytes there are so far.
    pub(super) fn len(&self) -> usize {
        self.size.bytes
    }

    /// Appends a part of the text.
    pub(super) fn push_own(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.size = self.size.and(Size::of(&self.text.as_str()[range.clone()]));
            self.pieces.push(RopePiece::Own(range.start as u32, range.end as u32));
        }
    }

    /// Appends what stands for a reference.
    pub(super) fn push(&mut self, other: Rope<'s>) {
        if other.len() > 0 {
            self.size = self.size.and(other.0.size);
            self.pieces.push(RopePiece::Other(other));
        }
    }

    pub(super) fn finish(mut self) -> Rope<'s> {
        // A reference alone is what it stands for, so that long chains of them have no more nodes than text.
        match self.pieces.pop() {
            Some(RopePiece::Other(only)) if self.pieces.is_empty() => only,
            last => {
                self.pieces.extend(last);
                Rope(Rc::new(RopeNode { size: self.size, kind: RopeKind::Filled(Box::new(self.text), self.pieces) }))
            }
        }
    }
}

struct Writer<'r, 's> {
    builder: TextBuilder,
    /// What is repeated on each further line, the outermost first, and the place around it.
    prefixes: Vec<(&'r Text<'s>, Span)>,
    /// Whether a prefix has a carriage return, and so breaks lines itself.
    has_returns: bool,
}

impl<'r, 's> Writer<'r, 's> {
    fn rope(&mut self, rope: &'r Rope<'s>) {
        match &rope.0.kind {
            RopeKind::Text(text) => self.part(text, 0..text.as_str().len()),
            RopeKind::Made(text, from) if self.prefixes.is_empty() => self.builder.push_made(text, *from),
            RopeKind::Made(text, from) => self.part(&Text::made(text.to_string(), *from), 0..text.len()),
            RopeKind::Joined(parts) => parts.iter().for_each(|part| self.rope(part)),
            RopeKind::Filled(text, pieces) => {
                for piece in pieces {
                    match piece {
                        RopePiece::Own(start, end) => self.part(text, *start as usize..*end as usize),
                        RopePiece::Other(rope) => self.rope(rope),
                    }
                }
            }
            RopeKind::Prefixed { inner, prefix, around } => {
                let had_returns = self.has_returns;
                self.has_returns |= memchr::memchr(b'\r', prefix.as_str().as_bytes()).is_some();
                self.prefixes.push((prefix, *around));
                self.rope(inner);
                self.prefixes.pop();
                self.has_returns = had_returns;
            }
        }
    }

    fn part(&mut self, text: &Text<'s>, range: Range<usize>) {
        if self.has_returns {
            self.through(self.prefixes.len(), text, range);
        } else if let Some(&(_, around)) = self.prefixes.last() {
            self.lines(text, range, around);
        } else {
            self.builder.push_part(text, range);
        }
    }

    /// Lines, each break with all prefixes after it.
    fn lines(&mut self, text: &Text<'s>, range: Range<usize>, around: Span) {
        let bytes = text.as_str().as_bytes();
        let mut start = range.start;
        for end in memchr::memchr2_iter(b'\n', b'\r', &bytes[range.clone()]).map(|at| range.start + at) {
            if bytes[end] == b'\n' {
                self.builder.push_part(text, start..end + 1);
            } else {
                self.builder.push_part(text, start..end);
                self.builder.push_made("\n", text.span_of(end..end + 1).unwrap_or(around));
            }
            for (prefix, _) in &self.prefixes {
                self.builder.push(prefix);
            }
            start = end + 1;
        }
        self.builder.push_part(text, start..range.end);
    }

    /// Writes a part through the innermost prefixes up to `level` from the outside: what one of them adds is text to the next.
    fn through(&mut self, level: usize, text: &Text<'s>, range: Range<usize>) {
        let Some(inner) = level.checked_sub(1) else { return self.builder.push_part(text, range) };
        let (prefix, around) = self.prefixes[inner];
        let bytes = text.as_str().as_bytes();
        let mut start = range.start;
        for end in memchr::memchr2_iter(b'\n', b'\r', &bytes[range.clone()]).map(|at| range.start + at) {
            self.through(inner, text, start..end);
            if bytes[end] == b'\n' {
                self.through(inner, text, end..end + 1);
            } else {
                let newline = Text::made("\n".to_owned(), text.span_of(end..end + 1).unwrap_or(around));
                self.through(inner, &newline, 0..1);
            }
            self.through(inner, prefix, 0..prefix.as_str().len());
            start = end + 1;
        }
        self.through(inner, text, start..range.end);
    }
}

#[cfg(test)]
mod tests {
    use super::{Filler, Rope, Text};
    use crate::source::{Source, Sources};

    fn source(sources: &mut Sources, text: &str) -> crate::source::SourceId {
        sources.add("t.org", text)
    }

    fn rope(source: &Source) -> Rope<'_> {
        Rope::of(Text::of(source.spanned(0..source.text().len())))
    }

    /// A text with a prefix on its further lines, and that once more with another one.
    #[track_caller]
    fn check(text: &str, inner: &str, outer: &str, expected: &str) {
        let mut sources = Sources::default();
        let ids = [text, inner, outer].map(|text| source(&mut sources, text));
        let [text, inner, outer] = ids.map(|id| sources.get(id));
        let prefix = |source: &Source| Text::made(source.text().to_owned(), source.span(0..0));
        let once = Rope::prefixed(rope(text), prefix(inner), text.span(0..0));
        let twice = Rope::prefixed(once, prefix(outer), text.span(0..0));
        assert_eq!(twice.write().as_str(), expected);
        assert_eq!(twice.len(), expected.len());
    }

    #[test]
    fn prefixes_stand_on_further_lines() {
        check("a", "> ", "# ", "a");
        check("a\nb\n", "> ", "# ", "a\n# > b\n# > ");
        check("a\rb", "", "", "a\nb");
        check("a\rb", ">", "", "a\n>b");
        check("a\nb", "x\ry", "-", "a\n-x\n-yb");
        check("a\rb\nc", "", "x\r", "a\nx\rb\nx\rc");
    }

    #[test]
    fn what_is_long_takes_room_only_when_it_is_written() {
        let mut sources = Sources::default();
        let id = source(&mut sources, "ab");
        let mut doubled = rope(sources.get(id));
        for _ in 0..200 {
            let mut filler = Filler::new(Text::of(sources.get(id).spanned(0..2)));
            filler.push(doubled.clone());
            filler.push_own(0..1);
            filler.push(doubled);
            doubled = filler.finish();
        }
        assert_eq!(doubled.len(), usize::MAX);
    }

    #[test]
    fn parts_are_written_in_order() {
        let mut sources = Sources::default();
        let id = source(&mut sources, "one two");
        let text = rope(sources.get(id));
        let mut filler = Filler::new(Text::of(sources.get(id).spanned(0..7)));
        filler.push_own(0..4);
        filler.push(Rope::joined(vec![text.clone(), text]));
        filler.push_own(4..7);
        assert_eq!((filler.len(), filler.finish().write().as_str()), (21, "one one twoone twotwo"));
    }
}
