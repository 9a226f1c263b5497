//! The origins of all bytes of a text, packed.
//!
//! A short line may have several origins, so a plain list of them would be many times as long as the text. Here one takes
//! a few bytes: lengths are small numbers, and most origins begin near the end of the one before.

use super::{Origin, OriginKind};
use crate::source::{SourceId, Span};

/// Runs of bytes with their origins, in order and without gaps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins {
    packed: Vec<u8>,
    /// The state before every [`EVERY`]th origin, to begin there.
    checkpoints: Vec<Checkpoint>,
    count: usize,
    /// The last one, which may still grow, so it is not packed.
    last: Option<Origin>,
    /// Where the last one starts, and the one before it came from.
    before_last: EncodingBase,
}

const EVERY: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Checkpoint {
    at: usize,
    state: EncodingBase,
}

/// What the next origin is written relative to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct EncodingBase {
    /// Where its run starts.
    start: u32,
    source: SourceId,
    /// Where the one before it ends in its source.
    from: u32,
}

// The first byte of a packed origin: its way, whether its source is that of the one before, the length of its run if that is
// small.
const WAY: u8 = 0b11;
const COPIED: u8 = 0;
const MADE: u8 = 1;
const PLACED: u8 = 2;
const SAME_SOURCE: u8 = 0b100;
const LENGTH_SHIFT: u8 = 3;
const LONGEST_SMALL: u32 = 31;

impl Origins {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.last.is_none()
    }

    /// The last one.
    pub fn last(&self) -> Option<Origin> {
        self.last
    }

    /// Appends one, or lengthens the last one if it goes on where that ended. An empty run is none.
    pub fn push(&mut self, origin: Origin) {
        let start = self.last.map_or(0, |last| last.end);
        if origin.end <= start {
            return;
        }
        if let Some(last) = &mut self.last {
            if goes_on(last, &origin) {
                last.end = origin.end;
                last.from.end = origin.from.end;
                return;
            }
            let last = *last;
            self.pack(last);
        }
        self.last = Some(origin);
    }

    /// All of them, in order.
    pub fn iter(&self) -> Iter<'_> {
        self.from_offset(0)
    }

    /// Those from the one that holds a byte on.
    pub fn from_offset(&self, offset: usize) -> Iter<'_> {
        let index = self.checkpoints.partition_point(|checkpoint| checkpoint.state.start as usize <= offset);
        let checkpoint = index.checked_sub(1).map(|index| self.checkpoints[index]);
        let (at, state) =
            checkpoint.map_or((0, EncodingBase::default()), |checkpoint| (checkpoint.at, checkpoint.state));
        let mut iter = Iter { packed: &self.packed, at, state, last: self.last };
        while iter.clone().next().is_some_and(|origin| origin.end as usize <= offset) {
            iter.next();
        }
        iter
    }

    fn pack(&mut self, origin: Origin) {
        if self.count.is_multiple_of(EVERY) {
            self.checkpoints.push(Checkpoint { at: self.packed.len(), state: self.before_last });
        }
        self.count += 1;
        let state = self.before_last;
        let length = origin.end - state.start;
        let is_same = origin.from.source == state.source;
        let is_whole = origin.from.end - origin.from.start == length;
        let way = match origin.way {
            OriginKind::Copied if is_whole => COPIED,
            OriginKind::Copied | OriginKind::Derived => MADE,
            OriginKind::Placed(_) => PLACED,
        };
        let small = if length <= LONGEST_SMALL { (length as u8) << LENGTH_SHIFT } else { 0 };
        self.packed.push(way | if is_same { SAME_SOURCE } else { 0 } | small);
        if small == 0 {
            self.number(length);
        }
        if !is_same {
            self.number(origin.from.source.index());
        }
        self.number(zigzag(origin.from.start, state.from));
        if way != COPIED {
            self.number(origin.from.end - origin.from.start);
        }
        if let OriginKind::Placed(value) = origin.way {
            self.number(value.source.index());
            self.number(value.start);
            self.number(value.end - value.start);
        }
        self.before_last = EncodingBase { start: origin.end, source: origin.from.source, from: origin.from.end };
    }

    /// Seven bits a byte, the lowest first.
    fn number(&mut self, mut number: u32) {
        while number >= 0x80 {
            self.packed.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.packed.push(number as u8);
    }
}

fn goes_on(last: &Origin, next: &Origin) -> bool {
    let is_next = match next.way {
        OriginKind::Copied => (last.from.source, last.from.end) == (next.from.source, next.from.start),
        OriginKind::Derived | OriginKind::Placed(_) => last.from == next.from,
    };
    is_next && last.way == next.way
}

/// The way from one offset to another, small numbers for short ways in both directions.
fn zigzag(to: u32, from: u32) -> u32 {
    let difference = to.wrapping_sub(from);
    (difference << 1) ^ (0_u32.wrapping_sub(difference >> 31))
}

