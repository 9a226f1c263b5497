//! Text of an edited file that belongs to no block: it cannot be carried back, so it must not be passed over in silence.
//!
//! Outside of link comments a file has shebangs, prose and the text of blocks without such comments. The document gives
//! these as well, so only what it does not give there was put there by hand.

use std::collections::HashSet;
use std::ops::Range;

use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::BlockEdit;
use crate::diagnostic::{Code, Diagnostic};
use crate::org::Document;
use crate::source::Source;
use crate::tangle::targets::assemble::TangledFile;
use crate::tangle::text::body::lines;

/// Reports every passage outside of link comments that is not in the text which the document gives for the file.
pub(super) fn report(
    document: &Document<'_>,
    given: TangledFile<'_>,
    file: &Source,
    edits: &[BlockEdit<'_>],
    found: &mut Vec<Diagnostic>,
) {
    if given.text.is_empty() {
        // No block goes to the file: a template makes it.
        return;
    }
    let places = outside(file.text(), edits.iter().map(|edit| edit.range.clone()));
    let new: Vec<&str> = places.iter().map(|line| file.text()[line.clone()].trim_end()).collect();
    let old = outside(given.text, given.linked.iter().map(|linked| linked.begin.start..linked.end.end + 1));
    let old: Vec<&str> = old.into_iter().map(|line| given.text[line].trim_end()).collect();
    let comments: HashSet<usize> = edits.iter().map(|edit| edit.range.start).collect();
    let is_comment = |line: usize| comments.contains(&places[line].start);
    for operation in capture_diff_slices(Algorithm::Patience, &old, &new) {
        if operation.tag() == DiffTag::Equal {
            continue;
        }
        let added: Vec<usize> = operation.new_range().collect();
        for passage in added.split(|&line| is_comment(line)) {
            let first = passage.iter().find(|&&line| !new[line].is_empty());
            found.extend(first.map(|&line| stray(document, file, edits, places[line].start)));
        }
    }
}

/// The lines of a text outside of link comments, and of what these enclose the first one, so that it stays in its place.
fn outside(text: &str, linked: impl Iterator<Item = Range<usize>>) -> Vec<Range<usize>> {
    let mut linked = linked.peekable();
    let mut kept = Vec::new();
    for line in lines(text) {
        while linked.next_if(|enclosed| enclosed.end <= line.start).is_some() {}
        if linked.peek().is_none_or(|enclosed| line.start <= enclosed.start) {
            kept.push(line);
        }
    }
    kept
}

/// The diagnostic is at the block whose text is above in the file, else at the first one there.
fn stray(document: &Document<'_>, file: &Source, edits: &[BlockEdit<'_>], start: usize) -> Diagnostic {
    // Edits are in the order of the file.
    let above = edits.partition_point(|edit| edit.range.start < start);
    let near = above.checked_sub(1).map(|above| &edits[above]).or(edits.first());
    let span = near.map_or_else(|| document.source.span(0..0), |edit| document.blocks[edit.linked.block].begin);
    let line = file.position(start).line;
    Diagnostic::new(
        Code::StrayText,
        span,
        format!("line {line} of `{}` belongs to no block, so it is not carried back", file.path()),
        "move it between the link comments of a block, or write it into the document",
    )
    .label(file.rest_of_line(start), "the document does not give this")
}
