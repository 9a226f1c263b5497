//! The header arguments of one block, all sources together, and what their values mean (rules T-030, T-042 to T-049).

use std::borrow::Cow;
use std::rc::Rc;

use super::evaluate::evaluate;
use super::{Argument, ArgumentText};
use crate::diagnostic::Diagnostic;
use crate::org::SourceBlock;
use crate::source::{Span, Spanned};
use crate::tangle::arguments::inherit::{Inheritance, Layer, SharedLayer};
use crate::tangle::arguments::lisp;
use crate::tangle::arguments::lisp::{Lisp, Quoted};
use crate::tangle::{AlreadyReported, TangleEnvironment};

/// All arguments of a block, the weakest first.
#[derive(Debug)]
pub(in crate::tangle) struct Parameters<'s> {
    layers: Vec<SharedLayer<'s>>,
    /// How many of them come from headings and keywords.
    inherited: usize,
}

/// What a value means before any Lisp in it is evaluated.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::tangle) enum ArgumentValue<'a> {
    /// The key stands alone.
    Nothing,
    /// A number, which is no text to Emacs.
    Number(Lisp),
    /// Lisp, to be evaluated.
    Lisp(&'a str),
    /// Anything else, quotes taken off.
    Text(Cow<'a, str>),
}

impl<'s> Parameters<'s> {
    /// Gathers the arguments of a block.
    pub(in crate::tangle) fn of(block: &SourceBlock<'s>, inheritance: &Inheritance<'s, '_>) -> Self {
        let own = |text| SharedLayer::new(Layer::new(ArgumentText::of(text).parse()));
        let for_language = |language: Spanned<&str>| inheritance.for_language(block.heading, language.value);
        let mut layers: Vec<SharedLayer<'s>> = inheritance.general(block.heading).into_iter().collect();
        layers.extend(block.language.and_then(for_language));
        let inherited = layers.len();
        layers.push(own(block.arguments));
        layers.extend(block.affiliated.headers().map(|line| own(line.value)));
        Self { layers, inherited }
    }

    /// The strongest argument with a key.
    pub(in crate::tangle) fn get(&self, key: &str) -> Option<&Argument<'s>> {
        self.layers.iter().rev().find_map(|layer| layer.last(key))
    }

    /// Whether a key is inherited, whatever the block itself says.
    pub(in crate::tangle) fn inherits(&self, key: &str) -> bool {
        self.layers[..self.inherited].iter().any(|layer| layer.last(key).is_some())
    }

    /// Whether the block itself has a key.
    fn is_own(&self, key: &str) -> bool {
        self.layers[self.inherited..].iter().any(|layer| layer.last(key).is_some())
    }

    /// An argument whose Lisp does not end, also one that a stronger one replaces.
    pub(in crate::tangle) fn unfinished(&self) -> Option<&Argument<'s>> {
        self.layers.iter().find_map(|layer| layer.unfinished())
    }

    /// All arguments with a key, the weakest first.
    pub(in crate::tangle) fn all(&self, key: &'static str) -> impl Iterator<Item = &Argument<'s>> {
        self.layers.iter().flat_map(move |layer| layer.all(key))
    }

    /// The text of an argument as Emacs sees it before it evaluates anything; none if it is missing or no text.
    pub(in crate::tangle) fn unevaluated(&self, key: &str) -> Option<Cow<'_, str>> {
        match self.get(key)?.meaning() {
            ArgumentValue::Text(text) => Some(text),
            ArgumentValue::Lisp(text) => Some(Cow::Borrowed(text)),
            ArgumentValue::Nothing | ArgumentValue::Number(_) => None,
        }
    }
}

impl Argument<'_> {
    /// What the value means.
    pub(in crate::tangle) fn meaning(&self) -> ArgumentValue<'_> {
        let Some(value) = &self.value else { return ArgumentValue::Nothing };
        if let Some(content) = self.known.content.get() {
            return ArgumentValue::Text(Cow::Borrowed(content));
        }
        match meaning(&value.value) {
            ArgumentValue::Text(Cow::Owned(content)) => {
                ArgumentValue::Text(Cow::Borrowed(self.known.content.get_or_init(|| content)))
            }
            other => other,
        }
    }

    /// The value of its Lisp.
    pub(in crate::tangle) fn evaluated(
        &self,
        surroundings: &TangleEnvironment,
        found: &mut Vec<Diagnostic>,
    ) -> Result<&Lisp, AlreadyReported> {
        let (value, diagnostics) = self.known.lisp.get_or_init(|| {
            let mut found = Vec::new();
            let value = evaluate(self.written(), &self.key.value, self.span(), surroundings, &mut found);
            (value.map(Rc::new), found)
        });
        found.extend_from_slice(diagnostics);
        value.as_deref().map_err(|reported| *reported)
    }

    /// Whether the text that it gives lets references be expanded.
    pub(in crate::tangle) fn allows_noweb(&self, text: &str) -> bool {
        *self.known.allows_noweb.get_or_init(|| allows_noweb(Some(text)))
    }

    /// Whether the value is Lisp that does not end.
    pub(in crate::tangle) fn is_unfinished(&self) -> bool {
        matches!(self.meaning(), ArgumentValue::Lisp(text) if lisp::is_unfinished(text))
    }

    /// The value as written, for messages.
    pub(in crate::tangle) fn written(&self) -> &str {
        self.value.as_ref().map_or("", |value| &value.value)
    }
}

/// Whether `:noweb` allows references to be expanded when tangling.
pub(in crate::tangle) fn allows_noweb(value: Option<&str>) -> bool {
    const WORDS: [&str; 5] = ["yes", "tangle", "no-export", "strip-export", "strip-tangle"];
    value.unwrap_or_default().split_whitespace().any(|word| WORDS.contains(&word))
}

/// What a value means; `text` is not blank.
pub(in crate::tangle) fn meaning(text: &str) -> ArgumentValue<'_> {
    if let Some(number) = lisp::number(text) {
        return ArgumentValue::Number(number);
    }
    if text.starts_with(['(', '\'', '`', '[']) || text == "*this*" {
        return ArgumentValue::Lisp(text);
    }
    match lisp::single_string(text) {
        Some(Quoted::Content(content)) => ArgumentValue::Text(Cow::Owned(content)),
        // Reading it as Lisp says that this cannot be done.
        Some(Quoted::Foreign) => ArgumentValue::Lisp(text),
        None => ArgumentValue::Text(Cow::Borrowed(text)),
    }
}

/// Where a block's argument stands, else the block's first line.
pub(in crate::tangle) fn span_of(parameters: &Parameters<'_>, key: &str, block: &SourceBlock<'_>) -> Span {
    parameters.get(key).map_or(block.begin, Argument::span)
}

/// Where an argument stands in the block itself, else the block's first line.
pub(in crate::tangle) fn own_span_of(parameters: &Parameters<'_>, key: &str, block: &SourceBlock<'_>) -> Span {
    if parameters.is_own(key) { span_of(parameters, key, block) } else { block.begin }
}