fn unzigzag(number: u32, from: u32) -> u32 {
    from.wrapping_add((number >> 1) ^ 0_u32.wrapping_sub(number & 1))
}

/// Reads packed origins one after the other.
#[derive(Debug, Clone)]
pub struct Iter<'a> {
    packed: &'a [u8],
    at: usize,
    state: EncodingBase,
    last: Option<Origin>,
}

impl Iter<'_> {
    /// Where the run of the next one starts.
    pub fn start(&self) -> usize {
        self.state.start as usize
    }

    fn number(&mut self) -> u32 {
        let mut number = 0;
        let mut shift = 0;
        loop {
            let byte = self.packed[self.at];
            self.at += 1;
            number |= u32::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return number;
            }
            shift += 7;
        }
    }

    fn unpack(&mut self) -> Origin {
        let head = self.packed[self.at];
        self.at += 1;
        let small = u32::from(head >> LENGTH_SHIFT);
        let length = if small > 0 { small } else { self.number() };
        let source = if head & SAME_SOURCE == 0 { SourceId::at(self.number()) } else { self.state.source };
        let start = unzigzag(self.number(), self.state.from);
        let taken = if head & WAY == COPIED { length } else { self.number() };
        let way = match head & WAY {
            COPIED => OriginKind::Copied,
            MADE => OriginKind::Derived,
            _ => {
                let (source, start, length) = (SourceId::at(self.number()), self.number(), self.number());
                OriginKind::Placed(Span { source, start, end: start + length })
            }
        };
        Origin { end: self.state.start + length, from: Span { source, start, end: start + taken }, way }
    }
}

impl Iterator for Iter<'_> {
    type Item = Origin;

    fn next(&mut self) -> Option<Origin> {
        let origin = if self.at < self.packed.len() { self.unpack() } else { self.last.take()? };
        self.state = EncodingBase { start: origin.end, source: origin.from.source, from: origin.from.end };
        Some(origin)
    }
}

impl<'a> IntoIterator for &'a Origins {
    type Item = Origin;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl FromIterator<Origin> for Origins {
    fn from_iter<T: IntoIterator<Item = Origin>>(origins: T) -> Self {
        let mut packed = Self::default();
        origins.into_iter().for_each(|origin| packed.push(origin));
        packed
    }
}

#[cfg(test)]
mod tests {
    use super::{Origin, OriginKind, Origins};
    use crate::source::{Sources, Span};

    /// Origins of all kinds, near and far, that do not go on from one to the next.
    fn origins(count: u32) -> Vec<Origin> {
        let mut sources = Sources::default();
        let ids = ["a", "b", "c"].map(|name| sources.add(name, ""));
        let mut end = 0;
        let one = |number: u32| {
            let length = 1 + number * number % 61;
            end += length;
            let start = number.wrapping_mul(2_654_435_761) % (1 << (number % 31 + 1));
            let from = |length| Span { source: ids[number as usize / 3 % 3], start, end: start + length };
            match number % 3 {
                0 => Origin { end, from: from(length), way: OriginKind::Copied },
                1 => Origin { end, from: from(number % 7), way: OriginKind::Derived },
                _ => Origin {
                    end,
                    from: from(300),
                    way: OriginKind::Placed(Span { source: ids[0], start, end: start + 9 }),
                },
            }
        };
        (0..count).map(one).collect()
    }

    #[test]
    fn what_is_packed_comes_out_again_from_any_place() {
        let all = origins(500);
        let packed: Origins = all.iter().copied().collect();
        assert_eq!(packed.iter().collect::<Vec<_>>(), all);
        assert_eq!(packed.last(), all.last().copied());
        for offset in 0..all[499].end {
            let index = all.partition_point(|origin| origin.end <= offset);
            let iter = packed.from_offset(offset as usize);
            assert_eq!(iter.start(), index.checked_sub(1).map_or(0, |before| all[before].end as usize));
            assert_eq!(iter.take(3).collect::<Vec<_>>(), all[index..(index + 3).min(500)]);
        }
        assert_eq!(packed.from_offset(all[499].end as usize).count(), 0);
        assert_eq!(Origins::default().from_offset(0).count(), 0);
    }

    #[test]
    fn an_origin_of_a_short_line_takes_few_bytes() {
        let mut sources = Sources::default();
        let source = sources.add("a", "");
        let line = |number: u32, start: u32| {
            let from = Span { source, start, end: start + 2 };
            Origin { end: 2 * number + 2, from, way: OriginKind::Copied }
        };
        let packed: Origins =
            (0..10_000).map(|number| line(number, if number % 2 == 0 { 40_000 } else { 7 * number })).collect();
        assert!(packed.packed.len() < 45_000, "{}", packed.packed.len());
    }
}
