//! Parts of a table or list: `[1]`, `[0,-1]`, `[1:2,*]` (rule T-106).

use super::super::lisp::Lisp;

/// The part of a value that indices name; rows first, then columns. A result of one element is that element.
pub(super) fn index(value: &Lisp, indices: &str) -> Lisp {
    let Lisp::List(items) = value else { return value.clone() };
    if indices.is_empty() {
        return value.clone();
    }
    let (portion, rest) = indices.split_once(',').unwrap_or((indices, ""));
    let mut chosen: Vec<Lisp> = positions(portion, items.len())
        .map(|position| index(items.get(position).unwrap_or(&Lisp::NIL), rest))
        .collect();
    match chosen.pop() {
        Some(only) if chosen.is_empty() => only,
        Some(last) => {
            chosen.push(last);
            Lisp::List(chosen)
        }
        None => Lisp::NIL,
    }
}

/// The positions that one portion names: a number, a range whose ends both count, or all.
fn positions(portion: &str, length: usize) -> Box<dyn Iterator<Item = usize>> {
    let length_number = i64::try_from(length).unwrap_or(i64::MAX);
    let wrap = |number: i64| if number < 0 { number + length_number } else { number };
    let position = |number: i64| usize::try_from(wrap(number)).unwrap_or(0);
    if let Some((first, last)) = range(portion) {
        // One position behind the end is as good as any: it gives nothing.
        let (first, last) = (wrap(first), wrap(last).min(length_number));
        return Box::new((first..=last).map(|number| usize::try_from(number).unwrap_or(0)));
    }
    if portion.is_empty() || portion.contains('*') {
        return Box::new(0..length);
    }
    Box::new(std::iter::once(position(leading_number(portion))))
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
