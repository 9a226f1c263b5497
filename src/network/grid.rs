//! A table read by column names: header, rows and the groups that rules part them into.
//!
//! Rows that only steer how Org shows a table (widths, column groups) and empty ones are left out here, so that the
//! readers of tables see what the author counts as rows.

use crate::diagnostic::{Code, Diagnostic};
use crate::network::cells::{Cell, Cells};
use crate::network::schema::PartSchema;
use crate::network::text::quote;
use crate::org::inline::unmarked;
use crate::org::{Table, TableRow};
use crate::source::{Span, Spanned};

/// The rows of a table below its header.
pub(super) struct Grid<'s> {
    /// The header row.
    pub(super) header: Span,
    columns: Vec<Spanned<&'s str>>,
    /// The rows below.
    pub(super) rows: Vec<GridRow<'s>>,
}

/// One row with something in it.
pub(super) struct GridRow<'s> {
    /// The row's line.
    pub(super) span: Span,
    /// Which group between rules it belongs to, counted from 0.
    pub(super) group: usize,
    cells: Vec<Spanned<&'s str>>,
}

/// The header of a table: its first row with something in it.
pub(super) fn header<'d, 's>(table: &'d Table<'s>) -> Option<(Span, &'d [Spanned<&'s str>])> {
    table.rows.iter().find_map(|row| match row {
        TableRow::Cells { span, cells } if !is_layout(cells) => Some((*span, &cells[..])),
        TableRow::Cells { .. } | TableRow::Rule(_) => None,
    })
}

/// Reads a table by its header and reports cells that stand under no column.
pub(super) fn read<'s>(table: &Table<'s>, found: &mut Vec<Diagnostic>) -> Option<Grid<'s>> {
    let (header, columns) = header(table)?;
    let columns: Vec<_> = columns.iter().copied().map(unmarked).collect();
    let mut rows = Vec::new();
    let mut group = 0;
    for row in &table.rows {
        match row {
            TableRow::Rule(_) => group += 1,
            TableRow::Cells { span, cells } if *span > header && !is_layout(cells) => {
                report_surplus(cells, columns.len(), header, found);
                rows.push(GridRow { span: *span, group, cells: cells.clone() });
            }
            TableRow::Cells { .. } => {}
        }
    }
    Some(Grid { header, columns, rows })
}

/// Reports a row with more cells than the header has: most often a `|` inside a value.
fn report_surplus(cells: &[Spanned<&str>], columns: usize, header: Span, found: &mut Vec<Diagnostic>) {
    let surplus = cells.iter().skip(columns).find(|cell| !cell.value.is_empty());
    if let Some(cell) = surplus {
        let message = format!("`{}` stands after the last column", quote(cell.value));
        let help = "give it a column of its own, or take the `|` out of the value before it";
        found.push(Diagnostic::new(Code::SurplusCell, cell.span, message, help).label(header, "the columns"));
    }
}

/// Whether a row only steers the table's looks: empty, widths such as `<r10>`, or column groups after a `/`.
fn is_layout(cells: &[Spanned<&str>]) -> bool {
    let is_cookie = |text: &str| {
        let inner = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
        inner.is_some_and(|inner| inner.trim_start_matches(['l', 'c', 'r']).bytes().all(|byte| byte.is_ascii_digit()))
    };
    let is_group_row = cells.first().is_some_and(|cell| cell.value == "/");
    let looks = |text: &str| text.is_empty() || is_cookie(text) || is_group_row && matches!(text, "/" | "<" | ">");
    cells.iter().all(|cell| looks(cell.value))
}

impl<'s> Grid<'s> {
    /// The cells of a row; one that is missing at its end is empty.
    pub(super) fn cells(&self, row: &GridRow<'s>, part: &'static PartSchema) -> Cells<'s> {
        let length = row.span.range().len();
        let end = Spanned::new("", row.span.within(length..length));
        // A last cell may do without its bar.
        let is_open = row.cells.last().is_some_and(|cell| cell.span.range().end == row.span.range().end);
        let absent = |missing: usize| format!("{}{} ", if is_open { " |" } else { "" }, " |".repeat(missing));
        let cells = self.columns.iter().enumerate().map(|(index, &label)| {
            if let Some(cell) = row.cells.get(index) {
                return Cell { label, text: unmarked(*cell), whole: cell.span, around: Default::default() };
            }
            let around = [absent(index - row.cells.len()), " |".to_owned()];
            Cell { label, text: end, whole: end.span, around }
        });
        Cells::new(part, row.span, cells.collect())
    }
}

#[cfg(test)]
mod tests {
    use crate::network::testing::{check, with_guests};

    #[test]
    fn cells_after_the_last_column_are_reported() {
        check(
            &with_guests(&["| a | 10.42.0.10 | t0 | | | | reboot |"]),
            &["surplus-cell reboot < | Guest | IP | TAP | MAC | Hostname |"],
        );
        check(&with_guests(&["| a | 10.42.0.10 | t0 | | | | |"]), &[]);
    }

    #[test]
    fn cells_missing_at_the_end_of_a_row_are_empty() {
        check(&with_guests(&["| a | 10.42.0.10 |"]), &["missing-value "]);
    }
}
