//! Diagnostics and changes as one JSON document for programs.
//!
//! The types below are the schema: `version` is raised when a field changes its meaning or goes; new fields may come
//! without. Lines and columns count from 1, columns in characters; ends are exclusive.

use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;
use std::fmt::Write as _;

use super::failure::ReportedFailure;
use super::junit::{CaseOutcome, Suite};
use super::plan::{self, EditEntry};
use super::{EmptyDocument, RenderedReport, is_harmful, word};
use crate::diagnostic::{Diagnostic, Fix};
use crate::drift::Change;
use crate::plan::NetworkChange;
use crate::source::{Sources, Span};

/// The version of the schema.
pub const VERSION: u32 = 1;

/// The whole document.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Report")]
pub struct JsonReport {
    /// Always [`VERSION`].
    pub version: u32,
    /// Diagnostics of all documents, sorted by place.
    pub diagnostics: Vec<JsonDiagnostic>,
    /// How outputs differed from the disk before this run.
    pub changes: Vec<Difference>,
    /// What the documents mean otherwise than at their last write, found by `check`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub meanings: Vec<MeaningEntry>,
    /// What a rehearsal has found of the network.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<FactEntry>,
    /// Documents that were named and give no output.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub without_output: Vec<WithoutOutput>,
    /// Why nothing could be done: with exit code 2, when nothing else is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureEntry>,
}

/// A document that was named and gives no output.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WithoutOutput {
    /// The document.
    pub path: String,
    /// Why, one sentence each.
    pub reasons: Vec<String>,
}

/// Why nothing could be done.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FailureEntry {
    /// `invalid-configuration` or `failed-run`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// The file that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The line in the file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The column in that line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
}

/// What a document means otherwise than at its last write.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MeaningEntry {
    /// The document.
    pub path: String,
    /// As `plan --format json` has them.
    pub edits: Vec<EditEntry>,
}

/// One fact of a rehearsal.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FactEntry {
    /// The document.
    pub path: String,
    /// What kind of fact it is.
    pub kind: String,
    /// What should hold.
    pub claim: String,
    /// `holds`, `fails` or `not-tried`.
    pub outcome: &'static str,
    /// What was expected and seen, or why it was not tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One diagnostic.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Diagnostic")]
pub struct JsonDiagnostic {
    /// `error` or `warning`.
    pub severity: &'static str,
    /// The code's name.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// One step that fixes it.
    pub help: String,
    /// What to edit.
    pub place: JsonPlace,
    /// The other parties.
    pub labels: Vec<JsonLabel>,
    /// The edit that fixes it, where one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<JsonEdit>,
}

/// Another place that takes part in a diagnostic.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Labelled")]
pub struct JsonLabel {
    /// What it has to do with it.
    pub message: String,
    /// Where it is.
    pub place: JsonPlace,
}

/// An edit of a document.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Edit")]
pub struct JsonEdit {
    /// What goes; empty where text is only added.
    pub place: JsonPlace,
    /// What stands there afterwards.
    pub text: String,
    /// `safe`: nothing else can be meant; or `unsafe`: the author should look at it.
    pub applicability: &'static str,
}

/// A range in a file.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Place")]
pub struct JsonPlace {
    /// The path as the user named it.
    pub path: String,
    /// First line.
    pub line: usize,
    /// First column.
    pub column: usize,
    /// Line of the end.
    pub end_line: usize,
    /// Column after the last character.
    pub end_column: usize,
}

/// One output that differs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Difference {
    /// Path of the output.
    pub path: String,
    /// `missing`, `changed`, `wrong-mode`, `stale`, `unconfirmed`, `edited`, `not-ours` or `stale-edited`.
    pub kind: &'static str,
    /// Permission bits on disk and wanted, in octal, for `wrong-mode`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modes: Option<[String; 2]>,
    /// The unified diff, whole; empty where the text may not be shown, since it is private or not ours.
    pub diff: String,
    /// The declaration in the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declared: Option<JsonPlace>,
    /// The cells and lines of blocks that make it differ: the first few.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<JsonPlace>,
}

/// The JSON Schema (draft 2020-12) of the whole document.
pub fn schema() -> Schema {
    schema_for!(JsonReport)
}

