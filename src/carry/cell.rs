//! From a value as it was edited in an output to what its cell would have to say.
//!
//! A value is what its cell says, has it as a part, is a part of it, or is made from it by a rule. Each way back that there
//! may be is a candidate; whether it is right, compiling decides. So none of this has to know which column it is about.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};

use similar::{Algorithm, capture_diff_slices};

use super::hunk::hunks;
use super::source_edit::{EditSet, SourceEdit};
use crate::network::schema::{BRIDGE, FieldSchema};
use crate::org::{Document, TableRow};
use crate::source::{Source, Span};

/// At most this many candidates are tried.
const MOST: usize = 12;

/// A value before and after the edit, without quotes.
#[derive(Debug, Clone, Copy)]
pub(super) struct EditedValue<'v> {
    pub(super) old: &'v str,
    pub(super) new: &'v str,
}

/// A document and the cells that its outputs have values of.
#[derive(Debug, Clone, Copy)]
pub(super) struct KnownCells<'a> {
    pub(super) document: &'a Document<'a>,
    pub(super) placed: &'a BTreeSet<Span>,
}

/// The edits of the document that may give a value its new text, the likeliest first: of its own cell, of cells that are empty
/// so far, of others that it may be made from as well.
pub(super) fn candidates(known: KnownCells<'_>, cell: Span, value: EditedValue<'_>) -> Vec<EditSet> {
    let source: &Source = known.document.source;
    let mut found = of_cell(source, cell, value);
    if holds_a_cell(value.new) {
        found.extend(empty_cells(known.document, cell).map(|place| vec![SourceEdit::new(source, place, value.new)]));
        found.extend(missing_terms(known.document, cell, value.new));
    }
    let changed: Vec<&str> = hunks(value.old, value.new).into_iter().map(|hunk| &value.old[hunk.old]).collect();
    let may_be = |other: &&Span| {
        **other != cell && changed.iter().any(|word| !word.is_empty() && source.slice(**other).contains(word))
    };
    let mut others: Vec<Span> = known.placed.iter().filter(may_be).copied().collect();
    others.sort_by_key(|other| {
        let text = source.slice(*other);
        (text != value.old, !value.old.contains(text))
    });
    found.extend(others.iter().take(MOST).flat_map(|other| of_cell(source, *other, value)));
    let mut candidates: Vec<EditSet> = Vec::new();
    for edits in found {
        if !candidates.contains(&edits) && candidates.len() < MOST {
            candidates.push(edits);
        }
    }
    candidates
}

/// What may be done in one cell.
fn of_cell(source: &Source, cell: Span, value: EditedValue<'_>) -> Vec<EditSet> {
    let text = source.slice(cell);
    if !holds_a_cell(text) {
        return Vec::new();
    }
    let texts = texts(text, value).into_iter().filter(|new| new != text && holds_a_cell(new));
    texts.map(|new| vec![SourceEdit::new(source, cell, &new)]).collect()
}

/// Whether a text is that of one cell or item: a default stands for a whole row or list.
fn holds_a_cell(text: &str) -> bool {
    !text.is_empty() && !text.contains(['\n', '|'])
}

/// What a cell could say for the value to be the new one.
fn texts(cell: &str, EditedValue { old, new }: EditedValue<'_>) -> Vec<String> {
    let mut texts = Vec::new();
    if cell == old {
        texts.push(new.to_owned());
        return texts;
    }
    for (at, _) in old.match_indices(cell) {
        let (before, after) = (&old[..at], &old[at + cell.len()..]);
        texts.extend(new.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).map(str::to_owned));
    }
    if !old.is_empty() {
        texts.extend(cell.match_indices(old).map(|(at, _)| format!("{}{new}{}", &cell[..at], &cell[at + old.len()..])));
    }
    texts.extend(analogous(cell, old, new));
    texts.extend(from_mac(cell, old, new));
    texts.extend(from_address6(cell, old, new));
    texts
}

/// The cell with the words changed that were changed in the value, where both have these words in common: the network's
/// address beside the host's.
fn analogous(cell: &str, old: &str, new: &str) -> Option<String> {
    let is_part = |c: char| !c.is_alphanumeric();
    let (cell_words, old_words): (Vec<&str>, Vec<&str>) =
        (cell.split_inclusive(is_part).collect(), old.split_inclusive(is_part).collect());
    let starts = |words: &[&str]| -> Vec<usize> {
        words.iter().scan(0, |at, word| Some(std::mem::replace(at, *at + word.len()))).collect()
    };
    let (cell_starts, old_starts) = (starts(&cell_words), starts(&old_words));
    let shared = capture_diff_slices(Algorithm::Myers, &old_words, &cell_words);
    let place = |offset: usize| {
        let index = old_starts.partition_point(|start| *start <= offset).checked_sub(1)?;
        let operation = shared
            .iter()
            .find(|operation| operation.tag() == similar::DiffTag::Equal && operation.old_range().contains(&index))?;
        let word = operation.new_range().start + index - operation.old_range().start;
        Some(cell_starts[word] + offset - old_starts[index])
    };
    let mut text = cell.to_owned();
    for hunk in hunks(old, new).into_iter().rev() {
        let start = place(hunk.old.start)?;
        let end = start + hunk.old.len();
        (text.get(start..end)? == &old[hunk.old.clone()]).then_some(())?;
        text.replace_range(start..end, &new[hunk.new]);
    }
    Some(text)
}

