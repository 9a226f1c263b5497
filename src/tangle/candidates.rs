//! Which blocks tangling visits, and in what order: a search of the text that does not see structure (rules T-012 to
//! T-014, T-077 for the counting).
//!
//! Emacs looks for a `#+begin_src` line and the next line that starts with `#+end_src`, asks which element is there, and
//! goes on after it. Almost always that is block after block; unterminated blocks and half-written end lines
//! make the difference, and then the same block may come twice or the search ends in an error.

use crate::diagnostic::{Code, Diagnostic};
use crate::org::{Document, HeadingId, Marker, MarkerKind};
use crate::tangle::outline::HeadingStates;

/// One visit of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BlockVisit {
    /// Index into [`Document::blocks`].
    pub(super) block: usize,
    /// Offset of the `#+begin_src` line that the search found; the block's own but for rule T-014.
    pub(super) begin: usize,
    /// The how-manieth visit below its heading, from 1.
    pub(super) number: usize,
}

/// All visits in document order; a place where Emacs stops is reported.
pub(super) fn candidates(
    document: &Document<'_>,
    outline: &HeadingStates<'_, '_>,
    found: &mut Vec<Diagnostic>,
) -> Vec<BlockVisit> {
    let mut candidates: Vec<BlockVisit> = Vec::with_capacity(document.blocks.len());
    let mut last_heading: Option<Option<HeadingId>> = None;
    let mut number = 0;
    for (begin, end) in pairs(&document.markers) {
        if block_at(document, end).is_none() {
            continue;
        }
        let Some(block) = block_at(document, begin) else {
            if !outline.is_skipped(heading_at(document, begin)) {
                report(document, begin, end, found);
            }
            continue;
        };
        let heading = document.blocks[block].heading;
        number = if last_heading == Some(heading) { number + 1 } else { 1 };
        last_heading = Some(heading);
        candidates.push(BlockVisit { block, begin, number });
    }
    candidates
}

/// The line offsets of each begin line and the end line that the search pairs it with.
fn pairs(markers: &[Marker]) -> impl Iterator<Item = (usize, usize)> {
    let mut begin = None;
    markers.iter().filter_map(move |marker| match marker.kind {
        MarkerKind::Begin => {
            begin.get_or_insert(marker.line as usize);
            None
        }
        MarkerKind::End => begin.take().map(|begin| (begin, marker.line as usize)),
        MarkerKind::Name => None,
    })
}

/// The block that has a line in it.
pub(super) fn block_at(document: &Document<'_>, line: usize) -> Option<usize> {
    let index = document.blocks.partition_point(|block| block.span.range().start <= line).checked_sub(1)?;
    (line <= document.blocks[index].span.range().end).then_some(index)
}

/// The heading that a place is under.
fn heading_at(document: &Document<'_>, offset: usize) -> Option<HeadingId> {
    document.headings.partition_point(|heading| heading.span.range().start <= offset).checked_sub(1).map(HeadingId)
}

fn report(document: &Document<'_>, begin: usize, end: usize, found: &mut Vec<Diagnostic>) {
    found.push(
        Diagnostic::new(
            Code::BlockCrossesHeading,
            document.source.rest_of_line(begin),
            "this begins no source block, but the next `#+end_src` ends one",
            "end the block with `#+end_src`, or put a comma before `#+begin_src` if the line is only shown",
        )
        .label(document.source.rest_of_line(end), "the search for its end stops here"),
    );
}
