//! Edits of a tangled file whose blocks have no link comments: each of its lines knows the line of the document it is.

use std::ops::Range;

use super::hunk::{Hunk, line_hunks, lines};
use super::output::OriginRun;
use super::source_edit::{EditSet, SourceEdit};
use crate::artifact::OriginKind;
use crate::source::{Source, Span};
use crate::tangle::org_line;

/// An edit of lines, and the edits of the document that it may mean.
#[derive(Debug)]
pub(super) struct LineEdit {
    /// Where it is in the edited text.
    pub(super) at: Range<usize>,
    /// The place in the document that the lines are from, or made from.
    pub(super) from: Option<Span>,
    /// What it may mean; empty if the lines are no lines of a block.
    pub(super) options: Vec<EditSet>,
}

/// A tangled file as it was and as it was edited.
pub(super) struct TangledTexts<'a> {
    pub(super) document: &'a Source,
    pub(super) runs: &'a [OriginRun],
    pub(super) old: &'a str,
    pub(super) new: &'a str,
}

/// A line of the document that a line of the file is.
struct DocumentLine {
    /// The whole line with its LF.
    span: Span,
    /// What stands before the code.
    indentation: String,
}

impl TangledTexts<'_> {
    /// Every edit, line by line.
    pub(super) fn edits(&self) -> Vec<LineEdit> {
        line_hunks(self.old, self.new).iter().flat_map(|hunk| self.edits_of(hunk)).collect()
    }

    fn edits_of(&self, hunk: &Hunk) -> Vec<LineEdit> {
        let (old, new) = (lines(self.old, &hunk.old), lines(self.new, &hunk.new));
        let common = old.len().min(new.len());
        let mut edits: Vec<LineEdit> = old.iter().zip(&new).map(|(old, new)| self.replaced(old, new.clone())).collect();
        let end = new.last().map_or(hunk.new.start, |line| line.end);
        edits.extend(old[common..].iter().map(|line| self.removed(line, end)));
        if let Some(first) = new.get(common) {
            edits.push(self.added(hunk.old.end, first.start..hunk.new.end));
        }
        edits
    }

    fn replaced(&self, old: &Range<usize>, new: Range<usize>) -> LineEdit {
        let line = self.line(old);
        let text = self.new[new.clone()].trim_end_matches('\n');
        let option = line
            .as_ref()
            .map(|line| vec![SourceEdit::new(self.document, line.span, &org_line(text, &line.indentation))]);
        LineEdit { at: new, from: self.from(old.start), options: option.into_iter().collect() }
    }

    fn removed(&self, old: &Range<usize>, at: usize) -> LineEdit {
        let option = self.line(old).map(|line| vec![SourceEdit { span: line.span, text: String::new() }]);
        LineEdit { at: at..at, from: self.from(old.start), options: option.into_iter().collect() }
    }

    /// After the line before, or before the line after.
    fn added(&self, offset: usize, new: Range<usize>) -> LineEdit {
        let before = offset.checked_sub(1).and_then(|last| self.line(&line_at(self.old, last)));
        let after = (offset < self.old.len()).then(|| line_at(self.old, offset)).and_then(|line| self.line(&line));
        let text = |line: &DocumentLine| {
            self.new[new.clone()].lines().map(|code| org_line(code, &line.indentation)).collect::<String>()
        };
        let at =
            |line: &DocumentLine, at: usize| vec![SourceEdit { span: self.document.span(at..at), text: text(line) }];
        let options = before.iter().map(|line| at(line, line.span.range().end));
        let options = options.chain(after.iter().map(|line| at(line, line.span.range().start))).collect();
        LineEdit { at: new, from: self.from(offset.saturating_sub(1)), options }
    }

    fn from(&self, offset: usize) -> Option<Span> {
        self.run(offset).map(|run| run.origin.from)
    }

    fn run(&self, offset: usize) -> Option<&OriginRun> {
        self.runs.get(self.runs.partition_point(|run| run.output.end <= offset))
    }

    /// The line of the document that a line of the file is, but for its indentation and a comma; none if it was made.
    fn line(&self, output: &Range<usize>) -> Option<DocumentLine> {
        let text = self.old[output.clone()].trim_end_matches('\n');
        let blanks = text.len() - text.trim_start_matches([' ', '\t']).len();
        let blanks = if blanks == text.len() { 0 } else { blanks };
        let run = self.run(output.start + blanks)?;
        let is_copied = run.origin.way == OriginKind::Copied && run.origin.from.source == self.document.id();
        let offset = run.origin.from.range().start + (output.start + blanks).checked_sub(run.output.start)?;
        let number = is_copied.then(|| self.document.line_number(offset))?;
        let range = self.document.line(number)?;
        let line = &self.document.text()[range.clone()];
        let before = line.strip_suffix(text).or_else(|| line.trim_end().strip_suffix(text))?;
        let indentation = before.strip_suffix(',').unwrap_or(before);
        let end = (range.end + 1).min(self.document.text().len());
        indentation
            .trim_matches([' ', '\t'])
            .is_empty()
            .then(|| DocumentLine { span: self.document.span(range.start..end), indentation: indentation.to_owned() })
    }
}

/// The line that a byte is in.
fn line_at(text: &str, offset: usize) -> Range<usize> {
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let end = text[offset..].find('\n').map_or(text.len(), |at| offset + at + 1);
    start..end
}
