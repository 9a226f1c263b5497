//! Keyword lines, and what those above an element say of it (rule T-022).

use std::ops::Range;

use super::line::{indentation, trim_range};
use super::{Affiliated, Keyword};
use crate::source::Source;

/// The keyword on a line whose key has `length` bytes.
pub(super) fn keyword(source: &Source, line: Range<usize>, length: usize) -> Keyword<'_> {
    let text = source.text();
    let key = line.start + indentation(&text[line.clone()]) + "#+".len();
    let colon = key + length;
    let value = if colon < line.end {
        // A carriage return is white space to Emacs here.
        let end = colon + 1 + text[colon + 1..line.end].trim_end_matches([' ', '\t', '\r']).len();
        trim_range(text, colon + 1..end)
    } else {
        line.end..line.end
    };
    Keyword { span: source.span(line), key: source.spanned(key..colon), value: source.spanned(value) }
}

impl<'s> Affiliated<'s> {
    /// The last line that names the element, in any of the spellings Emacs knows (rules T-022, T-077); the name may be
    /// empty.
    pub fn any_name(&self) -> Option<&Keyword<'s>> {
        const SPELLINGS: [&str; 7] = ["name", "data", "label", "resname", "source", "srcname", "tblname"];
        let is_name =
            |keyword: &&Keyword<'_>| SPELLINGS.iter().any(|name| name.eq_ignore_ascii_case(keyword.key.value));
        self.keywords.iter().rev().find(is_name)
    }

    /// `#+HEADER:` and `#+HEADERS:` lines, top to bottom (rule T-021).
    pub fn headers(&self) -> impl Iterator<Item = &Keyword<'s>> {
        self.keywords.iter().filter(|keyword| {
            keyword.key.value.eq_ignore_ascii_case("header") || keyword.key.value.eq_ignore_ascii_case("headers")
        })
    }
}
