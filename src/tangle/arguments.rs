//! One line of header arguments, cut into keys and values with their places (rules T-041 to T-045).
//!
//! The parts go on from there: whose arguments count for a block (`inherit`, `setup`, `parameters`), what their values are
//! (`evaluate`, `lisp`, `mode`, `assignment`, kept in `known`), and what they say of it (`settings`); `keys` names those that
//! exist.

pub(in crate::tangle) mod assignment;
pub(in crate::tangle) mod evaluate;
pub(in crate::tangle) mod inherit;
pub(in crate::tangle) mod keys;
pub(in crate::tangle) mod known;
pub(in crate::tangle) mod lisp;
mod mode;
pub(in crate::tangle) mod parameters;
pub(in crate::tangle) mod settings;
pub(in crate::tangle) mod setup;

use std::borrow::Cow;
use std::ops::Range;

use crate::source::{Span, Spanned};
use known::KnownValue;

/// `:key value` somewhere in a document.
#[derive(Debug, Clone)]
pub(crate) struct Argument<'s> {
    /// The key with its colon.
    pub(crate) key: Spanned<Cow<'s, str>>,
    /// The value as written; none if nothing follows the key.
    pub(crate) value: Option<Spanned<Cow<'s, str>>>,
    /// What the value was found to be, since many blocks may inherit it.
    known: KnownValue,
}

impl Argument<'_> {
    /// The value, or the key if there is none: the place to fix.
    pub(crate) fn span(&self) -> Span {
        self.value.as_ref().map_or(self.key.span, |value| value.span)
    }
}

/// A text of header arguments that may be joined from several places.
#[derive(Debug, Clone)]
pub(crate) struct ArgumentText<'s> {
    text: Cow<'s, str>,
    /// Where the first part stands.
    first: Span,
    /// Where each further part starts in `text` and where it stands.
    more: Vec<(usize, Span)>,
}

impl<'s> ArgumentText<'s> {
    /// A text from one place.
    pub(crate) fn of(part: Spanned<&'s str>) -> Self {
        Self { text: Cow::Borrowed(part.value), first: part.span, more: Vec::new() }
    }

    /// The text with another one appended after a space (rules T-032 and T-036).
    pub(crate) fn append(&mut self, other: Spanned<&'s str>) {
        let text = self.text.to_mut();
        text.push(' ');
        self.more.push((text.len(), other.span));
        text.push_str(other.value);
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether an offset is in its first part, or at an end of that.
    pub(crate) fn touches(&self, offset: usize) -> bool {
        (self.first.range().start..=self.first.range().end).contains(&offset)
    }

    /// Cuts the text into arguments.
    pub(crate) fn parse(&self) -> Vec<Argument<'s>> {
        self.parse_to_end().0
    }

    /// The same, and whether the last argument is at its end there, whatever key is appended.
    pub(crate) fn parse_to_end(&self) -> (Vec<Argument<'s>>, ArgumentsEnd) {
        let (parts, end) = split(&self.text);
        (parts.into_iter().map(|range| self.argument(range)).collect(), end)
    }

    fn argument(&self, range: Range<usize>) -> Argument<'s> {
        let text = &self.text[range.clone()];
        let key_start = text.len() - text.trim_start_matches(is_ascii_space).len();
        let key_end = text[key_start..].find(is_ascii_space).map_or(text.len(), |at| key_start + at);
        let value_end = text.trim_end_matches(is_ascii_space).len();
        let value_start = text.len() - text[key_end..].trim_start_matches(is_ascii_space).len();
        let at = |part: Range<usize>| self.part(range.start + part.start..range.start + part.end);
        let value = (value_start < value_end).then(|| at(value_start..value_end));
        Argument { key: at(key_start..key_end), value, known: KnownValue::default() }
    }

    fn part(&self, range: Range<usize>) -> Spanned<Cow<'s, str>> {
        let more = self.more.partition_point(|(start, _)| *start <= range.start);
        let (start, span) = more.checked_sub(1).map_or((0, self.first), |last| self.more[last]);
        let length = span.range().len();
        let within = (range.start - start).min(length)..(range.end - start).min(length);
        let value = match &self.text {
            Cow::Borrowed(text) => Cow::Borrowed(&text[range]),
            Cow::Owned(text) => Cow::Owned(text[range].to_owned()),
        };
        Spanned::new(value, span.within(within))
    }
}

/// The white space that separates keys from values.
pub(crate) fn is_ascii_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0B' | '\x0C')
}

/// Cuts before each `:` that follows a blank, outside brackets and quotes.
///
/// The first part has no colon unless the text starts with it: a text that starts with a blank and a colon has a first
/// key that means nothing.
fn split(text: &str) -> (Vec<Range<usize>>, ArgumentsEnd) {
    let bytes = text.as_bytes();
    let is_cut = |at: usize| bytes[at] == b':' && at > 0 && matches!(bytes[at - 1], b' ' | b'\t');
    let mut parts: Vec<Range<usize>> = Vec::new();
    // Where the present part starts after its colon.
    let mut start = 0;
    let mut end_part = |content: Range<usize>| {
        if content.start < content.end {
            let colon = usize::from(!parts.is_empty());
            parts.push(content.start - colon..content.end);
        }
    };
    let end = walk_unprotected(text, |at| {
        if is_cut(at) {
            end_part(start..at - 1);
            start = at + 1;
        }
    });
    end_part(start..text.len());
    let end = if parts.is_empty() { ArgumentsEnd::Open } else { end };
    (parts, end)
}

