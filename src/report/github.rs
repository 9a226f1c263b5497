//! GitHub Actions workflow commands, which GitHub shows as annotations on the changed lines, and folds away in the log.
//!
//! Forms, escapes and limits: "Workflow commands for GitHub Actions" of GitHub's documentation. GitHub keeps ten
//! annotations of a level for each step and drops the rest without a word, so that no more are made: what is left over is
//! counted and stands in a group of the log. The text of a document or an output could be a command itself, so it stands
//! where no commands are obeyed.

mod summary;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::diff::render_change;
use super::failure::ReportedFailure;
use super::plan::meaning_line;
use super::{
    EmptyDocument, RenderedReport, Report, ReportStyle, ReportedChange, count, printable, printable_lines, short, word,
};
use crate::diagnostic::{Diagnostic, Severity};
use crate::drift;
use crate::record::hash;
use crate::source::{Sources, Span};

/// The maximum number of annotations of a level that GitHub keeps for a step.
const MOST_ANNOTATIONS: usize = 10;
/// A longer message is cut: GitHub shows the first lines, and the log has the rest.
const LONGEST_MESSAGE: usize = 4000;
/// At most this many outputs of one cause are named.
const MOST_NAMED: usize = 3;

/// An annotation, and the line that says the same in the log.
struct Annotation {
    level: &'static str,
    /// Its properties, escaped.
    place: String,
    title: &'static str,
    message: String,
    line: String,
}

/// Another format's text as it may stand in a runner's log: nothing of it is obeyed, be it `::NAME::` where a line begins or
/// the older `##[NAME]` anywhere.
pub fn without_commands(text: &str) -> String {
    let mut harmless = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let words = line.trim_start();
        harmless += &line[..line.len() - words.len()];
        harmless += &match words.strip_prefix("::") {
            Some(rest) => format!("\\u{{3a}}:{rest}"),
            None => words.to_owned(),
        }
        .replace("##[", "#\\u{23}[");
    }
    harmless
}

/// All on standard output: GitHub reads annotations from either stream, and logs keep the order of one.
pub(super) fn report(report: &Report<'_>) -> RenderedReport {
    let mut annotations: Vec<Annotation> = report.failure.iter().map(|failure| of_failure(report, failure)).collect();
    annotations.extend(report.diagnostics().map(|(sources, it)| of_diagnostic(report, sources, it)));
    annotations.extend(of_differences(report));
    annotations.extend(report.without_output.iter().map(|document| of_empty(report, document)));
    let mut results = annotated(&annotations);
    if !report.meanings.is_empty() {
        results += &group("what the documents say otherwise than when they were last written", &meanings(report));
    }
    for change in &report.changes {
        if report.shows_texts(change) {
            let title = format!("{} is {}", change.name(), change.description());
            let diff = render_change(&change.path, &change.change, report.length, ReportStyle::Plain);
            results += &group(&title, &diff);
        }
    }
    RenderedReport { results, job_summary: summary::draw(report), messages: String::new() }
}

/// One diagnostic as one workflow command, ending in a newline.
pub fn render(sources: &Sources, diagnostic: &Diagnostic) -> String {
    of_diagnostic(&Report::default(), sources, diagnostic).command()
}

/// The first annotations of each level, then how many there are besides, with a line for each.
fn annotated(all: &[Annotation]) -> String {
    let mut text = String::new();
    let mut left: BTreeMap<&str, Vec<&Annotation>> = BTreeMap::new();
    let mut made: BTreeMap<&str, usize> = BTreeMap::new();
    for annotation in all {
        let number = made.entry(annotation.level).or_default();
        if *number == MOST_ANNOTATIONS {
            left.entry(annotation.level).or_default().push(annotation);
        } else {
            *number += 1;
            text += &annotation.command();
        }
    }
    if left.is_empty() {
        return text;
    }
    let counts: Vec<String> = left.iter().map(|(level, of)| count(of.len(), &format!("more {level}"))).collect();
    let lines: String = left.values().flatten().map(|annotation| annotation.line.as_str()).collect();
    let _ = writeln!(text, "{}, since GitHub shows {MOST_ANNOTATIONS} of a level for each step:", counts.join(", "));
    text + &group(&counts.join(", "), &lines)
}

impl Annotation {
    fn command(&self) -> String {
        let Self { level, place, title, message, .. } = self;
        let end = (0..=LONGEST_MESSAGE.min(message.len())).rev().find(|&at| message.is_char_boundary(at));
        let (message, rest) = message.split_at(end.unwrap_or_default());
        let cut = if rest.is_empty() { "" } else { " …" };
        format!("::{level} {place}title={}::{}\n", property(title), data(&format!("{message}{cut}")))
    }
}

