//! Draws reports: one file per format, the same diagnostics in each.
//!
//! The only module that knows what a report looks like. It gives texts for the two streams; printing is the command line's job.
//!
//! A new format is a file with `report`, its variant in [`Format`] and in `FormatArgument` of `cli/format.rs`, whose
//! comment is its line in `--help`. Of diagnostics, changes and suites it shows what it has a form for, and nothing but
//! by [`printable`]. [`Format::is_for_programs`] says whether it has outputs that differ beside diagnostics. The compiler
//! names each `match` that lacks an arm; `cli::dispatch` refuses a format of one command for all others, as `junit`.
//! `every_format_has_the_same_diagnostic` of `tests/program/cli.rs` tries each (`cargo test --test program format`).

pub mod diff;
pub mod failure;
pub mod github;
pub mod human;
pub mod json;
pub mod junit;
pub mod page;
pub mod plan;
pub mod rules;
pub mod sarif;
pub mod short;

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

use crate::diagnostic::{Code, Diagnostic, Severity, place};
use crate::drift::Change;
use crate::plan::NetworkChange;
use crate::source::{Sources, Span};
use diff::Length;
use failure::ReportedFailure;
use junit::Suite;

/// What is encoded in the path of a URI: all but the unreserved characters of RFC 3986, and the slash between its parts.
pub const OF_PATHS: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The forms a report can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// As rustc does: the line, the mark, the help.
    Human,
    /// `path:line:col: severity[code]: message`, one line each.
    Short,
    /// One JSON document.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// GitHub Actions annotations.
    Github,
    /// The XML of `JUnit`, which has the facts of a rehearsal.
    Junit,
}

/// What a run found.
#[derive(Debug, Default)]
pub struct Report<'a> {
    /// The documents in the order of the run.
    pub documents: Vec<ReportedDocument<'a>>,
    /// Outputs that differ from what the documents give.
    pub changes: Vec<ReportedChange<'a>>,
    /// What the documents mean otherwise than at their last write, each by its path as messages show it.
    pub meanings: Vec<(String, Vec<NetworkChange>)>,
    /// What a rehearsal has found, a suite a document.
    pub suites: Vec<Suite>,
    /// How much of a long difference people see.
    pub length: Length,
    /// How many warnings people see; the rest is counted.
    pub warnings: WarningLimit,
    /// A last line for people.
    pub summary: Option<String>,
    /// What to do about the outputs that differ, a sentence each.
    pub repairs: Vec<String>,
    /// Documents that were named and give no output.
    pub without_output: Vec<EmptyDocument>,
    /// Why nothing could be done; then there is nothing else.
    pub failure: Option<ReportedFailure>,
    /// What stands before a path to make it one from the root of the repository, for services that show it there.
    pub path_prefix: String,
}

/// A document that gives no output, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmptyDocument {
    /// Its path as messages show it.
    pub shown: String,
    /// One sentence each.
    pub reasons: Vec<String>,
}

/// How many warnings a report for people shows. Errors, and what a run says of outputs that were edited by hand, are always
/// shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum WarningLimit {
    /// All of them.
    #[default]
    None,
    /// The first few; a command shows all.
    First {
        /// How many.
        number: usize,
        /// The command.
        command: String,
    },
}

/// What was found in one document.
#[derive(Debug, Clone, Copy)]
pub struct ReportedDocument<'a> {
    /// Its path as messages show it.
    pub shown: &'a str,
    /// The texts that its diagnostics point into.
    pub sources: &'a Sources,
    /// Its diagnostics, sorted.
    pub diagnostics: &'a [Diagnostic],
}

/// An output that differs.
#[derive(Debug)]
pub struct ReportedChange<'a> {
    /// The document that gives it.
    pub document: ReportedDocument<'a>,
    /// Its path as messages show it.
    pub path: String,
    /// How it differs.
    pub change: Change<'a>,
    /// The cells and block lines that make it differ, as far as the source map knows; the first few.
    pub causes: Vec<Span>,
    /// Whether people see the text of a file that is not there.
    pub news: MissingText,
}

/// Whether the text of a missing output says anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingText {
    /// The document has other outputs on disk, so that its text is what changed.
    Included,
    /// None of the document's outputs was ever written: a list of them says as much.
    Omitted,
}

/// A report as text.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct RenderedReport {
    /// For standard error.
    pub messages: String,
    /// For standard output.
    pub results: String,
    /// Markdown for the page on which a service sums a job up.
    pub job_summary: String,
}

/// How either stream shows text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Styles {
    /// Standard error's.
    pub messages: ReportStyle,
    /// Standard output's.
    pub results: ReportStyle,
}

/// Whether escape sequences for colour may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportStyle {
    /// Plain text.
    Plain,
    /// ANSI colours.
    Coloured,
}

impl Format {
    /// Whether a report is one value that a program reads; it tells of changes beside diagnostics.
    pub fn is_for_programs(self) -> bool {
        match self {
            Self::Json | Self::Sarif => true,
            Self::Human | Self::Short | Self::Github | Self::Junit => false,
        }
    }

    /// Whether all of a report is on standard output, in a form of its own.
    pub fn has_results(self) -> bool {
        match self {
            Self::Json | Self::Sarif | Self::Junit => true,
            Self::Human | Self::Short | Self::Github => false,
        }
    }

