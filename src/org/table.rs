//! Tables: rows, rules and trimmed cells.

use std::ops::Range;

use super::heading::line_range;
use super::line::{indentation, trim_range};
use super::{Affiliated, HeadingId, Table, TableRow};
use crate::source::{Source, Spanned};

/// Reads the table on the lines of `range`.
pub(super) fn build<'s>(
    source: &'s Source,
    range: Range<usize>,
    affiliated: Affiliated<'s>,
    heading: Option<HeadingId>,
) -> Table<'s> {
    let text = source.text();
    let mut rows = Vec::new();
    let mut at = range.start;
    let mut end = range.start;
    while at < range.end {
        let line = line_range(text, at, range.end);
        rows.push(row(source, line.clone()));
        end = line.end;
        at = line.end + 1;
    }
    Table { span: source.span(range.start..end), rows, affiliated, heading }
}

fn row(source: &Source, line: Range<usize>) -> TableRow<'_> {
    let text = source.text();
    let start = line.start + indentation(&text[line.clone()]);
    let row = start..start + text[start..line.end].trim_end_matches([' ', '\t', '\r']).len();
    if text[row.clone()].starts_with("|-") {
        return TableRow::Rule(source.span(row));
    }
    TableRow::Cells { span: source.span(row.clone()), cells: cells(source, row) }
}

/// What stands between the bars; a last cell needs no bar after it.
fn cells(source: &Source, row: Range<usize>) -> Vec<Spanned<&str>> {
    let text = source.text();
    let inner = row.start + 1..row.end;
    let mut cells = Vec::with_capacity(memchr::memchr_iter(b'|', &text.as_bytes()[inner.clone()]).count() + 1);
    let mut start = inner.start;
    for bar in memchr::memchr_iter(b'|', &text.as_bytes()[inner.clone()]) {
        let bar = inner.start + bar;
        cells.push(source.spanned(trim_range(text, start..bar)));
        start = bar + 1;
    }
    if start < inner.end {
        cells.push(source.spanned(trim_range(text, start..inner.end)));
    }
    cells
}

#[cfg(test)]
mod tests {
    use crate::org::{TableRow, parse};
    use crate::source::Sources;

    #[track_caller]
    fn check(line: &str, expected: &[&str]) {
        let mut sources = Sources::default();
        let id = sources.add("t.org", line);
        let parsed = parse(sources.shared(id));
        let document = parsed.document();
        let TableRow::Cells { cells, .. } = &document.tables[0].rows[0] else { panic!("a rule") };
        assert_eq!(cells.iter().map(|cell| cell.value).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn cells_keep_their_columns_even_when_empty() {
        check("| a | b |", &["a", "b"]);
        check("|  |b||  ", &["", "b", ""]);
        check("| DNS |  | 5300 |  |", &["DNS", "", "5300", ""]);
        check("| no bar at the end", &["no bar at the end"]);
        check("|", &[]);
    }
}
