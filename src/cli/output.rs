//! Where words go: messages to standard error, results to standard output, colour only where it is welcome.

use std::io::{self, IsTerminal as _, Write as _};

use super::{Colour, Shared, github};
use crate::build::{Built, BuiltDocument};
use crate::drift::{self, Change};
use crate::report::failure::{FailureRule, ReportedFailure};
use crate::report::github::without_commands;
use crate::report::junit::Suite;
use crate::report::{
    self, Format, MissingText, Report, ReportStyle, ReportedChange, ReportedDocument, Styles, WarningLimit, json,
    printable,
};
use crate::workspace::{Failure, shown};

/// The two streams and how to write on them.
pub(super) struct Console {
    pub(super) format: Format,
    styles: Styles,
    quiet: bool,
    /// Where the run began: a check of the index moves to another folder.
    path_prefix: String,
    /// Whether a line that changes may be drawn: for people, on a terminal that can take it back.
    pub(super) shows_progress: bool,
}

impl Console {
    pub(super) fn new(shared: &Shared) -> Self {
        let console = Self::of(shared.format.of_reports(), shared.color);
        Self { quiet: shared.quiet, shows_progress: console.shows_progress && !shared.quiet, ..console }
    }

    /// One that is not quiet.
    pub(super) fn of(format: Format, colour: Colour) -> Self {
        let style = |is_terminal: bool| match colour {
            Colour::Always => ReportStyle::Coloured,
            // https://no-color.org: any value that is not empty.
            Colour::Auto if is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) => {
                ReportStyle::Coloured
            }
            Colour::Auto | Colour::Never => ReportStyle::Plain,
        };
        let is_watched = io::stderr().is_terminal() && std::env::var_os("TERM").is_some_and(|term| term != "dumb");
        Self {
            format,
            styles: Styles { messages: style(io::stderr().is_terminal()), results: style(io::stdout().is_terminal()) },
            quiet: false,
            path_prefix: if format == Format::Github { github::path_prefix() } else { String::new() },
            shows_progress: is_watched && format == Format::Human,
        }
    }

    /// The same where standard output has something else than the report: its words are for people, on standard error.
    pub(super) fn for_people(&self) -> Self {
        let format = if self.format == Format::Short { Format::Short } else { Format::Human };
        Self {
            format,
            styles: self.styles,
            quiet: self.quiet,
            path_prefix: String::new(),
            shows_progress: self.shows_progress,
        }
    }

    /// How standard output shows text.
    pub(super) fn results_style(&self) -> ReportStyle {
        self.styles.results
    }

    /// One line about what happened; silent with `--quiet` and for machines.
    pub(super) fn note(&self, line: &str) {
        if !self.quiet && self.format == Format::Human {
            message(&format!("{}\n", printable(line)));
        }
    }

    /// All diagnostics of a run, in the chosen format; formats for programs have the differences as well.
    pub(super) fn diagnostics(&self, built: &Built) -> Result<(), Failure> {
        // Comparing reads every output, and people are told of what differs when it is written.
        let changes = if self.format.is_for_programs() { built.changes() } else { Vec::new() };
        self.differences(built, changes, Report::default())
    }

    /// As `diagnostics`, but people see the first few warnings alone; the command shows them all.
    pub(super) fn main_diagnostics(&self, built: &Built, most: usize, command: String) -> Result<(), Failure> {
        let changes = if self.format.is_for_programs() { built.changes() } else { Vec::new() };
        self.limited(built, changes, WarningLimit::First { number: most, command })
    }

    /// As `diagnostics_alone`, but people see no warning, since the command shows them.
    pub(super) fn errors_alone(&self, built: &Built, command: String) -> Result<(), Failure> {
        self.limited(built, Vec::new(), WarningLimit::First { number: 0, command })
    }

    fn limited(&self, built: &Built, changes: Vec<(usize, Change<'_>)>, warnings: WarningLimit) -> Result<(), Failure> {
        let mut report = Report { warnings, ..report_of(built, changes) };
        report.summary = report.count().filter(|_| !self.quiet);
        self.print(report)
    }

    /// All diagnostics of a run that compares nothing.
    pub(super) fn diagnostics_alone(&self, built: &Built) -> Result<(), Failure> {
        self.differences(built, Vec::new(), Report::default())
    }

    /// All facts of a rehearsal: those that do not hold, and all where the format has a place for them.
    pub(super) fn rehearsed(&self, built: &Built, suites: Vec<Suite>) -> Result<(), Failure> {
        self.print(Report { suites, ..report_of(built, Vec::new()) })
    }

    /// All diagnostics of a run, these differences, and what there is to say of them.
    pub(super) fn differences<'a>(
        &self,
        built: &'a Built,
        changes: Vec<(usize, Change<'a>)>,
        beside: Report<'a>,
    ) -> Result<(), Failure> {
        let Report { documents, changes, without_output, .. } = report_of(built, changes);
        let mut report = Report { documents, changes, without_output, ..beside };
        report.summary = report.count().filter(|_| !self.quiet);
        self.print(report)
    }

    /// The machine refused: in the form that was asked for, and for people where programs read that.
    pub(super) fn failure(&self, failure: &Failure) {
        let reported = reported_failure(failure);
        let is_open = !matches!(failure, Failure::Print(_));
        if self.format.has_results() || !is_open {
            message(&format!("qvm-tangle: {}\n", printable(&reported.sentence)));
        }
        if is_open {
            self.reported(reported);
        }
    }

    /// A failure that people have been told of.
    pub(super) fn reported(&self, failure: ReportedFailure) {
        let _ = self.print(Report { failure: Some(failure), ..Report::default() });
    }

    fn print(&self, report: Report<'_>) -> Result<(), Failure> {
        let report = Report { path_prefix: self.path_prefix.clone(), ..report };
        let mut rendered = self.format.render(&report, self.styles);
        if let Some(refused) = github::add_to_summary(&rendered.job_summary) {
            rendered.results += &refused;
        }
        if matches!(self.format, Format::Human | Format::Short) {
            rendered.messages = for_people(rendered.messages);
            rendered.results = for_people(rendered.results);
        }
        message(&rendered.messages);
        if rendered.results.is_empty() { Ok(()) } else { result(&rendered.results) }
    }
}

