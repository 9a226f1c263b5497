//! Why a document gives no output, in sentences for its author.

use super::Inputs;
use crate::network::schema::{BRIDGE, GUESTS, PartSchema};
use crate::org::inline::unmarked;
use crate::org::{Document, TableRow};
use crate::source::{Source, Span};
use crate::tangle::{self, LeftOutReason};

/// The reasons, one sentence each; there is at least one.
pub fn reasons(inputs: &Inputs<'_>) -> Vec<String> {
    let document = inputs.document.document();
    let left_out = tangle::left_out(document, inputs.surroundings);
    let groups = [LeftOutReason::NoTarget, LeftOutReason::SaysNo, LeftOutReason::NoLanguage, LeftOutReason::Skipped];
    let of_blocks = groups.into_iter().filter_map(|reason| {
        let blocks: Vec<Span> = left_out.iter().filter(|(_, why)| *why == reason).map(|(block, _)| *block).collect();
        of_blocks(document.source, &blocks, reason)
    });
    let mut reasons: Vec<String> = of_blocks.collect();
    if document.blocks.is_empty() {
        reasons.push("it has no source block".to_owned());
    }
    reasons.extend(of_tables(document));
    reasons
}

/// One sentence about all blocks that go nowhere for one reason.
fn of_blocks(source: &Source, blocks: &[Span], reason: LeftOutReason) -> Option<String> {
    let line = source.position(blocks.first()?.range().start).line;
    let (subject, has, stands) = match blocks.len() {
        1 => (format!("the source block at line {line}"), "has", "stands"),
        number => (format!("{number} source blocks, the first at line {line},"), "have", "stand"),
    };
    Some(match reason {
        LeftOutReason::NoTarget => format!("{subject} {has} no `:tangle FILE`"),
        LeftOutReason::SaysNo => format!("{subject} {has} `:tangle no`"),
        LeftOutReason::NoLanguage => {
            format!("{subject} {has} `:tangle yes` and no language to name the file after: write `:tangle FILE`")
        }
        LeftOutReason::Skipped => format!("{subject} {stands} under a heading with COMMENT or ARCHIVE"),
    })
}

/// Why a document describes no network, where it has tables that could be meant for one.
pub fn network(inputs: &Inputs<'_>) -> Option<String> {
    of_tables(inputs.document.document())
}

/// What the tables lack, if the document has any: there is no network without a bridge list and a guest table.
fn of_tables(document: &Document<'_>) -> Option<String> {
    let (span, cells) = document.tables.iter().find_map(|table| match table.rows.first() {
        Some(TableRow::Cells { span, cells }) => Some((span, cells)),
        Some(TableRow::Rule(_)) | None => None,
    })?;
    let columns = cells.iter().map(|cell| unmarked(*cell).value).filter(|cell| !cell.is_empty());
    let line = document.source.position(span.range().start).line;
    Some(format!(
        "the table at line {line} has the columns {}; a network needs a list with the terms {} and a table with the columns {}",
        names(columns),
        required(&BRIDGE),
        required(&GUESTS),
    ))
}

fn required(part: &PartSchema) -> String {
    names(part.required().map(|field| field.name))
}

fn names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
