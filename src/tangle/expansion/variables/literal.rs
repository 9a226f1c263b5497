//! A cell, item or text as a value (rule T-102).

use crate::tangle::arguments::lisp::{self, Lisp, Quoted};

/// A cell or item as a value: numbers are numbers, quotes around the whole go, Lisp is text.
pub(super) fn literal(text: &str) -> Lisp {
    if text.trim_matches([' ', '\t', '\n', '\r']).is_empty() {
        return Lisp::text(text);
    }
    lisp::number(text).unwrap_or_else(|| match lisp::single_string(text) {
        Some(Quoted::Content(content)) => Lisp::Text(content),
        Some(Quoted::Foreign) | None => Lisp::text(text),
    })
}
