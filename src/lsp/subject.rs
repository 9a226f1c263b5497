//! What stands at a place: the one answer that definition, references and hover start from.

use std::path::Path;

use super::view::{View, touches};
use crate::source::{Span, Spanned};
use crate::tangle::{self, ArgumentName, NowebReference};

/// Something that can be asked about.
#[derive(Debug, Clone, Copy)]
pub(super) enum CursorSubject<'a> {
    /// `<<name>>` in a block.
    Reference(NowebReference<'a>),
    /// The name of a block, where the block has it.
    Name(Spanned<&'a str>),
    /// A header argument.
    Argument(&'static ArgumentName, Span),
    /// A word that means a guest; its index.
    Guest(usize, Span),
    /// The name of an output; its index.
    Output(usize, Span),
    /// A row of the services' table; its index.
    Service(usize, Span),
}

/// What stands at an offset.
pub(super) fn at<'a>(view: &View<'a>, offset: usize) -> Option<CursorSubject<'a>> {
    let reference = || tangle::reference_at(view.document, offset).map(CursorSubject::Reference);
    let word = || word_at(view, offset);
    let argument = || tangle::argument_at(view.document, offset).map(|(key, span)| CursorSubject::Argument(key, span));
    reference()
        .or_else(|| name_at(view, offset).map(CursorSubject::Name))
        .or_else(|| word().and_then(|word| of_word(view, word)))
        .or_else(argument)
        .or_else(|| service_at(view, offset))
}

/// The name of a block at an offset.
fn name_at<'a>(view: &View<'a>, offset: usize) -> Option<Spanned<&'a str>> {
    let names = view.document.blocks.iter().filter_map(|block| block.affiliated.name());
    names.into_iter().find(|name| touches(name.span, offset))
}

/// A guest or an output that a word means. In the body of a block a bare name may be any word of a program.
pub(super) fn of_word<'a>(view: &View<'a>, word: Spanned<&str>) -> Option<CursorSubject<'a>> {
    let start = word.span.range().start;
    let trimmed = word.value.trim_matches(['.', '-', '/', ':']);
    let may_be_bare = !view.is_in_body(start);
    let guest = view.guests.iter().position(|guest| {
        let is_name = may_be_bare && guest.name.value.as_str().eq_ignore_ascii_case(trimmed);
        is_name || guest.words.iter().any(|known| known.eq_ignore_ascii_case(trimmed))
    });
    let lead = word.value.len() - word.value.trim_start_matches(['.', '-', '/', ':']).len();
    let span = word.span.within(lead..lead + trimmed.len());
    guest.map(|index| CursorSubject::Guest(index, span)).or_else(|| {
        let path = Path::new(trimmed);
        let names = |artifact: &crate::artifact::Artifact| artifact.path.ends_with(path);
        let index = view.artifacts().iter().position(|artifact| !trimmed.is_empty() && names(artifact))?;
        Some(CursorSubject::Output(index, span))
    })
}

fn service_at<'a>(view: &View<'a>, offset: usize) -> Option<CursorSubject<'a>> {
    let mut services = view.known_services().enumerate();
    let (index, (_, service)) = services.find(|(_, (_, service))| touches(service.span, offset))?;
    Some(CursorSubject::Service(index, service.span))
}

/// The word at an offset.
fn word_at<'a>(view: &View<'a>, offset: usize) -> Option<Spanned<&'a str>> {
    let text = view.text();
    let start =
        text[..offset].rfind(|c| !is_word(c)).map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let end = text[offset..].find(|c| !is_word(c)).map_or(text.len(), |at| offset + at);
    (start < end).then(|| view.document.source.spanned(start..end))
}

/// All words of the document.
pub(super) fn words<'a>(view: &View<'a>) -> impl Iterator<Item = Spanned<&'a str>> {
    let (text, source) = (view.text(), view.document.source);
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(is_word)?;
        at = text[start..].find(|c| !is_word(c)).map_or(text.len(), |length| start + length);
        Some(source.spanned(start..at))
    })
}

/// What names of guests, hosts, addresses and files are made of.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | '+' | ':')
}
