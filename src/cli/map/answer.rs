//! One answer of `map`: a place in an output and the places it came from, drawn for people and programs.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use serde::Serialize;

use super::outputs::Found;
use crate::artifact::Artifact;
use crate::build::BuiltDocument;
use crate::map::align::Alignment;
use crate::map::{self, MadeFrom, Mapping};
use crate::report::json::{JsonPlace, VERSION, place};
use crate::source::{Source, SourceId, Sources, Unit, decode};
use crate::workspace::{Failure, load, shown};

/// A run of output bytes, where it is and where it came from.
#[derive(Debug, Serialize)]
pub(super) struct MapAnswer {
    /// The place in the output.
    output: JsonPlace,
    /// The output's line.
    text: String,
    /// The place in the document (or a setup file).
    pub(super) document: JsonPlace,
    /// The place in the template, for what a template gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) template: Option<JsonPlace>,
    /// `block`, `value` or `template`.
    made: &'static str,
    /// The value that was placed.
    #[serde(skip)]
    value: Option<String>,
}

/// All answers as one JSON document.
#[derive(Debug, Serialize)]
pub(super) struct Answers<'a> {
    version: u32,
    mappings: &'a [MapAnswer],
}

pub(super) fn machine(answers: &[MapAnswer]) -> Answers<'_> {
    Answers { version: VERSION, mappings: answers }
}

/// An output, its document, and its text with lines counted.
pub(super) struct Traced<'a> {
    document: &'a BuiltDocument,
    pub(super) artifact: &'a Artifact,
    lines: Rc<Lines>,
}

/// The lines of an output: as the document gives it, and how those on disk became these.
pub(super) struct Lines {
    texts: Sources,
    text: SourceId,
    /// Made when a line on disk is asked for.
    alignment: OnceCell<Alignment>,
    /// What tells most about the lines that were asked for.
    main_mappings: RefCell<HashMap<usize, Option<Mapping>>>,
}

impl Lines {
    pub(super) fn of(artifact: &Artifact) -> Self {
        let mut texts = Sources::default();
        let text = texts.add(shown(&artifact.path), artifact.text.as_str());
        Self { texts, text, alignment: OnceCell::new(), main_mappings: RefCell::default() }
    }
}

impl<'a> Traced<'a> {
    pub(super) fn new(found: Found<'a>) -> Self {
        Self::with(found, Rc::new(Lines::of(found.1)))
    }

    /// With the lines of the same output, counted before.
    pub(super) fn with((document, artifact): Found<'a>, lines: Rc<Lines>) -> Self {
        Self { document, artifact, lines }
    }

    pub(super) fn text(&self) -> &Source {
        self.lines.texts.get(self.lines.text)
    }

    /// The line that one of the file on disk has become.
    pub(super) fn present(&self, line: usize) -> Result<usize, Failure> {
        if let Some(alignment) = self.lines.alignment.get() {
            return Ok(alignment.line(line));
        }
        let on_disk = load::optional(&self.artifact.path)?.map(|bytes| decode::decode(bytes).text);
        let alignment = on_disk.map_or_else(Alignment::default, |old| Alignment::between(&old, &self.artifact.text));
        Ok(self.lines.alignment.get_or_init(|| alignment).line(line))
    }

    /// Where a line of the file on disk came from, or one character of it, and the part of a template that gave it.
    pub(super) fn source(
        &self,
        line: usize,
        column: Option<usize>,
    ) -> Result<Option<(JsonPlace, Option<JsonPlace>)>, Failure> {
        let line = self.present(line)?;
        let Some(range) = self.text().line(line) else { return Ok(None) };
        let offset = column.and_then(|column| self.text().offset(line, column - 1, Unit::Character));
        let mapping = if let Some(offset) = offset {
            map::at(self.artifact, offset)
        } else {
            let find =
                || map::main_mapping(self.artifact, range.clone()).or_else(|| map::at(self.artifact, range.start));
            self.lines.main_mappings.borrow_mut().entry(line).or_insert_with(find).clone()
        };
        let sources = &self.document.loaded.sources;
        let places = |mapping: Mapping| {
            (place(sources, mapping.document), mapping.template.map(|template| place(sources, template)))
        };
        Ok(mapping.map(places))
    }

    pub(super) fn answer(&self, mapping: &Mapping) -> MapAnswer {
        let sources = &self.document.loaded.sources;
        let output = place(&self.lines.texts, self.text().span(mapping.output.clone()));
        let line = self.text().line(output.line).map_or("", |range| &self.text().text()[range]);
        MapAnswer {
            text: line.to_owned(),
            output,
            document: place(sources, mapping.document),
            template: mapping.template.map(|span| place(sources, span)),
            made: mapping.made.name(),
            value: (mapping.made == MadeFrom::Value).then(|| sources.slice(mapping.document).to_owned()),
        }
    }
}

impl MapAnswer {
    pub(super) fn is_on_line_of(&self, other: &Self) -> bool {
        (&self.output.path, self.output.line) == (&other.output.path, other.output.line)
    }

    /// `PATH:LINE:COL: text of the line`.
    pub(super) fn output_line(&self) -> String {
        format!("{}: {}\n", numbers(&self.output), self.text.trim())
    }

    /// `PATH:LINE:COL: what it is`.
    pub(super) fn source_line(&self) -> String {
        let template = self.template.as_ref().map(|place| format!("{}:{}", place.path, place.line));
        let what = match (&self.value, template) {
            (Some(value), Some(template)) => format!("value `{value}`, placed by {template}"),
            (Some(value), None) => format!("value `{value}`"),
            (None, Some(template)) => format!("text of {template}"),
            (None, None) if self.made == MadeFrom::Picture.name() => "the network's picture".to_owned(),
            (None, None) => "block line".to_owned(),
        };
        format!("{}: {what}\n", numbers(&self.document))
    }

    /// The same after the output's line, for lists of many.
    pub(super) fn both_lines(&self) -> String {
        format!("{}:{}: {}", self.output.path, self.output.line, self.source_line())
    }
}

/// The sources of one place, each once.
pub(super) fn sources(answers: &[MapAnswer]) -> String {
    let mut lines: Vec<String> = answers.iter().map(MapAnswer::source_line).collect();
    let mut seen = BTreeSet::new();
    lines.retain(|line| seen.insert(line.clone()));
    lines.concat()
}

/// `PATH:LINE:COL`.
pub(super) fn numbers(place: &JsonPlace) -> String {
    format!("{}:{}:{}", place.path, place.line, place.column)
}
