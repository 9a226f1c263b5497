//! Aligns a table as Org's own `org-table-align` does: columns as wide as their widest cell, numbers right, text left.
//!
//! A column is of numbers if at least half of its cells that are not empty are; `<l>`, `<r>` and `<c>` decide for it.
//! Where the width on a screen cannot be told from the text alone, or the table would become much longer than it is, it
//! is left as it stands.

use unicode_width::UnicodeWidthStr as _;

use super::{Table, TableRow};
use crate::source::Source;

/// How many times longer a table may become, beside some room for small ones.
const MOST_GROWTH: usize = 8;
const SMALL: usize = 1 << 14;

/// How a column is filled up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
    Centre,
}

struct Column {
    width: usize,
    side: Side,
}

/// The text that a table's span would have aligned; none if it has it already, or is to be left alone.
pub fn aligned(source: &Source, table: &Table<'_>) -> Option<String> {
    let old = source.slice(table.span);
    if old.contains(['\r', '\u{200b}']) || old.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        return None;
    }
    let columns = columns(source, table)?;
    let row_width: usize = columns.iter().map(|column| column.width + 3).sum();
    if row_width.saturating_mul(table.rows.len()) > old.len() * MOST_GROWTH + SMALL {
        return None;
    }
    let indent = &old[..old.find('|')?];
    let rule: Vec<String> = columns.iter().map(|column| "-".repeat(column.width + 2)).collect();
    let rule = rule.join("+");
    let lines = table.rows.iter().map(|row| match row {
        TableRow::Rule(_) => format!("{indent}|{rule}|"),
        TableRow::Cells { cells, .. } => {
            let text = |index: usize| cells.get(index).map_or("", |cell| cell.value);
            let filled: Vec<String> =
                columns.iter().enumerate().map(|(index, column)| column.filled(text(index))).collect();
            format!("{indent}|{}|", filled.join("|"))
        }
    });
    let new = lines.collect::<Vec<_>>().join("\n");
    (new != old).then_some(new)
}

/// The columns; none if a cell has a tab in it, which is as wide as its place says.
fn columns(source: &Source, table: &Table<'_>) -> Option<Vec<Column>> {
    let rows = || {
        table.rows.iter().filter_map(|row| match row {
            TableRow::Cells { cells, .. } => Some(cells),
            TableRow::Rule(_) => None,
        })
    };
    // A table of rules alone has the columns of its first one.
    let of_rule = || source.slice(table.span).lines().next().unwrap_or_default().matches('+').count() + 1;
    let number = rows().map(Vec::len).max().unwrap_or_else(of_rule);
    let mut tallies: Vec<Tally> = (0..number).map(|_| Tally::default()).collect();
    for row in rows() {
        for (cell, tally) in row.iter().zip(&mut tallies) {
            if cell.value.contains('\t') {
                return None;
            }
            tally.add(cell.value);
        }
    }
    Some(tallies.into_iter().map(Tally::column).collect())
}

/// What was seen of a column.
#[derive(Default)]
struct Tally {
    width: usize,
    numbers: usize,
    filled: usize,
    fixed: Option<Side>,
}

impl Tally {
    fn add(&mut self, text: &str) {
        self.width = self.width.max(width(text));
        if self.fixed.is_some() || text.is_empty() {
            return;
        }
        self.fixed = cookie(text);
        if self.fixed.is_none() {
            self.filled += 1;
            self.numbers += usize::from(is_number(text));
        }
    }

    fn column(self) -> Column {
        let usual = if self.numbers * 2 >= self.filled { Side::Right } else { Side::Left };
        Column { width: self.width.max(1), side: self.fixed.unwrap_or(usual) }
    }
}

impl Column {
    fn filled(&self, text: &str) -> String {
        let spaces = self.width.saturating_sub(width(text));
        let before = match self.side {
            Side::Left => 0,
            Side::Right => spaces,
            Side::Centre => spaces / 2,
        };
        format!(" {}{text}{} ", " ".repeat(before), " ".repeat(spaces - before))
    }
}

/// How wide a text is on a screen: of a link only its description is shown.
fn width(text: &str) -> usize {
    let Some((before, rest)) = text.split_once("[[") else { return text.width() };
    let Some((link, after)) = rest.split_once("]]") else { return text.width() };
    let shown = link.rsplit_once("][").map_or(link, |(_, description)| description);
    before.width() + shown.width() + width(after)
}

/// The side that a cell such as `<r>` or `<l10>` asks for.
fn cookie(text: &str) -> Option<Side> {
    let inner = text.strip_prefix('<')?.strip_suffix('>')?;
    let (side, width) = inner.split_at_checked(1)?;
    let side = match side {
        "l" | "L" => Side::Left,
        "r" | "R" => Side::Right,
        "c" | "C" => Side::Centre,
        _ => return None,
    };
    width.bytes().all(|byte| byte.is_ascii_digit()).then_some(side)
}

/// What Org takes for a number: its `org-table-number-regexp`.
fn is_number(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let unsigned = lower.strip_prefix(['<', '>']).unwrap_or(&lower);
    let bare = unsigned.strip_prefix(['-', '+']).unwrap_or(unsigned);
    let hexadecimal = bare.strip_prefix("0x").is_some_and(|digits| {
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'.')
    });
    let with_base = bare.split_once('#').is_some_and(|(base, digits)| {
        let is_base = !base.is_empty() && base.bytes().all(|byte| byte.is_ascii_digit());
        is_base && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
    });
    let infinite = matches!(lower.as_str(), "nan" | "inf" | "-inf" | "+inf" | "uinf");
    decimal(unsigned) || hexadecimal || with_base || infinite
}

/// `[-+^.0-9]*[0-9][-+^.0-9eEdDx()%:]*`.
fn decimal(text: &str) -> bool {
    let is_lead = |byte: u8| byte.is_ascii_digit() || b"-+^.".contains(&byte);
    let lead = text.bytes().take_while(|&byte| is_lead(byte)).count();
    let has_digit = text.as_bytes()[..lead].iter().any(u8::is_ascii_digit);
    has_digit && text.as_bytes()[lead..].iter().all(|&byte| is_lead(byte) || b"edx()%:".contains(&byte))
}
