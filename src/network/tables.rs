//! Tables with a `#+NAME:`, as rows for templates.

use crate::network::NamedTable;
use crate::network::shape::Parts;
use crate::org::inline::unmarked;
use crate::org::{Document, Table, TableRow};
use crate::source::Spanned;

/// The named tables of a document that a network's templates may use, in order: all but those of other networks.
pub(super) fn read(document: &Document<'_>, parts: &Parts<'_, '_>) -> Vec<NamedTable> {
    document.tables.iter().filter(|table| parts.may_use(table.span)).filter_map(named).collect()
}

fn named(table: &Table<'_>) -> Option<NamedTable> {
    let name = table.affiliated.name()?;
    let mut rows = table.rows.iter().filter_map(|row| match row {
        TableRow::Rule(_) => None,
        TableRow::Cells { span, cells } => Some((*span, cells)),
    });
    let owned = |cell: &Spanned<&str>| unmarked(*cell).map(str::to_owned);
    let (_, header) = rows.next()?;
    let columns: Vec<_> = header.iter().map(owned).collect();
    let rows = rows.map(|(span, cells)| {
        let end = span.range().len();
        let missing = Spanned::new(String::new(), span.within(end..end));
        let filled = cells.iter().map(owned).chain(std::iter::repeat(missing));
        filled.take(columns.len()).collect()
    });
    let rows = rows.collect();
    Some(NamedTable { name: name.map(str::to_owned), columns, rows })
}

#[cfg(test)]
mod tests {
    use crate::network::testing::{BRIDGE, CP, GUESTS, network};

    #[test]
    fn named_tables_are_kept_as_rows() {
        let table = "\n#+NAME: ports\n| Name | Port |\n|--|\n| =web= | 80 |\n| ssh |\n";
        let tables = network(&format!("{BRIDGE}{GUESTS}{CP}{table}")).tables;
        let [table] = &tables[..] else { panic!("one table has a name") };
        let texts =
            |row: &[crate::source::Spanned<String>]| row.iter().map(|cell| cell.value.clone()).collect::<Vec<_>>();
        assert_eq!(texts(&table.columns), ["Name", "Port"]);
        let rows: Vec<_> = table.rows.iter().map(|row| texts(row)).collect();
        assert_eq!(rows, [["web", "80"], ["ssh", ""]]);
    }
}
