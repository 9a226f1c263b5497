//! Making the edits that diagnostics bring with them: all at once, none of them in the way of another.
//!
//! Tables that an edit was made in are aligned again, as Org would. What the document means afterwards only the next run
//! says: it may bring further edits.

use std::ops::Range;

use crate::diagnostic::{Applicability, Diagnostic, Fix};
use crate::org::{self, aligned};
use crate::source::{Source, Sources, spliced};

/// Which edits are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Those that need no look at them.
    Safe,
    /// Those as well that the author may not mean.
    All,
}

/// A document with edits made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// Its new text.
    pub text: String,
    /// How many edits were made.
    pub number: usize,
}

impl Extent {
    /// Whether an edit is made.
    pub fn has(self, fix: &Fix) -> bool {
        match self {
            Self::Safe => fix.applicability == Applicability::Safe,
            Self::All => true,
        }
    }
}

/// Makes the edits of a document that do not touch each other; none if there are none. Of two that do the first is made.
pub fn apply(source: &Source, diagnostics: &[Diagnostic], extent: Extent) -> Option<Fixed> {
    let fixes = diagnostics.iter().filter_map(|diagnostic| diagnostic.fix.as_ref());
    let mut fixes: Vec<&Fix> = fixes.filter(|fix| fix.span.source == source.id() && extent.has(fix)).collect();
    fixes.sort_by_key(|fix| fix.span);
    let old = source.text();
    let (mut made, mut end) = (Vec::new(), None);
    for fix in fixes {
        let range = fix.span.range();
        // Two insertions at one place would depend on their order.
        let touches = end.is_some_and(|end| range.start <= end);
        if !touches && old[range.clone()] != fix.text {
            end = Some(range.end);
            made.push((range, fix.text.as_str()));
        }
    }
    let (text, edited) = spliced(old, made);
    (!edited.is_empty()).then(|| Fixed { number: edited.len(), text: with_tables_aligned(text, &edited) })
}

/// The text with each table aligned that one of some ranges lies in; both in the order of the text.
pub(crate) fn with_tables_aligned(text: String, edited: &[Range<usize>]) -> String {
    let mut sources = Sources::default();
    let id = sources.add("", text);
    let parsed = org::parse(sources.shared(id));
    let mut edited = edited.iter().peekable();
    let mut tables = Vec::new();
    for table in &parsed.document().tables {
        let range = table.span.range();
        while edited.next_if(|edit| edit.end < range.start).is_some() {}
        let is_edited = edited.peek().is_some_and(|edit| edit.start <= range.end);
        tables.extend(is_edited.then(|| aligned(sources.get(id), table)).flatten().map(|text| (range, text)));
    }
    let tables = tables.iter().map(|(range, text)| (range.clone(), text.as_str()));
    spliced(sources.get(id).text(), tables).0
}

#[cfg(test)]
mod tests {
    use super::{Extent, apply};
    use crate::diagnostic::{Code, Diagnostic};
    use crate::source::Sources;

    /// Makes edits, each a text, what to replace it with, and how sure that is.
    #[track_caller]
    fn check(text: &str, edits: &[(&str, &str, Extent)], extent: Extent, expected: Option<&str>) {
        let mut sources = Sources::default();
        let id = sources.add("a.org", text);
        let source = sources.get(id);
        let diagnostic = |(old, new, sure): &(&str, &str, Extent)| {
            let at = text.find(old).unwrap();
            let span = source.span(at..at + old.len());
            let diagnostic = Diagnostic::new(Code::InvalidPort, span, "", "");
            match sure {
                Extent::Safe => diagnostic.safe_fix(span, Some(*new)),
                Extent::All => diagnostic.fix(span, Some(*new)),
            }
        };
        let found: Vec<_> = edits.iter().map(diagnostic).collect();
        assert_eq!(apply(source, &found, extent).map(|fixed| fixed.text).as_deref(), expected);
    }

    #[test]
    fn edits_are_made_together_unless_they_touch() {
        let edits = [("b", "B", Extent::Safe), ("d e", "x", Extent::Safe), ("e f", "y", Extent::Safe)];
        check("a b c d e f\n", &edits, Extent::Safe, Some("a B c x f\n"));
        check("a b\n", &[("b", "b", Extent::Safe)], Extent::All, None);
        check("a b\n", &[("b", "B", Extent::All)], Extent::Safe, None);
        check("a b\n", &[("b", "B", Extent::All)], Extent::All, Some("a B\n"));
    }

    #[test]
    fn tables_with_an_edit_are_aligned_and_no_other() {
        let text = "| a|1 |\n\n  |x|100\n  |-\n  | b | 2|\n\n| c|3 |\n";
        let aligned = "| a|1 |\n\n  | x     | 100 |\n  |-------+-----|\n  | Bbbbb |   2 |\n\n| c|3 |\n";
        check(text, &[("b", "Bbbbb", Extent::Safe)], Extent::Safe, Some(aligned));
    }
}
