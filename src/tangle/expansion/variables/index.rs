//! Parts of a table or list: `[1]`, `[0,-1]`, `[1:2,*]` (rule T-106).
//!
//! What is after an end is `nil`, so a range may name any number of elements that are not there. How many these are is
//! counted before any of them is made.

use std::ops::Range;

use crate::tangle::arguments::lisp::Lisp;

/// How many portions indices may have: a table has two levels, and Emacs gives up on a few hundred.
const MOST_PORTIONS: usize = 100;

/// The part of a value that indices name; rows first, then columns. A result of one element is that element, and what is after
/// the end is `nil`. None if more elements are named that are not there than `absent` has left.
pub(super) fn index(value: &Lisp, indices: &str, absent: &mut usize) -> Option<Lisp> {
    (indices.bytes().filter(|&byte| byte == b',').count() < MOST_PORTIONS).then_some(())?;
    *absent = absent.checked_sub(count_absent(value, indices)?)?;
    Some(part(value, indices))
}

fn part(value: &Lisp, indices: &str) -> Lisp {
    let Lisp::List(items) = value else { return value.clone() };
    if indices.is_empty() {
        return value.clone();
    }
    let (portion, rest) = indices.split_once(',').unwrap_or((indices, ""));
    let Positions { before, range } = positions(portion, items.len());
    let chosen = std::iter::repeat_n(0, before).chain(range);
    let chosen: Vec<Lisp> = chosen.map(|position| part(items.get(position).unwrap_or(&Lisp::NIL), rest)).collect();
    match <[Lisp; 1]>::try_from(chosen) {
        Ok([only]) => only,
        Err(chosen) => Lisp::List(chosen),
    }
}

/// How many elements indices name that are not there; none if they are more than can be counted.
fn count_absent(value: &Lisp, indices: &str) -> Option<usize> {
    let Lisp::List(items) = value else { return Some(0) };
    if indices.is_empty() {
        return Some(0);
    }
    let (portion, rest) = indices.split_once(',').unwrap_or((indices, ""));
    let Positions { before, range } = positions(portion, items.len());
    let present = range.start.min(items.len())..range.end.min(items.len());
    let after = range.len() - present.len();
    let mut absent = before.checked_mul(items.first().map_or(1, size))?;
    if before > 0 || after > 0 {
        let each = 1_usize.checked_add(count_absent(&Lisp::NIL, rest)?)?;
        absent = absent.checked_add(before.checked_add(after)?.checked_mul(each)?)?;
    }
    // What is there costs no more to look at than it costs to copy.
    items[present].iter().try_fold(absent, |sum, item| sum.checked_add(count_absent(item, rest)?))
}

fn size(value: &Lisp) -> usize {
    if let Lisp::List(items) = value { 1 + items.len() } else { 1 }
}

/// What one portion names.
struct Positions {
    /// How often a place before the start is named, which counts as the first.
    before: usize,
    range: Range<usize>,
}

/// The positions of a number, a range whose ends both count, or all.
fn positions(portion: &str, length: usize) -> Positions {
    let length_number = i64::try_from(length).unwrap_or(i64::MAX);
    let wrap = |number: i64| if number < 0 { number.saturating_add(length_number) } else { number };
    if let Some((first, last)) = range(portion) {
        let (first, last) = (wrap(first), wrap(last));
        if last < first {
            return Positions { before: 0, range: 0..0 };
        }
        let before = if first < 0 { last.min(-1).saturating_sub(first).saturating_add(1) } else { 0 };
        let range = if last < 0 { 0..0 } else { at(first)..at(last).saturating_add(1) };
        return Positions { before: at(before), range };
    }
    if portion.is_empty() || portion.contains('*') {
        return Positions { before: 0, range: 0..length };
    }
    let position = at(wrap(leading_number(portion)));
    Positions { before: 0, range: position..position.saturating_add(1) }
}

fn at(number: i64) -> usize {
    usize::try_from(number).unwrap_or(0)
}

/// `1:2` anywhere in the portion.
fn range(portion: &str) -> Option<(i64, i64)> {
    let (before, after) = portion.split_once(':')?;
    let is_part = |c: char| c == '-' || c.is_ascii_digit();
    let first = &before[before.trim_end_matches(is_part).len()..];
    let last = &after[..after.len() - after.trim_start_matches(is_part).len()];
    (!first.is_empty() && !last.is_empty()).then(|| (leading_number(first), leading_number(last)))
}

/// What Emacs reads as a number at the start of a text; 0 if there is none.
fn leading_number(text: &str) -> i64 {
    let text = text.trim_start_matches([' ', '\t']);
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let count = digits.bytes().take_while(u8::is_ascii_digit).count();
    let number = digits[..count].parse().unwrap_or(0);
    if text.starts_with('-') { -number } else { number }
}

#[cfg(test)]
mod tests {
    use super::index;
    use crate::tangle::arguments::lisp::{Lisp, print, read_one};

    #[track_caller]
    fn check(value: &str, indices: &str, expected: Option<&str>) {
        let (value, _) = read_one(value).unwrap();
        let part = index(&value, indices, &mut 1000);
        assert_eq!(part.as_ref().map(print).as_deref(), expected, "{indices}");
    }

    #[test]
    fn indices_name_rows_then_columns() {
        let table = "((1 2) (3 4))";
        check(table, "0,1", Some("2"));
        check(table, "-1", Some("(3 4)"));
        check(table, "*,0", Some("(1 3)"));
        check(table, "0:1,-1", Some("(2 4)"));
        check(table, "1:0", Some("nil"));
        check("5", "0", Some("5"));
        check("(1 2 3)", "-5:1", Some("(1 1 1 2)"));
        check("(1 2 3)", "-9:-5", Some("(1 1 1 1 1)"));
    }

    #[test]
    fn what_is_past_an_end_is_nil_as_long_as_it_is_little() {
        check("((1))", "0:2", Some("((1) nil nil)"));
        check("((1))", "0:1,0:1", Some("((1 nil) (nil nil))"));
        check("((1))", "9,0,0,0", Some("nil"));
        for most in
            ["0:99999,0:99999", "0:1001", "0:99,0:99", "0:9223372036854775807", "-9999:0", "0:9,0:9,0:9,0:9,0:9,0:9"]
        {
            check("((1))", most, None);
        }
        check("((1))", &"0,".repeat(100_000), None);
    }

    #[test]
    fn all_indices_of_a_document_share_what_may_be_missing() {
        let mut left = 5;
        assert!(index(&Lisp::NIL, "0:3", &mut left).is_some());
        assert_eq!(left, 1);
        assert!(index(&Lisp::NIL, "0:3", &mut left).is_none());
    }
}
