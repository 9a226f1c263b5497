//! What an editor asks of one place: which reference or argument stands there, and what it stands for.
//!
//! The answers come from the same steps that tangling takes, so they cannot tell anything else than what it does.

use super::{TangleEnvironment, Tangling};
use crate::org::{Document, SourceBlock};
use crate::source::{Source, Span, Spanned};
use crate::tangle::arguments::ArgumentText;
use crate::tangle::arguments::keys::{ArgumentName, KEYS};
use crate::tangle::arguments::setup;
use crate::tangle::checks;
use crate::tangle::expansion::noweb;
use crate::tangle::expansion::noweb::reference::references;

/// `<<name>>` in a block.
#[derive(Debug, Clone, Copy)]
pub struct NowebReference<'s> {
    /// Index of the block that it stands in.
    pub block: usize,
    /// From `<<` to `>>`.
    pub span: Span,
    /// What stands between.
    pub name: Spanned<&'s str>,
}

/// What a reference stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceText {
    /// The blocks, or the section, that have the name.
    pub places: Vec<Span>,
    /// Their text with its own references expanded; none if there is something wrong with those.
    pub text: Option<String>,
}

/// The references in a block, in order.
pub fn references_in<'s>(source: &'s Source, index: usize, block: &SourceBlock<'s>) -> Vec<NowebReference<'s>> {
    let body = block.body.span;
    let found = references(block.body.value).into_iter();
    found
        .map(|reference| NowebReference {
            block: index,
            span: body.within(reference.range),
            name: source.spanned(body.within(reference.name).range()),
        })
        .collect()
}

/// The reference at an offset.
pub fn reference_at<'s>(document: &Document<'s>, offset: usize) -> Option<NowebReference<'s>> {
    let index = document.blocks.partition_point(|block| block.body.span.range().end <= offset);
    let block = document.blocks.get(index).filter(|block| block.body.span.range().start <= offset)?;
    let mut references = references_in(document.source, index, block).into_iter();
    references.find(|reference| (reference.span.range().start..=reference.span.range().end).contains(&offset))
}

/// What a reference stands for.
pub fn meaning<'d>(
    document: &'d Document<'d>,
    surroundings: &'d TangleEnvironment,
    reference: NowebReference<'_>,
) -> ReferenceText {
    let keywords = setup::all_keywords(&document.keywords, surroundings, &mut Vec::new());
    let tangling = Tangling::of(document, &keywords, surroundings, &mut Vec::new());
    let (places, text) = noweb::meaning(&tangling, reference.block, reference.name);
    ReferenceText { places, text }
}

/// Every name that a reference can have, sorted.
pub fn reference_names<'d>(document: &'d Document<'d>, surroundings: &'d TangleEnvironment) -> Vec<String> {
    let keywords = setup::all_keywords(&document.keywords, surroundings, &mut Vec::new());
    noweb::names(&Tangling::of(document, &keywords, surroundings, &mut Vec::new()))
}

/// The header argument at an offset, with the place of its key.
pub fn argument_at(document: &Document<'_>, offset: usize) -> Option<(&'static ArgumentName, Span)> {
    let texts = checks::argument_texts(document, &document.keywords);
    let texts = texts.iter().filter(|text| text.touches(offset));
    let arguments = texts.flat_map(ArgumentText::parse);
    let mut here = arguments.filter(|argument| {
        let (key, value) = (argument.key.span.range(), argument.span().range());
        (key.start..=value.end).contains(&offset)
    });
    let argument = here.next_back()?;
    let name = argument.key.value.strip_prefix(':')?;
    Some((KEYS.iter().find(|known| known.name == name)?, argument.key.span))
}

/// The values that a document gives to a key, which has its colon; in the document's order.
pub fn argument_values(document: &Document<'_>, key: &str) -> Vec<Span> {
    let texts = checks::argument_texts(document, &document.keywords);
    let arguments = texts.iter().flat_map(ArgumentText::parse).filter(|argument| argument.key.value == key);
    let mut values: Vec<Span> = arguments.filter_map(|argument| Some(argument.value?.span)).collect();
    values.sort_unstable();
    values
}

#[cfg(test)]
mod tests {
    use super::{argument_at, meaning, reference_at, reference_names, references_in};
    use crate::org::{Document, parse};
    use crate::source::Sources;
    use crate::tangle::TangleEnvironment;

    const TEXT: &str = "\
#+name: one
#+begin_src sh
  echo one
  <<two>>
#+end_src
#+begin_src sh :noweb-ref two :noweb yes
  echo two
#+end_src
#+begin_src sh :noweb-ref two
  echo three
#+end_src
#+header: :mkdirp yes
#+begin_src sh :tangle x.sh :noweb yes
  if true; then
    <<one>>
    <<two>> <<none>>
  fi
#+end_src
";

    fn with_document<T>(ask: impl FnOnce(&Document<'_>, &Sources) -> T) -> T {
        let mut sources = Sources::default();
        let id = sources.add("t.org", TEXT);
        ask(parse(sources.shared(id)).document(), &sources)
    }

    #[track_caller]
    fn check(part: &str, places: &[&str], text: Option<&str>) {
        with_document(|document, sources| {
            let reference = reference_at(document, TEXT.rfind(part).unwrap() + 2).unwrap();
            let found = meaning(document, &TangleEnvironment::default(), reference);
            let lines: Vec<&str> = found.places.iter().map(|place| sources.slice(*place)).collect();
            assert_eq!((&lines[..], found.text.as_deref()), (places, text));
        });
    }

    #[test]
    fn a_reference_stands_for_its_blocks_and_their_text() {
        check("<<one>>", &["#+begin_src sh"], Some("echo one\n<<two>>"));
        let two = ["#+begin_src sh :noweb-ref two :noweb yes", "#+begin_src sh :noweb-ref two"];
        check("<<two>>", &two, Some("echo two\necho three"));
        check("<<none>>", &[], Some(""));
    }

    #[test]
    fn references_and_names_are_all_found() {
        with_document(|document, _| {
            let last = document.blocks.len() - 1;
            let found = references_in(document.source, last, &document.blocks[last]);
            assert_eq!(found.iter().map(|found| found.name.value).collect::<Vec<_>>(), ["one", "two", "none"]);
            assert_eq!(reference_names(document, &TangleEnvironment::default()), ["one", "two"]);
            assert!(reference_at(document, TEXT.find("echo").unwrap()).is_none());
        });
    }

    #[test]
    fn an_argument_is_found_by_key_or_value() {
        let at = |part: &str| {
            with_document(|document, _| argument_at(document, TEXT.find(part).unwrap()).map(|(key, _)| key.name))
        };
        assert_eq!(at(":tangle"), Some("tangle"));
        assert_eq!(at("x.sh"), Some("tangle"));
        assert_eq!(at(":mkdirp"), Some("mkdirp"));
        assert_eq!(at("echo"), None);
    }
}
