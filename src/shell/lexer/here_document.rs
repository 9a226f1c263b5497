//! Here-documents: announced by `<<`, read from the next line on.

use super::frame::Tabs;
use super::{Lexer, ScriptLayout};
use crate::shell::token::{Context, TokenKind};

/// A here-document whose body comes after the next end of a line.
#[derive(Debug)]
pub(super) struct HereDocument {
    /// How many substitutions were open where it was announced.
    pub(super) unit: u32,
    delimiter: String,
    is_quoted: bool,
    tabs: Tabs,
}

impl Lexer<'_> {
    /// Remembers the here-document of a delimiter, as it is written.
    pub(super) fn announce(&mut self, written: &str, tabs: Tabs) {
        self.doubt_if_counted();
        let (delimiter, is_plain) = unquoted(written);
        if !is_plain {
            self.doubt(self.at);
        }
        let is_quoted = written.contains(['\'', '"', '\\']);
        self.pending.push(HereDocument { unit: self.units, delimiter, is_quoted, tabs });
    }

    /// After the end of a line of code: takes the bodies of all that were announced.
    pub(super) fn here_documents(&mut self) {
        let own = self.pending.partition_point(|document| document.unit < self.units);
        if own > 0 {
            // Those of the code around a substitution: not every release of bash begins them here.
            self.doubt(self.at);
        }
        for document in self.pending.split_off(own) {
            self.body(&document);
        }
    }

    fn body(&mut self, document: &HereDocument) {
        let start = self.at;
        let mut is_continued = false;
        let mut at = start;
        let (mut end, mut next) = (self.bytes.len(), self.bytes.len());
        let mut is_closed = false;
        while at < self.bytes.len() {
            let rest = &self.bytes[at..];
            let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let line = &self.text[at..at + length];
            let after = (at + length + 1).min(self.bytes.len());
            if !is_continued && self.is_delimiter(line, document) {
                (end, next, is_closed) = (at, after, true);
                break;
            }
            let backslashes = line.bytes().rev().take_while(|&byte| byte == b'\\').count();
            is_continued = !document.is_quoted && backslashes % 2 == 1;
            at = after;
        }
        if !is_closed {
            self.doubt(start);
        }
        let context = if document.is_quoted { Context::QuotedHereDocument } else { Context::HereDocument };
        self.take_as(TokenKind::HereDocument, context, end - start);
        self.pass_values_of_body(end, next, context);
        self.at = next;
    }

    /// A value that reaches into the line that ends the body does not stand in the body.
    fn pass_values_of_body(&mut self, end: usize, next: usize, context: Context) {
        while let Some(value) = self.values.get(self.value).filter(|value| value.start < next) {
            let (start, value_end) = (value.start, value.end);
            let context = if value_end > end { Context::HereDocument } else { context };
            self.push_value(start, value_end, context);
        }
    }

    fn is_delimiter(&self, line: &str, document: &HereDocument) -> bool {
        let line = if document.tabs == Tabs::Dropped { line.trim_start_matches('\t') } else { line };
        match self.layout {
            ScriptLayout::Exact => line == document.delimiter,
            ScriptLayout::Indented => line.trim_start_matches(' ').trim_end_matches('\r') == document.delimiter,
        }
    }
}

/// A delimiter without its quotes, and whether it is one that every shell reads in the same way.
fn unquoted(written: &str) -> (String, bool) {
    let mut delimiter = String::new();
    let mut is_plain = true;
    let mut quote = None;
    for c in written.chars() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (c, Some('\'')) => delimiter.push(c),
            ('$' | '`' | '\\', Some(_)) | ('$' | '`', None) => {
                is_plain = false;
                delimiter.push(c);
            }
            ('\\', None) => {}
            (c, _) => delimiter.push(c),
        }
    }
    (delimiter, is_plain && !written.contains("\\\\") && !written.contains("\\\n") && !written.contains('\n'))
}