/// The address that a MAC address, or its number, is made from.
fn from_mac(cell: &str, old: &str, new: &str) -> Option<String> {
    let address: Ipv4Addr = cell.parse().ok()?;
    let (old, new) = (octets(old)?, octets(new)?);
    let [first, last @ ..] = address.octets();
    let mut changed = [first; 4];
    changed[1..].copy_from_slice(&new[3..]);
    (last[..] == old[3..] && old[..3] == new[..3]).then(|| Ipv4Addr::from(changed).to_string())
}

fn octets(mac: &str) -> Option<[u8; 6]> {
    let digits = mac.strip_prefix("0x").map_or_else(|| mac.replace(':', ""), str::to_owned);
    let number = u64::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 12)?;
    let [_, _, octets @ ..] = number.to_be_bytes();
    Some(octets)
}

/// The address whose host part an IPv6 address has.
fn from_address6(cell: &str, old: &str, new: &str) -> Option<String> {
    let address: Ipv4Addr = cell.parse().ok()?;
    let number = |text: &str| text.split('/').next()?.parse::<Ipv6Addr>().ok().map(Ipv6Addr::to_bits);
    let difference = number(new)?.wrapping_sub(number(old)?) as u32;
    Some(Ipv4Addr::from_bits(address.to_bits().wrapping_add(difference)).to_string())
}

/// The empty cells of the rows that a place is in.
fn empty_cells<'d>(document: &'d Document<'_>, place: Span) -> impl Iterator<Item = Span> + 'd {
    let tables = document.tables.iter().filter(move |table| holds(table.span, place));
    tables.flat_map(|table| &table.rows).flat_map(move |row| match row {
        TableRow::Cells { span, cells } if holds(*span, place) => {
            cells.iter().filter(|cell| cell.value.is_empty()).map(|cell| cell.span).collect::<Vec<_>>()
        }
        TableRow::Cells { .. } | TableRow::Rule(_) => Vec::new(),
    })
}

fn holds(whole: Span, part: Span) -> bool {
    whole.source == part.source && whole.start <= part.start && part.end <= whole.end
}

/// Terms of the bridge list that could say a value which the list leaves to its default.
fn missing_terms(document: &Document<'_>, place: Span, value: &str) -> Vec<EditSet> {
    let Some(list) = document.lists.iter().find(|list| holds(list.span, place)) else { return Vec::new() };
    let source: &Source = document.source;
    let has = |field: &FieldSchema| list.items.iter().any(|item| item.tag.is_some_and(|tag| field.is(tag.value)));
    let missing = BRIDGE.fields.iter().filter(|field| !has(field) && field.normal(value).is_ok());
    let Some(item) = list.items.last() else { return Vec::new() };
    let length = source.slice(item.span).trim_end().len();
    let line = source.line_number(item.span.range().start);
    let start = source.line(line).map_or(0, |line| line.start);
    let bullet: String = source.text()[start..].chars().take_while(|c| " \t-+*".contains(*c)).collect();
    let at = item.span.within(length..length);
    missing.map(|field| vec![SourceEdit { span: at, text: format!("\n{bullet}{} :: {value}", field.name) }]).collect()
}

#[cfg(test)]
mod tests {
    use super::{EditedValue, texts};

    #[track_caller]
    fn check(cell: &str, old: &str, new: &str, expected: Option<&str>) {
        assert_eq!(texts(cell, EditedValue { old, new }).first().map(String::as_str), expected, "{cell}");
    }

    #[test]
    fn a_cell_is_told_from_what_is_made_of_it() {
        check("10.42.0.10", "10.42.0.10", "10.42.0.11", Some("10.42.0.11"));
        check("10.42.0.10", "10.42.0.10/24", "10.42.0.11/24", Some("10.42.0.11"));
        check("10.42.0.10", "10.42.0.10/24", "10.42.0.10/25", None);
        check("10.42.0.1/24", "24", "25", Some("10.42.0.1/25"));
        check("10.42.0.1/24", "10.42.0.0", "10.43.0.0", Some("10.43.0.1/24"));
        check("qvm0", "qvm-tangle:qvm0", "qvm-tangle:lab0", Some("lab0"));
        check("10.42.0.10", "52:54:00:2a:00:0a", "52:54:00:2a:00:0b", Some("10.42.0.11"));
        check("10.42.0.10", "0x5254002a000a", "0x5254002a010a", Some("10.42.1.10"));
        check("10.42.0.10", "52:54:00:2a:00:0a", "02:54:00:2a:00:0a", None);
        check("10.42.0.10", "fd00::a", "fd00::9", Some("10.42.0.9"));
        check("cp", "cp.qvm0.lan", "cp.lab.lan", None);
    }
}
