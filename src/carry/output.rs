//! What an edit of a template's output may mean: which values have another text, and which parts of templates.
//!
//! An edit lies in a value, in the template's own text, or at a border, where it can belong to either side. So each has one
//! or several readings, the likeliest first.

use std::ops::Range;

use super::hunk::{Hunk, hunks};
use super::source_edit::common_head;
use crate::artifact::{Artifact, Origin, OriginKind};

/// Output bytes with one origin.
#[derive(Debug, Clone)]
pub(super) struct OriginRun {
    pub(super) output: Range<usize>,
    pub(super) origin: Origin,
}

/// What one run becomes by an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RunEdit {
    /// A part of its bytes gets another text.
    Text { run: usize, part: Range<usize>, text: String },
    /// It is no longer placed there.
    Removed { run: usize },
    /// The template that it is from ends with more text, after whatever loop it is in.
    AtEnd { run: usize, text: String },
}

/// Which runs stay as they are in an edit over several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeptRuns {
    /// The templates' own text.
    Copied,
    /// Values and what else is made.
    Made,
}

/// An edit and all that it may mean.
#[derive(Debug)]
pub(super) struct EditReading {
    /// Where it is in the edited text.
    pub(super) at: Range<usize>,
    /// The runs that it touches.
    pub(super) runs: Range<usize>,
    /// What it may mean; empty if nothing.
    pub(super) readings: Vec<Vec<RunEdit>>,
}

/// An output as it was and as it was edited.
pub(super) struct OutputTexts<'a> {
    pub(super) runs: Vec<OriginRun>,
    pub(super) old: &'a str,
    pub(super) new: &'a str,
}

impl OriginRun {
    /// Whether it is a value or something else that was made, and no text of its source.
    pub(super) fn is_made(&self) -> bool {
        self.origin.way != OriginKind::Copied
    }
}

/// All runs of an output.
pub(super) fn runs(artifact: &Artifact) -> Vec<OriginRun> {
    let mut start = 0;
    let run = |origin: Origin| {
        let output = start..origin.end as usize;
        start = output.end;
        OriginRun { output, origin }
    };
    artifact.origins.iter().map(run).collect()
}

