//! What a laid out picture consists of: boxes, wires and lines of text, all at whole pixels.
//!
//! Text is set in a fixed-width font, whose letters are known to be six tenths of its size wide, so nothing has to be
//! measured.

use unicode_width::UnicodeWidthChar as _;

use super::picture::PictureText;

/// Letters on a line; longer words are cut, and shown whole by the pointer.
pub(super) const LONGEST: usize = 40;

/// A laid out picture.
#[derive(Debug, Default)]
pub(super) struct Scene {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) shapes: Vec<Shape>,
}

/// A rectangle's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

/// A piece of a picture. What comes later lies above.
#[derive(Debug)]
pub(super) enum Shape {
    /// Opens what belongs together, up to its [`Shape::End`].
    Begin(Group),
    End,
    /// A box, of one or several classes of the style.
    Box(&'static str, Area),
    /// A line through these points.
    Wire(&'static str, Vec<(usize, usize)>),
    /// Where a wire ends.
    Plug(&'static str, usize, usize),
    Line(TextLine),
}

/// What belongs together.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// Its part in the picture: `graphics-object` for what has parts itself, else `graphics-symbol`.
    pub(super) role: &'static str,
    /// What it is, line by line, for the pointer and for those who do not see it.
    pub(super) title: Vec<Vec<PictureText>>,
    /// Where it leads to.
    pub(super) link: Option<String>,
}

/// A line of text.
#[derive(Debug)]
pub(super) struct TextLine {
    pub(super) style: TextStyle,
    pub(super) x: usize,
    /// Of the base line.
    pub(super) y: usize,
    pub(super) anchor: Anchor,
    pub(super) words: Vec<PictureText>,
    /// How many letters are shown.
    pub(super) room: usize,
}

/// How a line of text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextStyle {
    Plain,
    /// Larger and bold.
    Name,
    /// Bold.
    Strong,
    Quiet,
}

/// Which part of a line of text its place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
}

impl Area {
    pub(super) fn new((left, top): (usize, usize), (width, height): (usize, usize)) -> Self {
        Self { left, top, width, height }
    }

    pub(super) fn middle(self) -> usize {
        self.left + self.width / 2
    }

    pub(super) fn right(self) -> usize {
        self.left + self.width
    }

    pub(super) fn bottom(self) -> usize {
        self.top + self.height
    }
}

impl TextStyle {
    /// How wide some letters are, rounded up.
    pub(super) fn width(self, letters: usize) -> usize {
        match self {
            Self::Name => (letters * 17).div_ceil(2),
            Self::Plain | Self::Strong | Self::Quiet => (letters * 29).div_ceil(4),
        }
    }

    /// How many letters fit, at least one.
    pub(super) fn room(self, width: usize) -> usize {
        match self {
            Self::Name => width * 2 / 17,
            Self::Plain | Self::Strong | Self::Quiet => width * 4 / 29,
        }
        .max(1)
    }
}

/// How many letters some words are, the widest that are shown.
pub(super) fn letters(words: &[PictureText]) -> usize {
    words.iter().map(|word| cells(word.shown())).sum::<usize>().min(LONGEST)
}

/// How many letters of a fixed width a text is.
pub(super) fn cells(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(1)).sum()
}

/// The first letters of a text that have room.
pub(super) fn cut(text: &str, room: usize) -> &str {
    let mut taken = 0;
    let end = text.char_indices().find(|(_, c)| {
        taken += c.width().unwrap_or(1);
        taken > room
    });
    end.map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::{cells, cut};

    #[test]
    fn letters_of_double_width_take_two() {
        assert_eq!((cells("a網"), cut("a網b", 2), cut("a網b", 3), cut("ab", 9)), (3, "a", "a網", "ab"));
    }
}
