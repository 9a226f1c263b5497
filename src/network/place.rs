//! What of the schema stands at a place of a document: the name of a column or term, or a value below it.
//!
//! Editors ask while a document is written, so a part counts from its first known name on.

use crate::network::grid::header;
use crate::network::schema::{FieldSchema, PARTS, PartLayout, PartSchema, Whereabouts};
use crate::network::shape::{self, LabelledPart};
use crate::org::inline::unmarked;
use crate::org::{Document, List, ListItem, Table, TableRow};
use crate::source::{Span, Spanned};

/// What the schema has for a place.
#[derive(Debug, Clone)]
pub enum SchemaPlace<'s> {
    /// The name of a column or term stands there, or is to.
    Label {
        /// The table or list.
        part: &'static PartSchema,
        /// The name, as far as it is written.
        text: Spanned<&'s str>,
        /// The part's other names.
        others: Vec<&'s str>,
        /// Whether ` :: ` does not follow yet where it has to.
        is_open: bool,
    },
    /// A value stands there, or is to.
    Value {
        /// Its column or term.
        field: &'static FieldSchema,
        /// The value, as far as it is written.
        text: Spanned<&'s str>,
    },
}

/// What the schema has for an offset.
pub fn schema_at<'s>(document: &Document<'s>, offset: usize) -> Option<SchemaPlace<'s>> {
    if let Some(table) = document.tables.iter().find(|table| reaches(document, table.span, offset)) {
        return in_table(document, table, offset);
    }
    // Items of nested lists stand in those of the list around them.
    let items = document.lists.iter().rev().flat_map(|list| list.items.iter().map(move |item| (list, item)));
    let (list, item) = items.into_iter().find(|(_, item)| reaches(document, item.span, offset))?;
    in_list(document, list, item, offset)
}

/// Whether an offset is in a span, or after it with nothing but blanks between.
fn reaches(document: &Document<'_>, span: Span, offset: usize) -> bool {
    let span = span.range();
    let between = document.source.text().get(span.end..offset).unwrap_or_default();
    span.start <= offset && between.bytes().all(|byte| byte == b' ' || byte == b'\t')
}

fn in_table<'s>(document: &Document<'s>, table: &Table<'s>, offset: usize) -> Option<SchemaPlace<'s>> {
    let (head, columns) = header(table)?;
    let (row, cells) = table.rows.iter().find_map(|row| match row {
        TableRow::Cells { span, cells } if reaches(document, *span, offset) => Some((*span, cells)),
        TableRow::Cells { .. } | TableRow::Rule(_) => None,
    })?;
    let bars = document.source.text()[row.range().start..offset].matches('|').count();
    let index = bars.checked_sub(1)?;
    let text = filled(document, unmarked(*cells.get(index)?), offset);
    let candidate = shape::table_candidate(table)?;
    let likely = part(document, PartLayout::Table, &candidate);
    if row == head {
        let others = columns.iter().enumerate().filter(|(other, _)| *other != index);
        let others = others.map(|(_, label)| unmarked(*label).value).collect();
        return label(PartLayout::Table, likely, &candidate, (text, others));
    }
    let field = likely?.field(unmarked(*columns.get(index)?).value)?;
    Some(SchemaPlace::Value { field, text })
}

fn in_list<'s>(
    document: &Document<'s>,
    list: &List<'s>,
    item: &ListItem<'s>,
    offset: usize,
) -> Option<SchemaPlace<'s>> {
    let candidate = shape::list_candidate(list)?;
    let likely = part(document, PartLayout::List, &candidate);
    let is_after = |tag: &Spanned<&str>| offset > tag.span.range().end;
    match item.tag {
        Some(tag) if is_after(&tag) => {
            let field = likely?.field(unmarked(tag).value)?;
            let text = filled(document, unmarked(item.text), offset);
            Some(SchemaPlace::Value { field, text })
        }
        tag => {
            let text = filled(document, unmarked(tag.unwrap_or(item.text)), offset);
            let others = list.items.iter().filter(|other| other.span != item.span).filter_map(|other| other.tag);
            let others = others.map(|tag| unmarked(tag).value).collect();
            label(PartLayout::List, likely, &candidate, (text, others))
        }
    }
}

/// A name that is known counts where it makes the part what it is, any other where another name is known.
fn label<'s, T>(
    layout: PartLayout,
    likely: Option<&'static PartSchema>,
    candidate: &LabelledPart<'s, T>,
    (text, others): (Spanned<&'s str>, Vec<&'s str>),
) -> Option<SchemaPlace<'s>> {
    let is_open = layout == PartLayout::List && !candidate.has_label_at(text.span);
    let part = match likely {
        Some(part) => part,
        None => begun(layout, &others).filter(|part| part.field(text.value).is_none())?,
    };
    Some(SchemaPlace::Label { part, text, others, is_open })
}

/// The part that a table or list is, or is nearly.
fn part<T>(
    document: &Document<'_>,
    layout: PartLayout,
    candidate: &LabelledPart<'_, T>,
) -> Option<&'static PartSchema> {
    let start = candidate.head().range().start;
    let sections = shape::sections(document);
    let section = sections.iter().find(|section| section.contains(&start));
    let parts = PARTS.iter().copied().filter(|part| part.layout == layout);
    parts.filter(|part| shape::belongs(part, candidate, section)).find(|part| shape::is_like(part, candidate))
}

/// The part that knows most of some names.
fn begun(layout: PartLayout, names: &[&str]) -> Option<&'static PartSchema> {
    let known = |part: &PartSchema| names.iter().filter(|name| part.field(name).is_some()).count();
    let parts = PARTS.iter().copied().filter(|part| part.layout == layout);
    let is_told = |part: &PartSchema| names.iter().any(|name| part.identifying_field.eq_ignore_ascii_case(name));
    let parts = parts.filter(|part| match part.whereabouts {
        Whereabouts::Anywhere => true,
        Whereabouts::AnywhereComplete => is_told(part),
        Whereabouts::BesideBridgeList => false,
    });
    parts.filter(|part| known(part) > 0).max_by_key(|part| known(part))
}

/// The text, or nothing at an offset where there is none.
fn filled<'s>(document: &Document<'s>, text: Spanned<&'s str>, offset: usize) -> Spanned<&'s str> {
    if text.value.is_empty() { Spanned::new(text.value, document.source.span(offset..offset)) } else { text }
}
