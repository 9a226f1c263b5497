//! Draws diagnostics: one file per format, the same findings in each.
//!
//! The only module that knows what a report looks like. It returns text; printing is the command line's job.

pub mod diff;
pub mod github;
pub mod human;
pub mod json;
pub mod sarif;
pub mod short;

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

use crate::diagnostic::Severity;

/// What is encoded in the path of a URI: all but the unreserved characters of RFC 3986, and the slash between its parts.
pub const OF_PATHS: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// How findings are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// As rustc does: the line, the mark, the help.
    #[default]
    Human,
    /// `path:line:col: severity[code]: message`, one line each.
    Short,
    /// One JSON document, see `qvm-tangle show report-schema`.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// GitHub Actions annotations.
    Github,
    /// Graphviz, for `show graph` only.
    Dot,
    /// Mermaid, for `show graph` only.
    Mermaid,
}

/// Whether escape sequences for colour may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Plain text.
    Plain,
    /// ANSI colours.
    Coloured,
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
