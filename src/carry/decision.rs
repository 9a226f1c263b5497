//! What has to be decided: for each edited value what its cell is to say, for each edited text where it goes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::block::{LineEdit, TangledTexts};
use super::cell::{EditedValue, KnownCells, candidates};
use super::output::{EditReading, OriginRun, OutputTexts, RunEdit, runs};
use super::request::{CarryRequest, EditedOutput};
use super::source_edit::{EditSet, SourceEdit};
use super::unquoted::unquoted;
use crate::artifact::{Origin, OriginKind, Producer};
use crate::org::Document;
use crate::render::quote::Language;
use crate::source::{Sources, Span};

/// Something that was edited, and the edits of sources that may give it.
#[derive(Debug, Clone)]
pub(super) struct Decision {
    /// Where it was edited; for a value in the order of the places.
    pub(super) places: Vec<Span>,
    /// What was edited.
    pub(super) what: EditedThing,
    /// What may be done, the likeliest first; nothing if no way is known.
    pub(super) options: Vec<EditSet>,
}

/// What an edit is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EditedThing {
    /// A value that came from this cell, with its last text.
    Value { cell: Span, new: String },
    /// Text of a block or a template.
    Text { from: Span },
    /// Text that a template, a picture or a block's header arguments work out.
    Computed { from: Span },
    /// Values and text around them, which cannot be told apart.
    Mixed { from: Span },
}

/// All edits of the outputs of a document.
pub(super) struct OpenEdits<'a> {
    sources: &'a Sources,
    document: &'a Document<'a>,
    /// The cells that values of outputs came from.
    placed: BTreeSet<Span>,
    outputs: Vec<OpenOutput<'a>>,
}

struct OpenOutput<'a> {
    edited: EditedOutput<'a>,
    runs: Vec<OriginRun>,
    /// Those of a template's output.
    readings: Vec<EditReading>,
    /// Those of a tangled file.
    lines: Vec<LineEdit>,
}

/// A part of a value's text, what stands there now, and where in the edited file.
type PartEdit<'t> = (Range<usize>, &'t str, Span);

impl<'a> OpenEdits<'a> {
    /// Looks for all edits.
    pub(super) fn new(request: &'a CarryRequest<'a>, outputs: &[EditedOutput<'a>]) -> Self {
        let (sources, document) = (request.inputs.sources, request.inputs.document.document());
        let open = |edited: &EditedOutput<'a>| {
            let EditedOutput { artifact, file } = *edited;
            let (old, new, runs) = (artifact.text.as_str(), file.text(), runs(artifact));
            let mut output = OpenOutput { edited: *edited, runs, readings: Vec::new(), lines: Vec::new() };
            if artifact.producer == Producer::Blocks {
                output.lines = TangledTexts { document: document.source, runs: &output.runs, old, new }.edits();
            } else {
                output.readings = OutputTexts { runs: output.runs.clone(), old, new }.readings();
            }
            output
        };
        let origins = request.compilation.artifacts.iter().flat_map(|artifact| &artifact.origins);
        let placed = origins.filter_map(|origin| cell_of(&origin)).collect();
        Self { sources, document, placed, outputs: outputs.iter().map(open).collect() }
    }

    /// How many readings each edit has.
    pub(super) fn numbers_of_readings(&self) -> Vec<usize> {
        self.outputs.iter().flat_map(|output| &output.readings).map(|edit| edit.readings.len()).collect()
    }

    /// What there is to decide if each edit is read in one of its ways.
    pub(super) fn decisions(&self, readings: &[usize]) -> Vec<Decision> {
        let mut chosen = readings.iter().copied();
        let mut decisions = Vec::new();
        for output in &self.outputs {
            let chosen: Vec<usize> = chosen.by_ref().take(output.readings.len()).collect();
            output.decide_values(self, &chosen, &mut decisions);
            decisions.extend(output.lines.iter().map(|edit| output.decide_lines(edit)));
        }
        decisions
    }
}

