//! Where an edited text differs from the one it was made from.

use std::ops::Range;

use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices};

use super::source_edit::{common_head, common_tail};

/// A passage of this many words is compared as a whole, since comparing its words would take too long.
const MOST_WORDS: usize = 4_000;

/// Of a text of so few bytes most may be edited.
const SMALL: usize = 400;

/// A part of the old text and what stands there in the new one, as ranges of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hunk {
    pub(super) old: Range<usize>,
    pub(super) new: Range<usize>,
}

/// The passages that differ, word by word where lines were changed, whole lines where they came or went.
pub(super) fn hunks(old: &str, new: &str) -> Vec<Hunk> {
    line_hunks(old, new).iter().flat_map(|hunk| by_words(old, new, hunk)).collect()
}

/// Whether so much of a text is gone that it was written anew and not edited.
pub(super) fn is_written_anew(old: &str, new: &str) -> bool {
    let gone: usize = line_hunks(old, new).iter().map(|hunk| hunk.old.len().saturating_sub(hunk.new.len())).sum();
    old.len() > SMALL && gone > old.len() / 2
}

/// Lines that were changed are compared word by word with those they were; the others came or went.
fn by_words(old: &str, new: &str, hunk: &Hunk) -> Vec<Hunk> {
    let (old_lines, new_lines) = (lines(old, &hunk.old), lines(new, &hunk.new));
    let [old_skipped, new_skipped] = pairing(old, new, &old_lines, &new_lines);
    let number = (old_lines.len() - old_skipped).min(new_lines.len() - new_skipped);
    let at = |lines: &[Range<usize>], line: usize, end: usize| lines.get(line).map_or(end, |line| line.start);
    let part = |from: [usize; 2], to: [usize; 2]| Hunk {
        old: at(&old_lines, from[0], hunk.old.end)..at(&old_lines, to[0], hunk.old.end),
        new: at(&new_lines, from[1], hunk.new.end)..at(&new_lines, to[1], hunk.new.end),
    };
    let first = [old_skipped, new_skipped];
    let last = [old_skipped + number, new_skipped + number];
    let mut found = vec![part([0, 0], first)];
    let pairs = old_lines[first[0]..last[0]].iter().zip(&new_lines[first[1]..last[1]]);
    for (before, after) in pairs {
        let changed = differing(&words(&old[before.clone()]), &words(&new[after.clone()]), MOST_WORDS);
        found.extend(changed.into_iter().map(|word| word.moved(before.start, after.start)));
    }
    found.push(part(last, [old_lines.len(), new_lines.len()]));
    found.retain(|hunk| !hunk.old.is_empty() || !hunk.new.is_empty());
    found
}

/// How many lines to pass over in either text before the first pair of lines that were changed into each other: where the pairs
/// have most in common.
fn pairing(old: &str, new: &str, old_lines: &[Range<usize>], new_lines: &[Range<usize>]) -> [usize; 2] {
    let (fewer, more) = (old_lines.len().min(new_lines.len()), old_lines.len().max(new_lines.len()));
    let by_old = old_lines.len() > new_lines.len();
    if fewer == 0 || fewer * (more - fewer) > MOST_WORDS {
        return [0, 0];
    }
    let skips = |skipped: usize| if by_old { [skipped, 0] } else { [0, skipped] };
    let common = |skipped: usize| -> usize {
        let [of_old, of_new] = skips(skipped);
        let pairs = old_lines[of_old..].iter().zip(&new_lines[of_new..]);
        let both = pairs.map(|(a, b)| (&old[a.clone()], &new[b.clone()]));
        both.map(|(a, b)| common_head(a, b) + common_tail(a, b)).sum()
    };
    let best = (0..=more - fewer).rev().max_by_key(|skipped| common(*skipped));
    skips(best.unwrap_or(0))
}

/// The lines of a part of a text, each with its LF.
pub(super) fn lines(text: &str, part: &Range<usize>) -> Vec<Range<usize>> {
    let starts = text[part.clone()].split_inclusive('\n').scan(part.start, |at, line| {
        let start = std::mem::replace(at, *at + line.len());
        Some(start..*at)
    });
    starts.collect()
}

/// The passages of whole lines that differ.
pub(super) fn line_hunks(old: &str, new: &str) -> Vec<Hunk> {
    let lines = |text| str::split_inclusive(text, '\n').collect::<Vec<_>>();
    differing(&lines(old), &lines(new), usize::MAX)
}

impl Hunk {
    fn moved(&self, old: usize, new: usize) -> Self {
        let moved = |range: &Range<usize>, by| range.start + by..range.end + by;
        Self { old: moved(&self.old, old), new: moved(&self.new, new) }
    }

    /// The same without what both texts have in common at their edges.
    pub(super) fn trimmed(&self, old: &str, new: &str) -> Self {
        let (before, after) = (&old[self.old.clone()], &new[self.new.clone()]);
        let head = common_head(before, after);
        let tail = common_tail(&before[head..], &after[head..]);
        Self { old: self.old.start + head..self.old.end - tail, new: self.new.start + head..self.new.end - tail }
    }
}

/// Words are letters and digits; each other character stands alone.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len()).max(first.len_utf8());
        let length = if first.is_alphanumeric() { length } else { first.len_utf8() };
        let (word, after) = rest.split_at(length);
        words.push(word);
        rest = after;
    }
    words
}

fn differing(old: &[&str], new: &[&str], most: usize) -> Vec<Hunk> {
    let starts = |parts: &[&str]| {
        let ends = parts.iter().scan(0, |end, part| {
            *end += part.len();
            Some(*end)
        });
        std::iter::once(0).chain(ends).collect::<Vec<usize>>()
    };
    let (old_starts, new_starts) = (starts(old), starts(new));
    if old.len() + new.len() > most {
        return vec![Hunk { old: 0..old_starts[old.len()], new: 0..new_starts[new.len()] }];
    }
    let bytes = |starts: &[usize], range: Range<usize>| starts[range.start]..starts[range.end];
    let hunk = |operation: &DiffOp| Hunk {
        old: bytes(&old_starts, operation.old_range()),
        new: bytes(&new_starts, operation.new_range()),
    };
    let operations = capture_diff_slices(Algorithm::Patience, old, new);
    operations.iter().filter(|operation| operation.tag() != DiffTag::Equal).map(hunk).collect()
}

#[cfg(test)]
mod tests {
    use super::hunks;

    #[track_caller]
    fn check(old: &str, new: &str, expected: &[(&str, &str)]) {
        let found = hunks(old, new);
        let found: Vec<_> = found.iter().map(|hunk| (&old[hunk.old.clone()], &new[hunk.new.clone()])).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn words_differ_within_lines_and_lines_within_texts() {
        check("a 10.0.0.1 b\nc\n", "a 10.0.7.1 b\nc\n", &[("0", "7")]);
        check("a\nb\n", "a\nx y\nb\n", &[("", "x y\n")]);
        check("a\nx y\nb\n", "a\nb\n", &[("x y\n", "")]);
        check("ip add 1\n", "ip add 2\nmore\n", &[("1", "2"), ("", "more\n")]);
        check("ip add 1\n", "first\nip add 2\n", &[("", "first\n"), ("1", "2")]);
        check("x\nip add 1\ny\n", "ip add 2\n", &[("x\n", ""), ("1", "2"), ("y\n", "")]);
    }
}
