//! Where words go: messages to standard error, results to standard output, colour only where it is welcome.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};

use super::{Colour, Shared};
use crate::build::{Built, BuiltDocument};
use crate::diagnostic::{Diagnostic, Severity};
use crate::drift::{self, Change};
use crate::report::{self, Format, Style, diff, is_harmful, json, printable, printable_name, sarif};
use crate::workspace::{Failure, shown};

/// The two streams and how to write on them.
pub(super) struct Output {
    pub(super) format: Format,
    messages: Style,
    results: Style,
    quiet: bool,
    /// Whether a line that changes may be drawn: for people, on a terminal that can take it back.
    pub(super) shows_progress: bool,
}

impl Output {
    pub(super) fn new(shared: &Shared) -> Self {
        let Shared { format, color: colour, quiet, .. } = *shared;
        let style = |is_terminal: bool| match colour {
            Colour::Always => Style::Coloured,
            // https://no-color.org: any value that is not empty.
            Colour::Auto if is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) => {
                Style::Coloured
            }
            Colour::Auto | Colour::Never => Style::Plain,
        };
        let is_watched = io::stderr().is_terminal() && std::env::var_os("TERM").is_some_and(|term| term != "dumb");
        Self {
            format,
            messages: style(io::stderr().is_terminal()),
            results: style(io::stdout().is_terminal()),
            quiet,
            shows_progress: is_watched && !quiet && format == Format::Human,
        }
    }

    /// One line about what happened; silent with `--quiet` and for machines.
    pub(super) fn note(&self, line: &str) {
        if !self.quiet && self.format == Format::Human {
            message(&format!("{}\n", printable(line)));
        }
    }

    /// Whether a report is one value that a program reads.
    pub(super) fn is_for_programs(&self) -> bool {
        matches!(self.format, Format::Json | Format::Sarif)
    }

    /// All findings of a run, in the chosen format; machine formats have the differences as well.
    pub(super) fn findings(&self, built: &Built) -> Result<(), Failure> {
        // Comparing reads every output, and only these formats tell what differs beside the findings.
        let tells_changes = matches!(self.format, Format::Json | Format::Sarif);
        self.report(built, &if tells_changes { built.changes() } else { Vec::new() })
    }

    /// All findings of a run that compares nothing.
    pub(super) fn findings_alone(&self, built: &Built) -> Result<(), Failure> {
        self.report(built, &[])
    }

    fn report(&self, built: &Built, changes: &[(usize, Change<'_>)]) -> Result<(), Failure> {
        match self.format {
            Format::Json => result(&pretty(&machine_report(built, changes))),
            Format::Sarif => result(&pretty(&sarif::log(&machine_report(built, changes)))),
            Format::Human | Format::Short | Format::Github | Format::Dot | Format::Mermaid => {
                for document in &built.documents {
                    for diagnostic in &document.diagnostics {
                        self.finding(document, diagnostic)?;
                    }
                }
                self.summary(built);
                Ok(())
            }
        }
    }

    fn finding(&self, document: &BuiltDocument, diagnostic: &Diagnostic) -> Result<(), Failure> {
        let sources = &document.loaded.sources;
        match self.format {
            Format::Short => message(&report::short::render(sources, diagnostic)),
            // GitHub reads annotations from either stream; logs keep the order of one.
            Format::Github => result(&report::github::render(sources, diagnostic))?,
            Format::Human | Format::Json | Format::Sarif | Format::Dot | Format::Mermaid => {
                message(&report::human::render(sources, diagnostic, self.messages));
                message("\n");
            }
        }
        Ok(())
    }

    fn summary(&self, built: &Built) {
        let number = |severity| {
            let diagnostics = built.documents.iter().flat_map(|document| &document.diagnostics);
            diagnostics.filter(|diagnostic| diagnostic.severity == severity).count()
        };
        let (errors, warnings) = (number(Severity::Error), number(Severity::Warning));
        let mut parts = Vec::new();
        if errors > 0 {
            parts.push(report::count(errors, "error"));
        }
        if warnings > 0 {
            parts.push(report::count(warnings, "warning"));
        }
        if !parts.is_empty() {
            let ending = if errors > 0 { "; nothing was written" } else { "" };
            self.note(&format!("{}{ending} (`qvm-tangle explain CODE` tells more)", parts.join(", ")));
        }
    }

    /// All differences of a run as diffs; machine formats have them in their report already.
    pub(super) fn differences(&self, built: &Built, length: diff::Length) -> Result<(), Failure> {
        for (index, change) in built.changes() {
            let document = &built.documents[index];
            let path = shown(change.path);
            let name = printable_name(&path);
            let place = change.declared().map_or_else(
                || document.input.shown.clone(),
                |span| crate::diagnostic::place(&document.loaded.sources, span),
            );
            let place = printable_name(&place);
            let what = match change.kind.modes() {
                Some([old, new]) => format!("mode {old:04o}, should be {new:04o}"),
                None => change.kind.description().to_owned(),
            };
            match self.format {
                Format::Human => {
                    result(&format!("{name}: {what} (from {place})\n"))?;
                    result(&diff::drawn(&path, &change, length, self.results))?;
                }
                Format::Short => result(&format!("{place}: error[{}]: {name}: {what}\n", drift::CODE))?,
                Format::Github => {
                    let file = format!("file={}", report::github::property(&path));
                    let message = format!("{what} (from {place})");
                    result(&report::github::annotation("error", &file, drift::CODE, &message))?;
                }
                Format::Json | Format::Sarif | Format::Dot | Format::Mermaid => {}
            }
        }
        Ok(())
    }
}

/// Whoever reads standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    Listening,
    Gone,
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
pub(super) fn print(bytes: &[u8]) -> Result<Reader, Failure> {
    match io::stdout().write_all(bytes).and_then(|()| io::stdout().flush()) {
        Ok(()) => Ok(Reader::Listening),
        Err(reason) if reason.kind() == io::ErrorKind::BrokenPipe => Ok(Reader::Gone),
        Err(reason) => Err(Failure::Print(reason)),
    }
}

/// All that the findings of a run say, to be compared with those of another run.
pub(super) fn findings_in_full(built: &Built) -> String {
    pretty(&machine_report(built, &[]))
}

/// The machine refused.
pub(super) fn failure(failure: &Failure) {
    message(&format!("qvm-tangle: {}\n", printable(&failure.to_string())));
}

/// Text about the run, on standard error.
pub(super) fn message(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

fn machine_report(built: &Built, changes: &[(usize, Change<'_>)]) -> json::Report {
    let mut report = json::Report { version: json::VERSION, diagnostics: Vec::new(), changes: Vec::new() };
    for document in &built.documents {
        let sources = &document.loaded.sources;
        report.diagnostics.extend(document.diagnostics.iter().map(|diagnostic| json::finding(sources, diagnostic)));
    }
    for (index, change) in changes {
        let sources = &built.documents[*index].loaded.sources;
        report.changes.push(json::difference(sources, &shown(change.path), change));
    }
    report
}

/// JSON for people and programs: indented, one newline at the end. What a terminal would obey, or turns the direction of
/// writing, is written as its number, which gives programs the same text.
pub(super) fn pretty(value: &impl serde::Serialize) -> String {
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
