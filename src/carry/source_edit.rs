//! Edits of sources: what stands in a document or a template, and what is to stand there.

use crate::source::{Source, Span, spliced};

/// A text in place of a part of a source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SourceEdit {
    /// What goes; empty where something is only added.
    pub(super) span: Span,
    /// What stands there afterwards.
    pub(super) text: String,
}

/// Edits that are made together.
pub(super) type EditSet = Vec<SourceEdit>;

impl SourceEdit {
    /// The edit that gives a part another text, without what both have in common at their edges.
    pub(super) fn new(source: &Source, span: Span, text: &str) -> Self {
        let old = source.slice(span);
        let head = common_head(old, text);
        let tail = common_tail(&old[head..], &text[head..]);
        let span = span.within(head..old.len() - tail);
        Self { span, text: text[head..text.len() - tail].to_owned() }
    }

    /// Whether it changes nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.span.start == self.span.end && self.text.is_empty()
    }

    /// Whether both cannot be made; equal ones are one.
    pub(super) fn contradicts(&self, other: &Self) -> bool {
        let (a, b) = (self.span, other.span);
        let is_same_place = a.start == b.start && a.start == a.end && b.start == b.end;
        let meet = a.start < b.end && b.start < a.end || is_same_place;
        self != other && a.source == b.source && meet
    }
}

/// How many bytes two texts have in common at their start.
pub(super) fn common_head(a: &str, b: &str) -> usize {
    a.char_indices().zip(b.chars()).find(|((_, a), b)| a != b).map_or(a.len().min(b.len()), |((at, _), _)| at)
}

/// How many bytes two texts have in common at their end.
pub(super) fn common_tail(a: &str, b: &str) -> usize {
    a.chars().rev().zip(b.chars().rev()).take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum()
}

/// A text with edits made, and where each of them is in it; none if two contradict each other. The edits are of this text.
pub(super) fn with_edits(old: &str, edits: &[&SourceEdit]) -> Option<(String, Vec<std::ops::Range<usize>>)> {
    let mut edits: Vec<&SourceEdit> = edits.iter().copied().filter(|edit| !edit.is_empty()).collect();
    edits.sort();
    edits.dedup();
    if edits.windows(2).any(|pair| pair[0].contradicts(pair[1])) {
        return None;
    }
    Some(spliced(old, edits.iter().map(|edit| (edit.span.range(), edit.text.as_str()))))
}

#[cfg(test)]
mod tests {
    use super::{SourceEdit, with_edits};
    use crate::source::Sources;

    /// Makes edits, each a part of the text and what is to stand there.
    #[track_caller]
    fn check(text: &str, edits: &[(&str, &str)], expected: Option<&str>) {
        let mut sources = Sources::default();
        let id = sources.add("", text);
        let source = sources.get(id);
        let edit = |(old, new): &(&str, &str)| {
            let at = text.find(old).unwrap();
            SourceEdit::new(source, source.span(at..at + old.len()), new)
        };
        let edits: Vec<SourceEdit> = edits.iter().map(edit).collect();
        let edits: Vec<&SourceEdit> = edits.iter().collect();
        assert_eq!(with_edits(text, &edits).map(|(text, _)| text).as_deref(), expected);
    }

    #[test]
    fn edits_that_agree_are_made_and_others_refused() {
        check("a 10 b", &[("10", "12"), ("b", "c")], Some("a 12 c"));
        check("a 10 b", &[("10", "12"), ("10", "12")], Some("a 12 b"));
        check("a 10 b", &[("10", "12"), ("10", "13")], None);
        check("a 10 b", &[("10 b", "x"), ("b", "c")], None);
        check("äx", &[("äx", "äöx")], Some("äöx"));
    }
}