fn of_failure(report: &Report<'_>, failure: &ReportedFailure) -> Annotation {
    let file = failure.path.as_deref().map_or_else(String::new, |path| report.file(path));
    let place = failure.place.map_or_else(String::new, |at| format!("line={},col={},", at.line, at.column));
    let title = failure.rule.name();
    let line = format!("{}: error[{title}]: {}\n", failure.shown_place(), failure.message);
    Annotation { level: "error", place: format!("{file}{place}"), title, message: failure.message.clone(), line }
}

fn of_diagnostic(report: &Report<'_>, sources: &Sources, diagnostic: &Diagnostic) -> Annotation {
    let Diagnostic { code, span, message, help, severity, .. } = diagnostic;
    Annotation {
        level: word(*severity),
        place: report.place_of(sources, *span),
        title: code.name(),
        message: format!("{message}\nhelp: {help}"),
        line: short::render(sources, diagnostic),
    }
}

/// One annotation for each cell or line that makes outputs differ, with what to do about them.
fn of_differences(report: &Report<'_>) -> Vec<Annotation> {
    let mut places: Vec<(String, Vec<&ReportedChange<'_>>)> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for change in &report.changes {
        let place = match change.cause() {
            Some(span) => report.place_of(change.document.sources, span),
            None => report.file(&change.path),
        };
        let at = *known.entry(place.clone()).or_insert(places.len());
        match places.get_mut(at) {
            Some((_, changes)) => changes.push(change),
            None => places.push((place, vec![change])),
        }
    }
    let repairs = report.repairs.join("\n");
    let annotation = |(place, changes): (String, Vec<&ReportedChange<'_>>)| Annotation {
        level: word(Severity::Error),
        place,
        title: drift::CODE,
        message: format!("{}\n{repairs}", differing(&changes)).trim_end().to_owned(),
        line: changes.iter().map(|change| short::difference(change)).collect(),
    };
    places.into_iter().map(annotation).collect()
}

/// Which outputs differ.
fn differing(changes: &[&ReportedChange<'_>]) -> String {
    if let [change] = changes {
        return format!("`{}` is {}", change.path, change.description());
    }
    let named: Vec<String> = changes.iter().take(MOST_NAMED).map(|change| format!("`{}`", change.path)).collect();
    let more = match changes.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        number => format!(" and {}", count(number, "more output")),
    };
    format!("{}{more} differ from what the document gives", named.join(", "))
}

fn of_empty(report: &Report<'_>, document: &EmptyDocument) -> Annotation {
    let message = format!("{} gives no output:\n{}", document.shown, document.reasons.join("\n"));
    let line = format!("{}: note: gives no output\n", document.shown);
    Annotation { level: "notice", place: report.file(&document.shown), title: "no output", message, line }
}

fn meanings(report: &Report<'_>) -> String {
    let of = |(document, meanings): &(String, Vec<_>)| -> String {
        let lines = meanings.iter().map(|meaning| format!("  {}\n", meaning_line(meaning)));
        std::iter::once(format!("{document}\n")).chain(lines).collect()
    };
    report.meanings.iter().map(of).collect()
}

/// Lines that are folded away below a title, and in which GitHub looks for no commands. They end at a word that cannot stand
/// in them, since it is their hash.
fn group(title: &str, lines: &str) -> String {
    let lines = printable_lines(lines);
    let newline = if lines.is_empty() || lines.ends_with('\n') { "" } else { "\n" };
    let end = hash(lines.as_bytes());
    format!("::group::{}\n::stop-commands::{end}\n{lines}{newline}::{end}::\n::endgroup::\n", data(title))
}

impl Report<'_> {
    /// Where a span is, as properties; columns count only within one line.
    fn place_of(&self, sources: &Sources, span: Span) -> String {
        let source = sources.get(span.source);
        let (start, end) = (source.position(span.range().start), source.position(span.range().end));
        let columns = if start.line == end.line {
            format!("col={},endColumn={},", start.column, end.column.max(start.column + 1))
        } else {
            String::new()
        };
        format!("{}line={},endLine={},{columns}", self.file(source.path()), start.line, end.line)
    }

    /// A file, which GitHub looks for from the root of the repository.
    fn file(&self, path: &str) -> String {
        format!("file={},", property(&self.path_in_repository(path)))
    }

    fn path_in_repository<'p>(&self, path: &'p str) -> Cow<'p, str> {
        if self.path_prefix.is_empty() || path.starts_with('/') {
            Cow::Borrowed(path)
        } else {
            Cow::Owned(format!("{}{path}", self.path_prefix))
        }
    }
}

/// Escapes what stands after `::`; what a terminal or a reader could be led astray by is made visible before.
fn data(text: &str) -> String {
    printable(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property's value.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