impl OpenOutput<'_> {
    fn decide_lines(&self, edit: &LineEdit) -> Decision {
        let from = edit.from.unwrap_or(self.edited.artifact.declared);
        let what = if edit.options.is_empty() { EditedThing::Computed { from } } else { EditedThing::Text { from } };
        Decision { places: vec![self.place(&edit.at)], what, options: edit.options.clone() }
    }

    /// Each value with all edits in it; each other text by itself.
    fn decide_values(&self, open: &OpenEdits<'_>, chosen: &[usize], decisions: &mut Vec<Decision>) {
        let mut values: BTreeMap<usize, Vec<PartEdit<'_>>> = BTreeMap::new();
        for (edit, &reading) in self.readings.iter().zip(chosen) {
            let place = self.place(&edit.at);
            let Some(reading) = edit.readings.get(reading) else {
                decisions.push(self.unreadable(edit, place));
                continue;
            };
            for of_run in reading {
                match of_run {
                    RunEdit::Text { run, part, text } if self.runs[*run].is_made() => {
                        values.entry(*run).or_default().push((part.clone(), text, place));
                    }
                    RunEdit::Text { run, part, text } => {
                        let from = self.runs[*run].origin.from.within(part.clone());
                        decisions.push(text_decision(open, from, text, place));
                    }
                    RunEdit::Removed { run } => {
                        let from = placeholder(open.sources, self.runs[*run].origin.from);
                        decisions.push(text_decision(open, from, "", place));
                    }
                    RunEdit::AtEnd { run, text } => {
                        let source = open.sources.get(self.runs[*run].origin.from.source);
                        let end = source.text().len();
                        decisions.push(text_decision(open, source.span(end..end), text, place));
                    }
                }
            }
        }
        decisions.extend(values.iter().map(|(run, edits)| self.decide_value(open, *run, edits)));
    }

    fn unreadable(&self, edit: &EditReading, place: Span) -> Decision {
        let touched = edit.runs.clone().filter_map(|run| self.runs.get(run));
        let cell = touched.clone().find_map(|run| cell_of(&run.origin));
        let from = touched.map(|run| run.origin.from).next().unwrap_or(self.edited.artifact.declared);
        Decision { places: vec![place], what: EditedThing::Mixed { from: cell.unwrap_or(from) }, options: Vec::new() }
    }

    fn decide_value(&self, open: &OpenEdits<'_>, run: usize, edits: &[PartEdit<'_>]) -> Decision {
        let OriginRun { output, origin } = &self.runs[run];
        let places = edits.iter().map(|(_, _, place)| *place).collect();
        let OriginKind::Placed(cell) = origin.way else {
            return Decision { places, what: EditedThing::Computed { from: origin.from }, options: Vec::new() };
        };
        let old = &self.edited.artifact.text[output.clone()];
        let mut new = old.to_owned();
        for (part, text, _) in edits.iter().rev() {
            new.replace_range(part.clone(), text);
        }
        let language = match self.edited.artifact.producer {
            Producer::Graph => Some(Language::Xml),
            Producer::Blocks | Producer::Template => Language::of_template(open.sources.get(origin.from.source).path()),
        };
        let follows = run
            .checked_sub(1)
            .is_some_and(|before| self.runs[before].is_made() && self.runs[before].origin.from == origin.from);
        let value = language.and_then(|language| {
            // A value that is not the first of its list has the separator before it.
            let separator = if follows { language.separator() } else { "" };
            let value = |text: &str| unquoted(language, text.strip_prefix(separator)?);
            Some((value(old)?, value(&new)?))
        });
        let options = value.as_ref().map_or_else(Vec::new, |(old, new)| {
            candidates(KnownCells { document: open.document, placed: &open.placed }, cell, EditedValue { old, new })
        });
        let new = value.map_or(new, |(_, new)| new);
        Decision { places, what: EditedThing::Value { cell, new }, options }
    }

    fn place(&self, at: &Range<usize>) -> Span {
        let file = self.edited.file;
        if at.is_empty() { file.rest_of_line(at.start) } else { file.span(at.clone()) }
    }
}

fn text_decision(open: &OpenEdits<'_>, from: Span, text: &str, place: Span) -> Decision {
    let edit = SourceEdit::new(open.sources.get(from.source), from, text);
    Decision { places: vec![place], what: EditedThing::Text { from }, options: vec![vec![edit]] }
}

/// The cell that a placed value is of.
fn cell_of(origin: &Origin) -> Option<Span> {
    match origin.way {
        OriginKind::Placed(cell) => Some(cell),
        OriginKind::Copied | OriginKind::Derived => None,
    }
}

/// A template's expression with the braces around it.
fn placeholder(sources: &Sources, expression: Span) -> Span {
    let source = sources.get(expression.source);
    let range = expression.range();
    let before = source.text()[..range.start].trim_end().trim_end_matches(['-', '+']).strip_suffix("{{");
    let after = source.text()[range.end..].trim_start().trim_start_matches(['-', '+']).strip_prefix("}}");
    match (before, after) {
        (Some(before), Some(after)) => source.span(before.len()..source.text().len() - after.len()),
        _ => expression,
    }
}
