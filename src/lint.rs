//! Runs the checkers that fit each output and reports what they find at the Org line.
//!
//! The outputs are examined as the document gives them now, in a folder of their own: nothing on disk is read or
//! written. Which programs there are is in [`checker`], how their words are read in [`reading`], running them side by side
//! in [`run`]. What they find becomes a diagnostic here, by way of the source map.
#![expect(clippy::disallowed_methods, reason = "this module owns the programs it runs and the folder they run in")]

pub mod checker;
mod confine;
mod openssl;
mod reading;
mod run;
mod scratch;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::accept;
use crate::artifact::Artifact;
use crate::build::{Built, BuiltDocument, Trust};
use crate::diagnostic::{self, Code, Diagnostic, Levels};
use crate::map::{self, MadeFrom, Mapping};
use crate::parallel::Progress;
use crate::source::{Source, SourceId, Sources, Span, Unit};
use crate::workspace::{Failure, shown};
use checker::{Checker, CheckerJob};
use run::Verdict;

/// What a checker said of one place in one output.
#[derive(Debug, Clone, PartialEq, Eq)]
struct CheckerMessage {
    /// The output's path below the folder that the checkers run in; none for the one that was examined.
    path: Option<PathBuf>,
    /// The line, from 1; none if the checker speaks of the whole output.
    line: Option<usize>,
    /// The columns, in characters from 1, the end exclusive.
    columns: Option<Range<usize>>,
    severity: diagnostic::Severity,
    /// The checker's own name for the fault, such as `SC2086`.
    code: Option<String>,
    message: String,
}

