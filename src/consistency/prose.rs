//! The text that a document's readers read, without the targets of links, and the names set off in it.

use crate::org::Document;
use crate::source::{Span, Spanned};

/// Targets of links are closed within as many bytes; looking further for each would not be linear.
const LONGEST_TARGET: usize = 2048;
/// What is set off as verbatim or code ends within as many bytes if a rule is to look at it.
const LONGEST_LITERAL: usize = 256;

/// The headings and paragraphs that are wanted, in document order, parted where the target of a link stood.
pub(super) fn read<'s>(document: &Document<'s>, is_wanted: impl Fn(&str) -> bool) -> Vec<Spanned<&'s str>> {
    let headings = document.headings.iter().map(|heading| heading.text.span);
    let all = headings.chain(document.prose.iter().copied());
    let mut spans: Vec<Span> = all.filter(|span| is_wanted(&document.source.text()[span.range()])).collect();
    spans.sort_unstable();
    let mut texts = Vec::new();
    for span in spans {
        without_targets(Spanned::new(&document.source.text()[span.range()], span), &mut texts);
    }
    texts
}

fn without_targets<'s>(text: Spanned<&'s str>, texts: &mut Vec<Spanned<&'s str>>) {
    let mut start = 0;
    let mut at = 0;
    while let Some(bracket) = memchr::memchr(b'[', &text.value.as_bytes()[at..]) {
        let link = at + bracket;
        let target = link + "[[".len();
        if text.value.as_bytes().get(link + 1) != Some(&b'[') {
            at = link + 1;
            continue;
        }
        // A bracket that opens is in no target, so no byte is looked at for two of them.
        let after = &text.value.as_bytes()[target..];
        let length = memchr::memchr2(b'[', b']', &after[..after.len().min(LONGEST_TARGET)]);
        at = target + length.unwrap_or_default();
        if length.is_some_and(|length| after[length] == b']') {
            texts.push(part(text, start, link));
            start = at;
        }
    }
    texts.push(part(text, start, text.value.len()));
}

fn part(text: Spanned<&str>, start: usize, end: usize) -> Spanned<&str> {
    Spanned::new(&text.value[start..end], text.span.within(start..end))
}

/// Texts set off as `=verbatim=` or `~code~`, on one line and not long.
///
/// This walks over whole paragraphs, where orgize would take more than linear time; a mark counts by the characters
/// around it, as in Org.
pub(super) fn literals(text: Spanned<&str>) -> Vec<Spanned<&str>> {
    let bytes = text.value.as_bytes();
    let mut literals = Vec::new();
    let mut at = 0;
    while let Some(open) = memchr::memchr2(b'=', b'~', &bytes[at..]).map(|open| at + open) {
        let before = open.checked_sub(1).map(|before| bytes[before]);
        at = open + 1;
        if before.is_some_and(|byte| !b" \t\n-('\"{".contains(&byte)) {
            continue;
        }
        if let Some(close) = closing_mark(bytes, open) {
            literals.push(part(text, open + 1, close));
            at = close + 1;
        }
    }
    literals
}

fn closing_mark(bytes: &[u8], open: usize) -> Option<usize> {
    let mark = bytes[open];
    let near = bytes.iter().enumerate().skip(open + 1).take(LONGEST_LITERAL);
    let line = near.take_while(|&(_, &byte)| byte != b'\n');
    let mut closers = line.filter(|&(_, &byte)| byte == mark).map(|(at, _)| at);
    closers.find(|&close| {
        let is_inside = |byte: u8| byte != b' ' && byte != b'\t';
        let after = bytes.get(close + 1).is_none_or(|byte| b" \t\n-.,;:!?'\")}[|".contains(byte));
        close > open + 1 && is_inside(bytes[open + 1]) && is_inside(bytes[close - 1]) && after
    })
}

#[cfg(test)]
mod tests {
    use super::{literals, read};
    use crate::org;
    use crate::source::Sources;

    #[test]
    fn targets_of_links_are_left_out_and_literals_found() {
        let mut sources = Sources::default();
        let text = "* See =a=\nA [[https://x/=no=][b =c= d]] and [[e]], ~f g~.\n: =fixed=\nx=y=z = q= [[open =h=\n";
        let id = sources.add("t.org", text);
        let parsed = org::parse(sources.shared(id));
        let document = parsed.document();
        let texts = read(document, |_| true);
        let joined: Vec<_> = texts.iter().map(|text| text.value).collect();
        assert!(!joined.concat().contains("https"), "{joined:?}");
        let found: Vec<_> = texts.iter().flat_map(|&text| literals(text)).map(|literal| literal.value).collect();
        assert_eq!(found, ["a", "c", "f g", "h"]);
        for literal in texts.iter().flat_map(|&text| literals(text)) {
            assert_eq!(sources.slice(literal.span), literal.value);
        }
    }
}
