//! A diagnostic about a document, as data. Drawing it is `report`'s job.
//!
//! Everything the author can fix is a [`Diagnostic`]; the machine refusing (a folder that cannot be written) is a
//! `Failure` of the shell. The code decides the severity; the table of codes is in [`code`].

pub mod code;
pub mod level;

use crate::source::{Sources, Span};
pub use code::Code;
pub use level::{Level, Levels};

/// One diagnostic: what is wrong, where to fix it, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Names the fault; documentation and default severity hang on it.
    pub code: Code,
    /// The code's own severity until [`Levels`] has its say.
    pub severity: Severity,
    /// The cell, keyword, line or block of an Org source that the author should edit.
    pub span: Span,
    /// What is wrong here: lower case, no full stop, the offending text in backticks.
    pub message: String,
    /// One concrete step that fixes it, in the imperative.
    pub help: String,
    /// The other parties, such as `first declared here`.
    pub labels: Vec<Label>,
    /// The edit that `help` describes, where the rule knows it to the letter.
    pub fix: Option<Fix>,
}

/// Another place that takes part in a diagnostic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where it is: in a document, a setup file, a template or an output.
    pub span: Span,
    /// What it has to do with the diagnostic.
    pub message: String,
}

/// An edit that fixes a diagnostic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What goes; empty where something is only added.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
    /// Whether it can be made without a look at it.
    pub applicability: Applicability,
}

/// Whether an edit can be made without a look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Applicability {
    /// Nothing else can be meant, and no output that a document without errors gives becomes another one.
    Safe,
    /// It is the likeliest edit, but the author may mean another one, or an output changes.
    Unsafe,
}

/// How much a diagnostic weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing is written while there is one.
    Error,
    /// Worth a change; does not stop writing.
    Warning,
}

impl Applicability {
    /// The word in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
        }
    }
}

impl Diagnostic {
    /// A diagnostic without other parties.
    pub fn new(code: Code, span: Span, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            span,
            message: message.into(),
            help: help.into(),
            labels: Vec::new(),
            fix: None,
        }
    }

    /// The same diagnostic with one more place to show.
    #[must_use]
    pub fn label(mut self, span: Span, message: impl Into<String>) -> Self {
        self.labels.push(Label { span, message: message.into() });
        self
    }

    /// The same diagnostic with the likeliest text in place of a span, if one is known.
    #[must_use]
    pub fn fix(self, span: Span, text: Option<impl Into<String>>) -> Self {
        self.with_fix(span, text, Applicability::Unsafe)
    }

    /// The same diagnostic with the only text that can be meant in place of a span, if there is one.
    #[must_use]
    pub fn safe_fix(self, span: Span, text: Option<impl Into<String>>) -> Self {
        self.with_fix(span, text, Applicability::Safe)
    }

    fn with_fix(mut self, span: Span, text: Option<impl Into<String>>, applicability: Applicability) -> Self {
        self.fix = text.map(|text| Fix { span, text: text.into(), applicability });
        self
    }
}

/// Sorts by file, place and code, so that a report does not depend on the order of the rules.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| (a.span, a.code.name(), &a.message).cmp(&(b.span, b.code.name(), &b.message)));
    diagnostics.dedup();
}

/// The candidate nearest to a misspelt name, if one is near enough to be meant.
///
/// Near means at most a third of the longer name's letters differ, as cargo and clap judge it.
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&name.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance * 3 <= name.chars().count().max(candidate.chars().count()))
        .min()
        .map(|(_, candidate)| candidate)
}

/// Whether any diagnostic of the list is an error.
pub fn has_error(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}

/// `path:line:column` of a span's start, as messages name a place.
pub fn place(sources: &Sources, span: Span) -> String {
    let source = sources.get(span.source);
    let position = source.position(span.range().start);
    format!("{}:{}:{}", source.path(), position.line, position.column)
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn a_slip_finds_its_word_and_a_stranger_none() {
        assert_eq!(closest("wbe", ["db", "web"]), Some("web"));
        assert_eq!(closest("tangel", ["tangle", "table"]), Some("tangle"));
        assert_eq!(closest("printer", ["web", "db"]), None);
    }
}