/// Examines all outputs of a run and replaces its diagnostics by those of the checkers.
///
/// Gives the names of the checkers that ran; `progress` counts every run of one. Without trust the checkers are kept to the
/// outputs ([`confine`]); that a checker of the configuration needs it the caller has made sure of.
///
/// # Errors
/// The folder for the outputs cannot be made, or a checker cannot be started.
pub fn lint(
    built: &mut Built,
    checkers: &[Checker],
    levels: &Levels,
    trust: &Trust,
    progress: &Progress,
) -> Result<Vec<String>, Failure> {
    let mut ran = Vec::new();
    let mut named = BTreeSet::new();
    for document in &mut built.documents {
        let root = common_folder(&document.compilation.artifacts);
        let artifacts = &document.compilation.artifacts;
        let jobs: Vec<CheckerJob<'_>> = artifacts
            .iter()
            .flat_map(|artifact| {
                let below = artifact.path.strip_prefix(&root).unwrap_or(&artifact.path);
                let fitting = checkers.iter().filter(|checker| checker.examines(below, &artifact.text));
                fitting.map(move |checker| CheckerJob { checker, artifact, below: below.to_owned() })
            })
            .collect();
        let verdicts = run::run(&jobs, artifacts, &root, trust, progress)?;
        let mut located = LocatedMessages::default();
        let mut missing: BTreeMap<&str, Vec<(&CheckerJob<'_>, String)>> = BTreeMap::new();
        for (job, verdict) in jobs.iter().zip(verdicts) {
            match verdict {
                Verdict::Messages(messages) => {
                    if !ran.contains(&job.checker.name) {
                        ran.push(job.checker.name.clone());
                    }
                    located.extend(job, messages, artifacts, &root);
                }
                Verdict::Unusable(reason) => missing.entry(&job.checker.name).or_default().push((job, reason)),
            }
        }
        // Of many documents, the first that needs a checker says that it is missing.
        missing.retain(|name, _| named.insert((*name).to_owned()));
        let mut diagnostics: Vec<Diagnostic> = missing.values().map(|jobs| missing_checker(jobs)).collect();
        let mut outputs = HashMap::new();
        let sources = &mut document.loaded.sources;
        diagnostics.extend(located.found.into_iter().map(|message| message.diagnostic(sources, &mut outputs)));
        finish_diagnostics(document, diagnostics, levels);
    }
    ran.sort();
    Ok(ran)
}

/// What build does with its own diagnostics, for those of the checkers.
fn finish_diagnostics(document: &mut BuiltDocument, mut diagnostics: Vec<Diagnostic>, levels: &Levels) {
    levels.apply(&mut diagnostics);
    accept::apply(document.loaded.document().document(), &mut diagnostics, Code::is_from_checkers);
    diagnostic::sort(&mut diagnostics);
    document.diagnostics = diagnostics;
}

/// The deepest folder that all outputs are in.
fn common_folder(artifacts: &[Artifact]) -> PathBuf {
    let mut folders = artifacts.iter().filter_map(|artifact| artifact.path.parent());
    let first = folders.next().unwrap_or(Path::new("/"));
    let common = folders.fold(first, |common, folder| {
        common.ancestors().find(|ancestor| folder.starts_with(ancestor)).unwrap_or(Path::new("/"))
    });
    common.to_owned()
}

fn missing_checker(jobs: &[(&CheckerJob<'_>, String)]) -> Diagnostic {
    let (first, reason) = &jobs[0];
    let others = match jobs.len() - 1 {
        0 => String::new(),
        1 => " and one other output".to_owned(),
        number => format!(" and {number} other outputs"),
    };
    Diagnostic::new(
        Code::MissingChecker,
        first.artifact.declared,
        format!("`{}` {reason}; it would examine `{}`{others}", first.checker.name, shown(&first.artifact.path)),
        first.checker.remedy(),
    )
}

/// Messages of checkers, each once: a part that ten outputs include is at fault once.
#[derive(Default)]
struct LocatedMessages<'a> {
    found: Vec<LocatedMessage<'a>>,
    known: BTreeMap<MessageKey, usize>,
    /// The outputs with their lines counted.
    texts: HashMap<&'a Path, Sources>,
}

/// What two messages must share to be one diagnostic: checker, its code, message, and the places in document and template.
type MessageKey = (String, Option<String>, String, Span, Option<Span>);

/// A message and where the bytes it speaks of came from.
struct LocatedMessage<'a> {
    checker: &'a Checker,
    artifact: &'a Artifact,
    message: CheckerMessage,
    mapping: Option<Mapping>,
    /// How many other places in outputs have it as well.
    others: usize,
}

impl<'a> LocatedMessages<'a> {
    fn extend(&mut self, job: &CheckerJob<'a>, messages: Vec<CheckerMessage>, artifacts: &'a [Artifact], root: &Path) {
        for message in messages {
            let path = message.path.as_ref().map(|path| root.join(path));
            let artifact = artifacts.iter().find(|other| Some(&other.path) == path.as_ref()).unwrap_or(job.artifact);
            let texts = self.texts.entry(&artifact.path).or_insert_with(|| counted(artifact));
            let mapping = texts.iter().next().and_then(|text| place(artifact, text, &message));
            let key = (
                job.checker.name.clone(),
                message.code.clone(),
                message.message.clone(),
                mapping.as_ref().map_or(artifact.declared, |mapping| mapping.document),
                mapping.as_ref().and_then(|mapping| mapping.template),
            );
            let is_shared = key.4.is_some();
            match self.known.get(&key) {
                Some(&index) if is_shared => self.found[index].others += 1,
                Some(_) | None => {
                    self.known.insert(key, self.found.len());
                    self.found.push(LocatedMessage { checker: job.checker, artifact, message, mapping, others: 0 });
                }
            }
        }
    }
}

fn counted(artifact: &Artifact) -> Sources {
    let mut texts = Sources::default();
    texts.add("", artifact.text.as_str());
    texts
}

/// The bytes that a message speaks of, and where they came from; `text` is the artifact's.
fn place(artifact: &Artifact, text: &Source, message: &CheckerMessage) -> Option<Mapping> {
    // Checkers speak of the line after the last when something is not closed.
    let number = message.line?.min(text.line_count());
    let line = text.line(number)?;
    let Some(columns) = &message.columns else {
        return map::main_mapping(artifact, line.clone()).or_else(|| map::at(artifact, line.start));
    };
    let offset = |column: usize| text.offset(number, column.saturating_sub(1), Unit::Character).unwrap_or(line.end);
    let start = offset(columns.start);
    let end = offset(columns.end).max(start);
    let first = map::at(artifact, start)?;
    let whole = map::within(artifact, start..end);
    // Marked as far as one piece of the source goes.
    Some(whole.into_iter().find(|mapping| mapping.output.start == first.output.start).unwrap_or(first))
}

impl<'a> LocatedMessage<'a> {
    /// `outputs` are those that are among the sources already.
    fn diagnostic(self, sources: &mut Sources, outputs: &mut HashMap<&'a Path, SourceId>) -> Diagnostic {
        let CheckerMessage { code, message, severity, .. } = &self.message;
        let name = match code {
            Some(code) => format!("{} {code}", self.checker.name),
            None => self.checker.name.clone(),
        };
        let others = match self.others {
            0 => String::new(),
            1 => " (and in one other place)".to_owned(),
            number => format!(" (and in {number} other places)"),
        };
        let span = self.mapping.as_ref().map_or(self.artifact.declared, |mapping| mapping.document);
        let mut diagnostic = Diagnostic::new(
            match severity {
                diagnostic::Severity::Error => Code::CheckerError,
                diagnostic::Severity::Warning => Code::CheckerWarning,
            },
            span,
            format!("{name}: {message}{others}"),
            self.help(),
        );
        if let Some(template) = self.mapping.as_ref().and_then(|mapping| mapping.template) {
            diagnostic = diagnostic.label(template, "this part of the template gave it");
        }
        let output = *outputs.entry(&self.artifact.path).or_insert_with(|| output_source(self.artifact, sources));
        let place = self.mapping.as_ref().map_or(0..0, |mapping| mapping.output.clone());
        let span = sources.get(output).span(place);
        diagnostic.label(span, format!("{name} points here"))
    }

    fn help(&self) -> String {
        let more = match (&self.message.code, self.checker.name.as_str()) {
            (Some(code), "shellcheck") => format!("; https://www.shellcheck.net/wiki/{code} tells more"),
            _ => String::new(),
        };
        let what = match self.mapping.as_ref().map(|mapping| mapping.made) {
            Some(MadeFrom::Block) => "correct this line of the block",
            Some(MadeFrom::Value) => "write another value, or correct the template that places it",
            Some(MadeFrom::Template) => "correct the template, or replace it by one in `templates/`",
            Some(MadeFrom::Picture) | None => "correct what this declaration leads to",
        };
        format!("{what}{more}")
    }
}

/// The output as a text that labels can point into.
fn output_source(artifact: &Artifact, sources: &mut Sources) -> SourceId {
    let path = shown(&artifact.path);
    let known = sources.iter().find(|source| source.path() == path && source.text() == artifact.text);
    match known.map(Source::id) {
        Some(id) => id,
        None => sources.add(path, artifact.text.as_str()),
    }
}