/// A failure as reports have it.
fn reported_failure(failure: &Failure) -> ReportedFailure {
    let (rule, message, path, place) = match failure {
        Failure::Configuration(path, mistake) => {
            (FailureRule::Configuration, Some(mistake.reason.clone()), Some(path), mistake.place)
        }
        Failure::Untrusted(lack) => (FailureRule::Run, None, Some(&lack.file), None),
        Failure::Read(path, _) | Failure::Missing(path, _) | Failure::Write(path, _) | Failure::Unusable(path, _) => {
            (FailureRule::Run, None, Some(path), None)
        }
        Failure::Print(_) | Failure::Other(_) => (FailureRule::Run, None, None, None),
    };
    let sentence = failure.to_string();
    let message = message.unwrap_or_else(|| sentence.clone());
    ReportedFailure { rule, message, sentence, path: path.map(|path| shown(path)), place }
}

fn report_of<'a>(built: &'a Built, changes: Vec<(usize, Change<'a>)>) -> Report<'a> {
    let documents: Vec<ReportedDocument<'a>> = built.documents.iter().map(reported).collect();
    let are_new: Vec<bool> = (0..documents.len()).map(|document| built.is_new(document)).collect();
    let changes = changes.into_iter().map(|(index, change)| ReportedChange {
        document: documents[index],
        path: shown(change.path),
        causes: drift::causes(&change),
        news: if are_new[index] { MissingText::Omitted } else { MissingText::Included },
        change,
    });
    let without_output = built.without_output();
    Report { changes: changes.collect(), documents, without_output, ..Report::default() }
}

fn reported(document: &BuiltDocument) -> ReportedDocument<'_> {
    ReportedDocument {
        shown: &document.input.shown,
        sources: &document.loaded.sources,
        diagnostics: &document.diagnostics,
    }
}

/// Whoever reads standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StdoutState {
    Open,
    Closed,
}

/// Text for people, in which a runner that reads it finds no command.
pub(super) fn for_people(text: String) -> String {
    if github::is_runner() { without_commands(&text) } else { text }
}

/// Text that was asked for, on standard output. A reader that went away is no failure.
pub(super) fn result(text: &str) -> Result<(), Failure> {
    print(text.as_bytes()).map(|_| ())
}

/// A patch on standard output: exact for a program or a file, harmless on a terminal.
pub(super) fn patch(text: &str) -> Result<(), Failure> {
    if io::stdout().is_terminal() { result(&report::printable_lines(text)) } else { result(text) }
}

/// Bytes for standard output, of which nothing stays in the buffer: what fails later would fail unseen.
pub(super) fn print(bytes: &[u8]) -> Result<StdoutState, Failure> {
    match io::stdout().write_all(bytes).and_then(|()| io::stdout().flush()) {
        Ok(()) => Ok(StdoutState::Open),
        Err(reason) if reason.kind() == io::ErrorKind::BrokenPipe => Ok(StdoutState::Closed),
        Err(reason) => Err(Failure::Print(reason)),
    }
}

/// All that the diagnostics of a run say, to be compared with those of another run.
pub(super) fn diagnostics_in_full(built: &Built) -> String {
    json::pretty(&json::JsonReport::of(&report_of(built, Vec::new())))
}

/// Text about the run, on standard error.
pub(super) fn message(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}
