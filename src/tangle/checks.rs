//! What Emacs passes over in silence and an author wants to know.

use std::collections::BTreeMap;

use memchr::memmem;

use crate::diagnostic::{Code, Diagnostic, closest};
use crate::org::{Document, Keyword, Marker, MarkerKind, SourceBlock};
use crate::source::Span;
use crate::tangle::arguments::inherit::is_header_args;
use crate::tangle::arguments::keys::{KEYS, is_known};
use crate::tangle::arguments::{Argument, ArgumentText};
use crate::tangle::outline::HeadingStates;

/// Reports header arguments that nothing knows, in blocks and properties.
pub(super) fn arguments(document: &Document<'_>, keywords: &[Keyword<'_>], found: &mut Vec<Diagnostic>) {
    let mut unknown = Unknown::default();
    for text in argument_texts(document, keywords) {
        text.parse().iter().for_each(|argument| unknown.check(argument));
    }
    unknown.report(found);
}

/// Every text of header arguments, of blocks and properties.
pub(super) fn argument_texts<'s>(document: &Document<'s>, keywords: &[Keyword<'s>]) -> Vec<ArgumentText<'s>> {
    let mut texts = Vec::new();
    for block in &document.blocks {
        texts.push(ArgumentText::of(block.arguments));
        texts.extend(block.affiliated.headers().map(|line| ArgumentText::of(line.value)));
    }
    let drawers = document.headings.iter().flat_map(|heading| &heading.properties).chain(&document.properties);
    let properties = drawers.filter(|property| is_header_args(property.name.value));
    texts.extend(properties.map(|property| ArgumentText::of(property.value)));
    let keywords = keywords.iter().filter(|keyword| keyword.key.value.eq_ignore_ascii_case("property"));
    let values =
        keywords.filter_map(crate::tangle::arguments::inherit::name_and_value).filter(|(name, _)| is_header_args(name));
    texts.extend(values.map(|(_, value)| ArgumentText::of(value)));
    texts
}

/// Keys that nothing knows, each with the places where it stands.
#[derive(Default)]
struct Unknown {
    places: BTreeMap<String, Vec<Span>>,
}

impl Unknown {
    fn check(&mut self, argument: &Argument<'_>) {
        let Some(name) = argument.key.value.strip_prefix(':') else { return };
        if !is_known(name) {
            self.places.entry(name.to_owned()).or_default().push(argument.key.span);
        }
    }

    /// A slip of the pen is reported wherever it has to be fixed, a key of the author's own only once.
    fn report(self, found: &mut Vec<Diagnostic>) {
        for (name, mut places) in self.places {
            places.sort_by_key(|place| place.range().start);
            match (closest(&name, KEYS.iter().map(|known| known.name)), &places[..]) {
                (Some(near), places) => found.extend(places.iter().map(|place| {
                    unknown(&name, *place, format!("did you mean `:{near}`?")).fix(*place, Some(format!(":{near}")))
                })),
                (None, [first, ..]) => {
                    let everywhere = if places.len() > 1 { " here and everywhere" } else { "" };
                    found.push(unknown(&name, *first, format!("remove it{everywhere}, or correct its spelling")));
                }
                (None, []) => {}
            }
        }
    }
}

fn unknown(name: &str, place: Span, help: String) -> Diagnostic {
    Diagnostic::new(Code::UnknownArgument, place, format!("there is no header argument `:{name}`"), help)
}

/// Reports what is odd about the blocks and the whole text: names used twice, bodies that hold the marks of another
/// block, line ends of two kinds, and the marks of a merge that was not finished.
pub(super) fn blocks(document: &Document<'_>, outline: &HeadingStates<'_, '_>, found: &mut Vec<Diagnostic>) {
    let live = || document.blocks.iter().filter(|block| !outline.is_commented(block.heading));
    found.extend(duplicate_names(live()));
    live().for_each(|block| check_markers(document, block, found));
    found.extend(mixed_line_ends(document));
    found.extend(conflict_marker(document));
}

/// Names of several blocks: one diagnostic a name, at the second block that has it.
fn duplicate_names<'a>(blocks: impl Iterator<Item = &'a SourceBlock<'a>>) -> impl Iterator<Item = Diagnostic> {
    let mut named: BTreeMap<&str, Vec<Span>> = BTreeMap::new();
    for name in blocks.filter_map(|block| block.affiliated.name()) {
        named.entry(name.value).or_default().push(name.span);
    }
    named.into_iter().filter_map(|(name, places)| {
        let [first, second, more @ ..] = &places[..] else { return None };
        let message = match more.len() {
            0 => format!("another block is named `{name}`"),
            more => format!("{} blocks are named `{name}`", more + 2),
        };
        let help = "give each a name of its own, since references mean the first; `:noweb-ref` joins blocks";
        Some(Diagnostic::new(Code::DuplicateBlockName, *second, message, help).label(*first, "first named here"))
    })
}

/// An unescaped mark inside a body is nearly always the trace of a missing or misspelt end line.
fn check_markers(document: &Document<'_>, block: &SourceBlock<'_>, found: &mut Vec<Diagnostic>) {
    let body = block.body.span.range();
    let line_of = |marker: &Marker| document.source.rest_of_line(marker.line as usize);
    let first = document.markers.partition_point(|marker| (marker.line as usize) < body.start);
    let inside = document.markers[first..].iter().take_while(|marker| (marker.line as usize) < body.end);
    for marker in inside {
        match marker.kind {
            MarkerKind::Begin => {
                let help =
                    "end the block above it, or put a comma before `#+begin_src` if the line is part of the body";
                found.push(
                    Diagnostic::new(Code::SwallowedBlock, line_of(marker), "this line is swallowed by a block", help)
                        .label(block.begin, "the block begins here"),
                );
                return;
            }
            MarkerKind::End => {
                let help =
                    "remove what stands after `#+end_src`, or put a comma before it if the line is part of the body";
                found.push(
                    Diagnostic::new(Code::FalseBlockEnd, line_of(marker), "this line does not end the block", help)
                        .label(block.begin, "the block begins here"),
                );
                return;
            }
            MarkerKind::Name => {}
        }
    }
}

/// The first carriage return at the end of a body's line: it goes to the target, and is hardly meant.
fn mixed_line_ends(document: &Document<'_>) -> Option<Diagnostic> {
    memchr::memchr(b'\r', document.source.text().as_bytes())?;
    let mut bodies = document.blocks.iter().map(|block| block.body);
    let (body, at) = bodies.find_map(|body| Some((body, body.value.find("\r\n")?)))?;
    Some(Diagnostic::new(
        Code::MixedLineEnds,
        body.span.within(at..at + 1),
        "this line ends in CR LF and others of the document in LF, so the CR is part of the text",
        "let all lines end alike: `dos2unix` does it",
    ))
}

/// The first mark that git leaves where a merge was not finished, if the mark that ends such a part follows.
fn conflict_marker(document: &Document<'_>) -> Option<Diagnostic> {
    let text = document.source.text().as_bytes();
    let at = memmem::find_iter(text, "<<<<<<< ").find(|at| *at == 0 || text[at - 1] == b'\n')?;
    memmem::find(&text[at..], b"\n>>>>>>> ")?;
    Some(Diagnostic::new(
        Code::ConflictMarker,
        document.source.rest_of_line(at),
        "a merge was not finished here, and both of its sides count",
        "keep one side, and take the lines with `<<<<<<<`, `=======` and `>>>>>>>` away",
    ))
}