    /// The report in this form.
    pub fn render(self, report: &Report<'_>, styles: Styles) -> RenderedReport {
        match self {
            Self::Human => human::report(report, styles),
            Self::Short => short::report(report),
            Self::Json => json::report(report),
            Self::Sarif => sarif::report(report),
            Self::Github => github::report(report),
            Self::Junit => junit::report(report),
        }
    }
}

impl<'a> Report<'a> {
    /// Whether the texts of a difference are shown.
    fn shows_texts(&self, change: &ReportedChange<'_>) -> bool {
        change.news == MissingText::Included || self.length == Length::Full
    }

    /// Every diagnostic with the texts it points into.
    fn diagnostics(&self) -> impl Iterator<Item = (&'a Sources, &'a Diagnostic)> {
        self.documents
            .iter()
            .flat_map(|document| document.diagnostics.iter().map(|diagnostic| (document.sources, diagnostic)))
    }

    /// The diagnostics that people see.
    fn shown_diagnostics(&self) -> impl Iterator<Item = (&'a Sources, &'a Diagnostic)> {
        let mut left = match self.warnings {
            WarningLimit::None => usize::MAX,
            WarningLimit::First { number, .. } => number,
        };
        self.diagnostics().filter(move |(_, diagnostic)| {
            let is_of_the_run = matches!(diagnostic.code, Code::EditedOutput | Code::StrayText);
            let is_due = diagnostic.severity == Severity::Error || is_of_the_run || left > 0;
            left = left.saturating_sub(usize::from(is_due && diagnostic.severity == Severity::Warning));
            is_due
        })
    }

    /// How many errors and warnings there are, as a sentence; none if there are none.
    pub fn count(&self) -> Option<String> {
        let number = |severity| self.diagnostics().filter(|(_, diagnostic)| diagnostic.severity == severity).count();
        let (errors, warnings) = (number(Severity::Error), number(Severity::Warning));
        let all = [(errors, "error"), (warnings, "warning")].into_iter().filter(|(number, _)| *number > 0);
        let parts: Vec<String> = all.map(|(number, noun)| count(number, noun)).collect();
        let ending = if errors > 0 { "; nothing was written" } else { "" };
        let shown = self.shown_diagnostics().count();
        let more = match (&self.warnings, errors + warnings - shown) {
            (WarningLimit::None, _) | (_, 0) => "`qvm-tangle explain CODE` tells more".to_owned(),
            (WarningLimit::First { command, .. }, _) if shown == 0 => format!("`{command}` shows them"),
            (WarningLimit::First { command, .. }, hidden) => format!("`{command}` shows {hidden} more"),
        };
        (!parts.is_empty()).then(|| format!("{}{ending} ({more})", parts.join(", ")))
    }
}

impl ReportedChange<'_> {
    /// What differs, as a phrase.
    fn description(&self) -> String {
        match self.change.kind.modes() {
            Some([old, new]) => format!("mode {old:04o}, should be {new:04o}"),
            None => self.change.kind.description().to_owned(),
        }
    }

    /// What makes it differ, else the declaration that leads to the output.
    fn cause(&self) -> Option<Span> {
        self.causes.first().copied().or_else(|| self.change.declared())
    }

    /// What makes it differ, else the declaration that leads to the output, else the document.
    fn place(&self) -> String {
        let place =
            self.cause().map_or_else(|| self.document.shown.to_owned(), |span| place(self.document.sources, span));
        printable_name(&place).into_owned()
    }

    /// The place, and how many more there are.
    fn places(&self) -> String {
        match self.causes.len() {
            0 | 1 => self.place(),
            number => format!("{} and {}", self.place(), count(number - 1, "more place")),
        }
    }

    /// The output's path as it may be shown.
    fn name(&self) -> Cow<'_, str> {
        printable_name(&self.path)
    }
}

/// The word for a severity in every format that uses words.
pub fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// Text of a document as it may be shown: a control character could otherwise move a terminal's cursor or worse, and one
/// that turns the direction of writing could make a line read as what it is not.
pub fn printable(text: &str) -> Cow<'_, str> {
    let is_escaped = |c: char| is_harmful(c) && c != '\n';
    if !text.contains(is_escaped) {
        return Cow::Borrowed(text);
    }
    let escape = |c: char| if is_escaped(c) { c.escape_default().to_string() } else { c.to_string() };
    Cow::Owned(text.chars().map(escape).collect())
}

/// Lines of a text as they may be shown. Tabs are harmless and keep the columns.
pub fn printable_lines(text: &str) -> String {
    text.split('\t').map(printable).collect::<Vec<_>>().join("\t")
}

/// A name or a path as it may be shown, on one line.
pub fn printable_name(text: &str) -> Cow<'_, str> {
    match printable(text) {
        shown if shown.contains('\n') => Cow::Owned(shown.replace('\n', "\\n")),
        shown => shown,
    }
}

/// Control characters, and those that turn the direction of writing (Unicode, UAX 9).
pub fn is_harmful(c: char) -> bool {
    c.is_control() || is_turning(c)
}

fn is_turning(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
}

/// `1 error`, `2 warnings`.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::{printable, printable_name};

    #[test]
    fn no_document_reaches_into_the_terminal() {
        assert_eq!(printable("host `a\u{1b}[2Jb`\nnext"), "host `a\\u{1b}[2Jb`\nnext");
        assert_eq!(printable("zwölf"), "zwölf");
        assert_eq!(printable("a\u{202e}b\u{2066}\u{61c}\u{200f}"), "a\\u{202e}b\\u{2066}\\u{61c}\\u{200f}");
        assert_eq!(printable_name("a\nb"), "a\\nb");
    }
}