/// The report on standard output.
pub(super) fn report(report: &super::Report<'_>) -> RenderedReport {
    RenderedReport { results: pretty(&JsonReport::of(report)), ..RenderedReport::default() }
}

impl JsonReport {
    /// A report as a value.
    pub fn of(report: &super::Report<'_>) -> Self {
        let change = |change: &super::ReportedChange<'_>| Difference {
            causes: change.causes.iter().map(|span| place(change.document.sources, *span)).collect(),
            ..difference(change.document.sources, &change.path, &change.change)
        };
        Self {
            version: VERSION,
            diagnostics: report
                .diagnostics()
                .map(|(sources, diagnostic)| json_diagnostic(sources, diagnostic))
                .collect(),
            changes: report.changes.iter().map(change).collect(),
            meanings: report.meanings.iter().map(meaning).collect(),
            facts: report.suites.iter().flat_map(facts).collect(),
            without_output: report.without_output.iter().map(without_output).collect(),
            failure: report.failure.as_ref().map(failure),
        }
    }
}

fn without_output(document: &EmptyDocument) -> WithoutOutput {
    WithoutOutput { path: document.shown.clone(), reasons: document.reasons.clone() }
}

fn failure(failure: &ReportedFailure) -> FailureEntry {
    FailureEntry {
        code: failure.rule.name(),
        message: failure.message.clone(),
        path: failure.path.clone(),
        line: failure.place.map(|place| place.line),
        column: failure.place.map(|place| place.column),
    }
}

fn meaning((path, meanings): &(String, Vec<NetworkChange>)) -> MeaningEntry {
    MeaningEntry { path: path.clone(), edits: meanings.iter().map(plan::edit).collect() }
}

/// The facts of one document as values.
fn facts(suite: &Suite) -> impl Iterator<Item = FactEntry> {
    suite.cases.iter().map(|case| {
        let (outcome, reason) = match &case.outcome {
            CaseOutcome::Passed => ("holds", None),
            CaseOutcome::Failed(reason) => ("fails", Some(reason.clone())),
            CaseOutcome::Skipped(reason) => ("not-tried", Some(reason.clone())),
        };
        FactEntry { path: suite.name.clone(), kind: case.kind.clone(), claim: case.name.clone(), outcome, reason }
    })
}

/// JSON for people and programs: indented, one newline at the end. What a terminal would obey, or turns the direction of
/// writing, is written as its number, which gives programs the same text.
pub fn pretty(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value).expect("our report types have string keys only");
    let mut shown = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if is_harmful(c) && c != '\n' {
            let _ = write!(shown, "\\u{:04x}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    shown.push('\n');
    shown
}

/// One diagnostic as a value.
pub fn json_diagnostic(sources: &Sources, diagnostic: &Diagnostic) -> JsonDiagnostic {
    JsonDiagnostic {
        severity: word(diagnostic.severity),
        code: diagnostic.code.name(),
        message: diagnostic.message.clone(),
        help: diagnostic.help.clone(),
        place: place(sources, diagnostic.span),
        labels: diagnostic
            .labels
            .iter()
            .map(|label| JsonLabel { message: label.message.clone(), place: place(sources, label.span) })
            .collect(),
        fix: diagnostic.fix.as_ref().map(|fix| edit(sources, fix)),
    }
}

fn edit(sources: &Sources, fix: &Fix) -> JsonEdit {
    JsonEdit { place: place(sources, fix.span), text: fix.text.clone(), applicability: fix.applicability.name() }
}

/// One change as a value; `path` is the path to show.
pub fn difference(sources: &Sources, path: &str, change: &Change<'_>) -> Difference {
    Difference {
        path: path.to_owned(),
        kind: change.kind.name(),
        modes: change.kind.modes().map(|modes| modes.map(|mode| format!("{mode:04o}"))),
        diff: super::diff::exact(path, change),
        declared: change.declared().map(|span| place(sources, span)),
        causes: Vec::new(),
    }
}

/// A span in editors' numbers.
pub fn place(sources: &Sources, span: Span) -> JsonPlace {
    let source = sources.get(span.source);
    let start = source.position(span.range().start);
    let end = source.position(span.range().end);
    JsonPlace {
        path: source.path().to_owned(),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
    }
}
