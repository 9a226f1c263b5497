//! Where words go: messages to standard error, results to standard output, colour only where it is welcome.

use std::io::{self, IsTerminal as _, Write as _};

use super::{Colour, Shared};
use crate::build::{Built, BuiltDocument};
use crate::drift::{self, Change};
use crate::plan::NetworkChange;
use crate::report::diff::Length;
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
    /// Whether a line that changes may be drawn: for people, on a terminal that can take it back.
    pub(super) shows_progress: bool,
}

impl Console {
    pub(super) fn new(shared: &Shared) -> Self {
        let format = shared.format.of_reports();
        let style = |is_terminal: bool| match shared.color {
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
            quiet: shared.quiet,
            shows_progress: is_watched && !shared.quiet && format == Format::Human,
        }
    }

    /// The same with diagnostics for people, where a result for programs has standard output to itself.
    pub(super) fn with_messages_for_people(&self) -> Self {
        let Self { styles, quiet, shows_progress, .. } = *self;
        Self { format: Format::Human, styles, quiet, shows_progress }
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
        self.differences(built, changes, Length::Full, Vec::new())
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
        self.print(&report)
    }

    /// All diagnostics of a run that compares nothing.
    pub(super) fn diagnostics_alone(&self, built: &Built) -> Result<(), Failure> {
        self.differences(built, Vec::new(), Length::Full, Vec::new())
    }

    /// All facts of a rehearsal: those that do not hold, and all where the format has a place for them.
    pub(super) fn rehearsed(&self, built: &Built, suites: Vec<Suite>) -> Result<(), Failure> {
        self.print(&Report { suites, ..report_of(built, Vec::new()) })
    }

    /// All diagnostics of a run, these differences, and what the documents mean by them.
    pub(super) fn differences(
        &self,
        built: &Built,
        changes: Vec<(usize, Change<'_>)>,
        length: Length,
        meanings: Vec<(String, Vec<NetworkChange>)>,
    ) -> Result<(), Failure> {
        let mut report = Report { meanings, length, ..report_of(built, changes) };
        report.summary = report.count().filter(|_| !self.quiet);
        self.print(&report)
    }

    fn print(&self, report: &Report<'_>) -> Result<(), Failure> {
        let rendered = self.format.render(report, self.styles);
        message(&rendered.messages);
        if rendered.results.is_empty() { Ok(()) } else { result(&rendered.results) }
    }
}

fn report_of<'a>(built: &'a Built, changes: Vec<(usize, Change<'a>)>) -> Report<'a> {
    let documents: Vec<ReportedDocument<'a>> = built.documents.iter().map(reported).collect();
    let changes = changes.into_iter().map(|(index, change)| ReportedChange {
        document: documents[index],
        path: shown(change.path),
        causes: drift::causes(&change),
        news: if built.is_new(index) { MissingText::Omitted } else { MissingText::Included },
        change,
    });
    Report {
        changes: changes.collect(),
        documents,
        meanings: Vec::new(),
        suites: Vec::new(),
        length: Length::Full,
        warnings: WarningLimit::None,
        summary: None,
    }
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

/// The machine refused.
pub(super) fn failure(failure: &Failure) {
    message(&format!("qvm-tangle: {}\n", printable(&failure.to_string())));
}

/// Text about the run, on standard error.
pub(super) fn message(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}
