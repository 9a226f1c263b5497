//! Keyword lines, and which of them belong to the element below (rule T-022).

use std::ops::Range;

use super::line::{indentation, trim_range};
use super::{Affiliated, Keyword};
use crate::source::Source;

/// Keywords that name or describe the element below, beside `#+ATTR_…`.
const AFFILIATED: [&str; 13] = [
    "caption", "data", "header", "headers", "label", "name", "plot", "resname", "result", "results", "source",
    "srcname", "tblname",
];

/// Those that may have a second value in brackets: `#+CAPTION[short]: long`.
const DUAL: [&str; 2] = ["caption", "results"];

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

/// Whether a keyword belongs to the element below it.
pub(super) fn is_affiliated(key: &str) -> bool {
    let is_named = |names: &[&str], key: &str| names.iter().any(|name| name.eq_ignore_ascii_case(key));
    if let Some((name, rest)) = key.split_once('[') {
        return rest.ends_with(']') && is_named(&DUAL, name);
    }
    let is_attribute = key.len() > "attr_".len()
        && key.as_bytes()[.."attr_".len()].eq_ignore_ascii_case(b"attr_")
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    is_attribute || is_named(&AFFILIATED, key)
}

/// Whether a keyword with a bracket in its key ends a paragraph: only those that may have a second value do.
pub(super) fn ends_paragraph(key: &str) -> bool {
    key.split_once('[')
        .is_none_or(|(name, rest)| !rest.ends_with(']') || DUAL.iter().any(|dual| dual.eq_ignore_ascii_case(name)))
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

#[cfg(test)]
mod tests {
    use super::is_affiliated;

    #[test]
    fn only_some_keywords_belong_to_the_element_below() {
        for key in ["NAME", "header", "attr_html", "caption[short]", "RESULTS[abc]"] {
            assert!(is_affiliated(key), "{key}");
        }
        for key in ["property", "header[x]", "header+", "attr_", "title"] {
            assert!(!is_affiliated(key), "{key}");
        }
    }
}
