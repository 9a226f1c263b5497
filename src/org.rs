//! The parsed document: headings, keywords, blocks, tables and lists of one Org text, each with its place.
//!
//! Parsing never fails and loses nothing that a later phase asks for: broken input gives a document plus diagnostics.
//! The scanner is our own because it must agree with Emacs about every block and stay linear on any input; inline
//! markup inside one cell or item is `inline`'s job (orgize). What the tree means (tangling, networks) is not known here.

pub mod inline;
mod scan;

use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span, Spanned};

/// An Org document as the later phases see it; borrows its source.
#[derive(Debug)]
pub struct Document<'s> {
    /// The text all spans are in.
    pub source: &'s Source,
    /// All headings in document order.
    pub headings: Vec<Heading<'s>>,
    /// Free-standing keyword lines (`#+PROPERTY: …`, `#+SETUPFILE: …`) in document order, affiliated ones not among them.
    pub keywords: Vec<Keyword<'s>>,
    /// Properties of the whole file: its property drawer before the first heading (rule T-035).
    pub properties: Vec<Property<'s>>,
    /// Source blocks in document order.
    pub blocks: Vec<SourceBlock<'s>>,
    /// Org tables in document order.
    pub tables: Vec<Table<'s>>,
    /// Plain lists in document order; nested lists follow their parents.
    pub lists: Vec<List<'s>>,
}

/// Index into [`Document::headings`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HeadingId(pub usize);

/// One heading line and its property drawer.
#[derive(Debug)]
pub struct Heading<'s> {
    /// The heading line without its newline.
    pub span: Span,
    /// Number of stars.
    pub level: usize,
    /// Text behind the stars, as it stands (TODO keyword, priority, tags and all).
    pub text: Spanned<&'s str>,
    /// The innermost heading of a lower level above this one.
    pub parent: Option<HeadingId>,
    /// The property drawer's entries in order; a `+` at the end of the name is still part of it.
    pub properties: Vec<Property<'s>>,
}

/// `:NAME: value` in a property drawer.
#[derive(Debug, Clone, Copy)]
pub struct Property<'s> {
    /// The name between the colons, as written.
    pub name: Spanned<&'s str>,
    /// The trimmed value; empty if there is none.
    pub value: Spanned<&'s str>,
}

/// `#+KEY: value`.
#[derive(Debug, Clone, Copy)]
pub struct Keyword<'s> {
    /// The whole line without its newline.
    pub span: Span,
    /// The key as written, without `#+` and colon.
    pub key: Spanned<&'s str>,
    /// The trimmed value.
    pub value: Spanned<&'s str>,
}

/// What stands directly above an element: its name and other affiliated keywords, top to bottom (rule T-022).
#[derive(Debug, Default)]
pub struct Affiliated<'s> {
    /// All affiliated keyword lines.
    pub keywords: Vec<Keyword<'s>>,
}

/// `#+begin_src` … `#+end_src`.
#[derive(Debug)]
pub struct SourceBlock<'s> {
    /// From the begin line's first byte to the end line's last, newline not included.
    pub span: Span,
    /// The `#+begin_src` line without its newline.
    pub begin: Span,
    /// The language; none if the line names none (rules T-003, T-004).
    pub language: Option<Spanned<&'s str>>,
    /// Switches such as `-n -r -l "FORMAT"`, as written (rule T-019).
    pub switches: Spanned<&'s str>,
    /// Header arguments behind language and switches, as written.
    pub arguments: Spanned<&'s str>,
    /// The lines between the markers, last newline included.
    pub body: Spanned<&'s str>,
    /// Keywords directly above.
    pub affiliated: Affiliated<'s>,
    /// The heading it stands under.
    pub heading: Option<HeadingId>,
}

/// An Org table.
#[derive(Debug)]
pub struct Table<'s> {
    /// From the first row's first byte to the last row's last, newline not included.
    pub span: Span,
    /// Rows and rules, top to bottom.
    pub rows: Vec<Row<'s>>,
    /// Keywords directly above.
    pub affiliated: Affiliated<'s>,
    /// The heading it stands under.
    pub heading: Option<HeadingId>,
}

/// One line of a table.
#[derive(Debug)]
pub enum Row<'s> {
    /// A horizontal rule, `|---+---|`.
    Rule(Span),
    /// A row of cells; `span` is the line without indentation and newline.
    Cells {
        /// The row's line.
        span: Span,
        /// Trimmed cells; an empty cell is an empty string at the place where its text would stand.
        cells: Vec<Spanned<&'s str>>,
    },
}

/// A plain list: the items of one level.
#[derive(Debug)]
pub struct List<'s> {
    /// From the first item to the end of the last.
    pub span: Span,
    /// Top-level items, in order.
    pub items: Vec<Item<'s>>,
    /// Keywords directly above.
    pub affiliated: Affiliated<'s>,
    /// The heading it stands under.
    pub heading: Option<HeadingId>,
}

/// One list item, `- tag :: text`.
#[derive(Debug)]
pub struct Item<'s> {
    /// From the bullet to the end of the item's last line, newline not included.
    pub span: Span,
    /// The term before ` :: ` on the item's first line, trimmed; only description items have one.
    pub tag: Option<Spanned<&'s str>>,
    /// The rest of the item's first line, trimmed.
    pub text: Spanned<&'s str>,
}

/// Parses a document. Linear in the length of the text; never fails.
///
/// Findings about the text itself (an unterminated block) go to `found`.
pub fn parse<'s>(source: &'s Source, found: &mut Vec<Diagnostic>) -> Document<'s> {
    scan::scan(source, found)
}

impl<'s> Affiliated<'s> {
    /// The value of the last `#+NAME:` line, if there is one that is not empty.
    pub fn name(&self) -> Option<Spanned<&'s str>> {
        self.keywords
            .iter()
            .rev()
            .find(|keyword| keyword.key.value.eq_ignore_ascii_case("name"))
            .map(|keyword| keyword.value)
            .filter(|name| !name.value.is_empty())
    }
}