impl OutputTexts<'_> {
    /// Every edit and what it may mean.
    pub(super) fn readings(&self) -> Vec<EditReading> {
        hunks(self.old, self.new).into_iter().map(|hunk| self.reading(hunk)).collect()
    }

    fn reading(&self, hunk: Hunk) -> EditReading {
        let hunk = match self.touched(&hunk).len() {
            0 | 1 => hunk,
            _ => hunk.trimmed(self.old, self.new),
        };
        let runs = self.touched(&hunk);
        let mut readings = match (hunk.old.is_empty(), runs.len()) {
            (_, 0) => Vec::new(),
            (_, 1) => self.within_one(&hunk, runs.start),
            (true, _) => self.at_border(&hunk, runs.clone()),
            (false, _) => self.across(&hunk, runs.clone()),
        };
        if hunk.old.start == self.old.len() && !runs.is_empty() {
            readings.push(vec![RunEdit::AtEnd { run: runs.end - 1, text: self.new[hunk.new.clone()].to_owned() }]);
        }
        EditReading { at: hunk.new, runs, readings }
    }

    /// The runs that share a byte with the old part of a hunk; for an insertion those that it touches.
    fn touched(&self, hunk: &Hunk) -> Range<usize> {
        let Range { start, end } = hunk.old;
        let first = if start == end {
            self.runs.partition_point(|run| run.output.end < start)
        } else {
            self.runs.partition_point(|run| run.output.end <= start)
        };
        let last = if start == end {
            self.runs.partition_point(|run| run.output.start <= end)
        } else {
            self.runs.partition_point(|run| run.output.start < end)
        };
        first..last
    }

    fn text(&self, run: usize) -> &str {
        &self.old[self.runs[run].output.clone()]
    }

    /// The edit of a part of the output that lies in a run, as one of the run.
    fn edit(&self, run: usize, part: Range<usize>, text: &str) -> RunEdit {
        let start = self.runs[run].output.start;
        RunEdit::Text { run, part: part.start - start..part.end - start, text: text.to_owned() }
    }

    fn within_one(&self, hunk: &Hunk, run: usize) -> Vec<Vec<RunEdit>> {
        let text = &self.new[hunk.new.clone()];
        let edit = self.edit(run, hunk.old.clone(), text);
        let is_whole = hunk.old == self.runs[run].output;
        if self.runs[run].is_made() && is_whole && text.is_empty() {
            return vec![vec![RunEdit::Removed { run }]];
        }
        vec![vec![edit]]
    }

    /// An insertion between two runs: of words into the value there, of lines into the template.
    fn at_border(&self, hunk: &Hunk, runs: Range<usize>) -> Vec<Vec<RunEdit>> {
        let text = &self.new[hunk.new.clone()];
        let mut sides: Vec<usize> = runs.collect();
        let goes_with = |run: &usize| {
            let near =
                if self.runs[*run].output.end == hunk.old.start { text.chars().next() } else { text.chars().last() };
            let is_word = near.is_some_and(|c| c.is_alphanumeric() || "-_.:/".contains(c)) && !text.contains('\n');
            self.runs[*run].is_made() != is_word
        };
        sides.sort_by_key(goes_with);
        sides.into_iter().map(|run| vec![self.edit(run, hunk.old.clone(), text)]).collect()
    }

    /// An edit over several runs: the templates' text stays and values change, or the other way, or all of it goes.
    fn across(&self, hunk: &Hunk, runs: Range<usize>) -> Vec<Vec<RunEdit>> {
        let (first, last) = (&self.runs[runs.start].output, &self.runs[runs.end - 1].output);
        let new = format!(
            "{}{}{}",
            &self.old[first.start..hunk.old.start],
            &self.new[hunk.new.clone()],
            &self.old[hunk.old.end..last.end]
        );
        let kept =
            [KeptRuns::Copied, KeptRuns::Made].into_iter().filter_map(|keeps| self.matched(runs.clone(), &new, keeps));
        let gone = hunk.new.is_empty().then(|| self.gone(hunk, runs.clone()));
        kept.chain(gone).collect()
    }

    /// What the runs become if some of them stay as they are; none if the text has no room for that.
    fn matched(&self, runs: Range<usize>, new: &str, keeps: KeptRuns) -> Option<Vec<RunEdit>> {
        let mut edits = Vec::new();
        let mut rest = new;
        let mut open: Option<usize> = None;
        let last = runs.end - 1;
        for run in runs {
            let text = self.text(run);
            if self.runs[run].is_made() != (keeps == KeptRuns::Made) {
                if open.replace(run).is_some() {
                    return None;
                }
                continue;
            }
            let at = match (open, run == last) {
                (None, _) => rest.starts_with(text).then_some(0)?,
                (Some(_), true) => rest.ends_with(text).then(|| rest.len() - text.len())?,
                (Some(_), false) => rest.find(text)?,
            };
            if let Some(open) = open.take() {
                edits.extend(self.changed(open, &rest[..at]));
            }
            rest = &rest[at + text.len()..];
        }
        match open {
            Some(open) => edits.extend(self.changed(open, rest)),
            None if !rest.is_empty() => return None,
            None => {}
        }
        (!edits.is_empty()).then_some(edits)
    }

    fn changed(&self, run: usize, new: &str) -> Option<RunEdit> {
        let old = self.text(run);
        let head = common_head(old, new);
        (old != new).then(|| match (head, new.is_empty(), self.runs[run].is_made()) {
            (0, true, true) => RunEdit::Removed { run },
            _ => RunEdit::Text { run, part: 0..old.len(), text: new.to_owned() },
        })
    }

    fn gone(&self, hunk: &Hunk, runs: Range<usize>) -> Vec<RunEdit> {
        let gone = |run: usize| {
            let output = &self.runs[run].output;
            let part = output.start.max(hunk.old.start)..output.end.min(hunk.old.end);
            if self.runs[run].is_made() && part == *output {
                RunEdit::Removed { run }
            } else {
                self.edit(run, part, "")
            }
        };
        runs.map(gone).collect()
    }
}
