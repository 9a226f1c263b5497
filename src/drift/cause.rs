//! What of a document makes an output differ from the file on disk: the cells and block lines that the changed bytes come from.

use std::ops::Range;

use similar::{DiffOp, TextDiff};

use super::Change;
use crate::artifact::Artifact;
use crate::map::{self, MadeFrom};
use crate::source::Span;

/// The most causes that anybody wants to see of one output.
const MOST: usize = 8;

/// The places in the document that the differing text comes from, in the order of the output, each once; none where only text
/// of a template differs, where something was only taken away, or where the texts may not be shown.
pub fn causes(change: &Change<'_>) -> Vec<Span> {
    let Some(artifact) = change.artifact.filter(|_| change.hidden.is_none() && !change.old.is_empty()) else {
        return Vec::new();
    };
    let diff = TextDiff::from_lines(change.old.as_ref(), artifact.text.as_str());
    let starts: Vec<usize> = starts(diff.iter_new_slices());
    let mut causes = Vec::new();
    for (old, new) in diff.ops().iter().flat_map(changed_lines) {
        let Some(line) = diff.new_slice(new) else { continue };
        let changed = changed(old.and_then(|old| diff.old_slice(old)).unwrap_or_default(), line);
        let at = starts[new];
        let cause = cause(artifact, at + changed.start..at + changed.end);
        causes.extend(cause.filter(|cause| !causes.contains(cause)));
        if causes.len() == MOST {
            break;
        }
    }
    causes
}

/// Where each line starts.
fn starts<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let start = |end: &mut usize, line: &str| {
        *end += line.len();
        Some(*end - line.len())
    };
    lines.scan(0, start).collect()
}

/// The new lines of a difference, each with the old line that it stands for, if there is one.
fn changed_lines(op: &DiffOp) -> Vec<(Option<usize>, usize)> {
    match *op {
        DiffOp::Equal { .. } | DiffOp::Delete { .. } => Vec::new(),
        DiffOp::Insert { new_index, new_len, .. } => (new_index..new_index + new_len).map(|new| (None, new)).collect(),
        DiffOp::Replace { old_index, old_len, new_index, new_len } => {
            (0..new_len).map(|line| ((line < old_len).then_some(old_index + line), new_index + line)).collect()
        }
    }
}

/// The bytes of a line that its older text does not have at either end; all of it if that leaves none.
fn changed(old: &str, new: &str) -> Range<usize> {
    let same = |pairs: &mut dyn Iterator<Item = (u8, u8)>| pairs.take_while(|(old, new)| old == new).count();
    let start = same(&mut old.bytes().zip(new.bytes()));
    let end =
        same(&mut old.as_bytes()[start..].iter().rev().copied().zip(new.as_bytes()[start..].iter().rev().copied()));
    if start < new.len() - end { start..new.len() - end } else { 0..new.len() }
}

fn cause(artifact: &Artifact, bytes: Range<usize>) -> Option<Span> {
    let mapping = map::main_mapping(artifact, bytes)?;
    matches!(mapping.made, MadeFrom::Block | MadeFrom::Value).then_some(mapping.document)
}
