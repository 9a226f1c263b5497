//! Parts of a table or list: `[1]`, `[0,-1]`, `[1:2,*]` (rule T-106).

use super::super::lisp::Lisp;

/// How many elements a range may name: more than any table has, fewer than fill the memory.
const MAX_RANGE: i64 = 100_000;

/// The part of a value that indices name; rows first, then columns. A result of one element is that element, and what is behind
/// the end is `nil`. None if a range is too long to be meant.
pub(super) fn index(value: &Lisp, indices: &str) -> Option<Lisp> {
    let Lisp::List(items) = value else { return Some(value.clone()) };
    if indices.is_empty() {
        return Some(value.clone());
    }
    let (portion, rest) = indices.split_once(',').unwrap_or((indices, ""));
    let chosen = positions(portion, items.len())?
        .map(|position| index(items.get(position).unwrap_or(&Lisp::NIL), rest))
        .collect::<Option<Vec<Lisp>>>()?;
    Some(match <[Lisp; 1]>::try_from(chosen) {
        Ok([only]) => only,
        Err(chosen) => Lisp::List(chosen),
    })
}

/// The positions that one portion names: a number, a range whose ends both count, or all.
fn positions(portion: &str, length: usize) -> Option<Box<dyn Iterator<Item = usize>>> {
    let length_number = i64::try_from(length).unwrap_or(i64::MAX);
    let wrap = |number: i64| if number < 0 { number.saturating_add(length_number) } else { number };
    let position = |number: i64| usize::try_from(wrap(number)).unwrap_or(0);
    if let Some((first, last)) = range(portion) {
        let (first, last) = (wrap(first), wrap(last));
        (last.saturating_sub(first) < MAX_RANGE).then_some(())?;
        return Some(Box::new((first..=last).map(|number| usize::try_from(number).unwrap_or(0))));
    }
    if portion.is_empty() || portion.contains('*') {
        return Some(Box::new(0..length));
    }
    Some(Box::new(std::iter::once(position(leading_number(portion)))))
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