/// Whether a text that is appended after a space is cut from this one if it starts with a key.
pub(crate) fn starts_with_key(text: &str) -> bool {
    text.strip_prefix(':').is_some_and(|rest| rest.starts_with(|c| !is_ascii_space(c)))
}

/// Cuts at single spaces, outside brackets and quotes; empty parts are dropped (rule T-099).
pub(crate) fn split_at_spaces(text: &str) -> Vec<Range<usize>> {
    split_at(text, b' ')
}

/// Cuts at a byte, outside brackets and quotes; empty parts are dropped.
pub(crate) fn split_at(text: &str, separator: u8) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = 0;
    walk_unprotected(text, |at| {
        if text.as_bytes()[at] == separator {
            if at > start {
                parts.push(start..at);
            }
            start = at + 1;
        }
    });
    if start < text.len() {
        parts.push(start..text.len());
    }
    parts
}

/// How a text of header arguments ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ArgumentsEnd {
    /// What is appended does not change what stands before it.
    Closed,
    /// It may: a bracket or a quote is open, or there is no argument yet.
    Open,
}

/// Calls `visit` with the offset of every byte that is not inside balanced brackets or double quotes.
fn walk_unprotected(text: &str, mut visit: impl FnMut(usize)) -> ArgumentsEnd {
    let bytes = text.as_bytes();
    let mut closing = None;
    let mut end = ArgumentsEnd::Closed;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'(' | b'[' => {
                // Found for all brackets at once, and only if there is one: unbalanced ones must not cost a scan each.
                let closing = closing.get_or_insert_with(|| closing_brackets(bytes));
                visit(at);
                end = if closing[at].is_none() { ArgumentsEnd::Open } else { end };
                at = closing[at].map_or(at, |end| end as usize) + 1;
            }
            b'"' if at == 0 || bytes[at - 1] != b'\\' => {
                visit(at);
                let closing = closing_quote(bytes, at);
                end = if closing.is_none() { ArgumentsEnd::Open } else { end };
                at = closing.unwrap_or(at) + 1;
            }
            _ => {
                visit(at);
                at += 1;
            }
        }
    }
    end
}

/// For every opening bracket the one that closes it, if any; a closing bracket of the other kind is ignored.
fn closing_brackets(bytes: &[u8]) -> Vec<Option<u32>> {
    let mut closing = vec![None; bytes.len()];
    let mut open: Vec<usize> = Vec::new();
    for (at, byte) in bytes.iter().enumerate() {
        let opener = match byte {
            b'(' | b'[' => {
                open.push(at);
                continue;
            }
            b')' => b'(',
            b']' => b'[',
            _ => continue,
        };
        if let Some(start) = open.pop_if(|start| bytes[*start] == opener) {
            closing[start] = Some(at as u32);
        }
    }
    closing
}

/// The quote that ends the one at `start`: the first that is not directly after a backslash.
fn closing_quote(bytes: &[u8], start: usize) -> Option<usize> {
    (start + 1..bytes.len()).find(|&at| bytes[at] == b'"' && bytes[at - 1] != b'\\')
}

#[cfg(test)]
mod tests {
    use super::ArgumentText;
    use crate::source::Sources;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, Option<&str>)]) {
        let mut sources = Sources::default();
        let id = sources.add("t.org", text);
        let arguments = ArgumentText::of(sources.get(id).spanned(0..text.len())).parse();
        let parts: Vec<_> = arguments
            .iter()
            .map(|argument| (argument.key.value.as_ref(), argument.value.as_ref().map(|value| value.value.as_ref())))
            .collect();
        assert_eq!(parts, expected);
        for argument in &arguments {
            if let Some(value) = &argument.value {
                assert_eq!(sources.slice(value.span), value.value);
            }
        }
    }

    #[test]
    fn a_colon_after_a_blank_starts_a_key() {
        check(":tangle a:b.sh :x", &[(":tangle", Some("a:b.sh")), (":x", None)]);
        check(":tangle \"e :f.sh\" :y z ", &[(":tangle", Some("\"e :f.sh\"")), (":y", Some("z"))]);
        check(":x [1 2 :tangle no] :y z", &[(":x", Some("[1 2 :tangle no]")), (":y", Some("z"))]);
        check(":x (1 :y 2", &[(":x", Some("(1")), (":y", Some("2"))]);
        check("words :tangle   my file.sh", &[("words", None), (":tangle", Some("my file.sh"))]);
        check(":a \"\\\\\" :b c\" :d", &[(":a", Some("\"\\\\\" :b c\"")), (":d", None)]);
    }

    #[test]
    fn an_appended_text_keeps_the_places_of_its_parts() {
        let mut sources = Sources::default();
        let id = sources.add("t.org", ":a 1|:b 2");
        let source = sources.get(id);
        let mut text = ArgumentText::of(source.spanned(0..4));
        text.append(source.spanned(5..9));
        let arguments = text.parse();
        assert_eq!(sources.slice(arguments[1].span()), "2");
        assert_eq!(arguments[1].key.value, ":b");
    }
}
