//! Lines and columns of one text: from a byte to its line and column, and back, whatever a column counts.
//!
//! Both ways take logarithmic time and a look at no more than [`STRIDE`] bytes, however long a line is. The indexes are
//! made on first use: most runs report nothing, and most lines are short.

use std::ops::Range;
use std::sync::OnceLock;

/// What one column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// A byte.
    Byte,
    /// A Unicode scalar value.
    Character,
    /// A unit of UTF-16, of which a character has one or two.
    Utf16,
}

/// Longer stretches of a line are not counted through for each column that is asked for.
const STRIDE: usize = 512;

/// Where the lines of a text start, and how many units stand before places in it.
#[derive(Debug, Default)]
pub(super) struct Columns {
    /// Byte offset of each line's first byte.
    line_starts: OnceLock<Vec<usize>>,
    /// What stands before each multiple of [`STRIDE`].
    strides: OnceLock<Vec<CharacterCounts>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct CharacterCounts {
    characters: usize,
    /// Characters that are two units in UTF-16.
    pairs: usize,
}

impl Unit {
    /// How many columns some bytes of UTF-8 take.
    fn width(self, bytes: &[u8]) -> usize {
        match self {
            Self::Byte => bytes.len(),
            Self::Character | Self::Utf16 => CharacterCounts::default().and(bytes).get(self),
        }
    }

    /// The offset of a column, counted from 0, in some text; one after the end counts as the end, one inside a character as
    /// before it.
    pub fn offset(self, text: &str, column: usize) -> usize {
        let mut left = column;
        for (at, c) in text.char_indices() {
            let width = match self {
                Self::Byte => c.len_utf8(),
                Self::Character => 1,
                Self::Utf16 => c.len_utf16(),
            };
            if left < width {
                return at;
            }
            left -= width;
        }
        text.len()
    }
}

impl CharacterCounts {
    /// These and what some bytes of UTF-8 add: a character counts where its first byte is.
    fn and(self, bytes: &[u8]) -> Self {
        let characters = bytes.iter().filter(|&&byte| byte & 0xC0 != 0x80).count();
        let pairs = bytes.iter().filter(|&&byte| byte >= 0xF0).count();
        Self { characters: self.characters + characters, pairs: self.pairs + pairs }
    }

    fn get(self, unit: Unit) -> usize {
        match unit {
            Unit::Byte | Unit::Character => self.characters,
            Unit::Utf16 => self.characters + self.pairs,
        }
    }
}

impl Columns {
    /// Where each line starts.
    pub(super) fn line_starts(&self, text: &str) -> &[usize] {
        self.line_starts.get_or_init(|| {
            std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1)).collect()
        })
    }

    /// How many columns a range takes.
    pub(super) fn width(&self, text: &str, range: Range<usize>, unit: Unit) -> usize {
        if unit == Unit::Byte || range.len() <= STRIDE {
            return unit.width(&text.as_bytes()[range]);
        }
        self.before(text, range.end, unit) - self.before(text, range.start, unit)
    }

    /// The offset of a column, counted from 0, in a line; as [`Unit::offset`] has it.
    pub(super) fn offset(&self, text: &str, line: Range<usize>, column: usize, unit: Unit) -> usize {
        if unit == Unit::Byte {
            return floor(text, line.end.min(line.start.saturating_add(column))).max(line.start);
        }
        if line.len() <= STRIDE {
            return line.start + unit.offset(&text[line.clone()], column);
        }
        let target = self.before(text, line.start, unit).saturating_add(column);
        let stride = self.strides(text).partition_point(|counts| counts.get(unit) <= target) - 1;
        // A character that a stride cuts was counted before it.
        let mut from = (stride * STRIDE).min(text.len());
        while !text.is_char_boundary(from) {
            from += 1;
        }
        let from = from.clamp(line.start, line.end);
        from + unit.offset(&text[from..line.end], target - self.before(text, from, unit))
    }

    fn before(&self, text: &str, offset: usize, unit: Unit) -> usize {
        let stride = offset / STRIDE;
        self.strides(text)[stride].and(&text.as_bytes()[stride * STRIDE..offset]).get(unit)
    }

    fn strides(&self, text: &str) -> &[CharacterCounts] {
        self.strides.get_or_init(|| {
            let strides = text.as_bytes().chunks(STRIDE).scan(CharacterCounts::default(), |counts, stride| {
                *counts = counts.and(stride);
                Some(*counts)
            });
            std::iter::once(CharacterCounts::default()).chain(strides).collect()
        })
    }
}

/// The start of the character that an offset is in.
fn floor(text: &str, mut offset: usize) -> usize {
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::{Columns, STRIDE, Unit};

    /// Every place of a long line, counted by the index and by hand, both ways.
    #[track_caller]
    fn check(content: &str) {
        let text = format!("first\n{content}\nlast");
        let line = 6..6 + content.len();
        let columns = Columns::default();
        for unit in [Unit::Byte, Unit::Character, Unit::Utf16] {
            let mut column = 0;
            for (at, c) in content.char_indices() {
                let offset = line.start + at;
                assert_eq!(columns.width(&text, line.start..offset, unit), column, "{unit:?} {at}");
                for inside in 0..unit.width(c.encode_utf8(&mut [0; 4]).as_bytes()) {
                    assert_eq!(columns.offset(&text, line.clone(), column + inside, unit), offset, "{unit:?} {at}");
                }
                column += unit.width(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
            for after in [column, column + 1, usize::MAX] {
                assert_eq!(columns.offset(&text, line.clone(), after, unit), line.end, "{unit:?}");
            }
        }
    }

    #[test]
    fn columns_of_long_lines_are_those_of_short_ones() {
        check("");
        check("zwölf 𝄞 x");
        check(&"aé".repeat(STRIDE));
        check(&"𝄞".repeat(STRIDE));
        check(&format!("{}𝄞{}é", "x".repeat(STRIDE - 8), "y".repeat(STRIDE * 3)));
    }
}
