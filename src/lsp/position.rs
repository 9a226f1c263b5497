//! Places as the protocol counts them: lines from 0, columns in UTF-16 units, or in bytes if the client prefers that.
//!
//! A line ends at LF, with or without a CR before it. A CR alone ends none: neither Org nor Emacs sees a line there.

use lsp_types::{Position, PositionEncodingKind, Range};

use crate::source::{Source, Span, Unit};

/// What one column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// A byte.
    Utf8,
    /// A unit of UTF-16: what every client understands.
    Utf16,
}

impl Encoding {
    /// The best of what a client offers.
    pub(super) fn choose(offered: Option<&[PositionEncodingKind]>) -> Self {
        let knows_bytes = offered.is_some_and(|kinds| kinds.contains(&PositionEncodingKind::UTF8));
        if knows_bytes { Self::Utf8 } else { Self::Utf16 }
    }

    /// Its name in the protocol.
    pub(super) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    fn unit(self) -> Unit {
        match self {
            Self::Utf8 => Unit::Byte,
            Self::Utf16 => Unit::Utf16,
        }
    }
}

/// The place of an offset.
pub(super) fn position(source: &Source, offset: usize, encoding: Encoding) -> Position {
    let column = source.column(offset, encoding.unit());
    Position::new(source.line_number(offset) as u32 - 1, column as u32)
}

/// The place of a span.
pub(super) fn range(source: &Source, span: Span, encoding: Encoding) -> Range {
    let Span { start, end, .. } = span;
    Range::new(position(source, start as usize, encoding), position(source, end as usize, encoding))
}

/// The offset of a place; one after the end counts as the end, and so does a column after its line's end.
pub(super) fn offset(source: &Source, position: Position, encoding: Encoding) -> usize {
    let line = position.line as usize + 1;
    let Some(offset) = source.offset(line, position.character as usize, encoding.unit()) else {
        return source.text().len();
    };
    let end = source.line(line).map_or(offset, |line| line.start + without_return(&source.text()[line]).len());
    offset.min(end)
}

/// The same in a text as the client has it.
pub(super) fn offset_in(text: &str, position: Position, encoding: Encoding) -> usize {
    let start = match position.line as usize {
        0 => 0,
        lines => match memchr::memchr_iter(b'\n', text.as_bytes()).nth(lines - 1) {
            Some(newline) => newline + 1,
            None => return text.len(),
        },
    };
    let line = text[start..].split('\n').next().unwrap_or_default();
    start + encoding.unit().offset(without_return(line), position.character as usize)
}

fn without_return(line: &str) -> &str {
    line.strip_suffix('\r').unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use lsp_types::{Position, PositionEncodingKind};

    use super::{Encoding, offset, offset_in, position};
    use crate::source::Sources;

    #[track_caller]
    fn check(text: &str, part: &str, encoding: Encoding, line: u32, column: u32) {
        let mut sources = Sources::default();
        let id = sources.add("a.org", text);
        let source = sources.get(id);
        let at = text.find(part).unwrap();
        let place = Position::new(line, column);
        assert_eq!(position(source, at, encoding), place, "{part}");
        assert_eq!((offset(source, place, encoding), offset_in(text, place, encoding)), (at, at), "{part}");
    }

    #[test]
    fn columns_are_units_of_the_encoding() {
        let text = "zwölf x\n𝄞 clef\nend";
        check(text, "zw", Encoding::Utf16, 0, 0);
        check(text, "x", Encoding::Utf16, 0, 6);
        check(text, "x", Encoding::Utf8, 0, 7);
        check(text, "clef", Encoding::Utf16, 1, 3);
        check(text, "clef", Encoding::Utf8, 1, 5);
        check(text, "end", Encoding::Utf16, 2, 0);
    }

    #[test]
    fn a_line_may_end_in_cr_lf() {
        check("a\r\nbc\r\n", "c", Encoding::Utf16, 1, 1);
        let text = "ab\r\ncd\r\n";
        assert_eq!(offset_in(text, Position::new(0, 99), Encoding::Utf16), 2);
        assert_eq!(offset_in(text, Position::new(2, 0), Encoding::Utf16), text.len());
        assert_eq!(offset_in(text, Position::new(9, 9), Encoding::Utf16), text.len());
        assert_eq!(offset_in("a\rb\nc", Position::new(1, 0), Encoding::Utf16), 4);
    }

    #[test]
    fn a_column_inside_a_character_counts_as_before_it() {
        assert_eq!(offset_in("𝄞x", Position::new(0, 1), Encoding::Utf16), 0);
        assert_eq!(offset_in("öx", Position::new(0, 1), Encoding::Utf8), 0);
    }

    #[test]
    fn bytes_are_taken_where_they_are_offered() {
        let both = [PositionEncodingKind::UTF16, PositionEncodingKind::UTF8];
        assert_eq!(Encoding::choose(Some(&both)), Encoding::Utf8);
        assert_eq!(Encoding::choose(Some(&both[..1])), Encoding::Utf16);
        assert_eq!(Encoding::choose(None), Encoding::Utf16);
    }
}
