//! What completion offers at a place.

use std::ops::Range;

/// What is offered, and what it would replace.
#[derive(Debug)]
pub(super) struct Completion {
    /// The bytes that an offer replaces.
    pub(super) replaced: Range<usize>,
    /// What is offered.
    pub(super) offers: Vec<CompletionChoice>,
}

/// One text that can be written.
#[derive(Debug)]
pub(super) struct CompletionChoice {
    /// What is written.
    pub(super) text: String,
    /// What it is, in a few words.
    pub(super) detail: String,
    /// What it does, in Markdown.
    pub(super) meaning: String,
    pub(super) kind: ChoiceKind,
}

/// What an offer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChoiceKind {
    /// A header argument.
    Argument,
    /// The value of one, or of a column or term.
    Value,
    /// A column or a term.
    Field,
    /// The name of a block.
    Block,
    /// A guest or one of its host names.
    Guest,
}
